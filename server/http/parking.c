#include "server/http/parking.h"

#include <assert.h>

void parking_init(struct parking *parking)
{
    parking->count = 0;
    parking->touched_count = 0;
    parking->empty = PARKING_NO_PLACE;
    parking->oldest = PARKING_NO_PLACE;
    parking->newest = PARKING_NO_PLACE;
}

int parking_add(struct parking *parking, int descriptor, int64_t deadline_ns)
{
    assert(parking->count < PARKING_PLACES_MAX);
    parking->count++;
    int place = parking->empty;
    if (place == PARKING_NO_PLACE)
        place = parking->touched_count++;
    else
        parking->empty = parking->places[place].newer;
    parking->places[place] = (struct parking_place){
        .descriptor = descriptor,
        .deadline_ns = deadline_ns,
        .newer = PARKING_NO_PLACE,
        .older = parking->newest,
    };
    if (parking->newest == PARKING_NO_PLACE)
        parking->oldest = place;
    else
        parking->places[parking->newest].newer = place;
    parking->newest = place;
    return place;
}

int parking_remove(struct parking *parking, int place)
{
    struct parking_place *left = &parking->places[place];
    if (left->older == PARKING_NO_PLACE)
        parking->oldest = left->newer;
    else
        parking->places[left->older].newer = left->newer;
    if (left->newer == PARKING_NO_PLACE)
        parking->newest = left->older;
    else
        parking->places[left->newer].older = left->older;
    parking->count--;
    left->newer = parking->empty;
    parking->empty = place;
    return left->descriptor;
}
