#include "server/state/tuning_removal.h"

#include <assert.h>
#include <inttypes.h>

/* One entry; false if it is none. */
static bool tuning_removal_parse(
    struct text entry, uint32_t *ret_part, struct tuning_removal *ret_removal)
{
    int64_t part;
    ret_removal->is_forgotten = text_ends_with(entry, TEXT("-"));
    if (ret_removal->is_forgotten)
        entry.len--;
    struct text rest = entry, name = text_split(&rest, '@');
    if (!text_parse_int64(name, &part) || part < 0 || part > INT32_MAX ||
        !text_parse_int64(rest, &ret_removal->at_ns))
        return false;
    *ret_part = (uint32_t)part;
    return true;
}

/* The entry of a part; empty if there is none. */
static struct text tuning_removal_entry(
    struct text removed, uint32_t part, struct tuning_removal *ret_removal)
{
    while (removed.bytes && removed.len > 0) {
        struct text entry = text_split(&removed, ',');
        uint32_t found;
        if (tuning_removal_parse(entry, &found, ret_removal) && found == part)
            return entry;
    }
    return TEXT("");
}

bool tuning_removal_find(struct text removed, uint32_t part, struct tuning_removal *ret_removal)
{
    return tuning_removal_entry(removed, part, ret_removal).len > 0;
}

struct text tuning_removal_add(
    struct text removed, uint32_t part, int64_t at_ns, struct arena *arena)
{
    return arena_printf(arena, "%.*s%s%" PRIu32 "@%" PRId64, TEXT_ARGS(removed),
        removed.len > 0 ? "," : "", part, at_ns);
}

struct text tuning_removal_forget(struct text removed, uint32_t part, struct arena *arena)
{
    struct tuning_removal removal;
    struct text entry = tuning_removal_entry(removed, part, &removal);
    assert(entry.len > 0 && !removal.is_forgotten);
    size_t end = (size_t)(entry.bytes - removed.bytes) + entry.len;
    struct text before = text_slice(removed, 0, end), after = text_slice(removed, end, removed.len);
    return arena_printf(arena, "%.*s-%.*s", TEXT_ARGS(before), TEXT_ARGS(after));
}
