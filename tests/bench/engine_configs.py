"""The config.json of real engines: what podman and docker, as they are installed, hand to a runtime for a container without options.

They are recorded, not kept: tests/engines/run plays one scenario of each engine with a runtime that copies its bundle's config.json
before it becomes minc-oci. For the benchmark only that is changed which would need the engine to be there.
"""
import json
import os
import shutil
import subprocess
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
SCENARIOS = {"podman": "podman run: output, input, exit code", "docker": "docker: the configuration of the page is in force"}

RECORDER = """#!/bin/sh
# The arguments are runc's; of those only --bundle is looked for.
previous=
for word; do
  case $previous in --bundle | -b) [ -e "{directory}/config.json" ] || cp "$word/config.json" "{directory}/config.json" ;; esac
  previous=$word
done
exec "{minc_oci}" "$@"
"""


def record(minc_oci):
    """{engine: its config}, for the engines that are installed."""
    with tempfile.TemporaryDirectory(prefix="minc-bench-") as work:  # not below /run: the engines' suite has one of its own
        return record_below(work, minc_oci)


def record_below(work, minc_oci):
    configs = {}
    for engine, scenario in SCENARIOS.items():
        if shutil.which("dockerd" if engine == "docker" else engine) is None:
            print("%s is not installed, its config is left out" % engine)
            continue
        directory = os.path.join(work, "record-" + engine)
        os.mkdir(directory)
        recorder = os.path.join(directory, "minc-oci")
        with open(recorder, "w") as file:
            file.write(RECORDER.format(directory=directory, minc_oci=minc_oci))
        os.chmod(recorder, 0o755)
        suite = [os.path.join(os.path.dirname(HERE), "engines/run"), "--runtime", recorder, "--filter", scenario, engine]
        done = subprocess.run(suite, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        try:
            with open(os.path.join(directory, "config.json")) as file:
                configs[engine] = json.load(file)
        except FileNotFoundError:
            raise SystemExit("%s handed over no config:\n%s" % (engine, done.stdout))
    return configs


def adapt(config, bundle, group):
    """Makes `config` run in `bundle` without its engine: other files behind its binds, no namespaces and hooks of the engine's."""
    files, directories = os.path.join(bundle, "file"), os.path.join(bundle, "directory")
    open(files, "w").close()
    os.mkdir(directories)
    for mount in config["mounts"]:
        if "bind" in mount.get("options", []) or "rbind" in mount.get("options", []):
            inside = mount["destination"]
            mount["source"] = files if inside.startswith("/etc/") or inside.endswith("env") else directories
    config["root"] = {"path": "rootfs", "readonly": config["root"].get("readonly", False)}
    config["process"].update(args=["/bin/true"], terminal=False, cwd="/")
    config["process"].pop("rlimits", None)  # of the engine's host, and not every machine may have them
    config["process"].pop("apparmorProfile", None)
    config["hooks"] = {}
    linux = config["linux"]
    linux["cgroupsPath"] = group
    linux["namespaces"] = [{"type": namespace["type"]} for namespace in linux["namespaces"]]
    return config
