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
    /* Entries lie one behind the other in segments of this size, each of which has room for the
     * largest. All are of one size, so that the heap does not come to pieces however long the
     * process runs. */
    JOURNAL_SEGMENT_BYTES = 64 * 1024,
    /* Where an entry begins. */
    JOURNAL_ALIGNMENT = 16
};

/* Memory of entries of all journals; goes when none of them is there or looked at any more. */
struct journal_segment {
    atomic_int references; /* one is the journals', as long as they have some of it; the others are
                              readers' */
    size_t entry_count;    /* that journals have */
    size_t used_bytes;
    _Alignas(16) char bytes[];
};

/* An entry, with the bytes of its texts behind it. */
struct journal_block {
    struct journal_entry entry; /* first: readers know only this */
    uint64_t serial;
    struct journal *journal;
    struct journal_segment *segment;
    struct journal_block *older, *newer; /* of all journals */
    char texts[];
};

struct journals {
    pthread_mutex_t mutex; /* guards all below, the journals and the segments */
    struct journal_block *oldest, *newest;
    struct journal_segment *current; /* that is being filled; NULL: none is */
    struct journal_segment *spare;   /* that is unused, for the next one; NULL: there is none */
    struct budget budget;            /* segments that have entries, or are being filled */
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
    free(journals->current);
    free(journals->spare);
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

/* --- with or without the mutex --- */

static struct text journal_cut(struct text text, bool *is_cut)
{
    if (text.len <= JOURNAL_TEXT_BYTES_MAX)
        return text;
    *is_cut = true;
    return text_slice(text, 0, text_boundary(text, JOURNAL_TEXT_BYTES_MAX));
}

/* Cuts the texts of a record. Gives how much its block takes of a segment. */
static size_t journal_prepare(struct journal_record *record)
{
    size_t bytes = sizeof(struct journal_block);
    for (int i = 0; i < JOURNAL_TEXT_COUNT; i++) {
        struct text *text = &record->texts[i];
        *text = journal_cut(
            *text, i < JOURNAL_MODEL ? &record->is_request_cut : &record->is_answer_cut);
        bytes += text->len;
    }
    return (bytes + JOURNAL_ALIGNMENT - 1) & ~(size_t)(JOURNAL_ALIGNMENT - 1);
}

static void journal_block_fill(struct journal_block *block, const struct journal_record *record)
{
    char *end = block->texts;
    block->entry.record = *record;
    for (int i = 0; i < JOURNAL_TEXT_COUNT; i++) {
        struct text *text = &block->entry.record.texts[i];
        if (text->len > 0)
            memcpy(end, text->bytes, text->len);
        text->bytes = end;
        end += text->len;
    }
}

static struct journal_segment *journal_segment_of(const struct journal_entry *entry)
{
    return ((const struct journal_block *)(const void *)entry)->segment;
}

/* True if this was the last reference: the segment is the caller's. */
static bool journal_segment_drop(struct journal_segment *segment)
{
    return atomic_fetch_sub_explicit(&segment->references, 1, memory_order_acq_rel) == 1;
}

static void journal_segment_take(struct journal_segment *segment)
{
    atomic_fetch_add_explicit(&segment->references, 1, memory_order_relaxed);
}

/* --- the rest is done with the mutex held --- */

/* Gives a segment back that has no entries any more; who still looks at it frees it. */
static void journal_segment_end(struct journals *journals, struct journal_segment *segment)
{
    budget_give(&journals->budget, JOURNAL_SEGMENT_BYTES);
    if (!journal_segment_drop(segment))
        return;
    if (journals->spare)
        free(segment);
    else
        journals->spare = segment;
}

/* A journal has one entry less in the segment. */
static void journal_segment_lose(struct journals *journals, struct journal_segment *segment)
{
    segment->entry_count--;
    if (segment->entry_count == 0 && segment != journals->current)
        journal_segment_end(journals, segment);
}

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
    journal->slots = memory_alloc_zeroed(journal->slot_count, sizeof(struct journal_block *));
    for (uint64_t i = old.first_number; i < old.next_number; i++)
        *journal_slot(journal, i) = *journal_slot(&old, i);
    free(old.slots);
}

static void journal_lose_oldest(struct journal *journal)
{
    struct journals *journals = journal->journals;
    const struct journal_block *block = *journal_slot(journal, journal->first_number++);
    if (block->older)
        block->older->newer = block->newer;
    else
        journals->oldest = block->newer;
    if (block->newer)
        block->newer->older = block->older;
    else
        journals->newest = block->older;
    journal_segment_lose(journals, block->segment);
}

/* Begins a new segment, for which the oldest of all entries go if there is no room. */
static void journal_begin_segment(struct journals *journals)
{
    struct journal_segment *full = journals->current;
    journals->current = NULL;
    if (full && full->entry_count == 0)
        journal_segment_end(journals, full);
    while (!budget_take(&journals->budget, JOURNAL_SEGMENT_BYTES))
        journal_lose_oldest(journals->oldest->journal);
    struct journal_segment *segment = journals->spare;
    journals->spare = NULL;
    if (!segment)
        segment = memory_alloc(JOURNAL_SEGMENT_BYTES);
    segment->entry_count = segment->used_bytes = 0;
    atomic_init(&segment->references, 1);
    journals->current = segment;
}

/* Room for a block of the journal, with what journal_prepare said. */
static struct journal_block *journal_block_new(struct journal *journal, size_t bytes)
{
    struct journals *journals = journal->journals;
    size_t room_bytes = JOURNAL_SEGMENT_BYTES - sizeof(struct journal_segment);
    if (!journals->current || bytes > room_bytes - journals->current->used_bytes)
        journal_begin_segment(journals);
    struct journal_segment *segment = journals->current;
    char *start = segment->bytes + segment->used_bytes;
    struct journal_block *block = (struct journal_block *)(void *)start;
    segment->used_bytes += bytes;
    segment->entry_count++;
    block->segment = segment;
    block->journal = journal;
    return block;
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
    block->entry.number = old->entry.number;
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
    block->newer = NULL;
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
    struct journal_record kept = *record;
    size_t bytes = journal_prepare(&kept);
    pthread_mutex_lock(&journals->mutex);
    if (journal_count(journal) == journal->entries_max)
        journal_lose_oldest(journal);
    struct journal_block *block = journal_block_new(journal, bytes);
    journal_block_fill(block, &kept);
    journal_append(journal, block);
    struct journal_place place = {block->entry.number, block->serial};
    pthread_mutex_unlock(&journals->mutex);
    return place;
}

/* What an entry has of the request, with its answer. */
static struct journal_record journal_join(
    const struct journal_record *request, const struct journal_record *answer)
{
    struct journal_record record = *request;
    record.duration_ns = answer->duration_ns;
    record.status = answer->status;
    record.status_name = answer->status_name;
    record.response_bytes = answer->response_bytes;
    record.is_answer_cut = answer->is_answer_cut;
    for (int i = JOURNAL_MODEL; i < JOURNAL_TEXT_COUNT; i++)
        if (answer->texts[i].len > 0)
            record.texts[i] = answer->texts[i];
    return record;
}

/* Has an entry with the answer stand where one without is. */
static void journal_finish_block(
    struct journal_block *old, struct journal_place place, const struct journal_record *answer)
{
    struct journal *journal = old->journal;
    struct journal_record record = journal_join(&old->entry.record, answer);
    struct journal_block *block = journal_block_new(journal, journal_prepare(&record));
    /* It may have gone to make room. */
    if (journal_at(journal, place) != old) {
        journal_segment_lose(journal->journals, block->segment);
        return;
    }
    journal_block_fill(block, &record);
    journal_replace(old, block);
    journal_segment_lose(journal->journals, old->segment);
}

void journal_finish(
    struct journal *journal, struct journal_place place, const struct journal_record *answer)
{
    pthread_mutex_lock(&journal->journals->mutex);
    struct journal_block *old = journal_at(journal, place);
    struct journal_segment *segment = old ? old->segment : NULL;
    if (old) {
        journal_segment_take(segment);
        journal_finish_block(old, place, answer);
    }
    pthread_mutex_unlock(&journal->journals->mutex);
    /* It stays as long as this reference, which the analyser does not count. */
    /* NOLINTNEXTLINE(clang-analyzer-unix.Malloc) */
    if (old && journal_segment_drop(segment))
        free(segment);
}

static void journal_empty(struct journal *journal, uint64_t next_number)
{
    pthread_mutex_lock(&journal->journals->mutex);
    while (journal_count(journal) > 0)
        journal_lose_oldest(journal);
    if (next_number > 0)
        journal->first_number = journal->next_number = next_number;
    pthread_mutex_unlock(&journal->journals->mutex);
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
    const struct journal_entry **entries =
        arena_array(arena, count, sizeof(struct journal_entry *));
    for (size_t i = 0; i < count; i++) {
        struct journal_block *block = *journal_slot(journal, journal->next_number - 1 - i);
        journal_segment_take(block->segment);
        entries[i] = &block->entry;
    }
    pthread_mutex_unlock(&journal->journals->mutex);
    *ret_view = (struct journal_view){entries, count};
}

void journal_view_close(struct journal_view *view)
{
    for (size_t i = 0; i < view->count; i++) {
        struct journal_segment *segment = journal_segment_of(view->entries[i]);
        if (journal_segment_drop(segment))
            free(segment);
    }
    view->count = 0;
}
