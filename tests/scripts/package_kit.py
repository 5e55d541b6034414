"""What the tests of the packages have in common: programs to pack, servers to look for, variables to compare."""
import hashlib
import json
import os
import pathlib
import re
import struct
import subprocess
import sys
import tempfile
import time
import urllib.request

PROJECT = pathlib.Path(__file__).resolve().parent.parent.parent
PACKAGES = PROJECT / "packages"
sys.path.insert(0, str(PROJECT / "tests" / "http"))
import tunemock  # noqa: E402

VERSION = tunemock.run("version")[1].split()[1]
HELPED = set(re.findall(r"^  --([a-z-]+) ", tunemock.run("--help")[1], re.MULTILINE))


def elf(machine, *segments):
    """The head of a program for this machine, with segments of these types."""
    head = b"\x7fELF\x02\x01" + bytes(10) + struct.pack("<HHIQQQIHHHHHH", 3, machine, 1, 0, 64, 0, 0, 64, 56, len(segments), 0, 0, 0)
    return head + b"".join(struct.pack("<I52x", kind) for kind in segments)


X86_64, AARCH64, LOADED, INTERPRETED = 62, 183, 1, 3


def program(folder, machine=X86_64, *segments, notice="what is linked in\n"):
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "tunemock").write_bytes(elf(machine, LOADED, *segments))
    if notice:
        (folder / "NOTICE").write_text(notice, encoding="utf-8")
    return folder / "tunemock"


def build(script, *arguments):
    return subprocess.run([PACKAGES / script, *arguments], capture_output=True, text=True, timeout=60, check=False)


def built(script, *arguments):
    """The paths of what was built, twice, with the same bytes."""
    digests = []
    for _ in range(2):
        done = build(script, *arguments)
        assert done.returncode == 0, done.stderr
        paths = [pathlib.Path(line) for line in done.stdout.splitlines()]
        digests.append([hashlib.sha256(path.read_bytes()).hexdigest() for path in paths])
        os.utime(arguments[0])
    assert digests[0] == digests[1]
    return paths


def told_by_env(variables):
    """The variables that a shell has once it has done what `tunemock env` prints."""
    names = ["GOOGLE_GEMINI_BASE_URL", "TUNEMOCK_URL", "GEMINI_API_KEY", "GOOGLE_API_KEY", "GOOGLE_GENAI_USE_VERTEXAI",
             "GOOGLE_GENAI_USE_ENTERPRISE", "NO_PROXY", "no_proxy"]
    status, printed, errors = tunemock.run("env", "--port", "8863", variables=variables)
    assert (status, errors) == (0, "")
    assert set(re.findall(r"^(?:export|unset) (\w+)", printed, re.MULTILINE)) == set(names), printed
    script = printed + "".join(f"[ -z \"${{{name}+x}}\" ] || printf '%s\\0' \"{name}=${name}\"\n" for name in names)
    done = subprocess.run(["sh", "-c", script], env={**clean(), **variables}, capture_output=True, text=True, timeout=60, check=True)
    found = dict(entry.split("=", 1) for entry in done.stdout.split("\0")[:-1])
    return {name: found.get(name) for name in names}


def clean():
    return {name: value for name, value in tunemock.environment().items()
            if not re.search(r"^(GOOGLE|GEMINI)_|_proxy$", name, re.IGNORECASE)}


PROXIES = ({}, {"NO_PROXY": "corp.example"}, {"no_proxy": "corp.example, ::1"}, {"NO_PROXY": "a", "no_proxy": "b"}, {"NO_PROXY": "*"})


def asked(url):
    """The JSON at this URL, past any proxy."""
    with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(url, timeout=tunemock.SECONDS_MAX) as answer:
        return json.load(answer)


def is_alive(url):
    try:
        return asked(f"{url}/health") == {"status": "ok"}
    except OSError:
        return False


def wait_until(condition):
    deadline = time.monotonic() + tunemock.SECONDS_MAX
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def refuses_what_cannot_be_packed(script):
    """Asserts that a script that packs a program says why it does not."""
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        (folder / "text").write_text("#!/bin/sh\n" * 9, encoding="utf-8")
        for path, reason in ((program(folder / "bare", notice=None), "no NOTICE beside it"),
                             (program(folder / "other", 40), "is for none of x86_64, aarch64"),
                             (folder / "text", "is no 64-bit, little-endian ELF file")):
            done = build(script, path, folder / "made")
            assert done.returncode == 1 and reason in done.stderr, (script, done.stderr)
