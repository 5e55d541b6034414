#include "server/group_witness.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

/* /proc/PID/status has some 1,500 bytes; the masks are in the last third. */
enum { WITNESS_STATUS_BYTES = 4096 };

/* Calls only what is safe after a fork. */
_Noreturn static void witness_be(pid_t parent)
{
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    prctl(PR_SET_NAME, "tunemock-group");
    /* Else it would keep the ends of other people's pipes. */
    syscall(SYS_close_range, 0U, ~0U, 0U);
    while (getppid() == parent)
        pause();
    _exit(0);
}

void group_witness_start(struct group_witness *witness)
{
    pid_t parent = getpid();
    pid_t pid = fork();
    if (pid == 0)
        witness_be(parent);
    *witness = (struct group_witness){.pid = pid > 0 ? pid : 0};
}

void group_witness_stop(struct group_witness *witness)
{
    if (witness->pid == 0)
        return;
    kill(witness->pid, SIGKILL);
    while (waitpid(witness->pid, NULL, 0) < 0 && errno == EINTR) {
    }
    witness->pid = 0;
}

/* The signals that wait for it, bit N - 1 for signal N. */
static uint64_t witness_pending(const struct group_witness *witness)
{
    static const char label[] = "\nShdPnd:";
    char path[32], status[WITNESS_STATUS_BYTES];
    snprintf(path, sizeof(path), "/proc/%d/status", (int)witness->pid);
    int descriptor = open(path, O_RDONLY | O_CLOEXEC);
    if (descriptor < 0)
        return 0;
    ssize_t len = read(descriptor, status, sizeof(status) - 1);
    close(descriptor);
    status[len > 0 ? len : 0] = '\0';
    const char *mask = strstr(status, label);
    return mask ? strtoull(mask + sizeof(label) - 1, NULL, 16) : 0;
}

/*
 * What is pending cannot be taken back, so another one begins afresh. What the old one was sent
 * before the new one was there is carried over, `known` apart.
 */
static void witness_replace(struct group_witness *witness, uint64_t known)
{
    struct group_witness old = *witness;
    group_witness_start(witness);
    uint64_t seen = witness_pending(&old);
    /* Read later: has all that both were sent. */
    uint64_t seen_again = witness_pending(witness);
    witness->carried = (old.carried | seen) & ~seen_again & ~known;
    group_witness_stop(&old);
}

bool group_witness_saw(struct group_witness *witness, int signal_number)
{
    uint64_t signal = UINT64_C(1) << (signal_number - 1);
    if (witness->pid == 0)
        return false;
    if (witness->carried & signal) {
        witness->carried &= ~signal;
        return true;
    }
    if (!(witness_pending(witness) & signal))
        return false;
    witness_replace(witness, signal);
    return true;
}
