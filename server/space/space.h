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
#include "server/space/events.h"
#include "server/space/snapshots.h"
#include "server/space/trainings.h"
#include "server/space/space_parts.h"
#include "server/space/watch.h"

struct budget;
struct faults;
struct journal;
struct journals_sizes;
struct stories;
struct stubs;

struct spaces;
struct store;

struct space {
    int64_t number; /* the namespace of its rows in the store; never used again */
    struct text name;
    struct spaces *spaces;
    struct budget *scripts; /* bytes of the scripts of all spaces, and of copies of them */
    const struct space_settings *settings; /* what each begins with, before any seed */
    struct space_settings *seeded; /* what the seeds of the start made of that; the default one's */
    struct clock clock;
    struct guarded_dials dials;
    struct faults *faults;   /* scripted answers; space/faults.h */
    struct stories *stories; /* of trainings to come; space/stories.h */
    struct stubs *stubs;     /* canned answers; space/stubs.h */
    struct journal *journal; /* what it was asked; space/journal.h */
    struct watches watches;  /* who waits for its models, its clock and its journal */
    struct snapshots snapshots;
    _Atomic uint64_t epoch; /* how often it was put in place of what it was */
    /* The last X-Request-Id that was made for a call of the service, and of the control API. */
    atomic_uint_least64_t last_request_id, last_control_id;
    struct space_events events; /* who is told what happens in it */
    struct trainings trainings; /* that are told of step by step */

    atomic_bool is_begun;        /* somebody sees to it that it has what its seeds say */
    atomic_bool is_ready;        /* it has; until then, calls wait for it */
    atomic_bool is_gone;         /* it was deleted: what is still under way writes nothing */
    bool has_rows;               /* those that the file had at the start: they stay as they are */
    _Atomic(char *) problem;     /* why it could not be begun; NULL: it could */
    int64_t create_ns;           /* the system's time, as is the next */
    _Atomic int64_t last_use_ns; /* see space_use */
    atomic_int reference_count;  /* of calls and others; one is that of the spaces */
    struct space *next;          /* the spaces': in its slot, or of those that nobody has */
};

/* The namespace of requests that name none. */
#define SPACE_DEFAULT INT64_C(0)
#define SPACE_DEFAULT_NAME TEXT("default")

/*
 * All spaces of a process, by name. The default one is there from the start to the end, ready; the
 * others are made when somebody takes one, and go when they were removed and nobody has them any
 * more. All functions may be called from any thread.
 */
struct spaces *spaces_new(const struct space_settings *settings, size_t count_max);
/* NULL is allowed. Nobody may have a space, and the store is closed. */
void spaces_free(struct spaces *spaces);

/* Tells the store of all that are made, and go, from now on, and makes those whose rows its file
 * has: nobody has begun one of them. Before any is made. */
void spaces_open(struct spaces *spaces, struct store *store);

/* The default space. It is nobody's to drop. */
struct space *spaces_default(struct spaces *spaces);

enum spaces_taken {
    SPACES_FOUND,   /* there is one of this name */
    SPACES_MADE,    /* now there is: it is begun, but not ready, and the caller's to have made so */
    SPACES_MISSING, /* there is none, and none was wanted */
    SPACES_FULL     /* there is none, and there are as many as there may be */
};

/* The space of a name (space_name_is_good), with a reference that space_drop gives back: of the
 * default one, too. */
enum spaces_taken spaces_take(
    struct spaces *spaces, struct text name, bool may_make, struct space **ret_space);
/* From any thread, the writer's, too: what nobody has is freed by the next spaces_take, of whatever
 * name. */
void space_drop(struct space *space);

/* A call comes for the space, or ends, at this time of the system's; 0: at present. The latest
 * counts: a space may be younger than the request that has it made. For any thread. */
void space_use(struct space *space, int64_t at_ns);

/* One more reference for who has one. */
void space_hold(struct space *space);

/* All that a space begins with is there, and all who wait are told; or it will not be: the space is
 * removed, and why (copied) is told to who has it. Once, by who has begun it, from any thread. */
void space_set_ready(struct space *space);
void space_set_failed(struct space *space, struct text problem);

/* A number for rows that are of no space, such as a copy of one. */
int64_t spaces_next_number(struct spaces *spaces);

/* Takes the name away: who asks for it gets another space from now on. False if that has happened
 * before. Not of the default space. */
bool spaces_remove(struct spaces *spaces, struct space *space);

/* Is shown a space. */
typedef void space_visitor(void *context, struct space *space);

/* The same for all that nobody has, or has had since `before_ns` of the system's time. They are
 * shown, each with a reference for the visitor. */
void spaces_remove_idle(
    struct spaces *spaces, int64_t before_ns, space_visitor *visit, void *context);

/* Shows all spaces that have a name, the default one first, in the order in which they were made.
 */
void spaces_visit(struct spaces *spaces, space_visitor *visit, void *context);
size_t spaces_count(struct spaces *spaces);
/* What all their journals hold (space/journal.h). */
void spaces_measure_journals(struct spaces *spaces, struct journals_sizes *ret_sizes);

/* 1 to SPACE_NAME_BYTES_MAX visible ASCII characters. */
bool space_name_is_good(struct text name);

/* The parts that a space began with; space_parts_release frees them. */
struct space_parts space_parts_at_start(const struct space *space);

/* Copies those that it has, as space_parts_copy does; its clock goes on from this moment where they
 * are put in place. From any thread. */
bool space_take_parts(struct space *space, struct space_parts *ret_parts);

/*
 * Puts all parts in place of those of a space, which the caller then has, and tells all who wait.
 * Whoever takes the epoch first and then looks at any of it knows by the epoch afterwards whether
 * all that he saw was of one. From any thread, but from one at a time.
 */
void space_replace(struct space *space, struct space_parts *parts);

#endif
