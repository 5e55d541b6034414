#!/usr/bin/env python3
"""Same seed, same frozen clock, same requests: every byte of every answer is the same, headers too.

What is sent is the published quickstart and the calls next to it, as bytes on one connection after the other; only the
port may differ between two servers, so the requests name a host of their own.
"""
import json
import os
import re
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import tunemock  # noqa: E402

PROJECT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
FROZEN = ["--clock", "frozen@2024-07-20T18:23:29Z"]


def quickstart_request():
    with open(os.path.join(PROJECT, "fixtures", "quickstart.request.txt"), "rb") as file:
        return file.read()


class Transcript:
    """All that a server has answered, in order."""

    def __init__(self, server):
        self.server = server
        self.answers = []

    def send(self, verb, path, body=b"", headers=()):
        """Sends a request on a connection of its own; returns the answer."""
        body = body if isinstance(body, bytes) else json.dumps(body).encode()
        lines = [f"{verb} {path} HTTP/1.1", "Host: localhost", f"Content-Length: {len(body)}",
                 "Connection: close", *headers]
        answer = self.server.exchange("\r\n".join(lines).encode() + b"\r\n\r\n" + body)
        self.answers.append((f"{verb} {path}", answer))
        return answer


def quickstart(server):
    """Goes through the quickstart, and what people do after it; returns the answers."""
    transcript = Transcript(server)
    send = transcript.send
    created = send("POST", "/v1beta/tunedModels?key=any", quickstart_request())
    name, model = re.search(rb'"((tunedModels/[^/"]+)/operations/[^"]+)"', created).groups()
    name, model = name.decode(), model.decode()
    for _ in range(4):
        send("GET", f"/v1/{name}?key=any")
        send("GET", f"/v1/{model}/operations")
        send("POST", "/emulator/v1/clock:advance", {"duration": "1.5s"})
    send("POST", "/emulator/v1/clock:advance", {"duration": "3600s"})
    send("GET", f"/v1beta/{model}")
    send("GET", "/v1beta/tunedModels?pageSize=5")
    for prompt in ("LXIII", "123455", "9,999", "what is this?"):
        contents = {"contents": [{"parts": [{"text": prompt}]}]}
        send("POST", f"/v1beta/{model}:generateContent", contents)
        send("POST", f"/v1beta/{model}:streamGenerateContent?alt=sse", contents)
        send("POST", f"/v1beta/{model}:streamGenerateContent", contents)
    send("PATCH", f"/v1beta/{model}?updateMask=description", {"description": "counts"})
    send("POST", f"/v1beta/{model}/permissions", {"granteeType": "EVERYONE", "role": "READER"})
    send("GET", f"/v1beta/{model}/permissions")
    send("POST", f"/v1beta/{model}:transferOwnership", {"emailAddress": "her@example.com"},
         ["Authorization: Bearer any"])
    send("POST", "/v1beta/models/text-embedding-004:embedContent", {"content": {"parts": [{"text": "one"}]}})
    send("GET", f"/v1beta/{model}?bad=1")
    send("GET", "/v1beta/tunedModel")
    send("POST", "/v1beta/tunedModels?tunedModelId=second", quickstart_request())
    send("POST", "/v1beta/tunedModels?tunedModelId=second", quickstart_request())
    send("GET", f"/v1beta/{model}:nothing")
    send("DELETE", f"/v1beta/{model}")
    send("GET", f"/v1beta/{model}")
    send("GET", "/$discovery/rest?version=v1beta")
    send("GET", "/emulator/v1/state")
    return transcript.answers


def run(*options):
    with tunemock.start(*FROZEN, *options) as server:
        return quickstart(server)


def check_same(one, other):
    assert len(one) == len(other)
    for (request, first), (_, second) in zip(one, other):
        assert first == second, f"{request}\n{first.decode()}\n{second.decode()}"


def test_the_same_seed_gives_the_same_bytes():
    check_same(run("--seed", "7", "--step-time", "300ms"), run("--seed", "7", "--step-time", "300ms"))


def test_so_it_does_in_strict_with_recorded_step_times_and_one_thread_or_many():
    options = ["--seed", "7", "--step-time", "real", "--fidelity", "strict"]
    check_same(run(*options, "--threads", "1"), run(*options, "--threads", "4"))


def test_another_seed_gives_other_ids_and_losses():
    def of(seed):
        answers = dict(run("--seed", seed))
        return answers["POST /v1beta/tunedModels?key=any"]
    assert of("7") != of("8")


def test_all_went_as_it_should():
    answers = run("--seed", "7")
    codes = [int(re.match(rb"HTTP/1.1 (\d+)", answer).group(1)) for _, answer in answers]
    assert codes.count(200) == len(codes) - 5, list(zip(codes, [request for request, _ in answers]))


tunemock.run_tests(globals())
