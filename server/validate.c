#include "server/validate.h"

#include <string.h>
#include <unistd.h>

#include "server/contract/limits.h"
#include "server/space/faults.h"
#include "server/space/stories.h"
#include "server/space/stubs.h"
#include "server/state/callers.h"
#include "server/state/catalogue.h"
#include "server/state/seed_file.h"
#include "server/state/seed_lists.h"

struct validation {
    struct arena arena;
    struct seed_plan plan; /* of all files: each may build on those before it */
    struct space_parts parts;
    FILE *out;
};

/* What reading has found: a line each, but for a syntax error, which has an excerpt. */
static void validate_print_problem(const struct seed_file *file, FILE *out)
{
    struct text rest = file->problem;
    struct text path = text_of(file->path);
    while (rest.bytes) {
        struct text line = text_split(&rest, '\n');
        bool is_first = text_starts_with(line, path);
        if (is_first || file->is_syntax)
            fprintf(out, "%.*s\n", TEXT_ARGS(line));
        else
            fprintf(out, "%s: %.*s\n", file->path, TEXT_ARGS(line));
    }
}

static bool validate_read(struct seed_file *file, FILE *out)
{
    struct buf bytes = BUF_INIT;
    bool is_read = strcmp(file->path, "-") == 0
                       ? seed_file_read_descriptor(file, STDIN_FILENO, &bytes)
                       : seed_file_read(file, &bytes);
    bool is_good = is_read && seed_file_decode(file, buf_text(&bytes));
    buf_release(&bytes);
    if (!is_good)
        validate_print_problem(file, out);
    return is_good;
}

static bool validate_file(struct validation *validation, const char *path)
{
    struct seed_file file = {.path = path, .arena = &validation->arena};
    struct seed_problems problems = {
        .arena = &validation->arena, .path = path, .max = VIOLATIONS_MAX};
    if (!validate_read(&file, validation->out))
        return false;
    validation->plan.problems = &problems;
    if (seed_lists_add(&validation->plan, file.message))
        return true;
    fprintf(validation->out, "%.*s\n", TEXT_ARGS(problems.text));
    if (seed_problems_are_enough(&problems))
        fprintf(validation->out, "%s: the rest was not looked at\n", path);
    return false;
}

bool validate_files(
    const char *const *paths, int count, const struct app_settings *settings, FILE *out)
{
    struct catalogue *embedded = catalogue_new();
    struct validation validation = {.out = out,
        .parts = {.settings = settings->space,
            .faults = faults_new(NULL),
            .stories = stories_new(NULL),
            .stubs = stubs_new(NULL)}};
    const struct clock_setting *clock = &settings->space.clock;
    arena_init(&validation.arena);
    validation.plan = (struct seed_plan){.arena = &validation.arena,
        .fidelity = settings->fidelity,
        .catalogue = catalogue_copy(embedded),
        .callers = callers_copy(NULL),
        .parts = &validation.parts,
        .now_ns = clock->has_start ? clock->start_ns : clock_system_ns(),
        .is_quiet = true};
    seed_plan_begin(&validation.plan);
    bool is_good = true;
    for (int i = 0; i < count; i++)
        is_good = validate_file(&validation, paths[i]) && is_good;
    space_parts_release(&validation.parts);
    callers_free(validation.plan.callers);
    catalogue_free(validation.plan.catalogue);
    catalogue_free(embedded);
    arena_release(&validation.arena);
    return is_good;
}
