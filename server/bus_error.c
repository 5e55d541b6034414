#include "server/bus_error.h"

#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

/* Small enough that a pipe with any room takes it whole; a longer path is cut. */
enum { BUS_ERROR_LINE_BYTES = 1024, BUS_ERROR_PATH_BYTES = 768 };

/* Made beforehand: a handler may do next to nothing. Global, as the signal is the process's. */
static char bus_error_line[BUS_ERROR_LINE_BYTES];
static size_t bus_error_line_len;

static void bus_error_end(int signal_number)
{
    (void)signal_number;
    struct pollfd room = {.fd = STDERR_FILENO, .events = POLLOUT};
    if (poll(&room, 1, 0) == 1 && room.revents & POLLOUT) {
        ssize_t written = write(STDERR_FILENO, bus_error_line, bus_error_line_len);
        (void)written;
    }
    _exit(1);
}

void bus_error_start(const char *path)
{
    int len = snprintf(bus_error_line, sizeof(bus_error_line),
        "tunemock: %.*s cannot be read any more: it was cut or replaced while it was in use, or "
        "its disk is full or broken; this ends the server\n",
        BUS_ERROR_PATH_BYTES, path ? path : "the data in memory");
    bus_error_line_len = (size_t)len;
    struct sigaction action = {.sa_handler = bus_error_end};
    sigemptyset(&action.sa_mask);
    sigaction(SIGBUS, &action, NULL);
}
