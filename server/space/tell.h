/*
 * What happens in a space, made into events (space/events.h) for who listens: one function for each
 * kind of fact. Each makes nothing unless somebody listens. From any thread.
 */
#ifndef SERVER_SPACE_TELL_H
#define SERVER_SPACE_TELL_H

#include "server/space/events.h"
#include "server/space/journal.h"

/* A call was answered. The entry has the number 0 if the journal keeps none. */
void tell_request(struct space_events *of, const struct journal_entry *entry);

/* The clock was set or moved. What it says now is told, which is what it says after the last of
 * several changes at once. */
void tell_clock(struct space_events *of);

/* A fault or a stub was `change` "added", "used" or "gone". */
void tell_script(struct space_events *of, enum event_kind kind, const char *change, struct text id);

/* All of the space was "reset", "imported", "restored" or "deleted". */
void tell_state(struct space_events *of, const char *change);

/* What is told of a model beside the change. */
struct told_model {
    struct text name; /* "tunedModels/...", or that of a tuning job */
    struct text display_name, base_model;
    struct text state; /* as the service calls it */
};

/* A model was "created", "updated" or "deleted", or is in another "state". */
void tell_model(struct space_events *of, const char *change, const struct told_model *model);

#endif
