#include "base/timefmt.h"
#include "server/call/headers.h"
#include "server/control/handlers.h"
#include "server/space/clock_message.h"
#include "server/space/tell.h"

static enum call_state clock_answer(struct call *call, const struct clock_view *view)
{
    struct message *clock = call_new_answer(call);
    clock_message_fill(clock, view);
    return call_answer(call, clock);
}

/* The clock has changed: all who wait look at it again. */
static enum call_state clock_answer_changed(struct call *call, const struct clock_view *view)
{
    watches_notify_all(&call->space->watches);
    tell_clock(&call->space->events);
    trainings_tick(&call->space->trainings, true);
    call->now_ns = view->now_ns;
    headers_renew_date(call);
    return clock_answer(call, view);
}

enum call_state control_clock_get(struct call *call)
{
    struct clock_view view = clock_look(&call->space->clock);
    return clock_answer(call, &view);
}

enum call_state control_clock_patch(struct call *call)
{
    struct clock_change change;
    struct clock_view view;
    struct text problem;
    if (!clock_message_read(call->in, &change, &problem))
        return call_fail_text(call, ERROR_CONTROL_INVALID, problem);
    if (clock_change(&call->space->clock, &change, &view))
        return clock_answer_changed(call, &view);
    char now[TIME_TEXT_MAX];
    time_format(view.now_ns, now);
    return call_fail_text(call, ERROR_CONTROL_INVALID,
        arena_printf(call->arena, "time: must not be before the emulated time, %s", now));
}

enum call_state control_clock_advance(struct call *call)
{
    struct clock *clock = &call->space->clock;
    if (!message_has(call->in, AdvanceClockRequest_duration))
        return call_fail_text(call, ERROR_CONTROL_INVALID, TEXT("duration: is needed"));
    if (!clock_advance(clock, message_int(call->in, AdvanceClockRequest_duration)))
        return call_fail_text(call, ERROR_CONTROL_INVALID,
            TEXT("duration: must not be negative, nor lead beyond the year 2261"));
    struct clock_view view = clock_look(clock);
    return clock_answer_changed(call, &view);
}
