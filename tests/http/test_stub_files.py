#!/usr/bin/env python3
"""Stubs that come from files and go into files: seeds, states, and exports of what was asked."""
import json
import os
import signal
import sys
import tempfile

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import tunemock  # noqa: E402

OPTIONS = ("--clock", "frozen@2024-07-20T18:23:29Z", "--seed", "7", "--step-time", "0")
STATE = "/emulator/v1/state"
STUBS = {"stubs": [
    {"match": {"prompt": "poll"}, "replies": [{"text": "queued"}, {"text": "running"}, {"text": "done"}]},
    {"match": {"prompt": "twice"}, "times": 2, "reply": {"text": "{{count}} of 2"}},
    {"match": {"prompt": {"regex": "from ([A-Z][a-z]+)"}}, "reply": {"text": "{{match.1}}"}, "priority": 3},
    {"match": {"prompt": "pay"}, "scenario": {"name": "order", "sets": "paid"}, "reply": {"text": "thanks"}},
    {"match": {"prompt": "paid?"}, "scenario": {"name": "order", "requires": "paid"}, "reply": {"text": "yes"}},
    {"match": {"prompt": "paid?"}, "reply": {"text": "no"}}]}


def write(folder, name, content):
    path = os.path.join(folder, name)
    with open(path, "wb") as file:
        file.write(content if isinstance(content, bytes) else json.dumps(content).encode())
    return path


def contents(text):
    return {"contents": [{"role": "user", "parts": [{"text": text}]}]}


def ask(server, text, model="tunedModels/any"):
    """What the model says to each of the prompts, or the status of an error."""
    status, answer = server.json("POST", f"/v1beta/{model}:generateContent", contents(text))
    return answer["candidates"][0]["content"]["parts"][0]["text"] if status == 200 else status


def ask_all(server, *texts):
    return [ask(server, text) for text in texts]


def test_a_file_of_stubs_alone_is_a_seed_to_which_a_reset_leads():
    with tempfile.TemporaryDirectory() as folder:
        path = write(folder, "stubs.json", STUBS)
        assert tunemock.run("validate", path)[0] == 0
        with tunemock.start(*OPTIONS, "--data", path) as server:
            listed = server.request("GET", "/emulator/v1/stubs")[2]
            for body in ({}, {"to": "seed"}):
                assert ask_all(server, "poll", "paid?", "pay", "paid?", "poll", "twice", "twice", "twice", "from Rome") == [
                    "queued", "no", "thanks", "yes", "running", "1 of 2", "2 of 2", 404, "Rome"]
                assert server.request("GET", "/emulator/v1/stubs")[2] != listed
                assert server.request("POST", "/emulator/v1/state:reset", body)[0] == 200
                assert server.request("GET", "/emulator/v1/stubs")[2] == listed
                assert "scenarios" not in server.json("GET", STATE)[1]
            assert server.request("POST", "/emulator/v1/state:reset", {"to": "empty"})[0] == 200
            assert server.json("GET", "/emulator/v1/stubs")[1] == {"stubs": []}
            assert ask(server, "poll") == 404


def test_a_state_has_what_is_left_of_each_stub():
    before, after = ("poll", "twice", "pay", "from Rome"), ("poll", "poll", "poll", "paid?", "twice", "twice", "from Oslo")
    said = ["running", "done", "done", "yes", "2 of 2", 404, "Oslo"]
    with tempfile.TemporaryDirectory() as folder:
        path = write(folder, "stubs.json", STUBS)
        left = os.path.join(folder, "left.json")
        with tunemock.start(*OPTIONS, "--data", path, "--export-on-exit", left) as server:
            ask_all(server, *before)
            state = server.request("GET", STATE)[2]
            assert json.loads(state)["scenarios"] == {"order": "paid"}
            assert ask_all(server, *after) == said
            assert server.request("PUT", STATE, state)[0] == 200
            assert server.request("GET", STATE)[2] == state
            server.process.send_signal(signal.SIGTERM)
            assert server.process.wait(tunemock.SECONDS_MAX) == 0
        with open(left, "rb") as file:
            assert json.loads(file.read())["stubs"] == json.loads(state)["stubs"]
        for file in (left, write(folder, "state.json", state)):
            with tunemock.start(*OPTIONS, "--data", file) as server:
                assert ask_all(server, *after) == said


def test_a_file_with_a_bad_stub_is_none():
    bad = {"stubs": STUBS["stubs"][:2] + [{"replies": [{"text": "{{name}}"}]}], "scenarios": {"order": "paid"}}
    with tempfile.TemporaryDirectory() as folder:
        path = write(folder, "stubs.json", bad)
        status, _, errors = tunemock.run("--port", "0", "--data", path)
        assert status == 2 and f"{path}: stubs[2].replies[0].text: there is no variable {{{{name}}}}" in errors, errors
    with tunemock.start(*OPTIONS) as server:
        assert server.request("PUT", STATE, STUBS)[0] == 200
        before = server.request("GET", STATE)[2]
        status, answer = server.json("PUT", STATE, bad)
        assert status == 400 and answer["error"]["message"].startswith("stubs[2].replies[0].text: "), answer
        assert server.request("GET", STATE)[2] == before


tunemock.run_tests(globals())
