"""What is under test: how an application trains its model."""

EXAMPLES = [
    ("1", "2"), ("3", "4"), ("-3", "-2"), ("twenty two", "twenty three"), ("two hundred", "two hundred one"),
    ("ninety nine", "one hundred"), ("8", "9"), ("-98", "-97"), ("1,000", "1,001"), ("10,100,000", "10,100,001"),
    ("thirteen", "fourteen"), ("eighty", "eighty one"), ("one", "two"), ("three", "four"), ("seven", "eight"),
]


def tune(tunemock, examples=EXAMPLES, name="numbers", is_awaited=True, **fields):
    """Has a model trained, all of the same name in all tests; its whole name."""
    tunemock.call("POST", f"v1beta/tunedModels?tunedModelId={name}", {
        "baseModel": "models/gemini-1.5-flash-001-tuning", **fields, "tuningTask": {
            "hyperparameters": {"epochCount": 5, "batchSize": 2, "learningRate": 0.001},
            "trainingData": {"examples": {"examples": [
                {"textInput": before, "output": after} for before, after in examples]}}}})
    if is_awaited:
        tunemock.call("POST", "emulator/v1/clock:advance", {"duration": "3600s"})
    return f"tunedModels/{name}"
