"""tunemock, a local emulator of the Gemini API's tuned-models service, for tests in Python.

    import tunemock

    with tunemock.start(step_time="0") as server:
        print(server.url)

For pytest there are the fixtures `tunemock` and `tunemock_namespace`; see tunemock.pytest_plugin.
"""
from .binary import version
from .control import ControlError, VerificationError
from .options import Options
from .server import Namespace, Server, StartError, connect, start

__version__ = version()

__all__ = ["ControlError", "Namespace", "Options", "Server", "StartError", "VerificationError", "connect", "start"]
