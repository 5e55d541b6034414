#include "server/json/tree.h"

#include <assert.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "server/json/decimal.h"
#include "server/json/read_scalar.h"
#include "server/json/write.h"

/* A member's key and its place in the object. */
struct tree_member {
    const char *key;
    size_t place;
};

enum {
    /* What an arena makes of a node, and of the ends of its key and of its text. */
    TREE_VALUE_BYTES = sizeof(cJSON) + 2 * _Alignof(max_align_t),
    /* A string is escaped in pieces of this size, so that it is noticed when it gets too long. */
    TREE_PIECE_BYTES = 64 * 1024
};

/*
 * Where cJSON allocates on this thread; NULL outside of tree_parse, when it is left as it was. Its
 * hooks are the process's and are handed no context, hence the exception to "no globals".
 */
static _Thread_local struct arena *tree_arena;

static void *tree_allocate(size_t size_bytes)
{
    return tree_arena ? arena_alloc(tree_arena, size_bytes) : malloc(size_bytes);
}

static void tree_deallocate(void *memory)
{
    if (!tree_arena)
        free(memory);
}

static void tree_set_up(void)
{
    cJSON_Hooks hooks = {.malloc_fn = tree_allocate, .free_fn = tree_deallocate};
    cJSON_InitHooks(&hooks);
}

cJSON *tree_parse(struct text strict, struct arena *arena)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, tree_set_up);
    tree_arena = arena;
    cJSON *root = cJSON_ParseWithLength(strict.bytes, strict.len);
    tree_arena = NULL;
    assert(root); /* what the reader lets through, cJSON takes */
    return root;
}

size_t tree_bytes_max(struct text strict, size_t value_count)
{
    return value_count * TREE_VALUE_BYTES + strict.len;
}

struct text tree_key(const cJSON *item, struct arena *arena)
{
    return scalar_restore_text(arena, text_of(item->string));
}

static bool tree_is_marked_number(const cJSON *item)
{
    return cJSON_IsString(item) && item->valuestring[0] == READ_NUMBER_MARK;
}

bool tree_scalar(const cJSON *item, struct arena *arena, struct scalar *ret_scalar)
{
    struct scalar scalar = {.kind = SCALAR_NULL};
    if (cJSON_IsObject(item) || cJSON_IsArray(item))
        return false;
    if (tree_is_marked_number(item)) {
        scalar.kind = SCALAR_NUMBER;
        scalar.text = text_of(item->valuestring + 1);
        /* The reader has checked that it fits. */
        decimal_to_double(scalar.text, arena, &scalar.number);
    } else if (cJSON_IsString(item)) {
        scalar.kind = SCALAR_STRING;
        scalar.text = text_of(item->valuestring);
    } else if (cJSON_IsNumber(item)) {
        scalar.kind = SCALAR_NUMBER;
        scalar.number = item->valuedouble;
    } else if (cJSON_IsBool(item)) {
        scalar.kind = SCALAR_BOOL;
        scalar.boolean = cJSON_IsTrue(item);
    }
    *ret_scalar = scalar;
    return true;
}

static int tree_compare_members(const void *left, const void *right)
{
    const struct tree_member *one = left;
    const struct tree_member *other = right;
    int order = strcmp(one->key, other->key);
    if (order != 0)
        return order;
    return (one->place > other->place) - (one->place < other->place);
}

const bool *tree_repeated_keys(const cJSON *object, struct arena *arena)
{
    size_t count = 0;
    const cJSON *item;
    cJSON_ArrayForEach(item, object)
    {
        count++;
    }
    if (count < 2)
        return NULL;
    struct tree_member *members = arena_array(arena, count, sizeof(*members));
    size_t place = 0;
    cJSON_ArrayForEach(item, object)
    {
        members[place] = (struct tree_member){item->string, place};
        place++;
    }
    qsort(members, count, sizeof(*members), tree_compare_members);
    bool *repeated = NULL;
    for (size_t i = 1; i < count; i++) {
        if (strcmp(members[i - 1].key, members[i].key) != 0)
            continue;
        if (!repeated)
            repeated = arena_array(arena, count, sizeof(*repeated));
        repeated[members[i].place] = true;
    }
    return repeated;
}

/* A string as it was passed on: most have no NUL, and need no copy. */
static struct text tree_text(const char *passed, struct arena *arena)
{
    struct text text = text_of(passed);
    return scalar_has_nul(text) ? scalar_restore_text(arena, text) : text;
}

static bool tree_write_string(struct tree_writer *writer, struct text text)
{
    struct buf *out = &writer->out;
    buf_add_byte(out, '"');
    while (text.len > 0 && out->len <= writer->len_max) {
        size_t piece_len = text.len;
        if (piece_len > TREE_PIECE_BYTES)
            piece_len = text_boundary(text, TREE_PIECE_BYTES);
        json_write_escaped(out, text_slice(text, 0, piece_len));
        text = text_slice(text, piece_len, text.len);
    }
    buf_add_byte(out, '"');
    return out->len <= writer->len_max;
}

static bool tree_write_scalar(struct tree_writer *writer, const struct scalar *scalar)
{
    struct buf *out = &writer->out;
    switch (scalar->kind) {
    case SCALAR_NULL:
        buf_add_string(out, "null");
        break;
    case SCALAR_BOOL:
        buf_add_string(out, scalar->boolean ? "true" : "false");
        break;
    case SCALAR_NUMBER:
        json_write_double(out, scalar->number);
        break;
    case SCALAR_STRING:
        return tree_write_string(writer, tree_text(scalar->text.bytes, writer->arena));
    }
    return out->len <= writer->len_max;
}

/* The depth of the recursion is that of the input, which the reader bounds by JSON_DEPTH_MAX. */
bool tree_write(struct tree_writer *writer, const cJSON *item)
{
    struct buf *out = &writer->out;
    struct scalar scalar;
    if (tree_scalar(item, writer->arena, &scalar))
        return tree_write_scalar(writer, &scalar);
    bool is_object = cJSON_IsObject(item);
    const bool *repeated = is_object ? tree_repeated_keys(item, writer->arena) : NULL;
    buf_add_byte(out, is_object ? '{' : '[');
    size_t place = 0;
    const cJSON *child;
    cJSON_ArrayForEach(child, item)
    {
        if (place > 0)
            buf_add_byte(out, ',');
        if (is_object) {
            struct text key = tree_text(child->string, writer->arena);
            if (!tree_write_string(writer, key))
                return false;
            buf_add_byte(out, ':');
            if (repeated && repeated[place])
                writer->repeated = key;
        }
        if (!tree_write(writer, child))
            return false;
        place++;
    }
    buf_add_byte(out, is_object ? '}' : ']');
    return true;
}
