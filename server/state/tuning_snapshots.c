#include "server/state/tuning_snapshots.h"

#include "server/sim/trainer.h"
#include "server/state/kept_key.h"

enum {
    /* Of longer lists, which have no end, the losses are kept in place of the text: they are what
     * takes longest to make, and a fortieth of it. */
    KEPT_TEXT_STEPS_MAX = 2000,
    LOSSES_AT_ONCE = 512
};

struct tuning_snapshots {
    struct training_plan plan;
    struct kept *kept;
    struct arena *arena;
    int32_t count;
    bool has_course; /* it is worked out when the first snapshot is made */
    struct training_course course;
    struct text key; /* of the text that was looked for last */
};

/* All that losses are a function of; see curves.h. */
static struct text tuning_snapshots_losses_key(const struct tuning_snapshots *snapshots)
{
    const struct training_plan *plan = &snapshots->plan;
    struct kept_key key;
    kept_key_begin(&key, KEPT_LOSSES);
    kept_key_add(&key, plan->curve);
    kept_key_add_int(&key, plan->example_count);
    kept_key_add_int(&key, plan->batch_size);
    kept_key_add_double(&key, plan->learning_rate);
    kept_key_add(&key, plan->data_hash);
    kept_key_add(&key, plan->noise_seed);
    return kept_key_end(&key, snapshots->arena);
}

static struct text tuning_snapshots_text_key(
    const struct tuning_snapshots *snapshots, uint64_t place)
{
    struct kept_key key;
    kept_key_begin(&key, KEPT_SNAPSHOTS);
    kept_key_add(&key, place);
    kept_key_add_plan(&key, &snapshots->plan);
    return kept_key_end(&key, snapshots->arena);
}

/* Gives the course the losses that are kept, after adding those that are not. */
static void tuning_snapshots_use_losses(struct tuning_snapshots *snapshots)
{
    struct training_course *course = &snapshots->course;
    struct text key = tuning_snapshots_losses_key(snapshots);
    float losses[LOSSES_AT_ONCE];
    int32_t done = (int32_t)kept_find(snapshots->kept, key).number;
    while (done < snapshots->count) {
        int32_t left = snapshots->count - done;
        int32_t count = left < LOSSES_AT_ONCE ? left : LOSSES_AT_ONCE;
        training_course_losses(course, done + 1, count, losses);
        done += count;
        struct text bytes = {(const char *)losses, (size_t)count * sizeof(losses[0])};
        if (!kept_add(snapshots->kept, key, (struct kept_value){bytes, done}))
            break;
    }
    struct kept_value value = kept_find(snapshots->kept, key);
    course->losses = (const float *)(const void *)value.bytes.bytes;
    course->loss_count = (int32_t)value.number;
}

static bool tuning_snapshots_have_text(const struct tuning_snapshots *snapshots)
{
    return snapshots->plan.total_steps <= KEPT_TEXT_STEPS_MAX;
}

static void tuning_snapshots_fill(void *context, size_t index, struct message *message)
{
    struct tuning_snapshots *snapshots = context;
    if (!snapshots->has_course) {
        snapshots->has_course = true;
        snapshots->course = training_course_of(&snapshots->plan);
        if (!tuning_snapshots_have_text(snapshots) && snapshots->kept)
            tuning_snapshots_use_losses(snapshots);
    }
    struct training_snapshot snapshot =
        training_course_snapshot(&snapshots->course, (int32_t)index + 1);
    message_set_int(message, TuningSnapshot_step, snapshot.step);
    message_set_int(message, TuningSnapshot_epoch, snapshot.epoch);
    message_set_float(message, TuningSnapshot_mean_loss, snapshot.mean_loss);
    message_set_int(message, TuningSnapshot_compute_time, snapshot.compute_ns);
}

/* The first `count` of the snapshots in a text of more: only they have braces. */
static struct text tuning_snapshots_cut(struct text text, size_t count)
{
    size_t end = 0;
    while (count-- > 0)
        end += text_find_byte(text_slice(text, end, text.len), '}') + 1;
    return text_slice(text, 0, end);
}

static struct text tuning_snapshots_find_text(void *context, uint64_t place, size_t *ret_count)
{
    struct tuning_snapshots *snapshots = context;
    snapshots->key = tuning_snapshots_text_key(snapshots, place);
    struct kept_value value = kept_find(snapshots->kept, snapshots->key);
    size_t count = (size_t)snapshots->count, kept_count = (size_t)value.number;
    *ret_count = kept_count < count ? kept_count : count;
    return kept_count > count ? tuning_snapshots_cut(value.bytes, count) : value.bytes;
}

static void tuning_snapshots_keep_text(void *context, struct text added)
{
    struct tuning_snapshots *snapshots = context;
    kept_add(snapshots->kept, snapshots->key, (struct kept_value){added, snapshots->count});
}

void tuning_snapshots_set(struct message *message, unsigned field, const struct training_plan *plan,
    int32_t count, struct kept *kept)
{
    static const struct list_keeper keeper = {
        tuning_snapshots_find_text, tuning_snapshots_keep_text};
    if (count == 0)
        return;
    struct tuning_snapshots *snapshots = arena_alloc(message->arena, sizeof(*snapshots));
    snapshots->plan = *plan;
    snapshots->kept = kept;
    snapshots->arena = message->arena;
    snapshots->count = count;
    message_set_made(message, field, (size_t)count, tuning_snapshots_fill, snapshots);
    if (kept && tuning_snapshots_have_text(snapshots))
        message_keep_made(message, field, &keeper);
}
