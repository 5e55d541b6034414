"""Twenty models that are there before each test, whatever the tests before have deleted."""
import os

import pytest
from conftest import Tunemock


@pytest.fixture(scope="module")
def snapshot():
    """What each of xdist's workers prepares once: twenty models, and the snapshot in which they are."""
    own = Tunemock(f"snapshot-{os.environ.get('PYTEST_XDIST_WORKER', 'main')}")
    for number in range(20):
        own.call("POST", f"v1beta/tunedModels?tunedModelId=m{number}", {
            "displayName": f"model {number}", "baseModel": "models/gemini-1.5-flash-001-tuning",
            "tuningTask": {"trainingData": {"examples": {"examples": [
                {"textInput": "who are you?", "output": f"number {number}"}]}}}})
    own.call("POST", "emulator/v1/clock:advance", {"duration": "3600s"})
    own.call("POST", "emulator/v1/snapshots", {"id": "tuned"})
    yield own
    own.forget()


@pytest.fixture
def tuned(snapshot):
    """The twenty models, whatever the tests before have done to them."""
    snapshot.call("POST", "emulator/v1/snapshots/tuned:restore", {})
    return snapshot


def names(tuned):
    return {each["name"] for each in tuned.call("GET", "v1beta/tunedModels?pageSize=100")["tunedModels"]}


@pytest.mark.parametrize("number", range(10))
def test_each_model_knows_its_number(tuned, number):
    answer = tuned.ai.models.generate_content(model=f"tunedModels/m{number}", contents="who are you?")
    assert answer.text == f"number {number}"


@pytest.mark.parametrize("count", [1, 5, 19])
def test_models_are_deleted(tuned, count):
    for number in range(count):
        tuned.call("DELETE", f"v1beta/tunedModels/m{number}")
    assert names(tuned) == {f"tunedModels/m{number}" for number in range(count, 20)}


@pytest.mark.parametrize("size", [1, 3, 7, 20])
def test_pages_have_every_model_once(tuned, size):
    seen, token = [], ""
    while True:
        page = tuned.call("GET", f"v1beta/tunedModels?pageSize={size}&pageToken={token}")
        seen += [each["name"] for each in page["tunedModels"]]
        token = page.get("nextPageToken")
        if not token:
            break
    assert len(seen) == len(set(seen)) == 20


@pytest.mark.parametrize("role", ["READER", "WRITER"])
def test_a_model_is_shared(tuned, role):
    tuned.call("POST", "v1beta/tunedModels/m7/permissions", {
        "granteeType": "USER", "emailAddress": "friend@example.com", "role": role})
    rows = tuned.call("GET", "v1beta/tunedModels/m7/permissions")["permissions"]
    assert [row["role"] for row in rows if row.get("emailAddress") == "friend@example.com"] == [role]


@pytest.mark.parametrize("text", ["one", "two", "three"])
def test_a_model_is_described(tuned, text):
    assert "description" not in tuned.call("GET", "v1beta/tunedModels/m3")
    tuned.call("PATCH", "v1beta/tunedModels/m3?updateMask=description", {"description": text})
    assert tuned.call("GET", "v1beta/tunedModels/m3")["description"] == text


def test_the_clock_is_back_where_it_was(tuned):
    time = tuned.call("GET", "emulator/v1/clock")["time"]
    tuned.call("POST", "emulator/v1/clock:advance", {"duration": "3600s"})
    tuned.call("POST", "emulator/v1/snapshots/tuned:restore", {})
    assert tuned.call("GET", "emulator/v1/clock")["time"] == time


@pytest.mark.parametrize("number", [4, 14])
def test_the_next_name_is_always_the_same(tuned, number):
    """What is made after a restore is what was made after the one before."""
    made = []
    for _ in range(2):
        tuned.call("POST", "emulator/v1/snapshots/tuned:restore", {})
        made.append(tuned.call("POST", "v1beta/tunedModels", {
            "displayName": f"late {number}", "baseModel": "models/gemini-1.5-flash-001-tuning",
            "tuningTask": {"trainingData": {"examples": {"examples": [{"textInput": "1", "output": "2"}]}}}}))
    assert made[0] == made[1]
