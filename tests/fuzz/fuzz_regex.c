/*
 * A regex and a text: the first line is the pattern, the rest the text. Nothing crashes or takes
 * more memory than a pattern may, and the answer is the same the second time.
 */
#include <assert.h>

#include "base/regex.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct text rest = {size ? (const char *)data : "", size};
    struct text pattern = text_split(&rest, '\n');
    const char *reason = NULL;
    struct arena arena;
    if (!rest.bytes)
        rest = TEXT("");
    arena_init(&arena);
    struct regex *regex = regex_compile(pattern, &arena, &reason);
    if (regex) {
        assert(regex_size(regex) <= REGEX_STATES_MAX);
        assert(regex_finds(regex, rest, true) == regex_finds(regex, rest, true));
        regex_finds(regex, rest, false);
    } else {
        assert(reason);
    }
    arena_release(&arena);
    return 0;
}
