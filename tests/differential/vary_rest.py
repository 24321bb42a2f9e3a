"""Variations of seccomp, hooks, annotations, the document itself, and of the command's options."""
import json

from generate import variation
from vary_mounts import some

CALLS = [
    "mkdir",
    "mkdirat",
    "chroot",
    "ptrace",
    "sethostname",
    "unshare",
    "mount",
    "bpf",
    "clone3",
    "openat2",
    "keyctl",
    "personality",
    "socket",
    "kexec_load",
    "io_uring_setup",
    "userfaultfd",
    "sched_setscheduler",
    "setpriority",
    "getpid",
]
ACTIONS = [
    "SCMP_ACT_ERRNO",
    "SCMP_ACT_ERRNO",
    "SCMP_ACT_ALLOW",
    "SCMP_ACT_LOG",
    "SCMP_ACT_KILL",
    "SCMP_ACT_KILL_PROCESS",
    "SCMP_ACT_TRAP",
    "SCMP_ACT_TRACE",
    "SCMP_ACT_KILL_THREAD",
]
# What the probe and the runtimes need to get to their end.
NEEDED = """accept4 access arch_prctl brk capget capset chdir chmod clock_gettime clone close close_range dup dup2 dup3 epoll_create1 epoll_ctl epoll_pwait
 execve execveat exit exit_group faccessat faccessat2 fchdir fchown fchownat fcntl fstat fstatfs futex get_mempolicy getcwd getdents64 getgid getegid geteuid getgroups
 getpgid getpgrp getpid getppid getpriority getrandom getresgid getresuid getrlimit getsid gettid getuid ioctl ioprio_get lseek lstat madvise mknod mknodat mmap mprotect
 munmap nanosleep newfstatat open openat openat2 pipe pipe2 poll ppoll prctl pread64 prlimit64 pwrite64 read readlink readlinkat readv recvmsg restart_syscall rseq rt_sigaction
 rt_sigprocmask rt_sigreturn sched_getaffinity sched_getscheduler sched_yield sendmsg sendto set_robust_list set_tid_address setfsgid setfsuid setgid setgroups setresgid
 setresuid setuid sigaltstack stat statfs statx tgkill umask uname unlink unlinkat wait4 write writev fork vfork setsid kill rt_sigtimedwait ioctl keyctl personality socket
 recvfrom setregid setreuid capget sched_setaffinity pidfd_open pidfd_send_signal waitid setpgid""".split()


@variation("seccomp", 5)
def filtered(config, draw):
    rules = []
    for _ in range(draw.randint(1, 3)):
        rule = {"names": draw.sample(CALLS + ["nosuchcall"], draw.randint(1, 3)), "action": draw.choice(ACTIONS)}
        if rule["action"] in ("SCMP_ACT_ERRNO", "SCMP_ACT_TRACE") and draw.random() < 0.4:
            rule["errnoRet"] = draw.choice([1, 38, 95, 0, 4095])
        if draw.random() < 0.3:
            rule["args"] = [
                {
                    "index": draw.randint(0, 2),
                    "value": draw.choice([0, 98, 99, 9999, 4294967295]),
                    "valueTwo": draw.choice([0, 1]),
                    "op": draw.choice(
                        [
                            "SCMP_CMP_EQ",
                            "SCMP_CMP_NE",
                            "SCMP_CMP_LT",
                            "SCMP_CMP_LE",
                            "SCMP_CMP_GE",
                            "SCMP_CMP_GT",
                            "SCMP_CMP_MASKED_EQ",
                        ]
                    ),
                }
                for _ in range(draw.randint(1, 2))
            ]
        rules.append(rule)
    config.linux["seccomp"] = {"defaultAction": "SCMP_ACT_ALLOW", "syscalls": rules}
    return f"allow but {rules}"


@variation("seccomp", 4)
def allow_list(config, draw):
    value = {
        "defaultAction": draw.choice(["SCMP_ACT_ERRNO", "SCMP_ACT_ERRNO", "SCMP_ACT_LOG", "SCMP_ACT_TRAP", "SCMP_ACT_KILL"]),
        "syscalls": [{"names": NEEDED + some(draw, CALLS, 6), "action": "SCMP_ACT_ALLOW"}],
    }
    if value["defaultAction"] == "SCMP_ACT_ERRNO" and draw.random() < 0.5:
        value["defaultErrnoRet"] = draw.choice([1, 38, 95])
    if draw.random() < 0.6:
        value["architectures"] = draw.sample(
            ["SCMP_ARCH_X86_64", "SCMP_ARCH_X86", "SCMP_ARCH_X32", "SCMP_ARCH_AARCH64"], draw.randint(1, 3)
        )
    config.linux["seccomp"] = value
    return f"{value['defaultAction']} {value.get('defaultErrnoRet', '')} but what is needed and {value['syscalls'][0]['names'][len(NEEDED):]}, {value.get('architectures', 'no architectures')}"


@variation("seccomp", 1)
def odd_seccomp(config, draw):
    allow = {"defaultAction": "SCMP_ACT_ALLOW"}
    rule = lambda **more: {**allow, "syscalls": [{"names": ["mkdir"], "action": "SCMP_ACT_ERRNO", **more}]}
    value = draw.choice(
        [
            {},
            None,
            allow,
            {"defaultAction": "SCMP_ACT_NOSUCH"},
            {"defaultAction": ""},
            rule(action="SCMP_ACT_NOSUCH"),
            rule(names=[]),
            rule(action=None),
            rule(args=[{"index": 6, "value": 0, "op": "SCMP_CMP_EQ"}]),
            rule(args=[{"index": 0, "value": 0, "op": "SCMP_CMP_NOSUCH"}]),
            {**rule(), "architectures": ["SCMP_ARCH_NOSUCH"]},
            {**rule(), "flags": ["SECCOMP_FILTER_FLAG_LOG"]},
            {**rule(), "flags": ["SECCOMP_FILTER_FLAG_TSYNC"]},
            {**rule(), "flags": ["NOSUCH"]},
            {**rule(), "flags": ["SECCOMP_FILTER_FLAG_SPEC_ALLOW"]},
            rule(action="SCMP_ACT_NOTIFY"),
            {"defaultAction": "SCMP_ACT_NOTIFY"},
            rule(names=["nosuchcall"]),
            {**rule(), "architectures": []},
            {**rule(), "flags": []},
            rule(args=[]),
            {"syscalls": [{"names": ["mkdir"], "action": "SCMP_ACT_ERRNO"}]},
            rule(action="SCMP_ACT_ALLOW"),
            "x",
        ]
    )
    config.linux["seccomp"] = value
    return f"{value}"


HOOKS = ["prestart", "createRuntime", "createContainer", "startContainer", "poststart", "poststop"]


@variation("hooks", 5)
def hooks(config, draw):
    """Each writes down what it is told and where it is: on the host into the bundle's directory, inside into /dev/shm."""
    words = []
    for kind in draw.sample(HOOKS, draw.randint(1, 4)):
        entries = []
        for place in range(draw.choice([1, 1, 2])):
            where = "/dev/shm/hook" if kind == "startContainer" else "@DIR@/bundle/hooks"
            version = (
                "" if kind != "startContainer" else ' | sed \'s/"ociVersion":"[^"]*",//\''
            )  # of another length, and the file's size is seen
            script = f"{{ echo 'hook {kind} {place}'; cat{version}; echo; pwd; env | sort; "
            script += f"echo rights $(cat /proc/self/oom_score_adj) $(grep -E 'Uid|CapEff|Seccomp:|NoNewPrivs' /proc/self/status); }} >>{where}"
            entry = {"path": "/bin/sh", "args": ["sh", "-c", script]}
            if draw.random() < 0.6:
                entry["env"] = draw.choice(
                    [["PATH=/usr/bin:/bin", "A=1"], ["PATH=/usr/bin:/bin"], ["PATH=/bin:/usr/bin", "HOME=/x"]]
                )
            elif kind in ("createContainer",):
                entry["env"] = ["PATH=/usr/bin:/bin"]
            if draw.random() < 0.2:
                entry["timeout"] = 10
            entries.append(entry)
        config.spec.setdefault("hooks", {})[kind] = entries
        words.append(f"{kind} {len(entries)}")
    config.look.append("read /dev/shm/hook")
    return ", ".join(words)


@variation("hooks", 1)
def failing_hook(config, draw):
    kind = draw.choice(HOOKS)
    entry = draw.choice(
        [
            {"path": "/bin/sh", "args": ["sh", "-c", "echo said; exit 3"]},
            {"path": "/nosuch"},
            {"path": "/bin/sh", "args": ["sh", "-c", "kill -9 $$"]},
            {"path": "/etc"},
            {"path": "/bin/sh", "args": ["sh", "-c", "sleep 5"], "timeout": 1}
            if draw.random() < 0.2
            else {"path": "/etc/passwd"},
        ]
    )
    config.spec.setdefault("hooks", {})[kind] = [entry]
    return f"{kind} {entry}"


@variation("hooks", 1)
def odd_hooks(config, draw):
    kind = draw.choice(HOOKS)
    value = draw.choice(
        [
            None,
            [],
            {},
            [{}],
            [{"path": ""}],
            [{"path": "bin/true"}],
            [{"path": "/bin/true", "timeout": 0}],
            [{"path": "/bin/true", "timeout": -1}],
            [{"path": "/bin/true", "args": []}],
            [{"path": "/bin/true"}],
            [{"path": "/bin/true", "env": ["novalue"]}],
            [{"path": "/bin/true", "args": "x"}],
            "x",
            [{"args": ["true"]}],
            [{"path": "/bin/sh", "args": ["other", "-c", "exit 0"]}],
        ]
    )
    config.spec.setdefault("hooks", {})[kind] = value
    return f"{kind} {value}"


@variation("annotations", 2)
def annotations(config, draw):
    config.spec["annotations"] = draw.choice(
        [
            {"a": "b"},
            {"org.example.key": "v", "x": ""},
            {"": "empty"},
            {"k": 5},
            None,
            {},
            {"org.systemd.property.TimeoutStopUSec": "uint64 5"},
            {"a": '\u00e9\n"<>&'},
            {"bundle": "/etc"},
            [],
            {"org.criu.config": "/nosuch"},
            {"z": "1", "a": "2", "m": "3"},
            {"a": None},
            {"with=equals": "x=y"},
        ]
    )
    return f"{config.spec['annotations']}"


@variation("document", 3)
def document(config, draw):
    rows = [
        ("cut short", lambda text: text[:-20]),
        ("text after it", lambda text: text + " x"),
        ("spaces after it", lambda text: text + "\n\n "),
        ("a second document", lambda text: text + "{}"),
        ("empty", lambda text: ""),
        ("null", lambda text: "null"),
        ("a list", lambda text: "[]"),
        ("a comment", lambda text: "// hello\n" + text),
        ("single quotes", lambda text: text.replace('"root"', "'root'")),
        ("a comma too many", lambda text: text[:-2] + ",\n}"),
        ("byte order mark", lambda text: "\ufeff" + text),
        ("an unknown field", lambda text: text.replace("{", '{"nosuch": [1, {"deep": null}],', 1)),
        ("a field twice", lambda text: text.replace("{", '{"hostname": "first",', 1)),
        ("another case", lambda text: text.replace('"hostname"', '"HostName"')),
        ("escapes", lambda text: text.replace('"hostname"', '"\\u0068ostname"')),
        ("NUL", lambda text: text.replace('"cwd": "/"', '"cwd": "/\\u0000"')),
        ("lone surrogate", lambda text: text.replace('"TERM=xterm"', '"TERM=\\ud800"')),
        ("float for a number", lambda text: text.replace('"uid": 0', '"uid": 0.0')),
        ("exponent", lambda text: text.replace('"uid": 0', '"uid": 0e0')),
        ("deep", lambda text: text.replace("{", '{"nosuch": ' + "[" * 500 + "]" * 500 + ",", 1)),
    ]
    words, edit = draw.choice(rows)
    config.edits.append(edit)
    return words


@variation("document", 2)
def version(config, draw):
    config.spec["ociVersion"] = draw.choice(
        [
            "1.0.0",
            "1.0.2",
            "1.1.0",
            "1.3.0",
            "1.2.0-rc.1",
            "1.9.0",
            "2.0.0",
            "0.9.0",
            "",
            "1.0",
            "x",
            None,
            1,
            "1.0.2-dev+build.5",
        ]
    )
    return f"ociVersion {config.spec['ociVersion']!r}"


@variation("document", 2)
def missing(config, draw):
    field = draw.choice(["ociVersion", "process", "root", "hostname", "mounts", "linux"])
    del config.spec[field]
    return f"no {field}"


@variation("document", 1)
def wrong_type(config, draw):
    field = draw.choice(["process", "root", "hostname", "mounts", "linux", "hooks", "annotations"])
    config.spec[field] = draw.choice([5, "x", [], {}, True])
    return f"{field} is {json.dumps(config.spec[field])}"


@variation("document", 1)
def other_platforms(config, draw):
    config.spec[draw.choice(["windows", "solaris", "vm", "zos", "freebsd"])] = draw.choice([{}, {"x": 1}])
    return "a section of another platform"


@variation("options", 2)
def command_options(config, draw):
    config.flags = draw.choice(
        [
            ["--no-pivot"],
            ["--no-new-keyring"],
            ["--preserve-fds", "0"],
            ["--preserve-fds", "1"],
            ["--preserve-fds", "2"],
            ["--no-pivot"],
            ["--no-new-keyring"],
        ]
    )
    return " ".join(config.flags)
