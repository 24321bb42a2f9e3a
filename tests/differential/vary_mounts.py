"""Variations of mounts and of the root file system."""
from generate import variation

FLAGS = [
    "ro",
    "rw",
    "nosuid",
    "suid",
    "nodev",
    "dev",
    "noexec",
    "exec",
    "noatime",
    "nodiratime",
    "relatime",
    "strictatime",
    "sync",
    "dirsync",
    "atime",
    "diratime",
    "norelatime",
    "nostrictatime",
    "async",
    "mand",
    "nomand",
]
PROPAGATION = ["private", "rprivate", "slave", "rslave", "shared", "rshared", "unbindable", "runbindable"]
TARGETS = [
    "/new",
    "/new/deep/er",
    "/mnt",
    "/tmp",
    "/var/data",
    "/srv/empty",
    "/home/ordinary",
    "/dev/new",
    "/run/x",
    "/tmp/a/b",
    "/etc",
    "/dev/shm/in",
    "/root/x",
    "/opt",
]
FILES = ["/etc/passwd", "/etc/new-file", "/new/deep/file", "/var/data/file", "/tmp/file", "/dev/file", "/run/file"]
ODD_TARGETS = [
    "new",
    "../../up-there",
    "/new/../other",
    "//double//slash",
    "/new/",
    "/to-tmp",
    "/to-tmp/in",
    "/relative",
    "/relative/below",
    "/dangling",
    "/up/etc-file-dir",
    "/etc/../../../x",
    "./dot",
    "/var/./data",
    "/proc-not",
    "/loop",
    "/loop/x",
    "/etc/passwd/x",
]


def some(draw, words, most=3):
    return draw.sample(words, draw.randint(0, most))


def add(config, destination, kind, source, options=None, place=None):
    entry = {"destination": destination, "type": kind, "source": source}
    if options is not None:
        entry["options"] = options
    config.mounts.insert(len(config.mounts) if place is None else place, entry)
    config.look += [f"read {destination}", f"write {destination}"] if " " not in destination else []
    return f"{kind} on {destination} from {source.rpartition('/')[2]} {','.join(options or [])}"


@variation("mounts", 6)
def tmpfs(config, draw):
    data = some(draw, ["size=1m", "mode=1770", "mode=700", "uid=1000", "gid=5", "nr_inodes=100", "size=50%"], 2)
    return add(config, draw.choice(TARGETS), "tmpfs", draw.choice(["tmpfs", "none", "x"]), some(draw, FLAGS) + data)


@variation("mounts", 8)
def bind_directory(config, draw):
    source = config.source(
        draw.choice(["directory", "plain", "locked", "read-only", "shared", "directory/below", "link", "plain/below"])
    )
    options = [draw.choice(["bind", "rbind"])] + some(draw, FLAGS) + some(draw, PROPAGATION, 1)
    draw.shuffle(options)
    return add(config, draw.choice(TARGETS), draw.choice(["bind", "none", "bind", "ext4"]), source, options)


@variation("mounts", 4)
def bind_file(config, draw):
    source = config.source(draw.choice(["file", "secret", "fifo", "socket", "null", "plain/file", "locked/file"]))
    options = [draw.choice(["bind", "rbind"])] + some(draw, FLAGS, 2) + some(draw, PROPAGATION, 1)
    return add(config, draw.choice(FILES), "bind", source, options)


@variation("mounts", 3)
def odd_target(config, draw):
    target = draw.choice(ODD_TARGETS)
    kind = draw.choice(["tmpfs", "bind"])
    if kind == "tmpfs":
        return add(config, target, "tmpfs", "tmpfs", some(draw, FLAGS, 1))
    return add(config, target, "bind", config.source(draw.choice(["directory", "file"])), ["bind"])


@variation("mounts", 3)
def nested(config, draw):
    outer = draw.choice(["/new", "/tmp", "/var/data"])
    below = draw.choice(["/below", "/x/y", "/file", ""])
    words = add(
        config,
        outer,
        *draw.choice(
            [
                ("tmpfs", "tmpfs", ["mode=755"]),
                ("bind", config.source("directory"), ["bind"]),
                ("bind", config.source("plain"), ["rbind"]),
                ("tmpfs", "tmpfs", ["ro"]),
                ("bind", config.source("directory"), ["bind", "ro"]),
            ]
        ),
    )
    return (
        words
        + ", "
        + add(
            config,
            outer + below,
            *draw.choice([("tmpfs", "inner", ["nosuid"]), ("bind", config.source("directory"), ["rbind", "ro"])]),
        )
    )


@variation("mounts", 2)
def copied_up(config, draw):
    return add(
        config,
        draw.choice(["/var/data", "/etc", "/srv/empty", "/home", "/relative", "/new", "/bin"]),
        "tmpfs",
        "tmpfs",
        ["tmpcopyup"] + some(draw, ["ro", "nosuid", "nodev", "noexec", "mode=1777", "size=10m"], 2),
    )


@variation("mounts", 4)
def default_mount_options(config, draw):
    entry = draw.choice(config.mounts)
    entry["options"] = some(draw, FLAGS, 3) + (["newinstance"] if entry["type"] == "devpts" and draw.random() < 0.7 else [])
    return f"{entry['destination']} with {','.join(entry['options'])}"


@variation("mounts", 3)
def default_mount_missing(config, draw):
    entry = draw.choice(config.mounts)
    config.mounts.remove(entry)
    return f"no {entry['destination']}"


@variation("mounts", 1)
def order(config, draw):
    draw.shuffle(config.mounts)
    return "in the order " + " ".join(entry["destination"] for entry in config.mounts)


@variation("mounts", 2)
def kernel_filesystems(config, draw):
    kind, options = draw.choice(
        [
            ("proc", []),
            ("proc", ["hidepid=2"]),
            ("sysfs", []),
            ("sysfs", ["ro"]),
            ("mqueue", []),
            ("ramfs", ["mode=700"]),
            ("devpts", ["newinstance", "mode=0600"]),
            ("devtmpfs", []),
            ("cgroup", ["ro"]),
            ("cgroup", []),
            ("cgroup2", ["ro"]),
            ("hugetlbfs", []),
            ("debugfs", []),
            ("overlay", ["lowerdir=/var:/etc"]),
            ("nosuchfs", []),
            ("binfmt_misc", []),
        ]
    )
    return add(config, draw.choice(["/new", "/mnt/x", "/dev/new"]), kind, kind, options)


@variation("mounts", 2)
def below_proc(config, draw):
    target = draw.choice(
        [
            "/proc/meminfo",
            "/proc/uptime",
            "/proc/cpuinfo",
            "/proc/stat",
            "/proc/loadavg",
            "/proc/self",
            "/proc/sys",
            "/proc/1/attr",
            "/proc",
            "/proc/swaps",
            "/proc/diskstats",
            "/proc/version",
            "/proc/net/dev",
            "/proc/slabinfo",
        ]
    )
    kind = draw.choice(["bind", "tmpfs"])
    if kind == "tmpfs":
        return add(config, target, kind, "tmpfs", [])
    return add(config, target, kind, config.source(draw.choice(["file", "directory"])), ["bind"])


@variation("mounts", 2)
def host_tree(config, draw):
    target, source = draw.choice(
        [
            ("/dev", "/dev"),
            ("/sys", "/sys"),
            ("/proc", "/proc"),
            ("/sys/fs/cgroup", "/sys/fs/cgroup"),
            ("/dev/shm", "/dev/shm"),
            ("/dev/pts", "/dev/pts"),
            ("/dev/mqueue", "/dev/mqueue"),
            ("/new", "/proc"),
            ("/new", "/sys/fs"),
        ]
    )
    entry = config.mount_on(target)
    if entry and draw.random() < 0.8:
        config.mounts.remove(entry)
    return add(
        config,
        target,
        "bind",
        source,
        ["rbind"] + some(draw, ["ro", "nosuid", "noexec", "nodev", "rslave", "rprivate"], 3),
        place=draw.randint(0, 2),
    )


@variation("mounts", 2)
def bad_mount(config, draw):
    entry = draw.choice(
        [
            {"destination": "/new", "type": "bind", "source": "/nosuch/source", "options": ["bind"]},
            {"destination": "/new", "type": "bind", "source": config.source("dangling"), "options": ["bind"]},
            {"destination": "/tmp", "type": "bind", "source": config.source("file"), "options": ["bind"]},
            {"destination": "/etc/passwd", "type": "bind", "source": config.source("directory"), "options": ["bind"]},
            {"destination": "/etc/passwd", "type": "tmpfs", "source": "tmpfs"},
            {"destination": "/etc/passwd/below", "type": "tmpfs", "source": "tmpfs"},
            {"destination": "/", "type": "tmpfs", "source": "tmpfs"},
            {"destination": "/..", "type": "bind", "source": config.source("directory"), "options": ["bind"]},
            {"type": "tmpfs", "source": "tmpfs"},
            {"destination": "", "type": "tmpfs", "source": "tmpfs"},
            {"destination": "/new", "source": "tmpfs"},
            {"destination": "/new"},
            {"destination": "/new", "type": "tmpfs", "source": "tmpfs", "options": ["nosuchoption"]},
            {"destination": "/new", "type": "tmpfs", "source": "tmpfs", "options": ["size=many"]},
            {"destination": "/new", "type": "tmpfs", "source": "tmpfs", "options": [""]},
            {"destination": "/new", "type": "tmpfs", "source": "tmpfs", "options": "ro"},
            {"destination": 5, "type": "tmpfs", "source": "tmpfs"},
            {"destination": "/new", "type": "bind", "source": "", "options": ["bind"]},
            {"destination": "/new", "type": "tmpfs", "options": ["remount"]},
        ]
    )
    config.mounts.append(entry)
    return str(entry)


@variation("mounts", 1)
def relative_source(config, draw):
    return add(
        config,
        draw.choice(["/new", "/tmp"]),
        "bind",
        draw.choice(["rootfs/etc", "rootfs/var/data", "../bundle/rootfs/tmp", "./rootfs/srv"]),
        ["bind"],
    )


@variation("root", 3)
def writable(config, draw):
    config.spec["root"]["readonly"] = False
    return "writable"


@variation("root", 3)
def root_path(config, draw):
    def linked(root):
        import os

        os.symlink("rootfs", root + "/../link")

    path = draw.choice(
        [
            "@DIR@/bundle/rootfs",
            "./rootfs",
            "rootfs/",
            "rootfs/../rootfs",
            "link",
            "nosuch",
            "rootfs/etc/passwd",
            "",
            "rootfs/var/..",
            None,
            7,
        ]
    )
    config.prepare.append(linked)
    config.spec["root"]["path"] = path
    return f"path {path!r}"


@variation("root", 4)
def root_propagation(config, draw):
    config.linux["rootfsPropagation"] = draw.choice(
        ["private", "rprivate", "slave", "rslave", "shared", "rshared", "unbindable", "runbindable", "", "nosuch"]
    )
    return f"propagation {config.linux['rootfsPropagation']!r}"


@variation("root", 1)
def no_root(config, draw):
    config.spec["root"] = draw.choice([None, {}, {"readonly": True}, "rootfs"])
    return f"root is {config.spec['root']}"
