#include "server/state/tuned_model.h"

#include "base/timefmt.h"
#include "server/contract/limits.h"
#include "server/json/write.h"
#include "tests/lib/unit.h"

/* A training of so many steps that begins now, at the epoch. */
static struct store_model make_model(int32_t steps, int64_t step_ns)
{
    return (struct store_model){
        .base_model = TEXT("models/x"),
        .epoch_count = steps,
        .batch_size = 1,
        .example_count = 1,
        .total_steps = steps,
        .plan_learning_rate = 0.001,
        .step_ns = step_ns,
    };
}

static void the_end_of_a_training_is_when_its_state_changes(void **state)
{
    (void)state;
    struct store_model model = make_model(3, NS_PER_SECOND);
    int64_t end_ns = tuned_model_end_ns(&model, NULL);
    assert_true(end_ns >= 3 * NS_PER_SECOND && end_ns < 5 * NS_PER_SECOND);
    assert_int_equal(tuned_model_state(&model, NULL, end_ns), TunedModel_State_ACTIVE);
    assert_int_equal(tuned_model_state(&model, NULL, end_ns - 1), TunedModel_State_CREATING);
}

static void what_never_ends_has_no_end(void **state)
{
    (void)state;
    struct store_model fixed = {.fixed_state = TunedModel_State_CREATING};
    assert_int_equal(tuned_model_end_ns(&fixed, NULL), INT64_MAX);
    /* Four days each; the last emulated year is 2261. */
    struct store_model model = make_model(TRAINING_STEPS_MAX, 4 * 24 * 3600 * NS_PER_SECOND);
    assert_int_equal(tuned_model_state(&model, NULL, TIME_MAX_NS), TunedModel_State_CREATING);
    assert_int_equal(tuned_model_end_ns(&model, NULL), INT64_MAX);
}

enum { KEPT_BYTES = 4 * 1024 * 1024 };

/* In a list, if it is to stand deeper; in an operation, which is an Any, if that is asked for. */
static void write_model(struct buf *out, const struct store_model *model, int64_t now_ns,
    const struct json_style *style, int way, struct kept *kept)
{
    struct arena arena;
    arena_init(&arena);
    struct message *written =
        way == 2 ? tuned_model_operation(model, TEXT("o"), NULL, now_ns, false, kept, &arena)
                 : tuned_model_shown(model, NULL, now_ns, VERSION_V1BETA, kept, &arena, NULL);
    if (way == 1) {
        struct message *list = message_new(&arena, MESSAGE_ListTunedModelsResponse, VERSION_V1BETA);
        message_add_message(list, ListTunedModelsResponse_tuned_models, written);
        written = list;
    }
    json_write(out, written, style);
    arena_release(&arena);
}

/* What is kept must not be seen. */
static void assert_shown_as_made(struct kept *kept, const struct store_model *model, int64_t now_ns)
{
    for (int i = 0; i < 18; i++) {
        struct json_style style = {
            .layout = (enum json_layout)(i % 3), .enums_as_numbers = i / 3 % 2};
        struct buf written = BUF_INIT, expected = BUF_INIT;
        write_model(&written, model, now_ns, &style, i / 6, kept);
        write_model(&expected, model, now_ns, &style, i / 6, NULL);
        assert_string_equal(written.data, expected.data);
        buf_release(&written);
        buf_release(&expected);
    }
}

static void a_kept_model_is_shown_as_it_is_now(void **state)
{
    (void)state;
    struct kept *kept = kept_new(KEPT_BYTES);
    struct store_model model = make_model(5, NS_PER_SECOND);
    model.version = VERSION_V1BETA;
    model.id = TEXT("m");
    model.create_ns = model.update_ns = 7;
    model.start_ns = NS_PER_SECOND;
    static const int seconds[] = {0, 1, 2, 4, 4, 3, 20, 20, 0, 5};
    for (int round = 0; round < 2; round++)
        for (size_t i = 0; i < ARRAY_COUNT(seconds); i++)
            assert_shown_as_made(kept, &model, seconds[i] * NS_PER_SECOND);
    model.end = TRAINING_END_CANCELLED;
    model.end_ns = 3 * NS_PER_SECOND;
    for (size_t i = 0; i < ARRAY_COUNT(seconds); i++)
        assert_shown_as_made(kept, &model, seconds[i] * NS_PER_SECOND);
    kept_free(kept);
}

static void every_fact_of_a_model_tells_its_text_from_others(void **state)
{
    (void)state;
    struct kept *kept = kept_new(KEPT_BYTES);
    enum { COUNT = 24 };
    struct store_model models[COUNT];
    for (size_t i = 0; i < COUNT; i++) {
        models[i] = make_model(5, NS_PER_SECOND);
        models[i].version = VERSION_V1BETA;
        models[i].id = TEXT("m");
        models[i].start_ns = models[i].create_ns = 1;
    }
    models[1].id = TEXT("n");
    models[2].base_model = TEXT("models/y");
    models[3].source_model = TEXT("tunedModels/s");
    models[4].display_name = TEXT("ab");
    models[5].description = TEXT("ab");
    models[6].display_name = TEXT("a");
    models[6].description = TEXT("b");
    models[7].has_temperature = true;
    models[8] = models[7];
    models[8].temperature = 0.5F;
    models[9].has_top_p = true;
    models[10] = models[9];
    models[10].top_p = 0.5F;
    models[11].has_top_k = true;
    models[12] = models[11];
    models[12].top_k = 5;
    models[13].reader_project_numbers = TEXT("1,2");
    models[14].create_ns = 2;
    models[15].update_ns = 2;
    models[16].start_ns = 2;
    models[17].has_learning_rate = true;
    models[17].learning_rate = 0.25F;
    models[18].has_learning_rate_multiplier = true;
    models[18].learning_rate_multiplier = 0.25F;
    models[19].noise_seed = 9;
    models[20].fixed_state = TunedModel_State_ACTIVE;
    models[21] = models[20];
    models[21].fixed_state = TunedModel_State_FAILED;
    models[22] = models[20];
    models[22].fixed_complete_ns = 5;
    models[23] = models[20];
    models[23].fixed_task = TEXT("{\"snapshots\":[{\"step\":0}]}");
    for (int round = 0; round < 2; round++)
        for (size_t i = 0; i < COUNT; i++)
            assert_shown_as_made(kept, &models[i], 3 * NS_PER_SECOND);
    kept_free(kept);
}

static void a_mask_shows_part_of_a_kept_model(void **state)
{
    (void)state;
    struct kept *kept = kept_new(KEPT_BYTES);
    struct store_model model = make_model(5, NS_PER_SECOND);
    struct arena arena;
    struct text problem;
    struct json_style style = {.layout = JSON_COMPACT};
    struct buf written = BUF_INIT;
    model.id = TEXT("m");
    arena_init(&arena);
    assert_shown_as_made(kept, &model, 0);
    assert_true(json_mask_parse(TEXT("state"), &message_types[MESSAGE_TunedModel], VERSION_V1BETA,
        &arena, &style.mask, &problem));
    write_model(&written, &model, 0, &style, 0, kept);
    assert_string_equal(written.data, "{\"state\":\"CREATING\"}");
    assert_shown_as_made(kept, &model, 0);
    buf_release(&written);
    arena_release(&arena);
    kept_free(kept);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_end_of_a_training_is_when_its_state_changes),
        cmocka_unit_test(what_never_ends_has_no_end),
        cmocka_unit_test(a_kept_model_is_shown_as_it_is_now),
        cmocka_unit_test(every_fact_of_a_model_tells_its_text_from_others),
        cmocka_unit_test(a_mask_shows_part_of_a_kept_model),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
