#!/usr/bin/env python3
"""/health and /ready while 24 clients ask for all that is heavy: large bodies, long answers that nobody reads, filters
over long texts, and connections that say nothing."""
import contextlib
import json
import multiprocessing
import os
import sys
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "http"))
import tunemock  # noqa: E402

SECONDS, PROBES_MIN, IDLE = 8, 100, 500
BASE = "models/gemini-1.5-flash-001-tuning"
LONG = "Слово" * 7999


def model(steps, description=""):
    return {"baseModel": BASE, "description": description, "tuningTask": {
        "hyperparameters": {"epochCount": steps, "batchSize": 1},
        "trainingData": {"examples": {"examples": [{"textInput": "1", "output": "2"}]}}}}


def heavy_requests():
    """Requests as (method, path, body), each of which takes a worker long."""
    text = "word " * 3_500_000
    examples = [{"textInput": f"{n} " + "x" * 100, "output": "y"} for n in range(60_000)]
    create = {"baseModel": BASE, "tuningTask": {"hyperparameters": {"epochCount": 1, "batchSize": 100}, "trainingData": {
        "examples": {"examples": examples}}}}
    return [
        ("POST", "/v1beta/models/gemini-1.5-flash:countTokens",
         json.dumps({"contents": [{"parts": [{"text": text}]}]})),
        ("POST", "/v1beta/tunedModels", json.dumps(create)),
        ("GET", "/v1beta/tunedModels/steps/operations", None),
        ("GET", "/v1beta/tunedModels?pageSize=1000&filter=" + "+".join(f"w{n}" for n in range(16)), None),
    ]


def keep_sending(server, request):
    while True:
        with contextlib.suppress(OSError, tunemock.http.client.HTTPException):
            server.request(*request)


def be_hostile(server):
    """24 clients, in a process of their own, which the test ends: they must not take the prober's time."""
    requests = heavy_requests()
    for number in range(24):
        threading.Thread(target=keep_sending, args=(server, requests[number % len(requests)])).start()


def test_probes_are_answered_at_once_whatever_the_workers_do():
    with tunemock.start("--step-time", "0", "--threads", "2", "--log-level", "error") as server, \
            contextlib.ExitStack() as stack:
        assert server.request("POST", "/v1beta/tunedModels?tunedModelId=steps", model(50_000))[0] == 200
        for number in range(100):
            path = f"/v1beta/tunedModels?tunedModelId=long{number}"
            assert server.request("POST", path, model(1, LONG))[0] == 200
        for _ in range(IDLE):
            stack.enter_context(server.connect())
        hostile = multiprocessing.get_context("fork").Process(target=be_hostile, args=(server,))
        hostile.start()
        stack.callback(hostile.join)
        stack.callback(hostile.kill)
        times, deadline = [], time.monotonic() + SECONDS
        while time.monotonic() < deadline or len(times) < PROBES_MIN:
            for path, answer in (("/health", b'{"status":"ok"}\n'), ("/ready", b'{"status":"ready"}\n')):
                started = time.monotonic()
                status, headers, body = server.request("GET", path)
                times.append(time.monotonic() - started)
                assert (status, body, headers["Connection"]) == (200, answer, "close")
            time.sleep(0.01)
        times.sort()
        median, p99 = times[len(times) // 2], times[len(times) * 99 // 100]
        print(f"# {len(times)} probes: median {median * 1e3:.1f} ms, p99 {p99 * 1e3:.1f} ms, worst {times[-1] * 1e3:.1f} ms")
        # The clients take the processors, too. A worker takes a second and more.
        assert tunemock.is_sanitized() or median < 0.25, median


tunemock.run_tests(globals())
