#include "server/healthcheck.h"

#include <errno.h>
#include <netdb.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "base/log.h"

enum { HEALTHCHECK_SECONDS = 3 };

/* A connected socket, or -1 with errno. */
static int healthcheck_connect(const char *host, uint16_t port)
{
    char service[8];
    snprintf(service, sizeof(service), "%u", (unsigned)port);
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM}, *found = NULL;
    if (getaddrinfo(host, service, &hints, &found) != 0) {
        errno = EHOSTUNREACH;
        return -1;
    }
    struct timeval limit = {.tv_sec = HEALTHCHECK_SECONDS};
    int descriptor = socket(found->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (descriptor >= 0) {
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
        setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit));
        if (connect(descriptor, found->ai_addr, found->ai_addrlen) != 0) {
            int error = errno;
            close(descriptor);
            errno = error;
            descriptor = -1;
        }
    }
    freeaddrinfo(found);
    return descriptor;
}

bool healthcheck(const char *host, uint16_t port)
{
    static const char request[] =
        "GET /health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
    static const char good[] = "HTTP/1.1 200 ";
    if (!host || strcmp(host, "0.0.0.0") == 0 || strcmp(host, "::") == 0 ||
        strcasecmp(host, "localhost") == 0)
        host = "127.0.0.1";
    int descriptor = healthcheck_connect(host, port);
    if (descriptor < 0) {
        log_print("tunemock: no server on %s port %u: %s", host, (unsigned)port, strerror(errno));
        return false;
    }
    char answer[sizeof(good) - 1];
    bool is_good =
        send(descriptor, request, sizeof(request) - 1, MSG_NOSIGNAL) == sizeof(request) - 1 &&
        recv(descriptor, answer, sizeof(answer), MSG_WAITALL) == sizeof(answer) &&
        memcmp(answer, good, sizeof(answer)) == 0;
    close(descriptor);
    if (!is_good)
        log_print(
            "tunemock: the server on %s port %u does not answer /health", host, (unsigned)port);
    return is_good;
}
