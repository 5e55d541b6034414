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
 *   header      magic (8 bytes), version, count, rule, flags, bytes of the parameter (4 bytes each)
 *   exact       count entries {hash, index} of trimmed inputs, sorted
 *   folded      count entries {hash, index} of trimmed inputs with case folded, sorted
 *   bounds      2 * count + 1 offsets into the texts: input 0, output 0, input 1, ..., end
 *   contexts    count hashes (8 bytes each), if one of them is not 0
 *   parameter   of the rule
 *   texts       inputs and outputs one after another
 *   signatures  count of them, of inputs
 *
 * The first version ended its header with the rule, which had no parameter, and has no signatures.
 *
 * One list of bounds makes neighbours share them, so that all of a set's examples are inside of its
 * texts if it never falls. Who answers looks at those of a few only.
 */
enum {
    EXAMPLES_VERSION_FIRST = 1,
    EXAMPLES_VERSION = 2,
    VERSION_OFFSET = 8,
    COUNT_OFFSET = 12,
    RULE_OFFSET = 16,
    HEADER_BYTES_FIRST = 20,
    FLAGS_OFFSET = 20,
    PARAMETER_BYTES_OFFSET = 24,
    HEADER_BYTES = 28,
    FLAG_LABELS = 1,
    FLAG_CONTEXTS = 2, /* all others are 0 */
    ENTRY_BYTES = 12,  /* hash (8), index (4) */
    ENTRY_INDEX_OFFSET = 8,
    BOUND_BYTES = 4,
    CONTEXT_BYTES = 8
};

/* Of an example that cannot be one. */
static const struct example examples_damaged = {{NULL, 0}, {NULL, 0}};

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

static void examples_add_signatures(struct buf *out, const struct example *examples, size_t count)
{
    struct arena scratch;
    arena_init(&scratch);
    for (size_t i = 0; i < count; i++) {
        struct feature_set features;
        char bytes[SIGNATURE_BYTES];
        feature_set_of_text(examples[i].input, &scratch, &features);
        struct signature signature = signature_of_set(&features);
        signature_write(&signature, bytes);
        buf_add(out, bytes, sizeof(bytes));
        arena_clear(&scratch);
    }
    arena_release(&scratch);
}

/* --- labels -------------------------------------------------------------------------------------
 */

enum { LABEL_PLACES = 2 * EXAMPLES_LABELS_MAX };

/* Different hashes, open addressing; 0 is an empty place. */
struct label_set {
    uint64_t hashes[LABEL_PLACES];
    size_t count;
};

/* The set must not be full. */
static void label_set_add(struct label_set *set, uint64_t hash)
{
    hash |= 1;
    size_t at = (hash >> 32) % LABEL_PLACES;
    while (set->hashes[at] && set->hashes[at] != hash)
        at = (at + 1) % LABEL_PLACES;
    set->count += set->hashes[at] == 0;
    set->hashes[at] = hash;
}

static bool examples_are_outputs_labels(const struct example *examples, size_t count)
{
    struct label_set labels = {.count = 0};
    size_t most = count / EXAMPLES_PER_LABEL_MIN;
    most = most < EXAMPLES_LABELS_MAX ? most : EXAMPLES_LABELS_MAX;
    for (size_t i = 0; i < count && labels.count <= most; i++)
        label_set_add(&labels, hash_text(0, unicode_trim(examples[i].output)));
    return labels.count > 0 && labels.count <= most;
}

/* --- parts --------------------------------------------------------------------------------------
 */

/* What the places of all other parts follow from. */
struct parts {
    size_t header_bytes, parameter_bytes;
    uint32_t count;
    bool has_contexts;
};

static size_t parts_directory(struct parts parts, bool is_folded)
{
    return parts.header_bytes + (is_folded ? (size_t)parts.count * ENTRY_BYTES : 0);
}

static size_t parts_bounds(struct parts parts)
{
    return parts.header_bytes + 2 * (size_t)parts.count * ENTRY_BYTES;
}

static size_t parts_contexts(struct parts parts)
{
    return parts_bounds(parts) + (2 * (size_t)parts.count + 1) * BOUND_BYTES;
}

static size_t parts_parameter(struct parts parts)
{
    return parts_contexts(parts) + (parts.has_contexts ? (size_t)parts.count * CONTEXT_BYTES : 0);
}

static size_t parts_texts(struct parts parts)
{
    return parts_parameter(parts) + parts.parameter_bytes;
}

/* --- encoding -----------------------------------------------------------------------------------
 */

static size_t examples_text_bytes(const struct example *examples, size_t example_count)
{
    uint64_t bytes = 0;
    for (size_t i = 0; i < example_count; i++)
        bytes += examples[i].input.len + examples[i].output.len;
    /* Requests and seed files are bounded far below this. */
    assert(example_count < UINT32_MAX && bytes <= UINT32_MAX);
    return (size_t)bytes;
}

static bool examples_have_contexts(const uint64_t *contexts, size_t example_count)
{
    for (size_t i = 0; contexts && i < example_count; i++)
        if (contexts[i])
            return true;
    return false;
}

size_t examples_encoded_bytes(
    const struct example *examples, const uint64_t *contexts, size_t example_count)
{
    size_t text_bytes = examples_text_bytes(examples, example_count);
    struct parts parts = {
        .header_bytes = HEADER_BYTES,
        .parameter_bytes =
            text_bytes < RULE_PARAMETER_BYTES_MAX ? text_bytes : RULE_PARAMETER_BYTES_MAX,
        .count = (uint32_t)example_count,
        .has_contexts = examples_have_contexts(contexts, example_count),
    };
    return parts_texts(parts) + text_bytes + example_count * SIGNATURE_BYTES;
}

static void examples_add_bounds(
    struct buf *out, const struct example *examples, size_t example_count)
{
    uint32_t bound = 0;
    for (size_t i = 0; i < example_count; i++) {
        examples_add_u32(out, bound);
        bound += (uint32_t)examples[i].input.len;
        examples_add_u32(out, bound);
        bound += (uint32_t)examples[i].output.len;
    }
    examples_add_u32(out, bound);
}

static void examples_add_texts(
    struct buf *out, const struct example *examples, size_t example_count)
{
    for (size_t i = 0; i < example_count; i++) {
        buf_add_text(out, examples[i].input);
        buf_add_text(out, examples[i].output);
    }
}

void examples_encode(struct buf *out, const struct example *examples, size_t example_count)
{
    examples_encode_in_contexts(out, examples, NULL, example_count);
}

void examples_encode_in_contexts(
    struct buf *out, const struct example *examples, const uint64_t *contexts, size_t example_count)
{
    const uint64_t *kept = examples_have_contexts(contexts, example_count) ? contexts : NULL;
    struct arena arena;
    arena_init(&arena);
    struct rule_found rule = rule_of_examples(examples, example_count, &arena);
    uint32_t flags = examples_are_outputs_labels(examples, example_count) ? FLAG_LABELS : 0;
    buf_reserve(out, examples_encoded_bytes(examples, contexts, example_count));

    buf_add(out, examples_magic, sizeof(examples_magic));
    examples_add_u32(out, EXAMPLES_VERSION);
    examples_add_u32(out, (uint32_t)example_count);
    examples_add_u32(out, rule.kind);
    examples_add_u32(out, flags | (kept ? FLAG_CONTEXTS : 0));
    examples_add_u32(out, (uint32_t)rule.parameter.len);
    examples_add_directories(out, examples, example_count);
    examples_add_bounds(out, examples, example_count);
    for (size_t i = 0; kept && i < example_count; i++)
        examples_add_u64(out, kept[i]);
    buf_add_text(out, rule.parameter);
    examples_add_texts(out, examples, example_count);
    examples_add_signatures(out, examples, example_count);
    arena_release(&arena);
}

/* --- opening ------------------------------------------------------------------------------------
 */

static struct parts examples_parts(const struct examples *examples)
{
    bool is_first = examples->version == EXAMPLES_VERSION_FIRST;
    return (struct parts){
        .header_bytes = is_first ? HEADER_BYTES_FIRST : HEADER_BYTES,
        .parameter_bytes = examples->parameter.len,
        .count = examples->count,
        .has_contexts = examples->has_contexts,
    };
}

static struct entry examples_entry_at(
    const struct examples *examples, bool is_folded, uint32_t position)
{
    const char *bytes = examples->directories[is_folded] + (size_t)position * ENTRY_BYTES;
    return (struct entry){examples_read_u64(bytes), examples_read_u32(bytes + ENTRY_INDEX_OFFSET)};
}

static uint32_t examples_bound_at(const struct examples *examples, size_t position)
{
    return examples_read_u32(examples->bounds + position * BOUND_BYTES);
}

static bool examples_directory_is_sound(const struct examples *examples, bool is_folded)
{
    for (uint32_t i = 0; i < examples->count; i++)
        if (examples_entry_at(examples, is_folded, i).index >= examples->count)
            return false;
    return true;
}

static size_t examples_signatures_bytes(const struct examples *examples)
{
    return examples->version == EXAMPLES_VERSION_FIRST ? 0
                                                       : (size_t)examples->count * SIGNATURE_BYTES;
}

static bool examples_bounds_are_sound(const struct examples *examples)
{
    for (size_t i = 0; i < 2 * (size_t)examples->count; i++)
        if (examples_bound_at(examples, i) > examples_bound_at(examples, i + 1))
            return false;
    return true;
}

bool examples_are_sound(const struct examples *examples)
{
    return examples_directory_is_sound(examples, false) &&
           examples_directory_is_sound(examples, true) && examples_bounds_are_sound(examples);
}

/* What only the second version's header has. False if that cannot be. */
static bool examples_open_rest(struct examples *examples)
{
    struct text bytes = examples->bytes;
    if (bytes.len < HEADER_BYTES)
        return false;
    uint32_t flags = examples_read_u32(bytes.bytes + FLAGS_OFFSET);
    size_t parameter_bytes = examples_read_u32(bytes.bytes + PARAMETER_BYTES_OFFSET);
    examples->has_contexts = flags & FLAG_CONTEXTS;
    size_t start = parts_parameter(examples_parts(examples));
    if (flags > (FLAG_LABELS | FLAG_CONTEXTS) || parameter_bytes > RULE_PARAMETER_BYTES_MAX ||
        start + parameter_bytes > bytes.len)
        return false;
    examples->are_outputs_labels = flags & FLAG_LABELS;
    examples->parameter = text_slice(bytes, start, start + parameter_bytes);
    return true;
}

static bool examples_open_header(struct text bytes, struct examples *examples)
{
    if (bytes.len < HEADER_BYTES_FIRST ||
        memcmp(bytes.bytes, examples_magic, sizeof(examples_magic)) != 0)
        return false;
    *examples = (struct examples){
        .bytes = bytes,
        .version = examples_read_u32(bytes.bytes + VERSION_OFFSET),
        .count = examples_read_u32(bytes.bytes + COUNT_OFFSET),
        .rule = examples_read_u32(bytes.bytes + RULE_OFFSET),
    };
    examples->seen_count = examples->count;
    if (!rule_is_known(examples->rule))
        return false;
    if (examples->version == EXAMPLES_VERSION_FIRST)
        return examples->rule <= RULE_SUCCESSOR;
    return examples->version == EXAMPLES_VERSION && examples_open_rest(examples);
}

/* False if there is no room for them. */
static bool examples_find_parts(struct examples *examples)
{
    struct parts parts = examples_parts(examples);
    struct text bytes = examples->bytes;
    if (parts_texts(parts) > bytes.len)
        return false;
    examples->directories[0] = bytes.bytes + parts_directory(parts, false);
    examples->directories[1] = bytes.bytes + parts_directory(parts, true);
    examples->bounds = bytes.bytes + parts_bounds(parts);
    examples->contexts = bytes.bytes + parts_contexts(parts);
    examples->texts = text_slice(bytes, parts_texts(parts), bytes.len);
    /* Behind the last text are the signatures and nothing more. */
    size_t signatures_bytes = examples_signatures_bytes(examples);
    size_t end = examples_bound_at(examples, 2 * (size_t)examples->count);
    if (end + signatures_bytes != examples->texts.len)
        return false;
    examples->texts.len = end;
    return true;
}

bool examples_open(struct text bytes, struct examples *ret_examples)
{
    struct examples examples;
    if (!examples_open_header(bytes, &examples) || !examples_find_parts(&examples))
        return false;
    *ret_examples = examples;
    return true;
}

void examples_see(struct examples *examples, uint32_t seen_count, struct arena *arena)
{
    if (seen_count >= examples->count)
        return;
    examples->seen_count = seen_count;
    if (seen_count > EXAMPLES_SEEN_RULE_MAX)
        return;
    struct arena scratch;
    arena_init(&scratch);
    struct example *seen = arena_array(&scratch, seen_count, sizeof(*seen));
    for (uint32_t i = 0; i < seen_count; i++)
        seen[i] = examples_at(examples, i);
    struct rule_found rule = rule_of_examples(seen, seen_count, &scratch);
    examples->rule = rule.kind;
    examples->parameter = arena_text(arena, rule.parameter);
    examples->are_outputs_labels = examples_are_outputs_labels(seen, seen_count);
    arena_release(&scratch);
}

uint64_t examples_hash(const struct examples *examples)
{
    uint64_t hash = hash_mix(0, examples->count);
    for (uint32_t i = 0; i < examples->count; i++) {
        struct example example = examples_at(examples, i);
        /* Their lengths are in it. */
        hash = hash_text(hash_text(hash, example.input), example.output);
    }
    return hash;
}

struct example examples_at(const struct examples *examples, uint32_t index)
{
    struct text texts = examples->texts;
    size_t position = 2 * (size_t)index;
    if (index >= examples->count)
        return examples_damaged;
    uint32_t input = examples_bound_at(examples, position);
    uint32_t output = examples_bound_at(examples, position + 1);
    uint32_t end = examples_bound_at(examples, position + 2);
    if (input > output || output > end || end > texts.len)
        return examples_damaged;
    return (struct example){text_slice(texts, input, output), text_slice(texts, output, end)};
}

struct signature examples_signature(
    const struct examples *examples, uint32_t index, struct arena *scratch)
{
    assert(index < examples->count);
    if (examples->version != EXAMPLES_VERSION_FIRST) {
        size_t behind = (size_t)(examples->count - index) * SIGNATURE_BYTES;
        return signature_read(examples->bytes.bytes + examples->bytes.len - behind);
    }
    struct feature_set features;
    feature_set_of_text(examples_at(examples, index).input, scratch, &features);
    return signature_of_set(&features);
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

uint64_t examples_context_at(const struct examples *examples, uint32_t index)
{
    if (!examples->has_contexts || index >= examples->count)
        return 0;
    return examples_read_u64(examples->contexts + (size_t)index * CONTEXT_BYTES);
}

/* What an example is looked for by. */
struct sought {
    bool is_folded;
    struct text key;         /* trimmed, and folded if so said */
    struct text hashed;      /* what an entry's hash would be of */
    const uint64_t *context; /* NULL: any */
};

/*
 * Entries of equal hash are sorted by index, so that the first that matches was given first.
 */
static bool examples_search(const struct examples *examples, const struct sought *sought,
    struct arena *scratch, uint32_t *ret_index)
{
    uint64_t seed = sought->is_folded ? EXAMPLES_FOLDED_SEED : EXAMPLES_EXACT_SEED;
    uint64_t hash = hash_text(seed, sought->hashed);
    uint32_t position = examples_lower_bound(examples, sought->is_folded, hash);
    int compared_count = 0;
    for (; position < examples->count && compared_count < EXAMPLES_SAME_HASH_MAX; position++) {
        struct entry entry = examples_entry_at(examples, sought->is_folded, position);
        /* What was not seen is as if it were not there, and so are those behind it. */
        bool is_damaged = entry.index >= examples->count;
        if (entry.hash != hash || (entry.index >= examples->seen_count && !is_damaged))
            return false;
        if (sought->context && examples_context_at(examples, entry.index) != *sought->context)
            continue;
        compared_count++;
        struct text candidate = unicode_trim(examples_at(examples, entry.index).input);
        if (sought->is_folded)
            candidate = unicode_fold(candidate, scratch);
        if (is_damaged || text_equals(candidate, sought->key)) {
            *ret_index = entry.index;
            return true;
        }
    }
    return false;
}

/* Those of the first version hold hashes of inputs that were trimmed of ASCII white space only. */
static bool examples_search_as_before(const struct examples *examples, struct text prompt,
    const struct sought *exact, const struct sought *folded, struct arena *scratch,
    uint32_t *ret_index)
{
    struct sought exact_before = *exact;
    struct sought folded_before = *folded;
    exact_before.hashed = text_trim(prompt);
    if (examples->version != EXAMPLES_VERSION_FIRST || exact_before.hashed.len == exact->key.len)
        return false;
    folded_before.hashed = unicode_fold(exact_before.hashed, scratch);
    return examples_search(examples, &exact_before, scratch, ret_index) ||
           examples_search(examples, &folded_before, scratch, ret_index);
}

bool examples_find(const struct examples *examples, struct text prompt, const uint64_t *context,
    struct arena *scratch, uint32_t *ret_index)
{
    struct text key = unicode_trim(prompt);
    struct sought exact = {.key = key, .hashed = key, .context = context};
    if (examples_search(examples, &exact, scratch, ret_index))
        return true;
    struct text folded_key = unicode_fold(key, scratch);
    struct sought folded = {
        .is_folded = true, .key = folded_key, .hashed = folded_key, .context = context};
    return examples_search(examples, &folded, scratch, ret_index) ||
           examples_search_as_before(examples, prompt, &exact, &folded, scratch, ret_index);
}
