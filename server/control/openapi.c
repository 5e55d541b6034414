/* GET /emulator/v1/openapi.json: the control API as an OpenAPI 3.1 document, made from the tables.
 */
#include "base/array.h"
#include "base/ascii.h"
#include "base/version.h"
#include "server/contract/notes.h"
#include "server/control/handlers.h"
#include "server/json/schema.h"

/* What is being written. */
struct openapi {
    struct arena *arena;
    struct schema_set schemas;
    struct json_document json;
};

/* The errors that a call can have for what it is; others are in its responses as "default". */
static const struct {
    const char *status;
    unsigned flags;     /* the call has one of these; 0: any call */
    unsigned not_flags; /* and none of these */
    bool is_of_path;    /* and its path has a star */
    const char *description;
} openapi_errors[] = {
    {"400", 0, 0, false, "A field or a parameter is wrong or unknown, or it cannot be done now."},
    {"401", 0, METHOD_ANY_HOST, false, "--control-token: X-Emulator-Token is missing or wrong."},
    {"403", 0, 0, false, "It comes from a web page of another origin, or by an unknown host name."},
    {"404", 0, 0, true, "What the path names is not there."},
    {"504", METHOD_WATCHES, 0, false, "Its time is over."},
    {"default", 0, 0, false, "Any other error."},
};

/* By either of these a call that is not about the process may name its namespace. */
static const struct {
    const char *name, *place;
} openapi_namespaces[] = {
    {"namespace", "query"},
    {"X-Emulator-Namespace", "header"},
};

static bool openapi_has_method(int id)
{
    return methods[id].flags & METHOD_CONTROL;
}

/* "/emulator/v1/faults/{id}": the second star is {id2}. */
static struct text openapi_path(struct openapi *openapi, const char *path)
{
    struct buf template = BUF_INIT;
    int star_count = 0;
    for (const char *at = path; *at; at++)
        if (*at != '*')
            buf_add_byte(&template, *at);
        else if (++star_count == 1)
            buf_add_text(&template, TEXT("{id}"));
        else
            buf_printf(&template, "{id%d}", star_count);
    struct text text = arena_text(openapi->arena, buf_text(&template));
    buf_release(&template);
    return text;
}

static int openapi_star_count(const struct method *method)
{
    int count = 0;
    for (const char *at = method->path; *at; at++)
        count += *at == '*';
    return count;
}

static struct text openapi_verb(struct openapi *openapi, const struct method *method)
{
    struct text verb = text_of(http_verb_name(method->verb));
    char *lower = arena_copy(openapi->arena, verb.bytes, verb.len);
    for (size_t i = 0; i < verb.len; i++)
        lower[i] = ascii_to_lower(lower[i]);
    return (struct text){lower, verb.len};
}

/* --- one call --- */

static void openapi_begin_parameter(struct openapi *openapi, struct text name, const char *place)
{
    struct json_document *json = &openapi->json;
    json_document_open_object(json, TEXT(""));
    json_document_add_string(json, TEXT("name"), name);
    json_document_add_string(json, TEXT("in"), text_of(place));
}

static void openapi_write_string_schema(struct openapi *openapi)
{
    struct json_document *json = &openapi->json;
    json_document_open_object(json, TEXT("schema"));
    json_document_add_string(json, TEXT("type"), TEXT("string"));
    json_document_close_object(json);
}

static void openapi_write_path_parameter(struct openapi *openapi, int star)
{
    struct json_document *json = &openapi->json;
    struct text name = star == 1 ? TEXT("id") : arena_printf(openapi->arena, "id%d", star);
    openapi_begin_parameter(openapi, name, "path");
    json_document_add_true(json, TEXT("required"));
    openapi_write_string_schema(openapi);
    json_document_close_object(json);
}

static void openapi_write_query_parameter(
    struct openapi *openapi, const struct method *method, unsigned index)
{
    struct json_document *json = &openapi->json;
    const struct field *field = &message_types[method->request].fields[index];
    openapi_begin_parameter(openapi, field->json_name, "query");
    if (field->flags & FIELD_REQUIRED)
        json_document_add_true(json, TEXT("required"));
    json_document_open_object(json, TEXT("schema"));
    schema_write_field(&openapi->schemas, method->request, index, json);
    json_document_close_object(json);
    json_document_close_object(json);
}

static void openapi_write_namespace_references(struct openapi *openapi)
{
    struct json_document *json = &openapi->json;
    for (size_t i = 0; i < ARRAY_COUNT(openapi_namespaces); i++) {
        json_document_open_object(json, TEXT(""));
        json_document_add_string(json, TEXT("$ref"),
            arena_printf(openapi->arena, "#/components/parameters/%s", openapi_namespaces[i].name));
        json_document_close_object(json);
    }
}

static void openapi_write_parameters(struct openapi *openapi, const struct method *method)
{
    struct json_document *json = &openapi->json;
    json_document_open_list(json, TEXT("parameters"));
    for (int star = 1; star <= openapi_star_count(method); star++)
        openapi_write_path_parameter(openapi, star);
    for (int i = 0; i < message_types[method->request].field_count; i++)
        if (method->body != METHOD_BODY_ALL && method->body != i)
            openapi_write_query_parameter(openapi, method, (unsigned)i);
    if (!(method->flags & METHOD_PROCESS))
        openapi_write_namespace_references(openapi);
    json_document_close_list(json);
}

static void openapi_write_content(struct openapi *openapi, enum message_id id)
{
    struct json_document *json = &openapi->json;
    json_document_open_object(json, TEXT("content"));
    json_document_open_object(json, TEXT("application/json"));
    json_document_open_object(json, TEXT("schema"));
    schema_write_reference(&openapi->schemas, id, json);
    json_document_close_object(json);
    json_document_close_object(json);
    json_document_close_object(json);
}

static void openapi_write_body(struct openapi *openapi, const struct method *method)
{
    struct json_document *json = &openapi->json;
    enum message_id body;
    if (!method_body_message(method, &body))
        return;
    json_document_open_object(json, TEXT("requestBody"));
    openapi_write_content(openapi, body);
    json_document_close_object(json);
}

/* A response; `message` as in struct other_answer. */
static void openapi_write_response(
    struct openapi *openapi, struct text status, int message, struct text description)
{
    struct json_document *json = &openapi->json;
    json_document_open_object(json, status);
    json_document_add_string(json, TEXT("description"), description);
    if (message != MESSAGE_COUNT)
        openapi_write_content(openapi, (enum message_id)message);
    json_document_close_object(json);
}

static void openapi_write_errors(struct openapi *openapi, const struct method *method)
{
    struct json_document *json = &openapi->json;
    for (size_t i = 0; i < ARRAY_COUNT(openapi_errors); i++) {
        bool has_flags = !openapi_errors[i].flags || method->flags & openapi_errors[i].flags;
        bool has_path = !openapi_errors[i].is_of_path || openapi_star_count(method) > 0;
        if (!has_flags || !has_path || method->flags & openapi_errors[i].not_flags)
            continue;
        struct text name = text_of(openapi_errors[i].status);
        json_document_open_object(json, name);
        json_document_add_string(json, TEXT("$ref"),
            arena_printf(openapi->arena, "#/components/responses/%.*s", TEXT_ARGS(name)));
        json_document_close_object(json);
    }
}

/* What a call answers: its message, unless another 200 takes the place of it; the other answers;
 * errors. */
static void openapi_write_responses(struct openapi *openapi, enum method_id id)
{
    struct json_document *json = &openapi->json;
    struct text summary = note_summary(id);
    const struct other_answer *answer;
    bool has_other = false;
    size_t position = 0;
    while ((answer = note_next_answer(id, &position)))
        has_other = has_other || answer->status == 200;

    json_document_open_object(json, TEXT("responses"));
    if (!has_other)
        openapi_write_response(openapi, TEXT("200"), (int)methods[id].response, summary);
    position = 0;
    while ((answer = note_next_answer(id, &position)))
        openapi_write_response(openapi, arena_printf(openapi->arena, "%d", answer->status),
            answer->message, answer->text);
    openapi_write_errors(openapi, &methods[id]);
    json_document_close_object(json);
}

static void openapi_write_call(struct openapi *openapi, enum method_id id)
{
    struct json_document *json = &openapi->json;
    struct text name = text_of(methods[id].name);
    text_split(&name, '.'); /* "control" */
    json_document_open_object(json, openapi_verb(openapi, &methods[id]));
    json_document_add_string(json, TEXT("operationId"), name);
    json_document_add_string(json, TEXT("summary"), note_summary(id));
    json_document_open_list(json, TEXT("tags"));
    json_document_add_string(json, TEXT(""), text_slice(name, 0, text_find_byte(name, '.')));
    json_document_close_list(json);
    if (methods[id].flags & METHOD_ANY_HOST) {
        json_document_open_list(json, TEXT("security"));
        json_document_close_list(json);
    }
    openapi_write_parameters(openapi, &methods[id]);
    openapi_write_body(openapi, &methods[id]);
    openapi_write_responses(openapi, id);
    json_document_close_object(json);
}

/* --- the document --- */

static bool openapi_is_same_path(int id, int other)
{
    return openapi_has_method(other) &&
           text_equals(text_of(methods[id].path), text_of(methods[other].path));
}

/* All calls of a path, with the first of them. */
static void openapi_write_path(struct openapi *openapi, int id)
{
    for (int earlier = 0; earlier < id; earlier++)
        if (openapi_is_same_path(id, earlier))
            return;
    json_document_open_object(&openapi->json, openapi_path(openapi, methods[id].path));
    for (int other = id; other < METHOD_COUNT; other++)
        if (openapi_is_same_path(id, other))
            openapi_write_call(openapi, (enum method_id)other);
    json_document_close_object(&openapi->json);
}

static void openapi_write_head(struct openapi *openapi, struct text url)
{
    struct json_document *json = &openapi->json;
    json_document_add_string(json, TEXT("openapi"), TEXT("3.1.0"));
    json_document_open_object(json, TEXT("info"));
    json_document_add_string(json, TEXT("title"), TEXT("tunemock control API"));
    json_document_add_string(json, TEXT("description"),
        TEXT("What the emulator adds to the service, for the tests that use it."));
    json_document_add_string(json, TEXT("version"), TEXT(TUNEMOCK_VERSION));
    json_document_close_object(json);
    json_document_open_list(json, TEXT("servers"));
    json_document_open_object(json, TEXT(""));
    json_document_add_string(json, TEXT("url"), url);
    json_document_close_object(json);
    json_document_close_list(json);
}

/* The token is needed only where the server was started with one. */
static void openapi_write_security(struct openapi *openapi, bool is_needed)
{
    struct json_document *json = &openapi->json;
    json_document_open_list(json, TEXT("security"));
    json_document_open_object(json, TEXT(""));
    if (is_needed) {
        json_document_open_list(json, TEXT("token"));
        json_document_close_list(json);
    }
    json_document_close_object(json);
    json_document_close_list(json);
}

static void openapi_write_namespaces(struct openapi *openapi)
{
    struct json_document *json = &openapi->json;
    json_document_open_object(json, TEXT("parameters"));
    for (size_t i = 0; i < ARRAY_COUNT(openapi_namespaces); i++) {
        struct text name = text_of(openapi_namespaces[i].name);
        json_document_open_object(json, name);
        json_document_add_string(json, TEXT("name"), name);
        json_document_add_string(json, TEXT("in"), text_of(openapi_namespaces[i].place));
        json_document_add_string(
            json, TEXT("description"), TEXT("The namespace that the call is about."));
        openapi_write_string_schema(openapi);
        json_document_close_object(json);
    }
    json_document_close_object(json);
}

static void openapi_write_components(struct openapi *openapi)
{
    struct json_document *json = &openapi->json;
    json_document_open_object(json, TEXT("components"));
    json_document_open_object(json, TEXT("securitySchemes"));
    json_document_open_object(json, TEXT("token"));
    json_document_add_string(json, TEXT("type"), TEXT("apiKey"));
    json_document_add_string(json, TEXT("in"), TEXT("header"));
    json_document_add_string(json, TEXT("name"), TEXT("X-Emulator-Token"));
    json_document_close_object(json);
    json_document_close_object(json);
    openapi_write_namespaces(openapi);
    json_document_open_object(json, TEXT("responses"));
    for (size_t i = 0; i < ARRAY_COUNT(openapi_errors); i++)
        openapi_write_response(openapi, text_of(openapi_errors[i].status), MESSAGE_ErrorBody,
            text_of(openapi_errors[i].description));
    json_document_close_object(json);
    json_document_open_object(json, TEXT("schemas"));
    schema_write_set(&openapi->schemas, json);
    json_document_close_object(json);
    json_document_close_object(json);
}

static void openapi_find_schemas(struct openapi *openapi)
{
    schema_set_add(&openapi->schemas, MESSAGE_ErrorBody);
    for (int id = 0; id < METHOD_COUNT; id++) {
        if (!openapi_has_method(id))
            continue;
        enum message_id body;
        size_t position = 0;
        const struct other_answer *answer;
        schema_set_add(&openapi->schemas, methods[id].response);
        if (method_body_message(&methods[id], &body))
            schema_set_add(&openapi->schemas, body);
        while ((answer = note_next_answer((enum method_id)id, &position)))
            if (answer->message != MESSAGE_COUNT)
                schema_set_add(&openapi->schemas, (enum message_id)answer->message);
    }
}

enum call_state control_openapi_get(struct call *call)
{
    struct reply *reply = call->reply;
    struct openapi openapi = {.arena = call->arena,
        .schemas = {.arena = call->arena,
            .version = VERSION_V1BETA,
            .place = "#/components/schemas/",
            .flags = SCHEMA_REQUIRES},
        .json = {.out = &reply->body, .style = &call->style}};
    struct json_document *json = &openapi.json;
    openapi_find_schemas(&openapi);
    reply->status = 200;
    reply->content_type = CONTENT_TYPE_JSON;
    json_document_open_object(json, TEXT(""));
    /* The guard knows the host, and the way on which the client came is open to it. */
    openapi_write_head(&openapi,
        arena_printf(call->arena, "http://%.*s", TEXT_ARGS(call->request->headers[HEADER_HOST])));
    openapi_write_security(&openapi, call->app->settings.control_token.len > 0);
    json_document_open_object(json, TEXT("paths"));
    for (int id = 0; id < METHOD_COUNT; id++)
        if (openapi_has_method(id))
            openapi_write_path(&openapi, id);
    json_document_close_object(json);
    openapi_write_components(&openapi);
    json_document_close_object(json);
    buf_add_byte(&reply->body, '\n');
    return CALL_DONE;
}
