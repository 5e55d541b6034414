#include "server/gcs/gcs_intake.h"

void gcs_intake_init(struct gcs_intake *intake, size_t bytes_max, struct budget *budget)
{
    *intake =
        (struct gcs_intake){.bytes = BUF_INIT, .bytes_max = bytes_max, .share = {.budget = budget}};
}

void gcs_intake_release(struct gcs_intake *intake)
{
    buf_release(&intake->bytes);
    share_release(&intake->share);
}

static enum gcs_room gcs_intake_reserve(struct gcs_intake *intake, size_t bytes, size_t capacity)
{
    if (bytes > intake->bytes_max)
        return GCS_TOO_LARGE;
    if (bytes <= intake->bytes.capacity)
        return GCS_FITS;
    if (capacity > intake->bytes_max)
        capacity = intake->bytes_max;
    if (!share_grow(&intake->share, capacity))
        return GCS_NO_ROOM;
    buf_set_capacity(&intake->bytes, capacity);
    return GCS_FITS;
}

enum gcs_room gcs_intake_expect(struct gcs_intake *intake, uint64_t bytes)
{
    if (bytes > intake->bytes_max)
        return GCS_TOO_LARGE;
    return gcs_intake_reserve(intake, (size_t)bytes, (size_t)bytes);
}

enum gcs_room gcs_intake_add(struct gcs_intake *intake, struct text bytes)
{
    /* No sum of both overflows: each is in memory. */
    size_t needed = intake->bytes.len + bytes.len;
    size_t doubled = 2 * intake->bytes.capacity;
    enum gcs_room room = gcs_intake_reserve(intake, needed, needed > doubled ? needed : doubled);
    if (room == GCS_FITS)
        buf_add_text(&intake->bytes, bytes);
    return room;
}

struct text gcs_intake_problem(
    const struct gcs_intake *intake, enum gcs_room room, struct arena *arena)
{
    switch (room) {
    case GCS_FITS:
        break;
    case GCS_TOO_LARGE:
        return arena_printf(arena, "is larger than %zu bytes, which --max-body raises up to 1 GB",
            intake->bytes_max);
    case GCS_NO_ROOM:
        return TEXT("found no room beside the other files and bodies of this moment");
    }
    return TEXT("");
}
