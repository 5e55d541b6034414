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


def client_variables(url: str, key: Optional[str]) -> Dict[str, Optional[str]]:
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


def vertex_leads_to(url: str) -> bool:
    """Whether clients of Vertex AI are told of this server, as `tunemock exec --vertex` tells its command."""
    return os.environ.get("GOOGLE_VERTEX_BASE_URL", "").rstrip("/") == url.rstrip("/")


def vertex_variables(url: str, project: str) -> Dict[str, Optional[str]]:
    """For clients of Vertex AI; how they log in is read as they are imported, and is left as it is."""
    return {
        **client_variables(url, None),
        "GOOGLE_VERTEX_BASE_URL": url,
        "GOOGLE_GENAI_USE_VERTEXAI": "true",
        "GOOGLE_CLOUD_PROJECT": project,
    }
