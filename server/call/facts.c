#include "server/call/facts.h"

#include "base/hash.h"
#include "server/call/caller.h"
#include "server/call/vertex_name.h"
#include "server/sim/unicode.h"
#include "server/space/method_set.h"
#include "server/state/callers.h"
#include "server/state/content.h"
#include "server/state/identity.h"
#include "server/state/vertex_number.h"

/* Of the hash from which the name of a caller is made; not that of addresses, which are shown, too.
 */
#define FACTS_CALLER_SEED UINT64_C(0x63616c6c6572)
enum { FACTS_CALLER_DIGITS = 8 };

int facts_method(const struct call *call)
{
    if (!call->method)
        return MATCH_NO_METHOD;
    return method_set_stands_for((int)call->method_id);
}

bool facts_fail_spent(struct call *call, const char *plural)
{
    if (call->match_steps_left > 0)
        return false;
    call_fail_text(call, ERROR_CONTROL_INVALID,
        arena_printf(call->arena,
            "the matches of all %s take too long with this call: delete some, have them look for "
            "less, or send less",
            plural));
    return true;
}

/* Empty: a create's that is to be given one. */
static struct text facts_new_model_id(const struct call *call)
{
    const struct store_write *write = call->write;
    if (write && write->kind == STORE_CREATE_MODEL)
        return write->model.id;
    return message_text(call->in, CreateTunedModelRequest_tuned_model_id);
}

/* Of Vertex AI; empty of a collection. */
static struct text facts_vertex_model(const struct call *call, enum method_subject subject)
{
    if (subject == SUBJECT_OTHER || text_is_empty(call->ids[0]))
        return TEXT("");
    return subject == SUBJECT_PUBLISHER_MODEL
               ? arena_joined(call->arena, TEXT("publishers/google/models/"), call->ids[0])
               : vertex_name(call);
}

struct text facts_model(const struct call *call)
{
    if (call->model.bytes)
        return call->model;
    if (!call->method)
        return TEXT("");
    enum method_subject subject = method_subject(call->method);
    if (call->method->flags & METHOD_VERTEX)
        return facts_vertex_model(call, subject);
    struct text id = call->ids[0], model_id, child_id;
    if (call->method_id == METHOD_TUNED_MODELS_CREATE)
        id = facts_new_model_id(call);
    else if (subject == SUBJECT_OTHER &&
             identity_split_child(id, "operations", &model_id, &child_id))
        id = model_id;
    else if (subject == SUBJECT_OTHER)
        return TEXT("");
    if (text_is_empty(id))
        return TEXT("");
    return arena_joined(
        call->arena, subject == SUBJECT_BASE_MODEL ? TEXT("models/") : TEXT("tunedModels/"), id);
}

/* The name of the job that an endpoint belongs to, without its project; empty: of none. */
static struct text facts_job_of_endpoint(const struct call *call)
{
    struct vertex_number number;
    if (!vertex_number_parse(call->ids[0], &number) || number.kind != VERTEX_ENDPOINT)
        return TEXT("");
    return arena_joined(call->arena, TEXT("tuningJobs/"),
        vertex_number_text(
            &(struct vertex_number){.kind = VERTEX_JOB, .job = number.job}, call->arena));
}

size_t facts_model_forms(const struct call *call, struct text ret_forms[FACTS_MODEL_FORMS_MAX])
{
    size_t count = 0;
    enum method_subject subject = call->method ? method_subject(call->method) : SUBJECT_OTHER;
    if (subject == SUBJECT_TUNING_JOB)
        ret_forms[count++] = arena_joined(call->arena, TEXT("tuningJobs/"), call->ids[0]);
    if (subject != SUBJECT_ENDPOINT)
        return count;
    ret_forms[count++] = arena_joined(call->arena, TEXT("endpoints/"), call->ids[0]);
    struct text job = facts_job_of_endpoint(call);
    if (text_is_empty(job))
        return count;
    ret_forms[count++] = job;
    ret_forms[count++] =
        arena_printf(call->arena, "%.*s/%.*s", TEXT_ARGS(vertex_parent(call)), TEXT_ARGS(job));
    return count;
}

struct text facts_caller(const struct call *call)
{
    struct text credential;
    enum credential_kind kind = caller_credential(call, &credential);
    if (kind == CREDENTIAL_NONE)
        return TEXT("anonymous");
    const struct text *email = caller_listed_email(call, kind, credential);
    if (email)
        return *email;
    char digits[FACTS_CALLER_DIGITS];
    uint64_t hash = hash_text(FACTS_CALLER_SEED, credential);
    for (size_t i = 0; i < sizeof(digits); i++, hash >>= 4)
        digits[i] = "0123456789abcdef"[hash & 15];
    return arena_joined(call->arena, kind == CREDENTIAL_KEY ? TEXT("key-") : TEXT("token-"),
        (struct text){digits, sizeof(digits)});
}

/* The last content of the list that is not the model's; NULL: there is none. */
static const struct message *facts_last_content(const struct message *request, unsigned contents)
{
    for (size_t i = message_count(request, contents); i > 0; i--) {
        const struct message *content = message_child_at(request, contents, i - 1);
        if (!text_equals_ignoring_case(message_text(content, Content_role), TEXT("model")))
            return content;
    }
    return NULL;
}

static const struct message *facts_content(const struct message *in)
{
    if (message_is(in, MESSAGE_GenerateContentRequest))
        return facts_last_content(in, GenerateContentRequest_contents);
    if (message_is(in, MESSAGE_EmbedContentRequest))
        return message_child(in, EmbedContentRequest_content);
    if (!message_is(in, MESSAGE_CountTokensRequest))
        return NULL;
    const struct message *whole = message_child(in, CountTokensRequest_generate_content_request);
    return whole ? facts_last_content(whole, GenerateContentRequest_contents)
                 : facts_last_content(in, CountTokensRequest_contents);
}

static struct text facts_text(const struct message *in, struct arena *arena)
{
    if (message_is(in, MESSAGE_GenerateTextRequest)) {
        const struct message *prompt = message_child(in, GenerateTextRequest_prompt);
        return prompt ? message_text(prompt, TextPrompt_text) : TEXT("");
    }
    const struct message *content = facts_content(in);
    return content ? content_text(content, arena) : TEXT("");
}

struct text facts_prompt(const struct call *call)
{
    if (call->prompt.bytes)
        return call->prompt;
    return call->in ? facts_text(call->in, call->arena) : TEXT("");
}

struct prompt facts_prompt_forms_of(const struct message *in, struct arena *arena)
{
    const struct message *content = facts_content(in);
    struct text whole = content ? TEXT("") : facts_text(in, arena);
    struct prompt prompt =
        content ? content_prompt(content, arena) : prompt_of_parts(&whole, 1, arena);
    /* Who looks for an input among examples trims both; who looks for a text means all of it. */
    for (size_t i = 1; i < prompt.form_count; i++)
        prompt.forms[i] = unicode_trim(prompt.forms[i]);
    return prompt;
}

struct prompt facts_prompt_forms(const struct call *call)
{
    enum method_subject subject = call->in ? method_subject(call->method) : SUBJECT_OTHER;
    if (subject == SUBJECT_TUNED_MODEL || subject == SUBJECT_ENDPOINT)
        return facts_prompt_forms_of(call->in, call->arena);
    return (struct prompt){.forms = {facts_prompt(call)}, .form_count = 1};
}
