#include "server/call/pacing.h"

static bool pacing_fail(struct call *call, const char *header, struct text problem)
{
    call_fail_text(call, ERROR_CONTROL_INVALID,
        arena_printf(call->arena, "%s: %.*s", header, TEXT_ARGS(problem)));
    return false;
}

/* Each of these reads a header if the request has it. False, with the call answered, if it says
 * something else. */
static bool pacing_read_latency(struct call *call)
{
    struct text problem, value = text_trim(call->request->headers[HEADER_X_EMULATOR_LATENCY]);
    return text_is_empty(value) ||
           delay_parse(value, call->arena, &call->dials.latency, &problem) ||
           pacing_fail(call, "X-Emulator-Latency", problem);
}

static bool pacing_read_pace(struct call *call)
{
    struct text problem, value = text_trim(call->request->headers[HEADER_X_EMULATOR_STREAM_DELAY]);
    if (text_is_empty(value))
        return true;
    struct stream_pace *pace = arena_alloc(call->arena, sizeof(*pace));
    call->pace = pace;
    return stream_pace_parse(value, call->arena, pace, &problem) ||
           pacing_fail(call, "X-Emulator-Stream-Delay", problem);
}

bool pacing_apply(struct call *call)
{
    if (!pacing_read_latency(call) || !pacing_read_pace(call))
        return false;
    call->reply->delay_ns += dials_draw_delay(&call->space->dials, &call->dials.latency);
    return true;
}
