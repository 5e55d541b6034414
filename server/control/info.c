#include <inttypes.h>

#include "base/version.h"
#include "server/control/handlers.h"
#include "server/sim/training_plan.h"

/* One line: probes are read by eye, and by grep. */
static enum call_state info_answer_status(struct call *call, struct text status)
{
    struct message *health = call_new_answer(call);
    message_set_text(health, Health_status, status);
    call->style.layout = JSON_COMPACT;
    return call_answer(call, health);
}

enum call_state control_health_get(struct call *call)
{
    return info_answer_status(call, TEXT("ok"));
}

enum call_state control_ready_get(struct call *call)
{
    if (call->app->is_ready)
        return info_answer_status(call, TEXT("ready"));
    info_answer_status(call, TEXT("starting"));
    call->reply->status = 503;
    return CALL_DONE;
}

enum call_state control_info_get(struct call *call)
{
    const struct app_settings *settings = &call->app->settings;
    struct arena *arena = call->arena;
    struct message *info = call_new_answer(call);
    /* The way on which the client came is open to it, also through a port that a container maps;
     * the guard knows the host. */
    struct text host = call->request->headers[HEADER_HOST];
    bool is_strict = settings->fidelity == FIDELITY_STRICT;
    bool is_required = settings->auth == AUTH_REQUIRED;
    message_set_text(info, Info_name, TEXT("tunemock"));
    message_set_text(info, Info_version, TEXT(TUNEMOCK_VERSION));
    message_set_text(info, Info_url, arena_printf(arena, "http://%.*s", TEXT_ARGS(host)));
    message_set_int(info, Info_time, call->now_ns);
    message_set_text(info, Info_fidelity, is_strict ? TEXT("strict") : TEXT("compat"));
    message_set_text(info, Info_auth, is_required ? TEXT("required") : TEXT("open"));
    message_set_text(info, Info_step_time, training_step_text(call->dials.step_ns, arena));
    stream_pace_write(&call->dials.stream_pace, message_make_child(info, Info_stream_delay));
    message_set_text(info, Info_seed, arena_printf(arena, "%" PRIu64, call->dials.seed));
    message_set_int(info, Info_max_body, (int64_t)settings->body_bytes_max);
    message_set_text(info, Info_namespace, call->space->name);
    message_set_text(
        info, Info_isolate, settings->isolate == ISOLATE_KEY ? TEXT("key") : TEXT("none"));
    return call_answer(call, info);
}
