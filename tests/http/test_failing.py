#!/usr/bin/env -S python3 -B
"""What the server does when the machine fails it: no space, no right to write, somebody else's file, a sudden end."""
import contextlib
import ctypes
import os
import resource
import sqlite3
import subprocess
import tempfile

import disk
import tunemock

DISK_BYTES = 1 << 20
# As many creates as this fill that disk, whatever a row costs.
CREATES_MAX = 200
# Deletes, each followed by a create, on a disk that stays full.
ROUNDS = 10
OUTPUT = "two " * 1000
BASE_MODEL = "models/gemini-1.5-flash-001-tuning"

# From <sys/prctl.h> and <linux/capability.h>; Python has no names for them yet.
PR_CAPBSET_DROP = 24
CAP_DAC_OVERRIDE = 1

libc = ctypes.CDLL(None, use_errno=True)


def create(server, model_id):
    examples = [{"textInput": model_id, "output": OUTPUT}]
    body = {"baseModel": BASE_MODEL, "tuningTask": {"trainingData": {"examples": {"examples": examples}}}}
    return server.json("POST", f"/v1beta/tunedModels?tunedModelId={model_id}", body)


def model_ids(server):
    status, page = server.json("GET", "/v1beta/tunedModels?pageSize=1000")
    assert status == 200, page
    return [model["name"].removeprefix("tunedModels/") for model in page.get("tunedModels", [])]


def assert_unavailable(status, answer, words):
    assert status == 503, (status, answer)
    error = answer["error"]
    assert (error["code"], error["status"]) == (503, "UNAVAILABLE"), answer
    assert words in error["message"], answer


class Killed(Exception):
    """Leaves the with block of a server that is to have no peaceful end."""


@contextlib.contextmanager
def killed(*options, limits=None):
    """A server for a with block, at whose end it is killed as by a power cut."""
    with contextlib.suppress(Killed), tunemock.start(*options, limits=limits) as server:
        yield server
        server.process.kill()
        server.process.wait()
        raise Killed


class SmallFiles:
    """Not a disk: files that may not grow beyond half a MiB (ulimit -f). Needs no rights."""

    def __init__(self, folder):
        self.path = folder

    def enter(self):
        _, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (DISK_BYTES // 2, hard))

    def make_room(self, server):
        _, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.prlimit(server.pid, resource.RLIMIT_FSIZE, (hard, hard))

    def close(self):
        pass


class HalfDisk(disk.SmallDisk):
    """A disk of 1 MiB, half of which is taken until there is to be room."""

    def __init__(self, folder):
        super().__init__(folder, DISK_BYTES)
        if self.is_permitted:
            self.fill(DISK_BYTES // 2)

    def make_room(self, _server):
        self.empty()


def survive_lack_of_space(place):
    options = ["--db", f"{place.path}/models.db", "--step-time", "0", "--log-level", "none"]
    kept = []
    with killed(*options, limits=place.enter) as server:
        for number in range(CREATES_MAX):
            status, answer = create(server, f"model-{number}")
            if status != 200:
                break
            kept.append(f"model-{number}")
        assert_unavailable(status, answer, "no space left")
        assert len(kept) > 3, kept
        # Reads go on, and nothing of the refused one is there.
        assert sorted(model_ids(server)) == sorted(kept)
        assert server.json("GET", f"/v1beta/tunedModels/{kept[0]}")[0] == 200
        status, answer = create(server, "refused")
        assert_unavailable(status, answer, "no space left")
        assert server.json("GET", "/v1beta/tunedModels/refused")[0] == 404
        # What is full can be emptied, and what was emptied can be used again.
        for number in range(ROUNDS):
            assert server.json("DELETE", f"/v1beta/tunedModels/{kept.pop(0)}") == (200, {})
            status, answer = create(server, f"again-{number}")
            assert status == 200, (number, answer)
            kept.append(f"again-{number}")
        assert sorted(model_ids(server)) == sorted(kept)

    # Killed and started again where there still is no space.
    with tunemock.start(*options, limits=place.enter) as server:
        assert sorted(model_ids(server)) == sorted(kept)
        assert server.json("DELETE", f"/v1beta/tunedModels/{kept.pop(0)}") == (200, {})
        # As soon as there is some, everything works again, without a restart.
        place.make_room(server)
        assert server.json("DELETE", f"/v1beta/tunedModels/{kept[0]}") == (200, {})
        status, answer = create(server, "afterwards")
        assert status == 200, answer
        expected = sorted([*kept[1:], "afterwards"])
        assert sorted(model_ids(server)) == expected
    with tunemock.start(*options, limits=place.enter) as server:
        assert sorted(model_ids(server)) == expected


def test_a_full_disk_refuses_writes_loses_nothing_and_recovers():
    with tempfile.TemporaryDirectory() as folder:
        half = HalfDisk(folder)
        with contextlib.closing(half):
            survive_lack_of_space(half if half.is_permitted else SmallFiles(folder))


def test_files_that_may_not_grow_are_like_a_full_disk():
    with tempfile.TemporaryDirectory() as folder:
        survive_lack_of_space(SmallFiles(folder))


def test_refused_writes_are_summed_up_in_the_log():
    with tempfile.TemporaryDirectory() as folder:
        place = SmallFiles(folder)
        with tunemock.start("--db", f"{folder}/models.db", limits=place.enter) as server:
            refused = [number for number in range(CREATES_MAX) if create(server, f"model-{number}")[0] == 503]
            assert len(refused) > 20, refused
            server.wait_for_log(r"error: store: .* \(and \d+ more like this\)$")
            assert server.log().count("error: store: ") < len(refused), server.log()
            place.make_room(server)


def test_a_write_lock_of_another_program_refuses_writes_for_as_long_as_it_lasts():
    with tempfile.TemporaryDirectory() as folder, tunemock.start("--db", f"{folder}/models.db") as server:
        assert create(server, "first")[0] == 200
        with contextlib.closing(sqlite3.connect(f"{folder}/models.db", isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            status, answer = create(server, "second")
            assert_unavailable(status, answer, "locked")
            status, answer = server.json("DELETE", "/v1beta/tunedModels/first")
            assert_unavailable(status, answer, "Nothing was changed")
            assert model_ids(server) == ["first"]
            other.execute("ROLLBACK")
        assert create(server, "second")[0] == 200
        assert sorted(model_ids(server)) == ["first", "second"]


def contents(folder):
    """All files in a folder with their bytes; nothing if there is no such folder."""
    found = {}
    for name in os.listdir(folder) if os.path.isdir(folder) else []:
        with open(f"{folder}/{name}", "rb") as file:
            found[name] = file.read()
    return found


def assert_refused(path, *words, limits=None, may_leave=()):
    """The start on this database ends with exit status 1, one message with these words, and an untouched folder."""
    folder = os.path.dirname(path)
    before = contents(folder)
    done = subprocess.run(
        [tunemock.binary(), "--port", "0", "--log-level", "none", "--db", path], stdin=subprocess.DEVNULL,
        capture_output=True, env=tunemock.environment(), preexec_fn=limits, timeout=tunemock.SECONDS_MAX, check=False)
    message = done.stderr.decode()
    assert (done.returncode, done.stdout) == (1, b""), (done.returncode, done.stdout, message)
    assert message.startswith("tunemock: ") and message.count("\n") == 1, message
    for word in (path, *words):
        assert word in message, (word, message)
    after = {name: content for name, content in contents(folder).items() if name not in may_leave}
    assert before == after, (list(before), list(after))


def write_database(path, *options):
    """A good database with twenty models."""
    with tunemock.start("--db", path, *options) as server:
        for number in range(20):
            assert create(server, f"model-{number}")[0] == 200


def without_override():
    """For a new process: has even root keep to the permissions of files."""
    libc.prctl(PR_CAPBSET_DROP, CAP_DAC_OVERRIDE)


def test_a_file_that_may_not_be_written_is_refused():
    with tempfile.TemporaryDirectory() as folder:
        path = f"{folder}/models.db"
        write_database(path)
        os.chmod(path, 0o444)
        assert_refused(path, "cannot be written", "writable or choose another file", limits=without_override,
                       may_leave=("models.db-wal", "models.db-shm"))
        os.chmod(path, 0o644)
        with tunemock.start("--db", path) as server:
            assert len(model_ids(server)) == 20


def test_a_folder_that_may_not_be_written_is_refused():
    with tempfile.TemporaryDirectory() as folder:
        path = f"{folder}/models.db"
        write_database(path)
        os.chmod(folder, 0o555)
        assert_refused(path, "its folder must be writable", limits=without_override)
        assert_refused(f"{folder}/new.db", "its folder must be writable", limits=without_override)
        os.chmod(folder, 0o755)


def test_a_file_that_another_tunemock_has_is_refused():
    with tempfile.TemporaryDirectory() as folder, tunemock.start("--db", f"{folder}/models.db") as server:
        assert create(server, "first")[0] == 200
        status, output, errors = tunemock.run("--port", "0", "--db", f"{folder}/models.db")
        assert (status, output) == (1, ""), (status, output, errors)
        assert f"models.db is in use by process {server.pid}; stop that one or choose another file" in errors, errors
        assert create(server, "second")[0] == 200
        assert len(model_ids(server)) == 2


def test_a_file_of_another_program_is_refused_untouched():
    with tempfile.TemporaryDirectory() as folder:
        path = f"{folder}/other.db"
        with contextlib.closing(sqlite3.connect(path)) as other:
            other.execute("CREATE TABLE theirs (content)")
            other.commit()
        assert_refused(path, "of another program", "choose another file")
        path = f"{folder}/letter.txt"
        with open(path, "w", encoding="utf-8") as file:
            file.write("Dear reader, this is no database. " * 100)
        assert_refused(path, "is not a database", "choose another file")


def test_a_file_of_a_newer_version_is_refused_untouched():
    with tempfile.TemporaryDirectory() as folder:
        path = f"{folder}/models.db"
        write_database(path)
        with contextlib.closing(sqlite3.connect(path)) as newer:
            newer.execute("PRAGMA user_version = 99")
            newer.commit()
        assert_refused(path, "of format 99", "newer tunemock", "choose another file")


def test_a_truncated_database_is_refused_untouched():
    with tempfile.TemporaryDirectory() as folder:
        path = f"{folder}/models.db"
        write_database(path)
        for size_bytes in (os.path.getsize(path) // 2, 4096, 1000, 50):
            os.truncate(path, size_bytes)
            assert_refused(path, "choose another file")


def test_a_database_in_a_folder_that_is_not_there_is_refused():
    with tempfile.TemporaryDirectory() as folder:
        assert_refused(f"{folder}/absent/models.db", "make its folder first")


def test_a_ready_file_in_a_folder_that_is_not_there_ends_the_start():
    with tempfile.TemporaryDirectory() as folder:
        status, output, errors = tunemock.run("--port", "0", "--ready-file", f"{folder}/absent/url")
        assert (status, output) == (1, ""), (status, output, errors)
        assert f"--ready-file {folder}/absent/url: No such file or directory" in errors, errors
        # In the way of a file stands a folder: what was begun is cleared away.
        os.mkdir(f"{folder}/url")
        status, output, errors = tunemock.run("--port", "0", "--ready-file", f"{folder}/url")
        assert (status, output) == (1, ""), (status, output, errors)
        assert os.listdir(folder) == ["url"], os.listdir(folder)


tunemock.run_tests(globals())
