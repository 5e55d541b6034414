#include "server/sim/signature.h"

#include <endian.h>
#include <stdbool.h>
#include <string.h>

#include "base/ascii.h"
#include "server/sim/unicode.h"

enum {
    /* A signature takes in at most so many features, if sampling can bring it about: a quarter of
     * its bits, so that one that is not there is mostly seen not to be. */
    SIGNATURE_FEATURES = SIGNATURE_BITS / 4,
    SIGNATURE_BIT_BITS = 9,
    COUNT_MASK = 0xffffff,
    SAMPLING_SHIFT = 24
};

_Static_assert(1 << SIGNATURE_BIT_BITS == SIGNATURE_BITS, "bits of a bit's number");
_Static_assert(SIGNATURE_BIT_BITS + SIGNATURE_SAMPLINGS - 1 == FEATURE_BITS, "bits of a feature");

/* --- features -----------------------------------------------------------------------------------
 */

/* Where the reading of a text stands. */
struct feature_reader {
    struct feature_set *found;
    const struct feature_set *wanted;
    uint64_t counts;            /* found in the lower half, shared in the upper */
    uint64_t before_last, last; /* hashes of characters; 0: none */
};

/* Adds a feature, and returns what it counts. There is no branch, as nobody could tell how it goes.
 */
static inline uint64_t feature_reader_add(const struct feature_reader *reader, uint64_t mixed)
{
    uint16_t feature = (uint16_t)(mixed * UINT64_C(0xD6E8FEB86659FD93) >> (64 - FEATURE_BITS));
    uint64_t *word = &reader->found->words[feature / 64];
    uint64_t is_new = ~(*word >> feature % 64) & 1;
    uint64_t is_shared = is_new & reader->wanted->words[feature / 64] >> feature % 64;
    *word |= UINT64_C(1) << feature % 64;
    return is_shared << 32 | is_new;
}

static inline uint64_t feature_hash(uint32_t character)
{
    uint64_t hash = (character + UINT64_C(1)) * UINT64_C(0x9E3779B97F4A7C15);
    return hash ^ hash >> 32;
}

static inline uint64_t feature_turned(uint64_t hash, unsigned bits)
{
    return hash << bits | hash >> (64 - bits);
}

/* Finds the features that end with the character. */
static void feature_reader_take(struct feature_reader *reader, uint32_t character)
{
    uint64_t hash = feature_hash(character);
    uint64_t space = feature_hash(' ');
    if (hash == space && reader->last == space)
        return;
    uint64_t pair = hash + feature_turned(reader->last, 21);
    uint64_t counts = hash == space ? 0 : feature_reader_add(reader, hash);
    if (reader->last)
        counts += feature_reader_add(reader, pair);
    if (reader->before_last)
        counts += feature_reader_add(reader, pair + feature_turned(reader->before_last, 42));
    reader->counts += counts;
    reader->before_last = reader->last;
    reader->last = hash;
}

/* How a character is read: as it is, as a space, or with spaces around it. */
static enum unicode_class feature_class(uint32_t character)
{
    bool is_plain =
        character < 0x80 && (ascii_is_letter((char)character) || ascii_is_digit((char)character));
    return is_plain ? UNICODE_LETTER : unicode_class_of(character);
}

/* Reads a text of at least one character, that is folded and trimmed; spaces stand around it. */
static void feature_reader_read(struct feature_reader *reader, struct text text)
{
    feature_reader_take(reader, ' ');
    for (size_t offset = 0; offset < text.len;) {
        uint32_t character = unicode_next(text, &offset);
        enum unicode_class class = feature_class(character);
        if (class == UNICODE_PUNCTUATION)
            feature_reader_take(reader, ' ');
        feature_reader_take(reader, class == UNICODE_SPACE ? ' ' : character);
        if (class == UNICODE_PUNCTUATION)
            feature_reader_take(reader, ' ');
    }
    feature_reader_take(reader, ' ');
}

size_t signature_text_bytes(struct text text)
{
    size_t most = 2 * (size_t)SIGNATURE_TEXT_HALF_BYTES;
    return text.len < most ? text.len : most;
}

/* What is looked at of a text: all of it, or its beginning and its end. */
static struct text feature_part(struct text text, struct arena *scratch)
{
    if (signature_text_bytes(text) == text.len)
        return text;
    struct text start = text_slice(text, 0, text_boundary(text, SIGNATURE_TEXT_HALF_BYTES));
    size_t end = text_boundary(text, text.len - SIGNATURE_TEXT_HALF_BYTES);
    return arena_joined(scratch, start, text_slice(text, end, text.len));
}

/* Finds all features of the text. */
static void feature_reader_find(
    struct feature_reader *reader, struct text text, struct arena *scratch)
{
    struct arena_mark mark = arena_mark(scratch);
    memset(reader->found, 0, sizeof(*reader->found));
    text = unicode_fold(feature_part(unicode_trim(text), scratch), scratch);
    if (text.len > 0)
        feature_reader_read(reader, text);
    reader->found->count = (uint32_t)reader->counts;
    arena_rewind(scratch, mark);
}

void feature_set_of_text(struct text text, struct arena *scratch, struct feature_set *ret_set)
{
    struct feature_reader reader = {.found = ret_set, .wanted = ret_set};
    feature_reader_find(&reader, text, scratch);
}

struct features_shared feature_set_compare(
    const struct feature_set *set, struct text text, struct arena *scratch)
{
    struct feature_set found;
    struct feature_reader reader = {.found = &found, .wanted = set};
    feature_reader_find(&reader, text, scratch);
    return (struct features_shared){found.count, (uint32_t)(reader.counts >> 32)};
}

/* --- signatures ---------------------------------------------------------------------------------
 */

static bool signature_lets_in(uint32_t sampling, uint32_t feature)
{
    return (feature >> SIGNATURE_BIT_BITS & ((1U << sampling) - 1)) == 0;
}

/* Sets the feature's bit; true if it was taken. */
static bool signature_add(uint64_t words[SIGNATURE_WORDS], uint32_t feature)
{
    uint64_t *word = &words[feature % SIGNATURE_BITS / 64];
    uint64_t bit = UINT64_C(1) << feature % 64;
    bool is_taken = *word & bit;
    *word |= bit;
    return is_taken;
}

/* The feature at the lowest bit of what is left of a set's word. */
static uint32_t feature_of(uint32_t word_index, uint64_t rest)
{
    return word_index * 64 + (uint32_t)__builtin_ctzll(rest);
}

/* Adds the bits of a row of a set. Word by word they stay in registers: of a loop gcc makes one
 * that goes through memory, which takes twice as long, for each example of each create. */
static inline void signature_add_row(uint64_t words[SIGNATURE_WORDS], const uint64_t *row)
{
    _Static_assert(SIGNATURE_WORDS == 8, "words of a row");
    words[0] |= row[0];
    words[1] |= row[1];
    words[2] |= row[2];
    words[3] |= row[3];
    words[4] |= row[4];
    words[5] |= row[5];
    words[6] |= row[6];
    words[7] |= row[7];
}

struct signature signature_of_set(const struct feature_set *set)
{
    struct signature signature = {.feature_count = set->count};
    while (signature.sampling + 1 < SIGNATURE_SAMPLINGS &&
           set->count >> signature.sampling > SIGNATURE_FEATURES)
        signature.sampling++;
    /* The upper bits of a feature say whether it is let in, as signature_lets_in has it, the lower
     * which bit it sets: so whole words are let in. */
    uint64_t words[SIGNATURE_WORDS] = {0};
    for (uint32_t i = 0; i < FEATURE_SET_WORDS;
         i += (uint32_t)SIGNATURE_WORDS << signature.sampling)
        signature_add_row(words, &set->words[i]);
    memcpy(signature.words, words, sizeof(words));
    return signature;
}

void signature_write(const struct signature *signature, char ret_bytes[SIGNATURE_BYTES])
{
    for (size_t i = 0; i < SIGNATURE_WORDS; i++) {
        uint64_t little = htole64(signature->words[i]);
        memcpy(ret_bytes + i * sizeof(little), &little, sizeof(little));
    }
    uint32_t counts = htole32(signature->sampling << SAMPLING_SHIFT | signature->feature_count);
    memcpy(ret_bytes + sizeof(signature->words), &counts, sizeof(counts));
}

struct signature signature_read(const char *bytes)
{
    struct signature signature;
    uint32_t counts;
    memcpy(signature.words, bytes, sizeof(signature.words));
    memcpy(&counts, bytes + sizeof(signature.words), sizeof(counts));
    for (size_t i = 0; i < SIGNATURE_WORDS; i++)
        signature.words[i] = le64toh(signature.words[i]);
    counts = le32toh(counts);
    signature.feature_count = counts & COUNT_MASK;
    signature.sampling = (counts >> SAMPLING_SHIFT) % SIGNATURE_SAMPLINGS;
    return signature;
}

/* How many bits of eight words are set: for all processors, not every one of which can count. */
static uint32_t signature_count_bits(const uint64_t words[SIGNATURE_WORDS])
{
    uint64_t sum = 0;
    for (size_t i = 0; i < SIGNATURE_WORDS; i++) {
        uint64_t word = words[i];
        word -= word >> 1 & UINT64_C(0x5555555555555555);
        word = (word & UINT64_C(0x3333333333333333)) + (word >> 2 & UINT64_C(0x3333333333333333));
        sum += (word + (word >> 4)) & UINT64_C(0x0F0F0F0F0F0F0F0F);
    }
    /* Each byte has counted at most 64, and pairs of them have room for all. */
    sum = (sum & UINT64_C(0x00FF00FF00FF00FF)) + (sum >> 8 & UINT64_C(0x00FF00FF00FF00FF));
    return (uint32_t)(sum * UINT64_C(0x0001000100010001) >> 48);
}

/* What one sampling lets in, those before it do, too. */
static void signature_probe_add(struct signature_probe *probe, uint32_t feature)
{
    for (uint32_t i = 0; i < SIGNATURE_SAMPLINGS && signature_lets_in(i, feature); i++)
        probe->samplings[i].hidden_count += signature_add(probe->samplings[i].words, feature);
}

void signature_probe_init(struct signature_probe *probe, const struct feature_set *set)
{
    memset(probe, 0, sizeof(*probe));
    probe->feature_count = set->count;
    for (uint32_t i = 0; i < FEATURE_SET_WORDS; i++)
        for (uint64_t rest = set->words[i]; rest; rest &= rest - 1)
            signature_probe_add(probe, feature_of(i, rest));
    for (uint32_t i = 0; i < SIGNATURE_SAMPLINGS; i++)
        probe->samplings[i].bit_count = signature_count_bits(probe->samplings[i].words);
}

/* Of the features that a signature with sampling has, some are met by chance, as many as its share
 * of bits that are set says. */
static uint32_t signature_shared_of_sampled(
    const struct signature_probe *probe, const struct signature *signature, uint32_t met)
{
    uint32_t own = signature_count_bits(signature->words);
    uint32_t asked = probe->samplings[signature->sampling].bit_count;
    uint32_t by_chance = own * asked;
    if (met * SIGNATURE_BITS <= by_chance || own == SIGNATURE_BITS)
        return 0;
    uint64_t shared = (met * SIGNATURE_BITS - by_chance) / (SIGNATURE_BITS - own);
    return (uint32_t)(shared * probe->feature_count / asked);
}

uint32_t signature_shared(const struct signature_probe *probe, const struct signature *signature)
{
    uint32_t sampling = signature->sampling;
    uint64_t both[SIGNATURE_WORDS];
    for (size_t i = 0; i < SIGNATURE_WORDS; i++)
        both[i] = probe->samplings[sampling].words[i] & signature->words[i];
    uint32_t met = signature_count_bits(both);
    uint32_t shared = sampling == 0 ? met + probe->samplings[0].hidden_count
                                    : signature_shared_of_sampled(probe, signature, met);
    uint32_t most = probe->feature_count < signature->feature_count ? probe->feature_count
                                                                    : signature->feature_count;
    return shared < most ? shared : most;
}
