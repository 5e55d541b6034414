#include "server/space/text_match.h"

#include "base/regex.h"
#include "server/contract/limits.h"

enum text_match_kind { TEXT_MATCH_EQUALS, TEXT_MATCH_CONTAINS, TEXT_MATCH_REGEX };

/* So much of what is wanted is looked for part by part, as that takes bytes times bytes. */
enum { TEXT_MATCH_PART_BYTES_MAX = 64 };

/* Bytes that are looked through in the time of a step of a regex: memmem takes from 0.2 to 6 ns for
 * one. */
enum { TEXT_MATCH_STEP_BYTES = 4 };

struct text_match {
    enum text_match_kind kind;
    struct text wanted;
    struct regex *regex; /* of TEXT_MATCH_REGEX */
};

/* By kind: the field. */
static const unsigned text_match_fields[] = {
    [TEXT_MATCH_EQUALS] = TextMatch_equals,
    [TEXT_MATCH_CONTAINS] = TextMatch_contains,
    [TEXT_MATCH_REGEX] = TextMatch_regex,
};

/* Texts below name it. */
_Static_assert(TEXT_MATCH_BYTES_MAX == 4096, "4096 bytes");

static struct text_match *text_match_fail(
    struct arena *arena, struct text path, const char *reason, struct text *ret_problem)
{
    *ret_problem = arena_printf(arena, "%.*s: %s", TEXT_ARGS(path), reason);
    return NULL;
}

/* The kind of the one field that is set; false if there is not just one. */
static bool text_match_read_kind(const struct message *message, enum text_match_kind *ret_kind)
{
    int count = 0;
    for (int kind = TEXT_MATCH_EQUALS; kind <= TEXT_MATCH_REGEX; kind++) {
        if (!message_has(message, text_match_fields[kind]))
            continue;
        *ret_kind = (enum text_match_kind)kind;
        count++;
    }
    return count == 1;
}

struct text_match *text_match_compile(
    const struct message *message, struct text path, struct arena *arena, struct text *ret_problem)
{
    enum text_match_kind kind;
    if (!text_match_read_kind(message, &kind))
        return text_match_fail(arena, path,
            "must be a text, or an object with one of equals, contains and regex", ret_problem);
    struct text wanted = message_text(message, text_match_fields[kind]);
    if (wanted.len > TEXT_MATCH_BYTES_MAX)
        return text_match_fail(arena, path, "must have at most 4096 bytes", ret_problem);
    struct text_match *match = arena_alloc(arena, sizeof(*match));
    match->kind = kind;
    match->wanted = arena_text(arena, wanted);
    if (kind != TEXT_MATCH_REGEX)
        return match;
    const char *reason;
    match->regex = regex_compile(match->wanted, arena, &reason);
    if (match->regex)
        return match;
    struct text regex_path = arena_printf(arena, "%.*s.regex", TEXT_ARGS(path));
    return text_match_fail(arena, regex_path, reason, ret_problem);
}

static bool text_match_contains(struct text wanted, struct text text, uint64_t *steps_left)
{
    uint64_t steps = text.len / TEXT_MATCH_STEP_BYTES + 1;
    if (text_is_empty(wanted))
        return true;
    if (wanted.len > text.len)
        return false;
    *steps_left = *steps_left > steps ? *steps_left - steps : 0;
    return *steps_left > 0 && text_find(text, wanted) < text.len;
}

bool text_match_holds(const struct text_match *match, struct text text, uint64_t *steps_left)
{
    switch (match->kind) {
    case TEXT_MATCH_EQUALS:
        return text_equals(text, match->wanted);
    case TEXT_MATCH_CONTAINS:
        return text_match_contains(match->wanted, text, steps_left);
    case TEXT_MATCH_REGEX:
        return regex_finds(match->regex, text_slice(text, 0, TEXT_MATCH_REGEX_BYTES_MAX),
            text.len <= TEXT_MATCH_REGEX_BYTES_MAX, steps_left);
    }
    return false;
}

size_t text_match_group_count(const struct text_match *match)
{
    if (!match->regex)
        return 0;
    size_t count = regex_group_count(match->regex);
    return 1 + (count < REGEX_GROUPS_MAX ? count : REGEX_GROUPS_MAX);
}

void text_match_groups(const struct text_match *match, struct text text, uint64_t *steps_left,
    struct text ret_groups[REGEX_GROUPS_MAX + 1])
{
    for (size_t i = 0; i <= REGEX_GROUPS_MAX; i++)
        ret_groups[i] = (struct text){NULL, 0};
    if (match->regex)
        regex_find_groups(match->regex, text_slice(text, 0, TEXT_MATCH_REGEX_BYTES_MAX),
            text.len <= TEXT_MATCH_REGEX_BYTES_MAX, text_match_group_count(match) - 1, steps_left,
            ret_groups);
}

size_t text_match_size(const struct text_match *match)
{
    return match->regex ? regex_size(match->regex) : 0;
}

/* The longest beginning of what is wanted that stands in the text. */
static size_t text_match_part(struct text wanted, struct text text)
{
    size_t longest = 0;
    wanted = text_slice(wanted, 0, TEXT_MATCH_PART_BYTES_MAX);
    text = text_slice(text, 0, TEXT_MATCH_BYTES_MAX);
    for (size_t at = 0; longest < wanted.len && at + longest < text.len; at++) {
        /* Most are told by the byte that would make it longer. */
        if (text.bytes[at + longest] != wanted.bytes[longest])
            continue;
        size_t same = text_common_start(wanted, text_slice(text, at, text.len));
        longest = same > longest ? same : longest;
    }
    return longest;
}

size_t text_match_likeness(const struct text_match *match, struct text text)
{
    size_t begin;
    switch (match->kind) {
    case TEXT_MATCH_EQUALS:
        begin = text_common_start(match->wanted, text);
        return begin + text_common_end(text_slice(match->wanted, begin, match->wanted.len),
                           text_slice(text, begin, text.len));
    case TEXT_MATCH_CONTAINS:
        return text_match_part(match->wanted, text);
    case TEXT_MATCH_REGEX:
        return 0;
    }
    return 0;
}

struct text text_match_wanted(const struct text_match *match)
{
    return match->wanted;
}

struct text text_match_relation(const struct text_match *match)
{
    switch (match->kind) {
    case TEXT_MATCH_EQUALS:
        return TEXT("");
    case TEXT_MATCH_CONTAINS:
        return TEXT("contains");
    case TEXT_MATCH_REGEX:
        return TEXT("regex");
    }
    return TEXT("");
}
