/*
 * A map from texts to pointers, in an arena; entries are added and replaced, never taken out.
 * Finding one costs the same however many there are, unless somebody who chose the keys made them
 * collide: for keys that the operator gives, not clients.
 */
#ifndef BASE_MAP_H
#define BASE_MAP_H

#include <stdint.h>

#include "base/arena.h"
#include "base/text.h"

struct map_entry;

struct map {
    struct arena *arena;
    struct map_entry *entries; /* a power of two of them, at most half of them in use */
    size_t capacity;
    size_t count;
};

/* Makes an empty map. It, its entries and the texts of its keys live as long as the arena. */
void map_init(struct map *map, struct arena *arena);

/* Adds a value, which must not be NULL, or replaces that of the same key. Borrows the key. */
void map_put(struct map *map, struct text key, void *value);

/* The value of a key; NULL if there is none. */
void *map_find(const struct map *map, struct text key);

#endif
