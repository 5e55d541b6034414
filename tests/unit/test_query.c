#include "tests/lib/unit.h"

#include "server/call/query.h"
#include "tests/lib/loopback.h"

/* A call of tunedModels.list that has read a query. */
struct asked {
    struct app app;
    struct exchange exchange;
    struct call call;
    bool is_good;
};

static void asked_start(struct asked *asked, struct text raw_query)
{
    memset(asked, 0, sizeof(*asked));
    exchange_init(&asked->exchange);
    asked->call = (struct call){.app = &asked->app,
        .arena = &asked->exchange.arena,
        .request = &asked->exchange.request,
        .reply = &asked->exchange.reply,
        .method = &methods[METHOD_TUNED_MODELS_LIST],
        .method_id = METHOD_TUNED_MODELS_LIST,
        .in = message_new(&asked->exchange.arena, MESSAGE_ListTunedModelsRequest, VERSION_V1BETA)};
    decode_problems_init(&asked->call.problems, &asked->exchange.arena);
    asked->is_good = query_read(&asked->call, raw_query);
}

static void asked_stop(struct asked *asked)
{
    exchange_release(&asked->exchange);
}

static void fields_are_set_in_either_spelling(void **state)
{
    (void)state;
    static const struct {
        const char *query;
        int64_t page_size;
        const char *page_token, *filter, *key;
    } rows[] = {
        {"", 0, "", "", ""},
        {"pageSize=5", 5, "", "", ""},
        {"page_size=5&pageToken=abc&filter=x", 5, "abc", "x", ""},
        {"page%5Fsize=5", 5, "", "", ""},
        {"filter=a+b%20c%2Bd", 0, "", "a b c+d", ""},
        {"filter=a%26b%3Dc", 0, "", "a&b=c", ""},
        {"filter=a=b=c", 0, "", "a=b=c", ""},
        {"filter=", 0, "", "", ""},
        {"filter", 0, "", "", ""},
        {"&&filter=x&&", 0, "", "x", ""},
        {"filter=100%", 0, "", "100%", ""},
        {"filter=%C3%A9", 0, "", "\xc3\xa9", ""},
        {"filter=\xc3\xa9", 0, "", "\xc3\xa9", ""},
        {"key=k&filter=x", 0, "", "x", "k"},
        /* As the published quickstart has it. */
        {"page_size=5&page_token=TOKEN?key=KEY", 5, "TOKEN", "", "KEY"},
        {"pageToken=TOKEN?key=A%20B", 0, "TOKEN", "", "A B"},
        {"?key=k", 0, "", "", "k"},
    };
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        struct asked asked;
        asked_start(&asked, text_of(rows[i].query));
        const struct message *in = asked.call.in;
        if (!asked.is_good || decode_problems_any(&asked.call.problems))
            fail_msg("%s", rows[i].query);
        assert_int_equal(message_int(in, ListTunedModelsRequest_page_size), rows[i].page_size);
        assert_text(message_text(in, ListTunedModelsRequest_page_token), rows[i].page_token);
        assert_text(message_text(in, ListTunedModelsRequest_filter), rows[i].filter);
        assert_text(asked.call.system.key, rows[i].key);
        asked_stop(&asked);
    }
}

static void system_parameters_are_none_of_the_request(void **state)
{
    (void)state;
    static const struct {
        const char *query;
        bool is_sse, has_numbers, is_legacy;
        enum json_layout layout;
        const char *fields, *callback, *token;
    } rows[] = {
        {"alt=json", false, false, false, JSON_PRETTY, "", "", ""},
        {"alt=sse", true, false, false, JSON_PRETTY, "", "", ""},
        {"%24alt=json%3Benum-encoding%3Dint", false, true, false, JSON_PRETTY, "", "", ""},
        {"$alt=json;enum-encoding=int", false, true, false, JSON_PRETTY, "", "", ""},
        {"alt=media", false, false, false, JSON_PRETTY, "", "", ""},
        {"alt=sse;enum-encoding=int", true, true, false, JSON_PRETTY, "", "", ""},
        {"prettyPrint=false", false, false, false, JSON_COMPACT, "", "", ""},
        {"$prettyPrint=FALSE", false, false, false, JSON_COMPACT, "", "", ""},
        {"prettyPrint=0", false, false, false, JSON_COMPACT, "", "", ""},
        {"prettyPrint=0&prettyPrint=true", false, false, false, JSON_PRETTY, "", "", ""},
        {"$.xgafv=1", false, false, true, JSON_PRETTY, "", "", ""},
        {"%24.xgafv=2", false, false, false, JSON_PRETTY, "", "", ""},
        {"fields=a(b,c)", false, false, false, JSON_PRETTY, "a(b,c)", "", ""},
        {"$fields=x", false, false, false, JSON_PRETTY, "x", "", ""},
        {"callback=a.b_$1", false, false, false, JSON_PRETTY, "", "a.b_$1", ""},
        {"callback=a%5B0%5D.b", false, false, false, JSON_PRETTY, "", "a[0].b", ""},
        {"$callback=f", false, false, false, JSON_PRETTY, "", "f", ""},
        {"callback=alert(1)", false, false, false, JSON_PRETTY, "", "", ""},
        {"callback=a%3Cb", false, false, false, JSON_PRETTY, "", "", ""},
        {"access_token=t", false, false, false, JSON_PRETTY, "", "", "t"},
        {"oauth_token=t", false, false, false, JSON_PRETTY, "", "", "t"},
        {"quotaUser=a&uploadType=b&upload_protocol=c", false, false, false, JSON_PRETTY, "", "",
            ""},
    };
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        struct asked asked;
        asked_start(&asked, text_of(rows[i].query));
        if (!asked.is_good || decode_problems_any(&asked.call.problems))
            fail_msg("%s", rows[i].query);
        assert_int_equal(asked.call.system.is_sse, rows[i].is_sse);
        assert_int_equal(asked.call.style.enums_as_numbers, rows[i].has_numbers);
        assert_int_equal(asked.call.system.is_xgafv_1, rows[i].is_legacy);
        assert_int_equal(asked.call.style.layout, rows[i].layout);
        assert_text(asked.call.system.fields, rows[i].fields);
        assert_text(asked.call.system.callback, rows[i].callback);
        assert_text(asked.call.system.token, rows[i].token);
        asked_stop(&asked);
    }
}

static void what_is_neither_is_a_problem_each(void **state)
{
    (void)state;
    static const struct {
        const char *query, *first;
        size_t count;
    } rows[] = {
        {"foo=1",
            "Invalid JSON payload received. Unknown name \"foo\": Cannot bind query parameter. "
            "Field 'foo' could not be found in request message.",
            1},
        {"foo=1&bar=2&pageSize=x",
            "Invalid JSON payload received. Unknown name \"foo\": Cannot bind query parameter. "
            "Field 'foo' could not be found in request message.",
            3},
        {"pageSize=abc", "Invalid value at 'page_size' (TYPE_INT32), \"abc\"", 1},
        {"pageSize=", "Invalid value at 'page_size' (TYPE_INT32), \"\"", 1},
        {"Key=1",
            "Invalid JSON payload received. Unknown name \"Key\": Cannot bind query parameter. "
            "Field 'Key' could not be found in request message.",
            1},
        {"=1",
            "Invalid JSON payload received. Unknown name \"\": Cannot bind query parameter. Field "
            "'' could not be found in request message.",
            1},
    };
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        struct asked asked;
        asked_start(&asked, text_of(rows[i].query));
        assert_true(asked.is_good);
        assert_int_equal(asked.call.problems.violation_count, rows[i].count);
        assert_text(asked.call.problems.violations[0].description, rows[i].first);
        asked_stop(&asked);
    }
}

static void bytes_that_are_no_text_are_refused(void **state)
{
    (void)state;
    static const char *const queries[] = {"filter=%00", "filter=%FF", "%FF=1", "%00", "filter=\xff",
        "filter=%C3", "a%00b=1", "filter=%ED%A0%80"};
    for (size_t i = 0; i < ARRAY_COUNT(queries); i++) {
        struct asked asked;
        asked_start(&asked, text_of(queries[i]));
        assert_false(asked.is_good);
        assert_int_equal(asked.exchange.reply.status, 400);
        asked_stop(&asked);
    }
}

static void a_long_query_is_refused_and_many_problems_are_not_all_looked_at(void **state)
{
    (void)state;
    struct asked asked;
    struct buf query = BUF_INIT;
    while (query.len < QUERY_BYTES_MAX)
        buf_add_string(&query, "a=b&");
    asked_start(&asked, buf_text(&query));
    assert_true(asked.is_good);
    assert_int_equal(asked.call.problems.violation_count, VIOLATIONS_MAX);
    asked_stop(&asked);
    buf_add_byte(&query, 'a');
    asked_start(&asked, buf_text(&query));
    assert_false(asked.is_good);
    assert_non_null(
        strstr(asked.exchange.reply.body.data, "Request query exceeds the limit: 65536 bytes."));
    asked_stop(&asked);
    buf_release(&query);
}

static void headers_that_are_no_text_are_not_shown(void **state)
{
    (void)state;
    struct loopback loopback;
    loopback_start(&loopback, FIDELITY_COMPAT, AUTH_OPEN);
    loopback_set_header(&loopback, HEADER_X_GOOG_FIELDMASK, "\xff");
    loopback_send(&loopback, "GET", "/v1beta/tunedModels", NULL);
    assert_status(&loopback, 400);
    assert_true(text_is_utf8(loopback.answer, NULL));
    loopback_set_header(&loopback, HEADER_CONTENT_ENCODING, "\xff");
    loopback_send(&loopback, "POST", "/v1beta/tunedModels", "{}");
    assert_status(&loopback, 400);
    assert_true(text_is_utf8(loopback.answer, NULL));
    loopback_stop(&loopback);
}

static void a_body_over_the_limit_is_refused_after_the_credentials(void **state)
{
    (void)state;
    static const struct {
        enum auth_mode auth;
        int status;
        const char *message;
    } rows[] = {
        {AUTH_OPEN, 400, "Request payload size exceeds the limit: 20971520 bytes."},
        {AUTH_REQUIRED, 403, "Method doesn't allow unregistered callers"},
    };
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        struct loopback loopback;
        struct exchange exchange;
        loopback_start(&loopback, FIDELITY_COMPAT, rows[i].auth);
        exchange_init(&exchange);
        loopback_fill_request(&exchange.request, "POST", "/v1beta/tunedModels", TEXT(""));
        exchange.request.is_body_too_large = true;
        loopback_handle(&loopback.app, 0, &exchange);
        assert_int_equal(exchange.reply.status, rows[i].status);
        assert_non_null(strstr(exchange.reply.body.data, rows[i].message));
        exchange_release(&exchange);
        loopback_stop(&loopback);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fields_are_set_in_either_spelling),
        cmocka_unit_test(system_parameters_are_none_of_the_request),
        cmocka_unit_test(what_is_neither_is_a_problem_each),
        cmocka_unit_test(bytes_that_are_no_text_are_refused),
        cmocka_unit_test(a_long_query_is_refused_and_many_problems_are_not_all_looked_at),
        cmocka_unit_test(headers_that_are_no_text_are_not_shown),
        cmocka_unit_test(a_body_over_the_limit_is_refused_after_the_credentials),
    };
    return cmocka_run_group_tests_name("query", tests, NULL, NULL);
}
