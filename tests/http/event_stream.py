"""Reads streams of events, for the tests of what is told and of how."""
import contextlib
import http.client
import json

import tunemock

EVENTS = "/emulator/v1/events"


class Stream:
    """An answer of events, read as it comes. Fields: id, event, data (decoded)."""

    def __init__(self, server, query="", headers=None):
        self.connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=tunemock.SECONDS_MAX)
        self.connection.request("GET", EVENTS + query, headers=headers or {})
        self.answer = self.connection.getresponse()
        assert self.answer.status == 200, self.answer.read()
        self.hello = self.next()
        assert self.hello["event"] == "hello", self.hello

    def next(self):
        """The next event; None: the stream has come to its end."""
        event = {}
        while True:
            line = self.answer.readline().decode()
            if line == "":
                assert not event, f"the stream ends within an event: {event}"
                return None
            name, _, value = line.rstrip("\n").partition(": ")
            if line == "\n" and "data" in event:
                return event
            if name:
                event[name] = json.loads(value) if name == "data" else value

    def close(self):
        self.answer.close()
        self.connection.close()


def listen(server, query="", headers=None):
    return contextlib.closing(Stream(server, query, headers))


def flood(server, count):
    """Asks at length for models that there are none of: each time some 4,500 bytes of an event."""
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=tunemock.SECONDS_MAX)
    with contextlib.closing(connection):
        for _ in range(count):
            connection.request("GET", "/v1beta/tunedModels?filter=" + 4000 * "x")
            connection.getresponse().read()
