#!/usr/bin/env python3
"""Lists of a store with 100,000 models: who has no models is told so at once, what has to be looked at is looked at a
piece at a time, and creates do not wait for either."""
import os
import sqlite3
import sys
import tempfile
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "http"))
import tunemock  # noqa: E402

MODELS = 100_000
CREATE = {"baseModel": "models/gemini-1.5-flash-001-tuning", "displayName": "one of many", "tuningTask": {
    "trainingData": {"examples": {"examples": [{"textInput": "1", "output": "2"}]}}}}
ALICE, BOB, STRANGER = ({"Authorization": f"Bearer {name}"} for name in ("alice", "bob", "stranger"))


def many_models(folder):
    """A database in which alice owns MODELS models, and bob and everyone read every 20,000th. Made by copying the rows
    of one."""
    path = os.path.join(folder, "many.db")
    with tunemock.start("--db", path, "--auth", "required", "--step-time", "0") as server:
        assert server.request("POST", "/v1beta/tunedModels?tunedModelId=m0", CREATE, ALICE)[0] == 200
        share = {"granteeType": "USER", "role": "READER", "emailAddress": address_of(server, BOB)}
        assert server.request("POST", "/v1beta/tunedModels/m0/permissions", share, ALICE)[0] == 200
        share = {"granteeType": "EVERYONE", "role": "READER"}
        assert server.request("POST", "/v1beta/tunedModels/m0/permissions", share, ALICE)[0] == 200
    database = sqlite3.connect(path)
    with database:
        database.execute("CREATE TEMP TABLE number AS WITH RECURSIVE c (n) AS"
                         " (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < ?) SELECT n FROM c", (MODELS - 1,))
        for sql in (
                "INSERT INTO model SELECT 0, 1000 + 5 * n, 'm' || n, data_set_id, facts FROM number, model"
                " WHERE model.id = 'm0'",
                "INSERT INTO operation SELECT 0, 1000 + 5 * n, 'o', 1001 + 5 * n, '' FROM number",
                "INSERT INTO permission SELECT 0, 1000 + 5 * n, id, 1002 + 5 * n, grantee_type, role, email"
                " FROM number, permission WHERE role = 1",
                "INSERT INTO permission SELECT 0, 1000 + 5 * n, id, 1002 + 5 * n + grantee_type % 2, grantee_type, role,"
                " email FROM number, permission WHERE role = 3 AND n % 20000 = 0",
                "UPDATE numbering SET last_seq = 1000000000"):
            database.execute(sql)
    database.close()
    return path


def address_of(server, caller):
    """The address by which the server knows a caller: that of the owner of what it makes."""
    assert server.request("POST", "/v1beta/tunedModels?tunedModelId=mine", CREATE, caller)[0] == 200
    _, listed = server.json("GET", "/v1beta/tunedModels/mine/permissions", None, caller)
    assert server.request("DELETE", "/v1beta/tunedModels/mine", None, caller)[0] == 200
    return listed["permissions"][0]["emailAddress"]


def pages(server, caller, query):
    """All pages of a list: the names on each."""
    token, names = "", []
    while True:
        status, page = server.json("GET", f"/v1beta/tunedModels?{query}&pageToken={token}", None, caller)
        assert status == 200, page
        names.append([model["name"] for model in page.get("tunedModels", [])])
        token = page.get("nextPageToken", "")
        if not token:
            return names


def test_lists_and_creates_side_by_side():
    with tempfile.TemporaryDirectory() as folder, \
            tunemock.start("--db", many_models(folder), "--auth", "required", "--step-time", "0", "--threads",
                           "2") as server:
        shared = ["tunedModels/m0"] + [f"tunedModels/m{n}" for n in range(20000, MODELS, 20000)]
        assert pages(server, STRANGER, "filter=") == [[]]
        assert pages(server, STRANGER, "filter=owner:me") == [[]]
        assert pages(server, BOB, "filter=") == [shared]
        assert pages(server, BOB, "filter=readers:me%20many") == [shared]
        assert pages(server, STRANGER, "filter=readers:everyone") == [shared]
        assert server.json("GET", "/v1/operations", None, STRANGER) == (200, {})
        _, operations = server.json("GET", "/v1/operations", None, BOB)
        assert [item["name"].rpartition("/operations/")[0] for item in operations["operations"]] == shared

        # What no index knows is looked at in steps, all of it in the end.
        nothing = pages(server, ALICE, "filter=absent")
        assert nothing == [[]] * len(nothing) and len(nothing) == 11, len(nothing)

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
        created, deadline = 0, time.monotonic() + 3
        while time.monotonic() < deadline:
            assert server.request("POST", "/v1beta/tunedModels", CREATE, BOB)[0] == 200
            created += 1
        stop.set()
        for lister in listers:
            lister.join()
        print(f"# in 3 s beside each other: {created} creates, {list_counts[0]} and {list_counts[1]} lists")
        # Before lists went along an index it was about one in each second, of each.
        assert created > 15 and min(list_counts) > 15, (created, list_counts)


tunemock.run_tests(globals())
