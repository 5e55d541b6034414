#include "server/http/connections.h"

#include <assert.h>
#include <stdlib.h>
#include <sys/socket.h>

#include "base/memory.h"

void connections_init(struct connections *connections)
{
    pthread_mutex_init(&connections->mutex, NULL);
    connections->first = NULL;
}

void connections_release(struct connections *connections)
{
    assert(!connections->first);
    pthread_mutex_destroy(&connections->mutex);
}

struct http_connection *connections_add(
    struct connections *connections, int descriptor, int64_t deadline_ns)
{
    struct http_connection *connection = memory_alloc(sizeof(*connection));
    connection->descriptor = descriptor;
    atomic_init(&connection->deadline_ns, deadline_ns);
    atomic_init(&connection->is_unwatched, false);
    connection_set_receiving(connection, false);
    connection->is_silent = true;
    connection->previous = NULL;
    pthread_mutex_lock(&connections->mutex);
    connection->next = connections->first;
    if (connection->next)
        connection->next->previous = connection;
    connections->first = connection;
    pthread_mutex_unlock(&connections->mutex);
    return connection;
}

void connections_remove(struct connections *connections, struct http_connection *connection)
{
    pthread_mutex_lock(&connections->mutex);
    if (connection->previous)
        connection->previous->next = connection->next;
    else
        connections->first = connection->next;
    if (connection->next)
        connection->next->previous = connection->previous;
    pthread_mutex_unlock(&connections->mutex);
    free(connection);
}

/* Above 0: bytes wait to be read; 0: none will come any more; below: none have come. */
static ssize_t connection_peek(const struct http_connection *connection)
{
    char byte;
    return recv(connection->descriptor, &byte, 1, MSG_PEEK | MSG_DONTWAIT);
}

int connections_shut_unread(struct connections *connections)
{
    enum { LOOKS = 2 };
    int shut_count = 0;
    pthread_mutex_lock(&connections->mutex);
    for (struct http_connection *at = connections->first; at; at = at->next) {
        bool is_unread = at->is_receiving && connection_peek(at) > 0;
        at->unread_count = is_unread ? at->unread_count + 1 : 0;
        if (at->unread_count == LOOKS) {
            shutdown(at->descriptor, SHUT_RDWR);
            shut_count++;
        }
    }
    pthread_mutex_unlock(&connections->mutex);
    return shut_count;
}

bool connections_have_unread(struct connections *connections)
{
    bool have_unread = false;
    pthread_mutex_lock(&connections->mutex);
    for (struct http_connection *at = connections->first; at && !have_unread; at = at->next)
        have_unread = connection_peek(at) > 0;
    pthread_mutex_unlock(&connections->mutex);
    return have_unread;
}

static void connection_look_after(struct http_connection *connection, int64_t now_ns)
{
    if (atomic_load_explicit(&connection->deadline_ns, memory_order_relaxed) <= now_ns) {
        shutdown(connection->descriptor, SHUT_RDWR);
        return;
    }
    bool is_unwatched =
        atomic_exchange_explicit(&connection->is_unwatched, false, memory_order_relaxed);
    if (is_unwatched && connection_peek(connection) == 0) {
        /* Raises the event anew, and takes nothing from an answer that may be under way. */
        shutdown(connection->descriptor, SHUT_RD);
    }
}

void connections_sweep(struct connections *connections, int64_t now_ns)
{
    pthread_mutex_lock(&connections->mutex);
    for (struct http_connection *at = connections->first; at; at = at->next)
        connection_look_after(at, now_ns);
    pthread_mutex_unlock(&connections->mutex);
}
