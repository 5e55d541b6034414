#include "tests/lib/unit.h"

#include "store/facts.h"

/* Every member has a value that no other has, so that a swap shows. */
static const struct store_model full = {
    .version = 4,
    .base_model = TEXT_INIT("models/gemini-1.5-flash-001-tuning"),
    .source_model = TEXT_INIT("tunedModels/first"),
    .display_name = TEXT_INIT("a \0 inside"),
    .description = TEXT_INIT("描述"),
    .has_temperature = true,
    .has_top_k = true,
    .has_learning_rate_multiplier = true,
    .temperature = 0.1F,
    .top_p = -0.0F,
    .top_k = -40,
    .reader_project_numbers = TEXT_INIT("123,456"),
    .create_ns = INT64_MAX,
    .update_ns = INT64_MIN,
    .epoch_count = 5,
    .batch_size = INT32_MAX,
    .learning_rate = 1e-38F,
    .learning_rate_multiplier = 3.4e38F,
    .start_ns = 1723000000000000123,
    .data_set = TEXT_INIT("0123456789abcdef0123456789abcdef"),
    .example_count = 15,
    .total_steps = 38,
    .plan_learning_rate = 0.0010000000000000002,
    .step_ns = -1,
    .data_hash = UINT64_MAX,
    .noise_seed = 0x8000000000000001,
    .end = 2,
    .end_ns = 77,
    .end_code = 13,
    .end_message = TEXT_INIT("went wrong"),
    .fixed_state = 3,
    .fixed_complete_ns = 78,
    .fixed_task = TEXT_INIT("[]"),
};

static void assert_same_text(struct text actual, struct text expected)
{
    assert_int_equal(actual.len, expected.len);
    if (expected.len > 0)
        assert_memory_equal(actual.bytes, expected.bytes, expected.len);
}

static void assert_same_facts(const struct store_model *actual, const struct store_model *expected)
{
    assert_same_text(actual->base_model, expected->base_model);
    assert_same_text(actual->source_model, expected->source_model);
    assert_same_text(actual->display_name, expected->display_name);
    assert_same_text(actual->description, expected->description);
    assert_same_text(actual->reader_project_numbers, expected->reader_project_numbers);
    assert_same_text(actual->data_set, expected->data_set);
    assert_same_text(actual->end_message, expected->end_message);
    assert_same_text(actual->fixed_task, expected->fixed_task);
    assert_int_equal(actual->version, expected->version);
    assert_int_equal(actual->has_temperature, expected->has_temperature);
    assert_int_equal(actual->has_top_p, expected->has_top_p);
    assert_int_equal(actual->has_top_k, expected->has_top_k);
    assert_int_equal(actual->has_learning_rate, expected->has_learning_rate);
    assert_int_equal(actual->has_learning_rate_multiplier, expected->has_learning_rate_multiplier);
    assert_memory_equal(&actual->temperature, &expected->temperature, sizeof(float));
    assert_memory_equal(&actual->top_p, &expected->top_p, sizeof(float));
    assert_int_equal(actual->top_k, expected->top_k);
    assert_int_equal(actual->create_ns, expected->create_ns);
    assert_int_equal(actual->update_ns, expected->update_ns);
    assert_int_equal(actual->epoch_count, expected->epoch_count);
    assert_int_equal(actual->batch_size, expected->batch_size);
    assert_memory_equal(&actual->learning_rate, &expected->learning_rate, sizeof(float));
    assert_memory_equal(
        &actual->learning_rate_multiplier, &expected->learning_rate_multiplier, sizeof(float));
    assert_int_equal(actual->start_ns, expected->start_ns);
    assert_int_equal(actual->example_count, expected->example_count);
    assert_int_equal(actual->total_steps, expected->total_steps);
    assert_memory_equal(&actual->plan_learning_rate, &expected->plan_learning_rate, sizeof(double));
    assert_int_equal(actual->step_ns, expected->step_ns);
    assert_int_equal(actual->data_hash, expected->data_hash);
    assert_int_equal(actual->noise_seed, expected->noise_seed);
    assert_int_equal(actual->end, expected->end);
    assert_int_equal(actual->end_ns, expected->end_ns);
    assert_int_equal(actual->end_code, expected->end_code);
    assert_int_equal(actual->fixed_state, expected->fixed_state);
    assert_int_equal(actual->fixed_complete_ns, expected->fixed_complete_ns);
}

static void a_full_and_an_empty_model_come_back_as_they_were(void **state)
{
    (void)state;
    static const struct store_model empty;
    const struct store_model *models[] = {&full, &empty, &full};
    struct buf facts;
    buf_init(&facts);
    for (size_t i = 0; i < 3; i++) {
        facts_encode(&facts, models[i]);
        struct store_model actual;
        memset(&actual, 0x5a, sizeof(actual));
        assert_true(facts_decode(buf_text(&facts), &actual));
        assert_same_facts(&actual, models[i]);
    }
    buf_release(&facts);
}

static void each_flag_is_its_own(void **state)
{
    (void)state;
    struct buf facts;
    buf_init(&facts);
    for (int i = 0; i < 5; i++) {
        struct store_model model = {
            .has_temperature = i == 0,
            .has_top_p = i == 1,
            .has_top_k = i == 2,
            .has_learning_rate = i == 3,
            .has_learning_rate_multiplier = i == 4,
        };
        facts_encode(&facts, &model);
        struct store_model actual;
        assert_true(facts_decode(buf_text(&facts), &actual));
        assert_same_facts(&actual, &model);
    }
    buf_release(&facts);
}

/* The bytes are in people's files: numbers are little-endian on every machine. */
static void the_layout_does_not_change(void **state)
{
    (void)state;
    struct buf facts;
    buf_init(&facts);
    facts_encode(&facts, &(struct store_model){.version = 0x01020304, .has_top_p = true});
    assert_int_equal(facts.len, 2 + 13 * 4 + 9 * 8 + 8 * 4);
    assert_memory_equal(facts.data, "\x01\x02\x04\x03\x02\x01", 6);
    buf_release(&facts);
}

static void cut_and_grown_facts_are_refused(void **state)
{
    (void)state;
    struct buf facts;
    buf_init(&facts);
    facts_encode(&facts, &full);
    struct store_model model;
    for (size_t len = 0; len < facts.len; len++) {
        /* A copy of its own, so that a sanitizer sees a read behind its end. */
        char *cut = malloc(len + (len == 0));
        memcpy(cut, facts.data, len);
        assert_false(facts_decode((struct text){cut, len}, &model));
        free(cut);
    }
    buf_add_byte(&facts, 'x');
    assert_false(facts_decode(buf_text(&facts), &model));
    buf_release(&facts);
}

static void another_format_is_refused(void **state)
{
    (void)state;
    struct buf facts;
    buf_init(&facts);
    facts_encode(&facts, &full);
    struct store_model model;
    facts.data[0] = 2;
    assert_false(facts_decode(buf_text(&facts), &model));
    facts.data[0] = 0;
    assert_false(facts_decode(buf_text(&facts), &model));
    buf_release(&facts);
}

static void lengths_that_lie_are_refused(void **state)
{
    (void)state;
    struct buf facts;
    buf_init(&facts);
    struct store_model model;
    /* Each of the eight lengths in turn, with values that overflow sums of 32 bits. */
    static const unsigned char lies[][4] = {
        {0xff, 0xff, 0xff, 0xff}, {0, 0, 0, 0x80}, {0, 1, 0, 0}, {0xfe, 0xff, 0xff, 0xff}};
    static const size_t lengths_offset = 2 + 13 * 4 + 9 * 8;
    for (size_t i = 0; i < 8; i++) {
        for (size_t j = 0; j < ARRAY_COUNT(lies); j++) {
            facts_encode(&facts, &full);
            memcpy(facts.data + lengths_offset + 4 * i, lies[j], 4);
            assert_false(facts_decode(buf_text(&facts), &model));
        }
    }
    buf_release(&facts);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_full_and_an_empty_model_come_back_as_they_were),
        cmocka_unit_test(each_flag_is_its_own),
        cmocka_unit_test(the_layout_does_not_change),
        cmocka_unit_test(cut_and_grown_facts_are_refused),
        cmocka_unit_test(another_format_is_refused),
        cmocka_unit_test(lengths_that_lie_are_refused),
    };
    return cmocka_run_group_tests_name("store_facts", tests, NULL, NULL);
}
