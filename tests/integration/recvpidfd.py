#!/usr/bin/env python3
"""The other end of --pidfd-socket: prints the text of the message, the number of descriptors, and the process of a pidfd.

usage: recvpidfd.py SOCKET
"""
import array
import socket
import sys

listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
listener.bind(sys.argv[1])
listener.listen()
listener.settimeout(20)
connection, _ = listener.accept()
message, control, _, _ = connection.recvmsg(4096, 64)
descriptors = array.array("i")
for _, _, data in control:
    descriptors.frombytes(data)
print(message.decode(), len(descriptors))
with open("/proc/self/fdinfo/%d" % descriptors[0]) as info:
    print([line.split()[1] for line in info if line.startswith("Pid:")][0])
