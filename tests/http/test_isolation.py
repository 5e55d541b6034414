#!/usr/bin/env python3
"""Requests find their namespaces over sockets: by name, by credential, while one is made, and after a restart."""
import concurrent.futures
import contextlib
import json
import os
import signal
import tempfile

import tunemock

BASE = "models/gemini-1.5-flash-001-tuning"
MODELS = "/v1beta/tunedModels"


def in_namespace(name):
    return {"X-Emulator-Namespace": name}


def create_body(count, prefix=""):
    examples = [{"textInput": f"{prefix}question {i}", "output": f"{prefix}answer {i}"} for i in range(count)]
    return {"displayName": "x", "baseModel": BASE, "tuningTask": {
        "hyperparameters": {"epochCount": 1, "batchSize": 64}, "trainingData": {"examples": {"examples": examples}}}}


def ask(server, name, text):
    status, _, content = server.request("POST", f"{MODELS}/x:generateContent", {"contents": [{"parts": [{"text": text}]}]},
                                        in_namespace(name))
    return status, json.loads(content)


def answer(server, name, text):
    status, found = ask(server, name, text)
    assert status == 200, found
    return found["candidates"][0]["content"]["parts"][0]["text"]


@contextlib.contextmanager
def seeded(seed, *options):
    """A server that begins with a seed, as does each of its namespaces."""
    with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
        json.dump(seed, file)
        file.flush()
        with tunemock.start("--data", file.name, *options) as server:
            yield server


def test_namespaces_that_are_made_at_once_keep_their_bodies_and_their_data_apart():
    seed = {"tunedModels": [{"name": f"tunedModels/seeded-{i}", "state": "ACTIVE"} for i in range(300)],
            "faults": [{"method": "tunedModels.delete", "status": "ABORTED"}]}
    names = [f"tests/test_{i}.py::test" for i in range(24)]
    with seeded(seed, "--step-time", "0", "--threads", "4") as server, \
            concurrent.futures.ThreadPoolExecutor(len(names)) as pool:
        # Each body is larger than what a request keeps, and comes while its namespace has no seeds yet.
        created = list(pool.map(lambda name: server.request("POST", f"{MODELS}?tunedModelId=x", create_body(4000, name),
                                                            in_namespace(name)), names))
        assert [each[0] for each in created] == [200] * len(names), created
        for name in names:
            assert answer(server, name, f"{name}question 7") == f"{name}answer 7"
            assert server.request("DELETE", f"{MODELS}/seeded-1", headers=in_namespace(name))[0] == 409
        assert server.request("GET", f"{MODELS}/x")[0] == 404
        assert server.request("DELETE", f"{MODELS}/seeded-1")[0] == 409


def test_a_client_may_leave_while_its_namespace_is_made():
    seed = {"tunedModels": [dict(create_body(20000), name="tunedModels/seeded", state="ACTIVE")]}
    with seeded(seed) as server:
        for i in range(20):
            connection = server.connect()
            connection.sendall(f"GET {MODELS} HTTP/1.1\r\nHost: localhost\r\nX-Emulator-Namespace: n{i % 10}\r\n\r\n".encode())
            connection.close()
        for i in range(10):
            assert server.request("GET", f"{MODELS}/seeded", headers=in_namespace(f"n{i}"))[0] == 200


def test_a_stop_does_not_wait_for_namespaces_that_are_made():
    seed = {"tunedModels": [dict(create_body(20000), name="tunedModels/seeded", state="ACTIVE")]}
    with seeded(seed) as server:
        connections = [server.connect() for _ in range(100)]
        for i, connection in enumerate(connections):
            connection.sendall(f"GET {MODELS} HTTP/1.1\r\nHost: localhost\r\nX-Emulator-Namespace: n{i}\r\n\r\n".encode())
        server.process.send_signal(signal.SIGTERM)
        assert server.process.wait(tunemock.SECONDS_MAX) == 0
        for connection in connections:
            connection.close()


def test_a_key_has_a_namespace_of_its_own():
    with tunemock.start("--isolate", "key", "--step-time", "0") as server:
        assert server.request("POST", f"{MODELS}?tunedModelId=x&key=one", create_body(1))[0] == 200
        for headers, query, status in (({"x-goog-api-key": "one"}, "", 200), ({"Authorization": "Bearer one"}, "", 200),
                                       ({}, "?key=two", 404), ({}, "", 404), (in_namespace("default"), "?key=one", 404)):
            assert server.request("GET", f"{MODELS}/x{query}", headers=headers)[0] == status, (headers, query)
        status, info = server.json("GET", "/emulator/v1/info?key=one")
        assert status == 200 and info["isolate"] == "key", info
        name = info["namespace"]
        assert name.startswith("key-") and len(name) == 16, name
        assert server.request("GET", f"{MODELS}/x", headers=in_namespace(name))[0] == 200


def test_a_request_with_two_names_is_refused_unless_both_are_the_same():
    head = "GET /v1beta/models HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
    with tunemock.start() as server:
        for path in ("/v1beta/models", "/emulator/v1/clock", "/emulator/v1/clock?namespace=t3"):
            for names, expected in ((("t1", "t2"), 400), (("t1", " t1 "), 200), (("t1", "t1", ""), 400)):
                lines = "".join(f"X-Emulator-Namespace: {name}\r\n" for name in names)
                got = server.exchange((head.replace("/v1beta/models", path) + lines + "\r\n").encode())
                assert tunemock.statuses(got) == [expected], got
                assert (b"X-Emulator-Namespace: must name one namespace" in got) == (expected == 400), got
        spaces = server.json("GET", "/emulator/v1/namespaces")[1]["namespaces"]
        assert sorted(space["id"] for space in spaces) == ["default", "t1", "t3"], spaces


def test_there_are_no_more_than_namespaces_max():
    with tunemock.start("--namespaces-max", "2") as server:
        assert server.request("GET", MODELS, headers=in_namespace("one"))[0] == 200
        status, found = server.json("GET", MODELS, headers=in_namespace("two"))
        assert (status, found["error"]["status"]) == (400, "FAILED_PRECONDITION"), found
        assert "--namespaces-max" in found["error"]["message"], found
        assert server.request("GET", MODELS, headers=in_namespace("one"))[0] == 200


def test_a_file_may_have_more_than_namespaces_max():
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "a.db")
        with tunemock.start("--db", path) as server:
            for name in ("one", "two"):
                assert server.request("POST", MODELS, create_body(1), in_namespace(name))[0] == 200
        with tunemock.start("--db", path, "--namespaces-max", "2") as server:
            assert server.request("GET", MODELS, headers=in_namespace("two"))[0] == 200
            found = server.json("GET", MODELS, headers=in_namespace("three"))[1]
            assert found["error"]["message"].startswith("There are 3 namespaces"), found


def test_a_file_has_its_namespaces_after_a_restart():
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "a.db")
        with tunemock.start("--db", path, "--step-time", "0") as server:
            for name in ("one", "two"):
                assert server.request("POST", f"{MODELS}?tunedModelId=x", create_body(1, name), in_namespace(name))[0] == 200
        with tunemock.start("--db", path, "--step-time", "0") as server:
            for name in ("one", "two"):
                assert answer(server, name, f"{name}question 0") == f"{name}answer 0"
            assert server.request("GET", f"{MODELS}/x")[0] == 404


tunemock.run_tests(globals())
