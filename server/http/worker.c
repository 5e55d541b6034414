#include "server/http/worker.h"

#include <assert.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/array.h"
#include "base/buf.h"
#include "base/log.h"
#include "base/memory.h"
#include "server/contract/limits.h"
#include "server/call/redact.h"

enum {
    /* Turns in a row in which libmicrohttpd calls nothing of ours though it claims to have work.
     * Reading a head takes a few, sending a large answer one for each time that the socket's buffer
     * is filled. */
    WORKER_FUTILE_TURNS_MAX = 64,
    /* Streams of events that are woken in a turn, up to some 20 us each: thousands may wait for the
     * same event, while other requests come. */
    WORKER_PATIENT_MAX = 16,
    /* After so many: until the next turn, unless something happens. */
    WORKER_FUTILE_PAUSE_MS = 10
};

/* libmicrohttpd's own complaints are about what clients do; they matter when one looks for them.
 * Some name the path. Each of its formats makes a kind of its own. */
static void worker_log(void *context, const char *format, va_list args)
    __attribute__((format(printf, 2, 0)));
static void worker_log(void *context, const char *format, va_list args)
{
    (void)context;
    if (!log_is_wanted(LOG_DEBUG))
        return;
    struct buf line = BUF_INIT;
    buf_vprintf(&line, format, args);
    struct arena arena;
    arena_init(&arena);
    struct text text = redact_credentials(text_trim(buf_text(&line)), &arena);
    log_write_kind(LOG_DEBUG, format, "%.*s", TEXT_ARGS(text));
    arena_release(&arena);
    buf_release(&line);
}

/* Paths reach the door as they were sent: decoding before routing would make a%2Fb a path. */
static size_t worker_unescape_nothing(void *context, struct MHD_Connection *connection, char *text)
{
    (void)context;
    (void)connection;
    return text_of(text).len;
}

static struct MHD_Daemon *worker_start_daemon(struct worker *worker, int connections_max)
{
    unsigned flags = MHD_USE_EPOLL | MHD_USE_NO_LISTEN_SOCKET | MHD_ALLOW_SUSPEND_RESUME |
                     MHD_USE_SUPPRESS_DATE_NO_CLOCK | MHD_USE_TURBO | MHD_USE_ERROR_LOG;
    /* The acceptor keeps the limit of connections; libmicrohttpd only has to stay out of its way.
     */
    const struct MHD_OptionItem limits[] = {
        {MHD_OPTION_CONNECTION_MEMORY_LIMIT, CONNECTION_MEMORY_BYTES, NULL},
        {MHD_OPTION_CONNECTION_LIMIT, 2 * (intptr_t)connections_max, NULL},
        {MHD_OPTION_END, 0, NULL},
    };
    const struct MHD_OptionItem callbacks[] = {
        {MHD_OPTION_UNESCAPE_CALLBACK, (intptr_t)worker_unescape_nothing, NULL},
        {MHD_OPTION_URI_LOG_CALLBACK, (intptr_t)worker->calls->request_line, worker},
        {MHD_OPTION_NOTIFY_COMPLETED, (intptr_t)worker->calls->completed, worker},
        {MHD_OPTION_NOTIFY_CONNECTION, (intptr_t)worker->calls->connection, worker},
        {MHD_OPTION_END, 0, NULL},
    };
    return MHD_start_daemon(flags, 0, NULL, NULL, worker->calls->access, worker,
        MHD_OPTION_EXTERNAL_LOGGER, worker_log, NULL, MHD_OPTION_ARRAY, limits, MHD_OPTION_ARRAY,
        callbacks, MHD_OPTION_END);
}

/* The caller holds the mutex. */
static void inbox_signal(struct inbox *inbox)
{
    if (inbox->is_signalled)
        return;
    inbox->is_signalled = true;
    uint64_t one = 1;
    ssize_t written = write(inbox->event, &one, sizeof(one));
    assert(written == sizeof(one));
}

void worker_add_connection(struct worker *worker, int descriptor)
{
    struct inbox *inbox = &worker->inbox;
    atomic_fetch_add(&worker->connection_count, 1);
    atomic_fetch_add(&worker->receiving_count, 1);
    pthread_mutex_lock(&inbox->mutex);
    struct arrivals *arrivals = &inbox->arrivals;
    if (arrivals->count == arrivals->capacity) {
        arrivals->capacity = 2 * arrivals->capacity + 64;
        arrivals->descriptors =
            memory_grow(arrivals->descriptors, (size_t)arrivals->capacity * sizeof(int));
    }
    arrivals->descriptors[arrivals->count++] = descriptor;
    inbox_signal(inbox);
    pthread_mutex_unlock(&inbox->mutex);
}

void worker_wake(struct worker *worker, struct worker_waiter *waiter)
{
    struct inbox *inbox = &worker->inbox;
    pthread_mutex_lock(&inbox->mutex);
    struct worker_waiter **first = waiter->is_patient ? &inbox->patient : &inbox->woken;
    waiter->next = *first;
    *first = waiter;
    inbox_signal(inbox);
    pthread_mutex_unlock(&inbox->mutex);
}

void worker_tidy(struct worker *worker)
{
    struct inbox *inbox = &worker->inbox;
    pthread_mutex_lock(&inbox->mutex);
    inbox->is_tidying = true;
    inbox_signal(inbox);
    pthread_mutex_unlock(&inbox->mutex);
}

static void worker_give_arrivals(struct worker *worker)
{
    /* libmicrohttpd wants an address; nobody asks it for this one. */
    struct sockaddr_in unused = {.sin_family = AF_INET};
    struct arrivals *arrivals = &worker->arrivals;
    for (int i = 0; i < arrivals->count; i++) {
        if (MHD_add_connection(worker->daemon, arrivals->descriptors[i], (struct sockaddr *)&unused,
                sizeof(unused)) != MHD_YES) {
            /* Out of memory; the descriptor is closed. */
            atomic_fetch_sub(&worker->connection_count, 1);
            atomic_fetch_sub(&worker->receiving_count, 1);
            atomic_fetch_sub(&worker->app->connection_count, 1);
        }
    }
    arrivals->count = 0;
}

static void worker_wake_waiters(struct worker_waiter *woken)
{
    while (woken) {
        struct worker_waiter *waiter = woken;
        woken = waiter->next;
        waiter->wake(waiter);
    }
}

static void worker_wake_patient(struct worker *worker)
{
    for (int i = 0; i < WORKER_PATIENT_MAX && worker->patient; i++) {
        struct worker_waiter *waiter = worker->patient;
        worker->patient = waiter->next;
        waiter->wake(waiter);
    }
    worker->has_patient = worker->has_patient || worker->patient;
}

/* False if the worker is to stop. */
static bool worker_empty_inbox(struct worker *worker)
{
    struct inbox *inbox = &worker->inbox;
    pthread_mutex_lock(&inbox->mutex);
    struct worker_waiter *woken = inbox->woken;
    inbox->woken = NULL;
    /* Not before all that came earlier are awake: none is left behind. */
    if (!worker->patient) {
        worker->patient = inbox->patient;
        inbox->patient = NULL;
    }
    worker->has_patient = inbox->patient;
    struct arrivals empty = worker->arrivals;
    worker->arrivals = inbox->arrivals;
    inbox->arrivals = empty;
    if (inbox->is_signalled) {
        uint64_t count;
        ssize_t received = read(inbox->event, &count, sizeof(count));
        assert(received == sizeof(count));
        inbox->is_signalled = false;
    }
    bool is_stopping = inbox->is_stopping;
    bool is_tidying = inbox->is_tidying;
    inbox->is_tidying = false;
    pthread_mutex_unlock(&inbox->mutex);
    /* Without the mutex, for which the acceptor would wait. */
    worker_give_arrivals(worker);
    worker_wake_waiters(woken);
    worker_wake_patient(worker);
    if (is_tidying)
        worker->calls->tidy(worker);
    return !is_stopping;
}

/* How long to wait after a turn that left libmicrohttpd with work. */
static int worker_pause_ms(struct worker *worker)
{
    worker->futile_turn_count = worker->has_progressed ? 0 : worker->futile_turn_count + 1;
    worker->has_progressed = false;
    if (worker->futile_turn_count < WORKER_FUTILE_TURNS_MAX)
        return 0;
    worker->futile_turn_count = WORKER_FUTILE_TURNS_MAX;
    int shut_count = connections_shut_unread(&worker->connections);
    if (shut_count > 0)
        log_write(LOG_DEBUG, "closed %d connections whose chunks have no end", shut_count);
    return WORKER_FUTILE_PAUSE_MS;
}

/* Waits until there is something to do. */
static void worker_sleep(struct worker *worker)
{
    MHD_UNSIGNED_LONG_LONG timeout_ms;
    int pause_ms = -1;
    if (worker->has_patient)
        return;
    if (MHD_get_timeout(worker->daemon, &timeout_ms) == MHD_YES && timeout_ms == 0) {
        pause_ms = worker_pause_ms(worker);
        if (pause_ms == 0)
            return;
    }
    int epoll = MHD_get_daemon_info(worker->daemon, MHD_DAEMON_INFO_EPOLL_FD)->epoll_fd;
    struct pollfd sources[] = {
        {.fd = epoll, .events = POLLIN},
        {.fd = worker->inbox.event, .events = POLLIN},
    };
    poll(sources, ARRAY_COUNT(sources), pause_ms);
}

static void *worker_run(void *context)
{
    struct worker *worker = context;
    while (worker_empty_inbox(worker)) {
        MHD_run(worker->daemon);
        worker_sleep(worker);
    }
    return NULL;
}

static void worker_release(struct worker *worker)
{
    if (worker->daemon)
        MHD_stop_daemon(worker->daemon);
    if (worker->inbox.event >= 0)
        close(worker->inbox.event);
    worker->calls->tidy(worker);
    connections_release(&worker->connections);
    free(worker->inbox.arrivals.descriptors);
    free(worker->arrivals.descriptors);
    pthread_mutex_destroy(&worker->inbox.mutex);
}

bool worker_start(struct worker *worker, const struct worker_calls *calls, struct app *app,
    struct pace *pace, struct worker_shared *shared, int index, int connections_max)
{
    *worker =
        (struct worker){.calls = calls, .app = app, .pace = pace, .shared = shared, .index = index};
    connections_init(&worker->connections);
    pthread_mutex_init(&worker->inbox.mutex, NULL);
    worker->inbox.event = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    worker->daemon = worker_start_daemon(worker, connections_max);
    if (worker->inbox.event < 0 || !worker->daemon ||
        pthread_create(&worker->thread, NULL, worker_run, worker) != 0) {
        worker_release(worker);
        return false;
    }
    return true;
}

void worker_stop(struct worker *worker)
{
    pthread_mutex_lock(&worker->inbox.mutex);
    worker->inbox.is_stopping = true;
    inbox_signal(&worker->inbox);
    pthread_mutex_unlock(&worker->inbox.mutex);
    pthread_join(worker->thread, NULL);
    worker_release(worker);
}
