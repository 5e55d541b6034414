"""The durability campaign: concurrent creates, patches and deletes, kill -9 at a random moment, restart, compare.

After each restart every acknowledged write must be there, and of a create whose answer never came either all (model,
operation, permission, examples) or nothing. Python's standard library only. The last line is `N passed, N failed`, where
a test is one round: one life of the server and what its file held afterwards.
"""
import argparse
import contextlib
import os
import random
import shutil
import sqlite3
import sys
import tempfile
import threading
import time

from model import Expectations
from server import Client, NoAnswer, Server

THREADS = 8
# Lives of the server: how long it serves before it is killed, at most.
TRAFFIC_SECONDS_MAX = 0.12
# How long a start, and a stop, take about: they are killed somewhere in there.
START_SECONDS_MAX = 0.03
STOP_SECONDS_MAX = 0.01
# Keeps the file small enough to be checked in every round.
MODELS_PER_THREAD_MAX = 12
# Some creates share their examples with others, so that deletes must tell whether these are still needed.
SHARED_DATA_SETS = 3
OWNER = 1
# Tuning jobs of Vertex AI: they cannot be deleted.
VERTEX = "/v1/projects/p/locations/us-central1/"
TRAINING_FILE = "gs://cloud-samples-data/ai-platform/generative_ai/gemini-2_0/text/sft_train_data.jsonl"
JOBS_MAX = 60
# Of that file.
PROMPT = "We counted forty bees before breakfast."
ANSWER = "Bees prefer the thyme"


def create_body(display_name, prompt):
    examples = [{"textInput": prompt, "output": f"answer to {prompt}"}, {"textInput": "other", "output": "thing"}]
    return {
        "displayName": display_name,
        "baseModel": "models/gemini-1.5-flash-001-tuning",
        "tuningTask": {
            "hyperparameters": {"epochCount": 1, "batchSize": 1},
            "trainingData": {"examples": {"examples": examples}},
        },
    }


def job_body(name):
    return {
        "baseModel": "gemini-2.5-flash",
        "tunedModelDisplayName": name,
        "supervisedTuningSpec": {"trainingDatasetUri": TRAINING_FILE, "hyperParameters": {"epochCount": 2}},
    }


class Worker(threading.Thread):
    """A client that writes, on models of its own, until the server is dead."""

    def __init__(self, number, life, port, expectations, seed):
        super().__init__()
        self.number = number
        self.life = life
        self.expectations = expectations
        self.random = random.Random(seed)
        self.client = Client(port)
        self.created = 0
        prefix = f"w{number}-"
        self.mine = [model_id for model_id in expectations.possible if model_id.startswith(prefix)]
        # Each job is patched by one thread: those of the lives before are shared out.
        self.jobs = sorted(expectations.jobs)[number::THREADS]

    def run(self):
        try:
            while True:
                self.write()
        except NoAnswer:
            self.expectations.lost()
        finally:
            self.client.close()

    def write(self):
        choice = self.random.random()
        if self.random.random() < 0.2:
            self.write_job()
        elif not self.mine or (choice < 0.5 and len(self.mine) < MODELS_PER_THREAD_MAX):
            self.create()
        elif choice < 0.7:
            self.patch(self.random.choice(self.mine))
        else:
            self.delete(self.random.choice(self.mine))

    def write_job(self):
        if len(self.jobs) < JOBS_MAX // THREADS and (not self.jobs or self.random.random() < 0.5):
            self.create_job()
        else:
            self.patch_model_of(self.random.choice(self.jobs))

    def create_job(self):
        job = self.send("POST", "tuningJobs", job_body(f"made in {self.life}"), VERTEX)["name"].rpartition("/")[2]
        if job in self.expectations.jobs:
            self.expectations.complain(f"tuningJobs/{job} was given to two jobs")
        self.expectations.job_answered(job, "create of a job", None)
        self.jobs.append(job)

    def patch_model_of(self, job):
        model = self.send("GET", f"tuningJobs/{job}", root=VERTEX)["tunedModel"]["model"]
        description = f"patched in {self.life} {self.random.randrange(10**6)}"
        self.expectations.job_sent(job, description)
        self.send("PATCH", f"{model}?updateMask=description", {"description": description}, "/v1/")
        self.expectations.job_answered(job, "patch of a job's model", description)

    def create(self):
        self.created += 1
        model_id = f"w{self.number}-l{self.life}-{self.created}"
        is_shared = self.random.random() < 0.3
        prompt = f"shared {self.random.randrange(SHARED_DATA_SETS)}" if is_shared else f"question of {model_id}"
        self.expectations.prompts[model_id] = prompt
        name = f"made in {self.life}"
        self.expectations.sent(model_id, name)
        answer = self.send("POST", f"tunedModels?tunedModelId={model_id}", create_body(name, prompt))
        self.expectations.saw_operation(answer.get("name"))
        self.expectations.answered(model_id, "create")
        self.mine.append(model_id)

    def patch(self, model_id):
        name = f"patched in {self.life} {self.random.randrange(10**6)}"
        self.expectations.sent(model_id, name)
        self.send("PATCH", f"tunedModels/{model_id}?updateMask=displayName", {"displayName": name})
        self.expectations.answered(model_id, "patch")

    def delete(self, model_id):
        self.expectations.sent(model_id, None)
        self.mine.remove(model_id)
        self.send("DELETE", f"tunedModels/{model_id}")
        self.expectations.answered(model_id, "delete")

    def send(self, method, path, body=None, root="/v1beta/"):
        status, answer = self.client.request(method, path, body, root)
        if status != 200:
            self.expectations.complain(f"{method} {path} was answered with {status}: {answer}")
            raise NoAnswer("unexpected status")
        return answer


# A tuning job is a row of the models, too, but has neither.
IS_NO_JOB = "model.id NOT LIKE 'tuningJobs/%'"
# Each finds nothing in a file that is whole.
QUERIES = {
    "a model without its operation":
        "SELECT model.id FROM model LEFT JOIN operation USING (namespace_id, model_seq) WHERE operation.id IS NULL"
        f" AND {IS_NO_JOB}",
    "a model without its owner":
        f"SELECT id FROM model WHERE (SELECT count(*) FROM permission AS p WHERE p.namespace_id = model.namespace_id"
        f" AND p.model_seq = model.model_seq AND role = {OWNER}) <> 1 AND {IS_NO_JOB}",
    "a model without its examples":
        "SELECT id FROM model LEFT JOIN data_set USING (data_set_id) WHERE data_set.bytes IS NULL",
    "examples without a model":
        "SELECT name FROM data_set WHERE data_set_id NOT IN (SELECT data_set_id FROM model)",
    "a number above the last one":
        "SELECT id FROM model LEFT JOIN numbering USING (namespace_id) WHERE last_seq IS NULL OR model_seq > last_seq",
}


def check_copy(path, folder):
    """Checks a copy of what the killed server left, as SQLite recovers it. Returns what is wrong with it."""
    copy = os.path.join(folder, "copy.db")
    for suffix in ("", "-wal", "-shm", "-journal"):
        with contextlib.suppress(FileNotFoundError):
            os.unlink(copy + suffix)
        # Without -shm, which is made anew from the WAL.
        if suffix != "-shm" and os.path.exists(path + suffix):
            shutil.copyfile(path + suffix, copy + suffix)
    problems = []
    with contextlib.closing(sqlite3.connect(copy)) as database:
        result = database.execute("PRAGMA integrity_check").fetchall()
        if result != [("ok",)]:
            problems.append(f"integrity_check says {result}")
        if database.execute("PRAGMA foreign_key_check").fetchall():
            problems.append("foreign_key_check finds rows")
        if database.execute("PRAGMA user_version").fetchone() == (0,):
            return problems  # killed before it had tables
        for problem, query in QUERIES.items():
            rows = database.execute(query).fetchall()
            if rows:
                problems.append(f"{problem}: {rows}")
    return problems


def list_models(client):
    found, token = {}, ""
    while True:
        status, page = client.request("GET", f"tunedModels?pageSize=1000&pageToken={token}")
        if status != 200:
            raise NoAnswer(f"list was answered with {status}")
        found.update((model["name"].removeprefix("tunedModels/"), model["displayName"])
                     for model in page.get("tunedModels", []))
        token = page.get("nextPageToken", "")
        if not token:
            return found


def check_model(client, model_id, prompt):
    """Checks through the API that a model is whole: operation, permission, examples."""
    name = f"tunedModels/{model_id}"
    status, operations = client.request("GET", f"{name}/operations")
    if status != 200 or len(operations.get("operations", [])) != 1:
        return f"{name}/operations is {status} {operations}"
    status, permissions = client.request("GET", f"{name}/permissions")
    if status != 200 or [p.get("role") for p in permissions.get("permissions", [])] != ["OWNER"]:
        return f"{name}/permissions is {status} {permissions}"
    status, answer = client.request("POST", f"{name}:generateContent", {"contents": [{"parts": [{"text": prompt}]}]})
    text = answer["candidates"][0]["content"]["parts"][0]["text"] if status == 200 else None
    if text != f"answer to {prompt}":
        return f"{name} answers {prompt!r} with {status} {answer}"
    return None


def list_jobs(client):
    found, token = set(), ""
    while True:
        status, page = client.request("GET", f"tuningJobs?pageSize=100&pageToken={token}", root=VERTEX)
        if status != 200:
            raise NoAnswer(f"list of jobs was answered with {status}")
        found.update(job["name"].rpartition("/")[2] for job in page.get("tuningJobs", []))
        token = page.get("nextPageToken", "")
        if not token:
            return found


def check_job(client, job, descriptions):
    """Checks that an acknowledged job is whole: its model with one of these descriptions, its endpoint, its data.

    Returns what is wrong, and the description.
    """
    status, answer = client.request("GET", f"tuningJobs/{job}", root=VERTEX)
    if status != 200 or answer["state"] != "JOB_STATE_SUCCEEDED":
        return f"tuningJobs/{job} is {status} {answer}", None
    tuned = answer["tunedModel"]
    status, model = client.request("GET", tuned["model"], root="/v1/")
    if status != 200 or model.get("description") not in descriptions:
        return f"the model of tuningJobs/{job} is {status} {model} and may be {descriptions} only", None
    contents = {"contents": [{"role": "user", "parts": [{"text": PROMPT}]}]}
    status, answer = client.request("POST", f"{tuned['endpoint']}:generateContent", contents, "/v1/")
    text = answer["candidates"][0]["content"]["parts"][0]["text"] if status == 200 else None
    if text != ANSWER:
        return f"{tuned['endpoint']} answers with {status} {answer}", None
    return None, model.get("description")


class Campaign:
    def __init__(self, folder, seed, log):
        self.folder = folder
        self.path = os.path.join(folder, "state.db")
        self.random = random.Random(seed)
        self.log = log
        self.expectations = Expectations()
        self.lost = 0
        self.checked = 0
        self.jobs_checked = 0

    def compare(self, port):
        """What the restarted server has, against what it acknowledged."""
        client = Client(port)
        found = list_models(client)
        self.lost += self.expectations.settle(found)
        for model_id in sorted(self.expectations.touched & set(found)):
            problem = check_model(client, model_id, self.expectations.prompts[model_id])
            if problem:
                self.expectations.complain(problem)
        self.checked += len(found)
        self.expectations.touched.clear()
        self.compare_jobs(client)
        client.close()

    def compare_jobs(self, client):
        """Each acknowledged job must be there; one whose answer never came is whole, or is not there."""
        expected = self.expectations.jobs
        found = list_jobs(client)
        for job in sorted(set(expected) | found):
            problem, description = check_job(client, job, expected.get(job, [None]))
            if job in found and not problem:
                expected[job] = [description]
            else:
                self.expectations.complain(problem or f"the list has no tuningJobs/{job}")
                expected.pop(job, None)
                self.lost += 1
        self.jobs_checked += len(found)

    def serve(self, life, stops):
        """A start, a comparison with the life before, traffic, and a kill: in the middle of it, or of the stop."""
        server = Server(self.path, self.log)
        try:
            if not server.wait_until_ready():
                self.expectations.complain("the server did not start again")
                return
            self.compare(server.port)
            workers = [Worker(i, life, server.port, self.expectations, self.random.random()) for i in range(THREADS)]
            for worker in workers:
                worker.start()
            time.sleep(self.random.uniform(0, TRAFFIC_SECONDS_MAX))
            if stops:
                server.terminate()
                time.sleep(self.random.uniform(0, STOP_SECONDS_MAX))
        finally:
            server.kill()
        for worker in workers:
            worker.join()

    def start_only(self):
        """A start that is killed before it has come far."""
        server = Server(self.path, self.log)
        time.sleep(self.random.uniform(0, START_SECONDS_MAX))
        server.kill()

    def start_new_file(self):
        """Leaves the file of the lives before: a new one is made and killed on the way."""
        self.path = os.path.join(self.folder, f"state-{self.random.randrange(10**9)}.db")
        expectations = Expectations()
        expectations.acknowledged = self.expectations.acknowledged
        expectations.unanswered = self.expectations.unanswered
        self.expectations = expectations
        self.start_only()

    def finish(self):
        """The comparison that the last life still lacks. Returns what went wrong."""
        server = Server(self.path, self.log)
        try:
            if server.wait_until_ready():
                self.compare(server.port)
            else:
                self.expectations.complain("the server did not start again")
        finally:
            server.kill()
        return self.expectations.problems

    def round(self, life):
        """One life of the server. Returns what went wrong."""
        if life % 20 == 19:
            self.start_new_file()
        elif life % 10 == 4:
            self.start_only()
        else:
            self.serve(life, stops=life % 10 == 9)
        problems = self.expectations.problems
        self.expectations.problems = []
        return problems + (check_copy(self.path, self.folder) if os.path.exists(self.path) else [])


def main():
    parser = argparse.ArgumentParser(description="Kill the server at random moments and check what it kept.")
    parser.add_argument("--rounds", type=int, default=220)
    parser.add_argument("--seconds", type=float, default=300, help="give up after this long")
    parser.add_argument("--seed", type=int, default=random.randrange(10**9), help="of what the clients do and when")
    options = parser.parse_args()
    print(f"# seed {options.seed}", flush=True)

    deadline = time.monotonic() + options.seconds
    passed = failed = 0
    with tempfile.TemporaryDirectory(prefix="tunemock-crash-") as folder, \
            open(os.path.join(folder, "log"), "w+b") as log:
        campaign = Campaign(folder, options.seed, log)
        for life in range(options.rounds):
            if time.monotonic() > deadline:
                print(f"# only {life} of {options.rounds} rounds in {options.seconds} seconds")
                failed += 1
                break
            try:
                problems = campaign.round(life)
            except (NoAnswer, sqlite3.Error) as error:
                problems = [repr(error)]
            for problem in problems:
                print(f"# round {life}: {problem}", flush=True)
            passed += not problems
            failed += bool(problems)
        for problem in campaign.finish():
            print(f"# at the end: {problem}")
            failed += 1
        log.seek(0)
        said = log.read().decode(errors="replace")
    if failed and said:
        print("# the server said:", *said.splitlines()[-20:], sep="\n# ")

    counts = campaign.expectations.acknowledged
    print(f"rounds {passed + failed}")
    print(f"acknowledged creates {counts['create']}, patches {counts['patch']}, deletes {counts['delete']}")
    print(f"acknowledged creates of tuning jobs {counts['create of a job']}, patches of their models "
          + str(counts["patch of a job's model"]))
    print(f"unanswered writes {campaign.expectations.unanswered}")
    print(f"models compared after restarts {campaign.checked}")
    print(f"tuning jobs compared after restarts {campaign.jobs_checked}")
    print(f"lost {campaign.lost}")
    print(f"{passed} passed, {failed} failed")
    return 1 if failed or not passed else 0


if __name__ == "__main__":
    sys.exit(main())
