/* What a body may cost to read, and what was found wrong with it, as it is collected. */
#ifndef SERVER_JSON_DECODE_PROBLEMS_H
#define SERVER_JSON_DECODE_PROBLEMS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/budget.h"
#include "base/text.h"

struct field;

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
    size_t syntax_column;
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

#endif
