#include "server/http/listeners.h"

#include <arpa/inet.h>
#include <assert.h>
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/log.h"

enum {
    /* The kernel cuts this to net.core.somaxconn. */
    LISTEN_BACKLOG = 4096,
    /* With port 0 the second address takes the port that the first was given, which may be in use
     * there. */
    FREE_PORT_TRIES_MAX = 32
};

struct listen_address {
    union {
        struct sockaddr any;
        struct sockaddr_in ipv4;
        struct sockaddr_in6 ipv6;
    } socket;
    socklen_t len;
};

struct listen_addresses {
    struct listen_address items[LISTENERS_MAX];
    int count;
};

static void listen_address_set_port(struct listen_address *address, uint16_t port)
{
    if (address->socket.any.sa_family == AF_INET6)
        address->socket.ipv6.sin6_port = htons(port);
    else
        address->socket.ipv4.sin_port = htons(port);
}

static uint16_t listen_address_port(const struct listen_address *address)
{
    if (address->socket.any.sa_family == AF_INET6)
        return ntohs(address->socket.ipv6.sin6_port);
    return ntohs(address->socket.ipv4.sin_port);
}

static void listen_addresses_of_loopback(struct listen_addresses *addresses)
{
    addresses->count = 2;
    addresses->items[0] = (struct listen_address){
        .socket.ipv4 = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)},
        .len = sizeof(struct sockaddr_in),
    };
    addresses->items[1] = (struct listen_address){
        .socket.ipv6 = {.sin6_family = AF_INET6, .sin6_addr = IN6ADDR_LOOPBACK_INIT},
        .len = sizeof(struct sockaddr_in6),
    };
}

static void listen_addresses_add(struct listen_addresses *addresses, const struct addrinfo *info)
{
    bool is_ip = info->ai_family == AF_INET || info->ai_family == AF_INET6;
    if (!is_ip || addresses->count == LISTENERS_MAX)
        return;
    struct listen_address *address = &addresses->items[addresses->count++];
    memcpy(&address->socket, info->ai_addr, info->ai_addrlen);
    address->len = info->ai_addrlen;
}

static bool listen_addresses_resolve(struct listen_addresses *addresses, const char *host,
    struct arena *arena, struct text *ret_message)
{
    *addresses = (struct listen_addresses){.count = 0};
    /* "localhost" is not left to the resolver: a bare container may have no /etc/hosts, and one
     * that names a single loopback would leave clients of the other outside. */
    if (!host || strcasecmp(host, "localhost") == 0) {
        listen_addresses_of_loopback(addresses);
        return true;
    }
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_PASSIVE};
    struct addrinfo *found = NULL;
    int error = getaddrinfo(host, NULL, &hints, &found);
    if (error != 0) {
        *ret_message = arena_printf(arena,
            "cannot find the address of host \"%s\" (%s): give an address of this machine, such "
            "as 127.0.0.1, or 0.0.0.0 for all of them",
            host, gai_strerror(error));
        return false;
    }
    for (struct addrinfo *info = found; info; info = info->ai_next)
        listen_addresses_add(addresses, info);
    freeaddrinfo(found);
    return true;
}

static bool listeners_is_ipv6_wildcard(const struct listen_address *address)
{
    return address->socket.any.sa_family == AF_INET6 &&
           IN6_IS_ADDR_UNSPECIFIED(&address->socket.ipv6.sin6_addr);
}

static bool listen_address_is_loopback(const struct listen_address *address)
{
    enum { LOOPBACK_NET = 127 };
    if (address->socket.any.sa_family == AF_INET6)
        return IN6_IS_ADDR_LOOPBACK(&address->socket.ipv6.sin6_addr);
    return ntohl(address->socket.ipv4.sin_addr.s_addr) >> IN_CLASSA_NSHIFT == LOOPBACK_NET;
}

static bool listener_bind(int descriptor, const struct listen_address *address)
{
    int on = 1;
    /* A restart must not wait for connections of the last run to expire. */
    setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
    if (address->socket.any.sa_family == AF_INET6) {
        /* "::" means every address; other IPv6 addresses stay out of IPv4's way. */
        int v6_only = !listeners_is_ipv6_wildcard(address);
        setsockopt(descriptor, IPPROTO_IPV6, IPV6_V6ONLY, &v6_only, sizeof(v6_only));
    }
    return bind(descriptor, &address->socket.any, address->len) == 0 &&
           listen(descriptor, LISTEN_BACKLOG) == 0;
}

/* Returns the socket, or -1 with errno. */
static int listener_open(const struct listen_address *address)
{
    int type = SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC;
    int descriptor = socket(address->socket.any.sa_family, type, 0);
    if (descriptor < 0 || listener_bind(descriptor, address))
        return descriptor;
    int error = errno;
    close(descriptor);
    errno = error;
    return -1;
}

static uint16_t listener_port(int descriptor)
{
    struct listen_address address = {.len = sizeof(address.socket)};
    int result = getsockname(descriptor, &address.socket.any, &address.len);
    assert(result == 0);
    return listen_address_port(&address);
}

static bool listeners_is_missing_address(int error)
{
    return error == EADDRNOTAVAIL || error == EAFNOSUPPORT;
}

/*
 * Opens all addresses on `port`, or on one that the first of them is given. Returns 0, or the errno
 * of the address that failed, with nothing left open.
 */
static int listeners_open_all(
    struct listeners *listeners, struct listen_addresses *addresses, uint16_t port)
{
    int missing_error = EADDRNOTAVAIL;
    *listeners = (struct listeners){.port = port};
    for (int i = 0; i < addresses->count; i++) {
        listen_address_set_port(&addresses->items[i], listeners->port);
        int descriptor = listener_open(&addresses->items[i]);
        if (descriptor >= 0) {
            listeners->sockets[listeners->count++] = descriptor;
            listeners->port = listener_port(descriptor);
            listeners->is_open =
                listeners->is_open || !listen_address_is_loopback(&addresses->items[i]);
        } else if (listeners_is_missing_address(errno)) {
            missing_error = errno;
        } else {
            int error = errno;
            listeners_close(listeners);
            return error;
        }
    }
    return listeners->count > 0 ? 0 : missing_error;
}

static enum http_start listeners_explain(
    int error, const char *host, uint16_t port, struct arena *arena, struct text *ret_message)
{
    const char *shown = host ? host : "127.0.0.1 or ::1";
    if (error == EADDRINUSE) {
        *ret_message = arena_printf(arena,
            "port %u is taken on %s: stop the program that listens there, or give another --port "
            "(0 takes a free one)",
            port, shown);
        return HTTP_PORT_TAKEN;
    }
    const char *advice = "";
    if (error == EACCES)
        advice = ": ports below 1024 need a privilege; give another --port";
    else if (listeners_is_missing_address(error))
        advice = ": this machine does not have that address; give one that it has as --host";
    *ret_message = arena_printf(
        arena, "cannot listen on %s, port %u (%s)%s", shown, port, strerror(error), advice);
    return HTTP_FAILED;
}

enum http_start listeners_open(struct listeners *listeners, const char *host, uint16_t port,
    struct arena *arena, struct text *ret_message)
{
    struct listen_addresses addresses;
    if (!listen_addresses_resolve(&addresses, host, arena, ret_message))
        return HTTP_FAILED;
    int error = listeners_open_all(listeners, &addresses, port);
    for (int i = 1; port == 0 && error == EADDRINUSE && i < FREE_PORT_TRIES_MAX; i++)
        error = listeners_open_all(listeners, &addresses, port);
    if (error != 0)
        return listeners_explain(error, host, port, arena, ret_message);
    if (listeners->count < addresses.count) {
        log_write(LOG_INFO, "listening on %d of %d addresses: this machine has no other loopback",
            listeners->count, addresses.count);
    }
    return HTTP_STARTED;
}

void listeners_close(struct listeners *listeners)
{
    for (int i = 0; i < listeners->count; i++)
        close(listeners->sockets[i]);
    listeners->count = 0;
}

struct text listeners_url(const char *host, uint16_t port, struct arena *arena)
{
    const char *reached = host;
    if (!host || strcmp(host, "0.0.0.0") == 0)
        reached = "127.0.0.1";
    else if (strcmp(host, "::") == 0)
        reached = "::1";
    bool is_ipv6 = strchr(reached, ':') != NULL;
    return is_ipv6 ? arena_printf(arena, "http://[%s]:%u", reached, port)
                   : arena_printf(arena, "http://%s:%u", reached, port);
}
