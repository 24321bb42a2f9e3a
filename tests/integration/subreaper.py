#!/usr/bin/env python3
"""As an engine's monitor does: become a subreaper, create, start, and wait for the container by the pid of its pid file.

subreaper.py PIDFILE CREATE... -- START...
"""
import ctypes
import os
import subprocess
import sys

PR_SET_CHILD_SUBREAPER = 36
ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)

pid_file, rest = sys.argv[1], sys.argv[2:]
split = len(rest) - 1 - rest[::-1].index("--")
subprocess.run(rest[:split], stdin=subprocess.DEVNULL, check=True)
pid = int(open(pid_file).read())
with open(f"/proc/{pid}/status") as status:
    parent = int(next(line for line in status if line.startswith("PPid:")).split()[1])
print("parent is the subreaper:", parent == os.getpid())
stat = open(f"/proc/{pid}/stat").read().rsplit(")", 1)[1].split()
print("leads its session:", int(stat[3]) == pid, "its group:", int(stat[2]) == pid)
subprocess.run(rest[split + 1 :], stdin=subprocess.DEVNULL, check=True)
_, status = os.waitpid(pid, 0)
if os.WIFEXITED(status):
    print("waited: exit", os.WEXITSTATUS(status))
else:
    print("waited: signal", os.WTERMSIG(status))
