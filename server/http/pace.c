#include "server/http/pace.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/socket.h>

#include "base/clock.h"
#include "base/memory.h"
#include "base/timefmt.h"

/* libmicrohttpd searches the list of suspended connections at each waking: hence few of them. */
#define PACE_TICK_NS (10 * NS_PER_MS)
/* How often clients are looked at. */
#define PACE_PROBE_NS (5 * NS_PER_SECOND)
/*
 * A client that has closed its sending side may be gone or may only have said all it had to say;
 * nothing tells the two apart but an attempt to write. When this much of one wait has passed, it is
 * taken for gone: together with the probe interval, within 15 s.
 */
#define PACE_LEFT_NS (10 * NS_PER_SECOND)
/* Longer waits than anybody's patience are cut to this, which keeps sums in range. */
#define PACE_DELAY_MAX_NS (INT64_C(366) * 24 * 3600 * NS_PER_SECOND)

struct pace {
    pthread_t thread;
    pthread_mutex_t mutex; /* guards all below */
    pthread_cond_t wake;
    bool is_stopping;
    bool is_cutting[2];       /* by enum pace_kind */
    struct pace_timer **heap; /* binary; no timer is due before its parent, heap[(i - 1) / 2] */
    size_t count;
    size_t capacity;
    int64_t probe_due_ns;
};

static void pace_swap(struct pace *pace, size_t left, size_t right)
{
    struct pace_timer *timer = pace->heap[left];
    pace->heap[left] = pace->heap[right];
    pace->heap[right] = timer;
    pace->heap[left]->at = left;
    pace->heap[right]->at = right;
}

static void pace_sift_up(struct pace *pace, size_t at)
{
    while (at > 0 && pace->heap[at]->due_ns < pace->heap[(at - 1) / 2]->due_ns) {
        pace_swap(pace, at, (at - 1) / 2);
        at = (at - 1) / 2;
    }
}

static void pace_sift_down(struct pace *pace, size_t at)
{
    for (;;) {
        size_t least = at;
        for (size_t child = 2 * at + 1; child <= 2 * at + 2 && child < pace->count; child++)
            if (pace->heap[child]->due_ns < pace->heap[least]->due_ns)
                least = child;
        if (least == at)
            return;
        pace_swap(pace, at, least);
        at = least;
    }
}

static void pace_push(struct pace *pace, struct pace_timer *timer)
{
    if (pace->count == pace->capacity) {
        pace->capacity = pace->capacity > 0 ? 2 * pace->capacity : 64;
        pace->heap = memory_grow(pace->heap, pace->capacity * sizeof(struct pace_timer *));
    }
    timer->at = pace->count;
    timer->is_armed = true;
    pace->heap[pace->count] = timer;
    pace_sift_up(pace, pace->count++);
}

static void pace_remove(struct pace *pace, struct pace_timer *timer)
{
    size_t at = timer->at, last = --pace->count;
    timer->is_armed = false;
    if (at == last)
        return;
    pace->heap[at] = pace->heap[last];
    pace->heap[at]->at = at;
    pace_sift_down(pace, at);
    pace_sift_up(pace, at);
}

/* Makes a timer due at once. */
static void pace_cut(struct pace *pace, struct pace_timer *timer)
{
    timer->is_cut = true;
    timer->due_ns = 0;
    pace_sift_up(pace, timer->at);
}

static bool pace_has_client_left(const struct pace_timer *timer, int64_t now_ns)
{
    char byte;
    ssize_t received = recv(timer->descriptor, &byte, 1, MSG_PEEK | MSG_DONTWAIT);
    if (received < 0)
        return errno != EAGAIN && errno != EINTR;
    return received == 0 && now_ns - timer->armed_ns >= PACE_LEFT_NS;
}

/* Sifting up moves only timers that were looked at already, so that each is looked at once. */
static void pace_probe(struct pace *pace, int64_t now_ns)
{
    for (size_t i = 0; i < pace->count; i++)
        if (pace_has_client_left(pace->heap[i], now_ns))
            pace_cut(pace, pace->heap[i]);
    pace->probe_due_ns = now_ns + PACE_PROBE_NS;
}

/* Takes what is due off the heap, and gives those whose waits have ended by it as a list. */
static struct pace_timer *pace_take_due(struct pace *pace, int64_t now_ns)
{
    struct pace_timer *due = NULL;
    while (pace->count > 0 && pace->heap[0]->due_ns <= now_ns) {
        struct pace_timer *timer = pace->heap[0];
        pace_remove(pace, timer);
        if (!wait_end(timer->wait, timer->is_cut ? WAIT_CUT : WAIT_TIME))
            continue;
        timer->next = due;
        due = timer;
    }
    return due;
}

/* Without the mutex: a timer may be armed again before this returns. */
static void pace_fire(struct pace_timer *due)
{
    while (due) {
        struct pace_timer *timer = due;
        due = timer->next;
        wait_wake(timer->wait);
    }
}

/* Waits until something is due or has changed. The caller holds the mutex. */
static void pace_wait(struct pace *pace)
{
    if (pace->count == 0) {
        pthread_cond_wait(&pace->wake, &pace->mutex);
        return;
    }
    int64_t due_ns = pace->heap[0]->due_ns;
    due_ns = due_ns < pace->probe_due_ns ? due_ns : pace->probe_due_ns;
    clock_wait_until(&pace->wake, &pace->mutex, due_ns);
}

static void *pace_run(void *context)
{
    struct pace *pace = context;
    pthread_mutex_lock(&pace->mutex);
    while (!pace->is_stopping) {
        int64_t now_ns = clock_monotonic_ns();
        if (pace->count > 0 && now_ns >= pace->probe_due_ns)
            pace_probe(pace, now_ns);
        struct pace_timer *due = pace_take_due(pace, now_ns);
        if (due) {
            pthread_mutex_unlock(&pace->mutex);
            pace_fire(due);
            pthread_mutex_lock(&pace->mutex);
        } else {
            pace_wait(pace);
        }
    }
    pthread_mutex_unlock(&pace->mutex);
    return NULL;
}

struct pace *pace_start(void)
{
    struct pace *pace = memory_alloc_zeroed(1, sizeof(*pace));
    clock_init_condition(&pace->wake);
    pthread_mutex_init(&pace->mutex, NULL);
    if (pthread_create(&pace->thread, NULL, pace_run, pace) != 0) {
        pthread_mutex_destroy(&pace->mutex);
        pthread_cond_destroy(&pace->wake);
        free(pace);
        return NULL;
    }
    return pace;
}

void pace_stop(struct pace *pace)
{
    pthread_mutex_lock(&pace->mutex);
    pace->is_stopping = true;
    pthread_cond_signal(&pace->wake);
    pthread_mutex_unlock(&pace->mutex);
    pthread_join(pace->thread, NULL);
    pthread_mutex_destroy(&pace->mutex);
    pthread_cond_destroy(&pace->wake);
    free(pace->heap);
    free(pace);
}

void pace_arm(struct pace *pace, struct pace_timer *timer, int64_t delay_ns)
{
    int64_t now_ns = clock_monotonic_ns();
    int64_t due_ns = now_ns + (delay_ns < PACE_DELAY_MAX_NS ? delay_ns : PACE_DELAY_MAX_NS);
    pthread_mutex_lock(&pace->mutex);
    timer->armed_ns = now_ns;
    timer->is_cut = pace->is_cutting[timer->kind];
    timer->due_ns = timer->is_cut ? 0 : (due_ns / PACE_TICK_NS + 1) * PACE_TICK_NS;
    if (pace->count == 0)
        pace->probe_due_ns = now_ns + PACE_PROBE_NS;
    pace_push(pace, timer);
    if (pace->heap[0] == timer)
        pthread_cond_signal(&pace->wake);
    pthread_mutex_unlock(&pace->mutex);
}

void pace_disarm(struct pace *pace, struct pace_timer *timer)
{
    pthread_mutex_lock(&pace->mutex);
    if (timer->is_armed)
        pace_remove(pace, timer);
    pthread_mutex_unlock(&pace->mutex);
}

void pace_give_up(struct pace *pace, struct pace_timer *timer)
{
    pthread_mutex_lock(&pace->mutex);
    if (timer->is_armed)
        pace_cut(pace, timer);
    pthread_cond_signal(&pace->wake);
    pthread_mutex_unlock(&pace->mutex);
}

/* Sifting up moves only timers that were looked at already. */
static void pace_cut_kind(struct pace *pace, enum pace_kind kind)
{
    pthread_mutex_lock(&pace->mutex);
    pace->is_cutting[kind] = true;
    for (size_t i = 0; i < pace->count; i++)
        if (pace->heap[i]->kind == kind)
            pace_cut(pace, pace->heap[i]);
    pthread_cond_signal(&pace->wake);
    pthread_mutex_unlock(&pace->mutex);
}

void pace_cut_watches(struct pace *pace)
{
    pace_cut_kind(pace, PACE_WATCH);
}

void pace_cut_all(struct pace *pace)
{
    pace_cut_kind(pace, PACE_WATCH);
    pace_cut_kind(pace, PACE_ANSWER);
}
