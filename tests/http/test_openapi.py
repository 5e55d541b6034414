#!/usr/bin/env python3
"""The OpenAPI document of the control API: whole in itself, and true of the server that gives it."""
import os
import pathlib
import re
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import openapi  # noqa: E402
import tunemock  # noqa: E402

PROJECT = pathlib.Path(__file__).resolve().parent.parent.parent


def nodes(value):
    """All objects of a JSON value."""
    if isinstance(value, dict):
        yield value
        value = list(value.values())
    if isinstance(value, list):
        for each in value:
            yield from nodes(each)


def test_every_reference_leads_somewhere_and_every_schema_is_used():
    with tunemock.start() as server:
        document = openapi.fetch(server)
    used = {each["$ref"] for each in nodes(document.json) if isinstance(each.get("$ref"), str)}
    assert len(used) > 20, used
    for reference in used:
        document.resolve({"$ref": reference})
    for name in document.json["components"]["schemas"]:
        # Those in an Any are referred to by nobody.
        assert f"#/components/schemas/{name}" in used or name == "CreateTunedModelMetadata", name
        assert re.fullmatch(r"[A-Za-z0-9._-]+", name), name


def test_a_call_is_complete():
    with tunemock.start() as server:
        document = openapi.fetch(server)
    names = [call.name for call in document.calls]
    assert len(names) == len(set(names)) > 10, names
    for call in document.calls:
        assert call.operation["summary"] and call.operation["tags"], call.name
        assert re.findall(r"\{(\w+)\}", call.path) == list(call.parameters("path")), call.name
        is_of_process = call.path in ("/health", "/ready", "/emulator/v1/openapi.json", "/metrics") or "/namespaces" in call.path
        assert call.names_namespace() == (not is_of_process), call.name
        assert "200" in call.operation["responses"] and "default" in call.operation["responses"], call.name
        assert (call.verb not in ("GET", "DELETE")) == (call.body_schema() is not None), call.name
        for each in nodes(call.operation):
            assert "required" not in each or each["required"] is True or isinstance(each["required"], list), each


def test_every_row_of_the_table_is_a_call():
    rows = re.findall(r'CONTROL\(\w+,\s*"([\w.]+)",\s*(\w+),\s*"([^"]+)"',
                      (PROJECT / "server" / "contract" / "methods.def").read_text(encoding="utf-8"))
    with tunemock.start() as server:
        document = openapi.fetch(server)
    found = [(call.name, call.verb, re.sub(r"\{\w+\}", "*", call.path)) for call in document.calls]
    assert sorted(found) == sorted(rows), set(found) ^ set(rows)


def test_every_call_is_answered_as_its_document_says():
    with tunemock.start("--clock", "frozen", "--seed", "1") as server:
        document = openapi.fetch(server)
        for call in document.calls:
            if call.name == "events.list":
                continue  # Its answer has no end: see test_event_streams.py.
            query = "?timeout=0s" if "timeout" in call.parameters("query") else ""
            status, headers, content = server.request(
                call.verb, call.target() + query, None if call.body_schema() is None else {})
            assert str(status) in call.operation["responses"], f"{call.name}: {status} {content}"
            schema = document.response(call, status)
            if schema is not None:
                assert headers["Content-Type"].startswith("application/json"), call.name
                problems = document.problems(openapi.json.loads(content), schema)
                assert not problems, f"{call.name}: {status} {problems} {content}"


def test_what_a_call_takes_is_what_its_document_says():
    """Generated clients send only that."""
    bodies = {
        "faults.create": [{"status": 503}, {"status": "UNAVAILABLE", "match": {"model": {"contains": "x"}}, "delay": "1s"}],
        "stories.create": [{"failAtStep": 2, "error": {"code": 13, "message": "boom"}}, {"failAtStep": 2, "error": {"code": "INTERNAL"}}],
        "requests.count": [{"match": {"status": 429}}, {"match": {"status": "NOT_FOUND"}}],
        "config.patch": [{"seed": 7, "latency": {"uniform": ["1ms", "2ms"]}}, {"seed": "7", "progress": "manual"}],
        "tunedModels.fail": [{"code": 13, "atStep": 2}, {"code": "INTERNAL"}],
    }
    with tunemock.start() as server:
        document = openapi.fetch(server)
        calls = {call.name: call for call in document.calls}
        for name, each in bodies.items():
            for body in each:
                assert not document.problems(body, calls[name].body_schema()), (name, body)
                status, _, content = server.request(calls[name].verb, calls[name].target(), body)
                assert status == (404 if name == "tunedModels.fail" else 200), (name, body, content)
                server.request("DELETE", "/emulator/v1/faults")
        assert [each["required"] for each in calls["requests.export"].operation["parameters"] if "in" in each] == [True]
        assert server.request("GET", "/emulator/v1/requests:export")[0] == 400


def test_the_document_says_how_the_caller_reached_it():
    with tunemock.start() as server:
        for host in ("localhost:1", "sidecar", f"127.0.0.1:{server.port}"):
            assert openapi.fetch(server, {"Host": host}).json["servers"] == [{"url": f"http://{host}"}]
        version = openapi.fetch(server).json["info"]["version"]
        assert server.json("GET", "/emulator/v1/info")[1]["version"] == version
        assert openapi.fetch(server).json["openapi"] == "3.1.0"


def test_asking_for_it_again_and_again_holds_no_memory():
    with tunemock.start("--threads", "1") as server:
        for _ in range(50):
            openapi.fetch(server)
        before = server.memory_kib()
        for _ in range(tunemock.scaled(500)):
            server.request("GET", "/emulator/v1/openapi.json")
        assert tunemock.is_sanitized() or server.memory_kib() < before + 512, (before, server.memory_kib())


tunemock.run_tests(globals())
