/*
 * A regex and a text: the first line is the pattern, the rest the text. Nothing crashes or takes
 * more memory than a pattern may, and the answer is the same the second time. Groups are found
 * where the pattern is, and are parts of the text.
 */
#include <assert.h>

#include "base/regex.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool finds(const struct regex *regex, struct text text, bool is_whole)
{
    uint64_t steps_left = UINT64_MAX;
    return regex_finds(regex, text, is_whole, &steps_left);
}

static void check_groups(const struct regex *regex, struct text text, bool is_whole)
{
    struct text groups[REGEX_GROUPS_MAX + 1];
    uint64_t steps_left = UINT64_MAX;
    bool is_found = regex_find_groups(regex, text, is_whole, REGEX_GROUPS_MAX, &steps_left, groups);
    assert(is_found == finds(regex, text, is_whole));
    if (!is_found)
        return;
    assert(
        groups[0].bytes >= text.bytes && groups[0].bytes + groups[0].len <= text.bytes + text.len);
    for (size_t i = 1; i <= REGEX_GROUPS_MAX; i++) {
        assert(!groups[i].bytes || i <= regex_group_count(regex));
        assert(!groups[i].bytes ||
               (groups[i].bytes >= groups[0].bytes &&
                   groups[i].bytes + groups[i].len <= groups[0].bytes + groups[0].len));
    }
}

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
        assert(finds(regex, rest, true) == finds(regex, rest, true));
        check_groups(regex, rest, true);
        check_groups(regex, rest, false);
    } else {
        assert(reason);
    }
    arena_release(&arena);
    return 0;
}
