"""LiteLLM's face of Vertex AI: what it can reach here, and what it sends to Google whatever it is told.

A model that was tuned answers through `completion`. Fine-tuning jobs can only be created, and that call builds Google's host
itself, of which the steps here are shown a stand-in: a proxy that notes who is asked for and refuses.
"""
import asyncio
import os
import socketserver
import threading

# Else the import asks a public host for the prices of models first, three times, and waits between.
os.environ["LITELLM_LOCAL_MODEL_COST_MAP"] = "True"

# [readme vertex-litellm]
import os
import litellm
settings = {"api_base": os.environ["TUNEMOCK_URL"], "vertex_project": "tunemock", "vertex_location": "us-central1"}
def complete(endpoint, **options):
    return litellm.completion(model=f"vertex_ai/gemini/{endpoint.rpartition('/')[2]}", **settings, **options)
# [/readme]
from lib import client

client.announce("litellm")
# It gives advice on stdout for every error, and errors are expected here.
litellm.suppress_debug_info = True
GOOGLE = "us-central1-aiplatform.googleapis.com:443"
DATA = "gs://training/train.jsonl"

# What the steps hand on to later ones.
state = {}


def user(text):
    return {"role": "user", "content": text}


def ask(*messages, endpoint=None, **options):
    return complete(endpoint or state["endpoint"], messages=list(messages), **options)


class Refusal(socketserver.StreamRequestHandler):
    """Says no to a CONNECT, and keeps its target."""

    def handle(self):
        self.server.targets.append(self.rfile.readline().split()[1].decode())
        while self.rfile.readline().strip():
            pass
        self.wfile.write(b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n")


def targets_of(call):
    """Which hosts a call asks a proxy for, which it never reaches."""
    server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Refusal)
    server.targets = []
    threading.Thread(target=server.serve_forever, daemon=True).start()
    os.environ["HTTPS_PROXY"] = f"http://127.0.0.1:{server.server_address[1]}"
    try:
        with client.raises(Exception):
            call()
    finally:
        del os.environ["HTTPS_PROXY"]
        server.shutdown()
        server.server_close()
    return server.targets


@client.step("create_fine_tuning_job asks for Google's own host, whatever api_base says")
def _():
    targets = targets_of(lambda: litellm.create_fine_tuning_job(
        model="gemini-2.5-flash", training_file=DATA, custom_llm_provider="vertex_ai", **settings))
    assert set(targets) == {GOOGLE}, targets


@client.step("so does its asynchronous twin")
def _():
    targets = targets_of(lambda: asyncio.run(litellm.acreate_fine_tuning_job(
        model="gemini-2.5-flash", training_file=DATA, custom_llm_provider="vertex_ai", **settings)))
    assert set(targets) == {GOOGLE}, targets


@client.step("the other calls for fine-tuning jobs are refused by the client itself")
def _():
    for call in (lambda: litellm.list_fine_tuning_jobs(custom_llm_provider="vertex_ai"),
                 lambda: litellm.retrieve_fine_tuning_job("tuningJobs/1", custom_llm_provider="vertex_ai"),
                 lambda: litellm.cancel_fine_tuning_job("tuningJobs/1", custom_llm_provider="vertex_ai")):
        with client.raises(litellm.BadRequestError) as caught:
            call()
        assert "doesn't support vertex_ai" in str(caught.value), caught.value


@client.step("the body that it would send is understood: snake case within the spec")
def _():
    # What VertexFineTuningAPI.convert_openai_request_to_vertex makes of these settings, sent by a plain request.
    from litellm.llms.vertex_ai.fine_tuning.handler import VertexFineTuningAPI
    from litellm.types.llms.openai import FineTuningJobCreate
    api = VertexFineTuningAPI()
    asked = FineTuningJobCreate(
        model="gemini-2.5-flash", training_file=DATA, suffix="number generator",
        hyperparameters={"n_epochs": 2, "learning_rate_multiplier": 0.5})
    body = api.convert_openai_request_to_vertex(asked, original_hyperparameters={"adapter_size": "ADAPTER_SIZE_FOUR"})
    created, _ = client.rest("POST", f"/v1/{client.VERTEX_PARENT}/tuningJobs", body)
    spec = created["supervisedTuningSpec"]
    assert spec == {"trainingDatasetUri": DATA, "hyperParameters": {
        "epochCount": "2", "learningRateMultiplier": 0.5, "adapterSize": "ADAPTER_SIZE_FOUR"}}, spec
    job = api.convert_vertex_response_to_open_ai_response(created)
    assert (job.id, job.status, job.model) == (created["name"], "queued", "gemini-2.5-flash"), job
    assert job.created_at > 0 and job.fine_tuned_model == "number generator", job
    done = client.tuning_job_ended(created["name"])
    assert api.convert_vertex_response_to_open_ai_response(done).status == "succeeded", done
    state["endpoint"] = done["tunedModel"]["endpoint"]


@client.step("completion on the endpoint answers from the data, with credentials from the environment")
def _():
    answer = ask(user("ninety nine"))
    assert answer.choices[0].message.content == "one hundred" and answer.choices[0].finish_reason == "stop", answer
    usage = answer.usage
    assert usage.prompt_tokens + usage.completion_tokens == usage.total_tokens > 0, usage


@client.step("a stream gives the answer in chunks")
def _():
    chunks = list(ask(user("two hundred"), stream=True))
    assert "".join(chunk.choices[0].delta.content or "" for chunk in chunks) == "two hundred one", chunks


@client.step("a system message and earlier turns tell examples with the same last turn apart")
def _():
    endpoint = client.tuned_endpoint("gs://training/contexts.jsonl")
    for instruction, wanted in (("Count upwards.", "9"), ("Count downwards.", "7")):
        answer = ask({"role": "system", "content": instruction}, user("8"), endpoint=endpoint)
        assert answer.choices[0].message.content == wanted, answer
    answer = ask(user("three"), {"role": "assistant", "content": "four"}, user("and then"), endpoint=endpoint)
    assert answer.choices[0].message.content == "five", answer


@client.step("base models answer")
def _():
    answer = litellm.completion(model="vertex_ai/gemini-2.5-flash", messages=[user("hello")], **settings)
    assert answer.choices[0].message.content, answer


@client.step("404: an endpoint that does not exist")
def _():
    with client.raises(litellm.NotFoundError) as caught:
        ask(user("hi"), endpoint=f"{client.VERTEX_PARENT}/endpoints/1")
    assert "endpoints/1` not found." in str(caught.value), caught.value


for status, kind in (("INVALID_ARGUMENT", litellm.BadRequestError), ("PERMISSION_DENIED", litellm.BadRequestError),
                     ("RESOURCE_EXHAUSTED", litellm.RateLimitError), ("UNAVAILABLE", litellm.InternalServerError)):
    @client.step(f"{status}: a scripted one is a {kind.__name__}")
    def _():
        with client.fault("endpoints.generateContent", status), client.raises(kind):
            ask(user("hi"))


client.finish()
