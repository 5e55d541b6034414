#!/usr/bin/env python3
"""Snapshots of a server: of every namespace its own, in the middle of trainings, and not beyond the process."""
import datetime
import json
import os
import random
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


def change_at_random(server, draw):
    """Creates, patches, shares and deletes models, some of them in vain, and now and then all of them at once."""
    path = f"/v1beta/tunedModels/m{draw.randrange(20)}"
    kind = draw.randrange(12)
    if kind < 4:
        server.json("POST", f"/v1beta/tunedModels?tunedModelId=m{draw.randrange(20)}", MODEL)
    elif kind < 7:
        server.json("PATCH", f"{path}?updateMask=displayName,description",
                    {"displayName": f"{draw.random()}", "description": "x" * draw.choice((1, 6000))})
    elif kind < 9:
        server.json("POST", f"{path}/permissions",
                    {"granteeType": "USER", "role": "READER", "emailAddress": f"u{draw.randrange(3)}@example.com"})
    elif kind < 11:
        server.json("DELETE", path)
    elif draw.random() < 0.2:
        good(server, "POST", "/emulator/v1/state:reset")


def test_what_is_restored_is_what_was_taken_also_after_a_kill():
    draw = random.Random(7)
    fixed = {"tunedModels": [{"name": "tunedModels/m3", "state": "FAILED"}],
             "operations": [{"name": "tunedModels/m3/operations/fixed", "done": True}]}
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "file.db")
        with tunemock.start("--db", path, "--clock", "frozen") as server:
            good(server, "PUT", "/emulator/v1/state", fixed)
            taken = {}
            for i in range(60):
                for _ in range(draw.choice((0, 1, 12))):
                    change_at_random(server, draw)
                if i % 10 == 0:
                    good(server, "POST", SNAPSHOTS, {"id": f"s{i}"})
                    taken[f"s{i}"] = good(server, "GET", "/emulator/v1/state")
                chosen = draw.choice(list(taken))
                good(server, "POST", f"{SNAPSHOTS}/{chosen}:restore")
                assert good(server, "GET", "/emulator/v1/state") == taken[chosen], (i, chosen)
            server.process.kill()
            server.process.wait()
            server.process.returncode = 0
        with tunemock.start("--db", path, "--clock", "frozen") as server:
            found = good(server, "GET", "/emulator/v1/state")
            for part in ("tunedModels", "permissions", "operations"):
                assert found.get(part) == taken[chosen].get(part), part
        status, output, errors = tunemock.run("check", path)
        assert status == 0, (output, errors)


tunemock.run_tests(globals())
