#include "server/space/faults.h"

#include <inttypes.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "base/hash.h"
#include "base/memory.h"
#include "server/contract/limits.h"
#include "server/space/method_set.h"

/* `times_left` of a fault that stays. */
#define TIMES_FOR_EVER INT64_C(-1)

struct fault {
    struct fault *next;
    struct arena arena;
    struct message *message; /* as it was set */
    struct fault_answer answer;
    method_set methods;  /* that it is for */
    struct match *match; /* which of their calls */
    double probability;
    int64_t times_left, after_left;
    int64_t hit_count;
    uint64_t number;
    struct text id;      /* the number */
    uint64_t draw_count; /* of random numbers */
};

struct faults {
    /* Guards all below, but for reading count. What takes long, regular expressions, is done as one
     * of many readers. */
    pthread_rwlock_t lock;
    struct fault *first; /* their numbers rise */
    uint64_t last_number;
    uint64_t swap_count; /* as often others came in their place, with numbers from 1 */
    atomic_size_t count; /* lets calls go by without locking while there are none */
};

struct faults *faults_new(void)
{
    struct faults *faults = memory_alloc_zeroed(1, sizeof(*faults));
    pthread_rwlock_init(&faults->lock, NULL);
    return faults;
}

static void fault_free(struct fault *fault)
{
    arena_release(&fault->arena);
    free(fault);
}

/* Takes the fault that `link` leads to out of the list. The lock is held. */
static void faults_unlink(struct faults *faults, struct fault **link)
{
    struct fault *fault = *link;
    *link = fault->next;
    faults->count--;
    fault_free(fault);
}

void faults_free(struct faults *faults)
{
    if (!faults)
        return;
    while (faults->first)
        faults_unlink(faults, &faults->first);
    pthread_rwlock_destroy(&faults->lock);
    free(faults);
}

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
    struct text name = message_text(fault->message, Fault_method);
    fault->methods = method_set_find(TEXT("method"), name, arena, ret_problem);
    if (!fault->methods)
        return false;
    fault->methods &= fault_kind_methods(fault->answer.kind);
    if (!fault->methods)
        *ret_problem = fault->answer.kind == FAULT_RETIRED
                           ? TEXT("method: the preset \"retired\" is for \"tunedModels.create\", "
                                  "\"models.list\", \"models.get\", \"models.countTokens\" and "
                                  "methods that generate")
                           : TEXT("method: the kind \"blocked\" is for methods that generate, "
                                  "such as \"tunedModels.generateContent\"");
    return fault->methods != 0;
}

/* Which of the method's calls. False with a problem in the arena. */
static bool fault_read_match(struct fault *fault, struct arena *arena, struct text *ret_problem)
{
    struct text problem;
    const struct message *message = message_child(fault->message, Fault_match);
    fault->match =
        match_compile(message, MATCH_FIELDS_FAULT, TEXT("match"), &fault->arena, &problem);
    if (!fault->match)
        *ret_problem = arena_text(arena, problem);
    return fault->match != NULL;
}

/* NULL, or what is wrong with the fields that say when the fault answers. */
static const char *fault_read_when(const struct message *message, struct fault *fault)
{
    fault->times_left = TIMES_FOR_EVER;
    if (message_has(message, Fault_times))
        fault->times_left = message_int(message, Fault_times);
    if (fault->times_left < 1 && message_has(message, Fault_times))
        return "times: must be at least 1";
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

/* What a fault that has been elsewhere goes on from; whatever a client has here is wrong. */
static void fault_read_past(struct fault *fault)
{
    int64_t number;
    const struct message *message = fault->message;
    if (text_parse_int64(message_text(message, Fault_id), &number) && number > 0)
        fault->number = (uint64_t)number;
    if (message_int(message, Fault_hits) > 0)
        fault->hit_count = message_int(message, Fault_hits);
    if (message_int(message, Fault_draws) > 0)
        fault->draw_count = (uint64_t)message_int(message, Fault_draws);
}

static void fault_set_default_text(struct message *message, unsigned field, struct text text)
{
    if (text_is_empty(message_text(message, field)))
        message_set_text(message, field, text);
}

/* Sets what is always shown, and what is left. The lock is held, if the fault is listed. */
static void fault_show(const struct fault *fault, struct message *message)
{
    message_set_text(message, Fault_id, arena_text(message->arena, fault->id));
    fault_set_default_text(message, Fault_method, TEXT("*"));
    fault_set_default_text(message, Fault_status, TEXT(""));
    fault_set_default_text(message, Fault_message, TEXT(""));
    message_set_text(message, Fault_kind, fault_kind_name(fault->answer.kind));
    message_set_int(message, Fault_retry_after, fault->answer.retry_after_ns);
    message_set_double(message, Fault_probability, fault->probability);
    message_make_child(message, Fault_match);
    if (!message_has(message, Fault_delay))
        delay_write(&fault->answer.delay, message_make_child(message, Fault_delay));
    message_set_int(message, Fault_after, fault->after_left);
    if (fault->times_left != TIMES_FOR_EVER)
        message_set_int(message, Fault_times, fault->times_left);
    message_set_int(
        message, Fault_hits, fault->hit_count < INT32_MAX ? fault->hit_count : INT32_MAX);
    message_set_int(message, Fault_draws, (int64_t)fault->draw_count);
}

/* NULL, or why there is no room for one more. The lock is held. */
static const char *faults_check_room(const struct faults *faults, const struct fault *added)
{
    size_t states = match_size(added->match);
    if (faults->count == FAULTS_MAX)
        return "There are 1000 faults, which is the most: delete some.";
    if (states == 0)
        return NULL;
    for (const struct fault *fault = faults->first; fault; fault = fault->next)
        states += match_size(fault->match);
    return states > FAULTS_REGEX_STATES_MAX
               ? "match: all regular expressions together are too large: delete some faults"
               : NULL;
}
_Static_assert(FAULTS_MAX == 1000, "named in the text");

/* Links the fault as the last, and gives it a number unless its own is above all others. NULL, or
 * why it cannot be. */
static const char *faults_append(
    struct faults *faults, struct fault *fault, struct message *ret_shown)
{
    pthread_rwlock_wrlock(&faults->lock);
    const char *problem = faults_check_room(faults, fault);
    if (!problem) {
        struct fault **link = &faults->first;
        while (*link)
            link = &(*link)->next;
        *link = fault;
        faults->count++;
        if (fault->number <= faults->last_number)
            fault->number = faults->last_number + 1;
        faults->last_number = fault->number;
        fault->id = arena_printf(&fault->arena, "%" PRIu64, fault->number);
        fault_show(fault, ret_shown);
    }
    pthread_rwlock_unlock(&faults->lock);
    return problem;
}

static bool fault_read(struct fault *fault, struct arena *arena, struct text *ret_problem)
{
    const char *problem = fault_read_when(fault->message, fault);
    if (problem)
        *ret_problem = text_of(problem);
    return !problem && fault_answer_read(fault->message, arena, &fault->answer, ret_problem) &&
           fault_read_method(fault, arena, ret_problem) &&
           fault_read_match(fault, arena, ret_problem);
}

bool faults_restore(struct faults *faults, struct message *message, struct text *ret_problem)
{
    struct fault *fault = memory_alloc_zeroed(1, sizeof(*fault));
    arena_init(&fault->arena);
    fault->message = message_clone(&fault->arena, message);
    bool is_read = fault_read(fault, message->arena, ret_problem);
    const char *problem = NULL;
    if (is_read) {
        fault_read_past(fault);
        problem = faults_append(faults, fault, message);
    }
    if (problem)
        *ret_problem = text_of(problem);
    if (!is_read || problem)
        fault_free(fault);
    return is_read && !problem;
}

bool faults_add(struct faults *faults, struct message *message, struct text *ret_problem)
{
    message_clear(message, Fault_id);
    message_clear(message, Fault_hits);
    message_clear(message, Fault_draws);
    return faults_restore(faults, message, ret_problem);
}

void faults_list(struct faults *faults, struct message *answer)
{
    pthread_rwlock_rdlock(&faults->lock);
    message_expect_items(answer, ListFaultsResponse_faults, faults->count);
    for (const struct fault *fault = faults->first; fault; fault = fault->next) {
        struct message *message = message_clone(answer->arena, fault->message);
        fault_show(fault, message);
        message_add_message(answer, ListFaultsResponse_faults, message);
    }
    pthread_rwlock_unlock(&faults->lock);
}

void faults_draw_anew(struct faults *faults)
{
    pthread_rwlock_wrlock(&faults->lock);
    for (struct fault *fault = faults->first; fault; fault = fault->next)
        fault->draw_count = 0;
    pthread_rwlock_unlock(&faults->lock);
}

bool faults_remove(struct faults *faults, struct text id)
{
    bool is_found = false;
    pthread_rwlock_wrlock(&faults->lock);
    struct fault **link = &faults->first;
    while (*link) {
        bool is_named = text_is_empty(id) || text_equals((*link)->id, id);
        if (is_named) {
            faults_unlink(faults, link);
            is_found = true;
        } else {
            link = &(*link)->next;
        }
    }
    pthread_rwlock_unlock(&faults->lock);
    return is_found;
}

uint64_t faults_last_id(struct faults *faults)
{
    pthread_rwlock_rdlock(&faults->lock);
    uint64_t last_id = faults->last_number;
    pthread_rwlock_unlock(&faults->lock);
    return last_id;
}

void faults_raise_id(struct faults *faults, uint64_t last_id)
{
    pthread_rwlock_wrlock(&faults->lock);
    if (faults->last_number < last_id)
        faults->last_number = last_id;
    pthread_rwlock_unlock(&faults->lock);
}

void faults_swap(struct faults *faults, struct faults *other)
{
    pthread_rwlock_wrlock(&faults->lock);
    struct fault *first = faults->first;
    uint64_t last_number = faults->last_number;
    size_t count = faults->count;
    faults->first = other->first;
    faults->last_number = other->last_number;
    faults->count = other->count;
    faults->swap_count++;
    other->first = first;
    other->last_number = last_number;
    other->count = count;
    pthread_rwlock_unlock(&faults->lock);
}

/* The next random number that is the fault's. The lock is held. */
static uint64_t fault_draw(struct fault *fault, uint64_t seed)
{
    return hash_mix(hash_mix(seed, fault->number), fault->draw_count++);
}

/* A delay that is always the same draws nothing. The lock is held. */
static int64_t fault_draw_delay(struct fault *fault, uint64_t seed)
{
    const struct delay *delay = &fault->answer.delay;
    return delay_draw(delay, delay->kind == DELAY_FIXED ? 0 : fault_draw(fault, seed));
}

/* The faults that are for a call, whether it is their turn or not. */
struct fault_marks {
    uint64_t *numbers; /* in the arena; they rise */
    size_t count;
    uint64_t swap_count; /* when they were made */
};

static struct fault_marks faults_mark(
    struct faults *faults, const struct match_facts *facts, struct arena *arena)
{
    pthread_rwlock_rdlock(&faults->lock);
    struct fault_marks marks = {.swap_count = faults->swap_count};
    marks.numbers = arena_array(arena, faults->count, sizeof(*marks.numbers));
    for (const struct fault *fault = faults->first; fault; fault = fault->next)
        if (fault->methods >> facts->method & 1 && match_holds(fault->match, facts))
            marks.numbers[marks.count++] = fault->number;
    pthread_rwlock_unlock(&faults->lock);
    return marks;
}

/* True if the fault is marked. Those that are asked for have to rise, too. */
static bool fault_is_marked(const struct fault *fault, struct fault_marks *marks)
{
    while (marks->count > 0 && marks->numbers[0] < fault->number) {
        marks->numbers++;
        marks->count--;
    }
    return marks->count > 0 && marks->numbers[0] == fault->number;
}

/* True if a call that the fault is for is its to answer; counts it. The lock is held. */
static bool fault_takes(struct fault *fault, uint64_t seed)
{
    if (fault->after_left > 0) {
        fault->after_left--;
        return false;
    }
    if (fault->probability < 1 && hash_to_unit(fault_draw(fault, seed)) >= fault->probability)
        return false;
    fault->hit_count++;
    if (fault->times_left != TIMES_FOR_EVER)
        fault->times_left--;
    return true;
}

bool faults_is_empty(const struct faults *faults)
{
    return atomic_load_explicit(&faults->count, memory_order_relaxed) == 0;
}

/* As faults_match, of those that are marked. The lock is held. */
static bool faults_take(struct faults *faults, struct fault_marks *marks, uint64_t seed,
    struct arena *arena, struct fault_match *ret_match)
{
    bool is_found = false;
    struct fault **link = &faults->first;
    while (*link && !is_found) {
        struct fault *fault = *link;
        bool fits = fault_is_marked(fault, marks) && fault_takes(fault, seed);
        int64_t delay_ns = fits ? fault_draw_delay(fault, seed) : 0;
        if (fits && fault->answer.kind == FAULT_SLOW) {
            ret_match->slow_ns += delay_ns;
        } else if (fits) {
            /* The fault may be gone once the lock is free. */
            ret_match->answer = fault->answer;
            ret_match->answer.message = arena_text(arena, fault->answer.message);
            ret_match->number = fault->number;
            ret_match->delay_ns = delay_ns;
            is_found = true;
        }
        if (fault->times_left == 0)
            faults_unlink(faults, link);
        else
            link = &fault->next;
    }
    return is_found;
}

bool faults_match(struct faults *faults, const struct match_facts *facts, uint64_t seed,
    struct arena *arena, struct fault_match *ret_match)
{
    ret_match->slow_ns = 0;
    for (;;) {
        struct fault_marks marks = faults_mark(faults, facts, arena);
        pthread_rwlock_wrlock(&faults->lock);
        bool is_same = marks.swap_count == faults->swap_count;
        bool is_found = is_same && faults_take(faults, &marks, seed, arena, ret_match);
        pthread_rwlock_unlock(&faults->lock);
        if (is_same)
            return is_found;
    }
}
