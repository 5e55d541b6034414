/*
 * What must never be given out twice, of each namespace: the numbers of its rows, and those from
 * which ids and noise are drawn. Read when the store opens, saved with every commit that used new
 * ones.
 *
 * All but the last four are for the writer's thread, or for the opening before it runs.
 */
#ifndef STORE_NUMBERING_H
#define STORE_NUMBERING_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/map.h"
#include "store/store.h"

struct connection;

/* Far beyond what any file has used, and far from where adding one would overflow. */
#define NUMBERING_MAX (INT64_MAX / 2)

struct numbering {
    int64_t namespace_id;
    _Atomic int64_t last_counter; /* given out last */
    int64_t last_seq;             /* given to a row last */
    _Atomic int64_t saved_seq;    /* as in the table, as is the next */
    int64_t saved_counter;

    /* Of the transaction under way. */
    bool is_used;
    bool is_cleared;         /* it begins anew */
    int64_t seq_before;      /* last_seq as it was */
    int64_t counter_carried; /* highest that one of its writes carried; 0: none did */
    int64_t counter_used;    /* that, or the saved one if that is higher */
    struct numbering *next;  /* used before */
};

struct numberings {
    struct numbering first; /* of the default namespace, which nobody has to look for */
    struct numbering *used; /* by the transaction under way: the last */
    pthread_mutex_t mutex;  /* guards the rest */
    struct map others;
    struct arena arena;
};

void numberings_init(struct numberings *numberings);
void numberings_release(struct numberings *numberings);

/*
 * Reads those of a file. Gives SQLite's code; SQLITE_CORRUPT if one cannot be gone on from. One
 * that is behind its rows is made good and logged: numbers must not be given out twice, whichever
 * of the two is wrong.
 */
int numberings_read(struct numberings *numberings, struct connection *writer);

/* Makes those of namespaces that have rows but no numbering, from their rows, and logs them. */
int numberings_add_missing(struct numberings *numberings, struct connection *writer);

/* The numbering that a write of the transaction under way takes its numbers from. */
struct numbering *numberings_use(struct numberings *numberings, int64_t namespace_id);

/* Begins anew behind `last_seq` with this transaction, whose rows of the namespace are all deleted.
 */
void numbering_clear(struct numbering *numbering, int64_t last_seq);

/* Notes the counter that one of the transaction's writes carries; 0: none. */
void numbering_carry(struct numbering *numbering, int64_t counter);

/* Writes what the transaction used. */
enum store_result numberings_save(struct numberings *numberings, struct connection *writer);

/* Stands after each transaction; what one that was not committed has used is free again. */
void numberings_end(struct numberings *numberings, bool is_committed);

/* See store_next_counter. For any thread. */
int64_t numberings_next_counter(struct numberings *numberings, int64_t namespace_id);
/* The highest number of a row, as it was committed. For any thread. */
int64_t numberings_last_seq(struct numberings *numberings, int64_t namespace_id);
/* The one that was given last; 0: none. For any thread. */
int64_t numberings_last_counter(struct numberings *numberings, int64_t namespace_id);
/* See store_restart_counter. For any thread. */
void numberings_restart_counter(struct numberings *numberings, int64_t namespace_id);
/* Has the next ones be higher than this. For any thread. */
void numberings_raise_counter(struct numberings *numberings, int64_t namespace_id, int64_t counter);

#endif
