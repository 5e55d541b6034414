#!/usr/bin/env python3
"""The web page's files, as clients get them. What the page does is tested in a browser (tests/ui/)."""
import gzip
import os
import re
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import tunemock  # noqa: E402

TYPES = {"js": "text/javascript; charset=utf-8", "css": "text/css; charset=utf-8", "svg": "image/svg+xml"}
POLICY = ("default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; connect-src 'self'; "
          "base-uri 'none'; form-action 'none'; frame-ancestors 'none'")


def files_of(server):
    """The paths that the page names."""
    page = server.request("GET", "/")[2].decode()
    return ["/" + path for path in re.findall(r'(?:href|src)="(ui/[^"]+)"', page)]


def fetch(server, path, **headers):
    """(status, headers, bytes)"""
    head = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in headers.items())
    answer = server.exchange(f"GET {path} HTTP/1.1\r\nHost: localhost\r\n{head}Connection: close\r\n\r\n".encode())
    lines, body = answer.split(b"\r\n\r\n", 1)
    first, *fields = lines.decode().split("\r\n")
    return int(first.split(" ")[1]), dict(field.split(": ", 1) for field in fields), body


def test_the_page_is_at_the_root_and_asked_for_each_time():
    with tunemock.start() as server:
        status, headers, body = fetch(server, "/")
        assert status == 200 and b'<main id="view"' in body, (status, body)
        assert headers["Content-Type"] == "text/html; charset=utf-8", headers
        assert headers["Cache-Control"] == "no-cache", headers
        assert headers["Content-Security-Policy"] == POLICY, headers
        assert headers["X-Content-Type-Options"] == "nosniff", headers
        assert b"<script>" not in body and b"style=" not in body and b"<style" not in body and b" onclick" not in body, body


def test_what_the_page_names_is_there_and_kept_for_ever():
    with tunemock.start() as server:
        paths = files_of(server)
        assert len(paths) >= 4, paths
        assert len({path.split("/")[2] for path in paths}) == 1, paths
        for path in paths:
            status, headers, body = fetch(server, path)
            assert status == 200 and len(body) == int(headers["Content-Length"]), (path, status)
            assert headers["Content-Type"] == TYPES[path.rsplit(".", 1)[1]], (path, headers)
            assert headers["Cache-Control"] == "public, max-age=31536000, immutable", (path, headers)
            assert headers["Content-Security-Policy"] == POLICY, (path, headers)


def test_a_browser_asks_for_few_files():
    with tunemock.start() as server:
        scripts = [path for path in files_of(server) if path.endswith(".js")]
        assert len(set(files_of(server))) <= 5 and any(path.endswith("/main.js") for path in scripts), files_of(server)
        for path in scripts:
            body = fetch(server, path)[2].decode()
            named = [line for line in body.split("\n") if re.match(r"(import|export) ", line) and '"./' in line]
            assert not named, (path, named)
        library = scripts[0].split("/js/")[0] + "/chart-library.js"
        assert fetch(server, library)[0] == 200, library


def test_each_client_gets_what_it_accepts():
    with tunemock.start() as server:
        for path in ["/", *files_of(server)[:3]]:
            _, plain_headers, plain = fetch(server, path)
            assert "Content-Encoding" not in plain_headers and plain_headers["Vary"] == "Accept-Encoding", plain_headers
            for accepted in ("gzip", "deflate, gzip;q=0.5, br", "*", "GZIP", "br , gzip ; q=1.0"):
                _, headers, body = fetch(server, path, Accept_Encoding=accepted)
                if headers.get("Content-Encoding") != "gzip":
                    assert path.endswith(".svg") or len(plain) < 200, (path, accepted, headers)
                    continue
                assert gzip.decompress(body) == plain, (path, accepted)
                assert len(body) < len(plain) and headers["ETag"] != plain_headers["ETag"], (path, headers)
            for accepted in ("", "identity", "br", "gzip;q=0", "gzip; q=0.000, *", "*;q=0", "xgzip"):
                assert "Content-Encoding" not in fetch(server, path, Accept_Encoding=accepted)[1], accepted


def test_who_has_it_is_told_so():
    with tunemock.start() as server:
        for accepted in ("identity", "gzip"):
            _, headers, _ = fetch(server, "/", Accept_Encoding=accepted)
            tag = headers["ETag"]
            for known in (tag, f'"other", W/{tag}', "*"):
                status, headers, body = fetch(server, "/", Accept_Encoding=accepted, If_None_Match=known)
                assert (status, body, headers["ETag"]) == (304, b"", tag), (known, status, headers)
            assert fetch(server, "/", Accept_Encoding=accepted, If_None_Match='"other"')[0] == 200


def test_the_page_is_only_read():
    with tunemock.start() as server:
        status, headers, body = server.request("HEAD", "/")
        assert (status, body) == (200, b""), (status, body)
        assert int(headers["Content-Length"]) == len(fetch(server, "/")[2]), dict(headers)
        [file] = re.findall(r'src="(ui/[^"]+/js/main.js)"', fetch(server, "/")[2].decode())
        for verb in ("POST", "PUT", "PATCH", "DELETE", "OPTIONS"):
            status, headers, body = server.request(verb, f"/{file}")
            assert status == 405 and headers["Allow"] == "GET, HEAD", (verb, status, body)


def test_who_writes_to_the_root_has_lost_the_path_of_the_service():
    with tunemock.start() as server:
        for verb in ("POST", "PUT", "PATCH", "DELETE"):
            status, answer = server.json(verb, "/")
            assert status == 404 and "GOOGLE_GEMINI_BASE_URL" in answer["error"]["message"], (verb, status, answer)
        for options in ([], ["--no-ui"]):
            with tunemock.start(*options) as other:
                for headers, expected in (({"x-goog-api-client": "x"}, 404), ({"Metadata-Flavor": "Google"}, 200)):
                    assert other.request("GET", "/", headers=headers)[0] == expected, (options, headers)


def test_other_paths_are_as_they_were():
    with tunemock.start() as server:
        for path in ("/ui", "/ui/", "/ui/js/main.js", "/ui/0123/js/main.js", "/index.html", "/favicon.ico", "//"):
            assert server.request("GET", path)[0] == 404, path


def test_the_page_is_no_request_of_a_test():
    with tunemock.start() as server:
        for path in ("/", *files_of(server), "/ui/nothing.js"):
            server.request("GET", path)
        assert server.json("GET", "/emulator/v1/requests")[1]["requests"] == []


def test_only_known_hosts_and_own_pages_get_it_but_links_lead_to_it():
    with tunemock.start() as server:
        own = f"127.0.0.1:{server.port}"

        def status(**headers):
            head = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in headers.items())
            answer = server.exchange(f"GET / HTTP/1.1\r\n{head}Connection: close\r\n\r\n".encode())
            return int(answer.split(b" ")[1])

        assert status(Host=own) == 200
        assert status(Host=own, Origin=f"http://{own}", Sec_Fetch_Site="same-origin") == 200
        assert status(Host=own, Sec_Fetch_Site="cross-site") == 200
        assert status(Host="evil.example") == 403
        assert status(Host=own, Origin="http://evil.example") == 403


def test_a_token_is_not_needed_for_the_page_alone():
    with tunemock.start("--control-token", "s3cret") as server:
        assert server.request("GET", "/")[0] == 200
        assert server.request("GET", "/emulator/v1/tunedModels")[0] == 401


def test_without_the_page_nothing_is_there():
    for arguments, variables in ((["--no-ui"], {}), ([], {"TUNEMOCK_NO_UI": "1"})):
        with tunemock.start(*arguments, variables=variables) as server:
            assert server.request("GET", "/")[0] == 404
    with tunemock.start(variables={"TUNEMOCK_NO_UI": "off"}) as server:
        assert server.request("GET", "/")[0] == 200
    status, _, errors = tunemock.run("serve", variables={"TUNEMOCK_NO_UI": "perhaps"})
    assert status == 2 and "TUNEMOCK_NO_UI takes yes or no" in errors, errors


tunemock.run_tests(globals())
