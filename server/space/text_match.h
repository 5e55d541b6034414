/* What a text is to be, compiled from a TextMatch message. */
#ifndef SERVER_SPACE_TEXT_MATCH_H
#define SERVER_SPACE_TEXT_MATCH_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/regex.h"
#include "base/text.h"
#include "server/json/message.h"

struct text_match;

/*
 * Compiles a TextMatch into the arena, which has all of it and must outlive it: there is nothing to
 * be freed but the arena. The message is not looked at any more. NULL if it is not valid;
 * `ret_problem` (in the arena) then says "path: reason".
 */
struct text_match *text_match_compile(
    const struct message *message, struct text path, struct arena *arena, struct text *ret_problem);

/*
 * True if the text is as wanted. Any bytes may be given. `equals` and `contains` compare bytes; a
 * regex (base/regex.h) is looked for in the first TEXT_MATCH_REGEX_BYTES_MAX of them (limits.h).
 * What it takes to look is taken off `steps_left`, as of regex_finds; at 0 nothing holds that has
 * to be looked for. From any thread.
 */
bool text_match_holds(const struct text_match *match, struct text text, uint64_t *steps_left);

/* How many texts text_match_groups gives: 1 and the groups of a regex, as far as REGEX_GROUPS_MAX;
 * 0 of what has no regex. */
size_t text_match_group_count(const struct text_match *match);

/* What a regex took of the text, and each of its groups, of a text that is as wanted: as
 * regex_find_groups. All are bytes == NULL if there is no regex. */
void text_match_groups(const struct text_match *match, struct text text, uint64_t *steps_left,
    struct text ret_groups[REGEX_GROUPS_MAX + 1]);

/* How much work it is at most, for whoever keeps many: as regex_size; 0 of what has no regex. */
size_t text_match_size(const struct text_match *match);

/*
 * How much of what is wanted a text has that is not as wanted, in bytes: of `equals` what both
 * begin and end with, of `contains` the longest beginning that stands in it; of a regex nothing is
 * known.
 */
size_t text_match_likeness(const struct text_match *match, struct text text);

/* The text, part or pattern that is wanted. Borrowed from the match. */
struct text text_match_wanted(const struct text_match *match);

/* How people say what it wants: "contains" or "regex", before what is wanted in quotation marks;
 * empty: what is wanted is the text itself. */
struct text text_match_relation(const struct text_match *match);

#endif
