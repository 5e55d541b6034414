#include "server/contract/suggestion.h"

#include <string.h>

#include "base/array.h"
#include "base/ascii.h"
#include "base/buf.h"
#include "base/distance.h"

/* A wrong verb is as bad as so many wrong letters: another route that differs less is meant. So is
 * a custom verb that is no part of the route: "tunedModels:list". */
enum { SUGGESTION_VERB_DISTANCE = 4, SUGGESTION_CUSTOM_VERB_DISTANCE = 5 };

/* The routes looked at so far, and the nearest of them. */
struct suggestion {
    enum http_verb verb;
    struct text path; /* without versions in front, and without the project of Vertex AI */
    enum fidelity fidelity;
    bool is_vertex;              /* it is a route of that service that is looked for */
    const struct method *method; /* NULL: none is near */
    enum api_version version;
    size_t distance;
};

/* Takes the method if its path is near, and with what else counts against it nearest so far. */
static void suggestion_compare(struct suggestion *suggestion, struct text path, size_t penalty,
    const struct method *method, enum api_version version)
{
    struct text pattern = text_of(method->path);
    size_t distance = distance_between(path, pattern);
    bool is_near = distance == 0 || distance_is_near(distance + penalty, pattern);
    distance += penalty;
    if (!is_near || (suggestion->method && distance >= suggestion->distance))
        return;
    suggestion->method = method;
    suggestion->version = version;
    suggestion->distance = distance;
}

static void suggestion_look_at(
    struct suggestion *suggestion, const struct method *method, enum api_version version)
{
    bool is_vertex = method->flags & METHOD_VERTEX;
    if (is_vertex != suggestion->is_vertex ||
        !method_has_version(method, suggestion->fidelity, version))
        return;
    size_t penalty = method->verb == suggestion->verb ? 0 : SUGGESTION_VERB_DISTANCE;
    suggestion_compare(suggestion, suggestion->path, penalty, method, version);
    size_t colon = text_find_byte(suggestion->path, ':');
    if (colon < suggestion->path.len)
        suggestion_compare(suggestion, text_slice(suggestion->path, 0, colon),
            penalty + SUGGESTION_CUSTOM_VERB_DISTANCE, method, version);
}

/*
 * Takes slashes and versions off the front: there may be none, one that does not exist, or two,
 * since a base URL had one already. Gives the first that exists, else v1beta.
 */
static enum api_version suggestion_take_versions(struct text *path)
{
    enum api_version version = VERSION_V1BETA;
    bool is_found = false;
    struct text rest = *path;
    while (rest.bytes) {
        *path = rest;
        struct text segment = text_split(&rest, '/');
        bool is_version = segment.len >= 2 && ascii_to_lower(segment.bytes[0]) == 'v' &&
                          ascii_is_digit(segment.bytes[1]);
        if (segment.len > 0 && !is_version)
            return version;
        if (!is_found)
            is_found = api_version_parse(segment, &version);
    }
    *path = TEXT("");
    return version;
}

/* Takes "projects/P/locations/L", or what there is of it, off the front. */
static bool suggestion_take_project(struct text *path)
{
    static const struct text names[] = {TEXT_INIT("projects"), TEXT_INIT("locations")};
    bool is_found = false;
    for (size_t i = 0; i < ARRAY_COUNT(names); i++) {
        struct text rest = *path;
        if (!text_equals_ignoring_case(text_split(&rest, '/'), names[i]))
            break;
        text_split(&rest, '/');
        *path = rest.bytes ? rest : TEXT("");
        is_found = true;
    }
    return is_found;
}

static void suggestion_look_everywhere(
    struct suggestion *suggestion, enum api_version version, enum api_version usual)
{
    for (int i = 0; i < METHOD_EMULATED_COUNT; i++)
        suggestion_look_at(suggestion, &methods[i], version);
    for (int i = 0; version != usual && i < METHOD_EMULATED_COUNT; i++)
        suggestion_look_at(suggestion, &methods[i], usual);
}

/* A base URL alone leads to the list of tuned models, or of tuning jobs. */
static void suggestion_find(struct suggestion *suggestion, enum api_version version)
{
    enum api_version usual = suggestion->is_vertex ? VERSION_V1BETA1 : VERSION_V1BETA;
    if (!text_is_empty(suggestion->path)) {
        suggestion_look_everywhere(suggestion, version, usual);
        return;
    }
    suggestion->method =
        &methods[suggestion->is_vertex ? METHOD_TUNING_JOBS_LIST : METHOD_TUNED_MODELS_LIST];
    suggestion->version =
        method_has_version(suggestion->method, suggestion->fidelity, version) ? version : usual;
}

/* Resources that only one of the services has may be asked of the other. */
static void suggestion_find_service(struct suggestion *suggestion, enum api_version version)
{
    suggestion->is_vertex = suggestion_take_project(&suggestion->path);
    bool is_sure = suggestion->is_vertex;
    suggestion->is_vertex = is_sure || version == VERSION_V1BETA1;
    suggestion_find(suggestion, version);
    if (suggestion->method || is_sure)
        return;
    suggestion->is_vertex = !suggestion->is_vertex;
    suggestion_find(suggestion, version);
}

/* The path's template with names for its stars, as documents write it. */
static void suggestion_add_path(struct buf *out, struct text template)
{
    size_t star_count = 0;
    for (size_t i = 0; i < template.len; i++) {
        bool is_star = template.bytes[i] == '*';
        if (!is_star)
            buf_add_byte(out, template.bytes[i]);
        else if (i == 0 || template.bytes[i - 1] != '*')
            buf_add_string(out, star_count++ ? "{child}" : "{id}");
    }
}

/* The verb that was sent, if the path has it; else all that it has. */
static void suggestion_add_verbs(struct buf *out, const struct suggestion *suggestion)
{
    if (suggestion->method->verb == suggestion->verb) {
        buf_add_string(out, http_verb_name(suggestion->verb));
        return;
    }
    for (int i = 0; i < METHOD_COUNT; i++) {
        bool is_vertex = methods[i].flags & METHOD_VERTEX;
        if (strcmp(methods[i].path, suggestion->method->path) != 0 ||
            is_vertex != suggestion->is_vertex)
            continue;
        buf_add_string(out, out->len > 0 ? " or " : "");
        buf_add_string(out, http_verb_name(methods[i].verb));
    }
}

struct text route_suggestion(
    enum http_verb verb, struct text raw_path, enum fidelity fidelity, struct arena *arena)
{
    struct suggestion suggestion = {
        .verb = verb == VERB_HEAD ? VERB_GET : verb, .path = raw_path, .fidelity = fidelity};
    enum api_version version = suggestion_take_versions(&suggestion.path);
    suggestion_find_service(&suggestion, version);
    if (!suggestion.method)
        return TEXT("");
    struct buf text = BUF_INIT;
    suggestion_add_verbs(&text, &suggestion);
    buf_printf(&text, " /%s/%s", api_version_name(suggestion.version),
        suggestion.is_vertex ? "projects/{project}/locations/{location}/" : "");
    suggestion_add_path(&text, text_of(suggestion.method->path));
    struct text result = arena_text(arena, buf_text(&text));
    buf_release(&text);
    return result;
}
