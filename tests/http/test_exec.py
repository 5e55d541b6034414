#!/usr/bin/env -S python3 -B
"""tunemock exec and env: what the command is given, what it is told, how its end is passed on, and what it leaves behind."""
import contextlib
import json
import os
import pathlib
import pty
import re
import shlex
import signal
import socket
import subprocess
import sys
import tempfile
import time

import tunemock

# Whoever runs this in the background may have them ignored.
for each in (signal.SIGINT, signal.SIGQUIT):
    signal.signal(each, signal.SIG_DFL)

READY = re.compile(r"^tunemock ready on (http://127\.0\.0\.1:(\d+))\n", re.MULTILINE)
# Waits for what is on its way, and says what it was sent: each signal by its name, "done" at the end of the waiting.
LISTENER = """
import signal, sys, time
heard = []
for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT, signal.SIGUSR1, signal.SIGUSR2, signal.SIGRTMAX):
    signal.signal(number, lambda number, _: heard.append(signal.Signals(number).name))
print("listening", flush=True)
deadline = time.monotonic() + 20
while not heard and time.monotonic() < deadline:
    time.sleep(0.01)
time.sleep(0.1)
print(*heard, flush=True)
sys.exit(9)
"""


def run(*words, stdin=b"", variables=None, **popen):
    """Runs the binary with these words; returns (exit code, stdout, stderr)."""
    done = subprocess.run([tunemock.binary(), *map(str, words)], input=stdin, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          env=tunemock.environment(variables), timeout=tunemock.SECONDS_MAX, check=False, **popen)
    errors = done.stderr.decode()
    assert not tunemock.SANITIZER_REPORT.search(errors), errors
    return done.returncode, done.stdout.decode(), errors


def sh(script, *options, **others):
    return run("exec", *options, "--", "sh", "-c", script, **others)


@contextlib.contextmanager
def started(*words, **popen):
    popen = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.DEVNULL, **popen}
    with subprocess.Popen([tunemock.binary(), "exec", *words], env=tunemock.environment(), **popen) as process:
        try:
            yield process
        finally:
            process.kill()


@contextlib.contextmanager
def listening(**popen):
    with started("--", sys.executable, "-c", LISTENER, **popen) as process:
        assert process.stdout.readline() == b"listening\n"
        yield process


def is_running(pid):
    with contextlib.suppress(FileNotFoundError, ProcessLookupError):
        return pathlib.Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(") ")[2][0] not in "ZX"
    return False


def wait_until_gone(pid):
    deadline = time.monotonic() + tunemock.SECONDS_MAX
    while is_running(pid):
        assert time.monotonic() < deadline, f"{pid} is still there"
        time.sleep(0.01)


# --- what the command is given ---

def test_the_command_finds_a_server_that_answers():
    status, output, errors = sh('curl -fsS --noproxy "*" "$TUNEMOCK_URL/ready"')
    assert (status, json.loads(output)["status"] if "ready" in output else output) == (0, "ready"), (output, errors)
    assert READY.fullmatch(errors), errors


def test_stdin_and_stdout_are_the_commands_alone():
    content = bytes(range(256)) * 1000
    done = subprocess.run([tunemock.binary(), "exec", "cat"], input=content, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                          env=tunemock.environment(), timeout=tunemock.SECONDS_MAX, check=True)
    assert done.stdout == content


def test_the_variables_are_those_that_clients_read():
    status, output, errors = sh("env", variables={"GOOGLE_API_KEY": "secret", "KEPT": "kept", "NO_PROXY": "", "no_proxy": ""})
    url = READY.match(errors).group(1)
    environment = dict(line.partition("=")[::2] for line in output.splitlines())
    expected = {"GOOGLE_GEMINI_BASE_URL": url, "TUNEMOCK_URL": url, "GEMINI_API_KEY": "any", "KEPT": "kept",
                "GOOGLE_GENAI_USE_VERTEXAI": "false", "NO_PROXY": "127.0.0.1,localhost,::1",
                "no_proxy": "127.0.0.1,localhost,::1"}
    assert status == 0 and {name: environment.get(name) for name in expected} == expected, environment
    assert "GOOGLE_API_KEY" not in environment
    assert output.count("\nNO_PROXY=") + output.startswith("NO_PROXY=") == 1, output


def test_variables_of_vertex_ai_let_its_clients_log_in():
    taken = ["GOOGLE_API_KEY", "GEMINI_API_KEY", "GOOGLE_APPLICATION_CREDENTIALS", "GOOGLE_GENAI_USE_ENTERPRISE", "NO_GCE_CHECK"]
    given = {**{name: "secret" for name in taken}, "CLOUDSDK_CONFIG": "/none/gcloud", "NO_PROXY": "", "no_proxy": "",
             "STORAGE_EMULATOR_HOST": "http://127.0.0.1:4443", "GOOGLE_CLOUD_PROJECT": "mine"}
    script = 'env; test -d "$CLOUDSDK_CONFIG" && test -z "$(ls -A "$CLOUDSDK_CONFIG")" && mkdir "$CLOUDSDK_CONFIG/logs" && touch "$CLOUDSDK_CONFIG/logs/x"'
    with tempfile.TemporaryDirectory() as folder:
        status, output, errors = run("exec", "--vertex", "--", "sh", "-c", script, variables={**given, "TMPDIR": folder})
        assert os.listdir(folder) == [], os.listdir(folder)
    url = READY.match(errors).group(1)
    environment = dict(line.partition("=")[::2] for line in output.splitlines())
    where = environment.pop("CLOUDSDK_CONFIG")
    expected = {"GOOGLE_GEMINI_BASE_URL": url, "GOOGLE_VERTEX_BASE_URL": url, "TUNEMOCK_URL": url, "GOOGLE_GENAI_USE_VERTEXAI": "true",
                "GOOGLE_CLOUD_PROJECT": "tunemock", "GOOGLE_CLOUD_LOCATION": "us-central1", "METADATA_SERVER_DETECTION": "assume-present",
                "GCE_METADATA_HOST": url[len("http://"):], "GCE_METADATA_IP": url[len("http://"):],
                "STORAGE_EMULATOR_HOST": "http://127.0.0.1:4443", "NO_PROXY": "127.0.0.1,localhost,::1", "no_proxy": "127.0.0.1,localhost,::1"}
    assert status == 0 and {name: environment.get(name) for name in expected} == expected, (status, environment)
    assert where.startswith(folder) and not set(taken) & set(environment), (where, environment)
    # The same, without a folder of its own, for a server that runs already.
    status, printed, _ = run("env", "--vertex", "--port", "8863", variables={"TMPDIR": "/none"})
    lines = printed.splitlines()
    assert status == 0 and [line for line in lines if line.startswith("unset")] == [f"unset {name}" for name in (
        "GEMINI_API_KEY", "GOOGLE_API_KEY", "GOOGLE_GENAI_USE_ENTERPRISE", "NO_GCE_CHECK", "GOOGLE_APPLICATION_CREDENTIALS")], printed
    assert "export GCE_METADATA_HOST=127.0.0.1:8863" in lines and "export CLOUDSDK_CONFIG=/nonexistent/tunemock" in lines, printed


def test_where_no_folder_can_be_made_there_is_none():
    status, output, errors = run("exec", "--vertex", "--", "sh", "-c", 'echo "$CLOUDSDK_CONFIG"', variables={"TMPDIR": "/none"})
    assert (status, output) == (0, "/nonexistent/tunemock\n") and "CLOUDSDK_CONFIG" in errors, (status, output, errors)


def test_a_key_that_is_set_is_kept_and_never_shown():
    for words in (["exec", "--log-level", "debug", "--", "sh", "-c", 'test "$GEMINI_API_KEY" = my-secret'], ["env"]):
        status, output, errors = run(*words, variables={"GEMINI_API_KEY": "my-secret"})
        assert status == 0 and "my-secret" not in output + errors, output + errors


def test_no_proxy_keeps_what_it_has():
    for given, expected in (
            ({"NO_PROXY": "corp.example", "no_proxy": ""}, ["corp.example,127.0.0.1,localhost,::1"] * 2),
            ({"NO_PROXY": "", "no_proxy": "a, localhost"}, ["a, localhost,127.0.0.1,::1"] * 2),
            ({"NO_PROXY": "a", "no_proxy": "*"}, ["a,127.0.0.1,localhost,::1", "*"])):
        status, output, _ = sh('echo "$NO_PROXY"; echo "$no_proxy"', variables=given)
        assert status == 0 and output.splitlines() == expected, (given, output)


def masks(status):
    """Of lines of /proc/PID/status, without the two signals that are the C library's own, which nobody can reset."""
    return [int(mask, 16) & ~(3 << 31) for mask in re.findall(r"\S+$", status, re.MULTILINE)]


def test_the_command_gets_the_process_as_it_was():
    """Signals, descriptors and limits, none of them as the server needs them."""
    def spoil():
        signal.signal(signal.SIGPIPE, signal.SIG_IGN)
        signal.signal(signal.SIGCHLD, signal.SIG_IGN)
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM, signal.SIGUSR1})

    status, output, _ = run("exec", "grep", "-E", "^(SigBlk|SigIgn)", "/proc/self/status", preexec_fn=spoil, restore_signals=False)
    assert (status, *masks(output)) == (0, 0, 0), output
    extra, _ = os.pipe()
    limits = subprocess.run(["sh", "-c", "ulimit -Sn 64; ulimit -Sn; ls /proc/self/fd; exec \"$@\"", "sh", tunemock.binary(), "exec",
                             "sh", "-c", "ulimit -Sn; ls /proc/self/fd"], pass_fds=[extra], stdin=subprocess.DEVNULL,
                            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=tunemock.environment(), check=True)
    lines = limits.stdout.decode().split()
    assert lines[:len(lines) // 2] == lines[len(lines) // 2:] and lines[0] == "64", lines


def test_signals_that_the_parent_ignores_on_purpose_stay_ignored():
    ignored = (signal.SIGHUP, signal.SIGINT, signal.SIGQUIT)

    def as_nohup():
        for number in ignored:
            signal.signal(number, signal.SIG_IGN)

    status, output, _ = run("exec", "grep", "^SigIgn", "/proc/self/status", preexec_fn=as_nohup)
    assert (status, *masks(output)) == (0, sum(1 << (number - 1) for number in ignored)), output


def test_a_pipe_ends_when_the_command_closes_its_end():
    with started("sh", "-c", "exec >&- <&-; sleep 20", stdin=subprocess.PIPE) as process:
        assert process.stdout.read() == b""
        assert process.poll() is None
        with contextlib.suppress(BrokenPipeError):
            while True:
                process.stdin.write(b"x" * 65536)
                process.stdin.flush()
        with contextlib.suppress(BrokenPipeError):
            process.stdin.close()


# --- the command line ---

def test_options_before_the_command_are_ours_and_all_behind_it_is_its_own():
    show = [sys.executable, "-c", "import sys; print(sys.argv[1:])"]
    for words, expected in (
            (["exec", *show, "--port", "x", "--help", "-h"], ["--port", "x", "--help", "-h"]),
            (["exec", "--", *show, "--", "a b", "", "*", "$HOME"], ["--", "a b", "", "*", "$HOME"]),
            (["--seed", "1", "exec", "--step-time=0", "--seed", "2", "--", *show, "--seed"], ["--seed"]),
            (["exec", "--threads", "1", *show, "exec", "--version"], ["exec", "--version"])):
        status, output, errors = run(*words)
        assert (status, output) == (0, f"{expected}\n"), (words, output, errors)


def test_options_and_variables_hold():
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
    for words, variables in ((["--port", port], {}), ([], {"TUNEMOCK_PORT": str(port)})):
        assert READY.match(sh(":", *words, variables=variables)[2]).group(2) == str(port)
    assert READY.match(sh(":", variables={"TUNEMOCK_PORT": "tcp://10.0.0.1:80"})[2])
    call = 'curl -s --noproxy "*" "$TUNEMOCK_URL/v1beta/tunedModels" >/dev/null'
    assert "GET /v1beta/tunedModels" not in sh(call)[2]
    for words, variables in ((["--log-level", "info"], {}), ([], {"TUNEMOCK_LOG_LEVEL": "info"})):
        assert "info: GET /v1beta/tunedModels 200" in sh(call, *words, variables=variables)[2]


def test_wrong_usage_starts_nothing():
    for words, message in ((["exec"], "exec: needs a command"), (["exec", "--"], "exec: needs a command"),
                           (["exec", "--step-time", "5", "--", "echo", "started"], "--step-time takes"),
                           (["exec", "--prot", "1", "--", "echo", "started"], "did you mean --port?"),
                           (["exce", "true"], 'did you mean exec?'), (["env", "--port", "0"], "env: needs")):
        status, output, errors = run(*words)
        assert (status, output) == (2, "") and message in errors, (words, output, errors)


def test_a_server_that_cannot_start_starts_no_command():
    with socket.create_server(("127.0.0.1", 0)) as other, tempfile.TemporaryDirectory() as folder:
        for words, code in ((["--port", other.getsockname()[1]], 98), (["--data", f"{folder}/none"], 2), (["--db", folder], 1)):
            assert sh("echo started", *words)[:2] == (code, ""), words


# --- how it ends ---

def test_the_exit_code_is_the_commands():
    for script, code in (("exit 0", 0), ("exit 1", 1), ("exit 7", 7), ("exit 255", 255), ("kill -9 $$", 137), ("kill -TERM $$", 143),
                         ("kill -INT $$", 130)):
        assert sh(script)[0] == code, script


def test_a_command_that_cannot_be_run_is_named():
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder)
        (path / "no-program").write_text("", encoding="ascii")
        (path / "no-shell").write_text("#!/nowhere/sh\n", encoding="ascii")
        (path / "no-shell").chmod(0o755)
        (path / "script").write_text("exit 5\n", encoding="ascii")
        (path / "script").chmod(0o755)
        for command, code, message in (
                ("no-such-command", 127, "exec: no-such-command: not found"), ("", 127, 'exec: "": not found'),
                (f"{folder}/none", 127, f"exec: {folder}/none: not found"),
                (f"{folder}/no-shell", 127, "what its first line names is not found"),
                (f"{folder}/no-program/x", 127, "not found"),
                (f"{folder}/no-program", 126, "no-program: Permission denied"), (folder, 126, f"{folder}: Permission denied"),
                (f"{folder}/script", 5, "")):
            status, output, errors = run("exec", "--", command)
            assert (status, output) == (code, "") and message in errors, (command, status, errors)


def test_each_signal_is_passed_on_once():
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGQUIT, signal.SIGUSR1, signal.SIGUSR2, signal.SIGRTMAX):
        with listening() as process:
            process.send_signal(number)
            assert process.stdout.read().decode() == f"{signal.Signals(number).name}\n"
            assert process.wait(tunemock.SECONDS_MAX) == 9


def test_a_signal_to_the_whole_group_is_heard_once():
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGUSR2):
        with listening(start_new_session=True) as process:
            os.killpg(process.pid, number)
            assert process.stdout.read().decode() == f"{signal.Signals(number).name}\n"
            assert process.wait(tunemock.SECONDS_MAX) == 9


def wait_until_heard(pid):
    """Until no signal waits for the process: two of one kind would become one."""
    deadline = time.monotonic() + tunemock.SECONDS_MAX
    while re.search(r"^(Sig|Shd)Pnd:\s*0*[1-9a-f]", pathlib.Path(f"/proc/{pid}/status").read_text(encoding="ascii"), re.MULTILINE):
        assert time.monotonic() < deadline
        time.sleep(0.001)


def test_no_signal_is_lost_for_one_that_the_group_was_sent_before():
    script = "import os, signal, sys\n" \
        "for number in (signal.SIGUSR1, signal.SIGUSR2): signal.signal(number, lambda number, _: os.write(1, b'%d\\n' % number))\n" \
        "print('listening', flush=True); sys.stdin.read()"
    with started(sys.executable, "-c", script, stdin=subprocess.PIPE, start_new_session=True) as process:
        assert process.stdout.readline() == b"listening\n"
        for send in (os.killpg, os.kill, os.kill, os.killpg, os.killpg, os.kill):
            for number in (signal.SIGUSR1, signal.SIGUSR2):
                send(process.pid, number)
                assert process.stdout.readline() == b"%d\n" % number
                wait_until_heard(process.pid)
        process.stdin.close()
        assert (process.stdout.read(), process.wait(tunemock.SECONDS_MAX)) == (b"", 0), process.returncode


def test_a_signal_that_ends_the_command_is_its_exit_code():
    for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGUSR1):
        with started("sh", "-c", "echo; exec sleep 60") as process:
            process.stdout.readline()
            process.send_signal(number)
            assert process.wait(tunemock.SECONDS_MAX) == 128 + number


def test_a_command_that_has_stopped_itself_hears_the_end():
    with started("sh", "-c", "echo; kill -STOP $$; echo again; exec sleep 60") as process:
        process.stdout.readline()
        process.send_signal(signal.SIGTERM)
        assert process.wait(tunemock.SECONDS_MAX) == 143
    # Continued by somebody else it just goes on.
    with started("sh", "-c", "echo $$; kill -STOP $$; exit 4") as process:
        pid = int(process.stdout.readline())
        deadline = time.monotonic() + tunemock.SECONDS_MAX
        while pathlib.Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(") ")[2][0] != "T":
            assert time.monotonic() < deadline
            time.sleep(0.01)
        os.kill(pid, signal.SIGCONT)
        assert process.wait(tunemock.SECONDS_MAX) == 4


@contextlib.contextmanager
def in_a_terminal(*words):
    """The program as a terminal's foreground job; gives (pid, descriptor of the terminal's other side)."""
    pid, terminal = pty.fork()
    if pid == 0:
        os.execve(tunemock.binary(), [tunemock.binary(), "exec", *words], tunemock.environment())
    try:
        yield pid, terminal
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
        os.close(terminal)


def read_terminal(terminal, marker):
    received = b""
    while marker not in received:
        received += os.read(terminal, 4096)
    return received.decode()


def ended(pid):
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


def test_the_command_reads_the_terminal():
    with in_a_terminal("sh", "-c", 'read line; echo "heard $line"; exit 6') as (pid, terminal):
        os.write(terminal, b"hello\n")
        assert "heard hello" in read_terminal(terminal, b"heard hello\r\n")
        assert ended(pid) == 6


def test_in_the_background_both_stop_for_the_terminal_and_go_on():
    """Whose shell sees the program stopped, and not only what it runs, can wake both."""
    reader, writer = os.pipe()
    pid, terminal = pty.fork()
    if pid == 0:
        child = os.fork()
        if child == 0:
            os.setpgid(0, 0)
            os.execve(tunemock.binary(), [tunemock.binary(), "exec", "stty", "-echo"], tunemock.environment())
        stopped = os.WIFSTOPPED(os.waitpid(child, os.WUNTRACED)[1])
        signal.signal(signal.SIGTTOU, signal.SIG_IGN)
        os.tcsetpgrp(0, child)
        os.killpg(child, signal.SIGCONT)
        code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        os.write(writer, f"{stopped} {code}".encode())
        os._exit(0)
    os.close(writer)
    with contextlib.suppress(OSError):
        while os.read(terminal, 4096):
            pass
    assert os.read(reader, 100) == b"True 0"
    assert ended(pid) == 0
    os.close(reader)
    os.close(terminal)


def test_a_key_of_the_terminal_is_heard_once():
    for key, name in ((b"\x03", "SIGINT"), (b"\x1c", "SIGQUIT")):
        with in_a_terminal(sys.executable, "-c", LISTENER) as (pid, terminal):
            read_terminal(terminal, b"listening\r\n")
            os.write(terminal, key)
            # The terminal shows the key itself, too, and perhaps not in one piece.
            heard = read_terminal(terminal, f"{name}\r\n".encode())
            assert heard.count(name) == 1, repr(heard)
            assert ended(pid) == 9


def test_a_key_reaches_a_command_that_has_stopped_itself():
    with in_a_terminal("sh", "-c", "echo here; kill -STOP $$; exit 1") as (pid, terminal):
        read_terminal(terminal, b"here\r\n")
        os.write(terminal, b"\x03")
        assert ended(pid) == 130


# --- what it leaves behind ---

LEFT = {
    "a child": "sleep 300 & echo $!",
    "a stopped child": "sleep 300 & kill -STOP $!; echo $!",
    "an orphan": "(sleep 300 & echo $!)",
    "another session": "setsid sh -c 'echo $$; exec sleep 300' &\nsleep 0.2",
    "a daemon": "(setsid sh -c '(sleep 300 & echo $!) & wait' & wait)",
    "a child of a daemon": "setsid sh -c 'sleep 300 & echo $!; wait; exit' & sleep 0.2",
}


def test_what_the_command_leaves_running_is_ended():
    for what, script in LEFT.items():
        # Into a file: it would keep a pipe open.
        with tempfile.TemporaryDirectory() as folder:
            status, output, errors = sh(f"{{ {script}\n}} >pids; cat pids; exit 3", cwd=folder)
        [pid] = map(int, output.split())
        # Not just about to be: it is gone before exec is.
        assert status == 3 and not is_running(pid), (what, status, output, errors)


def test_what_is_left_may_take_its_time_to_end():
    with tempfile.TemporaryDirectory() as folder:
        script = f"(setsid sh -c 'trap \"sleep 0.2; echo bye >{folder}/said; exit\" TERM; echo >{folder}/ready; while :; do sleep 0.05; done' &)"
        assert sh(f"{script}; while ! [ -e {folder}/ready ]; do sleep 0.01; done")[0] == 0
        assert pathlib.Path(f"{folder}/said").read_text(encoding="ascii") == "bye\n"


def test_orphans_that_end_leave_no_zombies():
    with started("sh", "-c", "for i in 1 2 3 4 5; do (true &); done; sleep 0.3; ps -o stat= --ppid $PPID; echo; cat",
                 stdin=subprocess.PIPE) as process:
        assert b"Z" not in process.stdout.readline()
        process.stdin.close()
        assert process.wait(tunemock.SECONDS_MAX) == 0


def test_the_command_does_not_outlive_a_server_that_is_killed():
    with started("sh", "-c", "echo $$; exec sleep 300") as process:
        pid = int(process.stdout.readline())
        process.kill()
        wait_until_gone(pid)


def test_one_exec_may_run_another():
    status, output, errors = run("exec", tunemock.binary(), "exec", "sh", "-c", 'echo "$TUNEMOCK_URL"; exit 4')
    urls = [match.group(1) for match in READY.finditer(errors)]
    assert status == 4 and len(set(urls)) == 2 and output.strip() == urls[1], (output, errors)


# --- what is said of a failure ---

ASK = """
ask() { curl -s --noproxy '*' "$@" >/dev/null; }
url=$TUNEMOCK_URL/v1beta
ask "$url/models?key=my-secret"
ask $url/tunedModels/none
ask -H 'x-goog-api-key: my-secret' -d '{"baseModel":"models/gemini-1.5-flash-001-tuning","displayName":"x"}' \\
    "$url/tunedModels?tunedModelId=x"
ask "$TUNEMOCK_URL/no%1bwhere%0Aat/all"
"""


def lines_of(errors):
    return [line for line in errors.splitlines() if not re.match(r"tunemock ready|\d{4}-", line)]


def test_a_command_that_fails_is_told_what_it_asked_last():
    status, _, errors = sh(f"{ASK}\nexit 3")
    assert status == 3 and "my-secret" not in errors and "\x1b" not in errors, errors
    head, *rows = lines_of(errors)
    assert head == "tunemock: the command ended with 3; the last 4 of its 4 requests:", errors
    columns = [re.split(r"  +", row.strip()) for row in rows]
    assert columns[:3] == [["models.list", "200"],
                           ["tunedModels.get", "tunedModels/none", "404 NOT_FOUND", "Tuned model tunedModels/none does not exist."],
                           ["tunedModels.create", "tunedModels/x", "200"]], columns
    assert columns[3][0].startswith("hint: created without trainingData"), columns
    assert columns[4][0].startswith("GET /no") and columns[4][1:] == ["404 NOT_FOUND", "The path names no method."], columns
    assert len(columns) == 5, columns
    status, _, errors = sh("for i in 1 2 3 4 5 6 7 8 9 10 11; do curl -s --noproxy '*' $TUNEMOCK_URL/v1/models >/dev/null; done; kill -9 $$")
    assert status == 137 and lines_of(errors)[0].endswith("ended with 137; the last 10 of its 11 requests:"), errors
    assert len(lines_of(errors)) == 11


def test_the_last_requests_are_of_all_namespaces():
    _, _, errors = sh("""
        for name in two one default; do
            curl -s --noproxy '*' -H "X-Emulator-Namespace: $name" $TUNEMOCK_URL/v1beta/tunedModels/$name >/dev/null
        done
        exit 3""")
    head, *rows = lines_of(errors)
    assert head == "tunemock: the command ended with 3; the last 3 of its 3 requests:", errors
    assert [row.split()[:3] for row in rows] == [
        ["two", "tunedModels.get", "tunedModels/two"], ["one", "tunedModels.get", "tunedModels/one"],
        ["tunedModels.get", "tunedModels/default", "404"]], errors


def test_a_command_that_asked_nothing_is_told_so():
    _, _, errors = sh("exit 5")
    assert lines_of(errors) == [f"tunemock: the command ended with 5, and has sent no request to {READY.match(errors).group(1)}"]


def test_nothing_is_said_where_there_is_nothing_to_say():
    for script, options in (("exit 0", []), (f"{ASK}", []), ("exit 1", ["--journal-max", "0"]), ("exit 1", ["--log-level", "none"])):
        assert lines_of(sh(script, *options)[2]) == [], script
    assert lines_of(run("exec", "no-such-command")[2]) == ["tunemock: exec: no-such-command: not found"]


# --- env ---

def test_env_prints_what_a_shell_takes():
    awkward = "a b'c\"$(touch x)`\\"
    status, output, errors = run("env", "--port", "12345", variables={"NO_PROXY": awkward, "GOOGLE_API_KEY": "x"})
    assert (status, errors) == (0, ""), errors
    done = subprocess.run(["sh", "-e", "-c", f'{output}\nprintf "%s|" "$TUNEMOCK_URL" "$GEMINI_API_KEY" "${{GOOGLE_API_KEY-none}}" "$NO_PROXY"'],
                          stdout=subprocess.PIPE, env={**os.environ, "GOOGLE_API_KEY": "x"}, check=True)
    assert done.stdout.decode() == f"http://127.0.0.1:12345|any|none|{awkward},127.0.0.1,localhost,::1|", done.stdout
    for line in output.splitlines():
        assert re.match(r"(export [A-Za-z_]+=|unset [A-Z_]+$)", line), line
        assert len(shlex.split(line)) == 2, line


def test_env_is_of_the_server_with_these_options():
    for words, variables, url in (([], {}, "http://127.0.0.1:8863"), (["--host", "::1"], {}, "'http://[::1]:8863'"),
                                  ([], {"TUNEMOCK_PORT": "9"}, "http://127.0.0.1:9"), (["--host", "0.0.0.0"], {}, "http://127.0.0.1:8863"),
                                  (["--host", "box"], {}, "http://box:8863")):
        status, output, _ = run("env", *words, variables=variables)
        assert status == 0 and f"export TUNEMOCK_URL={url}\n" in output, (words, output)
    assert "NO_PROXY=127.0.0.1,localhost,::1,box\n" in output, output


tunemock.run_tests(globals())
