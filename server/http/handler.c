#include "server/http/handler.h"

#include <assert.h>
#include <string.h>

#include "base/array.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/timefmt.h"
#include "server/contract/limits.h"
#include "server/door.h"
#include "server/http/answer.h"
#include "server/http/head_name.h"
#include "server/call/redact.h"
#include "server/http/target.h"
#include "server/http/transaction.h"

enum {
    /* What libmicrohttpd 0.9.75 keeps about each header and cookie. */
    HEAD_RECORD_BYTES = 64,
    /* The head of an answer with all our headers, but for the two values that are sent back; a
     * stream needs some more for its chunks. */
    HEAD_ANSWER_BYTES = 1024
};

void handler_connection(void *context, struct MHD_Connection *mhd, void **connection_slot,
    enum MHD_ConnectionNotificationCode code)
{
    struct worker *worker = context;
    worker->has_progressed = true;
    if (code == MHD_CONNECTION_NOTIFY_STARTED) {
        const union MHD_ConnectionInfo *info =
            MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_CONNECTION_FD);
        int64_t deadline_ns = clock_monotonic_ns() + FIRST_BYTE_SECONDS * NS_PER_SECOND;
        *connection_slot = connections_add(&worker->connections, info->connect_fd, deadline_ns);
    } else {
        const struct http_connection *connection = *connection_slot;
        if (connection->is_silent)
            atomic_fetch_sub(&worker->receiving_count, 1);
        connections_remove(&worker->connections, *connection_slot);
        atomic_fetch_add_explicit(
            &worker->freed_bytes, CONNECTION_MEMORY_BYTES, memory_order_relaxed);
        atomic_fetch_sub(&worker->connection_count, 1);
        atomic_fetch_sub(&worker->app->connection_count, 1);
    }
}

/*
 * Empties the query in libmicrohttpd's buffer, which it is about to take apart in place: nobody
 * asks for the pieces, and 0.9.75 never answers a request that has more of them than its memory
 * holds.
 */
static void handler_hide_query(const char *target)
{
    char *mark = strchr(target, '?');
    if (mark)
        mark[1] = '\0';
}

void *handler_request_line(void *context, const char *target, struct MHD_Connection *mhd)
{
    struct worker *worker = context;
    worker->has_progressed = true;
    struct http_connection *connection =
        MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_SOCKET_CONTEXT)->socket_context;
    struct transaction *transaction = transaction_take(worker, connection, mhd);
    connection_set_deadline(
        connection, transaction->started_ns + FIRST_BYTE_SECONDS * NS_PER_SECOND);
    /* The first request of a connection is counted with the connection. */
    if (connection->is_silent)
        connection->is_silent = false;
    else
        atomic_fetch_add(&worker->receiving_count, 1);
    transaction->line = arena_mark(&transaction->exchange.arena);
    if (!target)
        return transaction; /* a request line without one, which is refused soon */
    struct request *request = &transaction->exchange.request;
    request->started_ns = transaction->started_ns;
    struct text whole = text_of(target);
    struct request_target parts = target_split(arena_text(&transaction->exchange.arena, whole));
    framing_begin(&transaction->framing, whole, parts.host);
    request->raw_path = parts.path;
    request->raw_query = parts.query;
    request->headers[HEADER_HOST] = parts.host;
    transaction->line = arena_mark(&transaction->exchange.arena);
    handler_hide_query(target);
    return transaction;
}

/* Of some headers it matters that there is more than one. */
static void handler_note_second(
    struct request *request, enum request_header header, struct text value)
{
    if (header == HEADER_ORIGIN)
        request->has_two_origins = true;
    else if (header == HEADER_SEC_FETCH_SITE)
        request->has_two_sites = true;
    else if (header == HEADER_X_EMULATOR_NAMESPACE &&
             !text_equals(text_trim(request->headers[header]), text_trim(value)))
        request->has_two_namespaces = true;
}

/* Of headers that were sent more than once, the first counts; the host of a target goes before the
 * Host header. The values live with the request. */
static enum MHD_Result handler_take_header(void *context, enum MHD_ValueKind kind, const char *key,
    size_t key_len, const char *value, size_t value_len)
{
    (void)kind;
    struct transaction *transaction = context;
    struct text name = {key, key_len};
    struct text content = {value ? value : "", value_len};
    enum head_name meaning = head_name_find(name);
    int64_t length;
    framing_take_header(&transaction->framing, meaning, name, (struct text){value, value_len});
    transaction->head_bytes += HEAD_RECORD_BYTES;
    if ((int)meaning < HEADER_COUNT) {
        struct request *request = &transaction->exchange.request;
        if (request->headers[meaning].bytes)
            handler_note_second(request, (enum request_header)meaning, content);
        else
            request->headers[meaning] = content;
    } else if (meaning == HEAD_CONTENT_LENGTH) {
        /* It is a number, as libmicrohttpd has seen, but perhaps a very large one. */
        bool is_small = text_parse_int64(content, &length);
        transaction->content_length = is_small ? (uint64_t)length : UINT64_MAX;
    } else if (meaning == HEAD_COOKIE) {
        transaction->head_bytes += value_len; /* copied to be taken apart */
    }
    return MHD_YES;
}

static size_t handler_body_max(const struct transaction *transaction)
{
    return transaction->worker->app->settings.body_bytes_max;
}

/*
 * True if the head leaves no room for that of an answer in the connection's memory, which both
 * share: libmicrohttpd would close the connection without one.
 */
static bool handler_is_head_too_large(const struct transaction *transaction)
{
    static const enum request_header sent_back[] = {
        HEADER_ORIGIN, HEADER_ACCESS_CONTROL_REQUEST_HEADERS, HEADER_X_REQUEST_ID};
    struct MHD_Connection *mhd = transaction->mhd;
    int cookie_count = MHD_get_connection_values_n(mhd, MHD_COOKIE_KIND, NULL, NULL);
    size_t needed =
        MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_REQUEST_HEADER_SIZE)->header_size +
        transaction->head_bytes + (size_t)cookie_count * HEAD_RECORD_BYTES + HEAD_ANSWER_BYTES;
    for (size_t i = 0; i < ARRAY_COUNT(sent_back); i++) {
        size_t len = transaction->exchange.request.headers[sent_back[i]].len;
        needed += len <= HEADER_VALUE_BYTES_MAX ? len : 0;
    }
    return needed > CONNECTION_MEMORY_BYTES;
}

/* With no more than the status, for which there is room, and closes. */
static enum MHD_Result handler_refuse_head(struct transaction *transaction)
{
    struct MHD_Response *response =
        MHD_create_response_from_buffer(0, NULL, MHD_RESPMEM_PERSISTENT);
    if (!response)
        return MHD_NO;
    enum MHD_Result result =
        MHD_queue_response(transaction->mhd, MHD_HTTP_REQUEST_HEADER_FIELDS_TOO_LARGE, response);
    MHD_destroy_response(response);
    return result;
}

/* True if the client asks before it sends a body that would be refused or not even be read. */
static bool handler_refuses_early(const struct transaction *transaction)
{
    if (transaction->content_length <= handler_body_max(transaction))
        return false;
    if (transaction->content_length > BODY_DISCARD_BYTES_MAX)
        return true;
    const char *expect =
        MHD_lookup_connection_value(transaction->mhd, MHD_HEADER_KIND, MHD_HTTP_HEADER_EXPECT);
    return expect && text_equals_ignoring_case(text_of(expect), TEXT("100-continue"));
}

/* Sets the request aside, if the door has to wait for something. */
static void handler_wait_for_door(struct transaction *transaction, enum door_result result)
{
    struct exchange *exchange = &transaction->exchange;
    if (result == DOOR_PENDING) {
        transaction->phase = TRANSACTION_PENDING;
        transaction_begin_wait(transaction);
        door_submit(transaction->worker->app, exchange);
    } else if (result == DOOR_WATCHING || result == DOOR_EARLY) {
        transaction->phase = TRANSACTION_WATCHING;
        transaction_begin_pause(transaction, PACE_WATCH, exchange->watch_ns);
        door_watch(exchange);
    }
}

/* The request is complete, or as much of it as will be read. */
static enum door_result handler_ask_door(struct transaction *transaction)
{
    struct worker *worker = transaction->worker;
    struct exchange *exchange = &transaction->exchange;
    /* In this order, so that a stop sees it in one of the counts. */
    atomic_fetch_add(&worker->answering_count, 1);
    atomic_fetch_sub(&worker->receiving_count, 1);
    connection_set_deadline(transaction->connection, CONNECTION_NO_DEADLINE);
    connection_set_receiving(transaction->connection, false);
    exchange->request.body = buf_text(&transaction->body);
    enum door_result result = door_handle(worker->app, worker->index, exchange);
    if (result != DOOR_EARLY)
        transaction_end_body(transaction);
    transaction->phase = TRANSACTION_ANSWERING;
    handler_wait_for_door(transaction, result);
    return result;
}

/* The reply is complete: waits if it has to, and sends it. */
static enum MHD_Result handler_begin_reply(struct transaction *transaction)
{
    int64_t delay_ns = transaction->exchange.reply.delay_ns;
    if (delay_ns <= 0) {
        transaction->phase = TRANSACTION_ANSWERING;
        enum MHD_Result result = answer_send(transaction);
        transaction_forget_request(transaction);
        return result;
    }
    reply_keep_headers(&transaction->exchange.reply);
    transaction_forget_request(transaction);
    transaction->phase = TRANSACTION_DELAYED;
    transaction_begin_pause(transaction, PACE_ANSWER, delay_ns);
    return MHD_YES;
}

/* What is wrong with how the head is written; NULL: nothing. */
static const char *handler_check_head(
    struct transaction *transaction, const char *method, const char *version)
{
    struct MHD_Connection *mhd = transaction->mhd;
    struct framing *framing = &transaction->framing;
    framing_take_line(framing, text_of(method), text_of(version));
    MHD_get_connection_values_n(mhd, MHD_HEADER_KIND, handler_take_header, transaction);
    size_t head_bytes =
        MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_REQUEST_HEADER_SIZE)->header_size;
    return framing_end(framing, method + head_bytes);
}

/* libmicrohttpd closes the connection after an answer to the first call, so there is one only to
 * refuse the request or its body. */
static enum MHD_Result handler_read_head(
    struct transaction *transaction, const char *method, const char *version)
{
    struct request *request = &transaction->exchange.request;
    request->verb = text_of(method);
    request->malformed = handler_check_head(transaction, method, version);
    if (handler_is_head_too_large(transaction))
        return handler_refuse_head(transaction);
    transaction->phase = TRANSACTION_BODY;
    connection_set_receiving(transaction->connection, true);
    connection_set_unwatched(transaction->connection);
    request->is_body_too_large = handler_refuses_early(transaction);
    if (!request->malformed && !request->is_body_too_large)
        return MHD_YES;
    enum door_result result = handler_ask_door(transaction);
    assert(result == DOOR_DONE);
    return answer_send(transaction);
}

static enum MHD_Result handler_keep_body(struct transaction *transaction, struct text part)
{
    if (!transaction_add_body(transaction, part)) {
        log_write(LOG_WARNING, "a connection is closed: too many large bodies at a time");
        return MHD_NO;
    }
    return MHD_YES;
}

/* Over the bound, the body is read and thrown away, so that its sender gets to read the answer. */
static enum MHD_Result handler_read_body(struct transaction *transaction, struct text part)
{
    struct request *request = &transaction->exchange.request;
    connection_set_receiving(transaction->connection, true);
    connection_set_unwatched(transaction->connection);
    if (part.len > handler_body_max(transaction) - transaction->body.len) {
        request->is_body_too_large = true;
        transaction->discarded_bytes += transaction->body.len;
        transaction_release_body(transaction);
    }
    if (!request->is_body_too_large)
        return handler_keep_body(transaction, part);
    transaction->discarded_bytes += part.len;
    return transaction->discarded_bytes > BODY_DISCARD_BYTES_MAX ? MHD_NO : MHD_YES;
}

/* Something has changed, or its time is over. */
static enum MHD_Result handler_look_again(struct transaction *transaction)
{
    struct worker *worker = transaction->worker;
    enum wait_cause cause = transaction_take_cause(transaction);
    enum door_result result =
        door_look_again(worker->app, worker->index, &transaction->exchange, cause);
    if (result != DOOR_EARLY)
        transaction_end_body(transaction);
    if (result == DOOR_DONE)
        return handler_begin_reply(transaction);
    handler_wait_for_door(transaction, result);
    return MHD_YES;
}

static enum MHD_Result handler_go_on(struct transaction *transaction)
{
    struct worker *worker = transaction->worker;
    switch (transaction->phase) {
    case TRANSACTION_HEAD:
        break;
    case TRANSACTION_BODY:
        if (handler_ask_door(transaction) != DOOR_DONE)
            return MHD_YES;
        return handler_begin_reply(transaction);
    case TRANSACTION_PENDING:
        if (!transaction_wait(transaction))
            return MHD_YES;
        transaction_take_cause(transaction);
        door_finish(worker->app, worker->index, &transaction->exchange);
        return handler_begin_reply(transaction);
    case TRANSACTION_WATCHING:
        if (!transaction_wait(transaction))
            return MHD_YES;
        return handler_look_again(transaction);
    case TRANSACTION_DELAYED:
        if (!transaction_wait(transaction))
            return MHD_YES;
        transaction->phase = TRANSACTION_ANSWERING;
        return transaction_take_cause(transaction) == WAIT_CUT ? MHD_NO : answer_send(transaction);
    case TRANSACTION_ANSWERING:
        break;
    }
    return MHD_NO;
}

enum MHD_Result handler_access(void *context, struct MHD_Connection *mhd, const char *url,
    const char *method, const char *version, const char *upload_data, size_t *upload_data_size,
    void **transaction_slot)
{
    (void)mhd;
    (void)url;
    struct worker *worker = context;
    worker->has_progressed = true;
    struct transaction *transaction = *transaction_slot;
    if (transaction->phase == TRANSACTION_HEAD)
        return handler_read_head(transaction, method, version);
    if (*upload_data_size > 0) {
        struct text part = {upload_data, *upload_data_size};
        *upload_data_size = 0;
        return handler_read_body(transaction, part);
    }
    return handler_go_on(transaction);
}

/* The system's time at one of the monotonic clock: while a request was short, by how long it took.
 * Reading a clock costs half a percent of a request; but the system's may be set, or the machine
 * sleep, while a request is long. */
static int64_t handler_system_ns(const struct transaction *transaction, int64_t now_ns)
{
    int64_t duration_ns = now_ns - transaction->started_ns;
    return duration_ns < NS_PER_SECOND ? transaction->exchange.request.received_ns + duration_ns
                                       : clock_system_ns();
}

static void handler_log(struct transaction *transaction, int64_t now_ns)
{
    if (!log_is_wanted(LOG_INFO))
        return;
    struct exchange *exchange = &transaction->exchange;
    struct request *request = &exchange->request;
    if (!request->shown_path.bytes)
        request->shown_path = redact_credentials(request->raw_path, &exchange->arena);
    if (!request->shown_verb.bytes)
        request->shown_verb = redact_credentials(request->verb, &exchange->arena);
    struct log_request line = {
        .time_ns = exchange->ended_ns,
        .method = request->shown_verb,
        .path = request->shown_path,
        .status = exchange->reply.is_reset ? 0 : exchange->reply.status,
        .body_bytes = transaction->sent_bytes,
        .duration_ns = now_ns - transaction->started_ns,
        .id = reply_request_id(&exchange->reply),
    };
    if (exchange->space) {
        line.space = exchange->space->name;
        line.is_default_space = exchange->space->number == SPACE_DEFAULT;
    }
    log_write_request(&line);
}

void handler_completed(void *context, struct MHD_Connection *mhd, void **transaction_slot,
    enum MHD_RequestTerminationCode code)
{
    (void)mhd;
    (void)code;
    struct worker *worker = context;
    worker->has_progressed = true;
    struct transaction *transaction = *transaction_slot;
    int64_t now_ns = clock_monotonic_ns();
    transaction->exchange.ended_ns = handler_system_ns(transaction, now_ns);
    if (transaction->phase == TRANSACTION_HEAD || transaction->phase == TRANSACTION_BODY)
        atomic_fetch_sub(&worker->receiving_count, 1);
    else
        handler_log(transaction, now_ns);
    if (transaction->phase == TRANSACTION_WATCHING)
        door_forget(&transaction->exchange);
    door_end(&transaction->exchange);
    if (transaction->phase == TRANSACTION_DELAYED || transaction->phase == TRANSACTION_WATCHING)
        pace_give_up(worker->pace, &transaction->timer);
    connection_set_deadline(
        transaction->connection, now_ns + CONNECTION_IDLE_SECONDS * NS_PER_SECOND);
    connection_set_receiving(transaction->connection, false);
    connection_set_unwatched(transaction->connection);
    *transaction_slot = NULL;
    transaction_drop(transaction);
}
