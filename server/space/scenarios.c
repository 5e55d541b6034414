#include "server/space/scenarios.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "server/contract/limits.h"

struct scenario {
    struct scenario *next;
    size_t name_len, state_len;
    char name[STUB_SCENARIO_BYTES_MAX];
    char state[STUB_SCENARIO_BYTES_MAX];
};

static struct text scenario_name(const struct scenario *scenario)
{
    return (struct text){scenario->name, scenario->name_len};
}

static struct text scenario_state(const struct scenario *scenario)
{
    return (struct text){scenario->state, scenario->state_len};
}

static void scenario_set_state(struct scenario *scenario, struct text state)
{
    assert(state.len <= sizeof(scenario->state));
    memcpy(scenario->state, state.bytes, state.len);
    scenario->state_len = state.len;
}

void scenarios_init(struct scenarios *scenarios, struct budget *budget)
{
    *scenarios = (struct scenarios){.budget = budget};
    pthread_mutex_init(&scenarios->mutex, NULL);
}

void scenarios_release(struct scenarios *scenarios)
{
    scenarios_clear(scenarios);
    pthread_mutex_destroy(&scenarios->mutex);
}

/* Finds the one of this name, or makes it. NULL: there is no room. The mutex is held. */
static struct scenario *scenarios_get(struct scenarios *scenarios, struct text name)
{
    struct scenario **link = &scenarios->first;
    while (*link && !text_equals(scenario_name(*link), name))
        link = &(*link)->next;
    if (*link || scenarios->count == STUB_SCENARIOS_MAX)
        return *link;
    if (scenarios->budget && !budget_take(scenarios->budget, sizeof(struct scenario)))
        return NULL;
    struct scenario *scenario = memory_alloc_zeroed(1, sizeof(*scenario));
    assert(name.len <= sizeof(scenario->name));
    memcpy(scenario->name, name.bytes, name.len);
    scenario->name_len = name.len;
    *link = scenario;
    scenarios->count++;
    return scenario;
}

bool scenarios_add(struct scenarios *scenarios, struct text name)
{
    pthread_mutex_lock(&scenarios->mutex);
    bool has_room = scenarios_get(scenarios, name) != NULL;
    pthread_mutex_unlock(&scenarios->mutex);
    return has_room;
}

struct text scenarios_state(struct scenarios *scenarios, struct text name, struct arena *arena)
{
    struct text state = TEXT("");
    pthread_mutex_lock(&scenarios->mutex);
    for (const struct scenario *scenario = scenarios->first; scenario; scenario = scenario->next)
        if (text_equals(scenario_name(scenario), name))
            state = arena_text(arena, scenario_state(scenario));
    pthread_mutex_unlock(&scenarios->mutex);
    return state;
}

bool scenarios_set(struct scenarios *scenarios, struct text name, struct text state)
{
    return scenarios_move(scenarios, name, (struct text){NULL, 0}, state);
}

bool scenarios_move(
    struct scenarios *scenarios, struct text name, struct text requires, struct text sets)
{
    pthread_mutex_lock(&scenarios->mutex);
    struct scenario *scenario = scenarios_get(scenarios, name);
    bool holds = scenario && (!requires.bytes || text_equals(scenario_state(scenario), requires));
    if (holds && sets.bytes)
        scenario_set_state(scenario, sets);
    pthread_mutex_unlock(&scenarios->mutex);
    return holds;
}

void scenarios_clear(struct scenarios *scenarios)
{
    pthread_mutex_lock(&scenarios->mutex);
    while (scenarios->first) {
        struct scenario *scenario = scenarios->first;
        scenarios->first = scenario->next;
        free(scenario);
    }
    if (scenarios->budget)
        budget_give(scenarios->budget, scenarios->count * sizeof(struct scenario));
    scenarios->count = 0;
    pthread_mutex_unlock(&scenarios->mutex);
}

void scenarios_list(struct scenarios *scenarios, struct message *message, unsigned field)
{
    struct arena *arena = message->arena;
    pthread_mutex_lock(&scenarios->mutex);
    for (const struct scenario *scenario = scenarios->first; scenario; scenario = scenario->next)
        if (scenario->state_len > 0)
            message_add_pair(message, field, arena_text(arena, scenario_name(scenario)),
                arena_text(arena, scenario_state(scenario)));
    pthread_mutex_unlock(&scenarios->mutex);
}

bool scenarios_copy(struct scenarios *scenarios, struct scenarios *ret_copy)
{
    bool has_room = true;
    pthread_mutex_lock(&scenarios->mutex);
    struct scenario **end = &ret_copy->first;
    for (const struct scenario *scenario = scenarios->first; scenario && has_room;
         scenario = scenario->next) {
        has_room = !ret_copy->budget || budget_take(ret_copy->budget, sizeof(*scenario));
        if (!has_room)
            break;
        *end = memory_alloc(sizeof(*scenario));
        **end = *scenario;
        (*end)->next = NULL;
        end = &(*end)->next;
        ret_copy->count++;
    }
    pthread_mutex_unlock(&scenarios->mutex);
    return has_room;
}

void scenarios_swap(struct scenarios *scenarios, struct scenarios *other)
{
    assert(scenarios->budget == other->budget);
    pthread_mutex_lock(&scenarios->mutex);
    struct scenario *first = scenarios->first;
    size_t count = scenarios->count;
    scenarios->first = other->first;
    scenarios->count = other->count;
    other->first = first;
    other->count = count;
    pthread_mutex_unlock(&scenarios->mutex);
}
