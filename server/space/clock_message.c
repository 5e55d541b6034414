#include "server/space/clock_message.h"

#include "base/timefmt.h"

static bool clock_message_fail(struct text problem, struct text *ret_problem)
{
    *ret_problem = problem;
    return false;
}

bool clock_message_read(
    const struct message *message, struct clock_change *ret_change, struct text *ret_problem)
{
    struct clock_change change = {
        .has_time = message_has(message, Clock_time),
        .has_mode = message_has(message, Clock_mode),
        .has_rate = message_has(message, Clock_rate),
        .time_ns = message_int(message, Clock_time),
        .rate = message_double(message, Clock_rate),
        .mode = CLOCK_MODE_RATE,
    };
    /* Later years are read as the last moment that there is. */
    if (change.has_time && change.time_ns >= TIME_MAX_NS)
        return clock_message_fail(TEXT("time: must not lead beyond the year 2261"), ret_problem);
    if (change.has_mode && !clock_mode_parse(message_text(message, Clock_mode), &change.mode))
        return clock_message_fail(TEXT("mode: must be real, frozen or rate"), ret_problem);
    if (change.has_rate && !clock_rate_is_good(change.rate))
        return clock_message_fail(TEXT("rate: must be above 0 and at most 1000000"), ret_problem);
    if (change.has_rate && change.mode != CLOCK_MODE_RATE && change.rate != 1)
        return clock_message_fail(
            TEXT("rate: must be 1, or missing, unless mode is rate"), ret_problem);
    change.has_mode = change.has_mode || change.has_rate;
    change.has_rate = change.has_rate && change.mode == CLOCK_MODE_RATE;
    *ret_change = change;
    return true;
}

void clock_message_fill(struct message *message, const struct clock_view *view)
{
    message_set_int(message, Clock_time, view->now_ns);
    message_set_text(message, Clock_mode, clock_mode_text(view->mode));
    message_set_double(message, Clock_rate, view->rate);
}
