#include "tests/lib/unit.h"

#include "base/arena.h"
#include "base/log.h"
#include "server/http/listeners.h"

static const struct {
    const char *host;
    const char *url;
} url_cases[] = {
    {NULL, "http://127.0.0.1:8863"},
    {"127.0.0.1", "http://127.0.0.1:8863"},
    {"0.0.0.0", "http://127.0.0.1:8863"},
    {"::", "http://[::1]:8863"},
    {"::1", "http://[::1]:8863"},
    {"fe80::1", "http://[fe80::1]:8863"},
    {"localhost", "http://localhost:8863"},
};

static void the_url_is_one_that_a_client_can_use(void **state)
{
    (void)state;
    struct arena arena;
    arena_init(&arena);
    for (size_t i = 0; i < ARRAY_COUNT(url_cases); i++)
        assert_text(listeners_url(url_cases[i].host, 8863, &arena), url_cases[i].url);
    arena_release(&arena);
}

static bool says(struct text message, const char *part)
{
    return text_find(message, text_of(part)) < message.len;
}

static void a_free_port_is_taken_once(void **state)
{
    (void)state;
    struct arena arena;
    struct listeners first;
    struct listeners second;
    struct text message = {NULL, 0};
    arena_init(&arena);
    assert_int_equal(listeners_open(&first, NULL, 0, &arena, &message), HTTP_STARTED);
    assert_true(first.count > 0 && first.port > 0);
    assert_int_equal(listeners_open(&second, NULL, first.port, &arena, &message), HTTP_PORT_TAKEN);
    assert_int_equal(second.count, 0);
    assert_true(says(message, "--port"));
    listeners_close(&first);
    assert_int_equal(listeners_open(&second, NULL, first.port, &arena, &message), HTTP_STARTED);
    listeners_close(&second);
    arena_release(&arena);
}

static void localhost_is_both_loopbacks_whatever_the_resolver_says(void **state)
{
    (void)state;
    static const char *const hosts[] = {"localhost", "LocalHost"};
    struct arena arena;
    struct listeners listeners;
    struct text message = {NULL, 0};
    arena_init(&arena);
    assert_int_equal(listeners_open(&listeners, NULL, 0, &arena, &message), HTTP_STARTED);
    int loopback_count = listeners.count;
    listeners_close(&listeners);
    for (size_t i = 0; i < ARRAY_COUNT(hosts); i++) {
        assert_int_equal(listeners_open(&listeners, hosts[i], 0, &arena, &message), HTTP_STARTED);
        assert_int_equal(listeners.count, loopback_count);
        listeners_close(&listeners);
    }
    arena_release(&arena);
}

static void a_bad_address_is_explained(void **state)
{
    (void)state;
    /* None of them is looked up in the network. */
    static const char *const hosts[] = {"", "192.0.2.1", "2001:db8::1"};
    struct arena arena;
    arena_init(&arena);
    for (size_t i = 0; i < ARRAY_COUNT(hosts); i++) {
        struct listeners listeners;
        struct text message = {NULL, 0};
        assert_int_equal(listeners_open(&listeners, hosts[i], 0, &arena, &message), HTTP_FAILED);
        assert_true(says(message, hosts[i]));
    }
    arena_release(&arena);
}

int main(void)
{
    log_start(2, LOG_TEXT, LOG_NONE);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_url_is_one_that_a_client_can_use),
        cmocka_unit_test(a_free_port_is_taken_once),
        cmocka_unit_test(localhost_is_both_loopbacks_whatever_the_resolver_says),
        cmocka_unit_test(a_bad_address_is_explained),
    };
    int failed_count = cmocka_run_group_tests_name("http/listeners", tests, NULL, NULL);
    log_stop();
    return failed_count;
}
