#include "server/json/mask.h"

#include "base/ascii.h"
#include "server/contract/limits.h"

struct mask_parser {
    struct arena *arena;
    struct text expression;
    size_t offset;
    size_t name_count;
    enum api_version version;
    struct text problem;
};

/* A node whose children are being read. */
struct mask_place {
    const struct mask_place *above; /* NULL for the root */
    struct text name;               /* as it was written */
    struct json_mask *node;
    const struct message_type *type; /* NULL where every name is let through */
    unsigned depth;
};

static bool mask_is_name_byte(char byte)
{
    return ascii_is_letter_or_digit(byte) || byte == '_' || byte == '@';
}

/* The next byte, NUL at the end. */
static char mask_byte(const struct mask_parser *parser)
{
    if (parser->offset == parser->expression.len)
        return '\0';
    return parser->expression.bytes[parser->offset];
}

static void mask_skip_space(struct mask_parser *parser)
{
    while (ascii_is_space(mask_byte(parser)))
        parser->offset++;
}

/* Takes `byte` and the white space before it, if that is what comes next. */
static bool mask_take(struct mask_parser *parser, char byte)
{
    mask_skip_space(parser);
    if (mask_byte(parser) != byte)
        return false;
    parser->offset++;
    return true;
}

static bool mask_take_name(struct mask_parser *parser, struct text *ret_name)
{
    mask_skip_space(parser);
    size_t start = parser->offset;
    if (mask_byte(parser) == '*')
        parser->offset++;
    else
        while (mask_is_name_byte(mask_byte(parser)))
            parser->offset++;
    *ret_name = text_slice(parser->expression, start, parser->offset);
    return parser->offset > start;
}

static bool mask_fail_syntax(struct mask_parser *parser)
{
    parser->problem = arena_printf(parser->arena,
        "Error expanding 'fields' parameter. Syntax error at offset %zu.", parser->offset);
    return false;
}

static bool mask_fail_unknown(
    struct mask_parser *parser, const struct mask_place *place, struct text name)
{
    struct text path = name;
    for (; place->above; place = place->above)
        path = arena_printf(parser->arena, "%.*s.%.*s", TEXT_ARGS(place->name), TEXT_ARGS(path));
    parser->problem = arena_printf(parser->arena,
        "Error expanding 'fields' parameter. Cannot find matching fields for path '%.*s'.",
        TEXT_ARGS(path));
    return false;
}

/* What stands below a field. A scalar has as many fields as the empty message. */
static const struct message_type *mask_type_below(const struct field *field)
{
    if (!field || field->flags & FIELD_MAP || field->kind == FIELD_ANY ||
        field->kind == FIELD_JSON || field->kind == FIELD_STRUCT)
        return NULL;
    return &message_types[field->kind == FIELD_MESSAGE ? field->type : MESSAGE_Empty];
}

/*
 * The child of `parent` for a name. A name that was selected as a whole before stays so: what is
 * read below it goes to a node outside the tree.
 */
static struct json_mask *mask_child(
    struct arena *arena, struct json_mask *parent, const struct field *field, struct text name)
{
    struct json_mask *child = parent->children;
    while (child && (child->field != field || !text_equals(child->name, name)))
        child = child->next;
    if (child && child->children)
        return child;
    struct json_mask *added = arena_alloc(arena, sizeof(*added));
    added->field = field;
    added->name = name;
    if (!child) {
        added->next = parent->children;
        parent->children = added;
    }
    return added;
}

static bool mask_parse_list(struct mask_parser *parser, const struct mask_place *place);

/* One name with what follows it: /name, .name or (list). */
static bool mask_parse_item(struct mask_parser *parser, const struct mask_place *place)
{
    struct text name;
    if (place->depth > JSON_DEPTH_MAX || parser->name_count++ >= FIELDS_NAMES_MAX ||
        !mask_take_name(parser, &name))
        return mask_fail_syntax(parser);
    bool has_type = place->type && !text_equals(name, TEXT("*"));
    const struct field *field =
        has_type ? message_type_find(place->type, parser->version, name) : NULL;
    if (has_type && !field)
        return mask_fail_unknown(parser, place, name);
    struct mask_place below = {
        .above = place,
        .name = name,
        .node = mask_child(parser->arena, place->node, field, field ? TEXT("") : name),
        .type = mask_type_below(field),
        .depth = place->depth + 1,
    };
    if (mask_take(parser, '/') || mask_take(parser, '.'))
        return mask_parse_item(parser, &below);
    if (mask_take(parser, '(')) {
        return mask_parse_list(parser, &below) &&
               (mask_take(parser, ')') || mask_fail_syntax(parser));
    }
    below.node->children = NULL;
    return true;
}

static bool mask_parse_list(struct mask_parser *parser, const struct mask_place *place)
{
    do {
        if (!mask_parse_item(parser, place))
            return false;
    } while (mask_take(parser, ','));
    return true;
}

bool json_mask_parse(struct text expression, const struct message_type *type,
    enum api_version version, struct arena *arena, const struct json_mask **ret_mask,
    struct text *ret_problem)
{
    if (text_is_empty(text_trim(expression))) {
        *ret_mask = NULL;
        return true;
    }
    struct mask_parser parser = {.arena = arena, .expression = expression, .version = version};
    struct json_mask *root = arena_alloc(arena, sizeof(*root));
    struct mask_place place = {.node = root, .type = type};
    bool is_parsed = mask_parse_list(&parser, &place);
    mask_skip_space(&parser);
    if (is_parsed && parser.offset < expression.len)
        is_parsed = mask_fail_syntax(&parser);
    if (!is_parsed) {
        *ret_problem = parser.problem;
        return false;
    }
    *ret_mask = root;
    return true;
}

/* As deep as masks are: JSON_DEPTH_MAX. */
static struct json_mask *mask_copy_siblings(const struct json_mask *mask, struct arena *arena)
{
    struct json_mask *first = NULL, **link = &first;
    for (; mask; mask = mask->next) {
        struct json_mask *copy = arena_alloc(arena, sizeof(*copy));
        copy->field = mask->field;
        copy->name = arena_text(arena, mask->name);
        copy->children = mask_copy_siblings(mask->children, arena);
        *link = copy;
        link = &copy->next;
    }
    return first;
}

const struct json_mask *json_mask_copy(const struct json_mask *mask, struct arena *arena)
{
    return mask_copy_siblings(mask, arena);
}

static bool mask_is_star(const struct json_mask *mask)
{
    return !mask->field && text_equals(mask->name, TEXT("*"));
}

static bool mask_names(const struct json_mask *mask, const struct field *field)
{
    if (mask->field)
        return mask->field == field;
    return text_equals(mask->name, field->json_name) || text_equals(mask->name, field->proto_name);
}

bool json_mask_selects(
    const struct json_mask *mask, const struct field *field, const struct json_mask **ret_child)
{
    const struct json_mask *child = mask ? mask->children : NULL;
    if (!child) {
        *ret_child = NULL;
        return true;
    }
    const struct json_mask *found = NULL;
    for (; child; child = child->next) {
        bool is_star = mask_is_star(child);
        if (is_star && !child->children) {
            *ret_child = NULL;
            return true;
        }
        /* What names the field itself goes before what a star says of all fields. */
        if (mask_names(child, field) || (is_star && !found))
            found = child;
    }
    if (!found)
        return false;
    *ret_child = found->children ? found : NULL;
    return true;
}

/* Copies a path in snake_case, without white space. */
static struct text mask_update_path(struct text path, struct arena *arena)
{
    char *snake = arena_alloc(arena, 2 * path.len + 1);
    size_t len = 0;
    for (size_t i = 0; i < path.len; i++) {
        char byte = path.bytes[i];
        if (ascii_is_space(byte))
            continue;
        if (ascii_is_upper(byte))
            snake[len++] = '_';
        snake[len++] = ascii_to_lower(byte);
    }
    return (struct text){snake, len};
}

size_t update_mask_paths(struct text mask, struct arena *arena, struct text **ret_paths)
{
    size_t count_max = 1;
    for (size_t i = 0; i < mask.len; i++)
        count_max += mask.bytes[i] == ',';
    struct text *paths = arena_array(arena, count_max, sizeof(*paths));
    size_t count = 0;
    for (struct text rest = mask; rest.bytes;) {
        struct text path = mask_update_path(text_split(&rest, ','), arena);
        if (!text_is_empty(path))
            paths[count++] = path;
    }
    *ret_paths = paths;
    return count;
}
