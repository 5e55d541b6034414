#include "server/space/space.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/budget.h"
#include "base/hash.h"
#include "base/memory.h"
#include "server/contract/limits.h"
#include "server/space/faults.h"
#include "server/space/journal.h"
#include "server/space/stories.h"
#include "server/space/stubs.h"
#include "store/store.h"
#include "server/space/tell.h"

enum {
    /* Slots of the table of names that it begins with. */
    SPACES_SLOTS_MIN = 16
};

struct spaces {
    struct budget scripts; /* bytes of all faults, stories and stubs, with their scenarios */
    struct journals *journals;
    struct events *events;
    struct budget trainings_budget; /* of all spaces that are listened to */
    struct space_settings settings; /* of a new one */
    struct space_settings seeded;   /* of the default one */
    size_t count_max;
    uint64_t hash_seed; /* nobody can choose names that meet in one slot */
    struct space main;
    struct store *store; /* NULL: it is told nothing */
    struct snapshot_count snapshot_count;
    _Atomic(struct space *) unused; /* nobody has them any more */
    pthread_mutex_t mutex;          /* guards all below */
    struct space **slots;           /* by name, but for the default one; a power of two of them */
    size_t slot_count;
    size_t count; /* with the default one */
    int64_t last_number;
};

static void space_init(struct space *space, struct spaces *spaces, int64_t number, struct text name)
{
    const struct space_settings *settings = &spaces->settings;
    *space = (struct space){.number = number,
        .name = name,
        .spaces = spaces,
        .scripts = &spaces->scripts,
        .settings = settings,
        .seeded = &spaces->seeded,
        .faults = faults_new(&spaces->scripts),
        .stories = stories_new(&spaces->scripts),
        .stubs = stubs_new(&spaces->scripts),
        .create_ns = clock_system_ns()};
    space->journal = journal_new(spaces->journals, settings->journal_max);
    atomic_init(&space->reference_count, 1);
    atomic_init(&space->last_use_ns, space->create_ns);
    clock_init(&space->clock, &settings->clock);
    dials_init(&space->dials, &settings->dials);
    watches_init(&space->watches);
    snapshots_init(&space->snapshots, &spaces->snapshot_count);
    space_events_init(&space->events, spaces->events, name, &space->clock);
    faults_tell_to(space->faults, &space->events);
    stubs_tell_to(space->stubs, &space->events);
    trainings_init(&space->trainings, &space->events, &spaces->trainings_budget);
}

static void space_release(struct space *space)
{
    snapshots_release(&space->snapshots);
    trainings_release(&space->trainings);
    space_events_release(&space->events);
    watches_release(&space->watches);
    journal_free(space->journal);
    faults_free(space->faults);
    stories_free(space->stories);
    stubs_free(space->stubs);
    dials_release(&space->dials);
    clock_release(&space->clock);
}

struct spaces *spaces_new(const struct space_settings *settings, size_t count_max)
{
    struct spaces *spaces = memory_alloc_zeroed(1, sizeof(*spaces));
    budget_init(&spaces->scripts, SCRIPTS_BYTES_MAX);
    spaces->journals = journals_new();
    spaces->events = events_new();
    budget_init(&spaces->trainings_budget, TRAININGS_BYTES_MAX);
    spaces->settings = *settings;
    spaces->count_max = count_max;
    spaces->hash_seed = clock_entropy();
    pthread_mutex_init(&spaces->mutex, NULL);
    spaces->slot_count = SPACES_SLOTS_MIN;
    spaces->slots = memory_alloc_zeroed(spaces->slot_count, sizeof(struct space *));
    spaces->count = 1;
    space_init(&spaces->main, spaces, SPACE_DEFAULT, SPACE_DEFAULT_NAME);
    /* Where the time is a clock's own, all begin at the same one, and going back leads there: so
     * the same requests get the same answers in each. */
    if (settings->clock.mode != CLOCK_MODE_REAL && !settings->clock.has_start) {
        spaces->settings.clock.has_start = true;
        spaces->settings.clock.start_ns = clock_now_ns(&spaces->main.clock);
    }
    spaces->seeded = spaces->settings;
    atomic_init(&spaces->main.is_begun, true);
    atomic_init(&spaces->main.is_ready, true);
    return spaces;
}

static void space_free(struct space *space)
{
    space_release(space);
    free(space->problem);
    free(space);
}

static void spaces_free_list(struct space *first)
{
    while (first) {
        struct space *space = first;
        first = space->next;
        space_free(space);
    }
}

void spaces_free(struct spaces *spaces)
{
    if (!spaces)
        return;
    for (size_t i = 0; i < spaces->slot_count; i++)
        spaces_free_list(spaces->slots[i]);
    spaces_free_list(spaces->unused);
    space_release(&spaces->main);
    free(spaces->slots);
    pthread_mutex_destroy(&spaces->mutex);
    events_free(spaces->events);
    journals_free(spaces->journals);
    free(spaces);
}

struct space *spaces_default(struct spaces *spaces)
{
    return &spaces->main;
}

bool space_name_is_good(struct text name)
{
    for (size_t i = 0; i < name.len; i++)
        if (name.bytes[i] <= ' ' || name.bytes[i] > '~')
            return false;
    return name.len > 0 && name.len <= SPACE_NAME_BYTES_MAX;
}

/* --- with the mutex held --- */

/* The link that leads to the space of the name, or to where one is to be put. */
static struct space **spaces_slot(struct spaces *spaces, struct text name)
{
    uint64_t hash = hash_text(spaces->hash_seed, name);
    struct space **link = &spaces->slots[hash & (spaces->slot_count - 1)];
    while (*link && !text_equals((*link)->name, name))
        link = &(*link)->next;
    return link;
}

static void spaces_grow(struct spaces *spaces)
{
    struct space **old = spaces->slots;
    size_t old_count = spaces->slot_count;
    spaces->slot_count = 2 * old_count;
    spaces->slots = memory_alloc_zeroed(spaces->slot_count, sizeof(struct space *));
    for (size_t i = 0; i < old_count; i++)
        while (old[i]) {
            struct space *space = old[i];
            old[i] = space->next;
            space->next = NULL;
            *spaces_slot(spaces, space->name) = space;
        }
    free(old);
}

static struct space *spaces_make(struct spaces *spaces, int64_t number, struct text name)
{
    struct space *space = memory_alloc(sizeof(*space) + name.len);
    char *copy = (char *)(space + 1); /* its name stands behind it */
    memcpy(copy, name.bytes, name.len);
    struct text own_name = {copy, name.len};
    if (spaces->count > spaces->slot_count)
        spaces_grow(spaces);
    space_init(space, spaces, number, own_name);
    *spaces_slot(spaces, own_name) = space;
    spaces->count++;
    return space;
}

/* --- what others call --- */

static void spaces_open_one(void *context, int64_t number, struct text name)
{
    struct spaces *spaces = context;
    if (*spaces_slot(spaces, name) || !space_name_is_good(name) ||
        text_equals(name, SPACE_DEFAULT_NAME))
        return; /* of no file that this server wrote */
    spaces_make(spaces, number, name)->has_rows = true;
}

void spaces_open(struct spaces *spaces, struct store *store)
{
    spaces->store = store;
    pthread_mutex_lock(&spaces->mutex);
    spaces->last_number = store_last_namespace(store);
    store_list_namespaces(store, spaces_open_one, spaces);
    pthread_mutex_unlock(&spaces->mutex);
}

int64_t spaces_next_number(struct spaces *spaces)
{
    pthread_mutex_lock(&spaces->mutex);
    int64_t number = ++spaces->last_number;
    pthread_mutex_unlock(&spaces->mutex);
    return number;
}

/* A new one, which its maker has begun. With the mutex held. */
static struct space *spaces_begin(struct spaces *spaces, struct text name)
{
    struct space *space = spaces_make(spaces, ++spaces->last_number, name);
    atomic_store(&space->is_begun, true);
    if (spaces->store)
        store_name_namespace(spaces->store, space->number, space->name);
    return space;
}

/* Most calls find that there are none, by a look. */
static void spaces_free_unused(struct spaces *spaces)
{
    if (!atomic_load_explicit(&spaces->unused, memory_order_relaxed))
        return;
    struct space *unused = atomic_exchange(&spaces->unused, NULL);
    for (const struct space *space = unused; space && spaces->store; space = space->next) {
        store_forget_namespace(spaces->store, space->number);
        snapshots_forget(&space->snapshots, spaces->store);
    }
    spaces_free_list(unused);
}

enum spaces_taken spaces_take(
    struct spaces *spaces, struct text name, bool may_make, struct space **ret_space)
{
    enum spaces_taken taken = SPACES_FOUND;
    *ret_space = &spaces->main;
    spaces_free_unused(spaces);
    if (text_equals(name, SPACE_DEFAULT_NAME))
        return SPACES_FOUND;
    pthread_mutex_lock(&spaces->mutex);
    *ret_space = *spaces_slot(spaces, name);
    if (!*ret_space && !may_make)
        taken = SPACES_MISSING;
    else if (!*ret_space && spaces->count >= spaces->count_max)
        taken = SPACES_FULL;
    else if (!*ret_space) {
        *ret_space = spaces_begin(spaces, name);
        taken = SPACES_MADE;
    }
    if (*ret_space)
        space_hold(*ret_space);
    pthread_mutex_unlock(&spaces->mutex);
    return taken;
}

void space_hold(struct space *space)
{
    if (space->number != SPACE_DEFAULT)
        atomic_fetch_add(&space->reference_count, 1);
}

void space_drop(struct space *space)
{
    struct spaces *spaces = space->spaces;
    if (space->number == SPACE_DEFAULT || atomic_fetch_sub(&space->reference_count, 1) > 1)
        return;
    space->next = atomic_load(&spaces->unused);
    while (!atomic_compare_exchange_weak(&spaces->unused, &space->next, space))
        continue;
}

void space_set_ready(struct space *space)
{
    atomic_store(&space->is_ready, true);
    watches_notify_all(&space->watches);
}

void space_set_failed(struct space *space, struct text problem)
{
    char *copy = memory_alloc(problem.len + 1);
    if (problem.len > 0)
        memcpy(copy, problem.bytes, problem.len);
    copy[problem.len] = '\0';
    atomic_store(&space->problem, copy);
    if (!spaces_remove(space->spaces, space))
        watches_notify_all(&space->watches);
}

bool spaces_remove(struct spaces *spaces, struct space *space)
{
    pthread_mutex_lock(&spaces->mutex);
    struct space **link = spaces_slot(spaces, space->name);
    bool is_there = *link == space;
    if (is_there) {
        *link = space->next;
        spaces->count--;
    }
    pthread_mutex_unlock(&spaces->mutex);
    if (!is_there)
        return false;
    atomic_store(&space->is_gone, true);
    watches_notify_all(&space->watches);
    tell_state(&space->events, "deleted");
    events_close(&space->events);
    space_drop(space);
    return true;
}

void space_use(struct space *space, int64_t at_ns)
{
    if (at_ns == 0)
        at_ns = clock_system_ns();
    if (at_ns > atomic_load_explicit(&space->last_use_ns, memory_order_relaxed))
        atomic_store_explicit(&space->last_use_ns, at_ns, memory_order_relaxed);
}

static bool space_is_idle(struct space *space, int64_t before_ns)
{
    return atomic_load(&space->reference_count) == 1 &&
           atomic_load(&space->last_use_ns) < before_ns;
}

/* Takes them out of the table; gives them as a list. With the mutex held. */
static struct space *spaces_unlink_idle(struct spaces *spaces, int64_t before_ns)
{
    struct space *idle = NULL;
    for (size_t i = 0; i < spaces->slot_count; i++)
        for (struct space **link = &spaces->slots[i]; *link;) {
            struct space *space = *link;
            if (!space_is_idle(space, before_ns)) {
                link = &space->next;
                continue;
            }
            *link = space->next;
            spaces->count--;
            space->next = idle;
            idle = space;
        }
    return idle;
}

void spaces_remove_idle(
    struct spaces *spaces, int64_t before_ns, space_visitor *visit, void *context)
{
    pthread_mutex_lock(&spaces->mutex);
    struct space *idle = spaces_unlink_idle(spaces, before_ns);
    pthread_mutex_unlock(&spaces->mutex);
    while (idle) {
        struct space *space = idle;
        idle = space->next;
        atomic_store(&space->is_gone, true);
        visit(context, space);
    }
}

static int space_compare(const void *one, const void *other)
{
    const struct space *const *left = one, *const *right = other;
    return ((*left)->number > (*right)->number) - ((*left)->number < (*right)->number);
}

void spaces_visit(struct spaces *spaces, space_visitor *visit, void *context)
{
    size_t count = 0;
    pthread_mutex_lock(&spaces->mutex);
    struct space **all = memory_alloc(spaces->count * sizeof(struct space *));
    all[count++] = &spaces->main;
    for (size_t i = 0; i < spaces->slot_count; i++)
        for (struct space *space = spaces->slots[i]; space; space = space->next) {
            space_hold(space);
            all[count++] = space;
        }
    pthread_mutex_unlock(&spaces->mutex);
    qsort(all, count, sizeof(struct space *), space_compare);
    for (size_t i = 0; i < count; i++) {
        visit(context, all[i]);
        space_drop(all[i]);
    }
    free(all);
}

size_t spaces_count(struct spaces *spaces)
{
    pthread_mutex_lock(&spaces->mutex);
    size_t count = spaces->count;
    pthread_mutex_unlock(&spaces->mutex);
    return count;
}

void spaces_measure_journals(struct spaces *spaces, struct journals_sizes *ret_sizes)
{
    journals_measure(spaces->journals, ret_sizes);
}

struct space_parts space_parts_at_start(const struct space *space)
{
    return (struct space_parts){.settings = *space->settings,
        .faults = faults_new(space->scripts),
        .stories = stories_new(space->scripts),
        .stubs = stubs_new(space->scripts)};
}

bool space_take_parts(struct space *space, struct space_parts *ret_parts)
{
    struct space_parts own = {.settings = *space->settings,
        .faults = space->faults,
        .stories = space->stories,
        .stubs = space->stubs,
        .change = SPACE_RESTORED,
        .last_entry_number = journal_last_number(space->journal),
        .last_request_id = atomic_load(&space->last_request_id),
        .last_control_id = atomic_load(&space->last_control_id)};
    own.settings.clock = clock_keep(&space->clock);
    own.draw_count = dials_get_drawn(&space->dials, &own.settings.dials);
    return space_parts_copy(&own, ret_parts);
}

static const char *const space_change_names[] = {
    [SPACE_RESET] = "reset", [SPACE_IMPORTED] = "imported", [SPACE_RESTORED] = "restored"};

void space_replace(struct space *space, struct space_parts *parts)
{
    clock_reset(&space->clock, &parts->settings.clock);
    dials_turn(&space->dials, &parts->settings.dials, DIALS_ALL);
    dials_skip_draws(&space->dials, parts->draw_count);
    faults_swap(space->faults, parts->faults);
    stories_swap(space->stories, parts->stories);
    stubs_swap(space->stubs, parts->stubs);
    if (!parts->keeps_requests)
        journal_reset(space->journal, parts->last_entry_number);
    atomic_store(&space->last_request_id, parts->last_request_id);
    atomic_store(&space->last_control_id, parts->last_control_id);
    atomic_fetch_add(&space->epoch, 1);
    watches_notify_all(&space->watches);
    trainings_forget(&space->trainings);
    tell_state(&space->events, space_change_names[parts->change]);
}
