#!/usr/bin/env python3
"""Requests that wait: a thousand at once, and for long."""
import contextlib
import os
import resource
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "http"))
import tunemock  # noqa: E402

WAITS = tunemock.scaled(1000)
SECONDS_WATCHED = 5
DESCRIPTORS_SPARE = 64


def create(server, model_id, epochs=1):
    status, _, body = server.request(
        "POST", f"/v1beta/tunedModels?tunedModelId={model_id}",
        {"baseModel": "models/gemini-1.5-flash-001-tuning",
         "tuningTask": {"hyperparameters": {"epochCount": epochs},
                        "trainingData": {"examples": {"examples": [{"textInput": "1", "output": "2"}]}}}})
    assert status == 200, body


def begin_waits(server, stack, count):
    connections = []
    for _ in range(count):
        connection = stack.enter_context(server.connect())
        connection.sendall(b"GET /emulator/v1/tunedModels/one:wait?timeout=120s HTTP/1.1\r\nHost: localhost\r\n\r\n")
        connections.append(connection)
    time.sleep(2)
    return connections


def allow_descriptors(count):
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(max(soft, count), hard), hard))


def test_many_waits_cost_nothing_while_they_hang_and_all_end_at_once():
    # The second never ends: it would go on beyond the last year of emulated time.
    for options, epochs in ((("--clock", "frozen"), 1), (("--step-time", "80000h"), 30)):
        with tunemock.start("--log-level", "error", *options) as server, contextlib.ExitStack() as stack:
            create(server, "one", epochs)
            connections = begin_waits(server, stack, WAITS)
            before = server.cpu_seconds()
            time.sleep(SECONDS_WATCHED)
            used = server.cpu_seconds() - before
            assert used < 0.1 * SECONDS_WATCHED, used
            assert server.request("POST", "/emulator/v1/tunedModels/one:complete")[0] == 200
            assert {tunemock.read_answer(connection)[0] for connection in connections} == {200}


def test_a_stop_answers_all_waits():
    with tunemock.start("--clock", "frozen", "--log-level", "error") as server, contextlib.ExitStack() as stack:
        create(server, "one")
        connections = begin_waits(server, stack, WAITS)
        server.process.terminate()
        assert {tunemock.read_answer(connection)[0] for connection in connections} == {504}


def test_a_client_that_has_closed_its_sending_side_is_taken_for_gone_after_a_while():
    with tunemock.start("--clock", "frozen") as server:
        create(server, "one")
        # Long before its time, and before the test's own.
        received = server.exchange(
            b"GET /emulator/v1/tunedModels/one:wait?timeout=300s HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert tunemock.statuses(received) == [504], received


allow_descriptors(WAITS + DESCRIPTORS_SPARE)
tunemock.run_tests(globals())
