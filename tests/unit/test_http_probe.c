#include "tests/lib/unit.h"

#include <poll.h>
#include <stdio.h>
#include <sys/socket.h>
#include <netinet/in.h>
#include <unistd.h>

#include "server/http/probe.h"
#include "server/http/server.h"
#include "tests/lib/loopback.h"

static void what_leaves_no_question_is_a_probe(void **state)
{
    (void)state;
    static const struct {
        const char *bytes;
        enum probe probe;
    } rows[] = {
        {"GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n", PROBE_WHOLE},
        {"HEAD /ready HTTP/1.1\r\nhost:x.example:8863\r\nUser-Agent: kube-probe/1.29\r\n\r\n",
            PROBE_WHOLE},
        {"GET /ready?verbose=1 HTTP/1.1\r\nAccept: */*\r\nHost: [::1]\r\nConnection: close\r\n\r\n",
            PROBE_WHOLE},
        {"GET /health HTTP/1.0\r\n\r\n", PROBE_WHOLE},
        {"GET /health HTTP/1.0\r\nHost: a\r\n\r\n", PROBE_WHOLE},
        /* Pieces. */
        {"GET /he", PROBE_UNFINISHED},
        {"HEAD /rea", PROBE_UNFINISHED},
        {"G", PROBE_NONE},
        {"HEAD /", PROBE_NONE},
        {"GET /health", PROBE_UNFINISHED},
        {"GET /health HTTP/1.1\r\nHost: localhost\r\n", PROBE_UNFINISHED},
        /* Other requests. */
        {"GET /v", PROBE_NONE},
        {"GET /healthy HTTP/1.1\r\nHost: a\r\n\r\n", PROBE_NONE},
        {"GET /health/ HTTP/1.1\r\nHost: a\r\n\r\n", PROBE_NONE},
        {"GET //health HTTP/1.1\r\nHost: a\r\n\r\n", PROBE_NONE},
        {"GET http://a/health HTTP/1.1\r\nHost: a\r\n\r\n", PROBE_NONE},
        {"POST /health HTTP/1.1\r\nHost: a\r\n\r\n", PROBE_NONE},
        {"get /health HTTP/1.1\r\nHost: a\r\n\r\n", PROBE_NONE},
        {"\r\nGET /health HTTP/1.1\r\nHost: a\r\n\r\n", PROBE_NONE},
        /* What a worker has to look at. */
        {"GET /health HTTP/1.1\r\n\r\n", PROBE_NONE},
        {"GET /health HTTP/1.1\r\nHost:\r\n\r\n", PROBE_NONE},
        {"GET /health HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n", PROBE_NONE},
        {"GET /health HTTP/1.1\r\nHost: a\r\nOrigin: http://a\r\n\r\n", PROBE_NONE},
        {"GET /health HTTP/1.1\r\nHost: a\r\nSEC-FETCH-SITE: same-origin\r\n\r\n", PROBE_NONE},
        {"GET /health HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\n", PROBE_NONE},
        {"GET /health HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n", PROBE_NONE},
        {"GET /health HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\n\r\n", PROBE_NONE},
        {"GET /health HTTP/1.1\r\nHost: a\r\nUpgrade: h2c\r\n\r\n", PROBE_NONE},
        {"GET /health HTTP/1.1\r\nHost: a\r\n\r\nGET", PROBE_NONE},
        /* Framing that may be read in two ways. */
        {"GET /health HTTP/1.1\r\nHost : a\r\n\r\n", PROBE_NONE},
        {"GET /health HTTP/1.1\r\n Host: a\r\n\r\n", PROBE_NONE},
        {"GET /health HTTP/1.1\r\nHost: a\r\nX: b\r\n c\r\n\r\n", PROBE_NONE},
        {"GET /health HTTP/1.1\r\nHost: a\nOrigin: b\r\n\r\n", PROBE_NONE},
        {"GET /health HTTP/1.1\r\nHost: a\rOrigin: b\r\n\r\n", PROBE_NONE},
        {"GET /health HTTP/1.1\r\nHost: a\r\nno colon\r\n\r\n", PROBE_NONE},
        {"GET  /health HTTP/1.1\r\nHost: a\r\n\r\n", PROBE_NONE},
        {"GET /health  HTTP/1.1\r\nHost: a\r\n\r\n", PROBE_NONE},
        {"GET /health HTTP/1.1 \r\nHost: a\r\n\r\n", PROBE_NONE},
        {"GET /health HTTP/2.0\r\nHost: a\r\n\r\n", PROBE_NONE},
        {"GET /health\r\n\r\n", PROBE_NONE},
        {"GET /health?a\tb HTTP/1.1\r\nHost: a\r\n\r\n", PROBE_WHOLE},
    };
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        struct request request;
        if (probe_read(text_of(rows[i].bytes), &request) != rows[i].probe)
            fail_msg("row %zu: %s", i, rows[i].bytes);
    }
}

static void every_piece_of_a_probe_is_an_unfinished_one(void **state)
{
    (void)state;
    struct text whole = TEXT("HEAD /ready?a=b HTTP/1.1\r\nHost: h\r\nAccept: */*\r\n\r\n");
    struct request request;
    for (size_t len = strlen("HEAD /r"); len < whole.len; len++)
        assert_int_equal(probe_read(text_slice(whole, 0, len), &request), PROBE_UNFINISHED);
    assert_int_equal(probe_read(whole, &request), PROBE_WHOLE);
    assert_text(request.verb, "HEAD");
    assert_text(request.raw_path, "/ready");
    assert_text(request.raw_query, "a=b");
    assert_text(request.headers[HEADER_HOST], "h");
}

static void a_head_that_does_not_fit_is_for_a_worker(void **state)
{
    (void)state;
    char bytes[PROBE_HEAD_BYTES_MAX];
    memset(bytes, 'x', sizeof(bytes));
    static const char start[] = "GET /health HTTP/1.1\r\nHost: a\r\nX: ";
    memcpy(bytes, start, sizeof(start) - 1);
    struct request request;
    struct text head = {bytes, sizeof(bytes) - 1};
    assert_int_equal(probe_read(head, &request), PROBE_UNFINISHED);
    head.len++;
    assert_int_equal(probe_read(head, &request), PROBE_NONE);
    memcpy(bytes + sizeof(bytes) - 4, "\r\n\r\n", 4);
    assert_int_equal(probe_read(head, &request), PROBE_WHOLE);
}

static int connect_to(const struct http_server *server)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    unsigned port = 0;
    assert_int_equal(sscanf(http_server_url(server), "http://127.0.0.1:%u", &port), 1);
    address.sin_port = htons((uint16_t)port);
    int descriptor = socket(AF_INET, SOCK_STREAM, 0);
    assert_true(descriptor >= 0);
    assert_int_equal(connect(descriptor, (struct sockaddr *)&address, sizeof(address)), 0);
    return descriptor;
}

static void send_text(int descriptor, struct text text)
{
    assert_int_equal(send(descriptor, text.bytes, text.len, MSG_NOSIGNAL), text.len);
}

/* All that comes until the server closes, which it must within ten seconds. */
static struct text read_to_end(int descriptor, struct arena *arena)
{
    enum { BYTES_MAX = 4096, WAIT_MS = 10000 };
    char *bytes = arena_alloc(arena, BYTES_MAX);
    size_t len = 0;
    for (;;) {
        struct pollfd source = {.fd = descriptor, .events = POLLIN};
        assert_int_equal(poll(&source, 1, WAIT_MS), 1);
        ssize_t received = recv(descriptor, bytes + len, BYTES_MAX - len, 0);
        assert_true(received >= 0);
        if (received == 0)
            return (struct text){bytes, len};
        len += (size_t)received;
    }
}

#define ANSWERED                                                                                   \
    "HTTP/1.1 200 OK\r\n"                                                                          \
    "Connection: close\r\n"                                                                        \
    "Content-Type: application/json; charset=UTF-8\r\n"                                            \
    "Date: Sat, 20 Jul 2024 18:23:29 GMT\r\n"                                                      \
    "Cache-Control: no-store\r\n"                                                                  \
    "Content-Length: 16\r\n\r\n"

/* The only worker waits for the store's reader, which this thread holds. */
static void health_is_answered_while_every_worker_is_busy(void **state)
{
    struct arena *arena = *state;
    struct loopback loopback;
    loopback_start(&loopback, FIDELITY_COMPAT, AUTH_OPEN);
    struct http_server *server = NULL;
    struct text message = TEXT("");
    assert_int_equal(http_server_start(&(struct http_options){.worker_count = 1}, &loopback.app,
                         arena, &server, &message),
        HTTP_STARTED);
    struct store_reader *reader = store_get_reader(loopback.app.store, 0);
    assert_int_equal(store_read_begin(reader), STORE_OK);
    int busy = connect_to(server);
    send_text(
        busy, TEXT("GET /v1beta/tunedModels HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"));
    /* Until the worker has it; a moment too few would make the test easier, not fail. */
    usleep(50000);

    static const struct {
        const char *first, *second, *answer;
    } rows[] = {
        {"GET /health HTTP/1.1\r\nHost: a\r\n\r\n", "", ANSWERED "{\"status\":\"ok\"}\n"},
        {"HEAD /health HTTP/1.1\r\nHost: a\r\n\r\n", "", ANSWERED},
        {"GET /hea", "lth HTTP/1.1\r\nHost: a\r\n\r\n", ANSWERED "{\"status\":\"ok\"}\n"},
    };
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        int probe = connect_to(server);
        send_text(probe, text_of(rows[i].first));
        usleep(rows[i].second[0] ? 20000 : 0);
        send_text(probe, text_of(rows[i].second));
        assert_text(read_to_end(probe, arena), rows[i].answer);
        close(probe);
    }

    store_read_end(reader);
    assert_true(text_starts_with(read_to_end(busy, arena), TEXT("HTTP/1.1 200 OK\r\n")));
    close(busy);
    http_server_stop(server);
    loopback_stop(&loopback);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_leaves_no_question_is_a_probe),
        cmocka_unit_test(every_piece_of_a_probe_is_an_unfinished_one),
        cmocka_unit_test(a_head_that_does_not_fit_is_for_a_worker),
        cmocka_unit_test(health_is_answered_while_every_worker_is_busy),
    };
    return cmocka_run_group_tests_name("http_probe", tests, unit_make_arena, unit_release_arena);
}
