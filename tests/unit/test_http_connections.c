#include "tests/lib/unit.h"

#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

#include "server/http/connections.h"

/* One connection of a registry, and the client at its other end. */
struct pair {
    struct connections connections;
    struct http_connection *connection;
    int client;
    int server;
};

static struct pair *pair_open(int64_t deadline_ns)
{
    struct pair *pair = malloc(sizeof(*pair));
    assert_non_null(pair);
    int sockets[2];
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, sockets), 0);
    pair->client = sockets[0];
    pair->server = sockets[1];
    connections_init(&pair->connections);
    pair->connection = connections_add(&pair->connections, pair->server, deadline_ns);
    return pair;
}

static void pair_close(struct pair *pair)
{
    connections_remove(&pair->connections, pair->connection);
    connections_release(&pair->connections);
    close(pair->client);
    close(pair->server);
    free(pair);
}

/* What the client reads: 0 is the end of the stream, -1 that it goes on. */
static ssize_t pair_client_reads(const struct pair *pair)
{
    char byte;
    return recv(pair->client, &byte, 1, MSG_DONTWAIT);
}

static void a_connection_is_shut_down_when_its_deadline_has_passed(void **state)
{
    (void)state;
    struct pair *pair = pair_open(1000);
    connections_sweep(&pair->connections, 999);
    assert_int_equal(pair_client_reads(pair), -1);
    connection_set_deadline(pair->connection, 2000);
    connections_sweep(&pair->connections, 1999);
    assert_int_equal(pair_client_reads(pair), -1);
    connections_sweep(&pair->connections, 2000);
    assert_int_equal(pair_client_reads(pair), 0);
    pair_close(pair);
}

static void without_a_deadline_only_the_last_sweep_ends_it(void **state)
{
    (void)state;
    struct pair *pair = pair_open(CONNECTION_NO_DEADLINE);
    connections_sweep(&pair->connections, CONNECTION_NO_DEADLINE - 1);
    assert_int_equal(pair_client_reads(pair), -1);
    connections_sweep(&pair->connections, CONNECTION_NO_DEADLINE);
    assert_int_equal(pair_client_reads(pair), 0);
    pair_close(pair);
}

static void a_client_that_has_closed_its_side_can_still_be_answered(void **state)
{
    (void)state;
    struct pair *pair = pair_open(CONNECTION_NO_DEADLINE);
    shutdown(pair->client, SHUT_WR);
    connection_set_unwatched(pair->connection);
    connections_sweep(&pair->connections, 0);
    assert_int_equal(send(pair->server, "x", 1, MSG_NOSIGNAL), 1);
    assert_int_equal(pair_client_reads(pair), 1);
    pair_close(pair);
}

static void looking_at_a_connection_takes_nothing_from_it(void **state)
{
    (void)state;
    struct pair *pair = pair_open(CONNECTION_NO_DEADLINE);
    assert_int_equal(send(pair->client, "x", 1, 0), 1);
    connection_set_unwatched(pair->connection);
    connections_sweep(&pair->connections, 0);
    char byte;
    assert_int_equal(recv(pair->server, &byte, 1, MSG_DONTWAIT), 1);
    assert_int_equal(recv(pair->server, &byte, 1, MSG_DONTWAIT), -1);
    assert_int_equal(errno, EAGAIN);
    pair_close(pair);
}

static void a_connection_whose_body_nobody_reads_is_shut_down_at_the_second_look(void **state)
{
    (void)state;
    struct pair *pair = pair_open(CONNECTION_NO_DEADLINE);
    assert_int_equal(send(pair->client, "x", 1, 0), 1);
    connection_set_receiving(pair->connection, true);
    assert_int_equal(connections_shut_unread(&pair->connections), 0);
    /* A part came in between, so that it starts anew. */
    connection_set_receiving(pair->connection, true);
    assert_int_equal(connections_shut_unread(&pair->connections), 0);
    assert_int_equal(pair_client_reads(pair), -1);
    assert_int_equal(connections_shut_unread(&pair->connections), 1);
    assert_int_equal(pair_client_reads(pair), 0);
    assert_int_equal(connections_shut_unread(&pair->connections), 0);
    pair_close(pair);
}

static void who_has_sent_nothing_or_waits_for_an_answer_is_left_alone(void **state)
{
    (void)state;
    struct pair *pair = pair_open(CONNECTION_NO_DEADLINE);
    connection_set_receiving(pair->connection, true);
    for (int look = 0; look < 3; look++)
        assert_int_equal(connections_shut_unread(&pair->connections), 0);
    assert_int_equal(send(pair->client, "x", 1, 0), 1);
    assert_int_equal(connections_shut_unread(&pair->connections), 0);
    connection_set_receiving(pair->connection, false);
    for (int look = 0; look < 3; look++)
        assert_int_equal(connections_shut_unread(&pair->connections), 0);
    assert_int_equal(pair_client_reads(pair), -1);
    pair_close(pair);
}

static void connections_may_leave_in_any_order(void **state)
{
    (void)state;
    static const int orders[][3] = {
        {0, 1, 2}, {0, 2, 1}, {1, 0, 2}, {1, 2, 0}, {2, 0, 1}, {2, 1, 0}};
    for (size_t i = 0; i < ARRAY_COUNT(orders); i++) {
        struct connections connections;
        struct http_connection *each[3];
        connections_init(&connections);
        for (int at = 0; at < 3; at++)
            each[at] = connections_add(&connections, -1, CONNECTION_NO_DEADLINE);
        for (int left = 3; left > 0; left--) {
            int seen = 0;
            for (struct http_connection *at = connections.first; at; at = at->next)
                seen++;
            assert_int_equal(seen, left);
            connections_remove(&connections, each[orders[i][3 - left]]);
        }
        connections_release(&connections);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_connection_is_shut_down_when_its_deadline_has_passed),
        cmocka_unit_test(without_a_deadline_only_the_last_sweep_ends_it),
        cmocka_unit_test(a_client_that_has_closed_its_side_can_still_be_answered),
        cmocka_unit_test(looking_at_a_connection_takes_nothing_from_it),
        cmocka_unit_test(a_connection_whose_body_nobody_reads_is_shut_down_at_the_second_look),
        cmocka_unit_test(who_has_sent_nothing_or_waits_for_an_answer_is_left_alone),
        cmocka_unit_test(connections_may_leave_in_any_order),
    };
    return cmocka_run_group_tests_name("http/connections", tests, NULL, NULL);
}
