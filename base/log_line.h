/* One line of the log, as bytes: the two formats, and what the lines hold. */
#ifndef BASE_LOG_LINE_H
#define BASE_LOG_LINE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/text.h"
#include "base/timefmt.h"

enum log_level { LOG_DEBUG, LOG_INFO, LOG_WARNING, LOG_ERROR, LOG_NONE };
enum log_format { LOG_TEXT, LOG_JSON };

enum {
    /* What a message or a path may take of a line, escaped; the rest is cut off and counted: see
     * printable_add. Enough for any path that means something. */
    LOG_TEXT_BYTES_MAX = 2048,
    /* No method is longer. */
    LOG_METHOD_BYTES_MAX = 64,
    /* Of a request's id and of a namespace, escaped: twice the longest. */
    LOG_ID_BYTES_MAX = 256,
    /* The longest line, with all that stands around these. A pipe takes it whole or not at all, so
     * that lines of several processes do not mix. */
    LOG_LINE_BYTES_MAX = 4096
};

/* "debug", "info", "warning", "error", "none". */
bool log_level_parse(struct text text, enum log_level *ret_level);
/* "text", "json". */
bool log_format_parse(struct text text, enum log_format *ret_format);

struct log_request {
    struct text method;  /* "POST" */
    struct text path;    /* without query and credentials */
    int status;          /* HTTP status */
    uint64_t body_bytes; /* of the answer */
    int64_t duration_ns;
    struct text id; /* by which the answer and others know it; empty: it has none */
    /* The namespace that it was about; empty: none. Lines of text leave the default one out. */
    struct text space;
    bool is_default_space;
    int64_t time_ns; /* of the line; 0: the present */
};

/* How lines are written, and the second of the last one as text: most lines are of the same. */
struct log_style {
    enum log_format format;
    int64_t second_ns; /* when it began */
    char time[TIME_TEXT_MAX];
    size_t time_len; /* 0: there was no line yet */
};

/* The line of a message, with the present time; `more_count` others are mentioned if above 0. At
 * most LOG_LINE_BYTES_MAX are added. */
void log_line_add_message(struct buf *line, struct log_style *style, enum log_level level,
    struct text message, uint64_t more_count);

/* The same for a request. */
void log_line_add_request(
    struct buf *line, struct log_style *style, const struct log_request *request);

#endif
