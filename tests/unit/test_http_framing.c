#include "tests/lib/unit.h"

#include <ctype.h>
#include <limits.h>
#include <stdio.h>

#include "server/http/framing.h"
#include "server/http/target.h"

enum { HEAD_BYTES_MAX = 1024 };

/* Ends a line as libmicrohttpd 0.9.75 does, and returns it; NULL if there is none. */
static char *take_line(char **at, const char *end)
{
    char *line = *at;
    for (char *byte = line; byte < end; byte++) {
        if (*byte != '\n')
            continue;
        *byte = '\0';
        if (byte > line && byte[-1] == '\r')
            byte[-1] = '\0';
        *at = byte + 1;
        return line;
    }
    return NULL;
}

static void take_request_line(struct framing *framing, char *line)
{
    char *target = strchr(line, ' ') + 1;
    char *version = strrchr(target, ' ') + 1;
    target[-1] = '\0';
    version[-1] = '\0';
    framing_begin(framing, text_of(target), target_split(text_of(target)).host);
    framing_take_line(framing, text_of(line), text_of(version));
}

/* What is wrong with a head that is parsed where it lies, its folded lines dropped. */
static const char *check(struct text head)
{
    char buffer[HEAD_BYTES_MAX];
    struct framing framing;
    assert_true(head.len <= sizeof(buffer));
    memcpy(buffer, head.bytes, head.len);
    char *at = buffer;
    const char *end = buffer + head.len;
    take_request_line(&framing, take_line(&at, end));
    for (char *line; (line = take_line(&at, end)) && *line;) {
        char *colon = strchr(line, ':');
        if (*line == ' ' || !colon)
            continue;
        *colon = '\0';
        char *value = colon + 1;
        while (*value == ' ' || *value == '\t')
            value++;
        framing_take_header(&framing, head_name_find(text_of(line)), text_of(line), text_of(value));
    }
    return framing_end(&framing, at);
}

static void heads_that_say_one_thing_are_good(void **state)
{
    (void)state;
    static const char *const rows[] = {
        "GET / HTTP/1.1\r\n\r\n",
        "GET / HTTP/1.0\r\n\r\n",
        "GET /a?b=c HTTP/1.1\r\nHost: localhost\r\n\r\n",
        "GET http://localhost/a HTTP/1.1\r\nHost: other\r\n\r\n",
        "GET http://localhost?a@b HTTP/1.1\r\nHost: other\r\n\r\n",
        "OPTIONS * HTTP/1.1\r\nHost: localhost\r\n\r\n",
        "GET /\x1b\xff HTTP/1.1\r\nHost: localhost\r\n\r\n",
        "M-SEARCH / HTTP/1.1\r\nHost:localhost\r\nX!#$%&'*+-.^_`|~9:\r\nY: \t a \tb\xff \r\n\r\n",
        "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\n",
        "POST / HTTP/1.1\r\nTransfer-Encoding: Chunked\r\nHost: a\r\n\r\n",
    };
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        const char *problem = check(text_of(rows[i]));
        if (problem)
            fail_msg("%s: %s", rows[i], problem);
    }
}

/* A head with a byte between two parts. */
static const char *check_byte(const char *before, char byte, const char *after)
{
    char head[HEAD_BYTES_MAX];
    int len = snprintf(head, sizeof(head), "%s%c%s", before, byte, after);
    return check((struct text){head, (size_t)len});
}

static void each_byte_may_stand_where_the_rfcs_allow_it(void **state)
{
    (void)state;
    for (int i = 1; i <= UCHAR_MAX; i++) {
        /* Those that end something, and so are never part of it. */
        if (i == '\n' || i == ':')
            continue;
        char byte = (char)i;
        bool is_token = i <= SCHAR_MAX && (isalnum(i) || strchr("!#$%&'*+-.^_`|~", i));
        bool is_control = i != '\t' && (i < ' ' || i == 0x7f);
        bool is_space = i == ' ' || (i >= '\t' && i <= '\r');
        assert_int_equal(check_byte("GET / HTTP/1.1\r\nA", byte, "B: b\r\n\r\n") == NULL, is_token);
        assert_int_equal(
            check_byte("GET / HTTP/1.1\r\nA: b", byte, "b\r\n\r\n") == NULL, !is_control);
        assert_int_equal(check_byte("GET /a", byte, "b HTTP/1.1\r\n\r\n") == NULL, !is_space);
    }
}

static void heads_that_could_be_read_in_two_ways_are_not(void **state)
{
    (void)state;
#define POST "POST / HTTP/1.1\r\n"
    static const struct {
        struct text head;
        const char *problem;
    } rows[] = {
        {TEXT_INIT(POST "Content-Length: 5\r\nContent-Length: 5\r\n\r\n"), "several Content-L"},
        {TEXT_INIT(POST "Content-Length: 5\r\ncontent-length: 6\r\n\r\n"), "several Content-L"},
        {TEXT_INIT(POST "Content-Length : 5\r\n\r\n"), "no token"},
        {TEXT_INIT(POST "Content-Length\t: 5\r\n\r\n"), "no token"},
        {TEXT_INIT(POST "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n"), "both"},
        {TEXT_INIT(POST "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n"), "both"},
        {TEXT_INIT(POST "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n"),
            "several Transfer"},
        {TEXT_INIT(POST "Transfer-Encoding: gzip\r\n\r\n"), "not \"chunked\""},
        {TEXT_INIT(POST "Transfer-Encoding: gzip, chunked\r\n\r\n"), "not \"chunked\""},
        {TEXT_INIT(POST "Transfer-Encoding: xchunked\r\n\r\n"), "not \"chunked\""},
        {TEXT_INIT(POST "Transfer-Encoding: chunked \r\n\r\n"), "not \"chunked\""},
        {TEXT_INIT(POST "Transfer-Encoding:\r\n\r\n"), "not \"chunked\""},
        {TEXT_INIT("POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n"), "HTTP/1.0"},
        {TEXT_INIT(POST "Host: a\r\nHost: a\r\n\r\n"), "several Host"},
        {TEXT_INIT(POST " X: a\r\n\r\n"), "folded"},
        {TEXT_INIT(POST "X: a\r\n b\r\n\r\n"), "folded"},
        {TEXT_INIT(POST "X: a\r\n \r\nY: b\r\n\r\n"), "folded"},
        {TEXT_INIT(POST "X: a\0b\r\n\r\n"), "NUL"},
        {TEXT_INIT(POST "X: a\0b\r\nY: c\r\n\r\n"), "NUL"},
        {TEXT_INIT(POST "X: a\nY: b\r\n\r\n"), "CR LF"},
        {TEXT_INIT(POST "X: a\r\n\n"), "CR LF"},
        {TEXT_INIT("POST / HTTP/1.1\nX: a\r\n\r\n"), "CR LF"},
        {TEXT_INIT(POST "X: a\rb\r\n\r\n"), "control"},
        {TEXT_INIT(POST "X: a\r\r\n\r\n"), "control"},
        {TEXT_INIT(POST "X: \x01\r\n\r\n"), "control"},
        {TEXT_INIT(POST "X: \x7f\r\n\r\n"), "control"},
        {TEXT_INIT(POST ": a\r\n\r\n"), "no token"},
        {TEXT_INIT(POST "X\x01: a\r\n\r\n"), "no token"},
        {TEXT_INIT(POST "X\xc3\xa9: a\r\n\r\n"), "no token"},
        {TEXT_INIT("G(T / HTTP/1.1\r\n\r\n"), "method"},
        {TEXT_INIT("GET /a /b HTTP/1.1\r\n\r\n"), "white space"},
        {TEXT_INIT("GET /a\t HTTP/1.1\r\n\r\n"), "white space"},
        {TEXT_INIT("GET /a\r HTTP/1.1\r\n\r\n"), "white space"},
        {TEXT_INIT("GET /?a b HTTP/1.1\r\n\r\n"), "white space"},
        {TEXT_INIT("GET http:///a HTTP/1.1\r\n\r\n"), "no host"},
        {TEXT_INIT("GET http://a@localhost/ HTTP/1.1\r\n\r\n"), "user name"},
    };
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        const char *problem = check(rows[i].head);
        if (!problem || !strstr(problem, rows[i].problem))
            fail_msg("row %zu: %s", i, problem ? problem : "good");
    }
}

/* As libmicrohttpd moves the name of a folded header, what follows it being added to it. */
static void a_name_that_was_moved_is_of_a_folded_header(void **state)
{
    (void)state;
    static char head[] = "POST\0/\0HTTP/1.1\0\0Content-Length\0 5\0\0 1\0\0\0\0Content-Length1";
    struct framing framing;
    framing_begin(&framing, text_of(head + 5), (struct text){NULL, 0});
    framing_take_line(&framing, text_of(head), text_of(head + 7));
    struct text moved = text_of(strstr(head + 43, "Content"));
    framing_take_header(&framing, head_name_find(moved), moved, text_of(head + 33));
    assert_non_null(framing_end(&framing, head + 42));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(heads_that_say_one_thing_are_good),
        cmocka_unit_test(each_byte_may_stand_where_the_rfcs_allow_it),
        cmocka_unit_test(heads_that_could_be_read_in_two_ways_are_not),
        cmocka_unit_test(a_name_that_was_moved_is_of_a_folded_header),
    };
    return cmocka_run_group_tests_name("http/framing", tests, NULL, NULL);
}
