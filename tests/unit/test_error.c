#include "tests/lib/unit.h"

#include "base/arena.h"
#include "server/contract/error.h"
#include "server/contract/limits.h"

static size_t hole_count(struct text text)
{
    struct error_hole hole = {.end = 0};
    size_t count = 0;
    while (error_next_hole(text, hole.end, &hole))
        count++;
    return count;
}

/* What looks like a hole is one: a name that is misspelt would stay in the text. */
static void every_hole_has_a_name_that_is_known(void **state)
{
    (void)state;
    bool is_used[ARGUMENT_COUNT] = {false};
    for (int i = 0; i < ERROR_COUNT; i++) {
        struct text text = text_of(errors[i].text);
        struct error_hole hole = {.end = 0};
        size_t from = 0;
        while (error_next_hole(text, from, &hole)) {
            is_used[hole.argument] = true;
            for (size_t k = from; k < hole.begin; k++)
                if (text.bytes[k] == '{' && (text.bytes[k + 1] < '0' || text.bytes[k + 1] > '9'))
                    fail_msg("%s: \"%s\"", errors[i].name, text.bytes + k);
            from = hole.end;
        }
        for (size_t k = from; k < text.len; k++)
            if (text.bytes[k] == '{' && (text.bytes[k + 1] < '0' || text.bytes[k + 1] > '9'))
                fail_msg("%s: \"%s\"", errors[i].name, text.bytes + k);
    }
    for (int i = 0; i < ARGUMENT_COUNT; i++)
        if (!is_used[i])
            fail_msg("no text has argument %d", i);
}

static void every_text_takes_as_many_arguments_as_it_has_holes(void **state)
{
    (void)state;
    enum { HOLES_MAX = 8 };
    struct arena arena;
    arena_init(&arena);
    for (int i = 0; i < ERROR_COUNT; i++) {
        struct text arguments[HOLES_MAX];
        size_t count = hole_count(text_of(errors[i].text));
        assert_true(count <= HOLES_MAX);
        for (size_t k = 0; k < count; k++)
            arguments[k] = TEXT("<{base}>");
        struct text text = error_text(&arena, (enum error_id)i, arguments, count);
        /* Holes in arguments stay. */
        assert_int_equal(hole_count(text), count);
    }
    arena_release(&arena);
}

static void arguments_stand_where_the_holes_were(void **state)
{
    (void)state;
    struct arena arena;
    arena_init(&arena);
    struct text arguments[] = {TEXT("models/m"), TEXT(""), TEXT("generateContent")};
    assert_text(error_text(&arena, ERROR_TM_BASE_RETIRED, arguments, 3),
        "models/m is not found for API version , or is not supported for generateContent. Call "
        "ListModels to see the list of available models and their supported methods.");
    assert_text(error_text(&arena, ERROR_GEN_CONTENTS, NULL, 0),
        "* GenerateContentRequest.contents: contents is not specified\n");
    arena_release(&arena);
}

static void names_are_unique_and_found(void **state)
{
    (void)state;
    for (int i = 0; i < ERROR_COUNT; i++) {
        assert_ptr_equal(error_by_name(text_of(errors[i].name)), &errors[i]);
        assert_non_null(status_find((int)errors[i].status));
        assert_true(status_find((int)errors[i].status)->http >= 400);
        /* ErrorInfo needs a reason. */
        bool has_info = errors[i].details == DETAILS_KEY ||
                        errors[i].details == DETAILS_CREDENTIALS ||
                        errors[i].details == DETAILS_TOKEN || errors[i].details == DETAILS_RATE ||
                        errors[i].details == DETAILS_DISABLED || errors[i].details == DETAILS_IAM;
        assert_int_equal(has_info, errors[i].reason != NULL);
    }
    assert_null(error_by_name(TEXT("")));
    assert_null(error_by_name(TEXT("tm.nothing")));
    assert_null(error_by_name(TEXT("TM.MISSING")));
}

static void statuses_are_those_of_google_rpc_code(void **state)
{
    (void)state;
    static const struct status rows[] = {
        {"OK", 0, 200},
        {"CANCELLED", 1, 499},
        {"UNKNOWN", 2, 500},
        {"INVALID_ARGUMENT", 3, 400},
        {"DEADLINE_EXCEEDED", 4, 504},
        {"NOT_FOUND", 5, 404},
        {"ALREADY_EXISTS", 6, 409},
        {"PERMISSION_DENIED", 7, 403},
        {"RESOURCE_EXHAUSTED", 8, 429},
        {"FAILED_PRECONDITION", 9, 400},
        {"ABORTED", 10, 409},
        {"OUT_OF_RANGE", 11, 400},
        {"UNIMPLEMENTED", 12, 501},
        {"INTERNAL", 13, 500},
        {"UNAVAILABLE", 14, 503},
        {"DATA_LOSS", 15, 500},
        {"UNAUTHENTICATED", 16, 401},
    };
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        const struct status *status = status_find((int)i);
        assert_string_equal(status->name, rows[i].name);
        assert_int_equal(status->number, rows[i].number);
        assert_int_equal(status->http, rows[i].http);
        assert_ptr_equal(status_parse(text_of(rows[i].name)), status);
    }
    assert_null(status_find(-1));
    assert_null(status_find(17));
}

static void statuses_are_known_by_name_number_and_http_code(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int number; /* -1: none */
    } rows[] = {
        {"UNAVAILABLE", 14},
        {"unavailable", 14},
        {"503", 14},
        {"14", 14},
        {"400", 3},
        {"401", 16},
        {"403", 7},
        {"404", 5},
        {"409", 6},
        {"429", 8},
        {"499", 1},
        {"500", 13},
        {"501", 12},
        {"504", 4},
        {"200", 0},
        {"0", 0},
        {"16", 16},
        {"17", -1},
        {"-1", -1},
        {"-4294967293", -1},
        {"4294967299", -1},
        {"418", -1},
        {"", -1},
        {"UNAVAIL", -1},
        {"503 ", -1},
        {"99999999999999999999", -1},
    };
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        const struct status *status = status_parse(text_of(rows[i].text));
        int number = status ? status->number : -1;
        if (number != rows[i].number)
            fail_msg("\"%s\" is %d", rows[i].text, number);
    }
}

static void a_long_argument_is_shortened_within_a_sentence(void **state)
{
    static char bytes[3 * QUOTE_BYTES_MAX];
    memset(bytes, 'x', sizeof(bytes));
    struct text argument = {bytes, sizeof(bytes)};
    struct text text = error_text(*state, ERROR_TM_MISSING, &argument, 1);
    assert_true(text.len < QUOTE_BYTES_MAX + 100);
    assert_true(text_ends_with(text, TEXT("x... does not exist.")));
    text = error_text(*state, ERROR_TM_INVALID, &argument, 1);
    assert_int_equal(text.len, argument.len);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_hole_has_a_name_that_is_known),
        cmocka_unit_test(every_text_takes_as_many_arguments_as_it_has_holes),
        cmocka_unit_test(arguments_stand_where_the_holes_were),
        unit_test_with_arena(a_long_argument_is_shortened_within_a_sentence),
        cmocka_unit_test(names_are_unique_and_found),
        cmocka_unit_test(statuses_are_those_of_google_rpc_code),
        cmocka_unit_test(statuses_are_known_by_name_number_and_http_code),
    };
    return cmocka_run_group_tests_name("error", tests, NULL, NULL);
}
