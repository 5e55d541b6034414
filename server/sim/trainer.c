#include "server/sim/trainer.h"

#include <assert.h>
#include <math.h>

#include "base/timefmt.h"
#include "server/sim/curves.h"
#include "server/sim/instant.h"
#include "server/sim/step_times.h"
#include "server/sim/training_moves.h"

int32_t training_total_steps(int64_t example_count, int32_t epoch_count, int32_t batch_size)
{
    assert(epoch_count >= 1 && batch_size >= 1);
    if (example_count <= 0)
        return epoch_count;
    int64_t seen = instant_multiply(example_count, epoch_count);
    int64_t steps = seen / batch_size + (seen % batch_size != 0);
    return steps > INT32_MAX ? INT32_MAX : (int32_t)steps;
}

bool training_plan_is_valid(const struct training_plan *plan)
{
    bool has_numbers = plan->curve < TRAINING_CURVE_COUNT && plan->example_count >= 0 &&
                       plan->batch_size >= 1 && plan->epoch_count >= 1 && plan->learning_rate > 0 &&
                       isfinite(plan->learning_rate);
    bool has_end_time = plan->end != TRAINING_END_NONE && !plan->has_end_step;
    bool has_times = plan->start_ns >= TIME_MIN_NS && plan->step_ns >= TRAINING_STEP_REAL &&
                     (!has_end_time || plan->end_ns >= TIME_MIN_NS);
    bool has_steps = plan->end_step >= 0 && plan->end_step <= plan->total_steps &&
                     plan->stall_step >= 0 && plan->stall_step <= plan->total_steps &&
                     (!plan->has_end_step || plan->end == TRAINING_END_FAILED);
    bool has_pacing = plan->pacing.by <= TRAINING_BY_POLLS && plan->looks >= 0 &&
                      plan->looks <= plan->pacing.polls &&
                      plan->pacing.polls <= TRAINING_POLLS_MAX &&
                      (plan->pacing.by == TRAINING_BY_POLLS) == (plan->pacing.polls > 0);
    return has_numbers && has_times && has_steps && has_pacing && training_moves_fit(plan->moves) &&
           plan->end <= TRAINING_END_COMPLETED &&
           plan->total_steps ==
               training_total_steps(plan->example_count, plan->epoch_count, plan->batch_size);
}

int32_t training_epoch_of_step(const struct training_plan *plan, int32_t step)
{
    int64_t pass = curves_pass_of_step(plan, step);
    return pass > plan->epoch_count ? plan->epoch_count : (int32_t)pass;
}

/* --- between the moves --- */

/* What goes on by itself: from the start or a move, to the next one or the end. */
struct trainer_part {
    bool is_moved; /* it follows upon `move` */
    struct training_move move;
    int32_t first, last; /* steps that are done when it begins, and at most when it ends */
};

/* Moves that cannot have happened may have steps that there are not. */
static int32_t trainer_clamp(const struct training_plan *plan, int32_t step)
{
    return step < 0 ? 0 : step < plan->total_steps ? step : plan->total_steps;
}

static struct trainer_part trainer_part_after(const struct training_plan *plan, size_t move_count)
{
    struct trainer_part part = {.last = plan->total_steps};
    if (move_count > 0) {
        part.is_moved = true;
        part.move = training_moves_at(plan->moves, move_count - 1);
        part.first = trainer_clamp(plan, part.move.to_step);
    }
    if (move_count < training_moves_count(plan->moves))
        part.last = trainer_clamp(plan, training_moves_at(plan->moves, move_count).from_step);
    return part;
}

/* How many moves were made by now. Where time moves nothing, it does not count for them either. */
static size_t trainer_moves_until(const struct training_plan *plan, int64_t now_ns)
{
    return plan->pacing.by == TRAINING_BY_TIME ? training_moves_until(plan->moves, now_ns)
                                               : training_moves_count(plan->moves);
}

/* How many moves end before this step. */
static size_t trainer_moves_before(const struct training_plan *plan, int32_t step)
{
    size_t done = 0, open = training_moves_count(plan->moves);
    while (done < open) {
        size_t middle = done + (open - done) / 2;
        if (training_moves_at(plan->moves, middle).to_step < step)
            done = middle + 1;
        else
            open = middle;
    }
    return done;
}

/* When a step that a move has done is computed: nanoseconds after it, as many as there are steps
 * before, so that it is later than all of these without a look at them. */
static int64_t trainer_moved_time(
    const struct training_plan *plan, struct training_move move, int32_t step)
{
    int64_t at_ns = move.at_ns > plan->start_ns ? move.at_ns : plan->start_ns;
    return instant_after_ticks(instant_add(instant_floor(at_ns), NS_PER_US), step);
}

/* When the last step before a part would have been done if nobody had moved it. */
static int64_t trainer_part_origin(
    const struct training_plan *plan, const struct trainer_part *part)
{
    return part->first > 0 ? step_time(plan, part->first) : plan->start_ns;
}

/* When a step of a part ends. After a move all goes on as it would have, later or earlier by a time
 * of whole microseconds. */
static int64_t trainer_part_time(
    const struct training_plan *plan, const struct trainer_part *part, int32_t step)
{
    if (plan->pacing.by != TRAINING_BY_TIME)
        return INT64_MAX;
    if (!part->is_moved)
        return step_time(plan, step);
    int64_t move_ns = trainer_moved_time(plan, part->move, part->first);
    int64_t count = step - part->first;
    if (plan->step_ns == 0)
        return instant_after_ticks(move_ns, count < INSTANT_TICKS_MAX ? count : INSTANT_TICKS_MAX);
    if (plan->step_ns > 0 && plan->step_ns < NS_PER_US)
        return instant_after_ticks(move_ns, plan->step_ns * count);
    int64_t time_ns = step_time(plan, step);
    int64_t origin_ns = trainer_part_origin(plan, part);
    if (time_ns == INT64_MAX || origin_ns == INT64_MAX)
        return INT64_MAX;
    return instant_add(instant_floor(move_ns), instant_subtract(time_ns, instant_floor(origin_ns)));
}

/* When a part begins. */
static int64_t trainer_part_moment(
    const struct training_plan *plan, const struct trainer_part *part)
{
    return part->is_moved ? part->move.at_ns : instant_moment(plan->start_ns);
}

/* The time that it would be now if nobody had moved the training. */
static int64_t trainer_part_now(
    const struct training_plan *plan, const struct trainer_part *part, int64_t now_ns)
{
    if (!part->is_moved)
        return now_ns;
    int64_t move_ns = instant_floor(trainer_moved_time(plan, part->move, part->first));
    return instant_add(
        instant_floor(trainer_part_origin(plan, part)), instant_subtract(now_ns, move_ns));
}

/* How many steps of all are done by now, which is in the part; by bisection. */
static int32_t trainer_part_steps(
    const struct training_plan *plan, const struct trainer_part *part, int64_t now_ns)
{
    int32_t done = part->first;
    int32_t open = part->last; /* the answer is in [done, open] */
    if (plan->pacing.by != TRAINING_BY_TIME || now_ns < trainer_part_moment(plan, part))
        return done;
    if (plan->step_ns == 0)
        return open;
    if (plan->step_ns == TRAINING_STEP_REAL)
        step_times_narrow(plan, trainer_part_now(plan, part, now_ns), &done, &open);
    while (done < open) {
        int32_t middle = open - (open - done) / 2;
        int64_t time_ns = trainer_part_time(plan, part, middle);
        if (time_ns != INT64_MAX && instant_moment(time_ns) <= now_ns)
            done = middle;
        else
            open = middle - 1;
    }
    return done;
}

/* --- over all parts, up to an end --- */

/* When a step is computed if nothing cuts training short. Rises with every step. */
static int64_t trainer_step_time(const struct training_plan *plan, int32_t step)
{
    /* Nearly all were never moved, and their answers have hundreds of these. */
    if (plan->moves.len == 0 && plan->pacing.by == TRAINING_BY_TIME)
        return step_time(plan, step);
    size_t before = trainer_moves_before(plan, step);
    if (before < training_moves_count(plan->moves)) {
        struct training_move move = training_moves_at(plan->moves, before);
        if (step > move.from_step)
            return trainer_moved_time(plan, move, step);
    }
    struct trainer_part part = trainer_part_after(plan, before);
    return trainer_part_time(plan, &part, step);
}

/* When so many steps are done; INT64_MAX if nobody knows. */
static int64_t trainer_step_moment(const struct training_plan *plan, int32_t step)
{
    size_t before = trainer_moves_before(plan, step);
    if (step == 0)
        return instant_moment(plan->start_ns);
    if (before < training_moves_count(plan->moves)) {
        struct training_move move = training_moves_at(plan->moves, before);
        if (step > move.from_step)
            return move.at_ns;
    }
    struct trainer_part part = trainer_part_after(plan, before);
    if (plan->step_ns == 0 && plan->pacing.by == TRAINING_BY_TIME)
        return trainer_part_moment(plan, &part);
    return instant_moment(trainer_part_time(plan, &part, step));
}

/* The steps beyond which it does not get by itself. */
static int32_t trainer_limit(const struct training_plan *plan)
{
    int32_t limit = plan->total_steps;
    if (plan->has_end_step && plan->end_step < limit)
        limit = plan->end_step;
    if (plan->has_stall_step && plan->stall_step < limit)
        limit = plan->stall_step;
    return limit;
}

/* How many steps have happened by now if nothing cut training short. */
static int32_t trainer_steps_at(const struct training_plan *plan, int64_t now_ns)
{
    struct trainer_part part = trainer_part_after(plan, trainer_moves_until(plan, now_ns));
    int32_t steps = trainer_part_steps(plan, &part, now_ns);
    int32_t limit = trainer_limit(plan);
    return steps < limit ? steps : limit;
}

static bool trainer_is_started(const struct training_plan *plan, int64_t now_ns)
{
    return instant_moment(plan->start_ns) <= now_ns || trainer_moves_until(plan, now_ns) > 0;
}

/* The last step, or the move that found it done already. */
static int64_t trainer_last_time(const struct training_plan *plan)
{
    int64_t last_ns = trainer_step_time(plan, plan->total_steps);
    size_t count = training_moves_count(plan->moves);
    if (count == 0)
        return last_ns;
    struct training_move move = training_moves_at(plan->moves, count - 1);
    return move.to_step == plan->total_steps && move.at_ns > last_ns ? move.at_ns : last_ns;
}

static int64_t trainer_natural_complete(const struct training_plan *plan)
{
    return instant_ceil(instant_add(trainer_last_time(plan), step_times_finish(plan)));
}

/* When training comes to its last step, if nothing ends it before. Instant training does not wait
 * for its ticks. */
static int64_t trainer_natural_end(const struct training_plan *plan)
{
    if (plan->pacing.by != TRAINING_BY_TIME || plan->has_stall_step)
        return INT64_MAX;
    if (plan->step_ns != 0)
        return trainer_natural_complete(plan);
    struct trainer_part part = trainer_part_after(plan, training_moves_count(plan->moves));
    return trainer_part_moment(plan, &part);
}

/* How and when it ends: TRAINING_END_NONE if at its last step; INT64_MAX if nobody knows when. */
struct trainer_ending {
    enum training_end how;
    int64_t at_ns;
};

static struct trainer_ending trainer_find_ending(const struct training_plan *plan)
{
    if (plan->has_end_step) {
        bool is_out_of_reach = trainer_limit(plan) < plan->end_step;
        return (struct trainer_ending){
            plan->end, is_out_of_reach ? INT64_MAX : trainer_step_moment(plan, plan->end_step)};
    }
    /* Cancelling, failing or completing what has ended already changes nothing. */
    int64_t natural_ns = trainer_natural_end(plan);
    if (plan->end != TRAINING_END_NONE && plan->end_ns < natural_ns)
        return (struct trainer_ending){plan->end, plan->end_ns};
    return (struct trainer_ending){TRAINING_END_NONE, natural_ns};
}

/*
 * When a step happens that was still to come when training was forced to complete: a microsecond
 * apart and just before that, or nanoseconds apart if there is no room for this.
 */
static int64_t trainer_forced_time(const struct training_plan *plan, int32_t step, int32_t done)
{
    int64_t last_ns = done > 0 ? trainer_step_time(plan, done) : plan->start_ns;
    int64_t forced_count = plan->total_steps - done;
    int64_t left_count = plan->total_steps - step;
    uint64_t hash = step_times_digits(plan, step);
    if (plan->end_ns > instant_add(last_ns, (forced_count + 1) * NS_PER_US))
        return instant_stamp(plan->end_ns - (left_count + 1) * NS_PER_US, hash);
    int64_t ticks = step - done;
    return instant_after_ticks(last_ns, ticks < INSTANT_TICKS_MAX ? ticks : INSTANT_TICKS_MAX);
}

/*
 * The last step that happens at its own time; those after it were still to come when training was
 * forced to complete.
 */
static int32_t trainer_last_timed_step(const struct training_plan *plan)
{
    bool is_forced = plan->end == TRAINING_END_COMPLETED &&
                     trainer_find_ending(plan).how == TRAINING_END_COMPLETED;
    return is_forced ? trainer_steps_at(plan, plan->end_ns) : plan->total_steps;
}

/* When the snapshot of a step was computed. */
static int64_t trainer_snapshot_time(
    const struct training_plan *plan, int32_t step, int32_t last_timed_step)
{
    return step > last_timed_step ? trainer_forced_time(plan, step, last_timed_step)
                                  : trainer_step_time(plan, step);
}

/* completeTime of a training that was cut short: then, but never before its last snapshot. */
static int64_t trainer_cut_complete(
    const struct training_plan *plan, int64_t at_ns, int32_t completed_steps)
{
    int64_t end_ns = instant_floor(at_ns);
    if (completed_steps == 0)
        return end_ns;
    int64_t last_ns =
        instant_ceil(trainer_snapshot_time(plan, completed_steps, trainer_last_timed_step(plan)));
    return last_ns > end_ns ? last_ns : end_ns;
}

static struct training_progress trainer_cut_progress(
    const struct training_plan *plan, struct trainer_ending ending)
{
    bool is_forced = ending.how == TRAINING_END_COMPLETED;
    int32_t completed_steps = is_forced ? plan->total_steps : trainer_steps_at(plan, ending.at_ns);
    return (struct training_progress){
        .completed_steps = completed_steps,
        .is_started = is_forced || trainer_is_started(plan, ending.at_ns),
        .is_ended = true,
        .end = ending.how,
        .complete_ns = trainer_cut_complete(plan, ending.at_ns, completed_steps),
        .next_ns = INT64_MAX,
    };
}

/* When something changes next by itself in a training that goes on. */
static int64_t trainer_next(const struct training_plan *plan,
    const struct training_progress *progress, int64_t end_ns, int64_t now_ns)
{
    int64_t next_ns = end_ns;
    size_t moves = trainer_moves_until(plan, now_ns);
    struct trainer_part part = trainer_part_after(plan, moves);
    int32_t limit = trainer_limit(plan);
    if (!progress->is_started)
        next_ns = instant_moment(plan->start_ns);
    else if (progress->completed_steps < part.last && progress->completed_steps < limit &&
             plan->step_ns != 0)
        next_ns = instant_moment(trainer_part_time(plan, &part, progress->completed_steps + 1));
    if (moves < training_moves_count(plan->moves)) {
        int64_t move_ns = training_moves_at(plan->moves, moves).at_ns;
        next_ns = move_ns < next_ns ? move_ns : next_ns;
    }
    return end_ns < next_ns ? end_ns : next_ns;
}

struct training_progress train_at(const struct training_plan *plan, int64_t now_ns)
{
    assert(plan->total_steps >= 1 && plan->batch_size >= 1 && plan->epoch_count >= 1);
    assert(plan->step_ns >= TRAINING_STEP_REAL);
    struct trainer_ending ending = trainer_find_ending(plan);
    bool is_ended = ending.at_ns != INT64_MAX && ending.at_ns <= now_ns;
    if (is_ended && ending.how != TRAINING_END_NONE)
        return trainer_cut_progress(plan, ending);
    struct training_progress progress = {
        .completed_steps = trainer_steps_at(plan, now_ns),
        .is_started = trainer_is_started(plan, now_ns),
        .is_ended = is_ended,
        .next_ns = INT64_MAX,
    };
    if (is_ended)
        progress.complete_ns = trainer_natural_complete(plan);
    else
        progress.next_ns = trainer_next(plan, &progress, ending.at_ns, now_ns);
    return progress;
}

bool training_is_stalled(const struct training_plan *plan, const struct training_progress *progress)
{
    return !progress->is_ended && plan->has_stall_step &&
           progress->completed_steps >= plan->stall_step;
}

int32_t training_seen_examples(const struct training_plan *plan, int64_t now_ns)
{
    int64_t taken = (int64_t)train_at(plan, now_ns).completed_steps * plan->batch_size;
    return taken < plan->example_count ? (int32_t)taken : plan->example_count;
}

struct training_course training_course_of(const struct training_plan *plan)
{
    return (struct training_course){
        .plan = plan,
        .curves = curves_prepare(plan),
        .last_timed_step = trainer_last_timed_step(plan),
    };
}

static float trainer_course_loss(const struct training_course *course, int32_t step)
{
    return step <= course->loss_count ? course->losses[step - 1]
                                      : (float)curves_loss(&course->curves, step);
}

void training_course_losses(
    const struct training_course *course, int32_t first, int32_t count, float *ret_losses)
{
    for (int32_t i = 0; i < count; i++)
        ret_losses[i] = trainer_course_loss(course, first + i);
}

struct training_snapshot training_course_snapshot(
    const struct training_course *course, int32_t step)
{
    const struct training_plan *plan = course->plan;
    assert(step >= 1 && step <= plan->total_steps);
    return (struct training_snapshot){
        .step = step,
        .epoch = training_epoch_of_step(plan, step),
        .mean_loss = trainer_course_loss(course, step),
        .compute_ns = trainer_snapshot_time(plan, step, course->last_timed_step),
    };
}

struct training_snapshot training_snapshot_at(const struct training_plan *plan, int32_t step)
{
    struct training_course course = training_course_of(plan);
    return training_course_snapshot(&course, step);
}

/* True if a move can follow upon the part before it. How fast that was cannot be told of recorded
 * step times, as who asks may not know the base model. */
static bool trainer_move_is_sound(
    const struct training_plan *plan, const struct trainer_part *part, struct training_move move)
{
    struct trainer_part open = *part;
    open.last = plan->total_steps;
    return move.at_ns >= TIME_MIN_NS && (!part->is_moved || move.at_ns >= part->move.at_ns) &&
           move.from_step >= part->first && move.to_step >= move.from_step &&
           (plan->step_ns == TRAINING_STEP_REAL ||
               move.from_step <= trainer_part_steps(plan, &open, move.at_ns)) &&
           move.to_step <= trainer_limit(plan);
}

bool training_plan_is_sound(const struct training_plan *plan)
{
    for (size_t i = 0; i < training_moves_count(plan->moves); i++) {
        struct trainer_part part = trainer_part_after(plan, i);
        if (!trainer_move_is_sound(plan, &part, training_moves_at(plan->moves, i)))
            return false;
    }
    return true;
}
