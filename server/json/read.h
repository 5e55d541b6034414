/*
 * The reader in front of cJSON: checks any bytes against the service's lenient grammar (contract
 * 3.3), produces its syntax errors (contract 4.2), and rewrites what it accepts into strict JSON
 * that cJSON parses without loss. cJSON would cut strings at NUL and round integers over 2^53, so:
 *
 * - a NUL inside a string is passed on as the bytes C0 80, which valid UTF-8 never has; other
 *   control bytes, which cJSON minds as little, stay as they are;
 * - a number that a double may not hold exactly (more than 15 digits) is passed on as a string that
 *   begins with the byte FF (READ_NUMBER_MARK), which valid UTF-8 never has, followed by its text.
 *
 * The service reads a body in two passes: the first stops where more input could help (at a byte
 * that begins no token, or in a token that the input cuts off), the second resumes there. Errors
 * of the second pass quote nothing before that point, which is why a body that is cut short is
 * quoted as "\n\n^".
 *
 * What is ours where the service's behaviour is unknown or unfit: a quotation never cuts a
 * character in two (the service then says "Request contains an invalid argument."); bytes that are
 * not UTF-8 are refused with what stands before them (the service may replace them by spaces); a
 * list that is too deep is named as in "reached in array". A byte order mark is skipped.
 */
#ifndef SERVER_JSON_READ_H
#define SERVER_JSON_READ_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/text.h"

/* Why an input is refused. */
struct json_read_problem {
    struct text text; /* the whole message, "Invalid JSON payload received. ..." with its context
                         lines, in the arena; empty if there are too many values */
    size_t line;      /* of the input on which it is, from 1 */
    size_t column;    /* in characters, from 1 */
};

/*
 * Appends the strict form of `input` to `out`: at most twice the bytes of the input. False, with
 * `ret_problem`, if the input is refused, which is also for invalid UTF-8, for nesting deeper than
 * JSON_DEPTH_MAX, and for more than `values_max` objects, lists and scalars: what is built from a
 * value may take a hundred times its bytes. `ret_value_count` says how many there are. Time and
 * memory are linear in the length of the input.
 */
bool json_read_strict(struct text input, struct arena *arena, size_t values_max, struct buf *out,
    size_t *ret_value_count, struct json_read_problem *ret_problem);

/* True if there is nothing but white space, perhaps after a byte order mark. */
bool json_read_is_blank(struct text input);

#endif
