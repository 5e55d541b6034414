#!/usr/bin/env -S python3 -B
"""Who reads stderr: nobody, or slowly. The server must not notice, and must say what is missing."""
import contextlib
import http.client
import os
import re
import signal
import subprocess
import sys
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "http"))
import tunemock  # noqa: E402

# What the log gathers, a pipe, and what is on its way hold some 20,000 lines of this length.
REQUESTS = 40000
PATH = "/v1beta/models/" + "x" * 40


@contextlib.contextmanager
def served():
    """A server whose stderr is a pipe; gives its process, its port, and the end to read from."""
    reader, writer = os.pipe()
    process = subprocess.Popen(
        [tunemock.binary(), "--port", "0", "--log-level", "info"], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
        stderr=writer, env=tunemock.environment())
    os.close(writer)
    try:
        with process.stdout:
            yield process, int(tunemock.READY.match(process.stdout.readline().decode()).group(2)), reader
    finally:
        process.kill()
        process.wait()
        os.close(reader)


def flood(port, count):
    """Sends requests, 100 at a time, and returns how long the slowest hundred took."""
    slowest = 0
    request = f"GET {PATH} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode() * 100
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=tunemock.SECONDS_MAX)
    connection.connect()
    with contextlib.closing(connection):
        for _ in range(count // 100):
            started = time.monotonic()
            connection.sock.sendall(request)
            received = 0
            while received < 100:
                received += connection.sock.recv(1 << 20).count(b"HTTP/1.1 404 ")
            slowest = max(slowest, time.monotonic() - started)
    return slowest


def read_for_a_while(reader, into, seconds):
    """Reads until nothing has come for so long."""
    os.set_blocking(reader, False)
    last = time.monotonic()
    while time.monotonic() - last < seconds:
        try:
            part = os.read(reader, 1 << 20)
        except BlockingIOError:
            time.sleep(0.01)
            continue
        if not part:
            return
        into += part
        last = time.monotonic()


def test_a_pipe_that_nobody_reads_keeps_neither_requests_nor_the_end():
    with served() as (process, port, _):
        flood(port, tunemock.scaled(REQUESTS))
        process.send_signal(signal.SIGTERM)
        assert process.wait(tunemock.SECONDS_MAX) == 0


def test_who_reads_again_is_told_how_many_lines_are_missing():
    count = REQUESTS
    with served() as (process, port, reader):
        flood(port, count)
        log = bytearray()
        read_for_a_while(reader, log, 2)
        # The count came by itself, and lines are written again.
        lost = [int(number) for number in re.findall(rb"the log had no room: (\d+) lines", log)]
        kept = log.count(b"info: GET ")
        assert lost and kept + sum(lost) == count, (kept, lost)
        flood(port, 100)
        process.send_signal(signal.SIGTERM)
        read_for_a_while(reader, log, 2)
        assert process.wait(tunemock.SECONDS_MAX) == 0
        assert log.count(b"info: GET ") == kept + 100
        assert b"stopping on " in log
        assert all(re.match(rb"\d{4}-\d\d-\d\dT\S+Z [a-z]+: ", line) for line in log.splitlines())


def test_a_slow_reader_delays_no_request():
    with served() as (process, port, reader):
        is_over = threading.Event()

        def read_slowly():
            # 20 KB a second.
            while not is_over.is_set() and os.read(reader, 2000):
                is_over.wait(0.1)

        thread = threading.Thread(target=read_slowly)
        thread.start()
        slowest = flood(port, tunemock.scaled(REQUESTS))
        process.send_signal(signal.SIGTERM)
        status = process.wait(tunemock.SECONDS_MAX)
        is_over.set()
        thread.join()
        assert status == 0
        # A hundred take some milliseconds; the reader would need a second for them.
        assert tunemock.is_sanitized() or slowest < 0.9, slowest


tunemock.run_tests(globals())
