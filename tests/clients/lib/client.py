"""What the client programs in Python share: TAP steps, the server's addresses, and its control API.

    import client

    client.announce("google-genai")

    @client.step("a model is created")
    def _():
        assert ...

    client.finish()
"""
import contextlib
import importlib.metadata
import json
import os
import pathlib
import sys
import time
import traceback
import urllib.error
import urllib.request

# The server that takes any credential, and the one that knows the callers of callers.json.
URL = os.environ["TUNEMOCK_URL"]
AUTH_URL = os.environ["TUNEMOCK_AUTH_URL"]

EXAMPLES = json.loads((pathlib.Path(__file__).parent / "examples.json").read_text(encoding="utf-8"))
BASE_MODEL = "models/gemini-1.5-flash-001-tuning"

# What resources of Vertex AI lie below.
VERTEX_PARENT = "projects/tunemock/locations/us-central1"

# Generous: the machine may be busy.
SECONDS_MAX = 60

# More faults than any client has attempts.
FAULT_TIMES = 1000

_counts = {"run": 0, "failed": 0}


def announce(package):
    """Returns the installed version; also tells the runner which client this is."""
    version = importlib.metadata.version(package)
    print(f"# client {package} {version}", flush=True)
    return version


def step(name):
    """Runs the decorated function as one step, at once: it passes unless it raises."""
    def run(function):
        _counts["run"] += 1
        try:
            function()
            print(f"ok {_counts['run']} - {name}", flush=True)
        except Exception:
            _counts["failed"] += 1
            print(f"not ok {_counts['run']} - {name}")
            print("".join(f"# {line}\n" for line in traceback.format_exc().splitlines()), end="", flush=True)
        return function
    return run


def finish():
    print(f"1..{_counts['run']}")
    sys.exit(1 if _counts["failed"] else 0)


def until(ask, is_done):
    """Calls `ask` until `is_done` likes the answer, and returns that answer."""
    deadline = time.monotonic() + SECONDS_MAX
    while True:
        answer = ask()
        if is_done(answer):
            return answer
        assert time.monotonic() < deadline, f"gave up waiting; the last answer was {answer!r}"
        time.sleep(0.05)


@contextlib.contextmanager
def raises(kind):
    """Like pytest.raises: yields an object whose `value` is the exception afterwards."""
    class Caught:
        value = None
    caught = Caught()
    try:
        yield caught
    except kind as error:
        caught.value = error
        return
    raise AssertionError(f"expected {kind}")


def rest(method, path, body=None, base=URL, key="k"):
    """A plain call, for what a client has no call for. Returns (JSON answer, headers); the call must succeed."""
    request = urllib.request.Request(
        base + path, method=method, data=None if body is None else json.dumps(body).encode(),
        headers={"Content-Type": "application/json", "x-goog-api-key": key})
    try:
        with urllib.request.urlopen(request, timeout=SECONDS_MAX) as answer:
            return json.load(answer), answer.headers
    except urllib.error.HTTPError as error:
        raise AssertionError(f"{method} {path}: {error.code} {error.read().decode()}") from None


def trained_model(display_name, base=URL, key="k"):
    """Creates a model from the examples and waits until it is trained; returns its name."""
    operation, _ = rest("POST", "/v1beta/tunedModels", {
        "displayName": display_name, "baseModel": BASE_MODEL,
        "tuningTask": {"hyperparameters": {"epochCount": 1, "batchSize": 8},
                       "trainingData": {"examples": {"examples": EXAMPLES}}}}, base, key)
    done = until(lambda: rest("GET", f"/v1beta/{operation['name']}", None, base, key)[0], lambda answer: answer.get("done"))
    return done["response"]["name"]


# How the training of failing_model ends.
FAILURE = {"code": 13, "message": "The training diverged."}


def failing_model():
    """Creates a model whose training fails once 12 of its steps are done; returns the operation."""
    operation, _ = rest("POST", "/v1beta/tunedModels", {
        "baseModel": BASE_MODEL, "tuningTask": {
            "hyperparameters": {"epochCount": 10, "batchSize": 4},
            "trainingData": {"examples": {"examples": EXAMPLES}}}})
    rest("POST", f"/emulator/v1/{operation['metadata']['tunedModel']}:fail", {**FAILURE, "atStep": 12})
    return operation


def tuning_job_ended(name):
    """Waits until a tuning job of Vertex AI has ended; returns it."""
    ends = {"JOB_STATE_SUCCEEDED", "JOB_STATE_FAILED", "JOB_STATE_CANCELLED"}
    return until(lambda: rest("GET", f"/v1/{name}")[0], lambda job: job["state"] in ends)


def tuned_endpoint(uri):
    """Tunes a model of Vertex AI with the data of that gs:// name, and waits for it; returns the name of its endpoint."""
    job, _ = rest("POST", f"/v1/{VERTEX_PARENT}/tuningJobs", {
        "baseModel": "gemini-2.5-flash",
        "supervisedTuningSpec": {"trainingDatasetUri": uri, "hyperParameters": {"epochCount": 1}}})
    return tuning_job_ended(job["name"])["tunedModel"]["endpoint"]


# The answers, with their `request`, that went over the wire of a client whose httpx was given one of these hooks.
wire = []
WIRE_HOOKS = {"response": [wire.append]}


async def _append_to_wire(answer):
    wire.append(answer)


WIRE_HOOKS_ASYNC = {"response": [_append_to_wire]}


def body_of(answer):
    """The JSON that was sent for this answer."""
    return json.loads(answer.request.content)


@contextlib.contextmanager
def fault(method, status, times=1):
    """Within the with block the next calls of a method are answered with this status."""
    rest("POST", "/emulator/v1/faults", {"method": method, "status": status, "times": times})
    try:
        yield
    finally:
        rest("DELETE", "/emulator/v1/faults")
