"""What is seen of a container: from inside (the probe's output) and from the host. All of it as facts, name to value."""
import json
import os
import re

VOLATILE = re.compile(
    r"^(State|Tgid|Ngid|Pid|PPid|TracerPid|FDSize|Vm.*|Rss.*|HugetlbPages|Threads|SigQ|voluntary.*|nonvoluntary.*|Kthread|NS.*|"
    r"x86_.*|CoreDumping|SigPnd|ShdPnd|untag_mask|Mems_allowed|Cpus_allowed)$"
)
LIMITS = re.compile(
    r"limit|\.max$|shares|quota|period|burst|idle|\.cpus$|\.mems$|exclusive|devices\.list$|weight|throttle.*device|swappiness|oom_control|"
    r"freezer\.state|clone_children|notify_on_release|hierarchy|migrate|spread|balance|classid|ifpriomap|hardwall"
)


def inside(output):
    """The probe's lines. Without the inode numbers that differ from run to run there is nothing to be made equal."""
    facts, order = {}, []
    for line in output.splitlines():
        name, tab, value = line.partition("\t")
        if tab and name != "end":
            if name.startswith("read /proc/") and not name.startswith("read /proc/sys/") and "of the host" not in value:
                value = " ".join(value.split()[:2])  # the kernel's numbers of this moment
            if name.startswith("environment "):
                order.append(value.partition("=")[0])
                name = f"environment {order[-1]}"
            if name == "parent" and value != "outside":
                value = "somebody"  # without a pid namespace: the runtime, or who takes its orphans
            if name == "cwd":
                value = re.sub(r"^/proc/\d+", "/proc/N", value)  # where /proc/self led
            if "/dev/shm/hook" in name:
                value = re.sub(r'"pid":\d{3,}', '"pid":N', value)  # without a pid namespace it is the host's
            facts[name] = re.sub(r"(?<= directory )\d\d+$", "of many", value)  # the host's groups come and go
        elif not tab and line.strip():
            facts["said"] = facts.get("said", "") + line.strip() + "\n"
    if order:
        facts["environment's order"] = " ".join(order)
    if "said" in facts:
        facts["said"] = re.sub(r'time="[^"]*" ', "", facts["said"])
    return facts


def read(path):
    try:
        with open(path, errors="backslashreplace") as file:
            return file.read()
    except OSError as error:
        return f"({error.strerror})"


def link(path):
    try:
        return os.readlink(path)
    except OSError as error:
        return f"({error.strerror})"


def outside(pid, workshop):
    """A process of a container, looked at from the host."""
    facts = {}
    here = f"/proc/{pid}"
    for line in read(f"{here}/status").splitlines():
        name, _, value = line.partition(":")
        if not VOLATILE.match(name):
            facts[f"status {name}"] = value.strip()
        if name == "NSpid":
            facts["pid namespaces"] = str(len(value.split()))
    for name in (
        "oom_score_adj",
        "uid_map",
        "gid_map",
        "setgroups",
        "loginuid",
        "sessionid",
        "coredump_filter",
        "timerslack_ns",
        "attr/current",
        "comm",
        "personality",
        "timens_offsets",
        "projid_map",
    ):
        facts[name] = " ".join(read(f"{here}/{name}").split())
    facts["command line"] = read(f"{here}/cmdline").replace("\0", "|")
    for name in ("exe", "root", "cwd"):
        facts[name] = re.sub(r"^/proc/\d+", "/proc/N", link(f"{here}/{name}"))
    for kind in ("cgroup", "ipc", "mnt", "net", "pid", "time", "user", "uts"):
        theirs = link(f"{here}/ns/{kind}")
        joined = any(link(f"/proc/{holder}/ns/{kind}") == theirs for holder in workshop.held)
        facts[f"namespace {kind}"] = (
            "the host's" if theirs == link(f"/proc/self/ns/{kind}") else "joined" if joined else "its own"
        )
    try:
        for fd in sorted(os.listdir(f"{here}/fd"), key=int):
            facts[f"descriptor {fd}"] = re.sub(r":\[\d+\]", "", link(f"{here}/fd/{fd}")).replace(workshop.directory, "DIR")
    except OSError:
        pass
    facts.update(mounts(read(f"{here}/mountinfo"), workshop.directory))
    facts.update(control_groups(read(f"{here}/cgroup")))
    return facts


def mounts(table, directory):
    """mountinfo, one fact for each property, so that a difference is one of a property. Not its numbers."""
    facts, targets, count = {}, {}, {}
    rows = {fields[0]: fields for fields in map(str.split, table.splitlines()) if "-" in fields}  # else it is gone already
    depth = lambda number: 1 + depth(rows[number][1]) if number in rows and rows[number][1] != number else 0
    for fields in sorted(rows.values(), key=lambda fields: depth(fields[0])):  # of two on one target, the lower one first
        end = fields.index("-")
        number, parent, root, target, options = fields[0], fields[1], fields[3], fields[4], fields[5]
        kind, source, of_filesystem = fields[end + 1 : end + 4]
        count[target] = count.get(target, 0) + 1
        name = target if count[target] == 1 else f"{target} ({count[target]})"
        targets[number] = name
        if root == "/null":  # a masked file: which /dev/null, and nothing else of it
            facts[f"mount {name} masked by"] = kind
            continue
        disk = kind in ("ext4", "xfs", "btrfs", "overlay")
        facts[f"mount {name} root"] = root if not disk else root[root.find(directory) :] if directory in root else root
        facts[f"mount {name} options"] = " ".join(sorted(options.split(",")))
        facts[f"mount {name} propagation"] = " ".join(sorted(re.sub(r":\d+", "", word) for word in fields[6:end]))
        facts[f"mount {name} type"] = "disk" if disk else kind
        facts[f"mount {name} source"] = "disk" if disk else source
        facts[f"mount {name} filesystem"] = "disk" if disk else " ".join(sorted(of_filesystem.split(",")))
        facts[f"mount {name} on"] = parent
    for name, value in list(facts.items()):
        if name.endswith(" on"):
            facts[name] = targets.get(value, "nothing")
    facts["mounts"] = " ".join(sorted(targets.values()))
    return facts


def control_groups(table):
    facts = {}
    for line in table.splitlines():
        if line.count(":") < 2:
            continue  # it is gone
        _, controllers, path = line.split(":", 2)
        name = controllers.removeprefix("name=") or "unified"
        facts[f"cgroup {name}"] = path
        directory = f"/sys/fs/cgroup/{name}{path}"
        if path == "/" or not os.path.isdir(directory) or controllers.startswith("name="):
            continue
        for file in sorted(os.listdir(directory)):
            if LIMITS.search(file):
                facts[f"limit {name}: {file}"] = " ".join(sorted(read(f"{directory}/{file}").split("\n"))).strip()
    return facts


def tree(root):
    """What is in the root file system, on the host: what a runtime made there stays there."""
    facts = {}
    for directory, names, files in os.walk(root):
        for name in names + files:
            path = f"{directory}/{name}"
            about = os.lstat(path)
            facts[f"left in root {path[len(root):]}"] = f"{about.st_mode:o} {about.st_uid}:{about.st_gid}" + (
                f" {about.st_rdev:x}" if about.st_rdev else ""
            )
    return facts


def nodes():
    """The host's own devices: a container has no business with their modes and owners."""
    about = {name: os.lstat(f"/dev/{name}") for name in ("null", "zero", "full", "random", "urandom", "tty", "ptmx")}
    return [f"/dev/{name} {entry.st_mode:o} {entry.st_uid}:{entry.st_gid}" for name, entry in about.items()]


def hooks(text, pid, directory):
    """What hooks wrote of themselves: each a block of lines, its name first."""
    facts, lines, name = {}, text.replace(directory, "DIR").splitlines(), "?"
    facts["order"] = " ".join(line[5:] for line in lines if line.startswith("hook "))
    for line in lines:
        if line.startswith("hook "):
            name = line[5:]
        elif line.startswith("{"):
            state = json.loads(line)
            if "pid" in state:
                state["pid"] = "the host's" if state["pid"] == pid else state["pid"] if state["pid"] < 5 else "another"
            facts.update({f"{name} state {key}": json.dumps(value) for key, value in state.items()})
            facts[f"{name} state"] = " ".join(state)
        elif line.startswith("/") or line.startswith("DIR"):
            facts[f"{name} cwd"] = line
        elif re.match(r"^[A-Za-z_]+=", line):
            if not re.match(r"^(_|SHLVL|OLDPWD|PWD)=", line):
                facts[f"{name} env {line.partition('=')[0]}"] = line
        elif line:
            facts[f"{name} rights"] = line
    return facts
