#!/usr/bin/env python3
"""Measures what namespaces cost: 1 to 10,000 of them, with one tuned model each.

For each count a fresh server. Prints the resident memory per namespace, the processor time of the
server (it does not see what else the machine does) for the first request of a namespace, for the
create of its model, for a generateContent in one of them, chosen at random, and for its deletion;
the same generateContent with as many models in one namespace; and what is left when all are gone.
Usage: tests/bench/namespaces.py [COUNT...], with the binary in $TUNEMOCK or build/tunemock.
"""
import http.client
import json
import os
import random
import re
import subprocess
import sys
import time

BINARY = os.environ.get("TUNEMOCK", "build/tunemock")
OPTIONS = ["--port", "0", "--step-time", "0", "--threads", "1", "--seed", "1", "--log-level", "none"]
COUNTS = [1, 10, 100, 1000, 10000]
CALLS = 2000  # of generateContent
RANDOM = random.Random(7)
MODEL = json.dumps({"baseModel": "models/gemini-1.5-flash-001-tuning", "tuningTask": {"trainingData": {"examples": {
    "examples": [{"textInput": "1", "output": "2"}, {"textInput": "seven", "output": "eight"}]}}}})
PROMPT = json.dumps({"contents": [{"parts": [{"text": "1"}]}]})


class Server:
    def __init__(self):
        self.process = subprocess.Popen([BINARY, *OPTIONS], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        port = int(re.search(rb":(\d+)$", self.process.stdout.readline().strip()).group(1))
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)

    def call(self, verb, path, body=None, namespace=None):
        self.connection.request(verb, path, body, {"X-Emulator-Namespace": namespace} if namespace else {})
        answer = self.connection.getresponse()
        content = answer.read()
        assert answer.status == 200, (verb, path, answer.status, content)
        return content

    def resident_kib(self):
        """Private memory, without the store's pages, which are in files."""
        with open(f"/proc/{self.process.pid}/status", encoding="ascii") as file:
            text = file.read()
        return int(re.search(r"RssAnon:\s+(\d+)", text).group(1))

    def store_kib(self):
        """What its store's files hold, which have no names."""
        folder = f"/proc/{self.process.pid}/fd"
        files = {}
        for descriptor in os.listdir(folder):
            if "/tunemock-memory" in os.readlink(f"{folder}/{descriptor}"):
                status = os.stat(f"{folder}/{descriptor}")
                files[status.st_ino] = status.st_blocks // 2
        return sum(files.values())

    def cpu_us(self):
        """Processor time of all its threads."""
        folder = f"/proc/{self.process.pid}/task"
        total = 0
        for thread in os.listdir(folder):
            with open(f"{folder}/{thread}/schedstat", encoding="ascii") as file:
                total += int(file.read().split()[0])
        return total / 1e3

    def cost_us(self, count, call):
        """Processor time for each of so many calls; call is given their number."""
        begin = self.cpu_us()
        for number in range(count):
            call(number)
        return (self.cpu_us() - begin) / count

    def stop(self):
        self.process.terminate()
        self.process.wait(60)


def generate_cost(server, path_and_namespace):
    """Of one generateContent, each to a model chosen at random."""
    def generate(_):
        path, namespace = path_and_namespace()
        assert b'"2"' in server.call("POST", f"/v1beta/{path}:generateContent", PROMPT, namespace)

    server.cost_us(CALLS // 10, generate)
    return server.cost_us(CALLS, generate)


def measure_namespaces(count):
    server = Server()
    try:
        names = [f"test_suite.py::test_number_{number}" for number in range(count)]
        server.call("POST", "/v1beta/tunedModels?tunedModelId=m", MODEL)
        server.call("GET", "/emulator/v1/clock")
        time.sleep(0.3)
        at_rest = server.resident_kib()
        # The journal keeps no calls of the control API: what is added is the namespace alone.
        first = server.cost_us(count, lambda number: server.call("GET", "/emulator/v1/clock", None, names[number]))
        empty = server.resident_kib()
        create = server.cost_us(count, lambda number: server.call("POST", "/v1beta/tunedModels?tunedModelId=m", MODEL, names[number]))
        full, stored = server.resident_kib(), server.store_kib()
        generate = generate_cost(server, lambda: ("tunedModels/m", RANDOM.choice(names)))
        listed = server.cost_us(3, lambda _: server.call("GET", "/emulator/v1/namespaces"))
        quoted = [name.replace(":", "%3A") for name in names]
        delete = server.cost_us(count, lambda number: server.call("DELETE", f"/emulator/v1/namespaces/{quoted[number]}"))
        time.sleep(0.5)
        left, still_stored = server.resident_kib(), server.store_kib()
        print(f"{count:,} namespaces: {(empty - at_rest) / count:.2f} KiB each, {(full - at_rest) / count:.2f} with a model, "
              f"{full - at_rest:,} KiB in all, {left - at_rest:,} when they are gone; store {stored:,} and {still_stored:,} KiB; "
              f"first request {first:.0f} us, create {create:.0f}, generateContent {generate:.0f}, deletion {delete:.0f}, "
              f"list {listed:.0f}", flush=True)
    finally:
        server.stop()


def measure_models(count):
    server = Server()
    try:
        for number in range(count):
            server.call("POST", f"/v1beta/tunedModels?tunedModelId=m{number}", MODEL)
        cost = generate_cost(server, lambda: (f"tunedModels/m{RANDOM.randrange(count)}", None))
        print(f"{count:,} models in one namespace: generateContent {cost:.0f} us", flush=True)
    finally:
        server.stop()


def main():
    for count in [int(word) for word in sys.argv[1:]] or COUNTS:
        measure_namespaces(count)
        measure_models(count)


if __name__ == "__main__":
    main()
