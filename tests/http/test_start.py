#!/usr/bin/env -S python3 -B
"""How the program starts and stops: options, variables, the ready line, exit statuses, and what is there after a crash."""
import contextlib
import json
import os
import re
import signal
import socket
import subprocess
import tempfile
import time

import tunemock

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

# Each option: a good value, bad ones, and words of the message that say what is allowed. Paths and addresses are only
# known to be bad when they are used.
OPTIONS = {
    "port": ("0", ["65536", "-1", "http", "1.5", "99999999999999999999"], "a number from 0 to 65535"),
    "host": ("127.0.0.1", [], ""),
    "db": ("", [], ""),
    "data": ("", [], ""),
    "step-time": ("2s", ["5", "-1s", "fast", "1h30", "99999999999h"], "a duration such as 300ms, 0, or real"),
    "progress": ("polls:3", ["fast", "polls", "polls:0", "polls:100001", "manual:1", "3"], "time, manual, or polls:N"),
    "latency": ("200ms", ["1", "-1ms", "2h", "slow", '{"uniform":["2ms","1ms"]}'], "a duration such as 50ms, of at most 1h"),
    "clock": ("rate:60", ["slow", "rate:0", "rate:x", "frozen@", "frozen@noon", "rate:1000001"],
              "rate:X with X up to 1000000"),
    "seed": ("18446744073709551615", ["-1", "x", "1 ", "18446744073709551616"],
             "a number from 0 to 18446744073709551615"),
    "gcs": ("", [], ""),
    "fidelity": ("strict", ["exact", "strictly"], "compat or strict"),
    "auth": ("required", ["yes"], "open or required"),
    "isolate": ("key", ["keys", "token"], "none or key"),
    "namespaces-max": ("2", ["0", "1000001", "many"], "a number from 1 to 1000000"),
    "namespace-idle": ("30m", ["30", "-1s", "never"], "a duration such as 10m, or 0"),
    "journal-max": ("0", ["-1", "1000001", "many"], "a number from 0 to 1000000"),
    "max-body": ("2048", ["1023", "2147483648", "20M"], "a number of bytes from 1024 to 2147483647"),
    "stream-delay": ('{"uniform":["1ms","2ms"]}', ["1", "-1ms", "61m", "{}", '{"fixed":"1ms","firstToken":"1ms"}', '{"firstToken":"61m"}'],
                     "a duration such as 50ms, of at most 1h, or the JSON of a delay or pace"),
    "allow-host": ("ci.example", ["ci.example:80", "http://ci.example", "a,b"], "at most 16 names without a port"),
    "control-token": ("s3cret~!", [], ""),  # see test_security.py: its bad values are shown to nobody
    "cors": ("http://localhost:3000", ["*", "null", "localhost:3000", "http://", "://a", "http://a/", "http://a/b", "http://a,http://b",
                                       "http://u@a"], "at most 16 origins such as http://localhost:3000"),
    "no-ui": ("yes", [], ""),  # takes no value
    "vertex": ("yes", [], ""),  # the same
    "threads": ("1", ["0", "65", "two"], "a number from 1 to 64"),
    "log-format": ("json", ["xml"], "text or json"),
    "log-level": ("debug", ["verbose"], "debug, info, warning, error or none"),
    "export-on-exit": ("", [], ""),
    "ready-file": ("", [], ""),
}
BASE_MODEL = "models/gemini-1.5-flash-001-tuning"


def variable(option):
    return "TUNEMOCK_" + option.upper().replace("-", "_")


def create(server, model_id):
    """A training of twenty steps."""
    body = {"baseModel": BASE_MODEL, "tuningTask": {
        "hyperparameters": {"epochCount": 20, "batchSize": 1},
        "trainingData": {"examples": {"examples": [{"textInput": "1", "output": "2"}]}}}}
    status, operation = server.json("POST", f"/v1beta/tunedModels?tunedModelId={model_id}", body)
    assert status == 200, operation
    return operation["name"]


def assert_usage_error(arguments, words, variables=None):
    status, output, errors = tunemock.run(*arguments, variables=variables)
    assert (status, output) == (2, ""), (arguments, variables, status, output, errors)
    assert errors.endswith("\nTry tunemock --help.\n"), errors
    for word in words:
        assert word in errors, (word, errors)


def assert_stops_on(signal_number):
    with tunemock.start() as server:
        server.process.send_signal(signal_number)
        assert server.process.wait(tunemock.SECONDS_MAX) == 0
        assert "stopping on " in server.log(), server.log()


def test_stdout_has_the_ready_line_and_nothing_else():
    with tunemock.start("--log-level", "debug") as server:
        assert server.url == f"http://127.0.0.1:{server.port}"
        assert server.request("GET", "/v1beta/models")[0] == 200
        server.stop()
        assert server.process.stdout.read() == b""


def test_a_ready_file_holds_the_url_while_the_server_runs():
    with tempfile.TemporaryDirectory() as folder:
        path = f"{folder}/url"
        with tunemock.start("--ready-file", path) as server:
            with open(path, encoding="utf-8") as file:
                assert file.read() == f"{server.url}\n"
            assert os.listdir(folder) == ["url"]
        assert os.listdir(folder) == []


def test_whoever_waits_for_the_ready_file_gets_an_answer():
    with tempfile.TemporaryDirectory() as folder:
        path = f"{folder}/url"
        with subprocess.Popen(
                [tunemock.binary(), "--port", "0", "--ready-file", path], stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL, env=tunemock.environment()) as process:
            try:
                deadline = time.monotonic() + tunemock.SECONDS_MAX
                while not os.path.exists(path):
                    assert time.monotonic() < deadline and process.poll() is None
                    time.sleep(0.001)
                with open(path, encoding="utf-8") as file:
                    host, port = file.read().strip().removeprefix("http://").split(":")
                assert tunemock.run("healthcheck", "--host", host, "--port", port) == (0, "", "")
            finally:
                process.terminate()


def test_a_port_taken_on_either_loopback_ends_the_start_with_98():
    for family, address in ((socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1")):
        with contextlib.suppress(OSError), socket.socket(family) as other:
            other.bind((address, 0))  # Fails where the machine has no such address.
            other.listen()
            port = other.getsockname()[1]
            status, output, errors = tunemock.run("--port", port)
            assert (status, output) == (98, ""), (address, status, output, errors)
            assert f"port {port} is taken" in errors, errors


def test_bad_values_of_options_are_refused_and_the_message_says_what_is_allowed():
    for option, (_, bad_values, allowed) in OPTIONS.items():
        for value in bad_values:
            assert_usage_error([f"--{option}", value], [f"--{option} takes", allowed, f'not "{value}"'])


def test_bad_values_of_variables_are_refused_and_the_message_names_the_variable():
    for option, (_, bad_values, allowed) in OPTIONS.items():
        for value in bad_values[:2]:
            assert_usage_error([], [f"{variable(option)} takes", allowed, f'not "{value}"'], {variable(option): value})


def test_wrong_usage_is_refused():
    for arguments, word in (
            (["--colour", "red"], "--colour: is no option"),
            (["--prt", "1"], "--prt: is no option; did you mean --port?"),
            (["--step-tme=1s"], "--step-tme: is no option; did you mean --step-time?"),
            (["--log-levle", "info"], "--log-levle: is no option; did you mean --log-level?"),
            (["-port", "1"], "-port: is no option; options begin with two dashes; did you mean --port?"),
            (["--hlep"], "--hlep: is no option; did you mean --help?"),
            (["--verison"], "--verison: is no option; did you mean --version?"),
            (["--db-file", "x"], "--db-file: is no option; did you mean --db?"),
            (["--data-file=x"], "--data-file: is no option; did you mean --data?"),
            (["--log", "debug"], "--log: is no option; did you mean --log-level?"),
            (["sevre"], 'there is no command "sevre"; did you mean serve?'),
            (["--step-time", "5"], ': a unit is missing (ns, us, ms, s, m or h)'),
            (["--stream-delay", "0.5"], ': a unit is missing (ns, us, ms, s, m or h)'),
            (["-x"], "-x: is no option"),
            (["--seed", "1", "-port", "0"], "-port: is no option; options begin with two dashes"),
            (["--port"], "--port: needs a value"),
            (["--no-ui=yes"], "--no-ui=yes: takes no value"),
            (["launch"], 'there is no command "launch"'),
            (["serve", "healthcheck"], "healthcheck: one command is enough"),
            (["--data", "a.json"] * 65, "at most 64 files")):
        assert_usage_error(arguments, [word])


def test_every_option_can_be_given_as_a_variable():
    with tempfile.TemporaryDirectory() as folder:
        values = {option: good for option, (good, _, _) in OPTIONS.items()}
        values.update({"db": f"{folder}/models.db", "data": f"{folder}/seed.json", "ready-file": f"{folder}/url"})
        with open(values["data"], "w", encoding="utf-8") as file:
            json.dump({"tunedModels": [{"name": "tunedModels/seeded-1", "baseModel": BASE_MODEL, "state": "ACTIVE"}]}, file)
        with tunemock.start(variables={variable(option): value for option, value in values.items()}) as server:
            # auth, fidelity, max-body, data, db, ready-file, log-format and seed, as seen from outside.
            assert server.request("GET", "/v1beta/tunedModels")[0] == 403
            assert server.request("GET", "/v1beta/models?key=k")[0] == 200
            assert server.request("POST", "/v1beta/tunedModels/seeded-1:countTokens?key=k", {})[0] == 404
            status, answer = server.json("POST", "/v1beta/tunedModels?key=k", {"description": "x" * 2048})
            assert (status, "limit: 2048 bytes" in answer["error"]["message"]) == (400, True), answer
            assert server.json("GET", "/v1beta/tunedModels/seeded-1?key=k")[0] != 404
            assert {"models.db", "seed.json", "url"} <= set(os.listdir(folder))
            server.wait_for_log(r'^\{.*, seed 18446744073709551615"')


def test_an_option_beats_its_variable_and_an_empty_variable_is_none():
    variables = {"TUNEMOCK_MAX_BODY": "1024", "TUNEMOCK_STEP_TIME": ""}
    with tunemock.start("--max-body", "4096", variables=variables) as server:
        status, answer = server.json("POST", "/v1beta/tunedModels", {"description": "x" * 4096})
        assert (status, "limit: 4096 bytes" in answer["error"]["message"]) == (400, True), answer


def test_an_option_that_may_be_given_several_times_beats_its_variable_too():
    with tempfile.TemporaryDirectory() as folder:
        paths = [f"{folder}/{name}.json" for name in ("variable", "first", "second")]
        for path in paths:
            with open(path, "w", encoding="utf-8") as file:
                json.dump({"models": [{"name": f"models/{os.path.basename(path)}"}]}, file)
        variables = {"TUNEMOCK_DATA": paths[0], "TUNEMOCK_ALLOW_HOST": "variable.test"}
        with tunemock.start("--data", paths[1], "--data", paths[2], "--allow-host", "option.test",
                            variables=variables) as server:
            found = [server.request("GET", f"/v1beta/models/{os.path.basename(path)}")[0] for path in paths]
            assert found == [404, 200, 200], found
            answers = [server.request("GET", "/emulator/v1/info", headers={"Host": host})[0]
                       for host in ("variable.test", "option.test")]
            assert answers == [403, 200], answers
        with tunemock.start(variables=variables) as server:
            assert server.request("GET", "/v1beta/models/variable.json")[0] == 200


def test_the_port_variable_that_kubernetes_sets_is_ignored():
    with tunemock.start(variables={"TUNEMOCK_PORT": "tcp://10.0.0.1:80"}) as server:
        assert server.request("GET", "/health")[0] == 200
    assert_usage_error([], ["TUNEMOCK_PORT takes"], {"TUNEMOCK_PORT": "udp://10.0.0.1:80"})


def test_variables_that_begin_like_ours_and_mean_nothing_are_named():
    variables = {"TUNEMOCK_PROT": "1", "TUNEMOCK_SPEED": "9", "TUNEMOCK_URL": "http://127.0.0.1:8863",
                 "TUNEMOCK_SERVICE_HOST": "10.0.0.1", "TUNEMOCK_PORT_8863_TCP": "tcp://10.0.0.1:8863"}
    with tunemock.start(variables=variables) as server:
        line = server.wait_for_log(r"warning: TUNEMOCK_.*").group(0)
        assert "TUNEMOCK_PROT is no variable of tunemock, did you mean TUNEMOCK_PORT?" in line, line
        assert "TUNEMOCK_SPEED is no variable of tunemock" in line, line
        assert "URL" not in line and "SERVICE" not in line and "TCP" not in line, line


def test_the_seed_of_the_documentation_works_under_both_modes_of_auth():
    with open(os.path.join(ROOT, "docs", "options.md"), encoding="utf-8") as file:
        seed = re.search(r'^```json\n(\{\n  "version": 1,.*?)^```', file.read(), re.MULTILINE | re.DOTALL).group(1)
    with tempfile.TemporaryDirectory() as folder:
        path = f"{folder}/seed.json"
        with open(path, "w", encoding="utf-8") as file:
            file.write(seed)
        for auth in ("open", "required"):
            with tunemock.start("--data", path, "--auth", auth) as server:
                names = [model["name"] for model in server.json("GET", "/v1beta/tunedModels?key=alice-key")[1]["tunedModels"]]
                assert names == ["tunedModels/done-1", "tunedModels/training-1"], names


def test_values_are_taken_as_people_spell_them():
    """What each spelling comes to is looked up in what the server says of itself."""
    spellings = [
        ("auth", {"OPEN": "open", "none": "open", "Required": "required"}, lambda info, config: info["auth"]),
        ("fidelity", {"STRICT": "strict", "Compatible": "compat"}, lambda info, config: info["fidelity"]),
        ("isolate", {"KEY": "key", "Off": "none"}, lambda info, config: info["isolate"]),
        ("step-time", {"0s": "0s", "REAL": "real", "instant": "0s"}, lambda info, config: info["stepTime"]),
        ("progress", {"Manual": "manual", "TIME": "time", "POLLS:3": "polls:3", "poll:3": "polls:3", "polls:": None},
         lambda info, config: config["progress"]),
        ("clock", {"Frozen@2024-07-20T18:23:29Z": "2024-07-20T18:23:29Z", "freeze@2024-07-20T18:23:29Z": "2024-07-20T18:23:29Z",
                   "Rate:0": None, "frozen@": None}, lambda info, config: info["time"]),
        ("latency", {"off": "0s", "2MS": None, "2ms": "0.002s"}, lambda info, config: config["latency"]),
        ("stream-delay", {"NONE": "0s", '{"firstToken":"1s"}': {"firstToken": "1s", "betweenTokens": "0s"}}, lambda info, config: config["streamDelay"]),
    ]
    for option, values, look in spellings:
        for given, meant in values.items():
            if meant is None:
                assert_usage_error([f"--{option}", given], [given])
                continue
            with tunemock.start(variables={variable(option): given}) as server:
                info = server.json("GET", "/emulator/v1/info")[1]
                config = server.json("GET", "/emulator/v1/config")[1]
                assert look(info, config) == meant, (option, given, info, config)


def test_the_log_has_the_level_and_the_format_that_are_meant():
    for level, is_quiet in {"WARN": True, "Warning": True, "err": True, "off": True, "QUIET": True, "Info": False,
                            "trace": False, "information": False, "Critical": True, "fatal": True}.items():
        with tunemock.start("--log-level", level, "--log-format", "JSON") as server:
            assert server.request("GET", "/health")[0] == 200
            server.stop()
            lines = server.log().splitlines()
            assert (lines == []) == is_quiet, (level, lines)
            assert all(json.loads(line) for line in lines), lines


def test_help_names_every_option_and_no_other():
    texts = [tunemock.run(*arguments) for arguments in (["--help"], ["-h"], ["help"], ["serve", "--help"])]
    assert texts == [texts[0]] * 4
    status, output, errors = texts[0]
    assert (status, errors) == (0, "")
    listed = re.findall(r"^  --([a-z-]+)", output, re.MULTILINE)
    assert sorted(listed) == sorted(OPTIONS), listed
    assert "--version" in output and "-h" in output, output
    assert max(map(len, output.splitlines())) <= 100
    assert len(output.splitlines()) <= 40, "it is to fit a screen"


def test_version_is_one_line():
    status, output, errors = tunemock.run("--version")
    assert (status, errors) == (0, "")
    assert re.fullmatch(r"tunemock \d+\.\d+\.\d+\n", output), output
    assert tunemock.run("version") == (0, output, "")
    assert tunemock.run("version", variables={"TUNEMOCK_PORT": "none"}) == (0, output, "")


def test_a_healthcheck_tells_a_living_server_from_none():
    with tunemock.start() as server:
        for variables in ({}, {"TUNEMOCK_HOST": "0.0.0.0"}, {"TUNEMOCK_HOST": "::"}, {"TUNEMOCK_HOST": "localhost"}):
            assert tunemock.run("healthcheck", "--port", server.port, variables=variables) == (0, "", ""), variables
        assert tunemock.run("healthcheck", variables={"TUNEMOCK_PORT": str(server.port)})[0] == 0
        port = server.port
    status, output, errors = tunemock.run("healthcheck", "--port", port)
    assert (status, output) == (1, ""), (status, output)
    assert f"no server on 127.0.0.1 port {port}: Connection refused" in errors, errors
    assert tunemock.run("healthcheck", "--host", "nowhere.invalid", "--port", port)[0] == 1


def test_a_healthcheck_is_not_content_with_another_server():
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        check = subprocess.Popen(
            [tunemock.binary(), "healthcheck", "--port", str(port)], stderr=subprocess.PIPE, env=tunemock.environment())
        connection, _ = other.accept()
        with connection:
            tunemock.read_until(connection, b"\r\n\r\n")
            connection.sendall(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n")
        _, errors = check.communicate(timeout=tunemock.SECONDS_MAX)
        assert check.returncode == 1
        assert b"does not answer /health" in errors, errors


def test_the_control_api_may_be_called_by_names_that_were_allowed():
    with tunemock.start("--allow-host", "ci.example", "--allow-host", "other.example") as server:
        def status(host):
            return server.request("GET", "/emulator/v1/faults", headers={"Host": host})[0]
        assert status("ci.example:8863") == 200
        assert status("Other.Example") == 200
        assert status("evil.example") == 403
        assert status("localhost") == 200
    with tunemock.start(variables={"TUNEMOCK_ALLOW_HOST": "ci.example"}) as server:
        assert server.request("GET", "/emulator/v1/info", headers={"Host": "ci.example"})[0] == 200
    hosts = ["--allow-host=a.example"] * 16
    with tunemock.start(*hosts):
        pass
    assert_usage_error(["--port", "0", *hosts, "--allow-host=b.example"], ["at most 16 names"])


def test_sigterm_stops_the_server_with_0():
    assert_stops_on(signal.SIGTERM)


def test_sigint_stops_the_server_with_0():
    assert_stops_on(signal.SIGINT)


def test_the_first_process_of_a_container_stops_on_sigterm():
    as_root = [] if os.geteuid() == 0 else ["--map-root-user"]
    unshare = ["unshare", *as_root, "--pid", "--fork", "--kill-child"]
    if subprocess.run([*unshare, "true"], stderr=subprocess.DEVNULL, check=False).returncode != 0:
        print("# not permitted here: unshare --pid")
        return
    with subprocess.Popen(
            [*unshare, tunemock.binary(), "--port", "0"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
            env=tunemock.environment()) as process:
        try:
            assert tunemock.READY.match(process.stdout.readline().decode())
            with open(f"/proc/{process.pid}/task/{process.pid}/children", encoding="ascii") as file:
                server_pid = int(file.read())
            with open(f"/proc/{server_pid}/status", encoding="ascii") as file:
                assert re.search(r"^NSpid:\t\d+\t1$", file.read(), re.MULTILINE)
            os.kill(server_pid, signal.SIGTERM)
            assert process.wait(tunemock.SECONDS_MAX) == 0
        finally:
            process.kill()


def test_a_seed_with_an_error_ends_the_start_and_the_message_names_file_and_place():
    good = {"name": "tunedModels/good-1", "baseModel": BASE_MODEL, "state": "ACTIVE"}
    rows = (
        ('{\n"tunedModels": [', [":2:17: Invalid JSON payload"]),
        ([], ["Root element must be a message"]),
        ({"version": 2}, ["version"]),
        ({"nothing": []}, ['Unknown name "nothing"']),
        ({"tunedModels": [good, {**good, "name": "tunedModels/bad-1", "colour": "red"}]}, ["colour", "tuned_models[1]"]),
        ({"tunedModels": [good, {"name": "tunedModels/bad-1", "baseModel": "models/none"}]},
         ["tunedModels[1]", "models/none"]),
        ({"callers": [{"email": "a@example.com"}]}, ["callers[0]"]),
        ({"faults": [{"method": "tunedModels.fly", "status": "INTERNAL"}]}, ["faults[0]", "method"]),
    )
    with tempfile.TemporaryDirectory() as folder:
        path = f"{folder}/seed.json"
        for seed, words in rows:
            with open(path, "w", encoding="utf-8") as file:
                file.write(seed if isinstance(seed, str) else json.dumps(seed))
            status, output, errors = tunemock.run("--port", "0", "--log-level", "none", "--data", path)
            assert (status, output) == (2, ""), (seed, status, output, errors)
            for word in (f"tunemock: {path}:", *words):
                assert word in errors, (word, errors)
        status, output, errors = tunemock.run("--port", "0", "--data", f"{folder}/absent.json")
        assert (status, output) == (2, ""), (status, output)
        assert f"{folder}/absent.json: No such file or directory" in errors, errors


def test_an_error_in_a_seed_tells_no_credential():
    rows = (
        ('{"callers": [{"key": "SECRET-1" "email": "a@example.com"}]}', ":1:33: Invalid JSON payload"),
        ('[{"key": "a"}, {"token": "b"}, SECRET]', ":1:32: Invalid JSON payload"),
        ('{"callers": [{"SECRET": "a@example.com"}]}', "Unknown name at 'callers[0]'"),
        ('{"callers": [{"a\\" at x": "SECRET"}]}', "Unknown name at 'callers[0]'"),
        ('{"callers": [{"key": 5378323}, {"token": 5378323, "email": 1}]}', "'callers[0].key' (TYPE_STRING)"),
        ('{"callers": [{"key": "SECRET", "token": "SECRET", "email": "a@example.com"}]}', "callers[0]"),
        ('{"callers": [{"key": "SECRET", "email": "a@x.test"}, {"key": "SECRET", "email": "b@x.test"}]}', "callers[1]"),
    )
    with tempfile.TemporaryDirectory() as folder:
        path = f"{folder}/seed.json"
        for seed, words in rows:
            with open(path, "w", encoding="utf-8") as file:
                file.write(seed)
            status, _, errors = tunemock.run("--port", "0", "--data", path)
            assert (status, words in errors) == (2, True), (status, errors)
            assert "SECRET" not in errors and "5378323" not in errors, errors


def models_of(server):
    status, page = server.json("GET", "/v1beta/tunedModels?pageSize=1000")
    assert status == 200, page
    return {model["name"]: model for model in page.get("tunedModels", [])}


def test_the_beginning_of_1970_is_a_time_like_any_other():
    epoch = "1970-01-01T00:00:00Z"
    seeded = {"name": "tunedModels/seeded-1", "baseModel": BASE_MODEL, "state": "ACTIVE", "createTime": epoch,
              "updateTime": epoch, "tuningTask": {"startTime": epoch, "completeTime": epoch}}
    timeless = {"name": "tunedModels/timeless-1", "baseModel": BASE_MODEL, "state": "ACTIVE"}
    with tempfile.TemporaryDirectory() as folder:
        path = f"{folder}/seed.json"
        with open(path, "w", encoding="utf-8") as file:
            json.dump({"tunedModels": [seeded, timeless]}, file)
        with tunemock.start("--clock", f"frozen@{epoch}", "--data", path) as server:
            create(server, "created-1")
            models = models_of(server)
            created = models["tunedModels/created-1"]
            assert (created["createTime"], created["updateTime"]) == (epoch, epoch), created
            assert models["tunedModels/seeded-1"] == seeded
            assert models["tunedModels/timeless-1"] == timeless


class Killed(Exception):
    """Leaves the with block of a server that was killed."""


def kill_after_creates(*options):
    """Starts a server, has it acknowledge twenty creates, and kills it; returns operations and models as last seen."""
    with contextlib.suppress(Killed), tunemock.start(*options) as server:
        operations = [create(server, f"model-{number}") for number in range(20)]
        models = models_of(server)
        server.process.kill()
        server.process.wait()
        raise Killed
    return operations, models


def test_what_was_acknowledged_is_there_after_a_kill():
    with tempfile.TemporaryDirectory() as folder:
        options = ["--db", f"{folder}/models.db", "--step-time", "0"]
        operations, models = kill_after_creates(*options)
        assert len(models) == 20
        with tunemock.start(*options) as server:
            assert models_of(server) == models
            assert all(model["state"] == "ACTIVE" for model in models.values())
            assert all(server.json("GET", f"/v1/{name}")[1]["done"] for name in operations)


def test_training_stands_where_the_clock_says_after_a_kill():
    def frozen(seconds):
        return ["--db", path, "--step-time", "10s", "--clock", f"frozen@2024-07-20T18:{20 + seconds // 60}:{seconds % 60:02}Z"]

    with tempfile.TemporaryDirectory() as folder:
        path = f"{folder}/models.db"
        operations, models = kill_after_creates(*frozen(0))
        assert len(models) == 20
        # Training begins a moment after the create; the steps are looked at in their middle.
        for seconds, steps in ((0, 0), (25, 2), (65, 6), (195, 19), (599, 20)):
            with tunemock.start(*frozen(seconds)) as server:
                for name in operations:
                    _, operation = server.json("GET", f"/v1/{name}")
                    assert operation["metadata"].get("completedSteps", 0) == steps, (seconds, operation)
                    assert operation.get("done", False) == (steps == 20), operation
                if seconds == 0:
                    assert models_of(server) == models


tunemock.run_tests(globals())
