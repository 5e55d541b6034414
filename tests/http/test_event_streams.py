#!/usr/bin/env python3
"""Streams of events as a transport: how they begin, go on, lose, and end. What is told is in test_events.py."""
import os
import signal
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import tunemock  # noqa: E402
from event_stream import Stream, flood, listen  # noqa: E402

def tell(server):
    """Has the server tell of something: a fault that is added. Returns its id."""
    status, fault = server.json("POST", "/emulator/v1/faults", {"status": 503, "method": "permissions.list"})
    assert status == 200, fault
    return fault["id"]


def test_an_event_comes_at_once_and_can_be_gone_on_from():
    with tunemock.start("--clock", "frozen") as server:
        with listen(server) as stream:
            tell(server)
            first = stream.next()
            assert first["event"] == "fault" and first["data"]["change"] == "added", first
            tell(server)
            second = stream.next()
            assert int(second["id"]) > int(first["id"]) > int(stream.hello["id"]), (first, second)
        with listen(server, headers={"Last-Event-ID": first["id"]}) as again:
            assert again.hello["data"]["oldestId"] == first["id"], again.hello
            assert again.next() == second
        with listen(server, f"?lastEventId={stream.hello['id']}") as again:
            assert [again.next(), again.next()] == [first, second]
        with listen(server, f"?lastEventId={stream.hello['id']}", {"Last-Event-ID": second["id"]}) as again:
            assert again.hello["id"] == second["id"]


def test_blanks_around_the_last_id_are_no_part_of_it():
    with tunemock.start("--clock", "frozen") as server, listen(server) as stream:
        tell(server)
        last = stream.next()
        tell(server)
        for text in (f" \t{last['id']} \t", f"0{last['id']}"):
            with listen(server, headers={"Last-Event-ID": text}) as again:
                assert again.next()["data"]["id"] == "2", text
        with listen(server, headers={"Last-Event-ID": " "}) as again:
            tell(server)
            assert again.next()["data"]["id"] == "3"


def moment(text):
    """A time as it can be compared, whatever digits its second has."""
    whole, _, fraction = text.removesuffix("Z").partition(".")
    return whole, fraction.ljust(9, "0")


def test_a_namespace_that_a_reader_makes_is_used_no_earlier_than_it_is_made():
    with tunemock.start() as server, listen(server, "?namespace=young"):
        _, young = server.json("GET", "/emulator/v1/namespaces/young")
        assert moment(young["lastUseTime"]) >= moment(young["createTime"]), young


def test_what_is_no_id_of_the_process_is_told_to_read_all_anew():
    with tunemock.start("--clock", "frozen") as server, listen(server) as stream:
        tell(server)
        last = int(stream.next()["id"])
        for text in (last + 1, last + 10**9, 2**63 - 1, 10**30, "0", "-1", "+1", "x", f"{last}x", "1 2", "a" * 3000):
            with listen(server, headers={"Last-Event-ID": str(text)}) as again:
                assert again.next()["event"] == "resync", text
                tell(server)
                event = again.next()
                assert event["event"] == "fault" and int(event["id"]) > last, text
                last = int(event["id"])


def test_types_that_are_none_are_named():
    with tunemock.start() as server:
        for types, shown in (("MODEL", "MODEL"), ("model,,request", ""), (",", ""), ("model,%20all%20", "all")):
            status, error = server.json("GET", f"/emulator/v1/events?types={types}")
            assert status == 400 and error["error"]["message"].endswith(f'joined by commas, not "{shown}"'), error


def test_only_the_kinds_that_are_asked_for_come():
    with tunemock.start() as server:
        with listen(server, "?types=request") as stream:
            tell(server)
            server.request("GET", "/v1beta/tunedModels")
            assert stream.next()["event"] == "request"


def test_who_comes_back_from_an_earlier_process_is_told_to_read_all_anew():
    with tunemock.start() as server, listen(server) as stream:
        tell(server)
        last = stream.next()["id"]
    with tunemock.start() as server, listen(server, headers={"Last-Event-ID": last}) as stream:
        assert stream.next()["event"] == "resync"
        tell(server)
        assert stream.next()["event"] == "fault"


def test_a_stop_ends_streams_properly():
    with tunemock.start() as server:
        streams = [Stream(server) for _ in range(20)]
        tell(server)
        server.process.send_signal(signal.SIGTERM)
        for stream in streams:
            assert stream.next()["event"] == "fault"
            assert stream.next() is None
            stream.close()


def test_a_stop_does_not_wait_for_a_reader_that_is_stuck():
    with tunemock.start("--log-level", "error") as server, listen(server):
        flood(server, 500)
        start = time.monotonic()
        server.stop()
        print(f"# {time.monotonic() - start:.1f} s")


def test_a_slow_reader_is_told_what_it_lost_and_goes_on():
    count = 3000  # 12 MB; 8 MiB are kept, and less than 1 MiB lies on the way
    with tunemock.start("--log-level", "error", "--journal-max", "0") as server, listen(server) as stream:
        flood(server, count)
        tell(server)
        told, lost, event = 0, 0, stream.next()
        while event["event"] != "fault":
            told += event["event"] == "request"
            lost += event["data"].get("count", 0)
            event = stream.next()
        assert lost > 0 and told + lost == count, (told, lost)
        server.wait_for_memory(40 * 1024)


def test_readers_that_leave_are_forgotten():
    with tunemock.start() as server:
        streams = [Stream(server) for _ in range(50)]
        for stream in streams:
            stream.close()
        for _ in range(3):
            tell(server)  # what cannot be sent any more is noticed
            time.sleep(0.15)
        server.wait_for_descriptors(40)


tunemock.run_tests(globals())
