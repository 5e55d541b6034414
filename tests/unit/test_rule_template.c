#include "tests/lib/unit.h"

#include "base/buf.h"
#include "server/sim/rule_template.h"
#include "tests/lib/rule_rows.h"

static void a_constant_text_around_the_input_is_an_affix(void **state)
{
    (void)state;
    static const struct rule_row rows[] = {

        {"affix", "Bob => Hello Bob!\nAlice => Hello Alice!",
            "Zoë => Hello Zoë!\n你好 => Hello 你好!\n x  => Hello x!"},
        {"affix", "cat => cats\ndog => dogs", "house => houses"},
        {"affix", "happy => unhappy\nkind => unkind", "funny => unfunny"},
        {"affix", "1 => n=1!\n10 => n=10!\n100 => n=100!", "7 => n=7!"},
        {"affix", "5 => $5\n20 => $20", "seven => $seven"},
        {"affix", "猫 => 你好,猫!\n狗 => 你好,狗!", "鸟 => 你好,鸟!"},
        {"affix", "The cat => <b>The cat</b>\nThe dog => <b>The dog</b>", "A\\nb => <b>A\\nb</b>"},
        {"", "cat => cats\ndog => dogs\nbus => buses", ""},
        {"", "cat => cats", ""},
        {"", "cat => cats\ncat => cats", ""},
    };
    rule_rows_check(rows, ARRAY_COUNT(rows));
}

static void an_input_that_stands_several_times_is_in_a_template(void **state)
{
    (void)state;
    static const struct rule_row rows[] = {

        {"template", "Bob => Dear Bob, thank you Bob!\nAlice => Dear Alice, thank you Alice!",
            "Zoë => Dear Zoë, thank you Zoë!"},
        {"template",
            "a => Dear a, thank you, a!\ne => Dear e, thank you, e!\nan => Dear an, thank you, an!",
            "x => Dear x, thank you, x!"},
        {"template", "ab => abab\nxy => xyxy", "你 => 你你"},
        {"template", "1 => 1 and 1\n11 => 11 and 11", "2 => 2 and 2"},
        {"affix", "Bob => Dear Bob, thank you Bob!\nAlice => Dear Alice, thank you Bob!",
            "Eve => Dear Eve, thank you Bob!"},
    };
    rule_rows_check(rows, ARRAY_COUNT(rows));
}

static void a_part_of_the_input_can_be_in_a_template(void **state)
{
    (void)state;
    static const struct rule_row rows[] = {

        {"template",
            "Translate cat to French => French for cat\nTranslate dog to French => French for dog",
            "Translate house to French => French for house\nTranslate house to German => "
            "!\nTranslate to French => !\nhouse => !"},
        {"template", "Greet Bob => Hello Bob!\nGreet Bill => Hello Bill!",
            "Greet Alice => Hello Alice!"},
        {"template", "把猫翻译成英语 => 英语: 猫\n把狗翻译成英语 => 英语: 狗",
            "把鸟翻译成英语 => 英语: 鸟"},
        {"template", "Say cat please => cat\nSay dog please => dog", "Say it now please => it now"},
        {"template", "item 1 => [1]\nitem 11 => [11]", "item 7 => [7]"},
        {"sentence", "the cat => The cat\nthe dog => The dog", "a bird => A bird"},
        {"last-word", "I like cats => cats\nI like dogs => dogs", "You have birds => birds"},
    };
    rule_rows_check(rows, ARRAY_COUNT(rows));
}

/* 64 slots and a large prompt would make gigabytes. */
static void no_output_grows_without_bound(void **state)
{
    enum { SLOT_COUNT = 64, PART_BYTES = 1 << 20 };
    struct buf parameter = BUF_INIT;
    buf_add_string(&parameter, "0:,0:,0:,");
    for (size_t i = 0; i < SLOT_COUNT; i++)
        buf_add_string(&parameter, "0:,");
    char *bytes = arena_alloc(*state, PART_BYTES);
    memset(bytes, 'x', PART_BYTES);
    struct text output;
    assert_true(rule_template_apply(
        buf_text(&parameter), (struct text){bytes, PART_BYTES / 2}, *state, &output));
    assert_int_equal(output.len, SLOT_COUNT * (size_t)PART_BYTES / 2);
    assert_false(rule_template_apply(
        buf_text(&parameter), (struct text){bytes, PART_BYTES}, *state, &output));
    buf_release(&parameter);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_constant_text_around_the_input_is_an_affix),
        cmocka_unit_test(an_input_that_stands_several_times_is_in_a_template),
        cmocka_unit_test(a_part_of_the_input_can_be_in_a_template),
        unit_test_with_arena(no_output_grows_without_bound),
    };
    return cmocka_run_group_tests_name("rule_template", tests, NULL, NULL);
}
