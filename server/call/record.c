#include "server/call/record.h"

#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/clock.h"
#include "base/memory.h"
#include "server/call/body.h"
#include "server/call/facts.h"
#include "server/call/redact.h"
#include "server/call/request_id.h"
#include "server/contract/limits.h"
#include "server/space/tell.h"

enum {
    /* A body of no more than this is read for its prompt where the call was answered before. */
    RECORD_DECODED_BYTES_MAX = 64 * 1024,
    /* What a stream's beginning is kept in at first; it grows to JOURNAL_TEXT_BYTES_MAX. */
    RECORD_STREAM_BYTES = 1024,
    /* What is looked at of a text: a secret may begin in what is kept, and end behind it. */
    RECORD_LOOKED_AT_BYTES_MAX = 2 * JOURNAL_TEXT_BYTES_MAX,
    /* Where a request may have a credential. */
    RECORD_QUERY_SECRETS_MAX = 4,
    RECORD_SECRETS_MAX = ROUTE_STARS_MAX + 5 + RECORD_QUERY_SECRETS_MAX
};

/* --- what is not kept --- */

/* What of a call is to be hidden. */
struct record_veil {
    struct call *call;
    struct text path;      /* that may be shown */
    struct text path_rest; /* and the rest */
    struct text secrets[RECORD_SECRETS_MAX];
    size_t secret_count;
    bool has_no_keys; /* the request had none, so that the answer has none of it */
    int64_t now_ns;   /* monotonic */
};

static void record_add_secret(struct record_veil *veil, struct text secret)
{
    if (secret.len >= REDACT_SECRET_BYTES_MIN)
        veil->secrets[veil->secret_count++] = secret;
}

/* Also where the query was not read, as that of a route that there is none of. */
static void record_add_query_secrets(struct record_veil *veil)
{
    struct call *call = veil->call;
    struct text secrets[RECORD_QUERY_SECRETS_MAX];
    size_t count = redact_query_secrets(
        call->request->raw_query, call->arena, secrets, RECORD_QUERY_SECRETS_MAX);
    for (size_t i = 0; i < count; i++)
        record_add_secret(veil, secrets[i]);
}

/* What of the ids is not shown, which errors and the model's name have, too; true if all is. */
static bool record_add_id_secrets(struct record_veil *veil)
{
    const struct call *call = veil->call;
    bool are_shown = true;
    for (int i = 0; i < ROUTE_STARS_MAX && call->ids[i].len > 0; i++) {
        struct text id = call->ids[i];
        size_t shown_len = redact_credentials(id, call->arena).len;
        record_add_secret(veil, text_slice(id, shown_len, id.len));
        are_shown = are_shown && shown_len == id.len;
    }
    return are_shown;
}

/* What of the path may be shown. That of a method is its template with ids in place of the stars,
 * so nothing but these can hold a credential, and looking at them alone is quicker. */
static struct text record_shown_path(struct record_veil *veil)
{
    const struct call *call = veil->call;
    struct text raw_path = call->request->raw_path;
    bool are_ids_shown = record_add_id_secrets(veil);
    bool is_raw = text_find_byte(raw_path, '%') == raw_path.len;
    return call->method && is_raw && are_ids_shown ? raw_path
                                                   : redact_credentials(raw_path, call->arena);
}

/* Most calls have none of those that are asked for. */
static struct text record_header(const struct request *request, enum request_header header)
{
    struct text value = request->headers[header];
    return value.len > 0 ? text_trim(value) : TEXT("");
}

/* Credentials of the call, wherever else they stand, and what of its path is not shown. */
static void record_veil_init(struct call *call, int64_t now_ns, struct record_veil *veil)
{
    struct request *request = call->request;
    *veil = (struct record_veil){.call = call, .now_ns = now_ns};
    veil->path = request->shown_path = record_shown_path(veil);
    request->shown_verb = http_verb_parse(request->verb) == VERB_OTHER
                              ? redact_credentials(request->verb, call->arena)
                              : request->verb;
    veil->path_rest = text_slice(request->raw_path, veil->path.len, request->raw_path.len);
    struct text authorization = record_header(request, HEADER_AUTHORIZATION);
    size_t blank = text_find_byte(authorization, ' ');
    if (blank < authorization.len)
        authorization = text_trim(text_slice(authorization, blank, authorization.len));
    record_add_secret(veil, authorization);
    record_add_secret(veil, record_header(request, HEADER_X_GOOG_API_KEY));
    record_add_secret(veil, record_header(request, HEADER_X_EMULATOR_TOKEN));
    record_add_secret(veil, veil->path_rest);
    /* What is told of the path is told decoded. */
    if (text_find_byte(veil->path_rest, '%') < veil->path_rest.len)
        record_add_secret(veil, percent_decode(veil->path_rest, false, call->arena));
    if (request->raw_query.len > 0)
        record_add_query_secrets(veil);
}

/* What is short, and of which redact.h has looked for keys, or need not. */
static struct text record_without_secrets(const struct record_veil *veil, struct text text)
{
    if (veil->secret_count == 0 || text_is_empty(text))
        return text; /* as of most calls */
    return redact_secrets(text, veil->secrets, veil->secret_count, veil->call->arena);
}

/* A text as it may be kept. */
static struct text record_veiled(const struct record_veil *veil, struct text text, bool *is_cut)
{
    if (text.len > RECORD_LOOKED_AT_BYTES_MAX) {
        *is_cut = true;
        text = text_slice(text, 0, RECORD_LOOKED_AT_BYTES_MAX);
    }
    text = record_without_secrets(veil, text);
    return veil->has_no_keys ? text : redact_keys(text, veil->call->arena);
}

/* --- of a request --- */

/* The prompt, for which the body of a call that was refused or failed on purpose is read now. */
static struct text record_prompt(struct call *call)
{
    bool is_unread = call->in && call->method && !call->is_body_read;
    if (is_unread && !(call->method->flags & METHOD_PUBLIC) && !call->request->is_body_too_large &&
        call->request->body.len <= RECORD_DECODED_BYTES_MAX) {
        struct decode_problems problems;
        decode_problems_init(&problems, call->arena);
        body_decode(call, &problems);
    }
    return facts_prompt(call);
}

static void record_read_request(struct record_veil *veil, struct journal_record *record)
{
    struct call *call = veil->call;
    struct request *request = call->request;
    struct text *texts = record->texts;
    record->method = facts_method(call);
    record->time_ns = call->now_ns;
    record->received_ns = request->received_ns ? request->received_ns : clock_system_ns();
    record->request_bytes = request->body.len;
    record->is_request_cut = request->is_body_too_large;

    struct text path = veil->path;
    if (veil->path_rest.len > 0)
        path = arena_joined(call->arena, path, TEXT(REDACT_MARK));
    texts[JOURNAL_PATH] = record_without_secrets(veil, path);
    texts[JOURNAL_VERB] = request->shown_verb;
    if (request->raw_query.len > 0)
        texts[JOURNAL_QUERY] =
            record_without_secrets(veil, redact_query(request->raw_query, call->arena));
    texts[JOURNAL_REQUEST_ID] = request_id(call);
    if (call->request_number == 0) /* it was sent */
        texts[JOURNAL_REQUEST_ID] =
            redact_keys(record_without_secrets(veil, texts[JOURNAL_REQUEST_ID]), call->arena);
    texts[JOURNAL_CALLER] = facts_caller(call);
    bool is_secret = call->method && call->method->flags & METHOD_SECRET;
    texts[JOURNAL_REQUEST_BODY] =
        is_secret ? TEXT(REDACT_MARK) : record_veiled(veil, request->body, &record->is_request_cut);
    veil->has_no_keys = texts[JOURNAL_REQUEST_BODY].bytes == request->body.bytes;
    texts[JOURNAL_PROMPT] = record_veiled(veil, record_prompt(call), &record->is_request_cut);
}

/* --- of a reply --- */

/* The value of a header of the emulator's behind those that it had before. */
static struct text record_joined(struct text before, struct text value, struct arena *arena)
{
    return before.len ? arena_printf(arena, "%.*s; %.*s", TEXT_ARGS(before), TEXT_ARGS(value))
                      : value;
}

/* Of the emulator's headers, what answers and what it hints at; of more than one, joined. */
static void record_read_headers(struct call *call, struct text texts[JOURNAL_TEXT_COUNT])
{
    const struct reply *reply = call->reply;
    for (int i = 0; i < reply->header_count; i++) {
        const struct reply_header *header = &reply->headers[i];
        if (header->name[0] != 'X')
            continue; /* as most */
        if (strcmp(header->name, "X-Emulator-Answer") == 0)
            texts[JOURNAL_ANSWER] =
                record_joined(texts[JOURNAL_ANSWER], header->value, call->arena);
        else if (strcmp(header->name, "X-Emulator-Hint") == 0)
            texts[JOURNAL_HINT] = record_joined(texts[JOURNAL_HINT], header->value, call->arena);
    }
}

static int64_t record_duration(const struct request *request, int64_t now_ns)
{
    return request->started_ns ? now_ns - request->started_ns : 0;
}

/* What the reply's head says; of a stream it is all that is known yet. */
static void record_read_head(const struct record_veil *veil, struct journal_record *record)
{
    struct call *call = veil->call;
    record->texts[JOURNAL_MODEL] = record_without_secrets(veil, facts_model(call));
    record_read_headers(call, record->texts);
}

static void record_read_reply(const struct record_veil *veil, struct journal_record *record)
{
    struct call *call = veil->call;
    struct reply *reply = call->reply;
    bool is_head = text_equals_string(call->request->verb, "HEAD");
    record_read_head(veil, record);
    record->duration_ns = record_duration(call->request, veil->now_ns) + reply->delay_ns;
    record->status = reply->is_reset ? 0 : reply->status;
    record->status_name = call->error_status;
    record->texts[JOURNAL_ERROR] = reply->is_reset
                                       ? TEXT("The connection was closed without an answer.")
                                       : record_veiled(veil, call->error, &record->is_answer_cut);
    if (is_head || reply->is_reset)
        return;
    record->response_bytes = reply->body.len;
    record->texts[JOURNAL_RESPONSE_BODY] =
        record_veiled(veil, buf_text(&reply->body), &record->is_answer_cut);
}

/* --- what is kept and told --- */

static void record_tell(
    struct space *space, struct journal_place place, const struct journal_record *record)
{
    if (!events_are_wanted(&space->events))
        return;
    struct journal_entry entry = {place.number, *record};
    journal_record_cut(&entry.record);
    tell_request(&space->events, &entry);
}

/* A copy of what was asked, without its body, for when the answer has come: the journal may have
 * lost it by then. */
static struct journal_entry *record_copy_request(
    struct journal_place place, const struct journal_record *record)
{
    struct journal_entry entry = {place.number, *record};
    journal_record_cut(&entry.record);
    entry.record.texts[JOURNAL_REQUEST_BODY] = TEXT("");
    struct journal_entry *copy = memory_alloc(sizeof(*copy) + journal_record_cut(&entry.record));
    char *end = (char *)(copy + 1);
    *copy = entry;
    for (int i = 0; i < JOURNAL_TEXT_COUNT; i++) {
        struct text *text = &copy->record.texts[i];
        if (text->len > 0)
            memcpy(end, text->bytes, text->len);
        text->bytes = end;
        end += text->len;
    }
    return copy;
}

static struct journal_place record_keep(struct space *space, const struct journal_record *record)
{
    struct journal_place place = {0};
    if (journal_is_kept(space->journal)) {
        place = journal_add(space->journal, record);
        watches_notify(&space->watches, WATCH_JOURNAL);
    }
    return place;
}

/* A request whose answer is to come. */
static void record_open_note(
    struct record_note *note, struct space *space, const struct journal_record *record)
{
    note->space = space;
    note->is_open = true;
    note->place = record_keep(space, record);
    if (events_are_wanted(&space->events))
        note->told = record_copy_request(note->place, record);
}

/* Here it is. */
static void record_close_note(struct record_note *note, const struct journal_record *answer)
{
    struct space *space = note->space;
    note->is_open = false;
    journal_finish(space->journal, note->place, answer);
    watches_notify(&space->watches, WATCH_JOURNAL);
    if (!note->told)
        return;
    struct journal_record record = journal_record_join(&note->told->record, answer);
    record_tell(space, note->place, &record);
    free(note->told);
    note->told = NULL;
}

/* --- of a stream --- */

/* Stands between a stream's generator and who reads it. In the reply's arena. */
struct record_stream {
    reply_generator *generate;
    void *state;
    struct arena *arena; /* the reply's */
    struct record_note *note;
    const struct request *request;
    int status;
    struct text secrets[RECORD_SECRETS_MAX]; /* in the reply's arena, too */
    size_t secret_count;
    char *kept; /* the first bytes */
    size_t kept_bytes, capacity;
    uint64_t bytes; /* of all */
};

/* Keeps whole characters, and no more once something was left out. */
static void record_keep_piece(struct record_stream *stream, struct text piece)
{
    bool is_cut = stream->bytes > stream->kept_bytes;
    size_t room = is_cut ? 0 : JOURNAL_TEXT_BYTES_MAX - stream->kept_bytes;
    struct text rest = piece.len > room ? text_slice(piece, 0, text_boundary(piece, room)) : piece;
    stream->bytes += piece.len;
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

static void record_end_stream(struct record_stream *stream, struct text error)
{
    struct journal_record answer = {
        .duration_ns = record_duration(stream->request, clock_monotonic_ns()),
        .status = stream->status,
        .response_bytes = stream->bytes,
        .is_answer_cut = stream->bytes > stream->kept_bytes,
    };
    struct text kept = {stream->kept, stream->kept_bytes};
    answer.texts[JOURNAL_ERROR] = error;
    kept = redact_secrets(kept, stream->secrets, stream->secret_count, stream->arena);
    answer.texts[JOURNAL_RESPONSE_BODY] = redact_keys(kept, stream->arena);
    record_close_note(stream->note, &answer);
}

static struct reply_piece record_make_piece(void *state, struct buf *out)
{
    struct record_stream *stream = state;
    struct reply_piece piece = stream->generate(stream->state, out);
    record_keep_piece(stream, buf_text(out));
    if (piece.is_last || piece.is_broken)
        record_end_stream(stream,
            piece.is_broken ? TEXT("The connection was closed within the answer.") : TEXT(""));
    return piece;
}

static void record_begin_stream(const struct record_veil *veil, struct exchange *exchange)
{
    struct call *call = veil->call;
    struct reply *reply = call->reply;
    struct arena *arena = &reply->arena;
    struct record_stream *stream = arena_alloc(arena, sizeof(*stream));
    *stream = (struct record_stream){
        .generate = reply->generate,
        .state = reply->generate_state,
        .arena = arena,
        .note = &exchange->note,
        .request = call->request,
        .status = reply->status,
        .secret_count = veil->secret_count,
    };
    for (size_t i = 0; i < veil->secret_count; i++)
        stream->secrets[i] = arena_text(arena, veil->secrets[i]);
    exchange->note.stream = stream;
    reply->generate = record_make_piece;
    reply->generate_state = stream;
}

/* --- what the door tells --- */

static bool record_is_wanted(const struct call *call)
{
    struct space *space = call->space;
    bool has_hearer = journal_is_kept(space->journal) || events_are_wanted(&space->events);
    return has_hearer && !call->no_space.len && !call->is_control &&
           !text_equals_string(call->request->verb, "OPTIONS");
}

static void record_open(struct record_veil *veil, struct exchange *exchange)
{
    struct journal_record record = {.status = 0};
    record_read_head(veil, &record);
    record_read_request(veil, &record);
    record_open_note(&exchange->note, veil->call->space, &record);
}

void record_begin(struct call *call, struct exchange *exchange)
{
    struct record_veil veil;
    if (!record_is_wanted(call))
        return;
    record_veil_init(call, clock_monotonic_ns(), &veil);
    record_open(&veil, exchange);
}

/* The answer of a call that was set aside. */
static void record_finish(struct record_veil *veil, struct exchange *exchange)
{
    struct journal_record record = {.status = 0};
    record_read_reply(veil, &record);
    record_close_note(&exchange->note, &record);
}

void record_reply(struct call *call, struct exchange *exchange, int64_t now_ns)
{
    struct record_veil veil;
    struct journal_record record = {.status = 0};
    bool is_stream = call->reply->generate;
    if (!exchange->note.is_open && !record_is_wanted(call))
        return;
    record_veil_init(call, now_ns, &veil);
    if (is_stream && !exchange->note.is_open)
        record_open(&veil, exchange);
    if (is_stream) {
        record_begin_stream(&veil, exchange);
    } else if (exchange->note.is_open) {
        record_finish(&veil, exchange);
    } else {
        record_read_request(&veil, &record);
        record_read_reply(&veil, &record);
        struct journal_place place = record_keep(call->space, &record);
        record_tell(call->space, place, &record);
    }
}

void record_end(struct exchange *exchange)
{
    struct record_note *note = &exchange->note;
    struct text error = TEXT("The client left before the end of the answer.");
    if (!note->is_open)
        return;
    if (note->stream) {
        record_end_stream(note->stream, error);
        return;
    }
    struct journal_record answer = {
        .duration_ns = record_duration(&exchange->request, clock_monotonic_ns())};
    answer.texts[JOURNAL_ERROR] = error;
    record_close_note(note, &answer);
}
