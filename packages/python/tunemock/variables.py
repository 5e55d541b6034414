"""The variables by which clients find a server: those that `tunemock env` prints."""
import os
import urllib.parse
from typing import Dict, Optional


def _no_proxy(name: str, host: str) -> str:
    """What is there, with the loopback addresses. Clients read one spelling or the other: what one says holds for both."""
    other = "no_proxy" if name == "NO_PROXY" else "NO_PROXY"
    given = os.environ.get(name) or os.environ.get(other) or ""
    entries = [entry.strip() for entry in given.split(",")]
    if "*" in entries:
        return given
    hosts = [each for each in dict.fromkeys(["127.0.0.1", "localhost", "::1", host]) if each not in entries]
    return ",".join([given, *hosts] if given else hosts)


def client_variables(url: str, key: str) -> Dict[str, Optional[str]]:
    """The value of each; None: it is not to be set."""
    host = urllib.parse.urlsplit(url).hostname or ""
    return {
        "GOOGLE_GEMINI_BASE_URL": url,
        "TUNEMOCK_URL": url,
        "GEMINI_API_KEY": key,
        # It would win over GEMINI_API_KEY.
        "GOOGLE_API_KEY": None,
        "GOOGLE_GENAI_USE_VERTEXAI": "false",
        # It would win over GOOGLE_GENAI_USE_VERTEXAI.
        "GOOGLE_GENAI_USE_ENTERPRISE": None,
        "NO_PROXY": _no_proxy("NO_PROXY", host),
        "no_proxy": _no_proxy("no_proxy", host),
    }
