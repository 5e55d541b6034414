#!/usr/bin/env -S python3 -B
"""tunemock exec where it takes seconds: what does not end when it is told, signals during a long start, and exec as PID 1."""
import json
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "http"))
import tunemock  # noqa: E402

# As it stands between double quotes of a shell.
DEAF_QUOTED = r"trap '' TERM INT HUP; echo \$\$; while :; do sleep 0.05; done"


def run(*words, prefix=()):
    done = subprocess.run([*prefix, tunemock.binary(), "exec", *words], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, env=tunemock.environment(), timeout=tunemock.SECONDS_MAX, check=False)
    errors = done.stderr.decode()
    assert not tunemock.SANITIZER_REPORT.search(errors), errors
    return done.returncode, done.stdout.decode(), errors


def launch(*words):
    return subprocess.Popen([tunemock.binary(), "exec", *words], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                            stderr=subprocess.PIPE, env=tunemock.environment())


def is_there(pid):
    return pathlib.Path(f"/proc/{pid}").exists()


def test_what_does_not_hear_sigterm_is_killed_after_two_seconds():
    begun = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        left = f"setsid sh -c \"{DEAF_QUOTED}\" >{folder}/pid & while ! [ -s {folder}/pid ]; do sleep 0.01; done; cat {folder}/pid; exit 3"
        status, output, errors = run("sh", "-c", left)
    assert status == 3 and not is_there(int(output)), (status, output, errors)
    assert re.search(r"[12] did not end on SIGTERM", errors), errors
    assert time.monotonic() - begun >= 2


def test_a_signal_shortens_the_wait_for_what_does_not_end():
    with launch("sh", "-c", f"(setsid sh -c \"{DEAF_QUOTED}\" &); sleep 0.5") as process:
        left = int(process.stdout.readline())
        time.sleep(1)
        begun = time.monotonic()
        process.send_signal(signal.SIGINT)
        assert process.wait(tunemock.SECONDS_MAX) == 0
        assert not is_there(left) and (tunemock.is_sanitized() or time.monotonic() - begun < 1.4)


def test_many_processes_in_many_sessions_are_all_ended():
    script = "i=0; while [ $i -lt 100 ]; do setsid sh -c 'echo $$; sleep 300 & wait' & i=$((i + 1)); done; sleep 1.5; exit 5"
    status, output, errors = run("sh", "-c", script)
    pids = output.split()
    assert status == 5 and len(pids) == 100, (status, len(pids), errors)
    assert not any(map(is_there, pids))


def has_begun(process):
    """Whether all signals are taken: before that, one does what it does to any program."""
    with open(f"/proc/{process.pid}/status", encoding="ascii") as file:
        blocked = re.search(r"^SigBlk:\s+(\w+)", file.read(), re.MULTILINE).group(1)
    taken, job_control = (int(blocked, 16) >> (number - 1) & 1 for number in (signal.SIGUSR1, signal.SIGCONT))
    return taken and not job_control  # The sanitizers block all for a while.


def test_a_signal_before_the_command_is_there_keeps_it_away():
    examples = [{"textInput": f"{number} {'x' * 80}", "output": "y" * 80} for number in range(3000)]
    with tempfile.TemporaryDirectory() as folder:
        with open(f"{folder}/seed.json", "w", encoding="utf-8") as file:
            json.dump({"tunedModels": [{
                "name": f"tunedModels/seeded-{number}", "baseModel": "models/gemini-1.5-flash-001-tuning", "state": "ACTIVE",
                "tuningTask": {"trainingData": {"examples": {"examples": examples}}}} for number in range(30)]}, file)
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGUSR1):
            with launch("--data", f"{folder}/seed.json", "echo", "started") as process:
                while not has_begun(process):
                    time.sleep(0.001)
                process.send_signal(signal.SIGWINCH)  # Says nothing of an end.
                process.send_signal(number)
                output, errors = process.communicate(timeout=tunemock.SECONDS_MAX)
                assert (process.returncode, output) == (128 + number, b""), (number, process.returncode, output, errors)


def pid_1():
    """Words before a command that make it PID 1 of a namespace; none where that is not allowed."""
    words = ["unshare", "--user", "--map-root-user", "--pid", "--fork", "--mount-proc"]
    can = shutil.which("unshare") and subprocess.run([*words, "true"], stderr=subprocess.DEVNULL, check=False).returncode == 0
    return words if can else []


def test_it_does_the_work_of_pid_1():
    if not pid_1():
        raise tunemock.Skipped("no namespace of processes can be made here")
    script = ("test $PPID = 1 || exit 90; setsid sh -c '(sleep 300 &) ; exit' & (true &); sleep 0.3; "
              "test -z \"$(ps -o stat= --ppid 1 | grep Z)\" || exit 91; kill -TERM 1; sleep 10")
    for command, code in ((f"trap 'exit 7' TERM; {script}", 7), (script, 143), ("exit 3", 3)):
        status, _, errors = run("sh", "-c", command, prefix=pid_1())
        assert status == code, (command, status, errors)


tunemock.run_tests(globals())
