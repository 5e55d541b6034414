#include "tests/lib/unit.h"

#include <ctype.h>

#include "base/ascii.h"

/* Tests run in the C locale. */
static void classes_are_those_of_the_c_locale(void **state)
{
    (void)state;
    for (int code = 0; code < 256; code++) {
        char byte = (char)code;
        assert_int_equal(ascii_is_digit(byte), isdigit(code) != 0);
        assert_int_equal(ascii_is_upper(byte), isupper(code) != 0);
        assert_int_equal(ascii_is_lower(byte), islower(code) != 0);
        assert_int_equal(ascii_is_letter(byte), isalpha(code) != 0);
        assert_int_equal(ascii_is_letter_or_digit(byte), isalnum(code) != 0);
        assert_int_equal(ascii_is_space(byte), isspace(code) != 0);
        assert_int_equal(ascii_to_lower(byte), (char)tolower(code));
        char digit[] = {byte, '\0'};
        assert_int_equal(ascii_hex_value(byte), isxdigit(code) ? strtol(digit, NULL, 16) : -1);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(classes_are_those_of_the_c_locale),
    };
    return cmocka_run_group_tests_name("ascii", tests, NULL, NULL);
}
