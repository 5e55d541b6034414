"""A small emulator of Cloud Storage, for tests of who reads from one: objects by their names, and what goes wrong."""
import contextlib
import http.server
import threading
import urllib.parse


class Storage:
    """Runs on a free port of loopback. `objects` has bytes by (bucket, object); a function instead of bytes is called
    with the request's handler, and answers as it likes. `asked` are the paths of all requests."""

    def __init__(self):
        self.objects = {}
        self.asked = []
        self.let_go = threading.Event()  # what hangs goes on
        storage = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self):
                storage.asked.append(self.path)
                path, _, query = self.path.partition("?")
                parts = path.split("/")
                found = None
                if parts[:4] == ["", "storage", "v1", "b"] and len(parts) == 7 and parts[5] == "o" and query == "alt=media":
                    found = storage.objects.get((parts[4], urllib.parse.unquote(parts[6])))
                if callable(found):
                    found(self)
                elif found is None:
                    self.answer(404, b"Not Found")
                else:
                    self.answer(200, found)

            def answer(self, status, body, **headers):
                self.send_response(status)
                for name, value in {"Content-Length": str(len(body)), **headers}.items():
                    self.send_header(name.replace("_", "-"), value)
                self.end_headers()
                self.wfile.write(body)

            def answer_in_chunks(self, body, size):
                self.send_response(200)
                self.send_header("Transfer-Encoding", "chunked")
                self.end_headers()
                for at in range(0, len(body), size):
                    part = body[at:at + size]
                    self.wfile.write(b"%x\r\n%s\r\n" % (len(part), part))
                self.wfile.write(b"0\r\n\r\n")

            def hang(self):
                storage.let_go.wait(60)

            def log_message(self, *arguments):
                pass

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.port = self._server.server_address[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)
        self._thread.start()

    def close(self):
        self.let_go.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


@contextlib.contextmanager
def start():
    storage = Storage()
    try:
        yield storage
    finally:
        storage.close()
