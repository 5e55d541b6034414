/*
 * The processes below this one: its children, theirs, and so on, whatever session or process group
 * they have moved to. A process whose parent has ended would become a child of PID 1;
 * descendants_keep has it become one of this process.
 */
#ifndef SERVER_DESCENDANTS_H
#define SERVER_DESCENDANTS_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/timefmt.h"

/* How long they may take over SIGTERM, and then over SIGKILL. */
#define DESCENDANTS_GRACE_NS (2 * NS_PER_SECOND)
#define DESCENDANTS_KILL_NS (2 * NS_PER_SECOND)

/* From now on, orphans become children of this process. */
void descendants_keep(void);

/*
 * Ends all there are: SIGTERM once to each, and SIGKILL to those that live on after
 * DESCENDANTS_GRACE_NS, or as soon as `is_impatient`. Comes back when none is left. Those that
 * cannot be ended, being another user's, are left alone after DESCENDANTS_KILL_NS. The log says
 * what had to be done. Reaps every child of the process.
 */
void descendants_end(const atomic_bool *is_impatient);

#endif
