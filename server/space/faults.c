#include "server/space/faults.h"

#include <stdlib.h>

#include "base/hash.h"
#include "base/memory.h"
#include "server/contract/limits.h"
#include "server/space/method_set.h"
#include "server/space/script_list.h"

struct fault {
    struct script_item item;
    struct fault_answer answer; /* its text is the message's */
    double probability;
    int64_t after_left;
};

struct faults {
    struct script_list list;
};

/* The methods that a kind is for. */
static method_set fault_kind_methods(enum fault_kind kind)
{
    method_set all = ~(method_set)0, generating = method_set_generating();
    if (kind == FAULT_RETIRED)
        return generating | method_set_of(METHOD_TUNED_MODELS_CREATE) |
               method_set_of(METHOD_MODELS_LIST) | method_set_of(METHOD_MODELS_GET) |
               method_set_of(METHOD_MODELS_COUNT_TOKENS);
    return kind == FAULT_BLOCKED ? generating : all;
}

/* The method, after the kind, which not every method can have. False with a problem in the arena.
 */
static bool fault_read_method(struct fault *fault, struct arena *arena, struct text *ret_problem)
{
    struct text name = message_text(fault->item.message, Fault_method);
    fault->item.methods = method_set_find(TEXT("method"), name, arena, ret_problem);
    if (!fault->item.methods)
        return false;
    fault->item.methods &= fault_kind_methods(fault->answer.kind);
    if (!fault->item.methods)
        *ret_problem = fault->answer.kind == FAULT_RETIRED
                           ? TEXT("method: the preset \"retired\" is for \"tunedModels.create\", "
                                  "\"models.list\", \"models.get\", \"models.countTokens\" and "
                                  "methods that generate")
                           : TEXT("method: the kind \"blocked\" is for methods that generate, "
                                  "such as \"tunedModels.generateContent\"");
    return fault->item.methods != 0;
}

/* NULL, or what is wrong with the fields that say when the fault answers. */
static const char *fault_read_when(struct fault *fault)
{
    const struct message *message = fault->item.message;
    fault->after_left = message_int(message, Fault_after);
    if (fault->after_left < 0)
        return "after: must not be negative";
    fault->probability = 1;
    if (message_has(message, Fault_probability))
        fault->probability = message_double(message, Fault_probability);
    if (!(fault->probability > 0 && fault->probability <= 1))
        return "probability: must be above 0 and at most 1";
    return NULL;
}

static bool fault_read(struct script_item *item, struct arena *arena, struct text *ret_problem)
{
    struct fault *fault = (struct fault *)item;
    const char *problem = fault_read_when(fault);
    if (problem)
        *ret_problem = text_of(problem);
    return !problem && fault_answer_read(item->message, arena, &fault->answer, ret_problem) &&
           fault_read_method(fault, arena, ret_problem);
}

static void fault_set_default_text(struct message *message, unsigned field, struct text text)
{
    if (text_is_empty(message_text(message, field)))
        message_set_text(message, field, text);
}

static void fault_show(const struct script_item *item, struct message *message)
{
    const struct fault *fault = (const struct fault *)item;
    fault_set_default_text(message, Fault_method, TEXT("*"));
    fault_set_default_text(message, Fault_status, TEXT(""));
    fault_set_default_text(message, Fault_message, TEXT(""));
    message_set_text(message, Fault_kind, fault_kind_name(fault->answer.kind));
    message_set_int(message, Fault_retry_after, fault->answer.retry_after_ns);
    message_set_double(message, Fault_probability, fault->probability);
    if (!message_has(message, Fault_delay))
        delay_write(&fault->answer.delay, message_make_child(message, Fault_delay));
    message_set_int(message, Fault_after, fault->after_left);
}

static const struct script_kind fault_script = {.plural = "faults",
    .item_bytes = sizeof(struct fault),
    .count_max = FAULTS_MAX,
    .bytes_max = FAULTS_BYTES_MAX,
    .regex_states_max = FAULTS_REGEX_STATES_MAX,
    .match_fields = MATCH_FIELDS_FAULT,
    .id = Fault_id,
    .times = Fault_times,
    .match = Fault_match,
    .hits = Fault_hits,
    .draws = Fault_draws,
    .list = ListFaultsResponse_faults,
    .read = fault_read,
    .show = fault_show};

struct faults *faults_new(struct budget *budget)
{
    struct faults *faults = memory_alloc_zeroed(1, sizeof(*faults));
    script_list_init(&faults->list, &fault_script, budget);
    return faults;
}

void faults_free(struct faults *faults)
{
    if (!faults)
        return;
    script_list_release(&faults->list);
    free(faults);
}

void faults_tell_to(struct faults *faults, struct space_events *events)
{
    script_list_tell_to(&faults->list, events, EVENT_FAULT);
}

bool faults_add(struct faults *faults, struct message *fault, struct text *ret_problem)
{
    return script_list_add(&faults->list, fault, ret_problem);
}

bool faults_restore(struct faults *faults, struct message *fault, struct text *ret_problem)
{
    return script_list_restore(&faults->list, fault, ret_problem);
}

void faults_list(struct faults *faults, struct message *answer)
{
    script_list_fill(&faults->list, answer);
}

void faults_draw_anew(struct faults *faults)
{
    script_list_draw_anew(&faults->list);
}

bool faults_remove(struct faults *faults, struct text id)
{
    return script_list_remove(&faults->list, id);
}

uint64_t faults_last_id(struct faults *faults)
{
    return script_list_last_id(&faults->list);
}

void faults_raise_id(struct faults *faults, uint64_t last_id)
{
    script_list_raise_id(&faults->list, last_id);
}

struct faults *faults_copy(struct faults *faults)
{
    struct faults *copy = faults_new(faults->list.budget);
    script_list_open_view(&faults->list);
    bool has_room = script_list_copy(&faults->list, &copy->list);
    script_list_close_view(&faults->list);
    if (has_room)
        return copy;
    faults_free(copy);
    return NULL;
}

void faults_swap(struct faults *faults, struct faults *other)
{
    script_list_swap(&faults->list, &other->list);
}

bool faults_is_empty(const struct faults *faults)
{
    return script_list_is_empty(&faults->list);
}

/* True if a call that the fault is for is its to answer; counts it. */
static bool fault_takes(struct fault *fault, uint64_t seed)
{
    if (fault->after_left > 0) {
        fault->after_left--;
        return false;
    }
    if (fault->probability < 1 &&
        hash_to_unit(script_item_draw(&fault->item, seed)) >= fault->probability)
        return false;
    script_item_use(&fault->item);
    return true;
}

/* A call that looks for its fault. */
struct fault_search {
    uint64_t seed;
    struct arena *arena;
    struct fault_match *found;
};

static bool fault_take(void *context, struct script_item *item)
{
    const struct fault_search *search = context;
    struct fault *fault = (struct fault *)item;
    struct fault_match *found = search->found;
    if (!fault_takes(fault, search->seed))
        return false;
    int64_t delay_ns = script_item_draw_delay(item, &fault->answer.delay, search->seed);
    if (fault->answer.kind == FAULT_SLOW) {
        found->slow_ns += delay_ns;
        return false;
    }
    found->answer = fault->answer;
    found->answer.message = arena_text(search->arena, fault->answer.message);
    found->number = item->number;
    found->delay_ns = delay_ns;
    return true;
}

bool faults_match(struct faults *faults, const struct match_facts *facts, uint64_t seed,
    struct arena *arena, struct fault_match *ret_match)
{
    struct fault_search search = {seed, arena, ret_match};
    ret_match->slow_ns = 0;
    return script_list_take(&faults->list, facts, arena, fault_take, &search);
}
