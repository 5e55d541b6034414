#include "server/json/read.h"

#include <string.h>

#include "base/array.h"
#include "base/ascii.h"
#include "server/json/read_scalar.h"
#include "server/json/reader.h"

enum {
    /* With fewer bytes left, a word could still become a keyword: "false" is the longest. */
    READ_KEYWORD_BYTES_MAX = 5
};

#define READ_BYTE_ORDER_MARK "\xEF\xBB\xBF"

static bool read_is_space(char byte)
{
    return byte == ' ' || byte == '\t' || byte == '\n' || byte == '\r';
}

static bool read_is_letter(char byte)
{
    return ascii_is_letter(byte) || byte == '_' || byte == '$';
}

static void read_skip_space(struct reader *reader)
{
    while (reader->at < reader->end && read_is_space(*reader->at))
        reader->at++;
}

/* Refuses a byte that begins no token, or the end of the input. Always false. */
static bool read_fail_unknown(struct reader *reader, const char *message)
{
    const char *prefix = reader_rest(reader) > 0 ? "" : "Unexpected end of string. ";
    return reader_resume(reader, reader->at) && reader_fail_with(reader, prefix, message);
}

static enum read_state read_after_value(const struct reader *reader)
{
    if (reader->depth == 0)
        return READ_END;
    return reader->closers[reader->depth - 1] == '}' ? READ_AFTER_MEMBER : READ_AFTER_ITEM;
}

static void read_add_pending_comma(struct reader *reader)
{
    if (reader->is_comma_pending) {
        buf_add_byte(reader->out, ',');
        reader->is_comma_pending = false;
    }
}

/* Objects and arrays count alike; the real service was measured to do so in 2026. Always false. */
static bool read_fail_deep(struct reader *reader, char closer)
{
    static const char prefix[] = READ_ERROR_PREFIX "Message too deep. Max recursion depth reached";
    struct text key = reader->state == READ_VALUE ? reader->key : TEXT("");
    key = arena_shortened(reader->arena, key, QUOTE_BYTES_MAX);
    reader->error = closer == ']'
                        ? arena_printf(reader->arena, "%s in array", prefix)
                        : arena_printf(reader->arena, "%s for key '%.*s'", prefix, TEXT_ARGS(key));
    return false;
}

static bool read_open(struct reader *reader, char closer)
{
    if (reader->depth == JSON_DEPTH_MAX)
        return read_fail_deep(reader, closer);
    buf_add_byte(reader->out, *reader->at++);
    reader->closers[reader->depth++] = closer;
    reader->state = closer == '}' ? READ_KEY : READ_ITEM;
    return true;
}

static bool read_close(struct reader *reader)
{
    buf_add_byte(reader->out, *reader->at++);
    reader->is_comma_pending = false;
    reader->depth--;
    reader->state = read_after_value(reader);
    return true;
}

static bool read_starts_with(const struct reader *reader, const char *word)
{
    size_t len = strlen(word);
    return reader_rest(reader) >= len && memcmp(reader->at, word, len) == 0;
}

/* Takes true, false or null; what follows it is judged as the next token. */
static bool read_keyword(struct reader *reader)
{
    static const char *const keywords[] = {"true", "false", "null"};
    for (size_t i = 0; i < ARRAY_COUNT(keywords); i++) {
        if (read_starts_with(reader, keywords[i])) {
            buf_add_string(reader->out, keywords[i]);
            reader->at += strlen(keywords[i]);
            return true;
        }
    }
    return false;
}

static bool read_scalar(struct reader *reader)
{
    char byte = *reader->at;
    if (reader_is_quote(byte))
        return read_string(reader);
    if (byte == '-' || ascii_is_digit(byte))
        return read_number(reader);
    if (read_keyword(reader))
        return true;
    if (reader_rest(reader) < READ_KEYWORD_BYTES_MAX && !reader_resume(reader, reader->at))
        return false;
    return reader_fail(reader, "Unexpected token.");
}

static bool read_value(struct reader *reader)
{
    if (reader->values_left == 0)
        return false; /* without a text */
    reader->values_left--;
    if (*reader->at == '{' || *reader->at == '[')
        return read_open(reader, *reader->at == '{' ? '}' : ']');
    if (!read_scalar(reader))
        return false;
    reader->state = read_after_value(reader);
    return true;
}

static bool read_item(struct reader *reader)
{
    if (*reader->at == ']')
        return read_close(reader);
    read_add_pending_comma(reader);
    return read_value(reader);
}

/* A bare key; the keywords alone are none. */
static bool read_bare_key(struct reader *reader)
{
    const char *start = reader->at;
    while (reader->at < reader->end && (read_is_letter(*reader->at) || ascii_is_digit(*reader->at)))
        reader->at++;
    if (reader->at == reader->end && !reader_resume(reader, start))
        return false;
    struct text key = {start, (size_t)(reader->at - start)};
    if (text_equals_string(key, "true") || text_equals_string(key, "false") ||
        text_equals_string(key, "null"))
        return reader_fail(reader, "Expected an object key or }.");
    reader->key = key;
    buf_add_byte(reader->out, '"');
    buf_add_text(reader->out, key);
    buf_add_byte(reader->out, '"');
    return true;
}

static bool read_quoted_key(struct reader *reader)
{
    const char *start = reader->at + 1;
    if (!read_string(reader))
        return false;
    reader->key = (struct text){start, (size_t)(reader->at - 1 - start)};
    return true;
}

static bool read_key(struct reader *reader)
{
    char byte = *reader->at;
    if (byte == '}')
        return read_close(reader);
    bool is_quoted = reader_is_quote(byte);
    if (!is_quoted && !read_is_letter(byte))
        return reader_fail(reader, "Expected an object key or }.");
    read_add_pending_comma(reader);
    if (!(is_quoted ? read_quoted_key(reader) : read_bare_key(reader)))
        return false;
    reader->state = READ_COLON;
    return true;
}

static bool read_colon(struct reader *reader)
{
    if (*reader->at != ':')
        return reader_fail(reader, "Expected : between key:value pair.");
    buf_add_byte(reader->out, *reader->at++);
    reader->state = READ_VALUE;
    return true;
}

/* A comma, after which `next` is expected, or the end of the object or array. */
static bool read_after(struct reader *reader, enum read_state next, const char *message)
{
    if (*reader->at == reader->closers[reader->depth - 1])
        return read_close(reader);
    if (*reader->at != ',')
        return reader_fail(reader, message);
    reader->at++;
    reader->is_comma_pending = true;
    reader->state = next;
    return true;
}

/* What each state says if the next byte begins no token or there is none. */
static const char *const read_expectations[] = {
    [READ_VALUE] = "Expected a value.",
    [READ_KEY] = "Expected an object key or }.",
    [READ_COLON] = "Expected : between key:value pair.",
    [READ_AFTER_MEMBER] = "Expected , or } after key:value pair.",
    [READ_ITEM] = "Expected a value or ] within an array.",
    [READ_AFTER_ITEM] = "Expected , or ] after array value.",
};

static bool read_is_token_start(char byte)
{
    switch (byte) {
    case '"':
    case '\'':
    case '-':
    case '{':
    case '}':
    case '[':
    case ']':
    case ':':
    case ',':
        return true;
    }
    return read_is_letter(byte) || ascii_is_digit(byte);
}

static bool read_step(struct reader *reader)
{
    const char *expectation = read_expectations[reader->state];
    if (reader_rest(reader) == 0 || !read_is_token_start(*reader->at))
        return read_fail_unknown(reader, expectation);
    switch (reader->state) {
    case READ_VALUE:
        return read_value(reader);
    case READ_KEY:
        return read_key(reader);
    case READ_COLON:
        return read_colon(reader);
    case READ_AFTER_MEMBER:
        return read_after(reader, READ_KEY, expectation);
    case READ_ITEM:
        return read_item(reader);
    case READ_AFTER_ITEM:
        return read_after(reader, READ_ITEM, expectation);
    case READ_END:
        break;
    }
    return true;
}

static struct text read_without_mark(struct text input)
{
    struct text mark = TEXT(READ_BYTE_ORDER_MARK);
    return text_starts_with(input, mark) ? text_slice(input, mark.len, input.len) : input;
}

bool json_read_is_blank(struct text input)
{
    struct text rest = read_without_mark(input);
    size_t at = 0;
    while (at < rest.len && read_is_space(rest.bytes[at]))
        at++;
    return at == rest.len;
}

static bool read_root(struct reader *reader)
{
    while (reader->state != READ_END) {
        read_skip_space(reader);
        if (!read_step(reader))
            return false;
    }
    read_skip_space(reader);
    if (reader_rest(reader) > 0)
        return reader_fail(reader, "Parsing terminated before end of input.");
    return !reader->is_cut || reader_resume(reader, reader->at);
}

static void read_find_place(const struct reader *reader, struct json_read_problem *problem)
{
    problem->line = problem->column = 1;
    for (const char *at = reader->start; at < reader->at; at++) {
        bool is_end = *at == '\n';
        problem->line += is_end;
        problem->column = is_end ? 1 : problem->column + !text_is_continuation(*at);
    }
}

bool json_read_strict(struct text input, struct arena *arena, size_t values_max, struct buf *out,
    size_t *ret_value_count, struct json_read_problem *ret_problem)
{
    struct text body = read_without_mark(input);
    size_t valid_len = body.len;
    bool is_cut = !text_is_utf8(body, &valid_len);
    const char *start = body.len > 0 ? body.bytes : "";
    struct reader reader = {
        .start = start,
        .end = start + valid_len,
        .at = start,
        .arena = arena,
        .out = out,
        .is_cut = is_cut,
        .values_left = values_max,
        .state = READ_VALUE,
        .error = TEXT(""),
    };
    buf_reserve(out, valid_len);
    bool is_accepted = read_root(&reader);
    *ret_value_count = values_max - reader.values_left;
    if (!is_accepted) {
        ret_problem->text = reader.error;
        read_find_place(&reader, ret_problem);
    }
    return is_accepted;
}
