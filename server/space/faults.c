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
    method_set methods; /* that it is for */
    double probability;
    int64_t times_left, after_left;
    uint64_t number;     /* the id */
    uint64_t draw_count; /* of random numbers */
};

struct faults {
    pthread_mutex_t mutex; /* guards all below, but for reading count */
    struct fault *first;
    uint64_t last_number;
    atomic_size_t count; /* lets calls go by without locking while there are none */
};

struct faults *faults_new(void)
{
    struct faults *faults = memory_alloc_zeroed(1, sizeof(*faults));
    pthread_mutex_init(&faults->mutex, NULL);
    return faults;
}

static void fault_free(struct fault *fault)
{
    arena_release(&fault->arena);
    free(fault);
}

/* Takes the fault that `link` leads to out of the list. The mutex is held. */
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
    pthread_mutex_destroy(&faults->mutex);
    free(faults);
}

/* A Fault's fields are texts and numbers, none of them repeated. */
static struct message *fault_copy_message(struct arena *arena, const struct message *source)
{
    struct message *copy = message_new(arena, MESSAGE_Fault, source->version);
    for (unsigned i = 0; i < source->type->field_count; i++) {
        if (!message_has(source, i))
            continue;
        if (source->type->fields[i].kind == FIELD_STRING)
            message_set_text(copy, i, arena_text(arena, message_text(source, i)));
        else if (source->type->fields[i].kind == FIELD_DOUBLE)
            message_set_double(copy, i, message_double(source, i));
        else
            message_set_int(copy, i, message_int(source, i));
    }
    return copy;
}

/* The method, after the kind, which not every method can have. False with a problem in the arena.
 */
static bool fault_read_method(struct fault *fault, struct arena *arena, struct text *ret_problem)
{
    struct text name = message_text(fault->message, Fault_method);
    fault->methods = method_set_find(TEXT("method"), name, arena, ret_problem);
    if (!fault->methods)
        return false;
    bool is_retired = fault->answer.kind == FAULT_RETIRED;
    if (is_retired)
        fault->methods &= method_set_generating() | method_set_of(METHOD_TUNED_MODELS_CREATE);
    if (fault->answer.kind == FAULT_BLOCKED)
        fault->methods &= method_set_generating();
    if (!fault->methods)
        *ret_problem = is_retired
                           ? TEXT("method: the preset \"retired\" is for \"tunedModels.create\" "
                                  "and methods that generate")
                           : TEXT("method: the kind \"blocked\" is for methods that generate, "
                                  "such as \"tunedModels.generateContent\"");
    return fault->methods != 0;
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

/* Links the fault as the last and gives it its number, which is returned; 0 if there are too many.
 */
static uint64_t faults_append(struct faults *faults, struct fault *fault)
{
    uint64_t number = 0;
    pthread_mutex_lock(&faults->mutex);
    if (faults->count < FAULTS_MAX) {
        struct fault **link = &faults->first;
        while (*link)
            link = &(*link)->next;
        *link = fault;
        faults->count++;
        fault->number = number = ++faults->last_number;
        message_set_text(fault->message, Fault_id, arena_printf(&fault->arena, "%" PRIu64, number));
    }
    pthread_mutex_unlock(&faults->mutex);
    return number;
}

bool faults_add(struct faults *faults, struct message *message, struct text *ret_problem)
{
    struct fault *fault = memory_alloc_zeroed(1, sizeof(*fault));
    arena_init(&fault->arena);
    /* Whatever the client has here is replaced, and need not be kept until then. */
    message_clear(message, Fault_id);
    fault->message = fault_copy_message(&fault->arena, message);
    const char *problem = fault_read_when(fault->message, fault);
    if (!problem)
        problem = fault_answer_read(fault->message, &fault->answer);
    if (problem)
        *ret_problem = text_of(problem);
    if (problem || !fault_read_method(fault, message->arena, ret_problem)) {
        fault_free(fault);
        return false;
    }

    uint64_t number = faults_append(faults, fault);
    if (number == 0) {
        fault_free(fault);
        *ret_problem = arena_printf(
            message->arena, "There are %d faults, which is the most: delete some.", FAULTS_MAX);
        return false;
    }
    message_set_text(message, Fault_id, arena_printf(message->arena, "%" PRIu64, number));
    return true;
}

void faults_list(struct faults *faults, struct message *answer)
{
    pthread_mutex_lock(&faults->mutex);
    for (const struct fault *fault = faults->first; fault; fault = fault->next) {
        struct message *message = fault_copy_message(answer->arena, fault->message);
        if (fault->times_left != TIMES_FOR_EVER)
            message_set_int(message, Fault_times, fault->times_left);
        if (message_has(message, Fault_after))
            message_set_int(message, Fault_after, fault->after_left);
        message_add_message(answer, ListFaultsResponse_faults, message);
    }
    pthread_mutex_unlock(&faults->mutex);
}

bool faults_remove(struct faults *faults, struct text id)
{
    bool is_found = false;
    pthread_mutex_lock(&faults->mutex);
    struct fault **link = &faults->first;
    while (*link) {
        bool is_named =
            text_is_empty(id) || text_equals(message_text((*link)->message, Fault_id), id);
        if (is_named) {
            faults_unlink(faults, link);
            is_found = true;
        } else {
            link = &(*link)->next;
        }
    }
    pthread_mutex_unlock(&faults->mutex);
    return is_found;
}

/* True if a call of the method is this fault's to answer; counts it. The mutex is held. */
static bool fault_fits(struct fault *fault, enum method_id method, uint64_t seed)
{
    if (!(fault->methods >> method & 1))
        return false;
    if (fault->after_left > 0) {
        fault->after_left--;
        return false;
    }
    if (fault->probability < 1) {
        uint64_t series = hash_mix(seed, fault->number);
        if (hash_to_unit(hash_mix(series, fault->draw_count++)) >= fault->probability)
            return false;
    }
    if (fault->times_left != TIMES_FOR_EVER)
        fault->times_left--;
    return true;
}

bool faults_match(struct faults *faults, enum method_id method, uint64_t seed, struct arena *arena,
    struct fault_match *ret_match)
{
    bool is_found = false;
    ret_match->slow_ns = 0;
    if (atomic_load_explicit(&faults->count, memory_order_relaxed) == 0)
        return false;
    pthread_mutex_lock(&faults->mutex);
    struct fault **link = &faults->first;
    while (*link && !is_found) {
        struct fault *fault = *link;
        bool fits = fault_fits(fault, method, seed);
        if (fits && fault->answer.kind == FAULT_SLOW) {
            ret_match->slow_ns += fault->answer.delay_ns;
        } else if (fits) {
            /* The fault may be gone once the mutex is free. */
            ret_match->answer = fault->answer;
            ret_match->answer.message = arena_text(arena, fault->answer.message);
            ret_match->number = fault->number;
            is_found = true;
        }
        if (fault->times_left == 0)
            faults_unlink(faults, link);
        else
            link = &fault->next;
    }
    pthread_mutex_unlock(&faults->mutex);
    return is_found;
}
