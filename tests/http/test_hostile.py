#!/usr/bin/env -S python3 -B
"""What broken, careless and malicious clients send. Each case ends with a server that still answers and stops in peace.

Bounded in count and time; how many connections a flood has depends on the build (see tunemock.scaled) and on the limit
of open files.
"""
import contextlib
import json
import os
import re
import resource
import selectors
import socket
import struct
import time

import tunemock

CREATE = json.dumps({
    "displayName": "numbers",
    "baseModel": "models/gemini-1.5-flash-001-tuning",
    "tuningTask": {"trainingData": {"examples": {"examples": [{"textInput": "1", "output": "2"}]}}},
}).encode()

# What an idle connection may cost: its buffer of 16 KiB and what belongs to it.
CONNECTION_KIB_MAX = 20


def head(method, path, *headers):
    return "\r\n".join([f"{method} {path} HTTP/1.1", "Host: localhost", *headers, "", ""]).encode()


def create(*headers):
    return head("POST", "/v1beta/tunedModels", *headers)


def assert_answers(server):
    status, _, body = server.request("GET", "/v1beta/models?pageSize=1")
    assert status == 200 and json.loads(body)["models"], (status, body)


def post(path, body):
    return head("POST", path, f"Content-Length: {len(body)}") + body


def assert_statuses(server, cases):
    """Each case is (bytes to send, statuses of all the answers before the connection is closed)."""
    for sent, expected in cases:
        received = tunemock.statuses(server.exchange(sent))
        assert received == expected, (sent[:200], received, expected)
    assert_answers(server)


def raise_open_files_limit():
    """Lets this process open as many files as it may, and returns how many."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    return most


def open_connections(stack, server, count):
    return [stack.enter_context(server.connect()) for _ in range(count)]


def flood_count(count):
    """Connections that this process and the server can have open at once, at most `count`."""
    return min(tunemock.scaled(count), raise_open_files_limit() - 300)


def test_what_is_no_http_gets_400_or_a_close():
    with tunemock.start() as server:
        assert_statuses(server, [
            (b"\0" * 1000, []),
            (b"\xff" * 1000 + b"\r\n\r\n", []),
            (b"hello\r\n\r\n", []),
            (b"GET\r\n\r\n", []),
            (b"GET /\r\n\r\n", [400]),
            (b"GET \r\n\r\n", [400]),
            (b"GET  HTTP/1.1\r\n\r\n", [400]),
            (b"GET ? HTTP/1.1\r\n\r\n", [404]),
            (b" / HTTP/1.1\r\n\r\n", []),
            (b"GET / HTTP/2.0\r\n\r\n", [505]),
            (b"GET / HTTP/9.9\r\n\r\n", [505]),
            (b"GET / FTP/1.1\r\n\r\n", [400]),
            (b"GET / HTTP/1.1\r\nno colon here\r\n\r\n", [400]),
            (b"\r\n\r\n\r\n" + head("GET", "/nothing"), [404]),
            (b"", []),
        ])


def test_broken_lengths_are_refused():
    with tunemock.start() as server:
        for length in ["-1", "+1", "1 2", "0x10", "ten", "1,1", "18446744073709551616", "9" * 100]:
            statuses = tunemock.statuses(server.exchange(create(f"Content-Length: {length}") + b"{}"))
            # libmicrohttpd 0.9.75 says it twice before it closes.
            assert statuses and set(statuses) <= {400, 413}, (length, statuses)
        assert_answers(server)


def test_broken_chunks_are_refused():
    chunked = create("Transfer-Encoding: chunked")
    with tunemock.start() as server:
        assert_statuses(server, [
            (chunked + b"xyz\r\n{}\r\n0\r\n\r\n", [400]),
            (chunked + b"-1\r\n{}\r\n0\r\n\r\n", [400]),
            (chunked + b"\r\n{}\r\n0\r\n\r\n", [400]),
            (chunked + b"2\r\n{}junk\r\n0\r\n\r\n", [400]),
            (chunked + b"fffffffffffffffffffff\r\n{}\r\n0\r\n\r\n", [413]),
            # A chunk that never comes.
            (chunked + b"ffffffffffffffff\r\n{}", []),
            (chunked + b"2\r\n{}\r\n", []),
            (chunked, []),
        ])


def test_lines_between_chunks_that_do_not_end_are_cut_off():
    chunked = create("Transfer-Encoding: chunked")
    with tunemock.start("--log-level", "debug") as server:
        for line in (b"0" * 70_000, b"2;" + b"x" * 70_000, b"2\r\n{}\r\n" + b"0" * 70_000):
            assert tunemock.statuses(server.exchange(chunked + line)) == [], line[:10]
        # More than libmicrohttpd's buffer holds: it would keep such a connection, and turn in circles over it.
        assert server.wait_for_log("closed 1 connections whose chunks have no end")
        assert_statuses(server, [
            (chunked + b"0\r\nX: " + b"x" * 70_000 + b"\r\n\r\n", [431]),
            (chunked + b"0\r\n" + b"X: y\r\n" * 20_000 + b"\r\n", [431]),
            (chunked + b"2;" + b"x" * 8000 + b"\r\n{}\r\n0\r\n\r\n", [400]),
        ])


def test_both_framings_at_once_smuggle_nothing():
    smuggled = head("GET", "/smuggled")
    with tunemock.start() as server:
        for lengths in [("Content-Length: 5", "Transfer-Encoding: chunked"),
                        ("Transfer-Encoding: chunked", "Content-Length: 5")]:
            body = b"%x\r\n%s\r\n0\r\n\r\n" % (len(CREATE), CREATE)
            assert tunemock.statuses(server.exchange(create(*lengths) + body)) in ([200], [400])
        hidden = b"0\r\n\r\n" + smuggled
        received = server.exchange(
            create(f"Content-Length: {len(hidden)}", "Transfer-Encoding: chunked", "Connection: close") + hidden)
        assert len(tunemock.statuses(received)) == 1, received
        assert_answers(server)


def test_nul_and_control_bytes_in_the_head_do_no_harm():
    with tunemock.start() as server:
        for sent in [
                b"GET /nothing HTTP/1.1\r\nHost: local\0host\r\nX-Goog-Api-Key: a\0b\r\n\r\n",
                b"GET /no\0thing HTTP/1.1\r\nHost: localhost\r\n\r\n",
                b"G\0T /nothing HTTP/1.1\r\nHost: localhost\r\n\r\n",
                b"GET /nothing HTTP/1.1\r\nX-\x01: \x02\x7f\xff\r\n\r\n",
                b"GET /\x1b[2J\xff\xfe HTTP/1.1\r\nHost: localhost\r\n\r\n",
                b"GET /nothing?\0=\0&\xff HTTP/1.1\r\nHost: localhost\r\n\r\n"]:
            statuses = tunemock.statuses(server.exchange(sent))
            assert statuses in ([], [400], [404]), (sent, statuses)
        assert_answers(server)
        server.wait_for_log("GET /v1beta/models ")
        assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f]", server.log())


def test_the_page_of_an_unknown_path_is_text_whatever_the_path():
    with tunemock.start() as server:
        received = server.exchange(b"GET /\x1b[2J\xff\xc3\xa9<\x7f HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert b"<code>/%1B[2J%FF%C3%A9&lt;%7F</code>" in received, received


def test_no_body_is_an_empty_message():
    with tunemock.start() as server:
        for method, path, status in [
                ("POST", "/v1beta/tunedModels", 400),
                ("PATCH", "/v1beta/tunedModels/absent", 404),
                ("POST", "/v1beta/models/gemini-1.5-flash:generateContent", 400),
                ("POST", "/v1beta/tunedModels/absent:transferOwnership", 404),
                ("POST", "/emulator/v1/faults", 400)]:
            assert_statuses(server, [
                (head(method, path), [status]),
                (head(method, path, "Content-Length: 0"), [status]),
                (head(method, path, "Transfer-Encoding: chunked") + b"0\r\n\r\n", [status]),
                (head(method, path, "Content-Type: application/json", "Connection: close"), [status]),
            ])


def test_bodies_of_invalid_utf_8_and_stray_nul_bytes_are_refused():
    bodies = [b"\xff\xfe", b"\0", CREATE + b"\0", b"\0" + CREATE, CREATE + b"\0" + CREATE,
              CREATE.decode().encode("utf-16"), b'{"displayName\0": "x"}', b"\0" * 100_000]
    # Cut short, overlong, a surrogate, beyond the last code point, a continuation alone.
    bodies += [b'{"displayName": "%s"}' % text for text in (
        b"\xff", b"\xc3", b"\xe2\x82", b"\xc0\x80", b"\xe0\x80\x80", b"\xed\xa0\x80", b"\xf4\x90\x80\x80", b"\x80")]
    with tunemock.start() as server:
        for path in ("/v1beta/tunedModels", "/v1beta/models/gemini-1.5-flash:generateContent", "/emulator/v1/faults"):
            for body in bodies:
                status, answer = server.json("POST", path, body)
                assert (status, answer["error"]["status"]) == (400, "INVALID_ARGUMENT"), (path, body[:50], answer)
        assert_answers(server)


def test_percent_00_and_malformed_percent_signs_in_a_path_find_nothing():
    with tunemock.start() as server:
        assert server.request("POST", "/v1beta/tunedModels?tunedModelId=numbers", CREATE)[0] == 200
        for name in ("numbers%00", "%00", "%00numbers", "num%00bers", "numbers%ff", "%c0%80", "%ed%a0%80"):
            for rest in ("", ":generateContent", "/permissions", "/operations/x"):
                for method in ("GET", "POST", "PATCH", "DELETE"):
                    status, _, _ = server.request(method, f"/v1beta/tunedModels/{name}{rest}")
                    assert status in (400, 404), (method, name, rest, status)
            status, answer = server.json("GET", f"/v1beta/tunedModels/{name}")
            assert (status, answer["error"]["status"]) == (400, "INVALID_ARGUMENT"), (name, answer)
        for path in ("numbers%", "numbers%4", "numbers%zz", "%%%", "numbers%2", "numbers%u0041", "numbers%2500",
                     "..%2fmodels", "%2e%2e", "numbers%2f"):
            for method in ("GET", "PATCH", "DELETE"):
                status, _, _ = server.request(method, f"/v1beta/tunedModels/{path}")
                assert status in (400, 404), (method, path, status)
        for path in ("/%", "/%00", "/v1beta%00/models", "/v1beta/models%00", "/health%00", "/%2fhealth", "/..", "//%"):
            assert server.request("GET", path)[0] == 404, path
        for query in ("tunedModelId=a%00b", "tunedModelId=a%", "tunedModelId=%zz", "%00=1", "key=%ff"):
            assert server.request("POST", f"/v1beta/tunedModels?{query}", CREATE)[0] == 400, query
        assert server.request("GET", "/v1beta/tunedModels/numbers")[0] == 200


def test_pipelined_requests_are_answered_up_to_the_first_bad_one():
    good, bad = head("GET", "/nothing"), b"no http at all\r\n\r\n"
    with tunemock.start() as server:
        count = tunemock.scaled(2000)
        assert_statuses(server, [
            (good * count, [404] * count),
            (post("/v1beta/tunedModels", b"[") * 100, [400] * 100),
            (good * 50 + bad + good * 50, [404] * 50 + [400]),
            (good * 50 + head("GET", "/nothing", "no colon"), [404] * 50 + [400]),
            (good * 50 + create("Content-Length: 1000") + b"{", [404] * 50),
        ])
        # Whoever pipelines and leaves without reading harms nobody.
        for _ in range(tunemock.scaled(100)):
            with server.connect() as connection:
                connection.sendall(head("GET", "/v1beta/models") * 100)
        assert_answers(server)


def test_a_header_of_64_kib_is_too_large():
    with tunemock.start() as server:
        assert_statuses(server, [
            (head("GET", "/nothing", "X-Large: " + "x" * 65536), [431]),
            (head("GET", "/nothing", *[f"X-{i}: {i}" for i in range(2000)]), [431]),
            (head("GET", "/nothing", *["x-goog-api-key: again"] * 100), [404]),
            (head("GET", "/" + "x" * 65536), [414]),
            (head("GET", "/v1beta/models?" + "&".join(f"a{i}=1" for i in range(1000))), [400]),
            (head("GET", "/nothing", "Cookie: " + "; ".join(f"a{i}=1" for i in range(100))), [404]),
            # What is sent back has to find room beside what came.
            (head("GET", "/nothing", "Origin: http://" + "x" * 12_000), [404]),
            (head("OPTIONS", "/nothing", "Access-Control-Request-Headers: " + "x," * 6_000), [200]),
        ])


def test_a_head_that_leaves_no_room_for_an_answer_is_too_large():
    def padded(length, *headers):
        return head("GET", "/nothing", *headers, "X-Padding: ".ljust(length, "x"))

    with tunemock.start() as server:
        assert_statuses(server, [
            (padded(15_000), [404]),
            *[(padded(length), [431]) for length in range(15_500, 16_050, 50)],
            (padded(11_000, "Origin: http://".ljust(2_000, "o")), [404]),
            (padded(13_500, "Origin: http://".ljust(2_000, "o")), [431]),
            (padded(100, "Cookie: ".ljust(7_700, "c")), [431]),
            (padded(100, "Cookie: " + "a=b; " * 210), [431]),
        ])


def test_a_body_over_the_bound_is_refused_with_an_answer():
    large = b"[" * 300_000
    chunked = b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in [large[:70_000]] * 4) + b"0\r\n\r\n"
    with tunemock.start("--max-body", "200000") as server:
        assert_statuses(server, [
            (create(f"Content-Length: {len(large)}") + large, [400]),
            (create("Transfer-Encoding: chunked") + chunked, [400]),
            # The body was read to its end, so the connection goes on.
            (create(f"Content-Length: {len(large)}") + large + head("GET", "/nothing"), [400, 404]),
            (create("Content-Length: 200000") + large[:200_000], [400]),
        ])
        status, _, body = server.request("POST", "/v1beta/tunedModels", large)
        assert (status, json.loads(body)["error"]["message"]) == (
            400, "Request payload size exceeds the limit: 200000 bytes.")


def test_a_body_over_the_bound_is_refused_before_it_is_sent():
    with tunemock.start("--max-body", "200000") as server:
        with server.connect() as connection:
            connection.sendall(create("Content-Length: 200001", "Expect: 100-continue"))
            assert tunemock.read_answer(connection)[0] == 400
        with server.connect() as connection:
            # Nobody reads a terabyte, even to throw it away.
            connection.sendall(create("Content-Length: 1099511627776"))
            assert tunemock.read_answer(connection)[0] == 400
        assert_answers(server)


def test_a_body_without_end_is_cut_off_and_costs_no_memory():
    part = b"x" * 65536
    with tunemock.start("--max-body", "200000") as server, server.connect() as connection:
        assert_answers(server)
        before = server.memory_kib()
        connection.sendall(create("Transfer-Encoding: chunked"))
        sent_bytes = 0
        try:
            while sent_bytes < 200_000_000:
                connection.sendall(b"%x\r\n%s\r\n" % (len(part), part))
                sent_bytes += len(part)
        except (BrokenPipeError, ConnectionResetError):
            pass
        assert 64_000_000 < sent_bytes < 100_000_000, sent_bytes
        assert tunemock.is_sanitized() or server.memory_kib() < before + 4096
        assert_answers(server)


def test_a_fault_keeps_nothing_of_the_id_it_comes_with():
    fault = json.dumps({"method": "models.get", "status": "UNAVAILABLE", "id": "x" * 10_000_000}).encode()
    with tunemock.start("--threads", 1) as server:
        server.request("POST", "/emulator/v1/faults", fault)
        before = server.memory_kib()
        for _ in range(20):
            status, answer = server.json("POST", "/emulator/v1/faults", fault)
            assert (status, len(answer["id"]) < 3) == (200, True), answer
        # The last one may still be under way.
        assert tunemock.is_sanitized() or server.memory_kib() < before + 100_000


def test_a_million_brackets_are_an_error_and_no_crash():
    body = b"[" * 1_000_000
    with tunemock.start() as server:
        assert_statuses(server, [(create(f"Content-Length: {len(body)}") + body, [400])])


def test_a_body_that_stops_half_way_holds_up_nobody():
    with tunemock.start() as server, contextlib.ExitStack() as stack:
        for connection in open_connections(stack, server, 50):
            connection.sendall(create("Content-Length: 1000") + b"{")
        for _ in range(20):
            assert_answers(server)


def test_announced_bodies_cost_nothing_until_they_come():
    count = tunemock.scaled(500)
    with tunemock.start() as server, contextlib.ExitStack() as stack:
        assert_answers(server)
        before = server.memory_kib()
        for connection in open_connections(stack, server, count):
            connection.sendall(create("Content-Length: 20000000") + b"{")
        assert_answers(server)
        assert tunemock.is_sanitized() or server.memory_kib() - before < 2 * count * CONNECTION_KIB_MAX


def test_many_large_bodies_at_a_time_are_cut_off():
    # Together half as much again as all bodies may be.
    large = b" " * 16_000_000
    with tunemock.start() as server, contextlib.ExitStack() as stack:
        assert_answers(server)
        before, descriptors = server.memory_kib(), server.descriptor_count()
        connections = open_connections(stack, server, 25)
        for connection in connections:
            with contextlib.suppress(OSError):
                connection.sendall(create(f"Content-Length: {len(large) + 1}") + large)
        server.wait_for_log("a connection is closed: too many large bodies at a time")
        assert tunemock.is_sanitized() or server.memory_kib() - before < 300 * 1024
        assert_answers(server)
        # The first ones were not, and get their answers.
        connections[0].sendall(b" ")
        assert tunemock.read_answer(connections[0])[0] == 400
        # What others do not hold any more is room for the next.
        stack.close()
        server.wait_for_descriptors(descriptors)
        assert server.request("POST", "/v1beta/tunedModels", large)[0] == 400
        server.wait_for_memory(before + 16 * 1024)


def test_what_a_large_body_cost_is_given_back():
    body = b'{"contents": [' + b",".join([b"{}"] * 3_000_000) + b"]}"
    with tunemock.start() as server:
        assert_answers(server)
        before = server.memory_kib()
        for _ in range(2):
            assert server.request("POST", "/v1beta/models/gemini-1.5-flash:generateContent", body)[0] == 400
        server.wait_for_memory(before + 16 * 1024)


def drip(connections, request, position):
    """Sends one more byte of the request on every connection that is still open; returns these."""
    alive = []
    for connection in connections:
        try:
            connection.send(request[position:position + 1])
            alive.append(connection)
        except OSError:
            connection.close()
    return alive


def test_thousands_of_dripping_connections_hold_up_nobody():
    count = flood_count(5000)
    request = head("GET", "/" + "drip" * 30)
    with tunemock.start() as server, contextlib.ExitStack() as stack:
        assert_answers(server)
        before = server.memory_kib()
        connections = []
        for _ in range(count):
            connections += drip(open_connections(stack, server, 1), request, 0)
        for position in range(1, 4):
            connections = drip(connections, request, position)
            next_second = time.monotonic() + 1
            while time.monotonic() < next_second:
                assert_answers(server)
        assert len(connections) == count, f"{count - len(connections)} were closed"
        # These few bytes told what they speak: each is with a worker now, and has its buffer.
        assert tunemock.is_sanitized() or server.memory_kib() - before < count * CONNECTION_KIB_MAX
        for connection in connections:
            connection.close()
        server.wait_for_descriptors(100)


def test_silent_connections_make_room_for_new_ones():
    count = flood_count(4500)
    with tunemock.start() as server, contextlib.ExitStack() as stack:
        connections = open_connections(stack, server, count)
        assert_answers(server)
        # There are 4,096 places for connections that have not said anything; the oldest had to go.
        connections[0].setblocking(False)
        if count > 4200:
            assert connections[0].recv(1) == b""
        connections[-1].sendall(head("GET", "/nothing"))
        assert tunemock.read_answer(connections[-1])[0] == 404


def close_at_once(server, count, descriptors):
    for number in range(count):
        with server.connect() as connection:
            if number % 3 == 1:
                connection.sendall(head("GET", "/nothing"))
            if number % 3 == 2:
                connection.sendall(b"GET /")
            if number % 2:
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        # On a busy machine they would pile up, and what many at a time take is another question.
        if number % 100 == 99:
            server.wait_for_descriptors(descriptors)


def test_connections_that_close_at_once_leave_nothing_behind():
    # The journal keeps what it may of the requests, which is no leak but would take a third of the bound below.
    with tunemock.start("--journal-max", "0") as server:
        assert_answers(server)
        descriptors = server.descriptor_count()
        # What threads and their heaps have taken at first they keep, and use again.
        close_at_once(server, tunemock.scaled(1000), descriptors)
        server.wait_for_descriptors(descriptors)
        memory = server.memory_kib()
        close_at_once(server, tunemock.scaled(3000), descriptors)
        assert_answers(server)
        server.wait_for_descriptors(descriptors)
        assert tunemock.is_sanitized() or server.memory_kib() < memory + 4096


def reset(connection):
    """Closes as a client that crashes does."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()


def test_clients_that_leave_while_their_requests_wait_do_no_harm():
    rounds, leaving_count, busy_count = 10, 10, 2
    long_list = head("GET", "/v1beta/tunedModels?pageSize=1000", "Connection: close")
    with tunemock.start("--threads", 1, "--step-time", 0) as server:
        model = json.loads(CREATE)
        model["tuningTask"]["hyperparameters"] = {"batchSize": 1, "epochCount": 300}
        for _ in range(40):
            assert server.request("POST", "/v1beta/tunedModels", model)[0] == 200
        for method in ("models.get", "tunedModels.create"):
            fault = {"method": method, "kind": "slow", "delay": "0.2s"}
            assert server.request("POST", "/emulator/v1/faults", fault)[0] == 200
        for waiting in [head("GET", "/v1beta/models/x"), post("/v1beta/tunedModels", CREATE)] * (rounds // 2):
            with contextlib.ExitStack() as stack:
                leaving = open_connections(stack, server, leaving_count)
                busy = open_connections(stack, server, busy_count)
                for connection in leaving + busy:
                    connection.sendall(head("GET", "/emulator/v1/info"))
                    assert tunemock.read_answer(connection)[0] == 200
                # While the one worker makes long lists, the others begin to wait, and are gone when it looks again.
                for connection in busy:
                    connection.sendall(long_list)
                for connection in leaving:
                    connection.sendall(waiting)
                for connection in leaving:
                    time.sleep(0.001)
                    reset(connection)
                for connection in busy:
                    assert tunemock.statuses(tunemock.read_to_end(connection)) == [200]
        assert_answers(server)


def assert_survives_many_connections(server, warning):
    with contextlib.ExitStack() as stack:
        connections = open_connections(stack, server, 100)
        for connection in connections:
            connection.sendall(head("GET", "/nothing"))
        assert tunemock.read_answer(connections[0])[0] == 404
        server.wait_for_log(warning)
        before = server.cpu_seconds()
        time.sleep(1)
        assert server.cpu_seconds() - before < 0.5, "spins"
    assert_answers(server)


def test_running_out_of_descriptors_is_survived_without_spinning():
    with tunemock.start() as server:
        few = server.descriptor_count() + 8
    with tunemock.start(limits=lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (few, few))) as server:
        assert_survives_many_connections(server, "warning: out of file descriptors: new connections wait")


def test_connections_over_the_limit_wait_for_their_turn():
    with tunemock.start(limits=lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (100, 100))) as server:
        assert_survives_many_connections(server, "warning: .* connections .* are open: new ones wait")


def test_a_probe_that_drips_does_not_keep_others_waiting_when_there_is_room_again():
    with tunemock.start(limits=lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (100, 100))) as server:
        with contextlib.ExitStack() as stack:
            dripping = stack.enter_context(server.connect())
            dripping.sendall(head("GET", "/health")[:-2] + b"X: ")
            with contextlib.ExitStack() as others:
                open_connections(others, server, 100)
                server.wait_for_log("warning: .* connections .* are open: new ones wait")
            waiting = stack.enter_context(server.connect())
            waiting.sendall(head("GET", "/nothing"))
            waiting.setblocking(False)
            deadline = time.monotonic() + 5
            while time.monotonic() < deadline:
                dripping.sendall(b"x")
                time.sleep(0.02)
                with contextlib.suppress(BlockingIOError):
                    assert waiting.recv(12) == b"HTTP/1.1 404"
                    break
            else:
                raise AssertionError("nobody is let in")


def test_clients_that_do_not_read_their_answers_hold_up_nobody():
    request = head("GET", "/v1beta/models?pageSize=1000") * 20
    with tunemock.start() as server, contextlib.ExitStack() as stack:
        assert_answers(server)
        before = server.memory_kib()
        connections = open_connections(stack, server, 50)
        for connection in connections:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            connection.setblocking(False)
            with contextlib.suppress(BlockingIOError):
                for _ in range(100):
                    connection.send(request)
        for _ in range(20):
            assert_answers(server)
        assert tunemock.is_sanitized() or server.memory_kib() - before < 50 * 256


def read_all(connections):
    """Reads all connections to their ends side by side; returns what each received."""
    received = {connection: bytearray() for connection in connections}
    with selectors.DefaultSelector() as selector:
        for connection in connections:
            selector.register(connection, selectors.EVENT_READ)
        while selector.get_map():
            for key, _ in selector.select(tunemock.SECONDS_MAX):
                part = key.fileobj.recv(65536)
                received[key.fileobj] += part
                if not part:
                    selector.unregister(key.fileobj)
    return [bytes(content) for content in received.values()]


def test_hundreds_of_writes_at_once_are_all_answered():
    count = tunemock.scaled(500)
    request = create(f"Content-Length: {len(CREATE)}", "Connection: close") + CREATE
    with tunemock.start() as server, contextlib.ExitStack() as stack:
        connections = open_connections(stack, server, count)
        for connection in connections:
            connection.sendall(request)
        answers = read_all(connections)
        assert [tunemock.statuses(answer) for answer in answers] == [[200]] * count
        names = {re.search(rb'"tunedModel": "([^"]+)"', answer).group(1) for answer in answers}
        assert len(names) == count


tunemock.run_tests(globals())
