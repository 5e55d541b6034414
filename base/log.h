/*
 * The log: one line per event on stderr (or another descriptor), as text or as JSON. Lines are
 * gathered in memory, and one thread of the log's own writes them: when 64 KiB are full, after
 * 100 ms, at LOG_ERROR, and at the end, so that logging costs no system call per request.
 *
 * Nobody ever waits for that thread: who reads stderr may be slow or have stopped reading. Lines
 * that find no room (LOG_GATHERED_BYTES_MAX) are dropped and counted, and so are those that cannot
 * be written, on a full disk for one; the first line that gets out says how many were lost.
 *
 * Lines of one kind that come more than twice a second are summed up: the first is written at
 * once, the others every half second as the latest of them with "(and N more like this)". Requests
 * are not of this sort. Credentials never reach the log: callers see to that.
 *
 * There is one log per process (the exception to "no globals": every layer writes to it, and
 * nothing reads it). All functions may be called from any thread.
 */
#ifndef BASE_LOG_H
#define BASE_LOG_H

#include <stdbool.h>
#include <stdint.h>

#include "base/log_line.h"

enum {
    /* What may wait to be written: some 10,000 requests, a third of a second at full load. */
    LOG_GATHERED_BYTES_MAX = 1024 * 1024
};

/*
 * Starts the log and its thread. Before this call, and after log_stop, lines are written by who
 * logs them, who waits a tenth of a second for room and no longer. The thread takes no signals.
 */
void log_start(int descriptor, enum log_format format, enum log_level level);
/* Changes what log_start said. */
void log_configure(enum log_format format, enum log_level level);
/* Has what is gathered written, and ends the thread. Both wait a tenth of a second at most: what is
 * not written by then is lost (log_stop), or goes on being written (log_flush). */
void log_stop(void);
void log_flush(void);

/* Whether a line of this level would be written: to be asked before one is made at some cost. */
bool log_is_wanted(enum log_level level);

/* How many lines were lost for want of room or of a reader, since the start of the process. */
uint64_t log_lost_count(void);

/*
 * One event. Text format: "2024-07-20T18:23:29.427Z info: message"; what printable_add escapes is
 * escaped. Lines with the same `format`, by its address, are of one kind.
 */
void log_write(enum log_level level, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* The same for those whose kind is not their format's: `kind` is compared by address. */
void log_write_kind(enum log_level level, const void *kind, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/*
 * For whoever started the program: its last words, whatever the level and the format. Each line of
 * the message becomes one, escaped and bounded like others, with nothing in front.
 */
void log_print(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* One line per request at LOG_INFO: "... info: POST /v1beta/tunedModels 200 282 0.412ms". */
void log_write_request(const struct log_request *request);

#endif
