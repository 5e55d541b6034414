#include "server/space/method_set.h"

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
static bool method_set_name_ends_with(struct text name, struct text end)
{
    return name.len > end.len && text_ends_with(name, end) &&
           name.bytes[name.len - end.len - 1] == '.';
}

/* True for a name that means the method, if any of its own: "operations.cancel" is the end of one.
 */
static bool method_set_name_means(struct text name, int id)
{
    bool has_dot = text_find_byte(name, '.') < name.len;
    return text_equals(name, method_name(id)) ||
           (has_dot && method_set_name_ends_with(method_name(id), name));
}

/* Methods of base models that clients call with the name of a tuned model, and find another route.
 */
static bool method_set_name_means_tuned(struct text name, int id)
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
} method_set_aliases[] = {
    {METHOD_MODELS_GET, METHOD_MODELS_TUNED_GET},
    {METHOD_MODELS_GENERATE_CONTENT, METHOD_MODELS_TUNED_GENERATE_CONTENT},
    {METHOD_MODELS_STREAM_GENERATE_CONTENT, METHOD_MODELS_TUNED_STREAM_GENERATE_CONTENT},
    {METHOD_MODELS_COUNT_TOKENS, METHOD_MODELS_TUNED_COUNT_TOKENS},
    {METHOD_OPERATIONS_GET, METHOD_OPERATIONS_GET_ANY},
    {METHOD_OPERATIONS_LIST, METHOD_OPERATIONS_LIST_ALL},
    {METHOD_OPERATIONS_CANCEL, METHOD_TUNED_MODELS_CANCEL},
};

/* Ways to a method that some clients take; see methods.def. */
static const struct {
    enum method_id also, method;
} method_set_detours[] = {
    {METHOD_MODELS_TUNED_GET, METHOD_TUNED_MODELS_GET},
    {METHOD_MODELS_TUNED_GENERATE_CONTENT, METHOD_TUNED_MODELS_GENERATE_CONTENT},
    {METHOD_MODELS_TUNED_STREAM_GENERATE_CONTENT, METHOD_TUNED_MODELS_STREAM_GENERATE_CONTENT},
    {METHOD_MODELS_TUNED_COUNT_TOKENS, METHOD_TUNED_MODELS_COUNT_TOKENS},
    {METHOD_DISCOVERY_GET_ESCAPED, METHOD_DISCOVERY_GET},
};

int method_set_stands_for(int id)
{
    for (size_t i = 0; i < ARRAY_COUNT(method_set_detours); i++)
        if ((int)method_set_detours[i].also == id)
            return (int)method_set_detours[i].method;
    return id;
}

method_set method_set_of(int id)
{
    return (method_set)1 << id;
}

int method_set_first(method_set set)
{
    uint64_t low = (uint64_t)set, high = (uint64_t)(set >> 64);
    return low ? __builtin_ctzll(low) : 64 + __builtin_ctzll(high);
}

/* How far the name is from the method's, or from the end of it that is nearest. */
static size_t method_set_name_distance(struct text name, int id)
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

static int method_set_name_nearest(struct text name, method_set without)
{
    int nearest = 0;
    size_t least = SIZE_MAX;
    for (int id = 0; id < METHOD_EMULATED_COUNT; id++) {
        if (without & method_set_of(id))
            continue;
        size_t distance = method_set_name_distance(name, id);
        if (distance >= least)
            continue;
        least = distance;
        nearest = id;
    }
    return nearest;
}

/* Quotes the names that are nearest to one that is not known. */
static struct text method_set_problem(struct text path, struct text name, struct arena *arena)
{
    method_set named = 0;
    struct text shown = name.len <= FAULT_METHOD_BYTES_MAX ? name : TEXT("...");
    struct text problem = arena_printf(
        arena, "%.*s: there is no \"%.*s\"; nearest are", TEXT_ARGS(path), TEXT_ARGS(shown));
    for (int count = 0; count < NEAREST_COUNT; count++) {
        int nearest = method_set_name_nearest(name, named);
        named |= method_set_of(nearest);
        problem = arena_printf(
            arena, "%.*s%s \"%s\"", TEXT_ARGS(problem), count ? "," : "", methods[nearest].name);
    }
    return problem;
}

method_set method_set_find(
    struct text path, struct text name, struct arena *arena, struct text *ret_problem)
{
    method_set found = 0;
    if (text_is_empty(name) || text_equals_string(name, "*"))
        return ~found;
    for (int id = 0; id < METHOD_EMULATED_COUNT; id++)
        if (method_set_name_means(name, id))
            found |= method_set_of(id);
    if (!found) {
        *ret_problem = method_set_problem(path, name, arena);
        return found;
    }
    for (int id = 0; id < METHOD_EMULATED_COUNT; id++)
        if (method_set_name_means_tuned(name, id))
            found |= method_set_of(id);
    for (size_t i = 0; i < ARRAY_COUNT(method_set_aliases); i++)
        if (found & method_set_of((int)method_set_aliases[i].method))
            found |= method_set_of((int)method_set_aliases[i].also);
    return found;
}

method_set method_set_find_told(
    struct text path, struct text name, struct arena *arena, struct text *ret_problem)
{
    method_set found = method_set_find(path, name, arena, ret_problem);
    for (int id = 0; id < METHOD_EMULATED_COUNT; id++)
        if (found & method_set_of(id))
            found |= method_set_of(method_set_stands_for(id));
    return found;
}

method_set method_set_generating(void)
{
    method_set generating = 0;
    for (int id = 0; id < METHOD_EMULATED_COUNT; id++)
        if (methods[id].response == MESSAGE_GenerateContentResponse ||
            methods[id].response == MESSAGE_VertexGenerateContentResponse ||
            methods[id].response == MESSAGE_GenerateTextResponse)
            generating |= method_set_of(id);
    return generating;
}
