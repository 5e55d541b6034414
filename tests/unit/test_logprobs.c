/* How sure an answer is said to be. */
#include "tests/lib/unit.h"

#include "server/sim/logprobs.h"

static double average(enum answer_source source, double score, const char *text)
{
    return logprobs_average(
        &(struct answer){.source = source, .score = score, .text = text_of(text)});
}

static void an_answer_is_the_surer_the_better_it_is_known(void **state)
{
    static const char *const texts[] = {"a", "42", "forty-two", "a longer text of some words", ""};
    (void)state;
    for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
        double exact = average(ANSWER_FROM_EXAMPLE, 0.0, texts[i]);
        double near = average(ANSWER_FROM_NEAREST, 0.95, texts[i]);
        double far = average(ANSWER_FROM_NEAREST, 0.6, texts[i]);
        double fallback = average(ANSWER_FROM_FALLBACK, 0.0, texts[i]);
        assert_true(exact < 0.0 && exact > -0.03);
        assert_true(near < exact && far < near && fallback < far && fallback > -1.5);
        assert_true(exact == average(ANSWER_FROM_RULE, 0.0, texts[i]));
    }
    assert_true(average(ANSWER_FROM_EXAMPLE, 0.0, "a") != average(ANSWER_FROM_EXAMPLE, 0.0, "b"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_answer_is_the_surer_the_better_it_is_known),
    };
    return cmocka_run_group_tests_name("logprobs", tests, NULL, NULL);
}
