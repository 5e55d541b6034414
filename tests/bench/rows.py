"""What the benches say: rows with their targets, the table on stdout, the file in build/. Pure but for save() and machine()."""
import dataclasses
import datetime
import json
import os
import pathlib
import platform
import re
import statistics
import subprocess

PROJECT = pathlib.Path(__file__).resolve().parent.parent.parent


@dataclasses.dataclass(frozen=True)
class Target:
    """The bound that a row should keep."""
    bound: float
    is_floor: bool

    def is_met(self, value):
        return value >= self.bound if self.is_floor else value <= self.bound

    def __str__(self):
        return f"at {'least' if self.is_floor else 'most'} {self.bound:g}"


def at_least(bound):
    return Target(bound, True)


def at_most(bound):
    return Target(bound, False)


@dataclasses.dataclass
class Row:
    """One thing that was measured: a value a round, of which the median counts."""
    work: str
    unit: str
    values: list
    target: Target = None
    # What else is known of it, for the file: sizes, rates of both sides.
    more: dict = dataclasses.field(default_factory=dict)

    @property
    def median(self):
        return statistics.median(self.values)

    def spread(self):
        """`0.62 (0.60 to 0.65)`, or without the brackets if there was one round."""
        text = number(self.median)
        return f"{text} ({number(min(self.values))} to {number(max(self.values))})" if len(self.values) > 1 else text

    def verdict(self):
        return "" if self.target is None else "met" if self.target.is_met(self.median) else "missed"

    def cells(self):
        return [self.work, self.unit, self.spread(), "" if self.target is None else str(self.target), self.verdict()]

    def record(self):
        return {"work": self.work, "unit": self.unit, "median": self.median, "min": min(self.values),
                "max": max(self.values), "values": self.values,
                "target": None if self.target is None else str(self.target), "verdict": self.verdict(), **self.more}


HEADINGS = ["work", "unit", "measured", "target", ""]


def number(value):
    """Three digits, as far as they say something: 0.62, 4.1, 12,345."""
    if value == 0:
        return "0"
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.1f}" if abs(value) >= 10 else f"{value:.2f}"


def table(headings, lines):
    """Lines of cells as text, the columns below each other."""
    lines = [headings, *lines]
    widths = [max(len(line[i]) for line in lines) for i in range(len(headings))]
    return "\n".join("  ".join(cell.ljust(width) for cell, width in zip(line, widths)).rstrip() for line in lines)


def markdown(headings, lines):
    return "\n".join("| " + " | ".join(line) + " |" for line in [headings, ["---"] * len(headings), *lines])


def output_of(*command):
    """What a command prints first, or "" if it cannot be run."""
    try:
        done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False, cwd=PROJECT)
    except OSError:
        return ""
    return (done.stdout.splitlines() or [""])[0]


def machine():
    """What the figures depend on."""
    with open("/proc/cpuinfo", encoding="utf-8") as file:
        model = re.search(r"^model name\s*: (.*)$", file.read(), re.MULTILINE)
    with open("/etc/os-release", encoding="utf-8") as file:
        system = re.search(r'^PRETTY_NAME="?([^"\n]*)', file.read(), re.MULTILINE)
    return {"processor": model.group(1) if model else platform.machine(), "processors": os.cpu_count(),
            "system": system.group(1) if system else platform.system(), "kernel": platform.release(),
            "load": os.getloadavg()[0], "nginx": output_of("nginx", "-v"), "wrk": output_of("wrk", "-v")}


def save(name, command, rows, **more):
    """Writes build/NAME.json."""
    path = PROJECT / "build" / f"{name}.json"
    path.parent.mkdir(exist_ok=True)
    content = {"command": command, "date": datetime.datetime.now(datetime.timezone.utc).date().isoformat(),
               "commit": output_of("git", "describe", "--always", "--dirty"), "machine": machine(), **more,
               "rows": [row.record() for row in rows]}
    path.write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")


def show(rows):
    print(table(HEADINGS, [row.cells() for row in rows]), flush=True)
    judged = [row for row in rows if row.target]
    print(f"{sum(row.verdict() == 'met' for row in judged)} of {len(judged)} targets met", flush=True)
