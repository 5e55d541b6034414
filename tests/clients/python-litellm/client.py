"""LiteLLM, which many gateways are made of. It can use tuned models but not manage them."""
import asyncio
import os

import httpx

# Else the import asks a public host for the prices of models first, three times, and waits between.
os.environ["LITELLM_LOCAL_MODEL_COST_MAP"] = "True"

# [readme python-litellm]
import os
import litellm
settings = {"api_base": os.environ["TUNEMOCK_URL"] + "/v1beta", "api_key": "any"}
def complete(model, **options):
    return litellm.completion(model=f"gemini/{model}", **settings, **options)
# [/readme]
from litellm.llms.custom_httpx.http_handler import HTTPHandler
from litellm.llms.gemini.count_tokens.handler import GoogleAIStudioTokenCounter

from lib import client

client.announce("litellm")
# It gives advice on stdout for every error, and errors are expected here.
litellm.suppress_debug_info = True
recorded = HTTPHandler(client=httpx.Client(event_hooks=client.WIRE_HOOKS))

# What the steps hand on to later ones.
state = {}


def user(text):
    return {"role": "user", "content": text}


def ask(*messages, model=None, **options):
    return complete(model or state["model"], messages=list(messages), client=recorded, **options)


def text_of(answer):
    return answer.choices[0].message.content


def scripted_error(status, kind, is_stream):
    """What the caller sees of a scripted status, and how often it was asked for."""
    client.wire.clear()
    method = "tunedModels.streamGenerateContent" if is_stream else "tunedModels.generateContent"
    with client.fault(method, status, client.FAULT_TIMES), client.raises(kind) as caught:
        list(ask(user("1"), stream=is_stream))
    return caught.value, len(client.wire)


@client.step("a model is created and trained (plain requests, this client has none)")
def _():
    state["model"] = client.trained_model("numbers")


@client.step("completion answers from the training data; it asks for models/tunedModels/...")
def _():
    answer = ask(user("LXIII"))
    assert text_of(answer) == "LXIV"
    assert answer.choices[0].finish_reason == "stop"
    assert answer.usage.total_tokens > 0
    assert client.wire[-1].request.url.path == f"/v1beta/models/{state['model']}:generateContent"


@client.step("completion streams, and its last chunk has the token counts")
def _():
    chunks = list(ask(user("ninety nine"), stream=True, stream_options={"include_usage": True}))
    texts = [chunk.choices[0].delta.content for chunk in chunks if chunk.choices]
    assert "".join(filter(None, texts)) == "one hundred" and len(texts) > 1, texts
    assert chunks[-1].usage.total_tokens > 0
    assert client.wire[-1].request.url.raw_path.endswith(b":streamGenerateContent?alt=sse")


@client.step("acompletion answers many at once")
def _():
    async def all_at_once():
        return await asyncio.gather(*(
            litellm.acompletion(model=f"gemini/{state['model']}", messages=[user(str(number))], **settings)
            for number in range(20)))
    assert [text_of(answer) for answer in asyncio.run(all_at_once())] == [str(number + 1) for number in range(20)]


@client.step("a history is answered by the last message")
def _():
    assert text_of(ask(user("8"), {"role": "assistant", "content": "9"}, user("three"))) == "four"


@client.step("a system message arrives as a part before the prompt, and the prompt is answered all the same")
def _():
    answer = ask({"role": "system", "content": "Answer in French."}, user("1"), temperature=0, top_p=0.5, max_tokens=50)
    assert text_of(answer) == "2"
    assert client.body_of(client.wire[-1]) == {
        "contents": [{"role": "user", "parts": [{"text": "Answer in French."}, {"text": "1"}]}],
        "generationConfig": {"temperature": 0, "top_p": 0.5, "max_output_tokens": 50}}


@client.step("a tool is accepted, and a hint says that it is ignored")
def _():
    parameters = {"type": "object", "properties": {"a": {"type": "number"}}}
    answer = ask(user("1"), tools=[{"type": "function", "function": {"name": "add", "parameters": parameters}}])
    assert text_of(answer) == "2" and not answer.choices[0].message.tool_calls
    assert "tools" in client.wire[-1].headers["x-emulator-hint"]


@client.step("its counter of tokens asks for models/tunedModels/..., too, and adds the version to the base URL itself")
def _():
    counted = asyncio.run(GoogleAIStudioTokenCounter().acount_tokens(
        contents=[{"parts": [{"text": "one two three"}]}], model=state["model"], api_key="any", api_base=client.URL))
    assert counted["totalTokens"] > 0


@client.step("embedding on a base model answers with vectors")
def _():
    answer = litellm.embedding(model="gemini/text-embedding-004", input=["hello", "world"], **settings)
    assert [len(row["embedding"]) for row in answer.data] == [768, 768]


@client.step("get_valid_models lists the base models")
def _():
    names = litellm.get_valid_models(
        check_provider_endpoint=True, custom_llm_provider="gemini", api_key="any", api_base=client.URL)
    assert "gemini/" + client.BASE_MODEL.removeprefix("models/") in names


@client.step("400: a bad generation setting is a BadRequestError")
def _():
    with client.raises(litellm.BadRequestError) as caught:
        ask(user("1"), temperature=99)
    assert caught.value.status_code == 400 and "temperature" in str(caught.value)


@client.step("404: a model that does not exist is a NotFoundError, in the place of a stream, too")
def _():
    for is_stream in (False, True):
        with client.raises(litellm.NotFoundError) as caught:
            list(ask(user("hi"), model="tunedModels/nobody", stream=is_stream))
        assert "Tuned model tunedModels/nobody does not exist." in str(caught.value)


@client.step("403 and 400: the model of somebody else is a BadRequestError, a key that is not valid an AuthenticationError")
def _():
    name = client.trained_model("private", client.AUTH_URL, "alice-key")

    def generate(key):
        return text_of(litellm.completion(
            model=f"gemini/{name}", messages=[user("1")], api_base=client.AUTH_URL + "/v1beta", api_key=key))
    assert generate("alice-key") == "2"
    with client.raises(litellm.BadRequestError) as caught:
        generate("bob-key")
    assert "You do not have permission to access tuned model" in str(caught.value)
    with client.raises(litellm.AuthenticationError) as caught:
        generate("no-such-key")
    assert "API_KEY_INVALID" in str(caught.value)


for code, status, kind in ((401, "UNAUTHENTICATED", litellm.AuthenticationError), (409, "ABORTED", litellm.BadRequestError)):
    @client.step(f"{code}: a scripted {status} reaches the caller, in the place of a stream, too")
    def _():
        for is_stream in (False, True):
            error, request_count = scripted_error(status, kind, is_stream)
            assert error.status_code == code and status in str(error) and request_count == 1


# A 503 is a 500 to the caller; of streams both are an error that means "ask another model".
for sent, status, kind, code in ((429, "RESOURCE_EXHAUSTED", litellm.RateLimitError, 429),
                                 (503, "UNAVAILABLE", litellm.InternalServerError, 500)):
    @client.step(f"{sent}: a scripted {status} is shown as {kind.__name__} {code}, in the place of a stream a MidStreamFallbackError")
    def _():
        for is_stream, shown in ((False, kind), (True, litellm.exceptions.MidStreamFallbackError)):
            error, request_count = scripted_error(status, shown, is_stream)
            assert error.status_code == code and request_count == 1


@client.step("503: is over when the client is told to retry")
def _():
    client.wire.clear()
    with client.fault("tunedModels.generateContent", "UNAVAILABLE"):
        assert text_of(ask(user("1"), num_retries=2)) == "2"
    assert [answer.status_code for answer in client.wire] == [503, 200]


@client.step("a deleted model (by a plain request) is gone")
def _():
    client.rest("DELETE", f"/v1beta/{state['model']}")
    with client.raises(litellm.NotFoundError):
        ask(user("1"))


client.finish()
