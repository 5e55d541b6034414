#include "server/call/vertex_name.h"

#include "base/array.h"

/* Names are made for each answer that a model gives; printf would take ten times as long. */
static struct text vertex_name_join(struct arena *arena, const struct text *parts, size_t count)
{
    size_t len = 0, at = 0;
    for (size_t i = 0; i < count; i++)
        len += parts[i].len;
    char *bytes = arena_alloc(arena, len);
    for (size_t i = 0; i < count; at += parts[i++].len)
        memcpy(bytes + at, parts[i].bytes, parts[i].len);
    return (struct text){bytes, len};
}

struct text vertex_parent(const struct call *call)
{
    const struct text parts[] = {
        TEXT("projects/"), call->project, TEXT("/locations/"), call->location};
    return vertex_name_join(call->arena, parts, ARRAY_COUNT(parts));
}

struct text vertex_name(const struct call *call)
{
    struct text template = {call->method->path, call->method->path_bytes};
    struct text rest = text_slice(template, 0, text_find_byte(template, ':'));
    struct text parts[6 + 2 * ROUTE_STARS_MAX] = {
        TEXT("projects/"), call->project, TEXT("/locations/"), call->location, TEXT("/")};
    size_t count = 5;
    for (size_t i = 0; rest.bytes && i < ROUTE_STARS_MAX; i++) {
        parts[count++] = text_split(&rest, '*');
        if (rest.bytes)
            parts[count++] = call->ids[i];
    }
    return vertex_name_join(call->arena, parts, count);
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
