#include "server/space/events.h"

#include <stdlib.h>

#include "base/clock.h"
#include "base/memory.h"

struct events {
    int64_t last_id;
};

struct events *events_new(void)
{
    return memory_alloc_zeroed(1, sizeof(struct events));
}

void events_free(struct events *events)
{
    free(events);
}

void space_events_init(
    struct space_events *of, struct events *events, struct text name, struct clock *clock)
{
    *of = (struct space_events){.events = events, .name = name, .clock = clock};
}

void space_events_release(struct space_events *of)
{
    (void)of;
}

bool events_are_still_wanted(struct space_events *of, int64_t until_ns)
{
    (void)of;
    return until_ns != 0;
}

struct message *event_new(struct space_events *of, enum event_kind kind, struct arena *arena)
{
    static const enum message_id types[] = {
        [EVENT_REQUEST] = MESSAGE_RequestEvent,
        [EVENT_MODEL] = MESSAGE_ModelEvent,
        [EVENT_PROGRESS] = MESSAGE_ProgressEvent,
        [EVENT_CLOCK] = MESSAGE_ClockEvent,
        [EVENT_FAULT] = MESSAGE_ScriptEvent,
        [EVENT_STUB] = MESSAGE_ScriptEvent,
        [EVENT_STATE] = MESSAGE_StateEvent,
    };
    struct message *event = message_new(arena, types[kind], VERSION_V1BETA);
    message_set_text(event, HelloEvent_namespace, of->name);
    message_set_int(event, HelloEvent_time, clock_now_ns(of->clock));
    return event;
}

void event_add(struct space_events *of, enum event_kind kind, const struct message *event)
{
    (void)of;
    (void)kind;
    (void)event;
}

void events_close(struct space_events *of)
{
    (void)of;
}

void events_look_soon(struct space_events *of)
{
    (void)of;
}
