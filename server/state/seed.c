#include "server/state/seed.h"

#include "server/contract/limits.h"
#include "server/space/faults.h"
#include "server/space/stories.h"
#include "server/space/stubs.h"
#include "server/state/callers.h"
#include "server/state/catalogue.h"
#include "server/state/kept_seeds.h"
#include "server/state/seed_file.h"
#include "server/state/seed_lists.h"

/* A load under way. All of it is let go at its end, but for what was gained. */
struct seed {
    const struct seed_target *target;
    struct arena arena;
    struct seed_problems problems;
    struct seed_plan plan;
    struct seed_gain gain;    /* with what the file adds */
    struct space_parts parts; /* the space's own scripts, the rest as it will be */
    struct message *before;   /* the states of all scenarios, as in a SeedFile */
};

/* A text below names it. */
_Static_assert(PERMISSIONS_MAX == 1000, "1000 permissions");

static bool seed_commit(struct seed *seed)
{
    struct store_batch *batch = &seed->plan.batch;
    seed_plan_keep_counter(&seed->plan);
    if (!batch->first || store_batch_and_wait(seed->target->store, batch) == STORE_OK)
        return true;
    const struct seed_row *row = seed_plan_find_failed(&seed->plan);
    if (!row)
        return seed_problems_add_whole(
            &seed->problems, "cannot be written to the database; see the log");
    bool is_one_too_many = row->write.result == STORE_REFUSED; /* of a permission only */
    return seed_problems_add(&seed->problems, row->place, row->index,
        is_one_too_many ? TEXT("is more than the 1000 permissions of a model")
                        : TEXT("cannot be written to the database; see the log"));
}

/* Has the scenarios of a file be in its states, or in their first. */
static void seed_set_scenarios(struct seed *seed, const struct message *file, bool is_first)
{
    for (size_t i = 0; i < message_count(file, SeedFile_scenarios); i++) {
        struct text name, state;
        const char *problem;
        message_pair_at(file, SeedFile_scenarios, i, &name, &state);
        stubs_set_scenario(seed->parts.stubs, name, is_first ? TEXT("") : state, &problem);
    }
}

/* Lets go of what a load that has failed would have added. */
static void seed_abandon(struct seed *seed)
{
    const struct seed_plan *plan = &seed->plan;
    for (size_t i = 0; i < plan->added_faults.count; i++)
        faults_remove(seed->parts.faults, message_text(plan->added_faults.messages[i], Fault_id));
    for (size_t i = 0; i < plan->added_stories.count; i++)
        stories_remove(
            seed->parts.stories, message_text(plan->added_stories.messages[i], Story_id));
    for (size_t i = 0; i < plan->added_stubs.count; i++)
        stubs_remove(seed->parts.stubs, message_text(plan->added_stubs.messages[i], Stub_id));
    if (plan->file)
        seed_set_scenarios(seed, plan->file, true);
    seed_set_scenarios(seed, seed->before, false);
    catalogue_free(seed->gain.catalogue);
    callers_free(seed->gain.callers);
}

static bool seed_read(struct seed *seed, const char *path, struct buf *bytes)
{
    struct seed_file file = {.path = path, .arena = &seed->arena};
    if (!seed_file_read(&file, bytes) || !seed_file_decode(&file, buf_text(bytes))) {
        seed->problems.text = file.problem;
        return false;
    }
    return seed_lists_add(&seed->plan, file.message);
}

/* What is not in the store takes effect last: nothing can fail any more. */
static void seed_finish(struct seed *seed, const char *path, struct text bytes)
{
    struct space *space = seed->target->space;
    if (seed->plan.has_clock)
        clock_reset(&space->clock, &seed->parts.settings.clock);
    dials_turn(&space->dials, &seed->parts.settings.dials, DIALS_ALL);
    *space->seeded = seed->parts.settings;
    if (seed->parts.last_request_id > 0)
        atomic_store(&space->last_request_id, seed->parts.last_request_id);
    if (seed->parts.draw_count > 0)
        dials_skip_draws(&space->dials, seed->parts.draw_count);
    kept_seeds_add(seed->target->kept, path, bytes);
}

bool seed_load(const struct seed_target *target, const char *path, struct seed_gain *ret_gain,
    struct arena *arena, struct text *ret_message)
{
    struct space *space = target->space;
    struct buf bytes = BUF_INIT;
    struct seed seed = {.target = target,
        .gain = {catalogue_copy(target->catalogue), callers_copy(target->callers)},
        .parts = {.settings = *space->seeded,
            .faults = space->faults,
            .stories = space->stories,
            .stubs = space->stubs}};
    seed.parts.settings.dials = dials_get(&space->dials);
    arena_init(&seed.arena);
    seed.problems = (struct seed_problems){.arena = &seed.arena, .path = path, .max = 1};
    seed.plan = (struct seed_plan){.arena = &seed.arena,
        .problems = &seed.problems,
        .store = target->store,
        .namespace_id = space->number,
        .now_ns = clock_now_ns(&space->clock),
        .fidelity = target->fidelity,
        .catalogue = seed.gain.catalogue,
        .callers = seed.gain.callers,
        .parts = &seed.parts};
    seed_plan_begin(&seed.plan);
    seed.before = message_new(&seed.arena, MESSAGE_SeedFile, VERSION_V1BETA);
    stubs_list_scenarios(space->stubs, seed.before, SeedFile_scenarios);
    bool is_good = seed_read(&seed, path, &bytes) && seed_commit(&seed);
    if (is_good) {
        seed_finish(&seed, path, buf_text(&bytes));
        *ret_gain = seed.gain;
    } else {
        seed_abandon(&seed);
    }
    *ret_message = arena_text(arena, seed.problems.text);
    arena_release(&seed.arena);
    buf_release(&bytes);
    return is_good;
}
