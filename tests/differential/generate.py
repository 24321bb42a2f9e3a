"""Configs: the default spec with one to four variations, drawn from the tables of vary_*.py. Same seed and number, same config."""
import random

import bundle

# (chapter, weight, function): filled by the decorator below. A function changes the config and returns the words for it.
TABLE = []


def variation(chapter, weight=2):
    def register(function):
        TABLE.append((chapter, weight, function))
        return function

    return register


class Config:
    """One bundle to be played, and how."""

    def __init__(self, number, seed):
        self.number, self.seed = number, seed
        self.spec = bundle.base()
        self.words = []  # what was varied
        self.look = []  # lines of /look
        self.prepare = []  # functions of the root file system's path
        self.owner = 0  # shift of the owners in the root file system
        self.joined = []  # kinds of namespaces that something else holds
        self.edits = []  # functions of config.json's text
        self.needs_source = False
        self.flags = []  # of create and run
        self.way = "run"  # run, detached, lifecycle, terminal
        self.exec = None  # words of an exec (after the options), or a process document

    @property
    def process(self):
        return self.spec.setdefault("process", {})

    @property
    def linux(self):
        return self.spec.setdefault("linux", {})

    @property
    def resources(self):
        return self.linux.setdefault("resources", {})

    @property
    def mounts(self):
        return self.spec.setdefault("mounts", [])

    def mount_on(self, destination):
        return next((entry for entry in self.mounts if entry.get("destination") == destination), None)

    def has_namespace(self, kind):
        return any(entry.get("type") == kind for entry in self.linux.get("namespaces") or [])

    def source(self, path):
        """A path of the host that bundle.py makes."""
        self.needs_source = True
        return f"@DIR@/source/{path}"

    def text(self):
        text = bundle.to_text(self.spec)
        for edit in self.edits:
            text = edit(text)
        return text

    def __str__(self):
        return f"{self.number} ({self.way}): " + "; ".join(self.words)


def generate(seed, number, only=None):
    """Config `number` of a seed. `only`: the variations in these places alone, to find the one that matters."""
    draw = random.Random(f"{seed}/{number}")
    config = Config(number, seed)
    config.way = draw.choices(["run", "lifecycle", "detached", "terminal"], [4, 5, 2, 1])[0]
    config.spec["linux"]["cgroupsPath"] = "/@NAME@"
    chapters = sorted({chapter for chapter, _, _ in TABLE})
    for place in range(draw.choices([1, 2, 3, 4], [2, 4, 3, 2])[0]):
        chapter = draw.choices(chapters, [WEIGHTS.get(name, 2) for name in chapters])[0]
        rows = [(weight, function) for name, weight, function in TABLE if name == chapter]
        function = draw.choices([row[1] for row in rows], [row[0] for row in rows])[0]
        own = random.Random(draw.random())  # so that without one of them the others stay as they are
        if only is None or place in only:
            try:
                config.words.append(f"{chapter}: {function(config, own)}")
            except (KeyError, TypeError, AttributeError, IndexError):
                config.words.append(f"{chapter}: {function.__name__} does not go with the others")
    if config.way == "terminal":
        config.process["terminal"] = True
    if config.way in ("lifecycle", "detached") and config.exec is None and draw.random() < 0.5:
        config.exec = ["/probe", "3"]
    return config


WEIGHTS = {
    "mounts": 8,
    "process": 6,
    "namespaces": 4,
    "user namespace": 3,
    "resources": 6,
    "devices": 3,
    "paths": 2,
    "sysctl": 2,
    "names": 1,
    "root": 2,
    "seccomp": 3,
    "hooks": 3,
    "annotations": 1,
    "cgroup": 2,
    "document": 1,
    "options": 2,
    "exec": 3,
}

from vary_mounts import *  # noqa: E402,F401,F403  (they register themselves)
from vary_process import *  # noqa: E402,F401,F403
from vary_linux import *  # noqa: E402,F401,F403
from vary_resources import *  # noqa: E402,F401,F403
from vary_rest import *  # noqa: E402,F401,F403
