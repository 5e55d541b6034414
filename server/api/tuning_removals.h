/*
 * Deletions of what tuning jobs have made, as writes: the job's row notes that a part of it is gone
 * (server/state/tuning_removal.h), and when. And lists of such parts, which have no rows of their
 * own: endpoints, and the operations of deletions.
 */
#ifndef SERVER_API_TUNING_REMOVALS_H
#define SERVER_API_TUNING_REMOVALS_H

#include "server/call/call.h"
#include "server/call/page.h"

/* A write that notes that a part of a job is gone. At the commit: STORE_REFUSED if it is already.
 */
struct store_write *tuning_removals_write(
    struct call *call, const struct store_model *job, uint32_t part);

/* The answer of such a write: the operation, which is done; or that nothing is there any more. */
void tuning_removals_answer(struct call *call, const struct store_write *write);

/* A part of a job on a page. */
struct tuning_part {
    struct store_model job;
    uint32_t part;
};

/* A list of parts, from the newest job and its last part on. */
struct tuning_parts {
    struct page page;
    unsigned token_field;
    uint32_t first_part, part_count; /* that a job can have */
    /* True if the list has this part of a job. */
    bool (*is_kept)(struct tuning_parts *parts, const struct store_model *job, uint32_t part);
    page_row_message *make; /* of a struct tuning_part */
};

/* Answers with a page of them, which page_read has begun. */
enum call_state tuning_parts_answer(struct tuning_parts *parts);

#endif
