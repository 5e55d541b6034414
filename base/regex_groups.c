#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/regex.h"
#include "base/regex_walk.h"

/* From one place to another. */
struct regex_span {
    uint32_t start, end; /* REGEX_NOWHERE: took no part */
};

static const struct regex_span regex_no_span = {REGEX_NOWHERE, REGEX_NOWHERE};

struct regex_grouping {
    const struct regex *regex;
    struct regex_walk *walk;
    size_t group_max;
    struct regex_span groups[REGEX_GROUPS_MAX + 1];
};

/* Sets of places of a span. */
struct regex_rows {
    uint8_t *bits;
    size_t row_bytes;
    struct regex_span span;
};

static struct regex_rows regex_rows_new(struct regex_span span, size_t count)
{
    struct regex_rows rows = {.row_bytes = (span.end - span.start) / 8 + 1, .span = span};
    rows.bits = memory_alloc_zeroed(count, rows.row_bytes);
    return rows;
}

static struct regex_places regex_row(const struct regex_rows *rows, size_t index)
{
    return (struct regex_places){rows->bits + index * rows->row_bytes, rows->span.start};
}

static void regex_row_add(const struct regex_rows *rows, size_t index, uint32_t place)
{
    uint32_t bit = place - rows->span.start;
    regex_row(rows, index).bits[bit / 8] |= (uint8_t)(1U << bit % 8);
}

/* Adds the places where what was walked through can begin. */
static void regex_row_add_begins(
    const struct regex_rows *rows, size_t index, const struct regex_walk *walk)
{
    for (uint32_t place = rows->span.start; place <= rows->span.end; place++)
        if (regex_walk_end(walk, place) != REGEX_NOWHERE)
            regex_row_add(rows, index, place);
}

/* The farthest end of the part, which is known to fit where it starts. */
static uint32_t regex_farthest(struct regex_grouping *search, const struct regex_part *part)
{
    regex_walk_back(search->walk, part);
    uint32_t end = regex_walk_end(search->walk, part->start);
    assert(end != REGEX_NOWHERE);
    return end;
}

/* --- repetitions --- */

/* The places where a turn may begin, so that it and those after it can take the rest of the span:
 * row `turn` by the number of turns before it. The last row is that of all other turns. */
static struct regex_rows regex_turns(
    struct regex_grouping *search, const struct regex_piece *piece, struct regex_span span)
{
    bool has_end = piece->most != REGEX_NO_END;
    size_t least = (size_t)piece->least, last = has_end ? (size_t)piece->most : least;
    struct regex_rows rows = regex_rows_new(span, last + 1);
    struct regex_part turn = {
        .from = piece->body_from, .to = piece->body_to, .start = span.start, .end = span.end};
    regex_row_add(&rows, last, span.end);
    if (!has_end) {
        turn.goals = regex_row(&rows, last);
        turn.is_loop = true;
        regex_walk_back(search->walk, &turn);
        regex_row_add_begins(&rows, last, search->walk);
        turn.is_loop = false;
    }
    for (size_t i = last; i-- > 0;) {
        turn.goals = regex_row(&rows, i + 1);
        regex_walk_back(search->walk, &turn);
        regex_row_add_begins(&rows, i, search->walk);
        if (i >= least)
            regex_row_add(&rows, i, span.end);
    }
    return rows;
}

/* What the last of the turns takes that have an own row; `at` is then where it ends. */
static struct regex_span regex_last_turn(struct regex_grouping *search,
    const struct regex_piece *piece, const struct regex_rows *rows, uint32_t *at)
{
    struct regex_span last = regex_no_span;
    int most = piece->most == REGEX_NO_END ? piece->least : piece->most;
    for (int i = 0; i < most && (i < piece->least || *at != rows->span.end); i++) {
        struct regex_part turn = {.from = piece->body_from,
            .to = piece->body_to,
            .start = *at,
            .end = rows->span.end,
            .goals = regex_row(rows, (size_t)i + 1)};
        last = (struct regex_span){*at, regex_farthest(search, &turn)};
        *at = last.end;
    }
    return last;
}

/* The same of turns that have no own row: one after the other, until nothing is left. */
static struct regex_span regex_last_loop(
    struct regex_grouping *search, const struct regex_piece *piece, uint32_t at, uint32_t end)
{
    struct regex_part turns = {.from = piece->body_from,
        .to = piece->body_to,
        .start = at,
        .end = end,
        .goals = {NULL, end},
        .is_loop = true};
    struct regex_span last = {at, regex_farthest(search, &turns)};
    while (last.end != end) {
        uint32_t next = regex_walk_end(search->walk, last.end);
        assert(next > last.end && next != REGEX_NOWHERE);
        last = (struct regex_span){last.end, next};
    }
    return last;
}

/* A turn that need not be is there if it can take nothing. */
static struct regex_span regex_empty_turn(
    struct regex_grouping *search, const struct regex_piece *piece, uint32_t at)
{
    struct regex_part turn = {.from = piece->body_from,
        .to = piece->body_to,
        .start = at,
        .end = at,
        .goals = {NULL, at}};
    regex_walk_back(search->walk, &turn);
    return regex_walk_end(search->walk, at) == at ? (struct regex_span){at, at} : regex_no_span;
}

/* What the last turn of a piece takes that as a whole takes the span. */
static struct regex_span regex_find_turn(
    struct regex_grouping *search, const struct regex_piece *piece, struct regex_span span)
{
    if (piece->most == 0)
        return regex_no_span;
    if (piece->least == 1 && piece->most == 1)
        return span;
    if (piece->least == 0 && span.start == span.end)
        return regex_empty_turn(search, piece, span.start);
    struct regex_rows rows = regex_turns(search, piece, span);
    uint32_t at = span.start;
    struct regex_span last = regex_last_turn(search, piece, &rows, &at);
    free(rows.bits);
    return at == span.end ? last : regex_last_loop(search, piece, at, span.end);
}

/* --- branches --- */

/* How many pieces of a branch have to be placed: as far as the last group that is asked for. */
static size_t regex_count_pieces(const struct regex_grouping *search, size_t first)
{
    const struct regex_piece *pieces = search->regex->pieces;
    size_t count = 0, wanted = 0;
    for (size_t i = first; i; i = pieces[i].next) {
        count++;
        if (pieces[i].group && pieces[i].group <= search->group_max)
            wanted = count;
    }
    return wanted;
}

/* The places where each piece may end, a row for each, so that those behind it take what is left.
 */
static struct regex_rows regex_piece_ends(struct regex_grouping *search,
    const struct regex_branch *branch, struct regex_span span, size_t count)
{
    const struct regex_piece *all = search->regex->pieces, *pieces[REGEX_PATTERN_BYTES_MAX + 1];
    struct regex_rows rows = regex_rows_new(span, count);
    size_t next = branch->first_piece;
    for (size_t i = 0; i < count; i++) {
        pieces[i] = &all[next];
        next = all[next].next;
    }
    struct regex_part part = {.from = next ? all[next].from : branch->to,
        .to = branch->to,
        .start = span.start,
        .end = span.end,
        .goals = {NULL, span.end}};
    for (size_t i = count; i-- > 0;) {
        regex_walk_back(search->walk, &part);
        regex_row_add_begins(&rows, i, search->walk);
        /* cppcheck-suppress uninitvar; the first `count` are set above */
        part.from = pieces[i]->from;
        part.to = pieces[i]->to;
        part.goals = regex_row(&rows, i);
    }
    return rows;
}

/* Finds what the groups of a branch take that as a whole takes the span. */
static void regex_place_pieces(
    struct regex_grouping *search, const struct regex_branch *branch, struct regex_span span)
{
    size_t count = regex_count_pieces(search, branch->first_piece), next = branch->first_piece;
    struct regex_rows rows = regex_piece_ends(search, branch, span, count);
    uint32_t at = span.start;
    for (size_t i = 0; i < count; i++) {
        const struct regex_piece *piece = &search->regex->pieces[next];
        struct regex_part part = {.from = piece->from,
            .to = piece->to,
            .start = at,
            .end = span.end,
            .goals = regex_row(&rows, i)};
        struct regex_span taken = {at, regex_farthest(search, &part)};
        if (piece->group && piece->group <= search->group_max)
            search->groups[piece->group] = regex_find_turn(search, piece, taken);
        at = taken.end;
        next = piece->next;
    }
    free(rows.bits);
}

/* The first of a group's branches that fits the span. */
static const struct regex_branch *regex_find_branch(
    struct regex_grouping *search, size_t group, struct regex_span span)
{
    const struct regex_branch *branches = search->regex->branches;
    const struct regex_branch *branch = &branches[search->regex->first_branch[group]];
    for (; branch->next; branch = &branches[branch->next]) {
        struct regex_part part = {.from = branch->from,
            .to = branch->to,
            .start = span.start,
            .end = span.end,
            .goals = {NULL, span.end}};
        regex_walk_back(search->walk, &part);
        if (regex_walk_end(search->walk, span.start) != REGEX_NOWHERE)
            return branch;
    }
    return branch;
}

/* --- the whole --- */

/* What begins first and, of these, is longest. */
static struct regex_span regex_find_whole(struct regex_grouping *search)
{
    struct regex_span text = {0, regex_walk_count(search->walk)};
    struct regex_rows anywhere = regex_rows_new(text, 1);
    memset(anywhere.bits, 0xff, anywhere.row_bytes);
    struct regex_part part = {.from = 0,
        .to = search->regex->count - 1,
        .start = 0,
        .end = text.end,
        .goals = regex_row(&anywhere, 0)};
    regex_walk_back(search->walk, &part);
    free(anywhere.bits);
    for (uint32_t start = 0; start <= text.end; start++)
        if (regex_walk_end(search->walk, start) != REGEX_NOWHERE)
            return (struct regex_span){start, regex_walk_end(search->walk, start)};
    return regex_no_span;
}

static struct text regex_span_text(
    const struct regex_grouping *search, struct text text, struct regex_span span)
{
    if (span.start == REGEX_NOWHERE)
        return (struct text){NULL, 0};
    size_t start = regex_walk_offset(search->walk, span.start);
    return text_slice(text, start, regex_walk_offset(search->walk, span.end));
}

bool regex_find_groups(const struct regex *regex, struct text text, bool is_whole, size_t group_max,
    uint64_t *steps_left, struct text *ret_groups)
{
    assert(group_max <= REGEX_GROUPS_MAX);
    if (!text.bytes)
        text = TEXT("");
    struct regex_grouping search = {.regex = regex, .group_max = group_max};
    search.walk = regex_walk_new(regex, text, is_whole, steps_left);
    search.groups[0] = regex_find_whole(&search);
    for (size_t i = 1; i <= group_max; i++)
        search.groups[i] = regex_no_span;
    /* A group stands in one of a smaller number, which is placed by then. */
    for (size_t i = 0; i <= group_max && i <= regex->group_count; i++)
        if (search.groups[i].start != REGEX_NOWHERE && regex->group_count > 0)
            regex_place_pieces(
                &search, regex_find_branch(&search, i, search.groups[i]), search.groups[i]);
    bool is_found = search.groups[0].start != REGEX_NOWHERE && *steps_left > 0;
    for (size_t i = 0; is_found && i <= group_max; i++)
        ret_groups[i] = regex_span_text(&search, text, search.groups[i]);
    regex_walk_free(search.walk);
    return is_found;
}
