#include "server/gcs/gcs_answer.h"

#include "server/contract/limits.h"

void gcs_answer_init(struct gcs_answer *answer, struct gcs_intake *intake, struct arena *arena)
{
    *answer = (struct gcs_answer){.intake = intake, .arena = arena, .line = BUF_INIT};
}

void gcs_answer_release(struct gcs_answer *answer)
{
    buf_release(&answer->line);
}

/* Always false. */
static bool gcs_answer_fail(struct gcs_answer *answer, struct text problem)
{
    answer->problem = problem;
    return false;
}

static bool gcs_answer_read_status(struct gcs_answer *answer, struct text line)
{
    enum { STATUS_START = 9, STATUS_END = 12 };
    int64_t status;
    if (!text_starts_with(line, TEXT("HTTP/1.")) || line.len < STATUS_END ||
        line.bytes[STATUS_START - 1] != ' ' ||
        !text_parse_int64(text_slice(line, STATUS_START, STATUS_END), &status) || status < 100)
        return gcs_answer_fail(answer, TEXT("is no HTTP/1.1"));
    answer->status = (int)status;
    answer->reason = arena_text(answer->arena, text_trim(text_slice(line, STATUS_END, line.len)));
    return true;
}

static bool gcs_answer_read_length(struct gcs_answer *answer, struct text value)
{
    uint64_t length;
    if (!text_is_alphanumeric(value, "") || !text_parse_uint64(value, &length) ||
        (answer->has_length && length != answer->left))
        return gcs_answer_fail(answer, TEXT("has a Content-Length that is no number, or two"));
    answer->has_length = true;
    answer->left = length;
    return true;
}

static bool gcs_answer_read_header(struct gcs_answer *answer, struct text line)
{
    size_t colon = text_find_byte(line, ':');
    struct text name = text_slice(line, 0, colon);
    struct text value = text_trim(text_slice(line, colon + 1, line.len));
    if (text_equals_ignoring_case(name, TEXT("Content-Length")))
        return gcs_answer_read_length(answer, value);
    if (text_equals_ignoring_case(name, TEXT("Location")))
        answer->location = arena_text(answer->arena, value);
    if (text_equals_ignoring_case(name, TEXT("Content-Encoding")))
        answer->is_encoded = !text_equals_ignoring_case(value, TEXT("identity"));
    if (!text_equals_ignoring_case(name, TEXT("Transfer-Encoding")))
        return true;
    answer->is_chunked = text_equals_ignoring_case(value, TEXT("chunked"));
    return answer->is_chunked ||
           gcs_answer_fail(answer, TEXT("has a Transfer-Encoding other than chunked"));
}

static bool gcs_answer_fail_room(struct gcs_answer *answer, enum gcs_room room)
{
    return room == GCS_FITS ||
           gcs_answer_fail(answer, gcs_intake_problem(answer->intake, room, answer->arena));
}

static bool gcs_answer_begin_body(struct gcs_answer *answer)
{
    bool is_interim = answer->status < 200;
    if (is_interim) {
        answer->status = 0;
        answer->has_length = answer->is_chunked = answer->is_encoded = false;
        return true;
    }
    if (answer->status != 200) {
        answer->state = GCS_ANSWER_WHOLE;
        return true;
    }
    if (answer->is_encoded)
        return gcs_answer_fail(answer, TEXT("is compressed, which was not asked for"));
    if (answer->is_chunked)
        answer->state = GCS_ANSWER_CHUNK_SIZE;
    else if (!answer->has_length)
        answer->state = GCS_ANSWER_BODY_TO_END;
    else
        answer->state = answer->left ? GCS_ANSWER_BODY : GCS_ANSWER_WHOLE;
    return !answer->has_length || answer->is_chunked ||
           gcs_answer_fail_room(answer, gcs_intake_expect(answer->intake, answer->left));
}

static int gcs_answer_digit(char byte)
{
    if (byte >= '0' && byte <= '9')
        return byte - '0';
    if (byte >= 'a' && byte <= 'f')
        return byte - 'a' + 10;
    return byte >= 'A' && byte <= 'F' ? byte - 'A' + 10 : -1;
}

/* "1a;name=value": the size is hexadecimal, and what follows it means nothing here. */
static bool gcs_answer_read_size(struct gcs_answer *answer, struct text line)
{
    enum { DIGITS_MAX = 15 };
    struct text digits = text_trim(text_slice(line, 0, text_find_byte(line, ';')));
    bool is_number = digits.len > 0 && digits.len <= DIGITS_MAX;
    answer->left = 0;
    for (size_t i = 0; i < digits.len && is_number; i++) {
        int digit = gcs_answer_digit(digits.bytes[i]);
        is_number = digit >= 0;
        answer->left = answer->left * 16 + (uint64_t)(digit >= 0 ? digit : 0);
    }
    if (!is_number)
        return gcs_answer_fail(answer, TEXT("has a chunk without a size"));
    answer->state = answer->left ? GCS_ANSWER_CHUNK : GCS_ANSWER_TRAILER;
    return true;
}

/* A whole line, without its end. */
static bool gcs_answer_read_line(struct gcs_answer *answer, struct text line)
{
    switch (answer->state) {
    case GCS_ANSWER_HEAD:
        if (answer->status == 0)
            return gcs_answer_read_status(answer, line);
        return line.len ? gcs_answer_read_header(answer, line) : gcs_answer_begin_body(answer);
    case GCS_ANSWER_CHUNK_SIZE:
        return gcs_answer_read_size(answer, line);
    case GCS_ANSWER_CHUNK_END:
        answer->state = GCS_ANSWER_CHUNK_SIZE;
        return line.len == 0 || gcs_answer_fail(answer, TEXT("has a chunk without an end"));
    case GCS_ANSWER_TRAILER:
        if (line.len == 0)
            answer->state = GCS_ANSWER_WHOLE;
        return true;
    case GCS_ANSWER_BODY:
    case GCS_ANSWER_BODY_TO_END:
    case GCS_ANSWER_CHUNK:
    case GCS_ANSWER_WHOLE:
        break;
    }
    return true;
}

/* Takes bytes up to the end of a line, and says in `ret_len` how many. */
static bool gcs_answer_take_line(struct gcs_answer *answer, struct text bytes, size_t *ret_len)
{
    size_t end = text_find_byte(bytes, '\n');
    size_t len = end < bytes.len ? end + 1 : bytes.len;
    *ret_len = len;
    answer->head_bytes += len;
    /* Of all chunks together, too: each has some body, so that what is no line is bounded by it. */
    if (answer->line.len + len > GCS_HEAD_BYTES_MAX ||
        (answer->state == GCS_ANSWER_HEAD && answer->head_bytes > GCS_HEAD_BYTES_MAX))
        return gcs_answer_fail(answer, TEXT("has a head that is too large"));
    buf_add_text(&answer->line, text_slice(bytes, 0, len));
    if (end == bytes.len)
        return true;
    struct text line = text_slice(buf_text(&answer->line), 0, answer->line.len - 1);
    if (text_ends_with(line, TEXT("\r")))
        line.len--;
    bool is_read = gcs_answer_read_line(answer, line);
    buf_clear(&answer->line);
    return is_read;
}

static bool gcs_answer_take_body(struct gcs_answer *answer, struct text bytes, size_t *ret_len)
{
    bool is_bounded = answer->state != GCS_ANSWER_BODY_TO_END;
    size_t len = is_bounded && answer->left < bytes.len ? (size_t)answer->left : bytes.len;
    *ret_len = len;
    if (!gcs_answer_fail_room(answer, gcs_intake_add(answer->intake, text_slice(bytes, 0, len))))
        return false;
    if (!is_bounded)
        return true;
    answer->left -= len;
    if (answer->left == 0)
        answer->state = answer->state == GCS_ANSWER_CHUNK ? GCS_ANSWER_CHUNK_END : GCS_ANSWER_WHOLE;
    return true;
}

bool gcs_answer_take(struct gcs_answer *answer, struct text bytes)
{
    while (bytes.len > 0 && answer->state != GCS_ANSWER_WHOLE) {
        size_t len;
        bool is_body = answer->state == GCS_ANSWER_BODY ||
                       answer->state == GCS_ANSWER_BODY_TO_END || answer->state == GCS_ANSWER_CHUNK;
        if (!(is_body ? gcs_answer_take_body(answer, bytes, &len)
                      : gcs_answer_take_line(answer, bytes, &len)))
            return false;
        bytes = text_slice(bytes, len, bytes.len);
    }
    return true;
}

bool gcs_answer_end(struct gcs_answer *answer)
{
    if (answer->state == GCS_ANSWER_BODY_TO_END)
        answer->state = GCS_ANSWER_WHOLE;
    return answer->state == GCS_ANSWER_WHOLE ||
           gcs_answer_fail(answer, TEXT("ends before its end"));
}
