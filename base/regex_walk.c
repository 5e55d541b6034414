#include "base/regex_walk.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/regex.h"

/* A step that is gone on from, and how far that leads. */
struct regex_thread {
    uint32_t end;
    uint16_t step;
};

struct regex_threads {
    struct regex_thread items[REGEX_STATES_MAX];
    size_t count;
};

struct regex_walk {
    const struct regex *regex;
    bool is_whole;
    uint64_t *steps_left;
    uint32_t count;       /* characters */
    uint32_t *characters; /* of the text */
    uint32_t *offsets;    /* of each place, in bytes */
    uint32_t *ends;       /* by place */
    /* Which steps go on at a step without taking a character: before[first_before[step]] and on,
     * until those of the next step. */
    uint16_t first_before[REGEX_STATES_MAX + 1];
    uint16_t before[2 * REGEX_STATES_MAX];
    struct regex_part part;
    uint32_t place;
    uint32_t seen[REGEX_STATES_MAX]; /* by step: the place where it was last reached */
    struct regex_threads lists[2];
    uint16_t stack[REGEX_STATES_MAX];
    size_t stack_count;
};

/* Where a step goes on without taking a character: up to two steps. */
static size_t regex_nexts(const struct regex *regex, size_t at, size_t ret_nexts[2])
{
    const struct regex_step *step = &regex->steps[at];
    ret_nexts[0] = (size_t)((int64_t)at + step->first);
    ret_nexts[1] = (size_t)((int64_t)at + step->second);
    switch (step->code) {
    case REGEX_SPLIT:
        return 2;
    case REGEX_JUMP:
        return 1;
    case REGEX_BEGIN:
    case REGEX_END:
        ret_nexts[0] = at + 1;
        return 1;
    case REGEX_CHARACTER:
    case REGEX_ANY:
    case REGEX_SET:
    case REGEX_FOUND:
        return 0;
    }
    return 0;
}

static void regex_walk_turn_steps(struct regex_walk *walk)
{
    const struct regex *regex = walk->regex;
    uint16_t counts[REGEX_STATES_MAX + 1] = {0};
    size_t nexts[2];
    for (size_t i = 0; i < regex->count; i++)
        for (size_t k = regex_nexts(regex, i, nexts); k-- > 0;)
            counts[nexts[k]]++;
    uint16_t first = 0;
    for (size_t i = 0; i < regex->count; i++) {
        walk->first_before[i] = first;
        first = (uint16_t)(first + counts[i]);
        counts[i] = walk->first_before[i];
    }
    walk->first_before[regex->count] = first;
    for (size_t i = 0; i < regex->count; i++)
        for (size_t k = regex_nexts(regex, i, nexts); k-- > 0;)
            walk->before[counts[nexts[k]]++] = (uint16_t)i;
}

struct regex_walk *regex_walk_new(
    const struct regex *regex, struct text text, bool is_whole, uint64_t *steps_left)
{
    assert(text.len < REGEX_NOWHERE);
    struct regex_walk *walk = memory_alloc(sizeof(*walk));
    walk->regex = regex;
    walk->is_whole = is_whole;
    walk->steps_left = steps_left;
    walk->count = 0;
    walk->characters = memory_alloc((text.len + 1) * sizeof(uint32_t));
    walk->offsets = memory_alloc((text.len + 1) * sizeof(uint32_t));
    walk->ends = memory_alloc((text.len + 1) * sizeof(uint32_t));
    size_t offset = 0;
    while (offset < text.len) {
        walk->offsets[walk->count] = (uint32_t)offset;
        walk->characters[walk->count++] = regex_next_character(text, &offset);
    }
    walk->offsets[walk->count] = (uint32_t)offset;
    regex_walk_turn_steps(walk);
    return walk;
}

void regex_walk_free(struct regex_walk *walk)
{
    free(walk->characters);
    free(walk->offsets);
    free(walk->ends);
    free(walk);
}

uint32_t regex_walk_count(const struct regex_walk *walk)
{
    return walk->count;
}

size_t regex_walk_offset(const struct regex_walk *walk, uint32_t place)
{
    return walk->offsets[place];
}

uint32_t regex_walk_end(const struct regex_walk *walk, uint32_t place)
{
    return walk->ends[place];
}

static void regex_walk_push(struct regex_walk *walk, size_t step)
{
    if (walk->seen[step] == walk->place)
        return;
    walk->seen[step] = walk->place;
    walk->stack[walk->stack_count++] = (uint16_t)step;
}

/* Step `at` goes on at the next without taking a character, if it does so here. */
static bool regex_walk_passes(const struct regex_walk *walk, size_t at)
{
    enum regex_code code = walk->regex->steps[at].code;
    if (code == REGEX_BEGIN)
        return walk->place == 0;
    return code != REGEX_END || (walk->is_whole && walk->place == walk->count);
}

/* From here step `first` leads to `end`, and so does what leads to it. */
static void regex_walk_reach(
    struct regex_walk *walk, size_t first, uint32_t end, struct regex_threads *list)
{
    const struct regex_part *part = &walk->part;
    regex_walk_push(walk, first);
    while (walk->stack_count > 0) {
        size_t at = walk->stack[--walk->stack_count];
        list->items[list->count++] = (struct regex_thread){end, (uint16_t)at};
        if (at == part->from)
            walk->ends[walk->place] = end;
        for (size_t i = walk->first_before[at]; i < walk->first_before[at + 1]; i++) {
            size_t before = walk->before[i];
            if (before >= part->from && before < part->to && regex_walk_passes(walk, before))
                regex_walk_push(walk, before);
        }
    }
}

static bool regex_places_have(const struct regex_places *places, uint32_t place)
{
    uint32_t bit = place - places->first;
    return places->bits ? places->bits[bit / 8] >> bit % 8 & 1 : bit == 0;
}

/* What can be reached at one place, given what can at the next: its threads are in `after`. */
static void regex_walk_at(
    struct regex_walk *walk, const struct regex_threads *after, struct regex_threads *list)
{
    const struct regex_part *part = &walk->part;
    list->count = 0;
    walk->ends[walk->place] = REGEX_NOWHERE;
    for (size_t i = 0; i < after->count; i++) {
        size_t step = after->items[i].step;
        if (step > part->from && regex_takes(walk->regex, step - 1, walk->characters[walk->place]))
            regex_walk_reach(walk, step - 1, after->items[i].end, list);
    }
    bool is_begin = part->is_loop && walk->ends[walk->place] != REGEX_NOWHERE;
    if (is_begin || regex_places_have(&part->goals, walk->place))
        regex_walk_reach(walk, part->to, walk->place, list);
}

/* What is reached at a place costs the next one, of which it is counted. */
static bool regex_walk_takes_steps(struct regex_walk *walk, size_t count)
{
    uint64_t left = *walk->steps_left;
    *walk->steps_left = left > count ? left - count : 0;
    return *walk->steps_left > 0;
}

static void regex_walk_give_up(struct regex_walk *walk)
{
    for (uint32_t place = walk->part.start; place <= walk->part.end; place++)
        walk->ends[place] = walk->part.end;
}

void regex_walk_back(struct regex_walk *walk, const struct regex_part *part)
{
    struct regex_threads *now = &walk->lists[0], *after = &walk->lists[1];
    walk->part = *part;
    walk->stack_count = 0;
    after->count = 0;
    for (size_t step = part->from; step <= part->to; step++)
        walk->seen[step] = REGEX_NOWHERE;
    for (uint32_t place = part->end + 1; place-- > part->start;) {
        walk->place = place;
        if (!regex_walk_takes_steps(walk, 1 + after->count)) {
            regex_walk_give_up(walk);
            return;
        }
        regex_walk_at(walk, after, now);
        struct regex_threads *swap = now;
        now = after;
        after = swap;
    }
}
