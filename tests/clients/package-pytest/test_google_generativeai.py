"""Tests of code that uses google-generativeai, each in a namespace of its own. It reads the key from its variable, but has
to be told the address, and keeps both until it is configured again."""
import os

import google.generativeai as genai
import pytest
from google.api_core import exceptions

BASE = "models/gemini-1.5-flash-001-tuning"


@pytest.fixture(autouse=True)
def configured(tunemock_namespace):
    genai.configure(transport="rest", client_options={"api_endpoint": os.environ["TUNEMOCK_URL"]})


def tune(name, pairs):
    data = [{"text_input": given, "output": output} for given, output in pairs]
    return genai.create_tuned_model(source_model=BASE, id=name, training_data=data, epoch_count=1, batch_size=1)


@pytest.mark.parametrize("number", range(20))
def test_a_model_of_the_same_name_is_this_tests_own(number):
    tune("mine", [("ping", f"pong {number}")])
    assert [model.name for model in genai.list_tuned_models()] == ["tunedModels/mine"]
    assert genai.GenerativeModel("tunedModels/mine").generate_content("ping").text == f"pong {number}"


@pytest.mark.parametrize("number", range(5))
def test_a_model_fails_as_this_test_says(tunemock_namespace, number):
    tunemock_namespace.stories.add(match={"id": "mine"}, failAtStep=1, error={"code": 13, "message": f"boom {number}"})
    tune("mine", [("ping", "pong")])
    assert genai.get_tuned_model("tunedModels/mine").state.name == "FAILED"
    with pytest.raises(exceptions.GoogleAPIError):
        tune("mine", [("ping", "pong")])
