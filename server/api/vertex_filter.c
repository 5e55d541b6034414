#include "server/api/vertex_filter.h"

#include "base/array.h"
#include "server/contract/message.h"
#include "server/sim/unicode.h"

/* What documentation calls fields that have other names in the messages. */
static const struct {
    enum message_id id;
    struct text alias;
    const char *name;
} vertex_filter_aliases[] = {
    {MESSAGE_TuningJob, TEXT_INIT("display_name"), "tuned_model_display_name"},
    {MESSAGE_TuningJob, TEXT_INIT("displayName"), "tuned_model_display_name"},
    {MESSAGE_VertexModel, TEXT_INIT("model"), "name"},
    {MESSAGE_Endpoint, TEXT_INIT("endpoint"), "name"},
};

/* A filter being read: what is left of it, and what is wrong. */
struct vertex_filter_reader {
    struct call *call;
    const struct message_type *type;
    enum message_id id;
    struct text rest;
    struct text problem;
};

static bool vertex_filter_fail(
    struct vertex_filter_reader *reader, const char *problem, struct text what)
{
    reader->problem =
        arena_printf(reader->call->arena, "%s \"%.*s\"", problem, TEXT_ARGS(call_shown(what)));
    return false;
}

/* Takes what is between quotation marks, or up to one of `ends`; with a problem, if there is but
 * one mark. */
static struct text vertex_filter_word(struct vertex_filter_reader *reader, struct text ends)
{
    struct text *rest = &reader->rest;
    bool is_quoted = rest->len > 0 && (rest->bytes[0] == '"' || rest->bytes[0] == '\'');
    size_t end = 0;
    if (is_quoted) {
        struct text inner = text_slice(*rest, 1, rest->len);
        end = text_find_byte(inner, rest->bytes[0]);
        if (end == inner.len)
            vertex_filter_fail(reader, "a quotation mark has no other:", *rest);
        *rest = text_slice(inner, end + 1, inner.len);
        return text_slice(inner, 0, end);
    }
    while (end < rest->len && text_find_byte(ends, rest->bytes[end]) == ends.len)
        end++;
    struct text word = text_slice(*rest, 0, end);
    *rest = text_slice(*rest, end, rest->len);
    return word;
}

static bool vertex_filter_take(struct vertex_filter_reader *reader, struct text token)
{
    if (!text_starts_with(reader->rest, token))
        return false;
    reader->rest = text_slice(reader->rest, token.len, reader->rest.len);
    return true;
}

static bool vertex_filter_find_field(
    struct vertex_filter_reader *reader, struct text name, struct vertex_filter_term *term)
{
    struct text known = name;
    for (size_t i = 0; i < ARRAY_COUNT(vertex_filter_aliases); i++)
        if (vertex_filter_aliases[i].id == reader->id &&
            text_equals(name, vertex_filter_aliases[i].alias))
            known = text_of(vertex_filter_aliases[i].name);
    const struct field *field = message_type_find(reader->type, VERSION_V1BETA1, known);
    bool is_comparable = field && (field->kind == FIELD_STRING || field->kind == FIELD_ENUM) &&
                         !(field->flags & FIELD_REPEATED);
    if (!is_comparable)
        return vertex_filter_fail(reader, "there is no field to filter by named", name);
    term->field = (unsigned)(field - reader->type->fields);
    return true;
}

static bool vertex_filter_read_operator(
    struct vertex_filter_reader *reader, enum vertex_filter_operator *ret_operator)
{
    reader->rest = text_trim(reader->rest);
    if (vertex_filter_take(reader, TEXT("!=")))
        *ret_operator = VERTEX_FILTER_DIFFERS;
    else if (vertex_filter_take(reader, TEXT("=")))
        *ret_operator = VERTEX_FILTER_EQUALS;
    else if (vertex_filter_take(reader, TEXT(":")))
        *ret_operator = VERTEX_FILTER_HAS;
    else
        return vertex_filter_fail(reader, "=, != or : is expected before", reader->rest);
    reader->rest = text_trim(reader->rest);
    return true;
}

/* field[.key] operator value */
static bool vertex_filter_read_term(
    struct vertex_filter_reader *reader, struct vertex_filter_term *term)
{
    const struct text name_ends = TEXT_INIT(" \t\n=!:<>.()"), key_ends = TEXT_INIT(" \t\n=!:<>()"),
                      value_ends = TEXT_INIT(" \t\n()");
    *term = (struct vertex_filter_term){.key = TEXT("")};
    if (!vertex_filter_find_field(reader, vertex_filter_word(reader, name_ends), term))
        return false;
    bool is_map = reader->type->fields[term->field].flags & FIELD_MAP;
    bool has_key = vertex_filter_take(reader, TEXT("."));
    if (has_key)
        term->key = vertex_filter_word(reader, key_ends);
    if (has_key && (!is_map || text_is_empty(term->key)))
        return vertex_filter_fail(reader, "there is no field to filter by named", term->key);
    if (!vertex_filter_read_operator(reader, &term->operator))
        return false;
    struct text before = reader->rest;
    term->value = vertex_filter_word(reader, value_ends);
    if (before.len == reader->rest.len)
        return vertex_filter_fail(reader, "a value is expected before", before);
    if (reader->problem.len > 0)
        return false;
    if (is_map && !has_key) { /* labels:key */
        if (term->operator!= VERTEX_FILTER_HAS)
            return vertex_filter_fail(reader, "a key is expected before", before);
        term->key = term->value;
        term->value = TEXT("");
    } else if (is_map && term->operator== VERTEX_FILTER_HAS) { /* labels.key:* */
        bool is_any = text_equals_string(term->value, "*");
        if (!is_any)
            term->operator= VERTEX_FILTER_EQUALS;
        term->value = is_any ? TEXT("") : term->value;
    }
    return true;
}

static bool vertex_filter_read_terms(
    struct vertex_filter_reader *reader, struct vertex_filter *filter)
{
    while (reader->rest.len > 0) {
        if (filter->count == VERTEX_FILTER_TERMS_MAX)
            return vertex_filter_fail(
                reader, "there are too many comparisons before", reader->rest);
        if (!vertex_filter_read_term(reader, &filter->terms[filter->count++]))
            return false;
        struct text before = reader->rest;
        reader->rest = text_trim(reader->rest);
        bool is_joined = vertex_filter_take(reader, TEXT("AND"));
        if (reader->rest.len > 0 && !is_joined)
            return vertex_filter_fail(reader, "AND is expected before", before);
        reader->rest = text_trim(reader->rest);
        if (is_joined && reader->rest.len == 0)
            return vertex_filter_fail(reader, "a comparison is expected behind", before);
    }
    return true;
}

bool vertex_filter_read(
    struct call *call, struct text text, enum message_id id, struct vertex_filter *ret_filter)
{
    const struct text join = TEXT_INIT("&filter=");
    struct vertex_filter_reader reader = {.call = call, .type = &message_types[id], .id = id};
    bool is_good = true;
    ret_filter->count = 0;
    for (size_t from = 0; is_good && from < text.len;) {
        struct text rest = text_slice(text, from, text.len);
        size_t end = text_find(rest, join);
        reader.rest = text_trim(text_slice(rest, 0, end));
        is_good = vertex_filter_read_terms(&reader, ret_filter);
        from += end + join.len;
    }
    if (!is_good)
        call_fail_text(call, ERROR_VX_FILTER, reader.problem);
    return is_good;
}

bool vertex_filter_is_empty(const struct vertex_filter *filter)
{
    return filter->count == 0;
}

/* --- what fits --- */

static bool vertex_filter_map_fits(
    const struct vertex_filter_term *term, const struct message *message)
{
    struct text found = TEXT("");
    bool is_there = false;
    for (size_t i = 0; i < message_count(message, term->field); i++) {
        struct text key, value;
        message_pair_at(message, term->field, i, &key, &value);
        if (!text_equals(key, term->key))
            continue;
        is_there = true;
        found = value;
    }
    if (term->operator== VERTEX_FILTER_HAS)
        return is_there;
    bool is_equal = is_there && text_equals(found, term->value);
    return is_equal == (term->operator== VERTEX_FILTER_EQUALS);
}

/* An enum by its name or its number; a name of a resource also by its last part. */
static bool vertex_filter_is_equal(
    const struct vertex_filter_term *term, const struct message *message, const struct field *field)
{
    if (field->kind == FIELD_ENUM) {
        const struct enum_value *value =
            enum_type_find(&enum_types[field->type], VERSION_V1BETA1, term->value);
        int64_t number = value ? value->number : -1;
        if (!value && !text_parse_int64(term->value, &number))
            return false;
        return message_int(message, term->field) == number;
    }
    struct text text = message_text(message, term->field);
    if (text_equals(text, term->value))
        return true;
    struct text end = text_slice(text, text.len - term->value.len, text.len);
    return text_equals_string(field->proto_name, "name") && text.len > term->value.len &&
           text.bytes[text.len - term->value.len - 1] == '/' && text_equals(end, term->value);
}

static bool vertex_filter_has(const struct vertex_filter_term *term, const struct message *message)
{
    struct text text = unicode_fold(message_text(message, term->field), message->arena);
    struct text value = unicode_fold(term->value, message->arena);
    if (text_equals_string(value, "*"))
        return text.len > 0;
    return text_is_empty(value) || text_find(text, value) < text.len;
}

static bool vertex_filter_term_fits(
    const struct vertex_filter_term *term, const struct message *message)
{
    const struct field *field = &message->type->fields[term->field];
    if (field->flags & FIELD_MAP)
        return vertex_filter_map_fits(term, message);
    if (term->operator== VERTEX_FILTER_HAS && field->kind == FIELD_STRING)
        return vertex_filter_has(term, message);
    bool is_equal = vertex_filter_is_equal(term, message, field);
    return is_equal == (term->operator!= VERTEX_FILTER_DIFFERS);
}

bool vertex_filter_keeps(const struct vertex_filter *filter, const struct message *message)
{
    for (size_t i = 0; i < filter->count; i++)
        if (!vertex_filter_term_fits(&filter->terms[i], message))
            return false;
    return true;
}
