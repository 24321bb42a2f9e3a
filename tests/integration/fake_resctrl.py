#!/usr/bin/env python3
"""A stand-in for the resctrl filesystem, for kernels and processors that have none: groups made and removed by mkdir and rmdir,
schemata that are checked and rounded, tasks that are in one group at a time. Mounted by with_resctrl.

fake_resctrl.py MOUNT-POINT
"""
import errno
import os
import re
import stat
import sys

from fusepy import FUSE, FuseOSError, Operations

CACHES, MASK, STEP, MOST_MONITORS = ("0", "1"), 0xFFF, 10, 2


class Group:
    def __init__(self):
        self.tasks = []
        self.values = {"L3": dict.fromkeys(CACHES, MASK), "MB": dict.fromkeys(CACHES, 100)}
        self.monitors = {}

    def schemata(self):
        l3 = ";".join(f"{i}={v:03x}" for i, v in self.values["L3"].items())
        mb = ";".join(f"{i}={v:3d}" for i, v in self.values["MB"].items())
        return f"    MB:{mb}\n    L3:{l3}\n"


class Resctrl(Operations):
    def __init__(self):
        self.groups = {"": Group()}
        self.status = "ok"

    def fail(self, code, status):
        self.status = status
        raise FuseOSError(code)

    def look_up(self, path):
        """(kind, group, monitor) of a path."""
        parts = [p for p in path.split("/") if p]
        if parts[:1] == ["info"]:
            return ("info", "/".join(parts[1:]), None)
        name = parts.pop(0) if parts and parts[0] in self.groups else ""
        monitor = None
        if parts[:1] == ["mon_groups"]:
            if len(parts) == 1:
                return ("monitors", name, None)
            monitor = parts[1]
            parts = parts[2:]
            if monitor not in self.groups[name].monitors:
                raise FuseOSError(errno.ENOENT)
        if not parts:
            return ("group", name, monitor)
        if parts == ["tasks"] or (parts == ["schemata"] and monitor is None):
            return (parts[0], name, monitor)
        raise FuseOSError(errno.ENOENT)

    INFO = {"": ["L3", "MB", "last_cmd_status"], "L3": ["cbm_mask"], "MB": ["bandwidth_gran"]}

    def content(self, path):
        kind, name, monitor = self.look_up(path)
        if kind == "schemata":
            return self.groups[name].schemata()
        if kind == "tasks":
            tasks = self.groups[name].tasks if monitor is None else self.groups[name].monitors[monitor]
            return "".join(f"{pid}\n" for pid in tasks)
        texts = {"last_cmd_status": self.status, "L3/cbm_mask": f"{MASK:x}", "MB/bandwidth_gran": str(STEP)}
        if kind == "info" and name in texts:
            return texts[name] + "\n"
        raise FuseOSError(errno.EISDIR if kind != "info" or name in self.INFO else errno.ENOENT)

    def is_directory(self, path):
        try:
            self.content(path)
            return False
        except FuseOSError as error:
            if error.errno != errno.EISDIR:
                raise
            return True

    def getattr(self, path, fh=None):
        if self.is_directory(path):
            return {"st_mode": stat.S_IFDIR | 0o755, "st_nlink": 2}
        return {"st_mode": stat.S_IFREG | 0o644, "st_nlink": 1, "st_size": 4096}

    def readdir(self, path, fh):
        kind, name, monitor = self.look_up(path)
        if kind == "info":
            return [".", "..", *self.INFO[name]]
        if kind == "monitors":
            return [".", "..", *self.groups[name].monitors]
        if monitor is not None:
            return [".", "..", "tasks"]
        below = [g for g in self.groups if g] + ["info"] if name == "" else []
        return [".", "..", "tasks", "schemata", "mon_groups", *below]

    def read(self, path, size, offset, fh):
        return self.content(path).encode()[offset : offset + size]

    def truncate(self, path, length, fh=None):
        pass

    def mkdir(self, path, mode):
        parent, _, name = path.rpartition("/")
        kind, group, monitor = self.look_up(parent)
        if kind == "monitors":
            if sum(len(g.monitors) for g in self.groups.values()) == MOST_MONITORS:
                self.fail(errno.ENOSPC, "Out of RMIDs")
            self.groups[group].monitors[name] = []
        elif kind == "group" and group == "" and monitor is None:
            self.groups[name] = Group()
        else:
            raise FuseOSError(errno.EPERM)
        self.status = "ok"

    def rmdir(self, path):
        kind, name, monitor = self.look_up(path)
        if kind != "group" or (name == "" and monitor is None):
            raise FuseOSError(errno.EPERM)
        if monitor is not None:
            del self.groups[name].monitors[monitor]
        else:
            self.groups[""].tasks += self.groups.pop(name).tasks

    def write(self, path, data, offset, fh):
        kind, name, monitor = self.look_up(path)
        if kind == "tasks":
            self.move(int(data), self.groups[name], monitor)
        elif kind == "schemata":
            self.set_schemata(self.groups[name], data.decode())
        else:
            raise FuseOSError(errno.EPERM)
        self.status = "ok"
        return len(data)

    def move(self, pid, group, monitor):
        if not os.path.isdir(f"/proc/{pid}"):
            self.fail(errno.ESRCH, f"No task {pid}")
        if monitor is not None and pid not in group.tasks:
            self.fail(errno.EINVAL, "Can't move task to different control group")
        if monitor is not None:
            group.monitors[monitor].append(pid)
            return
        for each in self.groups.values():
            each.tasks = [task for task in each.tasks if task != pid]
        group.tasks.append(pid)

    def set_schemata(self, group, text):
        if not text.endswith("\n"):
            self.fail(errno.EINVAL, "no newline")
        for line in text.splitlines():
            match = re.fullmatch(r"\s*(L3|MB):(.*)", line)
            if not match:
                self.fail(errno.EINVAL, f"Unknown or unsupported resource name '{line.split(':')[0]}'")
            resource = match.group(1)
            for entry in match.group(2).split(";"):
                cache, _, value = entry.partition("=")
                number = int(value, 16 if resource == "L3" else 10)
                if cache not in CACHES or (resource == "L3" and number > MASK):
                    self.fail(errno.EINVAL, f"Mask out of range: {entry}")
                group.values[resource][cache] = number if resource == "L3" else -(-number // STEP) * STEP


FUSE(Resctrl(), sys.argv[1], foreground=True, nothreads=True, direct_io=True, attr_timeout=0, entry_timeout=0)
