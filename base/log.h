/*
 * The log: one line per event on stderr (or another descriptor), as text or as JSON. Lines are
 * gathered in memory and written when 64 KiB are full, after 100 ms, at LOG_ERROR, and at the end,
 * so that logging costs no system call per request. Credentials never reach it: callers pass
 * paths without their query.
 *
 * There is one log per process (the exception to "no globals": every layer writes to it, and
 * nothing reads it). All functions may be called from any thread.
 */
#ifndef BASE_LOG_H
#define BASE_LOG_H

#include <stdbool.h>
#include <stdint.h>

#include "base/text.h"

enum log_level { LOG_DEBUG, LOG_INFO, LOG_WARNING, LOG_ERROR, LOG_NONE };
enum log_format { LOG_TEXT, LOG_JSON };

/* "debug", "info", "warning", "error", "none". */
bool log_level_parse(struct text text, enum log_level *ret_level);
/* "text", "json". */
bool log_format_parse(struct text text, enum log_format *ret_format);

/*
 * Starts the log and its flushing thread. Before this call, and after log_stop, lines are written
 * at once. Signals that the process handles elsewhere must be blocked before.
 */
void log_start(int descriptor, enum log_format format, enum log_level level);
/* Writes what is gathered and ends the thread. */
void log_stop(void);
void log_flush(void);

/* One event. Text format: "2024-07-20T18:23:29.427Z info: message"; control bytes are escaped. */
void log_write(enum log_level level, const char *format, ...) __attribute__((format(printf, 2, 3)));

struct log_request {
    struct text method;  /* "POST" */
    struct text path;    /* without query */
    int status;          /* HTTP status */
    uint64_t body_bytes; /* of the answer */
    int64_t duration_ns;
};
/* One line per request at LOG_INFO: "... info: POST /v1beta/tunedModels 200 282 0.412ms". */
void log_write_request(const struct log_request *request);

#endif
