#include "tests/lib/unit.h"

#include "base/hash.h"
#include "server/state/vertex_number.h"

static void assert_same_number(
    const struct vertex_number *actual, const struct vertex_number *expected)
{
    assert_int_equal(actual->kind, expected->kind);
    assert_int_equal(actual->job, expected->job);
    assert_int_equal(actual->part, expected->part);
}

static void every_number_leads_back_to_its_job(void **state)
{
    static const uint64_t jobs[] = {0, 1, 2, (UINT64_C(1) << 40) - 1, UINT64_C(1) << 39, 12345};
    static const uint32_t parts[] = {0, 1, 2, 10, (1U << 17) - 1};
    for (enum vertex_kind kind = VERTEX_JOB; kind <= VERTEX_OPERATION; kind++)
        for (size_t i = 0; i < ARRAY_COUNT(jobs); i++)
            for (size_t j = 0; j < ARRAY_COUNT(parts); j++) {
                struct vertex_number number = {kind, jobs[i], parts[j]}, back;
                struct text text = vertex_number_text(&number, *state);
                assert_int_equal(text.len, 19);
                /* Jobs and models have no parts: with one it would be a second name of the first.
                 */
                bool is_one = kind == VERTEX_ENDPOINT || kind == VERTEX_OPERATION || !parts[j];
                assert_int_equal(vertex_number_parse(text, &back), is_one);
                if (is_one)
                    assert_same_number(&back, &number);
            }
}

/* The numbers are in people's files and tests. */
static void numbers_never_change(void **state)
{
    static const struct {
        struct vertex_number number;
        const char *text;
    } rows[] = {
        {{VERTEX_JOB, 0, 0}, "1473120056240189796"},
        {{VERTEX_MODEL, 1, 0}, "4623664475724267492"},
        {{VERTEX_ENDPOINT, 1, 3}, "2014568104734441695"},
        {{VERTEX_OPERATION, UINT64_C(0xFFFFFFFFFF), 131071}, "4877870756667373587"},
    };
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++)
        assert_text(vertex_number_text(&rows[i].number, *state), rows[i].text);
}

static void numbers_that_nobody_gave_are_none(void **state)
{
    (void)state;
    static const char *const texts[] = {"", "1", "777", "abcdefghijklmnopqrs",
        "-100000000000000000", "0000000000000000000", "999999999999999999", "1000000000000000000",
        "9223372036854775807", "9999999999999999999", "18446744073709551616",
        "5611686018427387904"};
    struct vertex_number number;
    for (size_t i = 0; i < ARRAY_COUNT(texts); i++)
        assert_false(vertex_number_parse(text_of(texts[i]), &number));
}

/* Three bits of the 62 are not used, and half of the kinds have no parts: fifteen in sixteen are
 * none. */
static void most_digits_lead_nowhere(void **state)
{
    int found = 0;
    for (uint64_t i = 0; i < 4000; i++) {
        uint64_t random = hash_mix(7, i) >> 2;
        struct text text =
            arena_printf(*state, "%llu", (unsigned long long)(random + 1000000000000000000));
        struct vertex_number number;
        if (!vertex_number_parse(text, &number))
            continue;
        found++;
        struct text back = vertex_number_text(&number, *state);
        assert_int_equal(back.len, text.len);
        assert_memory_equal(back.bytes, text.bytes, text.len);
    }
    assert_in_range(found, 200, 330);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        unit_test_with_arena(every_number_leads_back_to_its_job),
        unit_test_with_arena(numbers_never_change),
        unit_test_with_arena(numbers_that_nobody_gave_are_none),
        unit_test_with_arena(most_digits_lead_nowhere),
    };
    return cmocka_run_group_tests_name("vertex_number", tests, NULL, NULL);
}
