"""docker_api.py COMMAND...: runs a command with DOCKER_HOST naming an imitation of Docker's API, for Testcontainers where no
container can run.

A container is the binary of the variable TUNEMOCK, run as the image would be: with the variables of the Dockerfile and those
that the container was created with, on a free port, which stands for the one that is published. What Testcontainers asks for
besides is answered with the little that it reads; the rest is a 501 that says so.
"""
import http.server
import itertools
import json
import os
import pathlib
import re
import subprocess
import sys
import threading
import urllib.parse

DOCKERFILE = (pathlib.Path(os.environ["PROJECT"]) / "Dockerfile").read_text(encoding="utf-8").rpartition("\nFROM ")[2]
IMAGE_VARIABLES = dict(re.findall(r"^ENV (\w+)=(\S+)$", DOCKERFILE, re.MULTILINE))
IMAGE_COMMAND = json.loads(re.search(r"^CMD (.*)$", DOCKERFILE, re.MULTILINE).group(1))
[PORT] = re.findall(r"^EXPOSE (\d+)$", DOCKERFILE, re.MULTILINE)
VERSION = {"ApiVersion": "1.44", "MinAPIVersion": "1.24", "Version": "28.0.0", "Os": "linux", "Arch": "amd64"}
INFO = {"ID": "imitation", "ServerVersion": "28.0.0", "OperatingSystem": "imitation", "OSType": "linux", "Architecture": "x86_64",
        "MemTotal": 1 << 33, "NCPU": 2, "Labels": [], "Driver": "imitation"}
IMAGE = {"Id": "sha256:" + "0" * 64, "RepoTags": ["tunemock:latest"], "Created": "2025-01-01T00:00:00Z", "Os": "linux",
         "Architecture": "amd64", "Config": {}}
containers = {}
numbers = itertools.count(1)


class Container:
    def __init__(self, name, settings):
        self.id = f"{next(numbers):064x}"
        self.name = name or "imitation"
        self.settings = settings
        self.process = None
        self.port = ""
        self.log = b""

    def start(self):
        variables = dict(each.split("=", 1) for each in self.settings.get("Env") or [])
        self.process = subprocess.Popen(
            [os.environ["TUNEMOCK"], *(self.settings.get("Cmd") or IMAGE_COMMAND)], stdin=subprocess.DEVNULL,
            env={**IMAGE_VARIABLES, **variables, "TUNEMOCK_PORT": "0"}, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        self.log = self.process.stdout.readline()
        self.port = self.log.decode().strip().rpartition(":")[2]
        assert self.port, "the server did not start"

    def stop(self):
        if self.process:
            self.process.terminate()
            self.process.wait()
            self.process.stdout.close()

    def inspect(self):
        is_running = self.process is not None and self.process.poll() is None
        network = {"IPAddress": "127.0.0.1", "Gateway": "127.0.0.1", "NetworkID": "bridge"}
        ports = {f"{PORT}/tcp": [{"HostIp": "0.0.0.0", "HostPort": self.port}]} if is_running else {}
        return {"Id": self.id, "Name": f"/{self.name}", "Created": "2025-01-01T00:00:00Z", "Image": IMAGE["Id"],
                "Config": self.settings, "HostConfig": self.settings.get("HostConfig") or {},
                "State": {"Status": "running" if is_running else "created", "Running": is_running, "ExitCode": 0,
                          "StartedAt": "2025-01-01T00:00:00Z", "FinishedAt": "0001-01-01T00:00:00Z"},
                "NetworkSettings": {"Ports": ports, "Networks": {"bridge": network}, **network}}


def created(name, settings):
    container = Container(name, settings)
    containers[container.id] = container
    return 201, {"Id": container.id, "Warnings": []}


def answer(method, path, query, body):
    """(status, JSON or bytes) of one call."""
    plain = {"/version": VERSION, "/info": INFO, "/containers/json": [], "/networks": [], "/images/json": [{**IMAGE, "Created": 0}]}
    if method == "GET" and path in plain:
        return 200, plain[path]
    if method == "POST" and re.fullmatch(r"/(containers|networks|volumes|images)/prune", path):
        return 200, {}
    if re.fullmatch(r"/images/(tunemock(:latest)?|sha256:0+)/json", path):
        return 200, IMAGE
    if (method, path) == ("POST", "/containers/create"):
        return created(query.get("name", [""])[0], body)
    match = re.fullmatch(r"/containers/([0-9a-f]{64})(/\w+)?", path)
    container = match and containers.get(match.group(1))
    if not container:
        return (404, {"message": "no such container"}) if match else (501, {"message": f"{method} {path} is not imitated"})
    action = (method, match.group(2) or "")
    if action == ("POST", "/start"):
        container.start()
        return 204, b""
    if action == ("GET", "/json"):
        return 200, container.inspect()
    if action == ("GET", "/logs"):
        return 200, b"\1\0\0\0" + len(container.log).to_bytes(4, "big") + container.log
    if action in (("POST", "/stop"), ("POST", "/kill"), ("DELETE", "")):
        container.stop()
        return 204, b""
    return 501, {"message": f"{method} {path} is not imitated"}


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def call(self):
        url = urllib.parse.urlsplit(self.path)
        content = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        path = urllib.parse.unquote(re.sub(r"^/v1\.\d+", "", url.path))
        if path == "/_ping":
            status, said = 200, b"OK"
        else:
            status, said = answer(self.command, path, urllib.parse.parse_qs(url.query), json.loads(content or b"null"))
        if status == 501:
            print(f"# {said['message']}", file=sys.stderr)
        said = said if isinstance(said, bytes) else json.dumps(said).encode()
        self.send_response(status)
        self.send_header("Api-Version", VERSION["ApiVersion"])
        self.send_header("Ostype", "linux")
        self.send_header("Content-Type", "application/json")
        if status != 204:
            self.send_header("Content-Length", str(len(said)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(said)

    do_GET = do_POST = do_DELETE = do_HEAD = call

    def log_message(self, *_):
        pass


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
threading.Thread(target=server.serve_forever, daemon=True).start()
# The tests may themselves run in a container, from where a real one would be reached by another address.
variables = {**os.environ, "DOCKER_HOST": f"tcp://127.0.0.1:{server.server_port}", "TESTCONTAINERS_RYUK_DISABLED": "true",
             "TESTCONTAINERS_HOST_OVERRIDE": "127.0.0.1", "TESTCONTAINERS_CONNECTION_MODE": "docker_host"}
status = subprocess.run(sys.argv[1:], env=variables, check=False).returncode
for each in containers.values():
    each.stop()
sys.exit(status)
