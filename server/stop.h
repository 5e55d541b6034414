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

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>

/*
 * Blocks the signals; to be called before the process has a second thread. SIGHUP stays as it is if
 * the parent has it ignored, as nohup does.
 */
void stop_block_signals(void);
/*
 * Has all signals taken that somebody may send on purpose, those of job control excepted: for who
 * passes them on. After stop_block_signals, and before there is a thread that takes any.
 */
void stop_block_all_signals(void);
/* Lets them do to the calling thread what they do by default: for commands that serve nobody. */
void stop_unblock_signals(void);

/*
 * Starts the thread. When a signal has come and the time that stop_allow gave is over, it calls
 * `give_up` with `context`, which must end the process. False if the system gives no thread.
 */
bool stop_listen(void (*give_up)(void *context), void *context);

/*
 * From now on no signal asks for the end: `hear` is called for each instead, by the thread, and
 * must not call back. False, and no change, if the end was asked for already.
 */
bool stop_pass_on(void (*hear)(const siginfo_t *signal));

/* Asks for the end without a signal: what follows may take that long. */
void stop_begin(int64_t allowed_ns);

/*
 * How long the process may live on: from the signal on, or from now on if it has come. To be called
 * whenever what main is about to do takes another time than what it did before.
 */
void stop_allow(int64_t allowed_ns);

/* Whether the end was asked for. */
bool stop_is_asked(void);
/* By which signal; 0: by none. */
int stop_signal(void);
/* Waits for one. */
void stop_wait(void);

#endif
