/* What every unit test includes: cmocka with the headers it needs before it. */
#ifndef TESTS_LIB_UNIT_H
#define TESTS_LIB_UNIT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/arena.h"
#include "base/array.h"
#include "base/text.h"

/* Fails unless a text has exactly these bytes. */
#define assert_text(actual, expected_string)                                                       \
    do {                                                                                           \
        struct text unit_text_ = (actual);                                                         \
        assert_int_equal(unit_text_.len, strlen(expected_string));                                 \
        assert_memory_equal(unit_text_.bytes, expected_string, unit_text_.len);                    \
    } while (0)

/*
 * How much longer a test takes than in an ordinary build, about; the Makefile says so of sanitizers
 * and coverage. A test of many cases alike does one of so many there: the others are the plain
 * build's, and differ in what they find, not in what they run. Odd, so that each bit of a byte gets
 * its turn where bits are what is walked along.
 */
#ifndef UNIT_SLOWNESS
#define UNIT_SLOWNESS 1
#endif
#define unit_rounds(count) ((count) / UNIT_SLOWNESS)

/* Fixtures for tests that need no more than an arena: `*state` is one. */
int unit_make_arena(void **state);
int unit_release_arena(void **state);
#define unit_test_with_arena(test)                                                                 \
    cmocka_unit_test_setup_teardown(test, unit_make_arena, unit_release_arena)

/* Fixtures of a group whose failures are logged, which is of no use there. */
int unit_silence_log(void **state);
int unit_stop_log(void **state);

#endif
