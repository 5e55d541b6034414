"""Runs the tunemock binary for tests that talk to it over sockets. Python's standard library only.

    import tunemock

    def test_an_unknown_path_is_404():
        with tunemock.start("--step-time", "0") as server:
            status, headers, body = server.request("GET", "/nothing")
            assert status == 404

    tunemock.run_tests(globals())

The binary is the one named by the variable TUNEMOCK. Each server listens on a free port of its own, keeps its state in
memory unless told otherwise, and is stopped with SIGTERM at the end of the with block, which fails unless the server
then exits with 0 and no sanitizer has complained. run_tests prints TAP: functions named test_... in the order they were
written, their names made into sentences.
"""
import contextlib
import functools
import http.client
import json
import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import time
import traceback

# Children get the default action back: a start that has SIGHUP ignored, as under nohup, goes on ignoring it.
signal.signal(signal.SIGHUP, signal.SIG_DFL)

# Generous: the sanitizers slow everything down, and the machine may be busy.
SECONDS_MAX = 60

READY = re.compile(r"^tunemock ready on (http://\S+:(\d+))$")
SANITIZER_REPORT = re.compile(r"ERROR: \w+Sanitizer|WARNING: ThreadSanitizer|runtime error:|Assertion .* failed")


def binary():
    path = os.environ.get("TUNEMOCK")
    if not path:
        sys.exit("set TUNEMOCK to the path of the binary to test")
    return path


@functools.cache
def _names_in(path):
    """Which of the names by which builds are told apart stand in a binary."""
    with open(path, "rb") as file:
        content = file.read()
    return {name for name in (b"__asan_init", b"__tsan_init", b"__gcov_") if name in content}


def is_sanitized():
    """True if the binary was built with a sanitizer: it is slow then, and its memory says nothing."""
    return bool(_names_in(binary()) & {b"__asan_init", b"__tsan_init"})


def is_covered():
    """True if the binary was built to count the lines that are reached, which makes it slow, too."""
    return b"__gcov_" in _names_in(binary())


def scaled(count):
    """How much of a flood to send: all of it, or a tenth to a sanitizer or to count lines."""
    return max(1, count // 10) if is_sanitized() or is_covered() else count


def environment(variables=None):
    """The tests' own variables without the options that TUNEMOCK_... would set, and with `variables`."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("TUNEMOCK")}
    return {**kept, **(variables or {})}


class Server:
    """A running server. Made by start()."""

    def __init__(self, process, log_file, url, port):
        self.process = process
        self.pid = process.pid
        self.url = url
        self.port = port
        self._log_file = log_file

    def request(self, method, path, body=None, headers=None):
        """Sends one request on a connection of its own; returns (status, headers, body).

        `body` may be bytes, text, or anything that json.dumps takes; then Content-Type says so. `headers` of the answer
        ignore case.
        """
        headers = dict(headers or {})
        if body is not None and not isinstance(body, (bytes, str)):
            body = json.dumps(body)
            headers.setdefault("Content-Type", "application/json")
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=SECONDS_MAX)
        with contextlib.closing(connection):
            connection.request(method, path, body, headers)
            answer = connection.getresponse()
            return answer.status, answer.headers, answer.read()

    def json(self, method, path, body=None, headers=None):
        """Like request, but returns (status, the answer's JSON)."""
        status, _, content = self.request(method, path, body, headers)
        return status, json.loads(content)

    def connect(self, host="127.0.0.1"):
        """A plain socket to the server."""
        return socket.create_connection((host, self.port), timeout=SECONDS_MAX)

    def exchange(self, sent, host="127.0.0.1"):
        """Sends bytes as they are, shuts down the sending side, and returns all that comes back."""
        with self.connect(host) as connection:
            try:
                connection.sendall(sent)
                connection.shutdown(socket.SHUT_WR)
            except OSError:
                pass  # The server has closed already; what it said can still be read.
            return read_to_end(connection)

    def log(self):
        """What the server has written to stderr so far. Lines are written up to 100 ms late: see wait_for_log."""
        with open(self._log_file.name, "rb") as file:
            return file.read().decode("utf-8", "replace")

    def wait_for_log(self, pattern):
        """Waits until a line of the log matches the regular expression, and returns that match."""
        deadline = time.monotonic() + SECONDS_MAX
        while True:
            match = re.search(pattern, self.log(), re.MULTILINE)
            if match:
                return match
            assert time.monotonic() < deadline, f"nothing in the log matches {pattern!r}:\n{self.log()}"
            time.sleep(0.02)

    def memory_kib(self):
        """Resident memory without mapped files."""
        return int(self._status("RssAnon"))

    def cpu_seconds(self):
        """Processor time that the server has used."""
        with open(f"/proc/{self.pid}/stat", encoding="ascii") as file:
            fields = file.read().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def descriptor_count(self):
        return len(os.listdir(f"/proc/{self.pid}/fd"))

    def wait_for_descriptors(self, count):
        """Waits until the server has no more than this many open."""
        deadline = time.monotonic() + SECONDS_MAX
        while self.descriptor_count() > count:
            assert time.monotonic() < deadline, f"{self.descriptor_count()} open descriptors, not {count}"
            time.sleep(0.02)

    def wait_for_memory(self, kib):
        """Waits until the server holds less than this; a sanitized one holds what it likes."""
        deadline = time.monotonic() + SECONDS_MAX
        while not is_sanitized() and self.memory_kib() >= kib:
            assert time.monotonic() < deadline, f"{self.memory_kib()} KiB, not below {kib}"
            time.sleep(0.02)

    def _status(self, name):
        with open(f"/proc/{self.pid}/status", encoding="ascii") as file:
            return re.search(rf"^{name}:\s+(\d+)", file.read(), re.MULTILINE).group(1)

    def stop(self):
        """Stops the server as an operator would, and checks that it goes in peace."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        try:
            status = self.process.wait(SECONDS_MAX)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            raise AssertionError(f"did not stop within {SECONDS_MAX} s of SIGTERM:\n{self.log()}") from None
        assert status == 0, f"exited with {status}:\n{self.log()}"
        assert not SANITIZER_REPORT.search(self.log()), self.log()


def _read_ready_line(process, log_file):
    line = process.stdout.readline().decode().rstrip("\n")
    match = READY.match(line)
    if match:
        return match
    process.kill()
    process.wait()
    with open(log_file.name, encoding="utf-8", errors="replace") as file:
        raise AssertionError(f"the server did not start; stdout {line!r}, stderr:\n{file.read()}")


@contextlib.contextmanager
def start(*options, variables=None, limits=None):
    """Starts a server with these options, on a free port unless they say otherwise.

    `variables` are added to its environment; `limits` is called in the new process before the program runs. If the with
    block raises, the server is stopped without further checks.
    """
    port = [] if "--port" in options else ["--port", "0"]
    command = [binary(), "serve", *port, *map(str, options)]
    with tempfile.NamedTemporaryFile(prefix="tunemock-log-") as log_file:
        process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=log_file, env=environment(variables),
            preexec_fn=limits)
        with process.stdout:
            ready = _read_ready_line(process, log_file)
            server = Server(process, log_file, ready.group(1), int(ready.group(2)))
            try:
                yield server
                server.stop()
            finally:
                if process.poll() is None:
                    process.kill()
                    process.wait()


def run(*arguments, variables=None):
    """Runs the binary to its end; returns (exit status, stdout, stderr)."""
    done = subprocess.run(
        [binary(), *map(str, arguments)], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        env=environment(variables), timeout=SECONDS_MAX, check=False)
    return done.returncode, done.stdout.decode(), done.stderr.decode()


def read_to_end(connection):
    """All bytes until the other side closes or resets the connection."""
    received = bytearray()
    try:
        while part := connection.recv(65536):
            received += part
    except ConnectionResetError:
        pass
    return bytes(received)


def read_until(connection, marker):
    """Reads until `marker` has arrived; returns everything read. Fails if the connection ends before."""
    received = bytearray()
    while marker not in received:
        part = connection.recv(65536)
        assert part, f"the connection ended before {marker!r}: {bytes(received)!r}"
        received += part
    return bytes(received)


def read_answer(connection, method="GET"):
    """Reads one answer from a plain socket and leaves what follows it unread; returns (status, headers, body)."""
    answer = http.client.HTTPResponse(_Unbuffered(connection), method=method)
    answer.begin()
    return answer.status, answer.headers, answer.read()


class _Unbuffered:
    """A socket for HTTPResponse that reads no further than the answer."""

    def __init__(self, connection):
        self._connection = connection

    def makefile(self, mode):
        return _Whole(self._connection.makefile(mode, buffering=0)) if mode == "rb" else None


class _Whole:
    """A file without a buffer, whose read goes on until it has all that it was asked for."""

    def __init__(self, file):
        self._file = file

    def __getattr__(self, name):
        return getattr(self._file, name)

    def read(self, size=-1):
        received = b""
        while size < 0 or len(received) < size:
            part = self._file.read(65536 if size < 0 else size - len(received))
            if not part:
                break
            received += part
        return received


def statuses(received):
    """The status codes of all answers in a run of bytes."""
    return [int(status) for status in re.findall(rb"HTTP/1\.[01] (\d{3}) ", received)]


class Skipped(Exception):
    """Raised by a test that lacks what it needs of the machine; its text says what."""


def run_tests(names):
    """Runs the test_... functions among `names` (pass globals()), prints TAP, and exits."""
    tests = [value for name, value in names.items() if name.startswith("test_") and callable(value)]
    print(f"1..{len(tests)}")
    failed_count = 0
    for number, test in enumerate(tests, 1):
        sentence = test.__name__.removeprefix("test_").replace("_", " ")
        try:
            test()
            print(f"ok {number} - {sentence}", flush=True)
        except Skipped as lack:
            print(f"ok {number} - {sentence} # SKIP {lack}", flush=True)
        except Exception:
            failed_count += 1
            print(f"not ok {number} - {sentence}")
            print("".join(f"# {line}\n" for line in traceback.format_exc().splitlines()), end="", flush=True)
    sys.exit(1 if failed_count else 0)
