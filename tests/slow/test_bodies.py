#!/usr/bin/env -S python3 -B
"""What the bodies that cost most cost: each alone, and many at a time under a limit of addresses (ulimit -v 1048576)."""
import contextlib
import functools
import itertools
import json
import os
import re
import resource
import string
import sys
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "http"))
import tunemock  # noqa: E402

GENERATE = "/v1beta/models/gemini-1.5-flash:generateContent"
CREATE = "/v1beta/tunedModels"
BATCH = "/v1beta/models/gemini-1.5-flash:batchGenerateContent"

BODY_BYTES = 20 * 1024 * 1024 - 2000
VALUES = 399_000
# limits.h: 20 MiB of body, 150 MiB while it is read, and the server's own.
PEAK_KIB_MAX = 200 * 1024
ADDRESSES_MAX = 1024 ** 3


def repeated(start, item, end, count=VALUES):
    count = min(count, (BODY_BYTES - len(start) - len(end)) // (len(item) + 1))
    return (start + ",".join([item] * count) + end).encode()


def filled(start, byte, end):
    return start.encode() + byte * ((BODY_BYTES - len(start) - len(end)) // len(byte)) + end.encode()


def keys(count):
    letters = itertools.product(string.ascii_letters + string.digits, repeat=4)
    return ["".join(key) for key in itertools.islice(letters, count)]


def schema(rest):
    return ('{"contents":[{"parts":[{"text":"a"}]}],"tools":[{"functionDeclarations":[{"name":"f","parameters":{'
            + rest + "}}]}]}").encode()


def examples(count, size):
    rows = ",".join('{"textInput":"%s%d","output":"%d"}' % ("x" * size, i, i + 1) for i in range(count))
    return ('{"displayName":"n","baseModel":"models/gemini-1.5-flash-001-tuning","tuningTask":{"hyperparameters":'
            '{"epochCount":1,"batchSize":64},"trainingData":{"examples":{"examples":[' + rows + "]}}}}").encode()


@functools.cache
def worst_bodies():
    """Each is (path, body, status)."""
    half = keys(VALUES // 2)
    return {
        "empty contents": (GENERATE, repeated('{"contents":[', "{}", "]}", 6_000_000), 400),
        "contents": (GENERATE, repeated('{"contents":[', "{}", "]}"), 400),
        "any of": (GENERATE, schema('"anyOf":[%s]' % ",".join(['{"type":1}'] * (VALUES // 2))), 200),
        "properties": (GENERATE, schema('"properties":{%s}' % ",".join('"%s":{"type":1}' % key for key in half)), 200),
        "long properties": (GENERATE, schema('"properties":{%s}' % ",".join(
            '"%s%s":{"title":"%s"}' % (key, "k" * 38, "t" * 33) for key in half)), 200),
        "escapes in JSON": (GENERATE, schema('"anyOf":[%s]' % ",".join(['{"example":"%s"}' % ("<" * 500_000)] * 40)), 200),
        "one escaped text": (BATCH, filled('{"batch":"', b"<", '"}'), 400),
        "escaped keys": (BATCH, ('{"batch":{%s}}' % ",".join('"%s%s":1' % (key, "<" * 40) for key in keys(VALUES))).encode(),
                         400),
        "parts": (GENERATE, repeated('{"contents":[{"parts":[', '{"text":"%s"}' % ("a" * 85), "]}]}", VALUES // 2), 200),
        "text": (GENERATE, filled('{"contents":[{"parts":[{"text":"', b"a", '"}]}]}'), 200),
        "control bytes": (GENERATE, filled('{"contents":[{"parts":[{"text":"', b"\x01", '"}]}]}'), 200),
        "quotes": (GENERATE, filled('{"contents":[{"parts":[{"text":\'', b'"', "'}]}]}"), 200),
        "a bad value": (CREATE, filled('{"temperature":"', b"<", '"}'), 400),
        "bad names": (CREATE, ("{%s}" % ",".join('"%s%d":1' % ("<" * 200_000, i) for i in range(99))).encode(), 400),
        "numbers": (CREATE, repeated('{"readerProjectNumbers":[', "1e-%045d" % 1, "]}"), 400),
        "digits": (CREATE, filled('{"temperature":1.', b"9", "}"), 400),
        "faults": ("/emulator/v1/faults", repeated("[", "[]", "]"), 400),
        "short examples": (CREATE, examples(100_000, 0), 200),
        "long examples": (CREATE, examples(100_000, 150), 200),
    }


def peak_kib(server, name="VmHWM"):
    with open(f"/proc/{server.pid}/status", encoding="ascii") as file:
        return int(re.search(rf"^{name}:\s+(\d+)", file.read(), re.MULTILINE).group(1))


def test_the_peak_of_one_body_has_a_bound_whatever_it_holds():
    for name, (path, body, status) in worst_bodies().items():
        with tunemock.start("--threads", "1", "--step-time", "0") as server:
            began = time.monotonic()
            received = server.request("POST", path, body)
            seconds = time.monotonic() - began
            assert received[0] == status, (name, received)
            assert tunemock.is_sanitized() or peak_kib(server) < PEAK_KIB_MAX, (name, peak_kib(server))
            print(f"# {name}: {len(body) / 1e6:.1f} MB, {peak_kib(server) // 1024} MiB, {seconds:.2f} s", flush=True)


def test_a_form_of_a_million_parameters_is_refused():
    with tunemock.start("--threads", "1") as server:
        status, answer = server.json("POST", "/v1beta/tunedModels", b"pageSize=1&" * 1_900_000, {
            "X-HTTP-Method-Override": "GET"})
        assert status == 400 and "query" in answer["error"]["message"], answer


def send_all(server, bodies, statuses):
    for path, body, _ in bodies:
        statuses.append(server.request("POST", path, body)[0])


def hold_bodies(stack, server, count):
    """Connections that have sent all of a large body but its last byte."""
    large = b" " * 16_000_000
    for _ in range(count):
        connection = stack.enter_context(server.connect())
        connection.sendall(b"POST /v1beta/tunedModels HTTP/1.1\r\nHost: localhost\r\nContent-Length: %d\r\n\r\n"
                           % (len(large) + 1) + large)


def test_four_workers_survive_a_limit_of_addresses_of_1_gib():
    if tunemock.is_sanitized():
        return  # they reserve terabytes
    names = ["properties", "long properties", "escapes in JSON", "one escaped text", "parts", "quotes", "bad names",
             "long examples"]
    bodies = [worst_bodies()[name] for name in names]
    small = {"displayName": "kept", "baseModel": "models/gemini-1.5-flash-001-tuning",
             "tuningTask": {"trainingData": {"examples": {"examples": [{"textInput": "1", "output": "2"}]}}}}
    with tunemock.start("--threads", "4", "--step-time", "0", "--log-level", "warning",
                        limits=lambda: resource.setrlimit(resource.RLIMIT_AS, (ADDRESSES_MAX, ADDRESSES_MAX))) as server:
        statuses, kept = [], []
        with contextlib.ExitStack() as stack:
            hold_bodies(stack, server, 10)
            threads = [threading.Thread(target=send_all, args=(server, bodies[i:] + bodies[:i], statuses))
                       for i in range(0, len(bodies), 2)]
            for thread in threads:
                thread.start()
            while any(thread.is_alive() for thread in threads):
                kept.append(server.json("POST", f"/v1beta/tunedModels?tunedModelId=m{len(kept)}", small)[0])
                time.sleep(0.05)
            for thread in threads:
                thread.join()
        assert len(statuses) == len(bodies) * len(threads) and set(statuses) == {200, 400}, statuses
        # What ordinary clients send is served meanwhile, and nothing that was acknowledged is lost.
        assert set(kept) == {200}, kept
        for i in range(len(kept)):
            assert server.request("GET", f"/v1beta/tunedModels/m{i}")[0] == 200
        assert server.json("GET", "/health") == (200, {"status": "ok"})
        print(f"# {len(statuses)} bodies, {statuses.count(200)} served, of addresses at most "
              f"{peak_kib(server, 'VmPeak') // 1024} MiB", flush=True)


def test_the_largest_bodies_at_once_are_served_or_refused_and_leave_nothing():
    path, body, _ = worst_bodies()["long properties"]
    with tunemock.start("--threads", "4") as server:
        before = server.memory_kib()
        statuses = []
        threads = [threading.Thread(target=send_all, args=(server, [(path, body, 0)], statuses)) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(statuses) == 8 and set(statuses) <= {200, 400}, statuses
        server.wait_for_memory(before + 32 * 1024)
        status, answer = server.json("POST", path, body)
        assert status == 200, json.dumps(answer)[:500]


tunemock.run_tests(globals())
