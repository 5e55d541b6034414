/*
 * The accept thread: takes connections from the listeners, looks at their first bytes, and gives
 * each to the worker that has the fewest; probes it answers itself. It also looks after all
 * connections: see connections_sweep.
 */
#ifndef SERVER_HTTP_ACCEPTOR_H
#define SERVER_HTTP_ACCEPTOR_H

#include "server/http/listeners.h"
#include "server/http/worker.h"

struct acceptor;

/*
 * `listeners` and `workers` are borrowed until acceptor_stop. Over `connections_max`, new
 * connections wait in the kernel's queue. NULL if the system gives no descriptor or thread.
 */
struct acceptor *acceptor_start(const struct listeners *listeners, struct worker *workers,
    int worker_count, int connections_max);

/* Ends the thread, gives the workers what still waits to be accepted, and closes the connections
 * that have not said anything yet. */
void acceptor_stop(struct acceptor *acceptor);

#endif
