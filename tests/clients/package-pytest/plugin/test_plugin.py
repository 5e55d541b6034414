"""The plug-in of pytest, by pytester: each test writes a small suite and runs it."""
import subprocess
import sys

import pytest

CONTROLLED = """
    import os
    import pytest
    import urllib.request

    def get(path):
        request = urllib.request.Request(
            os.environ["GOOGLE_GEMINI_BASE_URL"] + path, headers={"x-goog-api-key": os.environ["GEMINI_API_KEY"]})
        return urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request).read()
"""


@pytest.fixture(autouse=True)
def _of_its_own(monkeypatch):
    monkeypatch.delenv("TUNEMOCK_URL", raising=False)
    # Of this repository's other tests.
    monkeypatch.delenv("PYTEST_ADDOPTS", raising=False)


def outcomes(pytester, text, *arguments, **expected):
    pytester.makepyfile(text)
    result = pytester.runpytest_subprocess(*arguments)
    result.assert_outcomes(**expected)
    return result


def test_each_test_has_a_namespace_and_a_key_of_its_own(pytester):
    outcomes(pytester, CONTROLLED + """
    seen = []

    @pytest.mark.parametrize("number", [1, 2, 3])
    def test_it(tunemock, tunemock_namespace, number):
        tunemock_namespace.stubs.add(match={}, reply={"text": "hello"})
        get("/v1beta/models")
        assert len(tunemock_namespace.stubs.list()) == 1 and tunemock_namespace.requests.count() == 1
        assert tunemock.stubs.list() == [] and tunemock.requests.count() == 0
        assert os.environ["GEMINI_API_KEY"] == tunemock_namespace.key not in seen
        seen.append(tunemock_namespace.key)
        names = [each["id"] for each in tunemock.call("GET", "namespaces")["namespaces"]]
        assert sorted(names) == sorted(["default", tunemock_namespace.name])
    """, passed=3)


def test_variables_are_as_before_once_a_test_is_over(pytester, monkeypatch):
    monkeypatch.setenv("GOOGLE_API_KEY", "real")
    monkeypatch.setenv("NO_PROXY", "corp.example")
    monkeypatch.delenv("GEMINI_API_KEY", raising=False)
    outcomes(pytester, """
    import os
    before = dict(os.environ)

    def ours():
        return {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}

    def test_within(tunemock_namespace):
        assert "GOOGLE_API_KEY" not in os.environ
        assert os.environ["NO_PROXY"].startswith("corp.example,127.0.0.1,")

    def test_and_after():
        assert ours() == {name: value for name, value in before.items() if not name.startswith("PYTEST_")}
    """, passed=2)


def test_the_server_is_one_for_the_session_and_ends_with_it(pytester):
    outcomes(pytester, """
    import pathlib

    def test_one(tunemock):
        pathlib.Path("url").write_text(tunemock.url)

    def test_two(tunemock):
        assert pathlib.Path("url").read_text() == tunemock.url
    """, "-p", "no:randomly", passed=2)
    url = (pytester.path / "url").read_text(encoding="utf-8")
    probe = f"import tunemock; tunemock.connect({url!r})"
    done = subprocess.run([sys.executable, "-c", probe], capture_output=True, text=True, check=False)
    assert "nothing answers" in done.stderr


def test_conftest_says_how_the_server_is_started(pytester):
    pytester.makeconftest("""
    import pytest

    @pytest.fixture(scope="session")
    def tunemock_options():
        return {"step_time": "2s", "clock": "frozen@2030-01-01T00:00:00Z"}
    """)
    outcomes(pytester, """
    def test_it(tunemock_namespace):
        assert tunemock_namespace.info()["stepTime"] == "2s"
        assert tunemock_namespace.clock.get()["time"] == "2030-01-01T00:00:00Z"
    """, passed=1)


def test_an_option_that_is_wrong_is_an_error_that_says_so(pytester):
    pytester.makeconftest("""
    import pytest

    @pytest.fixture(scope="session")
    def tunemock_options():
        return {"step_tiem": "2s"}
    """)
    result = outcomes(pytester, "def test_it(tunemock): pass", errors=1)
    result.stdout.fnmatch_lines(["*StartError*did you mean --step-time?*"])


def test_a_server_that_runs_is_used_and_not_stopped(pytester, monkeypatch):
    import tunemock as package
    with package.start(isolate="key") as server:
        monkeypatch.setenv("TUNEMOCK_URL", server.url)
        outcomes(pytester, f"""
        def test_it(tunemock, tunemock_namespace):
            assert tunemock.url == tunemock_namespace.url == {server.url!r}
        """, passed=1)
        assert server.info()["name"] == "tunemock"
        assert [each["id"] for each in server.call("GET", "namespaces")["namespaces"]] == ["default"]


def test_a_server_that_does_not_tell_keys_apart_is_an_error_that_says_so(pytester, monkeypatch):
    import tunemock as package
    with package.start() as server:
        monkeypatch.setenv("TUNEMOCK_URL", server.url)
        result = outcomes(pytester, "def test_it(tunemock_namespace): pass", errors=1)
    result.stdout.fnmatch_lines(["*start it with --isolate key*"])


def test_a_test_that_fails_shows_what_it_asked(pytester):
    result = outcomes(pytester, CONTROLLED + """
    def test_it(tunemock_namespace):
        tunemock_namespace.faults.add(method="tunedModels.list", status="UNAVAILABLE")
        get("/v1beta/models")
        get("/v1beta/tunedModels")

    def test_that_asks_nothing(tunemock_namespace):
        assert False
    """, "-p", "no:randomly", failed=2)
    result.stdout.fnmatch_lines([
        "*tunemock: the last requests of this test*", "200  models.list", "503  tunedModels.list  The model is overloaded*",
        "*tunemock: the last requests of this test*", "none: was the client told of another host?"])


def test_a_verification_that_fails_is_a_failure_with_the_servers_words(pytester):
    result = outcomes(pytester, """
    def test_it(tunemock_namespace):
        tunemock_namespace.requests.verify(method="tunedModels.delete", times=1)
    """, failed=1)
    result.stdout.fnmatch_lines(["*VerificationError: expected exactly 1 request with method tunedModels.delete, found 0*"])


def test_each_worker_of_xdist_has_a_server(pytester):
    outcomes(pytester, """
    import os, pathlib, pytest

    @pytest.mark.parametrize("number", range(8))
    def test_it(tunemock, tunemock_namespace, number):
        own = pathlib.Path(os.environ["PYTEST_XDIST_WORKER"])
        assert not own.exists() or own.read_text() == tunemock.url
        own.write_text(tunemock.url)
    """, "-n", "2", passed=8)
    urls = {path.read_text(encoding="utf-8") for path in pytester.path.glob("gw*")}
    assert len(urls) == len(list(pytester.path.glob("gw*"))) > 0


def test_tests_that_do_not_ask_for_it_start_no_server(pytester, monkeypatch):
    monkeypatch.setenv("TUNEMOCK", "/nonexistent/tunemock")
    outcomes(pytester, "def test_it(): pass", passed=1)
