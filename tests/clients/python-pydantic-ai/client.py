"""pydantic-ai. It can use tuned models but not manage them."""
import asyncio

import httpx2

# [readme python-pydantic-ai]
import os
from pydantic_ai import Agent
from pydantic_ai.models.google import GoogleModel
from pydantic_ai.providers.google import GoogleProvider
provider = GoogleProvider(api_key="any", base_url=os.environ["TUNEMOCK_URL"])
def agent_of(name, **options):
    return Agent(GoogleModel(name, provider=provider), **options)
# [/readme]
from google.genai.types import HttpRetryOptions
from pydantic_ai import Embedder, NativeOutput, exceptions
from pydantic_ai.embeddings.google import GoogleEmbeddingModel
from pydantic_ai.usage import UsageLimits

from lib import client

client.announce("pydantic-ai-slim")

# What the steps hand on to later ones.
state = {}


def recorded(name=None, **options):
    """An agent whose answers are on the wire. Its client is its own: none outlives the event loop it was used in."""
    http_client = httpx2.AsyncClient(event_hooks=client.WIRE_HOOKS_ASYNC, timeout=client.SECONDS_MAX)
    observed = GoogleProvider(api_key="any", base_url=client.URL, http_client=http_client)
    return Agent(GoogleModel(name or state["model"], provider=observed), **options)


def paths():
    return [answer.request.url.raw_path.decode() for answer in client.wire]


def stream(agent, prompt):
    async def gather():
        async with agent.run_stream(prompt) as result:
            return [chunk async for chunk in result.stream_text(delta=True, debounce_by=None)]
    return asyncio.run(gather())


@client.step("a model is created and trained (plain requests, this client has none)")
def _():
    state["model"] = client.trained_model("numbers")


@client.step("run_sync answers from the training data")
def _():
    result = agent_of(state["model"]).run_sync("LXIII")
    assert result.output == "LXIV"
    assert result.usage.input_tokens > 0 and result.usage.output_tokens > 0


@client.step("it asks for responseModalities TEXT each time, of which no hint speaks")
def _():
    assert recorded().run_sync("1").output == "2"
    assert paths() == [f"/v1beta/{state['model']}:generateContent"]
    assert client.body_of(client.wire[-1])["generationConfig"] == {"responseModalities": ["TEXT"]}
    assert "x-emulator-hint" not in client.wire[-1].headers


@client.step("run_stream gives the answer in chunks")
def _():
    chunks = stream(recorded(), "ninety nine")
    assert "".join(chunks) == "one hundred" and len(chunks) > 1, chunks
    assert paths()[-1] == f"/v1beta/{state['model']}:streamGenerateContent?alt=sse"


@client.step("run answers many at once")
def _():
    async def all_at_once():
        agent = recorded()
        return await asyncio.gather(*(agent.run(str(number)) for number in range(20)))
    assert [result.output for result in asyncio.run(all_at_once())] == [str(number + 1) for number in range(20)]


@client.step("a history is answered by the last message")
def _():
    agent = recorded()
    first = agent.run_sync("8")
    assert agent.run_sync("three", message_history=first.all_messages()).output == "four"
    assert [content["role"] for content in client.body_of(client.wire[-1])["contents"]] == ["user", "model", "user"]


@client.step("instructions and a system prompt are accepted, and a hint says that they are ignored")
def _():
    for options in ({"instructions": "Answer in French."}, {"system_prompt": "Answer in French."}):
        assert recorded(**options).run_sync("1", model_settings={"temperature": 0, "max_tokens": 50}).output == "2"
        assert "systemInstruction" in client.wire[-1].headers["x-emulator-hint"]


@client.step("a tool is accepted, never called, and a hint says so")
def _():
    agent = recorded()

    @agent.tool_plain
    def add(number: int) -> int:
        raise AssertionError(f"called with {number}")
    assert agent.run_sync("1").output == "2"
    assert "tools" in client.wire[-1].headers["x-emulator-hint"]


@client.step("an output type, which stands on tools, is asked for twice in vain")
def _():
    client.wire.clear()
    with client.raises(exceptions.UnexpectedModelBehavior):
        recorded(output_type=int).run_sync("1")
    assert len(client.wire) == 2


@client.step("tokens are counted before the request where a limit asks for it")
def _():
    client.wire.clear()
    limits = UsageLimits(input_tokens_limit=1000, count_tokens_before_request=True)
    assert recorded().run_sync("1", usage_limits=limits).output == "2"
    assert paths() == [f"/v1beta/{state['model']}:{method}" for method in ("countTokens", "generateContent")]
    with client.raises(exceptions.UsageLimitExceeded):
        limits = UsageLimits(input_tokens_limit=1, count_tokens_before_request=True)
        recorded().run_sync("one two three", usage_limits=limits)


@client.step("an Embedder gets vectors from a base model")
def _():
    own_provider = GoogleProvider(api_key="any", base_url=client.URL)
    embedder = Embedder(GoogleEmbeddingModel("text-embedding-004", provider=own_provider))
    answer = embedder.embed_documents_sync(["hello", "world"])
    assert [len(vector) for vector in answer.embeddings] == [768, 768]


@client.step("400: a bad temperature, and JSON mode, are rejected in the service's words")
def _():
    for agent, settings, words in (
            (recorded(), {"temperature": 99}, "temperature: must be in the range"),
            (recorded(output_type=NativeOutput(int)), {}, f"Json mode is not enabled for {state['model']}")):
        with client.raises(exceptions.ModelRequestRejectedError) as caught:
            agent.run_sync("1", model_settings=settings)
        assert caught.value.status_code == 400 and words in caught.value.body["error"]["message"]


@client.step("404: a model that does not exist, in the service's words, in the place of a stream, too")
def _():
    for call in (lambda: recorded("tunedModels/nobody").run_sync("hi"), lambda: stream(recorded("tunedModels/nobody"), "hi")):
        with client.raises(exceptions.ModelNotFoundError) as caught:
            call()
        assert caught.value.body["error"]["message"] == "Tuned model tunedModels/nobody does not exist."


@client.step("403 and 400: the model of somebody else, and a key that is not valid")
def _():
    name = client.trained_model("private", client.AUTH_URL, "alice-key")

    def generate(key):
        model = GoogleModel(name, provider=GoogleProvider(api_key=key, base_url=client.AUTH_URL))
        return Agent(model).run_sync("1").output
    assert generate("alice-key") == "2"
    with client.raises(exceptions.ModelAuthenticationError) as caught:
        generate("bob-key")
    assert caught.value.status_code == 403 and "You do not have permission" in str(caught.value)
    with client.raises(exceptions.ModelHTTPError) as caught:
        generate("no-such-key")
    assert caught.value.status_code == 400 and "API_KEY_INVALID" in str(caught.value)


for code, status, kind in ((401, "UNAUTHENTICATED", exceptions.ModelAuthenticationError),
                           (409, "ABORTED", exceptions.ModelHTTPError),
                           (429, "RESOURCE_EXHAUSTED", exceptions.ModelRateLimitError),
                           (503, "UNAVAILABLE", exceptions.ModelOverloadedError)):
    @client.step(f"{code}: a scripted {status} is a {kind.__name__}, not retried, in the place of a stream, too")
    def _():
        for method, call in (("generateContent", lambda: recorded().run_sync("1")),
                             ("streamGenerateContent", lambda: stream(recorded(), "1"))):
            client.wire.clear()
            with client.fault(f"tunedModels.{method}", status, client.FAULT_TIMES), client.raises(kind) as caught:
                call()
            assert caught.value.status_code == code and caught.value.body["error"]["status"] == status
            assert len(client.wire) == 1


@client.step("503: is over when the client is told to retry")
def _():
    retrying = GoogleProvider(api_key="any", base_url=client.URL,
                              retry_options=HttpRetryOptions(attempts=3, initial_delay=0.1))
    with client.fault("tunedModels.generateContent", "UNAVAILABLE"):
        assert Agent(GoogleModel(state["model"], provider=retrying)).run_sync("1").output == "2"


@client.step("a deleted model (by a plain request) is gone")
def _():
    client.rest("DELETE", f"/v1beta/{state['model']}")
    with client.raises(exceptions.ModelNotFoundError):
        recorded().run_sync("1")


client.finish()
