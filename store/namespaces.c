/* What the store knows of namespaces beside their rows, for any thread. */
#include <assert.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "base/log.h"
#include "base/memory.h"
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
    numberings_name(&store->numberings, namespace_id, name);
}

void store_list_namespaces(struct store *store, store_namespace_visitor *visit, void *context)
{
    assert(!store_is_outside);
    size_t count;
    struct numbering **all = numberings_list(&store->numberings, &count);
    for (size_t i = 0; i < count; i++) {
        const struct numbering *numbering = all[i];
        bool is_good_number =
            numbering->namespace_id > 0 && numbering->namespace_id <= NUMBERING_MAX;
        if (numbering->is_of_file && is_good_number && !numbering_is_hidden(numbering))
            visit(context, numbering->namespace_id, text_of(numbering->name));
    }
    free(all);
}

int64_t store_last_namespace(const struct store *store)
{
    return store->numberings.last_namespace;
}

void store_forget_namespace(struct store *store, int64_t namespace_id)
{
    assert(!store_is_outside);
    numberings_forget(&store->numberings, namespace_id);
}

int64_t store_count_models(struct store *store, int64_t namespace_id)
{
    return numberings_count_models(&store->numberings, namespace_id);
}

int64_t store_count_jobs(struct store *store, int64_t namespace_id)
{
    return numberings_count_jobs(&store->numberings, namespace_id);
}

int64_t store_count_all_models(struct store *store)
{
    return atomic_load(&store->numberings.all_models_count);
}

int64_t store_count_all_jobs(struct store *store)
{
    return atomic_load(&store->numberings.all_jobs_count);
}

static int64_t namespaces_file_bytes(int descriptor)
{
    struct stat status;
    return fstat(descriptor, &status) == 0 ? status.st_size : 0;
}

struct store_sizes store_sizes(struct store *store)
{
    return (struct store_sizes){.file_bytes = namespaces_file_bytes(store->database),
        .wal_bytes = namespaces_file_bytes(store->wal),
        .queue_count = atomic_load(&store->queue_count)};
}

void namespaces_drop_hidden(struct store *store)
{
    size_t count;
    struct numbering **all = numberings_list(&store->numberings, &count);
    struct store_write *writes = memory_alloc_zeroed(count + 1, sizeof(*writes));
    struct store_batch batch = {0};
    for (size_t i = 0; i < count; i++)
        if (numbering_is_hidden(all[i])) {
            writes[i].kind = STORE_DROP_NAMESPACE;
            writes[i].namespace_id = all[i]->namespace_id;
            store_batch_add(&batch, &writes[i]);
        }
    free(all);
    /* Nobody sees those that stay if it fails; the next start tries again. */
    if (batch.first && store_batch_and_wait(store, &batch) != STORE_OK)
        log_write(LOG_WARNING, "store: snapshots of an earlier start could not be deleted");
    for (const struct store_write *write = batch.first; write; write = write->next)
        numberings_forget(&store->numberings, write->namespace_id);
    free(writes);
}
