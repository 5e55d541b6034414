#include "server/state/seed_tuning_jobs.h"

#include "server/contract/project.h"
#include "server/state/job.h"
#include "server/state/tuning_creation.h"
#include "server/state/tuning_job.h"
#include "server/state/tuning_job_file.h"

static bool seed_tuning_jobs_fail(struct seed_plan *plan, size_t index, struct text reason)
{
    return seed_problems_add(plan->problems, "tuningJobs", index, reason);
}

/* One whose job says how far its training is. */
static bool seed_tuning_jobs_trained(struct seed_plan *plan, const struct message *asked,
    const struct message *job, struct seed_row *row)
{
    const char *problem = tuning_job_file_fill(&row->write, asked, plan->arena);
    if (problem)
        return seed_tuning_jobs_fail(plan, row->index, text_of(problem));
    problem = job_fill_tuning_job(&row->write.model, job, plan->arena);
    if (problem)
        return seed_tuning_jobs_fail(
            plan, row->index, arena_printf(plan->arena, "its job: %s", problem));
    return seed_plan_add_row(plan, row);
}

/* --- without a job --- */

/* Data are those of the file: no other is read for it. False with a problem. */
static bool seed_tuning_jobs_set_data(
    struct seed_plan *plan, const struct message *asked, struct tuning_creation *creation, size_t i)
{
    struct tuning_job_file_examples data;
    const char *problem = tuning_job_file_read_examples(asked, plan->arena, &data);
    if (problem)
        return seed_tuning_jobs_fail(plan, i, text_of(problem));
    creation->data.examples = data.examples;
    creation->data.contexts = data.contexts;
    creation->data.count = data.count;
    creation->data.statistics = message_text(asked, SeedTuningJob_tuning_data_stats);
    return true;
}

/* Makes the creation's write, as the handler of create does. */
static bool seed_tuning_jobs_create(
    struct seed_plan *plan, struct tuning_creation *creation, struct text id, size_t index)
{
    struct store_model *model = &creation->write->model;
    const struct dials *dials = &plan->parts->settings.dials;
    if (!tuning_creation_check(creation) || !tuning_creation_find_base(creation, NULL) ||
        !tuning_creation_plan(creation))
        return seed_tuning_jobs_fail(plan, index,
            text_trim(error_text(plan->arena, creation->problem.error, creation->problem.arguments,
                creation->problem.argument_count)));
    tuning_creation_draw(creation, dials, seed_plan_next_counter(plan));
    if (id.len) {
        model->id = id;
        model->model_number = tuning_job_number(model);
    }
    tuning_creation_take_story(creation, plan->parts->stories);
    stories_settle(plan->parts->stories, creation->plot.number, true);
    tuning_creation_finish(creation, dials, plan->now_ns);
    return true;
}

static bool seed_tuning_jobs_created(
    struct seed_plan *plan, const struct message *asked, struct seed_row *row)
{
    const struct message *tuning_job = message_child(asked, SeedTuningJob_tuning_job);
    struct store_model *model = &row->write.model;
    bool has_name = model->id.len > 0;
    struct tuning_creation creation = {
        .arena = plan->arena,
        .asked = tuning_job,
        .project = has_name ? model->project : TEXT(PROJECT_DEFAULT),
        .location = has_name ? model->location : TEXT(LOCATION_DEFAULT),
        .version = VERSION_V1BETA1,
        .fidelity = plan->fidelity,
        .catalogue = plan->catalogue,
        .write = &row->write,
    };
    if (!tuning_job)
        return seed_tuning_jobs_fail(plan, row->index, TEXT("needs a tuningJob"));
    if (message_has(tuning_job, TuningJob_pre_tuned_model))
        return seed_tuning_jobs_fail(plan, row->index,
            TEXT("tuningJob: preTunedModel: one that goes on from a model needs an entry of jobs"));
    return seed_tuning_jobs_set_data(plan, asked, &creation, row->index) &&
           seed_tuning_jobs_create(plan, &creation, model->id, row->index) &&
           seed_plan_add_row(plan, row);
}

bool seed_tuning_jobs_add(struct seed_plan *plan, size_t index)
{
    const struct message *asked = message_child_at(plan->file, SeedFile_tuning_jobs, index);
    struct text name = message_text(asked, SeedTuningJob_name);
    const struct message *job = map_find(&plan->jobs, name);
    struct seed_row *row = seed_plan_new_row(plan, STORE_CREATE_MODEL, "tuningJobs", index);
    if (name.len && !tuning_job_file_read_name(name, &row->write.model, plan->arena))
        return seed_tuning_jobs_fail(plan, index,
            TEXT("needs a name of the form projects/{project}/locations/{location}/tuningJobs/"
                 "{number}, with a number that the emulator has given, or none"));
    return name.len && job ? seed_tuning_jobs_trained(plan, asked, job, row)
                           : seed_tuning_jobs_created(plan, asked, row);
}
