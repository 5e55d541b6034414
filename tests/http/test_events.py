#!/usr/bin/env python3
"""What is told as it happens: requests, models, how far they train, the clock, faults, stubs, and spaces as a whole."""
import os
import sys
import threading
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import event_stream  # noqa: E402
import tunemock  # noqa: E402

PROJECT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
FROZEN = ("--clock", "frozen@2024-07-20T18:23:29Z", "--step-time", "1s", "--seed", "7")
BY_HAND = (*FROZEN, "--progress", "manual")
PROMPT = {"contents": [{"parts": [{"text": "41"}]}]}


def send(server, method, path, body=None, status=200):
    answered, answer = server.json(method, path, body)
    assert answered == status, answer
    return answer


def create(server, model_id, steps=5):
    data = {"examples": {"examples": [{"textInput": str(n), "output": str(n + 1)} for n in range(steps)]}}
    send(server, "POST", f"/v1beta/tunedModels?tunedModelId={model_id}", {
        "displayName": f"the {model_id}", "baseModel": "models/gemini-1.5-flash-001-tuning",
        "tuningTask": {"hyperparameters": {"epochCount": 1, "batchSize": 1}, "trainingData": data}})


def order(server, model_id, verb, body=None):
    send(server, "POST", f"/emulator/v1/tunedModels/{model_id}:{verb}", body or {})


def advance(server, seconds):
    send(server, "POST", "/emulator/v1/clock:advance", {"duration": f"{seconds}s"})


def told(stream, count):
    """The next events: (event, data) without what is of all."""
    events = [stream.next() for _ in range(count)]
    return [(event["event"], {name: value for name, value in event["data"].items() if name not in ("namespace", "time")})
            for event in events]


def told_of_models(stream, count):
    return [(data["change"], data["name"], data["state"]) for _, data in told(stream, count)]


def told_steps(stream):
    """Of the next event, which tells of progress: the steps of each model."""
    (event, data), = told(stream, 1)
    assert event == "progress", (event, data)
    return {model["name"][len("tunedModels/"):]: model["completedSteps"] for model in data["models"]}


def watch_the_quickstart():
    """Trains the model of the published quickstart by hand, and returns all that is told of it."""
    with open(os.path.join(PROJECT, "fixtures", "quickstart.request.txt"), encoding="utf-8") as file:
        request = file.read()
    events = []
    with tunemock.start(*BY_HAND) as server, event_stream.listen(server) as stream:
        name = send(server, "POST", "/v1beta/tunedModels", request)["name"].split("/")[1]
        events += [stream.next(), stream.next()]
        total = None
        while events[-1]["event"] != "model":
            order(server, name, "advance")
            events.append(stream.next())
            progress, = events[-1]["data"]["models"]
            total = progress["totalSteps"]
            if progress["completedSteps"] == total:
                events.append(stream.next())
        send(server, "POST", f"/v1beta/tunedModels/{name}:generateContent", PROMPT)
        events.append(stream.next())
        snapshots = send(server, "GET", f"/v1beta/tunedModels/{name}")["tuningTask"]["snapshots"]
    return total, events, snapshots


def without_real_time(event):
    data = dict(event["data"])
    if "request" in data:
        data["request"] = {**data["request"], "receivedAt": "", "durationMs": 0}
    return event["event"], data


def test_the_training_of_the_quickstart_is_told_step_by_step():
    total, events, snapshots = watch_the_quickstart()
    kinds = [event["event"] for event in events]
    assert kinds == ["model", "request", *["progress"] * total, "model", "request"], kinds
    steps = [event["data"]["models"][0] for event in events if event["event"] == "progress"]
    assert [step["completedSteps"] for step in steps] == list(range(1, total + 1))
    assert [(step["epoch"], step["meanLoss"]) for step in steps] == \
        [(snapshot["epoch"], snapshot["meanLoss"]) for snapshot in snapshots]
    assert [(event["data"]["change"], event["data"]["state"]) for event in events if event["event"] == "model"] == \
        [("created", "CREATING"), ("state", "ACTIVE")]
    ids = [int(event["id"]) for event in events]
    assert ids == sorted(set(ids))
    assert all(event["data"]["namespace"] == "default" and event["data"]["time"] == "2024-07-20T18:23:29Z"
               for event in events)
    again = watch_the_quickstart()
    assert [without_real_time(event) for event in again[1]] == [without_real_time(event) for event in events]


def test_a_request_is_told_once_as_the_journal_has_it_without_bodies():
    with tunemock.start(*FROZEN) as server, event_stream.listen(server, "?types=request") as stream:
        create(server, "x")
        send(server, "GET", "/v1beta/tunedModels/none?key=secret-key", status=404)
        server.request("GET", "/nowhere?key=secret-key")
        advance(server, 60)
        server.request("POST", "/v1beta/tunedModels/x:streamGenerateContent?alt=sse", PROMPT)
        send(server, "GET", "/emulator/v1/info")
        server.request("OPTIONS", "/v1beta/tunedModels/x")
        requests = [data["request"] for _, data in told(stream, 4)]
        entries = send(server, "GET", "/emulator/v1/requests")["requests"]
        for entry in entries:
            del entry["requestBody"], entry["responseBody"]
        assert requests == entries[::-1], (requests, entries)
        assert [request["status"] for request in requests] == [200, 404, 404, 200]
        assert requests[3]["responseBytes"] > 0 and requests[3]["prompt"] == "41", requests[3]
        assert "secret-key" not in str(requests)


def test_without_a_journal_requests_are_told_all_the_same():
    with tunemock.start(*FROZEN, "--journal-max", "0") as server, \
            event_stream.listen(server, "?types=request") as stream:
        create(server, "x")
        advance(server, 60)
        server.request("POST", "/v1beta/tunedModels/x:streamGenerateContent", PROMPT)
        server.request("POST", "/v1beta/tunedModels/x:generateContent", {**PROMPT, "padding": "x" * 100000})
        created, streamed, refused = [data["request"] for _, data in told(stream, 3)]
        assert (created["id"], created["method"], created["model"]) == ("", "tunedModels.create", "tunedModels/x")
        assert (streamed["status"], streamed["prompt"], streamed["isCut"]) == (200, "41", False), streamed
        assert refused["status"] == 400 and "padding" in refused["error"], refused
        assert send(server, "GET", "/emulator/v1/requests")["requests"] == []


def test_a_client_that_leaves_within_its_answer_is_told_of():
    with tunemock.start(*FROZEN, "--journal-max", "0") as server, \
            event_stream.listen(server, "?types=request") as stream:
        create(server, "x")
        told(stream, 1)
        advance(server, 60)
        send(server, "POST", "/emulator/v1/faults", {"kind": "stall", "times": 1})
        connection = server.connect()
        connection.sendall(b"GET /v1beta/tunedModels/x HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert connection.recv(1)
        connection.close()
        (_, data), = told(stream, 1)
        assert data["request"]["error"] == "The client left before the end of the answer.", data


def test_what_becomes_of_a_model_is_told_in_the_order_of_the_changes():
    with tunemock.start(*BY_HAND) as server, event_stream.listen(server, "?types=model,progress") as stream:
        create(server, "x")
        send(server, "PATCH", "/v1beta/tunedModels/x?updateMask=displayName", {"displayName": "another"})
        operation = send(server, "GET", "/v1/tunedModels/x/operations")["operations"][0]["name"]
        send(server, "POST", f"/v1/{operation}:cancel", {})
        send(server, "DELETE", "/v1beta/tunedModels/x")
        create(server, "y")
        order(server, "y", "advance", {"steps": 2})
        order(server, "y", "fail", {"atStep": 2})
        create(server, "z")
        order(server, "z", "complete")
        events = told(stream, 10)
        assert events[0] == ("model", {"change": "created", "name": "tunedModels/x", "displayName": "the x",
                                       "baseModel": "models/gemini-1.5-flash-001-tuning", "state": "CREATING"})
        assert events[1][1]["displayName"] == events[3][1]["displayName"] == "another", events
        assert [(data.get("change"), data.get("state")) for _, data in events] == [
            ("created", "CREATING"), ("updated", "CREATING"), ("state", "ACTIVE"), ("deleted", "ACTIVE"),
            ("created", "CREATING"), (None, None), ("state", "FAILED"),
            ("created", "CREATING"), (None, None), ("state", "ACTIVE")], events


def test_that_a_training_stands_is_told_at_once():
    with tunemock.start(*FROZEN) as server, event_stream.listen(server, "?types=model,progress") as stream:
        create(server, "x")
        order(server, "x", "stall")
        order(server, "x", "resume")
        assert told_of_models(stream, 3) == [(change, "tunedModels/x", "CREATING") for change in ("created", "updated", "updated")]
        order(server, "x", "stall", {"atStep": 2})
        assert told_of_models(stream, 1) == [("updated", "tunedModels/x", "CREATING")]
        stalled = []
        for _ in range(2):
            advance(server, 1.5)
            (_, data), = told(stream, 1)
            stalled.append([(model["completedSteps"], model["isStalled"]) for model in data["models"]])
        assert stalled == [[(1, False)], [(2, True)]], stalled


def test_time_alone_moves_trainings_and_ends_them():
    with tunemock.start(*FROZEN) as server, event_stream.listen(server, "?types=model,progress,clock") as stream:
        send(server, "POST", "/emulator/v1/stories",
             {"match": {"id": "b"}, "failAtStep": 2, "error": {"code": 13, "message": "boom"}})
        for name in "abc":
            create(server, name)
        told(stream, 3)
        advance(server, 1.5)
        assert told(stream, 1)[0][0] == "clock"
        assert told_steps(stream) == {"a": 1, "b": 1, "c": 1}
        advance(server, 0.1)
        advance(server, 1)
        assert [event for event, _ in told(stream, 2)] == ["clock", "clock"]
        assert told_steps(stream) == {"a": 2, "b": 2, "c": 2}
        assert told_of_models(stream, 1) == [("state", "tunedModels/b", "FAILED")]
        send(server, "DELETE", "/v1beta/tunedModels/c")
        advance(server, 3600)
        assert told_of_models(stream, 1) == [("deleted", "tunedModels/c", "CREATING")]
        assert told(stream, 1)[0][0] == "clock"
        assert told_steps(stream) == {"a": 5}
        assert told_of_models(stream, 1) == [("state", "tunedModels/a", "ACTIVE")]


def test_a_clock_that_runs_has_trainings_told_without_anybody_asking():
    with tunemock.start("--step-time", "20ms", "--seed", "7") as server, \
            event_stream.listen(server, "?types=progress,model") as stream:
        create(server, "x", steps=30)
        told(stream, 1)
        seen = []
        event = stream.next()
        while event["event"] == "progress":
            seen.append(event["data"]["models"][0]["completedSteps"])
            event = stream.next()
        assert seen == sorted(set(seen)) and seen[-1] == 30, seen
        assert (event["data"]["change"], event["data"]["state"]) == ("state", "ACTIVE"), event


def test_looks_that_move_a_training_are_told():
    with tunemock.start(*FROZEN, "--progress", "polls:5") as server, \
            event_stream.listen(server, "?types=progress,model") as stream:
        create(server, "x")
        told(stream, 1)
        for look in range(1, 6):
            send(server, "GET", "/v1beta/tunedModels/x")
            send(server, "GET", "/v1beta/tunedModels")
            assert told_steps(stream) == {"x": look}
        assert told_of_models(stream, 1) == [("state", "tunedModels/x", "ACTIVE")]


def test_of_trainings_that_go_on_already_only_what_comes_is_told():
    with tunemock.start(*FROZEN) as server:
        for name in ("a", "b", "done"):
            create(server, name)
        order(server, "done", "complete")
        advance(server, 2.5)
        with event_stream.listen(server, "?types=model,progress") as stream:
            order(server, "a", "advance", {"steps": 1})
            assert told_steps(stream) == {"a": 3}
            order(server, "a", "stall")
            assert told_of_models(stream, 1) == [("updated", "tunedModels/a", "CREATING")]
            advance(server, 1)
            assert told_steps(stream) == {"b": 3}
            send(server, "POST", "/emulator/v1/state:reset", {})
            create(server, "c")
            advance(server, 1.5)
            assert told_of_models(stream, 1) == [("created", "tunedModels/c", "CREATING")]
            assert told_steps(stream) == {"c": 1}
        # Nobody listens, and what is told later begins with what is then.
        advance(server, 1)
        with event_stream.listen(server, "?types=progress") as stream:
            advance(server, 1)
            assert told_steps(stream)["c"] in (2, 3)


def test_progress_is_told_at_most_ten_times_a_second_and_never_the_last_of_it_lost():
    with tunemock.start(*BY_HAND) as server, event_stream.listen(server, "?types=progress,model") as stream:
        create(server, "x", steps=60)
        told(stream, 1)
        start = time.monotonic()
        for _ in range(60):
            order(server, "x", "advance")
        seen = []
        event = stream.next()
        while event["event"] == "progress":
            seen.append(event["data"]["models"][0]["completedSteps"])
            event = stream.next()
        seconds = time.monotonic() - start
        assert seen == sorted(set(seen)) and seen[-1] == 60, seen
        assert event["data"]["state"] == "ACTIVE", event
        assert len(seen) <= 10 * (int(seconds) + 1), (len(seen), seconds)


def test_the_clock_is_told_as_it_is_answered():
    with tunemock.start(*FROZEN) as server, event_stream.listen(server) as stream:
        advanced = send(server, "POST", "/emulator/v1/clock:advance", {"duration": "10s"})
        changed = send(server, "PATCH", "/emulator/v1/clock", {"time": "2030-01-01T00:00:00Z"})
        send(server, "PATCH", "/emulator/v1/clock", {"time": "2020-01-01T00:00:00Z"}, status=400)
        send(server, "GET", "/emulator/v1/clock")
        send(server, "PATCH", "/emulator/v1/clock", {"mode": "rate", "rate": 2})
        events = told(stream, 3)
        assert events[:2] == [("clock", {"clock": advanced}), ("clock", {"clock": changed})]
        assert (events[2][1]["clock"]["mode"], events[2][1]["clock"]["rate"]) == ("rate", 2), events


def test_faults_and_stubs_are_told_when_they_come_are_used_and_go():
    with tunemock.start(*FROZEN) as server, event_stream.listen(server) as stream:
        create(server, "x")
        advance(server, 60)
        told(stream, 5)
        fault = {"method": "tunedModels.list"}
        send(server, "POST", "/emulator/v1/faults", {**fault, "status": 503, "times": 2})
        send(server, "POST", "/emulator/v1/faults", {**fault, "kind": "slow", "delay": "1ms"})
        send(server, "POST", "/emulator/v1/stubs", {"match": {}, "afterLast": "gone", "replies": [{"text": "one"}]})
        send(server, "POST", "/emulator/v1/stubs", {"match": {}, "reply": {"text": "two"}})
        for status in (503, 503, 200):
            assert server.request("GET", "/v1beta/tunedModels")[0] == status
        for _ in range(2):
            send(server, "POST", "/v1beta/tunedModels/x:generateContent", PROMPT)
        send(server, "DELETE", "/emulator/v1/faults")
        send(server, "DELETE", "/emulator/v1/stubs/2")
        expected = ["fault added 1", "fault added 2", "stub added 1", "stub added 2",
                    "fault used 1", "request", "fault used 1", "fault gone 1", "request", "fault used 2", "request",
                    "stub used 1", "stub gone 1", "request", "stub used 2", "request", "fault gone 2", "stub gone 2"]
        events = [event if event == "request" else f"{event} {data['change']} {data['id']}"
                  for event, data in told(stream, len(expected))]
        assert events == expected, events


def test_a_space_that_is_another_as_a_whole_is_told_of_once():
    with tunemock.start(*FROZEN) as server:
        create(server, "x")
        state = send(server, "GET", "/emulator/v1/state")
        with event_stream.listen(server) as stream:
            send(server, "POST", "/emulator/v1/state:reset", {})
            send(server, "PUT", "/emulator/v1/state", state)
            send(server, "PUT", "/emulator/v1/state", {"version": 77}, status=400)
            advance(server, 2.5)
            assert told(stream, 3)[:2] == [("state", {"change": "reset"}), ("state", {"change": "imported"})]
            # What it holds by now is told of as any other.
            assert told_steps(stream) == {"x": 2}


def test_all_readers_are_told_the_same_in_one_order():
    with tunemock.start(*BY_HAND) as server:
        create(server, "x", steps=20)
        create(server, "y", steps=20)
        heard = [[] for _ in range(8)]

        def hear(stream, events):
            while len(events) < 1 or events[-1]["event"] != "state":
                events.append(stream.next())
            stream.close()

        streams = [event_stream.Stream(server) for _ in heard]
        readers = [threading.Thread(target=hear, args=pair) for pair in zip(streams, heard)]
        movers = [threading.Thread(target=lambda name=name: [order(server, name, "advance") for _ in range(20)])
                  for name in "xy"]
        for thread in readers + movers:
            thread.start()
        for thread in movers:
            thread.join()
        send(server, "GET", "/v1beta/tunedModels/x")
        send(server, "POST", "/emulator/v1/state:reset", {})
        for thread in readers:
            thread.join()
        assert all(events == heard[0] for events in heard)


tunemock.run_tests(globals())
