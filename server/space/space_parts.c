#include "server/space/space_parts.h"

#include "server/space/faults.h"
#include "server/space/journal.h"
#include "server/space/stories.h"
#include "server/space/stubs.h"
#include "server/space/tell.h"

struct space_parts space_parts_at_start(const struct space *space)
{
    return (struct space_parts){.settings = space->settings,
        .faults = faults_new(space->scripts),
        .stories = stories_new(space->scripts),
        .stubs = stubs_new(space->scripts)};
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

/* Has copies of these scripts be the parts'. False, with nothing to release, if there is no room.
 */
static bool space_parts_copy_scripts(
    struct space_parts *parts, struct faults *faults, struct stories *stories, struct stubs *stubs)
{
    parts->faults = faults_copy(faults);
    parts->stories = stories_copy(stories);
    parts->stubs = stubs_copy(stubs);
    if (parts->faults && parts->stories && parts->stubs)
        return true;
    space_parts_release(parts);
    return false;
}

bool space_parts_take(struct space *space, struct space_parts *ret_parts)
{
    *ret_parts = (struct space_parts){.settings = space->settings,
        .last_entry_number = journal_last_number(space->journal),
        .last_request_id = atomic_load(&space->last_request_id),
        .last_control_id = atomic_load(&space->last_control_id)};
    ret_parts->settings.clock = clock_keep(&space->clock);
    ret_parts->draw_count = dials_get_drawn(&space->dials, &ret_parts->settings.dials);
    return space_parts_copy_scripts(ret_parts, space->faults, space->stories, space->stubs);
}

bool space_parts_copy(const struct space_parts *parts, struct space_parts *ret_copy)
{
    *ret_copy = *parts;
    return space_parts_copy_scripts(ret_copy, parts->faults, parts->stories, parts->stubs);
}

static const char *const space_change_names[] = {
    [SPACE_RESET] = "reset", [SPACE_IMPORTED] = "imported", [SPACE_RESTORED] = "restored"};

void space_parts_put(struct space *space, struct space_parts *parts)
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
