#include "store/kept_rows.h"

#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "base/memory.h"

enum {
    /* Half of the rows that fit; the pointers to them take a thirtieth of the room. */
    KEPT_CHAINS = 4096,
    /* Behind so many the last one goes, whatever ids somebody chose. */
    KEPT_CHAIN_ROWS_MAX = 8
};

struct kept_row {
    struct kept_row *next;
    struct kept_row_key key; /* texts in `bytes` */
    struct kept_row_value value;
    bool was_used; /* since the hand came by */
    char bytes[];  /* the texts of both */
};

static size_t kept_row_bytes(const struct kept_row_key *key, const struct kept_row_value *value)
{
    return sizeof(struct kept_row) + key->model_id.len + key->child.len + value->bytes.len;
}

/* Takes a row out of its chain. */
static void kept_rows_drop(struct kept_rows *rows, struct kept_row **at)
{
    struct kept_row *row = *at;
    *at = row->next;
    rows->bytes -= kept_row_bytes(&row->key, &row->value);
    free(row);
}

void kept_rows_release(struct kept_rows *rows)
{
    if (!rows->chains)
        return;
    for (size_t i = 0; i < KEPT_CHAINS; i++)
        while (rows->chains[i])
            kept_rows_drop(rows, &rows->chains[i]);
    free(rows->chains);
    rows->chains = NULL;
    rows->bytes = 0;
}

struct kept_row_key kept_row_key(const struct row_versions *versions, enum kept_row_kind kind,
    int64_t namespace_id, struct text model_id, struct text child)
{
    uint64_t hash = row_hash(namespace_id, model_id);
    uint64_t version = row_version(versions, namespace_id, hash);
    hash += (uint64_t)kind;
    if (!text_is_empty(child))
        hash = hash_text(hash, child);
    return (struct kept_row_key){kind, namespace_id, model_id, child, hash, version};
}

static bool kept_row_key_is(const struct kept_row_key *key, const struct kept_row_key *other)
{
    return key->hash == other->hash && key->kind == other->kind &&
           key->namespace_id == other->namespace_id &&
           text_equals(key->model_id, other->model_id) && text_equals(key->child, other->child);
}

bool kept_rows_find(
    struct kept_rows *rows, const struct kept_row_key *key, struct kept_row_value *ret_value)
{
    if (!rows->chains)
        return false;
    struct kept_row **at = &rows->chains[key->hash % KEPT_CHAINS];
    while (*at && !kept_row_key_is(&(*at)->key, key))
        at = &(*at)->next;
    if (!*at)
        return false;
    if ((*at)->key.version != key->version) {
        kept_rows_drop(rows, at);
        return false;
    }
    (*at)->was_used = true;
    *ret_value = (*at)->value;
    return true;
}

/* Drops what was not used since the hand came by here, and moves it on. */
static void kept_rows_sweep(struct kept_rows *rows)
{
    struct kept_row **at = &rows->chains[rows->hand];
    while (*at) {
        if (!(*at)->was_used) {
            kept_rows_drop(rows, at);
            continue;
        }
        (*at)->was_used = false;
        at = &(*at)->next;
    }
    rows->hand = (rows->hand + 1) % KEPT_CHAINS;
}

static struct text kept_row_copy(char **at, struct text text)
{
    struct text copy = {*at, text.len};
    if (text.len > 0)
        memcpy(*at, text.bytes, text.len);
    *at += text.len;
    return copy;
}

/* Puts a row before all others of its chain, and has the last of too many go. */
static void kept_rows_add(struct kept_rows *rows, struct kept_row *row)
{
    struct kept_row **at = &rows->chains[row->key.hash % KEPT_CHAINS];
    row->next = *at;
    *at = row;
    for (int count = 0; *at && count < KEPT_CHAIN_ROWS_MAX; count++)
        at = &(*at)->next;
    if (*at)
        kept_rows_drop(rows, at);
}

void kept_rows_keep(
    struct kept_rows *rows, const struct kept_row_key *key, const struct kept_row_value *value)
{
    size_t bytes = kept_row_bytes(key, value);
    if (key->version == ROW_VERSION_NONE || bytes > KEPT_ROW_BYTES_MAX || bytes > rows->bytes_max)
        return;
    if (!rows->chains)
        rows->chains = memory_alloc_zeroed(KEPT_CHAINS, sizeof(struct kept_row *));
    while (rows->bytes + bytes > rows->bytes_max)
        kept_rows_sweep(rows);
    rows->bytes += bytes;
    struct kept_row *row = memory_alloc(bytes);
    *row = (struct kept_row){.key = *key, .value = *value};
    char *at = row->bytes;
    row->key.model_id = kept_row_copy(&at, key->model_id);
    row->key.child = kept_row_copy(&at, key->child);
    row->value.bytes = kept_row_copy(&at, value->bytes);
    kept_rows_add(rows, row);
}
