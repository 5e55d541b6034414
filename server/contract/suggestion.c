#include "server/contract/suggestion.h"

#include <string.h>

#include "base/ascii.h"
#include "base/buf.h"
#include "base/distance.h"

/* A wrong verb is as bad as so many wrong letters: another route that differs less is meant. So is
 * a custom verb that is no part of the route: "tunedModels:list". */
enum { SUGGESTION_VERB_DISTANCE = 4, SUGGESTION_CUSTOM_VERB_DISTANCE = 5 };

/* The routes looked at so far, and the nearest of them. */
struct suggestion {
    enum http_verb verb;
    struct text path; /* without versions in front */
    enum fidelity fidelity;
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
    unsigned versions = suggestion->fidelity == FIDELITY_STRICT ? method->strict : method->compat;
    if (!(versions & 1U << version))
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

/* A base URL alone leads to the list of tuned models. */
static void suggestion_find(struct suggestion *suggestion, enum api_version version)
{
    if (text_is_empty(suggestion->path)) {
        suggestion->method = &methods[METHOD_TUNED_MODELS_LIST];
        suggestion->version = version;
        return;
    }
    for (int i = 0; i < METHOD_COUNT; i++)
        suggestion_look_at(suggestion, &methods[i], version);
    for (int i = 0; version != VERSION_V1BETA && i < METHOD_COUNT; i++)
        suggestion_look_at(suggestion, &methods[i], VERSION_V1BETA);
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
        if (strcmp(methods[i].path, suggestion->method->path) != 0)
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
    suggestion_find(&suggestion, version);
    if (!suggestion.method)
        return TEXT("");
    struct buf text = BUF_INIT;
    suggestion_add_verbs(&text, &suggestion);
    buf_printf(&text, " /%s/", api_version_name(suggestion.version));
    suggestion_add_path(&text, text_of(suggestion.method->path));
    struct text result = arena_text(arena, buf_text(&text));
    buf_release(&text);
    return result;
}
