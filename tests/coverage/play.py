"""Plays the input of a row with one runtime and puts what comes of it into a few words that are the same each time."""
import copy
import json
import os
import re
import shutil
import stat
import subprocess
import sys
import tempfile

UNIFIED = "/sys/fs/cgroup/unified"
LONGEST = 140


def enter_namespaces():
    """What a row does must not reach the host, and crun refuses the cgroup2 mount of a hybrid one."""
    if os.environ.get("MINC_COVERAGE_UNSHARED"):
        if os.path.ismount(UNIFIED):
            subprocess.run(["umount", UNIFIED], check=True)
        return
    os.environ["MINC_COVERAGE_UNSHARED"] = "1"
    os.execvp("unshare", ["unshare", "-m", "-n", "-i", "-u", "--propagation", "private", sys.executable] + sys.argv)


def merge(target, patch):
    """RFC 7396."""
    if not isinstance(patch, dict):
        return patch
    target = copy.copy(target) if isinstance(target, dict) else {}
    for key, value in patch.items():
        if value is None:
            target.pop(key, None)
        else:
            target[key] = merge(target.get(key), value)
    return target


class Player:
    def __init__(self):
        self.work = tempfile.mkdtemp(prefix="minc-oci-coverage-")
        self.id = "minct-coverage-" + os.path.basename(self.work).rsplit("-", 1)[1]
        os.chmod(self.work, 0o711)
        self.rootfs = os.path.join(self.work, "rootfs")
        for directory in ["bin", "dev", "etc", "proc", "root", "sys", "tmp"]:
            os.makedirs(os.path.join(self.rootfs, directory))
        shutil.copy(shutil.which("busybox"), os.path.join(self.rootfs, "bin/busybox"))
        subprocess.run(["chroot", self.rootfs, "/bin/busybox", "--install", "-s", "/bin"], check=True)
        # crun gives what it gets as standard input to the container's user: not the host's /dev/null.
        os.mknod(os.path.join(self.work, "null"), 0o666 | stat.S_IFCHR, os.makedev(1, 3))
        subprocess.run(["runc", "spec", "--bundle", self.work], check=True)
        with open(os.path.join(self.work, "config.json")) as file:
            self.default = json.load(file)
        self.default["process"]["terminal"] = False
        self.default["process"]["args"] = ["true"]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        shutil.rmtree(self.work, ignore_errors=True)

    def play(self, runtime, row):
        bundle = os.path.join(self.work, "bundle")
        state = os.path.join(self.work, "state")
        for directory in [bundle, state]:
            os.mkdir(directory)
        subprocess.run(["cp", "-a", self.rootfs, bundle], check=True)
        config = json.dumps(merge(self.default, row["input"])).replace("@bundle@", bundle)
        with open(os.path.join(bundle, "config.json"), "w") as file:
            file.write(config)
        environment = dict(os.environ, ID=self.id, RT="%s --root %s" % (runtime, state))
        try:
            environment["PLAY"] = row.get("play", "$RT run $ID")
            script = 's=0; sh -ec "$PLAY" || s=$?; $RT delete --force $ID >/dev/null 2>&1; exit $s'
            return self.words(bundle, self.call(bundle, script, environment))
        finally:
            self.call(bundle, "$RT delete --force $ID", environment)
            shutil.rmtree(bundle)
            shutil.rmtree(state)

    def call(self, bundle, script, environment):
        """(status or None, stdout, stderr). Into files: a container that is left would keep a pipe open."""
        with (open(os.path.join(self.work, "out"), "w+") as out, open(os.path.join(self.work, "err"), "w+") as err,
              open(os.path.join(self.work, "null")) as null):
            # A container without a mount namespace mounts in ours.
            process = subprocess.Popen(["unshare", "-m", "--propagation", "private", "sh", "-c", script], cwd=bundle, env=environment, stdin=null, stdout=out,
                                       stderr=err, start_new_session=True)
            try:
                status = process.wait(timeout=60)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, 9)
                process.wait()
                status = None
            out.seek(0)
            err.seek(0)
            return status, out.read(), err.read()

    def words(self, bundle, outcome):
        status, out, err = outcome
        said = self.short(bundle, out.strip().splitlines())
        complaints = [self.message(line) for line in err.strip().splitlines()]
        complaint = self.short(bundle, [line for line in complaints if line.startswith("panic:")] or complaints)
        if status is None:
            return "hangs"
        if status == 0:
            return "accepts" + (": " + said if said else "") + (" (warns: %s)" % complaint if complaint else "")
        return "refuses: " + (complaint or said or "status %d, without a word" % status)

    @staticmethod
    def message(line):
        """Without the time and level that the runtimes' logs begin with."""
        logged = re.search(r'\bmsg="((?:[^"\\]|\\.)*)"', line)
        line = re.sub(r"\\(.)", r"\1", logged.group(1)) if logged else re.sub(r"^\d{4}-\d\d-\d\dT\S+ *:? *", "", line)
        return re.sub(r"^(minc-oci|runc) run failed: ", "", line)

    def short(self, bundle, lines):
        """The last line, without what differs from one run to the next."""
        text = lines[-1] if lines else ""
        for name, stands_for in [(bundle, "BUNDLE"), (self.work, "DIR"), (self.id, "ID")]:
            text = text.replace(name, stands_for)
        text = re.sub(r"/proc/\d+/", "/proc/PID/", text)
        text = re.sub(r"/fd/\d+", "/fd/N", text)
        text = " ".join(text.split())
        return text if len(text) <= LONGEST else text[:LONGEST - 1].rstrip() + "…"
