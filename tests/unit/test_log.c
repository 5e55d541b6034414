#include "tests/lib/unit.h"

#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/log.h"

enum { TIME_LEN = 24 };

/* A file without a name to log into. */
static int open_sink(void)
{
    int descriptor = memfd_create("log", 0);
    assert_true(descriptor >= 0);
    return descriptor;
}

static void read_sink(int descriptor, struct buf *buf)
{
    char piece[4096];
    ssize_t got;
    off_t offset = 0;
    buf_clear(buf);
    while ((got = pread(descriptor, piece, sizeof(piece), offset)) > 0) {
        buf_add(buf, piece, (size_t)got);
        offset += got;
    }
}

/* Checks that the line begins with a time and gives what follows. */
static struct text after_time(struct text line, size_t time_offset)
{
    static const char shape[] = "dddd-dd-ddTdd:dd:dd.dddZ";
    assert_true(line.len >= time_offset + TIME_LEN);
    for (size_t i = 0; i < TIME_LEN; i++) {
        char byte = line.bytes[time_offset + i];
        assert_int_equal(byte >= '0' && byte <= '9' ? 'd' : byte, shape[i]);
    }
    return text_slice(line, time_offset + TIME_LEN, line.len);
}

/* Logs one message and gives the whole output. */
static void log_one(enum log_format format, const char *message, struct buf *output)
{
    int sink = open_sink();
    log_start(sink, format, LOG_INFO);
    log_write(LOG_WARNING, "%s", message);
    log_stop();
    read_sink(sink, output);
    close(sink);
}

static void names_are_parsed(void **state)
{
    (void)state;
    static const char *const levels[] = {"debug", "info", "warning", "error", "none"};
    for (size_t i = 0; i < ARRAY_COUNT(levels); i++) {
        enum log_level level;
        assert_true(log_level_parse(text_of(levels[i]), &level));
        assert_int_equal(level, i);
    }
    enum log_format format;
    assert_true(log_format_parse(TEXT("text"), &format));
    assert_int_equal(format, LOG_TEXT);
    assert_true(log_format_parse(TEXT("json"), &format));
    assert_int_equal(format, LOG_JSON);

    static const struct text bad[] = {
        {NULL, 0}, TEXT_INIT(""), TEXT_INIT("Info"), TEXT_INIT("info "), TEXT_INIT("json\0")};
    for (size_t i = 0; i < ARRAY_COUNT(bad); i++) {
        enum log_level level;
        assert_false(log_level_parse(bad[i], &level));
        assert_false(log_format_parse(bad[i], &format));
    }
}

static void text_messages_cannot_forge_lines(void **state)
{
    (void)state;
    static const struct {
        const char *message, *line;
    } rows[] = {
        {"seeds loaded", "seeds loaded"},
        {"", ""},
        {"say \"hi\" \\o/", "say \"hi\" \\o/"},
        {"caf\xC3\xA9 \xE2\x82\xAC \xF0\x9F\x98\x80", "caf\xC3\xA9 \xE2\x82\xAC \xF0\x9F\x98\x80"},
        {"a\nb", "a\\nb"},
        {"a\r\n2024-07-20T18:23:29.427Z error: forged",
            "a\\x0d\\n2024-07-20T18:23:29.427Z error: forged"},
        {"\x1B[31mred\x7F", "\\x1b[31mred\\x7f"},
        {"c1 \xC2\x9B 31m", "c1 \\u009b 31m"},
        {"a\xE2\x80\xAE"
         "b\xE2\x80\xA8"
         "c",
            "a\\u202eb\\u2028c"},
        {"nbsp \xC2\xA0 stays", "nbsp \xC2\xA0 stays"},
        {"\xFF\xC3", "\\xff\\xc3"},
        {"\xED\xA0\x80", "\\xed\\xa0\\x80"},
    };
    struct buf output = BUF_INIT;
    struct buf expected = BUF_INIT;
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        log_one(LOG_TEXT, rows[i].message, &output);
        buf_clear(&expected);
        buf_printf(&expected, " warning: %s\n", rows[i].line);
        assert_text(after_time(buf_text(&output), 0), expected.data);
    }
    buf_release(&output);
    buf_release(&expected);
}

static void json_messages_are_valid_json(void **state)
{
    (void)state;
    static const struct {
        const char *message, *json;
    } rows[] = {
        {"seeds loaded", "seeds loaded"},
        {"say \"hi\" \\o/", "say \\\"hi\\\" \\\\o/"},
        {"\",\"level\":\"forged", "\\\",\\\"level\\\":\\\"forged"},
        {"a\nb\tc", "a\\nb\\u0009c"},
        {"\x1B[31m\x7F", "\\u001b[31m\\u007f"},
        {"caf\xC3\xA9", "caf\xC3\xA9"},
        {"\xFF|\xC2", "\\ufffd|\\ufffd"},
    };
    struct buf output = BUF_INIT;
    struct buf expected = BUF_INIT;
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        log_one(LOG_JSON, rows[i].message, &output);
        buf_clear(&expected);
        buf_printf(&expected, "\",\"level\":\"warning\",\"message\":\"%s\"}\n", rows[i].json);
        assert_true(text_starts_with(buf_text(&output), TEXT("{\"time\":\"")));
        assert_text(after_time(buf_text(&output), strlen("{\"time\":\"")), expected.data);
    }
    buf_release(&output);
    buf_release(&expected);
}

static void requests_are_one_line_each(void **state)
{
    (void)state;
    static const struct {
        struct log_request request;
        const char *text, *json;
    } rows[] = {
        {{TEXT_INIT("POST"), TEXT_INIT("/v1beta/tunedModels"), 200, 282, 412345, {NULL, 0},
             {NULL, 0}, true, 0},
            " info: POST /v1beta/tunedModels 200 282 0.412ms\n",
            "\",\"level\":\"info\",\"method\":\"POST\",\"path\":\"/v1beta/tunedModels\","
            "\"status\":200,\"bodyBytes\":282,\"durationMs\":0.412}\n"},
        {{TEXT_INIT("GET"), TEXT_INIT("/a\n\"b"), 404, 0, INT64_C(1234567007000), {NULL, 0},
             {NULL, 0}, true, 0},
            " info: GET /a\\n\"b 404 0 1234567.007ms\n",
            "\",\"level\":\"info\",\"method\":\"GET\",\"path\":\"/a\\n\\\"b\","
            "\"status\":404,\"bodyBytes\":0,\"durationMs\":1234567.007}\n"},
        {{TEXT_INIT("GET"), TEXT_INIT("/a"), 404, 0, 999, TEXT_INIT("req-1"), TEXT_INIT("default"),
             true, 0},
            " info: GET /a 404 0 0.000ms req-1\n",
            "\",\"level\":\"info\",\"method\":\"GET\",\"path\":\"/a\","
            "\"status\":404,\"bodyBytes\":0,\"durationMs\":0.000,\"requestId\":\"req-1\","
            "\"namespace\":\"default\"}\n"},
        {{TEXT_INIT("GET"), TEXT_INIT("/a"), 200, 0, 999, TEXT_INIT("a\"\\b"), TEXT_INIT("t\"1"),
             false, 0},
            " info: GET /a 200 0 0.000ms a\"\\b in t\"1\n",
            "\",\"level\":\"info\",\"method\":\"GET\",\"path\":\"/a\","
            "\"status\":200,\"bodyBytes\":0,\"durationMs\":0.000,\"requestId\":\"a\\\"\\\\b\","
            "\"namespace\":\"t\\\"1\"}\n"},
        {{{NULL, 0}, {NULL, 0}, 400, 1, 999, {NULL, 0}, {NULL, 0}, true, 0},
            " info:   400 1 0.000ms\n",
            "\",\"level\":\"info\",\"method\":\"\",\"path\":\"\","
            "\"status\":400,\"bodyBytes\":1,\"durationMs\":0.000}\n"},
    };
    struct buf output = BUF_INIT;
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        int sink = open_sink();
        log_start(sink, LOG_TEXT, LOG_INFO);
        log_write_request(&rows[i].request);
        log_stop();
        read_sink(sink, &output);
        assert_text(after_time(buf_text(&output), 0), rows[i].text);
        close(sink);

        sink = open_sink();
        log_start(sink, LOG_JSON, LOG_INFO);
        log_write_request(&rows[i].request);
        log_stop();
        read_sink(sink, &output);
        assert_text(after_time(buf_text(&output), strlen("{\"time\":\"")), rows[i].json);
        close(sink);
    }
    buf_release(&output);
}

static size_t count_lines(struct text text)
{
    size_t count = 0;
    for (size_t i = 0; i < text.len; i++)
        count += text.bytes[i] == '\n';
    return count;
}

static void lines_below_the_level_are_not_written(void **state)
{
    (void)state;
    static const size_t lines_at[] = {
        [LOG_DEBUG] = 5, [LOG_INFO] = 4, [LOG_WARNING] = 2, [LOG_ERROR] = 1, [LOG_NONE] = 0};
    struct buf output = BUF_INIT;
    for (size_t level = 0; level < ARRAY_COUNT(lines_at); level++) {
        int sink = open_sink();
        log_start(sink, LOG_TEXT, (enum log_level)level);
        log_write(LOG_DEBUG, "d");
        log_write(LOG_INFO, "i");
        log_write_request(&(struct log_request){.method = TEXT("GET"), .path = TEXT("/")});
        log_write(LOG_WARNING, "w");
        log_write(LOG_ERROR, "e");
        log_stop();
        read_sink(sink, &output);
        assert_int_equal(count_lines(buf_text(&output)), lines_at[level]);
        close(sink);
    }
    buf_release(&output);
}

static void errors_and_flushes_are_written_at_once(void **state)
{
    (void)state;
    struct buf output = BUF_INIT;
    int sink = open_sink();
    log_start(sink, LOG_TEXT, LOG_INFO);
    log_write(LOG_INFO, "first");
    log_write(LOG_ERROR, "second");
    log_flush();
    read_sink(sink, &output);
    assert_int_equal(count_lines(buf_text(&output)), 2);
    log_write(LOG_INFO, "third");
    log_flush();
    read_sink(sink, &output);
    assert_int_equal(count_lines(buf_text(&output)), 3);
    assert_true(text_ends_with(buf_text(&output), TEXT(" info: third\n")));
    log_stop();
    close(sink);
    buf_release(&output);
}

static void gathered_lines_are_written_without_being_asked(void **state)
{
    (void)state;
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    log_start(ends[1], LOG_TEXT, LOG_INFO);
    /* Twice, since the thread must fall asleep and wake again. */
    for (int i = 0; i < 2; i++) {
        log_write(LOG_INFO, "waiting");
        struct pollfd readable = {.fd = ends[0], .events = POLLIN};
        assert_int_equal(poll(&readable, 1, 30000), 1);
        char line[256];
        assert_true(read(ends[0], line, sizeof(line)) > TIME_LEN);
    }
    log_stop();
    close(ends[0]);
    close(ends[1]);
}

static void lines_have_a_bound(void **state)
{
    (void)state;
    enum { LONG_LEN = 70 * 1024 };
    struct buf path = BUF_INIT, output = BUF_INIT;
    buf_add_repeated(&path, '"', LONG_LEN);
    for (int format = LOG_TEXT; format <= LOG_JSON; format++) {
        int sink = open_sink();
        log_start(sink, (enum log_format)format, LOG_INFO);
        log_write(LOG_INFO, "%0*d", LONG_LEN, 7);
        log_write_request(
            &(struct log_request){.method = buf_text(&path), .path = buf_text(&path)});
        log_print("%s", path.data);
        log_stop();
        read_sink(sink, &output);
        struct text rest = buf_text(&output);
        assert_int_equal(count_lines(rest), 3);
        while (rest.len > 0) {
            struct text line = text_split(&rest, '\n');
            assert_in_range(line.len, LOG_TEXT_BYTES_MAX, LOG_LINE_BYTES_MAX - 1);
            assert_true(text_find(line, TEXT("...[+")) < line.len);
        }
        close(sink);
    }
    buf_release(&path);
    buf_release(&output);
}

static void last_words_are_said_whatever_the_level_and_the_format(void **state)
{
    (void)state;
    struct buf output = BUF_INIT;
    int sink = open_sink();
    log_start(sink, LOG_JSON, LOG_NONE);
    log_print("tunemock: %s\n  second \x1b[31m\xE2\x80\xAE\n", "first");
    log_stop();
    read_sink(sink, &output);
    assert_text(buf_text(&output), "tunemock: first\n  second \\x1b[31m\\u202e\n");
    close(sink);
    buf_release(&output);
}

static const struct log_request some_request = {
    .method = TEXT_INIT("GET"), .path = TEXT_INIT("/v1beta/tunedModels"), .status = 200};

/* Reads the pipe until these words have come. */
static void read_pipe_until(int descriptor, const char *words, struct buf *buf)
{
    struct pollfd readable = {.fd = descriptor, .events = POLLIN};
    char piece[4096];
    while (text_find(buf_text(buf), text_of(words)) == buf->len) {
        assert_int_equal(poll(&readable, 1, 30000), 1);
        ssize_t got = read(descriptor, piece, sizeof(piece));
        assert_true(got > 0);
        buf_add(buf, piece, (size_t)got);
    }
}

/* Fills a pipe to its last byte. */
static size_t fill_pipe(const int ends[2])
{
    size_t len = 0;
    assert_int_equal(fcntl(ends[1], F_SETFL, O_NONBLOCK), 0);
    while (write(ends[1], "x", 1) == 1)
        len++;
    assert_int_equal(fcntl(ends[1], F_SETFL, 0), 0);
    return len;
}

static void empty_pipe(const int ends[2], size_t len)
{
    char byte;
    for (; len > 0; len--)
        assert_int_equal(read(ends[0], &byte, 1), 1);
}

static void nobody_waits_for_a_reader_and_the_lost_lines_are_counted(void **state)
{
    (void)state;
    enum { LINES = 40000 };
    int ends[2];
    struct buf output = BUF_INIT;
    uint64_t lost_before = log_lost_count();
    assert_int_equal(pipe(ends), 0);
    log_start(ends[1], LOG_TEXT, LOG_INFO);
    /* What room a last piece leaves would be enough for a shorter line, at one time or another. */
    size_t filled_bytes = fill_pipe(ends);
    for (int i = 0; i < LINES; i++)
        log_write_request(&some_request);
    log_write(LOG_ERROR, "not even for this");
    log_flush();
    empty_pipe(ends, filled_bytes);
    read_pipe_until(ends[0], " lines are missing here\n", &output);
    log_write(LOG_INFO, "afterwards");
    read_pipe_until(ends[0], " afterwards\n", &output);
    log_stop();

    /* More than one gap, where the log's thread was late enough for some line to find room. */
    unsigned long lost_count = 0, gap_count = 0;
    size_t told_count = 0, kept_count = 0;
    struct text rest = buf_text(&output);
    while (rest.len > 0) {
        struct text line = after_time(text_split(&rest, '\n'), 0);
        /* Where the log's thread was late, the last line may have found room. */
        if (text_starts_with(line, TEXT(" info: GET ")) ||
            text_equals(line, TEXT(" error: not even for this"))) {
            kept_count++;
        } else if (text_starts_with(line, TEXT(" warning: the log had no room: "))) {
            assert_int_equal(
                sscanf(line.bytes, " warning: the log had no room: %lu lines", &gap_count), 1);
            lost_count += gap_count;
            told_count++;
        }
    }
    assert_true(told_count >= 1);
    assert_true(lost_count > LINES / 4);
    assert_int_equal(kept_count + lost_count, LINES + 1);
    assert_int_equal(log_lost_count() - lost_before, lost_count);
    assert_true(text_ends_with(buf_text(&output), TEXT(" info: afterwards\n")));
    close(ends[0]);
    close(ends[1]);
    buf_release(&output);
}

static void a_log_that_nobody_reads_stops(void **state)
{
    (void)state;
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    log_start(ends[1], LOG_TEXT, LOG_INFO);
    for (int i = 0; i < 5000; i++)
        log_write_request(&some_request);
    log_stop();
    /* The thread that is left behind is in nobody's way. */
    struct buf output = BUF_INIT;
    log_one(LOG_TEXT, "of another log", &output);
    assert_text(after_time(buf_text(&output), 0), " warning: of another log\n");
    close(ends[0]);
    buf_release(&output);
}

static void what_did_not_fit_on_the_disk_is_counted_and_its_line_ended(void **state)
{
    (void)state;
    struct rlimit limit, small;
    struct buf output = BUF_INIT;
    uint64_t lost_before = log_lost_count();
    int sink = open_sink();
    void (*before)(int) = signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &limit), 0);
    small = (struct rlimit){100, limit.rlim_max};
    log_start(sink, LOG_TEXT, LOG_INFO);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
    for (int i = 0; i < 3; i++)
        log_write_request(&some_request);
    log_flush();
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
    log_write_request(&some_request);
    log_stop();
    read_sink(sink, &output);
    struct text rest = buf_text(&output);
    size_t whole_len = text_find_byte(rest, '\n') + 1;
    assert_true(text_ends_with(text_split(&rest, '\n'), TEXT("0.000ms")));
    assert_int_equal(whole_len + text_split(&rest, '\n').len, small.rlim_cur);
    assert_text(after_time(text_split(&rest, '\n'), 0),
        " warning: the log had no room: 2 lines are missing here");
    assert_true(text_ends_with(text_split(&rest, '\n'), TEXT("0.000ms")));
    assert_int_equal(rest.len, 0);
    assert_int_equal(log_lost_count() - lost_before, 2);
    signal(SIGXFSZ, before);
    close(sink);
    buf_release(&output);
}

/* How many lines the one line speaks for. */
static unsigned long speaks_for(struct text line)
{
    unsigned long more_count = 0;
    size_t mark = text_find(line, TEXT("(and "));
    if (mark < line.len)
        assert_int_equal(sscanf(line.bytes + mark, "(and %lu more like this)", &more_count), 1);
    return 1 + more_count;
}

static void lines_of_one_kind_are_summed_up(void **state)
{
    (void)state;
    enum { LINES = 1000 };
    static const char format[] = "store: create %d failed";
    struct buf output = BUF_INIT;
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    log_start(ends[1], LOG_TEXT, LOG_INFO);
    log_write(LOG_WARNING, "another kind");
    for (int i = 0; i < LINES; i++)
        log_write(LOG_ERROR, format, i);
    /* The sum comes though no other line does. */
    read_pipe_until(ends[0], " 999 failed (and ", &output);
    size_t line_count = 0;
    unsigned long said_count = 0;
    struct text rest = buf_text(&output);
    assert_text(after_time(text_split(&rest, '\n'), 0), " warning: another kind");
    struct text line = {NULL, 0};
    while (rest.len > 0) {
        line = after_time(text_split(&rest, '\n'), 0);
        assert_true(text_starts_with(line, TEXT(" error: store: create ")));
        said_count += speaks_for(line);
        line_count++;
    }
    assert_int_equal(said_count, LINES);
    /* Two; some more if this machine was too busy to write them in one go. */
    assert_in_range(line_count, 2, LINES / 10);
    assert_true(text_starts_with(line, TEXT(" error: store: create 999 failed (and ")));

    /* A stop does not wait for its time. */
    log_write(LOG_INFO, format, 1);
    log_write(LOG_INFO, format, 2);
    log_stop();
    buf_clear(&output);
    read_pipe_until(ends[0], " create 2 failed", &output);
    close(ends[0]);
    close(ends[1]);
    buf_release(&output);
}

static void more_kinds_than_are_told_apart_lose_nothing(void **state)
{
    (void)state;
    enum { KINDS = 100 };
    static const char keys[KINDS];
    struct buf output = BUF_INIT;
    int sink = open_sink();
    log_start(sink, LOG_TEXT, LOG_INFO);
    for (int i = 0; i < 3 * KINDS; i++)
        log_write_kind(LOG_INFO, &keys[i / 3], "kind %d", i / 3);
    log_stop();
    read_sink(sink, &output);
    unsigned long said_count = 0;
    struct text rest = buf_text(&output);
    while (rest.len > 0)
        said_count += speaks_for(text_split(&rest, '\n'));
    assert_int_equal(said_count, 3 * KINDS);
    close(sink);
    buf_release(&output);
}

static void log_that_is_not_started_writes_to_stderr_at_once(void **state)
{
    (void)state;
    struct buf output = BUF_INIT;
    int sink = open_sink();
    int kept_stderr = dup(STDERR_FILENO);
    dup2(sink, STDERR_FILENO);
    log_write(LOG_INFO, "before the start");
    log_write(LOG_DEBUG, "not wanted");
    dup2(kept_stderr, STDERR_FILENO);
    close(kept_stderr);
    read_sink(sink, &output);
    assert_text(after_time(buf_text(&output), 0), " info: before the start\n");
    close(sink);
    buf_release(&output);
}

static void stopped_log_writes_at_once(void **state)
{
    (void)state;
    struct buf output = BUF_INIT;
    int sink = open_sink();
    log_start(sink, LOG_TEXT, LOG_INFO);
    log_stop();
    log_stop();
    log_write(LOG_INFO, "after the end");
    read_sink(sink, &output);
    assert_text(after_time(buf_text(&output), 0), " info: after the end\n");
    close(sink);
    buf_release(&output);
}

enum { WRITERS = 4, LINES_PER_WRITER = 3000 };

static void *writer_run(void *number)
{
    for (int i = 0; i < LINES_PER_WRITER; i++) {
        if (i % 500 == 499)
            log_flush();
        log_write_request(&(struct log_request){.method = TEXT("writer"),
            .path = TEXT("x"),
            .status = *(int *)number,
            .body_bytes = (uint64_t)i});
    }
    return NULL;
}

/* Every line is whole, and those of one writer are in order. */
static void check_written_lines(struct text output)
{
    int next[WRITERS] = {0};
    while (output.len > 0) {
        struct text rest = after_time(text_split(&output, '\n'), 0);
        int writer;
        int line;
        char text[64];
        assert_true(rest.len < sizeof(text));
        memcpy(text, rest.bytes, rest.len);
        text[rest.len] = '\0';
        assert_int_equal(sscanf(text, " info: writer x %d %d 0.000ms", &writer, &line), 2);
        assert_in_range(writer, 0, WRITERS - 1);
        assert_int_equal(line, next[writer]++);
    }
    for (size_t i = 0; i < WRITERS; i++)
        assert_int_equal(next[i], LINES_PER_WRITER);
}

static void threads_write_whole_lines_in_order(void **state)
{
    (void)state;
    struct buf output = BUF_INIT;
    int sink = open_sink();
    log_start(sink, LOG_TEXT, LOG_INFO);
    pthread_t threads[WRITERS];
    int numbers[WRITERS];
    for (int i = 0; i < WRITERS; i++) {
        numbers[i] = i;
        assert_int_equal(pthread_create(&threads[i], NULL, writer_run, &numbers[i]), 0);
    }
    /* Stopping while others still write loses nothing. */
    log_stop();
    for (size_t i = 0; i < WRITERS; i++)
        assert_int_equal(pthread_join(threads[i], NULL), 0);
    log_flush();
    read_sink(sink, &output);
    check_written_lines(buf_text(&output));
    close(sink);
    buf_release(&output);
}

static void broken_descriptor_does_not_stop_the_process(void **state)
{
    (void)state;
    int sink = open_sink();
    close(sink);
    log_start(sink, LOG_TEXT, LOG_INFO);
    log_write(LOG_ERROR, "lost");
    log_stop();

    /* What could not be written is not kept for the next log. */
    struct buf output = BUF_INIT;
    log_one(LOG_TEXT, "kept", &output);
    assert_int_equal(count_lines(buf_text(&output)), 1);
    buf_release(&output);
}

int main(void)
{
    signal(SIGPIPE, SIG_IGN);
    const struct CMUnitTest tests[] = {
        /* First, while the log of this process was never started. */
        cmocka_unit_test(log_that_is_not_started_writes_to_stderr_at_once),
        cmocka_unit_test(names_are_parsed),
        cmocka_unit_test(text_messages_cannot_forge_lines),
        cmocka_unit_test(json_messages_are_valid_json),
        cmocka_unit_test(requests_are_one_line_each),
        cmocka_unit_test(lines_below_the_level_are_not_written),
        cmocka_unit_test(errors_and_flushes_are_written_at_once),
        cmocka_unit_test(gathered_lines_are_written_without_being_asked),
        cmocka_unit_test(lines_have_a_bound),
        cmocka_unit_test(last_words_are_said_whatever_the_level_and_the_format),
        cmocka_unit_test(nobody_waits_for_a_reader_and_the_lost_lines_are_counted),
        cmocka_unit_test(a_log_that_nobody_reads_stops),
        cmocka_unit_test(what_did_not_fit_on_the_disk_is_counted_and_its_line_ended),
        cmocka_unit_test(lines_of_one_kind_are_summed_up),
        cmocka_unit_test(more_kinds_than_are_told_apart_lose_nothing),
        cmocka_unit_test(stopped_log_writes_at_once),
        cmocka_unit_test(threads_write_whole_lines_in_order),
        cmocka_unit_test(broken_descriptor_does_not_stop_the_process),
    };
    return cmocka_run_group_tests_name("log", tests, NULL, NULL);
}
