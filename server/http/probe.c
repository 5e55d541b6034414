#include "server/http/probe.h"

#include <assert.h>
#include <microhttpd.h>
#include <sys/socket.h>

#include "base/array.h"
#include "base/ascii.h"
#include "base/clock.h"
#include "base/log.h"
#include "server/door.h"
#include "server/http/target.h"

/* Fewer bytes say nothing yet: no client sends so short a piece of a probe. */
enum { PROBE_START_BYTES_MIN = sizeof("HEAD /h") - 1 };

static const struct text probe_starts[] = {
    TEXT_INIT("GET /health"),
    TEXT_INIT("GET /ready"),
    TEXT_INIT("HEAD /health"),
    TEXT_INIT("HEAD /ready"),
};

/* Headers that make a request more than a probe, or its answer another one: see call/guard.h. */
static const struct text probe_questions[] = {
    TEXT_INIT("origin"),
    TEXT_INIT("sec-fetch-site"),
    TEXT_INIT("content-length"),
    TEXT_INIT("transfer-encoding"),
    TEXT_INIT("expect"),
    TEXT_INIT("upgrade"),
};

/* True if the bytes begin like a probe, as far as they go. */
static bool probe_has_start(struct text bytes)
{
    for (size_t i = 0; i < ARRAY_COUNT(probe_starts); i++) {
        struct text start = probe_starts[i];
        if (bytes.len >= PROBE_START_BYTES_MIN && text_starts_with(start, bytes))
            return true;
        if (!text_starts_with(bytes, start))
            continue;
        return bytes.len == start.len || bytes.bytes[start.len] == ' ' ||
               bytes.bytes[start.len] == '?';
    }
    return false;
}

/* Takes the next line off the front. False if it is not ended by CR and LF alone, or has other
 * control bytes. */
static bool probe_take_line(struct text *rest, struct text *ret_line)
{
    size_t end = text_find(*rest, TEXT("\r\n"));
    *ret_line = text_slice(*rest, 0, end);
    *rest = text_slice(*rest, end + 2, rest->len);
    for (size_t i = 0; i < ret_line->len; i++)
        if (ascii_is_control(ret_line->bytes[i]) && ret_line->bytes[i] != '\t')
            return false;
    return true;
}

static bool probe_read_request_line(struct text line, struct request *request)
{
    request->verb = text_split(&line, ' ');
    struct text target = text_split(&line, ' ');
    struct request_target parts = target_split(target);
    request->raw_path = parts.path;
    request->raw_query = parts.query;
    return text_starts_with(target, parts.path) && /* no absolute form */
           (text_equals_string(line, "HTTP/1.1") || text_equals_string(line, "HTTP/1.0"));
}

/* False if it is a header that a worker has to look at. */
static bool probe_read_header(struct text line, struct request *request)
{
    size_t colon = text_find_byte(line, ':');
    struct text name = text_slice(line, 0, colon);
    struct text value = text_trim(text_slice(line, colon + 1, line.len));
    if (colon == line.len || text_is_empty(name) || !text_is_alphanumeric(name, "-_"))
        return false;
    for (size_t i = 0; i < ARRAY_COUNT(probe_questions); i++)
        if (text_equals_ignoring_case(name, probe_questions[i]))
            return false;
    if (!text_equals_ignoring_case(name, TEXT("host")))
        return true;
    bool is_first = !request->headers[HEADER_HOST].bytes;
    request->headers[HEADER_HOST] = value;
    return is_first && value.len > 0;
}

enum probe probe_read(struct text bytes, struct request *ret_request)
{
    *ret_request = (struct request){.body = TEXT("")};
    if (!probe_has_start(bytes))
        return PROBE_NONE;
    size_t head_len = text_find(bytes, TEXT("\r\n\r\n"));
    if (head_len == bytes.len)
        return bytes.len < PROBE_HEAD_BYTES_MAX ? PROBE_UNFINISHED : PROBE_NONE;
    struct text rest = text_slice(bytes, 0, head_len + 2);
    struct text line = TEXT("");
    bool is_probe = head_len + 4 == bytes.len && probe_take_line(&rest, &line) &&
                    probe_read_request_line(line, ret_request);
    /* HTTP/1.1 demands a Host; what is wrong is not for here to say. */
    bool needs_host = text_ends_with(line, TEXT("1.1"));
    while (is_probe && rest.len > 0)
        is_probe = probe_take_line(&rest, &line) && probe_read_header(line, ret_request);
    is_probe = is_probe && (!needs_host || ret_request->headers[HEADER_HOST].bytes);
    return is_probe ? PROBE_WHOLE : PROBE_NONE;
}

/* The answer as libmicrohttpd would send it. */
static void probe_write(const struct exchange *exchange, bool has_body, struct buf *out)
{
    const struct reply *reply = &exchange->reply;
    buf_printf(out, "HTTP/1.1 %d %s\r\nConnection: close\r\n", reply->status,
        MHD_get_reason_phrase_for((unsigned)reply->status));
    if (reply->content_type)
        buf_printf(out, "Content-Type: %s\r\n", reply->content_type);
    for (int i = 0; i < reply->header_count; i++)
        buf_printf(out, "%s: %.*s\r\n", reply->headers[i].name, TEXT_ARGS(reply->headers[i].value));
    buf_printf(out, "Content-Length: %zu\r\n\r\n", reply->body.len);
    if (has_body)
        buf_add_text(out, buf_text(&reply->body));
}

static void probe_answer(struct app *app, struct exchange *exchange, int descriptor)
{
    int64_t started_ns = exchange->request.started_ns = clock_monotonic_ns();
    /* Nothing on these paths reads the store, so that any worker's number will do. */
    enum door_result result = door_handle(app, 0, exchange);
    assert(result == DOOR_DONE && !exchange->reply.generate);
    bool has_body = !text_equals_string(exchange->request.verb, "HEAD");
    struct buf answer = BUF_INIT;
    probe_write(exchange, has_body, &answer);
    /* It fits into the buffer of a new connection; a client that has left is no loss. */
    (void)send(descriptor, answer.data, answer.len, MSG_DONTWAIT | MSG_NOSIGNAL);
    buf_release(&answer);
    struct log_request line = {
        .method = exchange->request.verb,
        .path = exchange->request.raw_path,
        .status = exchange->reply.status,
        .body_bytes = has_body ? exchange->reply.body.len : 0,
        .duration_ns = clock_monotonic_ns() - started_ns,
    };
    log_write_request(&line);
}

bool probe_serve(struct app *app, int descriptor)
{
    char bytes[PROBE_HEAD_BYTES_MAX];
    ssize_t received = recv(descriptor, bytes, sizeof(bytes), MSG_PEEK | MSG_DONTWAIT);
    if (received <= 0)
        return false;
    struct exchange exchange;
    exchange_init(&exchange);
    bool is_whole =
        probe_read((struct text){bytes, (size_t)received}, &exchange.request) == PROBE_WHOLE &&
        recv(descriptor, bytes, (size_t)received, MSG_DONTWAIT) == received;
    if (is_whole)
        probe_answer(app, &exchange, descriptor);
    exchange_release(&exchange);
    return is_whole;
}
