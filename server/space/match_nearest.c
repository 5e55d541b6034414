#include "server/space/match_nearest.h"

#include <string.h>

static size_t match_near_differs(const struct match_near *near)
{
    return near->distance.differ_count + near->is_out_of_turn;
}

static bool match_near_is_nearer(const struct match_near *left, const struct match_near *right)
{
    const struct match_distance *near = &left->distance, *far = &right->distance;
    if (match_near_differs(left) != match_near_differs(right))
        return match_near_differs(left) < match_near_differs(right);
    if (left->is_out_of_turn != right->is_out_of_turn)
        return left->is_out_of_turn;
    if (near->missing_count != far->missing_count)
        return near->missing_count < far->missing_count;
    return near->likeness > far->likeness;
}

void match_nearest_add(struct match_nearest *nearest, const struct match_near *near)
{
    size_t at = nearest->count;
    while (at > 0 && match_near_is_nearer(near, &nearest->items[at - 1]))
        at--;
    if (at == MATCH_NEAREST_MAX)
        return;
    if (nearest->count < MATCH_NEAREST_MAX)
        nearest->count++;
    memmove(&nearest->items[at + 1], &nearest->items[at],
        (nearest->count - 1 - at) * sizeof(nearest->items[0]));
    nearest->items[at] = *near;
}
