#!/usr/bin/env python3
"""Many containers through containerd and podman, some of them and some of the runtime's own processes killed, and nothing left.

Started by `tests/engines/run --soak`, in its namespaces. RUNTIME, WORK and HERE are set by it; the arguments are COUNT, PARALLEL
and the SECONDS after which no more is started.

Each container ends in one of the ways of WAYS and must end with that way's status, unless the runtime was killed while it worked for
that very container: then any status will do, but what is left must go when the engine is asked to remove it.
"""
import collections
import concurrent.futures
import os
import random
import re
import subprocess
import sys
import threading
import time

RUNTIME, WORK, HERE = os.environ["RUNTIME"], os.environ["WORK"], os.environ["HERE"]
IMAGE = "docker.io/library/minc-engines:1"
PODMAN = ["podman", "--root", WORK + "/podman", "--runroot", WORK + "/podman-run", "--tmpdir", WORK + "/podman-tmp",
          "--cgroup-manager=cgroupfs", "--events-backend=file", "--runtime", RUNTIME]
ADDRESS = WORK + "/containerd.sock"
CTR = ["ctr", "--address", ADDRESS]
WAYS = ["exits", "exits", "exits", "killed by the engine", "killed by the host"]
PATIENCE = 240  # seconds for one command: with fifty at once on few processors an engine is slow


def file_text(path):
    try:
        with open(path) as file:
            return file.read()
    except FileNotFoundError:
        return ""


def unlink(path):
    try:
        os.unlink(path)
    except FileNotFoundError:
        pass


def wait_for_end(pid):
    """A container's first process is its shim's or conmon's child, who reaps it."""
    for _ in range(PATIENCE * 20):
        if not os.path.exists("/proc/%d" % pid):
            break
        time.sleep(0.05)


def run(argv):
    return subprocess.run(argv, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=PATIENCE)


def arguments(pid):
    return file_text("/proc/%s/cmdline" % pid).split("\0")[:-1]


def parent(pid):
    return file_text("/proc/%s/stat" % pid).rpartition(")")[2].split()[1]


def processes(matches):
    """[(pid, its arguments)] of those whose executable file matches."""
    found = []
    for entry in os.listdir("/proc"):
        if entry.isdigit():
            try:
                if matches(os.readlink("/proc/%s/exe" % entry)):
                    found.append((int(entry), arguments(entry)))
            except (FileNotFoundError, ProcessLookupError):
                pass
    return found


class Killer(threading.Thread):
    """SIGKILLs a process of the runtime now and then, and knows for which container it was at work."""

    def __init__(self):
        super().__init__(daemon=True)
        self.hit, self.kills, self.done = set(), 0, threading.Event()
        self.names, self.excused = set(), []  # of the containers that were hit; what became of them

    def run(self):
        while not self.done.wait(random.uniform(0.2, 1.0)):
            victims = processes(lambda path: path == RUNTIME)
            if victims:
                pid, argv = random.choice(victims)
                self.hit.update(argv)  # the id is one of them; podman's and conmon's words have the name
                try:
                    self.hit.update(arguments(parent(pid)))
                    os.kill(pid, 9)
                    self.kills += 1
                except (IndexError, ProcessLookupError):  # it has just ended
                    pass


class Containerd:
    name, state, removes = "containerd", "/run/containerd/runc/default", True

    def start(self):
        with open(WORK + "/containerd.toml", "w") as file:
            file.write('version = 2\nroot = "%s/containerd"\nstate = "/run/containerd"\ndisabled_plugins = ["io.containerd.grpc.v1.cri"]\n'
                       '[grpc]\n  address = "%s"\n' % (WORK, ADDRESS))
        self.daemon = subprocess.Popen(["containerd", "--config", WORK + "/containerd.toml"], stdout=open(WORK + "/containerd.log", "w"),
                                       stderr=subprocess.STDOUT)
        for _ in range(200):
            if run(CTR + ["version"]).returncode == 0:
                break
            time.sleep(0.1)
        done = run(CTR + ["image", "import", WORK + "/image.tar"])
        if done.returncode:
            sys.exit("no containerd: " + done.stdout)

    def make(self, name, command, hold):
        options = ["--runtime", "io.containerd.runc.v2", "--runc-binary", RUNTIME]
        options += ["-d", "--pid-file", WORK + "/pid-" + name] if hold else ["--rm"]
        return run(CTR + ["run"] + options + [IMAGE, name] + command)

    def identity(self, name):
        return name

    def kill(self, name):
        return run(CTR + ["task", "kill", "-s", "KILL", name]).returncode == 0

    def status(self, name):  # and away with it
        for _ in range(50):
            done = run(CTR + ["task", "rm", name])  # ctr's own status is 0; it warns of the task's
            code = re.search(r"exit code (\d+)", done.stdout)
            if code:
                return int(code[1])
            if done.returncode == 0:
                return 0
            time.sleep(0.1)  # containerd has not heard of the end yet
        raise ValueError(done.stdout)

    def remove_ended(self, name):
        return run(CTR + ["container", "rm", name]).returncode == 0

    def remove(self, name):
        run(CTR + ["task", "kill", "-s", "KILL", "-a", name])
        run(CTR + ["task", "rm", "-f", name])
        run(CTR + ["container", "rm", name])
        return name not in self.known()

    def known(self):
        return run(CTR + ["container", "ls", "-q"]).stdout.split()

    def stop(self):
        self.daemon.terminate()
        self.daemon.wait(30)


class Podman:
    name, state, removes = "podman", "/run/minc-oci", False

    def start(self):
        done = run(PODMAN + ["load", "-q", "-i", WORK + "/image.tar"])
        if done.returncode:
            sys.exit("no podman: " + done.stdout)

    def make(self, name, command, hold):
        options = ["--network=none", "--ulimit=nofile=1024:4096", "--ulimit=nproc=4096:4096", "--name", name, "--cidfile", WORK + "/cid-" + name]
        options += ["-d", "--pidfile", WORK + "/pid-" + name] if hold else []  # with --rm the cidfile would go, too
        return run(PODMAN + ["run"] + options + [IMAGE] + command)

    def identity(self, name):
        return file_text(WORK + "/cid-" + name)

    def kill(self, name):
        return run(PODMAN + ["kill", name]).returncode == 0

    def status(self, name):
        for _ in range(10):
            said = run(PODMAN + ["wait", name]).stdout
            code = re.search(r"^(\d+)$", said, re.MULTILINE)
            if not code:  # podman's own: "no such exit code (container in state exited)", though it has one
                said += run(PODMAN + ["inspect", "-f", "{{.State.Status}} {{.State.ExitCode}}", name]).stdout
                code = re.search(r"^exited (\d+)$", said, re.MULTILINE)
            if code:
                return int(code[1])
            time.sleep(0.2)
        raise ValueError(said)

    def remove_ended(self, name):
        return run(PODMAN + ["rm", name]).returncode == 0

    def remove(self, name):
        run(PODMAN + ["rm", "-f", "-t", "0", name])
        return run(PODMAN + ["container", "exists", name]).returncode != 0

    def known(self):
        return run(PODMAN + ["ps", "--all", "--format", "{{.Names}}"]).stdout.split()

    def stop(self):
        pass


def engine_of(engines, number):
    """One in four is podman's: it takes three times the processor that containerd does."""
    return engines[1 if number % 4 == 0 else 0]


def play(engine, name, way):
    """'' when it ended as it should, else what it did."""
    wanted, hold = random.randrange(64, 96), way != "exits"
    made = engine.make(name, ["sleep", "1000"] if hold else ["sh", "-c", "exit %d" % wanted], hold)
    status, output = made.returncode, made.stdout
    if hold and status == 0:
        wanted, pid = 137, int(file_text(WORK + "/pid-" + name))
        if way == "killed by the engine":
            any(engine.kill(name) for _ in range(5))  # the runtime may be killed in the middle of it
        else:
            os.kill(pid, 9)
        wait_for_end(pid)
        status = engine.status(name)
    return "" if status == wanted else "status %s, not %d: %s" % (status, wanted, output.strip()[-300:])


def one_life(engine, number, killer):
    """'' when all was as it should be, else what was not."""
    name, way = "s%d" % number, random.choice(WAYS)
    try:
        trouble = play(engine, name, way)
    except (subprocess.TimeoutExpired, ProcessLookupError, ValueError) as error:
        trouble = str(error)
    identity = engine.identity(name)  # podman takes its file away with the container
    gone = not trouble and (engine.removes and way == "exits" or engine.remove_ended(name)) or any(engine.remove(name) for _ in range(3))
    if identity in killer.hit or name in killer.hit:
        killer.names.add(name)
    unlink(WORK + "/pid-" + name)
    unlink(WORK + "/cid-" + name)
    trouble = trouble and "%s %s, %s: %s" % (engine.name, name, way, trouble)
    if not gone:
        return "lost: " + (trouble or "%s %s" % (engine.name, name))
    if trouble and name in killer.names:
        killer.excused.append(trouble)
        return ""
    return trouble


def snapshot(engines):
    """What must be the same before and after."""
    groups = sorted(os.path.join(top, name) for top, names, _ in os.walk("/sys/fs/cgroup") for name in names)
    with open("/proc/self/mountinfo") as file:
        mounts = sorted(line.split()[4] for line in file)
    states = {engine.state: sorted(name for name in os.listdir(engine.state) if not name.startswith("@"))
              if os.path.isdir(engine.state) else [] for engine in engines}
    daemons = [engine.daemon.pid for engine in engines if engine.name == "containerd"]
    others = sorted(" ".join(argv)[:200] for pid, argv in processes(lambda path: True) if pid not in daemons + [os.getpid(), 1])
    return {"cgroups": groups, "mounts": mounts, "state": states, "processes": others,
            "containers": {engine.name: engine.known() for engine in engines},
            "network namespaces": sorted(os.listdir("/run/netns")) if os.path.isdir("/run/netns") else []}


def weight(engine):
    pid = engine.daemon.pid
    with open("/proc/%d/status" % pid) as file:
        resident = next(int(line.split()[1]) for line in file if line.startswith("VmRSS"))
    return {"descriptors": len(os.listdir("/proc/%d/fd" % pid)), "resident KiB": resident}


def differences(before, after):
    for what in before:
        old, new = before[what], after[what]
        if isinstance(old, dict):
            yield from differences(old, new)
        else:
            rest = collections.Counter(new) - collections.Counter(old)
            if rest:
                yield "%s left: %s" % (what, ", ".join(sorted(rest))[:2000])


def main():
    wanted, parallel, seconds = (int(word) for word in sys.argv[1:4])
    subprocess.run([HERE + "/make_image.py", IMAGE, WORK + "/image.tar"], check=True)
    engines = [Containerd(), Podman()]
    for engine in engines:
        engine.start()
    quiet = Killer()
    with concurrent.futures.ThreadPoolExecutor(parallel) as pool:  # caches, lock files, pools: what the first ones leave on purpose
        for trouble in pool.map(lambda number: one_life(engine_of(engines, number), -number - 1, quiet), range(parallel)):
            if trouble:
                sys.exit("before anything was killed: " + trouble)
    before, light = snapshot(engines), weight(engines[0])
    killer = Killer()
    killer.start()
    began, troubles, count = time.monotonic(), [], 0

    def next_life(number):
        return None if time.monotonic() - began > seconds else one_life(engine_of(engines, number), number, killer)

    with concurrent.futures.ThreadPoolExecutor(parallel) as pool:
        for number, trouble in enumerate(pool.map(next_life, range(wanted))):
            count += trouble is not None
            if trouble:
                troubles.append(trouble)
                print(trouble, flush=True)
            if trouble is not None and number % 250 == 249:
                print("# %d containers, %d s" % (number + 1, time.monotonic() - began), flush=True)
    took = time.monotonic() - began
    killer.done.set()
    killer.join()
    for engine in engines:  # the runtime was killed while the engine removed it (--rm)
        for name in killer.names.intersection(engine.known()):
            engine.remove(name)
    forgotten, states = [], snapshot(engines)["state"]
    for engine in engines:  # an engine does not know that a create which failed may have begun something: delete --force does
        for entry in set(states[engine.state]) - set(before["state"][engine.state]):
            if entry in killer.hit:
                forgotten.append(entry)
                done = run([RUNTIME, "--root", engine.state, "delete", "--force", entry])
                if done.returncode:
                    troubles.append("delete --force %s: %s" % (entry, done.stdout.strip()))
    left = []
    for _ in range(100):  # shims and conmon end a moment after their containers
        after = snapshot(engines)
        left = list(differences(before, after))
        if not left:
            break
        time.sleep(0.2)
    heavy = weight(engines[0])
    if heavy["descriptors"] > light["descriptors"] + 20:
        left.append("containerd: %d descriptors, %d before" % (heavy["descriptors"], light["descriptors"]))
    for engine in engines:
        engine.stop()
    print("%d containers, %d at once, in %d s; the runtime was killed %d times, %d containers failed for it and were removed, "
          "%d of them by delete --force" % (count, parallel, took, killer.kills, len(killer.excused), len(forgotten)))
    if count < wanted:
        left.append("after %d s only %d of %d containers were started" % (seconds, count, wanted))
    print("containerd: %s, before %s" % (heavy, light))
    for line in left:
        print(line)
    print("%d passed, %d failed" % (count - len(troubles), len(troubles) + len(left)))
    sys.exit(1 if troubles or left else 0)


if __name__ == "__main__":
    main()
