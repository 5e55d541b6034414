#include "tests/lib/unit.h"

#include "tests/lib/rule_rows.h"

static void capitals_are_changed_in_every_script(void **state)
{
    (void)state;
    static const struct rule_row rows[] = {

        {"upper", "hello => HELLO\nWorld => WORLD",
            "good day! => GOOD DAY!\nstraße => STRASSE\nпривет => ПРИВЕТ\nσας => ΣΑΣ\n你好 => "
            "你好\n42 => 42"},
        {"upper", "привет => ПРИВЕТ\nмир => МИР", "hello => HELLO\n été  => ÉTÉ"},
        {"upper", "1a => 1A\n22 => 22", "x => X"},
        {"lower", "HELLO => hello\nok => ok", "ÉTÉ => été\nΟΔΟΣ => οδος"},
    };
    rule_rows_check(rows, ARRAY_COUNT(rows));
}

static void titles_are_written_as_the_examples_show(void **state)
{
    (void)state;
    static const struct rule_row rows[] = {

        {"title", "hello world => Hello World\ngood DAY => Good Day",
            "it's well-known => It's Well-Known\nмоя жизнь => Моя Жизнь\nǆ => ǅ"},
        {"title", "hello => Hello\nworld => World", "good day => Good Day"},
        {"title", "a well-known fact => A Well-known Fact\nx y => X Y",
            "the (so-called) end => The (So-called) End"},
        {"title", "old mcDonald => Old McDonald\nnew day => New Day", "the iPhone => The IPhone"},
        {"title", "the lord of the rings => The Lord of the Rings\nwar and peace => War and Peace",
            "THE OLD MAN AND THE SEA => The Old Man and the Sea"},
    };
    rule_rows_check(rows, ARRAY_COUNT(rows));
}

static void sentences_are_written_as_the_examples_show(void **state)
{
    (void)state;
    static const struct rule_row rows[] = {

        {"sentence", "hello world => Hello world\ngood DAY => Good day",
            "is it? yes. => Is it? Yes.\nдобрый день => Добрый день"},
        {"sentence", "is it? yes. => Is it? yes.\ngood DAY => Good day", "no. never => No. never"},
        {"sentence", "i like Paris => I like Paris\nshe likes ROME => She likes ROME",
            "we like NATO => We like NATO\n\"so\" => \"So\""},
    };
    rule_rows_check(rows, ARRAY_COUNT(rows));
}

static void one_example_has_to_show_a_change(void **state)
{
    (void)state;
    static const struct rule_row rows[] = {

        {"identity", "HELLO => HELLO\nWORLD => WORLD", "hello => hello"},
        {"identity", "1 => 1\n2 => 2", "a => a"},
        {"identity", "你好 => 你好\n世界 => 世界", "a => a"},
        {"", "hello => HELLO", ""},
        {"", "hello => HELLO\nhello => HELLO", ""},
        {"", "hello => HELLO\nworld => WORLD\nday => Day", ""},
        {"", "hello => HELLO\nworld => WORLD\nday => day", ""},
    };
    rule_rows_check(rows, ARRAY_COUNT(rows));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(capitals_are_changed_in_every_script),
        cmocka_unit_test(titles_are_written_as_the_examples_show),
        cmocka_unit_test(sentences_are_written_as_the_examples_show),
        cmocka_unit_test(one_example_has_to_show_a_change),
    };
    return cmocka_run_group_tests_name("rule_case", tests, NULL, NULL);
}
