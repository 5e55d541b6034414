#include "server/gcs/gcs_answer.h"

#include "server/contract/limits.h"
#include "tests/lib/unit.h"

enum { BYTES_MAX = 64 };

struct fixture {
    struct arena arena;
    struct gcs_intake intake;
    struct gcs_answer answer;
};

static void fixture_init(struct fixture *fixture)
{
    arena_init(&fixture->arena);
    gcs_intake_init(&fixture->intake, BYTES_MAX, NULL);
    gcs_answer_init(&fixture->answer, &fixture->intake, &fixture->arena);
}

static void fixture_release(struct fixture *fixture)
{
    gcs_answer_release(&fixture->answer);
    gcs_intake_release(&fixture->intake);
    arena_release(&fixture->arena);
}

/* In pieces of so many bytes, and then the end of the connection. */
static bool fixture_take(struct fixture *fixture, struct text bytes, size_t piece_len)
{
    for (size_t at = 0; at < bytes.len; at += piece_len)
        if (!gcs_answer_take(&fixture->answer, text_slice(bytes, at, at + piece_len)))
            return false;
    return gcs_answer_end(&fixture->answer);
}

#define OK "HTTP/1.1 200 OK\r\n"
#define CHUNKED OK "Transfer-Encoding: chunked\r\n\r\n"

static void answers_are_read_however_they_are_framed(void **state)
{
    (void)state;
    static const struct {
        const char *bytes;
        int status;
        const char *body;
    } rows[] = {
        {OK "Content-Length: 5\r\n\r\nhello", 200, "hello"},
        {OK "content-length:  5 \r\n\r\nhello and more", 200, "hello"},
        {OK "Content-Length: 0\r\n\r\n", 200, ""},
        {OK "\r\nto the end", 200, "to the end"},
        {"HTTP/1.0 200\n\nbare", 200, "bare"},
        {CHUNKED "5\r\nhello\r\n1;a=b\r\n!\r\n0\r\n\r\n", 200, "hello!"},
        {CHUNKED "0A\r\n0123456789\r\n0\r\nX-Trailer: y\r\n\r\n", 200, "0123456789"},
        {"HTTP/1.1 100 Continue\r\n\r\n" OK "Content-Length: 1\r\n\r\nx", 200, "x"},
        {"HTTP/1.1 404 Not Found\r\nContent-Length: 9\r\n\r\nno", 404, ""},
        {"HTTP/1.1 302 Found\r\nLocation: /x\r\n\r\n", 302, ""},
        {OK "Content-Length: 1\r\nContent-Encoding: identity\r\n\r\nx", 200, "x"},
    };
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++)
        for (size_t piece_len = 1; piece_len < 40; piece_len++) {
            struct fixture fixture;
            fixture_init(&fixture);
            assert_true(fixture_take(&fixture, text_of(rows[i].bytes), piece_len));
            assert_int_equal(fixture.answer.status, rows[i].status);
            assert_text(buf_text(&fixture.intake.bytes), rows[i].body);
            fixture_release(&fixture);
        }
}

static void what_is_no_answer_is_said(void **state)
{
    (void)state;
    static const struct {
        const char *bytes, *words;
    } rows[] = {
        {"", "ends before its end"},
        {"SSH-2.0-OpenSSH\r\n", "is no HTTP/1.1"},
        {"HTTP/2 200 OK\r\n", "is no HTTP/1.1"},
        {"HTTP/1.1 2xx\r\n", "is no HTTP/1.1"},
        {"HTTP/1.1 020 OK\r\n\r\n", "is no HTTP/1.1"},
        {OK, "ends before its end"},
        {OK "Content-Length: 5\r\n\r\nhell", "ends before its end"},
        {OK "Content-Length: -1\r\n\r\n", "Content-Length"},
        {OK "Content-Length: 1\r\nContent-Length: 2\r\n\r\n", "Content-Length"},
        {OK "Content-Length: 65\r\n\r\n", "is larger than 64 bytes"},
        {OK "Content-Length: 18446744073709551615\r\n\r\n", "is larger than 64 bytes"},
        {OK "Transfer-Encoding: gzip, chunked\r\n\r\n", "other than chunked"},
        {OK "Content-Encoding: gzip\r\n\r\n", "is compressed"},
        {CHUNKED "\r\n", "a chunk without a size"},
        {CHUNKED "x\r\n", "a chunk without a size"},
        {CHUNKED "1000000000000000\r\n", "a chunk without a size"},
        {CHUNKED "1\r\nab\r\n", "a chunk without an end"},
        {CHUNKED "1\r\na\r\n", "ends before its end"},
        {CHUNKED "41\r\n"
                 "01234567890123456789012345678901234567890123456789012345678901234\r\n",
            "is larger than 64 bytes"},
        {OK "\r\n01234567890123456789012345678901234567890123456789012345678901234",
            "is larger than 64 bytes"},
    };
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++)
        for (size_t piece_len = 1; piece_len < 100; piece_len += 7) {
            struct fixture fixture;
            fixture_init(&fixture);
            assert_false(fixture_take(&fixture, text_of(rows[i].bytes), piece_len));
            assert_true(text_find(fixture.answer.problem, text_of(rows[i].words)) <
                        fixture.answer.problem.len);
            fixture_release(&fixture);
        }
}

static void heads_and_lines_have_a_bound(void **state)
{
    (void)state;
    struct buf endless = BUF_INIT;
    struct fixture fixture;
    buf_add_string(&endless, OK "X: ");
    buf_add_repeated(&endless, 'x', GCS_HEAD_BYTES_MAX);
    fixture_init(&fixture);
    assert_false(fixture_take(&fixture, buf_text(&endless), 1000));
    assert_text(fixture.answer.problem, "has a head that is too large");
    fixture_release(&fixture);
    buf_clear(&endless);
    for (int i = 0; i < GCS_HEAD_BYTES_MAX; i++)
        buf_add_string(&endless, "HTTP/1.1 100 Continue\r\n\r\n");
    fixture_init(&fixture);
    assert_false(fixture_take(&fixture, buf_text(&endless), 1000));
    assert_text(fixture.answer.problem, "has a head that is too large");
    fixture_release(&fixture);
    buf_release(&endless);
}

static void what_finds_no_room_is_said(void **state)
{
    (void)state;
    struct budget budget;
    struct fixture fixture;
    budget_init(&budget, 8);
    fixture_init(&fixture);
    fixture.intake.share.budget = &budget;
    assert_false(fixture_take(&fixture, TEXT(OK "Content-Length: 9\r\n\r\n123456789"), 100));
    assert_true(text_starts_with(fixture.answer.problem, TEXT("found no room")));
    fixture_release(&fixture);
    assert_int_equal(budget_used(&budget), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(answers_are_read_however_they_are_framed),
        cmocka_unit_test(what_is_no_answer_is_said),
        cmocka_unit_test(heads_and_lines_have_a_bound),
        cmocka_unit_test(what_finds_no_room_is_said),
    };
    return cmocka_run_group_tests_name("gcs_answer", tests, NULL, NULL);
}
