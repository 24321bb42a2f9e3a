#!/usr/bin/env python3
"""A seccomp agent: takes the listener from the runtime's message and answers every call with EUSERS.

seccomp_agent.py SOCKET: prints what the message said (the specification's container process state), then "asked: NAME".
"""
import array
import ctypes
import fcntl
import json
import os
import socket
import struct
import sys

NOTIF_SIZE, RESPONSE_SIZE = 80, 24  # struct seccomp_notif, struct seccomp_notif_resp
SECCOMP_IOCTL_NOTIF_RECV = 0xC0502100
SECCOMP_IOCTL_NOTIF_SEND = 0xC0182101
EUSERS = 87

path = sys.argv[1]
server = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
server.bind(path)
server.listen(1)
connection, _ = server.accept()
data, ancillary, _, _ = connection.recvmsg(65536, socket.CMSG_SPACE(4 * 8))
descriptors = array.array("i")
for level, kind, content in ancillary:
    if level == socket.SOL_SOCKET and kind == socket.SCM_RIGHTS:
        descriptors.frombytes(content)
message = json.loads(data)
state = message["state"]
print("keys", sorted(message), "of the state", sorted(k for k in state if k != "annotations"))
print("fds", message["fds"], "received", len(descriptors), "metadata", message.get("metadata"), "status", state["status"])
sys.stdout.flush()
while True:
    request = bytearray(NOTIF_SIZE)
    try:
        fcntl.ioctl(descriptors[0], SECCOMP_IOCTL_NOTIF_RECV, request)
    except OSError:
        break
    (identifier,) = struct.unpack_from("Q", request)
    print("asked: call", struct.unpack_from("i", request, 16)[0])
    sys.stdout.flush()
    try:
        fcntl.ioctl(descriptors[0], SECCOMP_IOCTL_NOTIF_SEND, struct.pack("QqiI", identifier, 0, -EUSERS, 0))
    except OSError:
        pass
