#!/usr/bin/env python3
"""A tunemock that takes over from another one by its state file."""
import json
import os
import signal
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import tunemock  # noqa: E402

OPTIONS = ("--clock", "frozen@2024-07-20T18:23:29Z", "--seed", "7", "--step-time", "1h")
EXAMPLES = {"examples": {"examples": [{"textInput": "1", "output": "2"}, {"textInput": "3", "output": "4"}]}}
PATHS = ("/v1beta/tunedModels", "/v1beta/tunedModels/one", "/v1beta/tunedModels/one/operations",
         "/v1beta/tunedModels/one/permissions", "/emulator/v1/state")


def create(server, model_id):
    status, _, body = server.request(
        "POST", f"/v1beta/tunedModels?tunedModelId={model_id}",
        {"displayName": "a model", "baseModel": "models/gemini-1.5-flash-001-tuning",
         "tuningTask": {"trainingData": EXAMPLES}})
    assert status == 200, body


def advance(server, duration):
    assert server.request("POST", "/emulator/v1/clock:advance", {"duration": duration})[0] == 200


def answers(server):
    return [server.request("GET", path)[2] for path in PATHS]


def told(content):
    """A state without the count of requests, which each of ours adds to."""
    state = json.loads(content)
    del state["numbers"]["lastRequest"]
    return state


def successor(content, *options):
    """Starts another tunemock with this state file, which says how far in time the first was."""
    file = tempfile.NamedTemporaryFile("w", suffix=".json")
    file.write(content.decode())
    file.flush()
    return file, tunemock.start(*OPTIONS, *options, "--data", file.name)


def test_a_training_goes_on_where_it_was():
    with tunemock.start(*OPTIONS) as server:
        for model_id in ("one", "two"):
            create(server, model_id)
        assert server.request("POST", "/v1beta/tunedModels/two:cancel", {})[0] == 200
        advance(server, "3700s")
        state = server.request("GET", "/emulator/v1/state")[2]
        before = answers(server)
        advance(server, "36000s")
        later = answers(server)
    with tempfile.TemporaryDirectory() as folder:
        file, other = successor(state, "--db", os.path.join(folder, "db"))
        with other as server:
            assert answers(server) == before
            advance(server, "36000s")
            assert answers(server) == later
            assert json.loads(later[1])["state"] == "ACTIVE"
            create(server, "three")
        # A second start leaves alone what the database has by now.
        file.seek(0)
        with tunemock.start(*OPTIONS, "--db", os.path.join(folder, "db"), "--data", file.name) as server:
            assert server.request("GET", "/v1beta/tunedModels/three")[0] == 200
            assert server.request("GET", "/v1beta/tunedModels/one")[0] == 200
        file.close()


def test_each_of_several_files_may_have_faults_and_stories():
    first = {"faults": [{"status": 503, "method": "models.get"}] * 9, "stories": [{"match": {"id": "a"}, "stallAtStep": 1}] * 9}
    second = {"faults": first["faults"][:1], "tunedModels": [
        {"name": f"tunedModels/m{i}", "baseModel": "models/gemini-1.5-flash-001-tuning", "tuningTask": {"trainingData": EXAMPLES}} for i in range(9)]}
    paths = ("/emulator/v1/state", "/emulator/v1/faults", "/emulator/v1/stories", "/v1beta/tunedModels")
    with tempfile.TemporaryDirectory() as folder:
        files = [os.path.join(folder, name) for name in ("first", "second")]
        for path, seed in zip(files, (first, second)):
            with open(path, "w", encoding="ascii") as file:
                json.dump(seed, file)
        assert tunemock.run("validate", *files)[0] == 0
        with tunemock.start(*OPTIONS, "--data", files[0], "--data", files[1]) as server:
            before = [server.request("GET", path)[2] for path in paths]
            assert len(json.loads(before[1])["faults"]) == 10
            assert server.request("POST", "/emulator/v1/state:reset", {})[0] == 200
            assert [server.request("GET", path)[2] for path in paths] == before


def test_what_was_counted_and_drawn_is_counted_on():
    seed = {"config": {"latency": {"uniform": ["0ms", "1ms"]}}}
    with tunemock.start(*OPTIONS) as server:
        assert server.request("PUT", "/emulator/v1/state", seed)[0] == 200
        for _ in range(3):
            assert server.request("GET", "/v1beta/tunedModels")[0] == 200
        state = server.request("GET", "/emulator/v1/state")[2]
        assert json.loads(state)["numbers"] == {"lastRequest": "3", "lastDraw": "3"}
        assert server.request("GET", "/v1beta/tunedModels")[0] == 200
        assert server.request("PUT", "/emulator/v1/state", state)[0] == 200
        assert server.request("GET", "/emulator/v1/state")[2] == state
    file, other = successor(state)
    with file, other as server:
        assert server.request("GET", "/emulator/v1/state")[2] == state


def test_pages_of_the_web_do_not_get_it():
    with tunemock.start(*OPTIONS) as server:
        status, _, _ = server.request("GET", "/emulator/v1/state", headers={"Origin": "https://evil.example.com"})
        assert status == 403


def test_many_models_are_one_file():
    count = tunemock.scaled(3000)
    seed = {"tunedModels": [{"name": f"tunedModels/m{i}", "state": "ACTIVE", "tuningTask": {"trainingData": EXAMPLES}}
                            for i in range(count)]}
    file, first = successor(json.dumps(seed).encode())
    with file, first as server:
        state = server.request("GET", "/emulator/v1/state")[2]
        assert len(json.loads(state)["tunedModels"]) == count
    file, second = successor(state)
    with file, second as server:
        assert server.request("GET", "/emulator/v1/state")[2] == state


def test_the_end_leaves_a_file_that_is_a_seed():
    for sign in (signal.SIGTERM, signal.SIGINT):
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "state.json")
            with tunemock.start(*OPTIONS, "--export-on-exit", path, "--db", os.path.join(folder, "db")) as server:
                create(server, "one")
                assert server.request("POST", "/emulator/v1/faults", {"status": "ABORTED", "method": "models.list", "times": 3})[0] == 200
                assert server.request("GET", "/v1beta/models")[0] == 409
                advance(server, "60s")
                state = server.request("GET", "/emulator/v1/state")[2]
                before = answers(server)[:-1]
                assert not os.path.exists(path)
                server.process.send_signal(sign)
                assert server.process.wait(tunemock.SECONDS_MAX) == 0
            assert sorted(os.listdir(folder)) == ["db", "state.json"], os.listdir(folder)
            with open(path, "rb") as file:
                assert told(file.read()) == told(state)
            # The clock is in it, and so are the dials.
            with tunemock.start("--data", path, "--export-on-exit", path) as server:
                assert answers(server)[:-1] == before
            with open(path, "rb") as file:
                assert told(file.read()) == told(state)


def test_an_export_that_fails_is_said():
    with tempfile.TemporaryDirectory() as folder:
        for path, reason in ((os.path.join(folder, "none", "x"), "No such file or directory"), (folder, "File exists"),
                             ("/dev/full", "File exists")):
            with subprocess.Popen([tunemock.binary(), "--port", "0", "--export-on-exit", path], stdout=subprocess.PIPE,
                                  stderr=subprocess.PIPE, env=tunemock.environment()) as process:
                assert process.stdout.readline()
                process.send_signal(signal.SIGTERM)
                errors = process.communicate(timeout=tunemock.SECONDS_MAX)[1].decode()
            assert process.returncode == 1, errors
            assert f"--export-on-exit: {path} was not written: {reason}" in errors, errors
        assert os.listdir(folder) == []


tunemock.run_tests(globals())
