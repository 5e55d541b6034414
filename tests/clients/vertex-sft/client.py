"""vertexai.tuning.sft of google-cloud-aiplatform, over REST, through the life of a tuning job.

It speaks with enums as numbers both ways, and reads the experiment of every job that it refreshes.
"""
import os
import time
import warnings

# It warns at every call that google-genai is to take its place.
warnings.simplefilter("ignore")

# [readme vertex-sft]
import os
from google.auth.credentials import AnonymousCredentials
from google.cloud import aiplatform
from vertexai.tuning import sft
aiplatform.init(project="tunemock", location="us-central1", credentials=AnonymousCredentials(),
                api_endpoint=os.environ["TUNEMOCK_URL"], api_transport="rest")
# [/readme]
from google.api_core import exceptions
from google.cloud import aiplatform_v1beta1
from google.cloud.aiplatform_v1beta1.types import job_state

from lib import client

client.announce("google-cloud-aiplatform")
PARENT = client.VERTEX_PARENT
BASE_MODEL = "gemini-2.5-flash"
DATA = "gs://training/train.jsonl"
JobState = job_state.JobState

# Its own generative models speak gRPC or REST to the same endpoint; the client of the API shows what comes over the wire.
prediction = aiplatform_v1beta1.PredictionServiceClient(
    credentials=AnonymousCredentials(), transport="rest", client_options={"api_endpoint": client.URL})

# What the steps hand on to later ones.
state = {}


def train(**options):
    return sft.train(**{"source_model": BASE_MODEL, "train_dataset": DATA, "epochs": 1, **options})


def followed(job):
    seen = []
    while True:
        job.refresh()
        seen.append(job.state)
        if job.has_ended:
            return seen
        time.sleep(0.02)


def ask(endpoint, text):
    return prediction.generate_content(model=endpoint, contents=[{"role": "user", "parts": [{"text": text}]}])


@client.step("sft.train sends its data by name, and enums as numbers")
def _():
    job = train(
        epochs=2, learning_rate_multiplier=0.5, adapter_size=4, tuned_model_display_name="number generator",
        validation_dataset="gs://training/validation.jsonl", labels={"team": "numbers"})
    state["job"] = job
    assert job.resource_name.startswith(PARENT + "/tuningJobs/"), job.resource_name
    assert job.state == JobState.JOB_STATE_PENDING and not job.has_ended, job.state
    spec = job.to_dict()["supervisedTuningSpec"]
    assert spec["hyperParameters"] == {
        "epochCount": "2", "learningRateMultiplier": 0.5, "adapterSize": "ADAPTER_SIZE_FOUR"}, spec
    assert job.to_dict()["labels"] == {"team": "numbers"}, job.to_dict()


@client.step("refresh follows the job to SUCCEEDED, and reads its experiment")
def _():
    seen = followed(state["job"])
    assert state["job"].has_succeeded and set(seen) <= {
        JobState.JOB_STATE_PENDING, JobState.JOB_STATE_RUNNING, JobState.JOB_STATE_SUCCEEDED}, seen
    assert state["job"].experiment.name.startswith("tuning-experiment-"), state["job"].experiment


@client.step("tuned_model_name, tuned_model_endpoint_name and checkpoints lead to the tuned model")
def _():
    job = state["job"]
    assert job.tuned_model_name.startswith(PARENT + "/models/") and job.tuned_model_name.endswith("@1"), job.tuned_model_name
    assert job.tuned_model_endpoint_name.startswith(PARENT + "/endpoints/"), job.tuned_model_endpoint_name
    checkpoints = job.to_dict()["tunedModel"]["checkpoints"]
    assert [(point["checkpointId"], point["epoch"]) for point in checkpoints] == [("1", "1"), ("2", "2")], checkpoints
    assert checkpoints[-1]["endpoint"] == job.tuned_model_endpoint_name


@client.step("tuning_data_statistics count the examples")
def _():
    stats = state["job"].tuning_data_statistics.supervised_tuning_data_stats
    assert stats.tuning_dataset_example_count == len(client.EXAMPLES), stats
    tokens = stats.user_input_token_distribution
    assert sum(bucket.count for bucket in tokens.buckets) == len(client.EXAMPLES), tokens
    assert stats.total_billable_token_count == tokens.sum + stats.user_output_token_distribution.sum, stats


@client.step("a job is found by its name, and sft.SupervisedTuningJob.list has it")
def _():
    found = sft.SupervisedTuningJob(state["job"].resource_name)
    assert found.has_succeeded and found.tuned_model_name == state["job"].tuned_model_name
    newest = train()
    names = [job.resource_name for job in sft.SupervisedTuningJob.list()]
    assert set(names) == {newest.resource_name, state["job"].resource_name}, names
    followed(newest)


@client.step("generate_content on the endpoint answers from the data")
def _():
    answer = ask(state["job"].tuned_model_endpoint_name, "ninety nine")
    assert answer.candidates[0].content.parts[0].text == "one hundred", answer
    assert answer.candidates[0].finish_reason.name == "STOP" and answer.usage_metadata.total_token_count > 0, answer


@client.step("stream_generate_content is read from the form without sse")
def _():
    chunks = list(prediction.stream_generate_content(
        model=state["job"].tuned_model_endpoint_name, contents=[{"role": "user", "parts": [{"text": "two hundred"}]}]))
    assert "".join(chunk.candidates[0].content.parts[0].text for chunk in chunks) == "two hundred one", chunks
    assert len(chunks) > 1


@client.step("count_tokens counts")
def _():
    endpoint = state["job"].tuned_model_endpoint_name
    counted = prediction.count_tokens(request={
        "endpoint": endpoint, "model": endpoint, "contents": [{"role": "user", "parts": [{"text": "one two three"}]}]})
    assert counted.total_tokens > 0, counted


@client.step("aiplatform.Model reads, renames and deletes the tuned model, and waits for its operation")
def _():
    job = train(tuned_model_display_name="to be deleted")
    followed(job)
    model = aiplatform.Model(job.tuned_model_name)
    assert model.display_name == "to be deleted" and model.version_id == "1", model.gca_resource
    model.update(display_name="renamed", description="counts")
    renamed = aiplatform.Model(model.resource_name)
    assert (renamed.display_name, renamed.description) == ("renamed", "counts"), renamed.gca_resource
    assert model.resource_name in [each.resource_name for each in aiplatform.Model.list()]
    models = aiplatform_v1beta1.ModelServiceClient(
        credentials=AnonymousCredentials(), transport="rest", client_options={"api_endpoint": client.URL})
    models.delete_model(name=model.resource_name).result(timeout=client.SECONDS_MAX)
    with client.raises(exceptions.NotFound):
        aiplatform.Model(model.resource_name)


@client.step("cancel ends a job that is running")
def _():
    job = train(epochs=100)
    job.cancel()
    followed(job)
    assert job.state == JobState.JOB_STATE_CANCELLED and job.error.code == 1, job.error


@client.step("a bad line is a job that fails, and says in which file and line")
def _():
    job = train(train_dataset="gs://training/bad.jsonl")
    followed(job)
    assert job.state == JobState.JOB_STATE_FAILED and job.error.code == 3, job.error
    assert "bad.jsonl" in job.error.message and "3" in job.error.message, job.error


@client.step("400: a bad hyperparameter names the field")
def _():
    with client.raises(exceptions.BadRequest) as caught:
        train(epochs=-1)
    assert "epoch_count" in caught.value.message, caught.value


@client.step("404: a job and an endpoint that do not exist")
def _():
    with client.raises(exceptions.NotFound):
        sft.SupervisedTuningJob(PARENT + "/tuningJobs/1")
    with client.raises(exceptions.NotFound) as caught:
        ask(PARENT + "/endpoints/1", "hi")
    assert f"Endpoint `{PARENT}/endpoints/1` not found." in caught.value.message, caught.value


for status, kind in (("PERMISSION_DENIED", exceptions.Forbidden), ("RESOURCE_EXHAUSTED", exceptions.TooManyRequests),
                     ("UNAVAILABLE", exceptions.ServiceUnavailable)):
    @client.step(f"{kind.code.value}: a scripted {status}, of a create and of an answer")
    def _():
        for method, call in (("tuningJobs.create", train),
                             ("endpoints.generateContent", lambda: ask(state["job"].tuned_model_endpoint_name, "hi"))):
            with client.fault(method, status), client.raises(kind):
                call()


client.finish()
