#include "server/state/callers.h"

#include <stdlib.h>

#include "base/arena.h"
#include "base/map.h"
#include "base/memory.h"

struct listed_caller {
    struct text key, token, email;
};

struct callers {
    struct arena arena;
    struct listed_caller *listed; /* in the order in which they were added */
    size_t count, capacity;
    struct map keys, tokens; /* to the address, a struct text */
};

struct callers *callers_copy(const struct callers *source)
{
    struct callers *callers = memory_alloc_zeroed(1, sizeof(*callers));
    arena_init(&callers->arena);
    map_init(&callers->keys, &callers->arena);
    map_init(&callers->tokens, &callers->arena);
    for (size_t i = 0; source && i < source->count; i++)
        callers_add(
            callers, source->listed[i].key, source->listed[i].token, source->listed[i].email);
    return callers;
}

void callers_free(struct callers *callers)
{
    if (!callers)
        return;
    arena_release(&callers->arena);
    free(callers->listed);
    free(callers);
}

void callers_add(struct callers *callers, struct text key, struct text token, struct text email)
{
    if (callers->count == callers->capacity) {
        callers->capacity = 2 * callers->capacity + 16;
        callers->listed =
            memory_grow(callers->listed, callers->capacity * sizeof(struct listed_caller));
    }
    struct listed_caller *listed = &callers->listed[callers->count++];
    *listed = (struct listed_caller){arena_text(&callers->arena, key),
        arena_text(&callers->arena, token), arena_text(&callers->arena, email)};
    struct text *address = arena_alloc(&callers->arena, sizeof(*address));
    *address = listed->email;
    if (!text_is_empty(key))
        map_put(&callers->keys, listed->key, address);
    if (!text_is_empty(token))
        map_put(&callers->tokens, listed->token, address);
}

const struct text *callers_find_key(const struct callers *callers, struct text key)
{
    return map_find(&callers->keys, key);
}

const struct text *callers_find_token(const struct callers *callers, struct text token)
{
    return map_find(&callers->tokens, token);
}

bool callers_are_listed(const struct callers *callers)
{
    return callers->count > 0;
}
