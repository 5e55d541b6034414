#!/usr/bin/env -S python3 -B
"""Pages in a real browser that try to drive the control API: those of strangers cannot, those that may can.

page.html makes all attempts, and posts what became of them to the server that it came from. The browser resolves every
name to this machine, as a name server of evil.example could have it do.
"""
import contextlib
import http.server
import json
import pathlib
import queue
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.parse

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "http"))
import tunemock  # noqa: E402

PAGE = (HERE / "page.html").read_bytes()
PAGE_SECONDS_MAX = 90
FLAGS = [
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--disable-extensions", "--disable-dev-shm-usage", "--disable-popup-blocking",
    "--host-resolver-rules=MAP * 127.0.0.1", "--no-proxy-server"]
# What a page can see of an attempt that brought it nothing.
NOTHING = {"TypeError", "opaque", "img failed", "script failed", "link failed", "failed", "SecurityError", "no window", "sent", "0 ", "true"}


class Pages(http.server.ThreadingHTTPServer):
    """Serves page.html, and collects what pages post."""
    allow_reuse_address = True
    daemon_threads = True

    def __init__(self, port=0):
        super().__init__(("127.0.0.1", port), PageHandler)
        self.reports = queue.Queue()
        self.port = self.server_address[1]
        threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()

    def close(self):
        self.shutdown()
        self.server_close()


class PageHandler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        is_page = self.path.startswith("/page?")
        self.send_response(200 if is_page else 404)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.end_headers()
        self.wfile.write(PAGE if is_page else b"")

    def do_POST(self):
        self.server.reports.put(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
        self.send_response(204)
        self.end_headers()

    def log_message(self, *arguments):
        pass


@contextlib.contextmanager
def browser(url):
    with tempfile.TemporaryDirectory(prefix="tunemock-browser-", ignore_cleanup_errors=True) as profile:
        process = subprocess.Popen(["chromium", *FLAGS, f"--user-data-dir={profile}", url], stdin=subprocess.DEVNULL,
                                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            yield process
        finally:
            process.kill()
            process.wait()


def page_url(host, port, pages, target, kind):
    query = urllib.parse.urlencode({"target": target, "report": f"http://127.0.0.1:{pages.port}/report", "kind": kind})
    return f"http://{host}:{port}/page?{query}"


def wait_for_report(pages):
    report = pages.reports.get(timeout=PAGE_SECONDS_MAX)
    assert report == "loaded" or "problem" not in report, report
    return report


def visit(server, host, target=None):
    """What a page of another port, by this host name, has found."""
    pages = Pages()
    with contextlib.closing(pages), browser(page_url(host, pages.port, pages, target or server.url, "foreign")):
        return wait_for_report(pages)


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as server:
        return server.getsockname()[1]


def visit_own(host, *options):
    """What a page of the server's own port has found by this host name, and the server's faults and clock afterwards.

    The page comes from another server, which goes once it is loaded: as if the name had another address now.
    """
    port = free_port()
    pages, first = Pages(), Pages(port)
    with contextlib.closing(pages), browser(page_url(host, port, pages, f"http://{host}:{port}", "own")):
        assert wait_for_report(pages) == "loaded"
        first.close()
        with tunemock.start("--clock", "frozen", "--port", port, *options) as server:
            found = wait_for_report(pages)
            return found, state(server)


def state(server):
    """What an attempt would have changed. The log is written a little late."""
    time.sleep(0.3)
    return {"faults": server.json("GET", "/emulator/v1/faults")[1].get("faults", []), "time": server.json("GET", "/emulator/v1/clock")[1]["time"],
            "log": server.log()}


def assert_nothing_happened(before, after, found):
    assert after["faults"] == before["faults"] and after["time"] == before["time"], (before, after)
    for name, what in found.items():
        is_refusal = what.startswith("403 ") and "The control API refuses" in what
        # Frames and windows of the very same origin may be read: they hold the refusal.
        is_refused_frame = what.startswith("read") and '"tunedModels"' not in what
        assert what in NOTHING or is_refusal or is_refused_frame, f"{name}: {what}"


def test_a_page_of_another_host_cannot():
    with tunemock.start("--clock", "frozen") as server:
        before = state(server)
        found = visit(server, "evil.example")
        after = state(server)
        assert_nothing_happened(before, after, found)
        assert "POST /emulator/v1/faults 403" in after["log"], "nothing that it sent has come to the guard:\n" + after["log"]
        assert " /emulator/v1/faults 200" not in after["log"].removeprefix(before["log"]).replace("GET /emulator/v1/faults 200", "")


def test_a_page_of_another_port_of_this_machine_cannot():
    with tunemock.start("--clock", "frozen") as server:
        before = state(server)
        found = visit(server, "127.0.0.1")
        after = state(server)
        assert_nothing_happened(before, after, found)
        assert "POST /emulator/v1/faults 403" in after["log"], after["log"]


def test_a_page_whose_name_gets_another_address_cannot():
    """DNS rebinding."""
    found, after = visit_own("rebound.example")
    assert after["faults"] == [], after
    assert found["fetch reads"].startswith("403 ") and "Host is" in found["fetch reads"], found
    assert not any('"tunedModels"' in what or what.startswith("200") for what in found.values()), found


def test_a_page_of_the_server_can():
    found, after = visit_own("127.0.0.1")
    assert found["fetch reads"].startswith("200 ") and '"tunemock"' in found["fetch reads"], found
    assert found["fetch posts JSON"].startswith("200 "), found
    assert after["faults"], after


def test_a_page_of_an_allowed_origin_can_and_its_forms_cannot_do_more():
    pages = Pages()
    with contextlib.closing(pages), tunemock.start("--clock", "frozen", "--cors", f"http://dashboard.test:{pages.port}") as server:
        with browser(page_url("dashboard.test", pages.port, pages, server.url, "foreign")):
            found = wait_for_report(pages)
        for name in ("fetch reads", "fetch reads the state", "fetch posts JSON", "fetch posts text", "fetch deletes", "fetch brings a token"):
            assert found[name].startswith("200 "), f"{name}: {found[name]}"
        assert found["a frame"] == "TypeError" and found["a window"] == "SecurityError", found
        assert visit(server, "evil.example")["fetch reads"] == "TypeError"


def test_an_allowed_page_needs_the_token_all_the_same():
    pages = Pages()
    with contextlib.closing(pages), tunemock.start("--cors", f"http://dashboard.test:{pages.port}", "--control-token", "s3cret") as server:
        with browser(page_url("dashboard.test", pages.port, pages, server.url, "foreign")):
            found = wait_for_report(pages)
        assert found["fetch reads"].startswith("401 "), found
        assert found["fetch posts JSON"].startswith("401 "), found
        assert found["fetch brings a token"].startswith("200 "), found


if shutil.which("chromium"):
    tunemock.run_tests(globals())
names = [name for name in globals() if name.startswith("test_")]
print(f"1..{len(names)}")
for count, each in enumerate(names, 1):
    print(f"ok {count} - {each} # SKIP there is no chromium here: scripts/install-deps browser installs it")
