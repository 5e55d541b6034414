/*
 * Tells a signal that was sent to the whole process group, by a key at the terminal, by `timeout`
 * or `kill -- -PID`, from one that was sent to this process alone: the kernel says neither. The
 * witness is a child of ours in the group that does nothing and holds nothing, and with which
 * signals stay pending: what it was sent, the others of the group were sent, too.
 */
#ifndef SERVER_GROUP_WITNESS_H
#define SERVER_GROUP_WITNESS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct group_witness {
    pid_t pid;        /* 0: none */
    uint64_t carried; /* what those before it have seen, and nobody has asked about */
};

/* The caller has all signals blocked that it will ask about. Where the system gives no process
 * there is no witness, and it has seen nothing. */
void group_witness_start(struct group_witness *witness);
void group_witness_stop(struct group_witness *witness);

/*
 * Whether the group was sent this signal, which we have heard: the kernel serves those that joined
 * a group last first, so the witness has it by then. Each is seen once.
 */
bool group_witness_saw(struct group_witness *witness, int signal_number);

#endif
