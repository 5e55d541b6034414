"""The control API as its own OpenAPI document says, for tests: calls, and whether a value fits a schema."""
import json
import re

VERBS = ("get", "post", "put", "patch", "delete")
DATE_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z")
TYPES = {"object": dict, "array": list, "string": str, "boolean": bool, "integer": int, "number": (int, float)}
# What the writer of schemas says, and this module understands.
KEYWORDS = {"type", "properties", "patternProperties", "required", "additionalProperties", "items", "enum", "format", "pattern",
            "anyOf", "$ref", "readOnly", "writeOnly", "contentEncoding", "description"}


class Call:
    """One operation: its verb, its path with {id}, and what the document says of it."""

    def __init__(self, verb, path, operation):
        self.verb = verb.upper()
        self.path = path
        self.operation = operation
        self.name = operation["operationId"]

    def parameters(self, place):
        return {each["name"]: each["schema"] for each in self.operation["parameters"] if each.get("in") == place}

    def names_namespace(self):
        """Whether it takes what names its namespace, which stands once for all calls."""
        return {"$ref": "#/components/parameters/namespace"} in self.operation["parameters"]

    def body_schema(self):
        """That of its body; None where it has none."""
        body = self.operation.get("requestBody")
        return body and body["content"]["application/json"]["schema"]

    def target(self, ids="one"):
        return re.sub(r"\{\w+\}", ids, self.path)


class Document:
    def __init__(self, content):
        self.json = json.loads(content)
        self.calls = [Call(verb, path, item[verb]) for path, item in self.json["paths"].items() for verb in VERBS if verb in item]

    def find(self, verb, path):
        """The call of a request's path; None if there is none."""
        for call in self.calls:
            if call.verb == verb and re.fullmatch(re.sub(r"\\\{\w+\\\}", "[^/:]+", re.escape(call.path)), path):
                return call
        return None

    def resolve(self, schema):
        """What a reference stands for, and the schema itself where it is none."""
        while "$ref" in schema:
            place = self.json
            for name in schema["$ref"].removeprefix("#/").split("/"):
                place = place[name]
            schema = place
        return schema

    def response(self, call, status):
        """The schema of an answer; None if it has none."""
        responses = call.operation["responses"]
        response = self.resolve(responses.get(str(status), responses["default"]))
        return response.get("content", {}).get("application/json", {}).get("schema")

    def problems(self, value, schema, path="$"):
        """Why a value does not fit; an empty list if it does."""
        schema = self.resolve(schema)
        assert schema.keys() <= KEYWORDS, schema.keys() - KEYWORDS
        if "anyOf" in schema:
            kinds = [self.problems(value, each, path) for each in schema["anyOf"]]
            return [] if [] in kinds else [problem for kind in kinds for problem in kind]
        names = schema.get("type", [])
        if names and not any(is_type(value, name) for name in ([names] if isinstance(names, str) else names)):
            return [f"{path}: {value!r} is no {names}"]
        if value not in schema.get("enum", [value]):
            return [f"{path}: {value!r} is none of {schema['enum']}"]
        if isinstance(value, str) and not re.search(schema.get("pattern", ""), value):
            return [f"{path}: {value!r} is not like {schema['pattern']}"]
        if schema.get("format") == "date-time" and not DATE_TIME.fullmatch(value):
            return [f"{path}: {value!r} is no time"]
        if isinstance(value, list):
            return [each for index, item in enumerate(value) for each in self.problems(item, schema.get("items", {}), f"{path}[{index}]")]
        if isinstance(value, dict):
            return self.object_problems(value, schema, path)
        return []

    def object_problems(self, value, schema, path):
        found = [f"{path}.{name}: is missing" for name in schema.get("required", [])
                 if name not in value]
        others = schema.get("additionalProperties", {})
        for name, item in value.items():
            known = schema.get("properties", {}).get(name, others)
            found += [f"{path}.{name}: is not known"] if known is False else self.problems(item, known, f"{path}.{name}")
        return found


def is_type(value, name):
    return isinstance(value, TYPES[name]) and (name == "boolean" or not isinstance(value, bool))


def fetch(server, headers=None):
    status, _, content = server.request("GET", "/emulator/v1/openapi.json", headers=headers)
    assert status == 200, content
    return Document(content)
