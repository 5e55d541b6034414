#include "server/state/seed_problems.h"

bool seed_problems_are_enough(const struct seed_problems *problems)
{
    return problems->count >= problems->max;
}

/* Gives false. */
static bool seed_problems_add_line(struct seed_problems *problems, struct text line)
{
    if (seed_problems_are_enough(problems))
        return false;
    const char *path = problems->path ? problems->path : "";
    problems->text = arena_printf(problems->arena, "%.*s%s%s%s%.*s", TEXT_ARGS(problems->text),
        problems->count ? "\n" : "", path, *path ? ": " : "", TEXT_ARGS(line));
    problems->count++;
    return false;
}

bool seed_problems_add(
    struct seed_problems *problems, const char *place, size_t index, struct text reason)
{
    return seed_problems_add_line(
        problems, arena_printf(problems->arena, "%s[%zu]: %.*s", place, index, TEXT_ARGS(reason)));
}

/* "match.body: must be" begins with a path, "There are 1000" does not. */
static bool seed_problem_has_path(struct text problem)
{
    size_t len = text_find(problem, TEXT(": "));
    return len > 0 && len < problem.len && problem.bytes[0] != '[' &&
           text_is_alphanumeric(text_slice(problem, 0, len), "._[]$");
}

bool seed_problems_add_part(
    struct seed_problems *problems, const char *place, size_t index, struct text problem)
{
    if (!seed_problem_has_path(problem))
        return seed_problems_add(problems, place, index, problem);
    return seed_problems_add_line(
        problems, arena_printf(problems->arena, "%s[%zu].%.*s", place, index, TEXT_ARGS(problem)));
}

bool seed_problems_add_whole(struct seed_problems *problems, const char *reason)
{
    return seed_problems_add_line(problems, text_of(reason));
}

bool seed_problems_pass(
    struct seed_problems *problems, const char *place, size_t index, const char *reason)
{
    return !reason || seed_problems_add(problems, place, index, text_of(reason));
}
