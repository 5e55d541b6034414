#include "server/sim/examples.h"

#include <assert.h>
#include <endian.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "base/memory.h"
#include "server/sim/unicode.h"

/*
 * The encoding, all numbers little-endian and without padding:
 *
 *   header     magic (8 bytes), version, count, rule (4 bytes each)
 *   exact      count entries {hash, index} of trimmed inputs, sorted
 *   folded     count entries {hash, index} of trimmed inputs with case folded, sorted
 *   bounds     2 * count + 1 offsets into the texts: input 0, output 0, input 1, ..., end
 *   texts      inputs and outputs one after another
 *
 * One list of bounds makes neighbours share them, so that checking that it never falls is all that
 * it takes to know that no example reaches outside.
 */
enum {
    EXAMPLES_VERSION = 1,
    VERSION_OFFSET = 8,
    COUNT_OFFSET = 12,
    RULE_OFFSET = 16,
    HEADER_BYTES = 20,
    ENTRY_BYTES = 12, /* hash (8), index (4) */
    ENTRY_INDEX_OFFSET = 8,
    BOUND_BYTES = 4
};

static const char examples_magic[8] = "TMEXMPL";

/* Inputs of one hash that are compared with a prompt. Two in a set that differ are a wonder, so
 * more than these are damage, and each may be long. */
enum { EXAMPLES_SAME_HASH_MAX = 4 };

/* Seeds of the two directories; data sets on disk hold the hashes, so these must stay. */
#define EXAMPLES_EXACT_SEED UINT64_C(0x65786163745F6B65)
#define EXAMPLES_FOLDED_SEED UINT64_C(0x666F6C6465645F6B)

struct entry {
    uint64_t hash;
    uint32_t index;
};

static uint32_t examples_read_u32(const char *bytes)
{
    uint32_t number;
    memcpy(&number, bytes, sizeof(number));
    return le32toh(number);
}

static uint64_t examples_read_u64(const char *bytes)
{
    uint64_t number;
    memcpy(&number, bytes, sizeof(number));
    return le64toh(number);
}

static void examples_add_u32(struct buf *out, uint32_t number)
{
    uint32_t little = htole32(number);
    buf_add(out, &little, sizeof(little));
}

static void examples_add_u64(struct buf *out, uint64_t number)
{
    uint64_t little = htole64(number);
    buf_add(out, &little, sizeof(little));
}

static int entry_compare(const void *left, const void *right)
{
    const struct entry *a = left;
    const struct entry *b = right;
    if (a->hash != b->hash)
        return a->hash < b->hash ? -1 : 1;
    return a->index < b->index ? -1 : a->index > b->index;
}

static void examples_add_directory(struct buf *out, struct entry *entries, size_t count)
{
    if (count > 0)
        qsort(entries, count, sizeof(*entries), entry_compare);
    for (size_t i = 0; i < count; i++) {
        examples_add_u64(out, entries[i].hash);
        examples_add_u32(out, entries[i].index);
    }
}

static void examples_add_directories(struct buf *out, const struct example *examples, size_t count)
{
    struct entry *exact = memory_alloc_zeroed(count + 1, sizeof(*exact));
    struct entry *folded = memory_alloc_zeroed(count + 1, sizeof(*folded));
    struct arena scratch;
    arena_init(&scratch);
    for (size_t i = 0; i < count; i++) {
        struct text key = unicode_trim(examples[i].input);
        struct text folded_key = unicode_fold(key, &scratch);
        exact[i] = (struct entry){hash_text(EXAMPLES_EXACT_SEED, key), (uint32_t)i};
        folded[i] = (struct entry){hash_text(EXAMPLES_FOLDED_SEED, folded_key), (uint32_t)i};
        arena_clear(&scratch);
    }
    examples_add_directory(out, exact, count);
    examples_add_directory(out, folded, count);
    arena_release(&scratch);
    free(exact);
    free(folded);
}

/* Where the parts of an encoding with `count` examples begin. */
static size_t examples_directory_offset(uint32_t count, bool is_folded)
{
    return HEADER_BYTES + (is_folded ? (size_t)count * ENTRY_BYTES : 0);
}

static size_t examples_bounds_offset(uint32_t count)
{
    return HEADER_BYTES + 2 * (size_t)count * ENTRY_BYTES;
}

static size_t examples_texts_offset(uint32_t count)
{
    return examples_bounds_offset(count) + (2 * (size_t)count + 1) * BOUND_BYTES;
}

size_t examples_encoded_bytes(const struct example *examples, size_t example_count)
{
    uint64_t texts_bytes = 0;
    for (size_t i = 0; i < example_count; i++)
        texts_bytes += examples[i].input.len + examples[i].output.len;
    /* Requests and seed files are bounded far below this. */
    assert(example_count < UINT32_MAX && texts_bytes <= UINT32_MAX);
    return examples_texts_offset((uint32_t)example_count) + (size_t)texts_bytes;
}

/* The rule they obey, if it is one without a parameter, for which there is no room. */
static uint32_t examples_rule(const struct example *examples, size_t example_count)
{
    struct arena scratch;
    arena_init(&scratch);
    struct rule_found found = rule_of_examples(examples, example_count, &scratch);
    arena_release(&scratch);
    return found.kind == RULE_SUCCESSOR ? RULE_SUCCESSOR : RULE_NONE;
}

void examples_encode(struct buf *out, const struct example *examples, size_t example_count)
{
    buf_reserve(out, examples_encoded_bytes(examples, example_count));

    buf_add(out, examples_magic, sizeof(examples_magic));
    examples_add_u32(out, EXAMPLES_VERSION);
    examples_add_u32(out, (uint32_t)example_count);
    examples_add_u32(out, examples_rule(examples, example_count));
    examples_add_directories(out, examples, example_count);

    uint32_t bound = 0;
    for (size_t i = 0; i < example_count; i++) {
        examples_add_u32(out, bound);
        bound += (uint32_t)examples[i].input.len;
        examples_add_u32(out, bound);
        bound += (uint32_t)examples[i].output.len;
    }
    examples_add_u32(out, bound);
    for (size_t i = 0; i < example_count; i++) {
        buf_add_text(out, examples[i].input);
        buf_add_text(out, examples[i].output);
    }
}

static struct entry examples_entry_at(
    const struct examples *examples, bool is_folded, uint32_t position)
{
    const char *bytes = examples->bytes.bytes +
                        examples_directory_offset(examples->count, is_folded) +
                        (size_t)position * ENTRY_BYTES;
    return (struct entry){examples_read_u64(bytes), examples_read_u32(bytes + ENTRY_INDEX_OFFSET)};
}

static uint32_t examples_bound_at(const struct examples *examples, size_t position)
{
    size_t offset = examples_bounds_offset(examples->count) + position * BOUND_BYTES;
    return examples_read_u32(examples->bytes.bytes + offset);
}

static bool examples_directory_is_valid(const struct examples *examples, bool is_folded)
{
    for (uint32_t i = 0; i < examples->count; i++)
        if (examples_entry_at(examples, is_folded, i).index >= examples->count)
            return false;
    return true;
}

/* The bounds never fall, and the last one is where the bytes end. */
static bool examples_bounds_are_valid(const struct examples *examples)
{
    uint32_t last = 0;
    for (size_t i = 0; i <= 2 * (size_t)examples->count; i++) {
        uint32_t bound = examples_bound_at(examples, i);
        if (bound < last)
            return false;
        last = bound;
    }
    return last == examples->bytes.len - examples_texts_offset(examples->count);
}

bool examples_open(struct text bytes, struct examples *ret_examples)
{
    if (bytes.len < HEADER_BYTES ||
        memcmp(bytes.bytes, examples_magic, sizeof(examples_magic)) != 0 ||
        examples_read_u32(bytes.bytes + VERSION_OFFSET) != EXAMPLES_VERSION)
        return false;
    struct examples examples = {
        .bytes = bytes,
        .count = examples_read_u32(bytes.bytes + COUNT_OFFSET),
        .rule = examples_read_u32(bytes.bytes + RULE_OFFSET),
    };
    if (examples.rule > RULE_SUCCESSOR || examples_texts_offset(examples.count) > bytes.len ||
        !examples_directory_is_valid(&examples, false) ||
        !examples_directory_is_valid(&examples, true) || !examples_bounds_are_valid(&examples))
        return false;
    *ret_examples = examples;
    return true;
}

struct example examples_at(const struct examples *examples, uint32_t index)
{
    assert(index < examples->count);
    size_t texts_offset = examples_texts_offset(examples->count);
    struct text texts = text_slice(examples->bytes, texts_offset, examples->bytes.len);
    size_t position = 2 * (size_t)index;
    uint32_t input = examples_bound_at(examples, position);
    uint32_t output = examples_bound_at(examples, position + 1);
    uint32_t end = examples_bound_at(examples, position + 2);
    return (struct example){text_slice(texts, input, output), text_slice(texts, output, end)};
}

/* The position of the first entry whose hash is not below `hash`. */
static uint32_t examples_lower_bound(const struct examples *examples, bool is_folded, uint64_t hash)
{
    uint32_t low = 0;
    uint32_t high = examples->count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (examples_entry_at(examples, is_folded, middle).hash < hash)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/*
 * Entries of equal hash are sorted by index, so that the first that matches was given first. `key`
 * is trimmed, and folded if so asked; `hashed` is what an entry's hash would be of.
 */
static bool examples_search(const struct examples *examples, bool is_folded, struct text key,
    struct text hashed, struct arena *scratch, uint32_t *ret_index)
{
    uint64_t hash = hash_text(is_folded ? EXAMPLES_FOLDED_SEED : EXAMPLES_EXACT_SEED, hashed);
    uint32_t position = examples_lower_bound(examples, is_folded, hash);
    uint32_t left = examples->count - position;
    uint32_t end = position + (left < EXAMPLES_SAME_HASH_MAX ? left : EXAMPLES_SAME_HASH_MAX);
    for (; position < end; position++) {
        struct entry entry = examples_entry_at(examples, is_folded, position);
        if (entry.hash != hash)
            return false;
        struct text candidate = unicode_trim(examples_at(examples, entry.index).input);
        if (is_folded)
            candidate = unicode_fold(candidate, scratch);
        if (text_equals(candidate, key)) {
            *ret_index = entry.index;
            return true;
        }
    }
    return false;
}

/* Data sets of earlier releases hold hashes of inputs that were trimmed of ASCII white space only.
 */
static bool examples_search_as_before(const struct examples *examples, struct text prompt,
    struct text key, struct text folded, struct arena *scratch, uint32_t *ret_index)
{
    struct text hashed = text_trim(prompt);
    return hashed.len != key.len &&
           (examples_search(examples, false, key, hashed, scratch, ret_index) ||
               examples_search(
                   examples, true, folded, unicode_fold(hashed, scratch), scratch, ret_index));
}

bool examples_find(
    const struct examples *examples, struct text prompt, struct arena *scratch, uint32_t *ret_index)
{
    struct text key = unicode_trim(prompt);
    if (examples_search(examples, false, key, key, scratch, ret_index))
        return true;
    struct text folded = unicode_fold(key, scratch);
    return examples_search(examples, true, folded, folded, scratch, ret_index) ||
           examples_search_as_before(examples, prompt, key, folded, scratch, ret_index);
}
