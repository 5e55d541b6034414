"""The quickstart's model, and what it makes of prompts."""
import pytest
from google.genai import errors

from quickstart import tune

COUNTED_ON = [
    ("1", "2"), ("3", "4"), ("-3", "-2"), ("twenty two", "twenty three"), ("two hundred", "two hundred one"),
    ("ninety nine", "one hundred"), ("8", "9"), ("-98", "-97"), ("1,000", "1,001"), ("10,100,000", "10,100,001"),
    ("thirteen", "fourteen"), ("eighty", "eighty one"), ("one", "two"), ("three", "four"), ("seven", "eight"),
    ("123455", "123456"), ("9,999", "10,000"), ("LXIII", "LXIV"), ("five", "six"), ("one hundred", "one hundred one"),
]


@pytest.mark.parametrize("prompt, answer", COUNTED_ON)
def test_it_counts_on(tunemock, prompt, answer):
    model = tune(tunemock)
    assert tunemock.ai.models.generate_content(model=model, contents=prompt).text == answer


@pytest.mark.parametrize("prompt, answer", COUNTED_ON[::4])
def test_it_counts_on_in_a_stream(tunemock, prompt, answer):
    model = tune(tunemock)
    chunks = tunemock.ai.models.generate_content_stream(model=model, contents=prompt)
    assert "".join(chunk.text or "" for chunk in chunks) == answer


@pytest.mark.parametrize("word", ["red", "green", "blue", "black", "white"])
def test_it_knows_what_it_was_taught(tunemock, word):
    model = tune(tunemock, [("the colour", word)])
    assert tunemock.ai.models.generate_content(model=model, contents="the colour").text == word


def test_a_chat_goes_on(tunemock):
    chat = tunemock.ai.chats.create(model=tune(tunemock))
    assert [chat.send_message(prompt).text for prompt in ("1", "seven")] == ["2", "eight"]


def test_before_its_training_is_over_it_does_not_answer(tunemock):
    model = tune(tunemock, is_awaited=False)
    with pytest.raises(errors.ClientError) as refused:
        tunemock.ai.models.generate_content(model=model, contents="1")
    assert refused.value.code == 400


def test_without_a_training_there_is_no_model(tunemock):
    with pytest.raises(errors.ClientError) as missing:
        tunemock.ai.models.generate_content(model="tunedModels/numbers", contents="1")
    assert missing.value.code == 404
