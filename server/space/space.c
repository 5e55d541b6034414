#include "server/space/space.h"

#include <stdlib.h>

#include "base/memory.h"
#include "server/space/faults.h"
#include "server/space/journal.h"
#include "server/space/stories.h"
#include "server/space/stubs.h"

struct spaces {
    struct journals *journals;
    struct space main;
};

static void space_init(struct space *space, int64_t number, struct text name,
    const struct space_settings *settings, struct journals *journals)
{
    *space = (struct space){.number = number,
        .name = name,
        .settings = *settings,
        .faults = faults_new(),
        .stories = stories_new(),
        .stubs = stubs_new()};
    space->journal = journal_new(journals, settings->journal_max);
    clock_init(&space->clock, &settings->clock);
    /* Where the time is a clock's own, going back leads to the same one. */
    if (settings->clock.mode != CLOCK_MODE_REAL && !settings->clock.has_start) {
        space->settings.clock.has_start = true;
        space->settings.clock.start_ns = clock_now_ns(&space->clock);
    }
    space->seeded = space->settings;
    dials_init(&space->dials, &settings->dials);
    watches_init(&space->watches);
}

static void space_release(struct space *space)
{
    watches_release(&space->watches);
    journal_free(space->journal);
    faults_free(space->faults);
    stories_free(space->stories);
    stubs_free(space->stubs);
    dials_release(&space->dials);
    clock_release(&space->clock);
}

struct spaces *spaces_new(const struct space_settings *settings)
{
    struct spaces *spaces = memory_alloc_zeroed(1, sizeof(*spaces));
    spaces->journals = journals_new();
    space_init(&spaces->main, SPACE_DEFAULT, TEXT("default"), settings, spaces->journals);
    return spaces;
}

void spaces_free(struct spaces *spaces)
{
    if (!spaces)
        return;
    space_release(&spaces->main);
    journals_free(spaces->journals);
    free(spaces);
}

struct space *spaces_find(struct spaces *spaces, int64_t number)
{
    return number == spaces->main.number ? &spaces->main : NULL;
}

struct space_parts space_parts_at_start(const struct space *space)
{
    return (struct space_parts){.settings = space->settings,
        .faults = faults_new(),
        .stories = stories_new(),
        .stubs = stubs_new()};
}

void space_parts_release(struct space_parts *parts)
{
    faults_free(parts->faults);
    stories_free(parts->stories);
    stubs_free(parts->stubs);
    parts->faults = NULL;
    parts->stories = NULL;
    parts->stubs = NULL;
}

void space_replace(struct space *space, struct space_parts *parts)
{
    clock_reset(&space->clock, &parts->settings.clock);
    dials_turn(&space->dials, &parts->settings.dials, DIALS_ALL);
    dials_skip_draws(&space->dials, parts->draw_count);
    faults_swap(space->faults, parts->faults);
    stories_swap(space->stories, parts->stories);
    stubs_swap(space->stubs, parts->stubs);
    if (!parts->keeps_requests)
        journal_reset(space->journal);
    atomic_store(&space->last_request_id, parts->last_request_id);
    atomic_store(&space->last_control_id, 0);
    atomic_fetch_add(&space->epoch, 1);
    watches_notify_all(&space->watches);
}
