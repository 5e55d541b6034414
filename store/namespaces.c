/* What the store knows of namespaces beside their rows, for any thread. */
#include <assert.h>

#include "store/internal.h"

int64_t store_next_counter(struct store *store, int64_t namespace_id)
{
    assert(!store_is_outside);
    return numberings_next_counter(&store->numberings, namespace_id);
}

int64_t store_last_seq(struct store *store, int64_t namespace_id)
{
    assert(!store_is_outside);
    return numberings_last_seq(&store->numberings, namespace_id);
}

int64_t store_last_counter(struct store *store, int64_t namespace_id)
{
    assert(!store_is_outside);
    return numberings_last_counter(&store->numberings, namespace_id);
}

void store_restart_counter(struct store *store, int64_t namespace_id)
{
    assert(!store_is_outside);
    numberings_restart_counter(&store->numberings, namespace_id);
}

void store_raise_counter(struct store *store, int64_t namespace_id, int64_t counter)
{
    assert(!store_is_outside);
    numberings_raise_counter(&store->numberings, namespace_id, counter);
}

void store_name_namespace(struct store *store, int64_t namespace_id, struct text name)
{
    assert(!store_is_outside);
    (void)store;
    (void)namespace_id;
    (void)name;
}

void store_list_namespaces(struct store *store, store_namespace_visitor *visit, void *context)
{
    assert(!store_is_outside);
    (void)store;
    (void)visit;
    (void)context;
}

int64_t store_last_namespace(const struct store *store)
{
    (void)store;
    return 0;
}

void store_forget_namespace(struct store *store, int64_t namespace_id)
{
    assert(!store_is_outside);
    (void)store;
    (void)namespace_id;
}

int64_t store_count_models(struct store *store, int64_t namespace_id)
{
    (void)store;
    (void)namespace_id;
    return 0;
}

int64_t store_count_all_models(struct store *store)
{
    (void)store;
    return 0;
}

struct store_sizes store_sizes(struct store *store)
{
    (void)store;
    return (struct store_sizes){0};
}
