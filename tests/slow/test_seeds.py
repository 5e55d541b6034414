#!/usr/bin/env python3
"""Long seeds: what a load costs grows as the file does."""
import json
import os
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "http"))
import tunemock  # noqa: E402

MODELS = 10000


def cpu_seconds_of(seed):
    """What the server has used when it is ready."""
    with tempfile.NamedTemporaryFile("w", prefix="tunemock-seed-", suffix=".json") as file:
        json.dump(seed, file)
        file.flush()
        with tunemock.start("--data", file.name) as server:
            return server.cpu_seconds()


def test_owners_that_the_file_names_cost_no_more_than_their_rows():
    count = tunemock.scaled(MODELS)
    models = [{"name": f"tunedModels/m{i}", "state": "ACTIVE"} for i in range(count)]
    permissions = [{"name": f"tunedModels/m{i}/permissions/p", "role": "OWNER", "granteeType": "USER",
                    "emailAddress": "a@example.com"} for i in range(count)]
    alone = cpu_seconds_of({"tunedModels": models})
    owned = cpu_seconds_of({"tunedModels": models, "permissions": permissions})
    # Where each model looked through all permissions it was 20 times as much.
    assert owned < 8 * alone + 0.5, (owned, alone)


tunemock.run_tests(globals())
