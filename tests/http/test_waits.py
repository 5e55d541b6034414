#!/usr/bin/env python3
"""Requests that wait: what ends them, and that each ends once, whoever comes first."""
import json
import os
import socket
import sys
import threading
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import tunemock  # noqa: E402

EXAMPLES = {"examples": {"examples": [{"textInput": "1", "output": "2"}]}}


def create(server, model_id, epochs=1, batch=4):
    status, _, body = server.request(
        "POST", f"/v1beta/tunedModels?tunedModelId={model_id}",
        {"baseModel": "models/gemini-1.5-flash-001-tuning",
         "tuningTask": {"hyperparameters": {"epochCount": epochs, "batchSize": batch}, "trainingData": EXAMPLES}})
    assert status == 200, body


def wait_for(server, model_id, timeout="20s"):
    status, _, body = server.request("GET", f"/emulator/v1/tunedModels/{model_id}:wait?timeout={timeout}")
    return status, json.loads(body)


class Waiting:
    """Waits in threads of their own."""

    def __init__(self, server, ids, timeout="20s"):
        self.answers = [None] * len(ids)
        self.threads = []
        for index, model_id in enumerate(ids):
            thread = threading.Thread(target=self._run, args=(server, index, model_id, timeout))
            thread.start()
            self.threads.append(thread)

    def _run(self, server, index, model_id, timeout):
        self.answers[index] = wait_for(server, model_id, timeout)

    def results(self):
        for thread in self.threads:
            thread.join()
        return self.answers


def test_a_wait_ends_when_the_training_does():
    with tunemock.start("--step-time", "100ms") as server:
        create(server, "one", epochs=3)
        status, model = wait_for(server, "one")
        assert status == 200 and model["state"] == "ACTIVE", model


def test_a_clock_at_another_rate_is_waited_for_at_its_rate():
    with tunemock.start("--step-time", "100s", "--clock", "rate:1000") as server:
        create(server, "one", epochs=3)
        status, model = wait_for(server, "one")
        assert status == 200 and model["state"] == "ACTIVE", model


def test_a_wait_ends_at_its_time_where_the_clock_stands_still():
    with tunemock.start("--clock", "frozen") as server:
        create(server, "one")
        status, error = wait_for(server, "one", "50ms")
        assert status == 504 and error["error"]["status"] == "DEADLINE_EXCEEDED", error


def test_many_waits_end_by_one_event_and_others_go_on():
    with tunemock.start("--clock", "frozen") as server:
        for model_id in ("one", "two"):
            create(server, model_id)
        waiting = Waiting(server, ["one"] * 20)
        other = Waiting(server, ["two"] * 3, timeout="1s")
        time.sleep(0.2)
        assert server.request("POST", "/emulator/v1/tunedModels/one:complete")[0] == 200
        assert [status for status, _ in waiting.results()] == [200] * 20
        assert [status for status, _ in other.results()] == [504] * 3


def test_a_cancel_and_a_delete_end_waits():
    with tunemock.start("--clock", "frozen") as server:
        for model_id in ("one", "two"):
            create(server, model_id)
        waiting = Waiting(server, ["one", "two"])
        time.sleep(0.2)
        assert server.request("POST", "/v1beta/tunedModels/one:cancel", {})[0] == 200
        assert server.request("DELETE", "/v1beta/tunedModels/two")[0] == 200
        (status, model), (missing, _) = waiting.results()
        assert status == 200 and model["state"] == "ACTIVE", model
        assert missing == 404


def test_a_clock_that_is_advanced_ends_waits():
    with tunemock.start("--clock", "frozen", "--step-time", "1h") as server:
        create(server, "one", epochs=2)
        waiting = Waiting(server, ["one"] * 3)
        time.sleep(0.2)
        for _ in range(3):
            status, _, _ = server.request("POST", "/emulator/v1/clock:advance", {"duration": "3600s"})
            assert status == 200
        assert [status for status, _ in waiting.results()] == [200] * 3


def test_a_clock_that_is_changed_ends_waits():
    """Set forward, run at a rate, and thawed: each ends waits for a simulated day at once."""
    changes = [{"time": "2024-07-22T00:00:00Z"}, {"rate": 1000000}, {"mode": "real"}]
    for change in changes:
        with tunemock.start("--clock", "frozen@2024-07-20T18:23:29Z", "--step-time", "1h") as server:
            create(server, "one", epochs=24, batch=1)
            waiting = Waiting(server, ["one"] * 3)
            time.sleep(0.2)
            status, _, body = server.request("PATCH", "/emulator/v1/clock", change)
            assert status == 200, body
            assert [status for status, _ in waiting.results()] == [200] * 3, change


def test_a_poller_goes_through_a_simulated_day_hour_by_hour():
    with tunemock.start("--clock", "frozen@2024-07-20T18:23:29Z", "--step-time", "1h") as server:
        create(server, "one", epochs=24, batch=1)
        steps = []
        for _ in range(26):  # the first step begins a little after the create
            model = json.loads(server.request("GET", "/v1beta/tunedModels/one")[2])
            steps.append(len(model["tuningTask"].get("snapshots", [])))
            status, _, body = server.request("POST", "/emulator/v1/clock:advance", {"duration": "3600s"})
            assert status == 200, body
        assert steps == sorted(steps) and steps[0] == 0 and steps[-1] == 24, steps
        assert json.loads(server.request("GET", "/v1beta/tunedModels/one")[2])["state"] == "ACTIVE"


def test_an_answer_that_was_waited_for_has_the_date_of_its_end():
    with tunemock.start("--clock", "frozen@2024-07-20T18:23:29Z", "--step-time", "1h") as server:
        create(server, "one")
        with server.connect() as connection:
            connection.sendall(b"GET /emulator/v1/tunedModels/one:wait HTTP/1.1\r\nHost: localhost\r\n\r\n")
            time.sleep(0.2)
            assert server.request("POST", "/emulator/v1/clock:advance", {"duration": "86400s"})[0] == 200
            status, headers, _ = tunemock.read_answer(connection)
        assert status == 200 and headers.get_all("Date") == ["Sun, 21 Jul 2024 18:23:29 GMT"], headers


def test_a_wait_that_is_raced_by_its_event_is_answered():
    """The event comes while the wait begins, ends, or times out: each is answered, and none twice."""
    with tunemock.start("--clock", "frozen", "--threads", "2") as server:
        for round_number in range(tunemock.scaled(60)):
            model_id = f"m{round_number}"
            create(server, model_id)
            waiting = Waiting(server, [model_id] * 4, timeout="10ms" if round_number % 2 else "20s")
            assert server.request("POST", f"/emulator/v1/tunedModels/{model_id}:complete")[0] == 200
            statuses = [status for status, _ in waiting.results()]
            assert set(statuses) <= ({200, 504} if round_number % 2 else {200}), statuses
        assert server.request("GET", "/health")[0] == 200


def test_clients_that_leave_leave_nothing_behind():
    with tunemock.start("--clock", "frozen") as server:
        create(server, "one")
        for _ in range(tunemock.scaled(100)):
            connection = socket.create_connection(("127.0.0.1", server.port))
            connection.sendall(b"GET /emulator/v1/tunedModels/one:wait?timeout=300s HTTP/1.1\r\nHost: localhost\r\n\r\n")
            connection.close()
        last = socket.create_connection(("127.0.0.1", server.port))
        last.sendall(b"GET /emulator/v1/tunedModels/one:wait?timeout=300s HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert server.request("POST", "/emulator/v1/tunedModels/one:complete")[0] == 200
        assert last.recv(12) == b"HTTP/1.1 200"
        last.close()


def test_a_stop_ends_every_wait_with_an_answer():
    with tunemock.start("--clock", "frozen") as server:
        create(server, "one")
        waiting = Waiting(server, ["one"] * 10, timeout="300s")
        time.sleep(1)
        server.process.terminate()
        answers = waiting.results()
        assert [status for status, _ in answers] == [504] * 10, answers


tunemock.run_tests(globals())
