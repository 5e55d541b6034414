#include "tests/lib/unit.h"

#include "server/api/filter.h"
#include "server/contract/message.h"

#define ROWS(table) (sizeof(table) / sizeof((table)[0]))

enum {
    NONE = 0,
    OWNER = Permission_Role_OWNER,
    WRITER = Permission_Role_WRITER,
    READER = Permission_Role_READER
};

static void a_list_has_what_all_terms_hold_for(void **state)
{
    (void)state;
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
        {"é", "Éé", "", OWNER, NONE, true},
        {"number", "Number", "", NONE, NONE, false},
        {"owner:me number", "Number", "", OWNER, NONE, true},
        {"  number   owner:me ", "Number", "", WRITER, NONE, false},
        {"numbernumber", "number", "number", OWNER, NONE, false},
    };
    for (size_t i = 0; i < ROWS(rows); i++) {
        struct filter filter;
        struct text bad_term;
        struct store_model model = {.display_name = text_of(rows[i].display_name),
            .description = text_of(rows[i].description)};
        struct store_roles roles = {rows[i].caller, rows[i].everyone};
        assert_true(filter_parse(text_of(rows[i].filter), &filter, &bad_term));
        if (filter_keeps(&filter, &model, &roles) != rows[i].is_kept)
            fail_msg("row %zu: %s", i, rows[i].filter);
    }
}

static void terms_that_mean_nothing_are_refused(void **state)
{
    (void)state;
    static const struct {
        const char *filter, *bad_term;
    } rows[] = {
        {"owner:you", "owner:you"},
        {"a owner: b", "owner:"},
        {":me", ":me"},
        {"readers:me owners:me", "owners:me"},
        {"display_name:x", "display_name:x"},
        {"1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18", "17"},
    };
    for (size_t i = 0; i < ROWS(rows); i++) {
        struct filter filter;
        struct text bad_term;
        assert_false(filter_parse(text_of(rows[i].filter), &filter, &bad_term));
        assert_text(bad_term, rows[i].bad_term);
    }
}

static void as_many_words_as_allowed_are_read(void **state)
{
    (void)state;
    struct filter filter;
    struct text bad_term;
    assert_true(
        filter_parse(TEXT("1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 owner:me"), &filter, &bad_term));
    assert_int_equal(filter.word_count, FILTER_WORDS_MAX);
    assert_false(filter_asks_everyone(&filter));
    assert_true(filter_parse(TEXT("a readers:EVERYONE"), &filter, &bad_term));
    assert_true(filter_asks_everyone(&filter));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_list_has_what_all_terms_hold_for),
        cmocka_unit_test(terms_that_mean_nothing_are_refused),
        cmocka_unit_test(as_many_words_as_allowed_are_read),
    };
    return cmocka_run_group_tests_name("filter", tests, NULL, NULL);
}
