#include "tests/lib/unit.h"

#include "server/http/target.h"

static const struct {
    const char *target;
    const char *path;
    const char *query;
} target_cases[] = {
    {"/v1beta/models", "/v1beta/models", ""},
    {"/v1beta/models?", "/v1beta/models", ""},
    {"/v1beta/models?a=1&b=2", "/v1beta/models", "a=1&b=2"},
    {"/a?b?c", "/a", "b?c"},
    {"/a%3Fb?c%3d", "/a%3Fb", "c%3d"},
    {"//v1beta//models", "//v1beta//models", ""},
    {"/", "/", ""},
    {"", "", ""},
    {"?", "", ""},
    {"?a", "", "a"},
    {"*", "*", ""},
    {"http://localhost:8863/v1beta/models?a=1", "/v1beta/models", "a=1"},
    {"HTTP://LOCALHOST/A", "/A", ""},
    {"https://localhost/a", "/a", ""},
    {"http://localhost", "/", ""},
    {"http://localhost?a=1", "/", "a=1"},
    {"http://localhost?a=/b", "/", "a=/b"},
    {"http://", "/", ""},
    {"http:///a", "/a", ""},
    {"http:/a", "http:/a", ""},
    {"/http://localhost/a", "/http://localhost/a", ""},
    {"ftp://localhost/a", "ftp://localhost/a", ""},
};

static void a_target_is_split_into_path_and_query(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_COUNT(target_cases); i++) {
        struct request_target parts = target_split(text_of(target_cases[i].target));
        assert_text(parts.path, target_cases[i].path);
        assert_text(parts.query, target_cases[i].query);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_target_is_split_into_path_and_query),
    };
    return cmocka_run_group_tests_name("http/target", tests, NULL, NULL);
}
