/*
 * The experiments of tuning jobs in Vertex AI's metadata store: vertexai.tuning.sft asks for that
 * of its job with each refresh, and fails if it is not there.
 */
#include "server/api/handlers.h"
#include "server/api/tuning_access.h"
#include "server/call/vertex_name.h"
#include "server/state/tuning_job.h"

/* Looks for the job whose experiment has a name. */
struct vertex_contexts_search {
    struct call *call;
    struct text name;
    bool is_found;
    int64_t create_ns;
};

static bool vertex_contexts_visit(
    void *context, const struct store_model *job, const struct store_roles *roles)
{
    struct vertex_contexts_search *search = context;
    struct call *call = search->call;
    (void)roles;
    struct arena_mark mark = arena_mark(call->arena);
    search->create_ns = tuning_job_start_ns(job, tuning_access_base(call, job), call->now_ns);
    search->is_found = search->create_ns != STORE_NO_TIME &&
                       text_equals(tuning_job_experiment_name(job, call->arena), search->name);
    arena_rewind(call->arena, mark);
    return !search->is_found;
}

enum call_state vertex_contexts_get(struct call *call)
{
    struct vertex_contexts_search search = {.call = call, .name = vertex_name(call)};
    struct store_list list = {.namespace_id = call->space->number, .kind = STORE_TUNING_JOB};
    enum store_result result =
        store_list_models(call->reader, &list, vertex_contexts_visit, &search);
    if (result != STORE_OK)
        return call_fail_store(call, result);
    if (!search.is_found)
        return tuning_access_fail(call);
    struct message *answer = call_new_answer(call);
    message_set_text(answer, VertexContext_name, search.name);
    message_set_text(answer, VertexContext_display_name, call->ids[0]);
    message_set_int(answer, VertexContext_create_time, search.create_ns);
    message_set_int(answer, VertexContext_update_time, search.create_ns);
    message_set_text(answer, VertexContext_schema_title, TEXT("system.Experiment"));
    message_set_text(answer, VertexContext_schema_version, TEXT("0.0.1"));
    message_set_text(answer, VertexContext_metadata, TEXT("{\"experiment_deleted\":false}"));
    return call_answer(call, answer);
}
