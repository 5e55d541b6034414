#!/usr/bin/env python3
"""The journal over sockets: waits, streams, clients that leave, exports that are run."""
import json
import re
import shutil
import subprocess
import threading
import time

import tunemock

MODEL = "/v1beta/tunedModels/one"
WORDS = " ".join(f"word{i}" for i in range(60))


def create(server):
    examples = [{"textInput": "1", "output": "2"}, {"textInput": "long", "output": WORDS},
                {"textInput": "some", "output": WORDS[:100]}]
    body = {"baseModel": "models/gemini-1.5-flash-001-tuning",
            "tuningTask": {"trainingData": {"examples": {"examples": examples}}}}
    assert server.request("POST", "/v1beta/tunedModels?tunedModelId=one", body)[0] == 200
    assert server.request("DELETE", "/emulator/v1/requests")[0] == 200


def prompt(text):
    return {"contents": [{"parts": [{"text": text}]}]}


def entries(server, query=""):
    status, answer = server.json("GET", "/emulator/v1/requests" + query)
    assert status == 200, answer
    return answer["requests"]


def verify(server, question):
    return server.json("POST", "/emulator/v1/requests:verify", question)


def wait_for(condition):
    deadline = time.monotonic() + tunemock.SECONDS_MAX
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def in_background(function, *arguments):
    """Calls it in a thread; the result is that of the function returned."""
    results = []
    thread = threading.Thread(target=lambda: results.append(function(*arguments)))
    thread.start()

    def result():
        thread.join(tunemock.SECONDS_MAX)
        assert results, "no answer"
        return results[0]
    return result


def test_a_verify_waits_until_the_request_comes():
    with tunemock.start("--step-time", "0") as server:
        create(server)
        answer = in_background(verify, server, {
            "match": {"method": "tunedModels.generateContent", "prompt": "late"}, "times": {"atLeast": 2}, "within": "60s"})
        for text in ("late", "other", "late"):
            server.request("POST", MODEL + ":generateContent", prompt(text))
        status, found = answer()
        assert status == 200 and found["count"] == 2, found


def test_an_order_and_the_status_of_a_stream_are_waited_for_too():
    with tunemock.start("--step-time", "0") as server:
        create(server)
        answer = in_background(verify, server, {
            "order": [{"method": "tunedModels.get"}, {"method": "tunedModels.streamGenerateContent", "status": 200}],
            "within": "60s"})
        server.request("POST", MODEL + ":streamGenerateContent", prompt("1"))
        server.request("GET", MODEL)
        server.request("POST", MODEL + ":streamGenerateContent", prompt("1"))
        status, found = answer()
        assert status == 200 and found["count"] == 2, found


def test_a_verify_gives_up_when_its_time_is_over_and_when_the_server_stops():
    with tunemock.start() as server:
        began = time.monotonic()
        status, found = verify(server, {"match": {"method": "tunedModels.get"}, "within": "200ms"})
        assert status == 409 and not found["ok"], found
        assert time.monotonic() - began >= 0.2
        answer = in_background(verify, server, {"match": {}, "within": "60s"})
        server.wait_for_log("requests:verify 409")
        time.sleep(0.1)
    status, found = answer()
    assert status == 409, found


def nearest(server, question):
    status, answer = verify(server, question)
    assert status == 409 and not answer["ok"], answer
    return [(near["request"]["id"], [differs["field"] for differs in near["differs"]]) for near in answer["nearest"]]


def test_what_is_nearest_has_something_where_it_differs():
    with tunemock.start("--step-time", "0") as server:
        create(server)
        server.json("POST", MODEL + ":generateContent", prompt("is it warm today?"))  # 2
        server.json("POST", MODEL + ":generateContent", prompt("say that 41 is a number"))  # 3
        server.json("POST", MODEL + ":generateContent", prompt("nothing"))  # 4
        for path in (MODEL, "/v1beta/tunedModels/two", "/nothing", MODEL):  # 5 to 8
            server.request("GET", path)
        assert nearest(server, {"match": {"prompt": "say that 42 is a number"}})[0] == ("3", ["prompt"])
        assert nearest(server, {"match": {"prompt": {"contains": "it warm tomorrow"}}})[0] == ("2", ["prompt"])
        assert nearest(server, {"match": {"prompt": {"regex": "^tomorrow"}}})[0] == ("4", ["prompt"])
        assert nearest(server, {"match": {"body": {"contains": "temperature"}}})[0][0] in ("2", "3", "4")
        assert nearest(server, {"match": {"model": "tunedModels/twoo"}})[0] == ("6", ["model"])
        assert nearest(server, {"match": {"status": 403}})[0] == ("7", ["status"])


def test_of_long_texts_it_is_shown_where_they_part():
    with tunemock.start("--step-time", "0") as server:
        create(server)
        same = "é word" * 200
        server.json("POST", MODEL + ":generateContent", prompt(same + " 41 and more"))
        answer = verify(server, {"match": {"prompt": same + " 42 and more"}})[1]
        differs = answer["nearest"][0]["differs"][0]
        assert differs["want"].startswith("...") and differs["want"].endswith("word 42 and more"), differs
        assert differs["got"].startswith("...") and differs["got"].endswith("word 41 and more"), differs
        assert '42 and more", got "...' in answer["message"], answer


def test_requests_of_unknown_routes_can_be_asked_for():
    with tunemock.start() as server:
        server.request("GET", "/v1beta/tunedModels")
        assert verify(server, {"match": {"method": ""}, "times": {"exactly": 0}})[0] == 200
        answer = verify(server, {"match": {"method": ""}})[1]
        assert answer["message"].endswith("(method: want nothing, got tunedModels.list)"), answer
        server.request("GET", "/nothing")
        assert server.json("POST", "/emulator/v1/requests:count", {"match": {"method": ""}})[1] == {"count": 1}
        assert server.json("POST", "/emulator/v1/requests:count", {"match": {"method": "*"}})[1] == {"count": 2}


def test_of_an_order_that_is_broken_the_request_that_came_too_early_is_named_first():
    with tunemock.start("--step-time", "0") as server:
        create(server)
        server.request("DELETE", MODEL)  # 2
        server.request("GET", MODEL)  # 3
        server.request("GET", "/v1beta/tunedModels")  # 4
        order = [{"method": "tunedModels.get"}, {"method": "tunedModels.delete"}]
        assert nearest(server, {"order": order})[0] == ("2", ["order"])


def test_a_stream_is_there_while_it_runs_and_filled_at_its_end():
    with tunemock.start("--step-time", "0", "--stream-delay", "300ms") as server:
        create(server)
        answer = in_background(server.request, "POST", MODEL + ":streamGenerateContent?alt=sse", prompt("long"))
        wait_for(lambda: entries(server))
        entry = entries(server)[0]
        assert entry["status"] == 0 and entry["responseBody"] == "" and entry["prompt"] == "long", entry
        status, _, body = answer()
        assert status == 200
        entry = entries(server)[0]
        assert entry["status"] == 200 and entry["error"] == "", entry
        assert entry["responseBytes"] == len(body) and body.decode().startswith(entry["responseBody"]), entry
        assert entry["isCut"] == (len(body) > 4096)


def test_a_client_that_leaves_a_stream_or_a_delay_is_seen():
    with tunemock.start("--step-time", "0", "--stream-delay", "200ms") as server:
        create(server)
        body = json.dumps(prompt("long")).encode()
        head = f"POST {MODEL}:streamGenerateContent HTTP/1.1\r\nHost: localhost\r\nContent-Length: {len(body)}\r\n\r\n"
        with server.connect() as connection:
            connection.sendall(head.encode() + body)
            assert b"200 OK" in connection.recv(4096)
        wait_for(lambda: entries(server)[0]["error"])
        entry = entries(server)[0]
        assert entry["status"] == 200 and entry["responseBytes"] > 0, entry
        assert entry["error"] == "The client left before the end of the answer.", entry


def test_the_id_of_a_request_is_in_answer_log_and_journal():
    with tunemock.start() as server:
        _, headers, _ = server.request("GET", "/v1beta/tunedModels", headers={"X-Request-Id": "trace-1"})
        assert headers["X-Request-Id"] == "trace-1"
        _, headers, _ = server.request("GET", "/v1beta/tunedModels/none")
        assert headers["X-Request-Id"] == "req-1"
        server.wait_for_log(r"info: GET /v1beta/tunedModels 200 \d+ \d+\.\d+ms trace-1$")
        server.wait_for_log(r"info: GET /v1beta/tunedModels/none 404 \d+ \d+\.\d+ms req-1$")
        assert [entry["requestId"] for entry in entries(server)] == ["req-1", "trace-1"]
        assert entries(server, "?requestId=trace-1")[0]["path"] == "/v1beta/tunedModels"


def test_without_a_journal_nothing_is_kept_and_verify_says_why():
    with tunemock.start("--journal-max", "0") as server:
        server.request("GET", "/v1beta/tunedModels")
        assert entries(server) == []
        status, found = verify(server, {})
        assert status == 409 and "--journal-max 0" in found["message"], found


def test_no_more_are_kept_than_were_asked_for():
    with tunemock.start("--journal-max", "3") as server:
        for i in range(5):
            server.request("GET", f"/v1beta/tunedModels/m{i}")
        assert [entry["id"] for entry in entries(server)] == ["5", "4", "3"]


HOSTILE_BODIES = [
    b'{"a": "it\'s $HOME `id` $(id) \\\\ \\" ! * ? [a] {b} #"}',
    b"'", b"''\\''", b"\\", b"%s%d%%", b"@/etc/passwd", b"-X", b"a\nb\r\nc", b"\x00\x01\x7f\xff\xc3", b"\t' %\\\x00'",
    "ä € 𝄞 \u202e".encode(), b"\xe2\x80", b"!!", b"; exit 1", b"a" * 4096, b"\\000 \\n \\c",
]
HOSTILE_TARGETS = [
    "/v1beta/tunedModels/x'y:generateContent", "/v1beta/tunedModels/$(id):generateContent?a=[1-3]&b={x,y}",
    "/v1beta/tunedModels/../x", "//v1beta//x/./y", "/v1beta/%27%22%00", "/v1beta/x?q=`id`;exit", "/v1beta/x#fragment",
    "/v1beta/x\\y?\\", "/v1beta/~*?!&|<>()", "/v1beta/x?", "/v1beta/%C3%A4",
]


def send_raw(server, verb, target, body):
    head = f"{verb} {target} HTTP/1.1\r\nHost: 127.0.0.1:{server.port}\r\nContent-Length: {len(body)}\r\n\r\n"
    with server.connect() as connection:
        connection.sendall(head.encode("latin-1") + body)
        return tunemock.read_answer(connection, verb)


def test_curl_lines_run_in_sh_and_send_the_same_again():
    shells = [shell for shell in ("sh", "bash", "dash") if shutil.which(shell)]
    if not shutil.which("curl"):
        return
    with tunemock.start() as server:
        for body in HOSTILE_BODIES:
            send_raw(server, "POST", "/v1beta/tunedModels/x:generateContent", body)
        for target in HOSTILE_TARGETS:
            send_raw(server, "GET", target, b"")
        send_raw(server, "PATCH", "/v1beta/tunedModels/x", b"{}")
        send_raw(server, "HEAD", "/v1beta/tunedModels", b"")
        send_raw(server, "BREW", "/v1beta/tunedModels", b"{}")
        known = ("verb", "path", "query", "requestBody", "requestBytes", "method", "status")
        first = [{name: entry[name] for name in known} for entry in entries(server)]
        status, headers, script = server.request("GET", "/emulator/v1/requests:export?as=curl")
        assert status == 200 and "X-Emulator-Hint" not in headers, script
        assert len(script.splitlines()) == len(first)
        for shell in shells:
            server.request("DELETE", "/emulator/v1/requests")
            ran = subprocess.run([shell, "-e"], input=script, capture_output=True, check=False,
                                 env=tunemock.environment({"no_proxy": "*"}))
            assert ran.returncode == 0, (shell, ran.stderr)
            again = [{name: entry[name] for name in known} for entry in entries(server)]
            for one, other in zip(first, again):
                assert one == other, (shell, one, other)
            assert len(again) == len(first)


def test_exports_lead_to_the_namespace_that_they_are_of():
    name = "tests/a.py::test['x']"
    headers = {"X-Emulator-Namespace": name}
    with tunemock.start() as server:
        server.request("GET", "/v1beta/tunedModels", None, headers)
        script = server.request("GET", "/emulator/v1/requests:export?as=curl", None, headers)[2]
        archive = json.loads(server.request("GET", "/emulator/v1/requests:export?as=har", None, headers)[2])
        entry = archive["log"]["entries"][0]
        assert entry["request"]["headers"] == [{"name": "X-Emulator-Namespace", "value": name}], entry
        assert entry["response"]["headers"] == [], entry
        if shutil.which("curl"):
            subprocess.run(["sh", "-e"], input=script, capture_output=True, check=True,
                           env=tunemock.environment({"no_proxy": "*"}))
            assert entries(server) == []
            again = json.loads(server.request("GET", "/emulator/v1/requests", None, headers)[2])
            assert [entry["id"] for entry in again["requests"]] == ["2", "1"], again


def check_fields(value, fields):
    """`fields` of an object: name to type, or to fields of their own; a list has those of its items."""
    for name, kind in fields.items():
        assert name in value, (name, value)
        if isinstance(kind, dict):
            check_fields(value[name], kind)
        elif isinstance(kind, list):
            assert isinstance(value[name], list)
            for item in value[name]:
                check_fields(item, kind[0])
        else:
            assert isinstance(value[name], kind) and not isinstance(value[name], bool), (name, value)


# What the schema of HAR 1.2 requires.
PAIR = {"name": str, "value": str}
NUMBER = (int, float)
ENTRY = {
    "startedDateTime": str, "time": NUMBER, "cache": {}, "timings": {"send": NUMBER, "wait": NUMBER, "receive": NUMBER},
    "request": {"method": str, "url": str, "httpVersion": str, "cookies": [PAIR], "headers": [PAIR],
                "queryString": [PAIR], "headersSize": int, "bodySize": int},
    "response": {"status": int, "statusText": str, "httpVersion": str, "cookies": [PAIR], "headers": [PAIR],
                 "content": {"size": int, "mimeType": str}, "redirectURL": str, "headersSize": int, "bodySize": int},
}
LOG = {"log": {"version": str, "creator": {"name": str, "version": str}, "entries": [ENTRY]}}


def test_an_archive_has_all_that_har_requires():
    with tunemock.start("--step-time", "0") as server:
        create(server)
        server.request("POST", MODEL + ":generateContent?key=SECRET&a", prompt("1"))
        server.request("POST", MODEL + ":streamGenerateContent?alt=sse", prompt("long"))
        for body in HOSTILE_BODIES:
            send_raw(server, "POST", "/v1beta/tunedModels/x:generateContent", body)
        for target in HOSTILE_TARGETS:
            send_raw(server, "GET", target, b"")
        status, headers, body = server.request("GET", "/emulator/v1/requests:export?as=har")
        assert status == 200 and headers["Content-Type"].startswith("application/json")
        archive = json.loads(body)
        check_fields(archive, LOG)
        log = archive["log"]
        assert log["version"] == "1.2" and len(log["entries"]) == 2 + len(HOSTILE_BODIES) + len(HOSTILE_TARGETS)
        for entry in log["entries"]:
            assert re.match(r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$", entry["startedDateTime"]), entry
            assert entry["time"] >= 0
            assert entry["request"]["url"].startswith(server.url + "/")
            if entry["request"]["bodySize"]:
                assert isinstance(entry["request"]["postData"]["mimeType"], str)
        assert log["entries"][0]["request"]["queryString"] == [
            {"name": "key", "value": "REDACTED"}, {"name": "a", "value": ""}]
        assert b"SECRET" not in body


def test_stubs_are_a_seed_file_of_what_was_answered():
    with tunemock.start("--step-time", "0") as server:
        create(server)
        answer = server.json("POST", MODEL + ":generateContent", prompt("1"))[1]
        for query in ("", "?alt=sse"):
            server.request("POST", MODEL + ":streamGenerateContent" + query, prompt("some" + query))
        server.request("POST", "/emulator/v1/faults", {"preset": "safety", "times": 1})
        server.request("POST", MODEL + ":streamGenerateContent", prompt("bad"))
        server.request("POST", "/v1beta/models/text-embedding-004:embedContent", {"content": {"parts": [{"text": "e"}]}})
        server.request("POST", MODEL + ":generateContent", prompt("x" * 5000))
        server.request("GET", MODEL)
        status, headers, body = server.request("GET", "/emulator/v1/requests:export?as=stubs")
        assert status == 200
        assert headers["X-Emulator-Hint"].startswith("left out: 2 requests "), headers
        stubs = json.loads(body)["stubs"]
        assert stubs[0] == {"match": {"method": "tunedModels.generateContent", "model": "tunedModels/one", "prompt": "1"},
                            "reply": {"response": answer}}, stubs[0]
        prompts = [stub["match"]["prompt"] for stub in stubs]
        assert prompts == ["1", "some", "some?alt=sse", "bad"], prompts
        assert stubs[1]["reply"] == stubs[2]["reply"] and stubs[1]["reply"]["text"], stubs[1]
        assert stubs[3]["reply"]["finishReason"] == "SAFETY", stubs[3]


def test_many_write_read_and_verify_at_a_time():
    with tunemock.start("--step-time", "0", "--threads", "4", "--journal-max", "50") as server:
        create(server)
        failures = []

        def work(job):
            try:
                for _ in range(tunemock.scaled(100)):
                    job()
            except Exception as error:  # pylint: disable=broad-except
                failures.append(repr(error))

        jobs = [
            lambda: server.request("POST", MODEL + ":generateContent", prompt("1")),
            lambda: server.request("POST", MODEL + ":streamGenerateContent", prompt("long")),
            lambda: server.request("PATCH", MODEL + "?updateMask=description", {"description": "d"}),
            lambda: entries(server),
            lambda: verify(server, {"match": {"prompt": {"regex": "l(o|x)ng"}}, "within": "0.001s"}),
            lambda: server.request("GET", "/emulator/v1/requests:export?as=har"),
            lambda: server.request("DELETE", "/emulator/v1/requests"),
        ]
        threads = [threading.Thread(target=work, args=(job,)) for job in jobs]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert not failures, failures
        assert len(entries(server)) <= 50


tunemock.run_tests(globals())
