#include "tests/lib/unit.h"

#include "server/contract/suggestion.h"

#define P "projects/{project}/locations/{location}/"

static void wrong_paths_have_a_right_one_near(void **state)
{
    static const struct {
        enum http_verb verb;
        const char *path, *suggestion;
    } rows[] = {
        {VERB_GET, "/tunedModels", "GET /v1beta/tunedModels"},
        {VERB_POST, "/tunedModels", "POST /v1beta/tunedModels"},
        {VERB_GET, "/v1beta/v1beta/tunedModels", "GET /v1beta/tunedModels"},
        {VERB_POST, "/v1beta/v1beta/tunedModels/abc:generateContent",
            "POST /v1beta/tunedModels/{id}:generateContent"},
        {VERB_POST, "/v1beta/tunedModels/abc:generateContents",
            "POST /v1beta/tunedModels/{id}:generateContent"},
        {VERB_POST, "/v1/tunedModels/abc:generatecontent",
            "POST /v1/tunedModels/{id}:generateContent"},
        {VERB_GET, "/v1beta/tunedmodels/abc", "GET /v1beta/tunedModels/{id}"},
        {VERB_PUT, "/v1beta/tunedModels/abc", "GET or PATCH or DELETE /v1beta/tunedModels/{id}"},
        {VERB_GET, "/v1beta/tunedModel/abc/operation/def",
            "GET /v1beta/tunedModels/{id}/operations/{child}"},
        {VERB_GET, "/v1beta/", "GET /v1beta/tunedModels"},
        {VERB_GET, "/v1beta", "GET /v1beta/tunedModels"},
        {VERB_GET, "/v1//", "GET /v1/tunedModels"},
        {VERB_POST, "/v1beta/models/gemini-1.5-flash:generateContnt",
            "POST /v1beta/models/{id}:generateContent"},
        {VERB_GET, "/v2/tunedModels", "GET /v1beta/tunedModels"},
        {VERB_GET, "/", "GET /v1beta/tunedModels"},
        {VERB_GET, "/v1beta/tunedModels:list", "GET /v1beta/tunedModels"},
        {VERB_POST, "/v1beta/tunedModels:create", "POST /v1beta/tunedModels"},
        {VERB_GET, "/v1beta/models:list", "GET /v1beta/models"},
        {VERB_POST, "/v1beta/tunedModels/abc:streamGenerate",
            "POST /v1beta/tunedModels/{id}:streamGenerateContent"},
        {VERB_GET, "/v1beta/tunedModels/abc:generateContent",
            "POST /v1beta/tunedModels/{id}:generateContent"},
        {VERB_POST, "/v1beta/models/abc/generateContent",
            "POST /v1beta/models/{id}:generateContent"},
        {VERB_POST, "/v1beta/abc:generateContent", "POST /v1beta/models/{id}:generateContent"},
        {VERB_POST, "/v1beta/models/abc:generateMessage",
            "POST /v1beta/models/{id}:generateContent"},
        {VERB_POST, "/v1beta2/models/text-bison-001:generateText",
            "POST /v1beta/models/{id}:generateContent"},
        {VERB_GET, "/v1beta/tunedModels/abc/permission",
            "GET /v1beta/tunedModels/{id}/permissions"},
        {VERB_GET, "/v1beta/tunedModels/abc/operation", "GET /v1beta/tunedModels/{id}/operations"},
        {VERB_POST, "/v1beta/tunedModels/abc/operations/def:cancle",
            "POST /v1beta/tunedModels/{id}/operations/{child}:cancel"},
        {VERB_GET, "/v1beta/tunedModels/abc/", "GET /v1beta/tunedModels/{id}"},
        {VERB_PATCH, "/v1beta/tunedModels", "POST or GET /v1beta/tunedModels"},
        {VERB_PUT, "/v1beta/models", "GET /v1beta/models"},
        {VERB_GET, "/v1beta1/tunedModels", "GET /v1beta/tunedModels"},
        {VERB_GET, "/v1beta1/tuningJob", "GET /v1beta1/" P "tuningJobs"},
        {VERB_POST, "/v1beta/tuningJobs", "POST /v1beta1/" P "tuningJobs"},
        {VERB_POST, "/v1/projects/p/locations/l/tuningJobs/1:cancle",
            "POST /v1/" P "tuningJobs/{id}:cancel"},
        {VERB_POST, "/v1beta/projects/p/locations/l/endpoints/1:generateContent",
            "POST /v1beta1/" P "endpoints/{id}:generateContent"},
        {VERB_POST, "/projects/p/locations/l/endpoints/1:generateContent",
            "POST /v1beta1/" P "endpoints/{id}:generateContent"},
        {VERB_GET, "/v1beta1/projects/p/locations/l", "GET /v1beta1/" P "tuningJobs"},
        {VERB_PUT, "/v1beta1/projects/p/locations/l/models/m",
            "GET or PATCH or DELETE /v1beta1/" P "models/{id}"},
        {VERB_GET, "/v1/projects/p/locations/l/datasets", ""},
        {VERB_POST, "/v1beta/cachedContents", ""},
        {VERB_GET, "/v1beta/files", ""},
        {VERB_POST, "/v1beta/openai/chat/completions", ""},
        {VERB_GET, "/favicon.ico", ""},
        {VERB_GET, "/robots.txt", ""},
        {VERB_GET, "", "GET /v1beta/tunedModels"},
        {VERB_OTHER, "*", ""},
    };
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        struct text suggestion =
            route_suggestion(rows[i].verb, text_of(rows[i].path), FIDELITY_COMPAT, *state);
        if (!text_equals_string(suggestion, rows[i].suggestion))
            fail_msg("row %zu: %.*s", i, TEXT_ARGS(suggestion));
    }
}

static void a_long_path_costs_no_more_than_a_short_one(void **state)
{
    char *path = arena_alloc(*state, 1 << 20);
    memset(path, '/', (1 << 20) - 1);
    path[0] = 'x';
    struct text suggestion =
        route_suggestion(VERB_GET, (struct text){path, (1 << 20) - 1}, FIDELITY_COMPAT, *state);
    assert_text(suggestion, "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        unit_test_with_arena(wrong_paths_have_a_right_one_near),
        unit_test_with_arena(a_long_path_costs_no_more_than_a_short_one),
    };
    return cmocka_run_group_tests_name("suggestion", tests, NULL, NULL);
}
