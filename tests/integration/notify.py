#!/usr/bin/env python3
"""A service manager's notify socket, sd_notify(3): prints what comes, until a barrier or SECONDS are over.

usage: notify.py SOCKET SECONDS
"""
import array
import os
import re
import socket
import sys

path, seconds = sys.argv[1], float(sys.argv[2])
listener = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
listener.bind(path)
listener.settimeout(seconds)
while True:
    try:
        message, control, _, _ = listener.recvmsg(4096, 64)
    except socket.timeout:
        print("no barrier", flush=True)
        break
    descriptors = array.array("i")
    for _, _, data in control:
        descriptors.frombytes(data)
    print(re.sub(r"MAINPID=\d+", "MAINPID=N", repr(message.decode())), "descriptors", len(descriptors), flush=True)
    for descriptor in descriptors:
        os.close(descriptor)
    if b"BARRIER=1" in message:
        break
