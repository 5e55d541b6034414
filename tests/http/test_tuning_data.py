#!/usr/bin/env -S python3 -B
"""Where the data of Vertex AI's tuning jobs come from, and what becomes of a job whose data are not as they should be."""
import json
import os
import sqlite3
import tempfile
import time

import storage
import tunemock

JOBS = "/v1beta1/projects/p/locations/us-central1/tuningJobs"
SAMPLES = "gs://cloud-samples-data/ai-platform/generative_ai/"


def turn(role, text):
    return {"role": role, "parts": [{"text": text}]}


def lines(*examples):
    """JSON Lines of pairs, or of whole examples."""
    whole = [{"contents": [turn("user", each[0]), turn("model", each[1])]} if isinstance(each, tuple) else each
             for each in examples]
    return "".join(json.dumps(each) + "\n" for each in whole).encode()


def spec(uri, **more):
    return {"baseModel": "gemini-2.5-flash", "supervisedTuningSpec": {"trainingDatasetUri": uri, **more}}


def create(server, uri, **more):
    """The job as it is once it has ended, and the headers of its create."""
    status, headers, body = server.request("POST", JOBS, spec(uri, **more))
    assert status == 200, body
    name = json.loads(body)["name"]
    deadline = time.monotonic() + tunemock.SECONDS_MAX
    while True:
        status, job = server.json("GET", f"/v1beta1/{name}")
        assert status == 200, job
        if job["state"] in ("JOB_STATE_SUCCEEDED", "JOB_STATE_FAILED"):
            return job, headers
        assert time.monotonic() < deadline, job
        time.sleep(0.01)


def failure(server, uri, **more):
    job, _ = create(server, uri, **more)
    assert job["state"] == "JOB_STATE_FAILED" and job["error"]["code"] == 3, job
    assert "tunedModel" not in job, job
    return job["error"]["message"]


def ask(server, job, text, **more):
    status, headers, body = server.request("POST", f"/v1beta1/{job['tunedModel']['endpoint']}:generateContent",
                                           {"contents": [turn("user", text)], **more})
    assert status == 200, body
    return json.loads(body)["candidates"][0]["content"]["parts"][0]["text"], headers["X-Emulator-Answer"]


def statistics(job):
    return job["tuningDataStats"]["supervisedTuningDataStats"]


class Folder:
    """A folder of --gcs."""

    def __init__(self):
        self._folder = tempfile.TemporaryDirectory()
        self.path = self._folder.name

    def write(self, name, content):
        path = os.path.join(self.path, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "wb") as file:
            file.write(content)

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self._folder.cleanup()


def start(*arguments, host=None):
    return tunemock.start("--step-time", "0", *arguments, variables={"STORAGE_EMULATOR_HOST": host or ""})


def test_a_folder_has_the_data():
    with Folder() as folder:
        folder.write("b/sub/t.jsonl", lines(("hello", "bonjour"), ("thanks", "merci")))
        with start("--gcs", folder.path) as server:
            job, headers = create(server, "gs://b/sub/t.jsonl")
            assert job["state"] == "JOB_STATE_SUCCEEDED" and "X-Emulator-Hint" not in headers, (job, headers)
            assert ask(server, job, "Hello") == ("bonjour", "example:0")
            assert statistics(job)["tuningDatasetExampleCount"] == "2"
            assert statistics(job)["userMessagePerExampleDistribution"] == {
                "sum": "4", "min": 2, "max": 2, "mean": 2, "median": 2, "p5": 2, "p95": 2,
                "buckets": [{"count": 2, "left": 2, "right": 2}]}
            assert statistics(job)["userDatasetExamples"][1] == {"role": "model", "parts": [{"text": "bonjour"}]}


def test_a_context_tells_equal_inputs_apart():
    french, german = ({"role": "system", "parts": [{"text": f"Answer in {each}."}]} for each in ("French", "German"))
    examples = [{"systemInstruction": french, "contents": [turn("user", "hello"), turn("model", "bonjour")]},
                {"systemInstruction": german, "contents": [turn("user", "hello"), turn("model", "hallo")]},
                {"contents": [turn("user", "one"), turn("model", "two"), turn("user", "and?"), turn("model", "three")]},
                {"messages": [{"role": "user", "content": "and?"}, {"role": "model", "content": "nothing"}]}]
    with Folder() as folder:
        folder.write("b/t.jsonl", lines(*examples))
        with start("--gcs", folder.path) as server:
            job, _ = create(server, "gs://b/t.jsonl")
            assert ask(server, job, "hello", systemInstruction=german) == ("hallo", "example:1")
            assert ask(server, job, "hello", systemInstruction=french) == ("bonjour", "example:0")
            assert ask(server, job, "hello") == ("bonjour", "example:0")
            assert ask(server, job, "and?") == ("nothing", "example:3")
            conversation = [turn("user", "one"), turn("model", "two"), turn("user", "and?")]
            assert ask(server, job, "", contents=conversation) == ("three", "example:2")


def test_an_emulator_of_the_storage_has_the_data():
    data = lines(("hello", "bonjour"))
    with storage.start() as store:
        store.objects[("b", "a b/t.jsonl")] = data
        store.objects[("b", "chunks")] = lambda handler: handler.answer_in_chunks(data, 7)
        store.objects[("b", "moved")] = lambda handler: handler.answer(
            307, b"", Location="/storage/v1/b/b/o/a%20b%2Ft.jsonl?alt=media")
        for host in (store.url, f"127.0.0.1:{store.port}", store.url + "/"):
            with start(host=host) as server:
                job, _ = create(server, "gs://b/a b/t.jsonl")
                assert ask(server, job, "hello") == ("bonjour", "example:0")
        assert store.asked == ["/storage/v1/b/b/o/a%20b%2Ft.jsonl?alt=media"] * 3, store.asked
        with start(host=store.url) as server:
            for name in ("chunks", "moved"):
                job, _ = create(server, f"gs://b/{name}", validationDatasetUri="gs://b/a b/t.jsonl")
                assert ask(server, job, "hello") == ("bonjour", "example:0")
        assert len(store.asked) == 3 + 2 + 3, store.asked


def test_what_an_emulator_says_instead_fails_the_job():
    with storage.start() as store:
        store.objects.update({
            ("b", "busy"): lambda handler: handler.answer(503, b"no"),
            ("b", "loop"): lambda handler: handler.answer(302, b"", Location="/storage/v1/b/b/o/loop?alt=media"),
            ("b", "away"): lambda handler: handler.answer(302, b"", Location="https://storage.googleapis.com/x"),
            ("b", "zip"): lambda handler: handler.answer(200, b"x", Content_Encoding="gzip"),
            ("b", "short"): lambda handler: handler.answer(200, b"x", Content_Length="2", Connection="close"),
            ("b", "large"): b"x" * 2049,
        })
        with start("--max-body", "2048", host=store.url) as server:
            for name, words in (("missing", "answers 404 Not Found"), ("busy", "answers 503"), ("loop", "more than 5 times"),
                                ("away", "which is https"), ("zip", "is compressed"), ("large", "larger than 2048 bytes")):
                message = failure(server, f"gs://b/{name}")
                assert message.startswith(f"gs://b/{name} cannot be read: http://127.0.0.1:"), message
                assert "(STORAGE_EMULATOR_HOST)" in message and words in message, message
    with start(host="https://127.0.0.1:1") as server:
        assert "plain http" in failure(server, "gs://b/x")
    with start(host=store.url) as server:
        assert "Connection refused" in failure(server, "gs://b/x")


def test_samples_are_there_without_a_network():
    with start() as server, storage.start() as store, start(host=store.url) as other:
        for each in (server, other):
            for folder in ("", "gemini/text/", "gemini-1_5/text/", "gemini-2_0/text/"):
                job, headers = create(each, f"{SAMPLES}{folder}sft_train_data.jsonl",
                                      validationDatasetUri=f"{SAMPLES}{folder}sft_validation_data.jsonl")
                assert job["state"] == "JOB_STATE_SUCCEEDED" and "X-Emulator-Hint" not in headers, (job, headers)
                assert statistics(job)["tuningDatasetExampleCount"] == "16", job


def test_without_data_compat_has_a_hint_and_strict_a_failure():
    with start() as server:
        job, headers = create(server, "gs://b/t.jsonl")
        assert job["state"] == "JOB_STATE_SUCCEEDED" and "tuningDataStats" not in job, job
        for words in ("gs://b/t.jsonl", "--gcs DIR", "STORAGE_EMULATOR_HOST", SAMPLES):
            assert words in headers["X-Emulator-Hint"], headers["X-Emulator-Hint"]
    with start("--fidelity", "strict") as server:
        assert "--gcs DIR" in failure(server, "gs://b/t.jsonl")


def test_bad_lines_are_named():
    good = lines(("a", "b"))
    with Folder() as folder:
        folder.write("b/line.jsonl", good + b'\n{"contents":[{"role":"user","parts":[{"text":"a"}]},{"role":"modle"}]}\n')
        folder.write("b/array.json", b"[" + good + b"]")
        folder.write("b/bytes", b'{"contents":"\xff"}')
        folder.write("b/empty", b"\r\n")
        folder.write("b/good", good)
        folder.write("b/many", good * 5001)
        with start("--gcs", folder.path) as server:
            for name, message in (
                    ("line.jsonl", ', line 3: contents[1].role: must be "user" or "model"'),
                    ("array.json", ": must be JSON Lines: one object a line, and no list around them"),
                    ("bytes", ", line 1: is no UTF-8: byte 14"), ("empty", ": has no examples")):
                assert failure(server, f"gs://b/{name}") == f"gs://b/{name}{message}"
            assert failure(server, "gs://b/good", validationDatasetUri="gs://b/empty") == "gs://b/empty: has no examples"
            assert failure(server, "gs://b/good", validationDatasetUri="gs://b/many") == (
                "gs://b/many: has more than 5000 examples")
            job, _ = create(server, "gs://b/many")
            assert statistics(job)["tuningDatasetExampleCount"] == "5001"


def test_what_is_no_file_of_the_folder_is_not_read():
    with Folder() as outside, Folder() as folder:
        outside.write("secret", lines(("a", "b")))
        folder.write("b/good", lines(("a", "b")))
        os.symlink(os.path.join(outside.path, "secret"), os.path.join(folder.path, "b", "out"))
        os.mkfifo(os.path.join(folder.path, "b", "fifo"))
        with start("--gcs", folder.path) as server:
            for name, words in (("missing", "No such file or directory (--gcs)"), ("out", "leads out of the folder"),
                                ("fifo", "is no file")):
                assert words in failure(server, f"gs://b/{name}"), name
            _, headers = create(server, "gs://elsewhere/good")
            hint = headers["X-Emulator-Hint"]
            assert f"--gcs {folder.path} has no folder of this bucket: have it at {folder.path}/" in hint, hint


def test_equal_data_are_kept_once():
    with Folder() as folder, tempfile.TemporaryDirectory() as place:
        folder.write("b/one", lines(("a", "b"), ("c", "d")))
        folder.write("c/two", lines(("a", "b"), ("c", "d")).replace(b"\n", b"\r\n\r\n"))
        path = os.path.join(place, "db")
        with start("--gcs", folder.path, "--db", path) as server:
            create(server, "gs://b/one")
            create(server, "gs://c/two")
        connection = sqlite3.connect(path)
        assert connection.execute("SELECT count(*) FROM data_set").fetchone() == (1,)
        connection.close()


def begin(server, uri):
    """Sends a create whose answer is not waited for."""
    body = json.dumps(spec(uri))
    connection = server.connect()
    connection.sendall(f"POST {JOBS} HTTP/1.1\r\nHost: localhost\r\nContent-Length: {len(body)}\r\n\r\n{body}".encode())
    return connection


def wait_until(is_so):
    deadline = time.monotonic() + tunemock.SECONDS_MAX
    while not is_so():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_a_slow_emulator_keeps_nobody_else_waiting():
    data = lines(("a", "b"))
    with storage.start() as store:
        def slow(handler):
            handler.hang()
            handler.answer(200, data)
        store.objects[("b", "slow")] = slow
        with start("--threads", "1", host=store.url) as server:
            with begin(server, "gs://b/slow") as connection:
                wait_until(lambda: len(store.asked) == 1)
                for _ in range(10):
                    assert server.request("GET", "/v1beta/tunedModels")[0] == 200
                store.let_go.set()
                assert connection.recv(100).startswith(b"HTTP/1.1 200 ")
            assert len(store.asked) == 1, store.asked


def test_a_client_that_leaves_lets_the_next_have_its_turn():
    with storage.start() as store:
        store.objects[("b", "slow")] = lambda handler: handler.hang()
        store.objects[("b", "good")] = lines(("a", "b"))
        with start(host=store.url) as server:
            connection = begin(server, "gs://b/slow")
            wait_until(lambda: len(store.asked) == 1)
            waiting = begin(server, "gs://b/good")
            connection.close()
            with waiting:
                assert waiting.recv(100).startswith(b"HTTP/1.1 200 ")


def test_the_end_of_the_server_is_the_end_of_the_wait():
    with storage.start() as store:
        store.objects[("b", "slow")] = lambda handler: handler.hang()
        with start(host=store.url) as server:
            connections = [begin(server, "gs://b/slow") for _ in range(3)]
            wait_until(lambda: len(store.asked) == 1)
            server.process.terminate()
            for connection in connections:
                with connection:
                    assert connection.recv(100).startswith(b"HTTP/1.1 504 ")
            assert server.process.wait(tunemock.SECONDS_MAX) == 0
            assert not store.let_go.is_set()


tunemock.run_tests(globals())
