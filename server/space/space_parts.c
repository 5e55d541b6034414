#include "server/space/space_parts.h"

#include "server/space/faults.h"
#include "server/space/stories.h"
#include "server/space/stubs.h"

void space_parts_release(struct space_parts *parts)
{
    faults_free(parts->faults);
    stories_free(parts->stories);
    stubs_free(parts->stubs);
    parts->faults = NULL;
    parts->stories = NULL;
    parts->stubs = NULL;
}

bool space_parts_copy(const struct space_parts *parts, struct space_parts *ret_copy)
{
    *ret_copy = *parts;
    ret_copy->faults = faults_copy(parts->faults);
    ret_copy->stories = stories_copy(parts->stories);
    ret_copy->stubs = stubs_copy(parts->stubs);
    if (ret_copy->faults && ret_copy->stories && ret_copy->stubs)
        return true;
    space_parts_release(ret_copy);
    return false;
}
