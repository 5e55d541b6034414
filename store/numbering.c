#include "store/numbering.h"

#include "base/log.h"
#include "store/connection.h"

void numberings_init(struct numberings *numberings)
{
    *numberings = (struct numberings){0};
    pthread_mutex_init(&numberings->mutex, NULL);
    arena_init(&numberings->arena);
    map_init(&numberings->others, &numberings->arena);
}

void numberings_release(struct numberings *numberings)
{
    arena_release(&numberings->arena);
    pthread_mutex_destroy(&numberings->mutex);
}

/* One that is not there yet has given out no number. */
static struct numbering *numberings_find(struct numberings *numberings, int64_t namespace_id)
{
    if (namespace_id == numberings->first.namespace_id)
        return &numberings->first;
    pthread_mutex_lock(&numberings->mutex);
    struct text key = {(const char *)&namespace_id, sizeof(namespace_id)};
    struct numbering *numbering = map_find(&numberings->others, key);
    if (!numbering) {
        numbering = arena_alloc(&numberings->arena, sizeof(*numbering));
        *numbering = (struct numbering){.namespace_id = namespace_id};
        key.bytes = (const char *)&numbering->namespace_id;
        map_put(&numberings->others, key, numbering);
    }
    pthread_mutex_unlock(&numberings->mutex);
    return numbering;
}

int64_t numberings_next_counter(struct numberings *numberings, int64_t namespace_id)
{
    return atomic_fetch_add(&numberings_find(numberings, namespace_id)->last_counter, 1) + 1;
}

static void numbering_raise_counter(struct numbering *numbering, int64_t counter)
{
    int64_t last = atomic_load(&numbering->last_counter);
    while (
        last < counter && !atomic_compare_exchange_weak(&numbering->last_counter, &last, counter))
        continue;
}

void numberings_raise_counter(struct numberings *numberings, int64_t namespace_id, int64_t counter)
{
    numbering_raise_counter(numberings_find(numberings, namespace_id), counter);
}

void numberings_restart_counter(struct numberings *numberings, int64_t namespace_id)
{
    atomic_store(&numberings_find(numberings, namespace_id)->last_counter, 0);
}

int64_t numberings_last_seq(struct numberings *numberings, int64_t namespace_id)
{
    return atomic_load(&numberings_find(numberings, namespace_id)->saved_seq);
}

int64_t numberings_last_counter(struct numberings *numberings, int64_t namespace_id)
{
    return atomic_load(&numberings_find(numberings, namespace_id)->last_counter);
}

/* The highest number of a permission, 0 if that cannot be told. */
static int64_t numbering_last_permission(struct connection *writer, int64_t namespace_id)
{
    struct query query;
    int64_t seq = 0;
    query_start(&query, writer, STATEMENT_FIND_LAST_PERMISSION);
    query_bind_int64(&query, namespace_id);
    if (query_step(&query))
        seq = query_read_int64(&query);
    return query_end(&query) == STORE_OK && seq <= NUMBERING_MAX ? seq : 0;
}

/* Goes on after all rows, as far as these are known by the numbers of models and operations. */
static void numbering_mend(struct numbering *numbering, struct connection *writer, int64_t seq_used)
{
    log_write(LOG_ERROR,
        "store: numbering is damaged: of namespace %lld it says %lld, but %lld was given out",
        (long long)numbering->namespace_id, (long long)numbering->last_seq, (long long)seq_used);
    int64_t permission_seq = numbering_last_permission(writer, numbering->namespace_id);
    numbering->last_seq = permission_seq > seq_used ? permission_seq : seq_used;
}

/* Reads one row of a query; false if the numbers cannot be ones to go on from. */
static bool numberings_read_row(
    struct numberings *numberings, struct connection *writer, struct query *query)
{
    struct numbering *numbering = numberings_find(numberings, query_read_int64(query));
    int64_t seq = query_read_int64(query);
    int64_t counter = query_read_int64(query);
    int64_t seq_used = query_read_int64(query);
    if (seq < 0 || seq > NUMBERING_MAX || counter < 0 || counter > NUMBERING_MAX)
        return false;
    numbering->last_seq = seq;
    atomic_store(&numbering->saved_seq, seq);
    numbering->saved_counter = counter;
    atomic_store(&numbering->last_counter, counter);
    if (seq_used <= seq || seq_used > NUMBERING_MAX)
        return true;
    numbering_mend(numbering, writer, seq_used);
    /* Of one that is missing nobody knows how many ids it gave; each went to a create, which took
     * the number of a row, too. */
    if (seq == 0 && counter == 0) {
        numbering->saved_counter = numbering->last_seq; /* and is saved with the number of a row */
        atomic_store(&numbering->last_counter, numbering->last_seq);
    }
    return true;
}

static int numberings_read_all(
    struct numberings *numberings, struct connection *writer, enum statement statement)
{
    struct query query;
    bool is_good = true;
    query_start(&query, writer, statement);
    while (is_good && query_step(&query))
        is_good = numberings_read_row(numberings, writer, &query);
    int code = query.code;
    if (query_end(&query) != STORE_OK)
        return code;
    return is_good ? SQLITE_OK : SQLITE_CORRUPT;
}

int numberings_read(struct numberings *numberings, struct connection *writer)
{
    return numberings_read_all(numberings, writer, STATEMENT_READ_NUMBERING);
}

int numberings_add_missing(struct numberings *numberings, struct connection *writer)
{
    /* Damage to the tables is no reason not to serve what can be read. */
    int code = numberings_read_all(numberings, writer, STATEMENT_FIND_UNNUMBERED);
    return (code & 0xff) == SQLITE_CORRUPT ? SQLITE_OK : code;
}

struct numbering *numberings_use(struct numberings *numberings, int64_t namespace_id)
{
    struct numbering *numbering = numberings_find(numberings, namespace_id);
    if (numbering->is_used)
        return numbering;
    numbering->is_used = true;
    numbering->is_cleared = false;
    numbering->seq_before = numbering->last_seq;
    numbering->counter_used = numbering->saved_counter;
    numbering->counter_carried = 0;
    numbering->next = numberings->used;
    numberings->used = numbering;
    return numbering;
}

void numbering_clear(struct numbering *numbering, int64_t last_seq)
{
    numbering->is_cleared = true;
    numbering->last_seq = last_seq;
    numbering->counter_used = numbering->counter_carried = 0;
}

void numbering_carry(struct numbering *numbering, int64_t counter)
{
    if (counter > numbering->counter_carried)
        numbering->counter_carried = counter;
    if (counter > numbering->counter_used)
        numbering->counter_used = counter;
}

static enum store_result numbering_save(
    const struct numbering *numbering, struct connection *writer)
{
    if (numbering->last_seq == numbering->saved_seq &&
        numbering->counter_used == numbering->saved_counter)
        return STORE_OK;
    struct query query;
    query_start(&query, writer, STATEMENT_SAVE_NUMBERING);
    query_bind_int64(&query, numbering->namespace_id);
    query_bind_int64(&query, numbering->last_seq);
    query_bind_int64(&query, numbering->counter_used);
    return query_run(&query);
}

enum store_result numberings_save(struct numberings *numberings, struct connection *writer)
{
    enum store_result result = STORE_OK;
    for (const struct numbering *numbering = numberings->used; result == STORE_OK && numbering;
         numbering = numbering->next)
        result = numbering_save(numbering, writer);
    return result;
}

/* Counters were given out meanwhile, and after a clear there may be some from before on their way:
 * these are not given once more from then on. */
static void numbering_note_counter(struct numbering *numbering)
{
    if (numbering->is_cleared)
        atomic_store(&numbering->last_counter, numbering->counter_carried);
    numbering_raise_counter(numbering, numbering->counter_carried);
}

void numberings_end(struct numberings *numberings, bool is_committed)
{
    for (struct numbering *numbering = numberings->used; numbering; numbering = numbering->next) {
        numbering->is_used = false;
        if (is_committed) {
            numbering->saved_seq = numbering->last_seq;
            numbering->saved_counter = numbering->counter_used;
            numbering_note_counter(numbering);
        } else {
            numbering->last_seq = numbering->seq_before;
        }
    }
    numberings->used = NULL;
}
