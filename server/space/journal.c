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
    JOURNAL_SLOTS_MIN = 4,
    /* Entries lie one behind the other in chunks, which are small in a small journal, so that ten
     * thousand of these need little, and large in a large one. The largest has room for any entry.
     */
    JOURNAL_CHUNK_BYTES_MIN = 1024,
    JOURNAL_CHUNK_BYTES_MAX = 64 * 1024,
    /* A chunk is about this part of its journal, so that only so much goes at a time. */
    JOURNAL_CHUNKS = 4,
    /* Where an entry begins. */
    JOURNAL_ALIGNMENT = 16
};

/* Memory of entries of one journal; goes when none of them is there or looked at any more. */
struct journal_chunk {
    struct journal *journal;
    atomic_int references; /* one is the journal's, as long as it has some of it; the others are
                              readers' */
    size_t entry_count;    /* that the journal has */
    size_t bytes, used_bytes;
    struct journal_chunk *older, *newer; /* of all journals */
    _Alignas(JOURNAL_ALIGNMENT) char entries[];
};

/* An entry, with the bytes of its texts behind it. */
struct journal_block {
    struct journal_entry entry; /* first: readers know only this */
    uint64_t serial;
    struct journal_chunk *chunk;
    char texts[];
};
_Static_assert(sizeof(struct journal_chunk) + sizeof(struct journal_block) + JOURNAL_ALIGNMENT +
                       (size_t)JOURNAL_TEXT_COUNT * JOURNAL_TEXT_BYTES_MAX <=
                   JOURNAL_CHUNK_BYTES_MAX,
    "a chunk has room for any entry");

struct journals {
    pthread_mutex_t mutex; /* guards all below, the journals and the chunks */
    struct journal_chunk *oldest, *newest;
    /* One of the largest that is unused, for the next one, so that the heap does not come to pieces
     * however long the process runs; NULL: there is none. */
    struct journal_chunk *spare;
    struct budget budget; /* bytes of chunks that have entries */
    uint64_t last_serial;
    size_t entry_count;
};

/* Its entries have the numbers from first_number to before next_number, without a gap: what goes is
 * the oldest. */
struct journal {
    struct journals *journals;
    size_t entries_max;
    uint64_t first_number, next_number;
    struct journal_block **slots; /* by number; as many as a power of two, at least the entries */
    size_t slot_count;
    struct journal_chunk *current; /* that is being filled, and has entries; NULL: none is */
    size_t bytes;                  /* of all its chunks */
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
    pthread_mutex_lock(&journals->mutex);
    journals->budget.max += JOURNAL_OWN_BYTES;
    pthread_mutex_unlock(&journals->mutex);
    return journal;
}

void journal_free(struct journal *journal)
{
    struct journals *journals = journal->journals;
    journal_clear(journal);
    pthread_mutex_lock(&journals->mutex);
    journals->budget.max -= JOURNAL_OWN_BYTES;
    pthread_mutex_unlock(&journals->mutex);
    free(journal);
}

bool journal_is_kept(const struct journal *journal)
{
    return journal->entries_max > 0;
}

/* --- with or without the mutex --- */

size_t journal_record_cut(struct journal_record *record)
{
    size_t bytes = 0;
    for (int i = 0; i < JOURNAL_TEXT_COUNT; i++)
        bytes += record->texts[i].len;
    if (bytes <= JOURNAL_TEXT_BYTES_MAX)
        return bytes; /* as of most, so that none is longer */
    for (int i = 0; i < JOURNAL_TEXT_COUNT; i++) {
        struct text *text = &record->texts[i];
        if (text->len <= JOURNAL_TEXT_BYTES_MAX)
            continue;
        *(i < JOURNAL_MODEL ? &record->is_request_cut : &record->is_answer_cut) = true;
        bytes -= text->len;
        text->len = text_boundary(*text, JOURNAL_TEXT_BYTES_MAX);
        bytes += text->len;
    }
    return bytes;
}

struct journal_record journal_record_join(
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

/* Cuts the texts of a record. Gives how much its block takes of a chunk. */
static size_t journal_prepare(struct journal_record *record)
{
    size_t bytes = sizeof(struct journal_block) + journal_record_cut(record);
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

static struct journal_chunk *journal_chunk_of(const struct journal_entry *entry)
{
    return ((const struct journal_block *)(const void *)entry)->chunk;
}

static void journal_chunk_take(struct journal_chunk *chunk)
{
    atomic_fetch_add_explicit(&chunk->references, 1, memory_order_relaxed);
}

/* True if this was the last reference: the chunk is the caller's. */
static bool journal_chunk_is_left(struct journal_chunk *chunk)
{
    return atomic_fetch_sub_explicit(&chunk->references, 1, memory_order_acq_rel) == 1;
}

static void journal_chunk_drop(struct journal_chunk *chunk)
{
    if (journal_chunk_is_left(chunk))
        free(chunk);
}

/* --- the rest is done with the mutex held --- */

static void journal_chunk_link(struct journals *journals, struct journal_chunk *chunk)
{
    chunk->newer = NULL;
    chunk->older = journals->newest;
    if (chunk->older)
        chunk->older->newer = chunk;
    else
        journals->oldest = chunk;
    journals->newest = chunk;
}

static void journal_chunk_unlink(struct journals *journals, struct journal_chunk *chunk)
{
    if (chunk->older)
        chunk->older->newer = chunk->newer;
    else
        journals->oldest = chunk->newer;
    if (chunk->newer)
        chunk->newer->older = chunk->older;
    else
        journals->newest = chunk->older;
}

/* The journal has one entry less in the chunk, which goes with the last. */
static void journal_chunk_lose(struct journal_chunk *chunk)
{
    struct journal *journal = chunk->journal;
    if (--chunk->entry_count > 0)
        return;
    if (chunk == journal->current)
        journal->current = NULL;
    journal->bytes -= chunk->bytes;
    budget_give(&journal->journals->budget, chunk->bytes);
    journal_chunk_unlink(journal->journals, chunk);
    if (!journal_chunk_is_left(chunk))
        return;
    if (chunk->bytes == JOURNAL_CHUNK_BYTES_MAX && !journal->journals->spare)
        journal->journals->spare = chunk;
    else
        free(chunk);
}

static struct journal_block **journal_slot(const struct journal *journal, uint64_t number)
{
    return &journal->slots[number & (journal->slot_count - 1)];
}

static size_t journal_length(const struct journal *journal)
{
    return (size_t)(journal->next_number - journal->first_number);
}

/* At least as many as there are entries; 0 if there are none. */
static void journal_resize(struct journal *journal, size_t slot_count)
{
    struct journal old = *journal;
    journal->slot_count = slot_count;
    journal->slots = NULL;
    if (slot_count > 0)
        journal->slots = memory_alloc_zeroed(slot_count, sizeof(struct journal_block *));
    for (uint64_t i = old.first_number; i < old.next_number; i++)
        *journal_slot(journal, i) = *journal_slot(&old, i);
    free(old.slots);
}

static void journal_lose_oldest(struct journal *journal)
{
    const struct journal_block *block = *journal_slot(journal, journal->first_number++);
    journal->journals->entry_count--;
    journal_chunk_lose(block->chunk);
    if (journal->slot_count > JOURNAL_SLOTS_MIN &&
        journal_length(journal) <= journal->slot_count / 4)
        journal_resize(journal, journal->slot_count / 2);
}

/*
 * Takes the bytes. If there is no room for them, the oldest entries go, but none of a journal that
 * has no more than its own: its chunks have another turn. Since there is room for that of all and
 * more, there is always one that has.
 */
static void journals_make_room(struct journals *journals, size_t bytes)
{
    while (!budget_take(&journals->budget, bytes)) {
        struct journal_chunk *chunk = journals->oldest;
        if (chunk->journal->bytes > JOURNAL_OWN_BYTES) {
            journal_lose_oldest(chunk->journal);
        } else {
            journal_chunk_unlink(journals, chunk);
            journal_chunk_link(journals, chunk);
        }
    }
}

static void journal_begin_chunk(struct journal *journal, size_t room_bytes)
{
    struct journals *journals = journal->journals;
    size_t bytes = journal->bytes / JOURNAL_CHUNKS;
    if (bytes > JOURNAL_CHUNK_BYTES_MAX)
        bytes = JOURNAL_CHUNK_BYTES_MAX;
    if (bytes < sizeof(struct journal_chunk) + room_bytes)
        bytes = sizeof(struct journal_chunk) + room_bytes;
    /* Of few sizes, so that the heap finds room where others were. */
    bytes =
        (bytes + JOURNAL_CHUNK_BYTES_MIN - 1) / JOURNAL_CHUNK_BYTES_MIN * JOURNAL_CHUNK_BYTES_MIN;
    journals_make_room(journals, bytes);
    struct journal_chunk *chunk = journals->spare;
    if (chunk && bytes == JOURNAL_CHUNK_BYTES_MAX)
        journals->spare = NULL;
    else
        chunk = memory_alloc(bytes);
    *chunk = (struct journal_chunk){.journal = journal, .bytes = bytes};
    atomic_init(&chunk->references, 1);
    journal_chunk_link(journals, chunk);
    journal->bytes += bytes;
    journal->current = chunk;
}

/* Room for a block, with what journal_prepare said. */
static struct journal_block *journal_block_new(struct journal *journal, size_t bytes)
{
    struct journal_chunk *chunk = journal->current;
    if (!chunk || bytes > chunk->bytes - sizeof(*chunk) - chunk->used_bytes)
        journal_begin_chunk(journal, bytes);
    chunk = journal->current;
    char *start = chunk->entries + chunk->used_bytes;
    struct journal_block *block = (struct journal_block *)(void *)start;
    chunk->used_bytes += bytes;
    chunk->entry_count++;
    block->chunk = chunk;
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

static void journal_append(struct journal *journal, struct journal_block *block)
{
    if (journal_length(journal) == journal->slot_count)
        journal_resize(journal, journal->slot_count ? 2 * journal->slot_count : JOURNAL_SLOTS_MIN);
    block->entry.number = journal->next_number++;
    block->serial = ++journal->journals->last_serial;
    journal->journals->entry_count++;
    *journal_slot(journal, block->entry.number) = block;
}

/* --- what others call --- */

void journals_measure(struct journals *journals, struct journals_sizes *ret_sizes)
{
    pthread_mutex_lock(&journals->mutex);
    *ret_sizes = (struct journals_sizes){.entries = journals->entry_count,
        .bytes = budget_used(&journals->budget),
        .bytes_max = journals->budget.max};
    pthread_mutex_unlock(&journals->mutex);
}

struct journal_place journal_add(struct journal *journal, const struct journal_record *record)
{
    struct journals *journals = journal->journals;
    struct journal_record kept = *record;
    size_t bytes = journal_prepare(&kept);
    pthread_mutex_lock(&journals->mutex);
    if (journal_length(journal) == journal->entries_max)
        journal_lose_oldest(journal);
    struct journal_block *block = journal_block_new(journal, bytes);
    journal_block_fill(block, &kept);
    journal_append(journal, block);
    struct journal_place place = {block->entry.number, block->serial};
    pthread_mutex_unlock(&journals->mutex);
    return place;
}

/* Has an entry with the answer stand where one without is. */
static void journal_finish_block(struct journal *journal, struct journal_block *old,
    struct journal_place place, const struct journal_record *answer)
{
    struct journal_record record = journal_record_join(&old->entry.record, answer);
    struct journal_block *block = journal_block_new(journal, journal_prepare(&record));
    /* It may have gone to make room. */
    if (journal_at(journal, place) != old) {
        journal_chunk_lose(block->chunk);
        return;
    }
    journal_block_fill(block, &record);
    block->entry.number = place.number;
    block->serial = place.serial;
    *journal_slot(journal, place.number) = block;
    journal_chunk_lose(old->chunk);
}

void journal_finish(
    struct journal *journal, struct journal_place place, const struct journal_record *answer)
{
    pthread_mutex_lock(&journal->journals->mutex);
    struct journal_block *old = journal_at(journal, place);
    struct journal_chunk *chunk = old ? old->chunk : NULL;
    if (old) {
        journal_chunk_take(chunk);
        journal_finish_block(journal, old, place, answer);
    }
    pthread_mutex_unlock(&journal->journals->mutex);
    /* It stays as long as this reference, which the analyser does not count. */
    if (old)
        journal_chunk_drop(chunk); /* NOLINT(clang-analyzer-unix.Malloc) */
}

static void journal_empty(struct journal *journal, uint64_t next_number)
{
    pthread_mutex_lock(&journal->journals->mutex);
    while (journal_length(journal) > 0)
        journal_lose_oldest(journal);
    journal_resize(journal, 0);
    if (next_number > 0)
        journal->first_number = journal->next_number = next_number;
    pthread_mutex_unlock(&journal->journals->mutex);
}

void journal_clear(struct journal *journal)
{
    journal_empty(journal, 0);
}

void journal_reset(struct journal *journal, uint64_t last_number)
{
    journal_empty(journal, last_number + 1);
}

uint64_t journal_last_number(struct journal *journal)
{
    pthread_mutex_lock(&journal->journals->mutex);
    uint64_t last_number = journal->next_number - 1;
    pthread_mutex_unlock(&journal->journals->mutex);
    return last_number;
}

size_t journal_count(struct journal *journal)
{
    pthread_mutex_lock(&journal->journals->mutex);
    size_t count = journal_length(journal);
    pthread_mutex_unlock(&journal->journals->mutex);
    return count;
}

void journal_view_open(struct journal *journal, struct arena *arena, struct journal_view *ret_view)
{
    pthread_mutex_lock(&journal->journals->mutex);
    size_t count = journal_length(journal);
    const struct journal_entry **entries =
        arena_array(arena, count, sizeof(struct journal_entry *));
    for (size_t i = 0; i < count; i++) {
        struct journal_block *block = *journal_slot(journal, journal->next_number - 1 - i);
        journal_chunk_take(block->chunk);
        entries[i] = &block->entry;
    }
    pthread_mutex_unlock(&journal->journals->mutex);
    *ret_view = (struct journal_view){entries, count};
}

void journal_view_close(struct journal_view *view)
{
    for (size_t i = 0; i < view->count; i++)
        journal_chunk_drop(journal_chunk_of(view->entries[i]));
    view->count = 0;
}
