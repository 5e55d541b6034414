"""The OpenAPI document of the control API, by a real validator, and real answers by its schemas."""
import urllib.error
import urllib.request

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


client.finish()
