#include "server/space/snapshots.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "server/space/space_parts.h"
#include "store/store.h"

struct snapshot {
    struct snapshot *next;
    struct snapshot_view view; /* its id lies behind the struct */
    struct space_parts parts;
    char id_bytes[];
};

void snapshots_init(struct snapshots *snapshots, struct snapshot_count *all)
{
    *snapshots = (struct snapshots){.all = all};
    pthread_mutex_init(&snapshots->mutex, NULL);
}

void snapshots_release(struct snapshots *snapshots)
{
    snapshots_remove(snapshots, TEXT(""));
    pthread_mutex_destroy(&snapshots->mutex);
}

void snapshots_forget(const struct snapshots *snapshots, struct store *store)
{
    for (const struct snapshot *at = snapshots->first; at; at = at->next)
        store_forget_namespace(store, at->view.number);
}

/* With the mutex held. */
static size_t snapshots_count_listed(const struct snapshots *snapshots)
{
    size_t count = 0;
    for (const struct snapshot *at = snapshots->first; at; at = at->next)
        count++;
    return count;
}

size_t snapshots_count(struct snapshots *snapshots)
{
    pthread_mutex_lock(&snapshots->mutex);
    size_t count = snapshots_count_listed(snapshots);
    pthread_mutex_unlock(&snapshots->mutex);
    return count;
}

size_t snapshots_list(
    struct snapshots *snapshots, struct arena *arena, struct snapshot_view **ret_views)
{
    size_t count = 0;
    pthread_mutex_lock(&snapshots->mutex);
    struct snapshot_view *views =
        arena_array(arena, snapshots_count_listed(snapshots), sizeof(*views));
    for (const struct snapshot *at = snapshots->first; at; at = at->next) {
        views[count] = at->view;
        views[count++].id = arena_text(arena, at->view.id);
    }
    pthread_mutex_unlock(&snapshots->mutex);
    *ret_views = views;
    return count;
}

const struct space_parts *snapshots_find(
    const struct snapshots *snapshots, struct text id, struct snapshot_view *ret_view)
{
    const struct snapshot *at = snapshots->first;
    while (at && !text_equals(at->view.id, id))
        at = at->next;
    if (at && ret_view)
        *ret_view = at->view;
    return at ? &at->parts : NULL;
}

struct text snapshots_make_id(struct snapshots *snapshots, struct arena *arena)
{
    struct text id;
    do
        id = arena_printf(arena, "%" PRIu64, ++snapshots->last_made_id);
    while (snapshots_find(snapshots, id, NULL));
    return id;
}

void snapshots_add(
    struct snapshots *snapshots, const struct snapshot_view *view, const struct space_parts *parts)
{
    struct snapshot *added = memory_alloc(sizeof(*added) + view->id.len);
    memcpy(added->id_bytes, view->id.bytes, view->id.len);
    added->next = NULL;
    added->view = *view;
    added->view.id.bytes = added->id_bytes;
    added->parts = *parts;
    atomic_fetch_add(&snapshots->all->now, 1);
    pthread_mutex_lock(&snapshots->mutex);
    struct snapshot **link = &snapshots->first;
    while (*link)
        link = &(*link)->next;
    *link = added;
    pthread_mutex_unlock(&snapshots->mutex);
}

/* Takes it out of the list, that of this id or else the first; NULL: there is none. */
static struct snapshot *snapshot_unlink(struct snapshots *snapshots, struct text id)
{
    pthread_mutex_lock(&snapshots->mutex);
    struct snapshot **link = &snapshots->first;
    while (*link && id.len > 0 && !text_equals((*link)->view.id, id))
        link = &(*link)->next;
    struct snapshot *found = *link;
    if (found)
        *link = found->next;
    pthread_mutex_unlock(&snapshots->mutex);
    return found;
}

void snapshots_remove(struct snapshots *snapshots, struct text id)
{
    bool is_last = false;
    while (!is_last) {
        struct snapshot *snapshot = snapshot_unlink(snapshots, id);
        is_last = !snapshot || id.len > 0;
        if (!snapshot)
            continue;
        atomic_fetch_sub(&snapshots->all->now, 1);
        space_parts_release(&snapshot->parts);
        free(snapshot);
    }
}
