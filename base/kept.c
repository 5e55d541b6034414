#include "base/kept.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/hash.h"
#include "base/memory.h"

enum {
    /* A power of two: a few entries each if all are of the usual size, some kilobytes. */
    KEPT_BUCKETS = 2048,
    /* One entry takes at most this part of the room: it would drive out all others. */
    KEPT_ENTRY_SHARE = 2,
    /* What the C library adds to each of an entry's two blocks. */
    KEPT_BLOCK_BYTES = 16
};

struct kept_entry {
    struct kept_entry *next; /* in its bucket */
    struct kept_entry *newer, *older;
    uint64_t hash;
    struct buf bytes;
    int64_t number;
    size_t key_len;
    char key[];
};

struct kept {
    size_t bytes_max, bytes;
    struct kept_entry **buckets; /* NULL until something is kept */
    struct kept_entry *newest, *oldest;
};

struct kept *kept_new(size_t bytes_max)
{
    struct kept *kept = memory_alloc_zeroed(1, sizeof(*kept));
    kept->bytes_max = bytes_max;
    return kept;
}

static size_t kept_entry_bytes(const struct kept_entry *entry)
{
    return sizeof(*entry) + entry->key_len + entry->bytes.capacity + 2 * (size_t)KEPT_BLOCK_BYTES;
}

/* --- the order of use --- */

static void kept_unlink(struct kept *kept, struct kept_entry *entry)
{
    *(entry->newer ? &entry->newer->older : &kept->newest) = entry->older;
    *(entry->older ? &entry->older->newer : &kept->oldest) = entry->newer;
}

static void kept_link_newest(struct kept *kept, struct kept_entry *entry)
{
    entry->newer = NULL;
    entry->older = kept->newest;
    *(kept->newest ? &kept->newest->newer : &kept->oldest) = entry;
    kept->newest = entry;
}

/* --- buckets --- */

static struct kept_entry **kept_bucket(struct kept *kept, uint64_t hash)
{
    return &kept->buckets[hash & (KEPT_BUCKETS - 1)];
}

static void kept_drop(struct kept *kept, struct kept_entry *entry)
{
    struct kept_entry **link = kept_bucket(kept, entry->hash);
    while (*link != entry)
        link = &(*link)->next;
    *link = entry->next;
    kept_unlink(kept, entry);
    kept->bytes -= kept_entry_bytes(entry);
    buf_release(&entry->bytes);
    free(entry);
}

/* The entry of a key, which is the newest from now on; NULL: there is none. */
static struct kept_entry *kept_look(struct kept *kept, struct text key, uint64_t hash)
{
    if (!kept->buckets)
        return NULL;
    struct kept_entry *entry = *kept_bucket(kept, hash);
    while (entry &&
           !(entry->hash == hash && text_equals((struct text){entry->key, entry->key_len}, key)))
        entry = entry->next;
    if (entry && entry != kept->newest) {
        kept_unlink(kept, entry);
        kept_link_newest(kept, entry);
    }
    return entry;
}

static uint64_t kept_hash(struct text key)
{
    return hash_checksum(0, key.bytes, key.len);
}

void kept_free(struct kept *kept)
{
    if (!kept)
        return;
    while (kept->oldest)
        kept_drop(kept, kept->oldest);
    free(kept->buckets);
    free(kept);
}

struct kept_value kept_find(struct kept *kept, struct text key)
{
    struct kept_entry *entry = kept ? kept_look(kept, key, kept_hash(key)) : NULL;
    if (!entry)
        return (struct kept_value){.bytes = TEXT("")};
    return (struct kept_value){buf_text(&entry->bytes), entry->number};
}

/* Makes room for so many bytes more, at the cost of all but the newest. False if there is none. */
static bool kept_make_room(struct kept *kept, size_t bytes)
{
    while (bytes > kept->bytes_max - kept->bytes) {
        if (kept->oldest == kept->newest)
            return false;
        kept_drop(kept, kept->oldest);
    }
    return true;
}

/* Has an entry hold so many bytes. False if it may not. */
static bool kept_grow(struct kept *kept, struct kept_entry *entry, size_t capacity)
{
    size_t before = entry->bytes.capacity;
    if (capacity <= before)
        return true;
    if (capacity > kept->bytes_max / KEPT_ENTRY_SHARE || !kept_make_room(kept, capacity - before))
        return false;
    buf_set_capacity(&entry->bytes, capacity);
    kept->bytes += entry->bytes.capacity - before;
    return true;
}

/* Makes an empty entry. NULL if there is no room for it. */
static struct kept_entry *kept_add_entry(struct kept *kept, struct text key, uint64_t hash)
{
    size_t buckets_bytes = kept->buckets ? 0 : KEPT_BUCKETS * sizeof(struct kept_entry *);
    size_t entry_bytes = sizeof(struct kept_entry) + key.len + 2 * (size_t)KEPT_BLOCK_BYTES;
    if (entry_bytes + buckets_bytes > kept->bytes_max / KEPT_ENTRY_SHARE ||
        !kept_make_room(kept, entry_bytes + buckets_bytes))
        return NULL;
    if (!kept->buckets)
        kept->buckets = memory_alloc_zeroed(KEPT_BUCKETS, sizeof(struct kept_entry *));
    struct kept_entry *entry = memory_alloc(sizeof(*entry) + key.len);
    *entry = (struct kept_entry){
        .next = *kept_bucket(kept, hash), .hash = hash, .bytes = BUF_INIT, .key_len = key.len};
    memcpy(entry->key, key.bytes, key.len);
    *kept_bucket(kept, hash) = entry;
    kept_link_newest(kept, entry);
    kept->bytes += entry_bytes + buckets_bytes;
    return entry;
}

static bool kept_store(
    struct kept *kept, struct text key, struct kept_value value, bool is_replaced)
{
    uint64_t hash = kept_hash(key);
    struct kept_entry *entry = kept_look(kept, key, hash);
    if (!entry)
        entry = kept_add_entry(kept, key, hash);
    if (!entry)
        return false;
    if (is_replaced)
        buf_clear(&entry->bytes);
    size_t len = entry->bytes.len + value.bytes.len;
    /* What is added to bit by bit grows in steps; the first time it gets just what it needs. */
    bool is_longer = entry->bytes.len > 0 && len > entry->bytes.capacity;
    if (kept_grow(kept, entry, is_longer ? len + len / 4 : len)) {
        buf_add_text(&entry->bytes, value.bytes);
        entry->number = value.number;
        return true;
    }
    if (entry->bytes.len == 0)
        kept_drop(kept, entry);
    return false;
}

bool kept_add(struct kept *kept, struct text key, struct kept_value value)
{
    return kept && kept_store(kept, key, value, false);
}

void kept_put(struct kept *kept, struct text key, struct kept_value value)
{
    if (kept)
        kept_store(kept, key, value, true);
}
