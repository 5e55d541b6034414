#include "server/call/pacing.h"

/* Reads a header if the request has it. False, with the call answered, if it is no delay. */
static bool pacing_read_header(
    struct call *call, enum request_header header, const char *name, struct delay *ret_delay)
{
    struct text problem, value = text_trim(call->request->headers[header]);
    if (text_is_empty(value) || delay_parse(value, call->arena, ret_delay, &problem))
        return true;
    call_fail_text(call, ERROR_CONTROL_INVALID,
        arena_printf(call->arena, "%s: %.*s", name, TEXT_ARGS(problem)));
    return false;
}

bool pacing_apply(struct call *call)
{
    struct dials *dials = &call->dials;
    if (!pacing_read_header(
            call, HEADER_X_EMULATOR_LATENCY, "X-Emulator-Latency", &dials->latency) ||
        !pacing_read_header(
            call, HEADER_X_EMULATOR_STREAM_DELAY, "X-Emulator-Stream-Delay", &dials->stream_delay))
        return false;
    call->reply->delay_ns += dials_draw_delay(&call->space->dials, &dials->latency);
    return true;
}
