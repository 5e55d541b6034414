#include "base/clock.h"

#include "server/control/handlers.h"

enum call_state control_clock_get(struct call *call)
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
