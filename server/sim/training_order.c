#include "server/sim/training_order.h"

#include "server/sim/trainer.h"
#include "server/sim/training_moves.h"

/* A plan that is being changed. */
struct training_turn {
    struct training_plan *plan;
    const struct training_order *order;
    int64_t now_ns;
    int32_t steps; /* that are done now */
    bool is_started;
    struct arena *arena;
};

static void training_turn_end(struct training_turn *turn, enum training_end end)
{
    turn->plan->end = end;
    turn->plan->end_ns = turn->now_ns;
    turn->plan->has_end_step = false;
    turn->plan->end_step = 0;
}

/*
 * Puts the training to a step from the one that it has come to. Moves of one moment are one move,
 * which comes to the same: their steps are told apart by their number. So are all that are beyond
 * TRAINING_MOVES_MAX where only moves move it; their steps seem computed at the time of the last.
 */
static enum training_answer training_turn_move(struct training_turn *turn, int32_t to_step)
{
    struct training_plan *plan = turn->plan;
    struct training_move move = {turn->now_ns, turn->steps, to_step};
    bool is_by_time = plan->pacing.by == TRAINING_BY_TIME;
    size_t count = training_moves_count(plan->moves);
    /* A clock that was set back by a new start undoes what time has brought. */
    if (is_by_time)
        count = training_moves_until(plan->moves, turn->now_ns);
    if (count > 0) {
        struct training_move last = training_moves_at(plan->moves, count - 1);
        bool is_full = count == TRAINING_MOVES_MAX && !is_by_time;
        if (last.at_ns > move.at_ns)
            move.at_ns = last.at_ns;
        if (last.to_step == move.from_step && (last.at_ns == move.at_ns || is_full)) {
            move = (struct training_move){last.at_ns, last.from_step, to_step};
            count--;
        }
    }
    if (count == TRAINING_MOVES_MAX)
        return TRAINING_MOVED_TOO_OFTEN;
    plan->moves = training_moves_add(plan->moves, count, move, turn->arena);
    return TRAINING_OBEYS;
}

/* True if it has come to the step at which it stalls. */
static bool training_turn_stands(const struct training_turn *turn)
{
    return turn->plan->has_stall_step && turn->steps >= turn->plan->stall_step;
}

/* Goes on to a step, or as far as it may. The last one ends it. */
static enum training_answer training_turn_go(struct training_turn *turn, int64_t to_step)
{
    const struct training_plan *plan = turn->plan;
    bool is_stalled = plan->has_stall_step && plan->stall_step <= to_step;
    if (is_stalled)
        to_step = plan->stall_step;
    if (plan->has_end_step && plan->end_step < to_step)
        to_step = plan->end_step;
    if (to_step >= plan->total_steps && !is_stalled && !plan->has_end_step) {
        training_turn_end(turn, TRAINING_END_COMPLETED);
        return TRAINING_OBEYS;
    }
    return to_step > turn->steps ? training_turn_move(turn, (int32_t)to_step) : TRAINING_OBEYS;
}

static enum training_answer training_turn_fail(struct training_turn *turn)
{
    const struct training_order *order = turn->order;
    training_turn_end(turn, TRAINING_END_FAILED);
    if (!order->has_step || order->step <= turn->steps)
        return TRAINING_OBEYS;
    turn->plan->end_ns = 0;
    turn->plan->has_end_step = true;
    turn->plan->end_step = order->step;
    return TRAINING_OBEYS;
}

static enum training_answer training_turn_resume(struct training_turn *turn)
{
    struct training_plan *plan = turn->plan;
    bool stands = training_turn_stands(turn);
    plan->has_stall_step = false;
    plan->stall_step = 0;
    if (!stands)
        return TRAINING_OBEYS;
    if (plan->pacing.by == TRAINING_BY_TIME)
        return turn->is_started ? training_turn_move(turn, turn->steps) : TRAINING_OBEYS;
    /* It has nowhere left to go. */
    return turn->steps == plan->total_steps ? training_turn_go(turn, turn->steps) : TRAINING_OBEYS;
}

static enum training_answer training_turn_stall(struct training_turn *turn)
{
    struct training_plan *plan = turn->plan;
    const struct training_order *order = turn->order;
    int32_t step = order->has_step && order->step > turn->steps ? order->step : turn->steps;
    if (step > turn->steps && training_turn_stands(turn)) {
        enum training_answer answer = training_turn_resume(turn);
        if (answer != TRAINING_OBEYS)
            return answer;
    }
    plan->has_stall_step = true;
    plan->stall_step = step;
    return TRAINING_OBEYS;
}

/* Look k of N shows k N-ths of the steps. */
static enum training_answer training_turn_look(struct training_turn *turn)
{
    struct training_plan *plan = turn->plan;
    if (plan->pacing.by != TRAINING_BY_POLLS || training_turn_stands(turn))
        return TRAINING_OBEYS;
    if (plan->looks < plan->pacing.polls)
        plan->looks++;
    return training_turn_go(turn, (int64_t)plan->looks * plan->total_steps / plan->pacing.polls);
}

static enum training_answer training_turn_follow(struct training_turn *turn)
{
    switch (turn->order->kind) {
    case TRAINING_CANCEL:
        training_turn_end(turn, TRAINING_END_CANCELLED);
        return TRAINING_OBEYS;
    case TRAINING_COMPLETE:
        training_turn_end(turn, TRAINING_END_COMPLETED);
        return TRAINING_OBEYS;
    case TRAINING_FAIL:
        return training_turn_fail(turn);
    case TRAINING_STALL:
        return training_turn_stall(turn);
    case TRAINING_RESUME:
        return training_turn_resume(turn);
    case TRAINING_ADVANCE:
        return training_turn_go(turn, (int64_t)turn->steps + turn->order->step);
    case TRAINING_LOOK:
        return training_turn_look(turn);
    }
    return TRAINING_OBEYS;
}

enum training_answer training_order_follow(struct training_plan *plan,
    const struct training_order *order, int64_t now_ns, struct arena *arena)
{
    struct training_plan changed = *plan;
    struct training_progress progress = train_at(plan, now_ns);
    struct training_turn turn = {
        &changed, order, now_ns, progress.completed_steps, progress.is_started, arena};
    enum training_answer answer =
        progress.is_ended ? TRAINING_HAS_ENDED : training_turn_follow(&turn);
    if (answer == TRAINING_OBEYS)
        *plan = changed;
    return answer;
}
