#!/usr/bin/env python3
"""Measures snapshots: taking one, going back to it, and deleting it, of so many models.

Makes models with an operation, a permission and examples each, takes a snapshot, and again and
again changes some and goes back. Prints the median and the worst time of each call as its client
sees it, how long others who read waited meanwhile, and the server's processor time for each call,
of a restore by how much had been changed. Usage: tests/bench/snapshots.py [MODELS], with the binary
in $TUNEMOCK or build/tunemock.
"""
import http.client
import json
import os
import re
import statistics
import subprocess
import sys
import threading
import time

BINARY = os.environ.get("TUNEMOCK", "build/tunemock")
ROUNDS = 30
SNAPSHOTS = "/emulator/v1/snapshots"
MODEL = {"baseModel": "models/gemini-1.5-flash-001-tuning",
         "tuningTask": {"trainingData": {"examples": {"examples": [{"textInput": "1", "output": "2"}]}}}}


class Client:
    """One connection that is kept, and how long its calls took."""

    def __init__(self, port):
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        self.took_ms = {}

    def call(self, what, verb, path, body=None):
        begin = time.perf_counter()
        self.connection.request(verb, path, None if body is None else json.dumps(body))
        answer = self.connection.getresponse()
        content = answer.read()
        self.took_ms.setdefault(what, []).append((time.perf_counter() - begin) * 1000)
        assert answer.status == 200, content
        return json.loads(content)

    def tell(self, what):
        took_ms = self.took_ms[what]
        print(f"{what}: median {statistics.median(took_ms):.1f} ms, worst {max(took_ms):.1f} ms ({len(took_ms)} calls)")


def read_on(port, is_over, readers):
    """Asks for a model on and on, at a pace that leaves the processor to the server."""
    client = Client(port)
    readers.append(client)
    while not is_over.is_set():
        client.call("a get meanwhile", "GET", "/v1beta/tunedModels/m0")
        time.sleep(0.001)


def processor_ms(pid):
    with open(f"/proc/{pid}/stat", encoding="ascii") as file:
        fields = file.read().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) * 1000 / os.sysconf("SC_CLK_TCK")


def threads_ms(pid):
    """As processor_ms, to the nanosecond."""
    total_ns = 0
    for thread in os.listdir(f"/proc/{pid}/task"):
        with open(f"/proc/{pid}/task/{thread}/schedstat", encoding="ascii") as file:
            total_ns += int(file.read().split()[0])
    return total_ns / 1e6


def patch(client, numbers):
    for i in numbers:
        client.call("patch", "PATCH", f"/v1beta/tunedModels/m{i}?updateMask=displayName",
                    {"displayName": str(time.perf_counter())})


def make_others(client, model_count):
    client.call("reset", "POST", "/emulator/v1/state:reset", {})
    for i in range(model_count):
        client.call("create", "POST", f"/v1beta/tunedModels?tunedModelId=other{i}", MODEL)


def measure_restores(client, pid, model_count):
    """What a restore costs the server by how much was changed before it: the least of some, in their threads."""
    client.call("work", "POST", SNAPSHOTS, {"id": "s"})
    for what, change in (("nothing", lambda: None),
                         ("1 % patched", lambda: patch(client, range(0, model_count, 100))),
                         ("all patched", lambda: patch(client, range(model_count))),
                         ("all deleted", lambda: client.call("reset", "POST", "/emulator/v1/state:reset", {})),
                         ("all others", lambda: make_others(client, model_count))):
        took_ms = []
        for _ in range(5):
            change()
            begin = threads_ms(pid)
            client.call("work", "POST", f"{SNAPSHOTS}/s:restore")
            took_ms.append(threads_ms(pid) - begin)
        print(f"restore, after changes ({what}): {min(took_ms):.1f} ms of processor time")
    client.call("work", "DELETE", f"{SNAPSHOTS}/s")


def measure_work(client, pid):
    """What each of the three calls costs the server, of many in a row, while nobody else asks."""
    for what, verb, path in (("take", "POST", ""), ("restore", "POST", "/s{}:restore"), ("delete", "DELETE", "/s{}")):
        begin = processor_ms(pid)
        for i in range(ROUNDS):
            client.call("work", verb, SNAPSHOTS + path.format(i), None if path else {"id": f"s{i}"})
        print(f"{what}: {(processor_ms(pid) - begin) / ROUNDS:.1f} ms of processor time")


def measure_waits(client, port, model_count):
    """How long each call takes its client, and others who read meanwhile."""
    readers, is_over = [], threading.Event()
    reading = threading.Thread(target=read_on, args=(port, is_over, readers))
    reading.start()
    for i in range(ROUNDS):
        snapshot = client.call("take", "POST", SNAPSHOTS)
        assert snapshot["models"] == model_count, snapshot
        client.call("delete a model", "DELETE", f"/v1beta/tunedModels/m{i + 1}")
        client.call("restore", "POST", f"{SNAPSHOTS}/{snapshot['id']}:restore")
        client.call("get", "GET", f"/v1beta/tunedModels/m{i + 1}")
        client.call("delete", "DELETE", f"{SNAPSHOTS}/{snapshot['id']}")
    is_over.set()
    reading.join()
    for what in ("take", "restore", "delete"):
        client.tell(what)
    readers[0].tell("a get meanwhile")


def main():
    model_count = int(sys.argv[1]) if len(sys.argv) > 1 else 1000
    server = subprocess.Popen(
        [BINARY, "--port", "0", "--log-level", "none"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    try:
        port = int(re.search(rb":(\d+)$", server.stdout.readline().strip()).group(1))
        client = Client(port)
        for i in range(model_count):
            client.call("create", "POST", f"/v1beta/tunedModels?tunedModelId=m{i}", MODEL)
        print(f"snapshots of {model_count} models:")
        measure_work(client, server.pid)
        measure_restores(client, server.pid, model_count)
        measure_waits(client, port, model_count)
    finally:
        server.terminate()
        server.wait(10)


if __name__ == "__main__":
    main()
