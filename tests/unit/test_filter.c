#include "tests/lib/unit.h"

#include "server/api/filter.h"
#include "server/contract/message.h"

enum {
    NONE = 0,
    OWNER = Permission_Role_OWNER,
    WRITER = Permission_Role_WRITER,
    READER = Permission_Role_READER
};

static void a_list_has_what_all_terms_hold_for(void **state)
{
    static const struct {
        const char *filter, *display_name, *description;
        int32_t caller, everyone;
        bool is_kept;
    } rows[] = {
        /* Whose models are listed without a filter. */
        {"", "", "", OWNER, NONE, true},
        {"", "", "", READER, NONE, true},
        {"", "", "", NONE, NONE, false},
        {"", "", "", NONE, READER, false},
        {"   ", "", "", OWNER, NONE, true},
        /* Operators. */
        {"owner:me", "", "", OWNER, NONE, true},
        {"owner:me", "", "", WRITER, NONE, false},
        {"writers:me", "", "", WRITER, NONE, true},
        {"writers:me", "", "", OWNER, NONE, false},
        {"readers:me", "", "", READER, NONE, true},
        {"readers:me", "", "", NONE, READER, false},
        {"readers:everyone", "", "", NONE, READER, true},
        {"readers:everyone", "", "", OWNER, READER, true},
        {"readers:everyone", "", "", OWNER, NONE, false},
        {"Owner:ME", "", "", OWNER, NONE, true},
        {"owner:me readers:everyone", "", "", OWNER, READER, true},
        {"owner:me readers:everyone", "", "", NONE, READER, false},
        {"owner:me writers:me", "", "", OWNER, NONE, false},
        /* Words, in either text, in any case. */
        {"number", "Number Generator", "", OWNER, NONE, true},
        {"NUMBER", "x", "a number", OWNER, NONE, true},
        {"umb", "Number", "", OWNER, NONE, true},
        {"numbers", "Number", "", OWNER, NONE, false},
        {"number generator", "Generator", "of numbers", OWNER, NONE, true},
        {"number other", "Number", "", OWNER, NONE, false},
        {"éÑ", "x Éñ", "", OWNER, NONE, true},
        {"привет", "", "ПРИВЕТ", OWNER, NONE, true},
        {"number\towner:me", "Number", "", OWNER, NONE, true},
        {"number\nother", "Number", "", OWNER, NONE, false},
        /* Phrases. */
        {"\"number generator\"", "My Number Generator", "", OWNER, NONE, true},
        {"\"number generator\"", "Generator", "of numbers", OWNER, NONE, false},
        {"\"generator n\" owner:me", "generator", "generator n", OWNER, NONE, true},
        {"\"owner:me\"", "", "owner:me", READER, NONE, true},
        {"\"owner:me\"", "", "", OWNER, NONE, false},
        {"\"number", "Number", "", OWNER, NONE, true},
        {"\"\" \" \"", "a b", "", OWNER, NONE, true},
        {"\" \"", "ab", "", OWNER, NONE, false},
        {"say\"hi", "say\"hi", "", OWNER, NONE, true},
        {"number", "Number", "", NONE, NONE, false},
        {"owner:me number", "Number", "", OWNER, NONE, true},
        {"  number   owner:me ", "Number", "", WRITER, NONE, false},
        {"numbernumber", "number", "number", OWNER, NONE, false},
    };
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        struct filter filter;
        struct text problem;
        struct store_model model = {.display_name = text_of(rows[i].display_name),
            .description = text_of(rows[i].description)};
        struct store_roles roles = {rows[i].caller, rows[i].everyone};
        assert_true(filter_parse(text_of(rows[i].filter), *state, &filter, &problem));
        size_t searched_bytes = 0;
        if (filter_keeps(&filter, &model, &roles, &searched_bytes) != rows[i].is_kept)
            fail_msg("row %zu: %s", i, rows[i].filter);
    }
}

static void terms_that_mean_nothing_are_refused(void **state)
{
    static const struct {
        const char *filter, *problem;
    } rows[] = {
        {"owner:you", "unknown term \"owner:you\""},
        {"a owner: b", "unknown term \"owner:\""},
        {":me", "unknown term \":me\""},
        {"readers:me owners:me", "unknown term \"owners:me\""},
        {"display_name:x", "unknown term \"display_name:x\""},
        {"1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18", "must have at most 16 words"},
    };
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        struct filter filter;
        struct text problem;
        assert_false(filter_parse(text_of(rows[i].filter), *state, &filter, &problem));
        assert_text(problem, rows[i].problem);
    }
}

static void as_many_words_as_allowed_are_read(void **state)
{
    struct filter filter;
    struct text problem;
    struct text text = TEXT("1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 owner:me");
    assert_true(filter_parse(text, *state, &filter, &problem));
    assert_int_equal(filter.word_count, FILTER_WORDS_MAX);
}

/* What the list goes along, for a caller with roles of his own and for one who owns all. */
static void a_list_goes_along_as_few_models_as_an_index_allows(void **state)
{
    enum { NO_MODELS = -1 };
    static const struct {
        const char *filter;
        int of, of_owner;
    } rows[] = {
        {"", STORE_LIST_OF_ADDRESS, STORE_LIST_ALL},
        {"word", STORE_LIST_OF_ADDRESS, STORE_LIST_ALL},
        {"owner:me", STORE_LIST_OF_ADDRESS, STORE_LIST_ALL},
        {"writers:me", STORE_LIST_OF_ADDRESS, NO_MODELS},
        {"readers:ME word", STORE_LIST_OF_ADDRESS, NO_MODELS},
        {"owner:me owner:me", STORE_LIST_OF_ADDRESS, STORE_LIST_ALL},
        {"owner:me readers:me", NO_MODELS, NO_MODELS},
        {"readers:EVERYONE", STORE_LIST_OF_EVERYONE, STORE_LIST_OF_EVERYONE},
        {"owner:me readers:everyone", STORE_LIST_OF_EVERYONE, STORE_LIST_OF_EVERYONE},
        {"writers:me readers:everyone", STORE_LIST_OF_EVERYONE, NO_MODELS},
    };
    for (size_t i = 0; i < 2 * ARRAY_COUNT(rows); i++) {
        size_t row = i / 2;
        bool owns_all = i % 2;
        struct filter filter;
        struct text problem;
        struct store_list list = {.of = STORE_LIST_ALL};
        assert_true(filter_parse(text_of(rows[row].filter), *state, &filter, &problem));
        int of = filter_choose(&filter, owns_all, &list) ? (int)list.of : NO_MODELS;
        if (of != (owns_all ? rows[row].of_owner : rows[row].of))
            fail_msg("%s: %d", rows[row].filter, of);
    }
}

static void what_a_filter_looks_at_is_counted(void **state)
{
    struct filter filter;
    struct text problem;
    struct store_model model = {.display_name = TEXT("name"), .description = TEXT("description")};
    struct store_roles owner = {OWNER, NONE}, nobody = {NONE, NONE};
    size_t searched_bytes = 0;
    assert_true(filter_parse(TEXT("owner:me"), *state, &filter, &problem));
    assert_true(filter_keeps(&filter, &model, &owner, &searched_bytes));
    assert_int_equal(searched_bytes, 0);
    /* Folded once, and searched until the word was found. */
    assert_true(filter_parse(TEXT("x"), *state, &filter, &problem));
    assert_false(filter_keeps(&filter, &model, &owner, &searched_bytes));
    assert_int_equal(searched_bytes, 2 * strlen("namedescription"));
    assert_false(filter_keeps(&filter, &model, &nobody, &searched_bytes));
    assert_int_equal(searched_bytes, 2 * strlen("namedescription"));
    assert_true(filter_parse(TEXT("NAME name"), *state, &filter, &problem));
    searched_bytes = 0;
    assert_true(filter_keeps(&filter, &model, &owner, &searched_bytes));
    assert_int_equal(searched_bytes, strlen("namedescription"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_list_has_what_all_terms_hold_for),
        cmocka_unit_test(terms_that_mean_nothing_are_refused),
        cmocka_unit_test(as_many_words_as_allowed_are_read),
        cmocka_unit_test(a_list_goes_along_as_few_models_as_an_index_allows),
        cmocka_unit_test(what_a_filter_looks_at_is_counted),
    };
    return cmocka_run_group_tests_name("filter", tests, unit_make_arena, unit_release_arena);
}
