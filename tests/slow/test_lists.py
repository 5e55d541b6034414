#!/usr/bin/env python3
"""Lists of a store with many models: who has no models is told so at once, what has to be looked at is looked at a
piece at a time, and creates do not wait for either."""
import json
import os
import sys
import tempfile
import threading

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "http"))
import tunemock  # noqa: E402

MODELS = 25_000
SHARED_EVERY = 7_000
PAGE_ROWS_MAX = 10_000
CREATES = 300
CREATE = {"baseModel": "models/gemini-1.5-flash-001-tuning", "displayName": "one of many", "tuningTask": {
    "trainingData": {"examples": {"examples": [{"textInput": "1", "output": "2"}]}}}}
ALICE, BOB, STRANGER = ({"Authorization": f"Bearer {name}"} for name in ("alice", "bob", "stranger"))


def many_models(folder):
    """A seed in which alice owns MODELS models, and bob and everyone read every SHARED_EVERY-th."""
    seed = {"tunedModels": [], "operations": [], "permissions": [], "callers": [
        {"token": caller["Authorization"].removeprefix("Bearer "), "email": address(caller)}
        for caller in (ALICE, BOB, STRANGER)]}
    for number in range(MODELS):
        name = f"tunedModels/m{number}"
        seed["tunedModels"].append({**CREATE, "name": name, "state": "ACTIVE"})
        seed["operations"].append({"name": f"{name}/operations/o", "done": True})
        readers = [(2, "USER", "READER", BOB), ("everyone", "EVERYONE", "READER", None)]
        for permission, grantee, role, caller in [(1, "USER", "OWNER", ALICE)] + (
                [] if number % SHARED_EVERY else readers):
            seed["permissions"].append({
                "name": f"{name}/permissions/{permission}", "granteeType": grantee, "role": role,
                **({"emailAddress": address(caller)} if caller else {})})
    path = os.path.join(folder, "seed.json")
    with open(path, "w", encoding="ascii") as file:
        file.write(json.dumps(seed))
    return path


def address(caller):
    return caller["Authorization"].removeprefix("Bearer ") + "@example.com"


def pages(server, caller, query, path="/v1beta/tunedModels"):
    """All pages of a list: the names on each."""
    token, names = "", []
    while True:
        status, page = server.json("GET", f"{path}?{query}&pageToken={token}", None, caller)
        assert status == 200, page
        names.append([model["name"] for model in page.get(path.rpartition("/")[2], [])])
        token = page.get("nextPageToken", "")
        if not token:
            return names


def test_lists_and_creates_side_by_side():
    with tempfile.TemporaryDirectory() as folder, \
            tunemock.start("--data", many_models(folder), "--auth", "required", "--step-time", "0",
                           "--threads", "2") as server:
        shared = [f"tunedModels/m{number}" for number in range(0, MODELS, SHARED_EVERY)]
        assert pages(server, STRANGER, "filter=") == [[]]
        assert pages(server, STRANGER, "filter=owner:me") == [[]]
        assert pages(server, BOB, "filter=") == [shared]
        assert pages(server, BOB, "filter=readers:me%20many") == [shared]
        assert pages(server, STRANGER, "filter=readers:everyone") == [shared]
        assert sum(pages(server, STRANGER, "", "/v1/operations"), []) == []
        operations = sum(pages(server, BOB, "", "/v1/operations"), [])
        assert operations == [f"{name}/operations/o" for name in shared]

        # What no index knows is looked at in steps, all of it in the end.
        nothing = pages(server, ALICE, "filter=absent")
        assert nothing == [[]] * len(nothing) and len(nothing) == MODELS // PAGE_ROWS_MAX + 1, len(nothing)

        stop = threading.Event()
        list_counts = [0, 0]

        def keep_listing(number):
            while not stop.is_set():
                caller, query = ((STRANGER, "filter="), (ALICE, "filter=absent"))[number]
                assert server.request("GET", f"/v1beta/tunedModels?{query}", None, caller)[0] == 200
                list_counts[number] += 1

        listers = [threading.Thread(target=keep_listing, args=(number,)) for number in range(2)]
        for lister in listers:
            lister.start()
        for _ in range(CREATES):
            assert server.request("POST", "/v1beta/tunedModels", CREATE, BOB)[0] == 200
        stop.set()
        for lister in listers:
            lister.join()
        print(f"# beside {CREATES} creates: {list_counts[0]} and {list_counts[1]} lists")
        assert min(list_counts) > 0, list_counts


tunemock.run_tests(globals())
