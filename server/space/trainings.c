#include "server/space/trainings.h"

#include <stdlib.h>

#include "base/clock.h"
#include "base/memory.h"
#include "base/timefmt.h"
#include "server/contract/limits.h"
#include "server/sim/trainer.h"
#include "server/space/tell.h"

/* Between two events that only time has brought about. */
#define PROGRESS_GAP_NS (NS_PER_SECOND / PROGRESS_PER_SECOND)

/* A training, with its texts and moves behind it. */
struct training_item {
    int64_t seq;
    struct text id, display_name, base_model, job_name;
    struct training_plan plan;
    int32_t told_steps;
    bool has_told_start; /* or it had begun before anybody listened */
    int64_t next_ns;     /* emulated: when it is worth a look; INT64_MIN: now */
    size_t bytes;
    char texts[];
};

struct training_set {
    struct training_item **items; /* by seq */
    size_t count, capacity;
    size_t turn; /* the item that is looked at first */

    /* When events were told, monotonic: the last so many, in a ring whose oldest is at `place`. */
    int64_t told_ns[PROGRESS_PER_SECOND];
    int place;

    bool is_searched;     /* all that train are here, but for those that found no room */
    bool is_being_found;  /* a search is under way */
    int64_t searched_seq; /* as far as it has come */
    bool has_left_out;    /* some found no room */
    /* Those that have ended since the search began, which may find them. */
    int64_t skipped[TRAININGS_SKIPPED_MAX];
    size_t skipped_count;
};

void trainings_init(struct trainings *trainings, struct space_events *events, struct budget *budget)
{
    *trainings = (struct trainings){.events = events, .budget = budget};
    pthread_mutex_init(&trainings->mutex, NULL);
}

void trainings_release(struct trainings *trainings)
{
    trainings_forget(trainings);
    pthread_mutex_destroy(&trainings->mutex);
}

/* --- all but what others call is done with the mutex held --- */

static void training_item_free(struct trainings *trainings, struct training_item *item)
{
    budget_give(trainings->budget, item->bytes);
    free(item);
}

static struct text training_item_keep(char **end, struct text text)
{
    struct text kept = {*end, text.len};
    if (text.len > 0)
        memcpy(*end, text.bytes, text.len);
    *end += text.len;
    return kept;
}

/* NULL if there is no room. */
static struct training_item *training_item_new(
    struct trainings *trainings, const struct training *training)
{
    size_t bytes = sizeof(struct training_item) + training->id.len + training->display_name.len +
                   training->base_model.len + training->job_name.len + training->plan->moves.len;
    if (!budget_take(trainings->budget, bytes))
        return NULL;
    struct training_item *item = memory_alloc(bytes);
    char *end = item->texts;
    *item = (struct training_item){.seq = training->seq,
        .plan = *training->plan,
        .told_steps = training->told_steps != TRAINING_TOLD_SINCE
                          ? training->told_steps
                          : train_at(training->plan, trainings->since_ns).completed_steps,
        .has_told_start =
            train_at(training->plan, clock_now_ns(trainings->events->clock)).is_started,
        .next_ns = INT64_MIN,
        .bytes = bytes};
    item->id = training_item_keep(&end, training->id);
    item->display_name = training_item_keep(&end, training->display_name);
    item->base_model = training_item_keep(&end, training->base_model);
    item->job_name = training_item_keep(&end, training->job_name);
    item->plan.moves = training_item_keep(&end, training->plan->moves);
    return item;
}

/* A search that has so much to leave out begins anew, for those that train now. */
static void trainings_note_skipped(struct trainings *trainings, int64_t seq)
{
    struct training_set *set = trainings->set;
    if (set->is_searched)
        return;
    if (set->skipped_count == TRAININGS_SKIPPED_MAX) {
        set->skipped_count = 0;
        set->searched_seq = 0;
        trainings->since_ns = clock_now_ns(trainings->events->clock);
        trainings->round++;
    }
    set->skipped[set->skipped_count++] = seq;
}

static bool training_set_skips(const struct training_set *set, int64_t seq)
{
    for (size_t i = 0; i < set->skipped_count; i++)
        if (set->skipped[i] == seq)
            return true;
    return false;
}

static struct training_set *trainings_set(struct trainings *trainings)
{
    if (!trainings->set) {
        trainings->set = memory_alloc_zeroed(1, sizeof(*trainings->set));
        trainings->set_number++;
        for (int i = 0; i < PROGRESS_PER_SECOND; i++)
            trainings->set->told_ns[i] = INT64_MIN;
    }
    return trainings->set;
}

/* The index of the first item with this seq or a higher one. */
static size_t training_set_find(const struct training_set *set, int64_t seq)
{
    size_t first = 0, end = set->count;
    while (first < end) {
        size_t middle = first + (end - first) / 2;
        if (set->items[middle]->seq < seq)
            first = middle + 1;
        else
            end = middle;
    }
    return first;
}

static bool training_set_has(const struct training_set *set, int64_t seq)
{
    size_t index = training_set_find(set, seq);
    return index < set->count && set->items[index]->seq == seq;
}

static void training_set_insert(struct training_set *set, struct training_item *item)
{
    size_t index = training_set_find(set, item->seq);
    if (set->count == set->capacity) {
        set->capacity = set->capacity ? 2 * set->capacity : 4;
        set->items = memory_grow(set->items, set->capacity * sizeof(struct training_item *));
    }
    memmove(&set->items[index + 1], &set->items[index],
        (set->count - index) * sizeof(struct training_item *));
    set->items[index] = item;
    set->count++;
}

/* Where some were left out, there is room now. */
static void trainings_drop(struct trainings *trainings, size_t index)
{
    struct training_set *set = trainings->set;
    training_item_free(trainings, set->items[index]);
    set->count--;
    memmove(&set->items[index], &set->items[index + 1],
        (set->count - index) * sizeof(struct training_item *));
    if (set->has_left_out && !set->is_being_found) {
        set->has_left_out = set->is_searched = false;
        set->searched_seq = 0;
        trainings->since_ns = clock_now_ns(trainings->events->clock);
    }
}

static bool trainings_add(struct trainings *trainings, const struct training *training)
{
    struct training_set *set = trainings->set;
    struct training_item *item =
        set->count < TRAININGS_TOLD_MAX ? training_item_new(trainings, training) : NULL;
    if (!item) {
        set->has_left_out = true;
        return false;
    }
    training_set_insert(set, item);
    return true;
}

/* Has one that is there go on by another plan. */
static bool trainings_change(
    struct trainings *trainings, size_t index, const struct training *training)
{
    struct training_item **place = &trainings->set->items[index];
    struct training_item *item = training_item_new(trainings, training);
    if (!item) {
        trainings_drop(trainings, index);
        trainings->set->has_left_out = true;
        return false;
    }
    item->told_steps = (*place)->told_steps;
    item->has_told_start = (*place)->has_told_start;
    training_item_free(trainings, *place);
    *place = item;
    return true;
}

/* --- telling --- */

/* A training at a moment. */
struct training_moment {
    struct training_item *item;
    struct training_progress progress;
};

static struct text training_item_name(const struct training_item *item, struct arena *arena)
{
    return item->job_name.len ? item->job_name
                              : arena_joined(arena, TEXT("tunedModels/"), item->id);
}

static void training_moment_fill(const struct training_moment *moment, struct message *message)
{
    const struct training_item *item = moment->item;
    struct training_snapshot snapshot =
        training_snapshot_at(&item->plan, moment->progress.completed_steps);
    message_set_text(message, ProgressEvent_Model_name, training_item_name(item, message->arena));
    message_set_int(message, ProgressEvent_Model_completed_steps, snapshot.step);
    message_set_int(message, ProgressEvent_Model_total_steps, item->plan.total_steps);
    message_set_int(message, ProgressEvent_Model_epoch, snapshot.epoch);
    message_set_float(message, ProgressEvent_Model_mean_loss, snapshot.mean_loss);
    message_set_bool(message, ProgressEvent_Model_is_stalled,
        training_is_stalled(&item->plan, &moment->progress));
}

/* That a tuning job has begun to run, or that a training has ended. A tuned model that was
 * cancelled stays usable. */
static struct text training_moment_state(const struct training_moment *moment)
{
    static const struct text ends[] = {[TRAINING_END_NONE] = TEXT_INIT("SUCCEEDED"),
        [TRAINING_END_CANCELLED] = TEXT_INIT("CANCELLED"),
        [TRAINING_END_FAILED] = TEXT_INIT("FAILED"),
        [TRAINING_END_COMPLETED] = TEXT_INIT("SUCCEEDED")};
    const struct training_progress *progress = &moment->progress;
    if (moment->item->job_name.len)
        return progress->is_ended ? ends[progress->end] : TEXT("RUNNING");
    return progress->end == TRAINING_END_FAILED ? TEXT("FAILED") : TEXT("ACTIVE");
}

static void trainings_tell_state(
    struct trainings *trainings, const struct training_moment *moment, struct arena *arena)
{
    const struct training_item *item = moment->item;
    struct text state = training_moment_state(moment);
    struct told_model model = {.name = training_item_name(item, arena),
        .display_name = item->display_name,
        .base_model = item->base_model,
        .state = item->job_name.len ? arena_joined(arena, TEXT("JOB_STATE_"), state) : state};
    tell_model(trainings->events, "state", &model);
}

/* Before its first step. */
static void trainings_tell_started(
    struct trainings *trainings, const struct training_moment *moment, struct arena *arena)
{
    struct training_item *item = moment->item;
    if (item->has_told_start || !moment->progress.is_started)
        return;
    item->has_told_start = true;
    if (item->job_name.len && !moment->progress.is_ended)
        trainings_tell_state(trainings, moment, arena);
}

static void training_set_count_event(struct training_set *set, int64_t mono_ns)
{
    set->told_ns[set->place] = mono_ns;
    set->place = (set->place + 1) % PROGRESS_PER_SECOND;
}

/* Looks at those whose time has come, as many as an event can have. */
static size_t training_set_look(
    struct training_set *set, int64_t now_ns, struct training_moment *moments)
{
    size_t found = 0, seen = 0, first = set->turn < set->count ? set->turn : 0;
    for (; seen < set->count && found < PROGRESS_MODELS_MAX; seen++) {
        struct training_item *item = set->items[(first + seen) % set->count];
        if (item->next_ns > now_ns)
            continue;
        moments[found].item = item;
        moments[found].progress = train_at(&item->plan, now_ns);
        item->next_ns = moments[found].progress.next_ns;
        if (item->next_ns <= now_ns)
            item->next_ns = now_ns + 1; /* it is not looked at twice at a moment */
        found++;
    }
    set->turn = seen == set->count ? 0 : (first + seen) % set->count;
    return found;
}

/* Steps first, and then ends: who waits for a model to end has seen its last step. */
static void trainings_tell(struct trainings *trainings, int64_t now_ns, int64_t mono_ns)
{
    struct training_set *set = trainings->set;
    struct arena arena;
    arena_init_brief(&arena);
    struct training_moment *moments = arena_array(&arena, set->count, sizeof(*moments));
    size_t count = training_set_look(set, now_ns, moments);
    struct message *event = event_new(trainings->events, EVENT_PROGRESS, &arena);
    for (size_t i = 0; i < count; i++) {
        struct training_item *item = moments[i].item;
        int32_t steps = moments[i].progress.completed_steps;
        trainings_tell_started(trainings, &moments[i], &arena);
        if (steps > 0 && steps != item->told_steps)
            training_moment_fill(&moments[i], message_add_child(event, ProgressEvent_models));
        item->told_steps = steps;
    }
    if (message_count(event, ProgressEvent_models) > 0) {
        event_add(trainings->events, EVENT_PROGRESS, event);
        training_set_count_event(set, mono_ns);
    }
    for (size_t i = 0; i < count; i++)
        if (moments[i].progress.is_ended) {
            trainings_tell_state(trainings, &moments[i], &arena);
            trainings_note_skipped(trainings, moments[i].item->seq);
            trainings_drop(trainings, training_set_find(set, moments[i].item->seq));
        }
    arena_release(&arena);
}

/* How long it is until the next event may be told. */
static int64_t training_set_pause(const struct training_set *set, int64_t mono_ns, bool is_asked)
{
    int64_t oldest_ns = set->told_ns[set->place];
    int last = (set->place + PROGRESS_PER_SECOND - 1) % PROGRESS_PER_SECOND;
    int64_t last_ns = set->told_ns[last];
    int64_t until_ns = oldest_ns == INT64_MIN ? mono_ns : oldest_ns + NS_PER_SECOND;
    if (!is_asked && last_ns != INT64_MIN && last_ns + PROGRESS_GAP_NS > until_ns)
        until_ns = last_ns + PROGRESS_GAP_NS;
    return until_ns > mono_ns ? until_ns - mono_ns : 0;
}

/* The earliest time at which one is worth a look. */
static int64_t training_set_next(const struct training_set *set)
{
    int64_t next_ns = INT64_MAX;
    for (size_t i = 0; i < set->count; i++)
        if (set->items[i]->next_ns < next_ns)
            next_ns = set->items[i]->next_ns;
    return next_ns;
}

static int64_t trainings_tell_due(struct trainings *trainings, bool is_asked)
{
    struct training_set *set = trainings->set;
    struct clock *clock = trainings->events->clock;
    int64_t now_ns = clock_now_ns(clock), mono_ns = clock_monotonic_ns();
    int64_t pause_ns = training_set_pause(set, mono_ns, is_asked);
    while (training_set_next(set) <= now_ns && pause_ns == 0) {
        trainings_tell(trainings, now_ns, mono_ns);
        pause_ns = training_set_pause(set, mono_ns, is_asked);
    }
    int64_t next_ns = training_set_next(set);
    if (next_ns == INT64_MAX)
        return INT64_MAX;
    int64_t due_ns = next_ns <= now_ns ? 0 : clock_real_until(clock, next_ns);
    pause_ns = training_set_pause(set, mono_ns, false);
    return due_ns > pause_ns ? due_ns : pause_ns;
}

/* --- what others call --- */

bool trainings_put(struct trainings *trainings, const struct training *training)
{
    pthread_mutex_lock(&trainings->mutex);
    struct training_set *set = trainings_set(trainings);
    size_t index = training_set_find(set, training->seq);
    bool is_there = index < set->count && set->items[index]->seq == training->seq;
    bool is_put = is_there ? trainings_change(trainings, index, training)
                           : trainings_add(trainings, training);
    pthread_mutex_unlock(&trainings->mutex);
    return is_put;
}

void trainings_skip(struct trainings *trainings, int64_t seq)
{
    pthread_mutex_lock(&trainings->mutex);
    trainings_set(trainings);
    trainings_note_skipped(trainings, seq);
    pthread_mutex_unlock(&trainings->mutex);
}

void trainings_remove(struct trainings *trainings, struct text id)
{
    pthread_mutex_lock(&trainings->mutex);
    trainings->round++; /* a search may have found it */
    for (size_t i = trainings->set ? trainings->set->count : 0; i-- > 0;)
        if (text_equals(trainings->set->items[i]->id, id))
            trainings_drop(trainings, i);
    pthread_mutex_unlock(&trainings->mutex);
}

void trainings_forget(struct trainings *trainings)
{
    pthread_mutex_lock(&trainings->mutex);
    struct training_set *set = trainings->set;
    for (size_t i = 0; set && i < set->count; i++)
        training_item_free(trainings, set->items[i]);
    if (set)
        free(set->items);
    free(set);
    trainings->set = NULL;
    trainings->round++;
    trainings->since_ns = clock_now_ns(trainings->events->clock);
    pthread_mutex_unlock(&trainings->mutex);
}

int64_t trainings_tick(struct trainings *trainings, bool is_asked)
{
    int64_t due_ns = INT64_MAX;
    pthread_mutex_lock(&trainings->mutex);
    if (trainings->set && events_are_wanted(trainings->events))
        due_ns = trainings_tell_due(trainings, is_asked);
    pthread_mutex_unlock(&trainings->mutex);
    return due_ns;
}

bool trainings_begin_search(struct trainings *trainings, struct training_search *ret_search)
{
    pthread_mutex_lock(&trainings->mutex);
    bool is_wanted = events_are_wanted(trainings->events);
    struct training_set *set = is_wanted ? trainings_set(trainings) : NULL;
    bool is_begun = set && !set->is_searched && !set->is_being_found;
    if (is_begun) {
        set->is_being_found = true;
        *ret_search = (struct training_search){.after_seq = set->searched_seq,
            .since_ns = trainings->since_ns,
            .round = trainings->round,
            .set_number = trainings->set_number};
    }
    pthread_mutex_unlock(&trainings->mutex);
    return is_begun;
}

void trainings_end_search(struct trainings *trainings, const struct training_search *search,
    const struct training_finding *finding)
{
    pthread_mutex_lock(&trainings->mutex);
    struct training_set *set = trainings->set;
    /* Another search may look for those of a set that is new. */
    if (set && trainings->set_number == search->set_number)
        set->is_being_found = false;
    if (set && trainings->round == search->round) {
        for (size_t i = 0; i < finding->count; i++)
            if (!training_set_has(set, finding->trainings[i].seq) &&
                !training_set_skips(set, finding->trainings[i].seq))
                trainings_add(trainings, &finding->trainings[i]);
        set->searched_seq = finding->last_seq;
        set->is_searched = finding->last_seq == INT64_MAX;
        if (set->is_searched)
            set->skipped_count = 0;
    }
    pthread_mutex_unlock(&trainings->mutex);
}
