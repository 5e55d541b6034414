"""Servers: started here, or found by their URL, and the namespaces of their callers."""
import os
import subprocess
import sys
import tempfile
import uuid
from typing import IO, TYPE_CHECKING, Any, Dict, Mapping, Optional

from . import options as command_line
from .binary import find
from .control import Control
from .variables import client_variables, vertex_leads_to, vertex_variables

if TYPE_CHECKING:
    if sys.version_info >= (3, 12):
        from typing import Unpack
    else:
        from typing_extensions import Unpack

# The server ends within some three seconds, whatever it is doing; an export may take ten more.
STOP_SECONDS_MAX = 20

# The command that `tunemock exec` runs beside the server: it says where that is, and then lives as long as its stdin,
# the other end of which is held by this process. So the server goes with it, also when it is killed.
COMMAND = ["sh", "-c", 'echo "$TUNEMOCK_URL"; exec cat >/dev/null']


class StartError(RuntimeError):
    """The server did not start; the text is what it said."""


class Namespace(Control):
    """A namespace that belongs to one API key, of a server with --isolate key: a test's own."""

    def __init__(self, url: str, headers: Mapping[str, str], key: str) -> None:
        super().__init__(url, {**headers, "x-goog-api-key": key})
        self.key = key

    @property
    def name(self) -> str:
        """As the header X-Emulator-Namespace and the list of namespaces have it."""
        return str(self.info()["namespace"])

    def variables(self) -> Dict[str, Optional[str]]:
        """What to set, or with None to unset, so that SDKs meet this namespace: of Vertex AI, its name is a project."""
        if vertex_leads_to(self.url):
            return vertex_variables(self.url, self.name)
        return client_variables(self.url, self.key)

    def delete(self) -> None:
        """All that it has goes; the next call with the key gets a new one."""
        self.call("DELETE", f"namespaces/{self.name}")

    def __enter__(self) -> "Namespace":
        return self

    def __exit__(self, *unused: object) -> None:
        self.delete()


class Server(Control):
    """A server, and its default namespace. Made by start() or connect()."""

    def __init__(self, url: str, token: Optional[str], process: "Optional[subprocess.Popen[bytes]]" = None,
                 log: Optional[IO[bytes]] = None) -> None:
        super().__init__(url, {"X-Emulator-Token": token} if token else {})
        self._process = process
        self._log = log
        self._said = ""

    def variables(self) -> Dict[str, Optional[str]]:
        """What to set, or with None to unset, so that SDKs meet this server. A key or project that is set stays."""
        if vertex_leads_to(self.url):
            return vertex_variables(self.url, os.environ.get("GOOGLE_CLOUD_PROJECT") or "tunemock")
        return client_variables(self.url, os.environ.get("GEMINI_API_KEY") or "any")

    def namespace(self, key: Optional[str] = None) -> Namespace:
        """The namespace of this API key, or of a key that nobody else has."""
        isolate = self.info()["isolate"]
        if isolate != "key":
            raise ValueError(f"the server at {self.url} does not tell keys apart: start it with --isolate key")
        return Namespace(self.url, self.headers, key or f"tunemock-{uuid.uuid4().hex}")

    def log(self) -> str:
        """What the server has written to stderr so far; of one that was not started here, nothing."""
        return _read(self._log) if self._log else self._said

    def stop(self) -> None:
        """Ends the server, if it was started here and still runs. Its log can still be read."""
        process, self._process = self._process, None
        if process is None:
            return
        status = _end(process)
        self._said = self.log()
        if self._log:
            self._log.close()
            self._log = None
        if status != 0:
            raise RuntimeError(f"tunemock ended with {status}:\n{self._said}")

    def __enter__(self) -> "Server":
        return self

    def __exit__(self, *unused: object) -> None:
        self.stop()


def _end(process: "subprocess.Popen[bytes]") -> int:
    """Has the command's stdin end, and returns the exit code of the server."""
    for pipe in (process.stdin, process.stdout):
        if pipe:
            pipe.close()
    try:
        return process.wait(STOP_SECONDS_MAX)
    except subprocess.TimeoutExpired:
        process.kill()
        return process.wait()


def _read(file: IO[bytes]) -> str:
    """All of it, without a move of the position that the process writes at."""
    return os.pread(file.fileno(), os.fstat(file.fileno()).st_size, 0).decode("utf-8", "replace")


def start(**options: "Unpack[command_line.Options]") -> Server:
    """Starts a server on a free port, unless `port` says another, and returns once it answers.

    Options are those of the command line in snake_case: start(step_time="0", data=["a.json"]). The variables
    TUNEMOCK_... hold, too. It ends with stop(), a with block, or this process. Raises StartError.
    """
    chosen: Any = {"port": 0, **options}
    command = [find(), "exec", *command_line.arguments(chosen), "--", *COMMAND]
    # Unlinked at once; the process has it open, and so has the Server.
    log = tempfile.TemporaryFile(prefix="tunemock-log-")
    # In a session of its own, so that Ctrl-C ends the tests, which then end the server.
    process = subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log, start_new_session=True)
    assert process.stdout
    url = process.stdout.readline().decode().strip()
    if not url:
        status = _end(process)
        with log:
            raise StartError(f"tunemock ended with {status}: {_read(log).strip()}")
    token = chosen.get("control_token") or os.environ.get("TUNEMOCK_CONTROL_TOKEN")
    return Server(url, token, process, log)


def connect(url: Optional[str] = None, control_token: Optional[str] = None) -> Server:
    """A server that runs already: at `url`, or where the variable TUNEMOCK_URL says. It is not stopped."""
    url = url or os.environ.get("TUNEMOCK_URL")
    if not url:
        raise ValueError("no URL was given, and TUNEMOCK_URL is not set")
    if not url.startswith("http://"):
        raise ValueError(f"{url!r} is not where a server answers: that begins with http://")
    server = Server(url, control_token or os.environ.get("TUNEMOCK_CONTROL_TOKEN"))
    try:
        server.info()
    except OSError as error:
        raise StartError(f"nothing answers at {url}: {error}") from error
    return server
