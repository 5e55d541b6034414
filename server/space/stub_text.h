/*
 * Texts of stubs, in which variables may stand: {{prompt}}, {{model}}, {{match.1}} (a group of the
 * regex that the prompt is matched with), {{count}} (how often the stub has answered, from 1) and
 * {{now}} (RFC 3339). Blanks within the braces do not count. Two more braces in front leave what
 * follows as it is: {{{{name}} is the text {{name}}. Whatever has another form stands for itself.
 */
#ifndef SERVER_SPACE_STUB_TEXT_H
#define SERVER_SPACE_STUB_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/text.h"

/* What stands for the variables in one answer. */
struct stub_values {
    struct text prompt;
    struct text model;         /* "tunedModels/x" */
    const struct text *groups; /* {{match.1}} is [1], {{match.0}} what fits the whole regex */
    size_t group_count;
    int64_t count;
    int64_t now_ns;
};

/*
 * False if a text has a variable that there is not, or a group that is not below `group_count`,
 * which is as match_group_count; `ret_problem` (in the arena) then says "path: reason".
 */
bool stub_text_check(struct text text, struct text path, size_t group_count, struct arena *arena,
    struct text *ret_problem);

/* True if it has a {{match.1}} or the like. */
bool stub_text_needs_groups(struct text text);

/*
 * Puts the values in a text that stub_text_check has found to be right; the result is in the arena,
 * or the text itself if nothing in it changes. Of JSON (`is_json`) strings alone can have
 * variables, and it is still the same JSON but for these. False if the result would have more than
 * STUB_TEXT_BYTES_MAX (limits.h).
 */
bool stub_text_expand(struct text text, const struct stub_values *values, bool is_json,
    struct arena *arena, struct text *ret_text);

/* The text, or JSON, that stub_text_expand makes this of: what looks like a variable stays. In the
 * arena, or the text itself if nothing in it does. */
struct text stub_text_escape(struct text text, struct arena *arena);

#endif
