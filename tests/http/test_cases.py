#!/usr/bin/env python3
"""The cases of tests/http/cases/ over a socket. tests/unit/test_cases.c says what they look like, and runs them in
process; here are those that need no moving of the clock, and those with options of the command line."""
import contextlib
import glob
import json
import os
import re
import tempfile

import tunemock

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))

# As the loopback is set: what is expected to the byte depends on it.
FIXED = ("--seed", "1", "--clock", "frozen@2024-07-20T18:23:29Z")

REPETITION = re.compile(r"\{([^{}\"*]+)\*(\d+)\}")


def read_file(path):
    with open(os.path.join(ROOT, path), encoding="utf-8", newline="") as file:
        return file.read()


class Player:
    """Plays the steps of one case against one server."""

    def __init__(self, server, version):
        self.server = server
        self.variables = {"version": version}

    def expand(self, text):
        """Fills in {variable} and {text*count}."""
        text = REPETITION.sub(lambda match: match.group(1) * int(match.group(2)), text)
        return re.sub(r"\{(\w+)\}", lambda match: self.variables.get(match.group(1), match.group(0)), text)

    def body(self, step):
        if "bodyFile" in step:
            return read_file(step["bodyFile"]).encode()
        if "body" not in step:
            return None
        body = step["body"]
        text = body if isinstance(body, str) else json.dumps(body, ensure_ascii=False, separators=(",", ":"))
        return self.expand(text).encode()

    def includes(self, actual, expected, place=""):
        """Asserts that `actual` has all that `expected` has."""
        if isinstance(expected, str):
            expected = self.expand(expected)
            assert expected == "*" or actual == expected, f"{place}: {actual!r} is not {expected!r}"
        elif isinstance(expected, list):
            assert isinstance(actual, list), f"{place} is no list"
            assert len(actual) == len(expected), f"{place} has {len(actual)} items, not {len(expected)}"
            for index, item in enumerate(expected):
                self.includes(actual[index], item, f"{place}.{index}")
        elif isinstance(expected, dict):
            assert isinstance(actual, dict), f"{place} is no object"
            for name, value in expected.items():
                if value is None:
                    assert name not in actual, f"{place}.{name} is there"
                    continue
                assert name in actual, f"{place}.{name} is missing"
                self.includes(actual[name], value, f"{place}.{name}")
        else:
            assert type(actual) in (int, float, bool) and actual == expected, f"{place}: {actual!r} is not {expected!r}"

    def contains(self, text, parts):
        position = 0
        for part in map(self.expand, parts):
            found = text.find(part, position)
            assert found >= 0, f"{part!r} is not in what follows {position}"
            position = found + len(part)

    def headers(self, headers, expected):
        for name, value in expected.items():
            actual = headers.get_all(name, [])
            if value == "*":
                assert actual, f"no header {name}"
            else:
                values = [] if value is None else [value] if isinstance(value, str) else value
                assert actual == [self.expand(item) for item in values], f"header {name} is {actual}"

    def play(self, step):
        status, headers, body = self.server.request(
            step["method"], self.expand(step["path"]), self.body(step),
            {name: self.expand(value) for name, value in step.get("headers", {}).items()})
        text = body.decode()
        try:
            assert status == step["status"], f"the status is not {step['status']}"
            expected = step.get("expect")
            if "expectFile" in step:
                assert text == read_file(step["expectFile"]), "the body is not that of the file"
            if isinstance(expected, str):
                assert text == self.expand(expected), f"the body is not {self.expand(expected)!r}"
            elif expected is not None:
                self.includes(json.loads(text), expected)
            self.contains(text, step.get("contains", []))
            self.headers(headers, step.get("expectHeaders", {}))
            for name, path in step.get("save", {}).items():
                value = json.loads(text)
                for part in path.split("."):
                    value = value[int(part)] if isinstance(value, list) else value[part]
                self.variables[name] = value
        except (AssertionError, ValueError, KeyError) as error:
            raise AssertionError(
                f"{step['method']} {step['path']}: {error}\nHTTP {status}\n{headers}{text[:4000]}") from None


@contextlib.contextmanager
def seed_options(case):
    """The options that load the case's seed: a file of its own, or a temporary one."""
    data = case.get("data")
    if data is None:
        yield []
    elif isinstance(data, str):
        yield ["--data", os.path.join(ROOT, data)]
    else:
        with tempfile.NamedTemporaryFile("w", suffix=".json", encoding="utf-8") as file:
            json.dump(data, file, ensure_ascii=False)
            file.flush()
            yield ["--data", file.name]


def play(case, version, fidelity):
    options = [*FIXED, "--fidelity", fidelity, "--auth", case.get("auth", "open"),
               "--step-time", case.get("stepTime", "300ms"), *case.get("options", [])]
    with seed_options(case) as data, tunemock.start(*options, *data) as server:
        player = Player(server, version)
        for step in case["steps"]:
            player.play(step)


def tests():
    """One function for each case, version and fidelity, by its name."""
    found = {}
    for path in sorted(glob.glob(os.path.join(HERE, "cases", "*.json"))):
        for case in json.loads(read_file(path)):
            if any("advance" in step for step in case["steps"]):
                continue
            fidelities = case.get("fidelity", "compat")
            for version in case.get("versions", ["v1beta"]):
                for fidelity in [fidelities] if isinstance(fidelities, str) else fidelities:
                    # The loop's variables are bound now, not when the test runs.
                    def test(case=case, version=version, fidelity=fidelity):
                        play(case, version, fidelity)
                    test.__name__ = f"{case['name']} ({version}, {fidelity})"
                    assert test.__name__ not in found, f"two cases have one name: {test.__name__}"
                    found["test_" + test.__name__] = test
    return found


if __name__ == "__main__":
    tunemock.run_tests(tests())
