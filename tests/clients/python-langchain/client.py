"""langchain-google-genai. It can use tuned models but not manage them."""
import asyncio

# [readme python-langchain]
import os
from langchain_google_genai import ChatGoogleGenerativeAI
def model_of(name, **options):
    return ChatGoogleGenerativeAI(model=name, api_key="any", base_url=os.environ["TUNEMOCK_URL"], **options)
# [/readme]
from langchain_core.messages import AIMessage, HumanMessage, SystemMessage
from langchain_core.prompts import ChatPromptTemplate
from langchain_google_genai import GoogleGenerativeAI, GoogleGenerativeAIEmbeddings
from langchain_google_genai import chat_models

from lib import client

client.announce("langchain-google-genai")

# What the steps hand on to later ones.
state = {}


def recorded(name=None, **options):
    return model_of(name or state["model"], client_args={"event_hooks": client.WIRE_HOOKS}, **options)


def paths():
    return [answer.request.url.raw_path.decode() for answer in client.wire]


@client.step("a model is created and trained (plain requests, this client has none)")
def _():
    state["model"] = client.trained_model("numbers")


@client.step("invoke answers from the training data, and speaks v1 as the google-genai below it does")
def _():
    answer = recorded().invoke("LXIII")
    assert answer.content == "LXIV"
    assert answer.response_metadata["finish_reason"] == "STOP"
    assert answer.usage_metadata["total_tokens"] > 0
    assert paths() == [f"/v1/{state['model']}:generateContent"]


@client.step("without a temperature it sends 0.7, whatever the model was tuned with")
def _():
    assert client.body_of(client.wire[-1])["generationConfig"] == {"temperature": 0.7, "candidateCount": 1}


@client.step("stream gives the answer in chunks")
def _():
    chunks = list(recorded().stream("ninety nine"))
    assert "".join(chunk.content for chunk in chunks if chunk.content) == "one hundred" and len(chunks) > 1
    assert paths()[-1] == f"/v1/{state['model']}:streamGenerateContent?alt=sse"


@client.step("ainvoke and astream answer many at once")
def _():
    async def all_at_once():
        model = model_of(state["model"])

        async def stream():
            return "".join([chunk.content async for chunk in model.astream("three") if chunk.content])
        return await asyncio.gather(*(model.ainvoke(str(number)) for number in range(20)), stream())
    *answers, streamed = asyncio.run(all_at_once())
    assert [answer.content for answer in answers] == [str(number + 1) for number in range(20)]
    assert streamed == "four"


@client.step("batch, and a chain of a template and the model, answer")
def _():
    assert [answer.content for answer in recorded().batch(["1", "3", "seven"])] == ["2", "4", "eight"]
    chain = ChatPromptTemplate.from_messages([("user", "{number}")]) | recorded()
    assert chain.invoke({"number": "thirteen"}).content == "fourteen"


@client.step("a history is answered by the last message")
def _():
    assert recorded().invoke([HumanMessage("8"), AIMessage("9"), HumanMessage("three")]).content == "four"


@client.step("a system message, safety settings and a tool are accepted, and a hint says what is ignored")
def _():
    model = recorded(temperature=0, safety_settings={"HARM_CATEGORY_HARASSMENT": "BLOCK_NONE"})
    assert model.invoke([SystemMessage("Answer in French."), HumanMessage("1")]).content == "2"
    assert "systemInstruction" in client.wire[-1].headers["x-emulator-hint"]
    parameters = {"type": "object", "properties": {"a": {"type": "number"}}}
    answer = model.bind_tools([{"name": "add", "description": "adds", "parameters": parameters}]).invoke("1")
    assert answer.content == "2" and not answer.tool_calls
    assert "tools" in client.wire[-1].headers["x-emulator-hint"]


@client.step("GoogleGenerativeAI, which puts models/ before every name, answers")
def _():
    assert GoogleGenerativeAI(model=state["model"], api_key="any", base_url=client.URL).invoke("1") == "2"


@client.step("get_num_tokens counts")
def _():
    assert recorded().get_num_tokens("one two three") > 0
    assert paths()[-1] == f"/v1/{state['model']}:countTokens"


@client.step("embeddings of a base model are vectors")
def _():
    embeddings = GoogleGenerativeAIEmbeddings(model="models/text-embedding-004", google_api_key="any", base_url=client.URL)
    assert [len(vector) for vector in embeddings.embed_documents(["hello", "world"])] == [768, 768]


@client.step("400: a bad temperature is refused by the client where it is set, by the server where it is asked with")
def _():
    with client.raises(ValueError):
        recorded(temperature=99)
    with client.raises(chat_models.GoogleInvalidRequestError) as caught:
        recorded().invoke("1", temperature=99)
    assert "temperature: must be in the range" in str(caught.value)


@client.step("404: a model that does not exist, in the service's words, in the place of a stream, too")
def _():
    model = recorded("tunedModels/nobody")
    for call in (lambda: model.invoke("hi"), lambda: list(model.stream("hi"))):
        with client.raises(chat_models.GoogleModelNotFoundError) as caught:
            call()
        assert "Tuned model tunedModels/nobody does not exist." in str(caught.value)


@client.step("403 and 400: the model of somebody else, and a key that is not valid")
def _():
    name = client.trained_model("private", client.AUTH_URL, "alice-key")

    def generate(key):
        return ChatGoogleGenerativeAI(model=name, api_key=key, base_url=client.AUTH_URL).invoke("1").content
    assert generate("alice-key") == "2"
    with client.raises(chat_models.GooglePermissionDeniedError) as caught:
        generate("bob-key")
    assert "You do not have permission" in str(caught.value)
    with client.raises(chat_models.GoogleInvalidRequestError) as caught:
        generate("no-such-key")
    assert "API_KEY_INVALID" in str(caught.value)


# A 409 has no class of its own.
for code, status, kind, attempts in ((401, "UNAUTHENTICATED", chat_models.GoogleAuthenticationError, 1),
                                     (409, "ABORTED", chat_models.ChatGoogleGenerativeAIError, 1),
                                     (429, "RESOURCE_EXHAUSTED", chat_models.GoogleRateLimitError, 2),
                                     (503, "UNAVAILABLE", chat_models.GoogleAPIError, 2)):
    @client.step(f"{code}: a scripted {status} is shown after {attempts} of 2 attempts, in the place of a stream, too")
    def _():
        model = recorded(max_retries=2)
        for method, call in (("generateContent", lambda: model.invoke("1")),
                             ("streamGenerateContent", lambda: list(model.stream("1")))):
            client.wire.clear()
            with client.fault(f"tunedModels.{method}", status, client.FAULT_TIMES), client.raises(kind) as caught:
                call()
            assert str(code) in str(caught.value) and len(client.wire) == attempts, (caught.value, paths())


@client.step("503: is retried until it is over")
def _():
    client.wire.clear()
    with client.fault("tunedModels.generateContent", "UNAVAILABLE"):
        assert recorded().invoke("1").content == "2"
    assert [answer.status_code for answer in client.wire] == [503, 200]


@client.step("a deleted model (by a plain request) is gone")
def _():
    client.rest("DELETE", f"/v1beta/{state['model']}")
    with client.raises(chat_models.GoogleModelNotFoundError):
        recorded().invoke("1")


client.finish()
