#!/usr/bin/env python3
"""GET /metrics, over sockets: valid whatever happens, and true."""
import json
import os
import pathlib
import re
import sys
import threading
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import metrics  # noqa: E402
import tunemock  # noqa: E402
from event_stream import flood, listen  # noqa: E402

PROJECT = pathlib.Path(__file__).resolve().parent.parent.parent
MODEL = {"baseModel": "models/gemini-1.5-flash-001-tuning",
         "tuningTask": {"trainingData": {"examples": {"examples": [{"textInput": "1", "output": "one two three"}]}}}}
PROMPT = {"contents": [{"parts": [{"text": "1"}]}]}


def make_model(server, name="one"):
    assert server.request("POST", f"/v1beta/tunedModels?tunedModelId={name}", MODEL)[0] == 200
    assert server.request("POST", f"/emulator/v1/tunedModels/{name}:complete", {})[0] == 200


def wait_for(server, is_so):
    """Scrapes until it is so, since what ends on one connection may be seen later on another."""
    deadline = time.monotonic() + tunemock.SECONDS_MAX
    while True:
        seen = metrics.scrape(server)
        if is_so(seen):
            return seen
        assert time.monotonic() < deadline, seen.samples
        time.sleep(0.02)


def test_a_new_server_has_the_families_of_the_page():
    page = (PROJECT / "docs" / "metrics.md").read_text(encoding="utf-8")
    documented = dict(re.findall(r"^\| `(tunemock_\w+)(?:\{[^}]*\})?` \| (\w+) \|", page, re.MULTILINE))
    before = time.time()
    with tunemock.start() as server:
        seen = metrics.scrape(server)
    assert seen.families == documented, set(seen.families.items()) ^ set(documented.items())
    assert before - 1 < seen.value("start_time_seconds") < time.time() + 1
    assert seen.value("namespaces") == 1 and seen.value("connections") == 1 and seen.value("streams") == 0
    assert seen.value("snapshots") == seen.value("event_readers") == seen.value("events_lost_total") == 0
    assert seen.value("journal_entries") == seen.value("journal_bytes") == seen.value("log_lines_dropped_total") == 0
    version = tunemock.run("version")[1].split()[1]
    assert seen.value("build_info", version=version) == 1


def test_an_answer_is_counted_before_its_client_has_it():
    with tunemock.start() as server:
        make_model(server)
        for count in range(1, 20):
            assert server.request("POST", "/v1beta/tunedModels/one:generateContent", PROMPT)[0] == 200
            assert server.request("GET", "/v1beta/tunedModels/nobody")[0] == 404
            seen = metrics.scrape(server)
            assert seen.requests("tunedModels.generateContent", 200) == count
            assert seen.requests("tunedModels.get", 404) == count
            # The create's completion, and the scrapes before this one.
            assert seen.requests("control", 200) == count
            assert seen.value("journal_entries") == 1 + 2 * count


def test_times_are_those_that_clients_wait():
    with tunemock.start() as server:
        make_model(server)
        for headers in ({}, {"X-Emulator-Latency": "30ms"}, {"X-Emulator-Latency": "30ms"}):
            assert server.request("GET", "/v1beta/tunedModels/one", headers=headers)[0] == 200
        seen = metrics.scrape(server)
    assert seen.value("request_duration_seconds_count", method="tunedModels.get") == 3
    assert seen.value("request_duration_seconds_sum", method="tunedModels.get") >= 0.06
    assert seen.value("request_duration_seconds_bucket", method="tunedModels.get", le="0.025") <= 1
    assert seen.value("request_duration_seconds_bucket", method="tunedModels.get", le="+Inf") == 3


def test_streams_and_connections_are_seen_as_long_as_they_last():
    target = "/v1beta/tunedModels/one:streamGenerateContent?alt=sse"
    with tunemock.start() as server:
        make_model(server)
        assert server.request("POST", "/emulator/v1/faults", {"kind": "stall", "times": 1})[0] == 200
        with server.connect() as stalled, server.connect() as unfinished:
            body = json.dumps(PROMPT).encode()
            stalled.sendall(b"POST %s HTTP/1.1\r\nHost: localhost\r\nContent-Length: %d\r\n\r\n%s"
                            % (target.encode(), len(body), body))
            assert stalled.recv(12) == b"HTTP/1.1 200"
            unfinished.sendall(b"GET /v1beta/")
            seen = wait_for(server, lambda seen: seen.value("connections") == 3)
            assert seen.value("streams") == 1
            assert seen.requests("tunedModels.streamGenerateContent", 200) == 1
            assert server.request("POST", target, PROMPT)[0] == 200
            seen = wait_for(server, lambda seen: seen.value("streams") == 1)
            assert seen.requests("tunedModels.streamGenerateContent", 200) == 2


def test_connections_of_every_fate_are_given_back():
    with tunemock.start() as server:
        for sent in (b"", b"G", b"GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n", b"\x16\x03\x01\x00\xa5\x01\x00\x00",
                     b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", b"nonsense\r\n\r\n", b"GET / HTTP/1.1\r\n\r\n",
                     b"GET /ready HTTP/1.1\r\nHost: localhost\r\n\r\n" * 2):
            server.exchange(sent)
        wait_for(server, lambda seen: seen.value("connections") == 1)


def test_a_body_that_comes_is_seen_in_its_budget():
    with tunemock.start() as server, server.connect() as connection:
        before = metrics.scrape(server)
        size = 1 << 20
        connection.sendall(b"POST /v1beta/tunedModels HTTP/1.1\r\nHost: localhost\r\nContent-Length: %d\r\n\r\n%s"
                           % (size + 1, b" " * size))
        seen = wait_for(server, lambda seen: seen.value("budget_used_bytes", budget="bodies") >= size)
        for name in ("bodies", "decoded", "answers", "journal", "scripts", "trainings", "events"):
            assert seen.value("budget_bytes", budget=name) == before.value("budget_bytes", budget=name) > size, name
            assert before.value("budget_used_bytes", budget=name) == 0, name


def test_snapshots_and_scripts_of_all_namespaces_are_counted():
    with tunemock.start() as server:
        for name in ("one", "two"):
            space = {"X-Emulator-Namespace": name}
            assert server.request("POST", "/emulator/v1/faults", {"status": 503}, space)[0] == 200
            assert server.request("POST", "/emulator/v1/snapshots", {"id": "a"}, space)[0] == 200
        seen = metrics.scrape(server)
        assert seen.value("snapshots") == 2 and seen.value("budget_used_bytes", budget="scripts") > 0
        for name in ("one", "two"):
            assert server.request("DELETE", f"/emulator/v1/namespaces/{name}")[0] == 200
        server.request("GET", "/v1beta/tunedModels", headers={"X-Emulator-Namespace": "three"})
        seen = wait_for(server, lambda seen: seen.value("snapshots") == 0)
        assert seen.value("namespaces") == 2 and seen.value("budget_used_bytes", budget="scripts") == 0


def test_readers_of_events_and_what_they_lose_are_counted():
    count = 3000  # 12 MB; 8 MiB are kept, and less than 1 MiB lies on the way
    options = ("--log-level", "error", "--journal-max", "0", "--clock", "frozen")
    with tunemock.start(*options) as server:
        with listen(server, "?types=request") as stream, listen(server, "?types=model", {"X-Emulator-Namespace": "b"}):
            assert server.request("POST", "/v1beta/tunedModels", MODEL)[0] == 200
            flood(server, count)
            seen = metrics.scrape(server)
            assert seen.value("event_readers") == seen.value("streams") == 2
            kept = seen.value("budget_used_bytes", budget="events")
            assert kept > seen.value("budget_bytes", budget="events") - 10000, kept
            assert seen.value("budget_used_bytes", budget="trainings") > 0
            event = stream.next()
            while event["event"] != "lost":
                event = stream.next()
            seen = wait_for(server, lambda seen: seen.value("events_lost_total") > 0)
            assert seen.value("events_lost_total") == event["data"]["count"], event
        wait_for(server, lambda seen: seen.value("event_readers") == 0)


def test_what_a_stuck_reader_had_lost_is_counted_when_it_leaves():
    with tunemock.start("--log-level", "error", "--journal-max", "0") as server:
        with listen(server, "?types=request"):
            flood(server, 4000)  # 16 MB; 8 MiB are kept, and less than 1 MiB lies on the way
        assert wait_for(server, lambda seen: seen.value("event_readers") == 0).value("events_lost_total") > 0


def test_lines_of_the_log_that_nobody_reads_are_counted():
    read_end, write_end = os.pipe()
    try:
        with tunemock.start("--log-level", "info", limits=lambda: os.dup2(write_end, 2)) as server:
            # More than is gathered: each line has two thousand bytes, and a pipe takes 64 KiB.
            sent = b"GET /%s HTTP/1.1\r\nHost: localhost\r\n\r\n" % (b"x" * 2000)
            while metrics.scrape(server).value("log_lines_dropped_total") == 0:
                server.exchange(sent * 20)
            os.close(read_end)
            read_end = None
    finally:
        os.close(write_end)
        if read_end is not None:
            os.close(read_end)


def test_a_scraper_needs_no_token_and_no_name_but_a_page_of_another_origin_gets_nothing():
    with tunemock.start("--control-token", "s3cret") as server:
        metrics.scrape(server)
        metrics.scrape(server, {"Host": "tunemock.default.svc.cluster.local:8863"})
        for headers in ({"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "cross-site"}):
            assert server.request("GET", "/metrics", headers=headers)[0] == 403
        status, head, content = server.request("HEAD", "/metrics")
        assert status == 200 and content == b"" and int(head["Content-Length"]) > 1000
        assert server.request("POST", "/metrics", {}, {"X-Emulator-Token": "s3cret"})[0] == 404


def test_no_label_holds_what_a_client_sent():
    with tunemock.start() as server:
        make_model(server, "sesame-model")
        for path in ("/v1beta/tunedModels/sesame-model", "/v1beta/sesame", "/emulator/v1/sesame", "/sesame%22%0A"):
            server.request("GET", f"{path}?key=sesame-key", headers={
                "X-Goog-Api-Key": "sesame-key", "X-Request-Id": "sesame-id", "X-Emulator-Namespace": "sesame-space"})
        server.request("SESAME", "/v1beta/tunedModels")
        assert b"sesame" not in server.request("GET", "/metrics")[2].lower()


def test_scrapes_are_valid_and_lose_nothing_while_others_call():
    each, threads = 200, 4
    with tunemock.start("--threads", "4") as server:
        make_model(server)

        def call():
            for number in range(each):
                server.request("GET", "/v1beta/tunedModels/" + ("one" if number % 2 else "two"))

        callers = [threading.Thread(target=call) for _ in range(threads)]
        for caller in callers:
            caller.start()
        seen = metrics.scrape(server)
        while any(caller.is_alive() for caller in callers):
            now = metrics.scrape(server)
            assert now.requests("tunedModels.get", 200) >= seen.requests("tunedModels.get", 200)
            seen = now
        seen = metrics.scrape(server)
        for code in (200, 404):
            assert seen.requests("tunedModels.get", code) == each * threads / 2
        assert seen.value("request_duration_seconds_count", method="tunedModels.get") == each * threads


tunemock.run_tests(globals())
