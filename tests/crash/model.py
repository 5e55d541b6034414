"""What the server's state may be, as far as its answers tell."""
import threading


class Expectations:
    """For each model id, the states that it may be in: one if the last write was answered, two if it was not.

    A state is the model's display name, or None if the model does not exist. Each id is used by one thread at a time;
    the dictionary and the counts are shared.
    """

    def __init__(self):
        self._lock = threading.Lock()
        self.possible = {}
        self.jobs = {}
        self.prompts = {}
        self.touched = set()
        self.acknowledged = {"create": 0, "patch": 0, "delete": 0, "create of a job": 0,
                             "patch of a job's model": 0}
        self.unanswered = 0
        self.operations = set()
        self.problems = []

    def sent(self, model_id, state):
        """A write is on its way that leads to this state."""
        with self._lock:
            self.possible[model_id] = [self.possible.get(model_id, [None])[0], state]
            self.touched.add(model_id)

    def answered(self, model_id, kind):
        """The write that was sent last has been acknowledged."""
        with self._lock:
            self.possible[model_id] = self.possible[model_id][1:]
            self.acknowledged[kind] += 1

    def job_sent(self, job, description):
        """A patch is on its way that leads to this description of the model that a tuning job has made."""
        with self._lock:
            self.jobs[job] = [self.jobs[job][0], description]

    def job_answered(self, job, kind, description):
        """The create or the patch has been acknowledged."""
        with self._lock:
            self.jobs[job] = [description]
            self.acknowledged[kind] += 1

    def lost(self):
        """A write will never be answered: the server is dead."""
        with self._lock:
            self.unanswered += 1

    def saw_operation(self, name):
        """An operation's name is made of a number that must never be drawn twice."""
        with self._lock:
            if name in self.operations:
                self.problems.append(f"{name} was given to two models")
            self.operations.add(name)

    def complain(self, problem):
        with self._lock:
            self.problems.append(problem)

    def settle(self, found):
        """Compares with the display names found by id, and from now on expects what was found."""
        lost = 0
        for model_id in sorted(set(self.possible) | set(found)):
            states = self.possible.get(model_id, [None])
            state = found.get(model_id)
            if state not in states:
                lost += 1
                self.problems.append(f"{model_id} is {state!r} and may be {states!r} only")
            if state is None:
                self.possible.pop(model_id, None)
            else:
                self.possible[model_id] = [state]
        return lost
