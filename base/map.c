#include "base/map.h"

#include <assert.h>

#include "base/hash.h"

enum { MAP_CAPACITY_MIN = 16 };

struct map_entry {
    uint64_t hash;
    struct text key;
    void *value; /* NULL: not in use */
};

void map_init(struct map *map, struct arena *arena)
{
    *map = (struct map){.arena = arena};
}

/* The entry that has the key, or the one that is to get it. */
static struct map_entry *map_place(const struct map *map, uint64_t hash, struct text key)
{
    size_t at = hash & (map->capacity - 1);
    struct map_entry *entry = &map->entries[at];
    while (entry->value && (entry->hash != hash || !text_equals(entry->key, key))) {
        at = (at + 1) & (map->capacity - 1);
        entry = &map->entries[at];
    }
    return entry;
}

static void map_grow(struct map *map)
{
    struct map old = *map;
    map->capacity = old.capacity ? 2 * old.capacity : MAP_CAPACITY_MIN;
    map->entries = arena_array(map->arena, map->capacity, sizeof(*map->entries));
    for (size_t i = 0; i < old.capacity; i++)
        if (old.entries[i].value)
            *map_place(map, old.entries[i].hash, old.entries[i].key) = old.entries[i];
}

void map_put(struct map *map, struct text key, void *value)
{
    assert(value);
    if (2 * map->count >= map->capacity)
        map_grow(map);
    uint64_t hash = hash_text(0, key);
    struct map_entry *entry = map_place(map, hash, key);
    map->count += entry->value == NULL;
    *entry = (struct map_entry){hash, key, value};
}

void *map_find(const struct map *map, struct text key)
{
    return map->count > 0 ? map_place(map, hash_text(0, key), key)->value : NULL;
}
