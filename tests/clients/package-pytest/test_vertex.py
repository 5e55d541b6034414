"""Tests of code that tunes through Vertex AI, under `tunemock exec --vertex`: each has a project of its own."""
import os

import pytest
from google import genai
from google.genai import errors

DATA = "gs://cloud-samples-data/ai-platform/generative_ai/gemini-2_0/text/sft_train_data.jsonl"


@pytest.fixture
def ai(tunemock_namespace):
    tunemock_namespace.clock.set(mode="frozen")
    return genai.Client(project=os.environ["GOOGLE_CLOUD_PROJECT"], location=os.environ["GOOGLE_CLOUD_LOCATION"])


def tune(ai):
    return ai.tunings.tune(base_model="gemini-2.5-flash", training_dataset={"gcs_uri": DATA}, config={"epoch_count": 4})


@pytest.mark.parametrize("code", [3, 8, 13])
def test_a_job_fails_in_this_test_alone(ai, tunemock_namespace, code):
    job = tune(ai)
    tunemock_namespace.trainings.fail(job.name, code=code, message="boom")
    ended = ai.tunings.get(name=job.name)
    assert (ended.state.name, ended.error.code, ended.error.message) == ("JOB_STATE_FAILED", code, "boom")
    assert [each.name for each in ai.tunings.list()] == [job.name]
    tunemock_namespace.requests.verify(method="tuningJobs.create", times=1)


def test_a_job_stalls_and_goes_on(ai, tunemock_namespace):
    job = tune(ai)
    number = job.name[job.name.index("tuningJobs/"):]
    tunemock_namespace.trainings.stall(number, at_step=2)
    tunemock_namespace.clock.advance("5h")
    assert ai.tunings.get(name=job.name).state.name == "JOB_STATE_RUNNING"
    tunemock_namespace.trainings.resume(job.name)
    tunemock_namespace.clock.advance("5h")
    assert ai.tunings.get(name=job.name).state.name == "JOB_STATE_SUCCEEDED"


def test_the_endpoint_of_a_completed_job_is_busy(ai, tunemock_namespace):
    job = tune(ai)
    tunemock_namespace.trainings.complete(job.name)
    assert tunemock_namespace.trainings.wait(job.name)["state"] == "JOB_STATE_SUCCEEDED"
    endpoint = ai.tunings.get(name=job.name).tuned_model.endpoint
    tunemock_namespace.faults.add(match={"model": endpoint}, status=429, times=1)
    with pytest.raises(errors.ClientError):
        ai.models.generate_content(model=endpoint, contents="Hello")
    assert ai.models.generate_content(model=endpoint, contents="Hello").text


def test_a_client_with_the_key_alone_is_there_too(tunemock_namespace):
    tune(genai.Client(vertexai=True, api_key=tunemock_namespace.key))
    tunemock_namespace.requests.verify(method="tuningJobs.create", times=1)
