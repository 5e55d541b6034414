"""A server that is started on a file and killed, and requests to it."""
import http.client
import json
import os
import re
import select
import signal
import subprocess

READY = re.compile(rb"^tunemock ready on http://[^:]+:(\d+)\n")
# Generous: a sanitizer or a busy machine slows everything down.
SECONDS_MAX = 30


class NoAnswer(Exception):
    """The connection ended before the whole answer was there."""


class Server:
    def __init__(self, path, log):
        binary = os.environ.get("TUNEMOCK", "build/tunemock")
        kept = {name: value for name, value in os.environ.items() if not name.startswith("TUNEMOCK")}
        command = [binary, "--port", "0", "--db", path, "--step-time", "0", "--log-level", "warning"]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=log, env=kept)
        self.port = None

    def wait_until_ready(self):
        """True once it listens; False if it says nothing or something else."""
        readable, _, _ = select.select([self.process.stdout], [], [], SECONDS_MAX)
        match = READY.match(self.process.stdout.readline()) if readable else None
        self.port = int(match.group(1)) if match else None
        return match is not None

    def terminate(self):
        self.process.send_signal(signal.SIGTERM)

    def kill(self):
        self.process.send_signal(signal.SIGKILL)
        self.process.stdout.close()
        self.process.wait(SECONDS_MAX)


class Client:
    """One connection, kept alive."""

    def __init__(self, port):
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=SECONDS_MAX)

    def request(self, method, path, body=None, root="/v1beta/"):
        """Returns (status, body as JSON); raises NoAnswer."""
        try:
            self._connection.request(method, root + path, None if body is None else json.dumps(body),
                                     {"Content-Type": "application/json"})
            answer = self._connection.getresponse()
            return answer.status, json.loads(answer.read())
        except (OSError, http.client.HTTPException, ValueError) as error:
            raise NoAnswer(repr(error)) from error

    def close(self):
        self._connection.close()
