#!/usr/bin/env python3
"""Tuning jobs of Vertex AI under a test's control: orders, waits, stories, events, namespaces, seeds and state files."""
import contextlib
import json
import os
import sys
import tempfile
import threading

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import event_stream  # noqa: E402
import metrics  # noqa: E402
import tunemock  # noqa: E402

FROZEN = ("--clock", "frozen@2024-07-20T18:23:29Z", "--seed", "7", "--step-time", "1s")
MANUAL = (*FROZEN, "--progress", "manual")
PARENT = "/v1beta1/projects/p/locations/us-central1"
DATA = "gs://cloud-samples-data/ai-platform/generative_ai/gemini-2_0/text/sft_train_data.jsonl"


def send(server, method, path, body=None, headers=None):
    status, answer = server.json(method, path, body, headers)
    assert status == 200, (path, answer)
    return answer


def create(server, name="numbers", headers=None, **hyper):
    """The job's name, and its path of the control API."""
    body = {"baseModel": "gemini-2.5-flash", "tunedModelDisplayName": name, "labels": {"a": "b"},
            "supervisedTuningSpec": {"trainingDatasetUri": DATA, "hyperParameters": {"epochCount": "8", **hyper}}}
    job = send(server, "POST", f"{PARENT}/tuningJobs", body, headers)["name"]
    return job, "/emulator/v1/tuningJobs/" + job.rpartition("/")[2]


def view(server, path):
    return send(server, "GET", path)


def refusal(server, method, path, body=None):
    status, answer = server.json(method, path, body)
    assert status != 200, answer
    return status, answer["error"]["message"]


def test_a_job_is_moved_ended_and_refused_as_a_model_is():
    with tunemock.start(*MANUAL) as server:
        name, path = create(server)
        total = view(server, path)["totalSteps"]
        assert total > 2
        job = send(server, "POST", f"{path}:advance", {"steps": 2})
        assert job["name"] == name and job["tuningJobMetadata"]["completedStepCount"] == "2", job
        send(server, "POST", f"{path}:stall")
        send(server, "POST", f"{path}:advance")
        assert view(server, path)["isStalled"] and view(server, path)["completedSteps"] == 2, view(server, path)
        send(server, "POST", f"{path}:resume")
        send(server, "POST", f"{path}:advance")
        assert view(server, path)["completedSteps"] == 3
        assert refusal(server, "POST", f"{path}:fail", {"atStep": total + 1})[0] == 400
        done = send(server, "POST", f"{path}:complete")
        assert done["state"] == "JOB_STATE_SUCCEEDED" and done["tunedModel"]["endpoint"], done
        assert done == send(server, "GET", "/v1beta1/" + name) == send(server, "GET", f"{path}:wait")
        short = path.rpartition("v1/")[2]
        for verb in ("complete", "fail", "stall", "resume", "advance"):
            assert refusal(server, "POST", f"{path}:{verb}") == (400, f"{short} trains no more."), verb
        # An id with an escaped slash is no way from one resource to the other.
        assert refusal(server, "POST", f"/emulator/v1/tunedModels/tuningJobs%2F{short[11:]}:complete")[0] == 404


def test_a_job_fails_at_a_step_or_when_it_is_deployed():
    with tunemock.start(*MANUAL) as server:
        name, path = create(server)
        send(server, "POST", f"{path}:fail", {"code": "INVALID_ARGUMENT", "message": "boom", "atStep": 2})
        job = send(server, "POST", f"{path}:advance", {"steps": 100})
        assert job["state"] == "JOB_STATE_FAILED" and "tunedModel" not in job, job
        assert job["error"] == {"code": 3, "message": "boom"} and job["tuningJobMetadata"]["completedStepCount"] == "2", job
        # As recorded: the model is there, and no endpoint.
        name, path = create(server)
        send(server, "POST", f"{path}:fail", {"atStep": view(server, path)["totalSteps"]})
        job = send(server, "POST", f"{path}:advance", {"steps": 100})
        assert job["state"] == "JOB_STATE_FAILED" and job["error"]["code"] == 13, job
        assert job["error"]["message"].startswith("Failed to create endpoint. Tuned model is uploaded"), job
        assert list(job["tunedModel"]) == ["model"], job
        assert send(server, "GET", "/v1beta1/" + name) == job


def test_who_waits_for_a_job_is_told_of_its_end():
    with tunemock.start(*MANUAL) as server:
        _, path = create(server)
        assert refusal(server, "GET", f"{path}:wait?timeout=0s")[0] == 504
        answers = []
        thread = threading.Thread(target=lambda: answers.append(send(server, "GET", f"{path}:wait?timeout=60s")))
        thread.start()
        ended = send(server, "POST", f"{path}:complete")
        thread.join()
        assert answers == [ended], answers


def test_a_job_is_moved_by_looks_and_ended_by_a_story():
    with tunemock.start(*FROZEN, "--progress", "polls:2") as server:
        name, _ = create(server)
        states = [send(server, "GET", "/v1beta1/" + name)["state"] for _ in range(3)]
        assert states == ["JOB_STATE_RUNNING", "JOB_STATE_SUCCEEDED", "JOB_STATE_SUCCEEDED"], states
        send(server, "POST", "/emulator/v1/stories", {"match": {"displayName": "bad"}, "failAtStep": 1, "error": {"code": 13}, "times": 1})
        name, _ = create(server, "bad")
        states = [send(server, "GET", "/v1beta1/" + name)["state"] for _ in range(2)]
        assert states[-1] == "JOB_STATE_FAILED", states
        assert send(server, "GET", "/emulator/v1/stories")["stories"] == []


def test_faults_and_requests_know_jobs():
    with tunemock.start(*FROZEN) as server:
        name, _ = create(server)
        send(server, "POST", "/emulator/v1/faults", {"method": "tuningJobs.get", "match": {"model": name}, "status": 503, "times": 1})
        other, _ = create(server)
        assert server.json("GET", "/v1beta1/" + other)[0] == 200
        assert [server.json("GET", "/v1beta1/" + name)[0] for _ in range(2)] == [503, 200]
        seen = send(server, "GET", "/emulator/v1/requests?method=tuningJobs.get&status=503")["requests"]
        assert [entry["model"] for entry in seen] == [name], seen


def test_events_tell_of_jobs_by_their_names_and_states():
    with tunemock.start(*FROZEN) as server, event_stream.listen(server, "?types=model,progress") as stream:
        name, path = create(server)
        events = [stream.next()]
        send(server, "POST", "/emulator/v1/clock:advance", {"duration": "3s"})
        send(server, "POST", f"{path}:fail")
        while events[-1]["data"].get("state") != "JOB_STATE_FAILED":
            events.append(stream.next())
        told = [(event["event"], event["data"].get("change"), event["data"].get("state")) for event in events]
        assert told[0] == ("model", "created", "JOB_STATE_PENDING") and told[-1] == ("model", "state", "JOB_STATE_FAILED"), told
        assert ("model", "state", "JOB_STATE_RUNNING") in told, told
        progress = [event["data"]["models"] for event in events if event["event"] == "progress"]
        assert progress and {model["name"] for models in progress for model in models} == {name}, events
        assert {event["data"]["name"] for event in events if event["event"] == "model"} == {name}, events


def test_events_tell_of_jobs_that_were_there_before():
    with tunemock.start(*MANUAL) as server:
        name, path = create(server)
        with event_stream.listen(server, "?types=progress") as stream:
            send(server, "POST", f"{path}:advance")
            assert stream.next()["data"]["models"][0]["name"] == name


def test_each_namespace_has_its_jobs_and_they_are_counted():
    here = {"X-Emulator-Namespace": "t1"}
    with tunemock.start(*FROZEN) as server:
        name, path = create(server, headers=here)
        assert server.json("GET", "/v1beta1/" + name)[0] == 404 and server.json("GET", path)[0] == 404
        spaces = {space["id"]: space for space in send(server, "GET", "/emulator/v1/namespaces")["namespaces"]}
        assert (spaces["t1"]["tuningJobs"], spaces["t1"]["models"]) == (1, 0), spaces
        assert metrics.scrape(server).value("tuning_jobs") == 1
        before = send(server, "GET", "/v1beta1/" + name, headers=here)
        snapshot = send(server, "POST", "/emulator/v1/snapshots", {}, here)
        assert (snapshot["tuningJobs"], snapshot["models"]) == (1, 0), snapshot
        send(server, "POST", f"{path}:complete", {}, here)
        create(server, headers=here)
        send(server, "POST", f"/emulator/v1/snapshots/{snapshot['id']}:restore", {}, here)
        assert send(server, "GET", f"{PARENT}/tuningJobs", headers=here)["tuningJobs"] == [before]
        send(server, "POST", "/emulator/v1/state:reset", {}, here)
        assert "tuningJobs" not in send(server, "GET", f"{PARENT}/tuningJobs", headers=here)


@contextlib.contextmanager
def successor(state):
    """Another tunemock that begins with this state file."""
    with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
        json.dump(state, file)
        file.flush()
        assert tunemock.run("validate", file.name)[0] == 0
        with tunemock.start(*FROZEN, "--data", file.name) as server:
            yield server


def test_a_state_file_takes_jobs_along():
    def shown(server):
        jobs = send(server, "GET", f"{PARENT}/tuningJobs")
        endpoints = [job["tunedModel"]["endpoint"] for job in jobs["tuningJobs"] if "tunedModel" in job]
        body = {"contents": [{"role": "user", "parts": [{"text": "How many legs does a spider have?"}]}]}
        answers = [send(server, "POST", f"/v1beta1/{name}:generateContent", body)["candidates"] for name in endpoints]
        return jobs, answers, send(server, "GET", f"{PARENT}/models"), send(server, "GET", "/emulator/v1/tuningJobs")

    with tunemock.start(*FROZEN) as server:
        _, first = create(server)
        send(server, "POST", f"{first}:complete")
        _, second = create(server, "second")
        create(server, "third")
        send(server, "POST", f"{second}:fail", {"atStep": 2})
        send(server, "POST", "/emulator/v1/clock:advance", {"duration": "3s"})
        state = send(server, "GET", "/emulator/v1/state")
        assert len(state["tuningJobs"]) == len(state["jobs"]) == 3 and state["tuningJobs"][0]["examples"], state
        before, after = shown(server), []
        with successor(state) as other:
            told = send(other, "GET", "/emulator/v1/state")
            differing = [name for name in {**told, **state} if told.get(name) != state.get(name)]
            assert set(differing) <= {"numbers"}, [(name, told.get(name), state.get(name)) for name in differing]
            assert {**told["numbers"], "lastRequest": ""} == {**state["numbers"], "lastRequest": ""}, (told, state)
            after.append(shown(other))
        send(server, "POST", "/emulator/v1/state:reset", {"to": "empty"})
        assert "tuningJobs" not in send(server, "GET", f"{PARENT}/tuningJobs")
        send(server, "PUT", "/emulator/v1/state", state)
        after.append(shown(server))
        assert after == [before, before], (before, after)


def test_a_seed_may_ask_for_a_job_and_say_what_its_data_are():
    job = {"baseModel": "gemini-2.5-flash", "tunedModelDisplayName": "numbers",
           "supervisedTuningSpec": {"training_dataset_uri": "gs://b/t.jsonl"}}
    seed = {"tuningJobs": [{"tuningJob": job, "examples": [{"textInput": "one", "output": "uno"}, {"text_input": "two", "output": "due"}]}],
            "stories": [{"match": {"displayName": "numbers"}, "stepTime": "0s", "times": 1}]}
    with successor(seed) as server:
        made, = send(server, "GET", "/v1beta1/tuningJobs")["tuningJobs"]
        assert made["state"] == "JOB_STATE_SUCCEEDED" and made["tunedModelDisplayName"] == "numbers", made
        assert made["name"].startswith("projects/tunemock/locations/us-central1/tuningJobs/"), made
        answer = send(server, "POST", f"/v1beta1/{made['tunedModel']['endpoint']}:generateContent",
                      {"contents": [{"role": "user", "parts": [{"text": "two"}]}]})
        assert answer["candidates"][0]["content"]["parts"] == [{"text": "due"}], answer
        send(server, "POST", "/emulator/v1/state:reset")
        assert send(server, "GET", "/v1beta1/tuningJobs")["tuningJobs"] == [made]


def test_what_is_wrong_with_a_job_of_a_seed_is_said():
    good = {"baseModel": "gemini-2.5-flash", "supervisedTuningSpec": {"trainingDatasetUri": "gs://b/t.jsonl"}}
    number = "projects/p/locations/l/tuningJobs/1934384216032155191"
    rows = ((({"name": "tuningJobs/1", "tuningJob": good}, ), "needs a name of the form projects/"),
            (({"name": "projects/p/locations/l/tuningJobs/1", "tuningJob": good}, ), "needs a name of the form projects/"),
            (({}, ), "needs a tuningJob"),
            (({"tuningJob": {"baseModel": "none", "supervisedTuningSpec": good["supervisedTuningSpec"]}}, ), "none"),
            (({"tuningJob": {"baseModel": "gemini-2.5-flash"}}, ), "supervised_tuning_spec"),
            (({"tuningJob": {**good, "baseModel": None, "preTunedModel": {"tunedModelName": "x"}}}, ), "needs an entry of jobs"),
            (({"tuningJob": good, "examples": [{"textInput": "1", "output": "2", "context": "x"}]}, ), "a context must be a number"),
            (({"name": number, "tuningJob": good}, {"name": number, "tuningJob": good}), "stands in tuningJobs[0] already"))
    with tunemock.start() as server:
        for jobs, reason in rows:
            status, answer = server.json("PUT", "/emulator/v1/state", {"tuningJobs": list(jobs)})
            assert status == 400 and reason in answer["error"]["message"], (jobs, answer)
        plan = {"name": number, "version": "v1beta1", "startTime": "2024-07-20T18:23:29Z", "stepTime": "1s", "noiseSeed": "1", "planLearningRate": 0.001}
        kept = {"name": number, "tuningJob": good, "createTime": "2024-07-20T18:23:29Z", "updateTime": "2024-07-20T18:23:29Z",
                "baseModel": "models/gemini-2.5-flash", "epochCount": 1, "batchSize": 1}
        for change, planned, reason in (
                ({}, {"version": "v1beta"}, "version: must be v1 or v1beta1"), ({"createTime": None}, {}, "needs createTime"),
                ({"model": "projects/p/locations/l/models/1@1"}, {}, "model: must be of the form"), ({"epochCount": 0}, {}, "epochCount"),
                ({"tuningJob": None}, {}, "needs a tuningJob"), ({"checkpointCount": 99}, {}, "checkpoints"),
                ({}, {"operation": "tunedModels/x/operations/y"}, "operation: is for tuned models alone")):
            state = {"tuningJobs": [{name: value for name, value in {**kept, **change}.items() if value is not None}],
                     "jobs": [{**plan, **planned}]}
            status, answer = server.json("PUT", "/emulator/v1/state", state)
            assert status == 400 and reason in answer["error"]["message"], (change, planned, answer)
        send(server, "PUT", "/emulator/v1/state", {"tuningJobs": [kept], "jobs": [plan]})


tunemock.run_tests(globals())
