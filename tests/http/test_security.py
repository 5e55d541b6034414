#!/usr/bin/env python3
"""Who may drive the control API: no page of the web, nobody without the token. Each rule, as bytes on a socket.

tests/browser/ shows the same with a real browser.
"""
import os
import re
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import openapi  # noqa: E402
import tunemock  # noqa: E402

FAULT = b'{"method": "tunedModels.list", "status": "UNAVAILABLE"}'
TOKEN = "s3cret-0123456789"


def send(server, verb, path, headers, body=b"", version="1.1"):
    """(status, the whole answer) of a request whose headers are sent as they are; Host is a header like any other."""
    head = [f"{verb} {path} HTTP/{version}", *headers, f"Content-Length: {len(body)}", "Connection: close"]
    answer = server.exchange("\r\n".join(head).encode("latin-1") + b"\r\n\r\n" + body).decode()
    return int(answer.split(" ")[1]), answer


def fault_count(server):
    return len(server.json("GET", "/emulator/v1/faults")[1].get("faults", []))


def assert_refused(server, headers, what, status=403, **request):
    """A fault that is asked for so is refused, and none is there afterwards."""
    before = fault_count(server)
    code, answer = send(server, "POST", "/emulator/v1/faults", headers, FAULT, **request)
    assert code == status, f"{headers}: {answer}"
    assert what in answer, f"{headers}: {what} is not in {answer}"
    assert "Access-Control" not in answer, answer
    assert fault_count(server) == before, headers


def assert_let_in(server, headers, path="/emulator/v1/clock"):
    code, answer = send(server, "GET", path, headers)
    assert code == 200, f"{headers}: {answer}"
    return answer


# --- by whom a browser says that it was sent ---

def test_a_page_of_another_origin_is_refused():
    with tunemock.start() as server:
        host = f"Host: 127.0.0.1:{server.port}"
        for origin in ("http://evil.example", "https://evil.example:8863", f"https://127.0.0.1:{server.port}", "http://127.0.0.1",
                       f"http://127.0.0.1:{server.port + 1}", f"http://localhost:{server.port}", f"http://127.0.0.1:{server.port}.evil.example",
                       f"http://127.0.0.1:{server.port}@evil.example", f"http://evil.example/http://127.0.0.1:{server.port}", "null", "file://", "",
                       f"http://127.0.0.1:{server.port}/", "chrome-extension://abc", f"http://evil.example http://127.0.0.1:{server.port}"):
            assert_refused(server, [host, f"Origin: {origin}"], "Origin is ")


def test_the_servers_own_page_is_let_in():
    with tunemock.start("--allow-host", "ci.example") as server:
        for host in (f"127.0.0.1:{server.port}", f"localhost:{server.port}", f"LOCALHOST:{server.port}", "[::1]:1", "app.localhost", "ci.example"):
            assert_let_in(server, [f"Host: {host}", f"Origin: http://{host.lower()}", "Sec-Fetch-Site: same-origin"])


def test_two_origins_are_none():
    """Whichever of them is looked at, the other is there, too."""
    with tunemock.start() as server:
        own, other = f"Origin: http://localhost:{server.port}", "Origin: http://evil.example"
        for pair in ([own, other], [other, own]):
            code, answer = send(server, "POST", "/emulator/v1/faults", [f"Host: localhost:{server.port}", *pair], FAULT)
            assert code == 403 and "Origin is there twice" in answer, answer
            assert fault_count(server) == 0


def test_what_a_browser_says_of_the_site_is_believed_where_there_is_no_origin():
    with tunemock.start() as server:
        host = f"Host: localhost:{server.port}"
        for site in ("cross-site", "Cross-Site", "CROSS-SITE", " cross-site "):
            assert_refused(server, [host, f"Sec-Fetch-Site: {site}"], "Sec-Fetch-Site is ")
            # An image, a script, a style sheet, a frame: a GET without an Origin.
            code, answer = send(server, "GET", "/emulator/v1/state", [host, f"Sec-Fetch-Site: {site}", "Sec-Fetch-Mode: no-cors",
                                                                     "Sec-Fetch-Dest: image", "Referer: http://evil.example/"])
            assert code == 403 and '"tunedModels"' not in answer, answer
        for site in ("same-origin", "same-site", "none"):
            assert_let_in(server, [host, f"Sec-Fetch-Site: {site}"])


def test_two_sites_are_none():
    with tunemock.start() as server:
        host, own, other = f"Host: localhost:{server.port}", "Sec-Fetch-Site: same-origin", "Sec-Fetch-Site: cross-site"
        for pair in ([own, other], [other, own]):
            assert_refused(server, [host, *pair], "Sec-Fetch-Site is there twice")
        for joined in ("same-origin, cross-site", "cross-site, same-origin", "none,Cross-Site"):
            assert_refused(server, [host, f"Sec-Fetch-Site: {joined}"], "Sec-Fetch-Site is ")


def test_forms_and_simple_requests_that_need_no_preflight_are_refused():
    with tunemock.start() as server:
        host = f"Host: localhost:{server.port}"
        for kind in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "application/json", ""):
            for origin in ("http://evil.example", "null", f"http://localhost:{server.port + 1}"):
                assert_refused(server, [host, f"Origin: {origin}", f"Content-Type: {kind}"], "Origin is ")
        # A method that a header names is none that a page can send without a preflight.
        for override in ("DELETE", "PATCH", "GET"):
            code, answer = send(server, "POST", "/emulator/v1/clock", [host, f"X-HTTP-Method-Override: {override}"])
            assert code == 404, answer


def test_a_preflight_of_a_page_that_is_not_allowed_gains_nothing():
    with tunemock.start() as server:
        for path in ("/emulator/v1/faults", "/emulator/v1/clock:advance", "/emulator/v1/nothing", "/emulator", "/health"):
            code, answer = send(server, "OPTIONS", path, [f"Host: localhost:{server.port}", "Origin: http://evil.example",
                                                          "Access-Control-Request-Method: POST"])
            assert code == 403 and "Access-Control" not in answer, answer


def test_every_call_has_the_guard():
    with tunemock.start("--clock", "frozen") as server:
        document = openapi.fetch(server)
        before = server.request("GET", "/emulator/v1/state")[2]
        for call in document.calls:
            for headers in (["Host: localhost", "Origin: http://evil.example"], ["Host: localhost", "Origin: null"],
                            ["Host: localhost", "Sec-Fetch-Site: cross-site"]):
                code, answer = send(server, call.verb, call.target(), headers, b"{}" if call.body_schema() else b"")
                assert code == 403 and '"PERMISSION_DENIED"' in answer, f"{call.name}: {answer}"
            is_probe = call.operation.get("security") == []
            code, answer = send(server, call.verb, call.target(), ["Host: evil.example"], b"{}" if call.body_schema() else b"")
            assert (code != 403) == is_probe, f"{call.name}: {answer}"
        assert server.request("GET", "/emulator/v1/state")[2] == before


# --- by which name ---

def test_a_name_that_a_stranger_could_own_is_refused():
    """DNS rebinding: evil.example resolves to 127.0.0.1, and its page is of the same origin as the server."""
    with tunemock.start("--allow-host", "ci.example") as server:
        port = server.port
        for host in ("evil.example", f"evil.example:{port}", f"127.0.0.1.evil.example:{port}", f"localhost.evil.example:{port}",
                     "localhost.evil.example.", f"a@localhost:{port}", f"localhost:{port}@evil.example", "localhost@evil.example",
                     f"user:password@127.0.0.1:{port}", "evil.example#localhost", "evil.example/localhost", "evil.example?.localhost",
                     "evil.example\\.localhost", "127.0.0.1.nip.io", "7f000001.nip.io", "127.1", "0x7f.1", "2130706433.example", "017700000001.1",
                     "[::1", "::1", "[::1]evil.example", "[evil.example]", "[::ffff:evil.example]", f"localhost:{port}:{port}", "localhost:http",
                     "localhost:99999", "localhost..", ".localhost", "ci.example.evil.example", "xci.example", "a.ci.example", "ev\u00efl.example",
                     "localhost%00.evil.example", "localhost, evil.example", "*.localhost", "0.0.0.0.evil.example"):
            headers = [f"Host: {host}", f"Origin: http://{host}", "Sec-Fetch-Site: same-origin"]
            code, answer = send(server, "POST", "/emulator/v1/faults", headers, FAULT)
            assert code in (400, 403), f"{host}: {answer}"
            assert fault_count(server) == 0, host


def test_names_that_only_this_machine_or_its_network_has_are_let_in():
    with tunemock.start("--allow-host", "ci.example") as server:
        port = server.port
        for host in ("localhost", f"localhost:{port}", f"LocalHost:{port}", f"localhost.:{port}", "localhost:", "app.localhost", "127.0.0.1",
                     f"127.0.0.1:{port}", "127.9.9.9", "10.0.0.7:80", "[::1]", f"[::1]:{port}", "[0:0:0:0:0:0:0:1]", "[::ffff:127.0.0.1]",
                     f"[FE80::1]:{port}", "tunemock", f"tunemock:{port}", "my_sidecar-2", "host.docker.internal", "HOST.DOCKER.INTERNAL:1",
                     "ci.example", f"CI.Example.:{port}"):
            assert_let_in(server, [f"Host: {host}"])


def test_a_request_without_a_host_is_refused():
    with tunemock.start() as server:
        code, answer = send(server, "POST", "/emulator/v1/faults", [], FAULT, version="1.0")
        assert code == 403 and "Host is missing" in answer, answer
        for headers in ([], ["Host:"], ["Host: "], ["Host: localhost", "Host: evil.example"], ["Host: evil.example", "Host: localhost"]):
            code, answer = send(server, "POST", "/emulator/v1/faults", headers, FAULT)
            assert code in (400, 403), f"{headers}: {answer}"
        assert send(server, "GET", "/health", [], version="1.0")[0] == 200
        assert fault_count(server) == 0


def test_the_host_of_an_absolute_target_counts_like_one_of_a_header():
    with tunemock.start() as server:
        for target, host, status in ((f"http://evil.example:{server.port}", "localhost", 403), ("http://localhost", "evil.example", 200),
                                     ("http://evil.example@localhost", "localhost", 403), ("http://localhost@evil.example", "localhost", 403)):
            code, answer = send(server, "GET", f"{target}/emulator/v1/clock", [f"Host: {host}"])
            assert code == status or (status == 403 and code == 400), f"{target} {host}: {answer}"


def test_a_path_in_another_spelling_has_the_same_guard():
    with tunemock.start() as server:
        headers = ["Host: localhost", "Origin: http://evil.example"]
        for path in ("//emulator/v1/faults", "///emulator/v1/faults", "/emulator/v1/faults/", "/emulator//v1/faults", "/emulator/v1/./faults",
                     "/emulator/v1/../v1/faults", "/%65mulator/v1/faults", "/emulator%2Fv1%2Ffaults", "/EMULATOR/v1/faults", "/emulator/v1/faults?x=1",
                     "/v1beta/../emulator/v1/faults", "/emulator/v1/faults#x", "/emulator/v1/faults;x"):
            code, answer = send(server, "POST", path, headers, FAULT)
            assert code in (400, 403, 404), f"{path}: {answer}"
            assert fault_count(server) == 0, path


# --- pages that are allowed ---

def test_a_page_of_an_allowed_origin_may_call_and_read():
    with tunemock.start("--cors", "http://localhost:3000", "--cors", "https://tests.example") as server:
        host = f"Host: 127.0.0.1:{server.port}"
        for origin in ("http://localhost:3000", "https://tests.example"):
            asked = [host, f"Origin: {origin}", "Access-Control-Request-Method: POST", "Access-Control-Request-Headers: content-type,x-emulator-token"]
            code, answer = send(server, "OPTIONS", "/emulator/v1/faults", asked)
            assert code == 200 and f"Access-Control-Allow-Origin: {origin}\r\n" in answer, answer
            assert "Access-Control-Allow-Headers: content-type,x-emulator-token\r\n" in answer and "Access-Control-Allow-Methods: " in answer, answer
            code, answer = send(server, "POST", "/emulator/v1/faults", [host, f"Origin: {origin}", "Sec-Fetch-Site: cross-site"], FAULT)
            assert code == 200 and f"Access-Control-Allow-Origin: {origin}\r\n" in answer and "Vary: Origin\r\n" in answer, answer
            # Errors are for it to read, too.
            code, answer = send(server, "GET", "/emulator/v1/nothing", [host, f"Origin: {origin}"])
            assert code == 404 and f"Access-Control-Allow-Origin: {origin}\r\n" in answer, answer
        assert fault_count(server) == 2
        assert "Access-Control" not in assert_let_in(server, [host])
        for other in ("http://localhost:3001", "https://localhost:3000", "http://tests.example", "null"):
            assert_refused(server, [host, f"Origin: {other}"], "Origin is ")
        assert_refused(server, [host, "Sec-Fetch-Site: cross-site"], "Sec-Fetch-Site is ")


def test_an_allowed_origin_opens_no_unknown_host():
    with tunemock.start("--cors", "http://localhost:3000") as server:
        code, answer = send(server, "POST", "/emulator/v1/faults", ["Host: evil.example", "Origin: http://localhost:3000"], FAULT)
        assert code == 403 and "Host is " in answer, answer
        assert fault_count(server) == 0


# --- the token ---

def test_every_call_but_probes_wants_the_token():
    with tunemock.start("--control-token", TOKEN, "--clock", "frozen") as server:
        document = openapi.fetch(server, {"X-Emulator-Token": TOKEN})
        assert document.json["security"] == [{"token": []}]
        for call in document.calls:
            is_probe = call.operation.get("security") == []
            body = b"{}" if call.body_schema() else b""
            for header in ([], ["X-Emulator-Token: "], ["X-Emulator-Token: wrong"], [f"X-Emulator-Token: {TOKEN}x"], [f"X-Emulator-Token: {TOKEN[:-1]}"],
                           [f"Authorization: Bearer {TOKEN}"], [f"X-Goog-Api-Key: {TOKEN}"], [f"Cookie: X-Emulator-Token={TOKEN}"]):
                code, answer = send(server, call.verb, call.target(), ["Host: localhost", *header], body)
                assert (code != 401) == is_probe, f"{call.name} {header}: {answer}"
                assert is_probe or ('"UNAUTHENTICATED"' in answer and "X-Emulator-Token" in answer), answer
            code, answer = send(server, call.verb, call.target(), ["Host: localhost", f"x-emulator-token: {TOKEN}"], body)
            assert code != 401, f"{call.name}: {answer}"
        assert server.request("GET", "/v1beta/tunedModels")[0] == 200
        assert tunemock.run("healthcheck", "--port", server.port) == (0, "", "")
        assert tunemock.run("healthcheck", variables={"TUNEMOCK_PORT": str(server.port), "TUNEMOCK_CONTROL_TOKEN": "x"}) == (0, "", "")


def test_a_page_is_refused_before_its_token_is_looked_at():
    with tunemock.start("--control-token", TOKEN, "--cors", "http://localhost:3000") as server:
        code, answer = send(server, "GET", "/emulator/v1/clock", ["Host: localhost", f"X-Emulator-Token: {TOKEN}", "Origin: http://evil.example"])
        assert code == 403, answer
        allowed = ["Host: localhost", "Origin: http://localhost:3000"]
        assert send(server, "OPTIONS", "/emulator/v1/clock", [*allowed, "Access-Control-Request-Method: GET"])[0] == 200
        code, answer = send(server, "GET", "/emulator/v1/clock", allowed)
        assert code == 401 and "Access-Control-Allow-Origin: http://localhost:3000" in answer, answer
        assert send(server, "GET", "/emulator/v1/clock", [*allowed, f"X-Emulator-Token: {TOKEN}"])[0] == 200


def test_the_token_is_shown_nowhere():
    for options, variables in ((["--control-token", TOKEN], {}), ([f"--control-token={TOKEN}"], {}), ([f"--control-t={TOKEN}"], {}),
                               (["--control-token", "first", "--control-token", TOKEN], {}), ([], {"TUNEMOCK_CONTROL_TOKEN": TOKEN})):
        with tunemock.start("--log-level", "debug", *options, variables=variables) as server:
            good = {"X-Emulator-Token": TOKEN}
            told = [server.request("GET", path, headers=good)[2].decode() for path in
                    ("/emulator/v1/info", "/emulator/v1/openapi.json", "/emulator/v1/state", "/v1beta/tunedModels")]
            told.append(server.request("GET", "/emulator/v1/info")[2].decode())
            told.append(server.request("GET", "/emulator/v1/info", headers={"X-Emulator-Token": TOKEN + "x"})[2].decode())
            with open(f"/proc/{server.pid}/cmdline", encoding="utf-8") as file:
                told.append(file.read())
            assert TOKEN not in "".join(told) and "first" not in told[-1], told
            server.stop()
            assert TOKEN not in server.log(), server.log()


def test_a_bad_token_is_refused_and_not_shown():
    for value in ("a b", "\u00e9", " lead", "tab\there"):
        for arguments, variables, name in ((["--control-token", value], {}, "--control-token"), ([], {"TUNEMOCK_CONTROL_TOKEN": value}, "TUNEMOCK_CONTROL_TOKEN"),
                                           ([f"--control-tokn={value}"], {}, "--control-tokn")):
            status, output, errors = tunemock.run(*arguments, variables=variables)
            assert (status, output) == (2, "") and name in errors and value not in errors, errors
    assert "takes visible ASCII characters without a space\n" in tunemock.run("--control-token", "a b")[2]


def test_a_server_that_others_can_reach_without_a_token_warns():
    warning = r"warning: --host (\S+): whoever reaches this port may use the control API; --control-token asks them for a token"
    with tunemock.start("--host", "0.0.0.0") as server:
        assert server.wait_for_log(warning).group(1) == "0.0.0.0"
    for options in (["--host", "0.0.0.0", "--control-token", TOKEN], [], ["--host", "localhost"], ["--host", "127.0.0.2"]):
        with tunemock.start(*options) as server:
            server.stop()
            assert not re.search("warning", server.log()), server.log()


tunemock.run_tests(globals())
