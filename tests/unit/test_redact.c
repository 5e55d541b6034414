#include "tests/lib/unit.h"

#include "base/buf.h"
#include "server/call/redact.h"

static void nothing_behind_a_credential_is_shown(void **state)
{
    (void)state;
    static const struct {
        const char *sent, *shown;
    } rows[] = {
        /* What a query would be, without its question mark. */
        {"/v1beta/models&key=S", "/v1beta/models&key="},
        {"/v1beta/models&KEY=S", "/v1beta/models&KEY="},
        {"/v1beta/x;access_token=S", "/v1beta/x;access_token="},
        {"/v1beta/x;oauth_token=S", "/v1beta/x;oauth_token="},
        {"/v1beta/x;$key=S", "/v1beta/x;$key="},
        {"/v1beta/x,api-key=S", "/v1beta/x,api-key="},
        {"/v1beta/apiKey=S/models", "/v1beta/apiKey="},
        {"/client_secret=S", "/client_secret="},
        {"/password=S", "/password="},
        {"/a#key=S", "/a#key="},
        {"/a&key =S", "/a&key ="},
        {"/a&key[]=S", "/a&key[]="},
        {"/key=", "/key="},
        /* Percent-encoded, in part and in whole. */
        {"/v1beta/models%3Fkey%3DS", "/v1beta/models%3Fkey%3D"},
        {"/v1beta/models%3fkey=S", "/v1beta/models%3fkey="},
        {"/v1beta/models%26key%3DS", "/v1beta/models%26key%3D"},
        {"/v1beta/models%3Faccess_token%3DS&x", "/v1beta/models%3Faccess_token%3D"},
        {"/v1beta/models%3Fapi_key%3DS", "/v1beta/models%3Fapi_key%3D"},
        {"/v1beta/models%3FAPIKEY%3dS", "/v1beta/models%3FAPIKEY%3d"},
        {"/a%3F%6bey=S", "/a%3F%6bey="},
        {"/a%3F%6b%65%79%3DS", "/a%3F%6b%65%79%3D"},
        {"/a%3Fkey%20%3DS", "/a%3Fkey%20%3D"},
        /* More than once. */
        {"/a%253Fkey=S", "/a%253Fkey="},
        {"/a%253Fkey%253DS", "/a%253Fkey%253D"},
        {"/a%25253Fkey%25253DS", "/a%25253Fkey%25253D"},
        {"/a%253F%256bey%253DS", "/a%253F%256bey%253D"},
        {"/a%3Fkey%25%33%44S", "/a%3Fkey%25%33%44"},
        /* The outermost wins, wherever it is found. */
        {"/a%3Fkey%3DS&token=T", "/a%3Fkey%3D"},
        {"/a&token=T%3Fkey%3DS", "/a&token="},
        /* Nobody encodes five times. */
        {"/a/%252525253Fkey%252525253DS", "/a/"},
        /* Headers. */
        {"/x-goog-api-key:S", "/x-goog-api-key:"},
        {"/x-goog-api-key%3A%20S", "/x-goog-api-key%3A"},
        {"/Authorization:%20Bearer%20S", "/Authorization:"},
        {"/X-Auth-Token:%20S", "/X-Auth-Token:"},
        {"/Authorization%20Bearer%20S", "/Authorization%20Bearer%20"},
        {"/bearer+S", "/bearer+"},
        {"/Proxy-Authorization/Basic%20S", "/Proxy-Authorization/Basic%20"},
        {"/a&key:S", "/a&key:"},
        {"/a&token%3A%3AS", "/a&token%3A"},
        {"/my-key:generateContent:S", "/my-key:"},
        {"/my-key:S:generateContent", "/my-key:"},
        /* JSON. */
        {"/%7B%22key%22:%22S%22%7D", "/%7B%22key%22:"},
        {"/%7B%22access_tokens%22%20%3A%5B%22S%22%5D%7D", "/%7B%22access_tokens%22%20%3A"},
        {"/{'key':'S'}", "/{'key':"},
        {"/a%3Fkey%5Cu003dS", "/a%3Fkey%5C"},
        {"/a%3Fkey%u003DS", "/a%3Fkey%"},
        /* Other names of parameters, and several of one. */
        {"/a;jsessionid=S", "/a;jsessionid="},
        {"/a%3Fcode%3D4/S", "/a%3Fcode%3D"},
        {"/a&keys=S", "/a&keys="},
        {"/a&key[0]=S", "/a&key[0]="},
        {"/a&key1=S", "/a&key1="},
        {"/a&key%00=S", "/a&key%00="},
        {"/a&%E2%80%8Bkey%E2%80%8B=S", "/a&%E2%80%8Bkey%E2%80%8B="},
        {"/a%3FpageSize%3D5&S", "/a%3FpageSize%3D"},
        {"/=", "/="},
        /* Known by their first letters, whatever stands before. */
        {"/v1beta/key/AIzaSyS", "/v1beta/key/"},
        {"AIzaSyS", ""},
        {"%41IzaSyS", ""},
        {"/ya29.S", "/"},
        /* A user. */
        {"/u:S@host/a", "/u:"},
        {"/u%3AS%40host", "/u%3A"},
        {"/u:S:T@host", "/u:"},
        {"/a:b/u:S@host", "/a:b/u:"},
        {"ftp://user:S@host/a", "ftp://"},
        {"http:%2F%2FS@host/a", "http:"},
        /* A method that its space is missing behind. */
        {"GET/v1beta/models?key=S", "GET/v1beta/models?key="},
    };
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        struct arena arena;
        arena_init(&arena);
        assert_text(redact_credentials(text_of(rows[i].sent), &arena), rows[i].shown);
        arena_release(&arena);
    }
}

static void everything_else_is_shown_as_it_was_sent(void **state)
{
    (void)state;
    static const char *const rows[] = {
        "",
        "/",
        "//",
        "GET",
        "/v1beta/tunedModels/my-key:generateContent",
        "/v1beta/tunedModels/my-key",
        "/v1beta/tunedModels/my-key%3AgenerateContent",
        "/v1beta/tunedModels/token-1:transferOwnership",
        "/v1beta/tunedModels/a:nothing",
        "/v1beta/tunedModels/basic-aiza:generateContent",
        "/a:b/@user",
        "/v1beta/tunedModels/a%2Fb",
        "/v1beta/tunedModels/a//b",
        "/line%0Afeed",
        "/100%",
        "/%zz%3",
        "/%25",
        "/%2525",
        "/@user",
    };
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        struct arena arena;
        arena_init(&arena);
        assert_text(redact_credentials(text_of(rows[i]), &arena), rows[i]);
        arena_release(&arena);
    }
}

/* However the letters are encoded, and at whatever level. */
static void any_encoding_of_a_credential_is_found(void **state)
{
    (void)state;
    static const struct text name = TEXT_INIT("?key=");
    uint64_t random = 1;
    for (int round = 0; round < 2000; round++) {
        struct buf sent = BUF_INIT;
        buf_add_string(&sent, "/v1beta/models");
        for (size_t i = 0; i < name.len; i++) {
            random = random * UINT64_C(6364136223846793005) + 1442695040888963407u;
            unsigned level = (unsigned)(random >> 60) % (REDACT_LEVELS_MAX + 1);
            if (level == 0) {
                buf_add_byte(&sent, name.bytes[i]);
                continue;
            }
            buf_add_byte(&sent, '%');
            for (unsigned j = 1; j < level; j++)
                buf_add_string(&sent, "25");
            buf_printf(&sent, "%02x", (unsigned)name.bytes[i]);
        }
        size_t shown_len = sent.len;
        buf_add_string(&sent, "SECRET%41");
        struct arena arena;
        arena_init(&arena);
        struct text shown = redact_credentials(buf_text(&sent), &arena);
        assert_int_equal(shown.len, shown_len);
        arena_release(&arena);
        buf_release(&sent);
    }
}

static void a_query_is_shown_but_for_its_credentials(void **state)
{
    static const struct {
        const char *sent, *shown;
    } rows[] = {
        {"", ""},
        {"pageSize=5&fields=name", "pageSize=5&fields=name"},
        {"key=S", "key=REDACTED"},
        {"key=", "key="},
        {"a=1&key=S&b=2", "a=1&key=REDACTED&b=2"},
        {"access_token=S&oauth_token=T", "access_token=REDACTED&oauth_token=REDACTED"},
        {"%6bey=S&$key=T&apiKey=U", "%6bey=REDACTED&$key=REDACTED&apiKey=REDACTED"},
        {"pageToken=abc==&pageSize=1", "pageToken=abc==&pageSize=1"},
        {"page_token=abc?key=S", "page_token=abc?key=REDACTED"},
        {"a=b?key=S", "a=b?key=REDACTED"},
        {"q=AIzaSyS", "q=REDACTED"},
        {"key", "key"},
        {"&&", "&&"},
        {"key:S", "key:REDACTED"},
    };
    struct arena *arena = *state;
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++)
        assert_text(redact_query(text_of(rows[i].sent), arena), rows[i].shown);
}

static void secrets_are_hidden_wherever_they_stand(void **state)
{
    static const struct text secrets[] = {TEXT_INIT("my-secret-1"), TEXT_INIT("short"), {NULL, 0}};
    static const struct {
        const char *text, *shown;
    } rows[] = {
        {"", ""},
        {"{\"a\":\"b\"}", "{\"a\":\"b\"}"},
        {"my-secret-1", "REDACTED"},
        {"amy-secret-1bmy-secret-1", "aREDACTEDbREDACTED"},
        {"my-secret-", "my-secret-"},
        {"a short word", "a short word"},
        {"AIzaSyA-01234567890123456789012345678 x", "REDACTED x"},
        {"zzAIzazAIzaSyA-01234567890123456789012345678\"", "zzREDACTED\""},
        {"AIza is no key, nor is AIzaSy", "AIza is no key, nor is AIzaSy"},
        {"\"ya29.a0123456789abcdefgh\"", "\"REDACTED\""},
        {"9 ya2 ya29 ya29.", "9 ya2 ya29 ya29."},
    };
    struct arena *arena = *state;
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++)
        assert_text(
            redact_keys(
                redact_secrets(text_of(rows[i].text), secrets, ARRAY_COUNT(secrets), arena), arena),
            rows[i].shown);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_behind_a_credential_is_shown),
        cmocka_unit_test(everything_else_is_shown_as_it_was_sent),
        cmocka_unit_test(any_encoding_of_a_credential_is_found),
        unit_test_with_arena(a_query_is_shown_but_for_its_credentials),
        unit_test_with_arena(secrets_are_hidden_wherever_they_stand),
    };
    return cmocka_run_group_tests_name("redact", tests, NULL, NULL);
}
