"""Tests of code that uses google-genai, each in a namespace of its own: clients are made as for the real service."""
import pytest
from google import genai
from google.genai import errors

MODEL = "gemini-2.5-flash"


@pytest.fixture
def ai(tunemock_namespace):
    return genai.Client()


def ask(ai, prompt="How is the weather?"):
    return ai.models.generate_content(model=MODEL, contents=prompt).text


@pytest.mark.parametrize("number", range(15))
def test_a_stub_is_this_tests_own(ai, tunemock_namespace, number):
    tunemock_namespace.stubs.add(match={}, reply={"text": f"{number}, call {{{{count}}}}"})
    assert [ask(ai), ask(ai)] == [f"{number}, call 1", f"{number}, call 2"]
    tunemock_namespace.requests.verify(method="models.generateContent", times=2)


@pytest.mark.parametrize("status", [400, 401, 403, 404, 429, 500, 503])
def test_a_fault_is_this_tests_own(ai, tunemock_namespace, status):
    tunemock_namespace.faults.add(status=status, times=1)
    with pytest.raises(errors.APIError) as failed:
        ask(ai)
    assert failed.value.code == status
    assert ask(ai)


@pytest.mark.parametrize("hours", [1, 2, 3])
def test_the_clock_is_this_tests_own(ai, tunemock_namespace, hours):
    tunemock_namespace.clock.set(mode="frozen", time="2040-01-01T00:00:00Z")
    assert tunemock_namespace.clock.advance(f"{hours}h")["time"] == f"2040-01-01T0{hours}:00:00Z"
