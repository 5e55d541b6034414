#include "base/regex.h"

#include <string.h>

#include "base/regex_program.h"

size_t regex_size(const struct regex *regex)
{
    return regex->count;
}

size_t regex_group_count(const struct regex *regex)
{
    return regex->group_count;
}

/* The steps that wait for the next character. */
struct regex_list {
    uint16_t steps[REGEX_STATES_MAX];
    size_t count;
};

struct regex_search {
    const struct regex *regex;
    struct regex_list lists[2];
    uint32_t seen[REGEX_STATES_MAX]; /* by step: the turn in which it was last reached */
    uint32_t turn;                   /* one for each place between characters, from 1 */
    uint16_t stack[REGEX_STATES_MAX];
    size_t stack_count;
    uint64_t step_count; /* that were taken so far */
    bool is_begin, is_end, is_found;
};

static void regex_push(struct regex_search *search, size_t step)
{
    if (search->seen[step] == search->turn)
        return;
    search->seen[step] = search->turn;
    search->stack[search->stack_count++] = (uint16_t)step;
}

/* Follows a step to all that wait for a character, or to the end. */
static void regex_reach(struct regex_search *search, size_t first, struct regex_list *list)
{
    regex_push(search, first);
    while (search->stack_count > 0) {
        size_t at = search->stack[--search->stack_count];
        search->step_count++;
        const struct regex_step *step = &search->regex->steps[at];
        switch (step->code) {
        case REGEX_CHARACTER:
        case REGEX_ANY:
        case REGEX_SET:
            list->steps[list->count++] = (uint16_t)at;
            break;
        case REGEX_SPLIT:
            regex_push(search, (size_t)((int64_t)at + step->second));
            regex_push(search, (size_t)((int64_t)at + step->first));
            break;
        case REGEX_JUMP:
            regex_push(search, (size_t)((int64_t)at + step->first));
            break;
        case REGEX_BEGIN:
            if (search->is_begin)
                regex_push(search, at + 1);
            break;
        case REGEX_END:
            if (search->is_end)
                regex_push(search, at + 1);
            break;
        case REGEX_FOUND:
            search->is_found = true;
            break;
        }
    }
}

bool regex_finds(const struct regex *regex, struct text text, bool is_whole, uint64_t *steps_left)
{
    struct regex_search search;
    search.regex = regex;
    search.stack_count = 0;
    search.step_count = 0;
    search.is_found = false;
    search.lists[0].count = 0;
    memset(search.seen, 0, regex->count * sizeof(search.seen[0]));
    struct regex_list *now = &search.lists[0], *next = &search.lists[1];
    search.turn = 1;
    search.is_begin = true;
    search.is_end = is_whole && text.len == 0;
    for (size_t offset = 0;;) {
        regex_reach(&search, 0, now); /* a part may begin here, too */
        bool is_spent = search.step_count >= *steps_left;
        if (is_spent || search.is_found || offset == text.len) {
            *steps_left -= is_spent ? *steps_left : search.step_count;
            return search.is_found && !is_spent;
        }
        uint32_t character = regex_next_character(text, &offset);
        search.turn++;
        search.is_begin = false;
        search.is_end = is_whole && offset == text.len;
        next->count = 0;
        for (size_t i = 0; i < now->count; i++)
            if (regex_takes(regex, now->steps[i], character))
                regex_reach(&search, now->steps[i] + 1U, next);
        struct regex_list *swap = now;
        now = next;
        next = swap;
    }
}
