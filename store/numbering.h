/*
 * What is known of each namespace beside its rows: its name, how many models it has, and what must
 * never be given out twice, the numbers of its rows and those from which ids and noise are drawn.
 * Read when the store opens, saved with every commit that used new ones.
 *
 * All but the last are for the writer's thread, or for the opening before it runs.
 */
#ifndef STORE_NUMBERING_H
#define STORE_NUMBERING_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/text.h"
#include "store/store.h"

struct connection;

/* Far beyond what any file has used, and far from where adding one would overflow. */
#define NUMBERING_MAX (INT64_MAX / 2)

struct numbering {
    int64_t namespace_id;
    char *name;                   /* NULL: it has none (yet) */
    _Atomic int64_t last_counter; /* given out last */
    int64_t last_seq;             /* given to a row last */
    _Atomic int64_t saved_seq;    /* as in the table, as is the next */
    int64_t saved_counter;
    _Atomic int64_t model_count; /* as committed */
    _Atomic int64_t job_count;   /* those of them that are tuning jobs */
    bool is_saved;               /* it has a row in the table */
    bool is_of_file;             /* it had rows, or one in the table, when the store was opened */

    /* Of the transaction under way. */
    bool is_used;
    bool is_cleared;         /* it begins anew */
    bool is_dropped;         /* it ends, unless a later write begins anew */
    bool will_be_saved;      /* is_saved with the commit */
    int64_t models_added;    /* below 0: deleted */
    int64_t jobs_added;      /* those of them that are tuning jobs */
    int64_t seq_before;      /* last_seq as it was */
    int64_t counter_carried; /* highest that one of its writes carried; 0: none did */
    int64_t counter_used;    /* that, or the saved one if that is higher */
    struct numbering *next;  /* used before */

    struct numbering *next_in_slot;
};

struct numberings {
    struct numbering first;           /* of the default namespace, which nobody looks for */
    struct numbering *used;           /* by the transaction under way: the last */
    _Atomic int64_t all_models_count; /* but those of snapshots; as committed */
    _Atomic int64_t all_jobs_count;
    int64_t last_namespace;   /* of the file as it was opened; 0: the default one alone */
    pthread_mutex_t mutex;    /* guards the rest, and that no numbering goes */
    struct numbering **slots; /* by the lowest bits of the number */
    size_t slot_count;        /* a power of two */
    size_t count;
};

void numberings_init(struct numberings *numberings);
void numberings_release(struct numberings *numberings);

/* The numbering of a namespace; one that is not there yet has given out no number, and stays until
 * numberings_forget. */
struct numbering *numberings_need(struct numberings *numberings, int64_t namespace_id);

/* All but the default one's, in the order of their numbers, in a row that the caller frees. */
struct numbering **numberings_list(struct numberings *numberings, size_t *ret_count);

/* True of a snapshot's: no client can choose such a name. */
bool numbering_is_hidden(const struct numbering *numbering);

/* Copies the name, in which there is no NUL, and frees the one that was there. */
void numbering_set_name(struct numbering *numbering, struct text name);

/* The numbering that a write of the transaction under way takes its numbers from. */
struct numbering *numberings_use(struct numberings *numberings, int64_t namespace_id);

/* Begins anew behind `last_seq` with this transaction, whose rows of the namespace are all deleted.
 */
void numbering_clear(struct numbering *numbering, int64_t last_seq);

/* The same behind no row, and nothing of it stays in the file; but the default one does. */
void numbering_drop(struct numbering *numbering);

/* Goes on with this transaction where the other, which it uses as well, is. */
void numbering_follow(struct numbering *numbering, const struct numbering *other);

/* Notes the counter that one of the transaction's writes carries; 0: none. */
void numbering_carry(struct numbering *numbering, int64_t counter);

/* Writes what the transaction used. */
enum store_result numberings_save(struct numberings *numberings, struct connection *writer);

/* Stands after each transaction; what one that was not committed has used is free again. */
void numberings_end(struct numberings *numberings, bool is_committed);

/*
 * For any thread, as store.h says of each. Those that only ask make no numbering.
 */
int64_t numberings_last_seq(struct numberings *numberings, int64_t namespace_id);
int64_t numberings_count_models(struct numberings *numberings, int64_t namespace_id);
int64_t numberings_count_jobs(struct numberings *numberings, int64_t namespace_id);
int64_t numberings_last_counter(struct numberings *numberings, int64_t namespace_id);
int64_t numberings_next_counter(struct numberings *numberings, int64_t namespace_id);
void numberings_restart_counter(struct numberings *numberings, int64_t namespace_id);
void numberings_raise_counter(struct numberings *numberings, int64_t namespace_id, int64_t counter);
void numberings_name(struct numberings *numberings, int64_t namespace_id, struct text name);
void numberings_forget(struct numberings *numberings, int64_t namespace_id);

#endif
