#include "server/http/server.h"

#include <assert.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/memory.h"
#include "base/timefmt.h"
#include "server/contract/limits.h"
#include "server/http/acceptor.h"
#include "server/http/handler.h"
#include "server/http/listeners.h"
#include "server/http/pace.h"
#include "server/http/transaction.h"
#include "server/http/worker.h"

enum {
    /* Descriptors that are no connections: listeners, epoll sets, database files, parked ones. */
    RESERVED_DESCRIPTORS = 128,
    CONNECTIONS_MIN = 16,
    /* What an open connection with an ordinary request takes: libmicrohttpd's memory and records,
     * the request's, and an answer that is not counted. */
    CONNECTION_BYTES = 32 * 1024,
    /* Under a limit of address space connections may take no more than one part of so many: bodies,
     * answers, stacks and maps have to find room beside them. */
    CONNECTIONS_MEMORY_PART = 4
};

/* How long a stop waits for requests that are being answered; slow streams are cut off then. */
#define STOP_ANSWERING_NS (2 * NS_PER_SECOND)
/* And, once none is, for requests that are still arriving: one on its way gets its answer. */
#define STOP_RECEIVING_NS (250 * NS_PER_MS)
_Static_assert(HTTP_DRAIN_NS_MAX == STOP_ANSWERING_NS + STOP_RECEIVING_NS, "what server.h says");
/* The last resort: a connection that libmicrohttpd lost for want of memory is counted for ever. */
#define STOP_CLOSING_NS (200 * NS_PER_MS)
/* How often a stop looks whether they are done. */
#define STOP_POLL_NS (1 * NS_PER_MS)
/* And how often it shuts them down again, lest one slipped through: with thousands, each time takes
 * as long as closing them. */
#define STOP_SWEEP_NS (50 * NS_PER_MS)

struct http_server {
    struct app *app;
    struct listeners listeners;
    struct pace *pace;
    struct worker *workers;
    int worker_count;
    struct acceptor *acceptor;
    struct worker_shared shared;
    char *url;
};

/* As many as fit into their part of the address space, where that is limited. */
static int server_connections_that_fit(int count)
{
    size_t fitting_count = memory_limit_bytes() / CONNECTIONS_MEMORY_PART / CONNECTION_BYTES;
    if (fitting_count >= (size_t)count)
        return count;
    return fitting_count > CONNECTIONS_MIN ? (int)fitting_count : CONNECTIONS_MIN;
}

/* Raises the process's limit as far as it may go. */
static int server_connections_max(void)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
        return CONNECTIONS_MIN;
    if (limit.rlim_cur < limit.rlim_max) {
        struct rlimit raised = {limit.rlim_max, limit.rlim_max};
        if (setrlimit(RLIMIT_NOFILE, &raised) == 0)
            limit = raised;
    }
    if (limit.rlim_cur >= CONNECTIONS_MAX + RESERVED_DESCRIPTORS)
        return server_connections_that_fit(CONNECTIONS_MAX);
    int left = (int)limit.rlim_cur - RESERVED_DESCRIPTORS;
    return server_connections_that_fit(left > CONNECTIONS_MIN ? left : CONNECTIONS_MIN);
}

static const struct worker_calls server_calls = {
    .connection = handler_connection,
    .request_line = handler_request_line,
    .access = handler_access,
    .completed = handler_completed,
    .tidy = transactions_free,
};

static bool server_start_workers(struct http_server *server, int count, int connections_max)
{
    server->workers = memory_alloc_zeroed((size_t)count, sizeof(struct worker));
    for (int i = 0; i < count; i++) {
        if (!worker_start(&server->workers[i], &server_calls, server->app, server->pace,
                &server->shared, i, connections_max))
            return false;
        server->worker_count++;
    }
    return true;
}

static bool server_start_threads(struct http_server *server, int worker_count)
{
    int connections_max = server_connections_max();
    server->pace = pace_start();
    if (!server->pace || !server_start_workers(server, worker_count, connections_max))
        return false;
    server->acceptor =
        acceptor_start(&server->listeners, server->workers, server->worker_count, connections_max);
    return server->acceptor != NULL;
}

/* Frees what there is of a server whose requests are done. */
static void server_free(struct http_server *server)
{
    for (int i = 0; i < server->worker_count; i++)
        worker_stop(&server->workers[i]);
    if (server->pace)
        pace_stop(server->pace);
    listeners_close(&server->listeners);
    free(server->workers);
    free(server->url);
    free(server);
}

enum http_start http_server_start(const struct http_options *options, struct app *app,
    struct arena *arena, struct http_server **ret_server, struct text *ret_message)
{
    assert(options->worker_count > 0 && options->worker_count <= app->worker_count);
    struct http_server *server = memory_alloc_zeroed(1, sizeof(*server));
    server->app = app;
    enum http_start result =
        listeners_open(&server->listeners, options->host, options->port, arena, ret_message);
    if (result != HTTP_STARTED) {
        free(server);
        return result;
    }
    if (server->listeners.is_open && app->settings.control_token.len == 0)
        log_write(LOG_WARNING,
            "--host %s: whoever reaches this port may use the control API; --control-token asks "
            "them for a token",
            options->host);
    struct text url = listeners_url(options->host, server->listeners.port, arena);
    server->url = memory_copy_text(url.bytes);
    snprintf(app->root_url, sizeof(app->root_url), "%s", server->url);
    if (!server_start_threads(server, options->worker_count)) {
        server_free(server);
        *ret_message = TEXT("cannot start the server's threads: the system's limit of threads or "
                            "open files is reached");
        return HTTP_FAILED;
    }
    *ret_server = server;
    return HTTP_STARTED;
}

const char *http_server_url(const struct http_server *server)
{
    return server->url;
}

/* What the workers have to do, added up. */
struct server_load {
    int connection_count;
    int receiving_count;
    int answering_count;
};

static struct server_load server_measure(const struct http_server *server)
{
    struct server_load load = {0};
    for (int i = 0; i < server->worker_count; i++) {
        const struct worker *worker = &server->workers[i];
        load.connection_count += atomic_load(&worker->connection_count);
        load.receiving_count += atomic_load(&worker->receiving_count);
        load.answering_count += atomic_load(&worker->answering_count);
    }
    return load;
}

static void server_pause_for_poll(void)
{
    struct timespec pause = {.tv_nsec = STOP_POLL_NS};
    nanosleep(&pause, NULL);
}

static bool server_has_unread(const struct http_server *server)
{
    for (int i = 0; i < server->worker_count; i++)
        if (connections_have_unread(&server->workers[i].connections))
            return true;
    return false;
}

/* Lets the requests under way finish, for as long as they may. */
static void server_drain(const struct http_server *server)
{
    /* A worker may have read a request and not told of it yet: hence a second look. */
    enum { LOOKS = 2 };
    int64_t start_ns = clock_monotonic_ns(), answering_ns = start_ns;
    for (int idle_count = 0; idle_count < LOOKS;) {
        int64_t now_ns = clock_monotonic_ns();
        struct server_load load = server_measure(server);
        if (load.answering_count > 0 && now_ns - start_ns >= STOP_ANSWERING_NS) {
            log_write(LOG_WARNING, "stopping: answers cut off: %d", load.answering_count);
            return;
        }
        if (load.answering_count > 0)
            answering_ns = now_ns;
        if (now_ns - answering_ns >= STOP_RECEIVING_NS)
            return;
        bool is_idle =
            load.answering_count == 0 && load.receiving_count == 0 && !server_has_unread(server);
        idle_count = is_idle ? idle_count + 1 : 0;
        server_pause_for_poll();
    }
}

static void server_shut_connections(const struct http_server *server)
{
    for (int i = 0; i < server->worker_count; i++)
        connections_sweep(&server->workers[i].connections, CONNECTION_NO_DEADLINE);
}

/*
 * Shuts all connections down and waits until the workers have closed them, which takes a few
 * milliseconds: then nothing can be suspended, as worker_stop demands. Requests that wait for the
 * store's writer or the pacer end first, those of clients that have left, too; both wake everyone.
 */
static void server_close_connections(const struct http_server *server)
{
    int64_t start_ns = clock_monotonic_ns(), sweep_ns = start_ns;
    pace_cut_all(server->pace);
    struct server_load load = server_measure(server);
    while (load.connection_count > 0 || load.answering_count > 0) {
        int64_t now_ns = clock_monotonic_ns();
        if (load.answering_count == 0 && now_ns - start_ns >= STOP_CLOSING_NS)
            return;
        if (now_ns >= sweep_ns) {
            server_shut_connections(server);
            sweep_ns = now_ns + STOP_SWEEP_NS;
        }
        server_pause_for_poll();
        load = server_measure(server);
    }
}

void http_server_drain(struct http_server *server)
{
    atomic_store(&server->shared.is_draining, true);
    acceptor_stop(server->acceptor);
    server->acceptor = NULL;
    listeners_close(&server->listeners);
    pace_cut_watches(server->pace);
    server_drain(server);
}

void http_server_stop(struct http_server *server)
{
    if (server->acceptor)
        http_server_drain(server);
    server_close_connections(server);
    server_free(server);
}
