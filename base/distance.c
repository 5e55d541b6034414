#include "base/distance.h"

#include <string.h>

#include "base/ascii.h"

enum { DISTANCE_OF_SEPARATOR = 5 };

/* Of the two last rows: distances of the text so far from each beginning of the pattern. */
struct distance_rows {
    size_t last[DISTANCE_BYTES_MAX + 1];
    size_t before[DISTANCE_BYTES_MAX + 1];
};

static size_t distance_least(size_t one, size_t other)
{
    return one < other ? one : other;
}

/* What it costs to insert, delete or replace this byte. */
static size_t distance_of_byte(char byte)
{
    return byte == '/' || byte == ':' ? DISTANCE_OF_SEPARATOR : 1;
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
    size_t cost = distance_of_byte(byte);
    rows->last[0] += cost;
    for (size_t i = 0; i < pattern.len; i++) {
        size_t pattern_cost = distance_of_byte(pattern.bytes[i]);
        size_t least = distance_least(rows->last[i] + pattern_cost, old[i + 1] + cost);
        bool is_star = pattern.bytes[i] == '*' && distance_star_takes(pattern, i, byte);
        size_t other = cost > pattern_cost ? cost : pattern_cost;
        bool is_same = ascii_to_lower(pattern.bytes[i]) == ascii_to_lower(byte);
        least = distance_least(least, old[i] + (is_star || is_same ? 0 : other));
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
    for (size_t i = 0; i < pattern.len; i++)
        rows.last[i + 1] = rows.last[i] + distance_of_byte(pattern.bytes[i]);
    for (size_t i = 0; i < text.len; i++)
        distance_next_row(&rows, text, i, pattern);
    return rows.last[pattern.len];
}

bool distance_is_near(size_t distance, struct text pattern)
{
    return distance * 2 < pattern.len;
}
