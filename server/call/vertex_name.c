#include "server/call/vertex_name.h"

#include "base/array.h"

struct text vertex_parent(const struct call *call)
{
    return arena_printf(call->arena, "projects/%.*s/locations/%.*s", TEXT_ARGS(call->project),
        TEXT_ARGS(call->location));
}

struct text vertex_name(const struct call *call)
{
    struct text template = text_of(call->method->path);
    struct text rest = text_slice(template, 0, text_find_byte(template, ':'));
    struct text name = vertex_parent(call);
    for (size_t id_count = 0; rest.bytes;) {
        struct text part = text_split(&rest, '/');
        if (text_equals_string(part, "*"))
            part = call->ids[id_count++];
        name = arena_printf(call->arena, "%.*s/%.*s", TEXT_ARGS(name), TEXT_ARGS(part));
    }
    return name;
}

struct text vertex_kind(const struct method *method)
{
    static const struct {
        struct text collection, kind;
    } rows[] = {
        {TEXT_INIT("tuningJobs"), TEXT_INIT("TuningJob")},
        {TEXT_INIT("endpoints"), TEXT_INIT("Endpoint")},
        {TEXT_INIT("publishers"), TEXT_INIT("PublisherModel")},
        {TEXT_INIT("models"), TEXT_INIT("Model")},
        {TEXT_INIT("metadataStores"), TEXT_INIT("Context")},
    };
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++)
        if (text_starts_with(text_of(method->path), rows[i].collection))
            return rows[i].kind;
    return TEXT("Operation");
}

struct text vertex_permission(const struct method *method, struct arena *arena)
{
    struct text verb = text_of(method->name);
    struct text resource = text_split(&verb, '.'), own = TEXT("vertexModels");
    enum method_subject subject = method_subject(method);
    bool is_model = subject == SUBJECT_ENDPOINT || subject == SUBJECT_PUBLISHER_MODEL;
    if (is_model && method_verb(method).len > 0)
        return TEXT("aiplatform.endpoints.predict");
    if (text_equals(resource, own))
        resource = TEXT("models");
    if (text_equals_string(verb, "patch"))
        verb = TEXT("update");
    return arena_printf(arena, "aiplatform.%.*s.%.*s", TEXT_ARGS(resource), TEXT_ARGS(verb));
}
