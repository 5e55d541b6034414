"""google-genai through the life of a tuned model. The same program drives several versions."""
import asyncio
import time

try:
    import httpx2 as httpx  # What 3.x is built on.
except ImportError:
    import httpx

# [readme python-google-genai]
import os
from google import genai
ai = genai.Client(api_key="any", http_options={"base_url": os.environ["TUNEMOCK_URL"]})
# [/readme]
from google.genai import errors, types

from lib import client

VERSION = client.announce("google-genai")
MAJOR = int(VERSION.split(".", maxsplit=1)[0])
# 3.x speaks v1 where all before spoke v1beta.
ROOT = "/v1/" if MAJOR >= 3 else "/v1beta/"
# Later versions refuse tunings.list before anything is sent.
HAS_TUNINGS_LIST = MAJOR < 2

DATASET = types.TuningDataset(
    examples=[types.TuningExample(text_input=item["textInput"], output=item["output"]) for item in client.EXAMPLES])

# What went over the wire through `recorded`: pairs of (request, answer).
wire = []
recorded = genai.Client(api_key="any", http_options=types.HttpOptions(
    base_url=client.URL,
    httpx_client=httpx.Client(event_hooks={"response": [lambda answer: wire.append((answer.request, answer))]})))

# What the steps hand on to later ones.
state = {}


def tune(name, **options):
    return recorded.tunings.tune(
        base_model=client.BASE_MODEL, training_dataset=DATASET,
        config=types.CreateTuningJobConfig(tuned_model_display_name=name, **options))


def trained(name):
    return state.setdefault(name, client.trained_model(name))


@client.step("the variables GOOGLE_GEMINI_BASE_URL and GEMINI_API_KEY are enough, and api_version chooses the version")
def _():
    os.environ["GOOGLE_GEMINI_BASE_URL"] = client.URL
    os.environ["GEMINI_API_KEY"] = "any"
    for version in ("v1", "v1beta", "v1alpha"):
        caller = genai.Client(http_options={"api_version": version})
        assert [model.name for model in caller.models.list(config={"query_base": False})] == []


@client.step("tune creates a model though this version sends no training data, and a hint says so")
def _():
    job = tune("number generator", epoch_count=20, batch_size=4, learning_rate=0.001)
    state["model"] = job.name
    assert job.name.startswith("tunedModels/number-generator-"), job.name
    request, answer = wire[-1]
    assert request.url.path == ROOT + "tunedModels", request.url
    assert b"trainingData" not in request.content, request.content
    assert "training" in answer.headers["x-emulator-hint"]


@client.step("tunings.get follows the job from RUNNING to SUCCEEDED")
def _():
    seen = []
    while True:
        job = ai.tunings.get(name=state["model"])
        seen.append(job.state.name)
        if job.has_ended:
            break
        time.sleep(0.1)
    assert "JOB_STATE_RUNNING" in seen and job.has_succeeded, seen
    assert job.base_model == client.BASE_MODEL and job.end_time > job.start_time > job.create_time
    assert job.tuned_model.model == state["model"]


@client.step("operations.get polls an operation to done")
def _():
    created, _ = client.rest("POST", "/v1beta/tunedModels", {
        "baseModel": client.BASE_MODEL, "tuningTask": {"trainingData": {"examples": {"examples": client.EXAMPLES[:2]}}}})
    operation = types.GenerateVideosOperation(name=created["name"])
    done = client.until(lambda: ai.operations.get(operation), lambda answer: answer.done)
    assert done.metadata["completedPercent"] == 100


if HAS_TUNINGS_LIST:
    @client.step("tunings.list pages through all jobs")
    def _():
        for number in range(3):
            trained(f"listed {number}")
        names = [job.name for job in ai.tunings.list(config={"page_size": 2})]
        assert len(names) == len(set(names)) == 5, names
else:
    @client.step("tunings.list is refused by the client itself")
    def _():
        for number in range(3):
            trained(f"listed {number}")
        with client.raises(ValueError):
            list(ai.tunings.list(config={"page_size": 2}))


@client.step("models.list with query_base False pages through all tuned models")
def _():
    wire.clear()
    names = [model.name for model in recorded.models.list(config={"query_base": False, "page_size": 2})]
    assert len(names) == len(set(names)) == 5, names
    assert len(wire) == 3


@client.step("models.list has the base model that can be tuned")
def _():
    assert client.BASE_MODEL in [model.name for model in ai.models.list(config={"page_size": 3})]


@client.step("models.get and models.update read and change a model, without an update mask")
def _():
    ai.models.update(model=state["model"], config={"display_name": "renamed", "description": "counts"})
    model = ai.models.get(model=state["model"])
    assert (model.name, model.display_name, model.description) == (state["model"], "renamed", "counts")
    assert model.tuned_model_info.base_model == client.BASE_MODEL


@client.step("generate_content answers from the training data")
def _():
    answer = ai.models.generate_content(model=trained("answers"), contents="LXIII")
    assert answer.text == "LXIV"
    assert answer.candidates[0].finish_reason == types.FinishReason.STOP
    assert answer.usage_metadata.total_token_count > 0


@client.step("a system instruction and safety settings are accepted, and a hint says what is ignored")
def _():
    config = types.GenerateContentConfig(
        system_instruction="Answer in French.", temperature=0, max_output_tokens=50,
        safety_settings=[types.SafetySetting(category="HARM_CATEGORY_HARASSMENT", threshold="BLOCK_NONE")])
    answer = ai.models.generate_content(model=trained("answers"), contents="1", config=config)
    assert answer.text == "2"
    assert answer.sdk_http_response.headers["x-emulator-hint"]


@client.step("generate_content_stream gives the answer in chunks")
def _():
    chunks = list(ai.models.generate_content_stream(model=trained("answers"), contents="ninety nine"))
    assert "".join(chunk.text for chunk in chunks) == "one hundred"
    assert chunks[-1].candidates[0].finish_reason == types.FinishReason.STOP


@client.step("the asynchronous client generates, streams and lists, many at once")
def _():
    async def all_at_once():
        name = trained("answers")

        async def stream():
            return [chunk.text async for chunk in await ai.aio.models.generate_content_stream(model=name, contents="three")]
        answers = await asyncio.gather(
            *(ai.aio.models.generate_content(model=name, contents=str(number)) for number in range(20)), stream())
        assert [answer.text for answer in answers[:-1]] == [str(number + 1) for number in range(20)]
        assert "".join(answers[-1]) == "four"
        listed = [model.name async for model in await ai.aio.models.list(config={"query_base": False})]
        assert name in listed
    asyncio.run(all_at_once())


@client.step("count_tokens works on tuned and on base models")
def _():
    for name in (trained("answers"), client.BASE_MODEL):
        assert ai.models.count_tokens(model=name, contents="one two three").total_tokens > 0


@client.step("a chat with its history is answered by the last message")
def _():
    chat = ai.chats.create(model=trained("answers"))
    assert chat.send_message("8").text == "9"
    assert chat.send_message("three").text == "four"


@client.step("tunings.cancel, which has no body, ends a job that is running")
def _():
    created, _ = client.rest("POST", "/v1beta/tunedModels", {
        "baseModel": client.BASE_MODEL, "tuningTask": {
            "hyperparameters": {"epochCount": 100}, "trainingData": {"examples": {"examples": client.EXAMPLES}}}})
    recorded.tunings.cancel(name=created["metadata"]["tunedModel"])
    assert wire[-1][0].url.path.endswith(":cancel")
    ended = client.until(lambda: client.rest("GET", "/v1beta/" + created["name"])[0], lambda answer: answer.get("done"))
    assert ended["error"]["code"] == 1


@client.step("a training that fails at step 12 says so in job and operation, and its model answers nothing")
def _():
    created = client.failing_model()
    name = created["metadata"]["tunedModel"]
    job = client.until(lambda: ai.tunings.get(name=name), lambda answer: answer.has_ended)
    assert job.state.name == "JOB_STATE_FAILED" and not job.has_succeeded, job
    done = ai.operations.get(types.GenerateVideosOperation(name=created["name"]))
    assert done.done and done.error == client.FAILURE, done
    model, _ = client.rest("GET", "/v1beta/" + name)
    assert model["state"] == "FAILED" and len(model["tuningTask"]["snapshots"]) == 12, model
    with client.raises(errors.ClientError) as caught:
        ai.models.generate_content(model=name, contents="1")
    assert caught.value.status == "FAILED_PRECONDITION" and "FAILED" in caught.value.message, caught.value


@client.step("400: a bad hyperparameter names the field")
def _():
    with client.raises(errors.ClientError) as caught:
        tune("bad", epoch_count=-1)
    assert caught.value.code == 400 and caught.value.status == "INVALID_ARGUMENT"
    assert "epoch_count" in caught.value.message


@client.step("404: a model that does not exist, in the service's words")
def _():
    for call in (lambda: ai.models.get(model="tunedModels/nobody"),
                 lambda: ai.models.generate_content(model="tunedModels/nobody", contents="hi"),
                 lambda: list(ai.models.generate_content_stream(model="tunedModels/nobody", contents="hi"))):
        with client.raises(errors.ClientError) as caught:
            call()
        assert caught.value.code == 404
        assert caught.value.message == "Tuned model tunedModels/nobody does not exist."


@client.step("403 and 400: the model of somebody else, and a key that is not valid")
def _():
    name = client.trained_model("private", client.AUTH_URL, "alice-key")

    def generate(key):
        caller = genai.Client(api_key=key, http_options={"base_url": client.AUTH_URL})
        return caller.models.generate_content(model=name, contents="1").text
    assert generate("alice-key") == "2"
    with client.raises(errors.ClientError) as caught:
        generate("bob-key")
    assert caught.value.code == 403 and "You do not have permission" in caught.value.message
    with client.raises(errors.ClientError) as caught:
        generate("no-such-key")
    assert caught.value.code == 400
    assert caught.value.details["error"]["details"][0]["reason"] == "API_KEY_INVALID"


@client.step("409: a scripted ALREADY_EXISTS, for this client cannot choose ids")
def _():
    with client.fault("tunedModels.create", "ALREADY_EXISTS"), client.raises(errors.ClientError) as caught:
        tune("again")
    assert caught.value.code == 409


@client.step("429: a scripted RESOURCE_EXHAUSTED is not retried")
def _():
    with client.fault("tunedModels.generateContent", "RESOURCE_EXHAUSTED"), client.raises(errors.ClientError) as caught:
        ai.models.generate_content(model=state["model"], contents="hi")
    assert caught.value.code == 429 and caught.value.status == "RESOURCE_EXHAUSTED"


@client.step("503: a scripted UNAVAILABLE is a ServerError, in the place of a stream too")
def _():
    with client.fault("tunedModels.generateContent", "UNAVAILABLE"), client.raises(errors.ServerError) as caught:
        ai.models.generate_content(model=state["model"], contents="hi")
    assert caught.value.code == 503
    with client.fault("tunedModels.streamGenerateContent", "UNAVAILABLE"), client.raises(errors.ServerError):
        list(ai.models.generate_content_stream(model=state["model"], contents="hi"))


@client.step("503: is over when the client is told to retry")
def _():
    retrying = genai.Client(api_key="any", http_options=types.HttpOptions(
        base_url=client.URL, retry_options=types.HttpRetryOptions(attempts=3, initial_delay=0.1)))
    with client.fault("tunedModels.generateContent", "UNAVAILABLE"):
        assert retrying.models.generate_content(model=trained("answers"), contents="1").text == "2"


@client.step("models.delete removes the model, and it is gone")
def _():
    ai.models.delete(model=state["model"])
    with client.raises(errors.ClientError) as caught:
        ai.models.get(model=state["model"])
    assert caught.value.code == 404


client.finish()
