#!/usr/bin/env python3
"""A tunemock that takes over from another one by its state file."""
import json
import os
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


tunemock.run_tests(globals())
