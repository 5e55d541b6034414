/* What is taken in of a file: its bytes, within a bound and a budget. */
#ifndef SERVER_GCS_GCS_INTAKE_H
#define SERVER_GCS_GCS_INTAKE_H

#include "base/arena.h"
#include "base/budget.h"
#include "base/buf.h"

enum gcs_room {
    GCS_FITS,
    GCS_TOO_LARGE, /* it is over the bound */
    GCS_NO_ROOM    /* all that is read at this moment is too much together */
};

struct gcs_intake {
    struct buf bytes;
    size_t bytes_max;
    struct share share; /* as much as `bytes` has room for */
};

/* `budget` may be NULL: there is none. */
void gcs_intake_init(struct gcs_intake *intake, size_t bytes_max, struct budget *budget);
void gcs_intake_release(struct gcs_intake *intake);

/* Makes room for so many bytes in all, which is a guess from outside. */
enum gcs_room gcs_intake_expect(struct gcs_intake *intake, uint64_t bytes);
/* Adds a copy; nothing if it does not fit. */
enum gcs_room gcs_intake_add(struct gcs_intake *intake, struct text bytes);

/* Why it does not fit, in words that follow the file's name. In the arena. */
struct text gcs_intake_problem(
    const struct gcs_intake *intake, enum gcs_room room, struct arena *arena);

#endif
