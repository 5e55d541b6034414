#!/usr/bin/env python3
"""Snapshots of a server: of every namespace its own, in the middle of trainings, and not beyond the process."""
import datetime
import json
import os
import re
import sys
import tempfile
import threading

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import tunemock  # noqa: E402

SNAPSHOTS = "/emulator/v1/snapshots"
EXAMPLES = {"examples": {"examples": [{"textInput": "1", "output": "2"}]}}
MODEL = {"baseModel": "models/gemini-1.5-flash-001-tuning",
         "tuningTask": {"hyperparameters": {"epochCount": 20, "batchSize": 1}, "trainingData": EXAMPLES}}


def good(server, verb, path, body=None, headers=None):
    status, _, content = server.request(verb, path, body, headers)
    assert status == 200, (path, content)
    return json.loads(content)


def create(server, model_id, headers=None):
    good(server, "POST", f"/v1beta/tunedModels?tunedModelId={model_id}", MODEL, headers)


def state(server, model_id):
    return good(server, "GET", f"/v1beta/tunedModels/{model_id}")["state"]


def seconds(time):
    return datetime.datetime.fromisoformat(time[:19]).timestamp() + float(time[19:].rstrip("Z") or 0)


def test_who_waits_for_a_training_sees_what_a_restore_brings():
    with tunemock.start("--clock", "frozen") as server:
        create(server, "one")
        good(server, "POST", SNAPSHOTS, {"id": "trains"})
        good(server, "POST", "/emulator/v1/tunedModels/one:complete")
        good(server, "POST", SNAPSHOTS, {"id": "done"})
        good(server, "POST", f"{SNAPSHOTS}/trains:restore")
        assert state(server, "one") == "CREATING"
        answers = []
        waiting = threading.Thread(target=lambda: answers.append(
            server.json("GET", "/emulator/v1/tunedModels/one:wait?timeout=60s")))
        waiting.start()
        good(server, "POST", f"{SNAPSHOTS}/done:restore")
        waiting.join()
        assert answers[0][0] == 200 and answers[0][1]["state"] == "ACTIVE", answers


def test_a_clock_that_runs_goes_on_from_the_snapshot():
    with tunemock.start("--clock", "rate:0.000001", "--step-time", "1s") as server:
        create(server, "one")
        good(server, "POST", "/emulator/v1/clock:advance", {"duration": "7.5s"})
        steps = len(good(server, "GET", "/v1beta/tunedModels/one")["tuningTask"]["snapshots"])
        taken = good(server, "POST", SNAPSHOTS)["createTime"]
        good(server, "POST", "/emulator/v1/clock:advance", {"duration": "3600s"})
        assert state(server, "one") == "ACTIVE"
        good(server, "POST", f"{SNAPSHOTS}/1:restore")
        assert len(good(server, "GET", "/v1beta/tunedModels/one")["tuningTask"]["snapshots"]) == steps == 7
        clock = good(server, "GET", "/emulator/v1/clock")
        assert clock["mode"] == "rate" and 0 <= seconds(clock["time"]) - seconds(taken) < 1, (taken, clock)


def test_snapshots_end_with_the_process_and_leave_nothing_in_its_file():
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "file.db")
        with tunemock.start("--db", path) as server:
            create(server, "one")
            good(server, "POST", SNAPSHOTS)
            create(server, "two")
            good(server, "POST", SNAPSHOTS, {"id": "second"})
        with tunemock.start("--db", path) as server:
            assert good(server, "GET", SNAPSHOTS) == {"snapshots": []}
            assert server.json("POST", f"{SNAPSHOTS}/second:restore")[0] == 404
            models = good(server, "GET", "/v1beta/tunedModels")["tunedModels"]
            assert sorted(model["name"] for model in models) == ["tunedModels/one", "tunedModels/two"], models
            assert good(server, "POST", SNAPSHOTS)["models"] == 2
            good(server, "DELETE", f"{SNAPSHOTS}/1")
        status, output, errors = tunemock.run("check", path)
        assert status == 0 and re.search(r"\b2 models\b", output), (output, errors)


def test_each_namespace_has_its_own():
    one, other = ({"X-Emulator-Namespace": name} for name in ("one", "other"))
    with tunemock.start() as server:
        create(server, "m", one)
        assert good(server, "POST", SNAPSHOTS, None, one) == good(server, "GET", SNAPSHOTS, None, one)["snapshots"][0]
        assert good(server, "GET", SNAPSHOTS, None, other) == {"snapshots": []}
        assert server.json("POST", f"{SNAPSHOTS}/1:restore", None, other)[0] == 404
        assert good(server, "POST", SNAPSHOTS, None, other)["models"] == 0
        good(server, "DELETE", "/v1beta/tunedModels/m", None, one)
        good(server, "POST", f"{SNAPSHOTS}/1:restore", None, other)
        assert server.json("GET", "/v1beta/tunedModels/m", None, one)[0] == 404
        good(server, "POST", f"{SNAPSHOTS}/1:restore", None, one)
        assert good(server, "GET", "/v1beta/tunedModels/m", None, one)["state"]
        assert server.json("GET", "/v1beta/tunedModels/m", None, other)[0] == 404


tunemock.run_tests(globals())
