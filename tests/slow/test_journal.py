#!/usr/bin/env python3
"""The journal under a flood of requests of all sizes: it is full after some thousands, and takes no more memory then.

REQUESTS=1000000 sends ten times as many.
"""
import json
import os
import random
import sys
import threading

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "http"))
import tunemock  # noqa: E402

REQUESTS = int(os.environ.get("REQUESTS", "100000"))
FIRST_REQUESTS = max(REQUESTS // 10, 20_000)
CONNECTIONS = 4
BATCH = 50
GROWTH_KIB_MAX = 2 * 1024
# The journals' budget, their slots, and what the heap may have beside it.
JOURNAL_KIB_MAX = 12 * 1024
EXAMPLES = [{"textInput": f"prompt {i}", "output": "answer " * (1 + i % 40)} for i in range(100)]
MODEL = {"baseModel": "models/gemini-1.5-flash-001-tuning",
         "tuningTask": {"trainingData": {"examples": {"examples": EXAMPLES}}}}


def make_request(chance):
    """The bytes of one request, of a size between 100 bytes and 6 KiB."""
    kind = chance.random()
    prompt = f"prompt {chance.randrange(100)}" + "x" * int(chance.paretovariate(0.8) * 10 % 6000)
    body = json.dumps({"contents": [{"parts": [{"text": prompt}]}]}).encode()
    target = "/v1beta/tunedModels/one:generateContent?key=secret-key"
    if kind < 0.2:
        target, body = "/v1beta/tunedModels/one", b""
    elif kind < 0.3:
        target, body = "/v1beta/tunedModels/none" + "y" * chance.randrange(500), b""
    elif kind < 0.4:
        target = "/v1beta/tunedModels/one:streamGenerateContent"
    verb = "POST" if body else "GET"
    head = f"{verb} {target} HTTP/1.1\r\nHost: localhost\r\nContent-Length: {len(body)}\r\n\r\n"
    return head.encode() + body


def flood(server, count, seed):
    """Sends them on one connection, some at a time."""
    chance = random.Random(seed)
    batches = [b"".join(make_request(chance) for _ in range(BATCH)) for _ in range(20)]
    with server.connect() as connection:
        for number in range(count // BATCH):
            connection.sendall(batches[number % len(batches)])
            missing, tail = BATCH, b""
            while missing:
                part = connection.recv(1 << 18)
                assert part, "the server has closed the connection"
                data = tail + part
                missing -= data.count(b"HTTP/1.1 ")
                tail = data[-8:]
            # The rest of the last answer.
            connection.setblocking(False)
            try:
                while connection.recv(1 << 18):
                    pass
            except BlockingIOError:
                pass
            connection.settimeout(tunemock.SECONDS_MAX)


def send(server, count, seed):
    threads = [threading.Thread(target=flood, args=(server, count // CONNECTIONS, seed + i)) for i in range(CONNECTIONS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def check_growth(*options):
    with tunemock.start("--step-time", "0", "--threads", "4", "--log-level", "warning", *options) as server:
        assert server.request("POST", "/v1beta/tunedModels?tunedModelId=one", MODEL)[0] == 200
        before = server.memory_kib()
        send(server, tunemock.scaled(FIRST_REQUESTS), 1)
        first = server.memory_kib()
        send(server, tunemock.scaled(REQUESTS - FIRST_REQUESTS), 2)
        last = server.memory_kib()
        status, answer = server.json("POST", "/emulator/v1/requests:count", {"match": {}})
        print(f"# {' '.join(options)}: {before} KiB, after {FIRST_REQUESTS} requests {first} KiB, after {REQUESTS} {last} KiB,"
              f" {answer['count']} entries")
        assert status == 200 and answer["count"] > 0
        if not tunemock.is_sanitized():
            assert last - first < GROWTH_KIB_MAX, (first, last)
        return before, last, answer["count"]


def test_a_journal_of_a_thousand_does_not_grow():
    assert check_growth()[2] == 1000


def test_a_journal_without_a_bound_of_its_own_has_that_of_all():
    before, last, count = check_growth("--journal-max", "1000000")
    assert count > 2000
    if not tunemock.is_sanitized():
        assert last - before < JOURNAL_KIB_MAX + 8 * 1024, (before, last)


tunemock.run_tests(globals())
