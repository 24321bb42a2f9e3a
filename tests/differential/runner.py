"""The frame of both programs: options, workers in namespaces of their own, what unknown differences were found, and the cleaning up."""
import argparse
import collections
import ctypes
import json
import os
import select
import shutil
import signal
import subprocess
import sys
import tempfile
import time

import known

HERE = os.path.dirname(os.path.abspath(__file__))


def parser(description):
    options = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    options.add_argument("--runtime", default=os.environ.get("MINC", f"{HERE}/../../build/check/minc-oci"))
    options.add_argument("--runc", default="runc")
    options.add_argument("--only", type=int, help="this number alone")
    options.add_argument("--show", action="store_true", help="print also what is played, and the differences that are known")
    options.add_argument("--unused", action="store_true", help="print which entries of the table matched nothing")
    options.add_argument("--record", metavar="FILE", help="keep what was seen")
    options.add_argument("--again", metavar="FILE", help="compare what was recorded; play nothing")
    options.add_argument("--worker", help=argparse.SUPPRESS)  # K/N/DIRECTORY
    return options


def share(options, numbers):
    """(own directory, name for all that is made, numbers to play) of a worker."""
    place, jobs, directory = options.worker.split("/", 2)
    mine = [number for number in numbers if number % int(jobs) == int(place)] if options.only is None else [options.only]
    return f"{directory}/{place}", f"{os.path.basename(directory)}-{place}", mine


# A worker is process 1 of its own pid namespace, so that whatever is forgotten dies with it, and what a runtime does to "its"
# mount, network or uts namespace is done to the worker's.
def start_worker(place, jobs, directory):
    namespaces = [
        "unshare",
        "--mount",
        "--uts",
        "--ipc",
        "--net",
        "--pid",
        "--fork",
        "--kill-child",
        "--mount-proc",
        "--propagation",
        "private",
    ]
    words = [sys.executable, os.path.abspath(sys.argv[0]), *sys.argv[1:], "--worker", f"{place}/{jobs}/{directory}"]
    return subprocess.Popen(
        namespaces + words,
        stdout=subprocess.PIPE,
        stdin=subprocess.DEVNULL,
        text=True,
        preexec_fn=lambda: ctypes.CDLL(None).prctl(1, signal.SIGKILL),
    )  # PR_SET_PDEATHSIG


def prepare(directory):
    """The programs in every root file system."""
    os.chmod(directory, 0o711)
    subprocess.run(["cc", "-O1", "-static", "-o", f"{directory}/probe", f"{HERE}/probe.c"], check=True)
    shutil.copy(shutil.which("busybox"), f"{directory}/busybox")


def remove_groups(name):
    """What a worker that was killed left of control groups."""
    found = subprocess.run(
        ["find", "/sys/fs/cgroup", "-depth", "-type", "d", "-path", f"*/{name}-*"], capture_output=True, text=True, check=False
    )
    for path in found.stdout.splitlines():
        try:
            os.rmdir(path)
        except OSError:
            pass


def results(options):
    """What the workers print, in the order in which they do. Whatever happens, nothing is left."""
    if options.again:
        with open(options.again) as file:
            yield from map(json.loads, file)
        return
    directory = tempfile.mkdtemp(prefix=f"minct-diff-{os.getpid()}-")
    jobs = 1 if options.only is not None else max(1, options.jobs)
    workers = []
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    record = open(options.record, "w") if options.record else None
    try:
        prepare(directory)
        workers = [start_worker(place, jobs, directory) for place in range(jobs)]
        streams = [process.stdout for process in workers]
        while streams:
            for stream in select.select(streams, [], [])[0]:
                line = stream.readline()
                if line:
                    if record:
                        record.write(line)
                    yield json.loads(line)
                else:
                    streams.remove(stream)
        broken = sum(process.wait() != 0 for process in workers)
        if broken:
            raise RuntimeError(f"{broken} of {jobs} workers broke")
    finally:
        for process in workers:
            process.kill()
            process.wait()
        remove_groups(os.path.basename(directory))
        shutil.rmtree(directory, ignore_errors=True)


def check(options, table, wanted, compare):
    """Plays, prints what the table does not explain, sums up. `compare` gives a result's differences. The exit code."""
    if os.geteuid() != 0 or not shutil.which(options.runc):
        print("needs root and runc")
        return 77
    options.runtime = os.path.abspath(options.runtime)
    groups, played, different, began = collections.defaultdict(list), 0, 0, time.monotonic()
    facts = collections.Counter()
    for result in results(options):
        played += 1
        facts[result.get("sum", "")] += 1
        if options.show:
            print(result.get("text", ""))
        unknown = []
        for fact, runc, ours in compare(result):
            name = table.explains(fact, runc, ours, result["words"])
            if name is None:
                unknown.append((fact, runc, ours))
                groups[known.kind(fact, runc, ours)].append(result["number"])
            elif options.show:
                print(f"{result['number']}: known ({name}): {fact}\n    runc {runc}\n    ours {ours}")
        if unknown:
            different += 1
            print(f"{result['words']}")
            for fact, runc, ours in unknown:
                print(f"  {fact}\n    runc {runc}\n    ours {ours}")
    for name, numbers in sorted(groups.items(), key=lambda item: -len(item[1])):
        print(f"{len(numbers):5} {name}: {' '.join(map(str, numbers[:8]))}")
    if options.unused:
        print("\n".join(f"unused: {entry['title']}" for entry in table.entries if not entry["used"]))
    sums = ", ".join(f"{count} {name}" for name, count in sorted(facts.items()) if name)
    print(
        f"{played} played in {time.monotonic() - began:.0f} s{' (' + sums + ')' if sums else ''}; {different} differ in what the table does not explain"
    )
    return 1 if different or (played != wanted and not options.again) else 0
