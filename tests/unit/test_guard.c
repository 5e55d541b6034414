#include "tests/lib/unit.h"

#include "server/call/guard.h"

static const struct allowed_hosts no_hosts;
static const struct app_settings settings;

static void hosts_that_only_this_machine_or_its_network_has_are_known(void **state)
{
    (void)state;
    static const char *const rows[] = {"localhost", "localhost:8863", "LocalHost:80", "localhost.",
        "localhost.:8863", "app.localhost", "a.b.LOCALHOST:1", "127.0.0.1", "127.0.0.1:8863",
        "192.168.1.20:65535", "8.8.8.8", "[::1]", "[::1]:8863", "[fe80::1]:1", "[::ffff:127.0.0.1]",
        "tunemock", "tunemock:8863", "my-host_2", "host.docker.internal", "Host.Docker.Internal:80",
        "localhost:", "a.localhost.", "a_b-c.d.localhost:1", "xn--bcher-kva.localhost",
        "127.0.0.1.", "localhost:65535"};
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++)
        if (!guard_is_known_host(text_of(rows[i]), &no_hosts))
            fail_msg("%s is not known", rows[i]);
}

static void other_hosts_are_not_known(void **state)
{
    (void)state;
    static const struct text rows[] = {
        {NULL, 0},
        TEXT_INIT(""),
        TEXT_INIT("."),
        TEXT_INIT(":8863"),
        TEXT_INIT(".localhost"),
        TEXT_INIT("evil.example"),
        TEXT_INIT("localhost.evil.example"),
        TEXT_INIT("evillocalhost.example:8863"),
        TEXT_INIT("127.0.0.1.evil.example"),
        TEXT_INIT("127.0.0.1:8863:8863"),
        TEXT_INIT("127.0.0.256"),
        TEXT_INIT("127.1"),
        TEXT_INIT("localhost:80a"),
        TEXT_INIT("localhost:888888"),
        TEXT_INIT("localhost\0.evil.example"),
        TEXT_INIT("a@localhost"),
        TEXT_INIT("a b"),
        TEXT_INIT("evil.example/localhost"),
        TEXT_INIT("::1"),
        TEXT_INIT("[::1"),
        TEXT_INIT("[::1]x"),
        TEXT_INIT("[::1\0]"),
        TEXT_INIT("[]"),
        TEXT_INIT("[localhost]"),
        TEXT_INIT("[127.0.0.1]"),
        TEXT_INIT("[0000:0000:0000:0000:0000:0000:0000:0000:0000:0000]"),
        TEXT_INIT("docker.internal"),
        TEXT_INIT("xhost.docker.internal"),
        TEXT_INIT("b\xc3\xbc"
                  "cher"),
        TEXT_INIT("\xff"),
        TEXT_INIT("evil.example?.localhost"),
        TEXT_INIT("evil.example#.localhost"),
        TEXT_INIT("evil.example/.localhost"),
        TEXT_INIT("evil.example\\.localhost"),
        TEXT_INIT("evil.example@a.localhost"),
        TEXT_INIT("evil.example%2f.localhost"),
        TEXT_INIT("evil.example%00.localhost"),
        TEXT_INIT("evil.example,a.localhost"),
        TEXT_INIT("evil.example a.localhost"),
        TEXT_INIT("evil.example\t.localhost"),
        TEXT_INIT("evil.example\0.localhost"),
        TEXT_INIT("[::1].localhost"),
        TEXT_INIT("*.localhost"),
        TEXT_INIT("..localhost"),
        TEXT_INIT("...localhost"),
        TEXT_INIT("a..localhost"),
        TEXT_INIT("localhost.."),
        TEXT_INIT("a.localhost.."),
        TEXT_INIT(".a.localhost"),
        TEXT_INIT("b\xc3\xbc"
                  "cher.localhost"),
        TEXT_INIT("0123456789012345678901234567890123456789012345678901234567890123"),
        TEXT_INIT("user:password@localhost"),
        TEXT_INIT("localhost:1@evil.example"),
        TEXT_INIT("localhost,evil.example"),
        TEXT_INIT("localhost;a"),
        TEXT_INIT("localhost:65536"),
        TEXT_INIT("localhost:-1"),
        TEXT_INIT("localhost:+1"),
        TEXT_INIT("localhost: 1"),
        TEXT_INIT("localhost:80.evil.example"),
        TEXT_INIT("0x7f.1"),
        TEXT_INIT("0177.0.0.1"),
        TEXT_INIT("127.0.0.1.1"),
        TEXT_INIT("127.0.0"),
        TEXT_INIT("[fe80::1%25eth0]"),
        TEXT_INIT("[fe80::1%eth0]:1"),
        TEXT_INIT("[v1.localhost]"),
        TEXT_INIT("[::1]]"),
        TEXT_INIT("[[::1]]"),
        TEXT_INIT("[::1]8863"),
        TEXT_INIT("%6cocalhost"),
        TEXT_INIT("host.docker.internal.evil.example"),
        TEXT_INIT("host.docker.internal/"),
    };
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++)
        if (guard_is_known_host(rows[i], &no_hosts))
            fail_msg("row %zu is known: %.*s", i, TEXT_ARGS(rows[i]));
}

static void hosts_that_were_allowed_are_known(void **state)
{
    (void)state;
    static const struct allowed_hosts allowed = {{"ci.example", "Tunemock.Test"}, 2};
    static const struct {
        const char *host;
        bool is_known;
    } rows[] = {
        {"ci.example", true},
        {"CI.example:8863", true},
        {"ci.example.:80", true},
        {"tunemock.test", true},
        {"localhost", true},
        {"a.ci.example", false},
        {"ci.example.evil.example", false},
        {"ci.examp", false},
        {"ci.example:x", false},
        {"evil.example", false},
    };
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++)
        if (guard_is_known_host(text_of(rows[i].host), &allowed) != rows[i].is_known)
            fail_msg("%s", rows[i].host);
}

/* NULL is a header that was not sent. */
static struct text header(const char *value)
{
    return value ? text_of(value) : (struct text){NULL, 0};
}

static struct request request_with(const char *host, const char *origin, const char *site)
{
    return (struct request){.headers = {[HEADER_HOST] = header(host),
                                [HEADER_ORIGIN] = header(origin),
                                [HEADER_SEC_FETCH_SITE] = header(site)}};
}

static void requests_of_other_pages_are_refused_with_the_header_that_tells(void **state)
{
    (void)state;
    static const struct {
        const char *host, *origin, *site;
        bool is_any_host_good;
        const char *reason; /* NULL: allowed */
    } rows[] = {
        {"localhost:8863", NULL, NULL, false, NULL},
        {"localhost:8863", "http://localhost:8863", "same-origin", false, NULL},
        {"LOCALHOST:8863", "http://localhost:8863", NULL, false, NULL},
        {"127.0.0.1:8863", NULL, "none", false, NULL},
        {"127.0.0.1:8863", NULL, "same-site", false, NULL},
        {"evil.example", NULL, NULL, true, NULL},
        {NULL, NULL, NULL, true, NULL},
        {NULL, NULL, NULL, false, "Host is missing"},
        {"", NULL, NULL, false, "Host is \"\""},
        {"evil.example", NULL, NULL, false,
            "Host is \"evil.example\", and no --allow-host names it"},
        {"\xff", NULL, NULL, false, "Host is no UTF-8, and no --allow-host names it"},
        {"localhost", "http://evil.example", NULL, false, "Origin is \"http://evil.example\""},
        {"localhost", "http://evil.example", NULL, true, "Origin is \"http://evil.example\""},
        {"localhost", "null", NULL, false, "Origin is \"null\""},
        {"localhost", "", NULL, false, "Origin is \"\""},
        {"localhost", "https://localhost", NULL, false, "Origin is \"https://localhost\""},
        {"localhost:8863", "http://localhost", NULL, false, "Origin is \"http://localhost\""},
        {"localhost", "http://localhost:3000", NULL, false, "Origin is \"http://localhost:3000\""},
        {"localhost", "http://localhost.evil.example", NULL, false,
            "Origin is \"http://localhost.evil.example\""},
        {"localhost", "http://\xff", NULL, false, "Origin is no UTF-8"},
        {NULL, "http://", NULL, true, "Origin is \"http://\""},
        {"localhost", NULL, "cross-site", false, "Sec-Fetch-Site is \"cross-site\""},
        {"localhost", NULL, "Cross-Site", true, "Sec-Fetch-Site is \"Cross-Site\""},
        {"localhost", "http://localhost", "cross-site", false, "Sec-Fetch-Site is \"cross-site\""},
    };
    struct arena arena;
    arena_init(&arena);
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        struct request request = request_with(rows[i].host, rows[i].origin, rows[i].site);
        struct text reason = TEXT("");
        bool is_allowed =
            guard_allows(&request, &settings, rows[i].is_any_host_good, &arena, &reason);
        assert_text(reason, rows[i].reason ? rows[i].reason : "");
        assert_int_equal(is_allowed, rows[i].reason == NULL);
    }
    arena_release(&arena);
}

static void pages_of_origins_that_were_allowed_are_let_in(void **state)
{
    (void)state;
    static const struct app_settings with_origins = {
        .allowed_origins = {{"http://localhost:3000", "https://tests.example"}, 2}};
    static const struct {
        const char *host, *origin, *site;
        bool is_allowed;
    } rows[] = {
        {"localhost:8863", "http://localhost:3000", "same-site", true},
        {"localhost:8863", "HTTP://LocalHost:3000", NULL, true},
        {"127.0.0.1:8863", "https://tests.example", "cross-site", true},
        {"localhost", "http://localhost", NULL, true},
        {"localhost", NULL, NULL, true},
        {"localhost", NULL, "cross-site", false},
        {"localhost", "https://localhost:3000", NULL, false},
        {"localhost", "http://localhost:30001", NULL, false},
        {"localhost", "http://localhost:3000/", NULL, false},
        {"localhost", "http://localhost:3000, http://evil.example", NULL, false},
        {"localhost", "https://tests.example.evil.example", "cross-site", false},
        {"localhost", "https://a.tests.example", NULL, false},
        {"localhost", "null", NULL, false},
        {"localhost", "", NULL, false},
        {"evil.example", "http://localhost:3000", NULL, false},
        {NULL, "http://localhost:3000", NULL, false},
    };
    struct arena arena;
    arena_init(&arena);
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        struct text reason;
        struct request request = request_with(rows[i].host, rows[i].origin, rows[i].site);
        if (guard_allows(&request, &with_origins, false, &arena, &reason) != rows[i].is_allowed)
            fail_msg("row %zu", i);
    }
    arena_release(&arena);
}

static void a_link_of_another_page_may_lead_to_the_page_and_no_more(void **state)
{
    (void)state;
    static const struct {
        const char *host, *origin, *site;
        bool is_shown;
    } rows[] = {
        {"localhost:8863", NULL, "none", true},
        {"localhost:8863", NULL, "cross-site", true},
        {"localhost:8863", "http://localhost:8863", "same-origin", true},
        {"localhost:8863", "http://evil.example", "cross-site", false},
        {"localhost:8863", "null", "cross-site", false},
        {"evil.example", NULL, "none", false},
        {NULL, NULL, NULL, false},
    };
    struct arena arena;
    arena_init(&arena);
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        struct text reason;
        struct request request = request_with(rows[i].host, rows[i].origin, rows[i].site);
        if (guard_shows_page(&request, &settings, &arena, &reason) != rows[i].is_shown)
            fail_msg("row %zu", i);
    }
    arena_release(&arena);
}

static void a_token_is_the_same_byte_by_byte(void **state)
{
    (void)state;
    static const struct {
        const char *token, *given;
        bool is_known;
    } rows[] = {
        {"", NULL, true},
        {"", "", true},
        {"", "any", true},
        {"secret", "secret", true},
        {"secret", NULL, false},
        {"secret", "", false},
        {"secret", "s", false},
        {"secret", "secre", false},
        {"secret", "secrett", false},
        {"secret", "secretsecret", false},
        {"secret", "Secret", false},
        {"secret", "secres", false},
        {"aaaa", "aa", false},
        {"aa", "aaaa", false},
    };
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        struct request request = {.headers = {[HEADER_X_EMULATOR_TOKEN] = header(rows[i].given)}};
        if (guard_knows_token(&request, text_of(rows[i].token)) != rows[i].is_known)
            fail_msg("row %zu", i);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hosts_that_only_this_machine_or_its_network_has_are_known),
        cmocka_unit_test(other_hosts_are_not_known),
        cmocka_unit_test(hosts_that_were_allowed_are_known),
        cmocka_unit_test(requests_of_other_pages_are_refused_with_the_header_that_tells),
        cmocka_unit_test(pages_of_origins_that_were_allowed_are_let_in),
        cmocka_unit_test(a_link_of_another_page_may_lead_to_the_page_and_no_more),
        cmocka_unit_test(a_token_is_the_same_byte_by_byte),
    };
    return cmocka_run_group_tests_name("guard", tests, NULL, NULL);
}
