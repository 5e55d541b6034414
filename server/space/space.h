/*
 * A space: all that one namespace has and a test may change. It knows no call: it is asked with
 * facts and says what to do. What the process has, whatever the namespace, is in struct app.
 */
#ifndef SERVER_SPACE_SPACE_H
#define SERVER_SPACE_SPACE_H

#include <stdatomic.h>
#include <stdint.h>

#include "base/clock.h"
#include "base/text.h"
#include "server/space/watch.h"

struct faults;
struct journal;

/* What a space begins with. */
struct space_settings {
    struct clock_setting clock;
    uint64_t seed;           /* ids and noise are drawn from it */
    int64_t step_ns;         /* as in struct training_plan */
    int64_t stream_delay_ns; /* pacing between the chunks of a stream */
    size_t journal_max;      /* entries of its journal; 0: it has none */
};

struct space {
    int64_t number; /* the namespace of its rows in the store */
    struct text name;
    struct space_settings settings; /* as they are now */
    struct clock clock;
    struct faults *faults;   /* scripted answers; space/faults.h */
    struct journal *journal; /* what it was asked; space/journal.h */
    struct watches watches;  /* who waits for its models, its clock and its journal */
    /* The last X-Request-Id that was made for a call of the service, and of the control API. */
    atomic_uint_least64_t last_request_id, last_control_id;
};

/* The namespace of requests that name none. */
#define SPACE_DEFAULT INT64_C(0)

struct spaces;

/* The default space is there from the start. */
struct spaces *spaces_new(const struct space_settings *settings);
/* NULL is allowed. */
void spaces_free(struct spaces *spaces);

/* The space with this number, the one place where spaces are found; NULL if there is none. It stays
 * until the end. */
struct space *spaces_find(struct spaces *spaces, int64_t number);

#endif
