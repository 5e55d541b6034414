#include "server/space/request_entry.h"

#include <inttypes.h>
#include <math.h>

#include "base/buf.h"
#include "base/timefmt.h"
#include "server/contract/method.h"

static struct text request_mended(struct text text, struct arena *arena)
{
    struct buf mended = BUF_INIT;
    for (size_t i = 0; i < text.len;) {
        size_t len = text_sequence_length(text, i);
        buf_add_text(&mended, len ? text_slice(text, i, i + len) : TEXT("\xef\xbf\xbd"));
        i += len ? len : 1;
    }
    struct text result = arena_text(arena, buf_text(&mended));
    buf_release(&mended);
    return result;
}

struct text request_entry_text(
    const struct journal_entry *entry, enum journal_text text, struct arena *arena)
{
    struct text found = entry->record.texts[text];
    return text_is_utf8(found, NULL) ? found : request_mended(found, arena);
}

struct text request_entry_method(const struct journal_entry *entry)
{
    int method = entry->record.method;
    return method == JOURNAL_NO_METHOD ? TEXT("") : text_of(methods[method].name);
}

struct match_facts request_entry_facts(const struct journal_entry *entry, struct arena *arena)
{
    const struct journal_record *record = &entry->record;
    return (struct match_facts){
        .method = record->method < METHOD_EMULATED_COUNT ? record->method : MATCH_NO_METHOD,
        .status = record->status,
        .status_name = text_of(record->status_name),
        .model = request_entry_text(entry, JOURNAL_MODEL, arena),
        .caller = request_entry_text(entry, JOURNAL_CALLER, arena),
        .body = request_entry_text(entry, JOURNAL_REQUEST_BODY, arena),
        .prompt = request_entry_text(entry, JOURNAL_PROMPT, arena),
        .path = request_entry_text(entry, JOURNAL_PATH, arena),
        .request_id = request_entry_text(entry, JOURNAL_REQUEST_ID, arena),
        .answer = request_entry_text(entry, JOURNAL_ANSWER, arena),
    };
}

static void request_set_texts(
    const struct journal_entry *entry, bool has_bodies, struct message *request)
{
    static const struct {
        enum journal_text text;
        unsigned field;
        bool is_body;
    } rows[] = {
        {JOURNAL_REQUEST_ID, Request_request_id, false},
        {JOURNAL_VERB, Request_verb, false},
        {JOURNAL_PATH, Request_path, false},
        {JOURNAL_QUERY, Request_query, false},
        {JOURNAL_MODEL, Request_model, false},
        {JOURNAL_CALLER, Request_caller, false},
        {JOURNAL_PROMPT, Request_prompt, false},
        {JOURNAL_ERROR, Request_error, false},
        {JOURNAL_ANSWER, Request_answer, false},
        {JOURNAL_HINT, Request_hint, false},
        {JOURNAL_REQUEST_BODY, Request_request_body, true},
        {JOURNAL_RESPONSE_BODY, Request_response_body, true},
    };
    _Static_assert(sizeof(rows) / sizeof(rows[0]) == JOURNAL_TEXT_COUNT, "a row for each text");
    for (size_t i = 0; i < JOURNAL_TEXT_COUNT; i++)
        if (has_bodies || !rows[i].is_body)
            message_set_text(
                request, rows[i].field, request_entry_text(entry, rows[i].text, request->arena));
}

static int64_t request_bounded(uint64_t bytes)
{
    return bytes < INT32_MAX ? (int64_t)bytes : INT32_MAX;
}

void request_entry_fill(const struct journal_entry *entry, struct text namespace_name,
    bool has_bodies, struct message *request)
{
    const struct journal_record *record = &entry->record;
    struct text id =
        entry->number ? arena_printf(request->arena, "%" PRIu64, entry->number) : TEXT("");
    message_set_text(request, Request_id, id);
    message_set_int(request, Request_time, record->time_ns);
    message_set_int(request, Request_received_at, record->received_ns);
    message_set_text(request, Request_namespace, namespace_name);
    message_set_text(request, Request_method, request_entry_method(entry));
    request_set_texts(entry, has_bodies, request);
    message_set_int(request, Request_status, record->status);
    message_set_double(
        request, Request_duration_ms, round((double)record->duration_ns * 1000 / NS_PER_MS) / 1000);
    message_set_int(request, Request_request_bytes, request_bounded(record->request_bytes));
    message_set_int(request, Request_response_bytes, request_bounded(record->response_bytes));
    message_set_bool(request, Request_is_cut, record->is_request_cut || record->is_answer_cut);
}

void request_entry_add_difference(
    struct message *message, unsigned field, const struct match_gap *gap)
{
    struct message *difference = message_add_child(message, field);
    message_set_text(difference, VerifyRequestsResponse_Difference_field, gap->field);
    message_set_text(difference, VerifyRequestsResponse_Difference_want, gap->want);
    message_set_text(difference, VerifyRequestsResponse_Difference_got, gap->got);
}
