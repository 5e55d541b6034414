#include "tests/lib/unit.h"

#include "server/sim/prompt.h"

enum { PARTS_MAX = 4 };

static void forms_are_the_whole_the_unlabelled_and_the_last_part(void **state)
{
    static const struct {
        const char *parts[PARTS_MAX];
        const char *forms[PROMPT_FORMS_MAX];
    } rows[] = {
        {{"41"}, {"41"}},
        {{""}, {""}},
        {{" "}, {" "}},
        {{"a", "b"}, {"ab", "b"}},
        {{"input: 41"}, {"input: 41", " 41"}},
        {{"41 output:"}, {"41 output:", "41 "}},
        {{"input: 41", "output: "}, {"input: 41output: ", "input: 41", " 41output: ", " 41"}},
        {{"input: 41\noutput:"}, {"input: 41\noutput:", "input: 41\n", " 41\noutput:", "41\n"}},
        {{"input: 1\noutput: 2\n\n INPUT :41\noutput:"},
            {"input: 1\noutput: 2\n\n INPUT :41\noutput:", "input: 1\noutput: 2\n\n INPUT :41\n",
                " 1\noutput: 2\n\n INPUT :41\noutput:", "1\noutput: 2\n\n INPUT :41\n", "41"}},
        {{"Count.\ninput: 41"}, {"Count.\ninput: 41", " 41"}},
        {{"Count input: 41"}, {"Count input: 41"}},
        {{"41", " OUTPUT\t: \n"}, {"41 OUTPUT\t: \n", "41"}},
        {{"input: a", "b", "output:"}, {"input: aboutput:", "input: ab", " aboutput:", " ab", "b"}},
        {{"Context.", "input: 41 output:"},
            {"Context.input: 41 output:", "Context.input: 41 ", " 41"}},
        {{"input:", "41"}, {"input:41", "41"}},
        {{"input:output:"}, {"input:output:"}},
        {{"input:"}, {"input:"}},
        {{"output:"}, {"output:"}},
        {{"inputs: 41"}, {"inputs: 41"}},
        {{"input 41"}, {"input 41"}},
        {{"my throughoutput:"}, {"my throughoutput:"}},
        {{"the output: is"}, {"the output: is"}},
        {{"4\xc3\xa9output:"}, {"4\xc3\xa9output:"}},
        {{"41output:"}, {"41output:", "41"}},
        {{"e\u0301output:"}, {"e\u0301output:"}},
        {{"\u4e03\u3002output:"}, {"\u4e03\u3002output:", "\u4e03\u3002"}},
        {{"\u3000input\u00a0:\u4e03\u3000output\u3000: \ufeff"},
            {"\u3000input\u00a0:\u4e03\u3000output\u3000: \ufeff", "input\u00a0:\u4e03\u3000",
                "\u4e03\u3000output\u3000:", "\u4e03\u3000"}},
        {{"41", "\u3000"}, {"41\u3000", "41"}},
    };
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        struct text parts[PARTS_MAX];
        size_t count = 0;
        for (; count < PARTS_MAX && rows[i].parts[count]; count++)
            parts[count] = text_of(rows[i].parts[count]);
        struct prompt prompt = prompt_of_parts(parts, count, *state);
        for (size_t k = 0; k < PROMPT_FORMS_MAX; k++) {
            const char *expected = rows[i].forms[k];
            bool is_there = k < prompt.form_count;
            if (is_there != (expected != NULL) ||
                (is_there && !text_equals_string(prompt.forms[k], expected)))
                fail_msg("row %zu, form %zu", i, k);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        unit_test_with_arena(forms_are_the_whole_the_unlabelled_and_the_last_part),
    };
    return cmocka_run_group_tests_name("prompt", tests, NULL, NULL);
}
