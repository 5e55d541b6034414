import pytest


@pytest.fixture(scope="session")
def tunemock_options():
    return {"step_time": "0"}
