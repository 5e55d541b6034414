#include "server/gcs/gcs_host.h"

#include "tests/lib/unit.h"

static void an_emulator_is_named_as_clients_name_it(void **state)
{
    (void)state;
    static const struct {
        const char *value, *host, *port, *authority, *content;
    } rows[] = {
        {"http://localhost:4443", "localhost", "4443", "localhost:4443", "/storage/v1/b/b/o/x"},
        {"localhost:4443", "localhost", "4443", "localhost:4443", "/storage/v1/b/b/o/x"},
        {"HTTP://gcs", "gcs", "80", "gcs", "/storage/v1/b/b/o/x"},
        {"http://0.0.0.0:9199/", "0.0.0.0", "9199", "0.0.0.0:9199", "/storage/v1/b/b/o/x"},
        {"http://[::1]:80/base//", "::1", "80", "[::1]:80", "/base/storage/v1/b/b/o/x"},
    };
    struct arena arena;
    arena_init(&arena);
    struct gcs_name name = {TEXT("b"), TEXT("x")};
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        struct gcs_url url;
        assert_null(gcs_url_parse(text_of(rows[i].value), &arena, &url));
        assert_text(url.host.host, rows[i].host);
        assert_text(url.host.port, rows[i].port);
        assert_text(url.host.authority, rows[i].authority);
        struct text content = gcs_url_of_content(&url, &name, &arena);
        assert_text(content, arena_printf(&arena, "%s?alt=media", rows[i].content).bytes);
    }
    arena_release(&arena);
}

static void what_cannot_be_asked_is_said(void **state)
{
    (void)state;
    static const struct {
        const char *value, *words;
    } rows[] = {
        {"", "http://host:port"},
        {"https://localhost:4443", "plain http"},
        {"http://", "http://host:port"},
        {"http://:80", "http://host:port"},
        {"http://user@host:80", "http://host:port"},
        {"host:", "a port"},
        {"host:0", "a port"},
        {"host:65536", "a port"},
        {"host:http", "a port"},
        {"[::1", "http://host:port"},
        {"[::1]80", "a port"},
        {"http://a b/", "visible ASCII"},
        {"http://a/\r\nX: y", "visible ASCII"},
        {"http://\xC3\xA9/", "visible ASCII"},
    };
    struct arena arena;
    struct gcs_url url;
    arena_init(&arena);
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        const char *problem = gcs_url_parse(text_of(rows[i].value), &arena, &url);
        assert_non_null(strstr(problem ? problem : "", rows[i].words));
    }
    arena_release(&arena);
}

static void an_object_is_one_segment(void **state)
{
    (void)state;
    struct arena arena;
    struct gcs_url url;
    arena_init(&arena);
    assert_null(gcs_url_parse(TEXT("h:1"), &arena, &url));
    struct gcs_name name = {TEXT("b_1.x"), TEXT("a/b c+d?e#f%\xC3\xA9~-._.jsonl")};
    assert_text(gcs_url_of_content(&url, &name, &arena),
        "/storage/v1/b/b_1.x/o/a%2Fb%20c%2Bd%3Fe%23f%25%C3%A9~-._.jsonl?alt=media");
    arena_release(&arena);
}

static void redirections_are_paths_or_whole(void **state)
{
    (void)state;
    static const struct {
        const char *location, *authority, *path; /* authority NULL: it is refused */
    } rows[] = {
        {"/other?a=b#part", "h:1", "/other?a=b"},
        {"http://else:2/x", "else:2", "/x"},
        {"http://else", "else", "/"},
        {"https://else/x", NULL, NULL},
        {"//else/x", NULL, NULL},
        {"x", NULL, NULL},
        {"", NULL, NULL},
        {"/a b", NULL, NULL},
    };
    struct arena arena;
    struct gcs_url url, next;
    arena_init(&arena);
    assert_null(gcs_url_parse(TEXT("http://h:1/first"), &arena, &url));
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        const char *problem = gcs_url_follow(&url, text_of(rows[i].location), &arena, &next);
        assert_int_equal(problem == NULL, rows[i].authority != NULL);
        if (problem)
            continue;
        assert_text(next.host.authority, rows[i].authority);
        assert_text(next.path, rows[i].path);
    }
    arena_release(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_emulator_is_named_as_clients_name_it),
        cmocka_unit_test(what_cannot_be_asked_is_said),
        cmocka_unit_test(an_object_is_one_segment),
        cmocka_unit_test(redirections_are_paths_or_whole),
    };
    return cmocka_run_group_tests_name("gcs_host", tests, NULL, NULL);
}
