#include "store/row_versions.h"

#include <assert.h>
#include <string.h>

#include "base/array.h"
#include "base/hash.h"

uint64_t row_hash(int64_t namespace_id, struct text model_id)
{
    return hash_text((uint64_t)namespace_id, model_id);
}

static size_t row_versions_model(uint64_t hash)
{
    return hash % ROW_VERSIONS_OF_MODELS;
}

static size_t row_versions_namespace(int64_t namespace_id)
{
    /* They are numbered one after the other. */
    return (uint64_t)namespace_id % ROW_VERSIONS_OF_NAMESPACES;
}

uint64_t row_version(const struct row_versions *versions, int64_t namespace_id, uint64_t hash)
{
    uint64_t of_model = atomic_load(&versions->of_models[row_versions_model(hash)]);
    uint64_t of_all = atomic_load(&versions->of_namespaces[row_versions_namespace(namespace_id)]);
    /* Neither ever falls, so a sum comes again only if both are what they were. */
    return (of_model | of_all) & 1 ? ROW_VERSION_NONE : of_model + of_all;
}

static void row_versions_mark(uint64_t *touched, size_t index)
{
    touched[index / 64] |= UINT64_C(1) << index % 64;
}

void row_versions_touch(struct row_versions *versions, int64_t namespace_id, struct text model_id)
{
    row_versions_mark(
        versions->touched_models, row_versions_model(row_hash(namespace_id, model_id)));
}

void row_versions_touch_namespace(struct row_versions *versions, int64_t namespace_id)
{
    row_versions_mark(versions->touched_namespaces, row_versions_namespace(namespace_id));
}

void row_versions_touch_all(struct row_versions *versions)
{
    memset(versions->touched_namespaces, 0xff, sizeof(versions->touched_namespaces));
}

/* Moves the versions on that were touched. */
static void row_versions_move_some(
    _Atomic uint64_t *all, const uint64_t *touched, size_t touched_count)
{
    for (size_t i = 0; i < touched_count; i++)
        for (uint64_t rest = touched[i]; rest; rest &= rest - 1)
            atomic_fetch_add(&all[64 * i + (size_t)__builtin_ctzll(rest)], 1);
}

static void row_versions_move(struct row_versions *versions)
{
    row_versions_move_some(
        versions->of_models, versions->touched_models, ARRAY_COUNT(versions->touched_models));
    row_versions_move_some(versions->of_namespaces, versions->touched_namespaces,
        ARRAY_COUNT(versions->touched_namespaces));
    versions->are_odd = !versions->are_odd;
}

void row_versions_begin(struct row_versions *versions)
{
    assert(!versions->are_odd);
    row_versions_move(versions);
}

void row_versions_end(struct row_versions *versions)
{
    if (versions->are_odd)
        row_versions_move(versions);
    memset(versions->touched_models, 0, sizeof(versions->touched_models));
    memset(versions->touched_namespaces, 0, sizeof(versions->touched_namespaces));
}
