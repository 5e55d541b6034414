#include "server/call/record.h"

#include "base/array.h"
#include "base/clock.h"
#include "server/call/body.h"
#include "server/call/facts.h"
#include "server/call/redact.h"
#include "server/call/request_id.h"
#include "server/contract/limits.h"

enum {
    /* A body of no more than this is read for its prompt where the call was answered before. */
    RECORD_DECODED_BYTES_MAX = 64 * 1024,
    /* What a stream's beginning is kept in at first; it grows to JOURNAL_TEXT_BYTES_MAX. */
    RECORD_STREAM_BYTES = 1024,
    /* What is looked at of a text: a secret may begin in what is kept, and end behind it. */
    RECORD_LOOKED_AT_BYTES_MAX = 2 * JOURNAL_TEXT_BYTES_MAX,
    /* Where a request may have a credential. */
    RECORD_SECRETS_MAX = 5
};

/* --- of a request --- */

/* Credentials of the call, to be hidden wherever else they stand. */
struct record_secrets {
    struct text texts[RECORD_SECRETS_MAX];
    size_t count;
};

static void record_add_secret(struct record_secrets *secrets, struct text secret)
{
    if (secret.len >= REDACT_SECRET_BYTES_MIN)
        secrets->texts[secrets->count++] = secret;
}

/* What of the path is not shown is one, too. */
static struct record_secrets record_find_secrets(const struct call *call, struct text path_rest)
{
    struct record_secrets secrets = {.count = 0};
    struct text authorization = text_trim(call->request->headers[HEADER_AUTHORIZATION]);
    size_t blank = text_find_byte(authorization, ' ');
    if (blank < authorization.len)
        authorization = text_trim(text_slice(authorization, blank, authorization.len));
    record_add_secret(&secrets, authorization);
    record_add_secret(&secrets, text_trim(call->request->headers[HEADER_X_GOOG_API_KEY]));
    record_add_secret(&secrets, call->system.key);
    record_add_secret(&secrets, call->system.token);
    record_add_secret(&secrets, path_rest);
    return secrets;
}

/* A text as it may be kept. */
static struct text record_shown(
    const struct call *call, const struct record_secrets *secrets, struct text text, bool *is_cut)
{
    if (text.len > RECORD_LOOKED_AT_BYTES_MAX) {
        *is_cut = true;
        text = text_slice(text, 0, RECORD_LOOKED_AT_BYTES_MAX);
    }
    return redact_secrets(text, secrets->texts, secrets->count, call->arena);
}

/* The prompt, for which the body of a call that was refused or failed on purpose is read now. */
static struct text record_prompt(struct call *call)
{
    bool is_unread = call->in && !call->is_body_read;
    if (is_unread && !(call->method->flags & METHOD_PUBLIC) && !call->request->is_body_too_large &&
        call->request->body.len <= RECORD_DECODED_BYTES_MAX) {
        struct decode_problems problems;
        decode_problems_init(&problems, call->arena);
        body_decode(call, &problems);
    }
    return facts_prompt(call);
}

static void record_read_request(struct call *call, struct journal_record *record)
{
    struct request *request = call->request;
    struct text *texts = record->texts;
    int64_t now_ns = clock_monotonic_ns();
    int64_t started_ns = request->started_ns ? request->started_ns : now_ns;
    record->method = facts_method(call);
    record->time_ns = call->now_ns;
    record->received_ns = clock_system_ns() - (now_ns - started_ns);
    record->request_bytes = request->body.len;
    record->is_request_cut = request->is_body_too_large;

    struct text path = redact_credentials(request->raw_path, call->arena);
    struct text path_rest = text_slice(request->raw_path, path.len, request->raw_path.len);
    struct record_secrets secrets = record_find_secrets(call, path_rest);
    if (path_rest.len > 0)
        path = arena_joined(call->arena, path, TEXT(REDACT_MARK));
    texts[JOURNAL_PATH] = path;
    texts[JOURNAL_VERB] = redact_credentials(request->verb, call->arena);
    texts[JOURNAL_QUERY] = redact_query(request->raw_query, call->arena);
    texts[JOURNAL_REQUEST_ID] = request_id(call);
    texts[JOURNAL_CALLER] = facts_caller(call);
    texts[JOURNAL_PROMPT] =
        record_shown(call, &secrets, record_prompt(call), &record->is_request_cut);
    texts[JOURNAL_REQUEST_BODY] =
        record_shown(call, &secrets, request->body, &record->is_request_cut);
}

/* --- of a reply --- */

/* The values of all headers of this name; of more than one, joined. */
static struct text record_header(const struct reply *reply, const char *name, struct arena *arena)
{
    struct text found = TEXT("");
    for (int i = 0; i < reply->header_count; i++) {
        const struct reply_header *header = &reply->headers[i];
        if (!text_equals_string(text_of(header->name), name))
            continue;
        found = found.len
                    ? arena_printf(arena, "%.*s; %.*s", TEXT_ARGS(found), TEXT_ARGS(header->value))
                    : header->value;
    }
    return found;
}

static int64_t record_duration(const struct request *request)
{
    return request->started_ns ? clock_monotonic_ns() - request->started_ns : 0;
}

/* What the reply's head says; of a stream it is all that is known yet. */
static void record_read_head(struct call *call, struct journal_record *record)
{
    record->texts[JOURNAL_MODEL] = facts_model(call);
    record->texts[JOURNAL_ANSWER] = record_header(call->reply, "X-Emulator-Answer", call->arena);
    record->texts[JOURNAL_HINT] = record_header(call->reply, "X-Emulator-Hint", call->arena);
}

static void record_read_reply(struct call *call, struct journal_record *record)
{
    struct reply *reply = call->reply;
    struct text path = redact_credentials(call->request->raw_path, call->arena);
    struct record_secrets secrets = record_find_secrets(
        call, text_slice(call->request->raw_path, path.len, call->request->raw_path.len));
    bool is_head = text_equals_string(call->request->verb, "HEAD");
    record_read_head(call, record);
    record->duration_ns = record_duration(call->request) + reply->delay_ns;
    record->status = reply->is_reset ? 0 : reply->status;
    record->status_name = call->error_status;
    record->texts[JOURNAL_ERROR] =
        reply->is_reset ? TEXT("The connection was closed without an answer.")
                        : record_shown(call, &secrets, call->error, &record->is_answer_cut);
    if (is_head || reply->is_reset)
        return;
    record->response_bytes = reply->body.len;
    record->texts[JOURNAL_RESPONSE_BODY] =
        record_shown(call, &secrets, buf_text(&reply->body), &record->is_answer_cut);
}

/* --- of a stream --- */

/* Stands between a stream's generator and who reads it. In the reply's arena. */
struct record_stream {
    reply_generator *generate;
    void *state;
    struct space *space;
    struct arena *arena; /* the reply's */
    struct record_note *note;
    const struct request *request;
    int status;
    struct record_secrets secrets; /* in the reply's arena, too */
    char *kept;                    /* the first bytes */
    size_t kept_bytes, capacity;
    uint64_t bytes; /* of all */
};

static void record_keep_piece(struct record_stream *stream, struct text piece)
{
    stream->bytes += piece.len;
    struct text rest = text_slice(piece, 0, JOURNAL_TEXT_BYTES_MAX - stream->kept_bytes);
    if (stream->kept_bytes + rest.len > stream->capacity) {
        const char *old = stream->kept;
        bool is_first = stream->capacity == 0 && rest.len <= RECORD_STREAM_BYTES;
        stream->capacity = is_first ? RECORD_STREAM_BYTES : JOURNAL_TEXT_BYTES_MAX;
        stream->kept = arena_alloc(stream->arena, stream->capacity);
        if (old)
            memcpy(stream->kept, old, stream->kept_bytes);
    }
    if (rest.len > 0)
        memcpy(stream->kept + stream->kept_bytes, rest.bytes, rest.len);
    stream->kept_bytes += rest.len;
}

/* How much of a text that was cut anywhere is whole characters. */
static size_t record_whole_characters(struct text text)
{
    for (size_t back = 1; back <= 4 && back <= text.len; back++) {
        size_t at = text.len - back;
        bool is_continuation = ((unsigned char)text.bytes[at] & 0xc0) == 0x80;
        if (!is_continuation)
            return text_sequence_length(text, at) == back ? text.len : at;
    }
    return text.len;
}

static void record_end_stream(struct record_stream *stream, struct text error)
{
    struct journal_record answer = {
        .duration_ns = record_duration(stream->request),
        .status = stream->status,
        .response_bytes = stream->bytes,
        .is_answer_cut = stream->bytes > stream->kept_bytes,
    };
    struct text kept = {stream->kept, stream->kept_bytes};
    kept = text_slice(kept, 0, answer.is_answer_cut ? record_whole_characters(kept) : kept.len);
    answer.texts[JOURNAL_ERROR] = error;
    answer.texts[JOURNAL_RESPONSE_BODY] =
        redact_secrets(kept, stream->secrets.texts, stream->secrets.count, stream->arena);
    journal_finish(stream->space->journal, stream->note->place, &answer);
    stream->note->is_open = false;
    watches_notify(&stream->space->watches, WATCH_JOURNAL);
}

static struct reply_piece record_make_piece(void *state, struct buf *out)
{
    struct record_stream *stream = state;
    struct reply_piece piece = stream->generate(stream->state, out);
    record_keep_piece(stream, buf_text(out));
    if (piece.is_last)
        record_end_stream(stream,
            piece.is_broken ? TEXT("The connection was closed within the answer.") : TEXT(""));
    return piece;
}

static void record_begin_stream(struct call *call, struct exchange *exchange)
{
    struct reply *reply = call->reply;
    struct arena *arena = &reply->arena;
    struct record_stream *stream = arena_alloc(arena, sizeof(*stream));
    *stream = (struct record_stream){
        .generate = reply->generate,
        .state = reply->generate_state,
        .space = call->space,
        .arena = arena,
        .note = &exchange->note,
        .request = call->request,
        .status = reply->status,
        .secrets = record_find_secrets(call, TEXT("")),
    };
    for (size_t i = 0; i < stream->secrets.count; i++)
        stream->secrets.texts[i] = arena_text(arena, stream->secrets.texts[i]);
    exchange->note.stream = stream;
    reply->generate = record_make_piece;
    reply->generate_state = stream;
}

/* --- what the door tells --- */

static bool record_is_wanted(const struct call *call)
{
    return journal_is_kept(call->space->journal) && !route_is_control(call->request->raw_path) &&
           !text_equals_string(call->request->verb, "OPTIONS");
}

static void record_add(struct call *call, struct exchange *exchange, struct journal_record *record)
{
    record_read_request(call, record);
    exchange->note.place = journal_add(call->space->journal, record);
    watches_notify(&call->space->watches, WATCH_JOURNAL);
}

static void record_open(struct call *call, struct exchange *exchange)
{
    struct journal_record record = {.status = 0};
    record_read_head(call, &record);
    record_add(call, exchange, &record);
    exchange->note.is_open = true;
    exchange->note.space = call->space;
}

void record_begin(struct call *call, struct exchange *exchange)
{
    if (record_is_wanted(call))
        record_open(call, exchange);
}

void record_reply(struct call *call, struct exchange *exchange)
{
    struct record_note *note = &exchange->note;
    if (!record_is_wanted(call))
        return;
    if (call->reply->generate) {
        if (!note->is_open)
            record_open(call, exchange);
        record_begin_stream(call, exchange);
        return;
    }
    struct journal_record record = {.status = 0};
    record_read_reply(call, &record);
    if (!note->is_open) {
        record_add(call, exchange, &record);
        return;
    }
    note->is_open = false;
    journal_finish(call->space->journal, note->place, &record);
    watches_notify(&call->space->watches, WATCH_JOURNAL);
}

void record_end(struct exchange *exchange)
{
    struct record_note *note = &exchange->note;
    struct text error = TEXT("The client left before the end of the answer.");
    if (!note->is_open)
        return;
    note->is_open = false;
    if (note->stream) {
        record_end_stream(note->stream, error);
        return;
    }
    struct journal_record answer = {.duration_ns = record_duration(&exchange->request)};
    answer.texts[JOURNAL_ERROR] = error;
    journal_finish(note->space->journal, note->place, &answer);
    watches_notify(&note->space->watches, WATCH_JOURNAL);
}
