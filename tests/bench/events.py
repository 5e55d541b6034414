#!/usr/bin/env python3
"""Measures what readers of events cost the other requests.

Asks for answers of a tuned model at a steady pace, on a few connections, each request being an
event: first with nobody listening, then with a thousand readers of whom half never read. Prints
median and p99 of the requests in both, the bytes that the readers got, what they lost, and the
server's memory and processor time. Usage: tests/bench/events.py [READERS [REQUESTS_PER_SECOND]], with the binary in
$TUNEMOCK or build/tunemock.
"""
import json
import multiprocessing
import os
import re
import resource
import select
import socket
import statistics
import subprocess
import sys
import time

BINARY = os.environ.get("TUNEMOCK", "build/tunemock")
ROUNDS, ROUND_SECONDS = 5, 3
PROMPT = b'{"contents":[{"parts":[{"text":"7"}]}]}'
REQUEST = (b"POST /v1beta/tunedModels/one:generateContent HTTP/1.1\r\nHost: localhost\r\n"
           b"Content-Type: application/json\r\nContent-Length: %d\r\n\r\n" % len(PROMPT)) + PROMPT
LISTEN = b"GET /emulator/v1/events HTTP/1.1\r\nHost: localhost\r\n\r\n"
MODEL = {"tunedModels": [{"name": "tunedModels/one", "state": "ACTIVE",
                          "baseModel": "models/gemini-1.5-flash-001-tuning",
                          "tuningTask": {"trainingData": {"examples": {"examples": [
                              {"textInput": "7", "output": "8"}]}}}}]}


def ask(connection):
    """Seconds until the whole answer is there."""
    begin = time.perf_counter()
    connection.sendall(REQUEST)
    answer = b""
    while b"\r\n\r\n" not in answer:
        answer += connection.recv(65536)
    head, _, body = answer.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 200"), answer
    length = int(re.search(rb"Content-Length: (\d+)", head).group(1))
    while len(body) < length:
        body += connection.recv(65536)
    return time.perf_counter() - begin


def measure(port, rate):
    """Milliseconds: median and p99 of a round."""
    connection = socket.create_connection(("127.0.0.1", port))
    took = []
    begin = time.perf_counter()
    for i in range(rate * ROUND_SECONDS):
        time.sleep(max(0.0, begin + i / rate - time.perf_counter()))
        took.append(ask(connection) * 1000)
    connection.close()
    took.sort()
    return took[len(took) // 2], took[len(took) * 99 // 100]


def rounds(port, rate):
    results = [measure(port, rate) for _ in range(ROUNDS)]
    return [statistics.median(column) for column in zip(*results)]


def read(port, count, ready, stop, report):
    """Readers: the even ones never read."""
    os.setsid()  # what Linux shares the processor out to is sessions: as other programs would be
    epoll, reading, stuck = select.epoll(), {}, []
    for i in range(count):
        connection = socket.create_connection(("127.0.0.1", port))
        connection.sendall(LISTEN)
        if i % 2 == 0:
            stuck.append(connection)
        else:
            reading[connection.fileno()] = connection
            epoll.register(connection, select.EPOLLIN)
    ready.set()
    room, got, lost = bytearray(1 << 20), 0, 0
    while not stop.is_set():
        for descriptor, _ in epoll.poll(0.1):
            length = reading[descriptor].recv_into(room)
            assert length > 0, "a stream has ended"
            got += length
            if b"event: lost" in memoryview(room)[:length].tobytes():
                lost += 1
    report.put((got, lost))


def memory_mib(pid):
    with open(f"/proc/{pid}/status", encoding="ascii") as file:
        return int(re.search(r"VmRSS:\s+(\d+)", file.read()).group(1)) / 1024


def cpu_seconds(pid):
    with open(f"/proc/{pid}/stat", encoding="ascii") as file:
        fields = file.read().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def main():
    readers = int(sys.argv[1]) if len(sys.argv) > 1 else 1000
    rate = int(sys.argv[2]) if len(sys.argv) > 2 else 200
    resource.setrlimit(resource.RLIMIT_NOFILE, [resource.getrlimit(resource.RLIMIT_NOFILE)[1]] * 2)
    server = subprocess.Popen([BINARY, "--port", "0", "--log-level", "none"],
                              stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, start_new_session=True)
    port = int(re.search(rb":(\d+)$", server.stdout.readline().strip()).group(1))
    with socket.create_connection(("127.0.0.1", port)) as connection:
        body = json.dumps(MODEL).encode()
        connection.sendall(b"PUT /emulator/v1/state HTTP/1.1\r\nHost: localhost\r\nContent-Length: %d\r\n\r\n%s"
                           % (len(body), body))
        assert b" 200 " in connection.recv(65536)
    before = rounds(port, rate)
    ready, stop, report = multiprocessing.Event(), multiprocessing.Event(), multiprocessing.Queue()
    reader = multiprocessing.Process(target=read, args=(port, readers, ready, stop, report))
    at_rest = memory_mib(server.pid)
    reader.start()
    ready.wait()
    begin, used = time.perf_counter(), cpu_seconds(server.pid)
    during = rounds(port, rate)
    share = (cpu_seconds(server.pid) - used) / (time.perf_counter() - begin)
    grown = memory_mib(server.pid) - at_rest
    stop.set()
    got, lost = report.get()
    reader.join()
    server.terminate()
    server.wait()
    print(f"{rate} requests a second, nobody listens: median {before[0]:.2f} ms, p99 {before[1]:.2f} ms")
    print(f"{readers} readers, half of them stuck: median {during[0]:.2f} ms, p99 {during[1]:.2f} ms")
    print(f"p99: {during[1] / before[1]:.2f} times; read: {got / ROUNDS / ROUND_SECONDS / 1e6:.0f} MB/s, "
          f"{lost} times something was lost; memory: {grown:.0f} MiB more; the server: {share:.0%} of a core")


main()
