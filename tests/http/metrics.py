"""Reads what GET /metrics answers: the text format of Prometheus, version 0.0.4, and nothing that its parsers only tolerate."""
import re

NAME = r"[a-zA-Z_:][a-zA-Z0-9_:]*"
LABEL = rf'([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\[\\"n])*)"'
SAMPLE = re.compile(rf"({NAME})(?:\{{((?:{LABEL}(?:,(?!\}})|(?=\}})))+)\}})? (\+Inf|-?\d+(?:\.\d+)?(?:e[+-]?\d+)?)")
COMMENT = re.compile(rf"# (HELP|TYPE) ({NAME}) (.+)")
# What a sample of a family may be called.
SUFFIXES = {"counter": ("",), "gauge": ("",), "histogram": ("_bucket", "_sum", "_count")}


class Metrics:
    """families: name -> type; samples: (name, frozenset of (label, value)) -> number."""

    def __init__(self, text):
        self.families, self.samples, self.helps = {}, {}, {}
        family = None
        assert text.endswith("\n") and "\r" not in text, text[-40:]
        for line in text[:-1].split("\n"):
            comment = COMMENT.fullmatch(line)
            if comment and comment.group(1) == "HELP":
                family = comment.group(2)
                assert family not in self.helps, f"{family} comes twice"
                self.helps[family] = comment.group(3)
            elif comment:
                assert comment.group(2) == family and family not in self.families, line
                self.families[family] = comment.group(3)
                assert (comment.group(3) == "counter") == family.endswith("_total"), line
            else:
                self._add_sample(line, family)
        for name, kind in self.families.items():
            if kind == "histogram":
                self._check_histogram(name)

    def _add_sample(self, line, family):
        match = SAMPLE.fullmatch(line)
        assert match, f"no sample: {line!r}"
        name, labels = match.group(1), frozenset(re.findall(LABEL, match.group(2) or ""))
        assert name in [family + suffix for suffix in SUFFIXES[self.families[family]]], f"{line} in {family}"
        assert (name, labels) not in self.samples, f"twice: {line}"
        self.samples[name, labels] = float(match.group(5))

    def _check_histogram(self, name):
        others = {labels for sample, labels in self.samples if sample == name + "_count"}
        assert others == {labels for sample, labels in self.samples if sample == name + "_sum"}
        buckets = {}
        for (sample, labels), count in self.samples.items():
            if sample == name + "_bucket":
                bound = dict(labels)["le"]
                buckets.setdefault(labels - {("le", bound)}, []).append((float(bound), count))
        assert set(buckets) == others, (buckets, others)
        for labels, rows in buckets.items():
            assert rows == sorted(rows) and [count for _, count in rows] == sorted(count for _, count in rows), rows
            assert rows[-1] == (float("inf"), self.samples[name + "_count", labels]), rows

    def value(self, name, **labels):
        """A number; 0 if a family that is there has no such sample."""
        assert any(f"tunemock_{name}" == family + suffix for family, kind in self.families.items()
                   for suffix in SUFFIXES[kind]), name
        return self.samples.get((f"tunemock_{name}", frozenset(labels.items())), 0)

    def requests(self, method, code):
        return self.value("requests_total", method=method, code=str(code))


def scrape(server, headers=None):
    status, head, content = server.request("GET", "/metrics", headers=headers)
    assert status == 200 and head["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8", (status, head)
    return Metrics(content.decode("ascii"))
