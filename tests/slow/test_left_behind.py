#!/usr/bin/env -S python3 -B
"""What servers that were killed have left is cleared by the next start."""
import contextlib
import os
import random
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "http"))
import disk  # noqa: E402
import tunemock  # noqa: E402

KILLS = tunemock.scaled(300)
# The start is over by then; under a sanitizer it is slower.
SECONDS_MAX = 0.15 if tunemock.is_sanitized() else 0.012


def kill_at_start(generator, limits):
    process = subprocess.Popen(
        [tunemock.binary(), "serve", "--port", "0", "--log-level", "none"], stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=tunemock.environment(), preexec_fn=limits)
    time.sleep(generator.uniform(0, SECONDS_MAX))
    process.kill()
    process.wait()


def test_three_hundred_kills_while_starting_leave_nothing_after_one_more_start():
    # A /dev/shm of our own: other servers start on this machine, too.
    small = disk.SmallDisk("/dev/shm", 256 << 20)
    with contextlib.closing(small):
        if not small.is_permitted:
            print("# skipped, no file system may be mounted here")
            return
        generator = random.Random(12)
        left_count = 0
        for _ in range(KILLS):
            kill_at_start(generator, small.enter)
            left_count = max(left_count, len(os.listdir(small.outside())))
        print(f"# at most {left_count} folders at any time")
        with tunemock.start(limits=small.enter):
            assert os.listdir(small.outside()) == [], os.listdir(small.outside())


def test_many_that_start_at_once_do_not_clear_each_other_away():
    small = disk.SmallDisk("/dev/shm", 256 << 20)
    with contextlib.closing(small):
        if not small.is_permitted:
            print("# skipped, no file system may be mounted here")
            return
        for _ in range(5):
            with contextlib.ExitStack() as stack:
                processes = [stack.enter_context(subprocess.Popen(
                    [tunemock.binary(), "serve", "--port", "0", "--log-level", "none"], stdin=subprocess.DEVNULL,
                    stdout=subprocess.PIPE, env=tunemock.environment(), preexec_fn=small.enter)) for _ in range(12)]
                lines = [process.stdout.readline() for process in processes]
                for process in processes:
                    process.terminate()
            assert all(line.startswith(b"tunemock ready on ") for line in lines), lines
            assert [process.returncode for process in processes] == [0] * len(processes)
        assert os.listdir(small.outside()) == [], os.listdir(small.outside())


tunemock.run_tests(globals())
