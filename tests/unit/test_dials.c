#include "server/space/dials.h"

#include <pthread.h>

#include "base/timefmt.h"
#include "tests/lib/unit.h"

/* Where all say the same number: nobody may ever see two. */
static struct dials dials_of(int number)
{
    return (struct dials){
        .seed = (uint64_t)number,
        .step_ns = number,
        .progress = {TRAINING_BY_POLLS, number},
        .latency = {.low_ns = number},
        .stream_pace = {.between_tokens = {.low_ns = number}},
        .on_no_match = number % 2 ? NO_MATCH_ERROR : NO_MATCH_ANSWER,
    };
}

static void assert_one_number(const struct dials *dials)
{
    int64_t number = dials->step_ns;
    assert_int_equal(dials->seed, number);
    assert_int_equal(dials->progress.polls, number);
    assert_int_equal(dials->latency.low_ns, number);
    assert_int_equal(dials->stream_pace.between_tokens.low_ns, number);
    assert_int_equal(dials->on_no_match == NO_MATCH_ERROR, number % 2);
}

static void only_what_is_named_is_turned(void **state)
{
    (void)state;
    struct dials two = dials_of(2), three = dials_of(3);
    for (unsigned which = 0; which <= DIALS_ALL; which++) {
        struct guarded_dials guarded;
        dials_init(&guarded, &two);
        dials_turn(&guarded, &three, which);
        struct dials now = dials_get(&guarded);
        assert_int_equal(now.seed, which & DIAL_SEED ? 3 : 2);
        assert_int_equal(now.step_ns, which & DIAL_STEP ? 3 : 2);
        assert_int_equal(now.progress.polls, which & DIAL_PROGRESS ? 3 : 2);
        assert_int_equal(now.latency.low_ns, which & DIAL_LATENCY ? 3 : 2);
        assert_int_equal(now.stream_pace.between_tokens.low_ns, which & DIAL_STREAM_DELAY ? 3 : 2);
        assert_int_equal(now.on_no_match == NO_MATCH_ERROR, (which & DIAL_NO_MATCH) != 0);
        dials_release(&guarded);
    }
}

enum { TURNS = 2000 };

static void *turn_on(void *context)
{
    for (int i = 1; i <= TURNS; i++) {
        struct dials dials = dials_of(i);
        dials_turn(context, &dials, DIALS_ALL);
    }
    return NULL;
}

static void a_copy_is_of_one_moment(void **state)
{
    (void)state;
    struct dials none = dials_of(0);
    struct guarded_dials guarded;
    dials_init(&guarded, &none);
    pthread_t threads[2];
    for (size_t i = 0; i < ARRAY_COUNT(threads); i++)
        assert_int_equal(pthread_create(&threads[i], NULL, turn_on, &guarded), 0);
    for (int i = 0; i < TURNS; i++) {
        struct dials now = dials_get(&guarded);
        assert_one_number(&now);
    }
    for (size_t i = 0; i < ARRAY_COUNT(threads); i++)
        pthread_join(threads[i], NULL);
    dials_release(&guarded);
}

static void a_seed_that_is_turned_draws_anew(void **state)
{
    (void)state;
    struct dials seven = dials_of(7);
    struct delay spread = {DELAY_UNIFORM, 0, DELAY_MAX_NS}, fixed = {DELAY_FIXED, 5, 0};
    struct guarded_dials guarded;
    dials_init(&guarded, &seven);
    uint64_t first = dials_draw(&guarded);
    int64_t second_ns = dials_draw_delay(&guarded, &spread);
    assert_int_not_equal(dials_draw(&guarded), first);
    dials_turn(&guarded, &seven, DIAL_STEP);
    assert_int_not_equal(dials_draw(&guarded), first);
    dials_turn(&guarded, &seven, DIAL_SEED);
    /* As often as there are draws, their number and the dials are of one moment. */
    struct dials found;
    assert_int_equal(dials_get_drawn(&guarded, &found), 0);
    assert_int_equal(found.seed, 7);
    /* What is fixed uses up no draw. */
    assert_int_equal(dials_draw_delay(&guarded, &fixed), 5);
    assert_int_equal(dials_draw(&guarded), first);
    assert_int_equal(dials_draw_delay(&guarded, &spread), second_ns);
    seven.seed = 8;
    dials_turn(&guarded, &seven, DIAL_SEED);
    assert_int_not_equal(dials_draw(&guarded), first);
    dials_release(&guarded);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_what_is_named_is_turned),
        cmocka_unit_test(a_copy_is_of_one_moment),
        cmocka_unit_test(a_seed_that_is_turned_draws_anew),
    };
    return cmocka_run_group_tests_name("dials", tests, NULL, NULL);
}
