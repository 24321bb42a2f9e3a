#!/usr/bin/env python3
"""SIGKILL at random points of create, run, exec and delete, each followed by delete --force: nothing may remain.

kill_points.py RUNTIME BUNDLE STATE ID COUNT [SEED]

With UNIT in the environment the runtime is called with --systemd-cgroup, and no such unit may remain either.
The program is a subreaper: whatever the killed runtime leaves comes to it, so that no process can hide. Prints the seed,
and one line for each thing that remained; exit 1 if there was any.
"""
import ctypes
import os
import random
import signal
import subprocess
import sys
import tempfile
import time

runtime, bundle, state, name, count = sys.argv[1:6]
unit = os.environ.get("UNIT")
manager = ["--systemd-cgroup"] if unit else []
seed = int(sys.argv[6]) if len(sys.argv) > 6 else int(time.time())
random.seed(seed)
print(f"seed {seed}", flush=True)
ctypes.CDLL(None).prctl(36, 1, 0, 0, 0)  # PR_SET_CHILD_SUBREAPER


# A file, not a pipe: the container inherits it, and a pipe would end only with the container.
errors = tempfile.TemporaryFile()
nothing = os.open("/dev/null", os.O_RDWR)
ended = {}  # pid: wait status


def reap():
    """As an engine's monitor must: a zombie inside a pid namespace, whose parent is outside, keeps the namespace's init."""
    try:
        while True:
            pid, status = os.waitpid(-1, os.WNOHANG)
            if not pid:
                return True
            ended[pid] = status
    except ChildProcessError:
        return False  # no child is left


def start(*words):
    errors.truncate(0)
    errors.seek(0)
    streams = [(os.POSIX_SPAWN_DUP2, nothing, 0), (os.POSIX_SPAWN_DUP2, nothing, 1), (os.POSIX_SPAWN_DUP2, errors.fileno(), 2)]
    return os.posix_spawn(runtime, [runtime, "--root", state, *manager, *words], os.environ, file_actions=streams)


def finish(pid):
    deadline = time.monotonic() + 30
    while pid not in ended:
        reap()
        if time.monotonic() > deadline:
            os.kill(pid, signal.SIGKILL)
            return -1, "hung for 30 seconds"
        time.sleep(0.0005)
    errors.seek(0)
    return os.waitstatus_to_exitcode(ended.pop(pid)), errors.read().decode(errors="replace")


def call(*words):
    return finish(start(*words))


def remains():
    """What is there that should not be, after everything had five seconds to end."""
    found = []
    deadline = time.monotonic() + 5
    while True:
        found = []
        if reap():
            found.append("a process: " + ", ".join(children()))
        if unit and subprocess.run(["systemctl", "is-active", "-q", unit], check=False).returncode == 0:
            found.append(f"an active unit: {unit}")
        if unit and subprocess.run(["systemctl", "is-failed", "-q", unit], check=False).returncode == 0:
            found.append(f"a failed unit: {unit}")
        if not found or time.monotonic() > deadline:
            break
        time.sleep(0.01)
    if os.path.isdir(state):
        found += [f"state: {entry}" for entry in os.listdir(state) if not entry.startswith("@")]
    for directory in cgroups():
        found.append(f"cgroup: {directory}")
    with open("/proc/self/mountinfo") as mounts:
        found += [f"mount: {line.split()[4]}" for line in mounts if bundle in line or state in line]
    return found


def children():
    listing = subprocess.run(["ps", "-o", "pid=,args=", "--ppid", str(os.getpid())], capture_output=True, text=True)
    return [line.strip() for line in listing.stdout.splitlines() if " ps " not in line and not line.strip().endswith(" ps")]


def cgroups():
    wanted = (name, unit)
    return [above + "/" + each for above, below, _ in os.walk("/sys/fs/cgroup") for each in below if each in wanted]


def clean(what):
    code, error = call("delete", "--force", name)
    left = remains()
    if code != 0:
        left.append(f"delete --force: {code} {error.strip()}")
    for line in left:
        print(f"{what}: {line}", flush=True)
    if left:  # so that one failure is not told two hundred times
        for directory in cgroups():
            for sub, _, _ in os.walk(directory, topdown=False):
                try:
                    with open(os.path.join(sub, "cgroup.procs")) as processes:
                        for pid in processes.read().split():
                            os.kill(int(pid), signal.SIGKILL)
                    time.sleep(0.05)
                    os.rmdir(sub)
                except OSError:
                    pass
        for child in children():
            os.kill(int(child.split()[0]), signal.SIGKILL)
        subprocess.run(["rm", "-rf", os.path.join(state, name)], check=False)
    return not left


def prepare(operation):
    if operation in ("exec", "delete"):
        code, error = call("run", "--detach", "--bundle", bundle, name)
        assert code == 0, error
    if operation == "delete":
        call("kill", name, "KILL")


OPERATIONS = {
    "create": ["create", "--bundle", bundle, name],
    "run": ["run", "--detach", "--bundle", bundle, name],
    "exec": ["exec", name, "true"],
    "delete": ["delete", "--force", name],
}

usual = {}
for operation, words in OPERATIONS.items():
    prepare(operation)
    begin = time.monotonic()
    code, error = call(*words)
    usual[operation] = time.monotonic() - begin
    assert code == 0, f"{operation}: {error}"
    clean(operation)

good = True
points = []
for number in range(int(count)):
    operation = list(OPERATIONS)[number % len(OPERATIONS)]
    prepare(operation)
    delay = random.uniform(0, 1.2 * usual[operation])
    process = start(*OPERATIONS[operation])
    time.sleep(delay)
    reap()
    points.append(process in ended)
    if process not in ended:
        os.kill(process, signal.SIGKILL)
    finish(process)
    good &= clean(f"{operation} killed after {delay * 1000:.2f} ms of {usual[operation] * 1000:.1f}")
print(f"{count} kills, {points.count(False)} before the end", flush=True)
sys.exit(0 if good else 1)
