/*
 * The reader in front of cJSON: checks any bytes against the service's lenient grammar (contract
 * 3.3), produces its syntax errors (contract 4.2), and rewrites what it accepts into strict JSON
 * that cJSON parses without loss. cJSON would cut strings at NUL and round integers over 2^53, so:
 *
 * - a NUL inside a string is passed on as the bytes C0 80, which valid UTF-8 never has;
 * - a number that a double may not hold exactly (more than 15 significant digits) is passed on as
 *   a string that begins with the byte FF, which valid UTF-8 never has, followed by its text.
 */
#ifndef SERVER_JSON_READ_H
#define SERVER_JSON_READ_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/text.h"

#define JSON_READ_NUMBER_MARK '\xff'

/*
 * Appends the strict form of `input` to `out`. False if the input is refused; `ret_error` then has
 * the whole message, "Invalid JSON payload received. ..." with its context lines, in the arena.
 * Invalid UTF-8 and nesting deeper than JSON_DEPTH_MAX are refused, too. Time and memory are linear
 * in the length of the input.
 */
bool json_read_strict(struct text input, struct arena *arena, struct buf *out,
    struct text *ret_error);

#endif
