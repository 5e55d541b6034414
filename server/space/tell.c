#include "server/space/tell.h"

#include "server/space/clock_message.h"
#include "server/space/request_entry.h"

/* An event on its way; its arena is for no longer. */
struct telling {
    struct space_events *of;
    enum event_kind kind;
    struct arena arena;
    struct message *event;
};

/* False if nobody listens. */
static bool telling_begin(struct telling *telling, struct space_events *of, enum event_kind kind)
{
    if (!events_are_wanted(of))
        return false;
    *telling = (struct telling){.of = of, .kind = kind};
    arena_init_brief(&telling->arena);
    telling->event = event_new(of, kind, &telling->arena);
    return true;
}

static void telling_end(struct telling *telling)
{
    event_add(telling->of, telling->kind, telling->event);
    arena_release(&telling->arena);
}

void tell_request(struct space_events *of, const struct journal_entry *entry)
{
    struct telling telling;
    if (!telling_begin(&telling, of, EVENT_REQUEST))
        return;
    request_entry_fill(
        entry, of->name, false, message_make_child(telling.event, RequestEvent_request));
    telling_end(&telling);
}

void tell_clock(struct space_events *of)
{
    struct telling telling;
    if (!telling_begin(&telling, of, EVENT_CLOCK))
        return;
    struct clock_view view = clock_look(of->clock);
    clock_message_fill(message_make_child(telling.event, ClockEvent_clock), &view);
    telling_end(&telling);
}

void tell_script(struct space_events *of, enum event_kind kind, const char *change, struct text id)
{
    struct telling telling;
    if (!telling_begin(&telling, of, kind))
        return;
    message_set_text(telling.event, ScriptEvent_change, text_of(change));
    message_set_text(telling.event, ScriptEvent_id, id);
    telling_end(&telling);
}

void tell_state(struct space_events *of, const char *change)
{
    struct telling telling;
    if (!telling_begin(&telling, of, EVENT_STATE))
        return;
    message_set_text(telling.event, StateEvent_change, text_of(change));
    telling_end(&telling);
}

void tell_model(struct space_events *of, const char *change, const struct told_model *model)
{
    struct telling telling;
    if (!telling_begin(&telling, of, EVENT_MODEL))
        return;
    struct message *event = telling.event;
    message_set_text(event, ModelEvent_change, text_of(change));
    message_set_text(event, ModelEvent_name, model->name);
    message_set_text(event, ModelEvent_display_name, model->display_name);
    message_set_text(event, ModelEvent_base_model, model->base_model);
    message_set_text(event, ModelEvent_state, model->state);
    telling_end(&telling);
}
