#!/usr/bin/env python3
"""Faults as a socket sees them: answers that break off and answers that do not go on. What has come is looked at, and
whether there is an end."""
import contextlib
import json
import os
import tempfile
import time

import tunemock

FAULTS = "/emulator/v1/faults"
STREAM = "/v1beta/tunedModels/x:streamGenerateContent"
OUTPUT = "one two three four five six seven eight nine ten eleven twelve thirteen"
PROMPT = {"contents": [{"parts": [{"text": "1"}]}]}
SEED = {"tunedModels": [{
    "name": "tunedModels/x", "state": "ACTIVE", "baseModel": "models/gemini-1.5-flash-001-tuning",
    "tuningTask": {"trainingData": {"examples": {"examples": [{"textInput": "1", "output": OUTPUT}]}}}}]}


@contextlib.contextmanager
def start(*options):
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "seed.json")
        with open(path, "w", encoding="utf-8") as file:
            json.dump(SEED, file)
        with tunemock.start("--data", path, *options) as server:
            yield server


def set_fault(server, **fault):
    status, answer = server.json("POST", FAULTS, fault)
    assert status == 200, answer


def send(connection, path, body=None, headers=b""):
    content = json.dumps(body).encode() if body else b""
    verb = b"POST" if body else b"GET"
    connection.sendall(verb + b" " + path.encode() + b" HTTP/1.1\r\nHost: localhost\r\n" + headers +
                       b"Content-Length: %d\r\n\r\n" % len(content) + content)


def read_until(connection, end):
    """What comes until the bytes are there."""
    received = b""
    while end not in received:
        part = connection.recv(65536)
        assert part, f"closed after {received!r}"
        received += part
    return received


def read_to_end(connection):
    received = b""
    while True:
        try:
            part = connection.recv(65536)
        except ConnectionResetError:
            return received
        if not part:
            return received
        received += part


def take_rest(connection):
    """What has come meanwhile; fails if that was the end."""
    received = b""
    connection.setblocking(False)
    try:
        while True:
            part = connection.recv(65536)
            assert part, f"closed after {received!r}"
            received += part
    except BlockingIOError:
        return received
    finally:
        connection.settimeout(tunemock.SECONDS_MAX)


def ask_others(server):
    for _ in range(20):
        assert server.request("GET", "/v1beta/tunedModels/x")[0] == 200


def test_a_truncated_stream_ends_within_the_chunk_after_its_first():
    with start() as server:
        for options, chunk_count in ({}, 1), ({"afterChunks": 2}, 2), ({"afterChunks": 1000}, 4):
            set_fault(server, kind="truncate", times=1, **options)
            with server.connect() as connection:
                send(connection, STREAM + "?alt=sse", PROMPT)
                received = read_to_end(connection)
            assert received.count(b"data: ") == chunk_count + 1, received
            assert received.count(b"\r\n\r\n\r\n") == chunk_count, received
            assert not received.endswith(b"0\r\n\r\n"), received
            assert b"finishReason" not in received, received


def test_a_stalled_stream_goes_on_until_its_client_leaves():
    with start() as server:
        set_fault(server, kind="stall", times=1)
        with server.connect() as connection:
            send(connection, STREAM + "?alt=sse", PROMPT)
            received = read_until(connection, b'"text": "one"')
            ask_others(server)
            received += take_rest(connection)
            assert received.count(b"data: ") == 1, received
        # The same stream, whole.
        with server.connect() as connection:
            send(connection, STREAM + "?alt=sse", PROMPT)
            assert b"finishReason" in read_until(connection, b"0\r\n\r\n")


def test_a_stalled_stream_may_stop_before_its_first_chunk_and_after_its_last():
    with start() as server:
        for asked, sent, last in (0, 0, b"\r\n\r\n"), (2, 2, b'" two three four"'), (1000, 4, b'" eleven twelve thirteen"'):
            set_fault(server, kind="stall", times=1, afterChunks=asked)
            with server.connect() as connection:
                send(connection, STREAM, PROMPT)
                received = read_until(connection, last)
                ask_others(server)
                received += take_rest(connection)
                assert received.count(b"candidates\"") == sent, received
                assert b"finishReason" not in received, received


def test_a_stalled_body_stops_in_its_middle():
    with start() as server:
        set_fault(server, kind="stall", method="tunedModels.get", times=1)
        with server.connect() as connection:
            send(connection, "/v1beta/tunedModels/x")
            received = read_until(connection, b'"name": "tunedModels/')
            ask_others(server)
            assert b"HTTP/1.1 200 OK" in received
            assert take_rest(connection) == b""


def test_many_stalled_answers_hold_no_thread_and_do_not_keep_the_server_from_stopping():
    count = tunemock.scaled(200)
    with contextlib.ExitStack() as stack:
        with start("--threads", "1") as server:
            set_fault(server, kind="stall", method="tunedModels.list")
            connections = [stack.enter_context(server.connect()) for _ in range(count)]
            for connection in connections:
                send(connection, "/v1beta/tunedModels")
            for connection in connections:
                read_until(connection, b'"name": "tunedModels/')
            ask_others(server)
            assert not any(take_rest(connection) for connection in connections)
        # It has stopped, as start() sees to, and no answer was whole.
        for connection in connections:
            assert not read_to_end(connection).endswith(b"0\r\n\r\n")


def test_latency_is_for_the_service_and_not_for_the_control_api():
    with start("--latency", "1h") as server:
        assert server.request("GET", "/emulator/v1/info")[0] == 200
        assert server.request("GET", "/health")[0] == 200
        assert server.request("GET", "/v1beta/tunedModels/x", headers={"X-Emulator-Latency": "0"})[0] == 200


def assert_takes(server, milliseconds, verb, path, body=None, headers=None):
    """No machine is too fast for this, nor too slow."""
    begin = time.monotonic()
    status, _, content = server.request(verb, path, body, headers)
    assert status == 200 and content.endswith((b"]", b"}\n")), content
    assert time.monotonic() - begin >= milliseconds / 1000, (path, headers)


def test_latency_is_before_the_answer():
    with start("--latency", "100ms") as server:
        assert_takes(server, 100, "GET", "/v1beta/tunedModels/x")


def test_a_request_may_ask_for_its_own_latency_and_stream_delay():
    with start() as server:
        for value in "50ms", '{"uniform":["50ms","60ms"]}':
            assert_takes(server, 50, "GET", "/v1beta/tunedModels/x", headers={"X-Emulator-Latency": value})
            assert_takes(server, 150, "POST", STREAM, PROMPT, {"X-Emulator-Stream-Delay": value})
        pace = json.dumps({"firstToken": "80ms", "betweenTokens": "20ms"})
        assert_takes(server, 140, "POST", STREAM, PROMPT, {"X-Emulator-Stream-Delay": pace})
        for name in "X-Emulator-Latency", "X-Emulator-Stream-Delay":
            status, answer = server.json("GET", "/v1beta/tunedModels/x", headers={name: "soon"})
            assert status == 400 and answer["error"]["message"].startswith(name + ": must be a duration"), answer


tunemock.run_tests(globals())
