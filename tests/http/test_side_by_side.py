#!/usr/bin/env python3
"""Namespaces that are busy at the same time see nothing of each other.

A script is a list of requests, drawn from a number: it has a clock, dials, faults, stubs and stories of its own, and
models whose names all scripts share. What it is answered on a server that has nothing else to do, in the default
namespace, is what it has to be answered in any namespace, byte for byte, whatever is done beside it.
"""
import http.client
import json
import os
import random
import sys
import tempfile
import threading

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import tunemock  # noqa: E402  (its folder had to be named first)

CONTROL = "/emulator/v1/"
BASE_MODEL = "models/gemini-1.5-flash-001-tuning"
OPTIONS = ["--clock", "frozen@2024-07-20T18:23:29Z", "--seed", "7", "--threads", "4", "--log-level", "warning"]
SCRIPTS = 20
REQUESTS = 100  # of a script
# What differs although all else is the same: times of the system, and the name of the namespace.
VOLATILE_HEADERS = {"server-timing"}
VOLATILE_FIELDS = {"receivedAt", "durationMs", "namespace"}


class Client:
    """A connection that stays open, and says on each request for which namespace it is."""

    def __init__(self, server, namespace=None, key=None):
        self.connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=tunemock.SECONDS_MAX)
        self.headers = {"Host": "localhost", "Content-Type": "application/json"}
        if namespace:
            self.headers["X-Emulator-Namespace"] = namespace
        if key:
            self.headers["X-Goog-Api-Key"] = key

    def answer(self, verb, path, body=None):
        """Status, headers and body as bytes."""
        self.connection.request(verb, path, None if body is None else json.dumps(body), self.headers)
        answer = self.connection.getresponse()
        content = answer.read()
        headers = [(name.lower(), value) for name, value in answer.getheaders()]
        return answer.status, [each for each in headers if each[0] not in VOLATILE_HEADERS], content

    def call(self, verb, path, body=None, status=200):
        """The JSON of an answer that has to have this status."""
        got, _, content = self.answer(verb, path, body)
        assert got == status, (verb, path, got, content)
        return json.loads(content)


def prompt(text):
    return {"contents": [{"role": "user", "parts": [{"text": text}]}]}


def create(output, **fields):
    """A training of four steps, whose only example has this output."""
    return {"baseModel": BASE_MODEL, **fields, "tuningTask": {
        "hyperparameters": {"epochCount": 4, "batchSize": 1},
        "trainingData": {"examples": {"examples": [{"textInput": "1", "output": output}]}}}}


def beginning(number):
    """What a script sets up: as another would, but for its number."""
    return [
        ("PATCH", CONTROL + "clock", {"mode": "frozen", "time": f"2030-01-{number % 28 + 1:02}T00:00:00Z"}),
        ("PATCH", CONTROL + "config", {"seed": str(100 + number), "stepTime": f"{number + 1}s"}),
        ("POST", CONTROL + "stubs", {"match": {"prompt": {"contains": "weather"}},
                                     "replies": [{"text": f"Rain, says {number}."}, {"text": f"Sun, says {number}."}]}),
        ("POST", CONTROL + "faults", {"method": "tunedModels.list", "status": "RESOURCE_EXHAUSTED", "times": 3,
                                      "after": number % 4, "message": f"too much for {number}"}),
        ("POST", CONTROL + "faults", {"method": "tunedModels.get", "status": "UNAVAILABLE", "probability": 0.2}),
        ("POST", CONTROL + "stories", {"match": {"displayName": "bad"}, "failAtStep": 2,
                                       "error": {"code": 13, "message": f"boom of {number}"}}),
        ("POST", "/v1beta/tunedModels?tunedModelId=numbers", create(f"one of {number}")),
    ]


def script(number, count=REQUESTS):
    """The requests of a script; the same number gives the same ones."""
    draw = random.Random(number)
    model = "/v1beta/tunedModels/numbers"
    kinds = [
        lambda: ("POST", f"{model}:generateContent", prompt("1")),
        lambda: ("POST", f"{model}:generateContent", prompt(f"How is the weather in {draw.randrange(9)}?")),
        lambda: ("POST", f"{model}:streamGenerateContent?alt=sse", prompt("1")),
        lambda: ("POST", "/v1beta/tunedModels", create(f"more of {number}", displayName=draw.choice(["good", "bad"]))),
        lambda: ("POST", "/v1beta/tunedModels?tunedModelId=numbers", create(f"again {number}")),
        lambda: ("GET", f"/v1beta/tunedModels?pageSize={draw.randrange(1, 20)}", None),
        lambda: ("GET", model, None),
        lambda: ("GET", f"/v1/tunedModels/numbers/operations?pageSize={draw.randrange(1, 9)}", None),
        lambda: ("PATCH", f"{model}?updateMask=description", {"description": f"{number}: {draw.random()}"}),
        lambda: ("POST", f"{model}/permissions", {"granteeType": "USER", "role": "READER",
                                                  "emailAddress": f"friend-{draw.randrange(99)}@{number}.org"}),
        lambda: ("GET", f"{model}/permissions", None),
        lambda: ("DELETE", model, None),
        lambda: ("GET", "/v1beta/nothing", None),
        lambda: ("POST", CONTROL + "clock:advance", {"duration": f"{draw.randrange(1, 4) * (number + 1)}s"}),
        lambda: ("POST", CONTROL + "tunedModels/numbers:advance", {"steps": 1}),
        lambda: ("GET", CONTROL + draw.choice(["clock", "config", "stubs", "faults", "stories", "snapshots"]), None),
        lambda: ("POST", CONTROL + "snapshots", {"id": draw.choice(["a", "b"])}),
        lambda: ("POST", CONTROL + f"snapshots/{draw.choice(['a', 'b'])}:restore", {"keepRequests": draw.random() < 0.8}),
        lambda: ("DELETE", CONTROL + "snapshots/b", None),
        lambda: ("POST", CONTROL + "requests:count", {"match": {"method": "tunedModels.list"}}),
        lambda: ("POST", CONTROL + "requests:verify", {"match": {"model": "tunedModels/numbers"}, "times": {"atMost": 1000}}),
    ]
    requests = beginning(number)
    reset_at = draw.randrange(count // 2, count - 20)
    while len(requests) < count - 1:
        requests.append(draw.choice(kinds)())
        if len(requests) == reset_at:
            requests += [("POST", CONTROL + "state:reset", {"keepRequests": bool(number % 2)}), *beginning(number)]
    return [*requests[:count - 1], ("GET", CONTROL + "state", None)]


def play(client, requests):
    """All answers, and at last the journal."""
    answers = [(request, client.answer(*request)) for request in requests]
    entries = client.call("GET", CONTROL + "requests?pageSize=1000")["requests"]
    journal = [{name: value for name, value in entry.items() if name not in VOLATILE_FIELDS} for entry in entries]
    return answers, journal, {entry["namespace"] for entry in entries}


def alone(numbers, count=REQUESTS):
    """What scripts are answered by a server that does nothing else, each in a default namespace that was emptied."""
    played = {}
    with tunemock.start(*OPTIONS) as server:
        for number in numbers:
            client = Client(server)
            client.call("DELETE", CONTROL + "namespaces/default")
            played[number] = play(client, script(number, count))
    return played


def assert_same(played, expected, namespace):
    for (request, got), (_, wanted) in zip(played[0], expected[0]):
        assert got == wanted, f"in {namespace}: {request}\nis answered {got}\nand not    {wanted}"
    assert played[1] == expected[1], f"the journal of {namespace}"
    assert played[2] <= {namespace}, f"the journal of {namespace} is of {played[2]}"


def beside(functions, others):
    """Runs the functions on a thread each, and the others again and again until all those are over."""
    failures, is_over = [], threading.Event()

    def run(function, is_repeated):
        try:
            function()
            while is_repeated and not is_over.is_set():
                function()
        except BaseException as error:  # pylint: disable=broad-exception-caught
            failures.append(error)

    def started(all_of_them, is_repeated):
        threads = [threading.Thread(target=run, args=(function, is_repeated)) for function in all_of_them]
        for thread in threads:
            thread.start()
        return threads

    later = started(others, True)
    for thread in started(functions, False):
        thread.join()
    is_over.set()
    for thread in later:
        thread.join()
    if failures:
        raise failures[0]


# --- what is done beside them ---

def life(client, namespaces, name):
    """A namespace from its making to its end, in which all goes wrong that can."""
    path = CONTROL + "namespaces/" + name
    if hash(name) % 2:
        namespaces.call("POST", CONTROL + "namespaces", {"id": name, "from": "seed"})
    client.headers["X-Emulator-Namespace"] = name
    client.call("PATCH", CONTROL + "clock", {"mode": "rate", "rate": 1000})
    client.call("POST", "/v1beta/tunedModels?tunedModelId=numbers", create("strange"))
    client.call("POST", CONTROL + "snapshots", {"id": "s"})
    client.call("POST", CONTROL + "faults", {"status": "INTERNAL", "message": "strange"})
    client.call("POST", CONTROL + "stubs", {"match": {}, "reply": {"text": "strange"}})
    client.call("PATCH", CONTROL + "config", {"seed": "1", "onNoMatch": "error"})
    client.call("GET", "/v1beta/tunedModels", status=500)
    client.call("POST", CONTROL + "snapshots/s:restore", {})
    assert len(client.call("GET", "/v1beta/tunedModels")["tunedModels"]) == 1
    client.call("PUT", CONTROL + "state", {"tunedModels": [
        {"name": f"tunedModels/m{i}", "state": "ACTIVE", "tuningTask": create("strange")["tuningTask"]} for i in range(20)]})
    assert len(client.call("GET", "/v1beta/tunedModels?pageSize=50")["tunedModels"]) == 20
    client.call("POST", CONTROL + "state:reset", {})
    assert client.call("GET", "/v1beta/tunedModels") == {}
    namespaces.call("DELETE", path)
    namespaces.call("GET", path, status=404)


def lives(server, prefix):
    """A function that lets another namespace live each time."""
    client, namespaces, made = Client(server), Client(server), []

    def live():
        made.append(None)
        life(client, namespaces, f"{prefix}-{len(made)}")

    return live


def is_told(status, content):
    """What a call may be answered whose namespace is deleted meanwhile: another has no model, or it is said."""
    is_said = b"was deleted while the call was under way" in content or b"it was deleted meanwhile" in content
    return status == 404 or status == 400 and is_said


def doomed(server, index):
    """A function that makes some calls in a namespace that others delete meanwhile."""
    client, namespaces = Client(server, "doomed"), Client(server)

    def use():
        status, _, content = client.answer("POST", f"/v1beta/tunedModels?tunedModelId=numbers-{index}", create("strange"))
        assert status in (200, 409) or is_told(status, content), content
        for verb, path, body in [
                ("GET", "/v1beta/tunedModels?pageSize=5", None), ("POST", CONTROL + "clock:advance", {"duration": "1s"}),
                ("POST", f"/v1beta/tunedModels/numbers-{index}:generateContent", prompt("1")),
                ("PATCH", f"/v1beta/tunedModels/numbers-{index}", {"description": "strange"}),
                ("POST", CONTROL + "state:reset", {}), ("DELETE", f"/v1beta/tunedModels/numbers-{index}", None)]:
            status, _, content = client.answer(verb, path, body)
            is_training = status == 400 and b"FAILED_PRECONDITION" in content and path.endswith(":generateContent")
            assert status == 200 or is_training or is_told(status, content), (verb, path, status, content)
        status, _, content = namespaces.answer("DELETE", CONTROL + "namespaces/doomed")
        assert status in (200, 404), content

    return use


def looks(server, names):
    """A function that looks at the list: those that are busy are in it, once they are there."""
    client = Client(server)
    for name in names:
        client.call("POST", CONTROL + "namespaces", {"id": name, "from": "seed"})

    def look():
        listed = [each["id"] for each in client.call("GET", CONTROL + "namespaces")["namespaces"]]
        assert len(listed) == len(set(listed)) and {"default", *names} <= set(listed), listed

    return look


# --- tests ---

def check_scripts(expected, *options):
    """Each script in a namespace of its own, all at once, with much else beside them."""
    names = [f"test_isolation.py::test_{number}[a-b]" for number in range(SCRIPTS)]
    with tunemock.start(*OPTIONS, *options) as server:
        def one(number):
            played = play(Client(server, names[number]), script(number))
            assert_same(played, expected[number], names[number])

        beside([lambda number=number: one(number) for number in range(SCRIPTS)],
               [looks(server, names), lives(server, "first"), lives(server, "second"), doomed(server, 0), doomed(server, 1)])
        client = Client(server)
        assert client.call("GET", CONTROL + "requests")["requests"] == []
        assert client.call("GET", "/v1beta/tunedModels") == {}, "the default namespace has something"
        listed = {each["id"] for each in client.call("GET", CONTROL + "namespaces")["namespaces"]}
        assert {*names, "default"} <= listed <= {*names, "default", "doomed"}, listed


def test_twenty_namespaces_in_parallel_never_see_each_other():
    expected = alone(range(SCRIPTS))
    check_scripts(expected)
    if tunemock.is_sanitized():
        return
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "file.db")
        check_scripts(expected, "--db", path)
        status, _, errors = tunemock.run("check", path)
        assert status == 0, errors


def test_the_same_requests_get_the_same_bytes_in_every_namespace():
    count = REQUESTS // 2
    expected = alone([0], count)[0]
    names = ["x", "~" * 128, "test[a/b%2Fc]", *[f"n{number}" for number in range(17)]]
    with tunemock.start(*OPTIONS) as server:
        def one(name):
            assert_same(play(Client(server, name), script(0, count)), expected, name)

        beside([lambda name=name: one(name) for name in names], [lives(server, "other")])


def test_who_waits_in_a_namespace_that_is_deleted_is_told():
    with tunemock.start(*OPTIONS) as server:
        for number in range(tunemock.scaled(50)):
            name = f"short-{number % 3}"
            client = Client(server, name)
            client.call("PATCH", CONTROL + "config", {"progress": "manual"})
            client.call("POST", "/v1beta/tunedModels?tunedModelId=numbers", create("x"))

            def wait():
                status, _, content = Client(server, name).answer("GET", CONTROL + "tunedModels/numbers:wait?timeout=300s")
                assert is_told(status, content), (status, content)

            def delete():
                Client(server).call("DELETE", f"{CONTROL}namespaces/{name}")

            beside([wait, wait, delete, wait, wait], [])


def test_a_namespace_that_comes_and_goes_is_seen_whole():
    seed = {"tunedModels": [{"name": f"tunedModels/m{i}", "state": "ACTIVE", "tuningTask": create(f"{i}")["tuningTask"]}
                            for i in range(200)]}
    with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
        json.dump(seed, file)
        file.flush()
        with tunemock.start(*OPTIONS, "--data", file.name) as server:
            names = [f"brief-{number}" for number in range(4)]

            def look(name):
                client = Client(server, name)
                for _ in range(tunemock.scaled(50)):
                    status, _, content = client.answer("GET", "/v1beta/tunedModels?pageSize=1000")
                    assert status == 200 and len(json.loads(content).get("tunedModels", [])) == 200 or is_told(status, content), (
                        status, content[:500])

            def delete(name):
                status, _, content = Client(server).answer("DELETE", f"{CONTROL}namespaces/{name}")
                assert status in (200, 404), content

            beside([lambda name=name: look(name) for name in names * 4], [lambda name=name: delete(name) for name in names])


def test_each_credential_has_a_namespace_of_its_own():
    count = REQUESTS // 2
    expected = alone([0], count)[0]
    with tunemock.start(*OPTIONS, "--isolate", "key") as server:
        names = set()

        def one(key):
            client = Client(server, key=key)
            name = client.call("GET", CONTROL + "info")["namespace"]
            names.add(name)
            played = play(client, script(0, count))
            # The journal says who called: under a key that is the key.
            entries = [{**entry, "caller": "anonymous"} for entry in played[1]]
            assert_same((played[0], entries, played[2]), expected, name)

        beside([lambda number=number: one(f"key of {number}") for number in range(SCRIPTS)], [lives(server, "other")])
        assert len(names) == SCRIPTS and all(name.startswith("key-") for name in names), names
        assert Client(server).call("GET", "/v1beta/tunedModels") == {}


tunemock.run_tests(globals())
