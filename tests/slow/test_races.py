#!/usr/bin/env python3
"""Clients that race for the same tuned models, and what their histories may look like.

Each call is kept with the times at which it was sent and answered. A call that was answered before another was sent
comes before it; of others either order will do. Waits between calls are random; nothing here depends on their length.
"""
import collections
import http.client
import json
import os
import random
import sys
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), os.pardir, "http"))
import tunemock  # noqa: E402  (its folder had to be named first)

EXAMPLES = {"examples": {"examples": [{"textInput": "1", "output": "2"}]}}
CLIENTS = 16

Event = collections.namedtuple("Event", "sent answered status answer")


class Client:
    """One caller on a connection that stays open."""

    def __init__(self, server, name):
        self._connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=tunemock.SECONDS_MAX)
        self._headers = {"Authorization": f"Bearer {name}", "Content-Type": "application/json"}

    def call(self, method, path, body=None):
        sent = time.monotonic()
        self._connection.request(method, "/v1beta/" + path, json.dumps(body) if body is not None else None,
                                 self._headers)
        answer = self._connection.getresponse()
        content = answer.read()
        return Event(sent, time.monotonic(), answer.status, json.loads(content))

    def create(self, model, epochs=1, **fields):
        hyper = {"epochCount": epochs, "batchSize": 1}
        return self.call("POST", f"tunedModels?tunedModelId={model}", {
            "baseModel": "models/gemini-1.5-flash-001-tuning",
            "tuningTask": {"hyperparameters": hyper, "trainingData": EXAMPLES}, **fields})

    def transfer(self, model, email):
        return self.call("POST", f"tunedModels/{model}:transferOwnership", {"emailAddress": email})

    def email(self):
        """The address that this caller's models are owned by."""
        model = f"own-{random.randrange(1 << 40):x}"
        assert self.create(model).status == 200
        email = self.call("GET", f"tunedModels/{model}/permissions").answer["permissions"][0]["emailAddress"]
        assert self.call("DELETE", f"tunedModels/{model}").status == 200
        return email


def together(*functions):
    """Runs the functions in threads that begin at once; returns what they return, or raises what one raised."""
    barrier = threading.Barrier(len(functions))
    results = [None] * len(functions)
    errors = []

    def run(index, function):
        try:
            barrier.wait(tunemock.SECONDS_MAX)
            results[index] = function()
        except Exception as error:  # pylint: disable=broad-except
            errors.append(error)

    threads = [threading.Thread(target=run, args=item) for item in enumerate(functions)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if errors:
        raise errors[0]
    return results


def assert_only(events, *statuses):
    for event in events:
        assert event.status in statuses, (event.status, event.answer)


def outcome(operation):
    """None while it runs; then how it ended, with all that must not change any more."""
    if not operation.get("done"):
        return None
    shown = operation.get("error") or operation["response"]
    return json.dumps([shown, operation["metadata"]], sort_keys=True)


def check_operation(events):
    """Whoever looks later sees no less, and an end that was seen is the only one."""
    ends = {outcome(event.answer) for event in events} - {None}
    assert len(ends) <= 1, f"one operation ended in several ways: {sorted(ends)}"
    by_answer = sorted(events, key=lambda event: event.answered)
    seen_steps, is_over, at = 0, False, 0
    for event in sorted(events, key=lambda event: event.sent):
        while by_answer[at].answered < event.sent:
            seen_steps = max(seen_steps, by_answer[at].answer["metadata"].get("completedSteps", 0))
            is_over = is_over or outcome(by_answer[at].answer) is not None
            at += 1
        steps = event.answer["metadata"].get("completedSteps", 0)
        assert steps >= seen_steps, f"{steps} steps after {seen_steps} were seen"
        assert outcome(event.answer) or not is_over, "an operation that was seen to end goes on"
    return next(iter(ends), None)


def watch(client, name, is_ended):
    """Looks at an operation until somebody has seen its end, and twice more."""
    events = []
    deadline = time.monotonic() + tunemock.SECONDS_MAX
    more_count = 2
    while more_count:
        more_count -= is_ended.is_set()
        events.append(client.call("GET", name))
        assert events[-1].status == 200, events[-1]
        if outcome(events[-1].answer):
            is_ended.set()
        assert time.monotonic() < deadline, events[-1]
    return events


def race_to_the_end(server, rounds, seconds):
    """Cancels operations about when they end by themselves; returns how many ended in which way."""
    clients = [Client(server, "owner") for _ in range(CLIENTS)]
    ways = collections.Counter()

    def one(index):
        # Three watchers and a canceller to a model.
        client, role, model = clients[index], index % 4, index // 4
        if role < 3:
            return watch(client, names[model], ended[model])
        time.sleep(max(0, created[model].sent + random.uniform(0.9, 1.1) * seconds - time.monotonic()))
        path = names[model] if index % 8 < 4 else names[model].partition("/operations/")[0]
        cancelled = client.call("POST", path + ":cancel")
        assert (cancelled.status, cancelled.answer) == (200, {}), cancelled
        return []

    for number in range(rounds):
        count = CLIENTS // 4
        created = [clients[0].create(f"race-{number}-{i}", epochs=10) for i in range(count)]
        names = [event.answer["name"] for event in created]
        ended = [threading.Event() for _ in range(count)]
        events = together(*[lambda index=index: one(index) for index in range(CLIENTS)])
        for i in range(count):
            end = check_operation(sum(events[4 * i:4 * i + 3], []))
            ways["cancelled" if "was cancelled" in end else "succeeded"] += 1
    return ways


def test_an_operation_has_one_end_whoever_looks():
    ways = collections.Counter()
    for options in [["--step-time", "10ms"], ["--step-time", "1s", "--clock", "rate:100"]]:
        with tunemock.start("--threads", 4, *options) as server:
            ways += race_to_the_end(server, tunemock.scaled(40), 0.104)
    print(f"# {dict(ways)}")


def test_an_owner_gives_a_model_away_once():
    with tunemock.start("--auth", "required", "--threads", 4) as server:
        owners = [Client(server, "owner") for _ in range(2 * CLIENTS)]
        for number in range(tunemock.scaled(30)):
            model = f"gift-{number}"
            assert owners[0].create(model).status == 200
            events = together(*[lambda i=i: owners[i].transfer(model, f"heir-{i}@x.org") for i in range(len(owners))])
            given = [i for i, event in enumerate(events) if event.status == 200]
            assert_only(events, 200, 403)
            assert len(given) == 1, f"{len(given)} transfers of one owner were acknowledged"
            assert owners[0].call("DELETE", f"tunedModels/{model}").status == 403
            rows = owners[0].call("GET", f"tunedModels/{model}/permissions").answer["permissions"]
            assert [row["emailAddress"] for row in rows if row["role"] == "OWNER"] == [f"heir-{given[0]}@x.org"], rows
            assert len(rows) == 2, rows


def test_whoever_gives_a_model_away_does_not_delete_it():
    with tunemock.start("--auth", "required", "--threads", 4) as server:
        owners = [Client(server, "owner") for _ in range(8)]
        outcomes = collections.Counter()
        for number in range(tunemock.scaled(150)):
            model = f"gift-{number}"
            assert owners[0].create(model).status == 200
            calls = [lambda: owners[0].transfer(model, "heir@x.org")]
            calls += [lambda i=i: owners[i].call("DELETE", f"tunedModels/{model}") for i in range(1, len(owners))]
            transfer, *deletes = together(*calls)
            statuses = sorted(event.status for event in deletes)
            outcomes[transfer.status] += 1
            # One serial order: given away and kept by all others, or deleted once and missing for all others.
            if transfer.status == 200:
                assert statuses == [403] * len(deletes), statuses
            else:
                assert transfer.status == 404 and statuses == [200] + [404] * (len(deletes) - 1), statuses
        print(f"# {dict(outcomes)}")


def test_a_revoked_writer_writes_no_more():
    with tunemock.start("--auth", "required", "--threads", 4) as server:
        owner, writers = Client(server, "owner"), [Client(server, "writer") for _ in range(8)]
        email = writers[0].email()
        assert owner.create("shared").status == 200
        for number in range(tunemock.scaled(60)):
            grant = owner.call("POST", "tunedModels/shared/permissions",
                               {"granteeType": "USER", "emailAddress": email, "role": "WRITER"})
            assert grant.status == 200, grant
            is_over = threading.Event()

            def write(index):
                events = []
                while not is_over.is_set() or len(events) % 4:
                    value = f"{number}-{index}-{len(events)}"
                    events.append((value, writers[index].call("PATCH", "tunedModels/shared", {"description": value})))
                return events

            def revoke():
                time.sleep(random.uniform(0, 0.02))
                lowered = number % 2
                if lowered:
                    event = owner.call("PATCH", grant.answer["name"] + "?updateMask=role", {"role": "READER"})
                else:
                    event = owner.call("DELETE", grant.answer["name"])
                seen = [owner.call("GET", "tunedModels/shared").answer.get("description") for _ in range(6)]
                is_over.set()
                if lowered:
                    assert owner.call("DELETE", grant.answer["name"]).status == 200
                return event, seen

            *written, (revoked, seen) = together(
                *[lambda i=i: write(i) for i in range(len(writers))], revoke)
            assert revoked.status == 200, revoked
            written = sum(written, [])
            assert_only([event for _, event in written], 200, 403)
            late = [event for _, event in written if event.sent > revoked.answered and event.status == 200]
            assert not late, f"{len(late)} writes were made after the revocation was answered"
            assert len(set(seen)) == 1, f"written after the revocation was answered: {seen}"
            refused = {value for value, event in written if event.status == 403}
            assert seen[0] not in refused, "a write that was refused was made"


def test_a_patch_answers_what_it_wrote():
    with tunemock.start("--threads", 4) as server:
        clients = [Client(server, "any") for _ in range(CLIENTS)]
        assert clients[0].create("busy").status == 200

        def patch(index):
            for number in range(tunemock.scaled(200)):
                field = "displayName" if index % 2 else "description"
                value = f"{index}-{number}"
                event = clients[index].call("PATCH", "tunedModels/busy", {field: value})
                assert event.status == 200 and event.answer[field] == value, (value, event)

        together(*[lambda index=index: patch(index) for index in range(CLIENTS)])


def test_who_deletes_and_creates_a_name_keeps_what_is_his():
    """Two owners in turn have a model of the same name, and each writes to it blindly all the time."""
    with tunemock.start("--auth", "required", "--threads", 4) as server:
        names = ["anna", "bert"]
        clients = {name: [Client(server, name) for _ in range(6)] for name in names}
        counts = collections.Counter()
        deadline = time.monotonic() + 4

        def own(name):
            client = clients[name][0]
            while time.monotonic() < deadline:
                created = client.create("shared", displayName=name)
                assert created.status in (200, 409), created
                counts[f"create {created.status}"] += 1
                if created.status == 409:
                    continue
                for _ in range(3):
                    seen = client.call("GET", "tunedModels/shared")
                    assert seen.status == 200 and seen.answer["displayName"] == name, seen
                    assert seen.answer.get("description", name) == name, seen
                deleted = client.call("DELETE", "tunedModels/shared")
                assert deleted.status == 200, deleted

        def write(name, index):
            client = clients[name][index]
            while time.monotonic() < deadline:
                patched = client.call("PATCH", "tunedModels/shared", {"description": name})
                assert patched.status in (200, 403, 404), patched
                counts[f"patch {patched.status}"] += 1
                if patched.status == 200:
                    assert patched.answer["displayName"] == patched.answer["description"] == name, patched

        together(*[lambda name=name: own(name) for name in names],
                 *[lambda name=name, i=i: write(name, i) for name in names for i in range(1, 6)])
        print(f"# {dict(counts)}")
        assert counts["create 200"], counts


def test_of_creates_of_one_name_one_succeeds():
    with tunemock.start("--auth", "required", "--threads", 4) as server:
        clients = [Client(server, f"caller-{i}") for i in range(CLIENTS)]
        for number in range(tunemock.scaled(60)):
            events = together(*[lambda client=client: client.create(f"one-{number}") for client in clients])
            assert sorted(event.status for event in events) == [200] + [409] * (CLIENTS - 1)


tunemock.run_tests(globals())
