#include "tests/lib/unit.h"

#include <ctype.h>

#include "server/http/head_name.h"

static void the_names_of_the_door_are_found_in_any_case(void **state)
{
    static const struct text names[HEADER_COUNT] = {
        [HEADER_AUTHORIZATION] = TEXT_INIT("authorization"),
        [HEADER_X_GOOG_API_KEY] = TEXT_INIT("x-goog-api-key"),
        [HEADER_X_GOOG_FIELDMASK] = TEXT_INIT("x-goog-fieldmask"),
        [HEADER_X_GOOG_API_CLIENT] = TEXT_INIT("x-goog-api-client"),
        [HEADER_METADATA_FLAVOR] = TEXT_INIT("metadata-flavor"),
        [HEADER_X_HTTP_METHOD_OVERRIDE] = TEXT_INIT("x-http-method-override"),
        [HEADER_CONTENT_TYPE] = TEXT_INIT("content-type"),
        [HEADER_CONTENT_ENCODING] = TEXT_INIT("content-encoding"),
        [HEADER_ACCEPT_ENCODING] = TEXT_INIT("accept-encoding"),
        [HEADER_IF_NONE_MATCH] = TEXT_INIT("if-none-match"),
        [HEADER_ORIGIN] = TEXT_INIT("origin"),
        [HEADER_HOST] = TEXT_INIT("host"),
        [HEADER_SEC_FETCH_SITE] = TEXT_INIT("sec-fetch-site"),
        [HEADER_ACCESS_CONTROL_REQUEST_METHOD] = TEXT_INIT("access-control-request-method"),
        [HEADER_ACCESS_CONTROL_REQUEST_HEADERS] = TEXT_INIT("access-control-request-headers"),
        [HEADER_X_EMULATOR_TOKEN] = TEXT_INIT("x-emulator-token"),
        [HEADER_X_EMULATOR_STATUS] = TEXT_INIT("x-emulator-status"),
        [HEADER_X_EMULATOR_LATENCY] = TEXT_INIT("x-emulator-latency"),
        [HEADER_X_EMULATOR_STREAM_DELAY] = TEXT_INIT("x-emulator-stream-delay"),
        [HEADER_X_EMULATOR_NAMESPACE] = TEXT_INIT("x-emulator-namespace"),
        [HEADER_X_REQUEST_ID] = TEXT_INIT("x-request-id"),
        [HEADER_LAST_EVENT_ID] = TEXT_INIT("last-event-id"),
    };
    struct arena *arena = *state;
    for (int i = 0; i < HEADER_COUNT; i++) {
        struct text name = names[i];
        assert_int_equal(head_name_find(name), i);
        char *upper = arena_copy(arena, name.bytes, name.len);
        for (size_t j = 0; j < name.len; j++)
            upper[j] = (char)toupper((unsigned char)upper[j]);
        assert_int_equal(head_name_find(text_of(upper)), i);
    }
    assert_int_equal(head_name_find(TEXT("Content-Length")), HEAD_CONTENT_LENGTH);
    assert_int_equal(head_name_find(TEXT("transfer-ENCODING")), HEAD_TRANSFER_ENCODING);
    assert_int_equal(head_name_find(TEXT("Cookie")), HEAD_COOKIE);
    assert_int_equal(head_name_find(TEXT("HOST")), HEAD_HOST);
}

static void all_others_mean_nothing(void **state)
{
    (void)state;
    static const char *const rows[] = {"", "h", "hos", "hosts", "host ", "\x48o\x13t", "h\xf3st",
        "accept", "accept-encodings", "content-lengt", "content-lengths", "content\rlength",
        "content_type", "user-agent"};
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++)
        assert_int_equal(head_name_find(text_of(rows[i])), HEAD_OTHER);
    assert_int_equal(head_name_find((struct text){NULL, 0}), HEAD_OTHER);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        unit_test_with_arena(the_names_of_the_door_are_found_in_any_case),
        cmocka_unit_test(all_others_mean_nothing),
    };
    return cmocka_run_group_tests_name("http_head_name", tests, NULL, NULL);
}
