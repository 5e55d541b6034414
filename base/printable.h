/*
 * Text of strangers, made fit to be shown in a line: no byte of it can end the line, command a
 * terminal, turn the direction of what follows, or be there without being seen.
 */
#ifndef BASE_PRINTABLE_H
#define BASE_PRINTABLE_H

#include "base/buf.h"

enum printable_style {
    PRINTABLE_TEXT, /* "\n", "\x1b", "\u202e", "\U000e0041"; quotes and backslashes stay */
    PRINTABLE_JSON  /* what stands between the quotes of a JSON string */
};

/*
 * Adds the text, escaped. What would take more than `bytes_max` is cut between two characters and
 * ends in "...[+N]", N being the bytes of `text` that are left out; the mark comes on top.
 * Bytes that are no UTF-8 are shown one by one (in JSON as U+FFFD).
 */
void printable_add(struct buf *buf, struct text text, enum printable_style style, size_t bytes_max);

enum { PRINTABLE_MARK_BYTES_MAX = 32 };

#endif
