#include "base/output.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/timefmt.h"

/* Waits until there is room, or an error that a write will tell; false if the time is over. */
static bool output_wait(int descriptor, int timeout_ms)
{
    struct pollfd writable = {.fd = descriptor, .events = POLLOUT};
    return poll(&writable, 1, timeout_ms) > 0;
}

struct text output_write(int descriptor, struct text text)
{
    while (text.len > 0) {
        ssize_t written = write(descriptor, text.bytes, text.len);
        if (written >= 0)
            text = text_slice(text, (size_t)written, text.len);
        else if (errno == EAGAIN)
            output_wait(descriptor, -1);
        else if (errno != EINTR)
            return text;
    }
    return text;
}

static int output_left_ms(int64_t until_ns)
{
    int64_t left_ns = until_ns - clock_monotonic_ns();
    return left_ns > 0 ? (int)(left_ns / NS_PER_MS) + 1 : 0;
}

void output_write_until(int descriptor, struct text text, int64_t until_ns)
{
    while (text.len > 0 && output_wait(descriptor, output_left_ms(until_ns))) {
        /* A pipe that has any room has as much as this, so that the write does not wait. */
        size_t len = text.len < PIPE_BUF ? text.len : PIPE_BUF;
        ssize_t written = write(descriptor, text.bytes, len);
        if (written < 0 && errno != EAGAIN && errno != EINTR)
            return;
        text = text_slice(text, written > 0 ? (size_t)written : 0, text.len);
    }
}
