#include "server/call/headers.h"
#include "server/contract/limits.h"
#include "server/control/handlers.h"
#include "server/space/space.h"
#include "server/state/change.h"
#include "server/state/state_file.h"
#include "server/state/tuning_job_file.h"

static enum call_state state_answer_file(
    struct call *call, const struct message *file, enum store_result result)
{
    if (file)
        return call_answer(call, file);
    if (result != STORE_OK)
        return call_fail_store(call, result);
    if (2 * call->arena->used_bytes > ANSWERS_BYTES_MAX)
        return call_fail_text(call, ERROR_CONTROL_STATE,
            TEXT("There is more than an answer can be: with --db, copy the database instead."));
    return call_fail(call, ERROR_SRV_ANSWERS_FULL);
}

static const struct message *state_file_of_tuned_model(
    struct call *call, struct text id, enum store_result *ret_result)
{
    return state_file_encode_model(call->space, call->reader, call->app->catalogue, id,
        call->now_ns, &call->reply->share, call->arena, ret_result);
}

/* `name` is that of the job's row, or, with project and location, a client's. */
static const struct message *state_file_of_tuning_job(
    struct call *call, struct text name, enum store_result *ret_result)
{
    struct store_model named = {.id = name};
    bool is_full = text_starts_with(name, TEXT("projects/"));
    if (is_full && !tuning_job_file_read_name(name, &named, call->arena)) {
        *ret_result = STORE_NOT_FOUND;
        return NULL;
    }
    const struct message *file = state_file_encode_tuning_job(
        call->space, call->reader, named.id, &call->reply->share, call->arena, ret_result);
    if (!file || !is_full)
        return file;
    const struct message *job = message_child_at(file, SeedFile_tuning_jobs, 0);
    if (text_equals(message_text(job, SeedTuningJob_name), name))
        return file;
    *ret_result = STORE_NOT_FOUND;
    return NULL;
}

static enum call_state state_get_model(struct call *call, struct text name)
{
    enum store_result result;
    const struct message *file;
    struct text prefix = TEXT("tunedModels/");
    if (text_starts_with(name, prefix))
        file = state_file_of_tuned_model(call, text_slice(name, prefix.len, name.len), &result);
    else if (text_starts_with(name, TEXT("tuningJobs/")) ||
             text_starts_with(name, TEXT("projects/")))
        file = state_file_of_tuning_job(call, name, &result);
    else
        return call_fail_text(call, ERROR_CONTROL_INVALID,
            arena_printf(call->arena,
                "model: must be tunedModels/{id} or tuningJobs/{number}, not \"%.*s\"",
                TEXT_ARGS(call_shown(name))));
    if (result == STORE_NOT_FOUND)
        return call_fail_text(call, ERROR_CONTROL_UNKNOWN, call_shown(name));
    return state_answer_file(call, file, result);
}

enum call_state control_state_get(struct call *call)
{
    enum store_result result;
    struct text name = message_text(call->in, GetStateRequest_model);
    if (name.len > 0)
        return state_get_model(call, name);
    const struct message *file = state_file_encode(call->space, call->app->store, call->reader,
        call->app->catalogue, call->now_ns, &call->reply->share, call->arena, &result);
    return state_answer_file(call, file, result);
}

static enum call_state state_change(struct call *call, const struct kept_seeds *seeds,
    const struct message *file, unsigned keep_requests)
{
    const struct change_source source = {.arena = call->arena,
        .space = call->space,
        .fidelity = call->app->settings.fidelity,
        .catalogue = call->app->catalogue,
        .seeds = seeds,
        .file = file,
        .keeps_requests = message_bool(call->in, keep_requests)};
    struct change *change = change_new(&source);
    call->context = change;
    return call_submit_batch(call, &change->batch);
}

/* A problem of seeds is none of the request. */
static void state_answer_change(struct call *call, enum error_id error)
{
    struct change *change = call->context;
    struct text problem = change_problem(change);
    if (change->batch.result == STORE_GIVEN_UP)
        problem = TEXT("The server stops; nothing was changed.");
    if (change->batch.result != STORE_OK) {
        call_fail_text(call, error, problem);
        return;
    }
    call->now_ns = clock_now_ns(&call->space->clock);
    headers_renew_date(call);
    call_answer_empty(call);
}

enum call_state control_state_reset(struct call *call)
{
    struct text to = message_text(call->in, ResetStateRequest_to);
    bool is_empty = text_equals_string(to, "empty");
    if (!is_empty && to.len && !text_equals_string(to, "seed"))
        return call_fail_text(call, ERROR_CONTROL_INVALID, TEXT("to: must be seed or empty"));
    return state_change(
        call, is_empty ? NULL : &call->app->kept_seeds, NULL, ResetStateRequest_keep_requests);
}

void control_state_reset_finish(struct call *call)
{
    state_answer_change(call, ERROR_CONTROL_STATE);
}

enum call_state control_state_import(struct call *call)
{
    /* Of a file that could not be written, rather than of nothing at all: that is {}. */
    if (text_is_empty(text_trim(call->request->body)))
        return call_fail_text(call, ERROR_CONTROL_INVALID, TEXT("The body is empty."));
    return state_change(call, NULL, message_child(call->in, ImportStateRequest_state),
        ImportStateRequest_keep_requests);
}

void control_state_import_finish(struct call *call)
{
    struct change *change = call->context;
    bool is_asked = change->batch.result != STORE_GIVEN_UP;
    state_answer_change(call, is_asked ? ERROR_CONTROL_INVALID : ERROR_CONTROL_STATE);
}
