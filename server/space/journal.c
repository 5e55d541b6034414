#include "server/space/journal.h"

#include <assert.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdlib.h>

#include "base/budget.h"
#include "base/memory.h"
#include "server/contract/limits.h"

enum {
    /* Slots that a journal begins with. */
    JOURNAL_SLOTS_MIN = 16,
    /* What a block of the heap costs beside its bytes. */
    JOURNAL_BLOCK_BYTES = 16
};

/* An entry, with the bytes of its texts behind it. */
struct journal_block {
    struct journal_entry entry; /* first: readers know only this */
    atomic_int references;      /* one is the journal's, one each reader's */
    size_t bytes;               /* that it takes of the budget */
    uint64_t serial;
    struct journal *journal;
    struct journal_block *older, *newer; /* of all journals; of what was taken out, `newer` */
    char texts[];
};

struct journals {
    pthread_mutex_t mutex; /* guards all below, and the journals */
    struct journal_block *oldest, *newest;
    struct budget budget;
    uint64_t last_serial;
};

/* Its entries have the numbers from first_number to before next_number, without a gap: what goes is
 * the oldest. */
struct journal {
    struct journals *journals;
    size_t entries_max;
    uint64_t first_number, next_number;
    struct journal_block **slots; /* by number; as many as a power of two, at least the entries */
    size_t slot_count;
};

struct journals *journals_new(void)
{
    struct journals *journals = memory_alloc_zeroed(1, sizeof(*journals));
    pthread_mutex_init(&journals->mutex, NULL);
    budget_init(&journals->budget, JOURNALS_BYTES_MAX);
    return journals;
}

void journals_free(struct journals *journals)
{
    if (!journals)
        return;
    assert(!journals->oldest);
    pthread_mutex_destroy(&journals->mutex);
    free(journals);
}

struct journal *journal_new(struct journals *journals, size_t entries_max)
{
    struct journal *journal = memory_alloc_zeroed(1, sizeof(*journal));
    journal->journals = journals;
    journal->entries_max = entries_max;
    journal->first_number = journal->next_number = 1;
    return journal;
}

void journal_free(struct journal *journal)
{
    journal_clear(journal);
    free(journal->slots);
    free(journal);
}

bool journal_is_kept(const struct journal *journal)
{
    return journal->entries_max > 0;
}

/* --- blocks --- */

static struct text journal_cut(struct text text, bool *is_cut)
{
    if (text.len <= JOURNAL_TEXT_BYTES_MAX)
        return text;
    *is_cut = true;
    return text_slice(text, 0, text_boundary(text, JOURNAL_TEXT_BYTES_MAX));
}

static struct journal_block *journal_block_new(
    struct journal *journal, const struct journal_record *record)
{
    struct text texts[JOURNAL_TEXT_COUNT];
    bool is_request_cut = record->is_request_cut, is_answer_cut = record->is_answer_cut;
    size_t bytes = sizeof(struct journal_block);
    for (int i = 0; i < JOURNAL_TEXT_COUNT; i++) {
        texts[i] =
            journal_cut(record->texts[i], i < JOURNAL_MODEL ? &is_request_cut : &is_answer_cut);
        bytes += texts[i].len;
    }
    struct journal_block *block = memory_alloc(bytes);
    *block = (struct journal_block){.entry.record = *record,
        .references = 1,
        .bytes = bytes + JOURNAL_BLOCK_BYTES,
        .journal = journal};
    block->entry.record.is_request_cut = is_request_cut;
    block->entry.record.is_answer_cut = is_answer_cut;
    char *end = block->texts;
    for (int i = 0; i < JOURNAL_TEXT_COUNT; i++) {
        if (texts[i].len > 0)
            memcpy(end, texts[i].bytes, texts[i].len);
        block->entry.record.texts[i] = (struct text){end, texts[i].len};
        end += texts[i].len;
    }
    return block;
}

static void journal_block_drop(struct journal_block *block)
{
    if (atomic_fetch_sub_explicit(&block->references, 1, memory_order_acq_rel) == 1)
        free(block);
}

static void journal_blocks_drop(struct journal_block *taken)
{
    while (taken) {
        struct journal_block *block = taken;
        taken = block->newer;
        journal_block_drop(block);
    }
}

/* --- the rest is done with the mutex held --- */

static struct journal_block **journal_slot(const struct journal *journal, uint64_t number)
{
    return &journal->slots[number & (journal->slot_count - 1)];
}

static size_t journal_count(const struct journal *journal)
{
    return (size_t)(journal->next_number - journal->first_number);
}

static void journal_grow(struct journal *journal)
{
    struct journal old = *journal;
    journal->slot_count = old.slot_count ? 2 * old.slot_count : JOURNAL_SLOTS_MIN;
    journal->slots = memory_alloc_zeroed(journal->slot_count, sizeof(*journal->slots));
    for (uint64_t i = old.first_number; i < old.next_number; i++)
        *journal_slot(journal, i) = *journal_slot(&old, i);
    free(old.slots);
}

/* Takes the oldest entry of a journal out, and puts it in front of the list of those that are to be
 * dropped when the mutex is free. */
static void journal_take_oldest(struct journal *journal, struct journal_block **taken)
{
    struct journals *journals = journal->journals;
    struct journal_block *block = *journal_slot(journal, journal->first_number++);
    if (block->older)
        block->older->newer = block->newer;
    else
        journals->oldest = block->newer;
    if (block->newer)
        block->newer->older = block->older;
    else
        journals->newest = block->older;
    budget_give(&journals->budget, block->bytes);
    block->newer = *taken;
    *taken = block;
}

/* Takes the bytes of the budget, for which the oldest of all entries go. */
static void journal_make_room(struct journals *journals, size_t bytes, struct journal_block **taken)
{
    while (!budget_take(&journals->budget, bytes))
        journal_take_oldest(journals->oldest->journal, taken);
}

/* The entry at a place, if it is still there. */
static struct journal_block *journal_at(const struct journal *journal, struct journal_place place)
{
    if (place.number < journal->first_number || place.number >= journal->next_number)
        return NULL;
    struct journal_block *block = *journal_slot(journal, place.number);
    return block->serial == place.serial ? block : NULL;
}

/* Has one block stand in the other's place. */
static void journal_replace(struct journal_block *old, struct journal_block *block)
{
    struct journals *journals = old->journal->journals;
    block->serial = old->serial;
    block->older = old->older;
    block->newer = old->newer;
    *journal_slot(old->journal, old->entry.number) = block;
    if (block->older)
        block->older->newer = block;
    else
        journals->oldest = block;
    if (block->newer)
        block->newer->older = block;
    else
        journals->newest = block;
}

static void journal_append(struct journal *journal, struct journal_block *block)
{
    struct journals *journals = journal->journals;
    if (journal_count(journal) == journal->slot_count)
        journal_grow(journal);
    block->entry.number = journal->next_number++;
    block->serial = ++journals->last_serial;
    *journal_slot(journal, block->entry.number) = block;
    block->older = journals->newest;
    if (block->older)
        block->older->newer = block;
    else
        journals->oldest = block;
    journals->newest = block;
}

/* --- what others call --- */

struct journal_place journal_add(struct journal *journal, const struct journal_record *record)
{
    struct journals *journals = journal->journals;
    struct journal_block *taken = NULL, *block = journal_block_new(journal, record);
    pthread_mutex_lock(&journals->mutex);
    if (journal_count(journal) == journal->entries_max)
        journal_take_oldest(journal, &taken);
    journal_make_room(journals, block->bytes, &taken);
    journal_append(journal, block);
    struct journal_place place = {block->entry.number, block->serial};
    pthread_mutex_unlock(&journals->mutex);
    journal_blocks_drop(taken);
    return place;
}

/* The entry at a place with a reference for the caller; NULL if it has gone. */
static struct journal_block *journal_take_reference(
    struct journal *journal, struct journal_place place)
{
    pthread_mutex_lock(&journal->journals->mutex);
    struct journal_block *block = journal_at(journal, place);
    if (block)
        atomic_fetch_add_explicit(&block->references, 1, memory_order_relaxed);
    pthread_mutex_unlock(&journal->journals->mutex);
    return block;
}

/* The entry with its answer, not yet in the journal. */
static struct journal_block *journal_block_finished(
    const struct journal_block *old, const struct journal_record *answer)
{
    struct journal_record record = old->entry.record;
    record.duration_ns = answer->duration_ns;
    record.status = answer->status;
    record.status_name = answer->status_name;
    record.response_bytes = answer->response_bytes;
    record.is_answer_cut = answer->is_answer_cut;
    for (int i = JOURNAL_MODEL; i < JOURNAL_TEXT_COUNT; i++)
        if (answer->texts[i].len > 0)
            record.texts[i] = answer->texts[i];
    struct journal_block *block = journal_block_new(old->journal, &record);
    block->entry.number = old->entry.number;
    return block;
}

void journal_finish(
    struct journal *journal, struct journal_place place, const struct journal_record *answer)
{
    struct journals *journals = journal->journals;
    struct journal_block *old = journal_take_reference(journal, place);
    if (!old)
        return;
    struct journal_block *taken = NULL, *block = journal_block_finished(old, answer);
    pthread_mutex_lock(&journals->mutex);
    journal_make_room(journals, block->bytes, &taken);
    /* It may have gone, for others or to make room just now. */
    bool is_there = journal_at(journal, place) == old;
    if (is_there)
        journal_replace(old, block);
    budget_give(&journals->budget, is_there ? old->bytes : block->bytes);
    pthread_mutex_unlock(&journals->mutex);
    journal_blocks_drop(taken);
    journal_block_drop(old);
    journal_block_drop(is_there ? old : block);
}

static void journal_empty(struct journal *journal, uint64_t next_number)
{
    struct journal_block *taken = NULL;
    pthread_mutex_lock(&journal->journals->mutex);
    while (journal_count(journal) > 0)
        journal_take_oldest(journal, &taken);
    if (next_number > 0)
        journal->first_number = journal->next_number = next_number;
    pthread_mutex_unlock(&journal->journals->mutex);
    journal_blocks_drop(taken);
}

void journal_clear(struct journal *journal)
{
    journal_empty(journal, 0);
}

void journal_reset(struct journal *journal)
{
    journal_empty(journal, 1);
}

void journal_view_open(struct journal *journal, struct arena *arena, struct journal_view *ret_view)
{
    pthread_mutex_lock(&journal->journals->mutex);
    size_t count = journal_count(journal);
    const struct journal_entry **entries = arena_array(arena, count, sizeof(*entries));
    for (size_t i = 0; i < count; i++) {
        struct journal_block *block = *journal_slot(journal, journal->next_number - 1 - i);
        atomic_fetch_add_explicit(&block->references, 1, memory_order_relaxed);
        entries[i] = &block->entry;
    }
    pthread_mutex_unlock(&journal->journals->mutex);
    *ret_view = (struct journal_view){entries, count};
}

void journal_view_close(struct journal_view *view)
{
    for (size_t i = 0; i < view->count; i++)
        journal_block_drop((struct journal_block *)(void *)(uintptr_t)view->entries[i]);
    view->count = 0;
}
