#include "server/contract/method.h"

#include "base/array.h"

#define BODY_NONE METHOD_BODY_NONE
#define BODY_ALL METHOD_BODY_ALL
#define BODY_FIELD(field) ((int)(field))

/* Every method of the table by its id. */
const struct method methods[METHOD_COUNT] = {
#define METHOD(                                                                                    \
    id, name, rpc, verb, path, parameter, body, request, response, strict, compat, flags)          \
    [METHOD_##id] = {name, rpc, path, sizeof(path) - 1, parameter, VERB_##verb, body,              \
        MESSAGE_##request, MESSAGE_##response, strict, compat, flags},
#include "server/contract/methods.def"
};

static const struct text verb_names[] = {
    [VERB_GET] = TEXT_INIT("GET"),
    [VERB_POST] = TEXT_INIT("POST"),
    [VERB_PATCH] = TEXT_INIT("PATCH"),
    [VERB_DELETE] = TEXT_INIT("DELETE"),
    [VERB_PUT] = TEXT_INIT("PUT"),
    [VERB_HEAD] = TEXT_INIT("HEAD"),
    [VERB_OPTIONS] = TEXT_INIT("OPTIONS"),
    [VERB_OTHER] = TEXT_INIT("OTHER"),
};

enum http_verb http_verb_parse(struct text name)
{
    for (int i = 0; i < VERB_OTHER; i++)
        if (text_equals(name, verb_names[i]))
            return (enum http_verb)i;
    return VERB_OTHER;
}

const char *http_verb_name(enum http_verb verb)
{
    return verb_names[verb].bytes;
}

enum method_subject method_subject(const struct method *method)
{
    static const struct {
        struct text prefix;
        unsigned service; /* METHOD_VERTEX or 0 */
        enum method_subject subject;
    } rows[] = {
        {TEXT_INIT("tunedModels/*"), 0, SUBJECT_TUNED_MODEL},
        {TEXT_INIT("models/tunedModels/*"), 0, SUBJECT_TUNED_MODEL},
        {TEXT_INIT("models/*"), 0, SUBJECT_BASE_MODEL},
        {TEXT_INIT("endpoints/*"), METHOD_VERTEX, SUBJECT_ENDPOINT},
        {TEXT_INIT("tuningJobs/*"), METHOD_VERTEX, SUBJECT_TUNING_JOB},
        {TEXT_INIT("/emulator/v1/tuningJobs/*"), 0, SUBJECT_TUNING_JOB},
        {TEXT_INIT("publishers/google/models/*"), METHOD_VERTEX, SUBJECT_PUBLISHER_MODEL},
        {TEXT_INIT("models/*"), METHOD_VERTEX, SUBJECT_VERTEX_MODEL},
    };
    unsigned service = method->flags & METHOD_VERTEX;
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++)
        if (service == rows[i].service && text_starts_with(text_of(method->path), rows[i].prefix))
            return rows[i].subject;
    return SUBJECT_OTHER;
}

bool method_has_version(
    const struct method *method, enum fidelity fidelity, enum api_version version)
{
    unsigned versions = fidelity == FIDELITY_STRICT ? method->strict : method->compat;
    bool is_vertex = method->flags & METHOD_VERTEX;
    return versions & 1U << version && (is_vertex || version != VERSION_V1BETA1);
}

enum api_version method_messages(
    const struct method *method, enum api_version version, enum fidelity fidelity)
{
    if (method->flags & METHOD_CONTROL)
        return VERSION_V1BETA;
    if (!(method->flags & METHOD_VERTEX))
        return api_version_of_messages(version, fidelity);
    bool is_own = message_types[method->request].package == PACKAGE_AIPLATFORM;
    return fidelity == FIDELITY_STRICT && is_own ? version : VERSION_V1BETA1;
}

enum message_id method_response_twin(enum message_id response)
{
    static const enum message_id twins[][2] = {
        {MESSAGE_GenerateContentResponse, MESSAGE_VertexGenerateContentResponse},
        {MESSAGE_CountTokensResponse, MESSAGE_VertexCountTokensResponse},
    };
    for (size_t i = 0; i < ARRAY_COUNT(twins); i++)
        if (response == twins[i][0] || response == twins[i][1])
            return response == twins[i][0] ? twins[i][1] : twins[i][0];
    return response;
}

bool method_body_message(const struct method *method, enum message_id *ret_id)
{
    if (method->body == METHOD_BODY_NONE)
        return false;
    *ret_id = method->body == METHOD_BODY_ALL
                  ? method->request
                  : (enum message_id)message_types[method->request].fields[method->body].type;
    return true;
}

struct text method_verb(const struct method *method)
{
    struct text path = text_of(method->path);
    return text_slice(path, text_find_byte(path, ':') + 1, path.len);
}
