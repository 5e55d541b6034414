/*
 * What happens in a namespace, as server-sent events
 * (https://html.spec.whatwg.org/multipage/server-sent-events.html).
 */
#include "base/clock.h"
#include "base/version.h"
#include "server/contract/limits.h"
#include "server/control/handlers.h"
#include "server/space/events.h"
#include "server/state/training_watch.h"

enum {
    /* What a reader gets at a time, ten times a second: some hundred events. */
    EVENTS_BATCH_BYTES = 64 * 1024,
    /* And what all of them get, unless that would be less for each: few keep up with thousands of
     * requests a second. */
    EVENTS_BATCHES_BYTES = 1024 * 1024,
    /* A reader is sent something after this long, so that what lies on the way keeps the connection
     * open, and a client that is gone is noticed. */
    EVENTS_COMMENT_SECONDS = 15
};

/* A browser that has lost the connection comes back after this long. */
#define EVENTS_RETRY_MS "1000"

/* One answer. In the reply's arena. */
struct event_stream {
    struct event_reader reader;
    struct app *app;
    struct space *space;
    struct store_reader *store_reader; /* of the worker, on whose thread the stream is made */
    bool is_listening;                 /* an event ends the pause that comes next */
    int64_t comment_due_ns;
    struct text greeting; /* until it was sent */
};

static void events_look(struct event_stream *stream, int64_t now_ns)
{
    if (!event_reader_may_look(&stream->reader, now_ns))
        return;
    event_reader_has_looked(&stream->reader,
        training_watch_tick(stream->space, stream->app->catalogue, stream->store_reader));
}

/* There was nothing to send: waits for it. */
static struct reply_piece events_wait(struct event_stream *stream, int64_t now_ns)
{
    int64_t patience_ns = event_reader_patience(&stream->reader, now_ns);
    int64_t comment_ns = stream->comment_due_ns - now_ns;
    stream->is_listening = true;
    return (struct reply_piece){
        .is_waiting = true, .gap_ns = patience_ns < comment_ns ? patience_ns : comment_ns};
}

static void events_put_off_comment(struct event_stream *stream, int64_t now_ns)
{
    stream->comment_due_ns = now_ns + EVENTS_COMMENT_SECONDS * NS_PER_SECOND;
}

static struct reply_piece events_greet(struct event_stream *stream, struct buf *out)
{
    buf_add_text(out, stream->greeting);
    stream->greeting = TEXT("");
    events_put_off_comment(stream, clock_monotonic_ns());
    return (struct reply_piece){.gap_ns = 0};
}

static size_t events_batch_bytes(const struct event_stream *stream)
{
    size_t share = EVENTS_BATCHES_BYTES / events_measure(stream->reader.of->events).reader_count;
    return share > EVENTS_BATCH_BYTES ? share : EVENTS_BATCH_BYTES;
}

static struct reply_piece events_next(void *state, struct buf *out)
{
    struct event_stream *stream = state;
    int64_t now_ns = clock_monotonic_ns();
    bool was_listening = stream->is_listening;
    if (stream->greeting.len > 0)
        return events_greet(stream, out);
    stream->is_listening = false;
    event_reader_arrive(&stream->reader);
    events_look(stream, now_ns);
    if (!event_reader_take(&stream->reader, out, events_batch_bytes(stream)))
        return (struct reply_piece){.is_last = true};
    if (out->len == 0 && now_ns < stream->comment_due_ns)
        return events_wait(stream, now_ns);
    if (out->len == 0)
        buf_add_string(out, ":\n\n");
    event_reader_hand_over(&stream->reader);
    events_put_off_comment(stream, now_ns);
    return (struct reply_piece){.is_waiting = true,
        .gap_ns = EVENTS_GAP_NS + (was_listening ? stream->reader.stagger_ns : 0)};
}

static void events_listen(void *state, struct wait *wait)
{
    struct event_stream *stream = state;
    if (stream->is_listening)
        event_reader_wait(&stream->reader, wait);
}

/* Nobody reads any more. */
static void events_end(void *state)
{
    struct event_stream *stream = state;
    event_reader_end(&stream->reader);
}

/* --- the answer's beginning --- */

static bool events_add_kind(struct text name, unsigned *kinds)
{
    for (int kind = 0; kind < EVENT_KIND_COUNT; kind++)
        if (text_equals(name, event_kind_name((enum event_kind)kind))) {
            *kinds |= 1U << kind;
            return true;
        }
    return text_equals(name, TEXT("hello")) || text_equals(name, TEXT("lost")) ||
           text_equals(name, TEXT("resync"));
}

/* The kinds that `types` names; all, if it is missing. False if the call was answered. */
static bool events_read_kinds(struct call *call, unsigned *ret_kinds)
{
    struct text types = message_text(call->in, ListEventsRequest_types);
    *ret_kinds = text_is_empty(types) ? EVENT_KINDS_ALL : 0;
    while (types.len > 0) {
        struct text name = text_trim(text_split(&types, ','));
        if (events_add_kind(name, ret_kinds))
            continue;
        call_fail_text(call, ERROR_CONTROL_INVALID,
            arena_printf(call->arena,
                "types: must be some of request, model, progress, clock, fault, stub and state, "
                "joined by commas, not \"%.*s\"",
                TEXT_ARGS(call_shown(name))));
        return false;
    }
    return true;
}

/* Of the last event that the client has; 0: it names none. What is no id of ours is one that is not
 * kept. The header is newer: a browser adds it to the address with which it began. */
static int64_t events_read_last_id(const struct call *call)
{
    struct text text = text_trim(call->request->headers[HEADER_LAST_EVENT_ID]);
    if (text_is_empty(text))
        text = message_text(call->in, ListEventsRequest_last_event_id);
    int64_t id;
    if (text_is_empty(text))
        return 0;
    return text_parse_int64(text, &id) && id > 0 ? id : INT64_MAX;
}

static void events_add_greeting(
    struct call *call, struct text name, int64_t id, struct message *event, struct buf *out)
{
    event_fill(&call->space->events, event);
    event_write_id(out, id);
    event_write(out, name, event);
}

static struct text events_greeting(struct call *call, int64_t id, int64_t oldest_id, bool is_resync)
{
    struct buf out = BUF_INIT;
    struct text host = call->request->headers[HEADER_HOST];
    struct message *hello = message_new(call->arena, MESSAGE_HelloEvent, call->messages);
    message_set_text(hello, HelloEvent_version, TEXT(TUNEMOCK_VERSION));
    message_set_text(
        hello, HelloEvent_url, arena_printf(call->arena, "http://%.*s", TEXT_ARGS(host)));
    message_set_int(hello, HelloEvent_oldest_id, oldest_id);
    buf_add_string(&out, "retry: " EVENTS_RETRY_MS "\n");
    events_add_greeting(call, TEXT("hello"), id, hello, &out);
    if (is_resync)
        events_add_greeting(call, TEXT("resync"), id,
            message_new(call->arena, MESSAGE_ResyncEvent, call->messages), &out);
    struct text greeting = arena_text(&call->reply->arena, buf_text(&out));
    buf_release(&out);
    return greeting;
}

static void events_begin_reply(struct call *call, struct event_stream *stream)
{
    struct reply *reply = call->reply;
    reply->status = 200;
    reply->content_type = "text/event-stream";
    /* Some proxies collect an answer before they send it on. */
    reply_add_header(reply, "X-Accel-Buffering", TEXT("no"));
    reply->generate = events_next;
    reply->listen = events_listen;
    reply->end = events_end;
    reply->generate_state = stream;
}

enum call_state control_events_list(struct call *call)
{
    unsigned kinds;
    int64_t id, oldest_id;
    if (!events_read_kinds(call, &kinds))
        return CALL_DONE;
    struct event_stream *stream = arena_alloc(&call->reply->arena, sizeof(*stream));
    training_watch_begin(call->space);
    enum event_beginning beginning = event_reader_begin(
        &stream->reader, &call->space->events, kinds, events_read_last_id(call), &id, &oldest_id);
    if (beginning == EVENTS_FULL)
        return call_fail_text(call, ERROR_CONTROL_STATE,
            arena_printf(call->arena,
                "There are %d readers of events already, which is the most: close some.",
                EVENT_READERS_MAX));
    stream->app = call->app;
    stream->space = call->space;
    stream->store_reader = call->reader;
    stream->greeting = events_greeting(call, id, oldest_id, beginning == EVENTS_GONE);
    events_begin_reply(call, stream);
    return CALL_DONE;
}
