#include "store/numbering.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "store/connection.h"

enum {
    /* Slots that there are from the start. */
    NUMBERINGS_SLOTS_MIN = 16
};

void numberings_init(struct numberings *numberings)
{
    *numberings = (struct numberings){.slot_count = NUMBERINGS_SLOTS_MIN};
    numberings->slots = memory_alloc_zeroed(numberings->slot_count, sizeof(struct numbering *));
    pthread_mutex_init(&numberings->mutex, NULL);
}

static void numbering_free(struct numbering *numbering)
{
    free(numbering->name);
    free(numbering);
}

void numberings_release(struct numberings *numberings)
{
    for (size_t i = 0; i < numberings->slot_count; i++)
        while (numberings->slots[i]) {
            struct numbering *numbering = numberings->slots[i];
            numberings->slots[i] = numbering->next_in_slot;
            numbering_free(numbering);
        }
    free(numberings->slots);
    pthread_mutex_destroy(&numberings->mutex);
}

/* --- with the mutex held --- */

/* The link that leads to the numbering, or to where one is to be put. */
static struct numbering **numberings_slot(struct numberings *numberings, int64_t namespace_id)
{
    size_t slot = (size_t)namespace_id & (numberings->slot_count - 1);
    struct numbering **link = &numberings->slots[slot];
    while (*link && (*link)->namespace_id != namespace_id)
        link = &(*link)->next_in_slot;
    return link;
}

static void numberings_grow(struct numberings *numberings)
{
    struct numbering **old = numberings->slots;
    size_t old_count = numberings->slot_count;
    numberings->slot_count = 2 * old_count;
    numberings->slots = memory_alloc_zeroed(numberings->slot_count, sizeof(struct numbering *));
    for (size_t i = 0; i < old_count; i++)
        while (old[i]) {
            struct numbering *numbering = old[i];
            old[i] = numbering->next_in_slot;
            numbering->next_in_slot = NULL;
            *numberings_slot(numberings, numbering->namespace_id) = numbering;
        }
    free(old);
}

static struct numbering *numberings_find_or_make(
    struct numberings *numberings, int64_t namespace_id)
{
    struct numbering *numbering = *numberings_slot(numberings, namespace_id);
    if (numbering)
        return numbering;
    if (++numberings->count > numberings->slot_count)
        numberings_grow(numberings);
    numbering = memory_alloc(sizeof(*numbering));
    *numbering = (struct numbering){.namespace_id = namespace_id};
    *numberings_slot(numberings, namespace_id) = numbering;
    return numbering;
}

/* --- for any thread --- */

/* Holds the numbering until numberings_let_go: nobody else can have it go meanwhile. The default
 * one never goes. NULL if there is none and none is to be made. */
static struct numbering *numberings_hold(
    struct numberings *numberings, int64_t namespace_id, bool may_make)
{
    if (namespace_id == numberings->first.namespace_id)
        return &numberings->first;
    pthread_mutex_lock(&numberings->mutex);
    return may_make ? numberings_find_or_make(numberings, namespace_id)
                    : *numberings_slot(numberings, namespace_id);
}

static void numberings_let_go(struct numberings *numberings, const struct numbering *numbering)
{
    if (numbering != &numberings->first)
        pthread_mutex_unlock(&numberings->mutex);
}

int64_t numberings_next_counter(struct numberings *numberings, int64_t namespace_id)
{
    struct numbering *numbering = numberings_hold(numberings, namespace_id, true);
    int64_t counter = atomic_fetch_add(&numbering->last_counter, 1) + 1;
    numberings_let_go(numberings, numbering);
    return counter;
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
    struct numbering *numbering = numberings_hold(numberings, namespace_id, true);
    numbering_raise_counter(numbering, counter);
    numberings_let_go(numberings, numbering);
}

void numberings_restart_counter(struct numberings *numberings, int64_t namespace_id)
{
    struct numbering *numbering = numberings_hold(numberings, namespace_id, true);
    atomic_store(&numbering->last_counter, 0);
    numberings_let_go(numberings, numbering);
}

int64_t numberings_last_counter(struct numberings *numberings, int64_t namespace_id)
{
    struct numbering *numbering = numberings_hold(numberings, namespace_id, false);
    int64_t counter = numbering ? atomic_load(&numbering->last_counter) : 0;
    numberings_let_go(numberings, numbering);
    return counter;
}

int64_t numberings_last_seq(struct numberings *numberings, int64_t namespace_id)
{
    struct numbering *numbering = numberings_hold(numberings, namespace_id, false);
    int64_t seq = numbering ? atomic_load(&numbering->saved_seq) : 0;
    numberings_let_go(numberings, numbering);
    return seq;
}

int64_t numberings_count_models(struct numberings *numberings, int64_t namespace_id)
{
    struct numbering *numbering = numberings_hold(numberings, namespace_id, false);
    int64_t count = numbering ? atomic_load(&numbering->model_count) : 0;
    int64_t job_count = numbering ? atomic_load(&numbering->job_count) : 0;
    numberings_let_go(numberings, numbering);
    return count - job_count;
}

int64_t numberings_count_jobs(struct numberings *numberings, int64_t namespace_id)
{
    struct numbering *numbering = numberings_hold(numberings, namespace_id, false);
    int64_t count = numbering ? atomic_load(&numbering->job_count) : 0;
    numberings_let_go(numberings, numbering);
    return count;
}

void numbering_set_name(struct numbering *numbering, struct text name)
{
    free(numbering->name);
    numbering->name = memory_alloc(name.len + 1);
    memcpy(numbering->name, name.bytes, name.len);
    numbering->name[name.len] = '\0';
}

void numberings_name(struct numberings *numberings, int64_t namespace_id, struct text name)
{
    assert(namespace_id != 0 && name.len > 0 && name.len <= STORE_NAMESPACE_BYTES_MAX);
    struct numbering *numbering = numberings_hold(numberings, namespace_id, true);
    assert(!numbering->name || text_equals_string(name, numbering->name));
    if (!numbering->name)
        numbering_set_name(numbering, name);
    numberings_let_go(numberings, numbering);
}

bool numbering_is_hidden(const struct numbering *numbering)
{
    return numbering->name && strchr(numbering->name, ' ');
}

void numberings_forget(struct numberings *numberings, int64_t namespace_id)
{
    pthread_mutex_lock(&numberings->mutex);
    struct numbering **link = numberings_slot(numberings, namespace_id);
    struct numbering *numbering = *link;
    bool is_over =
        numbering && !numbering->is_used && !numbering->is_saved && numbering->last_seq == 0;
    if (is_over) {
        *link = numbering->next_in_slot;
        numberings->count--;
    }
    pthread_mutex_unlock(&numberings->mutex);
    if (is_over)
        numbering_free(numbering);
}

struct numbering *numberings_need(struct numberings *numberings, int64_t namespace_id)
{
    struct numbering *numbering = numberings_hold(numberings, namespace_id, true);
    numberings_let_go(numberings, numbering);
    return numbering;
}

static int numbering_compare(const void *one, const void *other)
{
    const struct numbering *const *left = one, *const *right = other;
    return ((*left)->namespace_id > (*right)->namespace_id) -
           ((*left)->namespace_id < (*right)->namespace_id);
}

struct numbering **numberings_list(struct numberings *numberings, size_t *ret_count)
{
    size_t count = 0;
    pthread_mutex_lock(&numberings->mutex);
    struct numbering **all = memory_alloc((numberings->count + 1) * sizeof(struct numbering *));
    for (size_t i = 0; i < numberings->slot_count; i++)
        for (struct numbering *at = numberings->slots[i]; at; at = at->next_in_slot)
            all[count++] = at;
    pthread_mutex_unlock(&numberings->mutex);
    qsort(all, count, sizeof(struct numbering *), numbering_compare);
    *ret_count = count;
    return all;
}

/* --- the transaction under way --- */

struct numbering *numberings_use(struct numberings *numberings, int64_t namespace_id)
{
    struct numbering *numbering = numberings_hold(numberings, namespace_id, true);
    bool is_used = numbering->is_used;
    numbering->is_used = true; /* from now on it does not go */
    numberings_let_go(numberings, numbering);
    if (is_used)
        return numbering;
    numbering->is_cleared = false;
    numbering->is_dropped = false;
    numbering->models_added = numbering->jobs_added = 0;
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
    numbering->is_dropped = false;
    numbering->jobs_added = -atomic_load(&numbering->job_count);
    numbering->last_seq = last_seq;
    numbering->counter_used = numbering->counter_carried = 0;
}

void numbering_drop(struct numbering *numbering)
{
    numbering_clear(numbering, 0);
    numbering->is_dropped = numbering->namespace_id != 0;
}

void numbering_follow(struct numbering *numbering, const struct numbering *other)
{
    assert(other->is_used);
    int64_t counter =
        other->is_cleared ? other->counter_carried : atomic_load(&other->last_counter);
    numbering_clear(numbering, other->last_seq);
    numbering->jobs_added += atomic_load(&other->job_count) + other->jobs_added;
    /* After a store_restart_counter the one that was used is higher. */
    numbering_carry(numbering, other->counter_used);
    numbering_carry(numbering, counter);
    numbering->counter_carried = counter;
}

void numbering_carry(struct numbering *numbering, int64_t counter)
{
    if (counter > numbering->counter_carried)
        numbering->counter_carried = counter;
    if (counter > numbering->counter_used)
        numbering->counter_used = counter;
}

static enum store_result numbering_delete(
    const struct numbering *numbering, struct connection *writer)
{
    if (!numbering->is_saved)
        return STORE_OK;
    struct query query;
    query_start(&query, writer, STATEMENT_DELETE_NUMBERING);
    query_bind_int64(&query, numbering->namespace_id);
    return query_run(&query);
}

static enum store_result numbering_save(struct numbering *numbering, struct connection *writer)
{
    if (numbering->is_dropped && numbering->last_seq == 0 && numbering->counter_used == 0) {
        numbering->will_be_saved = false;
        return numbering_delete(numbering, writer);
    }
    numbering->will_be_saved = numbering->is_saved;
    if (numbering->last_seq == numbering->saved_seq &&
        numbering->counter_used == numbering->saved_counter && numbering->models_added == 0)
        return STORE_OK;
    numbering->will_be_saved = true;
    struct query query;
    query_start(&query, writer, STATEMENT_SAVE_NUMBERING);
    query_bind_int64(&query, numbering->namespace_id);
    query_bind_int64(&query, numbering->last_seq);
    query_bind_int64(&query, numbering->counter_used);
    query_bind_text(&query, text_of(numbering->name));
    query_bind_int64(&query, atomic_load(&numbering->model_count) + numbering->models_added);
    return query_run(&query);
}

enum store_result numberings_save(struct numberings *numberings, struct connection *writer)
{
    enum store_result result = STORE_OK;
    for (struct numbering *numbering = numberings->used; result == STORE_OK && numbering;
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

static void numberings_note(struct numberings *numberings, struct numbering *numbering)
{
    numbering->is_saved = numbering->will_be_saved;
    atomic_store(&numbering->saved_seq, numbering->last_seq);
    numbering->saved_counter = numbering->counter_used;
    numbering_note_counter(numbering);
    atomic_fetch_add(&numbering->model_count, numbering->models_added);
    atomic_fetch_add(&numbering->job_count, numbering->jobs_added);
    if (numbering_is_hidden(numbering))
        return;
    atomic_fetch_add(
        &numberings->all_models_count, numbering->models_added - numbering->jobs_added);
    atomic_fetch_add(&numberings->all_jobs_count, numbering->jobs_added);
}

void numberings_end(struct numberings *numberings, bool is_committed)
{
    /* Whoever forgets one looks at what is set here. */
    pthread_mutex_lock(&numberings->mutex);
    for (struct numbering *numbering = numberings->used; numbering; numbering = numbering->next) {
        numbering->is_used = false;
        if (is_committed)
            numberings_note(numberings, numbering);
        else
            numbering->last_seq = numbering->seq_before;
    }
    numberings->used = NULL;
    pthread_mutex_unlock(&numberings->mutex);
}
