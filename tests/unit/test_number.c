#include "tests/lib/unit.h"

#include "server/sim/number.h"

static struct number number_of(int64_t value, struct arena *arena)
{
    char digits[TEXT_INT64_BYTES];
    struct text text = text_of_int64(value, digits);
    text = text_slice(text, value < 0, text.len);
    return (struct number){.is_negative = value < 0, .digits = arena_text(arena, text)};
}

static int64_t value_of(struct number number)
{
    int64_t value;
    assert_int_equal(number.fraction_count, 0);
    assert_true(text_parse_int64(number.digits, &value));
    return number.is_negative ? -value : value;
}

static void small_numbers_behave_as_integers_do(void **state)
{
    struct arena *arena = *state;
    for (int64_t left = -120; left <= 120; left++)
        for (int64_t right = -120; right <= 120; right += 7) {
            struct number a = number_of(left, arena);
            struct number b = number_of(right, arena);
            assert_int_equal(value_of(number_sum(a, b, arena)), left + right);
            assert_int_equal(value_of(number_negated(a)), -left);
            assert_int_equal(number_equals(a, b), left == right);
            struct number_ratio ratio;
            struct number product;
            assert_int_equal(number_ratio_of(a, b, &ratio), left != 0 && right != 0);
            if (left == 0 || right == 0)
                continue;
            assert_true(number_product(b, ratio, arena, &product));
            assert_int_equal(value_of(product), left);
        }
}

static void a_quotient_is_a_decimal_that_ends(void **state)
{
    struct arena *arena = *state;
    struct number product;
    assert_true(
        number_product(number_of(1, arena), (struct number_ratio){false, 1, 8}, arena, &product));
    assert_text(product.digits, "0125");
    assert_int_equal(product.fraction_count, 3);
    assert_false(
        number_product(number_of(1, arena), (struct number_ratio){false, 1, 3}, arena, &product));
    uint64_t largest = NUMBER_RATIO_PART_MAX - 1;
    assert_true(number_product(
        number_of(9, arena), (struct number_ratio){true, largest, largest}, arena, &product));
    assert_int_equal(value_of(product), -9);
    assert_true(number_product(
        number_of(9, arena), (struct number_ratio){false, largest, 1}, arena, &product));
    assert_text(product.digits, "8999999999999999991");
}

static void what_is_too_large_does_not_wrap_around(void **state)
{
    (void)state;
    /* 2^64 + 4 */
    struct number large = {.digits = TEXT_INIT("18446744073709551620")};
    struct number four = {.digits = TEXT_INIT("00000000000000000000004")};
    size_t value;
    assert_false(number_is_size(large, 3999, &value));
    assert_true(number_is_size(four, 3999, &value));
    assert_int_equal(value, 4);
    struct number odd = {.digits = TEXT_INIT("18446744073709551623")};
    struct number_ratio ratio;
    assert_false(number_ratio_of(odd, four, &ratio));
    assert_false(number_ratio_of(four, odd, &ratio));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        unit_test_with_arena(small_numbers_behave_as_integers_do),
        unit_test_with_arena(a_quotient_is_a_decimal_that_ends),
        cmocka_unit_test(what_is_too_large_does_not_wrap_around),
    };
    return cmocka_run_group_tests_name("number", tests, NULL, NULL);
}
