#!/usr/bin/env python3
"""Measures how long a poller takes to wait a simulated day for a training.

Creates a model whose training lasts a day of a frozen clock, polls its operation in a loop as
clients do, advances the clock by a day where they would sleep, and goes on until the operation is
done. Prints the median and the worst time from the first poll to the end, and the same for one
request that waits (:wait) while another moves the clock. Usage: tests/bench/day.py [RUNS], with
the binary in $TUNEMOCK or build/tunemock.
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
STEPS = 24
OPTIONS = ["--port", "0", "--clock", "frozen", "--step-time", "1h", "--log-level", "none"]
MODEL = {"baseModel": "models/gemini-1.5-flash-001-tuning",
         "tuningTask": {"hyperparameters": {"epochCount": STEPS, "batchSize": 1},
                        "trainingData": {"examples": {"examples": [{"textInput": "1", "output": "2"}]}}}}


class Client:
    """One connection that is kept, as an SDK's."""

    def __init__(self, port):
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)

    def call(self, verb, path, body=None):
        self.connection.request(verb, path, None if body is None else json.dumps(body))
        answer = self.connection.getresponse()
        content = json.loads(answer.read())
        assert answer.status == 200, content
        return content


def poll_for_a_day(client, sleeper):
    """Milliseconds until the operation is done."""
    operation = client.call("POST", "/v1beta/tunedModels", MODEL)
    begin = time.perf_counter()
    polls = 0
    while not (operation := client.call("GET", "/v1/" + operation["name"])).get("done"):
        polls += 1
        sleeper.call("POST", "/emulator/v1/clock:advance", {"duration": "86400s"})
    assert polls <= 2 and operation["response"]["state"] == "ACTIVE", operation
    return (time.perf_counter() - begin) * 1000


def wait_for_a_day(client, sleeper):
    """Milliseconds until a request that waits is answered."""
    model = client.call("POST", "/v1beta/tunedModels", MODEL)["metadata"]["tunedModel"]
    answers = []
    waiting = threading.Thread(
        target=lambda: answers.append(client.call("GET", f"/emulator/v1/{model}:wait?timeout=5s")))
    waiting.start()
    time.sleep(0.1)
    begin = time.perf_counter()
    for _ in range(2):
        sleeper.call("POST", "/emulator/v1/clock:advance", {"duration": "86400s"})
    waiting.join()
    assert answers and answers[0]["state"] == "ACTIVE", answers
    return (time.perf_counter() - begin) * 1000


def main():
    runs = int(sys.argv[1]) if len(sys.argv) > 1 else 20
    server = subprocess.Popen([BINARY, *OPTIONS], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    try:
        port = int(re.search(rb":(\d+)$", server.stdout.readline().strip()).group(1))
        for name, measure in (("a poller", poll_for_a_day), ("a request that waits", wait_for_a_day)):
            values = [measure(Client(port), Client(port)) for _ in range(runs)]
            print(f"{name} is through a simulated day in: median {statistics.median(values):.1f} ms,"
                  f" worst {max(values):.1f} ms ({runs} runs)")
    finally:
        server.terminate()
        server.wait(10)


if __name__ == "__main__":
    main()
