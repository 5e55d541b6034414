/*
 * Reads a file from an emulator of the storage, by plain HTTP/1.1, in the thread that asks: for
 * helper threads. Each request has a connection of its own; redirections are followed.
 */
#ifndef SERVER_GCS_GCS_FETCH_H
#define SERVER_GCS_GCS_FETCH_H

#include "server/gcs/gcs_intake.h"
#include "server/gcs/gcs_name.h"

/* What an error calls the variable that names the emulator. */
#define GCS_HOST_VARIABLE "STORAGE_EMULATOR_HOST"

struct gcs_fetch_asked {
    struct text host; /* as the variable has it */
    struct gcs_name name;
    int64_t begin_ns;    /* monotonic: since when it waits */
    int64_t time_ns;     /* from then, for all of it but the look-up of the host's name */
    int stop_descriptor; /* gives up when this becomes readable */
};

/* GCS_FOUND; GCS_ABSENT if the emulator says so, or GCS_PROBLEM: the problem's words follow the
 * file's name, and live in the arena. */
enum gcs_result gcs_fetch(const struct gcs_fetch_asked *asked, struct gcs_intake *intake,
    struct arena *arena, struct text *ret_problem);

#endif
