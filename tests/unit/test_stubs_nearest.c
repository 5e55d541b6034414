#include "tests/lib/unit.h"

#include "server/contract/limits.h"
#include "server/contract/method.h"
#include "server/json/decode.h"
#include "server/space/stubs.h"

#define WEATHER                                                                                    \
    "{\"match\": {\"prompt\": {\"contains\": \"weather\"}}, \"reply\": {\"text\": \"Sunny.\"}}"

static const struct match_facts hello = {
    .method = METHOD_TUNED_MODELS_GENERATE_CONTENT,
    .model = TEXT_INIT("tunedModels/x"),
    .caller = TEXT_INIT("anonymous"),
    .prompt = TEXT_INIT("hello"),
};

static void add(struct stubs *stubs, struct arena *arena, const char *json)
{
    struct decode_problems problems;
    struct text problem = TEXT("");
    struct message *message = message_new(arena, MESSAGE_Stub, VERSION_V1BETA);
    decode_problems_init(&problems, arena);
    decode_body(text_of(json), message, TEXT(""), &problems);
    assert_false(decode_problems_any(&problems));
    if (!stubs_add(stubs, message, &problem))
        fail_msg("%.*s", TEXT_ARGS(problem));
}

/* What is nearest of these stubs, up to NULL, to a call. */
static void assert_nearest(struct arena *arena, const struct match_facts *facts,
    const char *const *jsons, const char *expected)
{
    struct stubs *stubs = stubs_new(NULL);
    for (size_t i = 0; jsons[i]; i++)
        add(stubs, arena, jsons[i]);
    struct stub_taken taken;
    assert_false(stubs_take(stubs, facts, 1, arena, &taken));
    assert_text(stubs_nearest(stubs, facts, arena), expected);
    stubs_free(stubs);
}

static void what_differs_is_named_with_field_want_and_got(void **state)
{
    static const char *const none[] = {NULL}, *const one[] = {WEATHER, NULL},
                             *const two[] = {"{\"match\": {\"method\": \"models.embedContent\", "
                                             "\"model\": \"models/y\"}, \"reply\": {\"response\": "
                                             "{}}}",
                                 NULL};
    assert_nearest(*state, &hello, none, "");
    assert_nearest(
        *state, &hello, one, "stub 1 (prompt: want contains \"weather\", got \"hello\")");
    assert_nearest(*state, &hello, two,
        "stub 1 (method: want models.embedContent, got tunedModels.generateContent; model: want "
        "models/y, got tunedModels/x)");
}

static void a_scenario_is_named_with_its_state(void **state)
{
    struct arena *arena = *state;
    static const char poll[] = "{\"match\": {}, \"reply\": {\"text\": \"a\"}, \"scenario\": "
                               "{\"name\": \"poll\", \"requires\": \"started\"}}";
    struct stubs *stubs = stubs_new(NULL);
    const char *problem;
    add(stubs, arena, poll);
    assert_text(stubs_nearest(stubs, &hello, arena),
        "stub 1 (scenario poll: requires \"started\", is \"\")");
    assert_true(stubs_set_scenario(stubs, TEXT("poll"), TEXT("ended"), &problem));
    assert_text(stubs_nearest(stubs, &hello, arena),
        "stub 1 (scenario poll: requires \"started\", is \"ended\")");
    stubs_free(stubs);
}

static void three_are_named_and_the_nearest_first(void **state)
{
    static const char *const stubs[] = {
        "{\"match\": {\"model\": \"tunedModels/y\", \"prompt\": \"bye\"}, \"reply\": {\"text\": "
        "\"a\"}}",
        "{\"match\": {\"prompt\": \"bye\"}, \"reply\": {\"text\": \"a\"}}",
        "{\"match\": {\"prompt\": \"hell\"}, \"reply\": {\"text\": \"a\"}}",
        "{\"match\": {\"prompt\": \"hello\"}, \"reply\": {\"text\": \"a\"}, \"scenario\": "
        "{\"name\": \"s\", \"requires\": \"1\"}}",
        NULL};
    assert_nearest(*state, &hello, stubs,
        "stub 4 (scenario s: requires \"1\", is \"\"); stub 3 (prompt: want \"hell\", got "
        "\"hello\"); stub 2 (prompt: want \"bye\", got \"hello\")");
}

static void a_reply_of_another_method_is_named(void **state)
{
    static const char *const stubs[] = {
        "{\"match\": {}, \"reply\": {\"response\": {\"candidates\": []}}}", NULL};
    struct match_facts text = hello;
    text.method = METHOD_TUNED_MODELS_GENERATE_TEXT;
    assert_nearest(*state, &text, stubs,
        "stub 1 (method: want one that answers with its response, got tunedModels.generateText)");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        unit_test_with_arena(what_differs_is_named_with_field_want_and_got),
        unit_test_with_arena(a_scenario_is_named_with_its_state),
        unit_test_with_arena(three_are_named_and_the_nearest_first),
        unit_test_with_arena(a_reply_of_another_method_is_named),
    };
    return cmocka_run_group_tests_name("stubs nearest", tests, NULL, NULL);
}
