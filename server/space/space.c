#include "server/space/space.h"

#include <stdlib.h>

#include "base/memory.h"
#include "server/space/faults.h"

struct spaces {
    struct space main;
};

static void space_init(
    struct space *space, int64_t number, struct text name, const struct space_settings *settings)
{
    *space = (struct space){
        .number = number, .name = name, .settings = *settings, .faults = faults_new()};
    clock_init(&space->clock, &settings->clock);
    dials_init(&space->dials, &settings->dials);
    watches_init(&space->watches);
}

static void space_release(struct space *space)
{
    watches_release(&space->watches);
    faults_free(space->faults);
    dials_release(&space->dials);
    clock_release(&space->clock);
}

struct spaces *spaces_new(const struct space_settings *settings)
{
    struct spaces *spaces = memory_alloc_zeroed(1, sizeof(*spaces));
    space_init(&spaces->main, SPACE_DEFAULT, TEXT("default"), settings);
    return spaces;
}

void spaces_free(struct spaces *spaces)
{
    if (!spaces)
        return;
    space_release(&spaces->main);
    free(spaces);
}

struct space *spaces_find(struct spaces *spaces, int64_t number)
{
    return number == spaces->main.number ? &spaces->main : NULL;
}
