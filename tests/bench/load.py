"""Servers that are measured, and the load on them: each pinned to a core, their processor time read from /proc.

The first core is the servers', the second wrk's. On a machine with one core nothing is pinned.
"""
import contextlib
import http.client
import json
import os
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
BINARY = os.environ.get("TUNEMOCK", "build/tunemock")
SERVER_CORE, LOAD_CORE = 0, 1
CONNECTIONS = 32
SECONDS_MAX = 300
BASE = "models/gemini-1.5-flash-001-tuning"
PROMPTS = 15
# nginx reads no longer word than 4,096 bytes from its configuration.
NGINX_BLOCK_BYTES = 4000

NGINX = """
daemon off;
master_process off;
pid {folder}/nginx.pid;
error_log {folder}/nginx.log;
events {{ worker_connections 1024; }}
http {{
    access_log off;
    keepalive_requests 100000000;
    client_body_temp_path {folder}/body;
    variables_hash_max_size 4096;
    map $server_port $block {{ default "{block}"; }}
    {rests}
    server {{
        listen 127.0.0.1:{port};
        default_type application/json;
        {locations}
    }}
}}
"""


# Whoever is told to end ends what it started before.
signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(128 + number))


# --- pure parts ---

def nginx_configuration(folder, port, sizes):
    """Answers /0, /1, ... with so many bytes each, from memory: words of the configuration, joined."""
    rests = [f'map $server_port $rest{i} {{ default "{"x" * (size % NGINX_BLOCK_BYTES)}"; }}' for i, size in enumerate(sizes)]
    locations = [f'location = /{i} {{ return 200 "{"$block" * (size // NGINX_BLOCK_BYTES)}$rest{i}"; }}'
                 for i, size in enumerate(sizes)]
    return NGINX.format(folder=folder, port=port, block="x" * NGINX_BLOCK_BYTES, rests="\n    ".join(rests),
                        locations="\n        ".join(locations))


UNITS_MS = {"us": 0.001, "ms": 1.0, "s": 1000.0, "m": 60000.0, "h": 3600000.0}


def parse_wrk(text):
    """What wrk --latency printed: how many requests, in how many seconds, p50 and p99 in milliseconds, how many errors."""
    requests, seconds, unit = re.search(r"(\d+) requests in ([\d.]+)(us|ms|s|m|h),", text).groups()
    latencies = {percent: float(value) * UNITS_MS[each]
                 for percent, value, each in re.findall(r"^ +(\d+)% +([\d.]+)(us|ms|s|m|h)$", text, re.MULTILINE)}
    errors = sum(int(count) for count in re.findall(r"(?:connect|read|write|timeout) (\d+)", text))
    errors += sum(int(count) for count in re.findall(r"Non-2xx or 3xx responses: (\d+)", text))
    return {"requests": int(requests), "seconds": float(seconds) * UNITS_MS[unit] / 1000, "errors": errors,
            "p50_ms": latencies.get("50"), "p99_ms": latencies.get("99")}


def model(number, example_count=PROMPTS):
    """The body of a create: 38 steps on 15 examples, 375 on 150."""
    examples = [{"textInput": f"prompt number {i}", "output": f"the answer to number {i}"} for i in range(example_count)]
    return {"displayName": f"model {number}", "baseModel": BASE,
            "tuningTask": {"hyperparameters": {"epochCount": 5, "batchSize": 2},
                           "trainingData": {"examples": {"examples": examples}}}}


def prompt(number):
    return {"contents": [{"parts": [{"text": f"prompt number {number}"}]}]}


def line(method, path, body=None):
    """A request as requests.lua reads it."""
    return f"{method} {path}" + ("" if body is None else " " + json.dumps(body, separators=(",", ":")))


def write_lines(path, lines):
    pathlib.Path(path).write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


# --- processes ---

def pinned(core, command):
    many = (os.cpu_count() or 1) > 1 and shutil.which("taskset")
    return [str(word) for word in (["taskset", "-c", core, *command] if many else command)]


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as server:
        return server.getsockname()[1]


class Process:
    """A server that was started, and what it has used."""

    def __init__(self, process, port):
        self.process = process
        self.pid = process.pid
        self.port = port
        self.url = f"http://127.0.0.1:{port}"
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=SECONDS_MAX)

    def cpu_seconds(self):
        """Processor time of all its threads. schedstat has it to the nanosecond, stat to the hundredth."""
        total = 0
        try:
            for thread in os.listdir(f"/proc/{self.pid}/task"):
                total += int(pathlib.Path(f"/proc/{self.pid}/task/{thread}/schedstat").read_text("ascii").split()[0])
        except FileNotFoundError:
            fields = pathlib.Path(f"/proc/{self.pid}/stat").read_text("ascii").rpartition(")")[2].split()
            return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
        return total / 1e9

    def memory_kib(self, kind="VmRSS"):
        text = pathlib.Path(f"/proc/{self.pid}/status").read_text("ascii")
        return int(re.search(rf"^{kind}:\s+(\d+)", text, re.MULTILINE).group(1))

    def call(self, method, path, body=None, headers=None):
        """One request on the kept connection: the bytes of its answer, which has to be 200."""
        headers = {**({} if body is None else {"Content-Type": "application/json"}), **(headers or {})}
        self.connection.request(method, path, None if body is None else json.dumps(body), headers)
        answer = self.connection.getresponse()
        content = answer.read()
        if answer.status != 200:
            sys.exit(f"bench: {method} {self.url}{path} is answered {answer.status}: {content[:500].decode(errors='replace')}")
        return content

    def json(self, method, path, body=None):
        return json.loads(self.call(method, path, body))

    def stop(self):
        self.connection.close()
        self.process.terminate()
        try:
            self.process.wait(SECONDS_MAX)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


@contextlib.contextmanager
def started(process):
    try:
        yield process
    finally:
        process.stop()


def tunemock(*options, core=SERVER_CORE, threads=1, binary=BINARY):
    """A tunemock as it is without options, but for these; its log goes to nowhere."""
    process = subprocess.Popen(pinned(core, [binary, "--port", "0", "--threads", threads, *options]),
                               stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    ready = re.search(rb":(\d+)$", process.stdout.readline().strip())
    if not ready:
        process.wait()
        sys.exit(f"bench: {binary} {' '.join(options)} does not start")
    return started(Process(process, int(ready.group(1))))


def nginx(folder, sizes):
    port = free_port()
    path = f"{folder}/nginx.conf"
    pathlib.Path(path).write_text(nginx_configuration(folder, port, sizes), encoding="ascii")
    process = Process(subprocess.Popen(pinned(SERVER_CORE, ["nginx", "-c", path]), stderr=subprocess.DEVNULL), port)
    await_port(process)
    return started(process)


def await_port(process, seconds_max=SECONDS_MAX):
    """Waits until somebody listens there."""
    deadline = time.monotonic() + seconds_max
    while True:
        try:
            socket.create_connection(("127.0.0.1", process.port), timeout=1).close()
            return
        except OSError:
            if process.process.poll() is not None or time.monotonic() > deadline:
                process.stop()
                sys.exit(f"bench: nothing listens on port {process.port}; it ended with {process.process.returncode}")
            time.sleep(0.005)


@contextlib.contextmanager
def memory_folder():
    """A folder in memory, if the machine has one."""
    memory = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
    with tempfile.TemporaryDirectory(prefix="tunemock-bench-", dir=memory) as folder:
        yield folder


def fill(server, count, example_count=PROMPTS, prefix="m"):
    """Creates that many models on one connection; returns their operations."""
    return [server.json("POST", f"/v1beta/tunedModels?tunedModelId={prefix}{i}", model(i, example_count))["name"]
            for i in range(count)]


# --- load ---

def wrk_command(url, seconds, requests_file, connections=CONNECTIONS, headers=()):
    command = ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--latency", "--timeout", "30s"]
    for header in headers:
        command += ["-H", header]
    return pinned(LOAD_CORE, [*command, "-s", HERE / "requests.lua", url, "--", requests_file])


def load(server, seconds, requests_file, connections=CONNECTIONS, headers=()):
    """Loads a server for a while. What parse_wrk says, and the processor time that the server took meanwhile."""
    begin = server.cpu_seconds()
    done = subprocess.run(wrk_command(server.url, seconds, requests_file, connections, headers), capture_output=True, text=True,
                          check=False, timeout=seconds + SECONDS_MAX)
    cpu_seconds = server.cpu_seconds() - begin
    return loaded(done.stdout + done.stderr, done.returncode, cpu_seconds, requests_file)


def loaded(output, status, cpu_seconds, requests_file):
    if status != 0:
        sys.exit(f"bench: wrk failed:\n{output}")
    result = parse_wrk(output)
    if result["errors"]:
        sys.exit(f"bench: {result['errors']} errors among the requests of {requests_file}:\n{output}")
    result["cpu_seconds"] = cpu_seconds
    result["per_cpu_second"] = result["requests"] / cpu_seconds
    return result


def need(*tools):
    for tool in tools:
        if not shutil.which(tool):
            sys.exit(f"bench: needs {tool}; scripts/install-deps bench installs it")
