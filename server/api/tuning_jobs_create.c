/*
 * tuningJobs.create: checks what is asked for, reads the data, and writes the job with all of it at
 * once (state/tuning_creation.h). Nothing is trained here: how far a job is follows from its plan
 * and the clock.
 */
#include "server/api/handlers.h"
#include "server/api/tuning_access.h"
#include "server/call/tuning_files.h"
#include "server/state/tuning_creation.h"
#include "server/state/tuning_data.h"
#include "server/state/tuning_job.h"

static enum call_state tuning_create_fail(struct call *call, const struct tuning_creation *creation)
{
    const struct tuning_problem *problem = &creation->problem;
    call_fail_with(call, problem->error, problem->argument_count, problem->arguments);
    if (problem->error == ERROR_VX_BASE && call->app->settings.fidelity == FIDELITY_COMPAT)
        call_hint_text(call,
            arena_printf(call->arena, "base models that can be tuned: %.*s",
                TEXT_ARGS(catalogue_published_tunable_ids(call->app->catalogue, call->arena))));
    if (problem->error == ERROR_VX_TUNING)
        call_hint(call, "supervisedTuningSpec and preferenceOptimizationSpec are emulated");
    return CALL_DONE;
}

/* The model part of a full name, "projects/P/locations/L/models/1@2"; empty unless it is of the
 * call's project and location. */
static struct text tuning_create_model_id(struct call *call, struct text name)
{
    struct text prefix = arena_printf(call->arena, "projects/%.*s/locations/%.*s/models/",
        TEXT_ARGS(call->project), TEXT_ARGS(call->location));
    return text_starts_with(name, prefix) ? text_slice(name, prefix.len, name.len) : TEXT("");
}

/* The checkpoint to continue. False if the call was answered. */
static bool tuning_create_find_checkpoint(
    struct call *call, struct tuning_creation *creation, struct tuning_parent *parent)
{
    struct text id = tuning_creation_checkpoint(creation);
    int64_t checkpoint = tuning_job_default_checkpoint(&parent->job);
    bool is_good = text_is_empty(id) || (text_parse_int64(id, &checkpoint) && checkpoint >= 1 &&
                                            checkpoint <= parent->job.checkpoint_count);
    parent->checkpoint = (uint32_t)checkpoint;
    if (is_good)
        return true;
    tuning_creation_refuse(creation, "pre_tuned_model.checkpoint_id",
        arena_printf(call->arena, "Checkpoint %.*s does not exist.", TEXT_ARGS(id)));
    tuning_create_fail(call, creation);
    return false;
}

/* The model version that the job continues. False if the call was answered. */
static bool tuning_create_find_parent(
    struct call *call, struct tuning_creation *creation, struct tuning_parent *parent)
{
    struct tuning_versions versions = tuning_access_versions(call);
    uint64_t model_number;
    int32_t version;
    struct text id = tuning_create_model_id(call, tuning_creation_parent_name(creation));
    enum store_result result = STORE_NOT_FOUND;
    if (tuning_access_parse_model(id, &model_number, &version))
        result = tuning_versions_find(&versions, model_number, version, &parent->job);
    if (result == STORE_OK && !tuning_access_is_here(call, &parent->job))
        result = STORE_NOT_FOUND;
    if (result == STORE_OK)
        result =
            tuning_versions_count(&versions, model_number, &parent->attempt, &parent->last_version);
    if (result == STORE_NOT_FOUND)
        call_fail_text(call, ERROR_VX_MISSING, TEXT("Model"));
    else if (result != STORE_OK)
        call_fail_store(call, result);
    return result == STORE_OK && tuning_create_find_checkpoint(call, creation, parent);
}

/* False if the call was answered. */
static bool tuning_create_find_base(struct call *call, struct tuning_creation *creation)
{
    bool is_continued = message_has(creation->asked, TuningJob_pre_tuned_model);
    struct tuning_parent parent;
    if (is_continued && !tuning_create_find_parent(call, creation, &parent))
        return false;
    bool is_found = tuning_creation_find_base(creation, is_continued ? &parent : NULL);
    if (!is_found)
        tuning_create_fail(call, creation);
    return is_found;
}

/* Draws until the number is a new one; what somebody else draws meanwhile is seen by the write.
 * False, with the call answered, if the store failed. */
static bool tuning_create_draw(struct call *call, struct tuning_creation *creation)
{
    enum store_result result = STORE_OK;
    tuning_creation_draw(
        creation, &call->dials, store_next_counter(call->app->store, call->space->number));
    while (result == STORE_OK) {
        struct store_model other;
        struct arena_mark mark = arena_mark(call->arena);
        result = store_find_model(
            call->reader, call->space->number, creation->write->model.id, call->arena, &other);
        arena_rewind(call->arena, mark);
        if (result == STORE_OK)
            tuning_creation_redraw(
                creation, &call->dials, store_next_counter(call->app->store, call->space->number));
    }
    if (result != STORE_NOT_FOUND)
        call_fail_store(call, result);
    return result == STORE_NOT_FOUND;
}

/* Reads one file; `ret_bytes` has bytes == NULL if there is nothing to train on: the job then says
 * why, or the call gets a hint. False if the call is to wait. */
static bool tuning_create_read_file(
    struct call *call, struct tuning_creation *creation, struct text uri, struct text *ret_bytes)
{
    struct text text;
    enum tuning_file file = tuning_files_get(call, uri, &text);
    bool is_lenient = file == TUNING_FILE_ABSENT && creation->fidelity == FIDELITY_COMPAT;
    *ret_bytes = (struct text){NULL, 0};
    if (file == TUNING_FILE_FOUND)
        *ret_bytes = text;
    else if (is_lenient && text_is_empty(creation->hint))
        creation->hint = text;
    else if (file != TUNING_FILE_WAIT && !is_lenient && text_is_empty(creation->data.problem))
        creation->data.problem = text;
    return file != TUNING_FILE_WAIT;
}

/* Reads what is in a file. False if the call was answered. */
static bool tuning_create_read_data(struct call *call, struct tuning_creation *creation,
    struct text bytes, bool is_validation, struct tuning_data *ret_data)
{
    struct tuning_data_asked asked = {
        .name = is_validation ? creation->validation_uri : creation->training_uri,
        .bytes = bytes,
        .is_preference = creation->is_preference,
        .is_validation = is_validation,
        .limits = &call->app->body_limits};
    *ret_data = (struct tuning_data){.example_count = 0};
    if (!bytes.bytes || tuning_data_read(&asked, call->arena, ret_data))
        return true;
    if (ret_data->is_busy) {
        struct text bound = arena_printf(call->arena, "%zu", call->app->body_limits.budget->max);
        call_fail_text(call, ERROR_BODY_BUSY, bound);
        return false;
    }
    if (text_is_empty(creation->data.problem))
        creation->data.problem = ret_data->problem;
    *ret_data = (struct tuning_data){.example_count = 0};
    return true;
}

/* What the job is trained on. The validation set is only looked at. False if the call was answered.
 */
static bool tuning_create_take_data(struct call *call, struct tuning_creation *creation,
    struct text training, struct text validation)
{
    struct tuning_data data, checked;
    if (!tuning_create_read_data(call, creation, training, false, &data) ||
        !tuning_create_read_data(call, creation, validation, true, &checked))
        return false;
    creation->data.examples = data.examples;
    creation->data.contexts = data.contexts;
    creation->data.count = data.example_count;
    creation->data.statistics = data.statistics;
    return true;
}

/* On the writer's thread, which has the call's arena until the second half. */
static void tuning_create_redraw(struct store_write *write)
{
    const struct call *call = write->redraw_context;
    tuning_creation_redraw(
        call->context, &call->dials, store_next_counter(call->app->store, call->space->number));
}

/* A story that was told of a job which is not there can be told again. */
static void tuning_create_settle(struct call *call)
{
    const struct tuning_creation *creation = call->context;
    stories_settle(call->space->stories, creation->plot.number, call->write->result == STORE_OK);
}

/* The second part of it: all that was asked for is there. */
static enum call_state tuning_create_submit(struct call *call, struct tuning_creation *creation)
{
    if (!tuning_creation_plan(creation))
        return tuning_create_fail(call, creation);
    /* It waits with the call for the write. */
    size_t data_bytes = examples_encoded_bytes(
        creation->data.examples, creation->data.contexts, creation->data.count);
    if (!call_hold_bytes(call, data_bytes))
        return CALL_DONE;
    tuning_creation_take_story(creation, call->space->stories);
    call->settle = tuning_create_settle;
    tuning_creation_finish(creation, &call->dials, call->now_ns);
    call->write->redraw = tuning_create_redraw;
    call->write->redraw_context = call;
    return call_submit(call);
}

enum call_state tuning_jobs_create(struct call *call)
{
    struct tuning_creation *creation = arena_alloc(call->arena, sizeof(*creation));
    call->context = creation;
    *creation = (struct tuning_creation){
        .arena = call->arena,
        .asked = message_make_child(call->in, CreateTuningJobRequest_tuning_job),
        .project = call->project,
        .location = call->location,
        .version = call->version,
        .fidelity = call->app->settings.fidelity,
        .catalogue = call->app->catalogue,
        .write = call_new_write(call, STORE_CREATE_MODEL),
    };
    if (!tuning_creation_check(creation))
        return tuning_create_fail(call, creation);
    if (!tuning_create_find_base(call, creation))
        return CALL_DONE;
    struct text training, validation = {NULL, 0};
    if (!tuning_create_read_file(call, creation, creation->training_uri, &training) ||
        (creation->validation_uri.len > 0 &&
            !tuning_create_read_file(call, creation, creation->validation_uri, &validation)))
        return tuning_files_wait(call);
    if (!tuning_create_draw(call, creation))
        return CALL_DONE;
    /* What a file has takes its time. */
    call_end_read(call);
    if (!tuning_create_take_data(call, creation, training, validation))
        return CALL_DONE;
    return tuning_create_submit(call, creation);
}

void tuning_jobs_create_finish(struct call *call)
{
    const struct store_model *job = &call->write->model;
    const struct tuning_creation *creation = call->context;
    if (creation->hint.len)
        call_hint_text(call, creation->hint);
    if (creation->plot.missed_number)
        call_hint_text(
            call, arena_printf(call->arena, "story %llu is of step %d, and the job has %d",
                      (unsigned long long)creation->plot.missed_number,
                      (int)creation->plot.missed_step, (int)job->total_steps));
    call_answer(call, tuning_job_message(job, creation->base, call->now_ns, call->messages, true,
                          call->arena, NULL));
}
