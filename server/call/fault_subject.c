#include "server/call/fault_subject.h"

#include "server/call/body.h"
#include "server/state/catalogue.h"
#include "server/state/identity.h"

void fault_subject_init(struct fault_subject *subject, struct call *call, const char *status_name,
    int64_t retry_after_ns)
{
    *subject = (struct fault_subject){
        .call = call, .status_name = text_of(status_name), .retry_after_ns = retry_after_ns};
}

const struct message *fault_subject_request(struct fault_subject *subject)
{
    struct call *call = subject->call;
    if (!call->is_body_read) {
        struct decode_problems problems;
        decode_problems_init(&problems, call->arena);
        body_decode(call, &problems);
    }
    return call->in;
}

/* The TunedModel of a create's body; NULL for other calls. */
static const struct message *fault_subject_creation(struct fault_subject *subject)
{
    if (subject->call->method_id != METHOD_TUNED_MODELS_CREATE)
        return NULL;
    return message_child(fault_subject_request(subject), CreateTunedModelRequest_tuned_model);
}

/* The tuned model that a create starts from, without "tunedModels/"; empty: from none. */
static struct text fault_subject_source_id(struct fault_subject *subject)
{
    const struct message *creation = fault_subject_creation(subject);
    const struct message *source =
        creation ? message_child(creation, TunedModel_tuned_model_source) : NULL;
    struct text name = source ? message_text(source, TunedModelSource_tuned_model) : TEXT("");
    struct text prefix = TEXT("tunedModels/");
    return text_starts_with(name, prefix) ? text_slice(name, prefix.len, name.len) : name;
}

/* The two ids of an operation's or a permission's path, either of which may be empty. */
static void fault_subject_ids(
    const struct call *call, struct text *ret_model_id, struct text *ret_id)
{
    bool is_top_level = method_subject(call->method) == SUBJECT_OTHER;
    *ret_model_id = call->ids[0];
    *ret_id = call->ids[1];
    if (is_top_level && !identity_split_child(call->ids[0], "operations", ret_model_id, ret_id))
        *ret_model_id = *ret_id = TEXT("");
}

struct text fault_subject_new_id(struct fault_subject *subject)
{
    const struct message *creation = fault_subject_creation(subject);
    struct text id = TEXT(""), other;
    if (!creation) {
        fault_subject_ids(subject->call, &id, &other);
        return text_is_empty(id) ? FAULT_SUBJECT_NONE : id;
    }
    id = message_text(subject->call->in, CreateTunedModelRequest_tuned_model_id);
    if (!text_is_empty(id))
        return id;
    return identity_tuned_model_id(
        subject->call->arena, message_text(creation, TunedModel_display_name), ID_SUFFIX_LENGTH, 0);
}

struct text fault_subject_model_id(struct fault_subject *subject)
{
    struct text source = fault_subject_source_id(subject);
    return text_is_empty(source) ? fault_subject_new_id(subject) : source;
}

struct text fault_subject_resource(struct fault_subject *subject)
{
    bool is_base = method_subject(subject->call->method) == SUBJECT_BASE_MODEL;
    struct text id = fault_subject_new_id(subject);
    return arena_printf(
        subject->call->arena, "%s/%.*s", is_base ? "models" : "tunedModels", TEXT_ARGS(id));
}

/* Notes a failure: what was looked for may be there all the same. */
static void fault_subject_note(struct fault_subject *subject, enum store_result result)
{
    if (store_has_failed(result))
        subject->result = result;
}

/* Faults come before the handler, and its read. False if the store failed. */
static bool fault_subject_begin_read(struct fault_subject *subject)
{
    enum store_result result = store_read_begin(subject->call->reader);
    fault_subject_note(subject, result);
    return result == STORE_OK;
}

/* `result` is that of what was read. */
static void fault_subject_end_read(struct fault_subject *subject, enum store_result result)
{
    store_read_end(subject->call->reader);
    fault_subject_note(subject, result);
}

/* The base of a tuned model; empty if there is no such model. */
static struct text fault_subject_stored_base(struct fault_subject *subject, struct text model_id)
{
    struct call *call = subject->call;
    struct store_model model;
    if (text_is_empty(model_id) || !fault_subject_begin_read(subject))
        return TEXT("");
    enum store_result result =
        store_find_tuned_model(call->reader, call->space->number, model_id, call->arena, &model);
    fault_subject_end_read(subject, result);
    return result == STORE_OK ? model.base_model : TEXT("");
}

/* The base that spring 2025 tuned, where the call is about none. */
static struct text fault_subject_any_base(const struct catalogue *catalogue)
{
    for (size_t i = 0; i < catalogue_count(catalogue); i++) {
        const struct base_model *base = catalogue_at(catalogue, i);
        if (base_model_is_tunable(base) && !base->is_retired)
            return message_text(base->model, Model_name);
    }
    return TEXT("models/example");
}

/* Empty if the call is about none, or about a tuned model that is not there. */
static struct text fault_subject_known_base(struct fault_subject *subject)
{
    struct call *call = subject->call;
    const struct message *creation = fault_subject_creation(subject);
    struct text base = TEXT(""), model_id, other;
    if (method_subject(call->method) == SUBJECT_BASE_MODEL)
        return fault_subject_resource(subject);
    if (creation) {
        base = message_text(creation, TunedModel_base_model);
        model_id = fault_subject_source_id(subject);
    } else {
        fault_subject_ids(call, &model_id, &other);
    }
    return text_is_empty(base) ? fault_subject_stored_base(subject, model_id) : base;
}

struct text fault_subject_base(struct fault_subject *subject)
{
    struct text base = fault_subject_known_base(subject);
    return text_is_empty(base) ? fault_subject_any_base(subject->call->app->catalogue) : base;
}

/* What is counted are generations; for other calls it is the model of the recorded error. */
struct text fault_subject_quota_model(struct fault_subject *subject)
{
    struct text base = fault_subject_known_base(subject), prefix = TEXT("models/");
    if (text_is_empty(base) || method_verb(subject->call->method).len == 0)
        return TEXT("gemini-1.5-flash");
    return text_starts_with(base, prefix) ? text_slice(base, prefix.len, base.len) : base;
}

struct operation_search {
    struct arena *arena;
    struct text id;
};

static bool fault_subject_take_operation(void *context, const struct store_operation *operation,
    const struct store_model *model, int32_t role)
{
    struct operation_search *search = context;
    (void)model;
    (void)role;
    search->id = arena_text(search->arena, operation->id);
    return false;
}

struct text fault_subject_operation(struct fault_subject *subject)
{
    struct call *call = subject->call;
    struct text model_id, id;
    fault_subject_ids(call, &model_id, &id);
    bool is_operation = text_starts_with(text_of(call->method->rpc), TEXT("Operations."));
    struct operation_search search = {.arena = call->arena, .id = is_operation ? id : TEXT("")};
    if (text_is_empty(model_id))
        model_id = fault_subject_model_id(subject);
    if (text_is_empty(search.id) && fault_subject_begin_read(subject)) {
        enum store_result result = store_list_operations_of(
            call->reader, call->space->number, model_id, 0, fault_subject_take_operation, &search);
        fault_subject_end_read(subject, result);
    }
    if (text_is_empty(search.id))
        search.id = FAULT_SUBJECT_NONE;
    return arena_printf(
        call->arena, "tunedModels/%.*s/operations/%.*s", TEXT_ARGS(model_id), TEXT_ARGS(search.id));
}

struct text fault_subject_permission_id(struct fault_subject *subject)
{
    struct text id = subject->call->ids[1];
    return text_is_empty(id) ? FAULT_SUBJECT_NONE : id;
}

struct text fault_subject_method(struct fault_subject *subject)
{
    const struct method *method = subject->call->method;
    if (method->flags & METHOD_STREAMING)
        return TEXT("generateContent");
    if (subject->call->method_id == METHOD_TUNED_MODELS_CREATE)
        return TEXT("createTunedModel");
    struct text verb = method_verb(method), rpc = text_of(method->rpc);
    return verb.len ? verb : text_slice(rpc, text_find_byte(rpc, '.') + 1, rpc.len);
}
