#!/usr/bin/env python3
"""A space that is put back while many ask: each answer is of what was before, or of what came after."""
import contextlib
import http.client
import json
import os
import signal
import sys
import tempfile
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "http"))
import tunemock  # noqa: E402

STATE = "/emulator/v1/state"
EXAMPLES = {"examples": {"examples": [{"textInput": "1", "output": "2"}]}}
BASE_MODEL = "models/gemini-1.5-flash-001-tuning"


def space(letter, count, when):
    """Models of one letter that end their training at once, long after the others' clock."""
    return {"tunedModels": [{"name": f"tunedModels/{letter}{i}", "baseModel": BASE_MODEL, "tuningTask": {"trainingData": EXAMPLES}}
                            for i in range(count)], "clock": {"mode": "frozen", "time": when}}


def run_all(functions):
    """Runs each on a thread of its own until the first, which runs here, is over."""
    failures, is_over = [], threading.Event()

    def repeat(function):
        try:
            while not is_over.is_set():
                function()
        except BaseException as error:  # pylint: disable=broad-exception-caught
            failures.append(error)

    threads = [threading.Thread(target=repeat, args=(function,)) for function in functions[1:]]
    for thread in threads:
        thread.start()
    try:
        functions[0]()
    finally:
        is_over.set()
        for thread in threads:
            thread.join()
    assert not failures, failures[0]


def test_no_answer_is_of_two_spaces():
    count = tunemock.scaled(600)
    states = [space("a", count, "2024-01-01T00:00:00Z"), space("b", count, "2030-01-01T00:00:00Z")]
    years = {"a": "2024", "b": "2030"}
    with tunemock.start("--step-time", "1s", "--threads", "4") as server:
        assert server.request("PUT", STATE, states[0])[0] == 200
        looks = []

        def change():
            for i in range(tunemock.scaled(30)):
                assert server.request("PUT", STATE, states[(i + 1) % 2])[0] == 200

        def look(path):
            status, answer = server.json("GET", path)
            assert status == 200, answer
            models = answer["tunedModels"]
            letters = {model["name"][len("tunedModels/")] for model in models if not model["name"].startswith("tunedModels/mine")}
            assert len(letters) == 1, letters
            [letter] = letters
            assert len([model for model in models if model["name"].startswith(f"tunedModels/{letter}")]) == count
            # With the clock of those models: none of them has trained.
            for model in models:
                assert model.get("state", "CREATING") == "CREATING" or model["name"].startswith("tunedModels/mine"), model
                assert model["createTime"].startswith(years[letter]) or model["name"].startswith("tunedModels/mine"), model
            looks.append(letter)

        def create():
            status, answer = server.json("POST", "/v1beta/tunedModels", {
                "displayName": "mine", "baseModel": BASE_MODEL, "tuningTask": {"trainingData": EXAMPLES}})
            assert status == 200, answer
            status, answer = server.json("GET", f"/v1beta/{answer['metadata']['tunedModel']}")
            assert status in (200, 404), answer

        def generate():
            status, answer = server.json("POST", "/v1beta/tunedModels/a0:generateContent", {"contents": [{"parts": [{"text": "1"}]}]})
            assert status in (400, 404), answer

        lists = [lambda: look("/v1beta/tunedModels?pageSize=1000")] * 3 + [lambda: look(STATE)]
        run_all([change, *lists, create, create, create, generate])
        assert len(looks) > 3 and set(looks) == {"a", "b"}, looks


def test_a_long_reset_keeps_nobody_waiting_who_reads():
    count = tunemock.scaled(20000)
    with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
        json.dump({"tunedModels": [{"name": f"tunedModels/m{i}", "state": "ACTIVE", "tuningTask": {"trainingData": EXAMPLES}}
                                   for i in range(count)]}, file)
        file.flush()
        with tunemock.start("--data", file.name, "--threads", "1") as server:
            answered = []
            is_over = threading.Event()

            def reset():
                assert server.request("POST", f"{STATE}:reset", {})[0] == 200
                is_over.set()

            thread = threading.Thread(target=reset)
            thread.start()
            while not is_over.is_set():
                assert server.request("GET", "/v1beta/tunedModels/m7")[0] == 200
                answered.append(is_over.is_set())
            thread.join()
            # With its only worker the server answered many before the reset was over.
            assert answered.count(False) > 10, answered
            # One that is under way does not keep the end, and may get no answer.
            def reset_late():
                with contextlib.suppress(OSError, http.client.HTTPException):
                    server.request("POST", f"{STATE}:reset", {})

            threading.Thread(target=reset_late, daemon=True).start()
            time.sleep(0.05)
            server.process.send_signal(signal.SIGTERM)
            assert server.process.wait(tunemock.SECONDS_MAX) == 0


def test_a_seed_that_is_kept_takes_no_more_memory_than_it_is():
    def private_kib(*options):
        with tunemock.start(*options) as server:
            time.sleep(0.5)
            return server.memory_kib()

    if tunemock.is_sanitized():
        return
    with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
        json.dump({"models": [{"name": "models/x", "description": "x" * 1000000}]}, file)
        file.flush()
        # Reading the model and having it in the catalogue takes 3 MB; its seed is in a file without a name.
        assert private_kib("--data", file.name) < private_kib() + 3500


tunemock.run_tests(globals())
