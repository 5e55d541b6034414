/*
 * A call with a prompt becomes a stub that answers this prompt: a whole answer as it was, a stream
 * by its text, an error by its status. Calls with the same prompt become one stub with several
 * replies. What there is no room for in a server (limits.h) is left out.
 */
#include "base/array.h"
#include "base/map.h"
#include "server/call/facts.h"
#include "server/contract/error.h"
#include "server/contract/limits.h"
#include "server/contract/method.h"
#include "server/space/request_entry.h"
#include "server/control/request_export.h"
#include "server/json/decode.h"
#include "server/space/stub_text.h"

/* The stubs that are made, by what they match. */
struct stub_maker {
    struct request_export *export;
    struct arena *arena;
    enum api_version messages;
    struct map stubs; /* of struct message, a Stub */
    struct message **made;
    size_t made_count;
};

static bool stub_is_batch(const struct journal_entry *entry)
{
    return entry->record.method == METHOD_MODELS_BATCH_EMBED_CONTENTS;
}

/* True for calls that stubs answer. A request that was refused for what it is will be so again,
 * before any stub is asked. */
static bool stub_is_possible(const struct journal_entry *entry)
{
    const struct journal_record *record = &entry->record;
    if (record->method == JOURNAL_NO_METHOD)
        return false;
    bool is_refused = record->texts[JOURNAL_ANSWER].len == 0 && record->status_name &&
                      strcmp(record->status_name, "INVALID_ARGUMENT") == 0;
    static const enum message_id responses[] = {MESSAGE_GenerateContentResponse,
        MESSAGE_VertexGenerateContentResponse, MESSAGE_GenerateTextResponse,
        MESSAGE_EmbedContentResponse, MESSAGE_BatchEmbedContentsResponse,
        MESSAGE_CountTokensResponse, MESSAGE_VertexCountTokensResponse};
    for (size_t i = 0; i < ARRAY_COUNT(responses) && !is_refused; i++)
        if (methods[record->method].response == responses[i])
            return true;
    return false;
}

/* --- replies --- */

static bool stub_decode(
    struct stub_maker *maker, struct text json, enum message_id id, struct message **ret_message)
{
    struct decode_problems problems;
    decode_problems_init(&problems, maker->arena);
    *ret_message = message_new(maker->arena, id, maker->messages);
    decode_body(json, *ret_message, TEXT(""), &problems);
    return !decode_problems_any(&problems);
}

/* The answer as the stub's `response`. NULL: it is no JSON object. */
static struct message *stub_whole_reply(struct stub_maker *maker, struct text body)
{
    struct message *reply;
    struct text json = arena_printf(maker->arena, "{\"response\":%.*s}", TEXT_ARGS(body));
    return stub_decode(maker, json, MESSAGE_Stub_Reply, &reply) &&
                   message_has(reply, Stub_Reply_response)
               ? reply
               : NULL;
}

/* The answer's body without the call that is around it where a callback was named (?callback=). */
static struct text stub_body(struct stub_maker *maker, const struct journal_entry *entry)
{
    struct text body = request_entry_text(entry, JOURNAL_RESPONSE_BODY, maker->arena);
    struct text start = TEXT("// API callback\n"), end = TEXT(");\n");
    if (!text_starts_with(body, start) || !text_ends_with(body, end))
        return body;
    size_t open = text_find_byte(body, '(');
    return text_slice(body, open + 1, body.len - end.len);
}

/* After which time it may be tried again, if the body of an error says so. */
static void stub_set_retry(struct stub_maker *maker, struct text body, struct message *error)
{
    struct message *whole;
    /* Of a stream that is no event stream it is in a list. */
    bool is_list = text_starts_with(body, TEXT("["));
    if (is_list)
        body = text_slice(body, 1, text_trim(body).len - 1);
    if (!stub_decode(maker, body, MESSAGE_ErrorBody, &whole) ||
        !message_has(whole, ErrorBody_error))
        return;
    const struct message *told = message_child(whole, ErrorBody_error);
    for (size_t i = 0; i < message_count(told, ErrorBody_Error_details); i++) {
        const struct message *detail = message_child_at(told, ErrorBody_Error_details, i);
        if (detail->type == &message_types[MESSAGE_RetryInfo])
            message_set_int(
                error, Stub_Error_retry_after, message_int(detail, RetryInfo_retry_delay));
    }
}

static struct message *stub_error_reply(struct stub_maker *maker, const struct journal_entry *entry)
{
    struct message *reply = message_new(maker->arena, MESSAGE_Stub_Reply, maker->messages);
    struct message *error = message_make_child(reply, Stub_Reply_error);
    message_set_text_if(error, Stub_Error_status, text_of(entry->record.status_name));
    message_set_text_if(
        error, Stub_Error_message, request_entry_text(entry, JOURNAL_ERROR, maker->arena));
    stub_set_retry(maker, stub_body(maker, entry), error);
    return reply;
}

static void stub_set_reason(
    struct message *reply, unsigned field, enum enum_id type, int64_t number)
{
    const struct enum_value *value = enum_type_find_number(&enum_types[type], number);
    if (value)
        message_set_text(reply, field, value->name);
}

/* Where the two services have what a chunk says. */
static const struct stub_chunk {
    enum message_id type;
    unsigned feedback, block_reason, candidates, finish_reason, content, parts;
    enum enum_id reasons;
} stub_chunks[] = {
    {MESSAGE_GenerateContentResponse, GenerateContentResponse_prompt_feedback,
        GenerateContentResponse_PromptFeedback_block_reason, GenerateContentResponse_candidates,
        Candidate_finish_reason, Candidate_content, Content_parts, ENUM_Candidate_FinishReason},
    {MESSAGE_VertexGenerateContentResponse, VertexGenerateContentResponse_prompt_feedback,
        VertexGenerateContentResponse_PromptFeedback_block_reason,
        VertexGenerateContentResponse_candidates, VertexCandidate_finish_reason,
        VertexCandidate_content, VertexContent_parts, ENUM_VertexCandidate_FinishReason},
};

static void stub_add_candidate(struct stub_maker *maker, const struct stub_chunk *row,
    const struct message *candidate, struct message *reply)
{
    int64_t finish_reason = message_int(candidate, row->finish_reason);
    const struct message *content = message_child(candidate, row->content);
    for (size_t i = 0; content && i < message_count(content, row->parts); i++)
        message_set_text(reply, Stub_Reply_text,
            arena_joined(maker->arena, message_text(reply, Stub_Reply_text),
                message_text(message_child_at(content, row->parts, i), Part_text)));
    /* It has the same number in both. */
    bool is_usual =
        finish_reason == Candidate_FinishReason_STOP && message_has(reply, Stub_Reply_text);
    if (finish_reason != 0 && !is_usual)
        stub_set_reason(reply, Stub_Reply_finish_reason, row->reasons, finish_reason);
}

/* Adds what a chunk says. False if it is no chunk of an answer. */
static bool stub_add_chunk(
    struct stub_maker *maker, const struct stub_chunk *row, struct text json, struct message *reply)
{
    struct message *chunk;
    if (!stub_decode(maker, json, row->type, &chunk))
        return false;
    const struct message *feedback = message_child(chunk, row->feedback);
    if (feedback && message_has(feedback, row->block_reason))
        stub_set_reason(reply, Stub_Reply_block_reason,
            ENUM_GenerateContentResponse_PromptFeedback_BlockReason,
            message_int(feedback, row->block_reason));
    if (message_count(chunk, row->candidates) > 0)
        stub_add_candidate(maker, row, message_child_at(chunk, row->candidates, 0), reply);
    return true;
}

static bool stub_add_events(
    struct stub_maker *maker, const struct stub_chunk *row, struct text rest, struct message *reply)
{
    struct text start = TEXT("data: "), end = TEXT("\r\n\r\n");
    while (rest.len > 0) {
        size_t len = text_find(rest, end);
        if (!text_starts_with(rest, start) || len == rest.len ||
            !stub_add_chunk(maker, row, text_slice(rest, start.len, len), reply))
            return false;
        rest = text_slice(rest, len + end.len, rest.len);
    }
    return true;
}

/* "[{...}\n,\r\n{...}\n]": no text within has these bytes as they are. */
static bool stub_add_items(
    struct stub_maker *maker, const struct stub_chunk *row, struct text body, struct message *reply)
{
    struct text between = TEXT("\n,\r\n"), rest = text_trim(body);
    if (!text_starts_with(rest, TEXT("[")) || !text_ends_with(rest, TEXT("]")))
        return false;
    rest = text_slice(rest, 1, rest.len - 1);
    while (rest.len > 0) {
        size_t len = text_find(rest, between);
        if (!stub_add_chunk(maker, row, text_slice(rest, 0, len), reply))
            return false;
        rest = text_slice(rest, len + between.len, rest.len);
    }
    return true;
}

static struct message *stub_stream_reply(
    struct stub_maker *maker, const struct method *method, struct text body)
{
    struct message *reply = message_new(maker->arena, MESSAGE_Stub_Reply, maker->messages);
    const struct stub_chunk *row = &stub_chunks[method->response != stub_chunks[0].type];
    bool is_read = text_starts_with(body, TEXT("data: ")) ? stub_add_events(maker, row, body, reply)
                                                          : stub_add_items(maker, row, body, reply);
    return is_read && reply->set ? reply : NULL;
}

/* NULL: the answer cannot be given again. */
static struct message *stub_reply(struct stub_maker *maker, const struct journal_entry *entry)
{
    const struct journal_record *record = &entry->record;
    struct text body = stub_body(maker, entry);
    if (record->is_request_cut || record->is_answer_cut || record->status == 0)
        return NULL;
    if (record->status_name)
        return stub_error_reply(maker, entry);
    const struct method *method = &methods[record->method];
    bool is_stream = method->flags & METHOD_STREAMING;
    return is_stream ? stub_stream_reply(maker, method, body) : stub_whole_reply(maker, body);
}

static void stub_escape_field(struct message *message, unsigned field)
{
    if (message && message_has(message, field))
        message_set_text(
            message, field, stub_text_escape(message_text(message, field), message->arena));
}

/* What was said had no variables, whatever it looks like. */
static void stub_escape(struct message *reply)
{
    stub_escape_field(reply, Stub_Reply_text);
    stub_escape_field(reply, Stub_Reply_response);
    stub_escape_field(message_child(reply, Stub_Reply_error), Stub_Error_message);
}

/* --- stubs --- */

static void stub_set_equals(struct message *match, unsigned field, struct text text)
{
    message_set_text(message_make_child(match, field), TextMatch_equals, text);
}

/* A prompt that has other forms, for which there may be stubs, too, is to find its own. */
static void stub_raise_priority(
    struct stub_maker *maker, const struct journal_entry *entry, struct message *stub)
{
    const struct method *method = &methods[entry->record.method];
    struct message *request;
    struct text body = request_entry_text(entry, JOURNAL_REQUEST_BODY, maker->arena);
    enum method_subject subject = method_subject(method);
    if ((subject != SUBJECT_TUNED_MODEL && subject != SUBJECT_ENDPOINT) ||
        !stub_decode(maker, body, method->request, &request))
        return;
    int64_t others = (int64_t)facts_prompt_forms_of(request, maker->arena).form_count - 1;
    if (others > message_int(stub, Stub_priority))
        message_set_int(stub, Stub_priority, others);
}

/* The stub for calls like this one; NULL: there is no room for one more. */
static struct message *stub_find(struct stub_maker *maker, const struct journal_entry *entry)
{
    struct arena *arena = maker->arena;
    struct message *match = message_new(arena, MESSAGE_Match, maker->messages);
    message_set_text(match, Match_method, request_entry_method(entry));
    stub_set_equals(match, Match_model, request_entry_text(entry, JOURNAL_MODEL, arena));
    if (stub_is_batch(entry))
        stub_set_equals(match, Match_body, request_entry_text(entry, JOURNAL_REQUEST_BODY, arena));
    else
        stub_set_equals(match, Match_prompt, request_entry_text(entry, JOURNAL_PROMPT, arena));
    struct text key = json_text(match, arena);
    struct message *stub = map_find(&maker->stubs, key);
    if (stub || maker->made_count == STUBS_MAX)
        return stub;
    stub = message_new(arena, MESSAGE_Stub, maker->messages);
    message_set_message(stub, Stub_match, match);
    map_put(&maker->stubs, key, stub);
    maker->made[maker->made_count++] = stub;
    return stub;
}

/* One reply stands alone; several are a list. */
static void stub_add_reply(struct message *stub, struct message *reply)
{
    struct message *only = message_child(stub, Stub_reply);
    if (!only && message_count(stub, Stub_replies) == 0) {
        message_set_message(stub, Stub_reply, reply);
        return;
    }
    if (only)
        message_add_message(stub, Stub_replies, only);
    message_clear(stub, Stub_reply);
    message_add_message(stub, Stub_replies, reply);
}

/* How many of the replies say it all: a stub answers again with its last one. */
static size_t stub_count_replies(const struct message *stub, struct arena *arena)
{
    size_t count = message_count(stub, Stub_replies);
    if (count == 0)
        return 0;
    struct text last = json_text(message_child_at(stub, Stub_replies, count - 1), arena);
    while (count > 1 &&
           text_equals(last, json_text(message_child_at(stub, Stub_replies, count - 2), arena)))
        count--;
    return count;
}

/* Leaves away the replies that repeat the last one, and what there is no room for. */
static void stub_trim_replies(struct stub_maker *maker, struct message *stub)
{
    size_t all = message_count(stub, Stub_replies), count = stub_count_replies(stub, maker->arena);
    size_t kept = count < STUB_REPLIES_MAX ? count : STUB_REPLIES_MAX;
    if (kept == all)
        return;
    maker->export->left_out_count += count - kept;
    const struct message *whole = message_copy(maker->arena, stub);
    message_clear(stub, Stub_replies);
    for (size_t i = 0; i < kept; i++)
        stub_add_reply(stub, message_child_at(whole, Stub_replies, i));
}

static void stub_add_entry(struct stub_maker *maker, const struct journal_entry *entry)
{
    if (!stub_is_possible(entry))
        return;
    struct message *reply = stub_reply(maker, entry);
    struct message *stub = reply ? stub_find(maker, entry) : NULL;
    if (!stub) {
        maker->export->left_out_count++;
        return;
    }
    stub_escape(reply);
    stub_raise_priority(maker, entry, stub);
    stub_add_reply(stub, reply);
}

void request_export_stubs(struct request_export *export)
{
    struct call *call = export->call;
    struct stub_maker maker = {
        .export = export,
        .arena = call->arena,
        .messages = call->messages,
        .made = arena_array(call->arena, export->view->count, sizeof(struct message *)),
    };
    map_init(&maker.stubs, call->arena);
    for (size_t i = export->view->count; i > 0; i--)
        stub_add_entry(&maker, export->view->entries[i - 1]);
    struct message *file = message_new(call->arena, MESSAGE_SeedFile, call->messages);
    message_set_int(file, SeedFile_version, 1);
    for (size_t i = 0; i < maker.made_count; i++) {
        stub_trim_replies(&maker, maker.made[i]);
        message_add_message(file, SeedFile_stubs, maker.made[i]);
    }
    struct json_style style = {.layout = JSON_PRETTY, .share = &call->reply->share};
    json_write(export->out, file, &style);
    buf_add_byte(export->out, '\n');
}
