#include "tests/lib/unit.h"

#include "server/call/body.h"
#include "server/call/facts.h"
#include "server/call/query.h"
#include "server/state/callers.h"
#include "tests/lib/loopback.h"

/* One call whose query and body are read, as far as the door has come when facts are asked for. */
struct knock {
    struct exchange exchange;
    struct app app;
    struct call call;
};

static void knock_start(struct knock *knock, const char *verb, const char *target, const char *body)
{
    memset(knock, 0, sizeof(*knock));
    exchange_init(&knock->exchange);
    knock->app.callers = callers_copy(NULL);
    knock->app.body_limits = (struct decode_limits){.values_max = 1000, .bytes_max = 100000};
    struct request *request = &knock->exchange.request;
    loopback_fill_request(request, verb, target, text_of(body));
    struct call *call = &knock->call;
    *call = (struct call){.app = &knock->app,
        .arena = &knock->exchange.arena,
        .request = request,
        .reply = &knock->exchange.reply,
        .version = VERSION_V1BETA,
        .messages = VERSION_V1BETA};
    struct route route;
    if (route_find(http_verb_parse(request->verb), request->raw_path, FIDELITY_COMPAT, call->arena,
            &route) != ROUTE_FOUND)
        return;
    call->method_id = route.method;
    call->method = &methods[route.method];
    memcpy(call->ids, route.ids, sizeof(call->ids));
    call->in = message_new(call->arena, call->method->request, call->messages);
    decode_problems_init(&call->problems, call->arena);
    assert_true(query_read(call, request->raw_query));
    body_decode(call, &call->problems);
}

static void knock_stop(struct knock *knock)
{
    callers_free(knock->app.callers);
    exchange_release(&knock->exchange);
}

static void method_and_model_are_named_as_the_service_names_them(void **state)
{
    (void)state;
    static const struct {
        const char *verb, *target, *method, *model;
    } rows[] = {
        {"GET", "/v1beta/tunedModels", "tunedModels.list", ""},
        {"GET", "/v1beta/tunedModels/x", "tunedModels.get", "tunedModels/x"},
        {"GET", "/v1beta/models/tunedModels/x", "tunedModels.get", "tunedModels/x"},
        {"POST", "/v1beta/models/tunedModels/x:generateContent", "tunedModels.generateContent",
            "tunedModels/x"},
        {"POST", "/v1beta/models/y:embedContent", "models.embedContent", "models/y"},
        {"GET", "/v1beta/tunedModels/x/operations/o", "tunedModels.operations.get",
            "tunedModels/x"},
        {"GET", "/v1beta/operations/tunedModels/x/operations/o", "operations.get", "tunedModels/x"},
        {"GET", "/v1beta/operations/none", "operations.get", ""},
        {"GET", "/v1beta/operations", "operations.list", ""},
        {"GET", "/v1beta/tunedModels/x/permissions/1", "tunedModels.permissions.get",
            "tunedModels/x"},
        {"POST", "/v1beta/tunedModels", "tunedModels.create", ""},
        {"POST", "/v1beta/tunedModels?tunedModelId=new", "tunedModels.create", "tunedModels/new"},
        {"GET", "/%24discovery/rest", "discovery.rest", ""},
        {"GET", "/v1beta/nothing", "", ""},
    };
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        struct knock knock;
        knock_start(&knock, rows[i].verb, rows[i].target, NULL);
        int method = facts_method(&knock.call);
        assert_text(text_of(method == MATCH_NO_METHOD ? "" : methods[method].name), rows[i].method);
        assert_text(facts_model(&knock.call), rows[i].model);
        knock_stop(&knock);
    }
}

static void a_create_is_about_the_model_that_it_made(void **state)
{
    (void)state;
    struct knock knock;
    knock_start(&knock, "POST", "/v1beta/tunedModels", NULL);
    struct store_write write = {.kind = STORE_CREATE_MODEL, .model.id = TEXT("made-1")};
    knock.call.write = &write;
    assert_text(facts_model(&knock.call), "tunedModels/made-1");
    knock_stop(&knock);
}

static void a_caller_is_named_and_its_credential_is_not_told(void **state)
{
    (void)state;
    struct knock knock;
    knock_start(&knock, "GET", "/v1beta/tunedModels", NULL);
    assert_text(facts_caller(&knock.call), "anonymous");

    knock.call.system.key = TEXT("secret");
    struct text key = facts_caller(&knock.call);
    assert_int_equal(key.len, sizeof("key-01234567") - 1);
    assert_true(text_starts_with(key, TEXT("key-")));
    assert_true(text_equals(key, facts_caller(&knock.call)));
    assert_int_equal(text_find(key, TEXT("secret")), key.len);

    knock.exchange.request.headers[HEADER_AUTHORIZATION] = TEXT("Bearer secret");
    struct text token = facts_caller(&knock.call);
    assert_true(text_starts_with(token, TEXT("token-")));

    callers_add(knock.app.callers, TEXT(""), TEXT("secret"), TEXT("alice@example.com"));
    assert_text(facts_caller(&knock.call), "alice@example.com");
    knock_stop(&knock);
}

static void the_prompt_is_the_text_of_the_last_user_content(void **state)
{
    (void)state;
#define GENERATE "/v1beta/tunedModels/x:generateContent"
    static const struct {
        const char *target, *body, *prompt;
    } rows[] = {
        {GENERATE, "{\"contents\":[{\"parts\":[{\"text\":\"41\"}]}]}", "41"},
        {GENERATE, "{\"contents\":[{\"parts\":[{\"text\":\"in\"},{\"text\":\"put\"}]}]}", "input"},
        {GENERATE,
            "{\"contents\":[{\"role\":\"user\",\"parts\":[{\"text\":\"1\"}]},"
            "{\"role\":\"model\",\"parts\":[{\"text\":\"2\"}]}]}",
            "1"},
        {GENERATE, "{\"contents\":[{\"role\":\"model\",\"parts\":[{\"text\":\"2\"}]}]}", ""},
        {GENERATE, "{}", ""},
        {GENERATE, "no JSON", ""},
        {"/v1beta/tunedModels/x:generateText", "{\"prompt\":{\"text\":\"41\"}}", "41"},
        {"/v1beta/tunedModels/x:generateText", "{}", ""},
        {"/v1beta/models/y:embedContent", "{\"content\":{\"parts\":[{\"text\":\"e\"}]}}", "e"},
        {"/v1beta/models/y:countTokens", "{\"contents\":[{\"parts\":[{\"text\":\"c\"}]}]}", "c"},
        {"/v1beta/models/y:countTokens",
            "{\"generateContentRequest\":{\"contents\":[{\"parts\":[{\"text\":\"g\"}]}]}}", "g"},
        {"/v1beta/tunedModels/x:transferOwnership", "{\"emailAddress\":\"a@b.c\"}", ""},
    };
#undef GENERATE
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        struct knock knock;
        knock_start(&knock, "POST", rows[i].target, rows[i].body);
        assert_text(facts_prompt(&knock.call), rows[i].prompt);
        knock_stop(&knock);
    }
    struct call none = {.in = NULL};
    assert_text(facts_prompt(&none), "");
}

static void only_a_tuned_models_prompt_has_forms_without_labels(void **state)
{
    (void)state;
#define LABELLED "input: 41\\noutput: "
#define CONTENTS "{\"contents\":[{\"parts\":[{\"text\":\"" LABELLED "\"}]}]}"
    static const struct {
        const char *target, *body;
        bool has_forms;
    } rows[] = {
        {"/v1beta/tunedModels/x:generateContent", CONTENTS, true},
        {"/v1beta/models/tunedModels/x:streamGenerateContent", CONTENTS, true},
        {"/v1beta/tunedModels/x:generateText", "{\"prompt\":{\"text\":\"" LABELLED "\"}}", true},
        {"/v1beta/tunedModels/x:countTokens", CONTENTS, true},
        {"/v1beta/models/x:generateContent", CONTENTS, false},
        {"/v1beta/tunedModels/x:generateContent", "{}", false},
    };
#undef CONTENTS
#undef LABELLED
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        struct knock knock;
        knock_start(&knock, "POST", rows[i].target, rows[i].body);
        struct prompt prompt = facts_prompt_forms(&knock.call);
        assert_true(text_equals(prompt.forms[0], facts_prompt(&knock.call)));
        assert_int_equal(prompt.form_count > 1, rows[i].has_forms);
        if (rows[i].has_forms)
            assert_text(prompt.forms[prompt.form_count - 1], "41");
        knock_stop(&knock);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(method_and_model_are_named_as_the_service_names_them),
        cmocka_unit_test(a_create_is_about_the_model_that_it_made),
        cmocka_unit_test(a_caller_is_named_and_its_credential_is_not_told),
        cmocka_unit_test(the_prompt_is_the_text_of_the_last_user_content),
        cmocka_unit_test(only_a_tuned_models_prompt_has_forms_without_labels),
    };
    return cmocka_run_group_tests_name("facts", tests, NULL, NULL);
}
