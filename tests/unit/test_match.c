#include "tests/lib/unit.h"

#include "server/contract/limits.h"
#include "server/contract/method.h"
#include "server/json/decode.h"
#include "server/json/write.h"
#include "server/space/match.h"
#include "server/space/text_match.h"

static struct message *read(struct arena *arena, enum message_id id, const char *json)
{
    struct decode_problems problems;
    struct message *message = message_new(arena, id, VERSION_V1BETA);
    decode_problems_init(&problems, arena);
    decode_body(text_of(json), message, TEXT(""), &problems);
    assert_false(decode_problems_any(&problems));
    return message;
}

static struct match *compile(struct arena *arena, const char *json, uint64_t allowed)
{
    struct text problem;
    struct match *match =
        match_compile(read(arena, MESSAGE_Match, json), allowed, TEXT("match"), arena, &problem);
    assert_non_null(match);
    return match;
}

#define ALL_FIELDS (MATCH_FIELDS_REQUEST | MATCH_FIELDS_STORY)

static const struct match_facts facts = {
    .method = METHOD_MODELS_TUNED_GENERATE_CONTENT,
    .status = 429,
    .model = TEXT_INIT("tunedModels/x"),
    .caller = TEXT_INIT("alice@example.com"),
    .body = TEXT_INIT("{\"contents\": []}"),
    .prompt = TEXT_INIT("what is the weather?"),
    .path = TEXT_INIT("/v1beta/models/tunedModels/x:generateContent"),
    .request_id = TEXT_INIT("req-7"),
    .answer = TEXT_INIT("fault:1"),
    .status_name = TEXT_INIT("RESOURCE_EXHAUSTED"),
    .id = TEXT_INIT("x"),
    .display_name = TEXT_INIT("a bad one"),
    .base_model = TEXT_INIT("models/y"),
};

static void all_fields_must_hold(void **state)
{
    static const struct {
        const char *json;
        bool holds;
    } rows[] = {
        {"{}", true},
        {"{\"method\":\"*\"}", true},
        {"{\"method\":\"tunedModels.generateContent\"}", true},
        {"{\"method\":\"models.generateContent\"}", true},
        {"{\"method\":\"tunedModels.list\"}", false},
        {"{\"model\":\"tunedModels/x\"}", true},
        {"{\"model\":{\"equals\":\"tunedModels/x\"}}", true},
        {"{\"model\":\"tunedModels/\"}", false},
        {"{\"model\":{\"contains\":\"Models/\"}}", true},
        {"{\"model\":{\"regex\":\"/[xy]$\"}}", true},
        {"{\"model\":\"tunedModels/x\",\"caller\":\"bob\"}", false},
        {"{\"caller\":{\"regex\":\"@example\\\\.com$\"}}", true},
        {"{\"body\":{\"contains\":\"\"}}", true},
        {"{\"body\":\"\"}", false},
        {"{\"prompt\":{\"contains\":\"weather\"}}", true},
        {"{\"path\":{\"contains\":\":generate\"}}", true},
        {"{\"requestId\":\"req-7\",\"answer\":\"fault:1\"}", true},
        {"{\"request_id\":\"req-8\"}", false},
        {"{\"status\":429}", true},
        {"{\"status\":\"429\"}", true},
        {"{\"status\":500}", false},
        {"{\"status\":\"RESOURCE_EXHAUSTED\"}", true},
        {"{\"status\":\"resource_exhausted\"}", true},
        {"{\"status\":\"UNAVAILABLE\"}", false},
        {"{\"id\":\"x\",\"displayName\":{\"contains\":\"bad\"},\"baseModel\":\"models/y\"}", true},
    };
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++)
        if (match_holds(compile(*state, rows[i].json, ALL_FIELDS), &facts) != rows[i].holds)
            fail_msg("%s", rows[i].json);
}

static void a_prompt_may_be_meant_in_any_of_its_forms(void **state)
{
    struct text forms[] = {TEXT("41\noutput: "), TEXT("41")};
    const struct match_facts other = {.method = MATCH_NO_METHOD,
        .prompt = TEXT("input: 41\noutput: "),
        .body = TEXT("input: 41\noutput: "),
        .prompt_forms = forms,
        .prompt_form_count = ARRAY_COUNT(forms)};
    static const struct {
        const char *json, *group; /* the first; NULL: it does not hold */
    } rows[] = {
        {"{}", ""},
        {"{\"prompt\":\"41\"}", ""},
        {"{\"prompt\":{\"contains\":\"4\"}}", ""},
        {"{\"prompt\":{\"regex\":\"([a-z]+)\"}}", "input"},
        {"{\"prompt\":{\"regex\":\"^([^:]+):\"}}", "input"},
        {"{\"prompt\":{\"regex\":\"^(4.*)$\"}}", "41\noutput: "},
        {"{\"prompt\":{\"regex\":\"^([0-9]+)$\"}}", "41"},
        {"{\"prompt\":\"42\"}", NULL},
        {"{\"body\":\"41\"}", NULL},
    };
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        const struct match *match = compile(*state, rows[i].json, ALL_FIELDS);
        struct text groups[REGEX_GROUPS_MAX + 1];
        match_groups(match, &other, groups);
        assert_int_equal(match_holds(match, &other), rows[i].group != NULL);
        assert_int_equal(match_measure(match, &other).differ_count, rows[i].group == NULL);
        assert_true(text_equals_string(groups[1], rows[i].group ? rows[i].group : ""));
    }
}

static void a_call_without_method_or_error_is_matched_as_such(void **state)
{
    struct match_facts other = {.method = MATCH_NO_METHOD, .status = 200};
    assert_true(match_holds(compile(*state, "{\"method\":\"*\"}", ALL_FIELDS), &other));
    assert_false(
        match_holds(compile(*state, "{\"method\":\"tunedModels.list\"}", ALL_FIELDS), &other));
    assert_true(match_holds(compile(*state, "{\"status\":\"OK\"}", ALL_FIELDS), &other));
    other.status = 0;
    assert_false(match_holds(compile(*state, "{\"status\":\"OK\"}", ALL_FIELDS), &other));
}

static void what_is_no_message_holds_always(void **state)
{
    struct text problem;
    struct match *match = match_compile(NULL, 0, TEXT("match"), *state, &problem);
    assert_true(match_holds(match, &facts));
    assert_int_equal(match_size(match), 0);
}

static void what_is_wrong_is_named(void **state)
{
    static const struct {
        const char *json, *problem;
        uint64_t allowed;
    } rows[] = {
        {"{\"prompt\":\"x\"}", "match.prompt: cannot be asked for here, only model, caller, body",
            MATCH_FIELDS_FAULT},
        {"{\"displayName\":\"x\"}",
            "match.displayName: cannot be asked for here, only model, caller, body",
            MATCH_FIELDS_FAULT},
        {"{\"method\":\"tunedModels.lst\"}",
            "match.method: there is no \"tunedModels.lst\"; nearest are \"tunedModels.list\", "
            "\"tunedModels.get\", \"models.tunedModels.get\"",
            ALL_FIELDS},
        {"{\"model\":{}}",
            "match.model: must be a text, or an object with one of equals, contains and regex",
            ALL_FIELDS},
        {"{\"model\":\"gemini-1.5-flash\"}",
            "match.model: must begin with \"tunedModels/\", \"models/\", or \"projects/\", "
            "\"publishers/\", \"tuningJobs/\" or \"endpoints/\" of Vertex AI, as the names of "
            "models "
            "do",
            MATCH_FIELDS_STUB},
        {"{\"model\":{\"equals\":\"mine\"}}",
            "match.model: must begin with \"tunedModels/\", \"models/\", or \"projects/\", "
            "\"publishers/\", \"tuningJobs/\" or \"endpoints/\" of Vertex AI, as the names of "
            "models "
            "do",
            MATCH_FIELDS_FAULT},
        {"{\"requestId\":{\"equals\":\"a\",\"regex\":\"b\"}}",
            "match.requestId: must be a text, or an object with one of equals, contains and regex",
            ALL_FIELDS},
        {"{\"body\":{\"regex\":\"(\"}}", "match.body.regex: has ( without )", ALL_FIELDS},
        {"{\"body\":{\"regex\":\"(((a{1,100}){1,100}){1,100}){1,100}\"}}",
            "match.body.regex: is too large: it repeats too much too often", ALL_FIELDS},
        {"{\"status\":\"NONE\"}",
            "match.status: must be an HTTP code, such as 429, or the name of a status, such as "
            "\"RESOURCE_EXHAUSTED\"",
            ALL_FIELDS},
        {"{\"status\":\"\"}",
            "match.status: must be an HTTP code, such as 429, or the name of a status, such as "
            "\"RESOURCE_EXHAUSTED\"",
            ALL_FIELDS},
        {"{\"status\":8}",
            "match.status: must be an HTTP code, 100 to 599, or the name of a status", ALL_FIELDS},
    };
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        struct text problem = TEXT("");
        struct message *message = read(*state, MESSAGE_Match, rows[i].json);
        assert_null(match_compile(message, rows[i].allowed, TEXT("match"), *state, &problem));
        assert_text(problem, rows[i].problem);
    }
}

static void texts_have_a_limit(void **state)
{
    struct arena *arena = *state;
    struct message *message = message_new(arena, MESSAGE_TextMatch, VERSION_V1BETA);
    char *long_text = arena_alloc(arena, TEXT_MATCH_BYTES_MAX + 1);
    struct text problem;
    message_set_text(message, TextMatch_equals, (struct text){long_text, TEXT_MATCH_BYTES_MAX});
    assert_non_null(text_match_compile(message, TEXT("x"), arena, &problem));
    message_set_text(message, TextMatch_equals, (struct text){long_text, TEXT_MATCH_BYTES_MAX + 1});
    assert_null(text_match_compile(message, TEXT("x"), arena, &problem));
    assert_text(problem, "x: must have at most 4096 bytes");
}

static void a_regex_looks_at_the_first_bytes_alone(void **state)
{
    struct arena *arena = *state;
    struct match *match = compile(arena, "{\"body\":{\"regex\":\"b\"}}", ALL_FIELDS);
    struct match *end = compile(arena, "{\"body\":{\"regex\":\"a$\"}}", ALL_FIELDS);
    char *body = arena_alloc(arena, TEXT_MATCH_REGEX_BYTES_MAX + 1);
    struct match_facts other = {.body = {body, TEXT_MATCH_REGEX_BYTES_MAX + 1}};
    memset(body, 'a', TEXT_MATCH_REGEX_BYTES_MAX + 1);
    assert_false(match_holds(end, &other));
    body[TEXT_MATCH_REGEX_BYTES_MAX] = 'b';
    assert_false(match_holds(match, &other));
    other.body.len--;
    assert_true(match_holds(end, &other));
    body[TEXT_MATCH_REGEX_BYTES_MAX - 1] = 'b';
    assert_true(match_holds(match, &other));
}

static void texts_may_hold_any_bytes(void **state)
{
    struct arena *arena = *state;
    struct match_facts other = {.body = TEXT_INIT("a\0\xFF"
                                                  "b")};
    assert_true(
        match_holds(compile(arena, "{\"body\":{\"contains\":\"a\\u0000\"}}", ALL_FIELDS), &other));
    assert_true(
        match_holds(compile(arena, "{\"body\":{\"regex\":\"^a..b$\"}}", ALL_FIELDS), &other));
    assert_false(match_holds(compile(arena, "{\"body\":\"a\"}", ALL_FIELDS), &other));
    assert_false(match_holds(compile(arena, "{\"prompt\":\"a\"}", ALL_FIELDS), &other));
    assert_true(match_holds(compile(arena, "{\"prompt\":\"\"}", ALL_FIELDS), &other));
}

static void what_is_looked_for_takes_steps(void **state)
{
    static const char *const matches[] = {"{\"prompt\":{\"regex\":\"(wh[a-z]+)( is)? the (.*)\"}}",
        "{\"prompt\":{\"contains\":\"weather\"}}"};
    for (size_t i = 0; i < ARRAY_COUNT(matches); i++) {
        uint64_t steps_left = 1000;
        struct match_facts bounded = facts;
        bounded.steps_left = &steps_left;
        struct match *match = compile(*state, matches[i], ALL_FIELDS);
        assert_true(match_holds(match, &bounded));
        assert_in_range(steps_left, 1, 999);
        assert_false(match_is_spent(&bounded));
        steps_left = 1;
        assert_false(match_holds(match, &bounded));
        assert_true(match_is_spent(&bounded));
        assert_true(match_holds(compile(*state, "{}", ALL_FIELDS), &bounded));
    }
    assert_false(match_is_spent(&facts));
}

/* --- groups --- */

static void groups_are_of_the_prompt(void **state)
{
    struct text groups[REGEX_GROUPS_MAX + 1];
    struct match *match = compile(*state,
        "{\"body\":{\"regex\":\"(x)\"},\"prompt\":{\"regex\":\"(wh[a-z]+)( is)? the "
        "(.*)[?](!)?\"}}",
        ALL_FIELDS);
    assert_int_equal(match_group_count(match), 5);
    match_groups(match, &facts, groups);
    assert_text(groups[0], "what is the weather?");
    assert_text(groups[1], "what");
    assert_text(groups[2], " is");
    assert_text(groups[3], "weather");
    assert_null(groups[4].bytes);
    assert_null(groups[9].bytes);
}

static void without_a_regex_of_the_prompt_there_are_no_groups(void **state)
{
    static const char *const matches[] = {"{}", "{\"body\":{\"regex\":\"(c)\"}}",
        "{\"prompt\":{\"contains\":\"(\"}}", "{\"prompt\":\"x\"}"};
    struct text groups[REGEX_GROUPS_MAX + 1];
    for (size_t i = 0; i < ARRAY_COUNT(matches); i++) {
        struct match *match = compile(*state, matches[i], ALL_FIELDS);
        assert_int_equal(match_group_count(match), 0);
        match_groups(match, &facts, groups);
        assert_null(groups[0].bytes);
        assert_null(groups[1].bytes);
    }
    assert_int_equal(
        match_group_count(compile(*state, "{\"prompt\":{\"regex\":\"x\"}}", ALL_FIELDS)), 1);
}

struct told {
    struct arena *arena;
    struct text text;
};

static void tell(void *context, const struct match_gap *gap)
{
    struct told *told = context;
    told->text = arena_printf(told->arena, "%.*s%.*s: %.*s, not %.*s\n", TEXT_ARGS(told->text),
        TEXT_ARGS(gap->field), TEXT_ARGS(gap->got), TEXT_ARGS(gap->want));
}

static void tell_words(void *context, const struct match_gap *gap)
{
    struct told *told = context;
    told->text =
        arena_printf(told->arena, "%.*s%.*s\n", TEXT_ARGS(told->text), TEXT_ARGS(gap->words));
}

static void in_words_free_texts_are_quoted_and_names_are_not(void **state)
{
    struct told told = {*state, TEXT("")};
    match_differs(compile(*state,
                      "{\"model\":\"tunedModels/y\",\"caller\":\"Bob B.\",\"prompt\":\"start\","
                      "\"path\":{\"contains\":\"v2\"},\"answer\":\"base\"}",
                      ALL_FIELDS),
        &(struct match_facts){.method = MATCH_NO_METHOD,
            .model = TEXT("tunedModels/x"),
            .caller = TEXT("anonymous"),
            .prompt = TEXT("pol"),
            .path = TEXT("/v1")},
        *state, tell_words, &told);
    assert_text(told.text, "model: want tunedModels/y, got tunedModels/x\n"
                           "caller: want \"Bob B.\", got anonymous\n"
                           "prompt: want \"start\", got \"pol\"\n"
                           "path: want contains \"v2\", got /v1\n"
                           "answer: want base, got nothing\n");
}

static void what_is_too_long_ends_within_its_quotation_marks(void **state)
{
    struct told told = {*state, TEXT("")};
    struct text json = TEXT("{\"prompt\":{\"contains\":\"");
    for (size_t i = 0; i < MATCH_SHOWN_BYTES_MAX; i++)
        json = arena_joined(*state, json, TEXT("a"));
    json = arena_joined(*state, json, TEXT("aa\"}}"));
    match_differs(compile(*state, arena_printf(*state, "%.*s", TEXT_ARGS(json)).bytes, ALL_FIELDS),
        &facts, *state, tell_words, &told);
    assert_true(
        text_find(told.text, TEXT("aaa...\", got \"what is the weather?\"\n")) < told.text.len);
}

static void a_difference_is_said_also_of_nothing(void **state)
{
    struct arena *arena = *state;
    assert_text(match_difference(arena, TEXT("model"), TEXT("models/x"), TEXT("models/y")),
        "model: want models/x, got models/y");
    assert_text(match_difference(arena, TEXT("body"), TEXT(""), TEXT("")),
        "body: want nothing, got nothing");
}

static void what_differs_is_told_field_by_field(void **state)
{
    struct told told = {*state, TEXT("")};
    struct match *match = compile(*state,
        "{\"method\":\"tunedModels.list\",\"model\":\"tunedModels/x\",\"status\":200,"
        "\"caller\":\"bob\",\"prompt\":{\"contains\":\"rain\"},\"path\":{\"regex\":\"^/v2\"}}",
        ALL_FIELDS);
    match_differs(match, &facts, *state, tell, &told);
    assert_text(told.text,
        "method: models.tunedModels.generateContent, not tunedModels.list\n"
        "caller: alice@example.com, not bob\n"
        "prompt: what is the weather?, not contains \"rain\"\n"
        "path: /v1beta/models/tunedModels/x:generateContent, not regex \"^/v2\"\n"
        "status: 429, not 200\n");
}

static void nothing_differs_where_all_holds(void **state)
{
    struct told told = {*state, TEXT("")};
    match_differs(compile(*state, "{\"status\":429}", ALL_FIELDS), &facts, *state, tell, &told);
    assert_text(told.text, "");
}

/* --- how far --- */

static void a_distance_counts_what_differs_and_what_is_alike(void **state)
{
    static const struct {
        const char *match;
        size_t differ_count, missing_count, likeness;
    } rows[] = {
        {"{\"caller\":\"alice@example.com\"}", 0, 0, 0},
        {"{\"caller\":\"alice@example.org\"}", 1, 0, 14},
        {"{\"prompt\":\"what was the weather?\"}", 1, 0, 19},
        {"{\"prompt\":{\"contains\":\"weather in\"}}", 1, 0, 7},
        {"{\"prompt\":{\"contains\":\"\\u0000\"}}", 1, 0, 0},
        {"{\"prompt\":{\"regex\":\"^weather\"}}", 1, 0, 0},
        {"{\"status\":403,\"answer\":\"stub:1\"}", 2, 1, 1},
        {"{\"status\":500,\"method\":\"tunedModels.list\"}", 2, 0, 0},
    };
    struct match_facts call = facts;
    call.answer = TEXT("");
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct match_distance distance =
            match_measure(compile(*state, rows[i].match, ALL_FIELDS), &call);
        assert_int_equal(distance.differ_count, rows[i].differ_count);
        assert_int_equal(distance.missing_count, rows[i].missing_count);
        assert_int_equal(distance.likeness, rows[i].likeness);
    }
}

/* --- the shorthand --- */

static void a_text_stands_for_what_equals_it(void **state)
{
    static const struct {
        const char *given, *shown;
    } rows[] = {
        {"{\"prompt\":\"x\"}", "{\"prompt\":\"x\"}"},
        {"{\"prompt\":\"\"}", "{\"prompt\":\"\"}"},
        {"{\"prompt\":{\"equals\":\"x\"}}", "{\"prompt\":\"x\"}"},
        {"{\"prompt\":{\"contains\":\"x\"}}", "{\"prompt\":{\"contains\":\"x\"}}"},
        {"{\"prompt\":null}", "{}"},
        {"{\"status\":429}", "{\"status\":\"429\"}"},
    };
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        struct message *message = read(*state, MESSAGE_Match, rows[i].given);
        assert_text(json_text(message, *state), rows[i].shown);
    }
}

static void only_a_string_stands_for_a_message(void **state)
{
    static const struct {
        const char *json, *problem;
    } rows[] = {
        {"{\"prompt\":5}",
            "Invalid value at 'prompt' (type.googleapis.com/tunemock.v1.TextMatch), 5"},
        {"{\"prompt\":[\"x\"]}", "Invalid JSON payload received. Unknown name \"prompt\": Proto "
                                 "field is not repeating, cannot start list."},
        {"{\"prompt\":\"x\",\"prompt\":\"y\"}",
            "Invalid value (oneof), oneof field '_prompt' is already set. Cannot set 'prompt'"},
        {"{\"prompt\":{\"equal\":\"x\"}}", "Invalid JSON payload received. Unknown name \"equal\" "
                                           "at 'prompt': Cannot find field."},
    };
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        struct decode_problems problems;
        struct message *message = message_new(*state, MESSAGE_Match, VERSION_V1BETA);
        decode_problems_init(&problems, *state);
        decode_body(text_of(rows[i].json), message, TEXT(""), &problems);
        assert_text(decode_problems_text(&problems), rows[i].problem);
    }
}

static void a_parameter_stands_for_a_message_too(void **state)
{
    struct decode_problems problems;
    struct message *message = message_new(*state, MESSAGE_Match, VERSION_V1BETA);
    decode_problems_init(&problems, *state);
    assert_true(decode_parameter(TEXT("prompt"), TEXT("x"), message, &problems));
    assert_false(decode_problems_any(&problems));
    assert_text(json_text(message, *state), "{\"prompt\":\"x\"}");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        unit_test_with_arena(all_fields_must_hold),
        unit_test_with_arena(a_prompt_may_be_meant_in_any_of_its_forms),
        unit_test_with_arena(a_call_without_method_or_error_is_matched_as_such),
        unit_test_with_arena(what_is_no_message_holds_always),
        unit_test_with_arena(what_is_wrong_is_named),
        unit_test_with_arena(texts_have_a_limit),
        unit_test_with_arena(a_regex_looks_at_the_first_bytes_alone),
        unit_test_with_arena(texts_may_hold_any_bytes),
        unit_test_with_arena(what_is_looked_for_takes_steps),
        unit_test_with_arena(groups_are_of_the_prompt),
        unit_test_with_arena(without_a_regex_of_the_prompt_there_are_no_groups),
        unit_test_with_arena(what_differs_is_told_field_by_field),
        unit_test_with_arena(in_words_free_texts_are_quoted_and_names_are_not),
        unit_test_with_arena(what_is_too_long_ends_within_its_quotation_marks),
        unit_test_with_arena(a_difference_is_said_also_of_nothing),
        unit_test_with_arena(nothing_differs_where_all_holds),
        unit_test_with_arena(a_distance_counts_what_differs_and_what_is_alike),
        unit_test_with_arena(a_text_stands_for_what_equals_it),
        unit_test_with_arena(only_a_string_stands_for_a_message),
        unit_test_with_arena(a_parameter_stands_for_a_message_too),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
