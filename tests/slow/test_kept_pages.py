#!/usr/bin/env python3
"""Pages that are kept: whatever was done in between, each worker answers a list that it was asked for before as one
that it was never asked for. A mask with other white space in it is another list to what keeps pages, and the same to
who reads."""
import http.client
import itertools
import json
import os
import random
import re
import sys
import urllib.parse

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "http"))
import tunemock  # noqa: E402

STEPS = 1000
LISTS_AT_A_TIME = 12
CONNECTIONS = 4
BEGIN = ("--clock", "frozen@2024-07-20T18:23:29Z", "--seed", "1", "--step-time", "0.3s", "--log-level", "warning")
IDS = [f"m{number}" for number in range(6)]
NAMES = ["alpha", "beta", "a } of \"beta\"", "é \u20ac"]
CALLERS = ["alice", "bob"]
NAMESPACES = ["default", "one", "two"]
DURATIONS = ["0.000000001s", "0.000001s", "0.299999999s", "0.3s", "0.7s", "5s", "100s"]
MASKS = [None, None, "tunedModels(name,state)", "tunedModels(updateTime,tuningTask/snapshots/step),nextPageToken"]
FILTERS = [None, None, None, "owner:me", "readers:me", "readers:everyone", "alpha", "owner:me beta"]


def create(chance):
    examples = [{"textInput": str(number), "output": "x"} for number in range(chance.choice([1, 5]))]
    return {"displayName": chance.choice(NAMES), "baseModel": "models/gemini-1.5-flash-001-tuning", "tuningTask": {
        "hyperparameters": {"epochCount": chance.choice([1, 5, 19]), "batchSize": chance.choice([1, 4])},
        "trainingData": {"examples": {"examples": examples}}}}


def change(chance):
    """A call that may change what lists show: its verb, path and body."""
    model = chance.choice(IDS)
    own, other = f"/v1beta/tunedModels/{model}", f"/emulator/v1/tunedModels/{model}"
    step = chance.choice([{}, {"atStep": chance.choice([0, 1, 3])}])
    grant = chance.choice([{"granteeType": "EVERYONE"}, {"emailAddress": f"{chance.choice(CALLERS)}@example.com"}])
    dial = chance.choice([{"stepTime": chance.choice(["0", "real", "0.3s", "1us", "3600s"])},
                          {"progress": chance.choice(["time", "manual", "polls:3"])}, {"seed": "1"}])
    calls = [
        (12, ("POST", f"/v1beta/tunedModels?tunedModelId={model}", create(chance))),
        (3, ("DELETE", own, None)),
        (3, ("PATCH", f"{own}?updateMask=displayName", {"displayName": chance.choice(NAMES)})),
        (2, ("POST", f"{own}:cancel", {})),
        (4, ("POST", f"{own}/permissions", {"granteeType": "USER", "role": "READER", **grant})),
        (1, ("DELETE", f"{own}/permissions/everyone", None)),
        (2, ("POST", f"{own}:transferOwnership", {"emailAddress": f"{chance.choice(CALLERS)}@example.com"})),
        (3, ("GET", own, None)),
        (2, ("POST", f"{other}:complete", {})),
        (3, ("POST", f"{other}:fail", step)),
        (3, ("POST", f"{other}:stall", step)),
        (3, ("POST", f"{other}:resume", {})),
        (4, ("POST", f"{other}:advance", {"steps": chance.choice([1, 3])})),
        (12, ("POST", "/emulator/v1/clock:advance", {"duration": chance.choice(DURATIONS)})),
        (3, ("PATCH", "/emulator/v1/config", dial)),
        (2, ("POST", "/emulator/v1/stories", {"times": 1, chance.choice(["failAtStep", "stallAtStep"]): 2})),
        (2, ("POST", "/emulator/v1/snapshots", {"id": "kept"})),
        (3, ("POST", "/emulator/v1/snapshots/kept:restore", {})),
        (1, ("POST", "/emulator/v1/state:reset", {})),
        (1, ("DELETE", f"/emulator/v1/namespaces/{chance.choice(NAMESPACES)}", None)),
    ]
    return chance.choices([call for _, call in calls], [weight for weight, _ in calls])[0]


def some_list(chance):
    """A list as somebody may ask for it: its path, query, mask and headers."""
    path, query, mask = "/v1beta/tunedModels", {}, chance.choice(MASKS)
    if chance.random() < 0.25:
        path, mask = f"{path}/{chance.choice(IDS)}/permissions", None
    elif query_filter := chance.choice(FILTERS):
        query["filter"] = query_filter
    if chance.random() < 0.4:
        query["pageSize"] = chance.choice([1, 2, 3])
    if chance.random() < 0.2:
        query.update(chance.choice([{"prettyPrint": "false"}, {"$alt": "json;enum-encoding=int"}, {"callback": "c"}]))
    return path, query, mask, {**who(chance), "X-Request-Id": "list"}


def who(chance):
    return {"Authorization": f"Bearer {chance.choice(CALLERS)}", "X-Emulator-Namespace": chance.choice(NAMESPACES)}


def ask(connection, verb, path, body, headers):
    connection.request(verb, path, None if body is None else json.dumps(body), headers)
    answer = connection.getresponse()
    return answer.status, answer.headers["Content-Type"], answer.read()


def check_in_between(workers, seed):
    steps = tunemock.scaled(STEPS)
    chance = random.Random(seed)
    white_space = itertools.product(" \t", repeat=14)
    with tunemock.start(*BEGIN, "--auth", "required", "--threads", workers) as server:
        connections = [http.client.HTTPConnection("127.0.0.1", server.port, timeout=60) for _ in range(CONNECTIONS)]
        lists = [some_list(chance) for _ in range(LISTS_AT_A_TIME)]
        found_count = 0
        for step in range(steps):
            verb, path, body = change(chance)
            ask(chance.choice(connections), verb, path, body, who(chance))
            lists[chance.randrange(LISTS_AT_A_TIME)] = some_list(chance)
            for path, query, mask, headers in chance.sample(lists, 4):
                fresh = {**query, "fields": "".join(next(white_space)) + (mask or "*")}
                fresh = ask(connections[0], "GET", f"{path}?{urllib.parse.urlencode(fresh)}", None, headers)
                query = {**query, **({"fields": mask} if mask else {})}
                for connection in chance.sample(connections, 2):
                    kept = ask(connection, "GET", f"{path}?{urllib.parse.urlencode(query)}", None, headers)
                    assert kept == fresh, f"seed {seed}, step {step}, {path} {query} {headers}:\n{kept}\n{fresh}"
                found_count += fresh[0] == 200 and len(fresh[2]) > 20
                if token := re.search(rb'"nextPageToken": ?"([^"]+)"', fresh[2]):
                    following = {**query, "pageToken": token[1].decode()}
                    following.pop("fields", None)
                    lists[chance.randrange(LISTS_AT_A_TIME)] = (path, following, mask, headers)
        assert found_count > steps, found_count
        for connection in connections:
            connection.close()


def test_one_worker_shows_what_is_now():
    check_in_between(1, 1)


def test_so_do_two_workers():
    check_in_between(2, 2)


tunemock.run_tests(globals())
