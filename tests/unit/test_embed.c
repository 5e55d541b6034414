#include "tests/lib/unit.h"

#include <math.h>

#include "server/sim/embed.h"

static void embed(const char *string, float ret_values[EMBED_DIMENSIONS])
{
    struct embedding embedding;
    embed_init(&embedding, EMBED_DIMENSIONS);
    embed_add(&embedding, text_of(string));
    embed_finish(&embedding, ret_values);
}

static double cosine(const char *left, const char *right)
{
    float left_values[EMBED_DIMENSIONS], right_values[EMBED_DIMENSIONS];
    embed(left, left_values);
    embed(right, right_values);
    double sum = 0;
    for (int i = 0; i < EMBED_DIMENSIONS; i++)
        sum += (double)left_values[i] * right_values[i];
    return sum;
}

static const char *const odd_texts[] = {"", " ", "!?", "a", "A", "\xe4\xbd\xa0\xe5\xa5\xbd",
    "\xf0\x9f\x98\x80", "two hundred", "\x01\x02",
    "The quick brown fox jumps over the lazy dog, again and again and again."};

static void every_embedding_has_length_one(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_COUNT(odd_texts); i++)
        assert_true(fabs(cosine(odd_texts[i], odd_texts[i]) - 1) < 1e-5);
}

static void the_same_text_has_the_same_embedding(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_COUNT(odd_texts); i++) {
        float first[EMBED_DIMENSIONS], second[EMBED_DIMENSIONS];
        embed(odd_texts[i], first);
        embed(odd_texts[i], second);
        assert_memory_equal(first, second, sizeof(first));
    }
}

static void texts_that_differ_have_other_embeddings(void **state)
{
    (void)state;
    const char *const texts[] = {"", "!", "?", "a", "b", "ab", "a b", "ba", "\xc3\xa4", "1", "11"};
    for (size_t i = 0; i < ARRAY_COUNT(texts); i++)
        for (size_t j = i + 1; j < ARRAY_COUNT(texts); j++)
            assert_true(cosine(texts[i], texts[j]) < 0.9);
}

static void similar_texts_are_nearer_than_others(void **state)
{
    (void)state;
    static const struct {
        const char *text, *near, *far;
    } rows[] = {
        {"The cat sat on the mat", "A cat is sitting on the mat", "Stock prices fell sharply"},
        {"twenty two", "twenty three", "ninety nine"},
        {"How do I reset my password?", "Password reset does not work",
            "Where is the nearest station?"},
        {"translate", "translated", "banana"},
        {"\xd0\xbf\xd1\x80\xd0\xb8\xd0\xb2\xd0\xb5\xd1\x82",
            "\xd0\xbf\xd1\x80\xd0\xb8\xd0\xb2\xd0\xb5\xd1\x82\xd0\xb8\xd0\xba",
            "\xd0\xb4\xd0\xbe\xd0\xbc"},
    };
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++)
        assert_true(cosine(rows[i].text, rows[i].near) > 0.2 + cosine(rows[i].text, rows[i].far));
}

static void case_and_punctuation_change_nothing(void **state)
{
    (void)state;
    assert_true(cosine("Hello, World!", "hello world") > 0.9999);
    assert_true(cosine("  hello\n\tworld  ", "hello world") > 0.9999);
}

static void texts_added_one_by_one_are_apart_as_if_by_a_space(void **state)
{
    (void)state;
    struct embedding embedding;
    embed_init(&embedding, EMBED_DIMENSIONS);
    embed_add(&embedding, TEXT("hello"));
    embed_add(&embedding, TEXT(""));
    embed_add(&embedding, TEXT("world"));
    float parts[EMBED_DIMENSIONS], whole[EMBED_DIMENSIONS];
    embed_finish(&embedding, parts);
    embed("hello world", whole);
    double sum = 0;
    for (int i = 0; i < EMBED_DIMENSIONS; i++)
        sum += (double)parts[i] * whole[i];
    assert_true(sum > 0.9);
    assert_true(sum > cosine("hello world", "helloworld"));
}

static void nothing_is_the_first_axis(void **state)
{
    (void)state;
    float values[EMBED_DIMENSIONS];
    embed("", values);
    assert_true(values[0] == 1 && values[1] == 0 && values[EMBED_DIMENSIONS - 1] == 0);
}

/* Stored vectors of users would no longer fit if these ever changed. */
static void results_never_change(void **state)
{
    (void)state;
    float values[EMBED_DIMENSIONS];
    embed("Hello world", values);
    static const struct {
        int index;
        float value;
    } rows[] = {
        {0, 0.0472283512F},
        {1, 0.0202407222F},
        {767, 0.00674690725F},
    };
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++)
        assert_true(values[rows[i].index] == rows[i].value);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_embedding_has_length_one),
        cmocka_unit_test(the_same_text_has_the_same_embedding),
        cmocka_unit_test(texts_that_differ_have_other_embeddings),
        cmocka_unit_test(similar_texts_are_nearer_than_others),
        cmocka_unit_test(case_and_punctuation_change_nothing),
        cmocka_unit_test(texts_added_one_by_one_are_apart_as_if_by_a_space),
        cmocka_unit_test(nothing_is_the_first_axis),
        cmocka_unit_test(results_never_change),
    };
    return cmocka_run_group_tests_name("embed", tests, NULL, NULL);
}
