/*
 * tunemock exec: runs a command beside the server. The command has the terminal, stdin and stdout
 * to itself, stays in the process group that it was started in (so that Ctrl-C, Ctrl-Z and fg do
 * what they do without tunemock), and hears every signal that this process is sent.
 *
 * A process has one command, as it has one set of signals (an exception to "no globals").
 */
#ifndef SERVER_EXEC_H
#define SERVER_EXEC_H

/* What a shell answers for a command that it cannot run, and for one that a signal has ended. */
enum { EXEC_NOT_RUNNABLE = 126, EXEC_NOT_FOUND = 127, EXEC_SIGNAL = 128 };

/*
 * Before the server starts: looks at what the command is to get as this process got it, has
 * processes that lose their parent become ours, and has all signals taken.
 */
void exec_prepare(void);

/*
 * Starts the command, found along PATH, with these variables, and waits for its end. It is not
 * passed through a shell; a file that is neither a program nor has a first line naming one is read
 * by /bin/sh, as everywhere. It has an empty signal mask, and the default is done on every signal
 * but SIGHUP, SIGINT and SIGQUIT where our parent has these ignored. Should this process be killed,
 * the command gets SIGTERM. What it leaves running is ended (descendants.h).
 *
 * stop_listen must have been called. Gives the exit code: the command's, EXEC_SIGNAL + N if signal
 * N ended it, EXEC_NOT_FOUND or EXEC_NOT_RUNNABLE, after a word on stderr; -1, also said there, if
 * the system gives no process. Nothing is started, and EXEC_SIGNAL + N given, if signal N has asked
 * for the end already.
 */
int exec_run(char *const *command, char *const *variables);

#endif
