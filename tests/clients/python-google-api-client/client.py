"""google-api-python-client, made from the discovery document that the server hands out about itself."""

from googleapiclient.errors import HttpError
from googleapiclient.http import HttpRequest

# [readme python-google-api-client]
import os
from googleapiclient.discovery import build
api = build("generativelanguage", "v1beta", developerKey="any", static_discovery=False,
            discoveryServiceUrl=os.environ["TUNEMOCK_URL"] + "/$discovery/rest?version=v1beta")
# [/readme]

from lib import client

client.announce("google-api-python-client")

models = api.tunedModels()
NAME = "tunedModels/numbers-1"
# What the steps hand on to later ones.
state = {}


def tuned_model(display_name, **hyperparameters):
    return {"displayName": display_name, "baseModel": client.BASE_MODEL, "tuningTask": {
        "hyperparameters": hyperparameters, "trainingData": {"examples": {"examples": client.EXAMPLES}}}}


def create(model_id, body):
    return models.create(tunedModelId=model_id, body=body).execute()


def prompt(text):
    return {"contents": [{"role": "user", "parts": [{"text": text}]}]}


def text_of(answer):
    return answer["candidates"][0]["content"]["parts"][0]["text"]


@client.step("the document describes this very server")
def _():
    assert models.list().uri.startswith(client.URL + "/v1beta/tunedModels"), models.list().uri


@client.step("create takes training data and an id, and answers with an operation")
def _():
    state["operation"] = create("numbers-1", tuned_model("numbers", epochCount=10, batchSize=4))
    assert state["operation"]["metadata"]["tunedModel"] == NAME
    assert state["operation"]["metadata"]["totalSteps"] == 38
    assert models.get(name=NAME).execute()["state"] == "CREATING"


@client.step("operations.get polls it to done")
def _():
    name = state["operation"]["name"]
    done = client.until(lambda: models.operations().get(name=name).execute(), lambda answer: answer.get("done"))
    assert done["response"]["state"] == "ACTIVE"
    assert len(done["metadata"]["snapshots"]) == 38


@client.step("operations.list has it")
def _():
    listed = models.operations().list(name=NAME).execute()
    assert [operation["name"] for operation in listed["operations"]] == [state["operation"]["name"]]


@client.step("list and list_next page through all models")
def _():
    for number in range(2, 6):
        create(f"numbers-{number}", tuned_model("numbers", epochCount=1, batchSize=8))
    names, page_count = [], 0
    request = models.list(pageSize=2)
    while request is not None:
        page = request.execute()
        names += [model["name"] for model in page["tunedModels"]]
        page_count += 1
        request = models.list_next(request, page)
    assert page_count == 3 and len(set(names)) == 5, names


@client.step("list takes a filter")
def _():
    assert len(models.list(filter="owner:me").execute()["tunedModels"]) == 5


@client.step("a GET too long for a URL, sent as a POST that overrides its method, is answered the same")
def _():
    body = models.list(filter="owner:me", pageToken="x" * 3000)
    assert len(body.uri) > 2048
    with client.raises(HttpError) as caught:
        body.execute()
    # A page token that is none, which shows that the form in the body was read as a query.
    assert caught.value.status_code == 400 and "token" in caught.value.reason.lower(), caught.value


@client.step("patch changes what its mask names and nothing else")
def _():
    models.patch(name=NAME, updateMask="description", body={"description": "counts", "displayName": "unmasked"}).execute()
    model = models.get(name=NAME).execute()
    assert (model["description"], model["displayName"]) == ("counts", "numbers")


@client.step("generateContent answers from the training data")
def _():
    assert text_of(models.generateContent(model=NAME, body=prompt("LXIII")).execute()) == "LXIV"


@client.step("streamGenerateContent is an array of answers")
def _():
    chunks = models.streamGenerateContent(model=NAME, body=prompt("ninety nine")).execute()
    assert isinstance(chunks, list)
    assert "".join(text_of(chunk) for chunk in chunks) == "one hundred"


@client.step("countTokens counts for base models")
def _():
    assert api.models().countTokens(model=client.BASE_MODEL, body=prompt("one two three")).execute()["totalTokens"] > 0


@client.step("models.list has the base model that can be tuned")
def _():
    names = [model["name"] for model in api.models().list(pageSize=1000).execute()["models"]]
    assert client.BASE_MODEL in names


@client.step("permissions are created, listed, fetched, patched and deleted")
def _():
    permissions = models.permissions()
    created = permissions.create(
        parent=NAME, body={"granteeType": "USER", "emailAddress": "a@example.com", "role": "READER"}).execute()
    listed = permissions.list(parent=NAME).execute()["permissions"]
    assert [permission["role"] for permission in listed] == ["OWNER", "READER"]
    permissions.patch(name=created["name"], updateMask="role", body={"role": "WRITER"}).execute()
    assert permissions.get(name=created["name"]).execute()["role"] == "WRITER"
    assert permissions.delete(name=created["name"]).execute() == {}


@client.step("transferOwnership makes another the owner")
def _():
    assert models.transferOwnership(name=NAME, body={"emailAddress": "new@example.com"}).execute() == {}
    listed = models.permissions().list(parent=NAME).execute()["permissions"]
    assert "new@example.com" in [permission["emailAddress"] for permission in listed if permission["role"] == "OWNER"]


def expect_error(code, request: HttpRequest):
    with client.raises(HttpError) as caught:
        request.execute()
    assert caught.value.status_code == code, caught.value
    return caught.value


@client.step("400: a bad hyperparameter, in the service's words; 400: an unknown name, with its field")
def _():
    error = expect_error(400, models.create(body=tuned_model("bad", epochCount=-1)))
    assert "epoch_count" in error.reason
    error = expect_error(400, models.create(body={"nonsense": 1}))
    assert error.error_details[0]["fieldViolations"][0]["field"] == "tuned_model"


@client.step("404: a model that does not exist")
def _():
    error = expect_error(404, models.get(name="tunedModels/nobody"))
    assert error.reason == "Tuned model tunedModels/nobody does not exist."


@client.step("409: an id that is taken")
def _():
    expect_error(409, models.create(tunedModelId="numbers-1", body=tuned_model("again")))


@client.step("403, 400 and 401: somebody else's model, a key nobody has, permissions with a key")
def _():
    def caller(key):
        return build("generativelanguage", "v1beta", developerKey=key, static_discovery=False,
                     discoveryServiceUrl=client.AUTH_URL + "/$discovery/rest?version=v1beta").tunedModels()
    name = client.trained_model("private", client.AUTH_URL, "alice-key")
    assert caller("alice-key").get(name=name).execute()["name"] == name
    assert "You do not have permission" in expect_error(403, caller("bob-key").get(name=name)).reason
    expect_error(401, caller("alice-key").permissions().list(parent=name))
    error = expect_error(400, caller("no-such-key").get(name=name))
    assert error.error_details[0]["reason"] == "API_KEY_INVALID"


@client.step("429 and 503: scripted, shown at once")
def _():
    for code, status in ((429, "RESOURCE_EXHAUSTED"), (503, "UNAVAILABLE")):
        with client.fault("tunedModels.get", status):
            expect_error(code, models.get(name=NAME))


@client.step("503: over when the client is told to retry")
def _():
    with client.fault("tunedModels.get", "UNAVAILABLE"):
        assert models.get(name=NAME).execute(num_retries=2)["name"] == NAME


@client.step("delete removes the model, and it is gone")
def _():
    assert models.delete(name=NAME).execute() == {}
    expect_error(404, models.get(name=NAME))


client.finish()
