"""Tests that say themselves what is answered, all of the same prompt."""
import pytest
from google.genai import errors

PROMPT = "How is the weather?"


def ask(tunemock, prompt=PROMPT):
    return tunemock.ai.models.generate_content(model="gemini-2.5-flash", contents=prompt).text


@pytest.mark.parametrize("weather", ["sun", "rain", "snow", "fog", "hail", "wind", "frost", "thunder"])
def test_the_weather_is_as_it_was_said(tunemock, weather):
    tunemock.call("POST", "emulator/v1/stubs", {"match": {"prompt": PROMPT}, "reply": {"text": weather}})
    assert ask(tunemock) == weather


@pytest.mark.parametrize("count", [1, 3, 8])
def test_a_stub_counts_its_own_calls(tunemock, count):
    tunemock.call("POST", "emulator/v1/stubs", {"match": {}, "reply": {"text": "call {{count}}"}})
    assert [ask(tunemock) for _ in range(count)] == [f"call {number + 1}" for number in range(count)]
    assert tunemock.call("POST", "emulator/v1/requests:count", {"match": {}}) == {"count": count}


def test_what_no_stub_is_for_fails(tunemock):
    tunemock.call("PATCH", "emulator/v1/config", {"onNoMatch": "error"})
    with pytest.raises(errors.ClientError) as missing:
        ask(tunemock)
    assert missing.value.code == 404


def test_the_journal_has_only_what_this_test_asked(tunemock):
    tunemock.call("POST", "emulator/v1/stubs", {"match": {}, "reply": {"text": "yes"}})
    for prompt in ("one", "two"):
        ask(tunemock, prompt)
    verified = tunemock.call("POST", "emulator/v1/requests:verify", {"order": [{"prompt": "one"}, {"prompt": "two"}]})
    assert verified["ok"]
    assert [each["prompt"] for each in tunemock.call("GET", "emulator/v1/requests")["requests"]] == ["two", "one"]
