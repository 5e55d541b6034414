"""Fixtures for pytest, there wherever this package is installed.

`tunemock` is a server: one per session, and so, under pytest-xdist, one per worker; or the one at TUNEMOCK_URL.
`tunemock_namespace` is a namespace of the test's own, which SDKs meet by the variables that they read.
`tunemock_options` is for conftest.py to say how the server is started.
"""
import os
from typing import Any, Generator, Iterator

import pytest

from .control import ControlError
from .options import Options
from .server import Namespace, Server, connect, start

# What a failed test shows of what it asked; `tunemock exec` shows as many.
SHOWN_REQUESTS_MAX = 10


@pytest.fixture(scope="session")
def tunemock_options() -> Options:
    """The options of the server that is started: have a fixture of this name in conftest.py to give others."""
    return {}


@pytest.fixture(scope="session")
def tunemock(tunemock_options: Options) -> Iterator[Server]:
    """A server on a free port, started with --isolate key; or the one at TUNEMOCK_URL, if that is set."""
    if os.environ.get("TUNEMOCK_URL"):
        yield connect()
        return
    options: Any = {"isolate": "key", **tunemock_options}
    with start(**options) as server:
        yield server


@pytest.fixture
def tunemock_namespace(tunemock: Server) -> Iterator[Namespace]:
    """A fresh namespace: models, clock, faults, stubs and journal that no other test sees.

    GEMINI_API_KEY is a key of the test's own, by which the server knows it, and GOOGLE_GEMINI_BASE_URL leads there.
    """
    namespace = tunemock.namespace()
    with pytest.MonkeyPatch.context() as patch:
        for name, value in namespace.variables().items():
            if value is None:
                patch.delenv(name, raising=False)
            else:
                patch.setenv(name, value)
        yield namespace
    namespace.delete()


def _requests_shown(namespace: Namespace) -> str:
    """A line for each of the last requests, the oldest first."""
    try:
        entries = namespace.requests.list(page_size=SHOWN_REQUESTS_MAX)
    except (ControlError, OSError) as error:
        return f"the requests could not be read: {error}"
    lines = []
    for entry in reversed(entries):
        parts = [entry["status"], entry["method"] or entry["path"], entry["model"], entry["error"], entry["hint"]]
        lines.append("  ".join(str(part) for part in parts if part))
    return "\n".join(lines) or "none: was the client told of another host?"


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: "pytest.CallInfo[None]") -> Generator[None, Any, None]:
    outcome = yield
    report = outcome.get_result()
    namespace = getattr(item, "funcargs", {}).get("tunemock_namespace")
    if report.when == "call" and report.failed and isinstance(namespace, Namespace):
        report.sections.append(("tunemock: the last requests of this test", _requests_shown(namespace)))
