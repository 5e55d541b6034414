#include "server/state/tuning_job.h"

#include <assert.h>

#include "base/timefmt.h"
#include "server/contract/limits.h"
#include "server/json/decode.h"
#include "server/json/write.h"
#include "server/sim/instant.h"
#include "server/sim/trainer.h"
#include "server/state/tuned_model.h"
#include "server/state/tuning_removal.h"
#include "server/state/vertex_number.h"

#define TUNING_JOB_ID_PREFIX TEXT("tuningJobs/")

/* The number in a row's id; false if there is none. */
static bool tuning_job_read_number(const struct store_model *job, uint64_t *ret_number)
{
    struct vertex_number number;
    if (!text_starts_with(job->id, TUNING_JOB_ID_PREFIX) ||
        !vertex_number_parse(text_slice(job->id, TUNING_JOB_ID_PREFIX.len, job->id.len), &number) ||
        number.kind != VERTEX_JOB)
        return false;
    *ret_number = number.job;
    return true;
}

static const char *tuning_job_problem(const struct store_model *job, bool is_deep)
{
    uint64_t number;
    if (!tuning_job_read_number(job, &number) || job->model_version < 1 ||
        job->model_number >> VERTEX_NUMBER_BITS_OF_JOB || text_is_empty(job->project) ||
        text_is_empty(job->location))
        return "it is a tuning job without a name";
    if (job->checkpoint_count > TUNING_CHECKPOINTS_MAX ||
        job->default_checkpoint > job->checkpoint_count)
        return "its checkpoints are none that a job has";
    if (job->fixed_state)
        return "the state of a tuning job follows from its training";
    if (!is_deep)
        return NULL;
    struct arena arena;
    struct decode_problems problems;
    arena_init(&arena);
    decode_problems_init(&problems, &arena);
    decode_body(
        job->job, message_new(&arena, MESSAGE_TuningJob, VERSION_V1BETA1), TEXT(""), &problems);
    bool is_good = !decode_problems_any(&problems);
    arena_release(&arena);
    return is_good ? NULL : "what was asked for is no JSON of a tuning job";
}

const char *tuning_job_row_problem(const struct store_model *row, bool is_deep)
{
    const char *problem = tuned_model_problem(row, is_deep);
    bool is_job = row->kind == (int32_t)STORE_TUNING_JOB;
    if (problem || !is_job)
        return problem ? problem
                       : (text_starts_with(row->id, TUNING_JOB_ID_PREFIX) ? "it is no tuning job"
                                                                          : NULL);
    return tuning_job_problem(row, is_deep);
}

/* --- how far it is --- */

/* Everything about a job at one moment. */
struct job_moment {
    const struct store_model *job;
    enum JobState state;
    int64_t start_ns, end_ns; /* STORE_NO_TIME: not yet, or never */
    int64_t next_ns;
    int32_t completed_steps;
    bool has_model; /* it was trained to the end */
};

static enum JobState job_moment_state(const struct training_progress *progress)
{
    if (!progress->is_ended)
        return progress->is_started ? JobState_JOB_STATE_RUNNING : JobState_JOB_STATE_PENDING;
    if (progress->end == TRAINING_END_FAILED)
        return JobState_JOB_STATE_FAILED;
    return progress->end == TRAINING_END_CANCELLED ? JobState_JOB_STATE_CANCELLED
                                                   : JobState_JOB_STATE_SUCCEEDED;
}

static struct job_moment job_moment_at(
    const struct store_model *job, const struct base_model *base, int64_t now_ns)
{
    struct training_plan plan = tuned_model_plan(job, base);
    struct training_progress progress = train_at(&plan, now_ns);
    struct job_moment moment = {.job = job,
        .state = job_moment_state(&progress),
        .start_ns = STORE_NO_TIME,
        .end_ns = STORE_NO_TIME,
        .next_ns = progress.next_ns,
        .completed_steps = progress.completed_steps};
    if (progress.is_ended)
        moment.end_ns = progress.complete_ns;
    /* One that ended where it was to begin never ran. */
    bool is_never = progress.is_ended && moment.end_ns <= instant_floor(job->start_ns) &&
                    moment.state != JobState_JOB_STATE_SUCCEEDED;
    if (progress.is_started && !is_never)
        moment.start_ns = instant_floor(job->start_ns);
    moment.has_model =
        moment.state == JobState_JOB_STATE_SUCCEEDED ||
        (moment.state == JobState_JOB_STATE_FAILED && progress.completed_steps == job->total_steps);
    return moment;
}

enum JobState tuning_job_state(
    const struct store_model *job, const struct base_model *base, int64_t now_ns)
{
    return job_moment_at(job, base, now_ns).state;
}

int64_t tuning_job_start_ns(
    const struct store_model *job, const struct base_model *base, int64_t now_ns)
{
    return job_moment_at(job, base, now_ns).start_ns;
}

int64_t tuning_job_end_ns(
    const struct store_model *job, const struct base_model *base, int64_t now_ns)
{
    return job_moment_at(job, base, now_ns).end_ns;
}

static bool tuning_job_is_removed(const struct store_model *job, uint32_t part)
{
    struct tuning_removal removal;
    return job->removed.len > 0 && tuning_removal_find(job->removed, part, &removal);
}

bool tuning_job_model_is_there(
    const struct store_model *job, const struct base_model *base, int64_t now_ns)
{
    return job_moment_at(job, base, now_ns).has_model &&
           !tuning_job_is_removed(job, TUNING_REMOVAL_MODEL);
}

bool tuning_job_may_make_model(
    const struct store_model *job, const struct base_model *base, int64_t now_ns)
{
    struct job_moment moment = job_moment_at(job, base, now_ns);
    return moment.has_model || moment.end_ns == STORE_NO_TIME;
}

bool tuning_job_endpoint_is_there(const struct store_model *job, const struct base_model *base,
    int64_t now_ns, uint32_t checkpoint)
{
    uint32_t count = (uint32_t)job->checkpoint_count;
    bool is_one = count > 0 ? checkpoint >= 1 && checkpoint <= count : checkpoint == 0;
    return is_one && tuning_job_state(job, base, now_ns) == JobState_JOB_STATE_SUCCEEDED &&
           !tuning_job_is_removed(job, TUNING_REMOVAL_MODEL) &&
           !tuning_job_is_removed(job, TUNING_REMOVAL_ENDPOINTS + checkpoint);
}

/* --- checkpoints --- */

uint32_t tuning_job_default_checkpoint(const struct store_model *job)
{
    return (
        uint32_t)(job->default_checkpoint > 0 ? job->default_checkpoint : job->checkpoint_count);
}

int64_t tuning_job_checkpoint_epoch(const struct store_model *job, uint32_t checkpoint)
{
    int64_t count = job->checkpoint_count;
    return count > 0 && checkpoint < count ? job->epoch_count * (int64_t)checkpoint / count
                                           : job->epoch_count;
}

int64_t tuning_job_checkpoint_step(const struct store_model *job, uint32_t checkpoint)
{
    int64_t epoch = tuning_job_checkpoint_epoch(job, checkpoint);
    if (epoch == job->epoch_count || job->batch_size < 1)
        return job->total_steps;
    return training_total_steps(job->example_count, (int32_t)epoch, job->batch_size);
}

/* --- names --- */

struct text tuning_job_row_id(uint64_t number, struct arena *arena)
{
    struct text digits = vertex_number_text(&(struct vertex_number){VERTEX_JOB, number, 0}, arena);
    return arena_joined(arena, TUNING_JOB_ID_PREFIX, digits);
}

uint64_t tuning_job_number(const struct store_model *job)
{
    uint64_t number = 0;
    bool is_good = tuning_job_read_number(job, &number);
    assert(is_good); /* tuning_job_row_problem */
    return number;
}

static struct text tuning_job_full_name(
    const struct store_model *job, struct text rest, struct arena *arena)
{
    return arena_printf(arena, "projects/%.*s/locations/%.*s/%.*s", TEXT_ARGS(job->project),
        TEXT_ARGS(job->location), TEXT_ARGS(rest));
}

struct text tuning_job_name(const struct store_model *job, struct arena *arena)
{
    return tuning_job_full_name(job, job->id, arena);
}

struct text tuning_job_model_name(
    const struct store_model *job, bool has_version, struct arena *arena)
{
    struct text digits =
        vertex_number_text(&(struct vertex_number){VERTEX_MODEL, job->model_number, 0}, arena);
    struct text name =
        tuning_job_full_name(job, arena_joined(arena, TEXT("models/"), digits), arena);
    return has_version ? arena_printf(arena, "%.*s@%d", TEXT_ARGS(name), (int)job->model_version)
                       : name;
}

struct text tuning_job_endpoint_name(
    const struct store_model *job, uint32_t checkpoint, struct arena *arena)
{
    struct text digits = vertex_number_text(
        &(struct vertex_number){VERTEX_ENDPOINT, tuning_job_number(job), checkpoint}, arena);
    return tuning_job_full_name(job, arena_joined(arena, TEXT("endpoints/"), digits), arena);
}

struct text tuning_job_operation_name(
    const struct store_model *job, uint32_t part, struct arena *arena)
{
    struct text digits = vertex_number_text(
        &(struct vertex_number){VERTEX_OPERATION, tuning_job_number(job), part}, arena);
    return tuning_job_full_name(job, arena_joined(arena, TEXT("operations/"), digits), arena);
}

/* Its stamp is the time when the job began to run, to the microsecond, in California's winter. */
struct text tuning_job_experiment_name(const struct store_model *job, struct arena *arena)
{
    char stamp[TIME_TEXT_MAX];
    time_format(instant_subtract(job->start_ns, INT64_C(8) * 3600 * NS_PER_SECOND), stamp);
    char digits[sizeof("20241103131117085279")] = "00000000000000000000";
    for (size_t from = 0, to = 0; stamp[from] && to < sizeof(digits) - 1; from++)
        if (stamp[from] >= '0' && stamp[from] <= '9')
            digits[to++] = stamp[from];
    return tuning_job_full_name(job,
        arena_printf(arena, "metadataStores/default/contexts/tuning-experiment-%s", digits), arena);
}

/* --- the message --- */

struct text tuning_job_asked_text(const struct message *asked, struct arena *arena)
{
    struct message *kept = message_clone(arena, asked);
    for (unsigned i = 0; i < kept->type->field_count; i++)
        if (kept->type->fields[i].flags & FIELD_OUTPUT_ONLY)
            message_clear(kept, i);
    return json_text(kept, arena);
}

struct message *tuning_job_asked(
    const struct store_model *job, enum api_version version, struct arena *arena)
{
    struct message *asked = message_new(arena, MESSAGE_TuningJob, version);
    struct decode_problems problems;
    decode_problems_init(&problems, arena);
    decode_body(job->job, asked, TEXT(""), &problems);
    return asked;
}

static void job_moment_fill_tuned_model(const struct job_moment *moment, struct message *message)
{
    const struct store_model *job = moment->job;
    struct arena *arena = message->arena;
    struct message *tuned = message_make_child(message, TuningJob_tuned_model);
    message_set_text(tuned, VertexTunedModel_model, tuning_job_model_name(job, true, arena));
    if (moment->state != JobState_JOB_STATE_SUCCEEDED)
        return;
    message_set_text(tuned, VertexTunedModel_endpoint,
        tuning_job_endpoint_name(job, tuning_job_default_checkpoint(job), arena));
    for (uint32_t i = 1; i <= (uint32_t)job->checkpoint_count; i++) {
        struct message *checkpoint = message_add_child(tuned, VertexTunedModel_checkpoints);
        message_set_text(
            checkpoint, TunedModelCheckpoint_checkpoint_id, arena_printf(arena, "%u", i));
        message_set_int(
            checkpoint, TunedModelCheckpoint_epoch, tuning_job_checkpoint_epoch(job, i));
        message_set_int(checkpoint, TunedModelCheckpoint_step, tuning_job_checkpoint_step(job, i));
        message_set_text(
            checkpoint, TunedModelCheckpoint_endpoint, tuning_job_endpoint_name(job, i, arena));
    }
}

/* What there is once the job runs. */
static void job_moment_fill_run(const struct job_moment *moment, struct message *message)
{
    const struct store_model *job = moment->job;
    message_set_int(message, TuningJob_start_time, moment->start_ns);
    message_set_text(
        message, TuningJob_experiment, tuning_job_experiment_name(job, message->arena));
    message_set_text_if(message, TuningJob_tuning_data_stats, job->statistics);
    struct message *metadata = message_make_child(message, TuningJob_tuning_job_metadata);
    int64_t epochs = job->total_steps > 0
                         ? (int64_t)moment->completed_steps * job->epoch_count / job->total_steps
                         : 0;
    message_set_int(metadata, TuningJobMetadata_completed_epoch_count, epochs);
    message_set_int(metadata, TuningJobMetadata_completed_step_count, moment->completed_steps);
    if (moment->state == JobState_JOB_STATE_RUNNING)
        message_set_int(
            message, TuningJob_tuning_job_state, TuningJobState_TUNING_JOB_STATE_TUNING);
}

static void job_moment_fill_end(const struct job_moment *moment, struct message *message)
{
    const struct store_model *job = moment->job;
    message_set_int(message, TuningJob_end_time, moment->end_ns);
    if (moment->has_model)
        job_moment_fill_tuned_model(moment, message);
    if (moment->state == JobState_JOB_STATE_SUCCEEDED)
        return;
    struct message *error = message_make_child(message, TuningJob_error);
    message_set_int(error, Status_code, job->end_code);
    message_set_text_if(error, Status_message, job->end_message);
}

static void job_moment_fill(const struct job_moment *moment, struct message *message)
{
    const struct store_model *job = moment->job;
    int64_t update_ns = moment->end_ns != STORE_NO_TIME     ? moment->end_ns
                        : moment->start_ns != STORE_NO_TIME ? moment->start_ns
                                                            : job->update_ns;
    message_set_int(message, TuningJob_state, moment->state);
    if (job->create_ns != STORE_NO_TIME)
        message_set_int(message, TuningJob_create_time, job->create_ns);
    if (update_ns != STORE_NO_TIME)
        message_set_int(message, TuningJob_update_time, update_ns);
    if (moment->state == JobState_JOB_STATE_PENDING)
        message_set_int(message, TuningJob_tuning_job_state,
            TuningJobState_TUNING_JOB_STATE_PROCESSING_DATASET);
    if (moment->start_ns != STORE_NO_TIME)
        job_moment_fill_run(moment, message);
    if (moment->end_ns != STORE_NO_TIME)
        job_moment_fill_end(moment, message);
}

struct message *tuning_job_message(const struct store_model *job, const struct base_model *base,
    int64_t now_ns, enum api_version version, bool is_first, struct arena *arena,
    int64_t *ret_next_ns)
{
    struct job_moment moment = job_moment_at(job, base, now_ns);
    if (ret_next_ns)
        *ret_next_ns = moment.next_ns;
    if (is_first) {
        moment.state = JobState_JOB_STATE_PENDING;
        moment.start_ns = moment.end_ns = STORE_NO_TIME;
    }
    struct message *message = tuning_job_asked(job, version, arena);
    message_set_text(message, TuningJob_name, tuning_job_name(job, arena));
    struct message *continued = message_child(message, TuningJob_pre_tuned_model);
    if (continued)
        message_set_text(continued, PreTunedModel_base_model,
            text_slice(job->base_model, TEXT("models/").len, job->base_model.len));
    job_moment_fill(&moment, message);
    return message;
}
