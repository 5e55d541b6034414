#!/usr/bin/env -S python3 -B
"""`tunemock check FILE`: what it finds, and that it changes nothing."""
import contextlib
import os
import pathlib
import sqlite3
import tempfile

import tunemock

SEED = pathlib.Path(__file__).resolve().parent.parent / "fixtures" / "seed_resources.json"
BODY = {"baseModel": "models/gemini-1.5-flash-001-tuning", "tuningTask": {"trainingData": {"examples": {"examples": [
    {"textInput": "1", "output": "2"}]}}}}


class Killed(Exception):
    """Leaves the with block of a server that is to have no peaceful end."""


def fill(server):
    for number in range(3):
        assert server.json("POST", f"/v1beta/tunedModels?tunedModelId=model-{number}", BODY)[0] == 200


@contextlib.contextmanager
def database():
    """A good file with models, and with resources of a seed."""
    with tempfile.TemporaryDirectory() as folder:
        path = f"{folder}/models.db"
        with tunemock.start("--db", path, "--data", SEED) as server:
            fill(server)
        yield path


def contents(path):
    """Database and what lies beside it. A lock that a killed server left means nothing."""
    folder = pathlib.Path(path).parent
    return {file.name: file.read_bytes() for file in folder.iterdir() if not file.name.endswith(".lock")}


def check(path):
    """Checks a file; returns the exit status, the lines of problems, and the last line."""
    before = contents(path)
    status, output, errors = tunemock.run("check", path)
    assert contents(path) == before
    assert errors == "", errors
    lines = output.splitlines()
    assert lines[-1].startswith(f"{path}: "), output
    return status, lines[:-1], lines[-1]


def run_sql(path, *statements):
    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as file:
        for statement in statements:
            file.execute(statement)


def test_a_good_file_is_good():
    with database() as path:
        status, problems, last = check(path)
        assert (status, problems) == (0, []), (status, problems)
        assert last.endswith(": good") and " models, " in last, last


def test_a_data_set_that_was_named_by_another_hash_is_good_and_its_losses_stay():
    with tempfile.TemporaryDirectory() as folder:
        path = f"{folder}/models.db"
        with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as file:
            file.executescript((SEED.parent / "hash_of_bytes.sql").read_text())
        assert check(path)[0] == 0, check(path)
        with tunemock.start("--db", path) as server:
            _, model = server.json("GET", "/v1beta/tunedModels/earlier")
            losses = [snapshot["meanLoss"] for snapshot in model["tuningTask"]["snapshots"]]
            assert losses == [10.317803, 13.19094], losses
            status, answer = server.json("POST", "/v1beta/tunedModels/earlier:generateContent", {
                "contents": [{"parts": [{"text": "seven"}]}]})
            assert status == 200 and answer["candidates"][0]["content"]["parts"][0]["text"] == "SEVEN", answer


def test_what_a_killed_server_left_is_read_and_left_alone():
    with tempfile.TemporaryDirectory() as folder:
        path = f"{folder}/models.db"
        with contextlib.suppress(Killed), tunemock.start("--db", path) as server:
            fill(server)
            server.process.kill()
            server.process.wait()
            raise Killed
        assert os.path.getsize(path + "-wal") > 0
        assert check(path) == (0, [], f"{path}: 3 models, 3 operations, 3 permissions, 1 data sets: good")
        with tunemock.start("--db", path) as server:
            assert server.json("GET", "/v1beta/tunedModels/model-2")[0] == 200


def test_names_that_a_uri_would_split_are_checked():
    with tempfile.TemporaryDirectory() as folder:
        path = f"{folder}/odd?name=50%#.db"
        with tunemock.start("--db", path) as server:
            fill(server)
        assert check(path)[0] == 0


def test_a_file_that_may_only_be_read_is_checked():
    with database() as path:
        os.chmod(path, 0o444)
        os.chmod(os.path.dirname(path), 0o555)
        try:
            assert check(path)[0] == 0
        finally:
            os.chmod(os.path.dirname(path), 0o755)


def test_each_damaged_row_has_a_line():
    with database() as path:
        run_sql(path,
                "UPDATE model SET facts = x'0102' WHERE id = 'model-0'",
                "UPDATE model SET facts = CAST(substr(facts, 1, length(facts) - 1) || 'x' AS BLOB) WHERE id = 'model-1'",
                "UPDATE data_set SET bytes = CAST(bytes || 'x' AS BLOB) WHERE data_set_id = 1",
                "UPDATE permission SET role = 7 WHERE model_seq = (SELECT model_seq FROM model WHERE id = 'model-2')",
                "UPDATE operation SET fixed = '{\"done\": tru' WHERE fixed <> '' AND seq IN "
                "(SELECT min(seq) FROM operation WHERE fixed <> '')",
                "UPDATE numbering SET last_seq = 1")
        status, problems, last = check(path)
        assert status == 1
        text = "\n".join(problems)
        for words in ("model model-0: its facts are cut", "model model-1: its facts do not have their checksum",
                      "data_set ", "model model-2: its data set is damaged", "permission model-2/permissions/",
                      "its role is none", "/operations/", "its JSON is none", "numbering: it is behind"):
            assert words in text, (words, text)
        assert last.endswith(f": {len(problems)} problems"), last
        # A server still serves the rest, and says in its log what it left out.
        with tunemock.start("--db", path) as server:
            assert server.json("GET", "/v1beta/tunedModels/model-0")[0] == 500
            assert server.json("GET", "/v1beta/tunedModels/model-2")[0] == 200
            server.wait_for_log("store: damaged row: model model-0: its facts")
            assert server.json("DELETE", "/v1beta/tunedModels/model-0") == (200, {})


def test_a_model_without_an_operation_is_no_damage():
    with database() as path, tunemock.start("--db", path, "--auth", "required") as server:
        owner = {"Authorization": "Bearer one"}
        status, operation = server.json("POST", "/v1beta/tunedModels?tunedModelId=mine", BODY, owner)
        assert status == 200, operation
        assert server.json("DELETE", "/v1beta/operations/" + operation["name"], None, owner) == (200, {})
        assert server.json("GET", "/v1beta/operations", None, owner) == (200, {})
        server.request("GET", "/v1beta/the-last-line")
        server.wait_for_log("the-last-line")
        assert "damaged" not in server.log(), server.log()


def test_a_damaged_role_gives_no_right_and_shows_nothing():
    with database() as path:
        owner = {"Authorization": "Bearer one"}
        with tunemock.start("--db", path, "--auth", "required") as server:
            assert server.json("POST", "/v1beta/tunedModels?tunedModelId=mine", BODY, owner)[0] == 200
        for role in (-1, 0, 4):
            run_sql(path, f"UPDATE permission SET role = {role} WHERE model_seq = "
                          "(SELECT model_seq FROM model WHERE id = 'mine')")
            with tunemock.start("--db", path, "--auth", "required") as server:
                assert server.json("GET", "/v1beta/tunedModels/mine", None, owner)[0] == 403
                assert server.json("GET", "/v1beta/tunedModels", None, owner) == (200, {})
                assert server.json("GET", "/v1beta/operations", None, owner) == (200, {})


def test_no_name_ends_its_line():
    with database() as path:
        run_sql(path, "UPDATE model SET id = 'x' || char(10) || char(27) || 'y' WHERE id = 'model-0'")
        status, problems, _ = check(path)
        assert (status, len(problems)) == (1, 1), problems
        assert problems[0].startswith(r"model x\n\x1by: "), problems


def test_damaged_pages_are_told():
    with database() as path:
        content = bytearray(pathlib.Path(path).read_bytes())
        for page in range(2, len(content) // 4096):
            content[page * 4096 + 3] ^= 0x10
        pathlib.Path(path).write_bytes(content)
        status, problems, _ = check(path)
        assert status == 1
        assert any(line.startswith("pages: ") for line in problems), problems


def test_rows_without_what_they_belong_to_are_told():
    with database() as path:
        run_sql(path, "DELETE FROM model WHERE id = 'model-0'")
        status, problems, _ = check(path)
        assert status == 1
        assert "operation: 1 rows refer to a model that is not there" in problems, problems


def refused(path, words):
    status, output, errors = tunemock.run("check", path)
    assert (status, output) == (1, ""), (status, output)
    assert words in errors and errors.count("\n") == 1, errors


def test_what_cannot_be_checked_is_refused():
    with tempfile.TemporaryDirectory() as folder, tunemock.start("--db", f"{folder}/used.db") as server:
        refused(f"{folder}/used.db", f"in use by process {server.pid}")
        refused(f"{folder}/absent.db", "No such file")
        refused(folder, "is not a readable file")
        pathlib.Path(f"{folder}/empty.db").touch()
        refused(f"{folder}/empty.db", "is empty")
        pathlib.Path(f"{folder}/letter.txt").write_text("Dear reader, " * 100, encoding="utf-8")
        refused(f"{folder}/letter.txt", "is not a database")
        with contextlib.closing(sqlite3.connect(f"{folder}/newer.db")) as newer:
            newer.executescript("PRAGMA application_id = 1953853029; PRAGMA user_version = 99; CREATE TABLE t (c)")
        refused(f"{folder}/newer.db", "of format 99")


def test_wrong_usage_is_two():
    for arguments in (["check"], ["check", "a", "b"], ["check", "--db", "x"]):
        status, output, errors = tunemock.run(*arguments)
        assert (status, output) == (2, ""), (arguments, status, output, errors)


tunemock.run_tests(globals())
