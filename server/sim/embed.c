#include "server/sim/embed.h"

#include <assert.h>
#include <math.h>
#include <stdbool.h>
#include <string.h>

#include "base/hash.h"

/* Whole words say more about a meaning than their parts do. */
enum { WEIGHT_TRIGRAM = 1, WEIGHT_WORD = 3 };

/* Keep features of different kinds apart. */
enum { SEED_TRIGRAM = 1, SEED_WORD = 2, SEED_TEXT = 3 };

/* A hash is two patterns. */
enum { BITS_PER_PATTERN = 32 };

/* Where the reading of a text stands: the last two characters and the word so far. */
struct embed_window {
    struct embedding *embedding;
    uint64_t word; /* SEED_WORD between words */
    uint32_t before_last, last;
    bool has_features;
};

void embed_init(struct embedding *embedding, unsigned dimensions)
{
    assert(dimensions == EMBED_DIMENSIONS || dimensions == EMBED_DIMENSIONS_MAX);
    embedding->dimensions = dimensions;
    memset(embedding->sums, 0, dimensions * sizeof(embedding->sums[0]));
}

/* One sign of a feature's pattern each, so that the compiler can handle several at a time. */
#define BITS4(bit) 1U << (bit), 2U << (bit), 4U << (bit), 8U << (bit)
static const uint32_t sign_masks[BITS_PER_PATTERN] = {
    BITS4(0), BITS4(4), BITS4(8), BITS4(12), BITS4(16), BITS4(20), BITS4(24), BITS4(28)};

static void embed_add_pattern(int32_t sums[BITS_PER_PATTERN], uint32_t signs, int32_t weight)
{
    for (int i = 0; i < BITS_PER_PATTERN; i++)
        sums[i] += signs & sign_masks[i] ? weight : -weight;
}

static void embed_add_feature(struct embedding *embedding, uint64_t feature, int32_t weight)
{
    for (unsigned i = 0; i < embedding->dimensions; i += 2 * BITS_PER_PATTERN) {
        uint64_t signs = hash_mix(feature, i);
        embed_add_pattern(&embedding->sums[i], (uint32_t)signs, weight);
        embed_add_pattern(
            &embedding->sums[i + BITS_PER_PATTERN], (uint32_t)(signs >> BITS_PER_PATTERN), weight);
    }
}

/* A-Z become a-z; what is neither letter nor digit becomes a space. All above ASCII is a letter. */
static uint32_t embed_fold(uint32_t code_point)
{
    if (code_point >= 'A' && code_point <= 'Z')
        return code_point - 'A' + 'a';
    bool is_letter = (code_point >= 'a' && code_point <= 'z') ||
                     (code_point >= '0' && code_point <= '9') || code_point >= 0x80;
    return is_letter ? code_point : ' ';
}

static void embed_end_word(struct embed_window *window)
{
    if (window->word != SEED_WORD)
        embed_add_feature(window->embedding, window->word, WEIGHT_WORD);
    window->word = SEED_WORD;
}

/* Takes the next character; a space that follows a space must not come. */
static void embed_take(struct embed_window *window, uint32_t character)
{
    if (window->before_last) {
        uint64_t trigram = hash_mix(SEED_TRIGRAM, window->before_last);
        trigram = hash_mix(hash_mix(trigram, window->last), character);
        embed_add_feature(window->embedding, trigram, WEIGHT_TRIGRAM);
        window->has_features = true;
    }
    if (character == ' ')
        embed_end_word(window);
    else
        window->word = hash_mix(window->word, character);
    window->before_last = window->last;
    window->last = character;
}

void embed_add(struct embedding *embedding, struct text text)
{
    struct embed_window window = {.embedding = embedding, .word = SEED_WORD, .last = ' '};
    size_t offset = 0;
    while (offset < text.len) {
        uint32_t character = embed_fold(text_next_code_point(text, &offset));
        if (character != ' ' || window.last != ' ')
            embed_take(&window, character);
    }
    if (window.last != ' ')
        embed_take(&window, ' ');
    if (!window.has_features && text.len)
        embed_add_feature(embedding, hash_text(SEED_TEXT, text), WEIGHT_TRIGRAM);
}

void embed_finish(const struct embedding *embedding, float *ret_values)
{
    double square = 0;
    for (unsigned i = 0; i < embedding->dimensions; i++)
        square += (double)embedding->sums[i] * embedding->sums[i];
    for (unsigned i = 0; i < embedding->dimensions; i++)
        ret_values[i] = square > 0 ? (float)(embedding->sums[i] / sqrt(square)) : 0;
    if (!(square > 0))
        ret_values[0] = 1;
}
