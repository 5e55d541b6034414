#include "server/client_variables.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/array.h"
#include "base/ascii.h"
#include "base/text.h"
#include "server/contract/project.h"

#define VARIABLE_ANY_KEY "any"

/* What a variable is to be; NULL: not set. */
typedef const char *variable_value(
    const char *name, const struct client_place *place, struct arena *arena);

static const char *variable_url(
    const char *name, const struct client_place *place, struct arena *arena)
{
    (void)name;
    (void)arena;
    return place->url;
}

/* A key that is set is kept: with --auth required it says who calls. */
static const char *variable_key(
    const char *name, const struct client_place *place, struct arena *arena)
{
    (void)place;
    (void)arena;
    const char *key = getenv(name);
    return key && *key ? key : VARIABLE_ANY_KEY;
}

static const char *variable_false(
    const char *name, const struct client_place *place, struct arena *arena)
{
    (void)name;
    (void)place;
    (void)arena;
    return "false";
}

static const char *variable_true(
    const char *name, const struct client_place *place, struct arena *arena)
{
    (void)name;
    (void)place;
    (void)arena;
    return "true";
}

static const char *variable_unset(
    const char *name, const struct client_place *place, struct arena *arena)
{
    (void)name;
    (void)place;
    (void)arena;
    return NULL;
}

static const char *variable_project(
    const char *name, const struct client_place *place, struct arena *arena)
{
    (void)name;
    (void)place;
    (void)arena;
    return PROJECT_DEFAULT;
}

static const char *variable_location(
    const char *name, const struct client_place *place, struct arena *arena)
{
    (void)name;
    (void)place;
    (void)arena;
    return LOCATION_DEFAULT;
}

/* "127.0.0.1:8863" */
static const char *variable_host_and_port(
    const char *name, const struct client_place *place, struct arena *arena)
{
    (void)name;
    (void)arena;
    return place->url + sizeof("http://") - 1;
}

/* Nobody asks over the network whether this is a machine in Google's cloud. */
static const char *variable_present(
    const char *name, const struct client_place *place, struct arena *arena)
{
    (void)name;
    (void)place;
    (void)arena;
    return "assume-present";
}

/* So that who has logged in with gcloud is not asked for, and not sent anywhere. */
static const char *variable_folder(
    const char *name, const struct client_place *place, struct arena *arena)
{
    (void)name;
    (void)arena;
    return place->login_folder;
}

/* "a, b" has "b". */
static bool variable_list_has(struct text list, struct text wanted)
{
    while (list.bytes) {
        struct text entry = text_trim(text_split(&list, ','));
        if (text_equals(entry, wanted) || text_equals_string(entry, "*"))
            return true;
    }
    return false;
}

/* "127.0.0.1" of "http://127.0.0.1:8863", "::1" of "http://[::1]:8863". */
static struct text variable_host(const char *url)
{
    struct text rest = text_of(url);
    rest = text_slice(rest, sizeof("http://") - 1, rest.len);
    if (text_starts_with(rest, TEXT("[")))
        return text_slice(rest, 1, text_find_byte(rest, ']'));
    return text_slice(rest, 0, text_find_byte(rest, ':'));
}

/* Some read one spelling, some the other: what only one of them says holds for both. */
static const char *variable_no_proxy(
    const char *name, const struct client_place *place, struct arena *arena)
{
    const char *own = getenv(name);
    const char *other = getenv(strcmp(name, "NO_PROXY") == 0 ? "no_proxy" : "NO_PROXY");
    const char *given = own && *own ? own : other ? other : "";
    struct text list = text_of(given);
    const struct text hosts[] = {TEXT_INIT("127.0.0.1"), TEXT_INIT("localhost"), TEXT_INIT("::1"),
        variable_host(place->url)};
    for (size_t i = 0; i < ARRAY_COUNT(hosts); i++)
        if (!variable_list_has(list, hosts[i]))
            list = arena_printf(
                arena, "%.*s%s%.*s", TEXT_ARGS(list), list.len ? "," : "", TEXT_ARGS(hosts[i]));
    return list.bytes;
}

/* For clients of the Gemini API, and for those of Vertex AI; NULL: it stays as it is. */
static const struct {
    const char *name;
    variable_value *gemini, *vertex;
} rows[] = {
    {"GOOGLE_GEMINI_BASE_URL", variable_url, variable_url},
    {"GOOGLE_VERTEX_BASE_URL", NULL, variable_url},
    {"TUNEMOCK_URL", variable_url, variable_url},
    /* A key beside a project is an error, or wins. */
    {"GEMINI_API_KEY", variable_key, variable_unset},
    /* It would win over GEMINI_API_KEY. */
    {"GOOGLE_API_KEY", variable_unset, variable_unset},
    {"GOOGLE_GENAI_USE_VERTEXAI", variable_false, variable_true},
    /* It would win over GOOGLE_GENAI_USE_VERTEXAI. */
    {"GOOGLE_GENAI_USE_ENTERPRISE", variable_unset, variable_unset},
    {"GOOGLE_CLOUD_PROJECT", NULL, variable_project},
    {"GOOGLE_CLOUD_LOCATION", NULL, variable_location},
    {"GCE_METADATA_HOST", NULL, variable_host_and_port},
    {"GCE_METADATA_IP", NULL, variable_host_and_port},
    {"METADATA_SERVER_DETECTION", NULL, variable_present},
    {"NO_GCE_CHECK", NULL, variable_unset},
    {"CLOUDSDK_CONFIG", NULL, variable_folder},
    {"GOOGLE_APPLICATION_CREDENTIALS", NULL, variable_unset},
    {"NO_PROXY", variable_no_proxy, variable_no_proxy},
    {"no_proxy", variable_no_proxy, variable_no_proxy},
};

static variable_value *variable_of(size_t row, const struct client_place *place)
{
    return place->is_vertex ? rows[row].vertex : rows[row].gemini;
}

static bool variable_is_ours(const char *entry, const struct client_place *place)
{
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        size_t len = strlen(rows[i].name);
        if (variable_of(i, place) && strncmp(entry, rows[i].name, len) == 0 && entry[len] == '=')
            return true;
    }
    return false;
}

char **client_variables(const struct client_place *place, struct arena *arena)
{
    size_t count = 0, used = 0;
    while (environ[count])
        count++;
    char **variables = arena_array(arena, count + ARRAY_COUNT(rows) + 1, sizeof(*variables));
    for (size_t i = 0; i < count; i++)
        if (!variable_is_ours(environ[i], place))
            variables[used++] = environ[i];
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        variable_value *from = variable_of(i, place);
        const char *value = from ? from(rows[i].name, place, arena) : NULL;
        if (!value)
            continue;
        size_t len = strlen(rows[i].name) + 1 + strlen(value);
        char *entry = arena_alloc(arena, len + 1);
        snprintf(entry, len + 1, "%s=%s", rows[i].name, value);
        variables[used++] = entry;
    }
    variables[used] = NULL;
    return variables;
}

/* As it is where no shell sees more in it than text, else in single quotes. */
static void variable_print_value(const char *value, FILE *out)
{
    bool is_plain = true;
    for (const char *at = value; *at && is_plain; at++)
        is_plain = ascii_is_letter_or_digit(*at) || strchr(".,:/@%+=_-", *at);
    if (is_plain) {
        fputs(value, out);
        return;
    }
    fputc('\'', out);
    for (const char *at = value; *at; at++)
        if (*at == '\'')
            fputs("'\\''", out);
        else
            fputc(*at, out);
    fputc('\'', out);
}

/* A key of the user's own is there already, and nobody's to see. */
static bool variable_is_secret(variable_value *from, const char *value)
{
    return from == variable_key && strcmp(value, VARIABLE_ANY_KEY) != 0;
}

void client_variables_print(const struct client_place *place, FILE *out, struct arena *arena)
{
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        variable_value *from = variable_of(i, place);
        const char *value = from ? from(rows[i].name, place, arena) : NULL;
        if (from && !value)
            fprintf(out, "unset %s\n", rows[i].name);
        if (!value || variable_is_secret(from, value))
            continue;
        fprintf(out, "export %s=", rows[i].name);
        variable_print_value(value, out);
        fputc('\n', out);
    }
}
