#!/usr/bin/env python3
"""Measures the nearest example: how long it takes, and how often it is the one that was meant.

Starts a server, creates models of 10,000 short examples and of 500 examples of 2,000 characters,
and asks each for examples as they are, with a slip of the pen, and for other texts. Prints the
processor time of the server for a prompt, HTTP included; of slips in eleven scripts, and in texts
that differ in numbers or have two words only, how many of 100 find their example; and how many
texts that mean none, the letters of the examples at random or another script, have a nearest.
Usage: tests/bench/answers.py [EXAMPLES], with the binary in $TUNEMOCK or build/tunemock.
"""
import http.client
import json
import os
import random
import re
import statistics
import subprocess
import sys

BINARY = os.environ.get("TUNEMOCK", "build/tunemock")
BASE = "models/gemini-1.5-flash-001-tuning"
SLIPS = 25  # of each kind, in each script
RANDOM = random.Random(7)


def letters(first, last):
    return [chr(code) for code in range(ord(first), ord(last) + 1)]


# The letters of a script, how many of them a word has, and what stands between words.
SCRIPTS = {
    "Latin": (letters("a", "z"), (2, 9), " "),
    "Cyrillic": (letters("а", "я"), (2, 9), " "),
    "Greek": ([letter for letter in letters("α", "ω") if letter != "ς"], (2, 9), " "),
    "Arabic": (letters("ا", "غ") + letters("ف", "ي"), (2, 7), " "),
    "Hebrew": (letters("א", "ת"), (2, 7), " "),
    "Devanagari": (letters("क", "न") + letters("ा", "ौ"), (2, 7), " "),
    "Thai": (letters("ก", "ฮ") + letters("ะ", "ู"), (2, 6), ""),
    "Han": ([chr(0x4E00 + 11 * i) for i in range(900)], (1, 2), ""),
    "kana": (letters("あ", "ん") + letters("ア", "ン"), (2, 5), ""),
    "Hangul": ([chr(0xAC00 + 28 * i) for i in range(300)], (2, 4), " "),
    "emoji": ([chr(0x1F600 + i) for i in range(79)], (1, 3), ""),
}


class Language:
    """Makes sentences of words, of which some are frequent and most are rare."""

    def __init__(self, script):
        self.letters, self.lengths, self.space = SCRIPTS[script]
        weights = [RANDOM.random() ** 2 + 0.02 for _ in self.letters]
        self.words = ["".join(RANDOM.choices(self.letters, weights, k=RANDOM.randint(*self.lengths)))
                      for _ in range(4000)]
        self.weights = [1 / (rank + 3) for rank in range(len(self.words))]

    def sentence(self):
        return self.space.join(RANDOM.choices(self.words, self.weights, k=RANDOM.randint(4, 9)))

    def text(self, length):
        words = RANDOM.choices(self.words, self.weights, k=length // 2)
        return self.space.join(words)[:length].strip()

    def gibberish(self):
        return "".join(RANDOM.choice(self.letters + [" "]) for _ in range(RANDOM.randint(8, 40)))


def at_random(text, change):
    place = RANDOM.randrange(len(text) - 1)
    return change(text, place)


# What people do to a text without meaning another.
KINDS = {
    "typo": lambda language, text: at_random(
        text, lambda t, i: t[:i] + RANDOM.choice(language.letters) + t[i + 1:]),
    "missing letter": lambda language, text: at_random(text, lambda t, i: t[:i] + t[i + 1:]),
    "swapped letters": lambda language, text: at_random(
        text, lambda t, i: t[:i] + t[i + 1] + t[i] + t[i + 2:]),
    "punctuation": lambda language, text: at_random(
        text, lambda t, i: t[:i] + RANDOM.choice(",.;-") + t[i:]) + RANDOM.choice("?!."),
    "case": lambda language, text: text.upper() + "!",
    "added word": lambda language, text: insert_word(language, text),
    "missing word": lambda language, text: remove_word(language, text),
}


def insert_word(language, text):
    words = text.split(language.space) if language.space else list(text)
    place = RANDOM.randrange(len(words) + 1)
    return language.space.join(words[:place] + [RANDOM.choice(language.words)] + words[place:])


def remove_word(language, text):
    words = text.split(language.space) if language.space else list(text)
    width = 1 if language.space else 2
    place = RANDOM.randrange(len(words) - width + 1)
    return language.space.join(words[:place] + words[place + width:])


class Server:
    def __init__(self):
        self.process = subprocess.Popen(
            [BINARY, "--port", "0", "--threads", "1", "--step-time", "0s"], stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL)
        port = int(re.search(rb":(\d+)$", self.process.stdout.readline().strip()).group(1))
        self.connection = http.client.HTTPConnection("127.0.0.1", port)
        self.model_count = 0

    def post(self, path, body):
        self.connection.request("POST", path, json.dumps(body),
                                {"Content-Type": "application/json"})
        response = self.connection.getresponse()
        text = response.read()
        assert response.status == 200, text[:500]
        return response

    def create(self, inputs):
        """A model on these inputs, each with an output of its own."""
        self.model_count += 1
        name = f"tunedModels/m{self.model_count}"
        examples = [{"textInput": text, "output": f"output {i} of {hash(text) % 997}"}
                    for i, text in enumerate(inputs)]
        self.post(f"/v1beta/tunedModels?tunedModelId=m{self.model_count}", {
            "baseModel": BASE, "tuningTask": {
                "hyperparameters": {"epochCount": 1, "batchSize": 64},
                "trainingData": {"examples": {"examples": examples}}}})
        return name

    def ask(self, model, prompt):
        """What the answer is from: its kind, the example or -1, and how near that is."""
        response = self.post(f"/v1beta/{model}:generateContent",
                             {"contents": [{"role": "user", "parts": [{"text": prompt}]}]})
        kind, _, rest = response.getheader("X-Emulator-Answer").partition(":")
        parts = rest.split()
        return (kind, int(parts[0]) if parts and parts[0].isdigit() else -1,
                float(parts[1]) if len(parts) > 1 else 0.0)

    def cpu_ms(self):
        """Processor time of all its threads, to the nanosecond."""
        folder = f"/proc/{self.process.pid}/task"
        total = 0
        for thread in os.listdir(folder):
            with open(f"{folder}/{thread}/schedstat", encoding="ascii") as file:
                total += int(file.read().split()[0])
        return total / 1e6

    def stop(self):
        self.process.terminate()
        self.process.wait(10)


def print_times(server, name, inputs, language, other):
    """The time for a prompt of each sort."""
    model = server.create(inputs)
    sorts = (("an example", lambda: RANDOM.choice(inputs)),
             ("a slip", lambda: KINDS["typo"](language, RANDOM.choice(inputs))),
             ("another text", other))
    for sort, make in sorts:
        times = []
        for _ in range(60):
            prompt = make()
            begin = server.cpu_ms()
            server.ask(model, prompt)
            times.append(server.cpu_ms() - begin)
        print(f"{name}: {sort}: median {statistics.median(times):.2f} ms, best {min(times):.2f}, "
              f"worst {max(times):.2f}")


def print_hits(server, name, inputs, language):
    """Of each kind of slip, how many of 100 find their example."""
    model = server.create(inputs)
    first = {}
    for index, text in enumerate(inputs):
        first.setdefault(" ".join(text.casefold().split()), index)
    rates, all_found, all_asked, scores = [], 0, 0, []
    for kind, change in KINDS.items():
        found = asked = 0
        for _ in range(SLIPS):
            text = RANDOM.choice(inputs)
            prompt = change(language, text)
            key = " ".join(prompt.casefold().split())
            if key in first and first[key] != first[" ".join(text.casefold().split())]:
                continue  # it became another example
            _, index, score = server.ask(model, prompt)
            asked += 1
            found += index >= 0 and inputs[index].casefold() == text.casefold()
            scores.append(score or 1.0)
        rates.append(f"{kind} {100 * found / max(asked, 1):.0f}")
        all_found += found
        all_asked += asked
    scores.sort()
    print(f"{name}: {100 * all_found / all_asked:.1f} of 100 found ({', '.join(rates)}), "
          f"98 of 100 nearer than {scores[len(scores) // 50]:.2f}")
    return model


def print_strangers(server, name, model, language, stranger):
    """How many texts that mean no example are answered as if they meant one."""
    for sort, make in (("its letters at random", language.gibberish),
                       ("another script", stranger.sentence)):
        answers = [server.ask(model, make()) for _ in range(50)]
        near = [answer for answer in answers if answer[0] != "fallback"]
        print(f"{name}: {sort}: {100 * len(near) // len(answers)} of 100 have a nearest example")


def main():
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 10000
    server = Server()
    try:
        latin = Language("Latin")
        print_times(server, f"{count:,} examples", [latin.sentence() for _ in range(count)], latin,
                    latin.sentence)
        print_times(server, "500 examples of 2,000 characters",
                    [latin.text(2000) for _ in range(500)], latin, lambda: latin.text(2000))
        languages = {script: Language(script) for script in SCRIPTS}
        for script, language in languages.items():
            inputs = [language.sentence() for _ in range(count)]
            model = print_hits(server, script, inputs, language)
            stranger = languages["Greek" if script != "Greek" else "Latin"]
            print_strangers(server, script, model, language, stranger)
        orders = [f"order {RANDOM.getrandbits(32):08x} of customer {RANDOM.randrange(100000)}"
                  for _ in range(count)]
        print_hits(server, "numbers in one sentence", orders, latin)
        pairs = [" ".join(RANDOM.choices(latin.words, k=2)) for _ in range(count)]
        print_hits(server, "two words", pairs, latin)
    finally:
        server.stop()


if __name__ == "__main__":
    main()
