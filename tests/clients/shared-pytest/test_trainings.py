"""Trainings, each on a clock of its own."""
import pytest

from quickstart import tune


def operation(tunemock):
    [found] = tunemock.call("GET", "v1/tunedModels/numbers/operations")["operations"]
    return found


@pytest.mark.parametrize("steps", range(1, 13))
def test_a_training_is_as_far_as_it_was_moved(tunemock, steps):
    tunemock.call("PATCH", "emulator/v1/config", {"progress": "manual"})
    tune(tunemock)
    tunemock.call("POST", "emulator/v1/tunedModels/numbers:advance", {"steps": steps})
    metadata = operation(tunemock)["metadata"]
    assert (metadata["completedSteps"], metadata["totalSteps"]) == (steps, 38)


@pytest.mark.parametrize("step", [1, 5, 20, 37])
def test_a_training_fails_as_its_story_says(tunemock, step):
    tunemock.call("POST", "emulator/v1/stories", {
        "match": {"id": "numbers"}, "failAtStep": step, "error": {"code": 13, "message": f"lost at {step}"}})
    tune(tunemock)
    failed = operation(tunemock)
    assert failed["error"] == {"code": 13, "message": f"lost at {step}"}
    assert failed["metadata"]["completedSteps"] == step
    assert tunemock.call("GET", "v1beta/tunedModels/numbers")["state"] == "FAILED"


@pytest.mark.parametrize("looks", [1, 2, 5])
def test_a_poller_sees_each_look(tunemock, looks):
    tunemock.call("PATCH", "emulator/v1/config", {"progress": f"polls:{looks}"})
    name = tune(tunemock, is_awaited=False)
    states = [tunemock.call("GET", f"v1beta/{name}").get("state") for _ in range(looks)]
    assert states == ["CREATING"] * (looks - 1) + ["ACTIVE"]


def test_a_training_that_nobody_moves_stands_still(tunemock):
    tunemock.call("PATCH", "emulator/v1/config", {"progress": "manual"})
    tune(tunemock)
    assert not operation(tunemock).get("done")
    tunemock.call("POST", "emulator/v1/tunedModels/numbers:complete", {})
    assert operation(tunemock)["done"]


def test_a_clock_stands_where_it_was_put(tunemock):
    tunemock.call("PATCH", "emulator/v1/clock", {"mode": "frozen", "time": "2031-05-01T00:00:00Z"})
    model = tunemock.call("GET", f"v1beta/{tune(tunemock, is_awaited=False)}")
    assert model["createTime"].startswith("2031-05-01T00:00:00")


def test_the_same_seed_makes_the_same_training(tunemock):
    trainings = []
    for _ in range(2):
        tunemock.call("POST", "emulator/v1/state:reset", {})
        tunemock.call("PATCH", "emulator/v1/config", {"seed": "11"})
        trainings.append(tunemock.call("GET", f"v1beta/{tune(tunemock)}"))
    assert trainings[0] == trainings[1]
