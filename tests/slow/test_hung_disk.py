#!/usr/bin/env -S python3 -B
"""A disk that does not come back from a sync: the server ends all the same, and what it acknowledged is there."""
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "http"))
import tunemock  # noqa: E402

# Comes before the C library's. The disk hangs for as long as the file is there.
HANGING = r"""
#include <stdlib.h>
#include <unistd.h>
int fdatasync(int descriptor)
{
    (void)descriptor;
    while (access(getenv("HANGS_WHILE"), F_OK) == 0)
        sleep(1);
    return 0;
}
int fsync(int descriptor)
{
    return fdatasync(descriptor);
}
"""


def create(server, model_id):
    body = {"baseModel": "models/gemini-1.5-flash-001-tuning"}
    return server.request("POST", f"/v1beta/tunedModels?tunedModelId={model_id}", body)[0]


def create_in_vain(server, model_id):
    try:
        create(server, model_id)
    except OSError:
        pass


def end_with_a_hung_disk(folder, has_write_under_way):
    """Gives how long the server lived after the signal."""
    hangs = f"{folder}/hangs"
    variables = {"LD_PRELOAD": f"{folder}/hanging.so", "HANGS_WHILE": hangs}
    with tunemock.start("--db", f"{folder}/models.db", variables=variables) as server:
        assert create(server, "acknowledged") == 200
        with open(hangs, "wb"):
            pass
        if has_write_under_way:
            client = threading.Thread(target=create_in_vain, args=(server, "under-way"))
            client.start()
            time.sleep(0.3)
        started = time.monotonic()
        server.process.send_signal(signal.SIGTERM)
        assert server.process.wait(tunemock.SECONDS_MAX) == 0
        lived = time.monotonic() - started
        if has_write_under_way:
            client.join()
    os.unlink(hangs)
    with tunemock.start("--db", f"{folder}/models.db") as server:
        assert server.request("GET", "/v1beta/tunedModels/acknowledged")[0] == 200
    return lived


def test_a_hung_disk_keeps_no_stop():
    if tunemock.is_sanitized():
        print("# not with a sanitizer, which wants to come first itself")
        return
    for has_write_under_way in (False, True):
        with tempfile.TemporaryDirectory() as folder:
            command = ["cc", "-shared", "-fPIC", "-x", "c", "-o", f"{folder}/hanging.so", "-"]
            subprocess.run(command, input=HANGING.encode(), check=True)
            lived = end_with_a_hung_disk(folder, has_write_under_way)
            # Half a second, or two and a half; a busy machine may need some more.
            assert lived < 10, lived


tunemock.run_tests(globals())
