#include "server/json/write.h"

#include <assert.h>
#include <math.h>
#include <string.h>

#include "base/ascii.h"
#include "base/timefmt.h"
#include "server/contract/limits.h"
#include "server/json/base64.h"

enum {
    /* An answer can hold what a request held, in an Any in an operation in a list. */
    WRITE_DEPTH_MAX = 2 * JSON_DEPTH_MAX,
    INDENT_WIDTH = 2,
    /* Most lines are indented less; spaces of a constant number are two moves and no call. */
    INDENT_QUICK = 32,
    /* What every text may take without asking its share, and how much more than it needs is asked
     * for at a time, so that a short text never asks and a long one seldom. */
    WRITE_FREE_BYTES = ANSWER_FREE_BYTES,
    WRITE_STEP_BYTES = 64 * 1024
};

#define COLON_SPACED TEXT(": ")

struct writer {
    struct buf *out;
    const struct json_style *style;
    struct text colon; /* with a space behind it unless the layout is compact */
    bool has_lines;    /* each item stands on a line of its own, indented */
    size_t depth;
    size_t len_allowed; /* of the text; the share is asked before it grows beyond */
    bool is_cut;        /* the share was refused more: what follows in lists is left out */
};

static struct writer write_begin(struct buf *out, const struct json_style *style)
{
    const struct share *share = style->share;
    size_t len_allowed = SIZE_MAX;
    if (share)
        len_allowed = share->taken > WRITE_FREE_BYTES ? share->taken : WRITE_FREE_BYTES;
    return (struct writer){
        .out = out,
        .style = style,
        .colon = text_slice(COLON_SPACED, 0, style->layout == JSON_COMPACT ? 1 : 2),
        .has_lines = style->layout == JSON_PRETTY,
        .len_allowed = len_allowed,
        .is_cut = share && share->is_refused,
    };
}

/* Asks for what a buffer of this length takes, and some more. */
static void write_ask(struct writer *writer, size_t len)
{
    writer->len_allowed = len + len / 4 + WRITE_STEP_BYTES;
    if (share_grow(writer->style->share, writer->len_allowed))
        return;
    writer->is_cut = true;
    writer->len_allowed = SIZE_MAX;
}

/* Layout. */

/* Where the next item and so many bytes more are put; their end is told to write_put. */
static inline char *write_make_room(struct writer *writer, size_t len)
{
    struct buf *out = writer->out;
    if (out->len > writer->len_allowed)
        write_ask(writer, out->len);
    buf_reserve(out, sizeof(",\n") + INDENT_QUICK + INDENT_WIDTH * writer->depth + len);
    return out->data + out->len;
}

static inline void write_put(struct writer *writer, char *end)
{
    *end = '\0';
    writer->out->len = (size_t)(end - writer->out->data);
}

/* What stands before an item of an object or list: its comma and its line. */
static inline char *write_start_item(const struct writer *writer, char *at, bool is_first)
{
    if (!is_first)
        *at++ = ',';
    if (!writer->has_lines)
        return at;
    size_t indent = INDENT_WIDTH * writer->depth;
    *at++ = '\n';
    memset(at, ' ', INDENT_QUICK);
    if (indent > INDENT_QUICK)
        memset(at, ' ', indent);
    return at + indent;
}

static void write_item(struct writer *writer, bool is_first)
{
    write_put(writer, write_start_item(writer, write_make_room(writer, 0), is_first));
}

/* Begins an item that has a name: `key` is it, in quotes, with a colon and a space. */
static void write_key(struct writer *writer, struct text key, bool is_first)
{
    char *at = write_start_item(writer, write_make_room(writer, key.len), is_first);
    memcpy(at, key.bytes, key.len);
    write_put(writer, at + key.len - (COLON_SPACED.len - writer->colon.len));
}

static void write_open(struct writer *writer, char bracket)
{
    assert(writer->depth < WRITE_DEPTH_MAX);
    buf_add_byte(writer->out, bracket);
    writer->depth++;
}

static void write_close(struct writer *writer, char bracket, bool is_empty)
{
    assert(writer->depth > 0);
    writer->depth--;
    char *at = write_make_room(writer, 1);
    if (!is_empty)
        at = write_start_item(writer, at, true);
    *at++ = bracket;
    write_put(writer, at);
}

/* Writes a string that needs no escapes. */
static void write_plain(struct buf *out, struct text text)
{
    buf_reserve(out, text.len + 2);
    char *at = out->data + out->len;
    *at++ = '"';
    memcpy(at, text.bytes, text.len);
    at += text.len;
    *at++ = '"';
    *at = '\0';
    out->len += text.len + 2;
}

/* Offset behind the closing quote of the JSON string that opens at `offset`; writes the string. */
static size_t write_json_string(struct buf *out, struct text json, size_t offset)
{
    size_t start = offset++;
    while (offset < json.len && json.bytes[offset] != '"')
        offset += json.bytes[offset] == '\\' ? 2 : 1;
    buf_add_byte(out, '"');
    /* What is escaped stays so; json_write_escaped sees only what stands between the escapes. */
    for (size_t at = start + 1; at < offset;) {
        struct text rest = text_slice(json, at, offset);
        size_t plain = text_find_byte(rest, '\\');
        json_write_escaped(out, text_slice(rest, 0, plain));
        buf_add_text(out, text_slice(rest, plain, plain + 2));
        at += plain + 2;
    }
    buf_add_byte(out, '"');
    return offset + 1;
}

/* Writes valid JSON without white space in the style's layout. */
static void write_json(struct writer *writer, struct text json)
{
    assert(!text_is_empty(json));
    bool has_opened = false; /* the byte before was an opening bracket */
    size_t depth = writer->depth;
    for (size_t offset = 0; offset < json.len && !writer->is_cut;) {
        char byte = json.bytes[offset];
        if (byte == '}' || byte == ']') {
            write_close(writer, byte, has_opened);
            has_opened = false;
            offset++;
            continue;
        }
        if (has_opened)
            write_item(writer, true);
        has_opened = byte == '{' || byte == '[';
        if (byte == '"') {
            offset = write_json_string(writer->out, json, offset);
            continue;
        }
        if (has_opened)
            write_open(writer, byte);
        else if (byte == ',')
            write_item(writer, false);
        else if (byte == ':')
            buf_add_text(writer->out, writer->colon);
        else
            buf_add_byte(writer->out, byte);
        offset++;
    }
    writer->depth = depth;
}

/* Messages. */

static void write_message(struct writer *writer, const struct message *message,
    const struct json_mask *mask, bool is_any);

static void write_enum(struct writer *writer, const struct field *field, int64_t number)
{
    const struct enum_value *value = writer->style->enums_as_numbers
                                         ? NULL
                                         : enum_type_find_number(&enum_types[field->type], number);
    if (!value) {
        buf_add_int64(writer->out, number);
        return;
    }
    write_plain(writer->out, value->name);
}

static void write_time(struct buf *out, int64_t time_ns,
    size_t (*format)(int64_t time_ns, char ret_text[TIME_TEXT_MAX]))
{
    buf_reserve(out, TIME_TEXT_MAX + 2);
    buf_add_byte(out, '"');
    out->len += format(time_ns, out->data + out->len);
    buf_add_byte(out, '"');
}

/* True for a message that is shown as the value of its first field. */
static bool write_is_text(const struct field *field, const struct message *message)
{
    return field->flags & FIELD_TAKES_TEXT && message->set == 1;
}

/* True for a whole number as JSON has it. */
static bool write_is_number(struct text text)
{
    for (size_t i = 0; i < text.len; i++)
        if (!ascii_is_digit(text.bytes[i]))
            return false;
    return text.len == 1 || (text.len > 1 && text.bytes[0] != '0');
}

static void write_text(struct buf *out, const struct field *field, struct text text)
{
    if (field->flags & FIELD_SHOWS_NUMBER && write_is_number(text))
        buf_add_text(out, text);
    else
        json_write_string(out, text);
}

/* Writes a single value, also as an item of a list or a map. */
static void write_value(struct writer *writer, const struct field *field, union value value,
    const struct json_mask *mask)
{
    struct buf *out = writer->out;
    switch ((enum field_kind)field->kind) {
    case FIELD_STRING:
    case FIELD_FIELD_MASK:
        write_text(out, field, value.text);
        break;
    case FIELD_BYTES:
        buf_add_byte(out, '"');
        base64_encode(out, value.text, false);
        buf_add_byte(out, '"');
        break;
    case FIELD_BOOL:
        buf_add_text(out, value.boolean ? TEXT("true") : TEXT("false"));
        break;
    case FIELD_INT32:
        buf_add_int64(out, value.integer);
        break;
    case FIELD_INT64:
        buf_add_byte(out, '"');
        buf_add_int64(out, value.integer);
        buf_add_byte(out, '"');
        break;
    case FIELD_FLOAT:
        json_write_float(out, value.real32);
        break;
    case FIELD_DOUBLE:
        json_write_double(out, value.real64);
        break;
    case FIELD_ENUM:
        write_enum(writer, field, value.integer);
        break;
    case FIELD_MESSAGE:
        if (write_is_text(field, value.message))
            write_value(writer, &value.message->type->fields[0], value.message->values[0], NULL);
        else
            write_message(writer, value.message, mask, false);
        break;
    case FIELD_ANY:
        write_message(writer, value.message, mask, true);
        break;
    case FIELD_TIMESTAMP:
        write_time(out, value.integer, time_format);
        break;
    case FIELD_DURATION:
        write_time(out, value.integer, duration_format);
        break;
    case FIELD_JSON:
    case FIELD_STRUCT:
        write_json(writer, value.text);
        break;
    }
}

/* A number for all that a text depends on besides what it shows. */
static uint64_t write_place(const struct writer *writer, enum api_version version, bool is_any)
{
    uint64_t depth = writer->has_lines ? writer->depth : 0;
    return depth << 16 | (uint64_t)version << 12 | (uint64_t)writer->style->layout << 8 |
           (uint64_t)writer->style->enums_as_numbers << 4 | is_any;
}

static void write_kept_text(struct writer *writer, struct text text)
{
    size_t len = writer->out->len + text.len;
    if (len > writer->len_allowed)
        write_ask(writer, len);
    if (!writer->is_cut)
        buf_add_text(writer->out, text);
}

/* Writes the first items of a list as they are kept, and gives how many these are. */
static size_t write_kept_items(struct writer *writer, const struct list *list)
{
    size_t count;
    uint64_t place = write_place(writer, list->items[0].message->version, false);
    write_kept_text(writer, list->keeper->find(list->context, place, &count));
    return count;
}

static void write_list(struct writer *writer, const struct field *field, const struct list *list,
    const struct json_mask *mask)
{
    write_open(writer, '[');
    bool is_kept = list->keeper && !mask;
    size_t kept_count = is_kept ? write_kept_items(writer, list) : 0;
    size_t start = writer->out->len;
    for (size_t i = kept_count; i < list->count && !writer->is_cut; i++) {
        write_item(writer, i == 0);
        write_value(writer, field, list_item(list, i), mask);
        /* A made list may be long, and its items are about as long as the first: what finds no room
         * is not even begun. */
        size_t len = start + (list->count - kept_count) * (writer->out->len - start);
        if (i == kept_count && list->fill && len > writer->len_allowed)
            write_ask(writer, len);
    }
    if (is_kept && kept_count < list->count && !writer->is_cut)
        list->keeper->keep(list->context, text_slice(buf_text(writer->out), start, SIZE_MAX));
    write_close(writer, ']', list->count == 0);
}

static void write_map(struct writer *writer, const struct field *field, const struct list *list)
{
    write_open(writer, '{');
    for (size_t i = 0; i + 1 < list->count; i += 2) {
        write_item(writer, i == 0);
        json_write_string(writer->out, list->items[i].text);
        buf_add_text(writer->out, writer->colon);
        write_value(writer, field, list->items[i + 1], NULL);
    }
    write_close(writer, '}', false);
}

/* True for what a field without presence does not print: its type's default. */
static bool write_is_default(const struct field *field, union value value)
{
    switch ((enum field_kind)field->kind) {
    case FIELD_STRING:
    case FIELD_BYTES:
        return value.text.len == 0;
    case FIELD_BOOL:
        return !value.boolean;
    case FIELD_INT32:
    case FIELD_INT64:
    case FIELD_ENUM:
        return value.integer == 0;
    case FIELD_FLOAT:
        return value.real32 == 0.0F && !signbit(value.real32);
    case FIELD_DOUBLE:
        return value.real64 == 0.0 && !signbit(value.real64);
    case FIELD_MESSAGE:
    case FIELD_ANY:
    case FIELD_TIMESTAMP:
    case FIELD_DURATION:
    case FIELD_FIELD_MASK:
    case FIELD_JSON:
    case FIELD_STRUCT:
        return false;
    }
    return false;
}

/* True if a set field is printed at all, the mask left aside. */
static bool write_is_visible(
    const struct message *message, const struct field *field, union value value)
{
    if (!(field->versions & 1U << message->version))
        return false;
    if (field->flags & (FIELD_REPEATED | FIELD_MAP))
        return value.list->count > 0 || field->flags & FIELD_PRESENCE;
    return field->flags & FIELD_PRESENCE || field->oneof || !write_is_default(field, value);
}

static void write_field(struct writer *writer, const struct field *field, union value value,
    const struct json_mask *mask)
{
    if (field->flags & FIELD_REPEATED)
        write_list(writer, field, value.list, mask);
    else if (field->flags & FIELD_MAP)
        write_map(writer, field, value.list);
    else
        write_value(writer, field, value, mask);
}

static void write_type_url(struct writer *writer, const struct message *message)
{
    write_key(writer, TEXT("\"@type\": "), true);
    buf_add_text(writer->out, TEXT("\"type.googleapis.com/"));
    message_add_full_name(writer->out, message->type, message->version);
    buf_add_byte(writer->out, '"');
}

/* Writes the fields of an open message. False if it is still empty. */
static bool write_fields(struct writer *writer, const struct message *message,
    const struct json_mask *mask, bool is_empty)
{
    for (uint64_t left = message->set; left != 0; left &= left - 1) {
        unsigned i = (unsigned)__builtin_ctzll(left);
        const struct field *field = &message->type->fields[i];
        const struct json_mask *child_mask = NULL;
        if (mask && !json_mask_selects(mask, field, &child_mask))
            continue;
        if (write_is_visible(message, field, message->values[i])) {
            write_key(writer, field->key, is_empty);
            write_field(writer, field, message->values[i], child_mask);
            is_empty = false;
        }
    }
    return !is_empty;
}

static void write_plain_message(
    struct writer *writer, const struct message *message, const struct json_mask *mask, bool is_any)
{
    write_open(writer, '{');
    if (is_any)
        write_type_url(writer, message);
    bool has_any = write_fields(writer, message, mask, !is_any);
    write_close(writer, '}', !has_any);
}

static void write_made_message(
    struct writer *writer, const struct message *message, const struct json_mask *mask, bool is_any)
{
    struct message_source *source = message->source;
    if (mask) {
        write_plain_message(writer, source->make(source, message->version), mask, is_any);
        return;
    }
    struct text text = source->find(source, write_place(writer, message->version, is_any));
    if (!text_is_empty(text)) {
        write_kept_text(writer, text);
        return;
    }
    size_t start = writer->out->len;
    write_plain_message(writer, source->make(source, message->version), NULL, is_any);
    if (!writer->is_cut)
        source->keep(source, text_slice(buf_text(writer->out), start, SIZE_MAX));
}

static void write_message(
    struct writer *writer, const struct message *message, const struct json_mask *mask, bool is_any)
{
    if (message->source)
        write_made_message(writer, message, mask, is_any);
    else
        write_plain_message(writer, message, mask, is_any);
}

void json_write(struct buf *out, const struct message *message, const struct json_style *style)
{
    struct writer writer = write_begin(out, style);
    write_message(&writer, message, style->mask, false);
}

void json_write_kept(struct buf *out, struct text json, const struct json_style *style)
{
    struct writer writer = write_begin(out, style);
    write_kept_text(&writer, json);
}

void json_list_begin(struct json_list *list, struct buf *out, const struct message *message,
    unsigned field, const struct json_style *style)
{
    *list = (struct json_list){
        .out = out, .style = style, .field = &message->type->fields[field], .is_selected = true};
    assert(list->field->flags & FIELD_REPEATED && list->field->kind == FIELD_MESSAGE);
    if (style->mask)
        list->is_selected = json_mask_selects(style->mask, list->field, &list->item_mask);
    if (!(list->field->versions & 1U << message->version))
        list->is_selected = false;
    buf_add_byte(out, '{');
}

void json_list_add(struct json_list *list, const struct message *item)
{
    struct writer writer = write_begin(list->out, list->style);
    if (!list->is_selected || writer.is_cut)
        return;
    writer.depth = 1; /* in the message */
    if (list->count == 0) {
        write_key(&writer, list->field->key, true);
        buf_add_byte(list->out, '[');
    }
    writer.depth++; /* and in its list */
    write_item(&writer, list->count++ == 0);
    write_message(&writer, item, list->item_mask, false);
}

void json_list_end(struct json_list *list, const struct message *message)
{
    struct writer writer = write_begin(list->out, list->style);
    writer.depth = 1;
    bool has_any = list->count > 0;
    if (has_any) {
        writer.depth++;
        write_close(&writer, ']', false);
    } else if (list->is_selected && list->field->flags & FIELD_PRESENCE) {
        write_key(&writer, list->field->key, true);
        buf_add_string(list->out, "[]");
        has_any = true;
    }
    has_any = write_fields(&writer, message, list->style->mask, !has_any);
    write_close(&writer, '}', !has_any);
}

/* Documents. */

static struct writer write_resume(const struct json_document *document)
{
    struct writer writer = write_begin(document->out, document->style);
    writer.depth = document->depth;
    return writer;
}

/* What stands before a value: comma, line, name. */
static void write_before_value(struct json_document *document, struct text name)
{
    struct writer writer = write_resume(document);
    if (document->depth > 0)
        write_item(&writer, !document->has_items);
    if (!text_is_empty(name)) {
        write_plain(document->out, name);
        buf_add_text(document->out, writer.colon);
    }
    document->has_items = true;
}

static void write_open_value(struct json_document *document, struct text name, char bracket)
{
    write_before_value(document, name);
    struct writer writer = write_resume(document);
    write_open(&writer, bracket);
    document->depth = writer.depth;
    document->has_items = false;
}

static void write_close_value(struct json_document *document, char bracket)
{
    struct writer writer = write_resume(document);
    write_close(&writer, bracket, !document->has_items);
    document->depth = writer.depth;
    document->has_items = true;
}

void json_document_open_object(struct json_document *document, struct text name)
{
    write_open_value(document, name, '{');
}

void json_document_close_object(struct json_document *document)
{
    write_close_value(document, '}');
}

void json_document_open_list(struct json_document *document, struct text name)
{
    write_open_value(document, name, '[');
}

void json_document_close_list(struct json_document *document)
{
    write_close_value(document, ']');
}

void json_document_add_string(struct json_document *document, struct text name, struct text value)
{
    write_before_value(document, name);
    json_write_string(document->out, value);
}

void json_document_add_int(struct json_document *document, struct text name, int64_t number)
{
    write_before_value(document, name);
    buf_add_int64(document->out, number);
}

void json_document_add_double(struct json_document *document, struct text name, double number)
{
    write_before_value(document, name);
    json_write_double(document->out, number);
}

void json_document_add_true(struct json_document *document, struct text name)
{
    write_before_value(document, name);
    buf_add_text(document->out, TEXT("true"));
}

void json_document_add_false(struct json_document *document, struct text name)
{
    write_before_value(document, name);
    buf_add_text(document->out, TEXT("false"));
}

struct text json_text(const struct message *message, struct arena *arena)
{
    struct json_style style = {.layout = JSON_COMPACT};
    struct buf json = BUF_INIT;
    json_write(&json, message, &style);
    struct text text = arena_text(arena, buf_text(&json));
    buf_release(&json);
    return text;
}
