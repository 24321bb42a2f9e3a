#!/usr/bin/env python3
"""A person at a terminal: runs COMMAND with a pseudo terminal as its own and plays a script of steps with it.

usage: person.py [--size ROWSxCOLUMNS] STEP... -- COMMAND...

wait:TEXT     until TEXT has been shown (ten seconds at most)
type:TEXT     types it; \\r, \\x03 and the like are understood
size:RxC      gives the window another size, and tells the command
signal:N      sends it signal N
do:COMMAND    runs a shell command
hang-up       the terminal goes away

At its end: what was shown, how the command ended, and whether the terminal's modes are as before.
"""
import fcntl
import os
import pty
import select
import signal
import struct
import subprocess
import sys
import termios
import time


class Terminal:
    def __init__(self, command, size):
        self.master, self.slave = pty.openpty()
        self.resize(size)
        self.modes = termios.tcgetattr(self.slave)
        self.shown = b""
        self.pid = os.fork()
        if self.pid == 0:
            os.setsid()
            fcntl.ioctl(self.slave, termios.TIOCSCTTY, 0)
            for fd in range(3):
                os.dup2(self.slave, fd)
            os.closerange(3, 256)
            os.execvp(command[0], command)

    def resize(self, size):
        rows, columns = map(int, size.split("x"))
        fcntl.ioctl(self.master, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def read(self, seconds, text=None):
        end = time.monotonic() + seconds
        while time.monotonic() < end and not (text and text in self.shown):
            if self.master < 0 or not select.select([self.master], [], [], 0.05)[0]:
                if text is None:
                    return
                continue
            try:
                some = os.read(self.master, 65536)
            except OSError:
                return
            if not some:
                return
            self.shown += some

    def play(self, step):
        verb, _, argument = step.partition(":")
        typed = argument.encode().decode("unicode_escape").encode("latin-1")
        if verb == "wait":
            self.read(10, typed)
            if typed not in self.shown:
                print("never shown:", argument)
        elif verb == "type":
            os.write(self.master, typed)
        elif verb == "size":
            self.resize(argument)
            os.kill(self.pid, signal.SIGWINCH)
        elif verb == "signal":
            os.kill(self.pid, int(argument))
        elif verb == "do":
            subprocess.run(argument, shell=True, check=False, stdin=subprocess.DEVNULL)
        elif verb == "hang-up":
            os.close(self.master)
            self.master = -1
        else:
            sys.exit("no such step: " + step)

    def end(self):
        limit = time.monotonic() + 10
        while time.monotonic() < limit:
            self.read(0.05)
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid:
                self.read(0.5)
                return "ended with %d" % os.waitstatus_to_exitcode(status)
        os.kill(self.pid, signal.SIGKILL)
        os.waitpid(self.pid, 0)
        return "did not end"


def main():
    words = sys.argv[1:]
    size = "24x80"
    if words[0] == "--size":
        size, words = words[1], words[2:]
    split = words.index("--")
    terminal = Terminal(words[split + 1:], size)
    for step in words[:split]:
        terminal.play(step)
    ended = terminal.end()
    sys.stdout.write(terminal.shown.decode(errors="replace").replace("\r", ""))
    print(ended)
    if terminal.master >= 0:
        print("modes restored" if termios.tcgetattr(terminal.slave) == terminal.modes else "modes CHANGED")


main()
