#include "base/log.h"

#include <assert.h>
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <unistd.h>

#include "base/array.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/timefmt.h"

enum { LOG_GATHER_MAX_BYTES = 64 * 1024 };
#define LOG_GATHER_MAX_NS (100 * NS_PER_MS)

/*
 * Lines are added to `gathered`. Whoever writes swaps it with `outgoing` and writes that without
 * the mutex, so that a slow reader of stderr stops the others only when `gathered` is full, too.
 */
static struct {
    _Atomic enum log_level level;
    pthread_mutex_t mutex; /* guards all below */
    enum log_format format;
    int descriptor;
    bool is_gathering;    /* the flushing thread runs */
    bool is_stopping;     /* the flushing thread is asked to end */
    bool is_flusher_idle; /* it waits for a first line */
    bool is_writing;      /* `outgoing` belongs to the thread that writes it */
    struct buf gathered;
    struct buf outgoing;
    pthread_t flusher;
    pthread_cond_t flusher_wake; /* only while is_gathering; made by clock_init_condition */
    pthread_cond_t written;      /* is_writing has become false */
} log_state = {
    .level = LOG_INFO,
    .mutex = PTHREAD_MUTEX_INITIALIZER,
    .format = LOG_TEXT,
    .descriptor = STDERR_FILENO,
    .gathered = BUF_INIT,
    .outgoing = BUF_INIT,
    .written = PTHREAD_COND_INITIALIZER,
};

static const struct text log_level_names[] = {
    [LOG_DEBUG] = TEXT_INIT("debug"),
    [LOG_INFO] = TEXT_INIT("info"),
    [LOG_WARNING] = TEXT_INIT("warning"),
    [LOG_ERROR] = TEXT_INIT("error"),
    [LOG_NONE] = TEXT_INIT("none"),
};

static const struct text log_format_names[] = {
    [LOG_TEXT] = TEXT_INIT("text"),
    [LOG_JSON] = TEXT_INIT("json"),
};

bool log_level_parse(struct text text, enum log_level *ret_level)
{
    size_t index = text_find_name(text, log_level_names, ARRAY_COUNT(log_level_names));
    if (index == ARRAY_COUNT(log_level_names))
        return false;
    *ret_level = (enum log_level)index;
    return true;
}

bool log_format_parse(struct text text, enum log_format *ret_format)
{
    size_t index = text_find_name(text, log_format_names, ARRAY_COUNT(log_format_names));
    if (index == ARRAY_COUNT(log_format_names))
        return false;
    *ret_format = (enum log_format)index;
    return true;
}

/* Writes everything, or drops the rest: there is no place to report that the log is broken. */
static void log_write_all(int descriptor, struct text rest)
{
    while (rest.len > 0) {
        ssize_t written = write(descriptor, rest.bytes, rest.len);
        if (written >= 0) {
            rest = text_slice(rest, (size_t)written, rest.len);
        } else if (errno == EAGAIN) {
            struct pollfd writable = {.fd = descriptor, .events = POLLOUT};
            poll(&writable, 1, -1);
        } else if (errno != EINTR) {
            return;
        }
    }
}

/*
 * Writes all that was gathered so far. The caller holds the mutex; it is given up while writing
 * and while waiting for another thread that writes, which keeps the lines in order.
 */
static void log_drain(void)
{
    while (log_state.is_writing)
        pthread_cond_wait(&log_state.written, &log_state.mutex);
    if (log_state.gathered.len == 0)
        return;
    struct buf full = log_state.gathered;
    log_state.gathered = log_state.outgoing;
    log_state.outgoing = full;
    log_state.is_writing = true;
    int descriptor = log_state.descriptor;
    pthread_mutex_unlock(&log_state.mutex);
    log_write_all(descriptor, buf_text(&full));
    pthread_mutex_lock(&log_state.mutex);
    buf_clear(&log_state.outgoing);
    log_state.is_writing = false;
    pthread_cond_broadcast(&log_state.written);
}

/* Waits until LOG_GATHER_MAX_NS have passed or the log is stopped. */
static void log_wait_for_more(void)
{
    int64_t until_ns = clock_monotonic_ns() + LOG_GATHER_MAX_NS;
    bool has_time = true;
    while (!log_state.is_stopping && has_time)
        has_time = clock_wait_until(&log_state.flusher_wake, &log_state.mutex, until_ns);
}

static void *log_flusher_run(void *unused)
{
    (void)unused;
    pthread_mutex_lock(&log_state.mutex);
    while (!log_state.is_stopping) {
        if (log_state.gathered.len == 0) {
            log_state.is_flusher_idle = true;
            pthread_cond_wait(&log_state.flusher_wake, &log_state.mutex);
            log_state.is_flusher_idle = false;
        } else {
            log_wait_for_more();
            log_drain();
        }
    }
    pthread_mutex_unlock(&log_state.mutex);
    return NULL;
}

void log_start(int descriptor, enum log_format format, enum log_level level)
{
    pthread_mutex_lock(&log_state.mutex);
    assert(!log_state.is_gathering);
    atomic_store(&log_state.level, level);
    log_state.format = format;
    log_state.descriptor = descriptor;
    log_state.is_stopping = false;
    clock_init_condition(&log_state.flusher_wake);
    /* Without the thread, lines are written at once: slower, but nothing is lost. */
    log_state.is_gathering = pthread_create(&log_state.flusher, NULL, log_flusher_run, NULL) == 0;
    pthread_mutex_unlock(&log_state.mutex);
}

void log_stop(void)
{
    pthread_mutex_lock(&log_state.mutex);
    if (!log_state.is_gathering) {
        pthread_mutex_unlock(&log_state.mutex);
        return;
    }
    log_state.is_gathering = false;
    log_state.is_stopping = true;
    pthread_cond_signal(&log_state.flusher_wake);
    pthread_mutex_unlock(&log_state.mutex);
    pthread_join(log_state.flusher, NULL);
    pthread_mutex_lock(&log_state.mutex);
    /* Other threads may go on logging meanwhile: each look finds their newest lines. */
    while (log_state.gathered.len > 0 || log_state.is_writing)
        log_drain();
    buf_release(&log_state.gathered);
    buf_release(&log_state.outgoing);
    pthread_cond_destroy(&log_state.flusher_wake);
    pthread_mutex_unlock(&log_state.mutex);
}

void log_flush(void)
{
    pthread_mutex_lock(&log_state.mutex);
    log_drain();
    pthread_mutex_unlock(&log_state.mutex);
}

static bool log_is_wanted(enum log_level level)
{
    enum log_level least = atomic_load_explicit(&log_state.level, memory_order_relaxed);
    return level >= least && least != LOG_NONE;
}

static bool log_is_plain(char byte, enum log_format format)
{
    if (byte < ' ' || byte > '~')
        return false;
    return format == LOG_TEXT || (byte != '"' && byte != '\\');
}

/* One byte (or one ill-formed one) that cannot stand as it is. */
static void log_add_escaped_byte(struct buf *buf, unsigned char byte, enum log_format format)
{
    if (byte == '\n') {
        buf_add_string(buf, "\\n");
    } else if (byte == '"' || byte == '\\') {
        buf_add_byte(buf, '\\');
        buf_add_byte(buf, (char)byte);
    } else if (format == LOG_TEXT) {
        buf_printf(buf, "\\x%02x", byte);
    } else if (byte < 0x80) {
        buf_printf(buf, "\\u%04x", byte);
    } else {
        buf_add_string(buf, "\\ufffd");
    }
}

/* U+0080 to U+009F: terminals take them for commands. */
static bool log_is_c1_control(struct text text, size_t offset)
{
    return text.bytes[offset] == '\xC2' && (unsigned char)text.bytes[offset + 1] < 0xA0;
}

/* Adds what a client may have made: no byte of it can end the line or command a terminal. */
static void log_add_escaped(struct buf *buf, struct text text, enum log_format format)
{
    size_t offset = 0;
    while (offset < text.len) {
        size_t plain_end = offset;
        while (plain_end < text.len && log_is_plain(text.bytes[plain_end], format))
            plain_end++;
        buf_add_text(buf, text_slice(text, offset, plain_end));
        offset = plain_end;
        if (offset == text.len)
            return;
        size_t len = text_sequence_length(text, offset);
        if (len > 1 && !log_is_c1_control(text, offset)) {
            buf_add_text(buf, text_slice(text, offset, offset + len));
            offset += len;
        } else {
            log_add_escaped_byte(buf, (unsigned char)text.bytes[offset], format);
            offset++;
        }
    }
}

/* Both formats begin with the time and the level. The caller holds the mutex. */
static void log_begin_line(struct buf *line, enum log_level level)
{
    char time_text[TIME_TEXT_MAX];
    struct text time = {time_text, time_format_ms(clock_system_ns(), time_text)};
    if (log_state.format == LOG_TEXT) {
        buf_add_text(line, time);
        buf_add_byte(line, ' ');
        buf_add_text(line, log_level_names[level]);
        buf_add_string(line, ": ");
        return;
    }
    buf_add_string(line, "{\"time\":\"");
    buf_add_text(line, time);
    buf_add_string(line, "\",\"level\":\"");
    buf_add_text(line, log_level_names[level]);
    buf_add_byte(line, '"');
}

/* Ends a line, and sees to its being written in time. The caller holds the mutex. */
static void log_end_line(struct buf *line, enum log_level level)
{
    buf_add_string(line, log_state.format == LOG_JSON ? "}\n" : "\n");
    if (!log_state.is_gathering || level >= LOG_ERROR || line->len >= LOG_GATHER_MAX_BYTES)
        log_drain();
    else if (log_state.is_flusher_idle)
        pthread_cond_signal(&log_state.flusher_wake);
}

void log_write(enum log_level level, const char *format, ...)
{
    assert(level < LOG_NONE);
    if (!log_is_wanted(level))
        return;
    struct buf message = BUF_INIT;
    va_list args;
    va_start(args, format);
    buf_vprintf(&message, format, args);
    va_end(args);

    pthread_mutex_lock(&log_state.mutex);
    struct buf *line = &log_state.gathered;
    log_begin_line(line, level);
    if (log_state.format == LOG_JSON) {
        buf_add_string(line, ",\"message\":\"");
        log_add_escaped(line, buf_text(&message), LOG_JSON);
        buf_add_byte(line, '"');
    } else {
        log_add_escaped(line, buf_text(&message), LOG_TEXT);
    }
    log_end_line(line, level);
    pthread_mutex_unlock(&log_state.mutex);
    buf_release(&message);
}

/* Milliseconds with three digits: printing a double would cost more than the rest of the line. */
static void log_add_duration_ms(struct buf *line, int64_t duration_ns)
{
    int64_t duration_us = duration_ns / NS_PER_US;
    int64_t fraction = duration_us % 1000;
    buf_add_int64(line, duration_us / 1000);
    buf_add_byte(line, '.');
    buf_add_byte(line, (char)('0' + fraction / 100));
    buf_add_byte(line, (char)('0' + fraction / 10 % 10));
    buf_add_byte(line, (char)('0' + fraction % 10));
}

static void log_add_request_text(struct buf *line, const struct log_request *request)
{
    log_add_escaped(line, request->method, LOG_TEXT);
    buf_add_byte(line, ' ');
    log_add_escaped(line, request->path, LOG_TEXT);
    buf_add_byte(line, ' ');
    buf_add_int64(line, request->status);
    buf_add_byte(line, ' ');
    buf_add_int64(line, (int64_t)request->body_bytes);
    buf_add_byte(line, ' ');
    log_add_duration_ms(line, request->duration_ns);
    buf_add_string(line, "ms");
}

static void log_add_request_json(struct buf *line, const struct log_request *request)
{
    buf_add_string(line, ",\"method\":\"");
    log_add_escaped(line, request->method, LOG_JSON);
    buf_add_string(line, "\",\"path\":\"");
    log_add_escaped(line, request->path, LOG_JSON);
    buf_add_string(line, "\",\"status\":");
    buf_add_int64(line, request->status);
    buf_add_string(line, ",\"bodyBytes\":");
    buf_add_int64(line, (int64_t)request->body_bytes);
    buf_add_string(line, ",\"durationMs\":");
    log_add_duration_ms(line, request->duration_ns);
}

void log_write_request(const struct log_request *request)
{
    if (!log_is_wanted(LOG_INFO))
        return;
    pthread_mutex_lock(&log_state.mutex);
    struct buf *line = &log_state.gathered;
    log_begin_line(line, LOG_INFO);
    if (log_state.format == LOG_JSON)
        log_add_request_json(line, request);
    else
        log_add_request_text(line, request);
    log_end_line(line, LOG_INFO);
    pthread_mutex_unlock(&log_state.mutex);
}
