#include "server/stop.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"

static struct {
    sigset_t signals;
    atomic_bool is_asked;
    pthread_mutex_t mutex; /* guards all below */
    pthread_cond_t change;
    int64_t allowed_ns;
    int64_t end_ns; /* monotonic; once is_asked */
    void (*give_up)(void *context);
    void *context;
} stop_state = {.mutex = PTHREAD_MUTEX_INITIALIZER};

void stop_block_signals(void)
{
    struct sigaction hang_up;
    sigset_t *signals = &stop_state.signals;
    sigemptyset(signals);
    sigaddset(signals, SIGINT);
    sigaddset(signals, SIGTERM);
    if (sigaction(SIGHUP, NULL, &hang_up) != 0 || hang_up.sa_handler != SIG_IGN)
        sigaddset(signals, SIGHUP);
    pthread_sigmask(SIG_BLOCK, signals, NULL);
}

void stop_unblock_signals(void)
{
    pthread_sigmask(SIG_UNBLOCK, &stop_state.signals, NULL);
}

/* The caller holds the mutex. */
static void stop_set_end(void)
{
    stop_state.end_ns = clock_monotonic_ns() + stop_state.allowed_ns;
    pthread_cond_broadcast(&stop_state.change);
}

static void *stop_run(void *unused)
{
    (void)unused;
    int signal_number;
    sigwait(&stop_state.signals, &signal_number);
    log_write(LOG_INFO, "stopping on %s", strsignal(signal_number));
    pthread_mutex_lock(&stop_state.mutex);
    atomic_store(&stop_state.is_asked, true);
    stop_set_end();
    while (clock_monotonic_ns() < stop_state.end_ns)
        clock_wait_until(&stop_state.change, &stop_state.mutex, stop_state.end_ns);
    pthread_mutex_unlock(&stop_state.mutex);
    stop_state.give_up(stop_state.context);
    return NULL;
}

bool stop_listen(void (*give_up)(void *context), void *context)
{
    stop_state.give_up = give_up;
    stop_state.context = context;
    clock_init_condition(&stop_state.change);
    pthread_t thread;
    if (pthread_create(&thread, NULL, stop_run, NULL) != 0)
        return false;
    pthread_detach(thread);
    return true;
}

void stop_allow(int64_t allowed_ns)
{
    pthread_mutex_lock(&stop_state.mutex);
    stop_state.allowed_ns = allowed_ns;
    if (stop_is_asked())
        stop_set_end();
    pthread_mutex_unlock(&stop_state.mutex);
}

bool stop_is_asked(void)
{
    return atomic_load(&stop_state.is_asked);
}

void stop_wait(void)
{
    pthread_mutex_lock(&stop_state.mutex);
    while (!stop_is_asked())
        pthread_cond_wait(&stop_state.change, &stop_state.mutex);
    pthread_mutex_unlock(&stop_state.mutex);
}
