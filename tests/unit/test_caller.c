#include "tests/lib/unit.h"

#include "server/call/caller.h"
#include "server/state/callers.h"
#include "tests/lib/loopback.h"

/* One request as callers see it, and who it is. */
struct knock {
    struct exchange exchange;
    struct app app;
    struct call call;
};

static void knock_start(struct knock *knock, enum auth_mode auth, enum method_id method)
{
    memset(knock, 0, sizeof(*knock));
    exchange_init(&knock->exchange);
    knock->app.settings.auth = auth;
    knock->app.callers = callers_copy(NULL);
    knock->call = (struct call){.app = &knock->app,
        .arena = &knock->exchange.arena,
        .request = &knock->exchange.request,
        .reply = &knock->exchange.reply,
        .method = &methods[method],
        .method_id = method,
        .version = VERSION_V1BETA};
}

static void knock_stop(struct knock *knock)
{
    callers_free(knock->app.callers);
    exchange_release(&knock->exchange);
}

static void with_open_doors_there_is_one_caller_who_owns_all(void **state)
{
    (void)state;
    static const char *const keys[] = {"", "anything", "invalid", "expired"};
    for (size_t i = 0; i < ARRAY_COUNT(keys); i++) {
        struct knock knock;
        knock_start(&knock, AUTH_OPEN, METHOD_PERMISSIONS_LIST);
        knock.call.system.key = text_of(keys[i]);
        assert_true(caller_identify(&knock.call));
        assert_true(knock.call.caller.owns_all);
        assert_text(knock.call.caller.email, CALLERS_OPEN_EMAIL);
        knock_stop(&knock);
    }
}

static void credentials_are_found_where_clients_put_them(void **state)
{
    (void)state;
    static const struct {
        const char *authorization, *key_header, *key, *token;
        enum credential_kind kind; /* CREDENTIAL_NONE: refused */
        const char *email;
    } rows[] = {
        {"Bearer t", NULL, "", "", CREDENTIAL_TOKEN, "token@x.org"},
        {"bearer   t ", NULL, "", "", CREDENTIAL_TOKEN, "token@x.org"},
        {"Bearer t", "k", "k", "other", CREDENTIAL_TOKEN, "token@x.org"},
        {NULL, NULL, "", "t", CREDENTIAL_TOKEN, "token@x.org"},
        {NULL, "k", "", "t", CREDENTIAL_TOKEN, "token@x.org"},
        {NULL, "k", "", "", CREDENTIAL_KEY, "key@x.org"},
        {NULL, " k ", "other", "", CREDENTIAL_KEY, "key@x.org"},
        {NULL, NULL, "k", "", CREDENTIAL_KEY, "key@x.org"},
        {"Basic abc", NULL, "k", "", CREDENTIAL_KEY, "key@x.org"},
        {"Bearer", NULL, "k", "", CREDENTIAL_KEY, "key@x.org"},
        {"Bearer ", "", "", "", CREDENTIAL_NONE, NULL},
        {NULL, NULL, "", "", CREDENTIAL_NONE, NULL},
        {"Basic abc", NULL, "", "", CREDENTIAL_NONE, NULL},
        {"t", NULL, "", "", CREDENTIAL_NONE, NULL},
        /* A key is no token, and a token no key. */
        {"Bearer k", NULL, "", "", CREDENTIAL_NONE, NULL},
        {NULL, "t", "", "", CREDENTIAL_NONE, NULL},
    };
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        struct knock knock;
        knock_start(&knock, AUTH_REQUIRED, METHOD_TUNED_MODELS_LIST);
        callers_add(knock.app.callers, TEXT("k"), TEXT(""), TEXT("key@x.org"));
        callers_add(knock.app.callers, TEXT(""), TEXT("t"), TEXT("token@x.org"));
        struct text *headers = knock.exchange.request.headers;
        headers[HEADER_AUTHORIZATION] = text_of(rows[i].authorization);
        headers[HEADER_X_GOOG_API_KEY] = text_of(rows[i].key_header);
        knock.call.system.key = text_of(rows[i].key);
        knock.call.system.token = text_of(rows[i].token);
        bool is_good = caller_identify(&knock.call);
        if (is_good != (rows[i].kind != CREDENTIAL_NONE))
            fail_msg("row %zu", i);
        if (is_good) {
            assert_int_equal(knock.call.caller.kind, rows[i].kind);
            assert_text(knock.call.caller.email, rows[i].email);
            assert_false(knock.call.caller.owns_all);
        }
        knock_stop(&knock);
    }
}

static void bad_credentials_are_told_apart(void **state)
{
    (void)state;
    static const struct {
        const char *key, *token;
        bool has_list;
        enum method_id method;
        int status; /* 0: good */
        const char *message;
    } rows[] = {
        {"", "", false, METHOD_TUNED_MODELS_LIST, 403, "Method doesn't allow unregistered callers"},
        {"invalid", "", false, METHOD_TUNED_MODELS_LIST, 400, "API key not valid."},
        {"expired", "", false, METHOD_TUNED_MODELS_LIST, 400, "API key expired."},
        {"", "invalid", false, METHOD_TUNED_MODELS_LIST, 0, NULL},
        {"new", "", false, METHOD_TUNED_MODELS_LIST, 0, NULL},
        {"new", "", true, METHOD_TUNED_MODELS_LIST, 400, "API key not valid."},
        {"", "new", true, METHOD_TUNED_MODELS_LIST, 401,
            "Request had invalid authentication credentials."},
        {"new", "", false, METHOD_PERMISSIONS_LIST, 401, "API keys are not supported by this API."},
        {"k", "", true, METHOD_PERMISSIONS_LIST, 401, "API keys are not supported by this API."},
        {"invalid", "", false, METHOD_PERMISSIONS_LIST, 400, "API key not valid."},
        {"", "t", true, METHOD_PERMISSIONS_LIST, 0, NULL},
    };
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        struct knock knock;
        knock_start(&knock, AUTH_REQUIRED, rows[i].method);
        if (rows[i].has_list) {
            callers_add(knock.app.callers, TEXT("k"), TEXT(""), TEXT("key@x.org"));
            callers_add(knock.app.callers, TEXT(""), TEXT("t"), TEXT("token@x.org"));
        }
        knock.call.system.key = text_of(rows[i].key);
        knock.call.system.token = text_of(rows[i].token);
        bool is_good = caller_identify(&knock.call);
        const struct reply *reply = &knock.exchange.reply;
        if (is_good != (rows[i].status == 0) || reply->status != rows[i].status)
            fail_msg("row %zu: %d", i, reply->status);
        if (rows[i].message)
            assert_non_null(strstr(reply->body.data, rows[i].message));
        knock_stop(&knock);
    }
}

static void an_address_follows_from_its_credential_and_does_not_tell_it(void **state)
{
    (void)state;
    struct knock first, again, other;
    knock_start(&first, AUTH_REQUIRED, METHOD_TUNED_MODELS_LIST);
    knock_start(&again, AUTH_REQUIRED, METHOD_TUNED_MODELS_LIST);
    knock_start(&other, AUTH_REQUIRED, METHOD_TUNED_MODELS_LIST);
    first.call.system.key = again.call.system.key = TEXT("secret-one");
    other.call.system.key = TEXT("secret-two");
    assert_true(caller_identify(&first.call));
    assert_true(caller_identify(&again.call));
    assert_true(caller_identify(&other.call));
    struct text email = first.call.caller.email;
    assert_true(text_equals(email, again.call.caller.email));
    assert_false(text_equals(email, other.call.caller.email));
    assert_true(text_ends_with(email, TEXT("@example.com")));
    assert_int_equal(text_find(email, TEXT("secret")), email.len);
    knock_stop(&first);
    knock_stop(&again);
    knock_stop(&other);
}

static void the_order_of_the_checks_is_that_of_the_service(void **state)
{
    (void)state;
    struct loopback loopback;
    loopback_start(&loopback, FIDELITY_COMPAT, AUTH_REQUIRED);
    static const struct {
        const char *verb, *target, *body;
        int status;
    } rows[] = {
        {"GET", "/v1beta/nothing", NULL, 404},
        {"POST", "/v1beta/tunedModels", "not json", 403},
        {"POST", "/v1beta/tunedModels?nothing=1", "not json", 403},
        {"POST", "/v1beta/tunedModels?key=invalid", "not json", 400},
        {"POST", "/v1beta/tunedModels/none/permissions?access_token=t", "not json", 400},
        {"POST", "/v1beta/tunedModels/none/permissions?access_token=t", "{}", 404},
    };
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        loopback_send(&loopback, rows[i].verb, rows[i].target, rows[i].body);
        assert_status(&loopback, rows[i].status);
    }
    loopback_stop(&loopback);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(with_open_doors_there_is_one_caller_who_owns_all),
        cmocka_unit_test(credentials_are_found_where_clients_put_them),
        cmocka_unit_test(bad_credentials_are_told_apart),
        cmocka_unit_test(an_address_follows_from_its_credential_and_does_not_tell_it),
        cmocka_unit_test(the_order_of_the_checks_is_that_of_the_service),
    };
    return cmocka_run_group_tests_name("caller", tests, NULL, NULL);
}
