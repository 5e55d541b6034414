#include "tests/lib/unit.h"

#include <pthread.h>

#include "server/json/decode.h"
#include "server/json/write.h"
#include "server/state/catalogue.h"

extern const char embedded_fixtures_base_models_json[];
extern const size_t embedded_fixtures_base_models_json_len;

static int open_catalogue(void **state)
{
    static struct arena arena;
    arena_init(&arena);
    static void *both[2];
    both[0] = catalogue_new();
    both[1] = &arena;
    *state = both;
    return 0;
}

static int close_catalogue(void **state)
{
    void **both = *state;
    catalogue_free(both[0]);
    arena_release(both[1]);
    return 0;
}

static struct catalogue *catalogue_of(void **state)
{
    void **both = *state;
    return both[0];
}

static struct arena *arena_of(void **state)
{
    void **both = *state;
    return both[1];
}

static void base_models_are_found_by_their_full_name(void **state)
{
    static const struct {
        const char *name;
        bool is_there;
    } rows[] = {
        {"models/gemini-1.5-flash-001-tuning", true},
        {"models/gemini-1.0-pro-001", true},
        {"models/text-bison-001", true},
        {"models/gemini-pro", true},
        {"models/gemini-2.0-flash", true},
        {"models/text-embedding-004", true},
        {"models/aqa", true},
        {"gemini-1.5-flash", false},
        {"models/Gemini-1.5-flash", false},
        {"models/gemini-1.5-flash ", false},
        {"models/", false},
        {"", false},
    };
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++)
        assert_int_equal(
            catalogue_find(catalogue_of(state), text_of(rows[i].name)) != NULL, rows[i].is_there);
}

static void every_base_model_says_what_clients_need(void **state)
{
    const struct catalogue *catalogue = catalogue_of(state);
    assert_true(catalogue_count(catalogue) >= 18);
    for (size_t i = 0; i < catalogue_count(catalogue); i++) {
        const struct message *model = catalogue_at(catalogue, i)->model;
        assert_true(text_starts_with(message_text(model, Model_name), TEXT("models/")));
        assert_true(message_text(model, Model_version).len > 0);
        assert_true(message_text(model, Model_display_name).len > 0);
        assert_true(message_text(model, Model_description).len > 0);
        assert_true(message_int(model, Model_input_token_limit) > 0);
        assert_true(message_int(model, Model_output_token_limit) > 0);
        assert_true(message_count(model, Model_supported_generation_methods) > 0);
        assert_false(message_has(model, Model_base_model_id));
    }
}

static void the_models_are_those_of_the_file_decoded_whole(void **state)
{
    const struct catalogue *catalogue = catalogue_of(state);
    struct message *file = message_new(arena_of(state), MESSAGE_BaseModelFile, VERSION_V1BETA);
    struct decode_problems problems;
    decode_problems_init(&problems, arena_of(state));
    decode_body(
        (struct text){embedded_fixtures_base_models_json, embedded_fixtures_base_models_json_len},
        file, TEXT(""), &problems);
    assert_false(decode_problems_any(&problems));
    assert_int_equal(message_count(file, BaseModelFile_models), catalogue_count(catalogue));
    for (size_t i = 0; i < catalogue_count(catalogue); i++) {
        const struct message *entry = message_child_at(file, BaseModelFile_models, i);
        const struct message *model = message_child(entry, BaseModelEntry_model);
        const struct base_model *base = catalogue_at(catalogue, i);
        assert_true(
            text_equals(message_text(base->model, Model_name), message_text(model, Model_name)));
        assert_true(text_equals(
            message_text(base->model, Model_description), message_text(model, Model_description)));
        assert_int_equal(base->is_retired, message_bool(entry, BaseModelEntry_retired));
        assert_int_equal(base->is_later, message_bool(entry, BaseModelEntry_later));
        assert_int_equal(base->is_unlisted, message_bool(entry, BaseModelEntry_unlisted));
    }
}

static void *decode_all(void *context)
{
    const struct catalogue *catalogue = context;
    const struct base_model *last = NULL;
    for (size_t i = 0; i < catalogue_count(catalogue); i++)
        last = catalogue_at(catalogue, i);
    return (void *)last->model;
}

static void threads_that_ask_at_once_are_given_the_same(void **state)
{
    struct catalogue *catalogue = catalogue_of(state);
    pthread_t threads[4];
    for (size_t i = 0; i < ARRAY_COUNT(threads); i++)
        assert_int_equal(pthread_create(&threads[i], NULL, decode_all, catalogue), 0);
    for (size_t i = 0; i < ARRAY_COUNT(threads); i++) {
        void *last = NULL;
        assert_int_equal(pthread_join(threads[i], &last), 0);
        assert_ptr_equal(last, catalogue_at(catalogue, catalogue_count(catalogue) - 1)->model);
    }
}

static void every_name_stands_once(void **state)
{
    const struct catalogue *catalogue = catalogue_of(state);
    for (size_t i = 0; i < catalogue_count(catalogue); i++) {
        const struct base_model *base = catalogue_at(catalogue, i);
        assert_ptr_equal(catalogue_find(catalogue, message_text(base->model, Model_name)), base);
    }
}

static void the_tunable_models_learn_and_sample_as_recorded(void **state)
{
    static const struct {
        const char *name, *method;
        enum training_curve curve;
        float temperature, top_p;
        int top_k;
        bool is_retired;
    } rows[] = {
        {"models/text-bison-001", "createTunedTextModel", TRAINING_CURVE_TEXT_BISON, 0.7F, 0.95F,
            40, true},
        {"models/text-bison-tuning-test", "createTunedTextModel", TRAINING_CURVE_TEXT_BISON, 0.7F,
            0.95F, 40, true},
        {"models/gemini-1.0-pro-001", "createTunedModel", TRAINING_CURVE_GEMINI_1_0_PRO, 0.9F, 1, 0,
            true},
        {"models/gemini-1.5-flash-001-tuning", "createTunedModel", TRAINING_CURVE_GEMINI_1_5_FLASH,
            1, 0.95F, 64, false},
    };
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        const struct base_model *base = catalogue_find(catalogue_of(state), text_of(rows[i].name));
        assert_non_null(base);
        assert_true(base_model_supports(base, rows[i].method));
        assert_int_equal(base->curve, rows[i].curve);
        assert_true(message_float(base->model, Model_temperature) == rows[i].temperature);
        assert_true(message_float(base->model, Model_top_p) == rows[i].top_p);
        /* Of gemini-1.0-pro-001 no topK was recorded; its tuned models have "topK": 0. */
        assert_int_equal(message_has(base->model, Model_top_k), rows[i].top_k != 0);
        assert_int_equal(message_int(base->model, Model_top_k), rows[i].top_k);
        assert_int_equal(base->is_retired, rows[i].is_retired);
    }
}

static void only_the_tunable_models_and_the_twin_of_one_can_be_tuned(void **state)
{
    const struct catalogue *catalogue = catalogue_of(state);
    int tunable_count = 0;
    for (size_t i = 0; i < catalogue_count(catalogue); i++) {
        const struct base_model *base = catalogue_at(catalogue, i);
        if (base_model_supports(base, "createTunedModel") ||
            base_model_supports(base, "createTunedTextModel"))
            tunable_count++;
        assert_false(base_model_supports(base, "createTuned"));
        assert_false(base_model_supports(base, ""));
    }
    assert_int_equal(tunable_count, 4);
}

static void vertex_ai_finds_its_models_by_any_of_their_names(void **state)
{
    static const struct {
        const char *name, *id; /* NULL: there is none */
        int adapter_max;
    } rows[] = {
        {"gemini-2.5-flash", "gemini-2.5-flash", 16},
        {"publishers/google/models/gemini-2.5-pro", "gemini-2.5-pro", 8},
        {"projects/p/locations/l/publishers/google/models/gemini-2.0-flash-001",
            "gemini-2.0-flash-001", 8},
        {"google/gemini-2.0-flash-lite-001", "gemini-2.0-flash-lite-001", 8},
        {"models/gemini-2.5-flash-lite", "gemini-2.5-flash-lite", 16},
        {"gemini-2.0-flash", "gemini-2.0-flash", 0},
        {"models/models/gemini-2.5-flash", NULL, 0},
        {"publishers/meta/models/gemini-2.5-flash", NULL, 0},
        {"models/", NULL, 0},
        {"", NULL, 0},
    };
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        const struct base_model *base =
            catalogue_find_published(catalogue_of(state), text_of(rows[i].name), arena_of(state));
        assert_int_equal(base != NULL, rows[i].id != NULL);
        if (!base)
            continue;
        assert_text(base_model_id(base), rows[i].id);
        assert_true(base->is_published);
        assert_int_equal(base->adapter_max, rows[i].adapter_max);
    }
    /* It tuned them once, and tutorials still do. */
    const struct base_model *old =
        catalogue_find_published(catalogue_of(state), TEXT("gemini-1.5-pro-002"), arena_of(state));
    assert_false(old->is_published);
    assert_int_equal(old->adapter_max, 4);
    struct text ids = catalogue_published_tunable_ids(catalogue_of(state), arena_of(state));
    assert_true(text_starts_with(ids, TEXT("gemini-2.0-flash-001, gemini-2.0-flash-lite-001, ")));
    assert_int_equal(text_find(ids, TEXT("1.5")), ids.len);
}

/* Two models are the same to the byte. */
static void assert_same_model(const struct message *model, const struct message *expected)
{
    struct arena arena;
    arena_init(&arena);
    assert_true(text_equals(json_text(model, &arena), json_text(expected, &arena)));
    arena_release(&arena);
}

static void an_added_model_is_found_and_comes_last(void **state)
{
    struct catalogue *catalogue = catalogue_of(state);
    size_t count = catalogue_count(catalogue);
    for (int i = 0; i < 100; i++) {
        struct message *added = message_new(arena_of(state), MESSAGE_Model, VERSION_V1BETA);
        struct text name = arena_printf(arena_of(state), "models/\"added\"-%d", i);
        message_set_text(added, Model_name, name);
        catalogue_add(catalogue, added, TRAINING_CURVE_GEMINI_1_0_PRO);
        assert_int_equal(catalogue_count(catalogue), ++count);
        assert_same_model(catalogue_find(catalogue, name)->model, added);
        assert_same_model(catalogue_at(catalogue, count - 1)->model, added);
    }
    assert_non_null(catalogue_find(catalogue, TEXT("models/aqa")));
}

static void an_added_model_of_a_known_name_takes_its_place(void **state)
{
    struct catalogue *catalogue = catalogue_of(state);
    size_t count = catalogue_count(catalogue);
    struct text name = TEXT("models/gemini-1.5-flash");
    struct message *other = message_new(arena_of(state), MESSAGE_Model, VERSION_V1BETA);
    message_set_text(other, Model_name, name);
    assert_non_null(catalogue_find(catalogue, name));
    catalogue_add(catalogue, other, TRAINING_CURVE_TEXT_BISON);
    assert_int_equal(catalogue_count(catalogue), count);
    assert_same_model(catalogue_find(catalogue, name)->model, other);
    assert_int_equal(catalogue_find(catalogue, name)->curve, TRAINING_CURVE_TEXT_BISON);
}

static void a_copy_has_all_models_and_its_own_additions(void **state)
{
    struct catalogue *catalogue = catalogue_of(state);
    struct message *added = message_new(arena_of(state), MESSAGE_Model, VERSION_V1BETA);
    message_set_text(added, Model_name, TEXT("models/mine"));
    struct catalogue *first = catalogue_copy(catalogue);
    catalogue_add(first, added, TRAINING_CURVE_TEXT_BISON);
    struct catalogue *second = catalogue_copy(first);
    catalogue_free(first);
    assert_int_equal(catalogue_count(second), catalogue_count(catalogue) + 1);
    for (size_t i = 0; i < catalogue_count(catalogue); i++)
        assert_same_model(catalogue_at(second, i)->model, catalogue_at(catalogue, i)->model);
    assert_same_model(catalogue_find(second, TEXT("models/mine"))->model, added);
    assert_null(catalogue_find(catalogue, TEXT("models/mine")));
    catalogue_free(second);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(
            base_models_are_found_by_their_full_name, open_catalogue, close_catalogue),
        cmocka_unit_test_setup_teardown(
            every_base_model_says_what_clients_need, open_catalogue, close_catalogue),
        cmocka_unit_test_setup_teardown(
            the_models_are_those_of_the_file_decoded_whole, open_catalogue, close_catalogue),
        cmocka_unit_test_setup_teardown(
            threads_that_ask_at_once_are_given_the_same, open_catalogue, close_catalogue),
        cmocka_unit_test_setup_teardown(every_name_stands_once, open_catalogue, close_catalogue),
        cmocka_unit_test_setup_teardown(
            the_tunable_models_learn_and_sample_as_recorded, open_catalogue, close_catalogue),
        cmocka_unit_test_setup_teardown(only_the_tunable_models_and_the_twin_of_one_can_be_tuned,
            open_catalogue, close_catalogue),
        cmocka_unit_test_setup_teardown(
            vertex_ai_finds_its_models_by_any_of_their_names, open_catalogue, close_catalogue),
        cmocka_unit_test_setup_teardown(
            an_added_model_is_found_and_comes_last, open_catalogue, close_catalogue),
        cmocka_unit_test_setup_teardown(
            an_added_model_of_a_known_name_takes_its_place, open_catalogue, close_catalogue),
        cmocka_unit_test_setup_teardown(
            a_copy_has_all_models_and_its_own_additions, open_catalogue, close_catalogue),
    };
    return cmocka_run_group_tests_name("catalogue", tests, NULL, NULL);
}
