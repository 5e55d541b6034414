/*
 * Finding the method of a path. The raw path is split before anything is decoded, so that an
 * escaped slash or colon inside an id never becomes a separator.
 */
#include <string.h>

#include "base/array.h"
#include "base/ascii.h"
#include "server/contract/limits.h"
#include "server/contract/method.h"
#include "server/contract/project.h"

/* A raw path: its segments, and the custom verb taken off the last one. */
struct split_path {
    struct text raw;
    struct text segments[PATH_SEGMENTS_MAX];
    size_t segment_count;
    size_t gap_count;     /* empty segments left out between the first and the second */
    size_t project_count; /* segments of "projects/P/locations/L" behind the version, 0 or 4 */
    struct text verb;     /* after the last ':' of the last segment; bytes == NULL: there is none */
};

struct text path_skip_slashes(struct text raw_path)
{
    while (text_starts_with(raw_path, TEXT("//")))
        raw_path = text_slice(raw_path, 1, raw_path.len);
    return raw_path;
}

struct text percent_decode(struct text raw, bool plus_is_space, struct arena *arena)
{
    if (!raw.len ||
        (!memchr(raw.bytes, '%', raw.len) && !(plus_is_space && memchr(raw.bytes, '+', raw.len))))
        return raw;
    char *bytes = arena_alloc(arena, raw.len + 1);
    size_t len = 0;
    for (size_t i = 0; i < raw.len; i++) {
        char byte = raw.bytes[i];
        if (byte == '%' && i + 2 < raw.len) {
            int high = ascii_hex_value(raw.bytes[i + 1]);
            int low = ascii_hex_value(raw.bytes[i + 2]);
            if (high >= 0 && low >= 0) {
                byte = (char)(high << 4 | low);
                i += 2;
            }
        } else if (byte == '+' && plus_is_space) {
            byte = ' ';
        }
        bytes[len++] = byte;
    }
    return (struct text){bytes, len};
}

/*
 * Splits "//v1beta//tunedModels/x:verb"; false if it has more segments than any route, or none.
 * Slashes before the first and the second segment are those of a base URL that ends in one; behind
 * them an empty segment is a name that is missing, and no star stands for it.
 */
static bool route_split(struct text raw_path, struct split_path *ret_path)
{
    *ret_path = (struct split_path){.raw = raw_path};
    struct text rest = raw_path;
    while (rest.bytes) {
        struct text segment = text_split(&rest, '/');
        if (segment.len == 0 && ret_path->segment_count < 2) {
            ret_path->gap_count += ret_path->segment_count;
            continue;
        }
        if (ret_path->segment_count == PATH_SEGMENTS_MAX)
            return false;
        ret_path->segments[ret_path->segment_count++] = segment;
    }
    if (ret_path->segment_count == 0)
        return false;

    struct text *last = &ret_path->segments[ret_path->segment_count - 1];
    const char *colon = memrchr(last->bytes, ':', last->len);
    if (colon) {
        size_t at = (size_t)(colon - last->bytes);
        ret_path->verb = text_slice(*last, at + 1, last->len);
        *last = text_slice(*last, 0, at);
    }
    return true;
}

/* What the raw path has from a segment on. */
static struct text route_rest(const struct split_path *path, size_t index)
{
    if (index >= path->segment_count)
        return TEXT("");
    size_t at = (size_t)(path->segments[index].bytes - path->raw.bytes);
    return text_slice(path->raw, at, path->raw.len);
}

/* True if the path fits the template; ids get the raw segments that stood for stars. A template
 * begins behind the version, or, with a slash, at the front. */
static bool route_fits(const char *template_string, const struct split_path *path,
    struct text ret_ids[ROUTE_STARS_MAX])
{
    bool is_whole = template_string[0] == '/';
    if (is_whole && (path->gap_count > 0 || !text_starts_with(path->raw, TEXT("/"))))
        return false;
    struct text template = text_of(is_whole ? template_string + 1 : template_string);
    size_t colon = text_find_byte(template, ':');
    struct text verb = text_slice(template, colon + 1, template.len);
    bool has_verb = colon < template.len;
    if (has_verb && !(path->verb.bytes && text_equals(verb, path->verb)))
        return false;
    struct text rest = text_slice(template, 0, colon);

    size_t id_count = 0, index = is_whole ? 0 : 1 + path->project_count;
    for (int i = 0; i < ROUTE_STARS_MAX; i++)
        ret_ids[i] = TEXT("");
    while (rest.bytes) {
        struct text part = text_split(&rest, '/');
        if (text_equals_string(part, "**")) {
            ret_ids[id_count] = route_rest(path, index);
            return ret_ids[id_count].len > 0;
        }
        if (index == path->segment_count)
            return false;
        struct text segment = path->segments[index++];
        if (!text_equals_string(part, "*")) {
            if (!text_equals(part, segment))
                return false;
        } else if (segment.len == 0) {
            return false;
        } else {
            ret_ids[id_count++] = segment;
        }
    }
    return index == path->segment_count && has_verb == (path->verb.bytes != NULL);
}

/* False if the end of the template shows that the path does not fit: most do not. */
static bool route_may_fit(const struct method *method, const struct split_path *path)
{
    struct text tail = path->verb.bytes ? path->verb : path->segments[path->segment_count - 1];
    const char *end = method->path + method->path_bytes;
    if (tail.len == 0 || end[-1] == '*')
        return true;
    return end[-1] == tail.bytes[tail.len - 1] && tail.len <= method->path_bytes &&
           memcmp(end - tail.len, tail.bytes, tail.len) == 0;
}

static bool route_decode(struct arena *arena, struct text *id)
{
    *id = percent_decode(*id, false, arena);
    return text_find_byte(*id, '\0') == id->len && text_is_utf8(*id, NULL);
}

/* What a name of Vertex AI can have between its slashes. */
static bool route_is_name(struct text segment)
{
    return text_find_byte(segment, '/') == segment.len && segment.len <= SEED_ID_BYTES_MAX;
}

static enum route_result route_decode_ids(struct arena *arena, struct route *route)
{
    bool is_good = !route->project.len ||
                   (route_decode(arena, &route->project) && route_decode(arena, &route->location));
    for (int i = 0; i < ROUTE_STARS_MAX && route->ids[i].len > 0; i++)
        is_good = route_decode(arena, &route->ids[i]) && is_good;
    if (!route_is_name(route->project) || !route_is_name(route->location))
        return ROUTE_UNKNOWN;
    return is_good ? ROUTE_FOUND : ROUTE_MALFORMED;
}

/* Takes what stands before a path of Vertex AI: "v1/projects/P/locations/L". */
static void route_take_project(struct split_path *path)
{
    enum { VERSION, PROJECTS, PROJECT, LOCATIONS, LOCATION, COUNT };
    if (path->segment_count > COUNT && text_equals_string(path->segments[PROJECTS], "projects") &&
        text_equals_string(path->segments[LOCATIONS], "locations") &&
        path->segments[PROJECT].len > 0 && path->segments[LOCATION].len > 0)
        path->project_count = COUNT - PROJECTS;
}

/* Where a path of v1 has no project, models and operations are the Gemini API's. */
static bool route_is_of_gemini(const struct split_path *path, enum api_version version)
{
    return version == VERSION_V1 && path->project_count == 0 &&
           (text_equals_string(path->segments[1], "models") ||
               text_equals_string(path->segments[1], "operations"));
}

static bool route_is_for(
    const struct method *method, const struct split_path *path, struct route *route)
{
    if (!route_may_fit(method, path) || !route_fits(method->path, path, route->ids))
        return false;
    route->method = (enum method_id)(method - methods);
    return true;
}

/* Which of the rows from `first` up to `end` the path is for. Every call comes here: what most rows
 * are not for is looked at first. */
static bool route_look(const struct split_path *path, enum http_verb verb, enum fidelity fidelity,
    const struct method *first, const struct method *end, struct route *route)
{
    unsigned bit = 1U << route->version;
    for (const struct method *method = first; method < end; method++) {
        if (method->verb != verb)
            continue;
        unsigned versions = fidelity == FIDELITY_STRICT ? method->strict : method->compat;
        if (versions & bit && route_is_for(method, path, route))
            return true;
    }
    return false;
}

/* The same of paths without a version, the rows of which stand behind those of both services. */
static bool route_look_whole(
    const struct split_path *path, enum http_verb verb, struct route *route)
{
    for (int i = METHOD_EMULATED_COUNT; i < METHOD_COUNT; i++)
        if (methods[i].verb == verb && route_is_for(&methods[i], path, route))
            return true;
    return false;
}

static bool route_look_vertex(
    struct split_path *path, enum http_verb verb, enum fidelity fidelity, struct route *route)
{
    if ((route->version != VERSION_V1 && route->version != VERSION_V1BETA1) ||
        path->segment_count < 2 || route_is_of_gemini(path, route->version) ||
        !route_look(path, verb, fidelity, &methods[METHOD_GEMINI_COUNT],
            &methods[METHOD_EMULATED_COUNT], route))
        return false;
    route->project = path->project_count ? path->segments[2] : TEXT(PROJECT_DEFAULT);
    route->location = path->project_count ? path->segments[4] : TEXT(LOCATION_DEFAULT);
    return true;
}

static bool route_look_everywhere(
    struct split_path *path, enum http_verb verb, enum fidelity fidelity, struct route *route)
{
    if (!api_version_parse(path->segments[0], &route->version))
        return route_look_whole(path, verb, route);
    route_take_project(path);
    return (path->project_count == 0 && route->version != VERSION_V1BETA1 &&
               route_look(path, verb, fidelity, methods, &methods[METHOD_GEMINI_COUNT], route)) ||
           route_look_vertex(path, verb, fidelity, route);
}

enum route_result route_find(enum http_verb verb, struct text raw_path, enum fidelity fidelity,
    struct arena *arena, struct route *ret_route)
{
    struct split_path path;
    struct route route = {
        .version = VERSION_V1BETA, .project = TEXT_INIT(""), .location = TEXT_INIT("")};
    if (verb == VERB_HEAD)
        verb = VERB_GET;
    if (!route_split(raw_path, &path) || !route_look_everywhere(&path, verb, fidelity, &route))
        return ROUTE_UNKNOWN;
    enum route_result result = route_decode_ids(arena, &route);
    *ret_route = route;
    return result;
}

bool route_is_vertex(struct text raw_path)
{
    struct split_path path;
    enum api_version version;
    if (!route_split(raw_path, &path) || !api_version_parse(path.segments[0], &version))
        return false;
    route_take_project(&path);
    return version == VERSION_V1BETA1 || (version == VERSION_V1 && path.project_count > 0);
}

struct text route_project(struct text raw_path, struct arena *arena)
{
    struct split_path path;
    enum api_version version;
    if (!route_split(raw_path, &path) || !api_version_parse(path.segments[0], &version))
        return TEXT("");
    route_take_project(&path);
    return path.project_count > 0 ? percent_decode(path.segments[2], false, arena) : TEXT("");
}

bool route_is_control(struct text raw_path)
{
    static const struct text paths[] = {
        TEXT_INIT("/health"), TEXT_INIT("/ready"), TEXT_INIT("/metrics"), TEXT_INIT("/emulator")};
    struct text path = path_skip_slashes(raw_path);
    for (size_t i = 0; i < ARRAY_COUNT(paths); i++)
        if (text_equals(path, paths[i]))
            return true;
    return text_starts_with(path, TEXT("/emulator/"));
}

bool route_fits_template(
    const char *template_string, struct text raw_path, struct text ret_ids[ROUTE_STARS_MAX])
{
    struct split_path path;
    return route_split(raw_path, &path) && route_fits(template_string, &path, ret_ids);
}

struct text route_control_verbs(struct text raw_path, struct arena *arena)
{
    struct text ids[ROUTE_STARS_MAX];
    struct text verbs = TEXT("");
    for (int i = METHOD_EMULATED_COUNT; i < METHOD_COUNT; i++)
        if (methods[i].flags & METHOD_CONTROL &&
            route_fits_template(methods[i].path, raw_path, ids))
            verbs = arena_printf(arena, "%.*s%s%s", TEXT_ARGS(verbs), verbs.len ? ", " : "",
                http_verb_name(methods[i].verb));
    return verbs;
}

/* The path with its escaped slashes as separators; itself if it has none. */
static struct text route_unescape_slashes(struct text raw_path, struct arena *arena)
{
    struct text escape = TEXT("%2F");
    char *bytes = arena_alloc(arena, raw_path.len + 1);
    size_t len = 0;
    for (size_t i = 0; i < raw_path.len; i++) {
        bool is_slash = text_equals_ignoring_case(text_slice(raw_path, i, i + escape.len), escape);
        bytes[len] = raw_path.bytes[i];
        if (is_slash) {
            bytes[len] = '/';
            i += escape.len - 1;
        }
        len++;
    }
    return len == raw_path.len ? raw_path : (struct text){bytes, len};
}

enum route_result route_find_lenient(enum http_verb verb, struct text raw_path,
    enum fidelity fidelity, struct arena *arena, struct route *ret_route)
{
    enum route_result result = route_find(verb, raw_path, fidelity, arena, ret_route);
    bool is_base =
        result == ROUTE_FOUND && method_subject(&methods[ret_route->method]) == SUBJECT_BASE_MODEL;
    bool is_odd = is_base && text_find_byte(ret_route->ids[0], '/') < ret_route->ids[0].len;
    if (!is_odd && result != ROUTE_UNKNOWN)
        return result;
    struct text path = route_unescape_slashes(raw_path, arena);
    struct route other;
    if (path.bytes == raw_path.bytes ||
        route_find(verb, path, fidelity, arena, &other) != ROUTE_FOUND ||
        (int)other.method >= METHOD_EMULATED_COUNT)
        return result;
    *ret_route = other;
    return ROUTE_FOUND;
}
