#include "server/state/training_watch.h"

#include "server/contract/limits.h"
#include "server/state/catalogue.h"
#include "server/state/tuned_model.h"
#include "server/state/tuning_job.h"

/* A search that goes along the models of a space. */
struct training_walk {
    struct space *space;
    const struct catalogue *catalogue;
    int64_t since_ns;
    struct arena arena;
    struct training *found;
    struct training_finding finding;
    size_t row_count;
    bool is_cut; /* there may be more rows */
};

/* The name of a job, if it is one, in the arena. */
static struct training training_watch_training(const struct store_model *model,
    const struct training_plan *plan, int32_t told_steps, struct arena *arena)
{
    bool is_job = model->kind == (int32_t)STORE_TUNING_JOB;
    return (struct training){.seq = model->seq,
        .id = model->id,
        .display_name = model->display_name,
        .base_model = model->base_model,
        .job_name = is_job ? tuning_job_name(model, arena) : TEXT(""),
        .plan = plan,
        .told_steps = told_steps};
}

bool training_watch_put(struct space *space, const struct catalogue *catalogue,
    const struct store_model *model, int32_t told_steps)
{
    struct training_plan plan =
        tuned_model_plan(model, catalogue_find(catalogue, model->base_model));
    struct arena arena;
    arena_init_brief(&arena);
    struct training training = training_watch_training(model, &plan, told_steps, &arena);
    bool is_put = trainings_put(&space->trainings, &training);
    arena_release(&arena);
    return is_put;
}

static void training_walk_keep(struct training_walk *walk, const struct store_model *row)
{
    struct store_model model = store_copy_model(row, &walk->arena);
    struct training_plan *plan = arena_alloc(&walk->arena, sizeof(*plan));
    *plan = tuned_model_plan(&model, catalogue_find(walk->catalogue, model.base_model));
    walk->found[walk->finding.count++] =
        training_watch_training(&model, plan, TRAINING_TOLD_SINCE, &walk->arena);
}

static bool training_walk_visit(
    void *context, const struct store_model *model, const struct store_roles *roles)
{
    (void)roles;
    struct training_walk *walk = context;
    const struct base_model *base = catalogue_find(walk->catalogue, model->base_model);
    if (!model->fixed_state &&
        tuned_model_state(model, base, walk->since_ns) == TunedModel_State_CREATING)
        training_walk_keep(walk, model);
    walk->finding.last_seq = model->seq;
    walk->row_count++;
    walk->is_cut = walk->row_count == TRAININGS_SEARCH_ROWS_MAX ||
                   walk->arena.used_bytes >= TRAININGS_SEARCH_BYTES_MAX;
    return !walk->is_cut;
}

/* Jobs are listed from the newest on; those beyond the bound are not told of. */
static bool training_walk_visit_job(
    void *context, const struct store_model *job, const struct store_roles *roles)
{
    struct training_walk *walk = context;
    int64_t last_seq = walk->finding.last_seq;
    bool goes_on = training_walk_visit(walk, job, roles);
    walk->finding.last_seq = last_seq;
    return goes_on;
}

/* Goes on behind the row that the search has come to. */
static void training_walk_rows(
    struct training_walk *walk, struct store_reader *reader, const struct training_search *search)
{
    struct store_list list = {
        .namespace_id = walk->space->number, .of = STORE_LIST_ALL, .after_seq = search->after_seq};
    walk->finding.last_seq = search->after_seq;
    if (store_read_begin(reader) != STORE_OK)
        return;
    walk->found =
        arena_array(&walk->arena, 2 * (size_t)TRAININGS_SEARCH_ROWS_MAX, sizeof(*walk->found));
    walk->finding.trainings = walk->found;
    enum store_result result = STORE_OK;
    if (search->after_seq == 0) {
        struct store_list jobs = list;
        jobs.kind = STORE_TUNING_JOB;
        result = store_list_models(reader, &jobs, training_walk_visit_job, walk);
        walk->row_count = 0;
        walk->is_cut = false;
    }
    if (result == STORE_OK)
        result = store_list_models(reader, &list, training_walk_visit, walk);
    store_read_end(reader);
    if (result == STORE_OK && !walk->is_cut)
        walk->finding.last_seq = INT64_MAX;
}

/* True if there may be more. */
static bool training_watch_search(
    struct space *space, const struct catalogue *catalogue, struct store_reader *reader)
{
    struct training_search search;
    if (!trainings_begin_search(&space->trainings, &search))
        return false;
    struct training_walk walk = {
        .space = space, .catalogue = catalogue, .since_ns = search.since_ns};
    arena_init(&walk.arena);
    training_walk_rows(&walk, reader, &search);
    trainings_end_search(&space->trainings, &search, &walk.finding);
    arena_release(&walk.arena);
    return walk.finding.last_seq != INT64_MAX;
}

/* What spaces that nobody listens to any more have kept is needed. */
static void training_watch_make_room(void *context, struct space *space)
{
    (void)context;
    if (!events_are_wanted(&space->events))
        trainings_forget(&space->trainings);
}

void training_watch_begin(struct space *space)
{
    if (events_are_wanted(&space->events))
        return;
    trainings_forget(&space->trainings);
    if (budget_used(space->trainings.budget) > TRAININGS_BYTES_MAX / 2)
        spaces_visit(space->spaces, training_watch_make_room, NULL);
}

int64_t training_watch_tick(
    struct space *space, const struct catalogue *catalogue, struct store_reader *reader)
{
    bool has_more = training_watch_search(space, catalogue, reader);
    int64_t due_ns = trainings_tick(&space->trainings, false);
    return has_more ? 0 : due_ns;
}
