#include "server/stop.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <string.h>

#include "base/array.h"
#include "base/clock.h"
#include "base/log.h"

enum { STOP_WITHOUT_SIGNAL = -1 };

static struct {
    sigset_t signals;
    atomic_int asked_by;   /* the signal, or STOP_WITHOUT_SIGNAL; 0: nobody */
    pthread_mutex_t mutex; /* guards all below */
    pthread_cond_t change;
    void (*hear)(const siginfo_t *signal); /* instead of the end; NULL: none does */
    int64_t allowed_ns;
    int64_t end_ns; /* monotonic; once it is asked for */
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

/* Signals that nobody passes on: they cannot be caught, are the process's own fault or limit, mean
 * this process alone, or are the terminal's, which has sent them to the child, too. */
static const int stop_never_heard[] = {SIGABRT, SIGBUS, SIGCHLD, SIGCONT, SIGFPE, SIGILL, SIGKILL,
    SIGPIPE, SIGSEGV, SIGSTOP, SIGSYS, SIGTRAP, SIGTSTP, SIGTTIN, SIGTTOU, SIGURG, SIGXCPU,
    SIGXFSZ};

void stop_block_all_signals(void)
{
    bool has_hang_up = sigismember(&stop_state.signals, SIGHUP) == 1;
    sigfillset(&stop_state.signals);
    for (size_t i = 0; i < ARRAY_COUNT(stop_never_heard); i++)
        sigdelset(&stop_state.signals, stop_never_heard[i]);
    if (!has_hang_up)
        sigdelset(&stop_state.signals, SIGHUP);
    pthread_sigmask(SIG_BLOCK, &stop_state.signals, NULL);
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

/* Once the end is asked for: sees to it that it comes. */
static void *stop_watch_end(void *unused)
{
    (void)unused;
    pthread_mutex_lock(&stop_state.mutex);
    while (clock_monotonic_ns() < stop_state.end_ns)
        clock_wait_until(&stop_state.change, &stop_state.mutex, stop_state.end_ns);
    pthread_mutex_unlock(&stop_state.mutex);
    stop_state.give_up(stop_state.context);
    return NULL;
}

/* False if it is to end nothing. */
static bool stop_take(const siginfo_t *signal)
{
    bool is_asking = false;
    pthread_mutex_lock(&stop_state.mutex);
    if (stop_state.hear) {
        stop_state.hear(signal);
    } else if (signal->si_signo != SIGWINCH) {
        is_asking = true;
        log_write(LOG_INFO, "stopping on %s", strsignal(signal->si_signo));
        atomic_store(&stop_state.asked_by, signal->si_signo);
        stop_set_end();
    }
    pthread_mutex_unlock(&stop_state.mutex);
    return is_asking;
}

static void *stop_run(void *unused)
{
    siginfo_t signal;
    while (sigwaitinfo(&stop_state.signals, &signal) < 0 || !stop_take(&signal)) {
    }
    return stop_watch_end(unused);
}

static bool stop_start_thread(void *(*run)(void *unused))
{
    pthread_t thread;
    if (pthread_create(&thread, NULL, run, NULL) != 0)
        return false;
    pthread_detach(thread);
    return true;
}

bool stop_listen(void (*give_up)(void *context), void *context)
{
    stop_state.give_up = give_up;
    stop_state.context = context;
    clock_init_condition(&stop_state.change);
    return stop_start_thread(stop_run);
}

bool stop_pass_on(void (*hear)(const siginfo_t *signal))
{
    pthread_mutex_lock(&stop_state.mutex);
    bool is_asked = stop_is_asked();
    if (!is_asked)
        stop_state.hear = hear;
    pthread_mutex_unlock(&stop_state.mutex);
    return !is_asked;
}

void stop_begin(int64_t allowed_ns)
{
    pthread_mutex_lock(&stop_state.mutex);
    bool was_asked = stop_is_asked();
    stop_state.allowed_ns = allowed_ns;
    if (!was_asked)
        atomic_store(&stop_state.asked_by, STOP_WITHOUT_SIGNAL);
    stop_set_end();
    pthread_mutex_unlock(&stop_state.mutex);
    /* Without the thread the end may take longer than it should. */
    if (!was_asked)
        stop_start_thread(stop_watch_end);
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
    return atomic_load(&stop_state.asked_by) != 0;
}

int stop_signal(void)
{
    int asked_by = atomic_load(&stop_state.asked_by);
    return asked_by > 0 ? asked_by : 0;
}

void stop_wait(void)
{
    pthread_mutex_lock(&stop_state.mutex);
    while (!stop_is_asked())
        pthread_cond_wait(&stop_state.change, &stop_state.mutex);
    pthread_mutex_unlock(&stop_state.mutex);
}
