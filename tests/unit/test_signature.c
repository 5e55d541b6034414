#include "tests/lib/unit.h"

#include "base/buf.h"
#include "base/hash.h"
#include "server/sim/signature.h"

static struct features_shared compare(struct text one, struct text other)
{
    struct arena arena;
    struct feature_set set;
    arena_init(&arena);
    feature_set_of_text(one, &arena, &set);
    struct features_shared shared = feature_set_compare(&set, other, &arena);
    arena_release(&arena);
    return shared;
}

static void texts_have_their_characters_pairs_and_triples(void **state)
{
    (void)state;
    static const struct {
        struct text text;
        uint32_t count;
    } rows[] = {
        {TEXT_INIT(""), 0},
        {TEXT_INIT(" \n\u3000"), 0},
        {TEXT_INIT("a"), 4}, /* a, " a", "a ", " a " */
        {TEXT_INIT("\u4e03"), 4},
        {TEXT_INIT("ab"), 7},   /* a, b, " a", "ab", "b ", " ab", "ab " */
        {TEXT_INIT("aaaa"), 7}, /* a, " a", "aa", "a ", " aa", "aaa", "aa " */
        {TEXT_INIT("aaaaaa"), 7},
        {TEXT_INIT("a?"), 9}, /* as "a ?" */
        {TEXT_INIT("\0"), 4},
        {TEXT_INIT("\xff"), 4},
    };
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        struct features_shared own = compare(rows[i].text, rows[i].text);
        assert_int_equal(own.count, own.shared_count);
        if (own.count != rows[i].count)
            fail_msg("row %zu: %u", i, own.count);
    }
}

static void case_and_white_space_do_not_count(void **state)
{
    (void)state;
    static const struct {
        const char *one, *other;
    } rows[] = {
        {"two words", "  TWO \t Words\n"},
        {"\u00e9t\u00e9 \u03c3\u03c2", "\u00c9T\u00c9\u3000\u03a3\u03a3"},
        {"well, this", "well ,this"},
        {"\u0434\u0430", "\u0414\u0410"},
    };
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        struct features_shared shared = compare(text_of(rows[i].one), text_of(rows[i].other));
        struct features_shared own = compare(text_of(rows[i].one), text_of(rows[i].one));
        assert_int_equal(shared.count, own.count);
        assert_int_equal(shared.shared_count, own.count);
    }
}

static void of_long_texts_both_ends_are_looked_at(void **state)
{
    (void)state;
    struct buf text = BUF_INIT;
    buf_add_string(&text, "beginning");
    for (size_t i = 0; i < SIGNATURE_TEXT_HALF_BYTES; i++)
        buf_add_string(&text, "\u00e9");
    size_t middle = text.len;
    buf_add_string(&text, "middle");
    for (size_t i = 0; i < SIGNATURE_TEXT_HALF_BYTES; i++)
        buf_add_string(&text, "\u00e9");
    buf_add_string(&text, "end");
    struct features_shared own = compare(buf_text(&text), buf_text(&text));
    assert_int_equal(own.count, own.shared_count);
    memcpy(text.data + middle, "nowhat", 6);
    assert_int_equal(compare(buf_text(&text), buf_text(&text)).count, own.count);
    assert_int_equal(signature_text_bytes(buf_text(&text)), 2 * SIGNATURE_TEXT_HALF_BYTES);
    buf_release(&text);
}

/* Letters and, for one in six, spaces. */
static struct text random_text(struct arena *arena, uint64_t seed, size_t len)
{
    char *bytes = arena_alloc(arena, len);
    for (size_t i = 0; i < len; i++)
        bytes[i] = hash_mix(seed, i) % 6 ? (char)('a' + hash_mix(seed, i) / 8 % 26) : ' ';
    return (struct text){bytes, len};
}

static void signatures_of_short_texts_never_promise_too_little(void **state)
{
    (void)state;
    enum { ROUND_COUNT = 400, LENGTH_MAX = 60 };
    for (uint64_t round = 0; round < ROUND_COUNT; round++) {
        struct arena arena;
        struct feature_set one, other;
        struct signature_probe probe;
        arena_init(&arena);
        size_t len = 1 + hash_mix(round, 0) % LENGTH_MAX;
        struct text text = random_text(&arena, round, len);
        struct text near = arena_joined(&arena, text_slice(text, 0, len / 2), TEXT("x y"));
        feature_set_of_text(text, &arena, &one);
        feature_set_of_text(near, &arena, &other);
        signature_probe_init(&probe, &one);
        struct signature signature = signature_of_set(&other);
        if (signature.sampling == 0)
            assert_true(signature_shared(&probe, &signature) >=
                        feature_set_compare(&one, near, &arena).shared_count);
        arena_release(&arena);
    }
}

static void signatures_of_long_texts_are_about_right(void **state)
{
    (void)state;
    enum { LENGTH = 4000, CASE_COUNT = 9 };
    for (size_t i = 0; i < CASE_COUNT; i++) {
        struct arena arena;
        struct feature_set one, other;
        struct signature_probe probe;
        arena_init(&arena);
        struct text text = random_text(&arena, 1, LENGTH);
        struct text rest = random_text(&arena, 2, LENGTH);
        struct text mixed = arena_joined(
            &arena, text_slice(text, 0, LENGTH / 8 * i), text_slice(rest, LENGTH / 8 * i, LENGTH));
        feature_set_of_text(text, &arena, &one);
        feature_set_of_text(mixed, &arena, &other);
        struct signature signature = signature_of_set(&other);
        assert_true(signature.sampling > 0);
        signature_probe_init(&probe, &one);
        double promised = signature_shared(&probe, &signature);
        double shared = feature_set_compare(&one, mixed, &arena).shared_count;
        double most = one.count > other.count ? one.count : other.count;
        if (promised < shared - most / 8 || promised > shared + most / 8)
            fail_msg("case %zu: %f for %f of %f", i, promised, shared, most);
        arena_release(&arena);
    }
}

/* Of each sampling: from texts of no, of few and of many features. */
static void a_signature_has_the_bits_of_features_that_are_let_in(void **state)
{
    (void)state;
    static const size_t lengths[] = {0, 20, 200, 700, 1500, 3000, 6000, 12000, 60000};
    unsigned samplings = 0;
    for (size_t i = 0; i < ARRAY_COUNT(lengths); i++) {
        struct arena arena;
        struct feature_set set;
        uint64_t expected[SIGNATURE_WORDS] = {0};
        arena_init(&arena);
        feature_set_of_text(random_text(&arena, i, lengths[i]), &arena, &set);
        struct signature signature = signature_of_set(&set);
        for (uint32_t feature = 0; feature < 1U << FEATURE_BITS; feature++)
            if (set.words[feature / 64] >> feature % 64 & 1 &&
                feature / SIGNATURE_BITS % (1U << signature.sampling) == 0)
                expected[feature % SIGNATURE_BITS / 64] |= UINT64_C(1) << feature % 64;
        assert_memory_equal(signature.words, expected, sizeof(expected));
        samplings |= 1U << signature.sampling;
        arena_release(&arena);
    }
    assert_true(samplings >= 0x3f);
}

/* Data sets hold signatures: they must stay. */
static void signatures_never_change(void **state)
{
    (void)state;
    static const struct {
        const char *text, *hash;
    } rows[] = {
        {"", "d5773ea7b3a9abd3d00530ea8f931599"},
        {"Order 7, please", "fed5c270fc2c79fc75632594677f6ad8"},
        {"\u4e03\u3067\u3059 \u0416 \u00c9", "5021d4ae3248a76f0b4bc6794a70c606"},
        {"Of a text as long as this one is, a signature has only some features, which are those "
         "that its sampling lets in: 1,234 of 5,678.",
            "fbcbeafefb72b9f7f33fdc6a8ccad53d"},
    };
    struct arena arena;
    arena_init(&arena);
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        struct feature_set set;
        char bytes[1 + SIGNATURE_BYTES] = "x";
        feature_set_of_text(text_of(rows[i].text), &arena, &set);
        struct signature signature = signature_of_set(&set);
        signature_write(&signature, bytes + 1);
        struct signature read = signature_read(bytes + 1);
        assert_memory_equal(read.words, signature.words, sizeof(read.words));
        assert_int_equal(read.feature_count, signature.feature_count);
        assert_int_equal(read.sampling, signature.sampling);
        assert_string_equal(hash_content(bytes + 1, SIGNATURE_BYTES).hex, rows[i].hash);
    }
    arena_release(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(texts_have_their_characters_pairs_and_triples),
        cmocka_unit_test(case_and_white_space_do_not_count),
        cmocka_unit_test(of_long_texts_both_ends_are_looked_at),
        cmocka_unit_test(signatures_of_short_texts_never_promise_too_little),
        cmocka_unit_test(signatures_of_long_texts_are_about_right),
        cmocka_unit_test(a_signature_has_the_bits_of_features_that_are_let_in),
        cmocka_unit_test(signatures_never_change),
    };
    return cmocka_run_group_tests_name("signature", tests, NULL, NULL);
}
