#!/usr/bin/env -S python3 -B
"""Where a request ends and whom it is for (RFC 9112 sections 2.2, 3, 5, 6 and 7): what could be read in two ways gets 400
and a close, and nothing that follows on the connection is ever answered.
"""
import json
import random
import re

import tunemock

PATH = b"/v1beta/models/gemini-1.5-flash:generateContent"
BODY = b'{"contents": [{"parts": [{"text": "a"}]}]}'
LENGTH = b"Content-Length: %d" % len(BODY)
CHUNKED = b"Transfer-Encoding: chunked"
CHUNKS = b"%x\r\n%s\r\n0\r\n\r\n" % (len(BODY), BODY)
# Whoever sees this as a request of its own has been fooled.
SMUGGLED = b"GET /v1beta/models?pageSize=1 HTTP/1.1\r\nHost: localhost\r\n\r\n"


def post(*lines, version=b"HTTP/1.1", host=b"Host: localhost"):
    """The head of a POST that is fine but for these lines."""
    return b"\r\n".join([b"POST " + PATH + b" " + version, *([host] if host else []), *lines, b"", b""])


def get(target, *lines):
    return b"\r\n".join([b"GET " + target + b" HTTP/1.1", *lines, b"", b""])


def assert_refused(server, sent, shape=True):
    """Nothing but 400s, the first in the service's shape unless it is libmicrohttpd's own, and the end."""
    received = server.exchange(sent + SMUGGLED * 2)
    statuses = tunemock.statuses(received)
    assert statuses and set(statuses) == {400}, (sent, received)
    assert b"Connection: close" in received, (sent, received)
    if shape:
        assert len(statuses) == 1, (sent, received)
        error = json.loads(received.partition(b"\r\n\r\n")[2])["error"]
        assert error["code"] == 400 and error["status"] == "INVALID_ARGUMENT", (sent, error)
        assert error["message"].startswith("Malformed HTTP request: "), (sent, error)


def test_lengths_that_differ_or_are_given_twice_are_refused():
    other = b"Content-Length: 0"
    with tunemock.start() as server:
        for lines in [(LENGTH, LENGTH), (LENGTH, other), (other, LENGTH), (LENGTH, b"X: y", LENGTH),
                      (LENGTH, b"CONTENT-LENGTH: 0"), (LENGTH, b"Content-Length:")]:
            assert_refused(server, post(*lines) + BODY)
        # These libmicrohttpd 0.9.75 refuses itself, and says so twice.
        for length in [b"5, 5", b"5,5", b"+5", b"-5", b"0x5", b"5 5", b"5;", b"", b"5.0", b"5\xb2", b"'5'"]:
            assert_refused(server, post(b"Content-Length: " + length) + BODY, shape=False)


def test_lengths_beyond_any_bound_are_refused_at_once():
    with tunemock.start() as server:
        for length in (2 ** 31 * 10, 2 ** 63 - 1, 2 ** 63, 2 ** 64 - 1):
            with server.connect() as connection:
                connection.sendall(post(b"Content-Length: %d" % length) + BODY)
                assert tunemock.statuses(tunemock.read_to_end(connection)) == [400], length
        assert set(tunemock.statuses(server.exchange(post(b"Content-Length: %d" % 2 ** 64) + BODY + SMUGGLED))) == {413}


def test_a_length_and_a_coding_together_are_refused():
    with tunemock.start() as server:
        for lines in [(LENGTH, CHUNKED), (CHUNKED, LENGTH), (b"Content-Length: 0", CHUNKED),
                      (LENGTH, b"Transfer-Encoding: identity"), (LENGTH, b"Transfer-Encoding:"),
                      (b"transfer-encoding: chunked", b"content-length: 5")]:
            assert_refused(server, post(*lines) + CHUNKS)


def test_codings_other_than_chunked_are_refused():
    with tunemock.start() as server:
        for coding in [b"gzip", b"gzip, chunked", b"chunked, gzip", b"chunked, chunked", b"chunked,", b", chunked",
                       b"xchunked", b"chunkedx", b"identity", b"", b'"chunked"', b"chunked;q=1", b"chunk", b"chunked "]:
            assert_refused(server, post(b"Transfer-Encoding: " + coding) + CHUNKS)
        for lines in [(CHUNKED, CHUNKED), (CHUNKED, b"Transfer-Encoding: identity"),
                      (b"Transfer-Encoding: identity", CHUNKED)]:
            assert_refused(server, post(*lines) + CHUNKS)
        assert_refused(server, post(CHUNKED, version=b"HTTP/1.0") + CHUNKS)
        assert_refused(server, post(CHUNKED, b"Connection: keep-alive", version=b"HTTP/1.0") + CHUNKS)


def test_white_space_around_header_names_is_refused():
    with tunemock.start() as server:
        for line in [b"Content-Length : 5", b"Content-Length\t: 5", b"Transfer-Encoding : chunked", b"X : y", b" X: y",
                     b"\tX: y", b"X y: z", b": y", b" : y", b"\x0bX: y", b"X\x00: y", b"X(: y", b"X\xc3\xa9: y"]:
            for lines in [(line,), (line, LENGTH), (LENGTH, line)]:
                assert_refused(server, post(*lines) + BODY, shape=b"\0" not in line)
            # As the first line of all, which nothing can be joined to.
            assert_refused(server, get(b"/health", line, b"Host: localhost"), shape=b"\0" not in line)


def test_folded_lines_are_refused():
    with tunemock.start() as server:
        for lines in [(b"X: y", b" z"), (b"X: y", b"\tz"), (b"X: y", b" "), (b"X:", b" y"), (b"X: y", b" z", b" z"),
                      (b"Content-Length: 1", b" 0"), (LENGTH, b" "), (b"Transfer-Encoding:", b" chunked"),
                      (b"X: y", b" Content-Length: 0")]:
            assert_refused(server, post(*lines) + BODY)
            assert_refused(server, post(LENGTH, *lines) + BODY)
            assert_refused(server, post(*lines, LENGTH) + BODY)


def test_nul_cr_lf_and_other_control_bytes_in_headers_are_refused():
    with tunemock.start() as server:
        for byte in b"\0\x01\x08\x0b\x0c\r\x1b\x1f\x7f":
            for line in [b"X: a%cb" % byte, b"X: a%c" % byte, b"X: %ca" % byte, b"X: a%cTransfer-Encoding: chunked" % byte]:
                assert_refused(server, post(line, LENGTH) + BODY)
                assert_refused(server, post(LENGTH, line) + BODY)
        for sent in [post(b"X: a\nY: b", LENGTH), post(b"X: a\nTransfer-Encoding: chunked"), post(LENGTH).replace(b"\r", b""),
                     post(LENGTH)[:-2] + b"\n", post(LENGTH).replace(b"\r\n", b"\n", 1)]:
            assert_refused(server, sent + BODY)
        received = server.exchange(post(b"X: \t tab\tand \xff\xfe", LENGTH) + BODY)
        assert tunemock.statuses(received) == [200], received


def test_hosts_given_twice_are_refused():
    with tunemock.start() as server:
        for hosts in [(b"Host: localhost",), (b"Host: evil.example",), (b"HOST: localhost", b"X: y"), (b"Host:",)]:
            assert_refused(server, post(*hosts, LENGTH) + BODY)
        # None is what clients of HTTP/1.0 send, and careless ones of HTTP/1.1.
        for version in (b"HTTP/1.0", b"HTTP/1.1"):
            received = server.exchange(post(LENGTH, version=version, host=None) + BODY)
            assert tunemock.statuses(received) == [200], received


def test_broken_first_lines_are_refused():
    with tunemock.start() as server:
        for line in [b"GET  /health HTTP/1.1", b"GET /health  HTTP/1.1", b"GET /health /x HTTP/1.1",
                     b"GET /health?a b HTTP/1.1", b"GET /health\tx HTTP/1.1", b"GET /health\r HTTP/1.1",
                     b"GET /health\x0c HTTP/1.1", b"GET /health\0 HTTP/1.1", b"GET /health?a\0b HTTP/1.1",
                     b"GE(T /health HTTP/1.1", b"G\0ET /health HTTP/1.1", b"G\x01T /health HTTP/1.1",
                     b"GET http:///health HTTP/1.1", b"GET http://?/health HTTP/1.1",
                     b"GET http://a@localhost/health HTTP/1.1", b"GET http://localhost@evil.example/health HTTP/1.1"]:
            assert_refused(server, line + b"\r\nHost: localhost\r\n\r\n")


def test_other_forms_of_targets_get_answers():
    with tunemock.start() as server:
        for line, status in [(b"CONNECT localhost:80", 404), (b"CONNECT /", 404), (b"OPTIONS *", 200), (b"GET *", 404),
                             (b"GET ftp://localhost/health", 404), (b"GET health", 404), (b"GET localhost/health", 404)]:
            received = server.exchange(line + b" HTTP/1.1\r\nHost: localhost\r\n\r\n")
            assert tunemock.statuses(received) == [status], (line, received)


def test_the_host_of_an_absolute_target_is_the_one_that_counts():
    with tunemock.start() as server:
        for target, host, status in [
                (b"http://evil.example", b"localhost", 403),
                (b"HTTP://EVIL.EXAMPLE", b"localhost", 403),
                (b"https://evil.example:443", b"localhost", 403),
                (b"http://evil.example.localhost.", b"evil.example", 200),
                (b"http://localhost:1", b"evil.example", 200),
                (b"http://[::1]", b"evil.example", 200),
                (b"http://..localhost", b"localhost", 403),
                (b"http://evil.example%3F.localhost", b"localhost", 403),
                (b"http://evil.example#.localhost", b"localhost", 403)]:
            for path in (b"/emulator/v1/faults", b"/emulator/v1/info"):
                received = server.exchange(get(target + path, b"Host: " + host))
                assert tunemock.statuses(received) == [status], (target, received)
            # Probes come by any name.
            assert tunemock.statuses(server.exchange(get(target + b"/health", b"Host: " + host))) == [200], target
        received = server.exchange(get(b"http://localhost:1234/emulator/v1/info", b"Host: evil.example"))
        assert json.loads(received.partition(b"\r\n\r\n")[2])["url"] == "http://localhost:1234", received


def test_hosts_that_only_end_like_localhost_are_unknown():
    with tunemock.start() as server:
        for host in [b"evil.example?.localhost", b"..localhost", b"a..localhost", b"evil.example/.localhost",
                     b"evil.example#.localhost", b"evil.example\\.localhost", b"a@localhost", b"localhost:99999",
                     b"[fe80::1%25lo]", b"%6cocalhost", b"127.1", b"localhost,evil.example", b"b\xc3\xbc.localhost"]:
            received = server.exchange(get(b"/emulator/v1/faults", b"Host: " + host))
            assert tunemock.statuses(received) == [403], (host, received)


def test_chunks_that_are_no_chunks_are_refused():
    with tunemock.start() as server:
        for size in [b"+5", b"-5", b" 5", b"5 ", b"0x5", b"", b";a", b"g", b"-0", b"5\0", b"5\r"]:
            assert_refused(server, post(CHUNKED) + size + b"\r\nabcde\r\n0\r\n\r\n", shape=False)
        for size in [b"1" + b"0" * 16, b"f" * 17, b"f" * 1000]:
            received = server.exchange(post(CHUNKED) + size + b"\r\nabcde\r\n0\r\n\r\n" + SMUGGLED)
            assert tunemock.statuses(received) == [413], received


def test_nothing_is_answered_after_a_request_in_chunks():
    """Between chunks libmicrohttpd is more lenient than RFC 9112 section 7.1."""
    size = b"%x" % len(BODY)
    with tunemock.start() as server:
        for body in [CHUNKS, CHUNKS.replace(b"\r\n", b"\n"), size + b";a\n" + BODY + b"\r\n0\r\n\r\n",
                     size + b"\r\n" + BODY + b"\r\n0\r\nX: y\r\n z\r\n\r\n", CHUNKS[:-2] + b"Content-Length: 100\r\n\r\n",
                     b"0" * 30 + size + b"\r\n" + BODY + b"\r\n" + b"0" * 30 + b"\r\n\r\n"]:
            received = server.exchange(post(CHUNKED) + body + SMUGGLED * 2)
            assert tunemock.statuses(received) == [200] and b"Connection: close" in received, (body, received)


def test_good_heads_are_answered_however_they_arrive():
    """Of any size and in pieces of any size, one after the other on a connection."""
    choice = random.Random(1)
    value = [b"", b"v", b"a b\tc", b"v" * 50, b"v" * 400]
    with tunemock.start() as server:
        for _ in range(tunemock.scaled(300)):
            sent, count = b"", choice.randrange(1, 6)
            for _ in range(count):
                lines = [b"X-%d:%s%s" % (i, b" " * choice.randrange(3), choice.choice(value))
                         for i in range(choice.choice([0, 1, 5, 20]))]
                lines += choice.choice([[], [b"Cookie: a=b; c=d"]]) + [b"Host: localhost"]
                choice.shuffle(lines)
                sent += choice.choice([
                    get(b"/v1beta/models?pageSize=1", *lines), get(b"/health", *lines), get(b"/health?", *lines),
                    post(LENGTH, *lines, host=None) + BODY])
            piece = choice.choice([len(sent), 1 if len(sent) < 500 else 97, 1000, 4096, 9000])
            with server.connect() as connection:
                for start in range(0, len(sent), piece):
                    connection.sendall(sent[start:start + piece])
                received = b""
                while len(re.findall(rb"HTTP/1\.1 \d+ ", received)) < count:
                    part = connection.recv(65536)
                    assert part, (sent, received)
                    received += part
            assert tunemock.statuses(received) == [200] * count, (sent, received)


tunemock.run_tests(globals())
