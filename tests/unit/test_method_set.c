#include "tests/lib/unit.h"

#include <stdlib.h>

#include "server/space/method_set.h"
#include "tests/lib/player.h"

static bool meets(const char *name, enum method_id id)
{
    struct arena arena;
    struct text problem = TEXT("");
    arena_init(&arena);
    bool is_met = method_set_find(TEXT("method"), text_of(name), &arena, &problem) >> id & 1;
    arena_release(&arena);
    return is_met;
}

static void a_name_meets_what_a_client_of_that_name_sends(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        enum method_id id;
        bool is_met;
    } rows[] = {
        {"models.generateContent", METHOD_MODELS_GENERATE_CONTENT, true},
        {"models.generateContent", METHOD_TUNED_MODELS_GENERATE_CONTENT, true},
        {"models.generateContent", METHOD_MODELS_TUNED_GENERATE_CONTENT, true},
        {"models.generateContent", METHOD_TUNED_MODELS_STREAM_GENERATE_CONTENT, false},
        {"models.generateContent", METHOD_MODELS_STREAM_GENERATE_CONTENT, false},
        {"models.streamGenerateContent", METHOD_TUNED_MODELS_STREAM_GENERATE_CONTENT, true},
        {"models.countTokens", METHOD_TUNED_MODELS_COUNT_TOKENS, true},
        {"models.countTokens", METHOD_MODELS_TUNED_COUNT_TOKENS, true},
        {"models.batchGenerateContent", METHOD_TUNED_MODELS_BATCH_GENERATE_CONTENT, true},
        {"models.get", METHOD_TUNED_MODELS_GET, true},
        {"models.get", METHOD_MODELS_TUNED_GET, true},
        {"models.list", METHOD_MODELS_LIST, true},
        {"models.list", METHOD_TUNED_MODELS_LIST, false},
        {"models.embedContent", METHOD_MODELS_BATCH_EMBED_CONTENTS, false},
        {"tunedModels.generateContent", METHOD_MODELS_GENERATE_CONTENT, false},
        {"tunedModels.generateContent", METHOD_MODELS_TUNED_GENERATE_CONTENT, true},
        {"tunedModels.get", METHOD_MODELS_TUNED_GET, true},
        {"tunedModels.get", METHOD_MODELS_GET, false},
        {"operations.get", METHOD_OPERATIONS_GET, true},
        {"operations.get", METHOD_OPERATIONS_GET_ANY, true},
        {"operations.get", METHOD_PERMISSIONS_GET, false},
        {"operations.list", METHOD_OPERATIONS_LIST, true},
        {"operations.cancel", METHOD_OPERATIONS_CANCEL, true},
        {"operations.cancel", METHOD_TUNED_MODELS_CANCEL, true},
        {"tunedModels.operations.get", METHOD_OPERATIONS_GET_ANY, true},
        {"tunedModels.operations.list", METHOD_OPERATIONS_LIST_ALL, true},
        {"operations.delete", METHOD_OPERATIONS_DELETE_ANY, true},
        {"permissions.create", METHOD_PERMISSIONS_CREATE, true},
        {"*", METHOD_MODELS_LIST, true},
        {"", METHOD_TUNED_MODELS_CREATE, true},
        {"list", METHOD_TUNED_MODELS_LIST, false},
        {"generateContent", METHOD_MODELS_GENERATE_CONTENT, false},
        {"Models.generateContent", METHOD_MODELS_GENERATE_CONTENT, false},
        {".get", METHOD_MODELS_GET, false},
        /* Vertex AI has names of its own. */
        {"models.generateContent", METHOD_ENDPOINTS_GENERATE_CONTENT, false},
        {"models.get", METHOD_VERTEX_MODELS_GET, false},
        {"operations.get", METHOD_VERTEX_OPERATIONS_GET, false},
        {"endpoints.generateContent", METHOD_ENDPOINTS_GENERATE_CONTENT, true},
        {"contexts.get", METHOD_CONTEXTS_GET, true},
    };
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++)
        if (meets(rows[i].name, rows[i].id) != rows[i].is_met)
            fail_msg("%s and %s", rows[i].name, methods[rows[i].id].name);
}

static void the_name_of_a_detour_means_what_it_stands_for(void **state)
{
    (void)state;
    struct arena arena;
    struct text problem = TEXT("");
    arena_init(&arena);
    assert_int_equal(
        method_set_stands_for(METHOD_MODELS_GENERATE_CONTENT), METHOD_MODELS_GENERATE_CONTENT);
    for (int id = 0; id < METHOD_EMULATED_COUNT; id++) {
        method_set told =
            method_set_find_told(TEXT("method"), text_of(methods[id].name), &arena, &problem);
        assert_true(told >> method_set_stands_for(id) & 1);
    }
    assert_true(method_set_find_told(TEXT("method"), TEXT("none"), &arena, &problem) == 0);
    arena_release(&arena);
}

static void the_first_of_a_set_is_found_in_either_half(void **state)
{
    (void)state;
    assert_int_equal(method_set_first(~(method_set)0), 0);
    for (int id = 0; id < 127; id++)
        assert_int_equal(method_set_first(method_set_of(id) | method_set_of(127)), id);
}

/* The own name of every method means it, whatever else it means. */
static void every_method_has_its_name(void **state)
{
    (void)state;
    for (int id = 0; id < METHOD_EMULATED_COUNT; id++)
        assert_true(meets(methods[id].name, (enum method_id)id));
}

static void a_name_that_means_none_is_told_the_nearest(void **state)
{
    (void)state;
    static const struct {
        const char *name, *nearest;
    } rows[] = {
        {"models.generatContent", "\"models.generateContent\""},
        {"models.generate_content", "\"models.generateContent\""},
        {"generateContent", "\"tunedModels.generateContent\""},
        {"tunedmodels.create", "\"tunedModels.create\""},
        {"operation.get", "\"operations.get\""},
        {"permissions.grant", "\"tunedModels.permissions."},
        {"", ""},
    };
    for (size_t i = 0; rows[i].name[0]; i++) {
        struct arena arena;
        struct text problem = TEXT("");
        arena_init(&arena);
        assert_int_equal(
            method_set_find(TEXT("method"), text_of(rows[i].name), &arena, &problem), 0);
        if (text_find(problem, text_of(rows[i].nearest)) == problem.len)
            fail_msg("%s: %.*s", rows[i].name, TEXT_ARGS(problem));
        arena_release(&arena);
    }
}

static void the_documentation_lists_every_method(void **state)
{
    (void)state;
    char *page = player_read_file("docs/faults.md");
    struct arena arena;
    arena_init(&arena);
    for (int id = 0; id < METHOD_EMULATED_COUNT; id++) {
        struct text row = arena_printf(&arena, "| `%s` | `%s %s` |\n", methods[id].name,
            http_verb_name(methods[id].verb), methods[id].path);
        if (text_find(text_of(page), row) == strlen(page))
            fail_msg("docs/faults.md lacks %.*s", TEXT_ARGS(row));
    }
    arena_release(&arena);
    free(page);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_name_meets_what_a_client_of_that_name_sends),
        cmocka_unit_test(the_name_of_a_detour_means_what_it_stands_for),
        cmocka_unit_test(the_first_of_a_set_is_found_in_either_half),
        cmocka_unit_test(every_method_has_its_name),
        cmocka_unit_test(a_name_that_means_none_is_told_the_nearest),
        cmocka_unit_test(the_documentation_lists_every_method),
    };
    return cmocka_run_group_tests_name("fault_method", tests, NULL, NULL);
}
