#include "base/log_line.h"

#include "base/array.h"
#include "base/clock.h"
#include "base/printable.h"
#include "base/timefmt.h"

enum {
    /* Time, level, names of JSON, numbers, sum: what stands around the texts of a line. */
    LOG_FRAME_BYTES_MAX = 512
};
_Static_assert(LOG_TEXT_BYTES_MAX + LOG_METHOD_BYTES_MAX + 2 * LOG_ID_BYTES_MAX +
                       4 * PRINTABLE_MARK_BYTES_MAX + LOG_FRAME_BYTES_MAX <=
                   LOG_LINE_BYTES_MAX,
    "a line has room for what it holds");

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

/* Within a second of the last line, only its milliseconds are written anew. */
static struct text log_line_time(struct log_style *style, int64_t now_ns)
{
    int64_t within_ns = now_ns - style->second_ns;
    struct text time = {style->time, style->time_len};
    if (time.len == 0 || within_ns < 0 || within_ns >= NS_PER_SECOND) {
        style->second_ns = now_ns - now_ns % NS_PER_SECOND;
        time.len = style->time_len = time_format_ms(now_ns, style->time);
        return time;
    }
    unsigned ms = (unsigned)(within_ns / NS_PER_MS);
    char *digits = style->time + time.len - (sizeof("123Z") - 1);
    digits[0] = (char)('0' + ms / 100);
    digits[1] = (char)('0' + ms / 10 % 10);
    digits[2] = (char)('0' + ms % 10);
    return time;
}

/* Both formats begin with the time and the level. */
static void log_line_begin(
    struct buf *line, struct log_style *style, int64_t now_ns, enum log_level level)
{
    struct text time = log_line_time(style, now_ns);
    if (style->format == LOG_TEXT) {
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

static void log_line_end(struct buf *line, enum log_format format)
{
    buf_add_string(line, format == LOG_JSON ? "}\n" : "\n");
}

void log_line_add_message(struct buf *line, struct log_style *style, enum log_level level,
    struct text message, uint64_t more_count)
{
    bool is_json = style->format == LOG_JSON;
    log_line_begin(line, style, clock_system_ns(), level);
    if (is_json)
        buf_add_string(line, ",\"message\":\"");
    printable_add(line, message, is_json ? PRINTABLE_JSON : PRINTABLE_TEXT, LOG_TEXT_BYTES_MAX);
    if (more_count > 0)
        buf_printf(line, " (and %llu more like this)", (unsigned long long)more_count);
    if (is_json)
        buf_add_byte(line, '"');
    log_line_end(line, style->format);
}

/* Numbers with what stands before, between and behind them, made from the end on. */
struct log_numbers {
    char bytes[128];
    size_t start;
};

static void log_numbers_put(struct log_numbers *numbers, struct text text)
{
    for (size_t i = text.len; i > 0; i--) /* most are of a byte or two */
        numbers->bytes[--numbers->start] = text.bytes[i - 1];
}

static void log_numbers_put_number(struct log_numbers *numbers, uint64_t number)
{
    do
        numbers->bytes[--numbers->start] = (char)('0' + number % 10);
    while ((number /= 10) > 0);
}

/* Milliseconds with three digits: printing a double would cost more than the rest of the line. */
static void log_numbers_put_ms(struct log_numbers *numbers, int64_t duration_ns)
{
    uint64_t us = duration_ns > 0 ? (uint64_t)duration_ns / NS_PER_US : 0;
    for (int i = 0; i < 3; i++, us /= 10)
        numbers->bytes[--numbers->start] = (char)('0' + us % 10);
    numbers->bytes[--numbers->start] = '.';
    log_numbers_put_number(numbers, us);
}

/* Status, size and time, with these words before and behind them. */
static void log_line_add_numbers(
    struct buf *line, const struct log_request *request, const struct text words[4])
{
    struct log_numbers numbers;
    numbers.start = sizeof(numbers.bytes);
    log_numbers_put(&numbers, words[3]);
    log_numbers_put_ms(&numbers, request->duration_ns);
    log_numbers_put(&numbers, words[2]);
    log_numbers_put_number(&numbers, request->body_bytes);
    log_numbers_put(&numbers, words[1]);
    log_numbers_put_number(&numbers, (uint64_t)request->status);
    log_numbers_put(&numbers, words[0]);
    buf_add(line, numbers.bytes + numbers.start, sizeof(numbers.bytes) - numbers.start);
}

static const struct text log_words_text[4] = {
    TEXT_INIT(" "), TEXT_INIT(" "), TEXT_INIT(" "), TEXT_INIT("ms")};
static const struct text log_words_json[4] = {TEXT_INIT("\",\"status\":"),
    TEXT_INIT(",\"bodyBytes\":"), TEXT_INIT(",\"durationMs\":"), TEXT_INIT("")};

static void log_line_add_request_text(struct buf *line, const struct log_request *request)
{
    printable_add(line, request->method, PRINTABLE_TEXT, LOG_METHOD_BYTES_MAX);
    buf_add_byte(line, ' ');
    printable_add(line, request->path, PRINTABLE_TEXT, LOG_TEXT_BYTES_MAX);
    log_line_add_numbers(line, request, log_words_text);
    if (request->id.len > 0) {
        buf_add_byte(line, ' ');
        printable_add(line, request->id, PRINTABLE_TEXT, LOG_ID_BYTES_MAX);
    }
    if (request->space.len > 0 && !request->is_default_space) {
        buf_add_string(line, " in ");
        printable_add(line, request->space, PRINTABLE_TEXT, LOG_ID_BYTES_MAX);
    }
}

static void log_line_add_name_json(struct buf *line, const char *key, struct text name)
{
    if (text_is_empty(name))
        return;
    buf_add_string(line, key);
    printable_add(line, name, PRINTABLE_JSON, LOG_ID_BYTES_MAX);
    buf_add_byte(line, '"');
}

static void log_line_add_request_json(struct buf *line, const struct log_request *request)
{
    buf_add_string(line, ",\"method\":\"");
    printable_add(line, request->method, PRINTABLE_JSON, LOG_METHOD_BYTES_MAX);
    buf_add_string(line, "\",\"path\":\"");
    printable_add(line, request->path, PRINTABLE_JSON, LOG_TEXT_BYTES_MAX);
    log_line_add_numbers(line, request, log_words_json);
    log_line_add_name_json(line, ",\"requestId\":\"", request->id);
    log_line_add_name_json(line, ",\"namespace\":\"", request->space);
}

void log_line_add_request(
    struct buf *line, struct log_style *style, const struct log_request *request)
{
    int64_t now_ns = request->time_ns ? request->time_ns : clock_system_ns();
    log_line_begin(line, style, now_ns, LOG_INFO);
    if (style->format == LOG_JSON)
        log_line_add_request_json(line, request);
    else
        log_line_add_request_text(line, request);
    log_line_end(line, style->format);
}
