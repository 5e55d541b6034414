#include "base/log.h"

#include <assert.h>
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/array.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/log_line.h"
#include "base/memory.h"
#include "base/output.h"
#include "base/printable.h"
#include "base/timefmt.h"

enum {
    /* So much is written before its time. */
    LOG_EARLY_BYTES = 64 * 1024,
    /* A larger buffer is given back once it is written. */
    LOG_KEPT_BYTES_MAX = 256 * 1024,
    /* Kinds of lines that are told apart at a time: about as many as there are. */
    LOG_KINDS_MAX = 32
};
_Static_assert(LOG_LINE_BYTES_MAX <= PIPE_BUF, "a pipe takes a line as a whole");

/* How long a line waits for others. */
#define LOG_GATHER_NS (100 * NS_PER_MS)
/* How long log_stop and log_flush wait for a reader: they stand between a signal and the end. */
#define LOG_PATIENCE_NS (100 * NS_PER_MS)
/* And for the thread to begin, on a busy machine. */
#define LOG_TURN_NS (1 * NS_PER_SECOND)
/* Lines of one kind come no faster than this. */
#define LOG_KIND_GAP_NS (500 * NS_PER_MS)

/*
 * The thread that writes. It belongs to itself once the log has stopped without it, since it may
 * stay in its write for ever; all but `outgoing` is guarded by the log's mutex.
 */
struct log_writer {
    int descriptor;
    bool is_left; /* nobody waits for it any more */
    bool is_done; /* it has ended, and does not touch anything any more */
    bool is_idle; /* it waits for a first line */
    bool is_writing;
    int64_t due_ns;      /* when what is gathered is to be written; 0: nothing was */
    struct buf outgoing; /* what it writes at the moment */
    uint64_t lost_count; /* lines lost before those that are gathered, and not told of */
    bool has_failed;     /* the last write */
    bool is_within_line; /* which the last write broke off */
};

/* Lines with one `key`. */
struct log_kind {
    const void *key;
    int64_t due_ns;      /* until then, lines are held back */
    uint64_t held_count; /* and counted */
    enum log_level level;
    struct buf message; /* the latest of them */
};

static struct {
    _Atomic enum log_level level;
    pthread_mutex_t mutex; /* guards all below */
    struct log_style style;
    int descriptor;
    struct log_writer *writer; /* NULL: who logs writes */
    bool is_set_up;            /* the two conditions are made */
    bool is_stopping;
    bool is_urgent; /* what is gathered is not to wait for more */
    struct buf gathered;
    uint64_t lost_count;     /* for good, since the start of the process */
    uint64_t dropped_count;  /* since the writer last took what was gathered */
    uint64_t taken_count;    /* how often it did */
    uint64_t written_count;  /* and had written it */
    pthread_cond_t wake;     /* the writer */
    pthread_cond_t progress; /* written_count or is_done has changed */
    struct log_kind kinds[LOG_KINDS_MAX];
} log_state = {
    .level = LOG_INFO,
    .mutex = PTHREAD_MUTEX_INITIALIZER,
    .style = {.format = LOG_TEXT},
    .descriptor = STDERR_FILENO,
    .gathered = BUF_INIT,
};

/* --- lines; the caller holds the mutex -------------------------------------------------------- */

/* What a line is to be added to; NULL if there is no room, and the line is one of those dropped. */
static struct buf *log_find_room(void)
{
    if (log_state.gathered.len <= LOG_GATHERED_BYTES_MAX - LOG_LINE_BYTES_MAX)
        return &log_state.gathered;
    log_state.dropped_count++;
    log_state.lost_count++;
    return NULL;
}

/* After a line was added: sees to its being written in time. */
static void log_end_line(enum log_level level)
{
    if (!log_state.writer) {
        output_write_until(log_state.descriptor, buf_text(&log_state.gathered),
            clock_monotonic_ns() + LOG_PATIENCE_NS);
        buf_clear(&log_state.gathered);
        return;
    }
    if (level >= LOG_ERROR)
        log_state.is_urgent = true;
    if (log_state.writer->is_idle || log_state.is_urgent ||
        log_state.gathered.len >= LOG_EARLY_BYTES) {
        log_state.writer->is_idle = false;
        pthread_cond_signal(&log_state.wake);
    }
}

static void log_gather_message(enum log_level level, struct text message, uint64_t more_count)
{
    struct buf *line = log_find_room();
    if (!line)
        return;
    log_line_add_message(line, &log_state.style, level, message, more_count);
    log_end_line(level);
}

/* --- kinds; the caller holds the mutex -------------------------------------------------------- */

/* Writes what was held back of a kind; then it is as if a line of it had come. */
static void log_sum_up(struct log_kind *kind, int64_t now_ns)
{
    if (kind->held_count == 0)
        return;
    uint64_t more_count = kind->held_count - 1;
    kind->held_count = 0;
    kind->due_ns = now_ns + LOG_KIND_GAP_NS;
    log_gather_message(kind->level, buf_text(&kind->message), more_count);
}

/* The kind of this key; if none has it yet, the one that was used least recently becomes it. */
static struct log_kind *log_find_kind(const void *key, int64_t now_ns)
{
    struct log_kind *oldest = &log_state.kinds[0];
    for (size_t i = 0; i < LOG_KINDS_MAX; i++) {
        if (log_state.kinds[i].key == key)
            return &log_state.kinds[i];
        if (log_state.kinds[i].due_ns < oldest->due_ns)
            oldest = &log_state.kinds[i];
    }
    log_sum_up(oldest, now_ns);
    oldest->key = key;
    oldest->due_ns = 0;
    return oldest;
}

/* True if another line of this kind was written a moment ago: this one is counted. */
static bool log_hold_back(const void *key, enum log_level level, struct text message)
{
    if (!log_state.writer)
        return false; /* nobody would write the sum */
    int64_t now_ns = clock_monotonic_ns();
    struct log_kind *kind = log_find_kind(key, now_ns);
    if (now_ns >= kind->due_ns && kind->held_count == 0) {
        kind->due_ns = now_ns + LOG_KIND_GAP_NS;
        return false;
    }
    kind->held_count++;
    kind->level = level;
    buf_clear(&kind->message);
    buf_add_text(&kind->message, text_slice(message, 0, LOG_LINE_BYTES_MAX));
    /* The writer is to know when the sum is due. */
    if (kind->held_count == 1) {
        log_state.writer->is_idle = false;
        pthread_cond_signal(&log_state.wake);
    }
    return true;
}

/* Sums up what is due, and gives the time at which the next will be; INT64_MAX: none. */
static int64_t log_sum_up_due(int64_t now_ns)
{
    int64_t next_ns = INT64_MAX;
    for (size_t i = 0; i < LOG_KINDS_MAX; i++) {
        struct log_kind *kind = &log_state.kinds[i];
        if (kind->held_count > 0 && now_ns >= kind->due_ns)
            log_sum_up(kind, now_ns);
        if (kind->held_count > 0 && kind->due_ns < next_ns)
            next_ns = kind->due_ns;
    }
    return next_ns;
}

static void log_end_kinds(void)
{
    log_sum_up_due(INT64_MAX - LOG_KIND_GAP_NS);
    for (size_t i = 0; i < LOG_KINDS_MAX; i++) {
        buf_release(&log_state.kinds[i].message);
        log_state.kinds[i] = (struct log_kind){.message = BUF_INIT};
    }
}

/* --- the writer's thread ---------------------------------------------------------------------- */

static bool log_writer_has_lines(const struct log_writer *writer)
{
    /* After a failure there is no more to say than before: the next lines may find room again. */
    return log_state.gathered.len > 0 || (writer->lost_count > 0 && !writer->has_failed);
}

/* Waits until something is to be written. False if the writer is to end. The caller holds the
 * mutex. */
static bool log_writer_wait(struct log_writer *writer)
{
    while (!log_state.is_stopping) {
        int64_t now_ns = clock_monotonic_ns();
        int64_t until_ns = log_sum_up_due(now_ns);
        bool has_lines = log_writer_has_lines(writer);
        if (!has_lines)
            writer->due_ns = 0;
        else if (writer->due_ns == 0)
            writer->due_ns = now_ns + LOG_GATHER_NS;
        bool is_early = log_state.is_urgent || log_state.gathered.len >= LOG_EARLY_BYTES;
        if (has_lines && (is_early || now_ns >= writer->due_ns))
            return true;
        if (has_lines && writer->due_ns < until_ns)
            until_ns = writer->due_ns;
        writer->is_idle = !has_lines;
        if (until_ns == INT64_MAX)
            pthread_cond_wait(&log_state.wake, &log_state.mutex);
        else
            clock_wait_until(&log_state.wake, &log_state.mutex, until_ns);
        writer->is_idle = false;
        if (writer->is_left)
            return false;
    }
    return log_writer_has_lines(writer);
}

static size_t log_count_lines(struct text text)
{
    size_t count = 0;
    for (size_t end; (end = text_find_byte(text, '\n')) < text.len; count++)
        text = text_slice(text, end + 1, text.len);
    return count;
}

/* The first lines of the text that a pipe takes as a whole. */
static struct text log_first_lines(struct text text)
{
    struct text piece = text_slice(text, 0, PIPE_BUF);
    while (piece.len > 0 && piece.bytes[piece.len - 1] != '\n')
        piece.len--;
    return piece.len > 0 ? piece : text_slice(text, 0, PIPE_BUF);
}

/* Without the mutex. Gives how many lines could not be written. */
static size_t log_writer_write(struct log_writer *writer, struct text text)
{
    while (text.len > 0) {
        struct text piece = log_first_lines(text);
        struct text rest = output_write(writer->descriptor, piece);
        text = text_slice(text, piece.len - rest.len, text.len);
        if (rest.len < piece.len)
            writer->is_within_line = piece.bytes[piece.len - rest.len - 1] != '\n';
        writer->has_failed = rest.len > 0;
        if (writer->has_failed)
            return log_count_lines(text);
    }
    return 0;
}

static void log_add_loss(struct buf *line, uint64_t lost_count)
{
    struct buf message = BUF_INIT;
    buf_printf(&message, "the log had no room: %llu lines are missing here",
        (unsigned long long)lost_count);
    log_line_add_message(line, &log_state.style, LOG_WARNING, buf_text(&message), 0);
    buf_release(&message);
}

/* Writes what is gathered. The caller holds the mutex, which is given up while writing. */
static void log_writer_run_once(struct log_writer *writer)
{
    struct buf told = BUF_INIT;
    if (writer->is_within_line)
        buf_add_byte(&told, '\n');
    if (writer->lost_count > 0)
        log_add_loss(&told, writer->lost_count);
    struct buf full = log_state.gathered;
    log_state.gathered = writer->outgoing;
    writer->outgoing = full;
    uint64_t dropped_count = log_state.dropped_count;
    log_state.dropped_count = 0;
    log_state.is_urgent = false;
    log_state.taken_count++;
    writer->due_ns = 0;
    writer->is_writing = true;
    pthread_cond_broadcast(&log_state.progress);
    pthread_mutex_unlock(&log_state.mutex);

    uint64_t lost_count = writer->lost_count;
    if (log_writer_write(writer, buf_text(&told)) == 0)
        lost_count = 0;
    uint64_t unwritten_count = log_writer_write(writer, buf_text(&writer->outgoing));
    lost_count += unwritten_count + dropped_count;
    buf_release(&told);
    buf_clear(&writer->outgoing);
    if (writer->outgoing.capacity > LOG_KEPT_BYTES_MAX)
        buf_release(&writer->outgoing);

    pthread_mutex_lock(&log_state.mutex);
    writer->is_writing = false;
    writer->lost_count = lost_count;
    if (!writer->is_left)
        log_state.lost_count += unwritten_count;
}

static void log_writer_free(struct log_writer *writer)
{
    buf_release(&writer->outgoing);
    free(writer);
}

static void *log_writer_run(void *context)
{
    struct log_writer *writer = context;
    pthread_mutex_lock(&log_state.mutex);
    while (!writer->is_left && log_writer_wait(writer)) {
        log_writer_run_once(writer);
        if (!writer->is_left)
            log_state.written_count = log_state.taken_count;
        pthread_cond_broadcast(&log_state.progress);
    }
    bool is_left = writer->is_left;
    writer->is_done = true;
    pthread_cond_broadcast(&log_state.progress);
    pthread_mutex_unlock(&log_state.mutex);
    if (is_left)
        log_writer_free(writer);
    return NULL;
}

/* What is sent to the process is for its other threads; only the writer's own faults are its own.
 */
static void log_block_signals(sigset_t *ret_before)
{
    static const int faults[] = {SIGABRT, SIGBUS, SIGFPE, SIGILL, SIGSEGV, SIGSYS, SIGTRAP};
    sigset_t signals;
    sigfillset(&signals);
    for (size_t i = 0; i < ARRAY_COUNT(faults); i++)
        sigdelset(&signals, faults[i]);
    pthread_sigmask(SIG_SETMASK, &signals, ret_before);
}

/* NULL if the system gives no thread. */
static struct log_writer *log_writer_start(int descriptor)
{
    struct log_writer *writer = memory_alloc_zeroed(1, sizeof(*writer));
    writer->descriptor = descriptor;
    buf_init(&writer->outgoing);
    pthread_t thread;
    sigset_t before;
    log_block_signals(&before);
    int error = pthread_create(&thread, NULL, log_writer_run, writer);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (error != 0) {
        log_writer_free(writer);
        return NULL;
    }
    /* Nobody can wait for it, since it may never end. */
    pthread_detach(thread);
    return writer;
}

/* --- start and end ---------------------------------------------------------------------------- */

void log_start(int descriptor, enum log_format format, enum log_level level)
{
    pthread_mutex_lock(&log_state.mutex);
    assert(!log_state.writer);
    if (!log_state.is_set_up) {
        clock_init_condition(&log_state.wake);
        clock_init_condition(&log_state.progress);
        log_state.is_set_up = true;
    }
    atomic_store(&log_state.level, level);
    log_state.style.format = format;
    log_state.descriptor = descriptor;
    log_state.is_stopping = false;
    log_end_kinds();
    /* Without the thread, lines are written at once: slower, but nothing is lost. */
    log_state.writer = log_writer_start(descriptor);
    pthread_mutex_unlock(&log_state.mutex);
}

void log_configure(enum log_format format, enum log_level level)
{
    pthread_mutex_lock(&log_state.mutex);
    atomic_store(&log_state.level, level);
    log_state.style.format = format;
    pthread_mutex_unlock(&log_state.mutex);
}

/*
 * Waits for the writer's progress until `*until_ns`, which comes nearer once it is seen to write;
 * false if that is over. The caller holds the mutex.
 */
static bool log_wait_for_progress(int64_t *until_ns)
{
    int64_t now_ns = clock_monotonic_ns();
    if (log_state.writer->is_writing && now_ns + LOG_PATIENCE_NS < *until_ns)
        *until_ns = now_ns + LOG_PATIENCE_NS;
    if (now_ns >= *until_ns)
        return false;
    clock_wait_until(&log_state.progress, &log_state.mutex, *until_ns);
    return true;
}

void log_flush(void)
{
    int64_t until_ns = clock_monotonic_ns() + LOG_TURN_NS;
    pthread_mutex_lock(&log_state.mutex);
    uint64_t count = log_state.taken_count + (log_state.gathered.len > 0);
    if (log_state.writer) {
        log_state.is_urgent = true;
        pthread_cond_signal(&log_state.wake);
    }
    while (
        log_state.writer && log_state.written_count < count && log_wait_for_progress(&until_ns)) {
    }
    pthread_mutex_unlock(&log_state.mutex);
}

void log_stop(void)
{
    int64_t until_ns = clock_monotonic_ns() + LOG_TURN_NS;
    pthread_mutex_lock(&log_state.mutex);
    struct log_writer *writer = log_state.writer;
    if (!writer || log_state.is_stopping) {
        pthread_mutex_unlock(&log_state.mutex);
        return;
    }
    log_end_kinds();
    log_state.is_stopping = true;
    pthread_cond_signal(&log_state.wake);
    while (!writer->is_done && log_wait_for_progress(&until_ns)) {
    }
    log_state.writer = NULL;
    /* Others may have logged since it ended. */
    if (writer->is_done)
        output_write_until(writer->descriptor, buf_text(&log_state.gathered),
            clock_monotonic_ns() + LOG_PATIENCE_NS);
    buf_release(&log_state.gathered);
    log_state.dropped_count = 0;
    log_state.taken_count = log_state.written_count = 0;
    writer->is_left = true;
    bool is_done = writer->is_done;
    pthread_mutex_unlock(&log_state.mutex);
    if (is_done)
        log_writer_free(writer);
}

/* --- what others call ------------------------------------------------------------------------- */

bool log_is_wanted(enum log_level level)
{
    enum log_level least = atomic_load_explicit(&log_state.level, memory_order_relaxed);
    return level >= least && least != LOG_NONE;
}

uint64_t log_lost_count(void)
{
    pthread_mutex_lock(&log_state.mutex);
    uint64_t count = log_state.lost_count;
    pthread_mutex_unlock(&log_state.mutex);
    return count;
}

static void log_vwrite(enum log_level level, const void *kind, const char *format, va_list args)
    __attribute__((format(printf, 3, 0)));
static void log_vwrite(enum log_level level, const void *kind, const char *format, va_list args)
{
    assert(level < LOG_NONE);
    if (!log_is_wanted(level))
        return;
    struct buf message = BUF_INIT;
    buf_vprintf(&message, format, args);
    pthread_mutex_lock(&log_state.mutex);
    if (!log_hold_back(kind, level, buf_text(&message)))
        log_gather_message(level, buf_text(&message), 0);
    pthread_mutex_unlock(&log_state.mutex);
    buf_release(&message);
}

void log_write(enum log_level level, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    log_vwrite(level, format, format, args);
    va_end(args);
}

void log_write_kind(enum log_level level, const void *kind, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    log_vwrite(level, kind, format, args);
    va_end(args);
}

void log_print(const char *format, ...)
{
    struct buf message = BUF_INIT;
    va_list args;
    va_start(args, format);
    buf_vprintf(&message, format, args);
    va_end(args);
    struct text rest = text_trim(buf_text(&message));
    pthread_mutex_lock(&log_state.mutex);
    while (rest.bytes) {
        struct text part = text_split(&rest, '\n');
        struct buf *line = log_find_room();
        if (line) {
            printable_add(line, part, PRINTABLE_TEXT, LOG_TEXT_BYTES_MAX);
            buf_add_byte(line, '\n');
            log_end_line(LOG_ERROR);
        }
    }
    pthread_mutex_unlock(&log_state.mutex);
    buf_release(&message);
}

void log_write_request(const struct log_request *request)
{
    if (!log_is_wanted(LOG_INFO))
        return;
    pthread_mutex_lock(&log_state.mutex);
    struct buf *line = log_find_room();
    if (line) {
        log_line_add_request(line, &log_state.style, request);
        log_end_line(LOG_INFO);
    }
    pthread_mutex_unlock(&log_state.mutex);
}
