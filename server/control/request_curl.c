/*
 * Lines for sh. Everything that a client sent stands between single quotes, in which sh takes each
 * byte as it is. Bodies with bytes that no argument or line can have come from printf.
 */
#include <inttypes.h>

#include "server/contract/method.h"
#include "server/space/request_entry.h"
#include "server/control/request_export.h"

static void curl_add_quoted(struct buf *out, struct text text)
{
    buf_add_byte(out, '\'');
    for (size_t i = 0; i < text.len; i++)
        if (text.bytes[i] == '\'')
            buf_add_string(out, "'\\''");
        else
            buf_add_byte(out, text.bytes[i]);
    buf_add_byte(out, '\'');
}

static bool curl_is_control(char byte)
{
    return (byte >= 0 && byte < ' ') || byte == '\x7f';
}

/* True for a text that can stand in a line as it is. */
static bool curl_is_plain(struct text text)
{
    for (size_t i = 0; i < text.len; i++)
        if (curl_is_control(text.bytes[i]))
            return false;
    return text_is_utf8(text, NULL);
}

/* The format by which printf makes these bytes. */
static void curl_add_printf(struct buf *out, struct text body)
{
    buf_add_string(out, "printf '");
    for (size_t i = 0; i < body.len; i++) {
        char byte = body.bytes[i];
        if (byte == '%')
            buf_add_string(out, "%%");
        else if (byte == '\\')
            buf_add_string(out, "\\\\");
        else if (byte == '\'' || curl_is_control(byte) || byte < 0)
            buf_printf(out, "\\%03o", (unsigned)(unsigned char)byte);
        else
            buf_add_byte(out, byte);
    }
    buf_add_string(out, "' | ");
}

/* The verb that counted: that of the method, which X-HTTP-Method-Override may have named. */
static struct text curl_verb(const struct journal_entry *entry)
{
    struct text sent = entry->record.texts[JOURNAL_VERB];
    int method = entry->record.method;
    if (method == JOURNAL_NO_METHOD || !text_equals_string(sent, "POST"))
        return sent;
    return text_of(http_verb_name(methods[method].verb));
}

/* True for a target that curl would change, or take for something else. */
static bool curl_is_odd(struct text target)
{
    for (size_t i = 0; i < target.len; i++)
        if (target.bytes[i] == '#' || target.bytes[i] == '\\' || target.bytes[i] < '!')
            return true;
    return target.len == 0 || target.bytes[0] != '/';
}

static void curl_add_target(const struct request_export *export, const struct journal_entry *entry)
{
    struct arena *arena = export->call->arena;
    struct text path = entry->record.texts[JOURNAL_PATH];
    struct text query = entry->record.texts[JOURNAL_QUERY];
    struct text target =
        query.len ? arena_printf(arena, "%.*s?%.*s", TEXT_ARGS(path), TEXT_ARGS(query)) : path;
    buf_add_byte(export->out, ' ');
    if (!curl_is_odd(target)) {
        curl_add_quoted(export->out, arena_joined(arena, export->root_url, target));
        return;
    }
    curl_add_quoted(export->out, export->root_url);
    buf_add_string(export->out, " --request-target ");
    curl_add_quoted(export->out, target);
}

/* Without it, the line would be a request of another space than the one that it is from. */
static void curl_add_namespace(const struct request_export *export)
{
    struct text name = export->call->space->name;
    if (text_equals(name, SPACE_DEFAULT_NAME))
        return;
    buf_add_string(export->out, " -H ");
    curl_add_quoted(
        export->out, arena_joined(export->call->arena, TEXT("X-Emulator-Namespace: "), name));
}

static void curl_add_body(struct buf *out, struct text body, bool is_plain)
{
    if (text_is_empty(body))
        return;
    buf_add_string(out, " -H 'Content-Type: application/json' ");
    buf_add_string(out, is_plain ? "--data-raw " : "--data-binary @-");
    if (is_plain)
        curl_add_quoted(out, body);
}

/* What curl would not do by itself. */
static void curl_add_verb(struct buf *out, struct text verb, bool has_body)
{
    if (text_equals_string(verb, "HEAD")) {
        buf_add_string(out, " -I");
    } else if (!text_equals_string(verb, has_body ? "POST" : "GET")) {
        buf_add_string(out, " -X ");
        if (text_is_alphanumeric(verb, ""))
            buf_add_text(out, verb);
        else
            curl_add_quoted(out, verb);
    }
}

static void curl_add_entry(struct request_export *export, const struct journal_entry *entry)
{
    struct buf *out = export->out;
    struct text body = entry->record.texts[JOURNAL_REQUEST_BODY];
    struct text verb = curl_verb(entry);
    bool is_plain = curl_is_plain(body);
    if (!is_plain)
        curl_add_printf(out, body);
    buf_add_string(out, "curl -g --path-as-is");
    curl_add_verb(out, verb, body.len > 0);
    curl_add_target(export, entry);
    curl_add_namespace(export);
    curl_add_body(out, body, is_plain);
    buf_add_byte(out, '\n');
}

/* What a line of sh cannot do again: bytes that are missing, a target that no line can hold. */
static bool curl_is_possible(const struct journal_entry *entry)
{
    const struct text *texts = entry->record.texts;
    return !entry->record.is_request_cut && curl_is_plain(texts[JOURNAL_PATH]) &&
           curl_is_plain(texts[JOURNAL_QUERY]) && curl_is_plain(texts[JOURNAL_VERB]) &&
           texts[JOURNAL_VERB].len > 0;
}

void request_export_curl(struct request_export *export)
{
    const struct journal_view *view = export->view;
    for (size_t i = view->count; i > 0; i--) {
        struct arena_mark mark = arena_mark(export->call->arena);
        if (curl_is_possible(view->entries[i - 1])) {
            curl_add_entry(export, view->entries[i - 1]);
        } else {
            export->left_out_count++;
            buf_printf(export->out, "# request %" PRIu64 " is left out: it is not whole\n",
                view->entries[i - 1]->number);
        }
        arena_rewind(export->call->arena, mark);
        if (!request_export_has_room(export))
            return;
    }
}
