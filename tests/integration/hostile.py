#!/usr/bin/env python3
"""Root file systems that lie. hostile.py PART RUNTIME BUNDLE STATE ID [SECONDS]

The bundle is one of the integration tests': busybox and a default config.json. Each case puts one hostile thing in the place of
something that the runtime looks up, runs it, and takes it away again. Right is: it ends in time, inside the container or refused
in one line; and the host is as it was. The host is a tree beside the bundle that every link leads to, and what the kernel shows
of mounts, control groups and processes of ours.

PART: run      every shape of every object, `run`
      exec     the same for what `exec` looks up in a container that runs
      races    the object and its evil twin change places all the time, while containers are made for SECONDS
      exec-races
      list     prints the matrix
"""
import ctypes
import hashlib
import itertools
import json
import os
import random
import shutil
import socket
import stat
import subprocess
import sys
import time

PART, RUNTIME, BUNDLE, STATE, ID = sys.argv[1:6] if len(sys.argv) > 5 else (sys.argv[1], "", "/nowhere/bundle", "", "")
SECONDS = float(sys.argv[6]) if len(sys.argv) > 6 else 2.0
ROOTFS = BUNDLE + "/rootfs"
HOST = os.path.dirname(BUNDLE) + "/host"  # what may not change
SOURCES = os.path.dirname(BUNDLE) + "/sources"  # what is bound into the container
PATIENCE = 60


# ---- the shapes -----------------------------------------------------------------------------------------------------------------
def device(kind, major, minor):
    return lambda path: os.mknod(path, kind | 0o666, os.makedev(major, minor))


def unix_socket(path):
    name = os.path.join(os.path.dirname(BUNDLE), "s")  # a socket's path must be short
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(name)
    listener.close()
    os.rename(name, path)


def huge(path):
    with open(path, "wb") as file:
        file.write(b"x" * 100_000 + b"\n" + b"root:x:0:0:root:/:/bin/sh\n" * 1000)
        file.truncate(64 << 30)  # sparse


def directory(path):
    os.mkdir(path)
    os.mkdir(path + "/full")


UP = "../" * 24
SHAPES = {
    "absolute link to a directory": lambda path: os.symlink(HOST + "/directory", path),
    "absolute link to a file": lambda path: os.symlink(HOST + "/file", path),
    "relative link to a directory": lambda path: os.symlink(UP + HOST[1:] + "/directory", path),
    "relative link to a file": lambda path: os.symlink(UP + HOST[1:] + "/file", path),
    "link through /proc": lambda path: os.symlink("/proc/1/root" + HOST + "/directory", path),
    "link through a descriptor": lambda path: os.symlink("/proc/self/fd/3/../../.." + HOST + "/directory", path),
    "dangling link": lambda path: os.symlink(HOST + "/missing", path),
    "dangling link to a path": lambda path: os.symlink(HOST + "/directory/a/b/c", path),
    "dangling relative link": lambda path: os.symlink(UP + HOST[1:] + "/directory/missing", path),
    "looping link": lambda path: os.symlink(os.path.basename(path), path),
    "link to the root": lambda path: os.symlink("/", path),
    "link to the parent": lambda path: os.symlink("..", path),
    "long link": lambda path: os.symlink("a/" * 2000 + "b", path),
    "fifo": lambda path: os.mkfifo(path, 0o666),
    "character device": device(stat.S_IFCHR, 1, 5),  # /dev/zero: whoever reads it to the end hangs
    "terminal device": device(stat.S_IFCHR, 5, 0),
    "multiplexer": device(stat.S_IFCHR, 5, 2),
    "block device": device(stat.S_IFBLK, 7, 250),
    "socket": unix_socket,
    "empty file": lambda path: os.close(os.open(path, os.O_CREAT, 0o4755)),
    "huge file": huge,
    "directory": directory,
    "nothing": lambda path: None,
}

# ---- the objects: what is looked up in a root file system -------------------------------------------------------------------------
OBJECTS = {
    "run": [
        "/dev", "/proc", "/sys", "/etc", "/etc/passwd", "/etc/group",
        "/dev/null", "/dev/console", "/dev/pts", "/dev/ptmx", "/dev/shm", "/dev/fd", "/dev/mine", "/dev/sub/mine",
        "/mnt", "/mnt/file", "/mnt/directory", "/mnt/tmpfs", "/mnt/copy", "/mnt/proc", "/mnt/cgroup", "/mnt/device",
        "/mnt/itself", "/mnt/copied",
        "/hidden", "/hidden/mask", "/hidden/readonly", "/work", "/work/cwd", "/bin/program",
    ],
    "exec": ["/etc", "/etc/passwd", "/etc/group", "/work", "/work/cwd", "/bin/program", "/dev/null", "/dev/tty", "/tmp"],
}


def usual(path, is_directory=None):
    """What an honest image has there, for the races; beside its parents."""
    os.makedirs(os.path.dirname(path), exist_ok=True)
    if path.endswith("/bin/program"):
        os.link(ROOTFS + "/bin/busybox", path)
        return
    known = {"null": device(stat.S_IFCHR, 1, 3), "ptmx": lambda at: os.symlink("pts/ptmx", at), "tty": device(stat.S_IFCHR, 5, 0),
             "console": lambda at: os.close(os.open(at, os.O_CREAT, 0o600)), "mine": device(stat.S_IFCHR, 1, 7)}
    name = os.path.basename(path)
    if name in known:
        known[name](path)
    elif name == "copied":
        os.symlink(HOST + "/file", path)
    elif name in ("passwd", "group", "file", "device", "mask", "itself"):
        with open(path, "w", encoding="ascii") as file:
            file.write("root:x:0:0:root:/root:/bin/sh\n")
    else:
        os.mkdir(path)


# ---- the configurations: all objects in one; with devices in the image's own /dev, or in a tmpfs; with a terminal ------------------
# The container tries what it can reach under the names of the objects; it must not be able to hit the host.
ATTACK = """for p in %s; do
  if [ -f $p ]; then echo hit >>$p; fi
  if [ -d $p ]; then echo hit >$p/hit; mkdir $p/hits; fi
  chmod 777 $p
done 2>&-; echo inside""" % " ".join(OBJECTS["run"])


def configure(own_dev, terminal):
    with open(BUNDLE + "/default.json", encoding="utf-8") as file:
        config = json.load(file)
    if own_dev:
        config["mounts"] = [mount for mount in config["mounts"] if mount["destination"] not in ("/dev", "/dev/shm", "/dev/mqueue")]
    bind = {"type": "bind", "options": ["rbind", "rw"]}
    config["mounts"] += [
        {"destination": "/mnt/file", "source": SOURCES + "/file", **bind},
        {"destination": "/mnt/directory", "source": SOURCES + "/directory", **bind},
        {"destination": "/mnt/device", "source": "/dev/full", **bind},
        {"destination": "/mnt/itself", "source": SOURCES + "/link", "type": "bind", "options": ["bind", "src-nofollow", "dest-nofollow"]},
        {"destination": "/mnt/copied", "source": SOURCES + "/link", "type": "bind", "options": ["bind", "copy-symlink"]},
        {"destination": "/mnt/tmpfs", "type": "tmpfs", "source": "tmpfs"},
        {"destination": "/mnt/copy", "type": "tmpfs", "source": "tmpfs", "options": ["tmpcopyup"]},
        {"destination": "/mnt/proc", "type": "proc", "source": "proc"},
        {"destination": "/mnt/cgroup", "type": "cgroup", "source": "cgroup", "options": ["ro"]},
    ]
    config["root"]["readonly"] = False
    config["process"]["terminal"] = terminal
    config["process"]["cwd"] = "/work/cwd"
    config["process"]["args"] = ["/bin/busybox", "sh", "-c", ATTACK]
    config["linux"]["maskedPaths"] = ["/hidden/mask", "/proc/kcore", "/sys/firmware"]
    config["linux"]["readonlyPaths"] = ["/hidden/readonly", "/proc/sys"]
    config["linux"]["devices"] = [{"path": path, "type": "c", "major": 1, "minor": 7, "fileMode": 0o666, "uid": 0, "gid": 0}
                                  for path in ("/dev/mine", "/dev/sub/mine")]
    with open(BUNDLE + "/config.json", "w", encoding="utf-8") as file:
        json.dump(config, file)


def program(words):
    with open(BUNDLE + "/config.json", encoding="utf-8") as file:
        config = json.load(file)
    config["process"]["args"] = words
    with open(BUNDLE + "/config.json", "w", encoding="utf-8") as file:
        json.dump(config, file)


# ---- the host before and after ----------------------------------------------------------------------------------------------------
def look(top):
    """One line for each node: type, mode, owner, times, content."""
    lines = []
    for parent, directories, files in os.walk(top):
        for name in [".", *directories, *files]:
            path = os.path.join(parent, name)
            node = os.lstat(path)
            content = os.readlink(path) if stat.S_ISLNK(node.st_mode) else ""
            if stat.S_ISREG(node.st_mode):
                with open(path, "rb") as file:
                    content = hashlib.sha256(file.read()).hexdigest()
            lines.append((path, node.st_mode, node.st_uid, node.st_gid, node.st_nlink, node.st_rdev, node.st_mtime_ns, content))
    return sorted(lines)


def kernel_view():
    """Mounts and control groups that are ours, and state."""
    top = os.path.dirname(BUNDLE)
    with open("/proc/self/mountinfo", encoding="utf-8") as mounts:
        found = ["mount " + line for line in mounts if top in line]
    for parent in ["/sys/fs/cgroup", *("/sys/fs/cgroup/" + name for name in os.listdir("/sys/fs/cgroup"))]:
        if os.path.isdir(f"{parent}/{ID}"):
            found.append(f"cgroup {parent}/{ID}")
    if os.path.isdir(STATE):
        found += ["state " + name for name in os.listdir(STATE) if not name.startswith("@")]
    return found


def make_host():
    os.makedirs(HOST + "/directory/below")
    with open(HOST + "/file", "w", encoding="ascii") as file:
        file.write("of the host\n")
    shutil.copy(HOST + "/file", HOST + "/directory/below/file")
    os.mkfifo(HOST + "/directory/fifo")
    os.chmod(HOST + "/directory", 0o750)
    os.makedirs(SOURCES + "/directory")
    with open(SOURCES + "/file", "w", encoding="ascii") as file:
        file.write("bound\n")
    os.symlink(HOST + "/file", SOURCES + "/link")


# ---- the runtime --------------------------------------------------------------------------------------------------------------------
class Failure(Exception):
    pass


def call(*words):
    """Exit code, output, errors; files, not pipes: a container must not keep us."""
    with open(STATE + ".out", "w+b") as out, open(STATE + ".err", "w+b") as err:
        process = subprocess.Popen([RUNTIME, "--root", STATE, *words], stdin=subprocess.DEVNULL, stdout=out, stderr=err, cwd=BUNDLE)
        try:
            code = process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            raise Failure(f"hangs: {' '.join(words)}") from None
        out.seek(0)
        err.seek(0)
        return code, out.read().decode(errors="replace"), err.read().decode(errors="replace")


def engine_socket():
    path = os.path.dirname(BUNDLE) + "/console"
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(path)
    listener.listen(8)
    return listener, path


def run(terminal):
    """`run`, to its end; with a terminal detached, and then to its end. True: inside. False: refused."""
    if not terminal:
        code, out, err = call("run", ID)
        if code == 0 and "inside" in out:
            return True
    else:
        listener, path = engine_socket()
        try:
            code, out, err = call("run", "--detach", "--console-socket", path, ID)
            if code == 0:
                wait_for_end()
                return True
        finally:
            listener.close()
            os.unlink(path)
    one_line(code, err)
    return False


def wait_for_end():
    deadline = time.monotonic() + PATIENCE
    while json.loads(call("state", ID)[1])["status"] != "stopped":
        if time.monotonic() > deadline:
            raise Failure("the container does not end")
        time.sleep(0.01)
    code, _, err = call("delete", ID)
    if code != 0:
        raise Failure("delete: " + err)


def one_line(code, err):
    if code == 0:
        raise Failure("success without a sign of life")
    if code < 0:
        raise Failure(f"killed by signal {-code}")
    if err.count("\n") != 1:
        raise Failure("not one line: " + repr(err))


# ---- the matrix -----------------------------------------------------------------------------------------------------------------------
def put(path, make):
    """Takes away what is at `path` in the image and makes the shape there. A function that brings it back is the answer."""
    full, kept = ROOTFS + path, ROOTFS + "/kept"
    os.makedirs(os.path.dirname(full), exist_ok=True)
    had = os.path.lexists(full)
    if had:
        os.rename(full, kept)
    make(full)

    def back():
        if os.path.lexists(full):
            if os.path.isdir(full) and not os.path.islink(full):
                remove(full)
            else:
                os.unlink(full)
        if had:
            os.rename(kept, full)

    return back


def remove(*paths):
    subprocess.run(["rm", "-rf", *paths], check=True)  # rmtree recurses, and a link of the image can lead to a very deep directory


def clean_image():
    """What a container has made in its root file system is not there for the next one."""
    remove(*(f"{ROOTFS}/{name}" for name in ("mnt", "hidden", "work", "dev", "proc", "sys", "bin/program")))
    for name in ("dev", "proc", "sys"):
        os.mkdir(f"{ROOTFS}/{name}")
    for path in ("/hidden/mask", "/hidden/readonly/file", "/work/cwd/file"):
        os.makedirs(os.path.dirname(ROOTFS + path), exist_ok=True)
        with open(ROOTFS + path, "w", encoding="ascii") as file:
            file.write("of the image\n")
    os.link(ROOTFS + "/bin/busybox", ROOTFS + "/bin/program")


def judge(what, act):
    """Runs one case; prints what is wrong with it. True, False: inside, refused. None: wrong."""
    before, view = look(HOST), kernel_view()
    try:
        inside = act()
    except Failure as failure:
        print(f"{what}: {failure}", flush=True)
        inside = None
        call("delete", "--force", ID)
    if look(HOST) != before:
        print(f"{what}: the host has changed: {set(look(HOST)) ^ set(before)}", flush=True)
        inside = None
        remove(HOST)
        remove(SOURCES)
        make_host()
    if kernel_view() != view:
        print(f"{what}: left behind: {set(kernel_view()) ^ set(view)}", flush=True)
        inside = None
    return inside


VARIANTS = {"devices in the image": (True, False), "devices in a tmpfs": (False, False), "a terminal": (True, True)}


def run_cases():
    for path, (variant, (own_dev, terminal)) in itertools.product(OBJECTS["run"], VARIANTS.items()):
        if variant == "devices in a tmpfs" and path not in ("/dev", "/proc", "/sys", "/etc"):
            continue
        if variant == "a terminal" and not path.startswith("/dev"):
            continue
        yield path, variant, own_dev, terminal


def part_run():
    for path, variant, own_dev, terminal in run_cases():
        configure(own_dev, terminal)
        if path == "/bin/program":
            program(["/bin/program", "sh", "-c", "echo inside"])
        for shape, make in SHAPES.items():
            clean_image()
            back = put(path, make)
            yield judge(f"{path}, {shape}, {variant}", lambda terminal=terminal: run(terminal))
            back()


EXEC = {
    "/bin/program": ["exec", ID, "/bin/program", "sh", "-c", "echo inside"],
    "/work": ["exec", "--cwd", "/work/cwd", ID, "sh", "-c", "echo inside"],
    "/work/cwd": ["exec", "--cwd", "/work/cwd", ID, "sh", "-c", "echo inside"],
}


def execute(path):
    code, out, err = call(*EXEC.get(path, ["exec", "--cwd", "/", "--user", "0:0", ID, "sh", "-c", ATTACK]))
    if code == 0 and "inside" in out:
        return True
    one_line(code, err)
    return False


def start():
    clean_image()
    configure(True, False)
    program(["/bin/busybox", "sleep", "1000"])
    code, _, err = call("run", "--detach", ID)
    if code != 0:
        raise Failure(err)


def part_exec():
    start()
    for path, (shape, make) in itertools.product(OBJECTS["exec"], SHAPES.items()):
        back = put(path, make)
        yield judge(f"exec, {path}, {shape}", lambda path=path: execute(path))
        back()
    call("delete", "--force", ID)


# ---- races ------------------------------------------------------------------------------------------------------------------------------
def swapper(first, second):
    """Exchanges two names until it is killed, with pauses of any length up to that of a whole run."""
    pid = os.fork()
    if pid:
        return pid
    libc, at = ctypes.CDLL(None), -100
    generator = random.Random(os.getpid())
    while True:
        for _ in range(generator.randrange(1, 200)):
            libc.syscall(316 if os.uname().machine == "x86_64" else 276, at, first, at, second, 2)  # renameat2, RENAME_EXCHANGE
        time.sleep(generator.choice((0, 0, 0.0002, 0.002, 0.005)))


def race(path, shape, act):
    full, twin = ROOTFS + path, ROOTFS + "/twin"
    if not os.path.lexists(full):
        usual(full)
    SHAPES[shape](twin)
    pid = swapper(full.encode(), twin.encode())
    try:
        results = []
        deadline = time.monotonic() + SECONDS
        while time.monotonic() < deadline and None not in results:
            results.append(judge(f"race: {path}, {shape}", act))
        return results
    finally:
        os.kill(pid, 9)
        os.waitpid(pid, 0)
        if os.path.islink(full) and os.readlink(full).startswith(HOST):
            os.unlink(full)
            os.rename(twin, full)
        else:
            os.unlink(twin)


RACED = ("absolute link to a directory", "absolute link to a file", "dangling link to a path")


def race_cases(part):
    for path in OBJECTS[part]:
        for shape in RACED[:1] if path in ("/dev", "/proc", "/sys", "/etc", "/mnt", "/hidden", "/work") else RACED[1:]:
            yield path, shape


def part_races():
    for path, shape in race_cases("run"):
        terminal = path in ("/dev/console", "/dev/pts", "/dev/ptmx")
        clean_image()
        configure(True, terminal)
        if path == "/bin/program":
            program(["/bin/program", "sh", "-c", "echo inside"])
        yield from race(path, shape, lambda terminal=terminal: run(terminal))


def part_exec_races():
    start()
    for path, shape in race_cases("exec"):
        yield from race(path, shape, lambda path=path: execute(path))
    call("delete", "--force", ID)


def main():
    if PART == "list":
        for path, variant, _, _ in run_cases():
            for shape in SHAPES:
                print(f"run: {path}: {shape} ({variant})")
        for path, shape in itertools.product(OBJECTS["exec"], SHAPES):
            print(f"exec: {path}: {shape}")
        return 0
    os.umask(0o022)
    make_host()
    os.rename(BUNDLE + "/config.json", BUNDLE + "/default.json")
    part = {"run": part_run, "exec": part_exec, "races": part_races, "exec-races": part_exec_races}[PART]
    results = list(part())
    print(f"{PART}: {len(results)} cases: {results.count(True)} inside, {results.count(False)} refused, {results.count(None)} wrong")
    if not results.count(True) or not results.count(False):
        print("not both: nothing was put to the test")
        return 1
    return 1 if None in results else 0


sys.exit(main())
