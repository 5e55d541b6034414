#include "server/http/target.h"

#include "base/array.h"

static const struct text target_schemes[] = {TEXT_INIT("http://"), TEXT_INIT("https://")};

/* The length of scheme and authority of an absolute form; 0 for every other one. */
static size_t target_origin_length(struct text path)
{
    for (size_t i = 0; i < ARRAY_COUNT(target_schemes); i++) {
        struct text scheme = target_schemes[i];
        if (text_equals_ignoring_case(text_slice(path, 0, scheme.len), scheme)) {
            struct text rest = text_slice(path, scheme.len, path.len);
            return scheme.len + text_find_byte(rest, '/');
        }
    }
    return 0;
}

struct request_target target_split(struct text target)
{
    size_t mark = text_find_byte(target, '?');
    struct text path = text_slice(target, 0, mark);
    struct text query = text_slice(target, mark + 1, target.len);
    size_t origin_len = target_origin_length(path);
    if (origin_len > 0) {
        path = text_slice(path, origin_len, path.len);
        if (text_is_empty(path))
            path = TEXT("/");
    }
    return (struct request_target){path, query};
}
