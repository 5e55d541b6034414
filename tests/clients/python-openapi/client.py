"""The OpenAPI document of the control API and the schema of seed files, by real validators, and real answers by these."""
import json
import os
import pathlib
import subprocess
import urllib.error
import urllib.request

import jsonschema
import openapi_spec_validator
from openapi_schema_validator import OAS31Validator
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012

from lib import client

client.announce("openapi-spec-validator")
document, _ = client.rest("GET", "/emulator/v1/openapi.json")


def calls():
    for path, item in document["paths"].items():
        for verb, operation in item.items():
            yield verb.upper(), path, operation


def answer(verb, path, body=None):
    """(status, content) of a call that may fail."""
    request = urllib.request.Request(client.URL + path, method=verb, data=body, headers={"Content-Type": "application/json"})
    try:
        with urllib.request.urlopen(request, timeout=client.SECONDS_MAX) as answered:
            return answered.status, client.json.load(answered)
    except urllib.error.HTTPError as error:
        return error.code, client.json.load(error)


def pointer(*names):
    """A reference into the document: slashes of names are ~1, and what cannot stand in a URI is escaped."""
    return "urn:openapi#/" + "/".join(urllib.request.quote(name.replace("~", "~0").replace("/", "~1")) for name in names)


def assert_fits(value, response, path, verb):
    registry = Registry().with_resource("urn:openapi", Resource(contents=document, specification=DRAFT202012))
    names = ["paths", path, verb.lower(), "responses", response]
    if "$ref" in document["paths"][path][verb.lower()]["responses"][response]:
        names = ["components", "responses", response]
    schema = {"$ref": pointer(*names, "content", "application/json", "schema")}
    OAS31Validator(schema, registry=registry).validate(value)


@client.step("the document is valid OpenAPI 3.1")
def _():
    openapi_spec_validator.validate(document)
    assert openapi_spec_validator.OpenAPIV31SpecValidator(document).is_valid()


@client.step("every schema is a valid JSON Schema")
def _():
    for schema in document["components"]["schemas"].values():
        OAS31Validator.check_schema(schema)
    assert len(document["components"]["schemas"]) > 20


@client.step("a call that reads answers as its schema says")
def _():
    model = client.trained_model("for schemas").removeprefix("tunedModels/")
    checked = 0
    for verb, path, operation in calls():
        response = operation["responses"]["200"]
        if verb != "GET" or "content" not in response:
            continue
        status, value = answer(verb, path.replace("{id}", model))
        if status == 200:
            assert_fits(value, "200", path, verb)
            checked += 1
    assert checked >= 6, checked


@client.step("a call that fails answers as its schema says")
def _():
    for verb, path, operation in calls():
        if "400" not in operation["responses"] or verb == "GET":
            continue
        status, value = answer(verb, path.replace("{id}", "none"), b'{"noSuchField": [}')
        if status >= 400:
            assert_fits(value, str(status) if str(status) in operation["responses"] else "default", path, verb)


BINARY = os.environ["TUNEMOCK"]
seed_schema = json.loads(subprocess.check_output([BINARY, "schema"]))
BAD_SEEDS = (
    {"colour": 1}, {"tunedModels": {}}, {"tunedModels": [{"name": "tunedModels/a", "state": "DONE"}]},
    {"tunedModels": [{"tuningTask": {"colour": 1}}]}, {"permissions": [{"name": "tunedModels/a/permissions/1", "role": "KING"}]},
    {"faults": [{"status": 503, "times": "many"}]}, {"faults": [{"match": {"colour": 1}}]}, {"stories": [{"colour": 1}]},
    {"jobs": [{"end": {"colour": 1}}]}, {"clock": {"mode": "sometimes"}}, {"clock": {"time": 1}}, {"config": {"colour": 1}},
    {"counter": 1.5}, {"numbers": {"rows": []}}, {"version": "one"}, [])


def is_seed(value):
    return jsonschema.Draft202012Validator(seed_schema).is_valid(value)


def is_taken(value):
    """Whether the server would begin with this seed."""
    return subprocess.run([BINARY, "validate", "-"], input=json.dumps(value).encode(), stdout=subprocess.DEVNULL,
                          check=False).returncode == 0


@client.step("the schema of seed and state files is a valid JSON Schema")
def _():
    jsonschema.Draft202012Validator.check_schema(seed_schema)
    assert seed_schema["$schema"] == jsonschema.Draft202012Validator.META_SCHEMA["$id"]


@client.step("it takes every seed of the tests, and what the server exports")
def _():
    tests = pathlib.Path(os.environ["PROJECT"]) / "tests"
    seeds = [json.loads(path.read_text(encoding="utf-8")) for path in sorted((tests / "fixtures").glob("seed_*.json"))]
    for path in sorted((tests / "http" / "cases").glob("*.json")):
        seeds += [case["data"] for case in json.loads(path.read_text(encoding="utf-8")) if "data" in case]
    seeds.append(client.rest("GET", "/emulator/v1/state")[0])
    assert len(seeds) > 20, len(seeds)
    for seed in filter(is_taken, seeds):
        jsonschema.Draft202012Validator(seed_schema).validate(seed)
    assert is_taken(seeds[-1]) and seeds[-1]["tunedModels"]


@client.step("it refuses what the server refuses")
def _():
    for seed in BAD_SEEDS:
        assert not is_taken(seed) and not is_seed(seed), seed


client.finish()
