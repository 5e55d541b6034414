#include "server/space/stub_reply.h"

#include "base/array.h"
#include "server/contract/limits.h"
#include "server/contract/method.h"
#include "server/json/decode.h"
#include "server/space/stub_text.h"

static bool stub_reply_fail(
    struct text path, const char *reason, struct arena *arena, struct text *ret_problem)
{
    *ret_problem = arena_printf(arena, "%.*s%s", TEXT_ARGS(path), reason);
    return false;
}

/* What kinds a reply's fields make it. */
static const struct {
    unsigned field;
    enum stub_reply_kind kind;
} stub_reply_fields[] = {
    {Stub_Reply_text, STUB_REPLY_TEXT},
    {Stub_Reply_block_reason, STUB_REPLY_BLOCK},
    {Stub_Reply_response, STUB_REPLY_RESPONSE},
    {Stub_Reply_error, STUB_REPLY_ERROR},
    {Stub_Reply_finish_reason, STUB_REPLY_BLOCK},
};

/* False if it is not one of the kinds. */
static bool stub_reply_read_kind(const struct message *message, enum stub_reply_kind *ret_kind)
{
    size_t count = 0;
    for (size_t i = 0; i < ARRAY_COUNT(stub_reply_fields); i++) {
        if (!message_has(message, stub_reply_fields[i].field))
            continue;
        if (count == 0)
            *ret_kind = stub_reply_fields[i].kind;
        count++;
    }
    bool stops_text = count == 2 && message_has(message, Stub_Reply_text) &&
                      message_has(message, Stub_Reply_finish_reason);
    return count == 1 || stops_text;
}

static bool stub_reply_read_reasons(const struct message *message, struct text path,
    struct arena *arena, struct answer_block *block, struct text *ret_problem)
{
    struct text finish = message_text(message, Stub_Reply_finish_reason);
    struct text reason = message_text(message, Stub_Reply_block_reason);
    const char *problem = NULL;
    if (message_has(message, Stub_Reply_finish_reason) && text_is_empty(finish))
        problem = "finishReason: must not be empty";
    else if (message_has(message, Stub_Reply_block_reason) && text_is_empty(reason))
        problem = "blockReason: must not be empty";
    if (!problem)
        problem = answer_block_read_finish_reason(finish, block);
    if (!problem)
        problem = answer_block_read_block_reason(reason, block);
    if (!problem)
        return true;
    *ret_problem = arena_printf(arena, "%.*s.%s", TEXT_ARGS(path), problem);
    return false;
}

static bool stub_reply_read_error(const struct message *error, struct text path,
    struct arena *arena, struct stub_reply *reply, struct text *ret_problem)
{
    struct fault_error_fields fields = {
        .status = message_text(error, Stub_Error_status),
        .preset = message_text(error, Stub_Error_preset),
        .message = message_text(error, Stub_Error_message),
        .retry_after_ns = message_int(error, Stub_Error_retry_after),
    };
    reply->error = (struct fault_answer){.kind = FAULT_STATUS, .error = ERROR_COUNT};
    const char *problem = fault_answer_read_error(&fields, &reply->error);
    reply->text = fields.message;
    reply->error.message = TEXT("");
    if (problem)
        *ret_problem = arena_printf(arena, "%.*s.error.%s", TEXT_ARGS(path), problem);
    return !problem;
}

/* The first problem as "path: reason". What names its path otherwise is left as it is. */
static struct text stub_reply_problem(const struct decode_problems *problems, struct arena *arena)
{
    struct text text = decode_problems_text(problems);
    text = text_slice(text, 0, text_find_byte(text, '\n'));
    struct text start = TEXT("Invalid JSON payload received. Unknown name \"");
    size_t name_len = text_find(text, TEXT("\" at '"));
    if (problems->violation_count == 0 || !text_starts_with(text, start) || name_len == text.len)
        return text;
    struct text place = problems->violations[0].field;
    struct text name = text_slice(text, start.len, name_len);
    return arena_printf(arena, "%.*s.%.*s: unknown name", TEXT_ARGS(place), TEXT_ARGS(name));
}

/* How many objects and lists are in each other, of JSON that has been read. */
static int stub_reply_depth(struct text json)
{
    int depth = 0, deepest = 0;
    bool is_in_string = false;
    for (size_t i = 0; i < json.len; i++) {
        char byte = json.bytes[i];
        if (is_in_string && byte == '\\')
            i++;
        else if (byte == '"')
            is_in_string = !is_in_string;
        else if (!is_in_string && (byte == '{' || byte == '['))
            deepest = ++depth > deepest ? depth : deepest;
        else if (!is_in_string && (byte == '}' || byte == ']'))
            depth--;
    }
    return deepest;
}

/* Reads a response as it will be read to be given. False with what is wrong. */
static bool stub_reply_read_response(struct text json, struct text path, enum message_id type,
    struct arena *arena, struct text *ret_problem)
{
    struct decode_problems problems;
    decode_problems_init(&problems, arena);
    struct message *response = message_new(arena, type, VERSION_LATEST);
    decode_body(json, response, arena_joined(arena, path, TEXT(".response")), &problems);
    if (!decode_problems_any(&problems))
        return true;
    *ret_problem = stub_reply_problem(&problems, arena);
    return false;
}

/* It may be that of either service: what both have, either can give. */
static bool stub_reply_check_response(struct text json, struct text path, enum message_id type,
    struct arena *arena, struct text *ret_problem)
{
    struct text other_problem;
    enum message_id twin = method_response_twin(type);
    if (stub_reply_depth(json) > STUB_RESPONSE_DEPTH_MAX)
        return stub_reply_fail(path, ".response: must nest at most 95 deep", arena, ret_problem);
    return stub_reply_read_response(json, path, type, arena, ret_problem) ||
           (twin != type && stub_reply_read_response(json, path, twin, arena, &other_problem));
}

_Static_assert(STUB_RESPONSE_DEPTH_MAX == 95 && STUB_RESPONSE_DEPTH_MAX + 5 == JSON_DEPTH_MAX,
    "named in the text; file, list, stub, replies and reply are around it");

static const char *stub_reply_text_name(enum stub_reply_kind kind)
{
    switch (kind) {
    case STUB_REPLY_TEXT:
    case STUB_REPLY_BLOCK:
        return ".text";
    case STUB_REPLY_RESPONSE:
        return ".response";
    case STUB_REPLY_ERROR:
        return ".error.message";
    }
    return "";
}

bool stub_reply_read(const struct message *message, struct text path,
    const struct stub_terms *terms, struct arena *arena, struct stub_reply *ret_reply,
    struct text *ret_problem)
{
    *ret_reply = (struct stub_reply){.text = message_text(message, Stub_Reply_text)};
    if (!stub_reply_read_kind(message, &ret_reply->kind))
        return stub_reply_fail(path,
            ": must have one of text, finishReason, blockReason, response and error; text may have "
            "a finishReason beside it",
            arena, ret_problem);
    bool generates = ret_reply->kind == STUB_REPLY_TEXT || ret_reply->kind == STUB_REPLY_BLOCK;
    if (generates && !terms->is_generating)
        return stub_reply_fail(path,
            ": must be a response or an error, as match.method generates no text", arena,
            ret_problem);
    if (!stub_reply_read_reasons(message, path, arena, &ret_reply->block, ret_problem))
        return false;
    const struct message *error = message_child(message, Stub_Reply_error);
    if (error && !stub_reply_read_error(error, path, arena, ret_reply, ret_problem))
        return false;
    if (ret_reply->kind == STUB_REPLY_RESPONSE) {
        ret_reply->text = message_text(message, Stub_Reply_response);
        if (!stub_reply_check_response(ret_reply->text, path, terms->response, arena, ret_problem))
            return false;
    }
    struct text text_path =
        arena_joined(arena, path, text_of(stub_reply_text_name(ret_reply->kind)));
    return stub_text_check(ret_reply->text, text_path, terms->group_count, arena, ret_problem);
}
