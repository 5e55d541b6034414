#include "server/json/message.h"

#include <assert.h>
#include <string.h>

/* The shapes of fields and the sets of kinds that a function works on. */
enum { SHAPE_FLAGS = FIELD_REPEATED | FIELD_MAP };

enum kind_set {
    KINDS_TEXT = 1 << FIELD_STRING | 1 << FIELD_BYTES | 1 << FIELD_FIELD_MASK | 1 << FIELD_JSON |
                 1 << FIELD_STRUCT,
    KINDS_BOOL = 1 << FIELD_BOOL,
    KINDS_INTEGER = 1 << FIELD_INT32 | 1 << FIELD_INT64 | 1 << FIELD_ENUM | 1 << FIELD_TIMESTAMP |
                    1 << FIELD_DURATION,
    KINDS_FLOAT = 1 << FIELD_FLOAT,
    KINDS_DOUBLE = 1 << FIELD_DOUBLE,
    KINDS_MESSAGE = 1 << FIELD_MESSAGE | 1 << FIELD_ANY
};

enum {
    LIST_FIRST_CAPACITY = 4,
    /* A message of more fields gets room for their values with the first one: what a client sends
     * may be hundreds of thousands of empty ones. */
    FIELDS_AT_ONCE_MAX = 4
};

static size_t message_values_bytes(const struct message_type *type)
{
    return type->field_count * sizeof(union value);
}

struct message *message_new(struct arena *arena, enum message_id id, enum api_version version)
{
    const struct message_type *type = &message_types[id];
    bool is_small = type->field_count <= FIELDS_AT_ONCE_MAX;
    size_t values_bytes = is_small ? message_values_bytes(type) : 0;
    struct message *message = arena_alloc(arena, sizeof(*message) + values_bytes);
    message->type = type;
    message->arena = arena;
    message->version = version;
    message->called = version;
    if (is_small)
        message->values = (union value *)(message + 1);
    return message;
}

struct message *message_new_made(struct arena *arena, enum message_id id, enum api_version version,
    struct message_source *source)
{
    struct message *message = message_new(arena, id, version);
    message->source = source;
    return message;
}

struct message *message_copy(struct arena *arena, const struct message *message)
{
    struct message *copy = arena_alloc(arena, sizeof(*copy));
    *copy = *message;
    copy->arena = arena;
    copy->values = NULL;
    if (message->values) {
        size_t values_bytes = message_values_bytes(message->type);
        copy->values = arena_alloc(arena, values_bytes);
        memcpy(copy->values, message->values, values_bytes);
    }
    return copy;
}

static union value message_clone_value(
    struct arena *arena, const struct field *field, union value value)
{
    if (KINDS_TEXT >> field->kind & 1)
        value.text = arena_text(arena, value.text);
    else if (KINDS_MESSAGE >> field->kind & 1)
        value.message = message_clone(arena, value.message);
    return value;
}

static struct list *message_clone_list(
    struct arena *arena, const struct field *field, const struct list *list)
{
    assert(!list->fill);
    struct list *copy = arena_alloc(arena, sizeof(*copy));
    *copy = *list;
    copy->capacity = list->count;
    copy->items = arena_array(arena, list->count, sizeof(*copy->items));
    for (size_t i = 0; i < list->count; i++) {
        bool is_key = field->flags & FIELD_MAP && i % 2 == 0;
        if (is_key)
            copy->items[i].text = arena_text(arena, list->items[i].text);
        else
            copy->items[i] = message_clone_value(arena, field, list->items[i]);
    }
    return copy;
}

struct message *message_clone(struct arena *arena, const struct message *message)
{
    struct message *copy = message_copy(arena, message);
    for (uint64_t left = message->set; left != 0; left &= left - 1) {
        unsigned i = (unsigned)__builtin_ctzll(left);
        const struct field *field = &message->type->fields[i];
        if (field->flags & SHAPE_FLAGS)
            copy->values[i].list = message_clone_list(arena, field, message->values[i].list);
        else
            copy->values[i] = message_clone_value(arena, field, message->values[i]);
    }
    return copy;
}

/* Of a field that the type has. */
static inline union value *message_take_place(struct message *message, unsigned field)
{
    if (!message->values)
        message->values = arena_alloc(message->arena, message_values_bytes(message->type));
    message->set |= UINT64_C(1) << field;
    return &message->values[field];
}

union value *message_place(struct message *message, unsigned field)
{
    assert(field < message->type->field_count);
    return message_take_place(message, field);
}

enum api_version message_error_version(const struct message *message, unsigned versions)
{
    return versions & 1U << message->called ? message->called : message->version;
}

bool message_is(const struct message *message, enum message_id id)
{
    return message->type == &message_types[id];
}

bool message_has(const struct message *message, unsigned field)
{
    assert(field < message->type->field_count);
    return message->set >> field & 1;
}

void message_clear(struct message *message, unsigned field)
{
    assert(field < message->type->field_count);
    message->set &= ~(UINT64_C(1) << field);
}

/* Every access passes here: the field exists, is of a kind asked for, and has the shape. */
static inline void message_check(
    const struct message *message, unsigned field, enum kind_set kinds, unsigned shape)
{
    assert(field < message->type->field_count);
    const struct field *row = &message->type->fields[field];
    assert(kinds >> row->kind & 1);
    assert((row->flags & SHAPE_FLAGS) == shape);
}

/* The value to read, all zero if it is unset. */
static inline union value message_get(
    const struct message *message, unsigned field, enum kind_set kinds)
{
    message_check(message, field, kinds, 0);
    return message_has(message, field) ? message->values[field] : (union value){0};
}

/* The other members of the oneof lose their values. */
static inline void message_clear_rivals(struct message *message, unsigned field)
{
    const struct field *fields = message->type->fields;
    const char *oneof = fields[field].oneof;
    if (!oneof)
        return;
    for (uint64_t left = message->set; left != 0; left &= left - 1) {
        unsigned i = (unsigned)__builtin_ctzll(left);
        if (fields[i].oneof && strcmp(fields[i].oneof, oneof) == 0)
            message_clear(message, i);
    }
}

/* The place of the value to be set. */
static inline union value *message_put(struct message *message, unsigned field, enum kind_set kinds)
{
    message_check(message, field, kinds, 0);
    message_clear_rivals(message, field);
    return message_take_place(message, field);
}

void message_set_text(struct message *message, unsigned field, struct text text)
{
    message_put(message, field, KINDS_TEXT)->text = text;
}

void message_set_text_if(struct message *message, unsigned field, struct text text)
{
    if (!text_is_empty(text))
        message_set_text(message, field, text);
}

void message_set_bool(struct message *message, unsigned field, bool boolean)
{
    message_put(message, field, KINDS_BOOL)->boolean = boolean;
}

void message_set_int(struct message *message, unsigned field, int64_t integer)
{
    message_put(message, field, KINDS_INTEGER)->integer = integer;
}

void message_set_float(struct message *message, unsigned field, float real)
{
    message_put(message, field, KINDS_FLOAT)->real32 = real;
}

void message_set_double(struct message *message, unsigned field, double real)
{
    message_put(message, field, KINDS_DOUBLE)->real64 = real;
}

void message_set_message(struct message *message, unsigned field, struct message *child)
{
    assert(child);
    message_put(message, field, KINDS_MESSAGE)->message = child;
}

struct text message_text(const struct message *message, unsigned field)
{
    return message_get(message, field, KINDS_TEXT).text;
}

bool message_bool(const struct message *message, unsigned field)
{
    return message_get(message, field, KINDS_BOOL).boolean;
}

int64_t message_int(const struct message *message, unsigned field)
{
    return message_get(message, field, KINDS_INTEGER).integer;
}

float message_float(const struct message *message, unsigned field)
{
    return message_get(message, field, KINDS_FLOAT).real32;
}

double message_double(const struct message *message, unsigned field)
{
    return message_get(message, field, KINDS_DOUBLE).real64;
}

struct message *message_child(const struct message *message, unsigned field)
{
    return message_get(message, field, KINDS_MESSAGE).message;
}

struct message *message_new_child(const struct message *message, unsigned field)
{
    const struct field *row = &message->type->fields[field];
    assert(row->kind == FIELD_MESSAGE);
    struct message *child =
        message_new(message->arena, (enum message_id)row->type, message->version);
    child->called = message->called;
    return child;
}

struct message *message_make_child(struct message *message, unsigned field)
{
    struct message *child = message_child(message, field);
    if (!child) {
        child = message_new_child(message, field);
        message_set_message(message, field, child);
    }
    return child;
}

static inline const struct list *message_list(const struct message *message, unsigned field)
{
    assert(field < message->type->field_count);
    assert(message->type->fields[field].flags & SHAPE_FLAGS);
    return message_has(message, field) ? message->values[field].list : NULL;
}

size_t message_count(const struct message *message, unsigned field)
{
    const struct list *list = message_list(message, field);
    if (!list)
        return 0;
    bool is_map = message->type->fields[field].flags & FIELD_MAP;
    return is_map ? list->count / 2 : list->count;
}

static inline union value message_get_at(
    const struct message *message, unsigned field, size_t index, enum kind_set kinds)
{
    message_check(message, field, kinds, FIELD_REPEATED);
    const struct list *list = message_list(message, field);
    assert(list && index < list->count && !list->fill);
    return list->items[index];
}

struct text message_text_at(const struct message *message, unsigned field, size_t index)
{
    return message_get_at(message, field, index, KINDS_TEXT).text;
}

int64_t message_int_at(const struct message *message, unsigned field, size_t index)
{
    return message_get_at(message, field, index, KINDS_INTEGER).integer;
}

struct message *message_child_at(const struct message *message, unsigned field, size_t index)
{
    return message_get_at(message, field, index, KINDS_MESSAGE).message;
}

static void list_grow(struct arena *arena, struct list *list)
{
    size_t capacity = list->capacity > 0 ? 2 * list->capacity : LIST_FIRST_CAPACITY;
    union value *items = arena_array(arena, capacity, sizeof(*items));
    if (list->count > 0)
        memcpy(items, list->items, list->count * sizeof(*items));
    list->items = items;
    list->capacity = capacity;
}

/* The list of a repeated field or map, made if there is none. */
static struct list *message_make_list(struct message *message, unsigned field)
{
    assert(message->type->fields[field].flags & SHAPE_FLAGS);
    if (!message_has(message, field))
        message_place(message, field)->list = arena_alloc(message->arena, sizeof(struct list));
    return message->values[field].list;
}

union value *message_add_item(struct message *message, unsigned field)
{
    struct list *list = message_make_list(message, field);
    assert(!list->fill);
    if (list->count == list->capacity)
        list_grow(message->arena, list);
    return &list->items[list->count++];
}

void message_set_list(struct message *message, unsigned field)
{
    message_make_list(message, field);
}

void message_expect_items(struct message *message, unsigned field, size_t count)
{
    struct list *list = message_make_list(message, field);
    if (list->capacity > 0 || count == 0)
        return;
    list->items = arena_array(message->arena, count, sizeof(*list->items));
    list->capacity = count;
}

static union value *message_add(struct message *message, unsigned field, enum kind_set kinds)
{
    message_check(message, field, kinds, FIELD_REPEATED);
    return message_add_item(message, field);
}

void message_add_int(struct message *message, unsigned field, int64_t integer)
{
    message_add(message, field, KINDS_INTEGER)->integer = integer;
}

void message_add_float(struct message *message, unsigned field, float real)
{
    message_add(message, field, KINDS_FLOAT)->real32 = real;
}

void message_add_message(struct message *message, unsigned field, struct message *child)
{
    assert(child);
    message_add(message, field, KINDS_MESSAGE)->message = child;
}

struct message *message_add_child(struct message *message, unsigned field)
{
    struct message *child = message_new_child(message, field);
    message_add_message(message, field, child);
    return child;
}

void message_set_made(
    struct message *message, unsigned field, size_t count, message_filler *fill, void *context)
{
    message_check(message, field, KINDS_MESSAGE, FIELD_REPEATED);
    assert(!message_has(message, field));
    if (count == 0)
        return;
    message_add_child(message, field);
    struct list *list = message->values[field].list;
    list->count = count;
    list->fill = fill;
    list->context = context;
}

void message_keep_made(struct message *message, unsigned field, const struct list_keeper *keeper)
{
    assert(message_has(message, field) && message->values[field].list->fill);
    message->values[field].list->keeper = keeper;
}

union value list_item(const struct list *list, size_t index)
{
    if (!list->fill)
        return list->items[index];
    list->items[0].message->set = 0;
    list->fill(list->context, index, list->items[0].message);
    return list->items[0];
}

void message_pair_at(const struct message *message, unsigned field, size_t index,
    struct text *ret_key, struct text *ret_value)
{
    message_check(message, field, KINDS_TEXT, FIELD_MAP);
    const struct list *list = message_list(message, field);
    assert(list && index < list->count / 2);
    *ret_key = list->items[2 * index].text;
    *ret_value = list->items[2 * index + 1].text;
}

void message_add_pair(struct message *message, unsigned field, struct text key, struct text value)
{
    message_check(message, field, KINDS_TEXT, FIELD_MAP);
    message_add_item(message, field)->text = key;
    message_add_item(message, field)->text = value;
}
