/* GET /$discovery/rest?version=...: the discovery document, made from the contract's tables. */
#include "base/array.h"
#include "server/api/discovery_schema.h"
#include "server/api/handlers.h"
#include "server/call/fail.h"

/* What is being written. */
struct document {
    enum api_version version;
    struct arena *arena;
    struct discovery_schemas schemas;
    struct json_document json;
};

/* Parameters that every method has (contract 3.4). Empty members are left out. */
static const struct {
    struct text name, type, description, default_value;
    const char *values; /* of an enum, joined by commas */
} system_parameters[] = {
    {TEXT_INIT("$.xgafv"), TEXT_INIT("string"), TEXT_INIT("V1 error format."), TEXT_INIT(""),
        "1,2"},
    {TEXT_INIT("access_token"), TEXT_INIT("string"), TEXT_INIT("OAuth access token."),
        TEXT_INIT(""), NULL},
    {TEXT_INIT("alt"), TEXT_INIT("string"), TEXT_INIT("Data format for response."),
        TEXT_INIT("json"), "json,sse"},
    {TEXT_INIT("callback"), TEXT_INIT("string"), TEXT_INIT("JSONP"), TEXT_INIT(""), NULL},
    {TEXT_INIT("fields"), TEXT_INIT("string"),
        TEXT_INIT("Selector specifying which fields to include in a partial response."),
        TEXT_INIT(""), NULL},
    {TEXT_INIT("key"), TEXT_INIT("string"), TEXT_INIT("API key."), TEXT_INIT(""), NULL},
    {TEXT_INIT("oauth_token"), TEXT_INIT("string"),
        TEXT_INIT("OAuth 2.0 token for the current user."), TEXT_INIT(""), NULL},
    {TEXT_INIT("prettyPrint"), TEXT_INIT("boolean"),
        TEXT_INIT("Returns response with indentations and line breaks."), TEXT_INIT("true"), NULL},
    {TEXT_INIT("quotaUser"), TEXT_INIT("string"), TEXT_INIT("Accepted and ignored."), TEXT_INIT(""),
        NULL},
    {TEXT_INIT("uploadType"), TEXT_INIT("string"), TEXT_INIT("Accepted and ignored."),
        TEXT_INIT(""), NULL},
    {TEXT_INIT("upload_protocol"), TEXT_INIT("string"), TEXT_INIT("Accepted and ignored."),
        TEXT_INIT(""), NULL},
};

/*
 * A row's path, split as the service's transcoding does: the variable is all up to the last star,
 * or everything if there is no star. "tunedModels/" "*" "/permissions" has the variable
 * "tunedModels/" "*" and the end "/permissions".
 */
struct path_parts {
    struct text parameter; /* its name in the path; empty: there is no variable */
    struct text variable;
    struct text end;
};

static struct path_parts discovery_path_split(const struct method *method)
{
    struct text path = text_of(method->path);
    if (!method->parameter)
        return (struct path_parts){.parameter = TEXT(""), .variable = TEXT(""), .end = path};
    struct text rest = text_of(method->parameter);
    struct text parameter = rest;
    while (rest.bytes)
        parameter = text_split(&rest, '.');

    size_t variable_len = path.len;
    for (size_t i = 0; i < path.len; i++)
        if (path.bytes[i] == '*')
            variable_len = i + 1;
    return (struct path_parts){.parameter = parameter,
        .variable = text_slice(path, 0, variable_len),
        .end = text_slice(path, variable_len, path.len)};
}

/* "v1beta/{+name}/permissions" */
static struct text discovery_path_template(struct document *document, const struct method *method)
{
    struct path_parts parts = discovery_path_split(method);
    const char *version = api_version_name(document->version);
    if (text_is_empty(parts.parameter))
        return arena_printf(document->arena, "%s/%.*s", version, TEXT_ARGS(parts.end));
    return arena_printf(document->arena, "%s/{+%.*s}%.*s", version, TEXT_ARGS(parts.parameter),
        TEXT_ARGS(parts.end));
}

/* "v1beta/tunedModels/{tunedModelsId}/permissions": stars are named after what stands before. */
static struct text discovery_path_flat(struct document *document, const struct method *method)
{
    struct text flat = text_of(api_version_name(document->version));
    struct text rest = text_of(method->path);
    struct text collection = TEXT("");
    while (rest.bytes) {
        struct text segment = text_split(&rest, '/');
        size_t star_count = 0;
        while (star_count < segment.len && segment.bytes[star_count] == '*')
            star_count++;
        struct text verb = text_slice(segment, star_count, segment.len);
        flat = star_count ? arena_printf(document->arena, "%.*s/{%.*sId}%.*s", TEXT_ARGS(flat),
                                TEXT_ARGS(collection), TEXT_ARGS(verb))
                          : arena_printf(
                                document->arena, "%.*s/%.*s", TEXT_ARGS(flat), TEXT_ARGS(segment));
        collection = segment;
    }
    return flat;
}

/* "^tunedModels/[^/]+$" */
static struct text discovery_path_pattern(struct document *document, struct text variable)
{
    struct text pattern = TEXT("^");
    while (variable.bytes) {
        struct text segment = text_split(&variable, '/');
        struct text expression = text_equals_string(segment, "*")    ? TEXT("[^/]+")
                                 : text_equals_string(segment, "**") ? TEXT(".*")
                                                                     : segment;
        pattern = arena_printf(document->arena, "%.*s%.*s%s", TEXT_ARGS(pattern),
            TEXT_ARGS(expression), variable.bytes ? "/" : "$");
    }
    return pattern;
}

static void discovery_write_path_parameter(
    struct document *document, const struct path_parts *parts)
{
    struct json_document *json = &document->json;
    json_document_open_object(json, parts->parameter);
    json_document_add_string(json, TEXT("location"), TEXT("path"));
    json_document_add_true(json, TEXT("required"));
    json_document_add_string(json, TEXT("type"), TEXT("string"));
    json_document_add_string(
        json, TEXT("pattern"), discovery_path_pattern(document, parts->variable));
    json_document_close_object(json);
}

/* The fields of the request that are neither in the path nor in the body. */
static void discovery_write_query_parameters(struct document *document, const struct method *method)
{
    if (method->body == METHOD_BODY_ALL)
        return;
    struct json_document *json = &document->json;
    struct text parameter = text_of(method->parameter);
    struct text path_field = text_slice(parameter, 0, text_find_byte(parameter, '.'));
    const struct message_type *type = &message_types[method->request];
    for (int i = 0; i < type->field_count; i++) {
        const struct field *field = &type->fields[i];
        if (i == method->body || text_equals(field->proto_name, path_field) ||
            !(field->versions & 1U << document->version) || !discovery_is_parameter(field))
            continue;
        json_document_open_object(json, field->json_name);
        json_document_add_string(json, TEXT("location"), TEXT("query"));
        if (field->flags & FIELD_REPEATED)
            json_document_add_true(json, TEXT("repeated"));
        discovery_write_type(&document->schemas, field, json);
        json_document_close_object(json);
    }
}

static void discovery_write_reference(
    struct document *document, struct text name, enum message_id id)
{
    json_document_open_object(&document->json, name);
    json_document_add_string(
        &document->json, TEXT("$ref"), discovery_schema_name(&document->schemas, id));
    json_document_close_object(&document->json);
}

static void discovery_write_method(
    struct document *document, const struct method *method, struct text name)
{
    struct json_document *json = &document->json;
    struct path_parts parts = discovery_path_split(method);
    enum message_id body;

    json_document_open_object(json, name);
    json_document_add_string(
        json, TEXT("id"), arena_printf(document->arena, "generativelanguage.%s", method->name));
    json_document_add_string(json, TEXT("path"), discovery_path_template(document, method));
    json_document_add_string(json, TEXT("flatPath"), discovery_path_flat(document, method));
    json_document_add_string(json, TEXT("httpMethod"), text_of(http_verb_name(method->verb)));
    json_document_open_object(json, TEXT("parameters"));
    if (parts.parameter.len)
        discovery_write_path_parameter(document, &parts);
    discovery_write_query_parameters(document, method);
    json_document_close_object(json);
    json_document_open_list(json, TEXT("parameterOrder"));
    if (parts.parameter.len)
        json_document_add_string(json, TEXT(""), parts.parameter);
    json_document_close_list(json);
    if (method_body_message(method, &body))
        discovery_write_reference(document, TEXT("request"), body);
    discovery_write_reference(document, TEXT("response"), method->response);
    json_document_close_object(json);
}

/* What a method's name has behind a prefix, "tunedModels."; false if the document lacks the method
 * or its name begins otherwise. */
static bool discovery_method_rest(
    const struct document *document, int id, struct text prefix, struct text *ret_rest)
{
    struct text name = text_of(methods[id].name);
    *ret_rest = text_slice(name, prefix.len, name.len);
    return discovery_has_method(document->version, &methods[id]) && text_starts_with(name, prefix);
}

/* True if a method before this one belongs to the same resource below the prefix. */
static bool discovery_resource_is_written(
    const struct document *document, int id, struct text prefix, struct text resource)
{
    for (int earlier = 0; earlier < id; earlier++) {
        struct text rest;
        if (discovery_method_rest(document, earlier, prefix, &rest) &&
            text_equals(text_slice(rest, 0, text_find_byte(rest, '.') + 1), resource))
            return true;
    }
    return false;
}

static void discovery_write_methods(struct document *document, struct text prefix)
{
    json_document_open_object(&document->json, TEXT("methods"));
    for (int id = 0; id < METHOD_COUNT; id++) {
        struct text rest;
        if (discovery_method_rest(document, id, prefix, &rest) &&
            text_find_byte(rest, '.') == rest.len)
            discovery_write_method(document, &methods[id], rest);
    }
    json_document_close_object(&document->json);
}

/* The resources below a prefix, as deep as the names of methods have dots. */
static void discovery_write_resources(struct document *document, struct text prefix)
{
    struct json_document *json = &document->json;
    json_document_open_object(json, TEXT("resources"));
    for (int id = 0; id < METHOD_COUNT; id++) {
        struct text rest;
        if (!discovery_method_rest(document, id, prefix, &rest))
            continue;
        size_t dot = text_find_byte(rest, '.');
        struct text resource = text_slice(rest, 0, dot + 1);
        if (dot == rest.len || discovery_resource_is_written(document, id, prefix, resource))
            continue;
        struct text below =
            arena_printf(document->arena, "%.*s%.*s", TEXT_ARGS(prefix), TEXT_ARGS(resource));
        json_document_open_object(json, text_slice(rest, 0, dot));
        discovery_write_methods(document, below);
        discovery_write_resources(document, below);
        json_document_close_object(json);
    }
    json_document_close_object(json);
}

static void discovery_write_system_parameters(struct json_document *json)
{
    json_document_open_object(json, TEXT("parameters"));
    for (size_t i = 0; i < ARRAY_COUNT(system_parameters); i++) {
        json_document_open_object(json, system_parameters[i].name);
        json_document_add_string(json, TEXT("type"), system_parameters[i].type);
        json_document_add_string(json, TEXT("description"), system_parameters[i].description);
        json_document_add_string(json, TEXT("location"), TEXT("query"));
        if (system_parameters[i].default_value.len)
            json_document_add_string(json, TEXT("default"), system_parameters[i].default_value);
        struct text rest = {system_parameters[i].values, 0};
        if (rest.bytes) {
            rest = text_of(rest.bytes);
            json_document_open_list(json, TEXT("enum"));
            while (rest.bytes)
                json_document_add_string(json, TEXT(""), text_split(&rest, ','));
            json_document_close_list(json);
        }
        json_document_close_object(json);
    }
    json_document_close_object(json);
}

/* Clients without a key would be asked for OAuth credentials if the document had an "auth". */
static void discovery_write_document(struct document *document, struct text root_url)
{
    struct json_document *json = &document->json;
    struct text version = text_of(api_version_name(document->version));
    json_document_open_object(json, TEXT(""));
    json_document_add_string(json, TEXT("kind"), TEXT("discovery#restDescription"));
    json_document_add_string(json, TEXT("discoveryVersion"), TEXT("v1"));
    json_document_add_string(json, TEXT("id"),
        arena_printf(document->arena, "generativelanguage:%.*s", TEXT_ARGS(version)));
    json_document_add_string(json, TEXT("name"), TEXT("generativelanguage"));
    json_document_add_string(json, TEXT("canonicalName"), TEXT("Generative Language"));
    json_document_add_string(json, TEXT("version"), version);
    json_document_add_true(json, TEXT("version_module"));
    json_document_add_string(json, TEXT("title"), TEXT("Generative Language API"));
    json_document_add_string(json, TEXT("description"),
        TEXT("The part of the Gemini API around tuned models, emulated by tunemock."));
    json_document_add_string(json, TEXT("ownerDomain"), TEXT("google.com"));
    json_document_add_string(json, TEXT("ownerName"), TEXT("Google"));
    json_document_add_string(json, TEXT("documentationLink"), TEXT("https://ai.google.dev/api"));
    json_document_add_string(json, TEXT("protocol"), TEXT("rest"));
    json_document_add_string(json, TEXT("rootUrl"), root_url);
    json_document_add_string(json, TEXT("baseUrl"), root_url);
    json_document_add_string(json, TEXT("basePath"), TEXT(""));
    json_document_add_string(json, TEXT("servicePath"), TEXT(""));
    json_document_add_string(json, TEXT("batchPath"), TEXT("batch"));
    json_document_add_true(json, TEXT("fullyEncodeReservedExpansion"));
    discovery_write_system_parameters(json);
    discovery_write_resources(document, TEXT(""));
    discovery_schemas_write(&document->schemas, json);
    json_document_close_object(json);
    buf_add_byte(json->out, '\n');
}

/* The value of `version` in the query; the last one counts. */
static struct text discovery_query_version(struct text raw_query, struct arena *arena)
{
    struct text version = TEXT("v1beta");
    struct text rest = raw_query.len ? raw_query : (struct text){NULL, 0};
    while (rest.bytes) {
        struct text value = text_split(&rest, '&');
        struct text name = text_split(&value, '=');
        if (text_equals_string(name, "version") && value.bytes)
            version = percent_decode(value, true, arena);
    }
    return version;
}

/* True for host names, addresses and ports: what can stand in a URL without changing its meaning.
 */
static bool discovery_is_host(struct text host)
{
    return host.len > 0 && text_is_alphanumeric(host, ".-_:[]");
}

/* The way on which the client came is open to it, also through a port that a container maps. */
static struct text discovery_root_url(const struct call *call)
{
    struct text host = call->request->headers[HEADER_HOST];
    if (host.bytes && discovery_is_host(host))
        return arena_printf(call->arena, "http://%.*s/", TEXT_ARGS(host));
    return arena_printf(call->arena, "%s/", call->app->root_url);
}

static bool discovery_has_document(enum api_version version)
{
    for (int i = 0; i < METHOD_COUNT; i++)
        if (discovery_has_method(version, &methods[i]))
            return true;
    return false;
}

/*
 * Answers with the document of the version that the query names (v1beta if it names none); its
 * rootUrl points at this server. Google API discovery service, version 1 of the format.
 */
enum call_state discovery_get(struct call *call)
{
    struct reply *reply = call->reply;
    static const struct json_style style = {.layout = JSON_PRETTY};
    struct document document = {
        .arena = call->arena, .json = {.out = &reply->body, .style = &style}};
    struct text name = discovery_query_version(call->request->raw_query, document.arena);
    if (!api_version_parse(name, &document.version) || !discovery_has_document(document.version)) {
        struct failure failure = {.error = ERROR_ROUTE_UNKNOWN,
            .text = TEXT("Discovery document not found: the versions are v1, v1beta, v1beta3 and "
                         "v1alpha.")};
        return call_fail_as(call, &failure);
    }
    discovery_schemas_init(&document.schemas, document.version, document.arena);
    reply->status = 200;
    reply->content_type = CONTENT_TYPE_JSON;
    discovery_write_document(&document, discovery_root_url(call));
    return CALL_DONE;
}
