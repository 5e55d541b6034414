#include "server/sim/chunk.h"

#include "base/array.h"
#include "server/sim/tokens.h"
#include "server/sim/unicode.h"

/* What goes on for longer is no word to wait for: a key, a path, a drawing. */
enum { CHUNK_REST_BYTES_MAX = 64 };

/* Blocks of what is written without spaces between words: letters, and what stands among them. */
static const struct {
    uint32_t first, last;
} chunk_unspaced[] = {
    {0x0E00, 0x0EFF},   /* Thai, Lao */
    {0x0F00, 0x109F},   /* Tibetan, Burmese */
    {0x1780, 0x17FF},   /* Khmer */
    {0x1950, 0x19FF},   /* Tai Le, New Tai Lue, Khmer symbols */
    {0x1A20, 0x1AAF},   /* Tai Tham */
    {0x2E80, 0x312F},   /* radicals, marks, kana, Bopomofo */
    {0x3190, 0x9FFF},   /* ideographs, and what is made of them */
    {0xF900, 0xFAFF},   /* ideographs */
    {0xFF66, 0xFF9F},   /* narrow kana */
    {0x1B000, 0x1B16F}, /* kana */
    {0x1F000, 0x1FAFF}, /* emoji */
    {0x20000, 0x3FFFF}, /* ideographs */
};

static bool chunk_is_unspaced(uint32_t code_point)
{
    for (size_t i = 0; i < ARRAY_COUNT(chunk_unspaced); i++)
        if (code_point <= chunk_unspaced[i].last)
            return code_point >= chunk_unspaced[i].first;
    return false;
}

/* True if a word ends between two characters, of which these are the first code points. */
static bool chunk_is_word_end(uint32_t before, uint32_t after)
{
    enum unicode_class class = unicode_class_of(after);
    return class == UNICODE_SPACE || (class != UNICODE_PUNCTUATION &&
                                         (chunk_is_unspaced(before) || chunk_is_unspaced(after)));
}

static bool chunk_is_blank(struct text text)
{
    return text_is_empty(unicode_trim(text));
}

size_t chunk_bytes(struct text text, int32_t token_count)
{
    size_t least = tokens_prefix_bytes(text, token_count), at = 0, waited_bytes = 0;
    uint32_t before = 0;
    while (at < text.len) {
        size_t end = at;
        uint32_t after = unicode_next(text, &end);
        bool is_enough = at >= least && !unicode_is_space(before);
        bool is_tired = waited_bytes >= CHUNK_REST_BYTES_MAX;
        if (is_enough && (is_tired || chunk_is_word_end(before, after)))
            break;
        end = unicode_character_end(text, at);
        waited_bytes = at < least || unicode_is_space(after) ? 0 : waited_bytes + end - at;
        before = after;
        at = end;
    }
    return chunk_is_blank(text_slice(text, at, text.len)) ? text.len : at;
}
