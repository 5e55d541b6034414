#!/usr/bin/env python3
"""Vertex AI's tuning jobs over sockets: what outlives the process, and what each namespace has of its own."""
import contextlib
import json
import os
import re
import subprocess
import sys
import tempfile
import threading

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import tunemock  # noqa: E402

PARENT = "/v1beta1/projects/p/locations/us-central1"
SAMPLE = "gs://cloud-samples-data/ai-platform/generative_ai/gemini-2_0/text/sft_train_data.jsonl"
JOB = {"baseModel": "gemini-2.5-flash", "tunedModelDisplayName": "t",
       "supervisedTuningSpec": {"trainingDatasetUri": SAMPLE, "hyperParameters": {"epochCount": 2}}}


class Killed(Exception):
    """The server was killed, and need not stop in peace."""


def good(server, verb, path, body=None, headers=None):
    status, _, content = server.request(verb, path, body, headers)
    assert status == 200, (path, content)
    return json.loads(content)


def create(server, headers=None, **changes):
    return good(server, "POST", f"{PARENT}/tuningJobs", {**JOB, **changes}, headers)["name"]


def get(server, name, headers=None):
    return good(server, "GET", f"/v1beta1/{name}", headers=headers)


def names(server, headers=None):
    return [job["name"] for job in good(server, "GET", f"{PARENT}/tuningJobs", headers=headers).get("tuningJobs", [])]


def advance(server, duration, headers=None):
    good(server, "POST", "/emulator/v1/clock:advance", {"duration": duration}, headers)


def continued(model, **changes):
    job = {name: value for name, value in JOB.items() if name not in ("baseModel", "tunedModelDisplayName")}
    return {**job, "preTunedModel": {"tunedModelName": model}, **changes}


def test_a_job_that_no_state_file_can_bring_back_is_refused():
    with tunemock.start("--seed", "1") as server:
        status, _, content = server.request("POST", f"{PARENT}/tuningJobs", {**JOB, "description": "x" * (4 << 20)})
        assert status == 400, content
        expected = "List of found errors:\t1.Field: tuning_job; Message: The job must have at most 4194304 bytes of JSON.\t"
        assert json.loads(content)["error"]["message"] == expected, content
        create(server, description="x" * (2 << 20))
        good(server, "PUT", "/emulator/v1/state", good(server, "GET", "/emulator/v1/state"))


def test_a_description_that_no_state_file_can_bring_back_is_refused():
    with tunemock.start("--seed", "1", "--step-time", "0") as server:
        model = get(server, create(server))["tunedModel"]["model"]
        path = "/v1beta1/" + model.split("@")[0]
        status, _, content = server.request("PATCH", path, {"description": "x" * ((1 << 20) + 1)})
        assert status == 400 and "Field: model.description; " in json.loads(content)["error"]["message"], content
        good(server, "PATCH", path, {"description": "x" * (1 << 20)})
        good(server, "PUT", "/emulator/v1/state", good(server, "GET", "/emulator/v1/state"))


def test_a_job_goes_on_after_a_restart_and_after_a_kill():
    with tempfile.TemporaryDirectory() as folder:
        options = "--db", os.path.join(folder, "file.db"), "--step-time", "0"
        with tunemock.start(*options) as server:
            first = create(server)
            done = get(server, first)
            assert done["state"] == "JOB_STATE_SUCCEEDED", done
            assert done["tuningDataStats"]["supervisedTuningDataStats"]["tuningDatasetExampleCount"] == "16"
        with contextlib.suppress(Killed):
            with tunemock.start(*options) as server:
                assert get(server, first) == done
                second = good(server, "POST", f"{PARENT}/tuningJobs", continued(done["tunedModel"]["model"]))["name"]
                server.process.kill()
                raise Killed
        with tunemock.start(*options) as server:
            assert names(server) == [second, first]
            assert get(server, first) == done
            version = get(server, second)["tunedModel"]["model"]
            assert version == done["tunedModel"]["model"].replace("@1", "@2"), version
            assert good(server, "GET", "/v1beta/tunedModels") == {}
        output = subprocess.run([tunemock.binary(), "check", options[1]], capture_output=True, text=True, check=True)
        assert "2 models" in output.stdout and output.stdout.endswith("good\n"), output


def test_the_same_seed_and_calls_give_the_same_jobs():
    seen = []
    for _ in range(2):
        with tunemock.start("--seed", "7", "--clock", "frozen@2026-01-01T00:00:00Z") as server:
            name = create(server)
            advance(server, "3600s")
            seen.append(get(server, name))
    assert seen[0] == seen[1]
    assert re.fullmatch(r"projects/p/locations/us-central1/tuningJobs/\d{19}", seen[0]["name"])


def test_a_snapshot_has_the_jobs_as_they_were():
    with tunemock.start("--clock", "frozen", "--step-time", "1s") as server:
        name = create(server)
        snapshot = good(server, "POST", "/emulator/v1/snapshots")["id"]
        waiting = get(server, name)
        assert waiting["state"] == "JOB_STATE_PENDING"
        good(server, "POST", f"/v1beta1/{name}:cancel")
        other = create(server)
        assert get(server, name)["state"] == "JOB_STATE_CANCELLED"
        good(server, "POST", f"/emulator/v1/snapshots/{snapshot}:restore")
        assert names(server) == [name]
        assert get(server, name) == waiting
        assert server.json("GET", f"/v1beta1/{other}")[0] == 404
        advance(server, "3600s")
        assert get(server, name)["state"] == "JOB_STATE_SUCCEEDED"


def test_each_namespace_has_its_own_jobs():
    with tunemock.start("--seed", "3") as server:
        one, two = {"X-Emulator-Namespace": "one"}, {"X-Emulator-Namespace": "two"}
        name = create(server, one)
        assert create(server, two) == name, "the same seed and calls give the same name"
        create(server, two)
        assert names(server, one) == [name] and len(names(server, two)) == 2 and not names(server)
        assert server.json("GET", f"/v1beta1/{name}")[0] == 404
        advance(server, "3600s", one)
        assert get(server, name, one)["state"] == "JOB_STATE_SUCCEEDED"
        assert get(server, name, two)["state"] != "JOB_STATE_SUCCEEDED"


def test_versions_that_are_asked_for_at_once_are_all_others():
    with tunemock.start("--step-time", "0") as server:
        model = get(server, create(server))["tunedModel"]["model"]
        made = []

        def continue_it():
            for _ in range(5):
                made.append(good(server, "POST", f"{PARENT}/tuningJobs", continued(model))["name"])

        threads = [threading.Thread(target=continue_it) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        versions = [get(server, name)["tunedModel"]["model"] for name in made]
        prefix = model.removesuffix("1")
        assert sorted(versions) == sorted(f"{prefix}{number}" for number in range(2, 22)), versions


def test_a_model_has_only_so_many_versions():
    with tunemock.start("--step-time", "0") as server:
        model = get(server, create(server))["tunedModel"]["model"]
        for _ in range(499):
            last = good(server, "POST", f"{PARENT}/tuningJobs", continued(model))["name"]
        assert get(server, last)["tunedModel"]["model"] == model.replace("@1", "@500")
        status, _, content = server.request("POST", f"{PARENT}/tuningJobs", continued(model))
        assert status == 400 and b"at most 500 versions" in content, content
        other = good(server, "POST", f"{PARENT}/tuningJobs", continued(model, tunedModelDisplayName="new"))["name"]
        assert get(server, other)["tunedModel"]["model"].endswith("@1")
        versions = good(server, "GET", f"/v1beta1/{model.removesuffix('@1')}:listVersions?pageSize=1000")["models"]
        assert len(versions) == 500 and versions[-1]["versionAliases"] == ["default"], len(versions)


def test_a_deletion_has_a_time_of_microseconds_as_all_others_have():
    with tunemock.start("--step-time", "0") as server:
        endpoint = get(server, create(server))["tunedModel"]["endpoint"]
        operation = good(server, "DELETE", f"/v1beta1/{endpoint}")
        time = operation["metadata"]["genericMetadata"]["createTime"]
        assert re.fullmatch(r"[0-9T:-]+(\.([0-9]{3}|[0-9]{6}))?Z", time), time


def test_a_job_that_failed_gives_its_version_to_the_next():
    with tunemock.start("--clock", "frozen", "--step-time", "1s") as server:
        name = create(server)
        advance(server, "3600s")
        model = get(server, name)["tunedModel"]["model"]
        lost = good(server, "POST", f"{PARENT}/tuningJobs", continued(model))["name"]
        good(server, "POST", f"/v1beta1/{lost}:cancel")
        kept = good(server, "POST", f"{PARENT}/tuningJobs", continued(model))["name"]
        beside = good(server, "POST", f"{PARENT}/tuningJobs", continued(model))["name"]
        named = good(server, "POST", f"{PARENT}/tuningJobs", continued(model, tunedModelDisplayName="new"))["name"]
        advance(server, "3600s")
        assert "tunedModel" not in get(server, lost)
        assert get(server, kept)["tunedModel"]["model"] == model.replace("@1", "@2")
        assert get(server, beside)["tunedModel"]["model"] == model.replace("@1", "@3")
        assert get(server, named)["tunedModel"]["model"].endswith("@1")
        assert get(server, named)["tunedModel"]["model"] != model


def test_looks_move_a_job_that_polls_move():
    with tunemock.start("--progress", "polls:3", "--clock", "frozen") as server:
        name = create(server)
        states = [get(server, name)["state"] for _ in range(4)]
        assert states == ["JOB_STATE_RUNNING"] * 2 + ["JOB_STATE_SUCCEEDED"] * 2, states


def test_a_job_that_is_moved_while_it_waits_begins_then():
    with tunemock.start("--clock", "frozen@2026-01-01T00:00:00Z", "--step-time", "1s") as server:
        for order, state in (("complete", "SUCCEEDED"), ("advance", "RUNNING")):
            name = create(server)
            good(server, "POST", f"/emulator/v1/{name[name.index('tuningJobs'):]}:{order}")
            job = get(server, name)
            assert job["state"] == f"JOB_STATE_{state}", job
            assert job["startTime"] == job["createTime"] == "2026-01-01T00:00:00Z", job


def test_pages_of_many_jobs_leave_nobody_out():
    with tunemock.start("--seed", "1") as server:
        count = tunemock.scaled(250)
        made = [create(server) for _ in range(count)]
        good(server, "POST", "/v1beta/tunedModels?tunedModelId=x", {
            "baseModel": "models/gemini-1.5-flash-001-tuning",
            "tuningTask": {"trainingData": {"examples": {"examples": [{"textInput": "1", "output": "2"}]}}}})
        seen, token, sizes = [], "", []
        while True:
            page = good(server, "GET", f"{PARENT}/tuningJobs?pageToken={token}")
            seen += [job["name"] for job in page["tuningJobs"]]
            sizes.append(len(page["tuningJobs"]))
            token = page.get("nextPageToken")
            if not token:
                break
        assert seen == made[::-1]
        assert sizes[0] == min(count, 100), sizes
        assert [model["name"] for model in good(server, "GET", "/v1beta/tunedModels")["tunedModels"]] == ["tunedModels/x"]


tunemock.run_tests(globals())
