#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/memory.h"
#include "base/regex.h"
#include "base/regex_program.h"

/* More than a pattern has room for: two bytes and what follows them for each set; a byte for each
 * range, and 4 for the ranges of a class. */
enum { REGEX_SETS_MAX = REGEX_PATTERN_BYTES_MAX / 2, REGEX_RANGES_MAX = REGEX_PATTERN_BYTES_MAX };

/* And a byte for each piece, or for what begins another branch; and the first of both. */
enum { REGEX_PIECES_MAX = REGEX_PATTERN_BYTES_MAX + 1, REGEX_BRANCHES_MAX = REGEX_PIECES_MAX + 1 };

/* The ranges of a set as they are read. */
struct regex_bracket {
    struct regex_range ranges[REGEX_RANGES_MAX];
    size_t count;
};

struct regex_compiler {
    struct text pattern;
    size_t at; /* offset of what comes next */
    int depth;
    const char *problem; /* NULL: none yet */
    struct regex_step steps[REGEX_STATES_MAX];
    size_t count;
    struct regex_set sets[REGEX_SETS_MAX];
    size_t set_count;
    struct regex_bracket bracket; /* of the set that is being read */
    size_t group_count;
    struct regex_piece pieces[REGEX_PIECES_MAX]; /* from 1 */
    size_t piece_count;
    struct regex_branch branches[REGEX_BRANCHES_MAX]; /* from 1 */
    size_t branch_count;
    uint16_t first_branch[REGEX_GROUPS_MAX + 1];
    struct arena *arena;
};

static bool regex_fail(struct regex_compiler *compiler, const char *problem)
{
    if (!compiler->problem)
        compiler->problem = problem;
    return false;
}

static bool regex_at_end(const struct regex_compiler *compiler)
{
    return compiler->at >= compiler->pattern.len;
}

static bool regex_sees(const struct regex_compiler *compiler, char byte)
{
    return !regex_at_end(compiler) && compiler->pattern.bytes[compiler->at] == byte;
}

/* Takes the byte if it comes next. */
static bool regex_take(struct regex_compiler *compiler, char byte)
{
    bool is_next = regex_sees(compiler, byte);
    compiler->at += is_next;
    return is_next;
}

static uint32_t regex_take_character(struct regex_compiler *compiler)
{
    return text_next_code_point(compiler->pattern, &compiler->at);
}

/* --- the program --- */

/* Makes room for one step at `index`; what is there and behind moves on as a whole. */
static bool regex_insert(struct regex_compiler *compiler, size_t index, struct regex_step step)
{
    if (compiler->count == REGEX_STATES_MAX)
        return regex_fail(compiler, "is too large: it repeats too much too often");
    struct regex_step *place = &compiler->steps[index];
    memmove(place + 1, place, (compiler->count - index) * sizeof(*place));
    *place = step;
    compiler->count++;
    return true;
}

static bool regex_append(
    struct regex_compiler *compiler, enum regex_code code, size_t first, size_t second)
{
    struct regex_step step = {code, (int32_t)first, (int32_t)second};
    return regex_insert(compiler, compiler->count, step);
}

/* Where something begins. */
struct regex_start {
    size_t step, piece_count, branch_count;
};

static struct regex_start regex_here(const struct regex_compiler *compiler)
{
    return (struct regex_start){compiler->count, compiler->piece_count, compiler->branch_count};
}

/* Puts a step before all that was read since; what is known of that moves along. */
static bool regex_put_before(
    struct regex_compiler *compiler, struct regex_start start, struct regex_step step)
{
    for (size_t i = start.piece_count + 1; i <= compiler->piece_count; i++) {
        struct regex_piece *piece = &compiler->pieces[i];
        piece->from++;
        piece->to++;
        piece->body_from++;
        piece->body_to++;
    }
    for (size_t i = start.branch_count + 1; i <= compiler->branch_count; i++) {
        compiler->branches[i].from++;
        compiler->branches[i].to++;
    }
    return regex_insert(compiler, start.step, step);
}

/* The step before a part, from `start` to the end, that may be left out. */
static struct regex_step regex_optional(const struct regex_compiler *compiler, size_t start)
{
    return (struct regex_step){REGEX_SPLIT, 1, (int32_t)(compiler->count - start + 1)};
}

/* Has the part from `start` to the end be taken again and again. */
static bool regex_make_loop(struct regex_compiler *compiler, size_t start)
{
    struct regex_step step = {REGEX_SPLIT, (int32_t)start - (int32_t)compiler->count, 1};
    return regex_insert(compiler, compiler->count, step);
}

/* Appends a copy of a part. */
static bool regex_copy(struct regex_compiler *compiler, size_t start, size_t count)
{
    if (count > REGEX_STATES_MAX - compiler->count)
        return regex_fail(compiler, "is too large: it repeats too much too often");
    struct regex_step *steps = compiler->steps;
    memcpy(&steps[compiler->count], &steps[start], count * sizeof(*steps));
    compiler->count += count;
    return true;
}

/* --- brackets --- */

static const struct {
    struct text name;
    struct regex_range ranges[4];
} regex_classes[] = {
    {TEXT_INIT("alnum"), {{'0', '9'}, {'A', 'Z'}, {'a', 'z'}}},
    {TEXT_INIT("alpha"), {{'A', 'Z'}, {'a', 'z'}}},
    {TEXT_INIT("blank"), {{'\t', '\t'}, {' ', ' '}}},
    {TEXT_INIT("cntrl"), {{1, 31}, {127, 127}}},
    {TEXT_INIT("digit"), {{'0', '9'}}},
    {TEXT_INIT("graph"), {{'!', '~'}}},
    {TEXT_INIT("lower"), {{'a', 'z'}}},
    {TEXT_INIT("print"), {{' ', '~'}}},
    {TEXT_INIT("punct"), {{'!', '/'}, {':', '@'}, {'[', '`'}, {'{', '~'}}},
    {TEXT_INIT("space"), {{'\t', '\r'}, {' ', ' '}}},
    {TEXT_INIT("upper"), {{'A', 'Z'}}},
    {TEXT_INIT("xdigit"), {{'0', '9'}, {'A', 'F'}, {'a', 'f'}}},
};

static void regex_add_range(struct regex_bracket *bracket, uint32_t low, uint32_t high)
{
    assert(bracket->count < REGEX_RANGES_MAX);
    bracket->ranges[bracket->count++] = (struct regex_range){low, high};
}

/* The name of a class and its end, "alpha:]". */
static bool regex_read_class(struct regex_compiler *compiler, struct regex_bracket *bracket)
{
    struct text rest = text_slice(compiler->pattern, compiler->at, compiler->pattern.len);
    size_t end = text_find(rest, TEXT(":]"));
    struct text name = text_slice(rest, 0, end);
    for (size_t i = 0; end < rest.len && i < ARRAY_COUNT(regex_classes); i++) {
        if (!text_equals(name, regex_classes[i].name))
            continue;
        const struct regex_range *ranges = regex_classes[i].ranges;
        for (size_t k = 0; k < ARRAY_COUNT(regex_classes[i].ranges) && ranges[k].high; k++)
            regex_add_range(bracket, ranges[k].low, ranges[k].high);
        compiler->at += end + 2;
        return true;
    }
    return regex_fail(compiler, "has [: without the name of a class, such as [[:alpha:]]");
}

/* One character, or the first and the last of a range. */
static bool regex_read_range(struct regex_compiler *compiler, struct regex_bracket *bracket)
{
    struct text pattern = compiler->pattern;
    uint32_t low = regex_take_character(compiler), high = low;
    bool is_range = compiler->at + 1 < pattern.len && regex_sees(compiler, '-') &&
                    pattern.bytes[compiler->at + 1] != ']';
    if (is_range) {
        compiler->at++;
        if (regex_sees(compiler, '['))
            return regex_fail(compiler, "has a range in [] that ends with [");
        high = regex_take_character(compiler);
    }
    if (high < low)
        return regex_fail(compiler, "has a range in [] whose end is before its begin");
    regex_add_range(bracket, low, high);
    return true;
}

static bool regex_read_item(struct regex_compiler *compiler, struct regex_bracket *bracket)
{
    struct text rest = text_slice(compiler->pattern, compiler->at, compiler->pattern.len);
    if (text_starts_with(rest, TEXT("[:"))) {
        compiler->at += 2;
        return regex_read_class(compiler, bracket);
    }
    if (text_starts_with(rest, TEXT("[.")) || text_starts_with(rest, TEXT("[=")))
        return regex_fail(compiler, "has [. or [= in [], which are not supported");
    return regex_read_range(compiler, bracket);
}

static int regex_compare_ranges(const void *left, const void *right)
{
    const struct regex_range *a = left, *b = right;
    return (a->low > b->low) - (a->low < b->low);
}

/* Sorts the ranges, makes one of those that touch, and puts them where the program finds them. */
static void regex_keep_set(
    struct regex_compiler *compiler, struct regex_bracket *bracket, bool is_negated)
{
    struct regex_range *ranges = bracket->ranges;
    qsort(ranges, bracket->count, sizeof(*ranges), regex_compare_ranges);
    size_t count = 0;
    for (size_t i = 0; i < bracket->count; i++)
        if (count == 0 || ranges[i].low > ranges[count - 1].high + 1)
            ranges[count++] = ranges[i];
        else if (ranges[i].high > ranges[count - 1].high)
            ranges[count - 1].high = ranges[i].high;
    struct regex_set *set = &compiler->sets[compiler->set_count++];
    set->ranges = arena_array(compiler->arena, count, sizeof(*ranges));
    memcpy(set->ranges, ranges, count * sizeof(*ranges));
    set->count = count;
    set->is_negated = is_negated;
}

/* Behind the opening bracket. */
static bool regex_read_set(struct regex_compiler *compiler)
{
    struct regex_bracket *bracket = &compiler->bracket;
    bool is_negated = regex_take(compiler, '^');
    bracket->count = 0;
    do { /* a bracket that comes first is one of the set */
        if (regex_at_end(compiler))
            return regex_fail(compiler, "has [ without ]");
        if (!regex_read_item(compiler, bracket))
            return false;
    } while (!regex_take(compiler, ']'));
    assert(compiler->set_count < REGEX_SETS_MAX);
    regex_keep_set(compiler, bracket, is_negated);
    return regex_append(compiler, REGEX_SET, compiler->set_count - 1, 0);
}

/* --- the pattern --- */

static bool regex_read_alternatives(struct regex_compiler *compiler, size_t group);

/* Behind the backslash. */
static bool regex_read_escape(struct regex_compiler *compiler)
{
    if (regex_at_end(compiler))
        return regex_fail(compiler, "ends with a backslash");
    char byte = compiler->pattern.bytes[compiler->at];
    if (byte >= '1' && byte <= '9')
        return regex_fail(compiler, "has a back reference, which are not supported");
    if (byte <= ' ' || byte > '~' || text_is_alphanumeric((struct text){&byte, 1}, ""))
        return regex_fail(compiler, "has a backslash before what needs none: write [0-9] for \\d, "
                                    "[[:alnum:]_] for \\w, [[:space:]] for \\s");
    compiler->at++;
    return regex_append(compiler, REGEX_CHARACTER, (unsigned char)byte, 0);
}

static bool regex_read_group(struct regex_compiler *compiler)
{
    if (regex_sees(compiler, '?'))
        return regex_fail(compiler, "has (?, which POSIX does not know");
    if (compiler->depth == REGEX_DEPTH_MAX)
        return regex_fail(compiler, "has more than 50 parentheses in each other");
    compiler->depth++;
    bool is_read = regex_read_alternatives(compiler, ++compiler->group_count);
    compiler->depth--;
    return is_read && (regex_take(compiler, ')') || regex_fail(compiler, "has ( without )"));
}
_Static_assert(REGEX_DEPTH_MAX == 50, "named in the text");

/* What can be repeated, or an anchor, which cannot. */
static bool regex_read_atom(struct regex_compiler *compiler, bool *ret_is_anchor)
{
    uint32_t character = regex_take_character(compiler);
    *ret_is_anchor = character == '^' || character == '$';
    switch (character) {
    case '(':
        return regex_read_group(compiler);
    case '[':
        return regex_read_set(compiler);
    case '\\':
        return regex_read_escape(compiler);
    case '.':
        return regex_append(compiler, REGEX_ANY, 0, 0);
    case '^':
        return regex_append(compiler, REGEX_BEGIN, 0, 0);
    case '$':
        return regex_append(compiler, REGEX_END, 0, 0);
    case '*':
    case '+':
    case '?':
    case '{':
        return regex_fail(compiler, "has a repetition with nothing before it to repeat: write \\ "
                                    "before a *, +, ? or { that stands for itself");
    default:
        return regex_append(compiler, REGEX_CHARACTER, character, 0);
    }
}

/* False without a number, or with one that is too large. */
static bool regex_read_number(struct regex_compiler *compiler, int *ret_number)
{
    size_t start = compiler->at;
    int number = 0;
    while (!regex_at_end(compiler) && number <= REGEX_REPEAT_MAX) {
        char byte = compiler->pattern.bytes[compiler->at];
        if (byte < '0' || byte > '9')
            break;
        number = 10 * number + (byte - '0');
        compiler->at++;
    }
    *ret_number = number;
    return compiler->at > start && number <= REGEX_REPEAT_MAX;
}

/* How often something is there; REGEX_NO_END: there is no most. */
struct regex_times {
    int least, most;
};

/* Behind the opening brace: "2}", "2,}", "2,5}". */
static bool regex_read_bounds(struct regex_compiler *compiler, struct regex_times *ret_times)
{
    bool is_read = regex_read_number(compiler, &ret_times->least);
    ret_times->most = ret_times->least;
    if (is_read && regex_take(compiler, ',')) {
        ret_times->most = REGEX_NO_END;
        if (!regex_sees(compiler, '}'))
            is_read = regex_read_number(compiler, &ret_times->most) &&
                      ret_times->most >= ret_times->least;
    }
    if (is_read && regex_take(compiler, '}'))
        return true;
    return regex_fail(compiler, "has a { that is no repetition of at most 255, such as {2}, {2,} "
                                "or {2,5}: write \\{ for one that stands for itself");
}
_Static_assert(REGEX_REPEAT_MAX == 255, "named in the text");

/* Takes a repetition if one comes next; ret_times is {1, 1} if not. */
static bool regex_read_times(struct regex_compiler *compiler, struct regex_times *ret_times)
{
    *ret_times = (struct regex_times){1, 1};
    if (regex_take(compiler, '*'))
        *ret_times = (struct regex_times){0, REGEX_NO_END};
    else if (regex_take(compiler, '+'))
        *ret_times = (struct regex_times){1, REGEX_NO_END};
    else if (regex_take(compiler, '?'))
        *ret_times = (struct regex_times){0, 1};
    else if (regex_take(compiler, '{'))
        return regex_read_bounds(compiler, ret_times);
    return true;
}

static bool regex_sees_times(const struct regex_compiler *compiler)
{
    return regex_sees(compiler, '*') || regex_sees(compiler, '+') || regex_sees(compiler, '?') ||
           regex_sees(compiler, '{');
}

/* Has the part from `start` to the end be there so often. */
static bool regex_repeat(
    struct regex_compiler *compiler, struct regex_start start, struct regex_times times)
{
    size_t count = compiler->count - start.step, last = start.step;
    if (times.most == 0) {
        compiler->count = start.step;
        return true;
    }
    for (int i = 1; i < times.least; i++) {
        last = compiler->count;
        if (!regex_copy(compiler, start.step, count))
            return false;
    }
    if (times.most == REGEX_NO_END && !regex_make_loop(compiler, last))
        return false;
    for (int i = times.least > 0 ? times.least : 1; i < times.most; i++) {
        size_t from = compiler->count;
        if (!regex_copy(compiler, start.step, count) ||
            !regex_insert(compiler, from, regex_optional(compiler, from)))
            return false;
    }
    return times.least > 0 ||
           regex_put_before(compiler, start, regex_optional(compiler, start.step));
}

/* A branch that is being read. */
struct regex_reading {
    bool is_kept; /* its pieces are */
    uint16_t first_piece;
    struct regex_piece *last_piece; /* NULL: none yet */
};

static bool regex_is_plain(const struct regex_piece *piece)
{
    return !piece->group && piece->least == 1 && piece->most == 1;
}

/* Keeps the piece behind the others of its branch, or has the last one be longer by it. */
static void regex_keep_piece(
    struct regex_compiler *compiler, struct regex_reading *reading, struct regex_piece piece)
{
    struct regex_piece *last = reading->last_piece;
    if (!reading->is_kept)
        return;
    if (last && regex_is_plain(last) && regex_is_plain(&piece)) {
        last->to = last->body_to = piece.to;
        return;
    }
    assert(compiler->piece_count + 1 < REGEX_PIECES_MAX);
    uint16_t index = (uint16_t)++compiler->piece_count;
    *(last ? &last->next : &reading->first_piece) = index;
    reading->last_piece = &compiler->pieces[index];
    *reading->last_piece = piece;
}

static bool regex_read_piece(struct regex_compiler *compiler, struct regex_reading *reading)
{
    struct regex_start start = regex_here(compiler);
    size_t group = compiler->group_count + 1;
    bool is_anchor;
    struct regex_times times;
    if (!regex_read_atom(compiler, &is_anchor))
        return false;
    size_t count = compiler->count - start.step;
    bool is_group = compiler->group_count >= group && group <= REGEX_GROUPS_MAX;
    bool is_repeated = regex_sees_times(compiler);
    if (is_anchor && is_repeated)
        return regex_fail(compiler, "repeats ^ or $");
    if (!regex_read_times(compiler, &times))
        return false;
    if (is_repeated && regex_sees_times(compiler))
        return regex_fail(compiler, "repeats a repetition; POSIX has none that are lazy");
    if (!regex_repeat(compiler, start, times))
        return false;
    struct regex_piece piece = {.from = (uint16_t)start.step,
        .to = (uint16_t)compiler->count,
        /* What may be missing has a split before it. */
        .body_from = (uint16_t)(start.step + (times.least == 0 && times.most != 0)),
        .least = (int16_t)times.least,
        .most = (int16_t)times.most,
        .group = is_group ? (uint16_t)group : 0};
    piece.body_to = (uint16_t)(piece.body_from + count);
    regex_keep_piece(compiler, reading, piece);
    return true;
}

/* `link` is where a branch of the group before has to say which is next. */
static bool regex_read_branch(struct regex_compiler *compiler, size_t group, uint16_t **link)
{
    struct regex_reading reading = {.is_kept = group <= REGEX_GROUPS_MAX};
    size_t start = compiler->count;
    while (!regex_at_end(compiler) && !regex_sees(compiler, '|') && !regex_sees(compiler, ')'))
        if (!regex_read_piece(compiler, &reading))
            return false;
    if (!reading.is_kept)
        return true;
    assert(compiler->branch_count + 1 < REGEX_BRANCHES_MAX);
    uint16_t index = (uint16_t)++compiler->branch_count;
    compiler->branches[index] =
        (struct regex_branch){(uint16_t)start, (uint16_t)compiler->count, reading.first_piece, 0};
    **link = index;
    *link = &compiler->branches[index].next;
    return true;
}

static bool regex_read_alternatives(struct regex_compiler *compiler, size_t group)
{
    struct regex_start start = regex_here(compiler);
    uint16_t *link = group <= REGEX_GROUPS_MAX ? &compiler->first_branch[group] : NULL;
    if (!regex_read_branch(compiler, group, &link))
        return false;
    while (regex_take(compiler, '|')) {
        /* The branches before, or else, behind a jump, the next. */
        struct regex_step split = {REGEX_SPLIT, 1, (int32_t)(compiler->count - start.step + 2)};
        size_t jump = compiler->count + 1;
        if (!regex_put_before(compiler, start, split) ||
            !regex_append(compiler, REGEX_JUMP, 0, 0) || !regex_read_branch(compiler, group, &link))
            return false;
        compiler->steps[jump].first = (int32_t)(compiler->count - jump);
    }
    return true;
}

static bool regex_read_pattern(struct regex_compiler *compiler)
{
    if (compiler->pattern.len > REGEX_PATTERN_BYTES_MAX)
        return regex_fail(compiler, "must have at most 1000 bytes");
    if (!text_is_utf8(compiler->pattern, NULL))
        return regex_fail(compiler, "must be UTF-8");
    if (!regex_read_alternatives(compiler, 0))
        return false;
    if (!regex_at_end(compiler))
        return regex_fail(compiler, "has ) without (");
    return regex_append(compiler, REGEX_FOUND, 0, 0);
}
_Static_assert(REGEX_PATTERN_BYTES_MAX == 1000, "named in the text");

/* What was compiled, in the arena. */
static struct regex *regex_keep(const struct regex_compiler *compiler)
{
    struct arena *arena = compiler->arena;
    struct regex *regex = arena_alloc(arena, sizeof(*regex));
    regex->count = compiler->count;
    regex->steps = arena_array(arena, compiler->count, sizeof(*regex->steps));
    memcpy(regex->steps, compiler->steps, compiler->count * sizeof(*regex->steps));
    regex->sets = arena_array(arena, compiler->set_count, sizeof(*regex->sets));
    memcpy(regex->sets, compiler->sets, compiler->set_count * sizeof(*regex->sets));
    regex->group_count = compiler->group_count;
    if (regex->group_count == 0)
        return regex;
    size_t piece_count = compiler->piece_count + 1, branch_count = compiler->branch_count + 1;
    regex->pieces = arena_array(arena, piece_count, sizeof(*regex->pieces));
    memcpy(regex->pieces, compiler->pieces, piece_count * sizeof(*regex->pieces));
    regex->branches = arena_array(arena, branch_count, sizeof(*regex->branches));
    memcpy(regex->branches, compiler->branches, branch_count * sizeof(*regex->branches));
    regex->first_branch = arena_alloc(arena, sizeof(compiler->first_branch));
    memcpy(regex->first_branch, compiler->first_branch, sizeof(compiler->first_branch));
    return regex;
}

struct regex *regex_compile(struct text pattern, struct arena *arena, const char **ret_reason)
{
    /* Too large for a stack. */
    struct regex_compiler *compiler = memory_alloc_zeroed(1, sizeof(*compiler));
    compiler->pattern = pattern;
    compiler->arena = arena;
    bool is_read = regex_read_pattern(compiler);
    *ret_reason = compiler->problem;
    struct regex *regex = is_read ? regex_keep(compiler) : NULL;
    free(compiler);
    return regex;
}
