"""Where the program is, and which version this package has."""
import importlib.metadata
import os
import pathlib
import shutil
import sysconfig
from typing import Iterator


def version() -> str:
    """The version of the installed package; of a source tree, which has none, "0"."""
    try:
        return importlib.metadata.version("tunemock")
    except importlib.metadata.PackageNotFoundError:
        return "0"


def _places() -> Iterator[pathlib.Path]:
    """Where an installer puts a package's programs: an environment's, a user's, and that of `pip install --target`."""
    yield pathlib.Path(sysconfig.get_path("scripts"))
    yield pathlib.Path(sysconfig.get_path("scripts", f"{os.name}_user"))
    yield pathlib.Path(__file__).resolve().parent.parent / "bin"


def find() -> str:
    """The path of the program: that of the variable TUNEMOCK, the one that came with this package, or one on PATH.

    Raises FileNotFoundError if there is none.
    """
    chosen = os.environ.get("TUNEMOCK")
    if chosen:
        return chosen
    for place in _places():
        path = place / "tunemock"
        if os.access(path, os.X_OK):
            return str(path)
    on_path = shutil.which("tunemock")
    if on_path:
        return on_path
    raise FileNotFoundError(
        "the program tunemock is neither beside this package nor on PATH; install the wheel of this platform, "
        "or set TUNEMOCK to the program's path")
