/*
 * JSON text to messages, as the real service's front end does it: a grammar more lenient than RFC
 * 8259 (trailing commas, single quotes, bare keys, raw control characters; contract 3.3), proto
 * JSON typing driven by the contract's tables, and its error texts to the byte. Syntax errors end
 * the reading; typing errors are collected, all of them.
 *
 * What the service's parser does where one might expect otherwise: null leaves a field unset and
 * takes no oneof; lists in lists are flattened; an object or scalar may stand for a list of one,
 * and then has no index in paths; a list given twice is one list; values in errors are quoted with
 * nothing escaped.
 *
 * What is ours: an item's index counts scalars, too (the service counts those in error only), paths
 * inside an Any go on from the Any's own, any singular field may be given only once, in either
 * spelling, with the text of optional fields, a map that is given twice keeps its last value, and
 * an integer beyond 64 bits is never rounded into an int64.
 */
#ifndef SERVER_JSON_DECODE_H
#define SERVER_JSON_DECODE_H

#include "base/arena.h"
#include "base/budget.h"
#include "base/text.h"
#include "server/json/message.h"

/* More than the tables have rows that are IN_LATEST alone. */
enum { LATEST_NAMES_MAX = 24 };

/* One google.rpc.BadRequest.FieldViolation. */
struct violation {
    struct text field; /* empty for a name at the root: such a violation is printed without it */
    struct text description;
};

/* What the reading of a body may cost. */
struct decode_limits {
    size_t values_max;     /* objects, lists and scalars */
    size_t bytes_max;      /* of memory, beside the body's own */
    struct budget *budget; /* of bytes for all bodies at a time; NULL: none */
};

/* Which of the limits a body is over. */
enum decode_excess {
    DECODE_FITS,
    DECODE_TOO_MANY_VALUES,
    DECODE_TOO_LARGE,
    DECODE_NO_ROOM /* in the budget, at this moment */
};

struct decode_problems {
    struct arena *arena;
    struct text syntax; /* whole text of a syntax error; empty if there is none */
    size_t syntax_line; /* on which it is, from 1 */
    struct violation *violations;
    size_t violation_count; /* at most VIOLATIONS_MAX */
    enum decode_excess excess;

    const struct decode_limits *limits; /* NULL: there are none */
    size_t held_bytes; /* taken from the budget for what is in the arena; the caller gives them back
                          when he clears it */

    /* Which of the names were given that only VERSION_LATEST has, each once; those beyond these are
     * not kept. */
    const struct field *latest[LATEST_NAMES_MAX];
    size_t latest_count;
};

/* Without limits. */
void decode_problems_init(struct decode_problems *problems, struct arena *arena);
bool decode_problems_any(const struct decode_problems *problems);
/* The text of the syntax error, or the descriptions of all violations, a line each; empty for an
 * excess. In the arena of the problems. */
struct text decode_problems_text(const struct decode_problems *problems);
/* Adds a violation unless VIOLATIONS_MAX is reached. Copies both texts. */
void decode_problems_add(
    struct decode_problems *problems, struct text field, struct text description);

/*
 * Reads `body` (any bytes) into `message`, whose type and version say what is expected. An empty
 * body counts as {}. `path` is the prefix of error paths: the body's field name ("tuned_model") or
 * empty for a body that is the whole request. Everything is copied into the message's arena, which
 * must be that of the problems. Problems are added to `problems`; the message is then only partly
 * filled. Time is linear in the length of the body, but for n log n steps to compare the keys of a
 * map.
 */
void decode_body(
    struct text body, struct message *message, struct text path, struct decode_problems *problems);

/*
 * Sets one field of `message` from the text of a query parameter; `name` in either spelling.
 * Repeated fields take one more item. False if the message has no such scalar field. A value that
 * does not fit is added to `problems`, as for bodies.
 */
bool decode_parameter(
    struct text name, struct text value, struct message *message, struct decode_problems *problems);

#endif
