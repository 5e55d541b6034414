#include "base/distance.h"

#include <string.h>

#include "base/ascii.h"

/* Of the two last rows: distances of the text so far from each beginning of the pattern. */
struct distance_rows {
    size_t last[DISTANCE_BYTES_MAX + 1];
    size_t before[DISTANCE_BYTES_MAX + 1];
};

static size_t distance_least(size_t one, size_t other)
{
    return one < other ? one : other;
}

/* True if a star at `at` of the pattern may stand for this byte. */
static bool distance_star_takes(struct text pattern, size_t at, char byte)
{
    bool is_double = (at > 0 && pattern.bytes[at - 1] == '*') ||
                     (at + 1 < pattern.len && pattern.bytes[at + 1] == '*');
    return is_double || (byte != '/' && byte != ':');
}

/* True if the two bytes of the text that end at `text_at` are those of the pattern, swapped. */
static bool distance_are_swapped(
    struct text text, size_t text_at, struct text pattern, size_t pattern_at)
{
    return text_at > 0 && pattern_at > 0 &&
           ascii_to_lower(text.bytes[text_at]) == ascii_to_lower(pattern.bytes[pattern_at - 1]) &&
           ascii_to_lower(text.bytes[text_at - 1]) == ascii_to_lower(pattern.bytes[pattern_at]);
}

/* The row after one more byte of the text. */
static void distance_next_row(
    struct distance_rows *rows, struct text text, size_t at, struct text pattern)
{
    char byte = text.bytes[at];
    size_t old[DISTANCE_BYTES_MAX + 1];
    size_t row_bytes = (pattern.len + 1) * sizeof(old[0]);
    memcpy(old, rows->last, row_bytes);
    rows->last[0] = at + 1;
    for (size_t i = 0; i < pattern.len; i++) {
        size_t least = distance_least(rows->last[i], old[i + 1]) + 1;
        bool is_star = pattern.bytes[i] == '*' && distance_star_takes(pattern, i, byte);
        bool is_same = ascii_to_lower(pattern.bytes[i]) == ascii_to_lower(byte);
        least = distance_least(least, old[i] + (is_star || is_same ? 0 : 1));
        if (is_star)
            least = distance_least(least, old[i + 1]);
        if (distance_are_swapped(text, at, pattern, i))
            least = distance_least(least, rows->before[i - 1] + 1);
        rows->last[i + 1] = least;
    }
    memcpy(rows->before, old, row_bytes);
}

size_t distance_between(struct text text, struct text pattern)
{
    struct distance_rows rows = {{0}, {0}};
    text = text_slice(text, 0, DISTANCE_BYTES_MAX);
    pattern = text_slice(pattern, 0, DISTANCE_BYTES_MAX);
    for (size_t i = 0; i <= pattern.len; i++)
        rows.last[i] = i;
    for (size_t i = 0; i < text.len; i++)
        distance_next_row(&rows, text, i, pattern);
    return rows.last[pattern.len];
}

bool distance_is_near(size_t distance, struct text pattern)
{
    return distance * 2 < pattern.len;
}
