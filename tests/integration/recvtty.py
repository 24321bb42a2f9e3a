#!/usr/bin/env python3
"""The engine's end of a console socket: takes the terminal, types what it is told, prints what the container says.

recvtty.py SOCKET [INPUT]: INPUT is typed once the terminal is there. First line printed: what the message looked like.
"""
import array
import os
import socket
import sys

server = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
server.bind(sys.argv[1])
server.listen(1)
connection, _ = server.accept()
data, ancillary, _, _ = connection.recvmsg(4096, socket.CMSG_SPACE(4 * 8))
descriptors = array.array("i")
for level, kind, content in ancillary:
    if level == socket.SOL_SOCKET and kind == socket.SCM_RIGHTS:
        descriptors.frombytes(content)
print("message", "with a name" if data.startswith(b"/dev/") else data, "control messages", len(ancillary), "descriptors", len(descriptors), flush=True)
terminal = descriptors[0]
if len(sys.argv) > 2:
    os.write(terminal, sys.argv[2].encode())
while True:
    try:
        output = os.read(terminal, 65536)
    except OSError:  # EIO: the last process that held the other end is gone
        break
    if not output:
        break
    sys.stdout.write(output.decode(errors="replace"))
    sys.stdout.flush()
print("end", flush=True)
