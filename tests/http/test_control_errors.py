#!/usr/bin/env python3
"""What is wrong with a call of the control API is a 4xx that names it: each call of its OpenAPI document, with hostile
bodies, parameters and paths. New calls are tried as soon as they are rows of the tables."""
import json
import os
import sys
import urllib.parse

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import openapi  # noqa: E402
import tunemock  # noqa: E402

# How deep into messages of messages fields are tried; what is below is the service's own, and tried there.
DEPTH_MAX = 3
SHOWN_MAX = 20
EMULATED = {"TunedModel", "Operation", "Permission", "Model"}
STATUS_NAMES = {400: ("INVALID_ARGUMENT", "FAILED_PRECONDITION"), 404: ("NOT_FOUND",), 409: ("ALREADY_EXISTS", "ABORTED")}


def wrong_values(document, schema):
    """JSON values that no reader takes for this schema, however lenient it is."""
    schema = document.resolve(schema)
    if "anyOf" in schema:
        return [[], True]
    kind = schema.get("type")
    if kind == "array":
        return ["text", True]
    if kind == "object":
        return ["text", 7, True]
    if kind == "string":
        return [{"a": 1}, [1]] + (["no time"] if schema.get("format") == "date-time" else [])
    if kind in ("integer", "number"):
        return ["many", {}, [1]]
    if kind == "boolean":
        return ["maybe", {}, 7]
    return []


def fields(document, schema, depth=0):
    """(names, schema) of each field of a message and of the messages in it; names lead to it."""
    schema = document.resolve(schema)
    for name, field in schema.get("properties", {}).items():
        yield [name], field
        inner = field.get("items", field)
        inner = inner.get("anyOf", [inner])[-1]
        if "$ref" in inner and depth < DEPTH_MAX and inner["$ref"].rpartition("/")[2] not in EMULATED:
            for names, below in fields(document, inner, depth + 1):
                yield [name] + (["[]"] if field.get("type") == "array" else []) + names, below


def body_with(names, value):
    """An object that has a value where the names lead; [] is an item of a list."""
    for name in reversed(names):
        value = [value] if name == "[]" else {name: value}
    return value


def snake(name):
    """As the tables spell it: $schema is dollar_schema."""
    return "".join("_" + letter.lower() if letter.isupper() else letter for letter in name.replace("$", "dollar_"))


def assert_error(call, what, answer, named=(), statuses=(400,)):
    status, headers, content = answer
    where = f"{call.name} with {what}: {status} {content[:400]}"
    assert status in statuses, where
    assert headers["Content-Type"] == "application/json; charset=UTF-8", where
    error = json.loads(content)["error"]
    assert error["code"] == status and error["status"] in STATUS_NAMES[status], where
    assert error["message"] and error["message"] == error["message"].strip(), where
    if named:
        assert any(name in error["message"] for name in named), f"{where}: names none of {named}"


def whole_state(server):
    return server.request("GET", "/emulator/v1/state")[2]


def each_call(server, has_body):
    document = openapi.fetch(server)
    for call in document.calls:
        if (call.body_schema() is not None) == has_body:
            yield document, call


def all_with_body(probe):
    """Calls `probe` with each call that has a body; nothing may have changed afterwards."""
    problems = []
    with tunemock.start("--clock", "frozen", "--seed", "1", "--max-body", "100000") as server:
        before = whole_state(server)
        for document, call in each_call(server, True):
            for arguments in probe(document, call):
                try:
                    what, body, named = arguments
                    assert_error(call, what, server.request(call.verb, call.target(), body), named)
                except AssertionError as error:
                    problems.append(str(error))
        assert whole_state(server) == before
    assert not problems, f"{len(problems)} answers:\n" + "\n".join(problems[:SHOWN_MAX])


def test_a_value_of_the_wrong_type_is_named_by_its_field():
    def probe(document, call):
        for names, schema in fields(document, call.body_schema()):
            for value in wrong_values(document, schema):
                body = body_with(names, value)
                # The service names a value that is no message by what cannot be there.
                last = [name for name in names if name != "[]"][-1]
                yield f"{json.dumps(body)}", body, (last, snake(last))
    all_with_body(probe)


def test_an_unknown_name_is_named():
    def probe(document, call):
        yield "an unknown name", {"noSuchName": 1}, ("noSuchName",)
        yield "an unknown name in snake case", {"no_such_name": {"a": []}}, ("no_such_name",)
        for names, schema in fields(document, call.body_schema()):
            inner = document.resolve(schema.get("anyOf", [schema])[-1])
            if inner.get("additionalProperties") is False:
                yield f"an unknown name in {names}", body_with(names, {"noSuchName": 1}), ("noSuchName",)
    all_with_body(probe)


def test_what_is_no_object_is_refused():
    def probe(document, call):
        for body in ("[]", "[{}]", '"text"', "7", "true", "{", "}", '{"a"', '{"a":}', "{}{}", "<xml/>", "a=1&b=2", "\x00", "{}\x00", "'", "nul"):
            yield body, body.encode(), ()
        for body in (b"\xff", b'{"\xff": 1}', b'{"a": "\xc3"}', b'\xef\xbb\xbf\xff', b'{"a": "\xed\xa0\x80"}', "{}".encode("utf-16")):
            yield body, body, ()
    all_with_body(probe)


def test_what_is_too_deep_or_too_large_is_refused():
    def probe(document, call):
        for opening, closing in (("[", "]"), ('{"a":', "}")):
            deep = opening * 20000 + "1" + closing * (20000 if len(opening) == 1 else 1)
            yield f"{opening} 20000 times", deep[:99000], ()
        yield "a large body", "{" + " " * 200000 + "}", ()
        yield "a large unknown name", json.dumps({"n" * 50000: 1}), ()
        for names, _ in fields(document, call.body_schema()):
            nested = body_with(names, json.loads("[" * 60 + '{"noSuchName": 1}' + "]" * 60))
            yield f"{names} nested", nested, ()
    all_with_body(probe)


def test_an_unknown_parameter_is_named_by_every_call_but_probes():
    with tunemock.start("--clock", "frozen") as server:
        before = whole_state(server)
        for call in openapi.fetch(server).calls:
            body = None if call.body_schema() is None else {}
            for query in ("noSuchName=1", "noSuchName", "noSuchName=%7B%7D&noSuchName=2"):
                answer = server.request(call.verb, f"{call.target()}?{query}", body)
                if call.operation.get("security") == []:
                    assert answer[0] == 200, call.name
                else:
                    assert_error(call, query, answer, ("noSuchName",))
            if call.operation.get("security") != []:
                assert_error(call, "%ff", server.request(call.verb, call.target() + "?%ff=1", body))
        assert whole_state(server) == before


def test_a_parameter_of_the_wrong_type_is_named():
    with tunemock.start("--clock", "frozen") as server:
        document = openapi.fetch(server)
        for call in document.calls:
            for name, schema in call.parameters("query").items():
                kind = document.resolve(schema).get("type")
                is_free = kind == "string" and "pattern" not in schema and "enum" not in schema and "format" not in schema
                if is_free:
                    continue
                for value in ("no-such-value", "{}", "1e999x"):
                    query = urllib.parse.urlencode({name: value})
                    assert_error(call, query, server.request(call.verb, f"{call.target()}?{query}"), (name, snake(name)))


def test_what_a_path_names_and_is_not_there_is_a_404_that_shows_it():
    with tunemock.start("--clock", "frozen") as server:
        before = whole_state(server)
        for document in [openapi.fetch(server)]:
            for call in document.calls:
                if "{id}" not in call.path:
                    continue
                for name, shown in (("no-such-id", "no-such-id"), ("%00", ""), ("%ff", ""), ("a%2Fb", ""), ("..%2F", ""), ("x" * 2000, "")):
                    answer = server.request(call.verb, call.target(name), None if call.body_schema() is None else {})
                    # What a body has to say may be asked for first.
                    assert_error(call, name, answer, (shown,) if answer[0] == 404 else (), (400, 404))
        assert whole_state(server) == before


def test_verbs_that_a_path_does_not_have_are_a_404_that_names_those_that_there_are():
    with tunemock.start() as server:
        document = openapi.fetch(server)
        for path in document.json["paths"]:
            there = [call.verb for call in document.calls if call.path == path]
            for verb in ("GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "BREW"):
                if verb not in there:
                    call = next(call for call in document.calls if call.path == path)
                    assert_error(call, verb, server.request(verb, call.target()), there, (404,))


tunemock.run_tests(globals())
