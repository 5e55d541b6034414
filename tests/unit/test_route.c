#include "tests/lib/unit.h"

#include <stdio.h>

#include "base/arena.h"
#include "server/contract/method.h"

struct expectation {
    enum http_verb verb;
    const char *path;
    int method; /* -1: unknown, -2: malformed */
    const char *ids[2];
};

enum { UNKNOWN = -1, MALFORMED = -2 };

static void check(const struct expectation *rows, size_t count, enum fidelity fidelity)
{
    for (size_t i = 0; i < count; i++) {
        struct arena arena;
        struct route route;
        arena_init(&arena);
        enum route_result result =
            route_find(rows[i].verb, text_of(rows[i].path), fidelity, &arena, &route);
        int method = result == ROUTE_FOUND       ? (int)route.method
                     : result == ROUTE_MALFORMED ? MALFORMED
                                                 : UNKNOWN;
        if (method != rows[i].method)
            fail_msg("%s is %d, not %d", rows[i].path, method, rows[i].method);
        for (int k = 0; k < 2 && method >= 0; k++)
            assert_text(route.ids[k], rows[i].ids[k] ? rows[i].ids[k] : "");
        arena_release(&arena);
    }
}

static void paths_name_methods(void **state)
{
    (void)state;
    static const struct expectation rows[] = {
        {VERB_GET, "/v1beta/tunedModels", METHOD_TUNED_MODELS_LIST, {NULL}},
        {VERB_HEAD, "/v1beta/tunedModels", METHOD_TUNED_MODELS_LIST, {NULL}},
        {VERB_POST, "/v1beta/tunedModels", METHOD_TUNED_MODELS_CREATE, {NULL}},
        {VERB_GET, "v1beta/tunedModels", METHOD_TUNED_MODELS_LIST, {NULL}},
        {VERB_GET, "///v1beta///tunedModels", METHOD_TUNED_MODELS_LIST, {NULL}},
        {VERB_GET, "//v1beta//tunedModels/x", METHOD_TUNED_MODELS_GET, {"x"}},
        {VERB_GET, "/v1beta/tunedModels/x", METHOD_TUNED_MODELS_GET, {"x"}},
        {VERB_POST, "/v1/tunedModels/x:generateContent", METHOD_TUNED_MODELS_GENERATE_CONTENT,
            {"x"}},
        {VERB_POST, "/v1/models/x:generateContent", METHOD_MODELS_GENERATE_CONTENT, {"x"}},
        {VERB_POST, "/v1/models/tunedModels/x:generateContent",
            METHOD_MODELS_TUNED_GENERATE_CONTENT, {"x"}},
        {VERB_POST, "/v1/tunedModels/a:b:generateContent", METHOD_TUNED_MODELS_GENERATE_CONTENT,
            {"a:b"}},
        {VERB_GET, "/v1/tunedModels/x/operations/y", METHOD_OPERATIONS_GET, {"x", "y"}},
        {VERB_POST, "/v1/tunedModels/x/operations/y:cancel", METHOD_OPERATIONS_CANCEL, {"x", "y"}},
        {VERB_GET, "/v1/operations", METHOD_OPERATIONS_LIST_ALL, {NULL}},
        {VERB_GET, "/v1/operations/a", METHOD_OPERATIONS_GET_ANY, {"a"}},
        {VERB_DELETE, "/v1/operations/a/b/c", METHOD_OPERATIONS_DELETE_ANY, {"a/b/c"}},
        {VERB_PATCH, "/v1alpha/tunedModels/x/permissions/y", METHOD_PERMISSIONS_PATCH, {"x", "y"}},
    };
    check(rows, ARRAY_COUNT(rows), FIDELITY_COMPAT);
}

static void what_is_no_method_is_unknown(void **state)
{
    (void)state;
    static const struct expectation rows[] = {
        {VERB_GET, "", UNKNOWN, {NULL}},
        {VERB_GET, "/", UNKNOWN, {NULL}},
        {VERB_GET, "/v1beta", UNKNOWN, {NULL}},
        {VERB_GET, "/v1beta/", UNKNOWN, {NULL}},
        {VERB_GET, "/tunedModels/x", UNKNOWN, {NULL}},
        /* A name that is missing is none. */
        {VERB_GET, "/v1beta/tunedModels/", UNKNOWN, {NULL}},
        {VERB_GET, "/v1beta/tunedModels//", UNKNOWN, {NULL}},
        {VERB_GET, "/v1beta/tunedModels/x/", UNKNOWN, {NULL}},
        {VERB_POST, "/v1beta/tunedModels/x:generateContent/", UNKNOWN, {NULL}},
        {VERB_GET, "/v1beta/tunedModels//operations", UNKNOWN, {NULL}},
        {VERB_GET, "/v1beta/tunedModels//x", UNKNOWN, {NULL}},
        {VERB_GET, "/v1beta/models/", UNKNOWN, {NULL}},
        {VERB_GET, "/v1/operations/", UNKNOWN, {NULL}},
        {VERB_DELETE, "/v1/operations/", UNKNOWN, {NULL}},
        {VERB_GET, "/v1beta/tunedModels/x/y", UNKNOWN, {NULL}},
        {VERB_GET, "/v1beta/tunedModels/:", UNKNOWN, {NULL}},
        {VERB_GET, "/v1beta/tunedModels/x:", UNKNOWN, {NULL}},
        {VERB_GET, "/v1beta/tunedModels:", UNKNOWN, {NULL}},
        {VERB_POST, "/v1beta/tunedModels/:generateContent", UNKNOWN, {NULL}},
        {VERB_POST, "/v1beta/tunedModels/x:generatecontent", UNKNOWN, {NULL}},
        {VERB_POST, "/v1beta/tunedModels/x:generateContent:", UNKNOWN, {NULL}},
        {VERB_POST, "/v1beta/tunedModels/x%3AgenerateContent", UNKNOWN, {NULL}},
        {VERB_OTHER, "/v1beta/tunedModels", UNKNOWN, {NULL}},
        {VERB_PUT, "/v1beta/tunedModels", UNKNOWN, {NULL}},
        {VERB_OPTIONS, "/v1beta/tunedModels", UNKNOWN, {NULL}},
        {VERB_GET, "/v1beta2/models", UNKNOWN, {NULL}},
        {VERB_GET, "/v1beta4/models", UNKNOWN, {NULL}},
        {VERB_GET, "/%761/models", UNKNOWN, {NULL}},
        {VERB_GET, "/v1/operations/a/b/c/d/e/f/g", METHOD_OPERATIONS_GET_ANY, {"a/b/c/d/e/f/g"}},
        {VERB_GET, "/v1/operations/a/b/c/d/e/f/g/h/i", UNKNOWN, {NULL}},
    };
    check(rows, ARRAY_COUNT(rows), FIDELITY_COMPAT);
}

static void segments_are_decoded_after_splitting(void **state)
{
    (void)state;
    static const struct expectation rows[] = {
        {VERB_GET, "/v1/tunedModels/a%2Fb", METHOD_TUNED_MODELS_GET, {"a/b"}},
        {VERB_GET, "/v1/tunedModels/a%3ab", METHOD_TUNED_MODELS_GET, {"a:b"}},
        {VERB_GET, "/v1/tunedModels/a+b", METHOD_TUNED_MODELS_GET, {"a+b"}},
        {VERB_GET, "/v1/tunedModels/%", METHOD_TUNED_MODELS_GET, {"%"}},
        {VERB_GET, "/v1/tunedModels/%4", METHOD_TUNED_MODELS_GET, {"%4"}},
        {VERB_GET, "/v1/tunedModels/%4g", METHOD_TUNED_MODELS_GET, {"%4g"}},
        {VERB_GET, "/v1/tunedModels/%2541", METHOD_TUNED_MODELS_GET, {"%41"}},
        {VERB_GET, "/v1/tunedModels/%c3%A9", METHOD_TUNED_MODELS_GET, {"\xc3\xa9"}},
        {VERB_GET, "/v1/tunedModels/%c3", MALFORMED, {NULL}},
        {VERB_GET, "/v1/tunedModels/\xff", MALFORMED, {NULL}},
        {VERB_GET, "/v1/tunedModels/%00", MALFORMED, {NULL}},
        {VERB_GET, "/v1/tunedModels/x/operations/%00", MALFORMED, {NULL}},
        {VERB_GET, "/v1/operations/a%2Fb/%63", METHOD_OPERATIONS_GET_ANY, {"a/b/c"}},
    };
    check(rows, ARRAY_COUNT(rows), FIDELITY_COMPAT);
}

static void vertex_ai_stands_behind_a_project_or_is_express(void **state)
{
    static const struct {
        enum http_verb verb;
        const char *path;
        int method;
        const char *project, *location, *id;
    } rows[] = {
        {VERB_GET, "/v1beta1/projects/p/locations/l/tuningJobs/1", METHOD_TUNING_JOBS_GET, "p", "l",
            "1"},
        {VERB_GET, "//v1//projects/p%2Dq/locations/%6c/models/1@2", METHOD_VERTEX_MODELS_GET, "p-q",
            "l", "1@2"},
        {VERB_GET, "/v1/projects/p/locations/l/operations/1", METHOD_VERTEX_OPERATIONS_GET, "p",
            "l", "1"},
        {VERB_POST, "/v1beta1/projects/p/locations/l/publishers/google/models/m:generateContent",
            METHOD_PUBLISHER_MODELS_GENERATE_CONTENT, "p", "l", "m"},
        {VERB_GET, "/v1/projects/p/locations/l/metadataStores/default/contexts/c",
            METHOD_CONTEXTS_GET, "p", "l", "c"},
        {VERB_POST, "/v1beta1/tuningJobs", METHOD_TUNING_JOBS_CREATE, "tunemock", "us-central1",
            ""},
        {VERB_POST, "/v1/tuningJobs/1:cancel", METHOD_TUNING_JOBS_CANCEL, "tunemock", "us-central1",
            "1"},
        {VERB_GET, "/v1/publishers/google/models", METHOD_PUBLISHER_MODELS_LIST, "tunemock",
            "us-central1", ""},
        {VERB_GET, "/v1beta1/models", METHOD_VERTEX_MODELS_LIST, "tunemock", "us-central1", ""},
        {VERB_GET, "/v1beta1/operations/1", METHOD_VERTEX_OPERATIONS_GET, "tunemock", "us-central1",
            "1"},
        /* The Gemini API's, whether it has the method or not. */
        {VERB_GET, "/v1/models", METHOD_MODELS_LIST, "", "", ""},
        {VERB_GET, "/v1/operations/1", METHOD_OPERATIONS_GET_ANY, "", "", "1"},
        {VERB_PATCH, "/v1/models/1", UNKNOWN, "", "", ""},
        {VERB_POST, "/v1/operations/1:wait", UNKNOWN, "", "", ""},
        {VERB_GET, "/v1beta/projects/p/locations/l/tuningJobs", UNKNOWN, "", "", ""},
        {VERB_GET, "/v1beta/tuningJobs", UNKNOWN, "", "", ""},
        {VERB_GET, "/v1/projects/p/locations/l/tunedModels", UNKNOWN, "", "", ""},
        {VERB_GET, "/v1beta1/tunedModels", UNKNOWN, "", "", ""},
        {VERB_GET, "/v1/projects//locations/l/tuningJobs", UNKNOWN, "", "", ""},
        {VERB_GET, "/v1/projects/p/locations//tuningJobs", UNKNOWN, "", "", ""},
        {VERB_GET, "/v1/projects/p/locations/l", UNKNOWN, "", "", ""},
        {VERB_GET, "/v1beta1", UNKNOWN, "", "", ""},
        {VERB_GET, "/v1/projects/%00/locations/l/tuningJobs", MALFORMED, "", "", ""},
        {VERB_GET, "/v1/projects/p/locations/%ff/tuningJobs", MALFORMED, "", "", ""},
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        struct expectation row = {rows[i].verb, rows[i].path, rows[i].method, {rows[i].id, NULL}};
        struct arena arena;
        struct route route;
        check(&row, 1, FIDELITY_COMPAT);
        check(&row, 1, FIDELITY_STRICT);
        arena_init(&arena);
        if (row.method >= 0) {
            route_find(rows[i].verb, text_of(rows[i].path), FIDELITY_COMPAT, &arena, &route);
            assert_text(route.project, rows[i].project);
            assert_text(route.location, rows[i].location);
        }
        arena_release(&arena);
    }
}

static void percent_decoding_makes_spaces_of_plus_if_asked(void **state)
{
    (void)state;
    static const struct {
        const char *raw;
        bool plus_is_space;
        const char *decoded;
    } rows[] = {
        {"", true, ""},
        {"abc", true, "abc"},
        {"a+b%2B", true, "a b+"},
        {"a+b%2B", false, "a+b+"},
        {"%41%6d", false, "Am"},
        {"%%41", false, "%A"},
        {"%4", true, "%4"},
    };
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        struct arena arena;
        arena_init(&arena);
        assert_text(
            percent_decode(text_of(rows[i].raw), rows[i].plus_is_space, &arena), rows[i].decoded);
        arena_release(&arena);
    }
}

/* The path of a template with ids for its stars. */
static struct text example_path(
    const struct method *method, enum api_version version, struct arena *arena)
{
    struct text path = arena_printf(arena, "/%s%s", api_version_name(version),
        method->flags & METHOD_VERTEX ? "/projects/p/locations/l" : "");
    struct text rest = text_of(method->path);
    while (rest.bytes) {
        struct text part = text_split(&rest, '/');
        struct text star = text_slice(part, text_find_byte(part, '*'), part.len);
        bool is_star = star.len > 0;
        while (star.len && star.bytes[0] == '*')
            star = text_slice(star, 1, star.len);
        path = is_star ? arena_printf(arena, "%.*s/id%.*s", TEXT_ARGS(path), TEXT_ARGS(star))
                       : arena_printf(arena, "%.*s/%.*s", TEXT_ARGS(path), TEXT_ARGS(part));
    }
    return path;
}

static bool is_of_version(int id, enum fidelity fidelity, enum api_version version)
{
    return methods[id].path[0] != '/' && method_has_version(&methods[id], fidelity, version);
}

static void every_row_is_found_in_its_versions_and_nowhere_else(void **state)
{
    (void)state;
    struct arena arena;
    arena_init(&arena);
    for (int i = 0; i < METHOD_COUNT; i++)
        for (int fidelity = FIDELITY_COMPAT; fidelity <= FIDELITY_STRICT; fidelity++)
            for (int version = 0; version < VERSION_COUNT; version++) {
                struct route route;
                struct text path = example_path(&methods[i], (enum api_version)version, &arena);
                enum route_result result =
                    route_find(methods[i].verb, path, (enum fidelity)fidelity, &arena, &route);
                bool is_found = result == ROUTE_FOUND && (int)route.method == i;
                if (is_found !=
                    is_of_version(i, (enum fidelity)fidelity, (enum api_version)version))
                    fail_msg("%s: %.*s", methods[i].name, TEXT_ARGS(path));
            }
    arena_release(&arena);
}

static void rows_are_as_discovery_and_errors_need_them(void **state)
{
    (void)state;
    for (int i = 0; i < METHOD_COUNT; i++) {
        assert_non_null(strchr(methods[i].name, '.'));
        assert_non_null(strchr(methods[i].rpc, '.'));
        assert_int_equal(
            http_verb_parse(text_of(http_verb_name(methods[i].verb))), methods[i].verb);
        /* What strict has, compat has. */
        assert_int_equal(methods[i].strict & ~methods[i].compat, 0);
        assert_true(methods[i].verb != VERB_GET || methods[i].body == METHOD_BODY_NONE);
        for (int k = 0; k < i; k++)
            assert_string_not_equal(methods[i].name, methods[k].name);
    }
}

static void templates_have_up_to_three_stars_verbs_and_nine_segments(void **state)
{
    (void)state;
    static const struct {
        const char *template, *path, *ids[ROUTE_STARS_MAX]; /* no ids: it does not fit */
    } rows[] = {
        {"a/*", "/v1/a/x", {"x", "", ""}},
        {"a/*/b/*/c/*", "/v1/a/x/b/y/c/z", {"x", "y", "z"}},
        {"a/*/b/*/c/*:run", "//v1beta1//a/x/b/y%2Fy/c/z:z:run", {"x", "y%2Fy", "z:z"}},
        {"*/*/*", "/v1/x/y/z", {"x", "y", "z"}},
        {"projects/*/locations/*/operations/**", "/v1/projects/p/locations/l/operations/a/b:c",
            {"p", "l", "a/b:c"}},
        {"a/b/c/d/e/f/g/h/*", "/v1/a/b/c/d/e/f/g/h/nine", {"nine", "", ""}},
        {"/emulator/v1/tunedModels/*:complete", "/emulator/v1/tunedModels/x:complete",
            {"x", "", ""}},
        {"/one/*/two/*/three/*", "///one/1/two/2/three/3", {"1", "2", "3"}},
        {"/clock:advance", "/clock:advance", {"", "", ""}},
        {"a/*/b/*/c/*", "/v1/a/x/b/y/c/", {NULL}},
        {"a/*/b/*/c/*", "/v1/a//b/y/c/z", {NULL}},
        {"a/*/b/*/c/*", "/v1/a/x/b/y/c/z/", {NULL}},
        {"a/*/b/*/c/*", "/v1/a/x/b/y/c/z:run", {NULL}},
        {"a/*/b/*/c/*:run", "/v1/a/x/b/y/c/z", {NULL}},
        {"a/*/b/**", "/v1/a/x/b", {NULL}},
        {"/one/*", "one/1", {NULL}},
        {"/one/*", "/one//1", {NULL}},
        {"/one/*", "/v1/one/1", {NULL}},
        {"a/b/c/d/e/f/g/h/*", "/v1/a/b/c/d/e/f/g/h/nine/ten", {NULL}},
    };
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        struct text ids[ROUTE_STARS_MAX];
        bool fits = route_fits_template(rows[i].template, text_of(rows[i].path), ids);
        if (fits != (rows[i].ids[0] != NULL))
            fail_msg("%s: %s", rows[i].template, rows[i].path);
        for (int k = 0; fits && k < ROUTE_STARS_MAX; k++)
            if (!text_equals_string(ids[k], rows[i].ids[k]))
                fail_msg("%s: %s: %.*s", rows[i].template, rows[i].path, TEXT_ARGS(ids[k]));
    }
}

static void verbs_are_upper_case(void **state)
{
    (void)state;
    assert_int_equal(http_verb_parse(TEXT("GET")), VERB_GET);
    assert_int_equal(http_verb_parse(TEXT("get")), VERB_OTHER);
    assert_int_equal(http_verb_parse(TEXT("")), VERB_OTHER);
    assert_int_equal(http_verb_parse(TEXT("OTHER")), VERB_OTHER);
    assert_int_equal(http_verb_parse(TEXT("PROPFIND")), VERB_OTHER);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(paths_name_methods),
        cmocka_unit_test(what_is_no_method_is_unknown),
        cmocka_unit_test(segments_are_decoded_after_splitting),
        cmocka_unit_test(vertex_ai_stands_behind_a_project_or_is_express),
        cmocka_unit_test(percent_decoding_makes_spaces_of_plus_if_asked),
        cmocka_unit_test(every_row_is_found_in_its_versions_and_nowhere_else),
        cmocka_unit_test(rows_are_as_discovery_and_errors_need_them),
        cmocka_unit_test(templates_have_up_to_three_stars_verbs_and_nine_segments),
        cmocka_unit_test(verbs_are_upper_case),
    };
    return cmocka_run_group_tests_name("route", tests, NULL, NULL);
}
