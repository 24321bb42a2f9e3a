"""Plays a config with a runtime: what the command lines returned, what was seen meanwhile, and what is left afterwards."""
import glob
import json
import os
import re
import signal
import socket
import subprocess
import time

import bundle
import view

PATIENCE = 60  # seconds for any single step: a container with few CPU shares on a busy machine takes its time


class Refused(Exception):
    """create or run did not make a container."""


class Play:
    def __init__(self, runtime, workshop, config):
        self.runtime, self.workshop, self.config = runtime, workshop, config
        self.facts = {}
        self.pid = 0
        self.status = {}  # of children that were reaped: pid to wait status
        self.steps = 0

    # ---- one command ---------------------------------------------------------------------------------------------------
    def start(self, *words, stdin=subprocess.DEVNULL):
        self.steps += 1
        self.output, self.errors = (f"{self.workshop.directory}/{name}.{self.steps}" for name in ("out", "err"))
        with open(self.output, "wb") as output, open(self.errors, "wb") as errors:
            return subprocess.Popen(
                [self.runtime, "--root", self.workshop.state, *words],
                stdin=stdin,
                stdout=output,
                stderr=errors,
                cwd=self.workshop.directory,
                env={"PATH": "/usr/local/bin:/usr/bin:/bin", "OF_THE_HOST": "1"},
                pass_fds=[3],
            )

    def call(self, *words, stdin=subprocess.DEVNULL):
        return self.wait(self.start(*words, stdin=stdin))

    def wait(self, process):
        try:
            return process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            return "hung"

    def said(self, path):
        return view.read(path).replace(self.workshop.directory, "DIR")

    def until_end(self, output, gone):
        """True when the probe has said all; false when whoever would say it is gone."""
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            ended = gone()
            if "\nend\t" in view.read(output):
                return True
            if ended:
                return False
            time.sleep(0.001)
        self.facts["hung"] = "the probe did not end"
        return False

    # ---- the ways to play ------------------------------------------------------------------------------------------------
    def play(self):
        self.workshop.build(self.config)
        before = view.tree(f"{self.workshop.bundle}/rootfs")
        host = view.nodes()
        name = self.workshop.name
        try:
            getattr(self, self.config.way)(name)
            self.facts["accepted"] = "yes"
        except Refused as refusal:
            self.facts = {"accepted": "no", "message": str(refusal)}
        hooks = view.read(f"{self.workshop.bundle}/hooks") if os.path.exists(f"{self.workshop.bundle}/hooks") else ""
        if self.facts["accepted"] == "yes":
            self.add("hook ", view.hooks(hooks, self.pid, self.workshop.directory))
            after = view.tree(f"{self.workshop.bundle}/rootfs")
            self.facts.update({name: value for name, value in after.items() if before.get(name) != value})
        self.leavings()
        self.facts["host changed"] = ", ".join(f"{old} is {new}" for old, new in zip(host, view.nodes()) if old != new)
        self.sweep()
        return self.facts

    def refused(self, code):
        raise Refused(f"exit {code}: " + re.sub(r'^time="[^"]*" ', "", self.said(self.errors).strip()))

    def run(self, name):
        pid_file = f"{self.workshop.directory}/pid"
        reading, writing = os.pipe()
        process = self.start(
            "run", *self.config.flags, "--pid-file", pid_file, "--bundle", self.workshop.bundle, name, stdin=reading
        )
        os.close(reading)
        output, errors = self.output, self.errors
        ended = self.until_end(output, lambda: process.poll() is not None)
        while ended and not os.path.exists(pid_file) and process.poll() is None:
            time.sleep(0.001)  # it may come after the program has spoken
        self.pid = int(view.read(pid_file)) if os.path.exists(pid_file) else 0
        if ended and self.pid:
            self.add("host ", view.outside(self.pid, self.workshop))
        self.let_go(writing)
        code = self.wait(process)
        self.output, self.errors = output, errors
        if "run failed" in self.said(errors) or not self.pid:
            self.refused(code)
        self.facts["run exit"] = str(code)
        self.add("", view.inside(view.read(output)))
        self.remove(pid_file)

    def let_go(self, writing):
        try:
            os.write(writing, b"\n")
        except BrokenPipeError:
            pass
        os.close(writing)

    def detached(self, name):
        reading, writing = os.pipe()
        try:
            self.make("run", "-d", name, stdin=reading)
            os.close(reading)
            self.live(name, self.output)
        finally:
            self.let_go(writing)
        self.finish(name)

    def lifecycle(self, name):
        reading, writing = os.pipe()
        try:
            self.make("create", name, stdin=reading)
            os.close(reading)
            output = self.output
            self.facts["pid file"] = "right" if self.pid == self.state(name, "created").get("pid") else "wrong"
            self.facts["start exit"] = str(self.call("start", name))
            self.live(name, output)
        finally:
            self.let_go(writing)
        self.finish(name)

    def make(self, *words, stdin=subprocess.DEVNULL):
        """create or run -d, with what all of them have."""
        pid_file = f"{self.workshop.directory}/pid"
        code = self.call(
            *words[:-1], *self.config.flags, "--pid-file", pid_file, "--bundle", self.workshop.bundle, words[-1], stdin=stdin
        )
        if code != 0:
            self.refused(code)
        self.pid = int(view.read(pid_file))

    def terminal(self, name):
        path = f"{self.workshop.directory}/console"
        self.remove(path)
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as listener:
            listener.bind(path)
            listener.listen(1)
            listener.settimeout(PATIENCE)
            self.make("create", "--console-socket", path, name)
            connection, _ = listener.accept()
        with connection:
            payload, descriptors, _, _ = socket.recv_fds(connection, 4096, 4)
        self.facts["console"] = f"{payload.decode()}, {len(descriptors)} descriptor"
        self.facts["start exit"] = str(self.call("start", name))
        said, deadline = b"", time.monotonic() + PATIENCE
        os.set_blocking(descriptors[0], False)
        while b"\nend\t" not in said and time.monotonic() < deadline:
            try:
                said += os.read(descriptors[0], 65536)
            except BlockingIOError:
                time.sleep(0.001)
            except OSError:
                break  # EIO: the other side is closed
        text = f"{self.workshop.directory}/terminal"
        bundle.write(text, said.decode(errors="replace").replace("\r\n", "\n"))
        self.live(name, text)
        os.write(descriptors[0], b"\n")
        self.finish(name)
        os.close(descriptors[0])

    def state(self, name, when):
        code = self.call("state", name)
        if code != 0:
            self.facts[f"state {when}"] = f"exit {code}"
            return {}
        state = json.loads(self.said(self.output))
        facts = {key: value for key, value in state.items() if key not in ("created", "pid")}
        if "annotations" in facts:
            facts["annotations"] = dict(sorted(facts["annotations"].items()))
        facts["pid"] = "none" if state["pid"] == 0 else "some"
        self.facts[f"state {when}"] = json.dumps(facts)
        return state

    def live(self, name, output):
        ended = self.until_end(output, lambda: not self.alive(self.pid))
        if ended:
            self.state(name, "started")
            self.add("host ", view.outside(self.pid, self.workshop))
            if self.config.exec:
                self.run_exec(name)
            if self.killed():
                self.facts["kill exit"] = str(self.call("kill", name, "KILL"))
        self.add("", view.inside(view.read(output)))

    def killed(self):
        return self.config.number % 3 == 0

    def run_exec(self, name):
        pid_file = f"{self.workshop.directory}/exec-pid"
        if isinstance(self.config.exec, dict):
            document = f"{self.workshop.directory}/process.json"
            bundle.write(document, json.dumps(self.config.exec))
            words = ["--process", document, name]
        elif "@ID@" in self.config.exec:
            words = [name if word == "@ID@" else word for word in self.config.exec]
        else:
            words = [name, *self.config.exec]
        reading, writing = os.pipe()
        process = self.start("exec", "--pid-file", pid_file, *words, stdin=reading)
        output, errors = self.output, self.errors
        os.close(reading)
        if self.until_end(output, lambda: process.poll() is not None):
            while not os.path.exists(pid_file) and process.poll() is None:
                time.sleep(0.001)  # it may come after the process has spoken
            self.add("exec host ", self.of_exec(view.outside(int(view.read(pid_file)), self.workshop)))
        self.let_go(writing)
        self.facts["exec exit"] = str(self.wait(process))
        self.facts["exec accepted"] = "no" if "exec failed" in self.said(errors) else "yes"
        self.facts["exec message"] = self.said(errors)
        if self.facts["exec accepted"] == "yes":
            self.add("exec ", self.of_exec(view.inside(view.read(output))))
        self.remove(pid_file)

    @staticmethod
    def of_exec(facts):
        """Without what is the container's, and was looked at already."""
        return {name: value for name, value in facts.items() if not name.startswith(("mount", "limit ", "path ", "filesystem "))}

    def alive(self, pid):
        self.reap()
        return os.path.exists(f"/proc/{pid}/stat") and " Z " not in view.read(f"/proc/{pid}/stat")

    def reap(self):
        """Only the containers' processes: subprocess waits for those that it has started."""
        if self.pid and self.pid not in self.status:
            try:
                pid, status = os.waitpid(self.pid, os.WNOHANG)
                if pid:
                    self.status[pid] = status
            except ChildProcessError:
                pass

    def finish(self, name):
        """The program ends (every third time by kill), the container is deleted."""
        deadline = time.monotonic() + PATIENCE
        while (self.alive(self.pid) or os.path.exists(f"/proc/{self.pid}")) and time.monotonic() < deadline:
            time.sleep(0.001)  # until it is waited for: it is our child by now
        status = self.status.get(self.pid)
        self.facts["program exit"] = str(os.waitstatus_to_exitcode(status)) if status is not None else "unknown"
        self.state(name, "stopped")
        self.facts["delete exit"] = str(self.call("delete", name))

    def add(self, prefix, facts):
        for name, value in facts.items():
            self.facts[prefix + name] = value

    # ---- afterwards --------------------------------------------------------------------------------------------------------
    def leavings(self):
        found = (
            [f"state {name}" for name in os.listdir(self.workshop.state) if not name.startswith("@")]
            if os.path.isdir(self.workshop.state)
            else []
        )
        found += [f"cgroup {directory}" for directory in self.groups()]
        self.facts["left behind"] = ", ".join(sorted(found))

    def groups(self):
        """Control groups that bear our name: below a controller's root, below our own group, or between the two."""
        found = []
        for line in view.read("/proc/self/cgroup").splitlines():
            _, controllers, path = line.split(":", 2)
            base = f"/sys/fs/cgroup/{controllers.removeprefix('name=') or 'unified'}"
            for part in [""] + [word for word in path.split("/") if word]:
                base = f"{base}/{part}" if part else base
                found += glob.glob(f"{base}/{self.workshop.name}*")
        return found

    @staticmethod
    def remove(path):
        if os.path.exists(path):
            os.unlink(path)

    def sweep(self):
        """Whatever is still there, also after a failure."""
        if os.path.isdir(self.workshop.state):
            for name in os.listdir(self.workshop.state):
                if not name.startswith("@"):
                    self.call("delete", "--force", name)
        for directory in self.groups():
            for pid in view.read(f"{directory}/cgroup.procs").split():
                if pid.isdigit():
                    os.kill(int(pid), signal.SIGKILL)
        self.reap()
        for _ in range(50):
            groups = [top for group in self.groups() for top, _, _ in os.walk(group, topdown=False)]
            if not groups:
                break
            for directory in groups:
                try:
                    os.rmdir(directory)
                except OSError:
                    time.sleep(0.005)
        self.workshop.clear()
        for path in glob.glob(f"{self.workshop.directory}/*"):
            if os.path.isfile(path) or os.path.islink(path):
                os.unlink(path)
        reap_all()


def reap_all():
    """Children that came to us, when none is ours to wait for: a dead one keeps its pid namespace alive until somebody waits."""
    try:
        while os.waitpid(-1, os.WNOHANG)[0] != 0:
            pass
    except ChildProcessError:
        pass
