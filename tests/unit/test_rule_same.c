#include "tests/lib/unit.h"

#include "tests/lib/rule_rows.h"

static void what_never_changes_is_found_last(void **state)
{
    (void)state;
    static const struct rule_row rows[] = {

        {"identity", "hello => hello\nWorld => World", "any text => any text\n 你好  => 你好"},
        {"constant", "hello => yes\nbye => yes", "any text => yes\n你好 => yes"},
        {"constant", "hello => 是\nbye => 是", "x => 是"},
        {"constant", "hello => \nbye => ", "x => "},
        {"", "hello => hello", ""},
        {"", "hello => yes", ""},
        {"", "hello => yes\nhello => yes", ""},
        {"", "good => positive\nbad => negative\nfine => positive", ""},
        {"", " =>\n =>", ""},
        {"", "", ""},
    };
    rule_rows_check(rows, ARRAY_COUNT(rows));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_never_changes_is_found_last),
    };
    return cmocka_run_group_tests_name("rule_same", tests, NULL, NULL);
}
