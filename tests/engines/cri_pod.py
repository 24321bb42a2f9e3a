#!/usr/bin/env python3
"""Runs one pod with one container through a CRI socket and prints what an exec in it says. Needs grpcio, no generated code.

usage: cri_pod.py SOCKET HANDLER IMAGE COMMAND...
"""
import sys

import grpc


def field(number, value):
    """One protobuf field: a number as varint, text, or an encoded message as length and bytes."""
    if isinstance(value, int):
        return varint(number << 3) + varint(value)
    data = value.encode() if isinstance(value, str) else value
    return varint(number << 3 | 2) + varint(len(data)) + data


def varint(value):
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def parse(data):
    """Fields of a message as {number: value}; the CRI's answers that we read have only varints and lengths."""
    fields, at = {}, 0

    def number():
        nonlocal at
        value = shift = 0
        while True:
            byte = data[at]
            at += 1
            value |= (byte & 0x7F) << shift
            shift += 7
            if byte < 0x80:
                return value

    while at < len(data):
        key = number()
        value = number()
        if key & 7 == 2:
            value, at = data[at:at + value], at + value
        fields[key >> 3] = value
    return fields


def main():
    socket, handler, image, *command = sys.argv[1:]
    channel = grpc.insecure_channel("unix://" + socket)

    def call(method, *fields):
        return parse(channel.unary_unary("/runtime.v1.RuntimeService/" + method)(b"".join(fields), timeout=30))

    node = 2  # NamespaceMode NODE: the network of the host, so that no CNI plugin is needed
    security = field(1, field(1, node))
    sandbox = field(1, field(1, "pod") + field(2, "uid-1") + field(3, "default")) + field(8, field(1, "/k8s") + field(2, security))
    pod = call("RunPodSandbox", field(1, sandbox), field(2, handler))[1].decode()
    try:
        config = (field(1, field(1, "main")) + field(2, field(1, image)) + field(3, "sleep") + field(3, "1000")
                  + field(15, field(2, field(3, field(1, node)))))
        container = call("CreateContainer", field(1, pod), field(2, config), field(3, sandbox))[1].decode()
        call("StartContainer", field(1, container))
        answer = call("ExecSync", field(1, container), *(field(2, word) for word in command), field(3, 20))
        sys.stdout.write(answer.get(1, b"").decode())
        sys.stderr.write(answer.get(2, b"").decode())
        call("StopContainer", field(1, container), field(2, 1))
        call("RemoveContainer", field(1, container))
        return answer.get(3, 0)
    finally:
        call("StopPodSandbox", field(1, pod))
        call("RemovePodSandbox", field(1, pod))


if __name__ == "__main__":
    try:
        sys.exit(main())
    except grpc.RpcError as error:
        sys.exit("cri_pod.py: " + error.details())
