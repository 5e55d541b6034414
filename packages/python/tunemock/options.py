"""The options of the command line, in snake_case. docs/options.md says what each does."""
import datetime
import json
import os
from typing import Any, Dict, List, Sequence, TypedDict, Union

Duration = Union[str, datetime.timedelta]
# A duration or a distribution of durations, as {"uniform": ["50ms", "200ms"]}.
Delay = Union[str, datetime.timedelta, Dict[str, Any]]
Path = Union[str, "os.PathLike[str]"]


class Options(TypedDict, total=False):
    """What start() takes, each as the option of that name. Numbers may be text, and lists give an option again."""

    port: Union[int, str]
    step_time: Union[int, str, datetime.timedelta]
    progress: str
    clock: str
    seed: Union[int, str]
    latency: Union[int, Delay]
    ready_file: Path
    vertex: bool
    data: Union[Path, Sequence[Path]]
    db: Path
    export_on_exit: Path
    gcs: Path
    fidelity: str
    auth: str
    isolate: str
    namespaces_max: Union[int, str]
    namespace_idle: Union[int, str, datetime.timedelta]
    host: str
    allow_host: Union[str, Sequence[str]]
    stream_delay: Union[int, Delay]
    max_body: Union[int, str]
    journal_max: Union[int, str]
    control_token: str
    cors: Union[str, Sequence[str]]
    no_ui: bool
    threads: Union[int, str]
    log_format: str
    log_level: str


def duration_text(value: Union[int, Duration]) -> str:
    """"90000000us" of a minute and a half; texts stay as they are."""
    if isinstance(value, datetime.timedelta):
        return f"{value // datetime.timedelta(microseconds=1)}us"
    return str(value)


def _text(value: Any) -> str:
    if isinstance(value, dict):
        return json.dumps(value)
    if isinstance(value, os.PathLike):
        return str(os.fspath(value))
    return duration_text(value)


def arguments(options: Options) -> List[str]:
    """The options as the command line has them: ["--step-time=0", "--data=a.json", "--data=b.json", "--no-ui"]."""
    words = []
    for name, value in options.items():
        option = f"--{name.replace('_', '-')}"
        if isinstance(value, bool):
            words += [option] if value else []
            continue
        values = value if isinstance(value, (list, tuple)) else [] if value is None else [value]
        words += [f"{option}={_text(each)}" for each in values]
    return words
