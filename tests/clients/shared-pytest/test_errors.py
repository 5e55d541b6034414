"""What an application does when the service fails: faults that only one test meets."""
import pytest
from google.genai import errors, types

from quickstart import tune


@pytest.mark.parametrize("status, code", [
    ("RESOURCE_EXHAUSTED", 429), ("UNAVAILABLE", 503), ("INTERNAL", 500), ("PERMISSION_DENIED", 403), ("UNAUTHENTICATED", 401)])
@pytest.mark.parametrize("times", [1, 2])
def test_an_error_is_over_after_so_many_times(tunemock, status, code, times):
    model = tune(tunemock)
    tunemock.call("POST", "emulator/v1/faults", {"method": "tunedModels.generateContent", "status": status, "times": times})
    for _ in range(times):
        with pytest.raises(errors.APIError) as failed:
            tunemock.ai.models.generate_content(model=model, contents="1")
        assert failed.value.code == code
    assert tunemock.ai.models.generate_content(model=model, contents="1").text == "2"


@pytest.mark.parametrize("reason", ["SAFETY", "RECITATION"])
def test_a_blocked_answer_says_why(tunemock, reason):
    model = tune(tunemock)
    tunemock.call("POST", "emulator/v1/faults", {"kind": "blocked", "finishReason": reason})
    answer = tunemock.ai.models.generate_content(model=model, contents="1")
    assert answer.candidates[0].finish_reason == types.FinishReason[reason]


def test_all_calls_fail_and_no_other_test_knows(tunemock):
    tunemock.call("POST", "emulator/v1/faults", {"status": "UNAVAILABLE"})
    for _ in range(5):
        with pytest.raises(errors.ServerError):
            tunemock.ai.models.generate_content(model="tunedModels/numbers", contents="1")
    [fault] = tunemock.call("GET", "emulator/v1/faults")["faults"]
    assert fault["hits"] == 5
