#include "server/http/target.h"

#include "base/array.h"

static const struct text target_schemes[] = {TEXT_INIT("http://"), TEXT_INIT("https://")};

/* The authority of an absolute form, which `path` begins with; bytes NULL for every other one. */
static struct text target_authority(struct text path)
{
    for (size_t i = 0; i < ARRAY_COUNT(target_schemes); i++) {
        struct text scheme = target_schemes[i];
        if (text_equals_ignoring_case(text_slice(path, 0, scheme.len), scheme)) {
            struct text rest = text_slice(path, scheme.len, path.len);
            return text_slice(rest, 0, text_find_byte(rest, '/'));
        }
    }
    return (struct text){NULL, 0};
}

struct request_target target_split(struct text target)
{
    size_t mark = text_find_byte(target, '?');
    struct text path = text_slice(target, 0, mark);
    struct text query = text_slice(target, mark + 1, target.len);
    struct text host = target_authority(path);
    if (host.bytes) {
        path = text_slice(path, (size_t)(host.bytes + host.len - path.bytes), path.len);
        if (text_is_empty(path))
            path = TEXT("/");
    }
    return (struct request_target){path, query, host};
}
