/* What a fault answers, read from a Fault message (faults.h says what its fields mean). */
#ifndef SERVER_SPACE_FAULT_ANSWER_H
#define SERVER_SPACE_FAULT_ANSWER_H

#include "server/contract/error.h"
#include "server/json/message.h"
#include "server/space/answer_block.h"
#include "server/space/delay.h"

enum fault_kind {
    FAULT_STATUS,
    FAULT_RESET,
    FAULT_TRUNCATE,
    FAULT_STALL,
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
    struct delay delay;
    int64_t retry_after_ns;
    int32_t after_chunks;      /* of FAULT_TRUNCATE and FAULT_STALL */
    struct answer_block block; /* of FAULT_BLOCKED; its answer is not set */
};

/* Of a fault's kind, as it is written. */
struct text fault_kind_name(enum fault_kind kind);

/* What a status may be, for people, behind the name of the field or header. */
#define FAULT_STATUS_ALLOWED                                                                       \
    "must be the name or number of a status other than OK (\"UNAVAILABLE\", \"14\", \"503\") or "  \
    "the name of an error (\"quota.2025\")"

/* Reads status and error; false if the text names neither. */
bool fault_answer_parse_status(struct text text, struct fault_answer *answer);

/* What says of a scripted error which it is: of a fault of the kind "status", or a stub's. */
struct fault_error_fields {
    struct text status, preset, message;
    int64_t retry_after_ns;
};

/* Reads them into an answer of FAULT_STATUS; the message is borrowed. NULL, or "field: reason". */
const char *fault_answer_read_error(
    const struct fault_error_fields *fields, struct fault_answer *answer);

/*
 * Reads the fields of a Fault that say what the answer is; the text is borrowed. False with a
 * problem, in the arena, that names the field.
 */
bool fault_answer_read(const struct message *message, struct arena *arena,
    struct fault_answer *ret_answer, struct text *ret_problem);

#endif
