"""google-generativeai through the life of a tuned model: the tuning tutorial's own flow, and the permissions sample."""
import pathlib
import subprocess
import sys
import time

import pandas as pd
from google.api_core import exceptions

# [readme python-google-generativeai]
import os
import google.generativeai as genai
genai.configure(api_key="any", transport="rest", client_options={"api_endpoint": os.environ["TUNEMOCK_URL"]})
# [/readme]

from lib import client

NAME = "generate-num-8563"
FULL_NAME = f"tunedModels/{NAME}"
TRAINING_DATA = [{"text_input": example["textInput"], "output": example["output"]} for example in client.EXAMPLES]

# What the steps hand on to later ones.
state = {}

client.announce("google-generativeai")


def create(model_id, **options):
    return genai.create_tuned_model(
        source_model=client.BASE_MODEL, training_data=TRAINING_DATA, id=model_id, epoch_count=1, batch_size=8, **options)


def no_retry():
    """A dictionary of its own for each call: the client takes things out of it."""
    return {"retry": None, "timeout": 20}


@client.step("list_models has a flash model that can be tuned")
def _():
    found = [m for m in genai.list_models() if "createTunedModel" in m.supported_generation_methods and "flash" in m.name]
    assert client.BASE_MODEL in [model.name for model in found]


@client.step("create_tuned_model takes training data, hyperparameters and an id, and answers with an operation")
def _():
    state["operation"] = genai.create_tuned_model(
        source_model=client.BASE_MODEL, training_data=TRAINING_DATA, id=NAME, epoch_count=10, batch_size=4,
        learning_rate=0.001)
    assert state["operation"].metadata.total_steps == 38
    assert state["operation"].metadata.tuned_model == FULL_NAME


@client.step("get_tuned_model shows it CREATING, with its hyperparameters")
def _():
    model = genai.get_tuned_model(FULL_NAME)
    assert model.state.name == "CREATING"
    assert model.tuning_task.hyperparameters.epoch_count == 10
    assert model.tuning_task.hyperparameters.batch_size == 4


@client.step("get_operation finds the operation by its name")
def _():
    operation = genai.get_operation(state["operation"].name)
    assert operation.metadata.tuned_model == FULL_NAME


@client.step("wait_bar follows the training to its end, step by step")
def _():
    seen = []
    for status in state["operation"].wait_bar(disable=True):
        seen.append(status.completed_steps)
        time.sleep(0.1)
    assert len(set(seen)) > 2 and seen == sorted(seen), seen
    assert state["operation"].metadata.completed_percent == 100


@client.step("result is the trained model, and its snapshots fill a pandas data frame")
def _():
    model = state["operation"].result()
    assert model.name == FULL_NAME
    assert model.state.name == "ACTIVE"
    snapshots = pd.DataFrame(model.tuning_task.snapshots)
    assert list(snapshots["step"]) == list(range(1, 39))
    assert list(snapshots["epoch"]) == sorted(snapshots["epoch"]) and snapshots["epoch"].max() == 10
    assert snapshots["mean_loss"].iloc[-1] < snapshots["mean_loss"].iloc[0] / 2
    assert snapshots["compute_time"].is_monotonic_increasing


@client.step("generate_content answers from the training data")
def _():
    model = genai.GenerativeModel(model_name=FULL_NAME)
    assert model.generate_content("55").text == "56"
    assert model.generate_content("LXIII").text == "LXIV"
    answer = model.generate_content("twenty two", safety_settings={"HARASSMENT": "block_none"},
                                    generation_config={"temperature": 0.1, "max_output_tokens": 20})
    assert answer.text == "twenty three"
    assert answer.candidates[0].finish_reason.name == "STOP"
    assert answer.usage_metadata.total_token_count > 0


@client.step("generate_content streams")
def _():
    chunks = list(genai.GenerativeModel(FULL_NAME).generate_content("ninety nine", stream=True))
    assert "".join(chunk.text for chunk in chunks) == "one hundred"


@client.step("a chat keeps its history")
def _():
    chat = genai.GenerativeModel(FULL_NAME).start_chat()
    assert chat.send_message("8").text == "9"
    assert chat.send_message("three").text == "four"
    assert len(chat.history) == 4


@client.step("count_tokens counts for base models; for tuned ones the client refuses it itself")
def _():
    assert genai.GenerativeModel("gemini-1.5-flash-001").count_tokens("one two three").total_tokens > 0
    with client.raises(ValueError):
        genai.GenerativeModel(FULL_NAME).count_tokens("one two three")


@client.step("a model without an id gets one from its display name")
def _():
    operation = create(None, display_name="Sentence Translator")
    model = operation.result()
    assert model.name.startswith("tunedModels/sentence-translator-"), model.name


@client.step("training data may be a pandas data frame, whose columns are named")
def _():
    frame = pd.DataFrame({"question": ["1", "2"], "answer": ["2", "3"]})
    operation = genai.create_tuned_model(
        source_model=client.BASE_MODEL, training_data=frame, id="from-a-frame", input_key="question", output_key="answer",
        epoch_count=1, batch_size=1, temperature=0.5, top_p=0.8, top_k=20, description="from a frame")
    assert operation.metadata.total_steps == 2
    model = operation.result()
    assert model.description == "from a frame" and model.temperature == 0.5 and model.top_k == 20


@client.step("operation.cancel ends a training, and its result says so")
def _():
    operation = genai.create_tuned_model(source_model=client.BASE_MODEL, training_data=TRAINING_DATA, id="cancelled",
                                         epoch_count=100, batch_size=1)
    assert operation.cancel()
    with client.raises(exceptions.Cancelled):
        operation.result()
    genai.delete_tuned_model("tunedModels/cancelled")


@client.step("a training that fails at step 12 is the exception of its result, and its model is FAILED")
def _():
    created = client.failing_model()
    name = created["metadata"]["tunedModel"]
    operation = genai.get_operation(created["name"])
    with client.raises(exceptions.InternalServerError) as caught:
        operation.result()
    assert client.FAILURE["message"] in str(caught.value), caught.value
    model = genai.get_tuned_model(name)
    assert model.state.name == "FAILED" and len(model.tuning_task.snapshots) == 12, model
    assert operation.metadata.completed_steps == 12, operation.metadata
    with client.raises(exceptions.BadRequest) as caught:
        genai.GenerativeModel(name).generate_content("1")
    assert "FAILED" in caught.value.message
    genai.delete_tuned_model(name)


@client.step("a tuned model can be the source of another")
def _():
    source = client.rest("GET", "/v1beta/" + FULL_NAME)[0]
    operation = genai.create_tuned_model(source_model=FULL_NAME, training_data=TRAINING_DATA, id="tuned-again",
                                         epoch_count=1, batch_size=8)
    model = operation.result()
    assert model.source_model == FULL_NAME, model
    assert model.base_model == source["baseModel"], model


@client.step("list_tuned_models pages through all of them")
def _():
    names = [model.name for model in genai.list_tuned_models(page_size=2)]
    assert len(names) == len(set(names)) == 4, names
    assert FULL_NAME in names


@client.step("update_tuned_model changes what it names and nothing else")
def _():
    genai.update_tuned_model(FULL_NAME, {"description": "This is my model.", "display_name": "numbers"})
    model = genai.get_tuned_model(FULL_NAME)
    assert model.description == "This is my model." and model.display_name == "numbers"
    assert model.state.name == "ACTIVE" and len(model.tuning_task.snapshots) == 38


@client.step("the creator has the first permission, as OWNER")
def _():
    permissions = list(genai.get_tuned_model(FULL_NAME).permissions.list())
    assert [permission.role.name for permission in permissions] == ["OWNER"]


@client.step("permissions are created for a user and for everyone, listed in pages, fetched, updated and deleted")
def _():
    permissions = genai.get_tuned_model(FULL_NAME).permissions
    reader = permissions.create(role="READER", grantee_type="USER", email_address="reader@example.com")
    everyone = permissions.create(role="READER", grantee_type="EVERYONE")
    assert everyone.name == f"{FULL_NAME}/permissions/everyone"
    assert [permission.name for permission in permissions.list(page_size=1)][1:] == [reader.name, everyone.name]
    assert permissions.get(reader.name).email_address == "reader@example.com"
    reader.update({"role": "WRITER"})
    assert permissions.get(reader.name).role.name == "WRITER"
    reader.delete()
    everyone.delete()
    assert len(list(permissions)) == 1


@client.step("transfer_ownership makes another the owner, and the old owner a writer")
def _():
    permissions = genai.get_tuned_model(FULL_NAME).permissions
    permissions.transfer_ownership("new-owner@example.com")
    roles = {permission.email_address: permission.role.name for permission in permissions}
    assert roles.pop("new-owner@example.com") == "OWNER"
    assert list(roles.values()) == ["WRITER"]


@client.step("400: BadRequest names the field")
def _():
    with client.raises(exceptions.BadRequest) as caught:
        genai.create_tuned_model(source_model=client.BASE_MODEL, training_data=TRAINING_DATA, epoch_count=-1)
    assert "epoch_count" in caught.value.message


@client.step("404: NotFound, with the service's words")
def _():
    with client.raises(exceptions.NotFound) as caught:
        genai.get_tuned_model("tunedModels/nobody")
    assert "Tuned model tunedModels/nobody does not exist." in caught.value.message
    with client.raises(exceptions.NotFound):
        genai.GenerativeModel("tunedModels/nobody").generate_content("hi")


@client.step("404 in the place of a stream, too")
def _():
    with client.raises(exceptions.NotFound) as caught:
        genai.GenerativeModel("tunedModels/nobody").generate_content("hi", stream=True)
    assert "does not exist" in caught.value.message


@client.step("409: Conflict for an id that is taken")
def _():
    with client.raises(exceptions.Conflict):
        create(NAME)


@client.step("429: TooManyRequests, with what to do about it, not retried")
def _():
    with client.fault("tunedModels.get", "RESOURCE_EXHAUSTED"), client.raises(exceptions.TooManyRequests) as caught:
        genai.get_tuned_model(FULL_NAME)
    assert caught.value.code == 429


@client.step("503: retried by the client until it is over")
def _():
    with client.fault("tunedModels.get", "UNAVAILABLE"):
        assert genai.get_tuned_model(FULL_NAME).name == FULL_NAME


@client.step("503: ServiceUnavailable where retries are turned off")
def _():
    with client.fault("tunedModels.generateContent", "UNAVAILABLE"), client.raises(exceptions.ServiceUnavailable):
        genai.GenerativeModel(FULL_NAME).generate_content("1", request_options=no_retry())


@client.step("delete_tuned_model removes it, and it is gone")
def _():
    genai.delete_tuned_model(FULL_NAME)
    with client.raises(exceptions.NotFound):
        genai.get_tuned_model(FULL_NAME)
    assert FULL_NAME not in [model.name for model in genai.list_tuned_models()]


# From here on the server knows its callers.
def act_as(key):
    genai.configure(api_key=key, transport="rest", client_options={"api_endpoint": client.AUTH_URL})


@client.step("403: Forbidden for the model of somebody else")
def _():
    name = client.trained_model("private", client.AUTH_URL, "alice-key")
    act_as("alice-key")
    assert genai.GenerativeModel(name).generate_content("1").text == "2"
    act_as("bob-key")
    with client.raises(exceptions.Forbidden) as caught:
        genai.get_tuned_model(name)
    assert "You do not have permission to access tuned model" in caught.value.message
    assert list(genai.list_tuned_models()) == []


@client.step("401: Unauthorized for permissions with an API key, as on the real service")
def _():
    act_as("alice-key")
    model = next(iter(genai.list_tuned_models()))
    with client.raises(exceptions.Unauthorized):
        list(model.permissions.list())


@client.step("400: BadRequest with the reason API_KEY_INVALID for a key nobody has")
def _():
    act_as("no-such-key")
    with client.raises(exceptions.BadRequest) as caught:
        list(genai.list_tuned_models())
    # Its `reason` would say so, but over REST this client looks for an object where it has a dictionary.
    assert [detail.get("reason") for detail in caught.value.details][:1] == ["API_KEY_INVALID"], caught.value.details


@client.step("code that may not be edited is turned by a sitecustomize.py")
def _():
    folder = pathlib.Path(__file__).parent / "unedited"
    result = subprocess.run(
        [sys.executable, folder / "old_script.py"], env={**os.environ, "PYTHONPATH": str(folder)}, capture_output=True,
        text=True, timeout=client.SECONDS_MAX, check=False)
    assert result.stdout == "one hundred\n", result


client.finish()
