/* The helper thread against servers of one answer, on loopback. */
#include "server/gcs/gcs_fetcher.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdatomic.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/timefmt.h"
#include "server/contract/limits.h"
#include "tests/lib/unit.h"

/* What happens on a connection after its request has come. */
enum manner {
    MANNER_ANSWER, /* the answer, and the end */
    MANNER_KEEP,   /* the answer, and nothing more */
    MANNER_SILENT  /* nothing at all */
};

struct server {
    _Atomic(const char *) answer;
    _Atomic(enum manner) manner;
    int listener;
    pthread_t thread;
    char host[32];
    char request[1024]; /* the last one */
    atomic_int request_count;
};

static void server_read_request(struct server *server, int connection)
{
    size_t len = 0;
    while (len < sizeof(server->request) - 1) {
        ssize_t more =
            recv(connection, server->request + len, sizeof(server->request) - 1 - len, 0);
        if (more <= 0)
            break;
        len += (size_t)more;
        server->request[len] = '\0';
        if (strstr(server->request, "\r\n\r\n"))
            break;
    }
    if (len > 0) /* else who connected has gone without a word */
        atomic_fetch_add(&server->request_count, 1);
}

static void server_write(int connection, const char *answer)
{
    (void)!write(connection, answer, strlen(answer));
}

/* Until the listener is shut down. */
static void *server_run(void *context)
{
    struct server *server = context;
    for (;;) {
        int connection = accept(server->listener, NULL, NULL);
        if (connection < 0)
            return NULL;
        server_read_request(server, connection);
        if (server->manner != MANNER_SILENT)
            server_write(connection, server->answer);
        /* The other side ends what is not to end here. */
        char byte;
        if (server->manner != MANNER_ANSWER)
            (void)!recv(connection, &byte, 1, 0);
        close(connection);
    }
}

static void server_start(struct server *server, const char *answer, enum manner manner)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof(address);
    memset(server, 0, sizeof(*server));
    server->answer = answer;
    server->manner = manner;
    server->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(server->listener, (struct sockaddr *)&address, len), 0);
    assert_int_equal(listen(server->listener, 8), 0);
    getsockname(server->listener, (struct sockaddr *)&address, &len);
    snprintf(server->host, sizeof(server->host), "http://127.0.0.1:%u", ntohs(address.sin_port));
    pthread_create(&server->thread, NULL, server_run, server);
}

static void server_stop(struct server *server)
{
    shutdown(server->listener, SHUT_RDWR);
    pthread_join(server->thread, NULL);
    close(server->listener);
}

struct told {
    pthread_mutex_t mutex;
    pthread_cond_t is_told;
    int count;
};

static void told_add(void *context)
{
    struct told *told = context;
    pthread_mutex_lock(&told->mutex);
    told->count++;
    pthread_cond_signal(&told->is_told);
    pthread_mutex_unlock(&told->mutex);
}

static void told_wait(struct told *told)
{
    pthread_mutex_lock(&told->mutex);
    while (told->count == 0)
        pthread_cond_wait(&told->is_told, &told->mutex);
    pthread_mutex_unlock(&told->mutex);
}

#define TOLD_INIT                                                                                  \
    {                                                                                              \
        PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, 0                                     \
    }

static struct gcs_fetcher *fetcher_on(const char *host, struct budget *budget, int64_t time_ns)
{
    struct gcs_fetcher_options options = {
        .host = text_of(host), .bytes_max = 64, .budget = budget, .time_ns = time_ns};
    return gcs_fetcher_new(&options);
}

static const struct gcs_name fetched = {TEXT_INIT("b"), TEXT_INIT("a/x.jsonl")};

/* Reads the file with a fetcher of its own; the text lives in the arena. */
static enum gcs_result fetch_whole(
    const char *host, int64_t time_ns, struct arena *arena, struct text *ret_text)
{
    struct told told = TOLD_INIT;
    struct budget budget;
    enum gcs_result result;
    struct text text;
    budget_init(&budget, 64);
    struct gcs_fetcher *fetcher = fetcher_on(host, &budget, time_ns);
    struct gcs_fetch *fetch = gcs_fetch_begin(fetcher, &fetched, told_add, &told, ret_text);
    assert_non_null(fetch);
    told_wait(&told);
    assert_true(gcs_fetch_is_done(fetch, &result, &text));
    *ret_text = arena_text(arena, text);
    gcs_fetch_end(fetch);
    gcs_fetcher_free(fetcher);
    assert_int_equal(told.count, 1);
    assert_int_equal(budget_used(&budget), 0);
    return result;
}

#define MINUTE_NS (60 * NS_PER_SECOND)
#define GOOD "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"

static void a_file_is_read(void **state)
{
    (void)state;
    struct server server;
    struct arena arena;
    struct text text;
    arena_init(&arena);
    server_start(&server, GOOD, MANNER_KEEP);
    assert_int_equal(fetch_whole(server.host, MINUTE_NS, &arena, &text), GCS_FOUND);
    assert_text(text, "hello");
    server_stop(&server);
    assert_non_null(
        strstr(server.request, "GET /storage/v1/b/b/o/a%2Fx.jsonl?alt=media HTTP/1.1\r\nHost: "
                               "127.0.0.1:"));
    assert_non_null(strstr(server.request, "\r\nConnection: close\r\n"));
    arena_release(&arena);
}

static void whatever_goes_wrong_is_said(void **state)
{
    (void)state;
    static const struct {
        const char *answer;
        enum manner manner;
        enum gcs_result result;
        const char *words;
    } rows[] = {
        {"HTTP/1.1 404 Not Found\r\n\r\n", MANNER_ANSWER, GCS_ABSENT,
            "answers 404 Not Found: it has no such file"},
        {"HTTP/1.1 503 Busy\r\n\r\n", MANNER_KEEP, GCS_PROBLEM, "answers 503 Busy"},
        {"HTTP/1.1 200 OK\r\nContent-Length: 65\r\n\r\n", MANNER_KEEP, GCS_PROBLEM,
            "is larger than 64 bytes"},
        {"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nhello", MANNER_ANSWER, GCS_PROBLEM,
            "an answer that ends before its end"},
        {"220 mail ready\r\n", MANNER_KEEP, GCS_PROBLEM, "an answer that is no HTTP/1.1"},
        {"HTTP/1.1 302 Found\r\nLocation: /x\r\n\r\n", MANNER_ANSWER, GCS_PROBLEM,
            "redirects more than 5 times"},
        {"HTTP/1.1 302 Found\r\nLocation: https://x/\r\n\r\n", MANNER_ANSWER, GCS_PROBLEM,
            "redirects to https://x/, which is https"},
        {"HTTP/1.1 307 Go\r\n\r\n", MANNER_ANSWER, GCS_PROBLEM, "redirects to , which must be"},
    };
    struct arena arena;
    arena_init(&arena);
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        struct server server;
        struct text text;
        server_start(&server, rows[i].answer, rows[i].manner);
        assert_int_equal(fetch_whole(server.host, MINUTE_NS, &arena, &text), rows[i].result);
        assert_true(text_find(text, text_of(rows[i].words)) < text.len);
        assert_true(text_find(text, text_of(GCS_HOST_VARIABLE)) < text.len);
        server_stop(&server);
    }
    arena_release(&arena);
}

static void who_cannot_be_reached_is_said(void **state)
{
    (void)state;
    struct server server;
    struct arena arena;
    struct text text;
    arena_init(&arena);
    server_start(&server, GOOD, MANNER_KEEP);
    server_stop(&server); /* nobody listens there any more */
    assert_int_equal(fetch_whole(server.host, MINUTE_NS, &arena, &text), GCS_PROBLEM);
    assert_true(text_find(text, TEXT("Connection refused")) < text.len);
    assert_int_equal(fetch_whole("https://x", MINUTE_NS, &arena, &text), GCS_PROBLEM);
    assert_text(text, "cannot be read: STORAGE_EMULATOR_HOST is https, and only plain http is "
                      "spoken here");
    server_start(&server, NULL, MANNER_SILENT);
    assert_int_equal(fetch_whole(server.host, NS_PER_MS, &arena, &text), GCS_PROBLEM);
    assert_true(text_find(text, TEXT("has not answered within 0 seconds")) < text.len);
    server_stop(&server);
    arena_release(&arena);
}

/* The one that hangs is given up at once, so that the next gets its turn; the third never began. */
static void what_is_ended_keeps_nobody_waiting(void **state)
{
    (void)state;
    struct server server;
    struct told unheard = TOLD_INIT, told = TOLD_INIT;
    enum gcs_result result;
    struct text text;
    server_start(&server, NULL, MANNER_SILENT);
    struct gcs_fetcher *fetcher = fetcher_on(server.host, NULL, MINUTE_NS);
    struct gcs_fetch *hanging = gcs_fetch_begin(fetcher, &fetched, told_add, &unheard, &text);
    while (atomic_load(&server.request_count) == 0)
        poll(NULL, 0, 1);
    struct gcs_fetch *first = gcs_fetch_begin(fetcher, &fetched, told_add, &unheard, &text);
    struct gcs_fetch *second = gcs_fetch_begin(fetcher, &fetched, told_add, &told, &text);
    assert_false(gcs_fetch_is_done(hanging, &result, &text));
    gcs_fetch_end(first);
    server.answer = GOOD;
    server.manner = MANNER_KEEP;
    gcs_fetch_end(hanging);
    told_wait(&told);
    assert_true(gcs_fetch_is_done(second, &result, &text));
    assert_int_equal(result, GCS_FOUND);
    gcs_fetch_end(second);
    gcs_fetcher_free(fetcher);
    server_stop(&server);
    assert_int_equal(unheard.count, 0);
    assert_int_equal(server.request_count, 2);
}

/* Their time is over, too, when the first has taken all of its own: they are not even asked for. */
static void time_spent_waiting_for_a_turn_counts(void **state)
{
    enum { WAITING = 8 };
    (void)state;
    struct server server;
    struct told told[WAITING];
    struct gcs_fetch *fetches[WAITING];
    enum gcs_result result;
    struct text text;
    server_start(&server, NULL, MANNER_SILENT);
    struct gcs_fetcher *fetcher = fetcher_on(server.host, NULL, 20 * NS_PER_MS);
    for (int i = 0; i < WAITING; i++) {
        told[i] = (struct told)TOLD_INIT;
        fetches[i] = gcs_fetch_begin(fetcher, &fetched, told_add, &told[i], &text);
    }
    for (int i = 0; i < WAITING; i++) {
        told_wait(&told[i]);
        assert_true(gcs_fetch_is_done(fetches[i], &result, &text));
        assert_int_equal(result, GCS_PROBLEM);
        assert_true(text_find(text, TEXT("has not answered within")) < text.len);
        gcs_fetch_end(fetches[i]);
    }
    gcs_fetcher_free(fetcher);
    server_stop(&server);
    assert_true(server.request_count < WAITING);
}

static void the_end_of_the_fetcher_waits_for_nobody(void **state)
{
    (void)state;
    struct server server;
    struct told told = TOLD_INIT;
    struct text text;
    server_start(&server, NULL, MANNER_SILENT);
    struct gcs_fetcher *fetcher = fetcher_on(server.host, NULL, MINUTE_NS);
    struct gcs_fetch *fetch = gcs_fetch_begin(fetcher, &fetched, told_add, &told, &text);
    while (atomic_load(&server.request_count) == 0)
        poll(NULL, 0, 1);
    gcs_fetch_end(fetch);
    gcs_fetcher_free(fetcher);
    server_stop(&server);
    gcs_fetcher_free(NULL);
    assert_int_equal(told.count, 0);
}

static void only_so_many_wait_for_their_turn(void **state)
{
    (void)state;
    struct server server;
    struct told told = TOLD_INIT;
    struct text text;
    struct gcs_fetch *fetches[GCS_FETCHES_MAX];
    server_start(&server, NULL, MANNER_SILENT);
    struct gcs_fetcher *fetcher = fetcher_on(server.host, NULL, MINUTE_NS);
    for (int i = 0; i < GCS_FETCHES_MAX; i++)
        fetches[i] = gcs_fetch_begin(fetcher, &fetched, told_add, &told, &text);
    assert_null(gcs_fetch_begin(fetcher, &fetched, told_add, &told, &text));
    assert_true(text_find(text, TEXT("too many files")) < text.len);
    for (int i = GCS_FETCHES_MAX - 1; i >= 0; i--)
        gcs_fetch_end(fetches[i]);
    gcs_fetcher_free(fetcher);
    server_stop(&server);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_file_is_read),
        cmocka_unit_test(whatever_goes_wrong_is_said),
        cmocka_unit_test(who_cannot_be_reached_is_said),
        cmocka_unit_test(what_is_ended_keeps_nobody_waiting),
        cmocka_unit_test(time_spent_waiting_for_a_turn_counts),
        cmocka_unit_test(the_end_of_the_fetcher_waits_for_nobody),
        cmocka_unit_test(only_so_many_wait_for_their_turn),
    };
    return cmocka_run_group_tests_name("gcs_fetcher", tests, NULL, NULL);
}
