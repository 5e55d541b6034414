#include "tests/lib/unit.h"

#include "base/timefmt.h"
#include "server/sim/training_moves.h"

/* The bytes are in people's files: numbers are little-endian on every machine. */
static void the_bytes_of_a_move_do_not_change(void **state)
{
    struct text moves =
        training_moves_add(TEXT(""), 0, (struct training_move){0x0102030405060708, 9, 10}, *state);
    assert_int_equal(moves.len, 16);
    assert_memory_equal(moves.bytes, "\x08\7\6\5\4\3\2\1\x09\0\0\0\x0a\0\0\0", 16);
}

static void moves_are_read_back_and_found_by_their_time(void **state)
{
    struct text moves = TEXT("");
    assert_int_equal(training_moves_until(moves, INT64_MAX), 0);
    for (int32_t i = 0; i < 100; i++)
        moves = training_moves_add(
            moves, (size_t)i, (struct training_move){10 * i - 500, i, i + 1}, *state);
    assert_int_equal(training_moves_count(moves), 100);
    for (int32_t i = 0; i < 100; i++) {
        struct training_move move = training_moves_at(moves, (size_t)i);
        assert_int_equal(move.at_ns, 10 * i - 500);
        assert_int_equal(move.from_step, i);
        assert_int_equal(move.to_step, i + 1);
        assert_int_equal(training_moves_until(moves, move.at_ns), i + 1);
        assert_int_equal(training_moves_until(moves, move.at_ns - 1), i);
    }
    /* Others in place of the last ones. */
    moves = training_moves_add(moves, 3, (struct training_move){INT64_MIN, 7, -8}, *state);
    assert_int_equal(training_moves_count(moves), 4);
    assert_int_equal(training_moves_at(moves, 2).from_step, 2);
    assert_true(training_moves_at(moves, 3).at_ns == TIME_MIN_NS);
    assert_int_equal(training_moves_at(moves, 3).to_step, -8);
}

static void bytes_that_are_no_moves_do_not_fit(void **state)
{
    char *bytes = arena_alloc(*state, 16 * (TRAINING_MOVES_MAX + 1));
    for (size_t len = 0; len <= 16 * (TRAINING_MOVES_MAX + 1); len++)
        assert_int_equal(training_moves_fit((struct text){bytes, len}),
            len % 16 == 0 && len <= 16 * TRAINING_MOVES_MAX);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        unit_test_with_arena(the_bytes_of_a_move_do_not_change),
        unit_test_with_arena(moves_are_read_back_and_found_by_their_time),
        unit_test_with_arena(bytes_that_are_no_moves_do_not_fit),
    };
    return cmocka_run_group_tests_name("training_moves", tests, NULL, NULL);
}
