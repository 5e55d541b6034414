/* One line of the log, as bytes: the two formats, and what the lines hold. */
#ifndef BASE_LOG_LINE_H
#define BASE_LOG_LINE_H

#include "base/buf.h"
#include "base/log.h"

/* The line of a message, with the present time; `more_count` others are mentioned if above 0. At
 * most LOG_LINE_BYTES_MAX are added. */
void log_line_add_message(struct buf *line, enum log_format format, enum log_level level,
    struct text message, uint64_t more_count);

/* The same for a request. */
void log_line_add_request(
    struct buf *line, enum log_format format, const struct log_request *request);

#endif
