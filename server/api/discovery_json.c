#include "server/api/discovery_json.h"

#include "server/json/write.h"

enum { INDENT = 2 };

static void json_break_line(struct discovery_json *json)
{
    buf_add_byte(json->out, '\n');
    buf_add_repeated(json->out, ' ', (size_t)json->depth * INDENT);
}

/* Whatever stands before a value: comma, line break, name. */
static void json_begin_value(struct discovery_json *json, struct text name)
{
    if (json->needs_comma)
        buf_add_byte(json->out, ',');
    if (json->depth > 0)
        json_break_line(json);
    if (name.len) {
        json_write_string(json->out, name);
        buf_add_string(json->out, ": ");
    }
    json->needs_comma = true;
}

static void json_open(struct discovery_json *json, struct text name, char bracket)
{
    json_begin_value(json, name);
    buf_add_byte(json->out, bracket);
    json->depth++;
    json->needs_comma = false;
}

static void json_close(struct discovery_json *json, char bracket)
{
    bool is_empty = !json->needs_comma;
    json->depth--;
    if (!is_empty)
        json_break_line(json);
    buf_add_byte(json->out, bracket);
    json->needs_comma = true;
}

void discovery_json_open_object(struct discovery_json *json, struct text name)
{
    json_open(json, name, '{');
}

void discovery_json_close_object(struct discovery_json *json)
{
    json_close(json, '}');
}

void discovery_json_open_array(struct discovery_json *json, struct text name)
{
    json_open(json, name, '[');
}

void discovery_json_close_array(struct discovery_json *json)
{
    json_close(json, ']');
}

void discovery_json_string(struct discovery_json *json, struct text name, struct text value)
{
    json_begin_value(json, name);
    json_write_string(json->out, value);
}

void discovery_json_true(struct discovery_json *json, struct text name)
{
    json_begin_value(json, name);
    buf_add_string(json->out, "true");
}
