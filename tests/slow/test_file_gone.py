#!/usr/bin/env -S python3 -B
"""The database file is removed, moved, replaced or cut under a running server."""
import contextlib
import os
import pathlib
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "http"))
import tunemock  # noqa: E402

EXAMPLES = [{"textInput": f"prompt {number}", "output": "answer " * 400} for number in range(20)]
# Enough for a file of several hundred pages.
MODELS = 40
# More than CONNECTION_UNMAPPED_QUERIES of store/connection.c for each worker.
LOOKS = 400


def create(server, model_id):
    # Each has a data set of its own, or the file would stay small.
    examples = [*EXAMPLES, {"textInput": model_id, "output": model_id}]
    body = {"baseModel": "models/gemini-1.5-flash-001-tuning",
            "tuningTask": {"trainingData": {"examples": {"examples": examples}}}}
    return server.json("POST", f"/v1beta/tunedModels?tunedModelId={model_id}", body)


def fill(server, prefix="model", count=MODELS):
    names = [f"{prefix}-{number}" for number in range(count)]
    for name in names:
        assert create(server, name)[0] == 200
    return sorted(names)


def ids(server):
    status, page = server.json("GET", "/v1beta/tunedModels?pageSize=1000")
    assert status == 200, page
    return sorted(model["name"].removeprefix("tunedModels/") for model in page.get("tunedModels", []))


def assert_refuses_writes(server):
    status, answer = create(server, "lost")
    assert status == 503, (status, answer)
    assert answer["error"]["status"] == "UNAVAILABLE", answer
    assert "removed, moved, replaced or cut" in answer["error"]["message"], answer
    assert server.json("GET", "/v1beta/tunedModels/lost")[0] == 404
    assert server.json("DELETE", "/v1beta/tunedModels/model-0")[0] == 503


@contextlib.contextmanager
def place():
    with tempfile.TemporaryDirectory() as folder:
        yield f"{folder}/models.db"


def test_a_removed_file_is_noticed_without_a_write_and_takes_no_writes():
    with place() as path, tunemock.start("--db", path) as server:
        names = fill(server)
        os.unlink(path)
        server.wait_for_log(r"error: store: \S+models\.db was removed or moved away")
        assert_refuses_writes(server)
        assert ids(server) == names
        assert server.log().count("moved away") == 1, server.log()


def test_a_file_that_is_moved_away_is_whole_there_and_can_come_back():
    with place() as path:
        with tunemock.start("--db", path) as server:
            names = fill(server)
            os.rename(path, path + ".away")
            assert_refuses_writes(server)
            # What was in the WAL is in the file by now.
            with contextlib.closing(sqlite3.connect(f"file:{path}.away?immutable=1", uri=True)) as away:
                assert away.execute("SELECT count(*) FROM model").fetchone() == (MODELS,)
            os.rename(path + ".away", path)
            assert create(server, "after")[0] == 200
            server.wait_for_log("is back")
        with tunemock.start("--db", path) as server:
            assert ids(server) == sorted([*names, "after"])


def test_another_file_at_its_place_is_left_alone():
    with place() as path, tempfile.TemporaryDirectory() as folder:
        with tunemock.start("--db", f"{folder}/other.db") as other:
            fill(other, "other", 3)
        with tunemock.start("--db", path) as server:
            fill(server, count=5)
            for name in os.listdir(os.path.dirname(path)):
                if not name.endswith(".lock"):
                    os.unlink(os.path.join(os.path.dirname(path), name))
            shutil.copy(f"{folder}/other.db", path)
            # As if the other one had been killed just now.
            for suffix in ("-wal", "-shm"):
                pathlib.Path(path + suffix).write_bytes(b"not ours")
            assert_refuses_writes(server)
            server.wait_for_log("was removed or moved away|was replaced by another file")
            before = pathlib.Path(path).read_bytes()
        assert pathlib.Path(path).read_bytes() == before
        assert pathlib.Path(path + "-wal").read_bytes() == b"not ours"
        assert pathlib.Path(path + "-shm").read_bytes() == b"not ours"


def test_a_removed_wal_loses_nothing_that_was_acknowledged():
    with place() as path:
        with tunemock.start("--db", path) as server:
            names = fill(server)
            os.unlink(path + "-wal")
            assert_refuses_writes(server)
            server.wait_for_log(r"models\.db-wal was removed")
        with tunemock.start("--db", path) as server:
            assert ids(server) == names


def outcome(server, path):
    """What becomes of requests after the file has changed: the exit status, or None while it serves on."""
    for number in range(30):
        for target in ("/v1beta/tunedModels?pageSize=1000", f"/v1beta/tunedModels/model-{number}"):
            try:
                status, _, _ = server.request("GET", target)
                assert status in (200, 404, 500), status
            except (OSError, tunemock.http.client.HTTPException):
                return server.process.wait(10)
    return None


def have_it_mapped(server):
    """Has each reader look so often that it maps the file, of which a part that is cut is a bus error."""
    for number in range(LOOKS):
        assert server.request("GET", f"/v1beta/tunedModels/nobody-{number}")[0] == 404


def assert_said(server, path, change):
    """The change is made under the server: it goes on with errors that it says, or ends and says why."""
    fill(server)
    time.sleep(0.5)  # The WAL is copied into the file once nobody writes, and then the file is read.
    have_it_mapped(server)
    change(path)
    ended = outcome(server, path)
    if ended is None:
        assert create(server, "lost")[0] in (500, 503)
        server.wait_for_log("error: store: ")
        return
    assert ended == 1, ended
    last = server.log().rstrip("\n").rsplit("\n", 1)[-1]
    assert last.startswith(f"tunemock: {path} cannot be read any more"), last


def started_for_an_end(path):
    """A server of which the stop is not checked if it has ended already."""
    @contextlib.contextmanager
    def run():
        try:
            with tunemock.start("--db", path) as server:
                yield server
        except AssertionError as problem:
            if not str(problem).startswith("exited with 1:"):
                raise
    return run()


def test_a_file_that_is_cut_is_an_error_or_an_end_with_a_last_line():
    for size in (0, 100, 4096, 8192, 100000):
        with place() as path, started_for_an_end(path) as server:
            assert_said(server, path, lambda name, size=size: os.truncate(name, size))


def test_a_file_that_is_written_over_is_an_error_or_an_end_with_a_last_line():
    def write_over(path):
        with open(path, "r+b") as file:
            file.write(b"\xa5" * os.path.getsize(path))
    with place() as path, started_for_an_end(path) as server:
        assert_said(server, path, write_over)


def test_an_index_of_the_wal_that_is_cut_is_an_error_or_an_end_with_a_last_line():
    with place() as path, started_for_an_end(path) as server:
        fill(server, count=3)
        os.truncate(path + "-shm", 0)
        try:
            status = create(server, "next")[0]
            assert status in (200, 500, 503), status
        except (OSError, tunemock.http.client.HTTPException):
            assert server.process.wait(10) == 1
            assert "cannot be read any more" in server.log(), server.log()


def test_the_end_does_not_wait_for_somebody_to_read_its_last_line():
    with place() as path:
        with tunemock.start("--db", path) as server:
            fill(server)
        reading, writing = os.pipe()
        os.set_blocking(writing, False)
        with contextlib.suppress(BlockingIOError):
            while True:
                os.write(writing, bytes(4096))
        os.set_blocking(writing, True)
        process = subprocess.Popen(
            [tunemock.binary(), "serve", "--port", "0", "--db", path, "--log-level", "none"],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=writing, env=tunemock.environment())
        with process:
            try:
                port = int(process.stdout.readline().decode().rsplit(":", 1)[1])
                server = tunemock.Server(process, None, "", port)
                assert len(ids(server)) == MODELS
                have_it_mapped(server)
                os.truncate(path, 0)
                with contextlib.suppress(OSError, tunemock.http.client.HTTPException):
                    for number in range(MODELS):
                        server.request("GET", f"/v1beta/tunedModels/model-{number}")
                        server.request("GET", "/v1beta/tunedModels?pageSize=1000")
                assert process.wait(10) == 1
            finally:
                process.kill()
        os.close(reading)
        os.close(writing)


tunemock.run_tests(globals())
