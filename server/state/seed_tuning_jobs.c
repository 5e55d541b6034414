#include "server/state/seed_tuning_jobs.h"

#include "server/state/job.h"
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

bool seed_tuning_jobs_add(struct seed_plan *plan, size_t index)
{
    const struct message *asked = message_child_at(plan->file, SeedFile_tuning_jobs, index);
    struct text name = message_text(asked, SeedTuningJob_name);
    const struct message *job = map_find(&plan->jobs, name);
    struct seed_row *row = seed_plan_new_row(plan, STORE_CREATE_MODEL, "tuningJobs", index);
    if (!tuning_job_file_read_name(name, &row->write.model, plan->arena))
        return seed_tuning_jobs_fail(plan, index,
            TEXT("needs a name of the form projects/{project}/locations/{location}/tuningJobs/"
                 "{number}, with a number that the emulator has given"));
    if (!job)
        return seed_tuning_jobs_fail(plan, index, TEXT("needs an entry of jobs"));
    return seed_tuning_jobs_trained(plan, asked, job, row);
}
