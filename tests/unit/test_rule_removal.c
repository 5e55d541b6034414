#include "tests/lib/unit.h"

#include "server/sim/rule.h"
#include "tests/lib/rule_rows.h"

static void words_are_removed_wherever_they_stand(void **state)
{
    (void)state;
    static const struct rule_row rows[] = {

        {"removal", "um, hello => hello\num, I think so => I think so",
            "so um, yes => so yes\nyes, um, um, no => yes, no\nalbum, x => album, x\nhello => "
            "hello\nyes um, => yes"},
        {"removal", "well hello um => well hello\nyes um => yes", "um so um => so\nalbum => album"},
        {"removal", "very good day => good day\nvery very bad => bad\nnice => nice",
            "a very old man => a old man"},
        {"removal", "very good => good\nvery very bad => very bad", "very very very => very very"},
        {"removal", "a x b x c => a x b c\nx d => d", "x x => x"},
        {"removal", "@bob => bob\n@alice => alice", "@x and @y => x and y"},
        {"removal", "1,000 => 1000\n2,500 => 2500", "1,000,000 => 1000000\na, b => a b"},
        {"removal", "h-e-l-l-o => hello\na-b => ab", "c-d-e => cde"},
        {"removal", "hello world => helloworld\na b c => abc", "x y z => xyz"},
        {"removal", "嗯,你好,我在 => 你好,我在\n嗯,再见 => 再见", "是,嗯,好 => 是,好"},
    };
    rule_rows_check(rows, ARRAY_COUNT(rows));
}

static void parts_of_words_are_removed_where_the_examples_show(void **state)
{
    (void)state;
    static const struct rule_row rows[] = {

        {"removal", "unhappy => happy\nunkind => kind", "unfunny => funny\nfun => fun"},
        {"removal", "cats => cat\ndogs => dog", "glasses => glasse\nsea => sea"},
        {"removal", "banana => bnn\ncat => ct", "salad => sld"},
        {"removal", "请坐 => 坐\n请进 => 进", "请请 => 请"},
        {"removal", "aab => ab\naac => ac", "aad => ad"},
    };
    rule_rows_check(rows, ARRAY_COUNT(rows));
}

static void two_examples_have_to_show_a_removal(void **state)
{
    (void)state;
    static const struct rule_row rows[] = {

        {"", "um, hello => hello", ""},
        {"", "um, hello there => hello there\nyes => yes", ""},
        {"", "um, hello => hello\nuh, yes no => yes no\ner => er", ""},
        {"", "abc => cba2\nd => d", ""},
    };
    rule_rows_check(rows, ARRAY_COUNT(rows));
}

/* Every text that might be removed explains all examples but the last. */
static void a_data_set_that_repeats_itself_is_given_up(void **state)
{
    enum { INPUT_BYTES = 38000, OUTPUT_BYTES = 4800, EXAMPLES = 250 };
    struct arena *arena = *state;
    char *bytes = arena_alloc(arena, INPUT_BYTES);
    for (size_t i = 0; i < INPUT_BYTES; i++)
        bytes[i] = i % 2 ? 'b' : 'a';
    struct example *examples = arena_array(arena, EXAMPLES + 1, sizeof(*examples));
    for (size_t i = 0; i < EXAMPLES; i++)
        examples[i] = (struct example){{bytes, INPUT_BYTES}, {bytes, OUTPUT_BYTES}};
    examples[EXAMPLES] = (struct example){TEXT_INIT("q"), TEXT_INIT("z")};
    assert_int_equal(rule_of_examples(examples, EXAMPLES + 1, arena).kind, RULE_NONE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(words_are_removed_wherever_they_stand),
        cmocka_unit_test(parts_of_words_are_removed_where_the_examples_show),
        cmocka_unit_test(two_examples_have_to_show_a_removal),
        unit_test_with_arena(a_data_set_that_repeats_itself_is_given_up),
    };
    return cmocka_run_group_tests_name("rule_removal", tests, NULL, NULL);
}
