#!/usr/bin/env -S python3 -B
"""Seed files before a server is started: `tunemock validate`, and the schema that editors complete by."""
import json
import os
import subprocess
import tempfile

import openapi
import tunemock

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
FIXTURES = [os.path.join(ROOT, "tests", "fixtures", name) for name in ("seed_list.json", "seed_resources.json")]
BASE_MODEL = "models/gemini-1.5-flash-001-tuning"
EXAMPLES = {"examples": {"examples": [{"textInput": "1", "output": "2"}]}}
FIXED = {"name": "tunedModels/a", "state": "ACTIVE", "baseModel": BASE_MODEL}
GOOD = {"$schema": "seed.schema.json", "version": 1, "tunedModels": [FIXED, {"displayName": "b", "baseModel": BASE_MODEL,
        "tuningTask": {"trainingData": EXAMPLES, "hyperparameters": {"epochCount": 2}}}],
        "operations": [{"name": "tunedModels/a/operations/1", "done": True, "error": {"code": 13, "message": "boom"}}],
        "permissions": [{"name": "tunedModels/a/permissions/1", "role": "OWNER", "emailAddress": "a@b.c"}],
        "models": [{"name": "models/mine", "displayName": "Mine"}], "callers": [{"key": "k", "email": "a@b.c"}],
        "faults": [{"method": "models.list", "status": 429, "delay": {"uniform": ["1ms", "2ms"]}, "match": {"caller": "a@b.c"}}],
        "stories": [{"match": {"displayName": "b"}, "failAtStep": 1, "error": {"code": 13, "message": "boom"}}],
        "stubs": [
            {"match": {"model": "tunedModels/a", "prompt": {"regex": "from (.*)"}, "method": "*"}, "times": 2, "priority": -1,
             "replies": [{"text": "{{match.1}}, {{{{name}}", "finishReason": "SAFETY"}, {"error": {"status": 429, "retryAfter": "5s"}},
                         {"response": {"candidates": [{"content": {"parts": [{"text": "{{prompt}}"}]}}]}}, {"blockReason": "SAFETY"}],
             "afterLast": "gone", "delay": "5ms", "pace": "10ms", "scenario": {"name": "s", "requires": "", "sets": "one"}},
            {"id": "7", "match": {"method": "models.embedContent"}, "reply": {"response": {"embedding": {"values": [1, 0.5]}}},
             "delay": {"lognormal": {"median": "1ms", "p99": "9ms"}}, "pace": {"firstToken": "1s", "betweenTokens": {"uniform": ["1ms", "2ms"]}},
             "hits": 3}],
        "scenarios": {"s": "one"},
        "clock": {"mode": "frozen", "time": "2024-01-01T00:00:00Z"}, "config": {"latency": "1ms", "seed": 7}, "counter": "3"}
# Each with words of every line that is printed, without the name of the file.
BAD = (
    ('{"tunedModels": [\n  {"name" "x"}]}', [":2:11: Invalid JSON payload", 'odels": [', '{"name" "x"}]}', "^"]),
    ({"colour": 1, "tunedModels": [{"state": 7.5}]}, [': Invalid JSON payload received. Unknown name "colour"', "tuned_models[0].state"]),
    ({"tunedModels": [{"state": "ACTIVE"}, FIXED, FIXED, FIXED, {"name": "tunedModels/b"}], "faults": [{}], "counter": -1,
      "clock": {"rate": 0}, "config": {"stepTime": "soon"}},
     [": tunedModels[2]: tunedModels/a stands in tunedModels[1] already", ": tunedModels[3]: tunedModels/a stands in tunedModels[1] already", ": has a counter", ": clock: rate: ", ": config: stepTime: ",
      ": tunedModels[0]: needs a name", ": tunedModels[4]: needs a baseModel", ": faults[0]."]),
    ({"permissions": [{"name": "tunedModels/a/permissions/1"}], "jobs": [{"name": "tunedModels/x"}]},
     [': jobs[0]: is of "tunedModels/x", a model that the file does not hold', ": permissions[0]: needs a role"]),
    ({"tunedModels": [{"displayName": "c", "tunedModelSource": {"tunedModel": "tunedModels/none"}, "tuningTask": {"trainingData": EXAMPLES}}]},
     [": tunedModels[0]: Tuned model tunedModels/none does not exist."]),
    ({"tunedModels": [FIXED], "permissions": [{"name": f"tunedModels/a/permissions/{i}", "role": "READER"} for i in range(1000)]},
     [": permissions[999]: is more than the 1000 permissions of a model"]),
    ({"stubs": [{"match": {"prompt": {"regex": "(x"}}, "reply": {"text": "x"}}, {"replies": [{"text": "x"}, {"text": "{{match.1}}"}]},
                {"reply": {"response": {"candidate": 1}}}, {"reply": {"text": "x"}, "delay": {}}], "scenarios": {"": "one"}},
     [": stubs[0].match.prompt.regex: has ( without )", ": stubs[1].replies[1].text: {{match.1}} needs a regex", ": stubs[2].reply.response",
      ": stubs[3].delay: ", ": scenarios: the name"]),
    ({"stubs": [{"reply": {"words": "x"}, "delay": "soon"}]}, [": Invalid JSON payload received. Unknown name \"words\" at 'stubs[0].reply'", ": Invalid value at 'stubs[0].delay'"]),
    ("", [": is empty"]),
)


def validate(*paths, content=None):
    done = subprocess.run([tunemock.binary(), "validate", *paths], input=content, env=tunemock.environment(), check=False,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=tunemock.SECONDS_MAX)
    assert done.stderr == b"", done.stderr
    return done.returncode, done.stdout.decode()


def write(folder, name, seed):
    path = os.path.join(folder, name)
    with open(path, "w", encoding="utf-8") as file:
        file.write(seed if isinstance(seed, str) else json.dumps(seed))
    return path


def test_good_files_are_nothing_to_speak_of():
    with tempfile.TemporaryDirectory() as folder:
        assert validate(*FIXTURES, write(folder, "good.json", GOOD)) == (0, "")
        assert validate("-", content=json.dumps(GOOD).encode()) == (0, "")


def test_every_problem_is_a_line_and_the_first_is_what_a_start_says():
    with tempfile.TemporaryDirectory() as folder:
        for seed, words in BAD:
            path = write(folder, "bad.json", seed)
            status, output = validate(path)
            lines = output.splitlines()
            assert status == 2 and len(lines) == len(words), (seed, output)
            for line, word in zip(lines, words):
                assert word in line and line.startswith(path if word[0] == ":" else ""), (line, word)
            status, _, errors = tunemock.run("--port", "0", "--log-level", "none", "--data", path)
            assert status == 2 and errors.startswith(f"tunemock: {lines[0]}"), (lines[0], errors)


def test_each_file_may_build_on_those_before_it():
    with tempfile.TemporaryDirectory() as folder:
        first = write(folder, "first.json", {"tunedModels": [FIXED]})
        second = write(folder, "second.json", {"tunedModels": [{"displayName": "c", "tunedModelSource": {"tunedModel": "tunedModels/a"},
                                                                "tuningTask": {"trainingData": EXAMPLES}}]})
        absent = os.path.join(folder, "absent.json")
        assert "tunedModels[0]: Tuned model tunedModels/a does not exist." in validate(second)[1]
        assert validate(first, second) == (0, "")
        assert validate(absent, second, first) == (2, f"{absent}: No such file or directory\n{validate(second)[1].splitlines()[0]}\n")


def test_a_hundred_problems_are_enough():
    status, output = validate("-", content=json.dumps({"faults": [{}] * 500}).encode())
    lines = output.splitlines()
    assert status == 2 and len(lines) == 101 and lines[-1] == "-: the rest was not looked at", output


def test_credentials_are_not_shown():
    for content in ('{"callers": [{"key": "SECRET" "email": 1}]}', '{"callers": [{"SECRET": 1}, {"key": "SECRET"}]}',
                    '{"callers": [{"key": "SECRET"}]}'):
        status, output = validate("-", content=content.encode())
        assert status == 2 and "SECRET" not in output, output


def test_a_file_must_be_named():
    status, output, errors = tunemock.run("validate")
    assert (status, output) == (2, "") and "validate: needs a file" in errors, errors


def schema():
    status, output, errors = tunemock.run("schema")
    assert (status, errors) == (0, ""), errors
    return json.loads(output)


def problems(value):
    """Why a value is none by the schema."""
    root = schema()
    document = openapi.Document(json.dumps({**root, "paths": {}}))
    return document.problems(value, {"$ref": root["$ref"]})


def test_the_schema_takes_what_the_reader_takes():
    assert schema()["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    for path in FIXTURES:
        with open(path, encoding="utf-8") as file:
            assert problems(json.load(file)) == []
    assert problems(GOOD) == []
    for state in ("ACTIVE", "active", "Active", 2, "2"):
        assert problems({"tunedModels": [{**FIXED, "state": state}]}) == []
    with tunemock.start("--clock", "frozen@2024-07-20T18:23:29Z") as server:
        for body in ({**GOOD["tunedModels"][1]}, {"baseModel": BASE_MODEL}):
            assert server.request("POST", "/v1beta/tunedModels", body)[0] == 200
        assert server.request("POST", "/emulator/v1/faults", GOOD["faults"][0])[0] == 200
        for stub in GOOD["stubs"]:
            assert server.request("POST", "/emulator/v1/stubs", stub)[0] == 200
        assert server.request("POST", "/v1beta/tunedModels/x:cancel", {})[0] == 404
        assert problems(server.json("GET", "/emulator/v1/state")[1]) == []


def test_the_schema_refuses_what_the_reader_refuses():
    for seed in ({"colour": 1}, {"tunedModels": {}}, {"tunedModels": [{"name": 1}]}, {"tunedModels": [{**FIXED, "colour": "red"}]},
                 {"permissions": [{"role": "OWNER", "email": "x"}]}, {"clock": {"mode": "fast"}}, {"version": "1.5"},
                 {"tunedModels": [{"state": "DONE"}]}, {"permissions": [{"role": "KING"}]}, {"faults": [{"times": "many"}]}, {"stubs": [{"reply": "x"}]}, {"stubs": [{"replies": [{"words": "x"}]}]},
                 {"stubs": [{"match": {"prompt": 1}}]}, {"scenarios": {"s": {}}}, {"callers": [{"secret": "x"}]}, {"clock": {"time": "noon"}}):
        assert problems(seed), seed


tunemock.run_tests(globals())
