"""The control API, /emulator/v1/, as methods. docs/control.md has the shapes; both spellings of names are taken."""
import datetime
import http.client
import json
import urllib.parse
from typing import Any, Dict, List, Mapping, Optional, Sequence, Union

from .options import Duration, duration_text

# More than the longest wait that the server grants a call, which is 300 s.
SECONDS_MAX = 330

Json = Dict[str, Any]


class ControlError(Exception):
    """The server refused a call. `status` is the HTTP status, `message` what the server says of it."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(f"{status}: {message}")
        self.status = status
        self.message = message


class VerificationError(AssertionError):
    """requests.verify() does not hold; `answer` has the nearest requests and where they differ."""

    def __init__(self, answer: Json) -> None:
        super().__init__(answer["message"])
        self.answer = answer


def _jsonable(value: Any) -> str:
    if isinstance(value, datetime.timedelta):
        return duration_text(value)
    if isinstance(value, datetime.datetime):
        if value.tzinfo is None:
            raise ValueError(f"{value!r}: a time needs its tzinfo")
        return value.astimezone(datetime.timezone.utc).isoformat().replace("+00:00", "Z")
    raise TypeError(f"{value!r} is nothing that JSON knows")


class Control:
    """A server as one namespace shows it: each call brings the headers that choose it."""

    def __init__(self, url: str, headers: Mapping[str, str]) -> None:
        self.url = url.rstrip("/")
        self.headers = dict(headers)
        self.clock = Clock(self)
        self.faults = Scripts(self, "faults")
        self.stubs = Scripts(self, "stubs")
        self.stories = Scripts(self, "stories")
        self.requests = Requests(self)
        self.snapshots = Snapshots(self)
        self.trainings = Trainings(self)

    def request(self, verb: str, path: str, body: Any = None) -> "tuple[int, bytes]":
        """Sends one request to the server, past any proxy; returns the status and the body."""
        place = urllib.parse.urlsplit(self.url)
        headers = dict(self.headers)
        data = None
        if body is not None:
            data = json.dumps(body, default=_jsonable)
            headers["Content-Type"] = "application/json"
        connection = http.client.HTTPConnection(place.hostname or "", place.port, timeout=SECONDS_MAX)
        try:
            connection.request(verb, path, data, headers)
            answer = connection.getresponse()
            return answer.status, answer.read()
        finally:
            connection.close()

    def call(self, verb: str, path: str, body: Any = None) -> Json:
        """One call of the control API: `path` is below /emulator/v1/. Returns its JSON; raises ControlError."""
        status, content = self.request(verb, f"/emulator/v1/{path}", body)
        if status == 200:
            answer: Json = json.loads(content)
            return answer
        try:
            message = json.loads(content)["error"]["message"]
        except (ValueError, KeyError, TypeError):
            message = content.decode("utf-8", "replace")
        raise ControlError(status, message)

    def info(self) -> Json:
        """Version, addresses, dials, and the name of the namespace."""
        return self.call("GET", "info")

    def config(self, **dials: Any) -> Json:
        """The dials of the namespace, after those that are given were set: config(on_no_match="error")."""
        return self.call("PATCH", "config", dials) if dials else self.call("GET", "config")

    def reset(self, to: str = "seed", keep_requests: bool = False) -> None:
        """Back to the start: models, clock, faults, stubs, dials, and the journal unless it is to be kept."""
        self.call("POST", "state:reset", {"to": to, "keep_requests": keep_requests})

    def state(self) -> Json:
        """All that the namespace has, in the format of seed files."""
        return self.call("GET", "state")

    def load(self, state: Json) -> None:
        """Has the namespace hold this state, or seed, and nothing else."""
        self.call("PUT", "state", state)


class Clock:
    """The emulated time."""

    def __init__(self, control: Control) -> None:
        self._control = control

    def get(self) -> Json:
        return self._control.call("GET", "clock")

    def advance(self, duration: Duration) -> Json:
        """Moves it on: advance("1h"), advance(datetime.timedelta(hours=1))."""
        return self._control.call("POST", "clock:advance", {"duration": duration_text(duration)})

    def set(self, **clock: Any) -> Json:
        """set(mode="frozen"), set(time="2030-01-01T00:00:00Z"), set(mode="rate", rate=60)."""
        return self._control.call("PATCH", "clock", clock)


class Scripts:
    """Faults, stubs or stories: what a test has the server do."""

    def __init__(self, control: Control, kind: str) -> None:
        self._control = control
        self._kind = kind

    def add(self, **script: Any) -> Json:
        """faults.add(method="tunedModels.list", status=429), stubs.add(match={}, reply={"text": "Sunny."})."""
        return self._control.call("POST", self._kind, script)

    def list(self) -> List[Json]:
        return list(self._control.call("GET", self._kind)[self._kind])

    def delete(self, id: str) -> None:
        self._control.call("DELETE", f"{self._kind}/{id}")

    def clear(self) -> None:
        self._control.call("DELETE", self._kind)


class Requests:
    """The journal: what was asked, and what was answered."""

    def __init__(self, control: Control) -> None:
        self._control = control

    def list(self, **filters: Union[str, int]) -> "List[Json]":
        """The newest first, at most 100 unless page_size says so: list(method="tunedModels.get", status=404)."""
        query = urllib.parse.urlencode(filters)
        return list(self._control.call("GET", f"requests?{query}" if query else "requests")["requests"])

    def count(self, **match: Any) -> int:
        return int(self._control.call("POST", "requests:count", {"match": match})["count"])

    def verify(self, *, times: Union[int, Mapping[str, int], None] = None, order: Optional[Sequence[Json]] = None,
               within: Optional[Duration] = None, **match: Any) -> Json:
        """Raises VerificationError, an AssertionError, unless requests that match came.

        At least one, unless `times` says how many exactly, or {"at_least": 1, "at_most": 3}; in the order of the
        matches of `order`, if that is given; `within` waits for them: verify(method="tunedModels.delete", times=1).
        """
        body: Json = {"order": list(order)} if order is not None else {"match": match}
        if order is not None and match:
            raise TypeError("order has the matches: give no others")
        if times is not None:
            body["times"] = dict(times) if isinstance(times, Mapping) else {"exactly": times}
        if within is not None:
            body["within"] = duration_text(within)
        status, content = self._control.request("POST", "/emulator/v1/requests:verify", body)
        answer: Json = json.loads(content)
        if status == 409 and "ok" in answer:
            raise VerificationError(answer)
        if status != 200:
            raise ControlError(status, answer["error"]["message"])
        return answer

    def clear(self) -> None:
        self._control.call("DELETE", "requests")


class Snapshots:
    """States to come back to, in milliseconds."""

    def __init__(self, control: Control) -> None:
        self._control = control

    def create(self, id: Optional[str] = None) -> str:
        return str(self._control.call("POST", "snapshots", {} if id is None else {"id": id})["id"])

    def restore(self, id: str, keep_requests: bool = False) -> None:
        self._control.call("POST", f"snapshots/{id}:restore", {"keep_requests": keep_requests})

    def list(self) -> List[Json]:
        return list(self._control.call("GET", "snapshots")["snapshots"])

    def delete(self, id: str) -> None:
        self._control.call("DELETE", f"snapshots/{id}")


def _short(name: str) -> str:
    """A job of Vertex AI as the control API names it: without its project and location."""
    return name[name.index("tuningJobs/"):] if name.startswith("projects/") and "/tuningJobs/" in name else name


class Trainings:
    """The training of one model, named "tunedModels/numbers", or of a job, by its full name or as "tuningJobs/1234"."""

    def __init__(self, control: Control) -> None:
        self._control = control

    def complete(self, name: str) -> Json:
        return self._control.call("POST", f"{_short(name)}:complete", {})

    def fail(self, name: str, **how: Any) -> Json:
        """fail("tunedModels/numbers", code=13, message="boom", at_step=12)."""
        return self._control.call("POST", f"{_short(name)}:fail", how)

    def stall(self, name: str, **how: Any) -> Json:
        return self._control.call("POST", f"{_short(name)}:stall", how)

    def resume(self, name: str) -> Json:
        return self._control.call("POST", f"{_short(name)}:resume", {})

    def advance(self, name: str, steps: int) -> Json:
        return self._control.call("POST", f"{_short(name)}:advance", {"steps": steps})

    def wait(self, name: str, timeout: Duration = "30s") -> Json:
        """Returns the model or the job once its training has ended."""
        return self._control.call("GET", f"{_short(name)}:wait?timeout={duration_text(timeout)}")
