#include "base/clock.h"

#include "server/call/headers.h"
#include "server/control/handlers.h"

static enum call_state clock_answer(struct call *call)
{
    static const struct text mode_names[] = {
        [CLOCK_MODE_REAL] = TEXT_INIT("real"),
        [CLOCK_MODE_FROZEN] = TEXT_INIT("frozen"),
        [CLOCK_MODE_RATE] = TEXT_INIT("rate"),
    };
    const struct clock_setting *setting = &call->space->settings.clock;
    struct message *clock = call_new_answer(call);
    message_set_int(clock, Clock_time, call->now_ns);
    message_set_text(clock, Clock_mode, mode_names[setting->mode]);
    message_set_double(clock, Clock_rate, setting->mode == CLOCK_MODE_RATE ? setting->rate : 1);
    return call_answer(call, clock);
}

enum call_state control_clock_get(struct call *call)
{
    return clock_answer(call);
}

enum call_state control_clock_advance(struct call *call)
{
    struct space *space = call->space;
    if (!message_has(call->in, AdvanceClockRequest_duration))
        return call_fail_text(call, ERROR_CONTROL_INVALID, TEXT("duration: is needed"));
    if (!clock_advance(&space->clock, message_int(call->in, AdvanceClockRequest_duration)))
        return call_fail_text(call, ERROR_CONTROL_INVALID,
            TEXT("duration: must not be negative, nor lead beyond the year 2261"));
    watches_notify_all(&space->watches);
    call->now_ns = clock_now_ns(&space->clock);
    headers_renew_date(call);
    return clock_answer(call);
}
