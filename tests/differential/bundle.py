"""A bundle that is made anew for each play: the default spec, a root file system of a few files, and sources on the host."""
import copy
import ctypes
import json
import os
import shutil
import socket
import subprocess
import time

libc = ctypes.CDLL(None, use_errno=True)
MS_RDONLY, MS_NOSUID, MS_NODEV, MS_NOEXEC, MS_SHARED, MNT_DETACH = 1, 2, 4, 8, 1 << 20, 2

CAPABILITIES = ["CAP_AUDIT_WRITE", "CAP_KILL", "CAP_NET_BIND_SERVICE"]
BASE = {
    "ociVersion": "1.0.2-dev",
    "process": {
        "user": {"uid": 0, "gid": 0},
        "args": ["/probe"],
        "env": ["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "TERM=xterm"],
        "cwd": "/",
        "capabilities": {"bounding": CAPABILITIES, "effective": CAPABILITIES, "permitted": CAPABILITIES},
        "rlimits": [{"type": "RLIMIT_NOFILE", "hard": 1024, "soft": 1024}],
        "noNewPrivileges": True,
    },
    "root": {"path": "rootfs", "readonly": True},
    "hostname": "probe",
    "mounts": [
        {"destination": "/proc", "type": "proc", "source": "proc"},
        {
            "destination": "/dev",
            "type": "tmpfs",
            "source": "tmpfs",
            "options": ["nosuid", "strictatime", "mode=755", "size=65536k"],
        },
        {
            "destination": "/dev/pts",
            "type": "devpts",
            "source": "devpts",
            "options": ["nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620", "gid=5"],
        },
        {
            "destination": "/dev/shm",
            "type": "tmpfs",
            "source": "shm",
            "options": ["nosuid", "noexec", "nodev", "mode=1777", "size=65536k"],
        },
        {"destination": "/dev/mqueue", "type": "mqueue", "source": "mqueue", "options": ["nosuid", "noexec", "nodev"]},
        {"destination": "/sys", "type": "sysfs", "source": "sysfs", "options": ["nosuid", "noexec", "nodev", "ro"]},
        {
            "destination": "/sys/fs/cgroup",
            "type": "cgroup",
            "source": "cgroup",
            "options": ["nosuid", "noexec", "nodev", "relatime", "ro"],
        },
    ],
    "linux": {
        "resources": {"devices": [{"allow": False, "access": "rwm"}]},
        "namespaces": [{"type": "pid"}, {"type": "network"}, {"type": "ipc"}, {"type": "uts"}, {"type": "mount"}],
        "maskedPaths": ["/proc/acpi", "/proc/kcore", "/proc/keys", "/proc/timer_list", "/sys/firmware", "/proc/scsi"],
        "readonlyPaths": ["/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger"],
    },
}
# What every probe looks at: masked and read-only paths of the base, devices, the controllers' directories.
LOOK = [
    "read /proc/kcore",
    "read /proc/keys",
    "read /proc/acpi",
    "read /sys/firmware",
    "read /proc/timer_list",
    "write /proc/sys/kernel/ostype",
    "write /proc/sys/kernel/hostname",
    "write /proc/sysrq-trigger",
    "write /proc/irq",
    "write /sys/kernel",
    "read /dev/null",
    "write /dev/null",
    "read /dev/zero",
    "read /dev/full",
    "read /dev/tty",
    "read /dev/ptmx",
    "read /dev/console",
    "read /sys/fs/cgroup",
    "write /sys/fs/cgroup",
    "write /sys/fs/cgroup/memory",
    "read /proc/1/environ",
    "write /etc",
    "write /tmp",
    "write /",
    "make c 1 3",
    "make c 1 1",
    "make b 7 0",
    "make c 10 200",
    "make c 5 1",
]


def base():
    return copy.deepcopy(BASE)


def mount(source, target, kind, flags=0, data=None):
    encode = lambda text: text.encode() if text is not None else None
    if libc.mount(encode(source), encode(target), encode(kind), ctypes.c_ulong(flags), encode(data)) != 0:
        raise OSError(ctypes.get_errno(), f"mount {kind} on {target}: {os.strerror(ctypes.get_errno())}")


def unmount_below(directory):
    """Everything mounted at or below the directory, the last first."""
    with open("/proc/self/mountinfo") as table:
        targets = [line.split()[4] for line in table]
    for target in reversed(targets):
        if target == directory or target.startswith(directory + "/"):
            libc.umount2(target.encode(), MNT_DETACH)


def write(path, content="", mode=0o644):
    with open(path, "w") as file:
        file.write(content)
    os.chmod(path, mode)


class Workshop:
    """A directory in which bundles are built: one for each worker. Its name carries our pid, and so do ids and control groups."""

    def __init__(self, directory, name, programs):
        self.directory, self.name, self.programs = directory, name, programs
        self.bundle, self.state, self.source = (f"{directory}/{part}" for part in ("bundle", "state", "source"))
        self.holders, self.held = [], []
        os.makedirs(directory, exist_ok=True)
        os.chmod(directory, 0o711)  # roots of user namespaces come through here

    def build(self, config):
        """The bundle of a config, and what it refers to on the host. `config` is the generator's (see generate.py)."""
        self.clear()
        self._make_rootfs(config)
        if config.needs_source:
            self._make_sources()
        text = config.text()
        for kind in config.joined:
            self.held.append(self._hold(kind))
            text = text.replace(f"@{kind}@", f"/proc/{self.held[-1]}/ns/{kind}")
        text = text.replace("@DIR@", self.directory).replace("@NAME@", self.name)
        write(f"{self.bundle}/config.json", text)
        return text

    def _make_rootfs(self, config):
        root = f"{self.bundle}/rootfs"
        for name in (
            "bin",
            "dev",
            "etc",
            "home/ordinary",
            "proc",
            "root",
            "run",
            "sys",
            "tmp",
            "usr/bin",
            "var/data/below",
            "srv/empty",
        ):
            os.makedirs(f"{root}/{name}")
        os.chmod(f"{root}/tmp", 0o1777)
        os.chmod(f"{root}/root", 0o700)
        for name, program in self.programs.items():
            os.link(program, root + name)
        for applet in ("sh", "cat", "true", "sleep", "env", "sed", "grep", "sort"):
            os.symlink("busybox", f"{root}/bin/{applet}")
        write(
            f"{root}/etc/passwd",
            "root:x:0:0:root:/root:/bin/sh\nordinary:x:1000:1000::/home/ordinary:/bin/sh\nnohome:x:1001:1001:::\n",
        )
        write(f"{root}/etc/group", "root:x:0:\ntty:x:5:\nordinary:x:1000:\n")
        write(f"{root}/etc/not-executable", "#!/bin/sh\n")
        write(f"{root}/bin/script", "#!/bin/sh\nexec /probe 5\n", 0o755)
        write(f"{root}/bin/no-interpreter", "#!/nosuch/interpreter\n", 0o755)
        write(f"{root}/var/data/file", "content\n", 0o640)
        for link, target in (
            ("to-tmp", "/tmp"),
            ("relative", "var/data"),
            ("dangling", "/run/made/here"),
            ("up", "../../../../../../etc"),
            ("loop", "loop"),
            ("etc/link-file", "passwd"),
            ("var/data/link", "file"),
        ):
            os.symlink(target, f"{root}/{link}")
        os.chown(f"{root}/home/ordinary", 1000, 1000)
        os.chmod(f"{root}/srv/empty", 0o2711)
        os.chown(f"{root}/srv/empty", 7, 8)
        write(f"{root}/look", "\n".join(LOOK + config.look) + "\n")
        for prepare in config.prepare:
            prepare(root)
        if config.owner:
            for directory, names, files in os.walk(root):
                for entry in [directory] + [
                    f"{directory}/{name}" for name in files + [name for name in names if os.path.islink(f"{directory}/{name}")]
                ]:
                    about = os.lstat(entry)
                    if about.st_nlink == 1 or entry == directory:  # the programs are shared with all other bundles
                        os.lchown(entry, about.st_uid + config.owner, about.st_gid + config.owner)
                        if not os.path.islink(entry):
                            os.chmod(entry, about.st_mode & 0o7777)

    def _make_sources(self):
        os.makedirs(f"{self.source}/directory/below")
        write(f"{self.source}/file", "of the host\n")
        write(f"{self.source}/secret", "of the host\n", 0o600)
        write(f"{self.source}/directory/file", "of the host\n")
        os.mkfifo(f"{self.source}/fifo", 0o622)
        os.symlink("directory", f"{self.source}/link")
        os.symlink("/nosuch", f"{self.source}/dangling")
        with socket.socket(socket.AF_UNIX) as listener:
            listener.bind(f"{self.source}/socket")
        os.mknod(f"{self.source}/null", 0o20666, os.makedev(1, 3))
        for name, flags in (("plain", 0), ("locked", MS_NOSUID | MS_NODEV | MS_NOEXEC), ("read-only", 0), ("shared", 0)):
            os.mkdir(f"{self.source}/{name}")
            mount(name, f"{self.source}/{name}", "tmpfs", flags, "mode=755")
            os.mkdir(f"{self.source}/{name}/below")
            write(f"{self.source}/{name}/file", "in a mount\n")
        mount("inner", f"{self.source}/plain/below", "tmpfs", MS_NOSUID)
        write(f"{self.source}/plain/below/deep", "deep\n")
        mount(None, f"{self.source}/read-only", None, MS_RDONLY | 32)
        mount(None, f"{self.source}/shared", None, MS_SHARED)
        mount("inner", f"{self.source}/shared/below", "tmpfs")

    def _hold(self, kind):
        """A process with a namespace of its own, to join: its pid."""
        option = {"net": "--net", "uts": "--uts", "ipc": "--ipc", "cgroup": "--cgroup", "mnt": "--mount"}.get(kind)
        command = ["unshare", option, "sleep", "1000"]
        if kind == "pid":
            command = ["unshare", "--fork", "--kill-child", "--pid", "sleep", "1000"]
        if kind == "user":
            command = ["unshare", "--user", "sleep", "1000"]
        holder = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.holders.append(holder)
        own = os.readlink(f"/proc/self/ns/{kind}")
        for _ in range(2000):
            try:
                pid = holder.pid
                if kind == "pid":
                    with open(f"/proc/{pid}/task/{pid}/children") as children:
                        pid = int(children.read().split()[0])
                if os.readlink(f"/proc/{pid}/ns/{kind}") != own and os.readlink(f"/proc/{pid}/exe").endswith("sleep"):
                    if kind == "user":
                        for table in ("uid_map", "gid_map"):
                            with open(f"/proc/{pid}/{table}", "w") as maps:
                                maps.write("0 100000 65536\n")
                    return pid
            except (OSError, IndexError):
                pass
            time.sleep(0.001)
        raise RuntimeError(f"no holder of a namespace {kind}")

    def clear(self):
        for holder in self.holders:
            holder.kill()
            holder.wait()
        self.holders, self.held = [], []
        unmount_below(self.directory)
        for part in (self.bundle, self.state, self.source):
            shutil.rmtree(part, ignore_errors=True)


def to_text(spec):
    return json.dumps(spec, indent=1)
