#!/usr/bin/env python3
"""Writes an image that every engine here can load: busybox, two users, no network needed to make it.

usage: make_image.py NAME FILE [COMMAND...]
"""
import hashlib
import io
import json
import os
import shutil
import struct
import subprocess
import sys
import tarfile

PASSWD = b"root:x:0:0:root:/root:/bin/sh\nalice:x:1000:1000::/home/alice:/bin/sh\n"
GROUP = b"root:x:0:\nalice:x:1000:\nwheel:x:10:alice\n"


def add(tar, name, data=None, link=None, mode=0o755, owner=0):
    entry = tarfile.TarInfo(name)
    entry.mode, entry.uid, entry.gid = mode, owner, owner
    if link is not None:
        entry.type, entry.linkname = tarfile.SYMTYPE, link
    elif data is None:
        entry.type = tarfile.DIRTYPE
    else:
        entry.size = len(data)
    tar.addfile(entry, io.BytesIO(data) if data is not None else None)


def for_another_processor(program):
    """The ELF file with the number of a processor that no machine of ours has (EM_PARISC)."""
    return program[:18] + struct.pack("<H", 15) + program[20:]


def needs_loader():
    """The smallest ELF file that asks for a loader, which is not there."""
    loader = b"/lib/gone\0"
    machine = {"x86_64": 62, "aarch64": 183}[os.uname().machine]
    header = struct.pack("<16sHHIQQQIHHHHHH", b"\x7fELF\x02\x01\x01", 2, machine, 1, 0x400000, 64, 0, 0, 64, 56, 2, 0, 0, 0)
    text = struct.pack("<IIQQQQQQ", 1, 5, 0, 0x400000, 0x400000, 256, 256, 4096)  # PT_LOAD
    interpreter = struct.pack("<IIQQQQQQ", 3, 4, 176, 0x4000B0, 0x4000B0, len(loader), len(loader), 1)  # PT_INTERP
    return (header + text + interpreter + loader).ljust(256, b"\0")


def layer():
    busybox = shutil.which("busybox")
    with open(busybox, "rb") as file:
        program = file.read()
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w") as tar:
        for directory in ["bin", "dev", "etc", "home", "proc", "root", "sys", "usr", "var"]:
            add(tar, directory)
        add(tar, "tmp", mode=0o1777)
        add(tar, "home/alice", owner=1000, mode=0o700)
        add(tar, "bin/busybox", program)
        for applet in subprocess.run([busybox, "--list"], check=True, stdout=subprocess.PIPE, text=True).stdout.split():
            if applet != "busybox":
                add(tar, "bin/" + applet, link="busybox")
        add(tar, "etc/passwd", PASSWD, mode=0o644)
        add(tar, "etc/group", GROUP, mode=0o644)
        add(tar, "etc/text", b"not a program\n", mode=0o644)
        add(tar, "bin/wrong-format", b"neither ELF nor a script\n")
        add(tar, "bin/no-interpreter", b"#!/bin/gone\n")
        add(tar, "bin/no-loader", needs_loader())
        add(tar, "bin/wrong-processor", for_another_processor(program))
        add(tar, "home/alice/true", b"#!/bin/true\n", owner=1000)
    return stream.getvalue()


def main():
    name, path, command = sys.argv[1], sys.argv[2], sys.argv[3:] or ["sh"]
    content = layer()
    config = json.dumps({
        "architecture": {"x86_64": "amd64", "aarch64": "arm64"}[os.uname().machine], "os": "linux",
        "config": {"Cmd": command, "Env": ["PATH=/bin:/usr/bin"]},
        "history": [{"created_by": "make_image.py"}],  # buildah counts: one entry for each layer
        "rootfs": {"type": "layers", "diff_ids": ["sha256:" + hashlib.sha256(content).hexdigest()]},
    }).encode()
    config_name = hashlib.sha256(config).hexdigest() + ".json"
    manifest = json.dumps([{"Config": config_name, "RepoTags": [name], "Layers": ["layer.tar"]}]).encode()
    with tarfile.open(path, "w") as tar:
        add(tar, config_name, config, mode=0o644)
        add(tar, "layer.tar", content, mode=0o644)
        add(tar, "manifest.json", manifest, mode=0o644)


if __name__ == "__main__":
    main()
