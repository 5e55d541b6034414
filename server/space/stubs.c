#include "server/space/stubs.h"

#include <assert.h>
#include <inttypes.h>
#include <stdlib.h>

#include "base/hash.h"
#include "base/memory.h"
#include "server/contract/limits.h"
#include "server/space/match_nearest.h"
#include "server/space/method_set.h"
#include "server/space/scenarios.h"
#include "server/space/script_list.h"

/* Has stubs draw other numbers than faults do by the same seed. */
#define STUB_SEED UINT64_C(0x73747562)

struct stub {
    struct script_item item;
    struct stub_reply *replies; /* in the item's body; their texts are the message's */
    size_t reply_count;
    bool ends_after_last;
    struct text scenario, requires, sets; /* bytes == NULL: it does not say */
    struct delay delay;
    bool has_pace;
    struct stream_pace pace;
};

struct stubs {
    struct script_list list;
    struct scenarios scenarios;
};

/* --- reading; what a function takes is in `arena` for the time being --- */

/* All methods that stubs may be for. */
static method_set stub_all_methods(void)
{
    method_set found = method_set_generating();
    for (int id = 0; id < METHOD_EMULATED_COUNT; id++) {
        enum message_id response = methods[id].response;
        if (response == MESSAGE_EmbedContentResponse ||
            response == MESSAGE_BatchEmbedContentsResponse ||
            response == MESSAGE_CountTokensResponse ||
            response == MESSAGE_VertexCountTokensResponse)
            found |= method_set_of(id);
    }
    return found;
}

/* Those methods of a set that answer with such a message, or with what the other service has in its
 * place. */
static method_set stub_methods_that_answer(method_set from, enum message_id response)
{
    method_set found = 0;
    for (int id = 0; id < METHOD_EMULATED_COUNT; id++)
        if (from & method_set_of(id) && (methods[id].response == response ||
                                            methods[id].response == method_response_twin(response)))
            found |= method_set_of(id);
    return found;
}

/* The methods that the match names; and what a `response` is an answer of. */
static bool stub_read_methods(
    struct stub *stub, struct stub_terms *terms, struct arena *arena, struct text *ret_problem)
{
    const struct message *match = message_child(stub->item.message, Stub_match);
    struct text name = match ? message_text(match, Match_method) : TEXT("");
    method_set generating = method_set_generating();
    method_set named = method_set_find_told(TEXT("match.method"), name, arena, ret_problem);
    if (~named == 0)
        named = generating;
    stub->item.methods = named & stub_all_methods();
    if (!stub->item.methods) {
        *ret_problem = TEXT("match.method: stubs are for methods that generate, embed or count, "
                            "such as \"tunedModels.generateContent\" or \"models.embedContent\"");
        return false;
    }
    terms->is_generating = (stub->item.methods & generating) != 0;
    terms->response = methods[method_set_first(stub->item.methods)].response;
    if (named == generating)
        terms->response = MESSAGE_GenerateContentResponse;
    return true;
}

static bool stub_read_one(struct stub *stub, const struct message *message, struct text path,
    const struct stub_terms *terms, struct arena *arena, struct text *ret_problem)
{
    struct stub_reply *reply = &stub->replies[stub->reply_count];
    if (!stub_reply_read(message, path, terms, arena, reply, ret_problem))
        return false;
    if (reply->kind == STUB_REPLY_RESPONSE)
        stub->item.methods = stub_methods_that_answer(stub->item.methods, terms->response);
    stub->reply_count++;
    return true;
}

static bool stub_read_replies(
    struct stub *stub, struct stub_terms *terms, struct arena *arena, struct text *ret_problem)
{
    const struct message *message = stub->item.message;
    const struct message *only = message_child(message, Stub_reply);
    size_t count = message_count(message, Stub_replies);
    const char *problem = NULL;
    if (!only == !count)
        problem = "reply: is needed, or else replies, but not both";
    else if (count > STUB_REPLIES_MAX)
        problem = "replies: there may be at most 1000";
    else if (stub->item.body->arena.used_bytes > STUB_BYTES_MAX)
        problem = "replies: are too large: a stub may take at most 2097152 bytes of memory";
    if (problem) {
        *ret_problem = text_of(problem);
        return false;
    }
    stub->replies = arena_array(&stub->item.body->arena, only ? 1 : count, sizeof(*stub->replies));
    if (only)
        return stub_read_one(stub, only, TEXT("reply"), terms, arena, ret_problem);
    for (size_t i = 0; i < count; i++)
        if (!stub_read_one(stub, message_child_at(message, Stub_replies, i),
                arena_printf(arena, "replies[%zu]", i), terms, arena, ret_problem))
            return false;
    return true;
}
_Static_assert(STUB_REPLIES_MAX == 1000 && STUB_BYTES_MAX == 2097152, "named in texts");

static struct text stub_text_if_said(const struct message *message, unsigned field)
{
    return message_has(message, field) ? message_text(message, field) : (struct text){NULL, 0};
}

/* NULL, or what is wrong with the scenario. */
static const char *stub_read_scenario(struct stub *stub)
{
    const struct message *scenario = message_child(stub->item.message, Stub_scenario);
    if (!scenario)
        return NULL;
    stub->scenario = message_text(scenario, Stub_Scenario_name);
    stub->requires = stub_text_if_said(scenario, Stub_Scenario_requires);
    stub->sets = stub_text_if_said(scenario, Stub_Scenario_sets);
    if (text_is_empty(stub->scenario) || stub->scenario.len > STUB_SCENARIO_BYTES_MAX)
        return "scenario.name: must have 1 to 128 bytes";
    if (!stub->requires.bytes && !stub->sets.bytes)
        return "scenario.requires: is needed, or else scenario.sets, or both";
    if (stub->requires.len > STUB_SCENARIO_BYTES_MAX)
        return "scenario.requires: must have at most 128 bytes";
    return stub->sets.len > STUB_SCENARIO_BYTES_MAX ? "scenario.sets: must have at most 128 bytes"
                                                    : NULL;
}
_Static_assert(STUB_SCENARIO_BYTES_MAX == 128, "named in texts");

/* NULL, or what is wrong with what follows the last reply. */
static const char *stub_read_after_last(struct stub *stub)
{
    struct text word = message_text(stub->item.message, Stub_after_last);
    stub->ends_after_last = text_equals_string(word, "gone");
    bool is_known =
        text_is_empty(word) || text_equals_string(word, "repeat") || stub->ends_after_last;
    return is_known ? NULL : "afterLast: must be \"repeat\" or \"gone\"";
}

static bool stub_read(struct script_item *item, struct arena *arena, struct text *ret_problem)
{
    struct stub *stub = (struct stub *)item;
    const struct message *pace = message_child(item->message, Stub_pace);
    struct stub_terms terms = {.group_count = match_group_count(item->match)};
    const char *problem = stub_read_scenario(stub);
    if (!problem)
        problem = stub_read_after_last(stub);
    if (problem) {
        *ret_problem = text_of(problem);
        return false;
    }
    item->rank = message_int(item->message, Stub_priority);
    stub->has_pace = pace != NULL;
    return delay_read(message_child(item->message, Stub_delay), TEXT("delay"), arena, &stub->delay,
               ret_problem) &&
           stream_pace_read(pace, TEXT("pace"), arena, &stub->pace, ret_problem) &&
           stub_read_methods(stub, &terms, arena, ret_problem) &&
           stub_read_replies(stub, &terms, arena, ret_problem);
}

static void stub_show(const struct script_item *item, struct message *message)
{
    const struct stub *stub = (const struct stub *)item;
    message_set_text(
        message, Stub_after_last, stub->ends_after_last ? TEXT("gone") : TEXT("repeat"));
    message_set_int(message, Stub_priority, item->rank);
    if (!message_has(message, Stub_delay))
        delay_write(&stub->delay, message_make_child(message, Stub_delay));
}

/* --- the list --- */

static const struct script_kind stub_script = {.plural = "stubs",
    .item_bytes = sizeof(struct stub),
    .count_max = STUBS_MAX,
    .bytes_max = STUBS_BYTES_MAX,
    .regex_states_max = STUBS_REGEX_STATES_MAX,
    .match_fields = MATCH_FIELDS_STUB,
    .id = Stub_id,
    .times = Stub_times,
    .match = Stub_match,
    .hits = Stub_hits,
    .draws = Stub_draws,
    .list = ListStubsResponse_stubs,
    .read = stub_read,
    .show = stub_show};

struct stubs *stubs_new(struct budget *budget)
{
    struct stubs *stubs = memory_alloc_zeroed(1, sizeof(*stubs));
    script_list_init(&stubs->list, &stub_script, budget);
    scenarios_init(&stubs->scenarios, budget);
    return stubs;
}

void stubs_free(struct stubs *stubs)
{
    if (!stubs)
        return;
    script_list_release(&stubs->list);
    scenarios_release(&stubs->scenarios);
    free(stubs);
}

void stubs_tell_to(struct stubs *stubs, struct space_events *events)
{
    script_list_tell_to(&stubs->list, events, EVENT_STUB);
}

/* Makes room for the scenario of a stub that was added; where there is none, the stub goes. */
static bool stubs_add_scenario(
    struct stubs *stubs, const struct message *stub, struct text *ret_problem)
{
    const struct message *scenario = message_child(stub, Stub_scenario);
    if (!scenario || scenarios_add(&stubs->scenarios, message_text(scenario, Stub_Scenario_name)))
        return true;
    script_list_remove(&stubs->list, message_text(stub, Stub_id));
    *ret_problem = TEXT("scenario.name: there is no room for one more scenario, of which there may "
                        "be 1000: delete all stubs, which ends them");
    return false;
}
_Static_assert(STUB_SCENARIOS_MAX == 1000, "named in the text");

bool stubs_add(struct stubs *stubs, struct message *stub, struct text *ret_problem)
{
    return script_list_add(&stubs->list, stub, ret_problem) &&
           stubs_add_scenario(stubs, stub, ret_problem);
}

bool stubs_restore(struct stubs *stubs, struct message *stub, struct text *ret_problem)
{
    return script_list_restore(&stubs->list, stub, ret_problem) &&
           stubs_add_scenario(stubs, stub, ret_problem);
}

void stubs_list(struct stubs *stubs, struct message *answer)
{
    script_list_fill(&stubs->list, answer);
}

void stubs_draw_anew(struct stubs *stubs)
{
    script_list_draw_anew(&stubs->list);
}

bool stubs_remove(struct stubs *stubs, struct text id)
{
    bool is_found = script_list_remove(&stubs->list, id);
    if (text_is_empty(id))
        scenarios_clear(&stubs->scenarios);
    return is_found;
}

uint64_t stubs_last_id(struct stubs *stubs)
{
    return script_list_last_id(&stubs->list);
}

void stubs_raise_id(struct stubs *stubs, uint64_t last_id)
{
    script_list_raise_id(&stubs->list, last_id);
}

void stubs_list_scenarios(struct stubs *stubs, struct message *message, unsigned field)
{
    scenarios_list(&stubs->scenarios, message, field);
}

bool stubs_set_scenario(
    struct stubs *stubs, struct text name, struct text state, const char **ret_problem)
{
    *ret_problem = NULL;
    if (text_is_empty(name) || name.len > STUB_SCENARIO_BYTES_MAX)
        *ret_problem = "the name of a scenario must have 1 to 128 bytes";
    else if (state.len > STUB_SCENARIO_BYTES_MAX)
        *ret_problem = "the state of a scenario must have at most 128 bytes";
    else if (!scenarios_set(&stubs->scenarios, name, state))
        *ret_problem = "there is no room for more scenarios, of which there may be 1000";
    return !*ret_problem;
}

struct stubs *stubs_copy(struct stubs *stubs)
{
    struct stubs *copy = stubs_new(stubs->list.budget);
    /* Scenarios move while the list is held: they are of the same moment. */
    script_list_open_view(&stubs->list);
    bool has_room = script_list_copy(&stubs->list, &copy->list) &&
                    scenarios_copy(&stubs->scenarios, &copy->scenarios);
    script_list_close_view(&stubs->list);
    if (has_room)
        return copy;
    stubs_free(copy);
    return NULL;
}

void stubs_swap(struct stubs *stubs, struct stubs *other)
{
    script_list_swap(&stubs->list, &other->list);
    scenarios_swap(&stubs->scenarios, &other->scenarios);
}

bool stubs_is_empty(const struct stubs *stubs)
{
    return script_list_is_empty(&stubs->list);
}

/* --- taking --- */

/* A call that looks for its stub. */
struct stub_search {
    struct scenarios *scenarios;
    const struct match_facts *facts;
    uint64_t seed;
    struct arena *arena;
    struct stub_taken *found;
    struct message *match; /* a copy of the stub's, if its groups are wanted; else NULL */
};

static bool stub_take(void *context, struct script_item *item)
{
    struct stub_search *search = context;
    const struct stub *stub = (const struct stub *)item;
    struct stub_taken *found = search->found;
    if (stub->scenario.bytes &&
        !scenarios_move(search->scenarios, stub->scenario, stub->requires, stub->sets))
        return false;
    size_t place = (size_t)item->hit_count;
    if (place >= stub->reply_count)
        place = stub->reply_count - 1;
    script_item_use(item);
    if (stub->ends_after_last && (size_t)item->hit_count >= stub->reply_count)
        item->times_left = 0;
    found->number = item->number;
    found->reply = stub->replies[place];
    found->reply.text = arena_text(search->arena, found->reply.text);
    found->delay_ns = script_item_draw_delay(item, &stub->delay, hash_mix(search->seed, STUB_SEED));
    found->has_pace = stub->has_pace;
    found->pace = stub->pace;
    found->values = (struct stub_values){
        .prompt = search->facts->prompt, .model = search->facts->model, .count = item->hit_count};
    if (stub_text_needs_groups(found->reply.text))
        search->match = message_clone(search->arena, message_child(item->message, Stub_match));
    return true;
}

/* A regex may take its time, which nobody is to wait for; so it is compiled once more, of what the
 * stub, which may be gone by now, has left. */
static void stub_find_groups(const struct stub_search *search)
{
    struct text problem;
    struct stub_values *values = &search->found->values;
    struct text *groups = arena_array(search->arena, REGEX_GROUPS_MAX + 1, sizeof(*groups));
    const struct match *match =
        match_compile(search->match, MATCH_FIELDS_STUB, TEXT("match"), search->arena, &problem);
    assert(match);
    match_groups(match, search->facts, groups);
    values->groups = groups;
    values->group_count = REGEX_GROUPS_MAX + 1;
}

bool stubs_take(struct stubs *stubs, const struct match_facts *facts, uint64_t seed,
    struct arena *arena, struct stub_taken *ret_taken)
{
    struct stub_search search = {&stubs->scenarios, facts, seed, arena, ret_taken, NULL};
    bool is_found = script_list_take(&stubs->list, facts, arena, stub_take, &search);
    if (search.match)
        stub_find_groups(&search);
    return is_found;
}

/* --- the nearest --- */

/* A call, and the stubs that come nearest to it. */
struct stub_miss {
    struct scenarios *scenarios;
    const struct match_facts *facts;
    struct arena *arena;
    struct match_nearest nearest;
};

/* True if it is the reply, and not the match, by which the stub is not for the call's method. */
static bool stub_reply_is_of_others(const struct stub *stub, const struct match_facts *facts)
{
    const struct message *match = message_child(stub->item.message, Stub_match);
    struct text name = match ? message_text(match, Match_method) : TEXT("");
    bool is_any = text_is_empty(name) || text_equals_string(name, "*");
    bool is_named =
        facts->method != MATCH_NO_METHOD && stub->item.methods & method_set_of(facts->method);
    return is_any && !is_named;
}

/* True if the scenario is in another state than the stub requires. */
static bool stub_is_out_of_turn(
    const struct stub *stub, const struct stub_miss *miss, struct text *ret_state)
{
    if (!stub->requires.bytes)
        return false;
    *ret_state = scenarios_state(miss->scenarios, stub->scenario, miss->arena);
    return !text_equals(*ret_state, stub->requires);
}

static void stub_miss_compare(struct stub_miss *miss, const struct stub *stub)
{
    struct arena_mark mark = arena_mark(miss->arena);
    struct text scenario_state;
    struct match_near near = {.what = stub,
        .distance = match_measure(stub->item.match, miss->facts),
        .is_out_of_turn = stub_is_out_of_turn(stub, miss, &scenario_state)};
    near.distance.differ_count += stub_reply_is_of_others(stub, miss->facts);
    arena_rewind(miss->arena, mark);
    match_nearest_add(&miss->nearest, &near);
}

static void stub_miss_tell_method(
    const struct stub_miss *miss, const struct stub_near_visitor *visitor)
{
    int method = miss->facts->method;
    struct match_gap gap = {
        .field = TEXT("method"),
        .want = TEXT("one that answers with its response"),
        .got = method == MATCH_NO_METHOD ? TEXT("") : text_of(methods[method].name),
    };
    gap.words = match_difference(miss->arena, gap.field, gap.want, gap.got);
    visitor->differ(visitor->context, &gap);
}

static void stub_miss_tell_scenario(const struct stub_miss *miss, const struct stub *stub,
    struct text state, const struct stub_near_visitor *visitor)
{
    struct match_gap gap = {
        .field = arena_joined(miss->arena, TEXT("scenario "), stub->scenario),
        .want = arena_text(miss->arena, stub->requires),
        .got = state,
    };
    gap.words = arena_printf(miss->arena, "%.*s: requires \"%.*s\", is \"%.*s\"",
        TEXT_ARGS(gap.field), TEXT_ARGS(gap.want), TEXT_ARGS(gap.got));
    visitor->differ(visitor->context, &gap);
}

static void stub_miss_tell(
    const struct stub_miss *miss, const struct stub *stub, const struct stub_near_visitor *visitor)
{
    struct text state;
    visitor->begin(visitor->context, stub->item.number);
    match_differs(stub->item.match, miss->facts, miss->arena, visitor->differ, visitor->context);
    if (stub_reply_is_of_others(stub, miss->facts))
        stub_miss_tell_method(miss, visitor);
    if (stub_is_out_of_turn(stub, miss, &state))
        stub_miss_tell_scenario(miss, stub, state, visitor);
}

void stubs_visit_nearest(struct stubs *stubs, const struct match_facts *facts, struct arena *arena,
    const struct stub_near_visitor *visitor)
{
    struct stub_miss miss = {.scenarios = &stubs->scenarios, .facts = facts, .arena = arena};
    const struct script_item *item = script_list_open_view(&stubs->list);
    for (; item; item = script_item_next(item))
        stub_miss_compare(&miss, (const struct stub *)item);
    for (size_t i = 0; i < miss.nearest.count; i++)
        stub_miss_tell(&miss, miss.nearest.items[i].what, visitor);
    script_list_close_view(&stubs->list);
}

/* The nearest as words. */
struct stub_words {
    struct arena *arena;
    struct text words;
    size_t differ_count; /* that they have of the last stub */
};

static void stub_words_add(struct stub_words *words, struct text text)
{
    words->words = arena_joined(words->arena, words->words, text);
}

static void stub_words_end(struct stub_words *words)
{
    if (words->differ_count > 0)
        stub_words_add(words, TEXT(")"));
    words->differ_count = 0;
}

static void stub_words_begin(void *context, uint64_t number)
{
    struct stub_words *words = context;
    stub_words_end(words);
    stub_words_add(
        words, arena_printf(words->arena, "%sstub %" PRIu64, words->words.len ? "; " : "", number));
}

static void stub_words_differ(void *context, const struct match_gap *gap)
{
    struct stub_words *words = context;
    stub_words_add(words, words->differ_count++ ? TEXT("; ") : TEXT(" ("));
    stub_words_add(words, gap->words);
}

struct text stubs_nearest(struct stubs *stubs, const struct match_facts *facts, struct arena *arena)
{
    struct stub_words words = {.arena = arena, .words = TEXT("")};
    stubs_visit_nearest(stubs, facts, arena,
        &(struct stub_near_visitor){stub_words_begin, stub_words_differ, &words});
    stub_words_end(&words);
    return words.words;
}
