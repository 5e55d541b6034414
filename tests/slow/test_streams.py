#!/usr/bin/env python3
"""A thousand slow streams at once: no thread waits for them, others are served as ever, and each comes to its end.

Nothing here is timed. Where streams are to be slow, their chunks are minutes apart, and that none has a second one says
that all that happened meanwhile was not held up by them.
"""
import contextlib
import json
import os
import resource
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "http"))
import tunemock  # noqa: E402

BASE = "models/gemini-1.5-flash-001-tuning"
OUTPUT = "It is sunny, with a little wind; \u00e9t\u00e9 \u5929\u6c17\u306f\u6674\u308c \U0001F468\u200D\U0001F469\u200D\U0001F467 all day.\n"
SPARE_DESCRIPTORS = 200
# Beyond what the server held before; measured at 35 KiB a stream, most of them of its connection.
STREAM_KIB_MAX = 96


def stream_count():
    """A thousand, or as many as there may be sockets here and in a server that we start."""
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    return tunemock.scaled(min(1000, hard - SPARE_DESCRIPTORS))


def create(server, model_id, output):
    task = {"trainingData": {"examples": {"examples": [{"textInput": "weather", "output": output}]}}}
    body = {"baseModel": BASE, "tuningTask": task}
    status, answer = server.json("POST", f"/v1beta/tunedModels?tunedModelId={model_id}", body)
    assert status == 200, answer


PROMPT = {"contents": [{"parts": [{"text": "weather"}]}]}


def text_of(chunk):
    return chunk["candidates"][0]["content"]["parts"][0]["text"]


@contextlib.contextmanager
def streams(server, count, query="?alt=sse", pace=None):
    """So many clients that have asked for a stream."""
    body = json.dumps(PROMPT)
    header = f"X-Emulator-Stream-Delay: {json.dumps(pace)}\r\n" if pace else ""
    sent = (f"POST /v1beta/tunedModels/slow:streamGenerateContent{query} HTTP/1.1\r\nHost: localhost\r\n"
            f"Content-Length: {len(body)}\r\nConnection: close\r\n{header}\r\n{body}").encode()
    with contextlib.ExitStack() as stack:
        clients = [stack.enter_context(server.connect()) for _ in range(count)]
        for client in clients:
            client.sendall(sent)
        yield clients


def has_more(client):
    client.setblocking(False)
    try:
        return client.recv(1) != b""
    except BlockingIOError:
        return False
    finally:
        client.settimeout(tunemock.SECONDS_MAX)


def thread_count(server):
    return len(os.listdir(f"/proc/{server.pid}/task"))


def check_others_are_served(server):
    for number in range(20):
        assert server.json("GET", "/health") == (200, {"status": "ok"})
        create(server, f"other{number}", "yes")
        path = f"/v1beta/tunedModels/other{number}"
        status, answer = server.json("POST", path + ":generateContent", PROMPT)
        assert status == 200 and text_of(answer) == "yes", answer
        status, answer = server.json("GET", "/v1beta/tunedModels?pageSize=1000")
        assert status == 200 and len(answer["tunedModels"]) == 2, answer
        assert server.json("PATCH", path + "?updateMask=description", {"description": "x"})[0] == 200
        assert server.json("DELETE", path)[0] == 200


def test_others_are_served_between_two_chunks_of_a_thousand_streams():
    count = stream_count()
    with tunemock.start("--step-time", "0", "--stream-delay", "10m") as server:
        create(server, "slow", OUTPUT)
        check_others_are_served(server)
        threads, kib = thread_count(server), server.memory_kib()
        with streams(server, count) as clients:
            for client in clients:
                # An event, and the end of HTTP's chunk.
                received = tunemock.read_until(client, b"}\r\n\r\n\r\n")
                assert received.startswith(b"HTTP/1.1 200") and received.count(b"data: ") == 1, received
            check_others_are_served(server)
            assert not any(map(has_more, clients))
            assert thread_count(server) == threads
            server.wait_for_memory(kib + STREAM_KIB_MAX * count)
            server.stop()
            for client in clients:
                assert tunemock.read_to_end(client) == b""


def test_a_thousand_streams_whose_first_chunk_is_late_have_begun():
    count = stream_count()
    with tunemock.start("--step-time", "0") as server:
        create(server, "slow", OUTPUT)
        descriptors = server.descriptor_count()
        with streams(server, count, "", {"firstToken": "10m"}) as clients:
            for client in clients:
                received = tunemock.read_until(client, b"\r\n\r\n")
                assert received.startswith(b"HTTP/1.1 200") and received.endswith(b"\r\n\r\n"), received
            check_others_are_served(server)
            assert not any(map(has_more, clients))
        # Nobody waits for them: the server sees within seconds that they have gone.
        server.wait_for_descriptors(descriptors + 10)


def chunks_of(answer, query):
    if not query:
        return json.loads(answer)
    events = answer.decode().split("\r\n\r\n")
    assert events.pop() == "" and all(event.startswith("data: ") for event in events), answer
    return [json.loads(event[len("data: "):]) for event in events]


def test_a_thousand_streams_at_their_own_paces_are_whole():
    count = stream_count()
    with tunemock.start("--step-time", "0") as server:
        create(server, "slow", OUTPUT)
        pace = {"firstToken": {"lognormal": {"median": "50ms", "p99": "500ms"}},
                "betweenTokens": {"uniform": ["1ms", "60ms"]}}
        for query in "?alt=sse", "":
            with streams(server, count, query, pace) as clients:
                check_others_are_served(server)
                for client in clients:
                    status, _, answer = tunemock.read_answer(client)
                    chunks = chunks_of(answer, query)
                    assert status == 200 and len(chunks) >= 4, chunks
                    assert "".join(map(text_of, chunks)) == OUTPUT, chunks
                    reasons = ["finishReason" in chunk["candidates"][0] for chunk in chunks]
                    assert reasons == [False] * (len(chunks) - 1) + [True], chunks


if __name__ == "__main__":
    tunemock.run_tests(globals())
