#include "server/space/fault_method.h"

#include "base/array.h"
#include "base/distance.h"
#include "server/contract/limits.h"

/* So many names are offered for one that is not known. */
enum { NEAREST_COUNT = 3 };

static struct text method_name(int id)
{
    return text_of(methods[id].name);
}

/* True if the name ends with the other, behind a dot. */
static bool fault_name_ends_with(struct text name, struct text end)
{
    return name.len > end.len && text_ends_with(name, end) &&
           name.bytes[name.len - end.len - 1] == '.';
}

/* True for a name that means the method, if any of its own: "operations.cancel" is the end of one.
 */
static bool fault_name_means(struct text name, int id)
{
    bool has_dot = text_find_byte(name, '.') < name.len;
    return text_equals(name, method_name(id)) ||
           (has_dot && fault_name_ends_with(method_name(id), name));
}

/* Methods of base models that clients call with the name of a tuned model, and find another route.
 */
static bool fault_name_means_tuned(struct text name, int id)
{
    struct text models = TEXT("models."), tuned = TEXT("tunedModels.");
    struct text called = method_name(id);
    if (!text_starts_with(name, models) || !text_starts_with(called, tuned))
        return false;
    struct text rest = text_slice(name, models.len, name.len);
    bool is_shared = method_verb(&methods[id]).len > 0 || text_equals_string(rest, "get");
    return is_shared && text_equals(text_slice(called, tuned.len, called.len), rest);
}

/* The other ways to what the first is for. */
static const struct {
    enum method_id method, also;
} fault_aliases[] = {
    {METHOD_MODELS_GET, METHOD_MODELS_TUNED_GET},
    {METHOD_MODELS_GENERATE_CONTENT, METHOD_MODELS_TUNED_GENERATE_CONTENT},
    {METHOD_MODELS_STREAM_GENERATE_CONTENT, METHOD_MODELS_TUNED_STREAM_GENERATE_CONTENT},
    {METHOD_MODELS_COUNT_TOKENS, METHOD_MODELS_TUNED_COUNT_TOKENS},
    {METHOD_OPERATIONS_GET, METHOD_OPERATIONS_GET_ANY},
    {METHOD_OPERATIONS_LIST, METHOD_OPERATIONS_LIST_ALL},
    {METHOD_OPERATIONS_CANCEL, METHOD_TUNED_MODELS_CANCEL},
};

fault_methods fault_method_bit(int id)
{
    return UINT64_C(1) << id;
}

/* How far the name is from the method's, or from the end of it that is nearest. */
static size_t fault_name_distance(struct text name, int id)
{
    struct text end = method_name(id);
    bool has_dot = text_find_byte(name, '.') < name.len;
    size_t least = SIZE_MAX;
    while (end.bytes) {
        size_t distance = distance_between(name, end);
        /* Where the name has a dot, what is meant has one, too. */
        bool is_meant = !has_dot || text_find_byte(end, '.') < end.len;
        if (is_meant && distance < least)
            least = distance;
        text_split(&end, '.');
    }
    return least;
}

static int fault_name_nearest(struct text name, fault_methods without)
{
    int nearest = 0;
    size_t least = SIZE_MAX;
    for (int id = 0; id < METHOD_EMULATED_COUNT; id++) {
        if (without & fault_method_bit(id))
            continue;
        size_t distance = fault_name_distance(name, id);
        if (distance >= least)
            continue;
        least = distance;
        nearest = id;
    }
    return nearest;
}

/* Quotes the names that are nearest to one that is not known. */
static struct text fault_method_problem(struct text name, struct arena *arena)
{
    fault_methods named = 0;
    struct text shown = name.len <= FAULT_METHOD_BYTES_MAX ? name : TEXT("...");
    struct text problem =
        arena_printf(arena, "method: there is no \"%.*s\"; nearest are", TEXT_ARGS(shown));
    for (int count = 0; count < NEAREST_COUNT; count++) {
        int nearest = fault_name_nearest(name, named);
        named |= fault_method_bit(nearest);
        problem = arena_printf(
            arena, "%.*s%s \"%s\"", TEXT_ARGS(problem), count ? "," : "", methods[nearest].name);
    }
    return problem;
}

fault_methods fault_method_find(struct text name, struct arena *arena, struct text *ret_problem)
{
    fault_methods found = 0;
    if (text_is_empty(name) || text_equals_string(name, "*"))
        return ~found;
    for (int id = 0; id < METHOD_EMULATED_COUNT; id++)
        if (fault_name_means(name, id))
            found |= fault_method_bit(id);
    if (!found) {
        *ret_problem = fault_method_problem(name, arena);
        return found;
    }
    for (int id = 0; id < METHOD_EMULATED_COUNT; id++)
        if (fault_name_means_tuned(name, id))
            found |= fault_method_bit(id);
    for (size_t i = 0; i < ARRAY_COUNT(fault_aliases); i++)
        if (found & fault_method_bit((int)fault_aliases[i].method))
            found |= fault_method_bit((int)fault_aliases[i].also);
    return found;
}

fault_methods fault_method_generating(void)
{
    fault_methods generating = 0;
    for (int id = 0; id < METHOD_EMULATED_COUNT; id++)
        if (methods[id].response == MESSAGE_GenerateContentResponse ||
            methods[id].response == MESSAGE_GenerateTextResponse)
            generating |= fault_method_bit(id);
    return generating;
}
