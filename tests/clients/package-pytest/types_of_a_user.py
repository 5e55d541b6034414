"""What the types allow, and what they do not: checked by mypy --strict, and never run."""
import datetime
from typing import Iterator

import pytest
import tunemock
from tunemock import Options


@pytest.fixture(scope="session")
def tunemock_options() -> Options:
    return {"step_time": "0", "data": ["numbers.json"], "stream_delay": {"first_token": "1ms"}}


@pytest.fixture
def server() -> Iterator[tunemock.Server]:
    with tunemock.start(step_time=datetime.timedelta(seconds=1), clock="frozen", no_ui=True) as started:
        yield started


def test_it(server: tunemock.Server, tunemock_namespace: tunemock.Namespace) -> None:
    server.clock.advance(datetime.timedelta(hours=1))
    time: str = tunemock_namespace.clock.get()["time"]
    fault = tunemock_namespace.faults.add(method="tunedModels.list", status=429)
    tunemock_namespace.faults.delete(fault["id"])
    tunemock_namespace.requests.verify(method="tunedModels.list", times={"at_least": 1}, within="1s")
    count: int = tunemock_namespace.requests.count(method="tunedModels.list")
    assert time and count and tunemock_namespace.key
    for request in tunemock_namespace.requests.list(status=404):
        print(request["method"])
    with pytest.raises(tunemock.ControlError) as refused:
        tunemock_namespace.stubs.add(mtach={})
    assert refused.value.status == 400


def wrong() -> None:
    tunemock.start(step_tiem="0")  # type: ignore[call-arg]
    tunemock.start(step_time=[])  # type: ignore[arg-type]
