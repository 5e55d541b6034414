#include "server/http/acceptor.h"

#include <assert.h>
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/memory.h"
#include "base/timefmt.h"
#include "server/contract/limits.h"
#include "server/http/parking.h"
#include "server/http/preface.h"
#include "server/http/probe.h"

enum {
    ACCEPTOR_EVENTS_MAX = 64,
    /* Taken from one listener in a row, before the parked ones get their turn. */
    ACCEPTS_IN_A_ROW_MAX = 64,
    /* At a stop: that often in a row, which empties the longest queue that the kernel keeps. */
    ACCEPTOR_LAST_ROUNDS = 64,
    /* How often connections are looked after, while there are any. */
    ACCEPTOR_SWEEP_MS = 250,
    /* Freed bytes that are worth giving back to the system. */
    ACCEPTOR_TIDY_BYTES_MIN = 1024 * 1024,
    /* Out of descriptors, or over the limit: how long to leave new connections in the kernel's
     * queue before another try. */
    ACCEPTOR_PAUSE_MS = 100
};

/* A flood is over when nothing large was freed for so long. */
#define ACCEPTOR_TIDY_QUIET_NS (500 * NS_PER_MS)

/* The same advice again within this time helps nobody. */
#define ACCEPTOR_ADVICE_GAP_NS (10 * NS_PER_SECOND)

enum acceptor_advice { ADVICE_TLS, ADVICE_HTTP2, ADVICE_NO_DESCRIPTORS, ADVICE_FULL, ADVICE_COUNT };

static const char *const acceptor_advices[ADVICE_COUNT] = {
    [ADVICE_TLS] = "a client began with TLS, but this server speaks plain HTTP: give it an "
                   "http:// URL; Python's google-generativeai needs transport='rest' and "
                   "client_options={'api_endpoint': 'http://...'}",
    [ADVICE_HTTP2] = "a client began with HTTP/2 or gRPC, but this server speaks HTTP/1.1: use "
                     "transport='rest' in Python, fallback: true and protocol: 'http' in Node.js",
    [ADVICE_NO_DESCRIPTORS] = "out of file descriptors: new connections wait; raise the limit with "
                              "ulimit -n",
    [ADVICE_FULL] = "as many connections as are allowed are open: new ones wait",
};

/* What an epoll event is about. */
enum acceptor_source { SOURCE_STOP, SOURCE_LISTENER, SOURCE_PARKED };

/*
 * What a flood took goes back to the system once, when it is over: the workers free what they keep
 * for later requests, and after that the C library gives back what is free. Never under a load,
 * which would wait for it and need the memory anew.
 */
struct tidying {
    size_t done_bytes; /* of those that the workers have freed since the start */
    size_t seen_bytes; /* the same at the last look */
    int64_t seen_ns;   /* when that changed last */
    bool is_asked;     /* the workers were asked to free what they keep */
};

struct acceptor {
    pthread_t thread;
    int epoll;
    int stop_event;
    const struct listeners *listeners;
    struct worker *workers;
    int worker_count;
    int connections_max;
    bool is_stopping;
    bool is_paused; /* the listeners are not in the epoll set */
    int64_t pause_end_ns;
    int64_t sweep_due_ns;
    struct tidying tidying;
    int64_t advice_due_ns[ADVICE_COUNT];
    struct parking parking;
};

static void acceptor_advise(struct acceptor *acceptor, enum acceptor_advice advice)
{
    int64_t now_ns = clock_monotonic_ns();
    if (now_ns >= acceptor->advice_due_ns[advice]) {
        acceptor->advice_due_ns[advice] = now_ns + ACCEPTOR_ADVICE_GAP_NS;
        log_write_kind(LOG_WARNING, acceptor_advices[advice], "%s", acceptor_advices[advice]);
    }
}

static bool acceptor_watch(struct acceptor *acceptor, int descriptor, uint32_t events,
    enum acceptor_source source, int index)
{
    struct epoll_event event = {
        .events = events,
        .data.u64 = (uint64_t)source << 32 | (uint32_t)index,
    };
    /* A listener may be there from a try that failed at the next one. */
    return epoll_ctl(acceptor->epoll, EPOLL_CTL_ADD, descriptor, &event) == 0 || errno == EEXIST;
}

static void acceptor_forget(struct acceptor *acceptor, int descriptor)
{
    epoll_ctl(acceptor->epoll, EPOLL_CTL_DEL, descriptor, NULL);
}

static bool acceptor_watch_listeners(struct acceptor *acceptor)
{
    for (int i = 0; i < acceptor->listeners->count; i++)
        if (!acceptor_watch(acceptor, acceptor->listeners->sockets[i], EPOLLIN, SOURCE_LISTENER, i))
            return false;
    acceptor->is_paused = false;
    return true;
}

static void acceptor_pause(struct acceptor *acceptor, enum acceptor_advice reason)
{
    acceptor_advise(acceptor, reason);
    for (int i = 0; i < acceptor->listeners->count; i++)
        acceptor_forget(acceptor, acceptor->listeners->sockets[i]);
    acceptor->is_paused = true;
    acceptor->pause_end_ns = clock_monotonic_ns() + ACCEPTOR_PAUSE_MS * NS_PER_MS;
}

/* All that are open, parked or with a worker. */
static int acceptor_connection_count(const struct acceptor *acceptor)
{
    int count = acceptor->parking.count;
    for (int i = 0; i < acceptor->worker_count; i++)
        count += atomic_load_explicit(&acceptor->workers[i].connection_count, memory_order_relaxed);
    return count;
}

static struct worker *acceptor_least_busy(struct acceptor *acceptor)
{
    struct worker *least = &acceptor->workers[0];
    for (int i = 1; i < acceptor->worker_count; i++)
        if (atomic_load(&acceptor->workers[i].connection_count) <
            atomic_load(&least->connection_count))
            least = &acceptor->workers[i];
    return least;
}

/* What is to become of a connection. */
enum acceptor_fate {
    FATE_OPEN,   /* not enough has come to tell */
    FATE_WORKER, /* also one that broke: the worker closes it */
    FATE_PROBE,
    FATE_TLS,
    FATE_HTTP2
};

/* Reads nothing, only looks. */
static enum acceptor_fate acceptor_peek(int descriptor)
{
    char bytes[PROBE_HEAD_BYTES_MAX];
    ssize_t received = recv(descriptor, bytes, sizeof(bytes), MSG_PEEK | MSG_DONTWAIT);
    if (received < 0)
        return errno == EAGAIN || errno == EINTR ? FATE_OPEN : FATE_WORKER;
    if (received == 0)
        return FATE_WORKER;
    struct text first_bytes = {bytes, (size_t)received};
    switch (preface_classify(first_bytes)) {
    case PREFACE_TLS:
        return FATE_TLS;
    case PREFACE_HTTP2:
        return FATE_HTTP2;
    case PREFACE_UNCLEAR:
        return FATE_OPEN;
    case PREFACE_HTTP:
        break;
    }
    struct request request;
    static const enum acceptor_fate fates[] = {
        [PROBE_NONE] = FATE_WORKER,
        [PROBE_UNFINISHED] = FATE_OPEN,
        [PROBE_WHOLE] = FATE_PROBE,
    };
    return fates[probe_read(first_bytes, &request)];
}

static void acceptor_close_connection(struct acceptor *acceptor, int descriptor)
{
    close(descriptor);
    atomic_fetch_sub(&acceptor->workers->app->connection_count, 1);
}

/* Closes. What the client has sent is read first: with bytes unread the connection would be reset,
 * which looks like a server that is not there. */
static void acceptor_turn_away(struct acceptor *acceptor, int descriptor)
{
    char unread[4096];
    ssize_t received = recv(descriptor, unread, sizeof(unread), MSG_DONTWAIT);
    /* Whether there was more, or the client is gone, makes no difference. */
    (void)received;
    acceptor_close_connection(acceptor, descriptor);
}

/* Does what the first bytes ask for, and closes a connection of which nothing is known; the
 * descriptor is not watched any more. */
static void acceptor_hand_over(struct acceptor *acceptor, int descriptor, enum acceptor_fate fate)
{
    switch (fate) {
    case FATE_OPEN:
        acceptor_close_connection(acceptor, descriptor);
        return;
    case FATE_PROBE:
        if (!probe_serve(acceptor->workers->app, descriptor))
            break;
        acceptor_close_connection(acceptor, descriptor);
        return;
    case FATE_WORKER:
        break;
    case FATE_TLS:
    case FATE_HTTP2:
        acceptor_advise(acceptor, fate == FATE_TLS ? ADVICE_TLS : ADVICE_HTTP2);
        acceptor_turn_away(acceptor, descriptor);
        return;
    }
    worker_add_connection(acceptor_least_busy(acceptor), descriptor);
}

static void acceptor_unpark(struct acceptor *acceptor, int place, enum acceptor_fate fate)
{
    int descriptor = parking_remove(&acceptor->parking, place);
    acceptor_forget(acceptor, descriptor);
    acceptor_hand_over(acceptor, descriptor, fate);
}

/* The oldest has to go, before its time is over: if it has begun with a request, to a worker. */
static void acceptor_hurry_oldest(struct acceptor *acceptor)
{
    int place = acceptor->parking.oldest;
    int descriptor = acceptor->parking.places[place].descriptor;
    enum acceptor_fate fate = acceptor_peek(descriptor);
    char byte;
    if (fate == FATE_OPEN && recv(descriptor, &byte, 1, MSG_PEEK | MSG_DONTWAIT) > 0)
        fate = FATE_WORKER;
    acceptor_unpark(acceptor, place, fate);
}

static void acceptor_park(struct acceptor *acceptor, int descriptor)
{
    if (acceptor->parking.count == PARKING_PLACES_MAX)
        acceptor_hurry_oldest(acceptor);
    int64_t deadline_ns = clock_monotonic_ns() + FIRST_BYTE_SECONDS * NS_PER_SECOND;
    int place = parking_add(&acceptor->parking, descriptor, deadline_ns);
    /* Edge-triggered, since bytes that do not suffice stay where they are. */
    if (!acceptor_watch(acceptor, descriptor, EPOLLIN | EPOLLRDHUP | EPOLLET, SOURCE_PARKED, place))
        acceptor_unpark(acceptor, place, FATE_OPEN);
}

static bool acceptor_is_out_of_resources(int error)
{
    return error == EMFILE || error == ENFILE || error == ENOBUFS || error == ENOMEM;
}

/* Takes some of those that wait; false if it took the last. */
static bool acceptor_accept(struct acceptor *acceptor, int listener)
{
    for (int i = 0; i < ACCEPTS_IN_A_ROW_MAX; i++) {
        if (acceptor_connection_count(acceptor) >= acceptor->connections_max) {
            acceptor_pause(acceptor, ADVICE_FULL);
            return true;
        }
        int descriptor = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (descriptor < 0) {
            bool is_empty = errno == EAGAIN;
            if (acceptor_is_out_of_resources(errno))
                acceptor_pause(acceptor, ADVICE_NO_DESCRIPTORS);
            /* Everything else is no more than a connection that is not there any more. */
            return !is_empty;
        }
        atomic_fetch_add(&acceptor->workers->app->connection_count, 1);
        enum acceptor_fate fate = acceptor_peek(descriptor);
        if (fate == FATE_OPEN)
            acceptor_park(acceptor, descriptor);
        else
            acceptor_hand_over(acceptor, descriptor, fate);
    }
    return true;
}

static void acceptor_handle(struct acceptor *acceptor, const struct epoll_event *event)
{
    int index = (int)(uint32_t)event->data.u64;
    switch ((enum acceptor_source)(event->data.u64 >> 32)) {
    case SOURCE_STOP:
        acceptor->is_stopping = true;
        return;
    case SOURCE_LISTENER:
        if (!acceptor->is_paused)
            acceptor_accept(acceptor, acceptor->listeners->sockets[index]);
        return;
    case SOURCE_PARKED: {
        enum acceptor_fate fate = acceptor_peek(acceptor->parking.places[index].descriptor);
        if (fate == FATE_OPEN && event->events & EPOLLRDHUP)
            fate = FATE_WORKER; /* which knows what to do with a piece of a request */
        if (fate != FATE_OPEN)
            acceptor_unpark(acceptor, index, fate);
        return;
    }
    }
}

static size_t acceptor_freed_bytes(const struct acceptor *acceptor)
{
    size_t bytes = 0;
    for (int i = 0; i < acceptor->worker_count; i++)
        bytes += atomic_load_explicit(&acceptor->workers[i].freed_bytes, memory_order_relaxed);
    return bytes;
}

static bool acceptor_is_tidying(const struct acceptor *acceptor)
{
    return acceptor->tidying.is_asked ||
           acceptor_freed_bytes(acceptor) - acceptor->tidying.done_bytes >= ACCEPTOR_TIDY_BYTES_MIN;
}

/* Takes the next step, if it is time for it. The steps are a sweep apart. */
static void acceptor_tidy(struct acceptor *acceptor, int64_t now_ns)
{
    struct tidying *tidying = &acceptor->tidying;
    size_t freed_bytes = acceptor_freed_bytes(acceptor);
    if (freed_bytes != tidying->seen_bytes) {
        tidying->seen_bytes = freed_bytes;
        tidying->seen_ns = now_ns;
    }
    if (!acceptor_is_tidying(acceptor) || now_ns - tidying->seen_ns < ACCEPTOR_TIDY_QUIET_NS)
        return;
    if (tidying->is_asked) {
        memory_give_back();
        tidying->done_bytes = freed_bytes;
    } else {
        for (int i = 0; i < acceptor->worker_count; i++)
            worker_tidy(&acceptor->workers[i]);
    }
    tidying->is_asked = !tidying->is_asked;
}

static void acceptor_sweep(struct acceptor *acceptor, int64_t now_ns)
{
    struct parking *parking = &acceptor->parking;
    while (parking->oldest != PARKING_NO_PLACE &&
           parking->places[parking->oldest].deadline_ns < now_ns)
        acceptor_unpark(acceptor, parking->oldest, FATE_OPEN);
    for (int i = 0; i < acceptor->worker_count; i++)
        connections_sweep(&acceptor->workers[i].connections, now_ns);
    acceptor_tidy(acceptor, now_ns);
    acceptor->sweep_due_ns = now_ns + ACCEPTOR_SWEEP_MS * NS_PER_MS;
}

static int acceptor_timeout_ms(const struct acceptor *acceptor)
{
    if (acceptor->is_paused)
        return ACCEPTOR_PAUSE_MS;
    bool has_work = acceptor_connection_count(acceptor) > 0 || acceptor_is_tidying(acceptor);
    return has_work ? ACCEPTOR_SWEEP_MS : -1;
}

static void *acceptor_run(void *context)
{
    struct acceptor *acceptor = context;
    struct epoll_event events[ACCEPTOR_EVENTS_MAX];
    while (!acceptor->is_stopping) {
        int count =
            epoll_wait(acceptor->epoll, events, ACCEPTOR_EVENTS_MAX, acceptor_timeout_ms(acceptor));
        for (int i = 0; i < count; i++)
            acceptor_handle(acceptor, &events[i]);
        int64_t now_ns = clock_monotonic_ns();
        if (now_ns >= acceptor->sweep_due_ns)
            acceptor_sweep(acceptor, now_ns);
        /* Whatever goes on meanwhile with those that are parked. */
        if (acceptor->is_paused && now_ns >= acceptor->pause_end_ns)
            acceptor_watch_listeners(acceptor);
    }
    return NULL;
}

static bool acceptor_open(struct acceptor *acceptor)
{
    acceptor->epoll = epoll_create1(EPOLL_CLOEXEC);
    acceptor->stop_event = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    return acceptor->epoll >= 0 && acceptor->stop_event >= 0 &&
           acceptor_watch(acceptor, acceptor->stop_event, EPOLLIN, SOURCE_STOP, 0) &&
           acceptor_watch_listeners(acceptor) &&
           pthread_create(&acceptor->thread, NULL, acceptor_run, acceptor) == 0;
}

static void acceptor_close(struct acceptor *acceptor)
{
    if (acceptor->epoll >= 0)
        close(acceptor->epoll);
    if (acceptor->stop_event >= 0)
        close(acceptor->stop_event);
    free(acceptor);
}

struct acceptor *acceptor_start(const struct listeners *listeners, struct worker *workers,
    int worker_count, int connections_max)
{
    struct acceptor *acceptor = memory_alloc_zeroed(1, sizeof(*acceptor));
    acceptor->listeners = listeners;
    acceptor->workers = workers;
    acceptor->worker_count = worker_count;
    acceptor->connections_max = connections_max;
    parking_init(&acceptor->parking);
    if (!acceptor_open(acceptor)) {
        acceptor_close(acceptor);
        return NULL;
    }
    return acceptor;
}

/* Clients that wait in the kernel's queue may have sent a request already; closing the listener
 * would reset them. */
static void acceptor_empty_queue(struct acceptor *acceptor)
{
    for (int i = 0; i < acceptor->listeners->count; i++) {
        bool is_more = true;
        for (int round = 0; round < ACCEPTOR_LAST_ROUNDS && is_more && !acceptor->is_paused;
             round++)
            is_more = acceptor_accept(acceptor, acceptor->listeners->sockets[i]);
    }
}

void acceptor_stop(struct acceptor *acceptor)
{
    uint64_t one = 1;
    ssize_t written = write(acceptor->stop_event, &one, sizeof(one));
    assert(written == sizeof(one));
    pthread_join(acceptor->thread, NULL);
    acceptor_empty_queue(acceptor);
    while (acceptor->parking.oldest != PARKING_NO_PLACE)
        acceptor_hurry_oldest(acceptor);
    acceptor_close(acceptor);
}
