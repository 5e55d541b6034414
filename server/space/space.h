/*
 * A space: all that one namespace has and a test may change. It knows no call: it is asked with
 * facts and says what to do. What the process has, whatever the namespace, is in struct app.
 */
#ifndef SERVER_SPACE_SPACE_H
#define SERVER_SPACE_SPACE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/clock.h"
#include "base/text.h"
#include "server/space/dials.h"
#include "server/space/watch.h"

struct faults;
struct journal;
struct stories;
struct stubs;

/* What a space begins with. */
struct space_settings {
    struct clock_setting clock;
    struct dials dials;
    size_t journal_max; /* entries of its journal; 0: it has none */
};

struct space {
    int64_t number; /* the namespace of its rows in the store */
    struct text name;
    struct space_settings settings; /* what it began with, before any seed */
    struct space_settings seeded;   /* what its seeds made of that */
    struct clock clock;
    struct guarded_dials dials;
    struct faults *faults;   /* scripted answers; space/faults.h */
    struct stories *stories; /* of trainings to come; space/stories.h */
    struct stubs *stubs;     /* canned answers; space/stubs.h */
    struct journal *journal; /* what it was asked; space/journal.h */
    struct watches watches;  /* who waits for its models, its clock and its journal */
    _Atomic uint64_t epoch;  /* how often it was put in place of what it was */
    /* The last X-Request-Id that was made for a call of the service, and of the control API. */
    atomic_uint_least64_t last_request_id, last_control_id;
};

/* All of a space but its rows in the store. */
struct space_parts {
    struct space_settings settings;
    struct faults *faults; /* these are the parts' own */
    struct stories *stories;
    struct stubs *stubs;
    bool keeps_requests; /* the journal is no part */
    uint64_t last_request_id;
    uint64_t draw_count; /* of the dials */
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

/* Those that a space began with; space_parts_release frees them. */
struct space_parts space_parts_at_start(const struct space *space);
void space_parts_release(struct space_parts *parts);

/*
 * Puts all parts in place of those of a space, which the caller then has, and tells all who wait.
 * Whoever takes the epoch first and then looks at any of it knows by the epoch afterwards whether
 * all that he saw was of one. From any thread, but from one at a time.
 */
void space_replace(struct space *space, struct space_parts *parts);

#endif
