#include "server/gcs/gcs_fetch.h"

#include <errno.h>
#include <netdb.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/timefmt.h"
#include "base/version.h"
#include "server/contract/limits.h"
#include "server/gcs/gcs_answer.h"
#include "server/gcs/gcs_host.h"

enum { FETCH_READ_BYTES = 64 * 1024 };

/* One fetch under way. */
struct fetching {
    const struct gcs_fetch_asked *asked;
    struct gcs_intake *intake;
    struct arena *arena;
    int64_t deadline_ns; /* monotonic */
    struct gcs_url url;  /* that is asked now */
    int descriptor;      /* -1: none */
    struct text problem;
    bool is_absent; /* the emulator has said that it has no such file */
};

/* Always false. */
static bool fetching_fail(struct fetching *fetching, struct text problem)
{
    fetching->problem =
        arena_printf(fetching->arena, "cannot be read: http://%.*s (" GCS_HOST_VARIABLE ") %.*s",
            TEXT_ARGS(fetching->url.host.authority), TEXT_ARGS(problem));
    return false;
}

static bool fetching_fail_errno(struct fetching *fetching, const char *what)
{
    return fetching_fail(fetching, arena_printf(fetching->arena, "%s: %s", what, strerror(errno)));
}

static bool fetching_fail_time(struct fetching *fetching)
{
    int64_t seconds = fetching->asked->time_ns / NS_PER_SECOND;
    return fetching_fail(fetching,
        arena_printf(fetching->arena, "has not answered within %d seconds", (int)seconds));
}

/* Waits until the socket can be read or written. False with a problem. */
static bool fetching_wait(struct fetching *fetching, short events)
{
    for (;;) {
        int64_t left_ns = fetching->deadline_ns - clock_monotonic_ns();
        if (left_ns <= 0)
            return fetching_fail_time(fetching);
        struct pollfd watched[] = {{.fd = fetching->descriptor, .events = events},
            {.fd = fetching->asked->stop_descriptor, .events = POLLIN}};
        struct timespec left = {
            .tv_sec = left_ns / NS_PER_SECOND, .tv_nsec = left_ns % NS_PER_SECOND};
        if (ppoll(watched, 2, &left, NULL) < 0 && errno != EINTR)
            return fetching_fail_errno(fetching, "cannot be waited for");
        if (watched[1].revents)
            return fetching_fail(fetching, TEXT("was not waited for"));
        if (watched[0].revents)
            return true;
    }
}

static void fetching_close(struct fetching *fetching)
{
    if (fetching->descriptor >= 0)
        close(fetching->descriptor);
    fetching->descriptor = -1;
}

/* False, with a problem, if the connection to this address fails. */
static bool fetching_connect_to(struct fetching *fetching, const struct addrinfo *address)
{
    int error = 0;
    socklen_t len = sizeof(error);
    fetching->descriptor =
        socket(address->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fetching->descriptor < 0)
        return fetching_fail_errno(fetching, "cannot be connected to");
    if (connect(fetching->descriptor, address->ai_addr, address->ai_addrlen) != 0) {
        if (errno != EINPROGRESS)
            return fetching_fail_errno(fetching, "cannot be connected to");
        if (!fetching_wait(fetching, POLLOUT))
            return false;
        getsockopt(fetching->descriptor, SOL_SOCKET, SO_ERROR, &error, &len);
    }
    errno = error;
    return error == 0 || fetching_fail_errno(fetching, "cannot be connected to");
}

static bool fetching_connect(struct fetching *fetching)
{
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM}, *found = NULL;
    const struct gcs_host *host = &fetching->url.host;
    int error = getaddrinfo(host->host.bytes, host->port.bytes, &hints, &found);
    if (error != 0)
        return fetching_fail(
            fetching, arena_printf(fetching->arena, "has no address: %s", gai_strerror(error)));
    bool is_connected = false;
    for (const struct addrinfo *each = found; each && !is_connected; each = each->ai_next) {
        fetching_close(fetching);
        is_connected = fetching_connect_to(fetching, each);
    }
    freeaddrinfo(found);
    return is_connected;
}

static bool fetching_send(struct fetching *fetching)
{
    struct text rest = arena_printf(fetching->arena,
        "GET %.*s HTTP/1.1\r\nHost: %.*s\r\nUser-Agent: tunemock/" TUNEMOCK_VERSION
        "\r\nAccept: */*\r\nConnection: close\r\n\r\n",
        TEXT_ARGS(fetching->url.path), TEXT_ARGS(fetching->url.host.authority));
    while (rest.len > 0) {
        ssize_t len = send(fetching->descriptor, rest.bytes, rest.len, MSG_NOSIGNAL);
        if (len >= 0)
            rest = text_slice(rest, (size_t)len, rest.len);
        else if (errno != EAGAIN && errno != EINTR)
            return fetching_fail_errno(fetching, "cannot be written to");
        else if (!fetching_wait(fetching, POLLOUT))
            return false;
    }
    return true;
}

static bool fetching_fail_answer(struct fetching *fetching, const struct gcs_answer *answer)
{
    return fetching_fail(fetching,
        arena_printf(fetching->arena, "has given an answer that %.*s", TEXT_ARGS(answer->problem)));
}

static bool fetching_receive(struct fetching *fetching, struct gcs_answer *answer)
{
    char *part = arena_alloc(fetching->arena, FETCH_READ_BYTES);
    while (answer->state != GCS_ANSWER_WHOLE) {
        if (!fetching_wait(fetching, POLLIN))
            return false;
        ssize_t len = recv(fetching->descriptor, part, FETCH_READ_BYTES, 0);
        if (len < 0 && (errno == EAGAIN || errno == EINTR))
            continue;
        if (len < 0)
            return fetching_fail_errno(fetching, "cannot be read from");
        bool is_good = len > 0 ? gcs_answer_take(answer, (struct text){part, (size_t)len})
                               : gcs_answer_end(answer);
        if (!is_good)
            return fetching_fail_answer(fetching, answer);
    }
    return true;
}

static bool fetching_is_redirection(int status)
{
    return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

/* Where the answer sends to. False with a problem. */
static bool fetching_follow(struct fetching *fetching, const struct gcs_answer *answer)
{
    struct gcs_url next;
    const char *problem = gcs_url_follow(&fetching->url, answer->location, fetching->arena, &next);
    if (problem)
        return fetching_fail(fetching,
            arena_printf(fetching->arena, "redirects to %.*s, which %s",
                TEXT_ARGS(arena_shortened(fetching->arena, answer->location, QUOTE_BYTES_MAX)),
                problem));
    fetching->url = next;
    return true;
}

static bool fetching_fail_status(struct fetching *fetching, const struct gcs_answer *answer)
{
    struct text reason = arena_shortened(fetching->arena, answer->reason, QUOTE_BYTES_MAX);
    fetching->is_absent = answer->status == 404;
    const char *meaning = fetching->is_absent ? ": it has no such file" : "";
    return fetching_fail(
        fetching, arena_printf(fetching->arena, "answers %d%s%.*s%s", answer->status,
                      reason.len ? " " : "", TEXT_ARGS(reason), meaning));
}

/* One request. False with a problem; `ret_is_done` says whether there is no more to ask. */
static bool fetching_ask(struct fetching *fetching, bool *ret_is_done)
{
    struct gcs_answer answer;
    gcs_answer_init(&answer, fetching->intake, fetching->arena);
    bool is_good = fetching_connect(fetching) && fetching_send(fetching) &&
                   fetching_receive(fetching, &answer);
    fetching_close(fetching);
    *ret_is_done = is_good && answer.status == 200;
    if (is_good && !*ret_is_done)
        is_good = fetching_is_redirection(answer.status) ? fetching_follow(fetching, &answer)
                                                         : fetching_fail_status(fetching, &answer);
    gcs_answer_release(&answer);
    return is_good;
}

static bool fetching_run(struct fetching *fetching)
{
    bool is_done = false;
    for (int i = 0; i <= GCS_REDIRECTS_MAX && !is_done; i++)
        if (!fetching_ask(fetching, &is_done))
            return false;
    return is_done ||
           fetching_fail(fetching,
               arena_printf(fetching->arena, "redirects more than %d times", GCS_REDIRECTS_MAX));
}

enum gcs_result gcs_fetch(const struct gcs_fetch_asked *asked, struct gcs_intake *intake,
    struct arena *arena, struct text *ret_problem)
{
    struct gcs_url prefix;
    struct fetching fetching = {.asked = asked,
        .intake = intake,
        .arena = arena,
        .deadline_ns = asked->begin_ns + asked->time_ns,
        .descriptor = -1};
    const char *problem = gcs_url_parse(asked->host, arena, &prefix);
    if (problem) {
        *ret_problem = arena_printf(arena, "cannot be read: " GCS_HOST_VARIABLE " %s", problem);
        return GCS_PROBLEM;
    }
    fetching.url = (struct gcs_url){
        .host = prefix.host, .path = gcs_url_of_content(&prefix, &asked->name, arena)};
    if (fetching_run(&fetching))
        return GCS_FOUND;
    *ret_problem = fetching.problem;
    return fetching.is_absent ? GCS_ABSENT : GCS_PROBLEM;
}
