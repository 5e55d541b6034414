/* What a row of a tuning job means at a time: states, times, checkpoints, names, what is left. */
#include "tests/lib/unit.h"

#include "base/timefmt.h"
#include "server/json/message.h"
#include "server/sim/training_plan.h"
#include "server/state/tuning_job.h"
#include "server/state/tuning_removal.h"

enum { STEPS = 8 };

/* Created at the epoch; waits for two seconds, then takes a step each second. */
static struct store_model make_job(struct arena *arena)
{
    return (struct store_model){
        .id = tuning_job_row_id(5, arena),
        .kind = STORE_TUNING_JOB,
        .project = TEXT("p"),
        .location = TEXT("l"),
        .base_model = TEXT("models/gemini-2.5-flash"),
        .job = TEXT("{\"baseModel\":\"gemini-2.5-flash\"}"),
        .statistics = TEXT("{\"supervisedTuningDataStats\":{}}"),
        .model_number = 5,
        .model_version = 1,
        .epoch_count = 4,
        .checkpoint_count = 4,
        .batch_size = 4,
        .example_count = STEPS,
        .total_steps = STEPS,
        .plan_learning_rate = 0.001,
        .start_ns = 2 * NS_PER_SECOND + 1,
        .step_ns = NS_PER_SECOND,
    };
}

static enum JobState state_at(const struct store_model *job, int64_t seconds)
{
    return tuning_job_state(job, NULL, seconds * NS_PER_SECOND);
}

static void a_job_waits_runs_and_succeeds(void **state)
{
    struct store_model job = make_job(*state);
    assert_null(tuning_job_row_problem(&job, true));
    assert_int_equal(state_at(&job, 0), JobState_JOB_STATE_PENDING);
    assert_int_equal(state_at(&job, 1), JobState_JOB_STATE_PENDING);
    assert_int_equal(state_at(&job, 3), JobState_JOB_STATE_RUNNING);
    assert_int_equal(state_at(&job, 60), JobState_JOB_STATE_SUCCEEDED);
    assert_int_equal(tuning_job_start_ns(&job, NULL, NS_PER_SECOND), STORE_NO_TIME);
    assert_int_equal(tuning_job_start_ns(&job, NULL, 3 * NS_PER_SECOND), 2 * NS_PER_SECOND);
    assert_int_equal(tuning_job_end_ns(&job, NULL, 3 * NS_PER_SECOND), STORE_NO_TIME);
    int64_t end_ns = tuning_job_end_ns(&job, NULL, 60 * NS_PER_SECOND);
    assert_true(end_ns >= 10 * NS_PER_SECOND && end_ns < 13 * NS_PER_SECOND);
    /* The answer of a create tells of no progress, however fast that was. */
    struct message *first =
        tuning_job_message(&job, NULL, 60 * NS_PER_SECOND, VERSION_V1BETA1, true, *state, NULL);
    assert_int_equal(message_int(first, TuningJob_state), JobState_JOB_STATE_PENDING);
    assert_false(message_has(first, TuningJob_experiment));
    assert_false(message_has(first, TuningJob_start_time));
    assert_false(message_has(first, TuningJob_tuned_model));
}

static void who_failed_at_the_deployment_has_a_model_and_no_endpoint(void **state)
{
    struct store_model job = make_job(*state);
    job.end = TRAINING_END_FAILED;
    job.has_end_step = true;
    job.end_code = 13;
    job.end_message = TEXT("no endpoint");
    for (int32_t step = 0; step <= STEPS; step += STEPS / 2) {
        bool is_last = step == STEPS;
        job.end_step = step;
        assert_null(tuning_job_row_problem(&job, true));
        assert_int_equal(state_at(&job, 60), JobState_JOB_STATE_FAILED);
        assert_int_equal(tuning_job_model_is_there(&job, NULL, 60 * NS_PER_SECOND), is_last);
        assert_int_equal(tuning_job_may_make_model(&job, NULL, 60 * NS_PER_SECOND), is_last);
        assert_false(tuning_job_endpoint_is_there(&job, NULL, 60 * NS_PER_SECOND, 4));
        struct message *message = tuning_job_message(
            &job, NULL, 60 * NS_PER_SECOND, VERSION_V1BETA1, false, *state, NULL);
        assert_int_equal(message_int(message_child(message, TuningJob_error), Status_code), 13);
        struct message *tuned = message_child(message, TuningJob_tuned_model);
        assert_int_equal(tuned != NULL, is_last);
        if (tuned)
            assert_false(message_has(tuned, VertexTunedModel_endpoint));
        /* One that fails where it was to begin never ran. */
        assert_int_equal(message_has(message, TuningJob_start_time), step > 0);
        assert_int_equal(message_has(message, TuningJob_experiment), step > 0);
    }
    assert_true(tuning_job_may_make_model(&job, NULL, 3 * NS_PER_SECOND));
}

static void checkpoints_are_spread_over_the_epochs(void **state)
{
    struct store_model job = make_job(*state);
    for (uint32_t i = 1; i <= 4; i++) {
        assert_int_equal(tuning_job_checkpoint_epoch(&job, i), i);
        assert_int_equal(tuning_job_checkpoint_step(&job, i), 2 * i);
    }
    assert_int_equal(tuning_job_default_checkpoint(&job), 4);
    job.default_checkpoint = 2;
    assert_int_equal(tuning_job_default_checkpoint(&job), 2);
    /* Of 25 epochs ten have one, the last among them. */
    job.epoch_count = 25;
    job.checkpoint_count = 10;
    job.total_steps = 50;
    int64_t last = 0;
    for (uint32_t i = 1; i <= 10; i++) {
        int64_t epoch = tuning_job_checkpoint_epoch(&job, i);
        assert_in_range(epoch - last, 2, 3);
        assert_int_equal(tuning_job_checkpoint_step(&job, i), 2 * epoch);
        last = epoch;
    }
    assert_int_equal(last, 25);
    /* Who exports the last alone has none to choose from. */
    job.checkpoint_count = job.default_checkpoint = 0;
    assert_int_equal(tuning_job_default_checkpoint(&job), 0);
    assert_true(tuning_job_endpoint_is_there(&job, NULL, 3600 * NS_PER_SECOND, 0));
    assert_false(tuning_job_endpoint_is_there(&job, NULL, 3600 * NS_PER_SECOND, 1));
}

static void what_was_deleted_is_gone_and_the_job_stays(void **state)
{
    struct store_model job = make_job(*state);
    int64_t late_ns = 60 * NS_PER_SECOND;
    assert_true(tuning_job_endpoint_is_there(&job, NULL, late_ns, 1));
    assert_false(tuning_job_endpoint_is_there(&job, NULL, late_ns, 0));
    assert_false(tuning_job_endpoint_is_there(&job, NULL, late_ns, 5));
    assert_false(tuning_job_endpoint_is_there(&job, NULL, 3 * NS_PER_SECOND, 1));
    job.removed = tuning_removal_add(TEXT(""), TUNING_REMOVAL_ENDPOINTS + 1, late_ns, *state);
    assert_false(tuning_job_endpoint_is_there(&job, NULL, late_ns, 1));
    assert_true(tuning_job_endpoint_is_there(&job, NULL, late_ns, 2));
    assert_true(tuning_job_model_is_there(&job, NULL, late_ns));
    job.removed = tuning_removal_add(job.removed, TUNING_REMOVAL_MODEL, late_ns, *state);
    assert_false(tuning_job_endpoint_is_there(&job, NULL, late_ns, 2));
    assert_false(tuning_job_model_is_there(&job, NULL, late_ns));
    assert_true(tuning_job_may_make_model(&job, NULL, late_ns));
    struct message *message =
        tuning_job_message(&job, NULL, late_ns, VERSION_V1BETA1, false, *state, NULL);
    assert_true(message_has(message, TuningJob_tuned_model));
}

static void removals_are_found_and_forgotten_each_by_itself(void **state)
{
    struct tuning_removal removal;
    struct text removed = TEXT("");
    assert_false(tuning_removal_find(removed, 0, &removal));
    removed = tuning_removal_add(removed, 1, 11, *state);
    removed = tuning_removal_add(removed, 10, -5, *state);
    removed = tuning_removal_add(removed, 0, 13, *state);
    assert_text(removed, "1@11,10@-5,0@13");
    removed = tuning_removal_forget(removed, 10, *state);
    assert_text(removed, "1@11,10@-5-,0@13");
    assert_true(tuning_removal_find(removed, 10, &removal));
    assert_int_equal(removal.at_ns, -5);
    assert_true(removal.is_forgotten);
    assert_true(tuning_removal_find(removed, 0, &removal));
    assert_int_equal(removal.at_ns, 13);
    assert_false(removal.is_forgotten);
    assert_false(tuning_removal_find(removed, 2, &removal));
    /* What a file may have that nobody wrote. */
    static const char *const others[] = {",", "@", "x@1", "1@", "-1@5", "1@5x", "99999999999@1"};
    for (size_t i = 0; i < ARRAY_COUNT(others); i++)
        assert_false(tuning_removal_find(text_of(others[i]), 1, &removal));
}

static void names_are_of_the_call_that_made_the_job(void **state)
{
    struct store_model job = make_job(*state);
    job.model_version = 12;
    struct text name = tuning_job_name(&job, *state);
    assert_true(text_starts_with(name, TEXT("projects/p/locations/l/tuningJobs/")));
    assert_true(text_ends_with(name, job.id));
    assert_int_equal(tuning_job_number(&job), 5);
    struct text model = tuning_job_model_name(&job, false, *state);
    assert_true(text_starts_with(model, TEXT("projects/p/locations/l/models/")));
    struct text versioned = tuning_job_model_name(&job, true, *state);
    assert_int_equal(versioned.len, model.len + 3);
    assert_true(text_ends_with(versioned, TEXT("@12")));
    assert_true(text_starts_with(
        tuning_job_endpoint_name(&job, 1, *state), TEXT("projects/p/locations/l/endpoints/")));
    /* As recorded: 2024-11-03T21:11:31.117085Z is 13:11:31 there. */
    assert_true(time_parse(TEXT("2024-11-03T21:11:31.117085279Z"), &job.start_ns));
    assert_text(tuning_job_experiment_name(&job, *state),
        "projects/p/locations/l/metadataStores/default/contexts/"
        "tuning-experiment-20241103131131117085");
}

static void rows_that_are_no_jobs_are_found(void **state)
{
    struct store_model good = make_job(*state), job = good;
    assert_null(tuning_job_row_problem(&job, true));
    job.id = TEXT("tuningJobs/1");
    assert_non_null(tuning_job_row_problem(&job, false));
    job = good;
    job.kind = STORE_TUNED_MODEL;
    assert_non_null(tuning_job_row_problem(&job, false));
    job = good;
    job.model_version = 0;
    assert_non_null(tuning_job_row_problem(&job, false));
    job = good;
    job.model_number = UINT64_MAX;
    assert_non_null(tuning_job_row_problem(&job, false));
    job = good;
    job.location = TEXT("");
    assert_non_null(tuning_job_row_problem(&job, false));
    job = good;
    job.default_checkpoint = 5;
    assert_non_null(tuning_job_row_problem(&job, false));
    job = good;
    job.checkpoint_count = 11;
    assert_non_null(tuning_job_row_problem(&job, false));
    job = good;
    job.job = TEXT("{\"baseModel\":1}");
    assert_null(tuning_job_row_problem(&job, false));
    assert_non_null(tuning_job_row_problem(&job, true));
    job = good;
    job.total_steps = 7;
    assert_non_null(tuning_job_row_problem(&job, false));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        unit_test_with_arena(a_job_waits_runs_and_succeeds),
        unit_test_with_arena(who_failed_at_the_deployment_has_a_model_and_no_endpoint),
        unit_test_with_arena(checkpoints_are_spread_over_the_epochs),
        unit_test_with_arena(what_was_deleted_is_gone_and_the_job_stays),
        unit_test_with_arena(removals_are_found_and_forgotten_each_by_itself),
        unit_test_with_arena(names_are_of_the_call_that_made_the_job),
        unit_test_with_arena(rows_that_are_no_jobs_are_found),
    };
    return cmocka_run_group_tests_name("tuning_job", tests, NULL, NULL);
}
