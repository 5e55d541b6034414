#!/usr/bin/env -S python3 -B
"""A store on a disk that others keep full to the last byte: it can be emptied and used again, for ever, and across kills."""
import contextlib
import functools
import os
import shutil
import sqlite3
import sys
import tempfile
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "http"))
import disk  # noqa: E402
import tunemock  # noqa: E402

DISK_BYTES = 8 << 20
BASE_MODEL = "models/gemini-1.5-flash-001-tuning"
CREATES_MAX = 5000
ROUNDS = tunemock.scaled(1000)
KILLS = 5


def create(server, model_id, length=4000):
    examples = [{"textInput": model_id, "output": "x" * length}]
    body = {"baseModel": BASE_MODEL, "tuningTask": {"trainingData": {"examples": {"examples": examples}}}}
    return server.json("POST", f"/v1beta/tunedModels?tunedModelId={model_id}", body)


def create_large(server, model_id):
    """With a data set that has no room in what is set aside for commits."""
    examples = [{"textInput": f"{model_id} {number}", "output": "x" * 5000} for number in range(300)]
    body = {"baseModel": BASE_MODEL, "tuningTask": {"trainingData": {"examples": {"examples": examples}}}}
    return server.json("POST", f"/v1beta/tunedModels?tunedModelId={model_id}", body)


def delete(server, model_id):
    return server.json("DELETE", f"/v1beta/tunedModels/{model_id}")


def model_ids(server):
    found, token = [], ""
    while True:
        status, page = server.json("GET", f"/v1beta/tunedModels?pageSize=1000&pageToken={token}")
        assert status == 200, page
        found += [model["name"].removeprefix("tunedModels/") for model in page.get("tunedModels", [])]
        token = page.get("nextPageToken", "")
        if not token:
            return found


def create_until_full(server):
    kept = []
    for number in range(CREATES_MAX):
        status, answer = create(server, f"model-{number}")
        if status != 200:
            assert status == 503 and "no space left" in answer["error"]["message"], answer
            return kept
        kept.append(f"model-{number}")
    raise AssertionError("the disk does not fill")


def on_a_small_disk(*more, size_bytes=DISK_BYTES, at=None):
    """Calls the test with a disk; skips it, by name, where none can be mounted."""
    def decorate(test):
        @functools.wraps(test)
        def run():
            with tempfile.TemporaryDirectory() as folder:
                small = disk.SmallDisk(at or folder, size_bytes, *more)
                with contextlib.closing(small):
                    if small.is_permitted:
                        test(small)
                    else:
                        print(f"# skipped, no file system may be mounted here: {test.__name__}")
        return run
    return decorate


def empty_and_fill(small, server, rounds):
    """What is full is emptied and filled, one by one, by a server whose disk has no free byte."""
    kept = create_until_full(server)
    assert len(kept) > 100, kept
    small.fill()
    for number in range(rounds):
        assert delete(server, kept.pop(0)) == (200, {}), number
        status, answer = create(server, f"again-{number}")
        assert status == 200, (number, answer)
        kept.append(f"again-{number}")
        if number % 20 == 0:
            small.fill()
    assert sorted(model_ids(server)) == sorted(kept)
    # Small changes that bring nothing.
    path = f"/v1beta/tunedModels/{kept[0]}"
    status, answer = server.json("PATCH", path + "?updateMask=displayName", {"displayName": "new"})
    assert status == 200, answer
    status, answer = server.json("GET", path + "/permissions")
    assert status == 200, answer
    # All of it, and then as much again.
    for model_id in kept:
        assert delete(server, model_id) == (200, {}), model_id
    for number in range(len(kept) // 2):
        status, answer = create(server, f"last-{number}")
        assert status == 200, (number, answer)


@on_a_small_disk()
def test_a_full_disk_is_emptied_and_filled_a_thousand_times(small):
    options = ["--db", f"{small.path}/models.db", "--step-time", "0"]
    with tunemock.start(*options, limits=small.enter) as server:
        empty_and_fill(small, server, ROUNDS)
        kept = model_ids(server)
    with tunemock.start(*options, limits=small.enter) as server:
        assert model_ids(server) == kept


@contextlib.contextmanager
def binary_beside_tmp():
    """For tests that mount something over /tmp, where the binary may be."""
    path = tunemock.binary()
    with tempfile.TemporaryDirectory(dir="/var/tmp") as folder:
        os.environ["TUNEMOCK"] = shutil.copy(path, folder)
        try:
            yield
        finally:
            os.environ["TUNEMOCK"] = path


@on_a_small_disk(("/tmp", 1 << 20), size_bytes=64 << 20, at="/dev/shm")
@binary_beside_tmp()
def test_full_memory_is_emptied_and_filled_likewise(small):
    small.fill((64 << 20) - DISK_BYTES)
    with tunemock.start("--step-time", "0", limits=small.enter, variables={"TMPDIR": "/tmp"}) as server:
        server.wait_for_log("data in memory: /dev/shm has [0-9]+ MiB free, creates will soon be refused")
        empty_and_fill(small, server, ROUNDS // 4)


@on_a_small_disk()
def test_creates_do_not_use_up_what_deletes_need(small):
    with tunemock.start("--db", f"{small.path}/models.db", "--step-time", "0", limits=small.enter) as server:
        kept = create_until_full(server)
        small.fill()
        for number in range(tunemock.scaled(600)):
            status, answer = create(server, f"more-{number}", length=4000 if number % 2 else 1)
            if status == 200:
                kept.append(f"more-{number}")
            else:
                assert status == 503, answer
        for model_id in kept:
            assert delete(server, model_id) == (200, {}), model_id
        assert create(server, "afterwards")[0] == 200


@on_a_small_disk()
def test_large_models_go_too(small):
    with tunemock.start("--db", f"{small.path}/models.db", "--step-time", "0", limits=small.enter) as server:
        path = "/v1beta/tunedModels"
        status, answer = create_large(server, "large")
        assert status == 200, answer
        for number in range(200):
            permission = {"granteeType": "USER", "emailAddress": f"u{number}@example.com", "role": "READER"}
            status, answer = server.json("POST", path + "/large/permissions", permission)
            assert status == 200, answer
        create_until_full(server)
        small.fill()
        status, answer = create_large(server, "too-large")
        assert status == 503, answer
        assert delete(server, "large") == (200, {})
        for number in range(100):
            assert create(server, f"small-{number}")[0] == 200, number


@on_a_small_disk()
def test_a_kill_on_a_full_disk_loses_nothing_and_the_next_start_deletes(small):
    options = ["--db", f"{small.path}/models.db", "--step-time", "0", "--log-level", "none"]
    with tunemock.start(*options, limits=small.enter) as server:
        kept = set(create_until_full(server))
        small.fill()
    small.fill()
    for kill in range(KILLS):
        with contextlib.suppress(ConnectionError), tunemock.start(*options, limits=small.enter) as server:
            assert set(model_ids(server)) == kept
            changes = Changes(server, kept, f"k{kill}")
            changes.run_until(lambda: server.process.kill())
            server.process.wait()
            kept = changes.kept
            raise ConnectionError  # no peaceful end
        small.fill()
        with tunemock.start(*options, limits=small.enter) as server:
            found = set(model_ids(server))
            unsure = changes.unsure
            assert kept - unsure <= found <= kept | unsure, (kept ^ found, unsure)
            kept = found
        small.fill()


class Changes:
    """Deletes and creates by four clients. `kept` are the models that must be there, `unsure` those whose last change
    was never answered."""

    def __init__(self, server, kept, prefix):
        self._server = server
        self._lock = threading.Lock()
        self._prefix = prefix
        self._answered_count = 0
        self._is_enough = threading.Event()
        self.kept = set(kept)
        self._candidates = sorted(kept)
        self.unsure = set()

    def run_until(self, act):
        threads = [threading.Thread(target=self._client, args=(number,)) for number in range(4)]
        for thread in threads:
            thread.start()
        assert self._is_enough.wait(tunemock.SECONDS_MAX), self._answered_count
        act()
        for thread in threads:
            thread.join()

    def _client(self, client):
        number = 0
        with contextlib.suppress(OSError, ValueError, tunemock.http.client.HTTPException):
            while True:
                number += 1
                with self._lock:
                    gone = self._candidates.pop(0)
                self._change(gone, lambda: delete(self._server, gone), self.kept.discard)
                new = f"{self._prefix}-{client}-{number}"
                self._change(new, lambda: create(self._server, new), self._note_new)

    def _note_new(self, model_id):
        self.kept.add(model_id)
        self._candidates.append(model_id)

    def _change(self, model_id, send, note):
        with self._lock:
            self.unsure.add(model_id)
        status, answer = send()
        with self._lock:
            self.unsure.discard(model_id)
            if status == 200:
                note(model_id)
            else:
                assert status == 503, answer
            self._answered_count += 1
            if self._answered_count > 60:
                self._is_enough.set()


@on_a_small_disk()
def test_a_server_that_was_stopped_on_a_full_disk_starts_there_again(small):
    options = ["--db", f"{small.path}/models.db", "--step-time", "0"]
    with tunemock.start(*options, limits=small.enter) as server:
        kept = create_until_full(server)
        small.fill()
    small.fill()  # what the stopped one may have given back
    with tunemock.start(*options, limits=small.enter) as server:
        assert sorted(model_ids(server)) == sorted(kept)
        for model_id in kept:
            assert delete(server, model_id) == (200, {}), model_id
        assert create(server, "afterwards")[0] == 200
        small.empty()
    with tunemock.start(*options, limits=small.enter) as server:
        assert model_ids(server) == ["afterwards"]


def make_older(path):
    """Takes a database that was closed in peace back to version 1."""
    with tempfile.NamedTemporaryFile() as copy:
        shutil.copyfile(path, copy.name)
        with contextlib.closing(sqlite3.connect(copy.name, isolation_level=None)) as file:
            file.executescript("""
                PRAGMA journal_mode = DELETE;
                DROP INDEX permission_by_email; DROP INDEX permission_of_everyone; DROP INDEX operation_added;
                DROP INDEX model_of_job;
                CREATE UNIQUE INDEX permission_by_email ON permission (namespace_id, model_seq, email)
                WHERE email <> '';
                VACUUM;
                PRAGMA user_version = 1;
                PRAGMA journal_mode = WAL;""")
        shutil.copyfile(copy.name, path)


@on_a_small_disk()
def test_a_file_of_an_older_version_can_be_emptied_where_its_migration_took_the_last_room(small):
    options = ["--db", f"{small.path}/models.db", "--step-time", "0"]
    with tunemock.start(*options, limits=small.enter) as server:
        kept = [f"model-{number}" for number in range(60)]
        for model_id in kept:
            assert create(server, model_id)[0] == 200
    make_older(small.outside("models.db"))
    status = os.statvfs(small.outside())
    small.fill(status.f_bavail * status.f_frsize - (256 << 10))
    with tunemock.start(*options, limits=small.enter) as server:
        # The room is set aside while the start goes on, but before the first commit.
        assert delete(server, kept.pop(0)) == (200, {})
        small.fill()
        for model_id in kept:
            assert delete(server, model_id) == (200, {}), model_id
        assert create(server, "afterwards")[0] == 200
    with tunemock.start(*options, limits=small.enter) as server:
        assert model_ids(server) == ["afterwards"]


@on_a_small_disk()
def test_what_is_set_aside_does_not_dwindle_from_start_to_start(small):
    options = ["--db", f"{small.path}/models.db", "--step-time", "0"]
    for number in range(4):
        with tunemock.start(*options, limits=small.enter) as server:
            kept = model_ids(server) or create_until_full(server)
            small.fill()
            # Long enough for the WAL to begin anew, and to be cut.
            for model_id in kept[:100]:
                assert delete(server, model_id) == (200, {})
                create(server, model_id)
            time.sleep(0.5)
            assert os.stat(small.outside("models.db-wal")).st_blocks * 512 >= 1 << 20, number


@on_a_small_disk()
def test_who_begins_on_a_full_disk_sets_more_aside_when_there_is_room(small):
    small.fill(DISK_BYTES - (512 << 10))
    with tunemock.start("--db", f"{small.path}/models.db", "--step-time", "0", limits=small.enter) as server:
        small.empty()
        assert create(server, "model")[0] == 200
        deadline = time.monotonic() + tunemock.SECONDS_MAX
        while os.stat(small.outside("models.db-wal")).st_blocks * 512 < 1 << 20:
            assert time.monotonic() < deadline
            time.sleep(0.05)


def run_in(small, *options, variables=None):
    """Runs to its end a server that should not start; returns (status, stderr)."""
    process = tunemock.subprocess.run(
        [tunemock.binary(), "--port", "0", *options], stdin=tunemock.subprocess.DEVNULL, capture_output=True,
        env=tunemock.environment(variables), preexec_fn=small.enter, timeout=tunemock.SECONDS_MAX, check=False)
    return process.returncode, process.stderr.decode()


@on_a_small_disk(("/tmp", 1 << 20), size_bytes=1 << 20, at="/dev/shm")
@binary_beside_tmp()
def test_too_little_memory_is_said_at_start(small):
    status, errors = run_in(small, variables={"TMPDIR": "/tmp"})
    assert status == 1 and "no room for data in memory" in errors and "--shm-size" in errors, (status, errors)


@on_a_small_disk(("/tmp", 32 << 20), size_bytes=1 << 20, at="/dev/shm")
@binary_beside_tmp()
def test_a_small_memory_disk_is_passed_over_for_one_with_room(small):
    with tunemock.start(limits=small.enter, variables={"TMPDIR": "/tmp"}) as server:
        server.wait_for_log("data in memory: /tmp$")
        assert create(server, "model")[0] == 200


tunemock.run_tests(globals())
