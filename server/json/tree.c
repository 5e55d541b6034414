#include "server/json/tree.h"

#include <stdlib.h>
#include <string.h>

#include "server/json/decimal.h"
#include "server/json/read.h"
#include "server/json/write.h"

/* A member's key and its place in the object. */
struct tree_member {
    const char *key;
    size_t place;
};

struct text tree_key(const cJSON *item, struct arena *arena)
{
    return scalar_restore_text(arena, text_of(item->string));
}

static bool tree_is_marked_number(const cJSON *item)
{
    return cJSON_IsString(item) && item->valuestring[0] == JSON_READ_NUMBER_MARK;
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

static void tree_write_scalar(struct buf *out, const struct scalar *scalar, struct arena *arena)
{
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
        json_write_string(out, scalar_restore_text(arena, scalar->text));
        break;
    }
}

/* The depth of the recursion is that of the input, which the reader bounds by JSON_DEPTH_MAX. */
void tree_write(struct buf *out, const cJSON *item, struct arena *arena, struct text *ret_repeated)
{
    struct scalar scalar;
    if (tree_scalar(item, arena, &scalar)) {
        tree_write_scalar(out, &scalar, arena);
        return;
    }
    bool is_object = cJSON_IsObject(item);
    const bool *repeated = is_object ? tree_repeated_keys(item, arena) : NULL;
    buf_add_byte(out, is_object ? '{' : '[');
    size_t place = 0;
    const cJSON *child;
    cJSON_ArrayForEach(child, item)
    {
        if (place > 0)
            buf_add_byte(out, ',');
        if (is_object) {
            struct text key = tree_key(child, arena);
            json_write_string(out, key);
            buf_add_byte(out, ':');
            if (repeated && repeated[place])
                *ret_repeated = key;
        }
        tree_write(out, child, arena, ret_repeated);
        place++;
    }
    buf_add_byte(out, is_object ? '}' : ']');
}
