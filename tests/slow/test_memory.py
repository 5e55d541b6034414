#!/usr/bin/env python3
"""The worst readers: answers and streams that nobody reads, under a limit of 1 GiB of address space.

Whatever clients do, the server lives, serves others, refuses what finds no room with the service's 503, and gives the
memory back when they are gone.
"""
import contextlib
import json
import os
import resource
import socket
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "http"))
import tunemock  # noqa: E402

MIB = 1024 * 1024
ADDRESS_SPACE_BYTES = 1024 * MIB
# What the answers of all clients may take together (ANSWERS_BYTES_MAX), and a page of a list (PAGE_BYTES_MAX).
ANSWERS_BYTES_MAX = 192 * MIB
PAGE_BYTES_MAX = 16 * MIB
BASE = "models/gemini-1.5-flash-001-tuning"
OVER = "The emulator holds too many answers that nobody reads. Please try again later."
# After a flood: what the service may still hold after two seconds and after a minute, beyond what it held before.
SOON_BYTES, LATER_BYTES = 32 * MIB, 8 * MIB


def limit_address_space():
    resource.setrlimit(resource.RLIMIT_AS, (ADDRESS_SPACE_BYTES, ADDRESS_SPACE_BYTES))


@contextlib.contextmanager
def start(*options):
    """A server with four workers that has answered some requests. The sanitizers map more than any limit allows."""
    limits = None if tunemock.is_sanitized() else limit_address_space
    with tunemock.start("--step-time", "0", "--threads", "4", *options, limits=limits) as server:
        for _ in range(50):
            server.request("GET", "/v1beta/tunedModels")
        yield server


def memory(server, name):
    """VmRSS, VmHWM, RssAnon, ... in bytes."""
    with open(f"/proc/{server.pid}/status", encoding="ascii") as file:
        for line in file:
            if line.startswith(name + ":"):
                return int(line.split()[1]) * 1024
    raise AssertionError(f"no {name}")


def wait_for_memory(server, name, bytes_max, seconds):
    """Waits until the server holds no more than this; generous, since the machine may be busy."""
    deadline = time.monotonic() + seconds
    while memory(server, name) > bytes_max and time.monotonic() < deadline:
        time.sleep(0.1)
    if not tunemock.is_sanitized():
        held = memory(server, name)
        assert held <= bytes_max, f"{name} is {held // MIB} MiB, not {bytes_max // MIB} MiB"


def create(server, model_id, examples, epochs, **fields):
    task = {"hyperparameters": {"epochCount": epochs, "batchSize": 1}, "trainingData": {"examples": {"examples": examples}}}
    body = {"baseModel": BASE, "tuningTask": task, **fields}
    status, answer = server.json("POST", f"/v1beta/tunedModels?tunedModelId={model_id}", body)
    assert status == 200, answer
    return answer["name"]


def example(number, output="2"):
    return {"textInput": f"x{number}", "output": output}


def request(path, body=None, headers=""):
    content = json.dumps(body).encode() if body is not None else b""
    verb = "GET" if body is None else "POST"
    return f"{verb} {path} HTTP/1.1\r\nHost: localhost\r\nContent-Length: {len(content)}\r\n{headers}\r\n".encode() + content


@contextlib.contextmanager
def readers_of_nothing(server, sent, count):
    """So many clients that have sent a request and whose windows are small."""
    with contextlib.ExitStack() as stack:
        clients = []
        for _ in range(count):
            client = stack.enter_context(socket.socket())
            client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            client.settimeout(tunemock.SECONDS_MAX)
            client.connect(("127.0.0.1", server.port))
            client.sendall(sent)
            clients.append(client)
        yield clients


def first_bytes(client):
    return client.recv(12, socket.MSG_PEEK)


def read_bytes(client, count):
    left = count
    while left > 0:
        part = client.recv(left)
        assert part, f"the connection ended {left} bytes early"
        left -= len(part)


def sort_answers(clients):
    """(those with a 200, of which nothing was read; those refused), once all have an answer."""
    begun = [client for client in clients if first_bytes(client) == b"HTTP/1.1 200"]
    refused = [client for client in clients if first_bytes(client) == b"HTTP/1.1 503"]
    assert len(begun) + len(refused) == len(clients), [first_bytes(client) for client in clients]
    return begun, refused


def check_refusal(client):
    status, headers, body = tunemock.read_answer(client)
    error = json.loads(body)["error"]
    assert status == 503 and headers["Retry-After"] == "1", (status, headers)
    assert headers["Content-Type"] == "application/json; charset=UTF-8", headers
    assert error == {"code": 503, "message": OVER, "status": "UNAVAILABLE"}, error


def check_others_are_served(server):
    assert server.json("GET", "/health") == (200, {"status": "ok"})
    name = create(server, "small", [example(1)], 1)
    status, answer = server.json("POST", "/v1beta/tunedModels/small:generateContent",
                                 {"contents": [{"parts": [{"text": "x1"}]}]})
    assert status == 200 and answer["candidates"][0]["content"]["parts"][0]["text"] == "2", answer
    assert server.json("GET", "/v1/" + name)[1]["done"] is True
    assert server.json("DELETE", "/v1beta/tunedModels/small")[0] == 200


def test_operations_that_nobody_reads_are_refused_and_given_back():
    """Clients that ask for the operation of a model with 100,000 steps, 32 MB each, and read nothing."""
    with start() as server:
        operation = create(server, "big", [example(1)], 100000)
        time.sleep(1.5)
        before = memory(server, "VmRSS")
        count = 12 if tunemock.is_sanitized() else 40
        with readers_of_nothing(server, request("/v1/" + operation), count) as clients:
            begun, refused = sort_answers(clients)
            assert begun and refused, (len(begun), len(refused))
            for client in refused:
                check_refusal(client)
            check_others_are_served(server)
            if not tunemock.is_sanitized():
                assert memory(server, "VmHWM") < 2 * ANSWERS_BYTES_MAX, memory(server, "VmHWM")
            # Who reads after all goes on reading.
            read_bytes(begun[0], MIB)
        wait_for_memory(server, "VmRSS", before + SOON_BYTES, 10)
        wait_for_memory(server, "VmRSS", before + LATER_BYTES, 60)
        # And there is room again.
        assert server.request("GET", "/v1beta/tunedModels/big")[0] == 200


def test_pages_end_early_and_find_no_room_like_other_answers():
    with start() as server:
        for number in range(20):
            create(server, f"m{number}", [example(1)], 10000)
        time.sleep(1.5)
        before = memory(server, "VmRSS")
        status, _, body = server.request("GET", "/v1/operations?pageSize=1000")
        page = json.loads(body)
        assert status == 200 and page["nextPageToken"] and 1 < len(page["operations"]) < 20, len(page["operations"])
        assert PAGE_BYTES_MAX <= len(body) < PAGE_BYTES_MAX + 8 * MIB, len(body)
        names = [operation["name"] for operation in page["operations"]]
        while "nextPageToken" in page:
            page = server.json("GET", f"/v1/operations?pageSize=1000&pageToken={page['nextPageToken']}")[1]
            names += [operation["name"] for operation in page["operations"]]
        assert len(set(names)) == len(names) == 20, names
        with readers_of_nothing(server, request("/v1beta/tunedModels?pageSize=1000"), 40) as clients:
            begun, refused = sort_answers(clients)
            assert begun and refused, (len(begun), len(refused))
            check_refusal(refused[0])
            check_others_are_served(server)
        wait_for_memory(server, "VmRSS", before + LATER_BYTES, 60)


def test_streams_hold_their_answer_and_not_the_data_set():
    with start("--stream-delay", "10s") as server:
        create(server, "data", [example(number, "z" * 4900) for number in range(4000)], 1)
        sent = request("/v1beta/tunedModels/data:streamGenerateContent", {"contents": [{"parts": [{"text": "x7"}]}]})
        count = tunemock.scaled(200)
        with readers_of_nothing(server, sent, count) as clients:
            begun, _ = sort_answers(clients)
            assert len(begun) == count, len(begun)
            # 200 answers of 5 KB, and their requests and connections.
            wait_for_memory(server, "RssAnon", 64 * MIB, 10)
            check_others_are_served(server)


def test_streams_over_the_budget_are_refused_before_they_begin():
    # Each of these holds an answer of 1 MB.
    output = "word " * 200000
    seed = {"version": 1, "tunedModels": [
        {"name": "tunedModels/long", "baseModel": BASE, "state": "ACTIVE",
         "tuningTask": {"trainingData": {"examples": {"examples": [example(1, output)]}}}}]}
    path = os.path.join(os.environ.get("TMPDIR", "/tmp"), f"tunemock-memory-{os.getpid()}.json")
    with open(path, "w", encoding="utf-8") as file:
        json.dump(seed, file)
    try:
        with start("--stream-delay", "10s", "--data", path) as server:
            sent = request("/v1beta/tunedModels/long:streamGenerateContent?alt=sse",
                           {"contents": [{"parts": [{"text": "x1"}]}]})
            with readers_of_nothing(server, sent, 250) as clients:
                begun, refused = sort_answers(clients)
                assert begun and refused, (len(begun), len(refused))
                for client in refused:
                    check_refusal(client)
                check_others_are_served(server)
    finally:
        os.unlink(path)


def test_requests_are_gone_while_their_answers_are_delayed():
    with start() as server:
        fault = {"method": "tunedModels.generateContent", "kind": "slow", "delay": "600s"}
        assert server.json("POST", "/emulator/v1/faults", fault)[0] == 200
        before = memory(server, "VmRSS")
        body = {"contents": [{"parts": [{"text": "x" * MIB}]}]}
        count = tunemock.scaled(100)
        with readers_of_nothing(server, request("/v1beta/tunedModels/none:generateContent", body), count):
            time.sleep(1)
            wait_for_memory(server, "VmRSS", before + SOON_BYTES, 20)


def test_memory_of_many_connections_is_given_back():
    with start() as server:
        before = memory(server, "VmRSS")
        hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
        count = tunemock.scaled(min(8000, hard - 200))
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
        with readers_of_nothing(server, request("/v1beta/models"), count) as clients:
            begun, refused = sort_answers(clients)
            assert begun, len(refused)
            check_others_are_served(server)
        wait_for_memory(server, "VmRSS", before + SOON_BYTES, 10)
        wait_for_memory(server, "VmRSS", before + LATER_BYTES, 60)


def test_memory_of_large_bodies_is_given_back():
    with start() as server:
        before = memory(server, "VmRSS")
        body = {"contents": [{"parts": [{"text": "word " * 20}]} for _ in range(tunemock.scaled(50000))]}
        for _ in range(8):
            assert server.json("POST", "/v1beta/tunedModels/none:generateContent", body)[0] == 404
        wait_for_memory(server, "VmRSS", before + LATER_BYTES, 60)


if __name__ == "__main__":
    tunemock.run_tests(globals())
