#!/usr/bin/env -S python3 -B
"""What a parent process can do to the server: signals at any time, descriptors that are closed, full or not read, and
whatever may lie where the ready file is to be."""
import contextlib
import os
import re
import select
import signal
import socket
import subprocess
import sys
import tempfile
import termios
import time

import tunemock

# Probes are answered with a close; this keeps its connection.
GET_LIST = b"GET /v1beta/tunedModels HTTP/1.1\r\nHost: localhost\r\n\r\n"
GET_HEALTH = b"GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n"


@contextlib.contextmanager
def launched(*options, **popen):
    """A process that runs the server, whether it gets ready or not."""
    popen = {"stdin": subprocess.DEVNULL, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, **popen}
    process = subprocess.Popen([tunemock.binary(), "--port", "0", *options], env=tunemock.environment(), **popen)
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def wait_for(condition):
    deadline = time.monotonic() + tunemock.SECONDS_MAX
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.005)


def ends(process, signal_number=signal.SIGTERM):
    """Sends the signal, and gives the exit status. A server that does not hear it fails the test."""
    process.send_signal(signal_number)
    return process.wait(tunemock.SECONDS_MAX)


@contextlib.contextmanager
def full_pipe():
    """The end to write to of a pipe that has no room and is not read."""
    reader, writer = os.pipe()
    try:
        os.set_blocking(writer, False)
        for size in (4096, 1):
            with contextlib.suppress(BlockingIOError):
                while True:
                    os.write(writer, b"x" * size)
        os.set_blocking(writer, True)
        yield writer
    finally:
        os.close(reader)
        os.close(writer)


def answers(url):
    host, port = url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=tunemock.SECONDS_MAX) as connection:
        connection.sendall(GET_HEALTH)
        return tunemock.read_answer(connection)[0] == 200


@contextlib.contextmanager
def ready_path():
    with tempfile.TemporaryDirectory() as folder:
        yield f"{folder}/url"


def read(path):
    with open(path, encoding="utf-8") as file:
        return file.read()


def write(path, content):
    with open(path, "w", encoding="utf-8") as file:
        file.write(content)


def test_each_signal_ends_the_server_and_takes_the_ready_file_along():
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        with ready_path() as path, tunemock.start("--ready-file", path) as server:
            assert os.path.exists(path)
            assert ends(server.process, number) == 0
            assert "stopping on " in server.log()
            assert os.listdir(os.path.dirname(path)) == []


def test_a_hang_up_that_the_parent_ignores_is_ignored():
    with tunemock.start(limits=lambda: signal.signal(signal.SIGHUP, signal.SIG_IGN)) as server:
        server.process.send_signal(signal.SIGHUP)
        assert server.request("GET", "/health")[0] == 200


def test_signals_that_come_together_end_the_server_once():
    with tunemock.start() as server:
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGINT):
            server.process.send_signal(number)
        assert server.process.wait(tunemock.SECONDS_MAX) == 0


def test_no_file_gets_the_number_of_a_descriptor_that_was_closed():
    def close_all(descriptors):
        return lambda: [os.close(descriptor) for descriptor in descriptors]

    for descriptors in ((0,), (1,), (2,), (0, 1, 2)):
        with ready_path() as path, launched(
                "--ready-file", path, "--db", f"{os.path.dirname(path)}/models.db",
                preexec_fn=close_all(descriptors)) as process:
            wait_for(lambda: os.path.exists(path))
            assert [os.readlink(f"/proc/{process.pid}/fd/{number}") for number in range(3)] == ["/dev/null"] * 3
            assert answers(read(path).strip())
            assert ends(process) == 0


def test_a_ready_line_that_cannot_be_written_is_told_on_stderr_and_the_server_serves():
    broken_reader, broken = os.pipe()
    os.close(broken_reader)
    with open("/dev/full", "wb") as full, open(broken, "wb") as pipe:
        for stdout, words in ((full, b"No space left"), (pipe, b"Broken pipe")):
            with ready_path() as path, tempfile.TemporaryFile() as log, launched(
                    "--ready-file", path, stdout=stdout, stderr=log) as process:
                wait_for(lambda: os.path.exists(path))
                assert answers(read(path).strip())
                assert ends(process) == 0
                log.seek(0)
                assert re.search(rb"warning: stdout: " + words + b".*nobody has seen the line", log.read())


def test_a_full_stdout_keeps_neither_the_server_nor_its_end():
    with ready_path() as path, full_pipe() as stdout, launched("--ready-file", path, stdout=stdout) as process:
        wait_for(lambda: os.path.exists(path))
        assert answers(read(path).strip())
        assert ends(process) == 0
        assert not os.path.exists(path)


def test_a_full_stderr_keeps_neither_the_server_nor_its_end():
    with ready_path() as path, full_pipe() as stderr, launched("--ready-file", path, stderr=stderr) as process:
        wait_for(lambda: os.path.exists(path))
        assert answers(read(path).strip())
        assert ends(process) == 0


def test_a_full_stderr_keeps_no_last_words():
    for words, status in ((["--colour"], 2), (["--data", "/nowhere"], 2), (["--db", "/nowhere/models.db"], 1),
                          (["healthcheck"], 1)):
        with full_pipe() as stderr, launched(*words, stderr=stderr) as process:
            assert process.wait(tunemock.SECONDS_MAX) == status, words


# The leader of a terminal's session, which is in the foreground, and runs the rest of its arguments in the background.
TERMINAL_LEADER = """
import fcntl, os, subprocess, sys, termios
fcntl.ioctl(0, termios.TIOCSCTTY, 0)
server = subprocess.Popen(sys.argv[1:], stdout=0, stderr=0, preexec_fn=os.setpgrp)
print(server.pid, flush=True)
sys.exit(server.wait())
"""


def test_a_terminal_that_stops_who_writes_in_the_background_does_not_stop_the_server():
    main, terminal = os.openpty()
    attributes = termios.tcgetattr(terminal)
    attributes[3] |= termios.TOSTOP
    termios.tcsetattr(terminal, termios.TCSANOW, attributes)
    with ready_path() as path, subprocess.Popen(
            [sys.executable, "-c", TERMINAL_LEADER, tunemock.binary(), "--port", "0", "--ready-file", path],
            env=tunemock.environment(), start_new_session=True, stdin=terminal, stdout=subprocess.PIPE) as leader:
        pid = int(leader.stdout.readline())
        try:
            wait_for(lambda: os.path.exists(path))
            # Its log has been written, or it was stopped for it.
            assert select.select([main], [], [], tunemock.SECONDS_MAX)[0]
            assert answers(read(path).strip())
            os.kill(pid, signal.SIGTERM)
            assert leader.wait(tunemock.SECONDS_MAX) == 0
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
            os.close(main)
            os.close(terminal)


def test_flags_that_others_share_stay_as_they_are():
    with tempfile.TemporaryDirectory() as folder, ready_path() as path:
        os.mkfifo(f"{folder}/log")
        stderr = os.open(f"{folder}/log", os.O_RDWR)
        try:
            with launched("--ready-file", path, stderr=stderr) as process:
                wait_for(lambda: os.path.exists(path))
                assert os.get_blocking(stderr)
                assert ends(process) == 0
        finally:
            os.close(stderr)


def test_an_old_ready_file_is_gone_before_the_seeds_are_read():
    with ready_path() as path:
        write(path, "http://127.0.0.1:1\n")
        status, _, errors = tunemock.run("--port", "0", "--ready-file", path, "--data", "/nowhere")
        assert status == 2, errors
        assert not os.path.exists(path)


def test_a_ready_file_follows_no_link():
    with ready_path() as path, ready_path() as other:
        for content in ("precious\n", None):
            if content:
                write(other, content)
            else:
                os.unlink(other)
            os.symlink(other, path)
            with tunemock.start("--ready-file", path) as server:
                assert not os.path.islink(path)
                assert read(path) == f"{server.url}\n"
            assert (read(other) if content else os.path.exists(other)) == (content or False)
            assert not os.path.lexists(path)


def test_a_ready_file_that_is_not_ours_any_more_stays():
    with ready_path() as path:
        with tunemock.start("--ready-file", path):
            os.unlink(path)
            write(path, "of another server\n")
        assert read(path) == "of another server\n"
        # Nor is the file of the server that came later removed by the one that leaves first.
        with tunemock.start("--ready-file", path) as later:
            with tunemock.start("--ready-file", path) as last:
                later.stop()
                assert read(path) == f"{last.url}\n"


def test_a_fifo_gets_the_url_and_keeps_nobody_who_does_not_read_it():
    with ready_path() as path:
        os.mkfifo(path)
        with tunemock.start("--ready-file", path) as server:
            assert server.request("GET", "/health")[0] == 200
        with tunemock.start("--ready-file", path) as server:
            assert read(path) == f"{server.url}\n"
        assert os.listdir(os.path.dirname(path)) == ["url"]
    with tunemock.start("--ready-file", "/dev/null"):
        pass
    assert not os.path.isfile("/dev/null")


def test_a_folder_in_the_way_of_the_ready_file_ends_the_start_before_it_serves():
    with ready_path() as path:
        os.mkdir(path)
        status, output, errors = tunemock.run("--port", "0", "--ready-file", path)
        assert (status, output) == (1, ""), (status, output)
        assert f"--ready-file {path}: is there already" in errors, errors


def test_what_was_sent_before_the_signal_is_answered():
    with tunemock.start() as server, contextlib.ExitStack() as stack:
        kept = stack.enter_context(server.connect())
        kept.sendall(GET_LIST)
        assert tunemock.read_answer(kept)[0] == 200
        # It finds all of this at once: requests that nobody has read, connections that nobody has accepted.
        server.process.send_signal(signal.SIGSTOP)
        connections = [stack.enter_context(server.connect()) for _ in range(300)]
        for connection in [*connections, kept]:
            connection.sendall(GET_LIST)
        server.process.send_signal(signal.SIGTERM)
        server.process.send_signal(signal.SIGCONT)
        for connection in [*connections, kept]:
            assert tunemock.read_answer(connection)[0] == 200


def test_what_arrives_in_the_moment_after_the_signal_is_answered():
    for start, rest in ((GET_HEALTH[:20], GET_HEALTH[20:]), (GET_LIST[:20], GET_LIST[20:]),
                        (b"P", b"OST /nothing HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\n\r\n{}")):
        with tunemock.start() as server, server.connect() as connection, server.connect() as other:
            connection.sendall(start)
            other.sendall(GET_HEALTH)
            assert tunemock.read_answer(other)[0] == 200
            server.process.send_signal(signal.SIGTERM)
            time.sleep(0.05)
            connection.sendall(rest)
            assert tunemock.read_answer(connection)[0] in (200, 404), start


def test_what_never_arrives_whole_does_not_keep_the_end():
    for start in (b"", b"GET /hea", b"GET /health HTTP/1.1\r\nHost: localhost\r\n",
                  b"POST /v1beta/tunedModels HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n\r\n{"):
        with tunemock.start() as server, server.connect() as connection, server.connect() as other:
            connection.sendall(start)
            other.sendall(GET_HEALTH)
            assert tunemock.read_answer(other)[0] == 200
            started = time.monotonic()
            assert ends(server.process) == 0
            # Half a second; generous, since the machine may be busy, and short of the grace for answers.
            assert tunemock.is_sanitized() or time.monotonic() - started < 1.9, start


tunemock.run_tests(globals())
