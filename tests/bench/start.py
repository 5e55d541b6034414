#!/usr/bin/env python3
"""Measures how soon a fresh tunemock answers, and how much memory it holds at rest.

Starts the server a number of times on a free port, takes the time from the start of the process to
the first whole answer (GET /v1beta/tunedModels), and reads its resident memory. Prints the median
and the worst of each. Usage: tests/bench/start.py [RUNS], with the binary in $TUNEMOCK or
build/tunemock.
"""
import os
import re
import socket
import statistics
import subprocess
import sys
import time

BINARY = os.environ.get("TUNEMOCK", "build/tunemock")
REQUEST = b"GET /v1beta/tunedModels HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"


def memory(pid):
    """KiB of resident and of private memory, of a process and of those that it has started."""
    with open(f"/proc/{pid}/status", encoding="ascii") as status:
        text = status.read()
    with open(f"/proc/{pid}/task/{pid}/children", encoding="ascii") as children:
        of_children = [memory(int(child)) for child in children.read().split()]
    own = [int(re.search(rf"{kind}:\s+(\d+)", text).group(1)) for kind in ("VmRSS", "RssAnon")]
    return tuple(map(sum, zip(own, *of_children)))


def measure(*command):
    """One start: milliseconds to the first answer, KiB of resident and of private memory."""
    begin = time.perf_counter()
    server = subprocess.Popen([*(command or [BINARY]), "--port", "0"], stdout=subprocess.PIPE,
                              stderr=subprocess.DEVNULL)
    try:
        port = int(re.search(rb":(\d+)$", server.stdout.readline().strip()).group(1))
        with socket.create_connection(("127.0.0.1", port)) as connection:
            connection.sendall(REQUEST)
            answer = b""
            while block := connection.recv(65536):
                answer += block
        elapsed = (time.perf_counter() - begin) * 1000
        assert answer.startswith(b"HTTP/1.1 200 ") and answer.endswith(b"{}\n"), answer
        time.sleep(0.3)
        return elapsed, *memory(server.pid)
    finally:
        server.terminate()
        server.wait(10)


def main():
    runs = int(sys.argv[1]) if len(sys.argv) > 1 else 20
    samples = [measure() for _ in range(runs)]
    for name, unit, column in (("start to first answer", "ms", 0), ("resident at rest", "KiB", 1),
                               ("of that private", "KiB", 2)):
        values = [sample[column] for sample in samples]
        print(f"{name}: median {statistics.median(values):.1f} {unit}, worst {max(values):.1f} {unit}"
              f" ({runs} runs)")


if __name__ == "__main__":
    main()
