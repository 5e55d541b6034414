#!/usr/bin/env -S python3 -B
"""What clients and HTTP itself ask of the server, whatever the API on top of it says."""
import json
import os
import re
import signal
import socket
import struct

import tunemock

CREATE = {
    "displayName": "numbers",
    "baseModel": "models/gemini-1.5-flash-001-tuning",
    # Long enough for a stream of several pieces.
    "tuningTask": {"trainingData": {"examples": {"examples": [{"textInput": "1", "output": "and two " * 30}]}}},
}
PROMPT = {"contents": [{"role": "user", "parts": [{"text": "1"}]}]}


def head(method, path, *headers):
    """A request head as bytes; the empty line included."""
    return "\r\n".join([f"{method} {path} HTTP/1.1", "Host: localhost", *headers, "", ""]).encode()


def tuned_model(server):
    """Creates a tuned model and returns its name. The server was started with --step-time 0."""
    status, operation = server.json("POST", "/v1beta/tunedModels", CREATE)
    assert status == 200, operation
    return operation["metadata"]["tunedModel"]


def stream_request(server, sse=True):
    body = json.dumps(PROMPT)
    path = f"/v1beta/{tuned_model(server)}:streamGenerateContent{'?alt=sse' if sse else ''}"
    return head("POST", path, f"Content-Length: {len(body)}") + body.encode()


def chunks(body):
    """The chunks of a chunked body, without the last, empty one. Fails if the body is not complete."""
    found = []
    while True:
        size, _, body = body.partition(b"\r\n")
        length = int(size, 16)
        if length == 0:
            assert body == b"\r\n", body
            return found
        found.append(body[:length])
        assert body[length:length + 2] == b"\r\n", body
        body = body[length + 2:]


def test_both_loopback_addresses_answer_on_the_same_port():
    with tunemock.start() as server:
        assert b" 200 OK\r\n" in server.exchange(head("GET", "/v1beta/models"))
        try:
            socket.create_connection(("::1", 9), timeout=1).close()
        except ConnectionRefusedError:
            pass
        except OSError:
            return  # This machine has no IPv6 loopback.
        assert b" 200 OK\r\n" in server.exchange(head("GET", "/v1beta/models"), host="::1")


def test_a_taken_port_stops_the_start_with_98_and_says_so():
    with tunemock.start() as server:
        status, output, errors = tunemock.run("serve", "--port", server.port)
        assert (status, output) == (98, ""), (status, output)
        assert f"port {server.port} is taken" in errors, errors


def test_many_requests_share_one_connection():
    with tunemock.start() as server, server.connect() as connection:
        for _ in range(200):
            connection.sendall(head("GET", "/v1beta/models?pageSize=1"))
            assert tunemock.read_answer(connection)[0] == 200


def test_a_hundred_pipelined_requests_are_answered_in_order():
    with tunemock.start() as server:
        paths = [f"/v1beta/tunedModels/pipelined-{i}" for i in range(100)]
        received = server.exchange(b"".join(head("GET", path) for path in paths))
        assert tunemock.statuses(received) == [404] * 100
        places = [received.find(b"tunedModels/pipelined-%d " % i) for i in range(100)]
        assert places == sorted(places) and places[0] > 0, places


def test_pipelined_writes_and_reads_keep_their_order():
    body = json.dumps(CREATE)
    pair = head("POST", "/v1beta/tunedModels", f"Content-Length: {len(body)}") + body.encode() + head("GET", "/nothing")
    with tunemock.start() as server:
        assert tunemock.statuses(server.exchange(pair * 20)) == [200, 404] * 20


def test_connection_close_is_honoured():
    with tunemock.start() as server, server.connect() as connection:
        connection.sendall(head("GET", "/v1beta/models", "Connection: close"))
        received = tunemock.read_to_end(connection)
        assert b"\r\nConnection: close\r\n" in received


def test_http_1_0_is_answered_and_closed():
    with tunemock.start("--step-time", "0") as server:
        with server.connect() as connection:
            connection.sendall(b"GET /v1beta/models HTTP/1.0\r\n\r\n")
            assert b" 200 OK\r\n" in tunemock.read_to_end(connection)
        with server.connect() as connection:
            connection.sendall(stream_request(server, sse=False).replace(b"HTTP/1.1", b"HTTP/1.0"))
            answer_head, _, body = tunemock.read_to_end(connection).partition(b"\r\n\r\n")
            assert b"chunked" not in answer_head, answer_head
            assert isinstance(json.loads(body), list)


def test_the_discovery_document_names_the_server_to_a_client_that_names_no_host():
    with tunemock.start() as server:
        received = server.exchange(b"GET //$discovery/rest?version=v1 HTTP/1.0\r\n\r\n")
        document = json.loads(received.partition(b"\r\n\r\n")[2])
        assert document["rootUrl"] == server.url + "/", document["rootUrl"]


def test_head_has_the_length_of_get_and_no_body():
    with tunemock.start() as server, server.connect() as connection:
        connection.sendall(head("GET", "/v1beta/models?pageSize=1"))
        _, headers, body = tunemock.read_answer(connection)
        connection.sendall(head("HEAD", "/v1beta/models?pageSize=1"))
        status, head_headers, head_body = tunemock.read_answer(connection, method="HEAD")
        assert (status, head_body) == (200, b"")
        assert int(head_headers["Content-Length"]) == len(body) == int(headers["Content-Length"])
        # Nothing was sent after the head: the next answer begins where it should.
        connection.sendall(head("GET", "/nothing"))
        assert tunemock.read_answer(connection)[0] == 404


def test_a_chunked_request_body_is_put_together():
    text = json.dumps(CREATE).encode()
    parts = [text[i:i + 7] for i in range(0, len(text), 7)]
    body = b"".join(b"%x;name=value\r\n%s\r\n" % (len(part), part) for part in parts) + b"0\r\nTrailer: x\r\n\r\n"
    with tunemock.start() as server:
        received = server.exchange(head("POST", "/v1beta/tunedModels", "Transfer-Encoding: chunked") + body)
        assert tunemock.statuses(received) == [200], received
        assert b"CreateTunedModelMetadata" in received


def test_a_body_may_arrive_byte_by_byte():
    body = json.dumps(CREATE)
    request = head("POST", "/v1beta/tunedModels", f"Content-Length: {len(body)}") + body.encode()
    with tunemock.start() as server, server.connect() as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for i in range(len(request)):
            connection.sendall(request[i:i + 1])
        assert tunemock.read_answer(connection)[0] == 200


def test_expect_100_continue_is_continued():
    body = json.dumps(CREATE)
    with tunemock.start() as server, server.connect() as connection:
        connection.sendall(
            head("POST", "/v1beta/tunedModels", f"Content-Length: {len(body)}", "Expect: 100-continue"))
        received = tunemock.read_until(connection, b"\r\n\r\n")
        assert received == b"HTTP/1.1 100 Continue\r\n\r\n", received
        connection.sendall(body.encode())
        assert tunemock.read_answer(connection)[0] == 200


def test_a_content_length_of_0_is_no_body():
    with tunemock.start() as server, server.connect() as connection:
        for method, path, status in [
                ("GET", "/v1beta/models", 200), ("DELETE", "/v1beta/tunedModels/none", 404)]:
            connection.sendall(head(method, path, "Content-Length: 0"))
            assert tunemock.read_answer(connection)[0] == status


def test_an_upgrade_to_h2c_is_ignored():
    with tunemock.start() as server, server.connect() as connection:
        connection.sendall(head(
            "GET", "/v1beta/models", "Connection: Upgrade, HTTP2-Settings", "Upgrade: h2c",
            "HTTP2-Settings: AAMAAABkAAQCAAAAAAIAAAAA"))
        status, headers, _ = tunemock.read_answer(connection)
        assert (status, headers["Upgrade"]) == (200, None)


def test_the_absolute_form_of_a_target_is_understood():
    with tunemock.start() as server:
        for target, status in [
                ("http://example.com/v1beta/models?pageSize=1", 200), ("HTTP://example.com:80/nothing", 404),
                ("http://example.com", 403)]:
            assert tunemock.statuses(server.exchange(head("GET", target))) == [status], target


def test_percent_signs_reach_the_api_as_they_were_sent():
    with tunemock.start() as server:
        for path in ["/v1beta/tunedModels/a%2Fb", "/v1beta/tunedModels/%00", "/v1beta/tunedModels/%zz",
                     "/v1beta/tunedModels/%", "/v1beta/tunedModels/%f", "/%", "/v1beta/models%3FpageSize=1"]:
            statuses = tunemock.statuses(server.exchange(head("GET", path)))
            assert statuses in ([400], [404]), (path, statuses)
        assert tunemock.statuses(server.exchange(head("GET", "/v1beta/models?pageSize=%zz&x=%00%"))) == [400]
        server.wait_for_log(r"GET /v1beta/tunedModels/a%2Fb ")


def test_a_half_closed_client_gets_its_answer():
    create = json.dumps(CREATE).encode()
    with tunemock.start("--step-time", "0", "--stream-delay", "5ms") as server:
        stream = stream_request(server)
        requests = {
            "whole": head("GET", "/v1beta/models"),
            "pending": head("POST", "/v1beta/tunedModels", f"Content-Length: {len(create)}") + create,
            "paced": stream,
        }
        for kind, request in requests.items():
            for _ in range(10):
                assert tunemock.statuses(server.exchange(request)) == [200], kind


def test_clients_in_step_are_all_answered():
    # libmicrohttpd looks at 128 ready connections in one turn; its own threads hang if there are exactly so many.
    request = head("GET", "/nothing")
    with tunemock.start("--threads", "1") as server:
        connections = [server.connect() for _ in range(256)]
        for count in (127, 128, 129, 256):
            for connection in connections[:count]:
                connection.sendall(request)
                assert tunemock.read_answer(connection)[0] == 404
            server.process.send_signal(signal.SIGSTOP)
            for connection in connections[:count]:
                connection.sendall(request)
            server.process.send_signal(signal.SIGCONT)
            for connection in connections[:count]:
                assert tunemock.read_answer(connection)[0] == 404
        for connection in connections:
            connection.close()


def test_a_stream_comes_in_chunks_and_ends_properly():
    with tunemock.start("--step-time", "0", "--stream-delay", "5ms") as server:
        for sse in (True, False):
            answer_head, _, body = server.exchange(stream_request(server, sse)).partition(b"\r\n\r\n")
            assert b"Transfer-Encoding: chunked" in answer_head, answer_head
            pieces = chunks(body)
            assert len(pieces) > 2, pieces
            assert b"".join(pieces).startswith(b"data: {" if sse else b"["), pieces


def assert_turned_away(server, hello):
    """The connection is closed: without an answer, and not reset."""
    with server.connect() as connection:
        connection.sendall(hello)
        assert connection.recv(1) == b""


def test_a_client_that_begins_with_tls_is_told_what_to_change():
    with tunemock.start() as server:
        hello = bytes.fromhex("16030100c8010000c40303") + os.urandom(64)
        assert_turned_away(server, hello)
        server.wait_for_log(r"warning: .*TLS.*http://.*transport='rest'")


def test_a_client_that_begins_with_http_2_is_told_what_to_change():
    with tunemock.start() as server:
        assert_turned_away(server, b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")
        server.wait_for_log(r"warning: .*HTTP/2.*transport='rest'.*fallback: true")
        # The advice comes once for many clients.
        for _ in range(20):
            server.exchange(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")
        server.request("GET", "/last")
        server.wait_for_log(r"GET /last ")
        assert server.log().count("HTTP/2") == 1


def test_a_first_byte_that_does_not_tell_the_protocol_is_waited_on():
    with tunemock.start() as server:
        for first, rest in [(b"P", b"ATCH"), (b"PR", b"OPFIND"), (b"PRI", b"NT"), (b"\r", b"\nGET"), (b"G", b"ET")]:
            with server.connect() as connection:
                connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                connection.sendall(first)
                server.request("GET", "/in-between")
                connection.sendall(rest + b" /nothing HTTP/1.1\r\nHost: localhost\r\n\r\n")
                assert tunemock.read_answer(connection)[0] == 404, first


def test_every_request_is_logged_in_one_line_without_its_query():
    with tunemock.start() as server:
        server.request("GET", "/v1beta/models?key=SECRET-IN-QUERY", headers={"x-goog-api-key": "SECRET-IN-HEADER"})
        server.request("GET", "/v1beta/models?key=SECRET", headers={"Authorization": "Bearer SECRET"})
        server.request("GET", "/line%0Afeed")
        server.wait_for_log(r"^\S+Z info: GET /line%0Afeed 404 \d+ \d+\.\d{3}ms req-\d+$")
        server.wait_for_log(r"^\S+Z info: GET /v1beta/models 200 \d{3,} \d+\.\d{3}ms req-1$")
        assert "SECRET" not in server.log()


def test_a_line_of_the_log_has_the_id_that_the_journal_knows_and_the_namespace():
    for fidelity in ("compat", "strict"):
        with tunemock.start("--log-format", "json", "--fidelity", fidelity) as server:
            for headers in ({}, {"X-Emulator-Namespace": "test.py::one[1]"}, {"X-Request-Id": "mine"}):
                space = headers.get("X-Emulator-Namespace", "default")
                for path in ("/v1beta/tunedModels", "/v1beta/tunedModels/nobody"):
                    assert server.request("GET", path, headers=headers)[0] in (200, 404)
                    entry = server.json("GET", "/emulator/v1/requests?pageSize=1", headers=headers)[1]["requests"][0]
                    names = f'"requestId":"{entry["requestId"]}","namespace":"{space}"'
                    server.wait_for_log(re.escape(f'"path":"{path}","status":{entry["status"]},') + ".*" + re.escape(names))
            for path in ("/health", "/metrics"):
                server.request("GET", path)
                server.wait_for_log(rf'"path":"{path}",[^{{}}]*"durationMs":[0-9.]+\}}$')
    with tunemock.start() as server:
        server.request("GET", "/v1beta/models", headers={"X-Emulator-Namespace": "t1"})
        server.request("GET", "/emulator/v1/info", headers={"X-Emulator-Namespace": "t1"})
        server.wait_for_log(r" info: GET /v1beta/models 200 \d+ \d+\.\d{3}ms req-1 in t1$")
        server.wait_for_log(r" info: GET /emulator/v1/info 200 \d+ \d+\.\d{3}ms in t1$")


def test_credentials_that_got_into_the_path_or_the_method_are_not_logged():
    separators = ("&", ";", "%3F", "%26", "%253Fa%3D1%2526", "#", "/")
    names = ("key", "KEY", "access_token", "api_key", "apiKey", "$key", "%6bey", "oauth_token", "token", "client_secret")
    paths = [f"/v1beta/x{separator}{name}{equals}SECRET/y"
             for separator in separators for name in names for equals in ("=", "%3D", "%253d")]
    with tunemock.start("--log-level", "debug") as server, server.connect() as connection:
        connection.sendall(b"".join(f"GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode() for path in paths))
        for path in paths:
            assert tunemock.read_answer(connection)[0] == 404, path
        for line in ("GET/v1beta/models?key=SECRET / HTTP/1.1", "GET ftp://user:SECRET@localhost/ HTTP/1.1",
                     "GET /x?key=SECRET HTTP/9.9", "GET key=SECRET HTTP/1.1", "key=SECRET"):
            server.exchange(f"{line}\r\nHost: localhost\r\n\r\n".encode())
        server.request("GET", "/last")
        server.wait_for_log("GET /last ")
        assert "SECRET" not in server.log(), server.log()


def test_no_byte_of_a_request_can_disturb_who_reads_the_log():
    marks = "\u202e\u2066\u200b\u200e\u2028\ufeff\u061c\U000e0041\x9b\x1b\x7f\xad"
    for log_format in ("text", "json"):
        with tunemock.start("--log-format", log_format, "--log-level", "debug") as server:
            for path in (f"/v1beta/{marks}", "/long/" + "\u202e" * 4000, "/long/" + "x" * 12000, "/\xff\xc3"):
                encoded = path.encode("latin-1" if "\xff" in path else "utf-8")
                server.exchange(b"GET " + encoded + b" HTTP/1.1\r\nHost: localhost\r\n\r\n")
            server.exchange(marks.encode() + b" / HTTP/1.1\r\nHost: localhost\r\n\r\n")
            server.request("GET", "/last")
            server.wait_for_log("/last")
            assert not re.search(f"[{marks}]", server.log()), server.log()
            assert re.search(r"/long/x+\.\.\.\[\+\d+\]", server.log()), server.log()
            assert max(map(len, server.log().splitlines())) < 4096


def test_a_stop_closes_idle_and_silent_connections():
    with tunemock.start() as server:
        with server.connect() as idle, server.connect() as silent, server.connect() as half_sent:
            idle.sendall(head("GET", "/v1beta/models"))
            assert tunemock.read_answer(idle)[0] == 200
            half_sent.sendall(b"POST /v1beta/tunedModels HTTP/1.1\r\nContent-Length: 10\r\n\r\n{")
            server.stop()
            assert [tunemock.read_to_end(connection) for connection in (idle, silent, half_sent)] == [b""] * 3


def test_a_stop_lets_writes_under_way_finish():
    body = json.dumps(CREATE).encode()
    request = head("POST", "/v1beta/tunedModels", f"Content-Length: {len(body)}") + body
    with tunemock.start() as server:
        connections = [server.connect() for _ in range(20)]
        for connection in connections:
            connection.sendall(request)
        tunemock.read_until(connections[0], b"CreateTunedModelMetadata")
        server.stop()
        for connection in connections[1:]:
            received = tunemock.read_to_end(connection)
            # What was not read before the signal may get no answer; a half one never.
            assert received == b"" or received.endswith(b"}\n"), received
        for connection in connections:
            connection.close()


def test_a_stop_does_not_wait_for_slow_streams():
    with tunemock.start("--step-time", "0", "--stream-delay", "1h") as server:
        with server.connect() as connection:
            connection.sendall(stream_request(server))
            tunemock.read_until(connection, b"data: ")
            server.stop()
            assert tunemock.read_to_end(connection) == b""


def test_a_stop_while_clients_keep_asking_is_clean():
    with tunemock.start() as server:
        connections = [server.connect() for _ in range(16)]
        for round_number in range(200):
            for connection in connections:
                try:
                    connection.sendall(head("GET", "/v1beta/models?pageSize=1"))
                except (BrokenPipeError, ConnectionResetError):
                    pass
            if round_number == 20:
                server.process.send_signal(signal.SIGTERM)
            if server.process.poll() is not None:
                break
        server.stop()
        for connection in connections:
            connection.close()


def test_a_reset_fault_is_a_reset_on_the_wire():
    with tunemock.start() as server:
        status, _, body = server.request(
            "POST", "/emulator/v1/faults", {"method": "models.list", "kind": "reset", "times": 3})
        assert status == 200, body
        for _ in range(3):
            with server.connect() as connection:
                connection.sendall(head("GET", "/v1beta/models"))
                try:
                    received = connection.recv(1)
                    raise AssertionError(f"no reset, but {received!r}")
                except ConnectionResetError:
                    pass
        assert server.request("GET", "/v1beta/models")[0] == 200


def test_an_answer_may_be_delayed_without_holding_up_others():
    with tunemock.start() as server:
        status, _, body = server.request(
            "POST", "/emulator/v1/faults", {"method": "models.list", "kind": "slow", "delay": "300ms"})
        assert status == 200, body
        slow = [server.connect() for _ in range(50)]
        for connection in slow:
            connection.sendall(head("GET", "/v1beta/models"))
        assert server.request("GET", "/nothing")[0] == 404
        for connection in slow:
            assert tunemock.read_answer(connection)[0] == 200
            connection.close()


def linger_reset(connection):
    """Makes close() send a reset."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def test_clients_that_vanish_while_they_wait_do_no_harm():
    body = json.dumps(CREATE).encode()
    create = head("POST", "/v1beta/tunedModels", f"Content-Length: {len(body)}") + body
    with tunemock.start("--step-time", "0", "--stream-delay", "30ms") as server:
        stream = stream_request(server)
        before = server.descriptor_count()
        for number in range(tunemock.scaled(300)):
            with server.connect() as connection:
                connection.sendall(stream if number % 2 else create)
                if number % 3 == 0:
                    connection.recv(1)
                if number % 5:
                    linger_reset(connection)
        assert server.request("GET", "/v1beta/models")[0] == 200
        server.wait_for_descriptors(before)


def test_a_body_that_is_too_large_is_refused_whatever_was_to_be_done_with_it():
    with tunemock.start("--max-body", "1024", "--auth", "required") as server:
        path = "/v1beta/tunedModels"
        status, _, body = server.request("POST", path + "?key=k", "{" + 1025 * " " + "}")
        assert status == 400 and json.loads(body) == {"error": {
            "code": 400, "message": "Request payload size exceeds the limit: 1024 bytes.",
            "status": "INVALID_ARGUMENT"}}, body
        assert server.request("POST", path, "{" + 1025 * " " + "}")[0] == 403
        status, _, body = server.request("POST", path + "?key=k", "{" + 1022 * " " + "}")
        assert status == 400 and b"source_model" in body, body


tunemock.run_tests(globals())
