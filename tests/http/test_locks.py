#!/usr/bin/env -S python3 -B
"""One server to a database, whatever name it is given, and nobody else may read it."""
import contextlib
import fcntl
import os
import stat
import subprocess
import tempfile

import disk
import tunemock

BASE_MODEL = "models/gemini-1.5-flash-001-tuning"


def create(server, model_id):
    body = {"baseModel": BASE_MODEL, "tuningTask": {"trainingData": {"examples": {"examples": [
        {"textInput": "1", "output": "2"}]}}}}
    status, answer = server.json("POST", f"/v1beta/tunedModels?tunedModelId={model_id}", body)
    assert status == 200, answer


def model_ids(server):
    status, page = server.json("GET", "/v1beta/tunedModels?pageSize=1000")
    assert status == 200, page
    return sorted(model["name"].removeprefix("tunedModels/") for model in page.get("tunedModels", []))


def listing(folder):
    """What is in a folder: names, inodes and rights. Sizes change under a server that runs."""
    found = {}
    for name in sorted(os.listdir(folder)):
        status = os.lstat(f"{folder}/{name}")
        found[name] = (status.st_ino, oct(status.st_mode))
    return found


def assert_refused(path, *words, limits=None):
    """A start on this database ends with exit status 1 and a message of one line, and leaves no trace."""
    before = listing(os.path.dirname(path)) if limits is None else None
    done = subprocess.run(
        [tunemock.binary(), "--port", "0", "--log-level", "none", "--db", path], stdin=subprocess.DEVNULL,
        capture_output=True, env=tunemock.environment(), preexec_fn=limits, timeout=tunemock.SECONDS_MAX, check=False)
    message = done.stderr.decode()
    assert (done.returncode, done.stdout) == (1, b""), (done.returncode, done.stdout, message)
    assert message.startswith("tunemock: ") and message.count("\n") == 1, message
    for word in (path, *words):
        assert word in message, (word, message)
    assert limits or before == listing(os.path.dirname(path)), (before, listing(os.path.dirname(path)))


@contextlib.contextmanager
def used_database():
    """A folder with a database that a server has open."""
    with tempfile.TemporaryDirectory() as folder, tunemock.start("--db", f"{folder}/models.db") as server:
        create(server, "first")
        yield folder, server
        create(server, "last")
        assert model_ids(server) == ["first", "last"]


def test_a_hard_link_is_the_same_database():
    with used_database() as (folder, _):
        os.mkdir(f"{folder}/other")
        os.link(f"{folder}/models.db", f"{folder}/other/link.db")
        assert_refused(f"{folder}/other/link.db", "in use by another process", "stop that process")


def test_what_a_killed_server_wrote_is_not_missed_under_another_name():
    with tempfile.TemporaryDirectory() as folder:
        with tunemock.start("--db", f"{folder}/models.db") as server:
            create(server, "first")
            os.link(f"{folder}/models.db", f"{folder}/link.db")
            server.process.kill()
            server.process.wait()
            server.stop = lambda: None
        assert_refused(f"{folder}/link.db", f"start once with --db {folder}/models.db")
        for name in ("models.db", "link.db"):
            with tunemock.start("--db", f"{folder}/{name}") as server:
                assert model_ids(server) == ["first"]


def test_a_check_sees_a_server_whatever_name_it_is_given():
    with used_database() as (folder, _):
        os.mkdir(f"{folder}/other")
        os.link(f"{folder}/models.db", f"{folder}/other/link.db")
        os.unlink(f"{folder}/models.db.lock")
        for name in ("models.db", "other/link.db"):
            before = listing(folder)
            status, output, errors = tunemock.run("check", f"{folder}/{name}")
            assert (status, output) == (1, "") and "in use by another process" in errors, (status, output, errors)
            assert listing(folder) == before


def test_a_symbolic_link_is_the_same_database():
    with used_database() as (folder, server):
        os.mkdir(f"{folder}/other")
        os.symlink(f"{folder}/models.db", f"{folder}/other/link.db")
        before = listing(f"{folder}/other")
        status, _, errors = tunemock.run("--port", "0", "--db", f"{folder}/other/link.db")
        assert status == 1 and f"in use by process {server.pid}" in errors, errors
        assert listing(f"{folder}/other") == before


def test_a_bind_mount_is_the_same_database():
    with used_database() as (folder, _), tempfile.TemporaryDirectory() as other:
        mount = disk.BindMount(folder, other)
        with contextlib.closing(mount):
            if mount.is_permitted:
                assert_refused(f"{other}/models.db", "in use by", "stop that", limits=mount.enter)
                os.unlink(f"{folder}/models.db.lock")
                assert_refused(f"{other}/models.db", "in use by", "stop that", limits=mount.enter)
            else:
                print("# skipped, nothing may be mounted here: a bind mount is the same database")


def test_a_lock_file_that_was_removed_is_not_missed():
    with used_database() as (folder, _):
        os.unlink(f"{folder}/models.db.lock")
        assert_refused(f"{folder}/models.db", "in use by another process", "stop that process")


def test_a_database_that_was_renamed_is_still_in_use():
    with tempfile.TemporaryDirectory() as folder:
        with tunemock.start("--db", f"{folder}/models.db") as server:
            create(server, "first")
            os.rename(f"{folder}/models.db", f"{folder}/new.db")
            assert_refused(f"{folder}/new.db", "in use by another process")
            status, answer = server.json("PATCH", "/v1beta/tunedModels/first", {"displayName": "new"})
            assert status == 503 and "moved" in answer["error"]["message"], answer
        # What was answered is in the file, under the name that it has now.
        with tunemock.start("--db", f"{folder}/new.db") as server:
            assert model_ids(server) == ["first"]


def test_a_database_that_was_put_in_the_place_of_one_in_use_does_not_join_its_wal():
    with tempfile.TemporaryDirectory() as folder, tunemock.start("--db", f"{folder}/models.db") as server:
        create(server, "first")
        with tunemock.start("--db", f"{folder}/other.db"):
            pass
        os.replace(f"{folder}/other.db", f"{folder}/models.db")
        os.unlink(f"{folder}/models.db.lock")
        assert_refused(f"{folder}/models.db", "models.db-wal is in use by another process")


def test_a_server_removes_only_what_is_its_own():
    with tempfile.TemporaryDirectory() as folder:
        with tunemock.start("--db", f"{folder}/models.db") as old:
            create(old, "old")
            for name in os.listdir(folder):
                os.unlink(f"{folder}/{name}")
            with tunemock.start("--db", f"{folder}/models.db") as new:
                create(new, "new")
                old.stop()
                before = listing(folder)
                assert {"models.db", "models.db-wal", "models.db-shm", "models.db.lock"} == set(before), before
                new.process.kill()
                new.process.wait()
                with tunemock.start("--db", f"{folder}/models.db") as next_one:
                    assert model_ids(next_one) == ["new"]
                # Killed on purpose: the with block must not look at its end.
                new.stop = lambda: None


def test_two_that_start_at_once_on_a_new_name_are_not_both_taken():
    with tempfile.TemporaryDirectory() as folder:
        for round_number in range(5):
            path = f"{folder}/models-{round_number}.db"
            both = [subprocess.Popen(
                [tunemock.binary(), "--port", "0", "--log-level", "none", "--db", path], stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=tunemock.environment()) for _ in range(2)]
            lines = [process.stdout.readline() for process in both]
            for process in both:
                process.terminate()
            errors = [process.communicate()[1].decode() for process in both]
            started = [line.startswith(b"tunemock ready") for line in lines]
            # The first may have been refused while the second was only looking.
            assert sum(started) <= 1 and all(
                is_started or "in use by" in error for is_started, error in zip(started, errors)), (lines, errors)


def test_nobody_else_may_read_what_is_stored():
    with tempfile.TemporaryDirectory() as folder:
        path = f"{folder}/models.db"
        with tunemock.start("--db", path, limits=lambda: os.umask(0)) as server:
            create(server, "first")
            assert_private(folder, 4)
        with tunemock.start("--db", path, limits=lambda: os.umask(0)) as server:
            create(server, "second")
            server.process.kill()
            server.process.wait()
            server.stop = lambda: None
        # Also what an older version, or a careless copy, has left open to all.
        for name in os.listdir(folder):
            os.chmod(f"{folder}/{name}", 0o666)
        with tunemock.start("--db", path, limits=lambda: os.umask(0o777)) as server:
            assert model_ids(server) == ["first", "second"]
            create(server, "third")
            assert_private(folder, 4)
        assert_private(folder, 1)


def assert_private(folder, count):
    found = {name: stat.S_IMODE(os.lstat(f"{folder}/{name}").st_mode) for name in os.listdir(folder)}
    assert len(found) == count and set(found.values()) == {0o600}, {name: oct(mode) for name, mode in found.items()}


def test_a_lock_file_that_is_none_is_left_alone():
    with tempfile.TemporaryDirectory() as folder:
        with open(f"{folder}/yarn.lock", "w", encoding="ascii") as file:
            file.write("# yarn lockfile v1\n")
        assert_refused(f"{folder}/yarn", "no lock file of tunemock's", "move it")
        os.unlink(f"{folder}/yarn.lock")
        with open(f"{folder}/precious", "w", encoding="ascii") as file:
            file.write("42\n")
        os.link(f"{folder}/precious", f"{folder}/models.db.lock")
        assert_refused(f"{folder}/models.db", "no lock file of tunemock's")
        os.unlink(f"{folder}/models.db.lock")
        os.symlink("precious", f"{folder}/models.db.lock")
        assert_refused(f"{folder}/models.db", "no lock file of tunemock's", "move it")
        os.unlink(f"{folder}/models.db.lock")
        os.mkdir(f"{folder}/models.db.lock")
        assert_refused(f"{folder}/models.db", "no lock file of tunemock's", "move it")
        os.rmdir(f"{folder}/models.db.lock")
        os.symlink("precious", f"{folder}/models.db.lock")
        os.unlink(f"{folder}/models.db.lock")
        os.mkfifo(f"{folder}/models.db.lock")
        assert_refused(f"{folder}/models.db", "no lock file of tunemock's")
        os.unlink(f"{folder}/models.db.lock")
        # One that a killed server has left is taken over.
        with open(f"{folder}/models.db.lock", "w", encoding="ascii") as file:
            file.write("12345\n")
        with tunemock.start("--db", f"{folder}/models.db"):
            pass
        assert sorted(os.listdir(folder)) == ["models.db", "precious"]


def test_a_lock_of_another_program_on_the_file_is_respected():
    with tempfile.TemporaryDirectory() as folder:
        path = f"{folder}/models.db"
        with tunemock.start("--db", path):
            pass
        with open(path, "rb") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            assert_refused(path, "in use by another process")
        with tunemock.start("--db", path):
            pass


tunemock.run_tests(globals())
