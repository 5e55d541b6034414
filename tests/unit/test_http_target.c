#include "tests/lib/unit.h"

#include "server/http/target.h"

static const struct {
    const char *target;
    const char *path;
    const char *query;
    const char *host; /* NULL: none */
} target_cases[] = {
    {"/v1beta/models", "/v1beta/models", "", NULL},
    {"/v1beta/models?", "/v1beta/models", "", NULL},
    {"/v1beta/models?a=1&b=2", "/v1beta/models", "a=1&b=2", NULL},
    {"/a?b?c", "/a", "b?c", NULL},
    {"/a%3Fb?c%3d", "/a%3Fb", "c%3d", NULL},
    {"//v1beta//models", "//v1beta//models", "", NULL},
    {"/", "/", "", NULL},
    {"", "", "", NULL},
    {"?", "", "", NULL},
    {"?a", "", "a", NULL},
    {"*", "*", "", NULL},
    {"http://localhost:8863/v1beta/models?a=1", "/v1beta/models", "a=1", "localhost:8863"},
    {"HTTP://LOCALHOST/A", "/A", "", "LOCALHOST"},
    {"https://localhost/a", "/a", "", "localhost"},
    {"http://localhost", "/", "", "localhost"},
    {"http://localhost?a=1", "/", "a=1", "localhost"},
    {"http://localhost?a=/b", "/", "a=/b", "localhost"},
    {"http://a@localhost:1/b", "/b", "", "a@localhost:1"},
    {"http://[::1]:8863/b", "/b", "", "[::1]:8863"},
    {"http://evil.example#/b", "/b", "", "evil.example#"},
    {"http://", "/", "", ""},
    {"http:///a", "/a", "", ""},
    {"http:/a", "http:/a", "", NULL},
    {"/http://localhost/a", "/http://localhost/a", "", NULL},
    {"ftp://localhost/a", "ftp://localhost/a", "", NULL},
};

static void a_target_is_split_into_path_and_query(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_COUNT(target_cases); i++) {
        struct request_target parts = target_split(text_of(target_cases[i].target));
        assert_text(parts.path, target_cases[i].path);
        assert_text(parts.query, target_cases[i].query);
        assert_int_equal(parts.host.bytes != NULL, target_cases[i].host != NULL);
        if (target_cases[i].host)
            assert_text(parts.host, target_cases[i].host);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_target_is_split_into_path_and_query),
    };
    return cmocka_run_group_tests_name("http/target", tests, NULL, NULL);
}
