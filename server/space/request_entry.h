/* An entry of the journal as others see it: what a match asks of it, and its message. */
#ifndef SERVER_SPACE_REQUEST_ENTRY_H
#define SERVER_SPACE_REQUEST_ENTRY_H

#include "server/json/message.h"
#include "server/space/journal.h"
#include "server/space/match.h"

/* A text of an entry with U+FFFD for bytes that are no UTF-8: borrowed, or in the arena. */
struct text request_entry_text(
    const struct journal_entry *entry, enum journal_text text, struct arena *arena);

/* The name of its method; empty: the route is unknown. */
struct text request_entry_method(const struct journal_entry *entry);

struct match_facts request_entry_facts(const struct journal_entry *entry, struct arena *arena);

/* Fills a Request. `namespace_name` is that of the entry's space. All borrows from the entry. One
 * without a number is in no journal, and its id is empty. */
void request_entry_fill(const struct journal_entry *entry, struct text namespace_name,
    bool has_bodies, struct message *request);

/* Adds to a repeated field of Differences what does not fit, which is borrowed. */
void request_entry_add_difference(
    struct message *message, unsigned field, const struct match_gap *gap);

#endif
