/* What a fault answers, read from a Fault message (faults.h says what its fields mean). */
#ifndef SERVER_SPACE_FAULT_ANSWER_H
#define SERVER_SPACE_FAULT_ANSWER_H

#include "server/contract/error.h"
#include "server/json/message.h"
#include "server/space/answer_block.h"

enum fault_kind {
    FAULT_STATUS,
    FAULT_RESET,
    FAULT_TRUNCATE,
    FAULT_MALFORMED,
    FAULT_EMPTY,
    FAULT_SLOW,
    FAULT_BLOCKED,
    FAULT_RETIRED /* a preset, no kind of its own */
};

struct fault_answer {
    enum fault_kind kind;
    enum error_id error;         /* ERROR_COUNT: the one that fits status and call */
    const struct status *status; /* NULL: the error's own */
    struct text message;         /* instead of the error's; empty: the error's */
    int64_t delay_ns, retry_after_ns;
    struct answer_block block; /* of FAULT_BLOCKED; its answer is not set */
};

/* What a status may be, for people, behind the name of the field or header. */
#define FAULT_STATUS_ALLOWED                                                                       \
    "must be the name or number of a status other than OK (\"UNAVAILABLE\", \"14\", \"503\") or "  \
    "the name of an error (\"quota.2025\")"

/* Reads status and error; false if the text names neither. */
bool fault_answer_parse_status(struct text text, struct fault_answer *answer);

/*
 * Reads the fields of a Fault that say what the answer is; the text is borrowed. NULL, or what is
 * wrong with which field.
 */
const char *fault_answer_read(const struct message *message, struct fault_answer *ret_answer);

#endif
