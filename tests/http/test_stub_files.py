#!/usr/bin/env python3
"""Stubs that come from files and go into files: seeds, states, and exports of what was asked."""
import json
import os
import signal
import sys
import tempfile

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import tunemock  # noqa: E402

OPTIONS = ("--clock", "frozen@2024-07-20T18:23:29Z", "--seed", "7", "--step-time", "0")
STATE = "/emulator/v1/state"
EXPORT = "/emulator/v1/requests:export?as=stubs"
BASE = "models/gemini-1.5-flash-001-tuning"
EMBEDDER = "models/text-embedding-004"
STUBS = {"stubs": [
    {"match": {"prompt": "poll"}, "replies": [{"text": "queued"}, {"text": "running"}, {"text": "done"}]},
    {"match": {"prompt": "twice"}, "times": 2, "reply": {"text": "{{count}} of 2"}},
    {"match": {"prompt": {"regex": "from ([A-Z][a-z]+)"}}, "reply": {"text": "{{match.1}}"}, "priority": 3},
    {"match": {"prompt": "pay"}, "scenario": {"name": "order", "sets": "paid"}, "reply": {"text": "thanks"}},
    {"match": {"prompt": "paid?"}, "scenario": {"name": "order", "requires": "paid"}, "reply": {"text": "yes"}},
    {"match": {"prompt": "paid?"}, "reply": {"text": "no"}}]}


def write(folder, name, content):
    path = os.path.join(folder, name)
    with open(path, "wb") as file:
        file.write(content if isinstance(content, bytes) else json.dumps(content).encode())
    return path


def contents(text):
    return {"contents": [{"role": "user", "parts": [{"text": text}]}]}


def ask(server, text, model="tunedModels/any"):
    """What the model says to each of the prompts, or the status of an error."""
    status, answer = server.json("POST", f"/v1beta/{model}:generateContent", contents(text))
    return answer["candidates"][0]["content"]["parts"][0]["text"] if status == 200 else status


def ask_all(server, *texts):
    return [ask(server, text) for text in texts]


def test_a_file_of_stubs_alone_is_a_seed_to_which_a_reset_leads():
    with tempfile.TemporaryDirectory() as folder:
        path = write(folder, "stubs.json", STUBS)
        assert tunemock.run("validate", path)[0] == 0
        with tunemock.start(*OPTIONS, "--data", path) as server:
            listed = server.request("GET", "/emulator/v1/stubs")[2]
            for body in ({}, {"to": "seed"}):
                assert ask_all(server, "poll", "paid?", "pay", "paid?", "poll", "twice", "twice", "twice", "from Rome") == [
                    "queued", "no", "thanks", "yes", "running", "1 of 2", "2 of 2", 404, "Rome"]
                assert server.request("GET", "/emulator/v1/stubs")[2] != listed
                assert server.request("POST", "/emulator/v1/state:reset", body)[0] == 200
                assert server.request("GET", "/emulator/v1/stubs")[2] == listed
                assert "scenarios" not in server.json("GET", STATE)[1]
            assert server.request("POST", "/emulator/v1/state:reset", {"to": "empty"})[0] == 200
            assert server.json("GET", "/emulator/v1/stubs")[1] == {"stubs": []}
            assert ask(server, "poll") == 404


def test_a_state_has_what_is_left_of_each_stub():
    before, after = ("poll", "twice", "pay", "from Rome"), ("poll", "poll", "poll", "paid?", "twice", "twice", "from Oslo")
    said = ["running", "done", "done", "yes", "2 of 2", 404, "Oslo"]
    with tempfile.TemporaryDirectory() as folder:
        path = write(folder, "stubs.json", STUBS)
        left = os.path.join(folder, "left.json")
        with tunemock.start(*OPTIONS, "--data", path, "--export-on-exit", left) as server:
            ask_all(server, *before)
            state = server.request("GET", STATE)[2]
            assert json.loads(state)["scenarios"] == {"order": "paid"}
            assert ask_all(server, *after) == said
            assert server.request("PUT", STATE, state)[0] == 200
            assert server.request("GET", STATE)[2] == state
            server.process.send_signal(signal.SIGTERM)
            assert server.process.wait(tunemock.SECONDS_MAX) == 0
        with open(left, "rb") as file:
            assert json.loads(file.read())["stubs"] == json.loads(state)["stubs"]
        for file in (left, write(folder, "state.json", state)):
            with tunemock.start(*OPTIONS, "--data", file) as server:
                assert ask_all(server, *after) == said


def test_a_file_with_a_bad_stub_is_none():
    bad = {"stubs": STUBS["stubs"][:2] + [{"replies": [{"text": "{{name}}"}]}], "scenarios": {"order": "paid"}}
    with tempfile.TemporaryDirectory() as folder:
        path = write(folder, "stubs.json", bad)
        status, _, errors = tunemock.run("--port", "0", "--data", path)
        assert status == 2 and f"{path}: stubs[2].replies[0].text: there is no variable {{{{name}}}}" in errors, errors
    with tunemock.start(*OPTIONS) as server:
        assert server.request("PUT", STATE, STUBS)[0] == 200
        before = server.request("GET", STATE)[2]
        status, answer = server.json("PUT", STATE, bad)
        assert status == 400 and answer["error"]["message"].startswith("stubs[2].replies[0].text: "), answer
        assert server.request("GET", STATE)[2] == before


def nested(depth):
    """A response in which so many objects and lists are in each other."""
    part = '{"candidates": [{"content": {"parts": [{"functionCall": {"name": "f", "args": %s}}]}}]}'
    return part % ('{"x":' * (depth - 7) + "1" + "}" * (depth - 7))


def test_a_state_can_hold_every_response_that_a_stub_can_have():
    with tunemock.start(*OPTIONS) as server:
        stub = '{"match": {"prompt": "%d"}, "replies": [{"response": %s}]}'
        assert server.request("POST", "/emulator/v1/stubs", (stub % (95, nested(95))).encode())[0] == 200
        status, answer = server.json("POST", "/emulator/v1/stubs", (stub % (96, nested(96))).encode())
        assert status == 400 and answer["error"]["message"] == "replies[0].response: must nest at most 95 deep", answer
        path = "/v1beta/tunedModels/any:generateContent?prettyPrint=false"
        said = server.request("POST", path, contents("95"))[::2]
        assert said[0] == 200
        for file in (STATE, EXPORT):
            state = server.request("GET", file)[2]
            assert server.request("PUT", STATE, state)[0] == 200
            assert server.request("POST", path, contents("95"))[::2] == said


# --- exports ---

EXAMPLES = [("1", "2"), ("41", "42"), ("name?", "{{prompt}} {{{{x}} {{count}} {{ a b }}"), ("Grüße", "日本語 \u0000 🙂 \"quoted\"\n"),
            ("long", "one two three four five six seven eight nine ten, and so on until it is long enough for some chunks"),
            ("input: 1\noutput:", "labelled")]


def said_by(content):
    """The text of a stream, and why it ended."""
    chunks = json.loads(content) if content.startswith("[") else [json.loads(event[len("data: "):])
                                                                  for event in content.split("\r\n\r\n") if event]
    candidates = [chunk["candidates"][0] for chunk in chunks if "candidates" in chunk]
    text = "".join(part["text"] for candidate in candidates for part in candidate.get("content", {}).get("parts", []))
    return text, candidates[-1].get("finishReason") if candidates else chunks[-1]["promptFeedback"]


def play(server, faults=True):
    """What an application asks, and gets: path, status and body, or of a stream what it says."""
    answers = []

    def call(path, body, **fault):
        if faults and fault:
            assert server.request("POST", "/emulator/v1/faults", {"times": 1, **fault})[0] == 200
        status, head, content = server.request("POST", f"/v1beta/{path}", body)
        if status != 200:
            error = json.loads(content)
            error = error[0] if isinstance(error, list) else error
            # Its details are made anew, and may name the model's base.
            content = {name: error["error"][name] for name in ("code", "message", "status")}
        elif "streamGenerate" in path:
            content = said_by(content.decode())
        answers.append((path, body, status, head["Content-Type"], head.get("Retry-After"), content))

    model, base, words = "tunedModels/one", "models/gemini-1.5-flash", contents("long")
    for _ in range(2):
        for text, _ in EXAMPLES:
            for path in (f"{model}:generateContent", f"{model}:streamGenerateContent",
                         f"{model}:streamGenerateContent?alt=sse", f"models/{model}:generateContent"):
                call(path, contents(text))
        call(f"{model}:generateContent", {"contents": [{"parts": [{"text": "a context"}, {"text": "input: 41"}, {"text": "output: "}]}]})
        call(f"{model}:generateContent", {**contents("41"), "generationConfig": {"temperature": 9}})
        call(f"{model}:generateContent", {"contents": []})
        call(f"{base}:generateContent", contents("hello"))
        call(f"{base}:streamGenerateContent?alt=sse", contents("hello"))
        call(f"{base}:countTokens", contents("how many?"))
        call(f"{EMBEDDER}:embedContent", {"content": {"parts": [{"text": "é"}]}, "outputDimensionality": 9})
        call(f"{EMBEDDER}:batchEmbedContents", {"requests": [
            {"model": EMBEDDER, "content": {"parts": [{"text": text}]}, "outputDimensionality": 5} for text in ("a", "b")]})
        call("tunedModels/none:generateContent", contents("anybody?"))
    call(f"{model}:generateContent", contents("41"), status="ABORTED", message="{{count}} too many, é")
    call(f"{model}:generateContent", contents("41"), status="RESOURCE_EXHAUSTED", retryAfter="7s")
    call(f"{model}:streamGenerateContent?alt=sse", contents("1"), status="UNAVAILABLE")
    call(f"{model}:streamGenerateContent", contents("1"), status="RESOURCE_EXHAUSTED", retryAfter="9s")
    call(f"{model}:generateContent", contents("41"), preset="safety")
    call(f"{model}:generateContent", contents("41"), kind="blocked", blockReason="SAFETY")
    call(f"{model}:streamGenerateContent?alt=sse", words, kind="blocked", finishReason="SAFETY", afterChunks=2)
    call(f"{model}:streamGenerateContent", words, kind="blocked", finishReason="RECITATION", afterChunks=2)
    call(f"{model}:streamGenerateContent", words, kind="blocked", blockReason="SAFETY")
    call(f"{model}:generateContent", {**words, "generationConfig": {"maxOutputTokens": 3}})
    call(f"{model}:streamGenerateContent", {**words, "generationConfig": {"maxOutputTokens": 3}})
    return answers


def test_an_export_answers_as_was_answered():
    seed = {"tunedModels": [{"name": "tunedModels/one", "state": "ACTIVE", "baseModel": BASE, "tuningTask": {"trainingData": {
        "examples": {"examples": [{"textInput": given, "output": output} for given, output in EXAMPLES]}}}}]}
    with tempfile.TemporaryDirectory() as folder:
        with tunemock.start(*OPTIONS, "--data", write(folder, "seed.json", seed)) as server:
            was = play(server)
            status, head, stubs = server.request("GET", EXPORT)
            assert status == 200 and "X-Emulator-Hint" not in head, head
        path = write(folder, "stubs.json", stubs)
        assert tunemock.run("validate", path)[:2] == (0, "")
        with tunemock.start(*OPTIONS, "--data", path) as server:
            check_same(play(server, faults=False), was)
        with tunemock.start(*OPTIONS) as server:
            assert server.request("PUT", STATE, stubs)[0] == 200
            check_same(play(server, faults=False), was)
            assert server.json("GET", "/v1beta/tunedModels")[1] == {}
            # An export of the replay is the same again.
            assert server.request("GET", EXPORT)[2] == stubs


def check_same(answers, expected):
    assert len(answers) == len(expected)
    for answer, want in zip(answers, expected):
        assert answer == want, f"{answer}\nand not\n{want}"


def test_replies_come_in_the_order_of_the_export_and_then_again():
    with tunemock.start(*OPTIONS) as server:
        assert server.request("PUT", STATE, {"stubs": [
            {"match": {"prompt": "next"}, "replies": [{"text": str(i)} for i in range(4)]}]})[0] == 200
        assert ask_all(server, *["next"] * 5) == ["0", "1", "2", "3", "3"]
        stubs = server.request("GET", EXPORT)[2]
        assert server.request("PUT", STATE, stubs)[0] == 200
        assert ask_all(server, *["next"] * 6) == ["0", "1", "2", "3", "3", "3"]


def test_an_export_of_many_answers_is_one_that_can_be_given():
    with tunemock.start(*OPTIONS, "--journal-max", "4000") as server:
        stubs = [{"match": {"prompt": "same"}, "replies": [{"text": "0"}, {"text": "x" * 900}]},
                 {"match": {"prompt": "count"}, "reply": {"text": "{{count}}"}}, {"reply": {"text": "ok"}}]
        assert server.request("PUT", STATE, {"stubs": stubs})[0] == 200
        ask_all(server, *["same"] * 1001, *["count"] * 1001, *[f"prompt {i}" for i in range(1000)])
        _, head, stubs = server.request("GET", EXPORT)
        # One reply too many, and two prompts.
        assert head["X-Emulator-Hint"].startswith("left out: 3 requests "), head
        # The answers that were the same again are said once.
        assert [len(stub.get("replies", [])) for stub in json.loads(stubs)["stubs"]] == [2, 1000] + [0] * 998
        assert server.request("PUT", STATE, stubs)[0] == 200
        assert ask_all(server, "same", "same", "same", "count", "count") == ["0", "x" * 900, "x" * 900, "1", "2"]


def test_what_was_answered_to_a_callback_is_answered_again():
    path = "/v1beta/tunedModels/any:generateContent?callback=call"
    with tunemock.start(*OPTIONS) as server:
        assert server.request("PUT", STATE, {"stubs": [{"match": {"prompt": "next"}, "replies": [
            {"error": {"status": 429, "retryAfter": "7s"}}, {"text": "call(1);\n"}]}]})[0] == 200
        said = [server.request("POST", path, contents("next")) for _ in range(2)]
        assert [status for status, _, _ in said] == [429, 200]
        status, head, stubs = server.request("GET", EXPORT)
        assert "X-Emulator-Hint" not in head, head
        assert server.request("PUT", STATE, stubs)[0] == 200
        for status, head, content in said:
            again = server.request("POST", path, contents("next"))
            assert again[0] == status and again[2] == content, again
            assert again[1].get("Retry-After") == head.get("Retry-After"), again


tunemock.run_tests(globals())
