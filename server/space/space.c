#include "server/space/space.h"

#include <stdlib.h>

#include "base/memory.h"
#include "server/space/faults.h"
#include "server/space/journal.h"

struct spaces {
    struct journals *journals;
    struct space main;
};

static void space_init(struct space *space, int64_t number, struct text name,
    const struct space_settings *settings, struct journals *journals)
{
    *space = (struct space){
        .number = number, .name = name, .settings = *settings, .faults = faults_new()};
    space->journal = journal_new(journals, settings->journal_max);
    clock_init(&space->clock, &settings->clock);
    watches_init(&space->watches);
}

static void space_release(struct space *space)
{
    watches_release(&space->watches);
    journal_free(space->journal);
    faults_free(space->faults);
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
