#include <inttypes.h>

#include "base/timefmt.h"
#include "base/version.h"
#include "server/space/request_entry.h"
#include "server/control/request_export.h"
#include "server/json/write.h"

/* One archive, and the entry at hand. */
struct har {
    struct json_document document;
    struct request_export *export;
    const struct journal_entry *entry;
    struct arena *arena;
};

static void har_add(struct har *har, struct text name, struct text value)
{
    json_document_add_string(&har->document, name, value);
}

static struct text har_text(const struct har *har, enum journal_text text)
{
    return request_entry_text(har->entry, text, har->arena);
}

static void har_add_empty_list(struct har *har, struct text name)
{
    json_document_open_list(&har->document, name);
    json_document_close_list(&har->document);
}

/* The one by which the entry's space is found; of no other does the journal know. */
static void har_add_namespace(struct har *har)
{
    struct text name = har->export->call->space->name;
    if (text_equals(name, SPACE_DEFAULT_NAME))
        return;
    json_document_open_object(&har->document, TEXT(""));
    har_add(har, TEXT("name"), TEXT("X-Emulator-Namespace"));
    har_add(har, TEXT("value"), name);
    json_document_close_object(&har->document);
}

static void har_add_headers(struct har *har, bool is_request)
{
    json_document_open_list(&har->document, TEXT("headers"));
    if (is_request)
        har_add_namespace(har);
    json_document_close_list(&har->document);
}

/* What both have, and the journal does not know but for one header. */
static void har_add_unknown(struct har *har, int64_t body_bytes, bool is_request)
{
    har_add_empty_list(har, TEXT("cookies"));
    har_add_headers(har, is_request);
    json_document_add_int(&har->document, TEXT("headersSize"), -1);
    json_document_add_int(&har->document, TEXT("bodySize"), body_bytes);
}

static void har_add_pair(struct har *har, struct text pair)
{
    size_t equals = text_find_byte(pair, '=');
    struct text value = text_slice(pair, equals + 1, pair.len);
    json_document_open_object(&har->document, TEXT(""));
    har_add(har, TEXT("name"), text_slice(pair, 0, equals));
    har_add(har, TEXT("value"), value);
    json_document_close_object(&har->document);
}

static void har_add_query(struct har *har, struct text query)
{
    struct text rest = query.len ? query : (struct text){NULL, 0};
    json_document_open_list(&har->document, TEXT("queryString"));
    while (rest.bytes)
        har_add_pair(har, text_split(&rest, '&'));
    json_document_close_list(&har->document);
}

static void har_add_request(struct har *har)
{
    struct json_document *document = &har->document;
    const struct journal_record *record = &har->entry->record;
    struct text query = har_text(har, JOURNAL_QUERY), path = har_text(har, JOURNAL_PATH);
    json_document_open_object(document, TEXT("request"));
    har_add(har, TEXT("method"), har_text(har, JOURNAL_VERB));
    har_add(har, TEXT("url"),
        arena_printf(har->arena, "%.*s%.*s%s%.*s", TEXT_ARGS(har->export->root_url),
            TEXT_ARGS(path), query.len ? "?" : "", TEXT_ARGS(query)));
    har_add(har, TEXT("httpVersion"), TEXT("HTTP/1.1"));
    har_add_query(har, query);
    if (record->request_bytes > 0) {
        json_document_open_object(document, TEXT("postData"));
        har_add(har, TEXT("mimeType"), TEXT("application/json"));
        har_add_empty_list(har, TEXT("params"));
        har_add(har, TEXT("text"), har_text(har, JOURNAL_REQUEST_BODY));
        json_document_close_object(document);
    }
    har_add_unknown(har, (int64_t)record->request_bytes, true);
    json_document_close_object(document);
}

/* The kind of a body, of which no header is kept. */
static struct text har_content_type(struct text body)
{
    if (text_starts_with(body, TEXT("data: ")))
        return TEXT("text/event-stream");
    if (text_starts_with(body, TEXT("<")))
        return TEXT("text/html; charset=UTF-8");
    return TEXT(CONTENT_TYPE_JSON);
}

static void har_add_response(struct har *har)
{
    struct json_document *document = &har->document;
    const struct journal_record *record = &har->entry->record;
    struct text body = har_text(har, JOURNAL_RESPONSE_BODY);
    json_document_open_object(document, TEXT("response"));
    json_document_add_int(document, TEXT("status"), record->status);
    har_add(har, TEXT("statusText"),
        record->status_name ? text_of(record->status_name) : text_of(record->status ? "OK" : ""));
    har_add(har, TEXT("httpVersion"), TEXT("HTTP/1.1"));
    json_document_open_object(document, TEXT("content"));
    json_document_add_int(document, TEXT("size"), (int64_t)record->response_bytes);
    har_add(har, TEXT("mimeType"), har_content_type(body));
    har_add(har, TEXT("text"), body);
    json_document_close_object(document);
    har_add(har, TEXT("redirectURL"), TEXT(""));
    har_add_unknown(har, (int64_t)record->response_bytes, false);
    json_document_close_object(document);
}

static void har_add_times(struct har *har, double duration_ms)
{
    struct json_document *document = &har->document;
    json_document_open_object(document, TEXT("cache"));
    json_document_close_object(document);
    json_document_open_object(document, TEXT("timings"));
    json_document_add_int(document, TEXT("send"), 0);
    json_document_add_double(document, TEXT("wait"), duration_ms);
    json_document_add_int(document, TEXT("receive"), 0);
    json_document_close_object(document);
}

static void har_add_entry(struct har *har)
{
    struct json_document *document = &har->document;
    const struct journal_record *record = &har->entry->record;
    int64_t duration_us = record->duration_ns / NS_PER_US;
    double duration_ms = (double)duration_us / 1000;
    char *time = arena_alloc(har->arena, TIME_TEXT_MAX);
    json_document_open_object(document, TEXT(""));
    har_add(
        har, TEXT("startedDateTime"), (struct text){time, time_format(record->received_ns, time)});
    json_document_add_double(document, TEXT("time"), duration_ms);
    har_add_request(har);
    har_add_response(har);
    har_add_times(har, duration_ms);
    har_add(har, TEXT("comment"),
        arena_printf(har->arena, "request %" PRIu64 "%s", har->entry->number,
            record->is_request_cut || record->is_answer_cut
                ? ", of which the journal does not have the whole"
                : ""));
    json_document_close_object(document);
}

static void har_add_creator(struct har *har)
{
    json_document_open_object(&har->document, TEXT("creator"));
    har_add(har, TEXT("name"), TEXT("tunemock"));
    har_add(har, TEXT("version"), TEXT(TUNEMOCK_VERSION));
    json_document_close_object(&har->document);
}

void request_export_har(struct request_export *export)
{
    struct call *call = export->call;
    const struct json_style style = {.layout = JSON_PRETTY};
    struct har har = {
        .document = {.out = export->out, .style = &style}, .export = export, .arena = call->arena};
    json_document_open_object(&har.document, TEXT(""));
    json_document_open_object(&har.document, TEXT("log"));
    har_add(&har, TEXT("version"), TEXT("1.2"));
    har_add_creator(&har);
    json_document_open_list(&har.document, TEXT("entries"));
    for (size_t i = export->view->count; i > 0 && request_export_has_room(export); i--) {
        struct arena_mark mark = arena_mark(call->arena);
        har.entry = export->view->entries[i - 1];
        har_add_entry(&har);
        arena_rewind(call->arena, mark);
    }
    json_document_close_list(&har.document);
    json_document_close_object(&har.document);
    json_document_close_object(&har.document);
    buf_add_byte(export->out, '\n');
}
