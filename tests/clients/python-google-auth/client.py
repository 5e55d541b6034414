"""google-auth as Google's clients use it: what `tunemock exec --vertex` sets lets it log in at the server, without a network."""
import json
import os
import pathlib
import sys

# Everything below runs beside a server of its own, with the variables that this sets.
if os.environ.get("GOOGLE_GENAI_USE_VERTEXAI") != "true":
    os.execv(os.environ["TUNEMOCK"], [os.environ["TUNEMOCK"], "exec", "--vertex", sys.executable, __file__])

import google.auth
import google.auth.compute_engine
import google.auth.transport.requests
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from google.oauth2 import service_account

from lib import client

client.announce("google-auth")
SCOPES = ["https://www.googleapis.com/auth/cloud-platform"]
JOBS = f"{client.URL}/v1beta1/projects/tunemock/locations/us-central1/tuningJobs"
request = google.auth.transport.requests.Request()


def service_account_file():
    """What the console would hand out, but for where it leads."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    path = pathlib.Path(os.environ["TMPDIR"]) / "account.json"
    path.write_text(json.dumps({
        "type": "service_account", "project_id": "my-project", "client_email": "me@my-project.iam.gserviceaccount.com",
        "client_id": "1", "token_uri": f"{client.URL}/token", "private_key_id": "1",
        "private_key": key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8,
                                         serialization.NoEncryption()).decode()}), encoding="utf-8")
    return path


def asked_as(credentials):
    """A call with these credentials, and what the server has seen of it."""
    session = google.auth.transport.requests.AuthorizedSession(credentials)
    answer = session.get(JOBS)
    entry = client.rest("GET", "/emulator/v1/requests?pageSize=1")[0]["requests"][0]
    assert entry["path"] == JOBS[len(client.URL):] and entry["status"] == answer.status_code, entry
    return entry


@client.step("the metadata of the server give project, account and token")
def _():
    credentials, project = google.auth.default(scopes=SCOPES)
    assert isinstance(credentials, google.auth.compute_engine.Credentials) and project == "tunemock"
    assert credentials.universe_domain == "googleapis.com"
    credentials.refresh(request)
    assert (credentials.token, credentials.valid, credentials.service_account_email) == ("tunemock-token", True, "default")


@client.step("without GOOGLE_CLOUD_PROJECT the project is the metadata's")
def _():
    del os.environ["GOOGLE_CLOUD_PROJECT"]
    assert google.auth.default(scopes=SCOPES)[1] == "tunemock"


@client.step("a call brings the token, and the journal does not show it")
def _():
    entry = asked_as(google.auth.default(scopes=SCOPES)[0])
    assert entry["caller"].startswith("token-") and "tunemock-token" not in json.dumps(entry), entry


@client.step("a service account's file logs in at its token_uri")
def _():
    credentials = service_account.Credentials.from_service_account_file(service_account_file(), scopes=SCOPES)
    credentials.refresh(request)
    assert (credentials.token, credentials.valid) == ("tunemock-token", True)
    assert asked_as(credentials)["caller"].startswith("token-")


@client.step("and as GOOGLE_APPLICATION_CREDENTIALS, its form kept out of the journal")
def _():
    os.environ["GOOGLE_APPLICATION_CREDENTIALS"] = str(service_account_file())
    credentials, project = google.auth.default(scopes=SCOPES)
    assert project == "my-project"
    asked_as(credentials)
    requests = client.rest("GET", "/emulator/v1/requests")[0]["requests"]
    forms = [entry["requestBody"] for entry in requests if entry["path"] == "/token"]
    assert len(forms) == 2 and set(forms) == {"REDACTED"}, forms


client.finish()
