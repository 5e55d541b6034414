#!/usr/bin/env python3
"""Trainings under a test's control, through sockets: looks at the same time, those who wait, and what a kill leaves."""
import json
import contextlib
import os
import sys
import tempfile
import threading

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import tunemock  # noqa: E402

FROZEN = ("--clock", "frozen@2024-07-20T18:23:29Z", "--step-time", "1s")
DATA = {"examples": {"examples": [{"textInput": str(n), "output": str(n + 1)} for n in range(100)]}}


class Killed(Exception):
    """Leaves the block of a server that did not stop in peace."""


def send(server, method, path, body=None):
    status, answer = server.json(method, path, body)
    assert status == 200, answer
    return answer


def create(server, model_id, progress, epochs=1):
    """Makes a model of 100 steps for each epoch, and gives the name of its operation."""
    send(server, "PATCH", "/emulator/v1/config", {"progress": progress})
    return send(server, "POST", f"/v1beta/tunedModels?tunedModelId={model_id}", {
        "baseModel": "models/gemini-1.5-flash-001-tuning",
        "tuningTask": {"hyperparameters": {"epochCount": epochs, "batchSize": 1}, "trainingData": DATA}})["name"]


def order(server, model_id, verb, body=None):
    return send(server, "POST", f"/emulator/v1/tunedModels/{model_id}:{verb}", body or {})


def snapshots(resource):
    return resource.get("tuningTask", resource.get("metadata")).get("snapshots", [])


def threads_of(count, function):
    threads = [threading.Thread(target=function, args=(n,)) for n in range(count)]
    for thread in threads:
        thread.start()
    return threads


def join(threads):
    for thread in threads:
        thread.join()


def test_looks_at_the_same_time_count_once_each():
    """Each shows what it has made of the model itself: no number of steps is seen twice, and none is left out."""
    with tunemock.start(*FROZEN) as server:
        operation = create(server, "x", "polls:120")
        seen, names = [], [operation, "tunedModels/x"]

        def look(which):
            for _ in range(15):
                seen.append(len(snapshots(send(server, "GET", f"/v1beta/{names[which % 2]}"))))

        join(threads_of(6, look))
        assert sorted(seen) == [k * 100 // 120 for k in range(1, 91)], sorted(seen)
        [job] = send(server, "GET", "/emulator/v1/state")["jobs"]
        assert job["looks"] == 90, job


def test_looks_beyond_the_last_find_the_end():
    with tunemock.start() as server:
        create(server, "x", "polls:7")
        states = []
        join(threads_of(5, lambda _: states.extend(send(server, "GET", "/v1beta/tunedModels/x")["state"] for _ in range(4))))
        assert states.count("CREATING") == 6 and states.count("ACTIVE") == 14, states


def test_whoever_waits_is_told_of_an_end_by_hand_and_by_looks():
    ends = {"failed": ("manual", lambda s: order(s, "failed", "fail", {"message": "boom"})),
            "planned": ("manual", lambda s: [order(s, "planned", "fail", {"atStep": 3}), order(s, "planned", "advance", {"steps": 3})]),
            "advanced": ("manual", lambda s: order(s, "advanced", "advance", {"steps": 100})),
            "looked": ("polls:1", lambda s: send(s, "GET", "/v1beta/tunedModels/looked"))}
    with tunemock.start(*FROZEN) as server:
        answers = {}
        for name, (progress, _) in ends.items():
            create(server, name, progress)

        def wait(which):
            name = list(ends)[which]
            answers[name] = send(server, "GET", f"/emulator/v1/tunedModels/{name}:wait?timeout=60s")["state"]

        threads = threads_of(len(ends), wait)
        send(server, "POST", "/emulator/v1/clock:advance", {"duration": "86400s"})
        assert not answers, answers
        for _, end in ends.values():
            end(server)
        join(threads)
        assert answers == {"failed": "FAILED", "planned": "FAILED", "advanced": "ACTIVE", "looked": "ACTIVE"}, answers


def kept(server):
    """The state without what a database does not keep: what is drawn next, and the dials."""
    state = send(server, "GET", "/emulator/v1/state")
    return {key: value for key, value in state.items() if key not in ("config", "numbers")}


def test_what_was_acknowledged_outlives_a_kill():
    with tempfile.TemporaryDirectory() as folder:
        options = ("--db", f"{folder}/t.db", *FROZEN)
        with contextlib.suppress(Killed), tunemock.start(*options) as server:
            create(server, "polled", "polls:10")
            create(server, "manual", "manual")
            create(server, "failing", "time")
            for _ in range(3):
                send(server, "GET", "/v1beta/tunedModels/polled")
            order(server, "manual", "advance", {"steps": 42})
            order(server, "failing", "fail", {"atStep": 12, "code": 8, "message": "boom"})
            order(server, "failing", "advance", {"steps": 5})
            before = kept(server)
            server.process.kill()
            server.process.wait()
            raise Killed
        code, out, err = tunemock.run("check", f"{folder}/t.db")
        assert code == 0, (out, err)
        with tunemock.start(*options) as server:
            assert kept(server) == before
            assert len(snapshots(send(server, "GET", "/v1beta/tunedModels/polled"))) == 40
            assert len(snapshots(send(server, "GET", "/v1beta/tunedModels/manual"))) == 42
            send(server, "POST", "/emulator/v1/clock:advance", {"duration": "60s"})
            [operation] = send(server, "GET", "/v1beta/tunedModels/failing/operations")["operations"]
            assert operation["error"] == {"code": 8, "message": "boom"} and len(snapshots(operation)) == 12, operation


def test_a_model_that_was_moved_very_often_answers_as_ever():
    with tunemock.start("--clock", "rate:1000", "--step-time", "1h") as server:
        create(server, "x", "polls:3000", epochs=30)
        before = []
        for looks in (3, 994, 4, 5):
            for _ in range(looks - 1):
                send(server, "GET", "/v1beta/tunedModels/x?fields=name")
            seen = snapshots(send(server, "GET", "/v1beta/tunedModels/x"))
            assert len(seen) == len(before) + looks and seen[:len(before)] == before
            before = seen
        times = [snapshot["computeTime"] for snapshot in before]
        assert times == sorted(times) and len(set(times)) == 1006
        [job] = send(server, "GET", "/emulator/v1/state")["jobs"]
        assert job["looks"] == 1006 and len(job["moves"]) == 1000, len(job["moves"])


tunemock.run_tests(globals())
