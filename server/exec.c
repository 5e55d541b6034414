#include "server/exec.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/array.h"
#include "base/log.h"
#include "base/memory.h"
#include "server/descendants.h"
#include "server/group_witness.h"
#include "server/stop.h"

static struct {
    struct rlimit open_files; /* before the server raises it */
    pthread_mutex_t mutex;    /* guards what is below */
    struct group_witness witness;
    pid_t child; /* 0: not yet, or not any more */
    bool has_ended;
    sigset_t early; /* signals from before there was a child */
    atomic_bool is_impatient;
} exec_state = {.mutex = PTHREAD_MUTEX_INITIALIZER};

/* Parents have these ignored on purpose: nohup, and shells for what is to run in the background. */
static const int exec_left_ignored[] = {SIGHUP, SIGINT, SIGQUIT};

void exec_prepare(void)
{
    getrlimit(RLIMIT_NOFILE, &exec_state.open_files);
    /* The terminal stops the command's whole group: a shell sees that, and wakes both, only if this
     * process stops, too. */
    signal(SIGTTOU, SIG_DFL);
    sigemptyset(&exec_state.early);
    descendants_keep();
    stop_block_all_signals();
}

/* --- signals ---------------------------------------------------------------------------------- */

/* Whether it asks for the end, as far as its sender knows. */
static bool exec_is_end(int signal_number)
{
    return signal_number == SIGTERM || signal_number == SIGINT || signal_number == SIGHUP ||
           signal_number == SIGQUIT;
}

/* A stopped process would not hear the end. */
static void exec_wake(int signal_number)
{
    if (exec_is_end(signal_number))
        kill(exec_state.child, SIGCONT);
}

/* Whoever sends to the whole group, the terminal for one, has sent it to the child, too. */
static bool exec_has_child_heard(int signal_number)
{
    bool has_group_heard = group_witness_saw(&exec_state.witness, signal_number);
    return has_group_heard && getpgid(exec_state.child) == getpgrp();
}

static void exec_hear(const siginfo_t *signal)
{
    int number = signal->si_signo;
    pthread_mutex_lock(&exec_state.mutex);
    if (exec_state.has_ended) {
        if (exec_is_end(number))
            atomic_store(&exec_state.is_impatient, true);
    } else if (exec_state.child == 0) {
        sigaddset(&exec_state.early, number);
    } else {
        if (!exec_has_child_heard(number))
            kill(exec_state.child, number);
        exec_wake(number);
    }
    pthread_mutex_unlock(&exec_state.mutex);
}

static void exec_set_child(pid_t child)
{
    pthread_mutex_lock(&exec_state.mutex);
    exec_state.child = child;
    for (int number = 1; number <= SIGRTMAX; number++)
        if (sigismember(&exec_state.early, number) == 1) {
            kill(child, number);
            exec_wake(number);
        }
    pthread_mutex_unlock(&exec_state.mutex);
}

/* --- in the child, where of a process with threads only the one that forked is left ----------- */

static void child_reset_signals(void)
{
    for (int number = 1; number <= SIGRTMAX; number++) {
        struct sigaction action;
        bool may_stay_ignored = false;
        for (size_t i = 0; i < ARRAY_COUNT(exec_left_ignored); i++)
            may_stay_ignored = may_stay_ignored || exec_left_ignored[i] == number;
        if (!may_stay_ignored && sigaction(number, NULL, &action) == 0 &&
            action.sa_handler == SIG_IGN)
            signal(number, SIG_DFL);
    }
    sigset_t none;
    sigemptyset(&none);
    pthread_sigmask(SIG_SETMASK, &none, NULL);
}

/* Calls only what is safe after a fork. Writes errno to `report` if the command cannot be run. */
_Noreturn static void child_become(char *const *command, char *const *through_shell,
    char *const *variables, pid_t parent, int report)
{
    /* Sent when the thread that forked ends: main's, and so the process. Lost where the command
     * changes its user, by sudo for one. */
    prctl(PR_SET_PDEATHSIG, SIGTERM);
    if (getppid() != parent)
        _exit(EXEC_NOT_RUNNABLE); /* it has ended before it could be seen */
    setrlimit(RLIMIT_NOFILE, &exec_state.open_files);
    child_reset_signals();
    execvpe(command[0], command, variables);
    /* A script whose first line names no program is the shell's. glibc has seen to that already;
     * musl leaves it to us. */
    if (errno == ENOEXEC)
        execve(through_shell[0], through_shell, variables);
    int error = errno;
    (void)!write(report, &error, sizeof(error));
    _exit(EXEC_NOT_FOUND);
}

/* The command as the shell finds and runs it. To be freed; borrows the words. */
static char **child_through_shell(char *const *command)
{
    static const char *const words[] = {"/bin/sh", "-c", "exec \"$0\" \"$@\""};
    size_t count = 0;
    while (command[count])
        count++;
    char **through_shell = memory_alloc_zeroed(ARRAY_COUNT(words) + count + 1, sizeof(char *));
    memcpy(through_shell, words, sizeof(words));
    memcpy(through_shell + ARRAY_COUNT(words), command, count * sizeof(*command));
    return through_shell;
}

/* --- start and end ---------------------------------------------------------------------------- */

/* The pid; -1 with errno if there is to be none. `ret_error` says why the command cannot be run,
 * and is 0 if it is running. */
static pid_t child_start(char *const *command, char *const *variables, int *ret_error)
{
    int report[2];
    pid_t parent = getpid();
    if (pipe2(report, O_CLOEXEC) != 0)
        return -1;
    char **through_shell = child_through_shell(command);
    pid_t child = fork();
    if (child == 0)
        child_become(command, through_shell, variables, parent, report[1]);
    int fork_error = errno;
    free(through_shell);
    close(report[1]);
    ssize_t len;
    do {
        len = child > 0 ? read(report[0], ret_error, sizeof(*ret_error)) : 0;
    } while (len < 0 && errno == EINTR);
    if (len != sizeof(*ret_error))
        *ret_error = 0;
    close(report[0]);
    errno = fork_error;
    return child;
}

/* The command alone holds stdin and stdout, so that its closing them is seen at their other end. */
static void exec_let_go(void)
{
    int nothing = open("/dev/null", O_RDWR | O_CLOEXEC);
    if (nothing < 0)
        nothing = open("/", O_PATH | O_CLOEXEC);
    if (nothing < 0)
        return;
    dup2(nothing, STDIN_FILENO);
    dup2(nothing, STDOUT_FILENO);
    close(nothing);
}

/* Waits until the child has ended; others that end meanwhile are reaped, too. Gives its status. */
static int child_wait(pid_t child)
{
    int status = 0;
    for (;;) {
        siginfo_t ended = {.si_pid = 0};
        int outcome = waitid(P_ALL, 0, &ended, WEXITED | WNOWAIT);
        assert(outcome == 0 || errno == EINTR);
        if (outcome != 0)
            continue;
        /* Reaped under the mutex: its number may be another's from then on. */
        pthread_mutex_lock(&exec_state.mutex);
        waitpid(ended.si_pid, &status, 0);
        if (ended.si_pid == child) {
            exec_state.child = 0;
            exec_state.has_ended = true;
            group_witness_stop(&exec_state.witness);
        }
        pthread_mutex_unlock(&exec_state.mutex);
        if (ended.si_pid == child)
            return status;
    }
}

static int exec_explain(const char *name, int error)
{
    bool is_missing = error == ENOENT || error == ENOTDIR;
    bool is_there = is_missing && strchr(name, '/') && access(name, F_OK) == 0;
    log_print("tunemock: exec: %s: %s", *name ? name : "\"\"",
        is_there     ? "what its first line names is not found"
        : is_missing ? "not found"
                     : strerror(error));
    return is_missing ? EXEC_NOT_FOUND : EXEC_NOT_RUNNABLE;
}

int exec_run(char *const *command, char *const *variables)
{
    if (!stop_pass_on(exec_hear))
        return EXEC_SIGNAL + stop_signal();
    int error;
    group_witness_start(&exec_state.witness);
    pid_t child = child_start(command, variables, &error);
    if (child < 0) {
        log_print("tunemock: exec: cannot start a process: %s", strerror(errno));
        group_witness_stop(&exec_state.witness);
        return -1;
    }
    exec_set_child(child);
    if (error == 0)
        exec_let_go();
    int status = child_wait(child);
    descendants_end(&exec_state.is_impatient);
    if (error != 0)
        return exec_explain(command[0], error);
    return WIFSIGNALED(status) ? EXEC_SIGNAL + WTERMSIG(status) : WEXITSTATUS(status);
}
