/*
 * How long something takes: a duration, or a distribution from which one is drawn. All that it says
 * is bounded by DELAY_MAX_NS. A struct of zeroes is no delay.
 */
#ifndef SERVER_SPACE_DELAY_H
#define SERVER_SPACE_DELAY_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/text.h"
#include "base/timefmt.h"
#include "server/json/message.h"

/* No test waits longer, and whoever waits holds a connection. */
#define DELAY_MAX_NS (INT64_C(3600) * NS_PER_SECOND)

enum delay_kind { DELAY_FIXED, DELAY_UNIFORM, DELAY_LOGNORMAL };

/* Plain data: copied and compared freely. */
struct delay {
    enum delay_kind kind;
    int64_t low_ns;  /* the duration, the least, or the median */
    int64_t high_ns; /* 0, the most, or what 99 of 100 are below */
};

/* True if it is always 0. */
bool delay_is_zero(const struct delay *delay);

/*
 * Reads a Delay message, or one that begins with its fields, which needs exactly one of them and no
 * other; NULL is no delay. False if it is not valid;
 * `ret_problem` (in the arena) then says "path: reason" or "path.field: reason".
 */
bool delay_read(const struct message *message, struct text path, struct arena *arena,
    struct delay *ret_delay, struct text *ret_problem);

/* The same from the text of an option or header: a duration ("200ms") or the JSON of a Delay
 * ({"uniform":["50ms","200ms"]}). The problem says no more than the reason. */
bool delay_parse(
    struct text text, struct arena *arena, struct delay *ret_delay, struct text *ret_problem);

/* What such a text says, as a message of this type: a Delay, or one that begins with its fields.
 * NULL if it is neither a duration nor the JSON of one. */
struct message *delay_parse_message(struct text text, enum message_id id, struct arena *arena);

/* Sets an empty Delay message, or one that begins with its fields, to what delay_read reads back.
 */
void delay_write(const struct delay *delay, struct message *message);

/* A length in ns, 0 to DELAY_MAX_NS, that depends on nothing but the two. */
int64_t delay_draw(const struct delay *delay, uint64_t random);

#endif
