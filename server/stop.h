/*
 * How the process hears that it is to end: by SIGINT, SIGTERM or SIGHUP, at any moment. A thread of
 * its own takes them, so that it does not matter what main is doing: it may be in the middle of a
 * seed, or wait for a name server. The same thread sees to it that the process does end, should
 * what main does then take longer than it may. Further signals change nothing: the end has a bound
 * already, and terminals and parents often send two at once.
 *
 * There is one stop per process, as there are its signals (an exception to "no globals").
 */
#ifndef SERVER_STOP_H
#define SERVER_STOP_H

#include <stdbool.h>
#include <stdint.h>

/*
 * Blocks the signals; to be called before the process has a second thread. SIGHUP stays as it is if
 * the parent has it ignored, as nohup does.
 */
void stop_block_signals(void);
/* Lets them do to the calling thread what they do by default: for commands that serve nobody. */
void stop_unblock_signals(void);

/*
 * Starts the thread. When a signal has come and the time that stop_allow gave is over, it calls
 * `give_up` with `context`, which must end the process. False if the system gives no thread.
 */
bool stop_listen(void (*give_up)(void *context), void *context);

/*
 * How long the process may live on: from the signal on, or from now on if it has come. To be called
 * whenever what main is about to do takes another time than what it did before.
 */
void stop_allow(int64_t allowed_ns);

/* Whether a signal has come. */
bool stop_is_asked(void);
/* Waits for one. */
void stop_wait(void);

#endif
