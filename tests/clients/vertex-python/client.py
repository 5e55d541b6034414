"""google-genai through the life of a tuning job of Vertex AI. The same program drives several versions.

`tunemock exec --vertex` runs it, whose variables say where the server is; credentials come from its metadata paths.
"""
import asyncio
import os
import re

# [readme vertex-python]
from google import genai
ai = genai.Client(vertexai=True, project="tunemock", location="us-central1")
# [/readme]
from google.genai import errors, types

from lib import client

client.announce("google-genai")
PARENT = client.VERTEX_PARENT
BASE_MODEL = "gemini-2.5-flash"
DATA = "gs://training/train.jsonl"
SAMPLES = "gs://cloud-samples-data/ai-platform/generative_ai/gemini-2_0/text/sft_train_data.jsonl"
NOBODY = f"{PARENT}/endpoints/1"

# What the steps hand on to later ones.
state = {}


def tune(uri=DATA, base_model=BASE_MODEL, caller=ai, **options):
    return caller.tunings.tune(
        base_model=base_model, training_dataset=types.TuningDataset(gcs_uri=uri), config=types.CreateTuningJobConfig(**options))


def ended(name, caller=ai):
    return client.until(lambda: caller.tunings.get(name=name), lambda job: job.has_ended)


def tuned(uri=DATA, **options):
    job = ended(tune(uri, **options).name)
    assert job.has_succeeded, job
    return job


def ask(model, contents, **config):
    return ai.models.generate_content(model=model, contents=contents, config=types.GenerateContentConfig(**config))


def headers_of(answer):
    return {name.lower(): value for name, value in answer.sdk_http_response.headers.items()}


def turn(role, text):
    return types.Content(role=role, parts=[types.Part(text=text)])


@client.step("tune sends data by its gs:// name, with hyperparameters, validation and labels")
def _():
    job = tune(
        tuned_model_display_name="number generator", epoch_count=3, learning_rate_multiplier=0.5,
        adapter_size="ADAPTER_SIZE_FOUR", labels={"team": "numbers"},
        validation_dataset=types.TuningValidationDataset(gcs_uri="gs://training/validation.jsonl"))
    state["job"] = job.name
    assert re.fullmatch(PARENT + r"/tuningJobs/\d{19}", job.name), job.name
    assert job.state.name == "JOB_STATE_PENDING" and not job.has_ended, job
    assert job.base_model == BASE_MODEL and job.tuned_model_display_name == "number generator", job
    assert job.labels == {"team": "numbers"} and job.create_time and not job.start_time, job
    # vertexai.tuning crashes on an answer to create that has one.
    assert not job.experiment, job
    spec = job.supervised_tuning_spec
    assert (spec.training_dataset_uri, spec.validation_dataset_uri) == (DATA, "gs://training/validation.jsonl"), spec
    assert spec.hyper_parameters.epoch_count == 3 and spec.hyper_parameters.learning_rate_multiplier == 0.5, spec
    assert spec.hyper_parameters.adapter_size.name == "ADAPTER_SIZE_FOUR", spec


@client.step("tunings.get follows the job to SUCCEEDED, by its short name, too")
def _():
    job = ended(state["job"].removeprefix(PARENT + "/"))
    assert job.has_succeeded, job
    assert job.create_time < job.start_time < job.end_time <= job.update_time, job
    assert job.experiment.startswith(PARENT + "/metadataStores/default/contexts/tuning-experiment-"), job.experiment
    state["tuned"] = job.tuned_model


@client.step("the tuned model has a version, an endpoint, and a checkpoint of each epoch, the last of which is its own")
def _():
    tuned_model = state["tuned"]
    assert re.fullmatch(PARENT + r"/models/\d{19}@1", tuned_model.model), tuned_model
    assert re.fullmatch(PARENT + r"/endpoints/\d{19}", tuned_model.endpoint), tuned_model
    assert [(point.checkpoint_id, point.epoch) for point in tuned_model.checkpoints] == [("1", 1), ("2", 2), ("3", 3)]
    steps = [point.step for point in tuned_model.checkpoints]
    assert steps == sorted(set(steps)), steps
    assert tuned_model.checkpoints[-1].endpoint == tuned_model.endpoint
    assert len({point.endpoint for point in tuned_model.checkpoints}) == 3


@client.step("tuning_data_stats count the examples and their tokens")
def _():
    stats = ai.tunings.get(name=state["job"]).tuning_data_stats.supervised_tuning_data_stats
    assert stats.tuning_dataset_example_count == len(client.EXAMPLES), stats
    tokens = stats.user_input_token_distribution
    assert tokens.min <= tokens.median <= tokens.max and tokens.sum > 0, tokens
    assert sum(int(bucket.count) for bucket in tokens.buckets) == len(client.EXAMPLES), tokens
    assert len(stats.user_dataset_examples) == 6, stats
    assert int(stats.total_billable_token_count) == int(tokens.sum) + int(stats.user_output_token_distribution.sum), stats


@client.step("the samples of the tutorials can be tuned with by their public name")
def _():
    job = tuned(SAMPLES, epoch_count=1)
    stats = job.tuning_data_stats.supervised_tuning_data_stats
    example = stats.user_dataset_examples[0].parts[0].text
    assert ask(job.tuned_model.endpoint, example).text


@client.step("data in the older form of messages trains as well")
def _():
    job = tuned("gs://training/messages.jsonl", epoch_count=1)
    assert ask(job.tuned_model.endpoint, "seven").text == "eight"


@client.step("export_last_checkpoint_only leaves one endpoint and no checkpoints")
def _():
    job = tuned(epoch_count=2, export_last_checkpoint_only=True)
    assert job.tuned_model.endpoint and not job.tuned_model.checkpoints, job.tuned_model


@client.step("tunings.list pages through all jobs, the newest first")
def _():
    state["newest"] = tune(tuned_model_display_name="newest", epoch_count=1).name
    pager = ai.tunings.list(config={"page_size": 2})
    pages = [[job.name for job in pager.page]]
    while True:
        try:
            pages.append([job.name for job in pager.next_page()])
        except IndexError:
            break
    names = [name for page in pages for name in page]
    assert [len(page) for page in pages] == [2, 2, 1] and len(set(names)) == 5, pages
    assert names[0] == state["newest"] and names[-1] == state["job"], names


@client.step("generate_content answers from the data, in Vertex's flavour")
def _():
    answer = ask(state["tuned"].endpoint, "ninety nine")
    assert answer.text == "one hundred"
    [candidate] = answer.candidates
    assert candidate.finish_reason == types.FinishReason.STOP and candidate.avg_logprobs < 0, candidate
    assert candidate.content.role == "model"
    usage = answer.usage_metadata
    assert usage.prompt_token_count + usage.candidates_token_count == usage.total_token_count, usage
    assert usage.traffic_type.name == "ON_DEMAND", usage
    assert answer.model_version and answer.response_id and answer.create_time, answer
    assert headers_of(answer)["x-emulator-answer"].startswith("example:"), headers_of(answer)


@client.step("system instructions and earlier turns tell examples with the same last turn apart")
def _():
    endpoint = tuned("gs://training/contexts.jsonl", epoch_count=1).tuned_model.endpoint
    assert ask(endpoint, "8", system_instruction="Count upwards.").text == "9"
    assert ask(endpoint, "8", system_instruction="Count downwards.").text == "7"
    for first, then, last in (("three", "four", "five"), ("six", "seven", "eight")):
        assert ask(endpoint, [turn("user", first), turn("model", then), turn("user", "and then")]).text == last


@client.step("generate_content_stream gives the answer in chunks")
def _():
    chunks = list(ai.models.generate_content_stream(model=state["tuned"].endpoint, contents="two hundred"))
    assert "".join(chunk.text for chunk in chunks) == "two hundred one" and len(chunks) > 1, chunks
    assert chunks[-1].candidates[0].finish_reason == types.FinishReason.STOP
    assert len({chunk.response_id for chunk in chunks}) == 1


@client.step("count_tokens works on endpoints and on base models")
def _():
    for name in (state["tuned"].endpoint, BASE_MODEL):
        assert ai.models.count_tokens(model=name, contents="one two three").total_tokens > 0


@client.step("the endpoint of a checkpoint answers, and a hint names the checkpoint")
def _():
    answer = ask(state["tuned"].checkpoints[0].endpoint, "three")
    assert answer.text == "four"
    assert "checkpoint 1" in headers_of(answer)["x-emulator-hint"], headers_of(answer)


@client.step("a chat with its history goes on")
def _():
    chat = ai.chats.create(model=state["tuned"].endpoint)
    assert chat.send_message("8").text == "9"
    assert chat.send_message("three").text == "four"


@client.step("the asynchronous client tunes, generates and streams, many at once")
def _():
    async def all_at_once():
        endpoint = state["tuned"].endpoint

        async def stream():
            return [chunk.text async for chunk in await ai.aio.models.generate_content_stream(model=endpoint, contents="three")]
        answers = await asyncio.gather(
            *(ai.aio.models.generate_content(model=endpoint, contents=item["textInput"]) for item in client.EXAMPLES), stream())
        assert [answer.text for answer in answers[:-1]] == [item["output"] for item in client.EXAMPLES]
        assert "".join(answers[-1]) == "four"
        names = [job.name async for job in await ai.aio.tunings.list(config={"page_size": 3})]
        assert state["job"] in names
    asyncio.run(all_at_once())


@client.step("base models are listed, read and asked")
def _():
    names = [model.name for model in ai.models.list()]
    assert f"publishers/google/models/{BASE_MODEL}" in names, names
    assert ai.models.get(model=BASE_MODEL).name == f"publishers/google/models/{BASE_MODEL}"
    assert ask(BASE_MODEL, "hello").text


@client.step("models.list with query_base False pages through the tuned models")
def _():
    pager = ai.models.list(config={"query_base": False, "page_size": 2})
    first = len(pager.page)
    models = list(pager)
    assert first == 2 and len({model.name for model in models}) == len(models) > 2, models
    assert state["tuned"].model.partition("@")[0] in [model.name.partition("@")[0] for model in models]
    assert all("tune-type" in model.labels for model in models), models


@client.step("models.get has endpoint, checkpoints and base model; models.update changes names and the default checkpoint")
def _():
    name = state["tuned"].model
    model = ai.models.get(model=name)
    assert model.display_name == "number generator" and model.version == "1", model
    assert state["tuned"].endpoint in [endpoint.name for endpoint in model.endpoints], model
    assert [point.checkpoint_id for point in model.checkpoints] == ["1", "2", "3"], model
    assert model.default_checkpoint_id == "3", model
    assert BASE_MODEL in model.tuned_model_info.base_model, model
    ai.models.update(model=name, config={"display_name": "renamed", "description": "counts", "default_checkpoint_id": "2"})
    changed = ai.models.get(model=name)
    assert (changed.display_name, changed.description, changed.default_checkpoint_id) == ("renamed", "counts", "2"), changed


@client.step("tuning goes on from a checkpoint of a tuned model: its next version")
def _():
    job = tune("gs://training/messages.jsonl", base_model=state["tuned"].model, pre_tuned_model_checkpoint_id="1", epoch_count=1)
    assert job.pre_tuned_model.tuned_model_name == state["tuned"].model, job
    assert job.pre_tuned_model.checkpoint_id == "1", job
    done = ended(job.name)
    assert done.tuned_model.model == state["tuned"].model.replace("@1", "@2"), done.tuned_model
    assert ask(done.tuned_model.endpoint, "thirteen").text == "fourteen"


@client.step("under another name it is a model of its own")
def _():
    done = tuned(base_model=state["tuned"].model, tuned_model_display_name="an offspring", epoch_count=1)
    assert done.tuned_model.model.endswith("@1") and done.tuned_model.model != state["tuned"].model, done.tuned_model


if hasattr(types, "TuningMethod") and hasattr(types.TuningMethod, "PREFERENCE_TUNING"):
    @client.step("preference tuning trains on the completions that are preferred")
    def _():
        done = tuned("gs://training/preferences.jsonl", method="PREFERENCE_TUNING", epoch_count=1, beta=0.1)
        assert done.preference_optimization_spec.hyper_parameters.beta == 0.1, done
        assert ask(done.tuned_model.endpoint, "eighty").text == "eighty one"


@client.step("a job is RUNNING until tunings.cancel, which has no body, ends it")
def _():
    job = tune(epoch_count=100)
    running = client.until(lambda: ai.tunings.get(name=job.name), lambda answer: answer.state.name != "JOB_STATE_PENDING")
    assert running.state.name == "JOB_STATE_RUNNING" and running.start_time and running.experiment, running
    assert not running.end_time and not running.tuned_model, running
    ai.tunings.cancel(name=job.name)
    done = ended(job.name)
    assert done.state.name == "JOB_STATE_CANCELLED" and done.error.code == 1 and not done.tuned_model, done


@client.step("a bad line is a job that fails, and says in which file and line")
def _():
    done = ended(tune("gs://training/bad.jsonl").name)
    assert done.state.name == "JOB_STATE_FAILED" and done.error.code == 3, done
    assert "bad.jsonl" in done.error.message and re.search(r"\b3\b", done.error.message), done.error


@client.step("a job that fails at its deployment has a model but no endpoint")
def _():
    job = tune(epoch_count=2)
    failure = {"code": 13, "message": "Failed to create endpoint. Tuned model is uploaded and can be accessed through Model Registry."}
    client.rest("POST", f"/emulator/v1/{job.name.removeprefix(PARENT + '/')}:fail", failure)
    done = ended(job.name)
    assert done.state.name == "JOB_STATE_FAILED" and (done.error.code, done.error.message) == (13, failure["message"]), done


@client.step("400: a bad hyperparameter names the field")
def _():
    with client.raises(errors.ClientError) as caught:
        tune(epoch_count=-1)
    assert caught.value.code == 400 and caught.value.status == "INVALID_ARGUMENT", caught.value
    assert "epoch_count" in caught.value.message, caught.value


@client.step("404: an endpoint, a job and a model that do not exist, in the service's words")
def _():
    for call in (lambda: ask(NOBODY, "hi"), lambda: list(ai.models.generate_content_stream(model=NOBODY, contents="hi"))):
        with client.raises(errors.ClientError) as caught:
            call()
        assert caught.value.code == 404 and caught.value.message == f"Endpoint `{NOBODY}` not found.", caught.value
    for call in (lambda: ai.tunings.get(name=f"{PARENT}/tuningJobs/1"), lambda: ai.models.get(model=f"{PARENT}/models/1")):
        with client.raises(errors.ClientError) as caught:
            call()
        assert caught.value.code == 404 and caught.value.status == "NOT_FOUND", caught.value


for code, status, kind in ((403, "PERMISSION_DENIED", errors.ClientError), (429, "RESOURCE_EXHAUSTED", errors.ClientError),
                           (503, "UNAVAILABLE", errors.ServerError)):
    @client.step(f"{code}: a scripted {status}, which is not retried, of a create, an answer and in the place of a stream")
    def _():
        endpoint = state["tuned"].endpoint
        for method, call in (
                ("tuningJobs.create", tune), ("endpoints.generateContent", lambda: ask(endpoint, "hi")),
                ("endpoints.streamGenerateContent",
                 lambda: list(ai.models.generate_content_stream(model=endpoint, contents="hi")))):
            with client.fault(method, status), client.raises(kind) as caught:
                call()
            assert (caught.value.code, caught.value.status) == (code, status), caught.value


@client.step("any status can be asked for by a header of the call, and a 503 is over when the client is told to retry")
def _():
    with client.raises(errors.ClientError) as caught:
        ai.tunings.get(name=state["job"], config={"http_options": {"headers": {"X-Emulator-Status": "PERMISSION_DENIED"}}})
    assert caught.value.code == 403, caught.value
    retrying = genai.Client(
        vertexai=True, project="tunemock", location="us-central1",
        http_options=types.HttpOptions(retry_options=types.HttpRetryOptions(attempts=3, initial_delay=0.1)))
    with client.fault("endpoints.generateContent", "UNAVAILABLE"):
        assert retrying.models.generate_content(model=state["tuned"].endpoint, contents="1").text == "2"


@client.step("express mode: an API key in the place of a project")
def _():
    project = os.environ.pop("GOOGLE_CLOUD_PROJECT")
    location = os.environ.pop("GOOGLE_CLOUD_LOCATION")
    caller = genai.Client(vertexai=True, api_key="any")
    os.environ.update(GOOGLE_CLOUD_PROJECT=project, GOOGLE_CLOUD_LOCATION=location)
    assert caller.models.generate_content(model=BASE_MODEL, contents="hello").text
    job = tune(caller=caller, epoch_count=1)
    assert job.name.startswith(PARENT + "/tuningJobs/"), job.name
    assert ended(job.name, caller).has_succeeded


@client.step("without vertexai in code, GOOGLE_GENAI_USE_VERTEXAI and a project are enough, and api_version chooses v1")
def _():
    plain = genai.Client(project="tunemock", location="us-central1")
    assert plain.tunings.get(name=state["job"]).has_succeeded
    v1 = genai.Client(project="tunemock", location="us-central1", http_options={"api_version": "v1"})
    assert v1.tunings.get(name=state["job"]).has_succeeded
    assert v1.models.generate_content(model=state["tuned"].endpoint, contents="1").text == "2"


@client.step("another project sees none of this one's jobs")
def _():
    other = genai.Client(vertexai=True, project="other", location="us-central1")
    assert [job.name for job in other.tunings.list()] == []
    with client.raises(errors.ClientError) as caught:
        other.tunings.get(name=state["job"].replace("projects/tunemock", "projects/other"))
    assert caught.value.code == 404, caught.value


@client.step("models.delete removes the model and its endpoint; the job stays")
def _():
    job = tuned(epoch_count=1)
    ai.models.delete(model=job.tuned_model.model.partition("@")[0])
    with client.raises(errors.ClientError) as caught:
        ai.models.get(model=job.tuned_model.model)
    assert caught.value.code == 404, caught.value
    assert ai.tunings.get(name=job.name).has_succeeded


client.finish()
