"""Counts instructions by object file under valgrind's callgrind, which a busy machine does not disturb."""
import glob
import http.client
import json
import os
import re
import socket
import subprocess
import sys
import threading
import time

import load

# Twenty times what it takes: the machine may be busy, and valgrind makes everything slow.
SECONDS_MAX = 300
NAME = re.compile(r"^c?ob=\((\d+)\)(?: (.*))?$")
COST = re.compile(r"^[+*-]?\d*(?: [+*-]?\d+)* (\d+)$")


def instructions_by_object(text):
    """{path: instructions} of a file that callgrind wrote without lines: what each object's own functions executed.

    Costs stand below the `ob=` that they belong to. The cost below a `calls=` is the callee's, and stands there, too.
    Names are given once, at their first use, which may be as a callee's.
    """
    names, totals = {}, {}
    current, is_call = None, False
    for line in text.splitlines():
        name = NAME.match(line)
        if name:
            number, path = name.groups()
            if path:
                names[number] = path
            if line.startswith("ob="):
                current = names[number]
        elif line.startswith("calls="):
            is_call = True
        elif is_call:
            is_call = False
        elif cost := COST.match(line):
            totals[current] = totals.get(current, 0) + int(cost.group(1))
    return totals


def request_bytes(method, path, body=None, headers=None):
    content = b"" if body is None else json.dumps(body).encode()
    lines = [f"{method} {path} HTTP/1.1", "Host: localhost", *(f"{name}: {value}" for name, value in (headers or {}).items())]
    if body is not None:
        lines += ["Content-Type: application/json", f"Content-Length: {len(content)}"]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + content


def read_answer(file):
    """The status and body of the next answer on a connection."""
    status = int(file.readline().split()[1])
    headers = http.client.parse_headers(file)
    if headers["Transfer-Encoding"] != "chunked":
        return status, file.read(int(headers["Content-Length"]))
    body = b""
    while size := int(file.readline(), 16):
        body += file.read(size)
        file.readline()
    file.readline()
    return status, body


class Counted(load.Process):
    """A tunemock under callgrind. Nothing is counted but between begin() and counts()."""

    def __init__(self, binary, folder, options):
        port = load.free_port()
        self.binary = os.path.realpath(binary)
        self.out = f"{folder}/callgrind"
        os.mkdir(folder)
        command = ["valgrind", "--tool=callgrind", f"--callgrind-out-file={self.out}", "--dump-line=no", "--instr-atstart=no",
                   self.binary, "--port", str(port), "--threads", "1", "--seed", "1", *options]
        with open(f"{folder}/log", "wb") as log:
            super().__init__(subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log), port)
        try:
            load.await_port(self, SECONDS_MAX)
        except SystemExit:
            with open(f"{folder}/log", encoding="utf-8", errors="replace") as log:
                sys.exit(f"bench: {' '.join(command)} does not start:\n{log.read()}")

    def send(self, requests):
        """Sends them one behind the other, so that the server never waits for us: what it does once a second, or whenever it
        is idle, is a share of each request that grows with the pauses between them, and those with what else the machine does.
        """
        with socket.create_connection(("127.0.0.1", self.port), timeout=SECONDS_MAX) as connection, \
                connection.makefile("rb") as file:
            content = b"".join(request_bytes(*request) for request in requests)
            sender = threading.Thread(target=connection.sendall, args=(content,), daemon=True)
            sender.start()
            for request in requests:
                status, body = read_answer(file)
                if status != 200:
                    sys.exit(f"bench: {request[0]} {request[1]} is answered {status}: {body[:500].decode(errors='replace')}")
            sender.join()

    def order(self, words):
        done = subprocess.run(["vgdb", f"--pid={self.pid}", *words.split()], stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                              text=True, timeout=SECONDS_MAX, check=False)
        if done.returncode != 0:
            sys.exit(f"bench: vgdb {words} failed:\n{done.stdout}")

    def begin(self):
        self.order("instrumentation on")
        self.order("zero")

    def counts(self):
        """(instructions of tunemock's own code, of all code) since begin()."""
        before = set(glob.glob(self.out + ".*"))
        self.order("dump")
        deadline = time.monotonic() + SECONDS_MAX
        while not (new := set(glob.glob(self.out + ".*")) - before):
            if time.monotonic() > deadline:
                sys.exit("bench: callgrind wrote no figures")
            time.sleep(0.01)
        with open(new.pop(), encoding="utf-8", errors="replace") as file:
            totals = instructions_by_object(file.read())
        return totals.get(self.binary, 0), sum(totals.values())
