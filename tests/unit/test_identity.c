#include "tests/lib/unit.h"

#include "base/arena.h"
#include "base/array.h"
#include "base/timefmt.h"
#include "server/contract/limits.h"
#include "server/state/identity.h"

#define TEN "abcdefghij"
#define FORTY TEN TEN TEN TEN

static void ids_that_may_be_asked_for(void **state)
{
    (void)state;
    static const struct {
        const char *id;
        bool is_good;
    } rows[] = {
        {"a", true},
        {"a1", true},
        {"a-1", true},
        {"a--b", true},
        {FORTY, true},
        {FORTY "x", false},
        {"", false},
        {"1a", false},
        {"-a", false},
        {"a-", false},
        {"A", false},
        {"aB", false},
        {"a_b", false},
        {"a.b", false},
        {"a/b", false},
        {"a b", false},
        {"\xc3\xa9", false},
        {"a\x7f", false},
    };
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++)
        if (identity_is_tuned_model_id(text_of(rows[i].id)) != rows[i].is_good)
            fail_msg("\"%s\"", rows[i].id);
    /* A NUL is no end. */
    assert_false(identity_is_tuned_model_id((struct text){"a\0b", 3}));
}

static void a_display_name_becomes_a_slug_and_a_suffix_that_fit(void **state)
{
    (void)state;
    static const struct {
        const char *name, *prefix;
        size_t suffix_len;
    } rows[] = {
        {"generate-num-8563", "generatenum8563-", 12},
        {"Next Number Generator", "next-number-generator-", 12},
        {"KeyPhraseExtractV0.1.0", "keyphraseextractv010-", 12},
        {"  leading", "leading-", 12},
        {"a_b.c-d", "abcd-", 12},
        {"Saloon Next Number Generator Test", "saloon-next-number-generator-test-", 6},
        {"abcdefghijklmnopqrstuvwxyz0", "abcdefghijklmnopqrstuvwxyz0-", 12},
        {"abcdefghijklmnopqrstuvwxyz01", "abcdefghijklmnopqrstuvwxyz01-", 11},
        {FORTY, "abcdefghijabcdefghijabcdefghijabc-", 6},
        {"", "", 12},
        {" ", "", 12},
        {"\xe6\xbc\xa2", "", 12},
    };
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        struct arena arena;
        arena_init(&arena);
        struct text id =
            identity_tuned_model_id(&arena, text_of(rows[i].name), ID_SUFFIX_LENGTH, 42 + i);
        if (!text_starts_with(id, text_of(rows[i].prefix)) ||
            id.len != strlen(rows[i].prefix) + rows[i].suffix_len)
            fail_msg("\"%s\" gives %.*s", rows[i].name, TEXT_ARGS(id));
        assert_true(id.len <= TUNED_MODEL_ID_LENGTH_MAX);
        assert_true(identity_is_tuned_model_id(id));
        arena_release(&arena);
    }
}

static void a_suffix_may_fill_the_id_up(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        size_t id_len;
    } rows[] = {{"generate-num-392", 40}, {"a", 40}, {"Sentence Translator", 40}, {FORTY, 40},
        {"", ID_SUFFIX_LENGTH}};
    struct arena arena;
    arena_init(&arena);
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        struct text id = identity_tuned_model_id(
            &arena, text_of(rows[i].name), TUNED_MODEL_ID_LENGTH_MAX, 42 + i);
        assert_int_equal(id.len, rows[i].id_len);
        assert_true(identity_is_tuned_model_id(id));
    }
    arena_release(&arena);
}

static void an_id_may_begin_with_the_digit_of_its_name(void **state)
{
    (void)state;
    struct arena arena;
    arena_init(&arena);
    struct text id = identity_tuned_model_id(&arena, TEXT("2nd try"), ID_SUFFIX_LENGTH, 1);
    assert_true(text_starts_with(id, TEXT("2nd-try-")));
    arena_release(&arena);
}

static void random_ids_follow_from_their_number_and_begin_with_a_letter(void **state)
{
    (void)state;
    struct arena arena;
    arena_init(&arena);
    for (uint64_t i = 0; i < 1000; i++) {
        struct text id = identity_random(&arena, i, 12);
        assert_int_equal(id.len, 12);
        assert_true(identity_is_tuned_model_id(id));
        assert_true(text_equals(id, identity_random(&arena, i, 12)));
        assert_false(text_equals(id, identity_random(&arena, i + 1, 12)));
    }
    assert_int_equal(identity_random(&arena, 1, 0).len, 0);
    arena_release(&arena);
}

/* Six answers of Vertex AI that were shown in public: their times are the ids' own. */
static void ids_of_responses_are_as_recorded(void **state)
{
    static const struct {
        const char *create_time, *id;
        uint64_t random; /* the two numbers behind the time */
    } rows[] = {
        {"2025-06-18T14:45:09.008876Z", "9dBSaKxFwKTr3g_RjJXICg", UINT64_C(0xfbdad240a9054651)},
        {"2025-08-11T23:26:50.942851Z", "OnyaaIPGOdSAm9IP47af2AI", UINT64_C(0xfa46c0542b07db63)},
        {"2026-01-29T08:40:38.791866Z", "Bh17abqqMOSS4_UPqqeqoAc", UINT64_C(0xfeb8c964740a93aa)},
        {"2025-07-22T11:00:54.652094Z", "Zm9_aL7mJ8bAxN8PnfeY2AY", UINT64_C(0xfbf120466b063b9d)},
        {"2026-10-09T02:36:52.821265Z", "RFPIapGQMtKCidsPmcai6AM", UINT64_C(0xfb6241523d08a319)},
        {"2026-07-14T02:14:06.911390Z", "bptVap7QN-yN3dAPh4DzyAY", UINT64_C(0xfa1746ec691cc007)},
    };
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        int64_t create_ns;
        assert_true(time_parse(text_of(rows[i].create_time), &create_ns));
        assert_text(identity_response_id(*state, create_ns, rows[i].random), rows[i].id);
    }
    /* Before 1970, too, and with the least and the most of each number. */
    assert_text(identity_response_id(*state, -1, 0), "_____7-EPQAA");
    assert_text(identity_response_id(*state, 0, UINT64_MAX), "AAAAAAD_____D_____8P");
}

static void names_of_children_have_two_ids(void **state)
{
    (void)state;
    static const struct {
        const char *name, *model_id, *id; /* NULL: the name is of another form */
    } rows[] = {
        {"tunedModels/m/operations/o", "m", "o"},
        {"tunedModels//operations/", "", ""},
        {"tunedModels/m/permissions/o", NULL, NULL},
        {"models/m/operations/o", NULL, NULL},
        {"tunedModels/m/operations", NULL, NULL},
        {"tunedModels/m/operations/o/x", NULL, NULL},
        {"tunedModels/m/operations/o/", NULL, NULL},
        {"/tunedModels/m/operations/o", NULL, NULL},
        {"", NULL, NULL},
    };
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        struct text model_id = TEXT("?"), id = TEXT("?");
        bool is_split = identity_split_child(text_of(rows[i].name), "operations", &model_id, &id);
        assert_int_equal(is_split, rows[i].id != NULL);
        assert_text(model_id, is_split ? rows[i].model_id : "?");
        assert_text(id, is_split ? rows[i].id : "?");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ids_that_may_be_asked_for),
        cmocka_unit_test(a_display_name_becomes_a_slug_and_a_suffix_that_fit),
        cmocka_unit_test(a_suffix_may_fill_the_id_up),
        cmocka_unit_test(an_id_may_begin_with_the_digit_of_its_name),
        cmocka_unit_test(random_ids_follow_from_their_number_and_begin_with_a_letter),
        unit_test_with_arena(ids_of_responses_are_as_recorded),
        cmocka_unit_test(names_of_children_have_two_ids),
    };
    return cmocka_run_group_tests_name("identity", tests, NULL, NULL);
}
