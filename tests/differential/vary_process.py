"""Variations of process, of names, and of exec."""
from generate import variation
from vary_mounts import some

CAPABILITIES = [
    "CAP_CHOWN",
    "CAP_DAC_OVERRIDE",
    "CAP_FOWNER",
    "CAP_FSETID",
    "CAP_KILL",
    "CAP_SETGID",
    "CAP_SETUID",
    "CAP_SETPCAP",
    "CAP_NET_BIND_SERVICE",
    "CAP_NET_RAW",
    "CAP_SYS_CHROOT",
    "CAP_MKNOD",
    "CAP_AUDIT_WRITE",
    "CAP_SETFCAP",
    "CAP_SYS_ADMIN",
    "CAP_NET_ADMIN",
    "CAP_SYS_PTRACE",
    "CAP_DAC_READ_SEARCH",
    "CAP_CHECKPOINT_RESTORE",
    "CAP_BPF",
    "CAP_SYS_NICE",
]
LIMITS = [
    "CPU",
    "FSIZE",
    "DATA",
    "STACK",
    "CORE",
    "RSS",
    "NPROC",
    "NOFILE",
    "MEMLOCK",
    "AS",
    "LOCKS",
    "SIGPENDING",
    "MSGQUEUE",
    "NICE",
    "RTPRIO",
    "RTTIME",
]
USERS = [0, 0, 1, 7, 1000, 1000, 1001, 65534, 100000, 2000000]


@variation("process", 5)
def user(config, draw):
    value = {"uid": draw.choice(USERS), "gid": draw.choice(USERS)}
    if draw.random() < 0.4:
        value["additionalGids"] = some(draw, [0, 5, 10, 1000, 4000000], 3)
    if draw.random() < 0.3:
        value["umask"] = draw.choice([0, 2, 18, 63, 511])
    config.process["user"] = value
    return f"user {value}"


@variation("process", 1)
def bad_user(config, draw):
    value = draw.choice(
        [
            {"uid": -1, "gid": 0},
            {"uid": 4294967295, "gid": 0},
            {"uid": 4294967296, "gid": 0},
            {"uid": "root", "gid": 0},
            {"uid": 0.5, "gid": 0},
            {"uid": 0},
            {},
            None,
            {"uid": 0, "gid": 0, "additionalGids": [-1]},
            {"uid": 0, "gid": 0, "umask": 4096},
            {"username": "root"},
        ]
    )
    config.process["user"] = value
    return f"user {value}"


@variation("process", 4)
def cwd(config, draw):
    config.process["cwd"] = draw.choice(
        [
            "/tmp",
            "/home/ordinary",
            "/root",
            "/to-tmp",
            "/relative",
            "/new/deep",
            "/dangling",
            "/etc/passwd",
            "tmp",
            "",
            "/proc/self",
            "/dev/shm",
            "/srv/empty/../..",
            "//tmp//",
            "/loop",
            "/sys/fs/cgroup",
            "/up",
        ]
    )
    return f"cwd {config.process['cwd']!r}"


@variation("process", 4)
def env(config, draw):
    rows = [
        ["HOME=/elsewhere"],
        ["HOME="],
        ["HOME"],
        ["A=1", "A=2"],
        ["A=", "B=x=y"],
        ["=value"],
        [""],
        ["A=line\nbreak"],
        ["PATH=/nosuch"],
        ["PATH="],
        ["LONG=" + "x" * 5000],
        ["A=\u00e9\u4e16"],
        ["novalue"],
        ["A=1", "HOME=/a", "HOME=/b"],
        ["1=2"],
        ["A B=c"],
        ["A=\ttab"],
        ["TERM=", "TERM=y"],
    ]
    value = draw.choice(rows)
    config.process["env"] = value if draw.random() < 0.3 else config.process["env"] + value
    return f"env {[entry[:20] for entry in value]}"


@variation("process", 1)
def no_env(config, draw):
    config.process["env"] = draw.choice([None, [], "A=1", [5]])
    return f"env {config.process['env']}"


@variation("process", 5)
def args(config, draw):
    config.process["args"] = draw.choice(
        [
            ["probe"],
            ["/probe", "7"],
            ["sh", "-c", "exec /probe 9"],
            ["./probe"],
            ["bin/script"],
            ["script"],
            ["/bin/no-interpreter"],
            ["/etc/not-executable"],
            ["/etc"],
            ["nosuch"],
            ["/nosuch"],
            [""],
            [],
            ["/probe", ""],
            ["/probe", "0", "a b", "\n"],
            ["/dangling"],
            ["/loop"],
            ["etc"],
            ["//probe"],
            ["/bin/../probe"],
            ["/etc/passwd/x"],
            ["/proc/self/exe"],
            ["/var/data/file"],
            ["cat"],
            ["/bin/sh", "-c", "kill -TERM $$; kill -9 $$"],
            ["sh", "-c", "kill -SEGV $$"],
            ["/probe", "300"],
        ]
    )
    return f"args {config.process['args']}"


@variation("process", 1)
def bad_args(config, draw):
    config.process["args"] = draw.choice([None, "sh", [1], [None], {"0": "sh"}])
    return f"args {config.process['args']}"


@variation("process", 4)
def rlimits(config, draw):
    entries = []
    for name in draw.sample(LIMITS, draw.randint(1, 3)):
        hard = {
            "CPU": 100,
            "FSIZE": 1 << 22,
            "DATA": 1 << 31,
            "STACK": 1 << 22,
            "CORE": 0,
            "RSS": 1 << 20,
            "NPROC": 500,
            "NOFILE": 512,
            "MEMLOCK": 65536,
            "AS": 1 << 33,
            "LOCKS": 10,
            "SIGPENDING": 50,
            "MSGQUEUE": 4096,
            "NICE": 0,
            "RTPRIO": 0,
            "RTTIME": 1 << 20,
        }[name]
        entries.append(
            {
                "type": f"RLIMIT_{name}",
                "hard": hard,
                "soft": draw.choice(
                    [hard, hard // 2, 0 if name not in ("AS", "CPU", "FSIZE", "STACK", "DATA", "NOFILE") else hard]
                ),
            }
        )
    config.process["rlimits"] = entries
    return f"rlimits {[(entry['type'], entry['soft'], entry['hard']) for entry in entries]}"


@variation("process", 1)
def bad_rlimits(config, draw):
    config.process["rlimits"] = draw.choice(
        [
            [{"type": "RLIMIT_NOSUCH", "hard": 1, "soft": 1}],
            [{"type": "NOFILE", "hard": 64, "soft": 64}],
            [{"type": "RLIMIT_NOFILE", "hard": 64, "soft": 128}],
            [{"type": "RLIMIT_NOFILE", "hard": -1, "soft": 5}],
            [{"type": "RLIMIT_NOFILE"}],
            [{"hard": 64, "soft": 64}],
            [{"type": "rlimit_nofile", "hard": 64, "soft": 64}],
            [{"type": "RLIMIT_CORE", "hard": 64, "soft": 64}, {"type": "RLIMIT_CORE", "hard": 32, "soft": 16}],
            None,
            [],
            [{"type": "RLIMIT_CORE", "hard": 18446744073709551616, "soft": 0}],
            [{"type": "RLIMIT_NOFILE", "hard": 1, "soft": 1}],
            [{"type": "RLIMIT_AS", "hard": 100, "soft": 100}],
        ]
    )
    return f"rlimits {config.process['rlimits']}"


@variation("process", 6)
def capabilities(config, draw):
    bounding = some(draw, CAPABILITIES, 12)
    permitted = some(draw, bounding, len(bounding))
    effective = some(draw, permitted, len(permitted))
    inheritable = some(draw, permitted, len(permitted))
    ambient = some(draw, inheritable, len(inheritable))
    value = {"bounding": bounding, "permitted": permitted, "effective": effective, "inheritable": inheritable, "ambient": ambient}
    for name in some(draw, list(value), 3):
        del value[name]
    if draw.random() < 0.3:  # whatever the kernel says to it
        value[draw.choice(["effective", "ambient", "inheritable", "permitted"])] = draw.sample(CAPABILITIES, 2)
    config.process["capabilities"] = value
    return f"capabilities {value}"


@variation("process", 1)
def odd_capabilities(config, draw):
    value = draw.choice(
        [
            None,
            {},
            {"bounding": ["CAP_NOSUCH"]},
            {"bounding": ["CAP_NOSUCH", "CAP_KILL"], "permitted": ["CAP_KILL"]},
            {"bounding": ["KILL"]},
            {"bounding": ["cap_kill"]},
            ["CAP_KILL"],
            {"bounding": ["CAP_KILL", "CAP_KILL"]},
            {"bounding": "CAP_KILL"},
            {"nosuch": ["CAP_KILL"]},
            {"bounding": None},
        ]
    )
    if value is None:
        del config.process["capabilities"]
    else:
        config.process["capabilities"] = value
    return f"capabilities {value}"


@variation("process", 3)
def privileges(config, draw):
    config.process["noNewPrivileges"] = draw.choice([False, False, True, None])
    return f"noNewPrivileges {config.process['noNewPrivileges']}"


@variation("process", 3)
def oom_score(config, draw):
    config.process["oomScoreAdj"] = draw.choice([0, 1, 100, 999, 1000, 1001, None, "5", 100000000000])
    return f"oomScoreAdj {config.process['oomScoreAdj']}"


@variation("process", 1)
def labels(config, draw):
    field = draw.choice(["apparmorProfile", "selinuxLabel"])
    config.process[field] = draw.choice(["", "nosuch", "system_u:system_r:container_t:s0", "unconfined"])
    return f"{field} {config.process[field]!r}"


@variation("process", 2)
def terminal(config, draw):
    config.way = "terminal"
    config.process["consoleSize"] = draw.choice(
        [{"height": 24, "width": 80}, {"height": 0, "width": 80}, {"height": 65535, "width": 1}, None, {}]
    )
    return f"terminal, consoleSize {config.process['consoleSize']}"


@variation("process", 1)
def personality(config, draw):
    config.linux["personality"] = draw.choice([{"domain": "LINUX"}, {"domain": "LINUX32"}])
    return f"personality {config.linux['personality']}"


@variation("process", 1)
def bad_process(config, draw):
    config.spec["process"] = draw.choice([None, {}, {"args": ["/probe"]}, {"cwd": "/"}, [], {"cwd": "/", "args": ["/probe"]}])
    return f"process {config.spec['process']}"


@variation("names", 3)
def hostname(config, draw):
    config.spec["hostname"] = draw.choice(
        ["a", "a.b.c", "x" * 64, "x" * 65, "", "under_score", "-", "ünïcode", None, 5, "with space"]
    )
    return f"hostname {config.spec['hostname']!r}"


@variation("exec", 3)
def exec_flags(config, draw):
    config.way = draw.choice(["lifecycle", "detached"])
    rows = [
        [],
        ["--cwd", "/tmp"],
        ["--cwd", "/nosuch"],
        ["--cwd", "relative"],
        ["--env", "A=1"],
        ["-e", "HOME=/x", "-e", "A=1", "-e", "A=2"],
        ["-e", "bad"],
        ["--user", "1000"],
        ["--user", "1000:1000"],
        ["-u", "1000:5"],
        ["-u", "bad"],
        ["-u", "0:bad"],
        ["-u", "-1"],
        ["-g", "5", "-g", "7"],
        ["-g", "-1"],
        ["--cap", "CAP_SYS_PTRACE"],
        ["--cap", "CAP_CHOWN", "--cap", "CAP_FOWNER"],
        ["--cap", "CAP_NOSUCH"],
        ["--no-new-privs"],
        ["--preserve-fds", "0"],
        ["--process-label", "x"],
        ["--apparmor", "x"],
        ["--user", "1000", "--cap", "CAP_CHOWN"],
        ["--cgroup", "/"],
        ["--cgroup", "nosuch"],
        ["--ignore-paused"],
    ]
    words = draw.choice(rows)
    command = (
        draw.choice(
            [
                ["/probe", "3"],
                ["/probe"],
                ["probe"],
                ["sh", "-c", "exec /probe"],
                ["nosuch"],
                ["/nosuch"],
                ["/etc"],
                ["/etc/not-executable"],
                ["sh", "-c", "exit 300"],
                ["sh", "-c", "kill -9 $$"],
            ]
        )
        if draw.random() < 0.3
        else ["/probe", "4"]
    )
    config.exec = words + ["@ID@"] + command
    return f"exec {' '.join(words + command)}"


@variation("exec", 2)
def exec_process(config, draw):
    """A process document of its own, made by the other rows of this table."""
    config.way = draw.choice(["lifecycle", "detached"])
    other = type(config)(config.number, config.seed)
    words = [
        draw.choice(
            [user, cwd, env, args, rlimits, capabilities, privileges, oom_score, odd_capabilities, bad_user, bad_rlimits, no_env]
        )(other, draw)
        for _ in range(2)
    ]
    config.exec = other.process
    return f"exec --process with {' and '.join(words)}"
