/* What documents say of calls and fields beside the other tables; the rows are in notes.def. */
#ifndef SERVER_CONTRACT_NOTES_H
#define SERVER_CONTRACT_NOTES_H

#include "server/contract/method.h"

/* What a call of the control API does: "moves the emulated time forward". Empty if no row says. */
struct text note_summary(enum method_id id);

/* The words that a string field can be, joined by '|'; empty: any. */
struct text note_words(enum message_id message, unsigned field);

/* An answer of a call that is neither its response nor an error. */
struct other_answer {
    enum method_id method;
    int status;
    int message; /* enum message_id, or MESSAGE_COUNT: no JSON of a message */
    struct text text;
};

/* The call's first one at or after `*position` (0 at first), which then stands behind it; NULL if
 * there is none. */
const struct other_answer *note_next_answer(enum method_id id, size_t *position);

#endif
