"""Variations of namespaces, devices, paths and sysctl."""
from generate import variation
from vary_mounts import some

KINDS = {"pid": "pid", "network": "net", "ipc": "ipc", "uts": "uts", "mount": "mnt", "cgroup": "cgroup", "user": "user"}


def namespaces(config):
    return config.linux.setdefault("namespaces", [])


def without(config, kind):
    config.linux["namespaces"] = [entry for entry in namespaces(config) if entry.get("type") != kind]


@variation("namespaces", 4)
def fewer(config, draw):
    kind = draw.choice(["pid", "network", "ipc", "uts", "pid", "network", "ipc"])
    without(config, kind)
    if kind == "uts" and draw.random() < 0.8:
        config.spec.pop("hostname", None)
    return f"no {kind}"


@variation("namespaces", 3)
def cgroup_namespace(config, draw):
    namespaces(config).append({"type": "cgroup"})
    return "cgroup"


@variation("namespaces", 3)
def joined(config, draw):
    kind = draw.choice(["network", "ipc", "uts", "pid", "cgroup"])
    without(config, kind)
    config.joined.append(KINDS[kind])
    namespaces(config).insert(draw.randint(0, 4), {"type": kind, "path": f"@{KINDS[kind]}@"})
    return f"joins {kind}"


@variation("namespaces", 2)
def bad_namespace(config, draw):
    value = draw.choice(
        [
            {"type": "nosuch"},
            {"type": "pid"},
            {"type": ""},
            {},
            {"type": "ipc", "path": "/nosuch"},
            {"type": "ipc", "path": "/proc/self/ns/net"},
            {"type": "ipc", "path": "/etc/passwd"},
            {"type": "ipc", "path": ""},
            {"type": "uts", "path": "/proc/1/ns/uts"},
            {"type": 5},
            {"type": "PID"},
            {"type": "network", "path": "/proc/self/ns/net"},
            {"type": "ipc", "path": "proc/self/ns/ipc"},
        ]
    )
    if "path" in value:
        without(config, value["type"])
    namespaces(config).append(value)
    return f"{value}"


@variation("namespaces", 1)
def reordered(config, draw):
    draw.shuffle(namespaces(config))
    return "in another order"


@variation("namespaces", 1)
def list_of_namespaces(config, draw):
    if draw.random() < 0.5:
        config.linux["namespaces"] = [{"type": "mount"}]
        config.spec.pop("hostname", None)
        return "mount only"
    config.linux["namespaces"] = draw.choice([[{"type": "pid"}, {"type": "mount"}], "pid", [["pid"]]])
    config.spec.pop("hostname", None)
    return f"{config.linux['namespaces']}"


@variation("user namespace", 6)
def user_namespace(config, draw):
    without(config, "user")
    namespaces(config).insert(draw.randint(0, len(namespaces(config))), {"type": "user"})
    config.owner = draw.choice([100000, 100000, 100000, 0])
    config.linux["uidMappings"] = draw.choice(
        [
            [{"containerID": 0, "hostID": 100000, "size": 65536}],
            [{"containerID": 0, "hostID": 100000, "size": 65536}],
            [{"containerID": 0, "hostID": 100000, "size": 1}],
            [{"containerID": 0, "hostID": 100000, "size": 1000}, {"containerID": 1000, "hostID": 200000, "size": 64536}],
            [{"containerID": 0, "hostID": 0, "size": 65536}],
            [{"containerID": 0, "hostID": 100000, "size": 500}, {"containerID": 2000, "hostID": 102000, "size": 5}],
        ]
    )
    config.linux["gidMappings"] = (
        config.linux["uidMappings"] if draw.random() < 0.8 else [{"containerID": 0, "hostID": 100000, "size": 70000}]
    )
    return f"maps {[tuple(row.values()) for row in config.linux['uidMappings']]}, root file system of {config.owner}"


@variation("user namespace", 1)
def bad_mappings(config, draw):
    if draw.random() < 0.7:
        namespaces(config).append({"type": "user"})
    config.linux["uidMappings"] = draw.choice(
        [
            [],
            [{"containerID": 1, "hostID": 100000, "size": 10}],
            [{"containerID": 0, "hostID": 100000, "size": 0}],
            [{"containerID": 0, "hostID": 1, "size": 10}, {"containerID": 5, "hostID": 100, "size": 10}],
            None,
            [{"containerID": 0, "hostID": 4294967295, "size": 10}],
            [{"containerID": 0}],
            [{"containerID": -1, "hostID": 0, "size": 1}],
            [{"containerID": n, "hostID": 100000 + n, "size": 1} for n in range(341)],
            [{"containerID": n, "hostID": 100000 + n, "size": 1} for n in range(20)],
        ]
    )
    config.linux["gidMappings"] = draw.choice(
        [config.linux["uidMappings"], [{"containerID": 0, "hostID": 100000, "size": 10}], None]
    )
    return f"uid maps {str(config.linux['uidMappings'])[:90]}, gid maps {str(config.linux['gidMappings'])[:90]}, {config.has_namespace('user') and 'with' or 'without'} a user namespace"


@variation("user namespace", 1)
def joined_user_namespace(config, draw):
    config.owner = 100000
    config.joined.append("user")
    namespaces(config).append({"type": "user", "path": "@user@"})
    if draw.random() < 0.3:
        config.linux["uidMappings"] = config.linux["gidMappings"] = [{"containerID": 0, "hostID": 100000, "size": 65536}]
    return f"joins one, {'with' if 'uidMappings' in config.linux else 'without'} mappings"


@variation("devices", 5)
def device(config, draw):
    entry = {
        "type": draw.choice("ccbpu"),
        "path": draw.choice(
            [
                "/dev/new",
                "/dev/deep/er/node",
                "/node",
                "/tmp/node",
                "/dev/null",
                "/dev/zero",
                "/dev/tty",
                "/dev/console",
                "/dev/ptmx",
                "/dev/fd",
                "/dev/pts/x",
                "/dev/shm/y",
            ]
        ),
    }
    if entry["type"] != "p" or draw.random() < 0.2:
        entry["major"], entry["minor"] = draw.choice([(1, 3), (1, 5), (7, 0), (10, 200), (5, 1), (1, 11), (1, 3)])
    for name, values in (("fileMode", [0, 384, 432, 438, 511, 33206, 4095]), ("uid", [0, 5, 1000]), ("gid", [0, 5, 1000])):
        if draw.random() < 0.5:
            entry[name] = draw.choice(values)
    config.linux.setdefault("devices", []).append(entry)
    config.look += [f"read {entry['path']}", f"write {entry['path']}"]
    return f"{entry}"


@variation("devices", 1)
def bad_device(config, draw):
    entry = draw.choice(
        [
            {"type": "x", "path": "/dev/new", "major": 1, "minor": 3},
            {"type": "c", "path": "/dev/new"},
            {"type": "c", "major": 1, "minor": 3},
            {"path": "/dev/new"},
            {"type": "c", "path": "dev/new", "major": 1, "minor": 3},
            {"type": "c", "path": "/etc/passwd", "major": 1, "minor": 3},
            {"type": "c", "path": "/tmp", "major": 1, "minor": 3},
            {"type": "c", "path": "/dev/new", "major": -1, "minor": 3},
            {"type": "c", "path": "/dev/../x", "major": 1, "minor": 3},
            {"type": "c", "path": "/dev/new", "major": "1", "minor": 3},
            {"type": "c", "path": "/to-tmp/new", "major": 1, "minor": 3},
            {"type": "c", "path": "/dangling", "major": 1, "minor": 3},
            {"type": "c", "path": "/etc/passwd/x", "major": 1, "minor": 3},
            {"type": "c", "path": "", "major": 1, "minor": 3},
        ]
    )
    config.linux.setdefault("devices", []).append(entry)
    return f"{entry}"


@variation("devices", 5)
def device_rules(config, draw):
    rules = config.resources.setdefault("devices", [])
    added = []
    for _ in range(draw.randint(1, 3)):
        rule = {"allow": draw.random() < 0.7, "access": draw.choice(["rwm", "r", "rw", "m", "w", "rwm"])}
        if draw.random() < 0.85:
            rule["type"] = draw.choice("ccba")
            if draw.random() < 0.7:
                rule["major"] = draw.choice([1, 7, 10, 5, 136])
                if draw.random() < 0.7:
                    rule["minor"] = draw.choice([1, 3, 0, 200])
        added.append(rule)
    if draw.random() < 0.2:
        rules.clear()
    rules += added
    return f"rules {added}"


@variation("devices", 1)
def odd_rules(config, draw):
    config.resources["devices"] = draw.choice(
        [
            [],
            None,
            [{"allow": True}],
            [{"access": "rwm"}],
            [{"allow": True, "type": "x", "access": "r"}],
            [{"allow": True, "access": "xyz"}],
            [{"allow": True, "access": ""}],
            [{"allow": True, "type": "c", "major": -1, "minor": -1, "access": "r"}],
            [{"allow": True, "access": "rwm"}],
            [{"allow": "yes"}],
            [{"allow": True, "type": "c", "major": 1, "minor": 3, "access": "rr"}],
            [{"allow": True, "type": "p", "access": "r"}],
        ]
    )
    return f"rules {config.resources['devices']}"


PATHS = [
    "/etc",
    "/etc/passwd",
    "/var/data",
    "/nosuch",
    "/tmp",
    "/dev/null",
    "/dev",
    "/proc/meminfo",
    "/proc/self",
    "/sys/kernel",
    "/bin/busybox",
    "/to-tmp",
    "/etc/link-file",
    "/dangling",
    "/",
    "/var/data/below",
    "/proc",
    "relative",
    "",
    "/proc/self/environ",
    "/etc/../etc",
    "/loop",
    "/dev/shm",
    "/probe",
]


@variation("paths", 4)
def hidden(config, draw):
    field = draw.choice(["maskedPaths", "readonlyPaths"])
    added = some(draw, [path for path in PATHS if path], 3) + (["/etc/passwd"] if draw.random() < 0.3 else [])
    if draw.random() < 0.1:
        added.append(draw.choice(["", "relative"]))
    config.linux[field] = (config.linux[field] if draw.random() < 0.5 else []) + added
    config.look += [f"{verb} {path}" for path in added if path for verb in ("read", "write")]
    return f"{field} with {added}"


@variation("paths", 1)
def paths_missing(config, draw):
    field = draw.choice(["maskedPaths", "readonlyPaths"])
    config.linux[field] = draw.choice([None, [], "x", [None], ["/etc", "/etc", "/etc/passwd"]])
    return f"{field} {config.linux[field]}"


@variation("sysctl", 4)
def sysctl(config, draw):
    rows = {
        "net.ipv4.ip_forward": ["1", "0"],
        "net.ipv4.ping_group_range": ["0 0"],
        "kernel.shmmax": ["1000000", "-1", "x"],
        "kernel.msgmax": ["4096"],
        "kernel.shm_rmid_forced": ["1"],
        "fs.mqueue.msg_max": ["20"],
        "net/ipv4/ip_forward": ["1"],
        "net.ipv4.conf.lo.forwarding": ["1"],
        "net/ipv4/conf/lo/forwarding": ["1"],
        "kernel.sem": ["250 32000 100 128"],
        "net.core.somaxconn": ["100", ""],
        "net.ipv4.nosuch": ["1"],
        "kernel.domainname": ["example.org"],
        "net.ipv4.ip_unprivileged_port_start": ["0"],
    }
    chosen = {key: draw.choice(rows[key]) for key in draw.sample(sorted(rows), draw.randint(1, 2))}
    config.linux.setdefault("sysctl", {}).update(chosen)
    config.look += [f"read /proc/sys/{key.replace('.', '/')}" for key in chosen]
    return f"{chosen}"


@variation("sysctl", 1)
def bad_sysctl(config, draw):
    config.linux["sysctl"] = draw.choice(
        [
            {"vm.swappiness": "10"},
            {"kernel.hostname": "x"},
            {"kernel.pid_max": "1000"},
            {"": "1"},
            {"net..": "1"},
            {"net.../../kernel/hostname": "x"},
            {"fs.file-max": "1"},
            {"kernel.shmmax": 5},
            None,
            {"user.max_user_namespaces": "5"},
            {"net": "1"},
            {"kernel": "1"},
            {"kernel.shmmax/": "1"},
            {"dev.tty.ldisc_autoload": "1"},
        ]
    )
    return f"{config.linux['sysctl']}"
