#include "tests/lib/unit.h"

#include "base/hash.h"
#include "server/json/write.h"
#include "server/sim/trainer.h"
#include "server/sim/training_moves.h"
#include "server/state/tuning_snapshots.h"

enum { KEPT_BYTES = 1024 * 1024, SHORT_EXAMPLES = 15, LONG_EXAMPLES = 6000 };

static struct training_plan plan_of(int32_t example_count, uint64_t seed)
{
    struct training_plan plan = {
        .curve = TRAINING_CURVE_TEXT_BISON,
        .example_count = example_count,
        .batch_size = 4,
        .epoch_count = 5,
        .learning_rate = 0.001,
        .step_ns = 300 * INT64_C(1000000),
        .start_ns = 1721499809000000123,
        .data_hash = hash_mix(1, seed),
        .noise_seed = hash_mix(2, seed),
    };
    plan.total_steps = training_total_steps(plan.example_count, plan.epoch_count, plan.batch_size);
    return plan;
}

/* The TuningTask of a plan after so many steps; in a page if it is to stand deeper. */
static void write_task(struct buf *out, const struct training_plan *plan, int32_t count,
    const struct json_style *style, bool is_deeper, struct kept *kept)
{
    struct arena arena;
    arena_init(&arena);
    struct message *page = message_new(&arena, MESSAGE_ListTunedModelsResponse, VERSION_V1BETA);
    struct message *model = message_add_child(page, ListTunedModelsResponse_tuned_models);
    struct message *task = message_make_child(model, TunedModel_tuning_task);
    tuning_snapshots_set(task, TuningTask_snapshots, plan, count, kept);
    json_write(out, is_deeper ? page : model, style);
    arena_release(&arena);
}

/* What is kept must not be seen. */
static void assert_same(struct kept *kept, const struct training_plan *plan, int32_t count)
{
    for (int i = 0; i < 6; i++) {
        struct json_style style = {.layout = (enum json_layout)(i / 2)};
        struct buf written = BUF_INIT, expected = BUF_INIT;
        write_task(&written, plan, count, &style, i % 2, kept);
        write_task(&expected, plan, count, &style, i % 2, NULL);
        assert_string_equal(written.data, expected.data);
        buf_release(&written);
        buf_release(&expected);
    }
}

static void kept_snapshots_are_those_that_were_made(void **state)
{
    (void)state;
    static const int32_t counts[] = {0, 1, 5, 5, 19, 4, 0, 19, 1};
    struct kept *kept = kept_new(KEPT_BYTES);
    for (size_t i = 0; i < ARRAY_COUNT(counts); i++)
        for (uint64_t seed = 0; seed < 3; seed++) {
            struct training_plan plan = plan_of(SHORT_EXAMPLES, seed);
            assert_same(kept, &plan, counts[i]);
        }
    kept_free(kept);
}

static void kept_losses_are_those_that_were_made(void **state)
{
    (void)state;
    static const int32_t counts[] = {700, 3000, 2999, 7500};
    struct kept *kept = kept_new(KEPT_BYTES);
    struct kept *little = kept_new(KEPT_BYTES / 64);
    struct training_plan plan = plan_of(LONG_EXAMPLES, 1);
    assert_int_equal(plan.total_steps, 7500);
    for (size_t i = 0; i < ARRAY_COUNT(counts); i++) {
        assert_same(kept, &plan, counts[i]);
        assert_same(little, &plan, counts[i]);
    }
    kept_free(kept);
    kept_free(little);
}

static void every_number_of_a_plan_tells_its_snapshots_from_others(void **state)
{
    (void)state;
    struct kept *kept = kept_new(KEPT_BYTES);
    struct training_plan plans[14];
    size_t count = ARRAY_COUNT(plans);
    struct arena arena;
    arena_init(&arena);
    for (size_t i = 0; i < count; i++)
        plans[i] = plan_of(SHORT_EXAMPLES, 1);
    plans[1].curve = TRAINING_CURVE_GEMINI_1_0_PRO;
    plans[2].example_count = 16;
    plans[3].batch_size = 5;
    plans[4].epoch_count = 2;
    plans[5].learning_rate = 0.002;
    plans[6].start_ns += 1000;
    plans[7].step_ns++;
    plans[8].data_hash++;
    plans[9].noise_seed++;
    plans[10].end = TRAINING_END_COMPLETED;
    plans[10].end_ns = plans[10].start_ns + 2 * plans[10].step_ns;
    plans[11] = plans[10];
    plans[11].end_ns += 1000;
    plans[12].moves = training_moves_add(
        plans[12].moves, 0, (struct training_move){plans[12].start_ns, 0, 7}, &arena);
    plans[13].moves = training_moves_add(
        plans[13].moves, 0, (struct training_move){plans[13].start_ns, 0, 8}, &arena);
    for (int round = 0; round < 2; round++)
        for (size_t i = 0; i < count; i++)
            assert_same(kept, &plans[i], 5);
    arena_release(&arena);
    kept_free(kept);
}

static void a_mask_shows_parts_of_snapshots_beside_kept_ones(void **state)
{
    (void)state;
    struct kept *kept = kept_new(KEPT_BYTES);
    struct arena arena;
    arena_init(&arena);
    struct training_plan plan = plan_of(SHORT_EXAMPLES, 1);
    struct json_style style = {.layout = JSON_COMPACT};
    struct text problem;
    assert_same(kept, &plan, 2);
    assert_true(json_mask_parse(TEXT("tuningTask.snapshots.step"),
        &message_types[MESSAGE_TunedModel], VERSION_V1BETA, &arena, &style.mask, &problem));
    struct buf written = BUF_INIT;
    write_task(&written, &plan, 2, &style, false, kept);
    assert_string_equal(
        written.data, "{\"tuningTask\":{\"snapshots\":[{\"step\":1},{\"step\":2}]}}");
    buf_release(&written);
    assert_same(kept, &plan, 3);
    arena_release(&arena);
    kept_free(kept);
}

static void an_answer_that_is_refused_memory_keeps_no_half_of_a_text(void **state)
{
    (void)state;
    struct kept *kept = kept_new(KEPT_BYTES);
    struct budget budget;
    budget_init(&budget, 0);
    struct share share = {.budget = &budget};
    struct json_style style = {.layout = JSON_PRETTY, .share = &share};
    struct training_plan plan = plan_of(SHORT_EXAMPLES * 20, 1);
    struct buf written = BUF_INIT;
    for (int round = 0; round < 2; round++) {
        write_task(&written, &plan, plan.total_steps, &style, false, kept);
        assert_true(share.is_refused);
        share_release(&share);
        /* Not even a whole one that is kept. */
        assert_true(written.len < 1000);
        buf_clear(&written);
        assert_same(kept, &plan, plan.total_steps);
    }
    buf_release(&written);
    kept_free(kept);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(kept_snapshots_are_those_that_were_made),
        cmocka_unit_test(kept_losses_are_those_that_were_made),
        cmocka_unit_test(every_number_of_a_plan_tells_its_snapshots_from_others),
        cmocka_unit_test(a_mask_shows_parts_of_snapshots_beside_kept_ones),
        cmocka_unit_test(an_answer_that_is_refused_memory_keeps_no_half_of_a_text),
    };
    return cmocka_run_group_tests_name("tuning snapshots", tests, NULL, NULL);
}
