"""`minc-oci features` beside the parser: a word that is listed has its meaning in config.json, a word that is not has none."""
import json
import shutil
import subprocess
import tempfile
from pathlib import Path

import corpus
import schemas

# Words that other runtimes or libraries have, or that look like ours.
STRANGERS = ["", "acl", "noacl", "copy_symlink", "rsync", "rmand", "nofail", "network2", "CAP_ALL", "ALL", "SCMP_ACT_ALLOWED"]

BIND = {"destination": "/d", "source": "s", "type": "bind"}
TMPFS = {"destination": "/d", "source": "tmpfs", "type": "tmpfs"}
MAPPING = [{"containerID": 0, "hostID": 1000, "size": 1}]


def bind(word):
    return {"mounts": [BIND | {"options": [word], "uidMappings": MAPPING, "gidMappings": MAPPING}]}


def copy_up(type_):
    return {"mounts": [TMPFS | {"type": type_, "options": ["tmpcopyup"]}]}


def hook(word):
    return {"hooks": {word: [{"path": "relative"}]}}


def namespace(word):
    user = {"uidMappings": MAPPING, "gidMappings": MAPPING} if word == "user" else {}
    other = [] if word == "mount" else [{"type": "mount"}]
    return {"linux": {"namespaces": [*other, {"type": word}], **user}}


def capability(word):
    sets = ("bounding", "effective", "permitted", "inheritable", "ambient")
    return {"process": {"capabilities": {name: [word] for name in sets}}}


def seccomp(**members):
    return {"linux": {"seccomp": {"defaultAction": "SCMP_ACT_ALLOW", **members}}}


def action(word):
    return seccomp(listenerPath="/run/agent", syscalls=[{"names": ["read"], "action": word}])


def operator(word):
    comparison = {"index": 0, "value": 1, "valueTwo": 1, "op": word}
    return seccomp(syscalls=[{"names": ["read"], "action": "SCMP_ACT_ERRNO", "args": [comparison]}])


def memory_policy(mode, *flags):
    nodes = {} if mode in ("MPOL_DEFAULT", "MPOL_LOCAL") else {"nodes": "0"}
    return {"linux": {"memoryPolicy": {"mode": mode, "flags": list(flags), **nodes}}}


def lists(listed):
    """(name, the words listed, the document for a word, how it shows that the word is known)"""
    linux = listed["linux"]
    accepted = lambda verdict, word: verdict["phase"] == "accepted"  # noqa: E731
    checked = lambda verdict, word: verdict["pointer"] == f"/hooks/{word}/0/path"  # noqa: E731
    unwarned = lambda verdict, word: not verdict["warnings"]  # noqa: E731
    yield "hooks", listed["hooks"], hook, checked
    # The one word that a bind cannot have is looked at below.
    yield "mountOptions", [word for word in listed["mountOptions"] if word != "tmpcopyup"], bind, accepted
    yield "namespaces", linux["namespaces"], namespace, accepted
    yield "capabilities", linux["capabilities"], capability, unwarned
    yield "seccomp actions", linux["seccomp"]["actions"], action, accepted
    yield "seccomp operators", linux["seccomp"]["operators"], operator, accepted
    yield "seccomp archs", linux["seccomp"]["archs"], lambda word: seccomp(architectures=[word]), accepted
    yield "seccomp knownFlags", linux["seccomp"]["knownFlags"], lambda word: seccomp(flags=[word]), accepted
    yield "memoryPolicy modes", linux["memoryPolicy"]["modes"], memory_policy, accepted
    yield "memoryPolicy flags", linux["memoryPolicy"]["flags"], lambda word: memory_policy("MPOL_BIND", word), accepted


def switches(listed):
    """(name, what is said, a document that needs it)"""
    linux = listed["linux"]
    yield "apparmor", linux["apparmor"]["enabled"], {"process": {"apparmorProfile": "x"}}
    yield "selinux", linux["selinux"]["enabled"], {"process": {"selinuxLabel": "x"}}
    yield "seccomp", linux["seccomp"]["enabled"], seccomp()
    yield "mountExtensions.idmap", linux["mountExtensions"]["idmap"]["enabled"], bind("ridmap")
    devices = {"namespaces": [{"type": "network"}], "netDevices": {"eth0": {}}}
    yield "netDevices", linux["netDevices"]["enabled"], {"linux": devices}
    yield "cgroup.rdma", linux["cgroup"]["rdma"], {"linux": {"resources": {"rdma": {"mlx5_0": {"hcaObjects": 1}}}}}
    yield "intelRdt", linux["intelRdt"]["enabled"], {"linux": {"intelRdt": {"closID": "x"}}}
    yield "intelRdt.schemata", linux["intelRdt"]["schemata"], {"linux": {"intelRdt": {"closID": "x", "schemata": ["MB:0=50"]}}}
    yield "intelRdt.monitoring", linux["intelRdt"]["monitoring"], {"linux": {"intelRdt": {"enableMonitoring": True}}}


def whole(part):
    return corpus.merge(corpus.good_documents()["base"][0], part)


def check(parser, minc, known, complain):
    done = subprocess.run([minc, "features"], capture_output=True, text=True)
    if done.returncode != 0 or done.stderr:
        complain(f"features: {done.returncode}, {done.stderr}")
    listed = json.loads(done.stdout)
    for problem in schemas.Validator(schemas.load("features.schema.json")).iter_errors(listed):
        complain(f"features does not fit its schema: {problem.message}")
    check_versions(parser, listed, complain)
    check_beside_runc(listed, complain)
    count = sum(check_list(parser, known, complain, *each) for each in lists(listed))
    check_copy_up(parser, listed, complain)
    for name, said, part in switches(listed):
        if (parser.verdicts([whole(part)])[0]["phase"] == "accepted") != said:
            complain(f"features: {name} is said to be {said}, and is not")
    check_supported_flags(listed, complain)
    check_cgroup(minc, listed["linux"]["cgroup"], complain)
    check_annotations(minc, listed["potentiallyUnsafeConfigAnnotations"], complain)
    print(f"features: {count} words, listed and not, mean what is said")


# What runc lists and we do not. The first two: runc 1.1 only, which passes them over; no mount(2) flag stands for them. The others:
# libseccomp makes no filter for another byte order than the machine's, and runc refuses them as well.
OF_RUNC = {
    "acl", "noacl", "SCMP_ARCH_MIPS", "SCMP_ARCH_MIPS64", "SCMP_ARCH_MIPS64N32", "SCMP_ARCH_PARISC", "SCMP_ARCH_PARISC64",
    "SCMP_ARCH_PPC", "SCMP_ARCH_PPC64", "SCMP_ARCH_S390", "SCMP_ARCH_S390X",
}  # fmt: skip


def words_of(value):
    """All words in the lists of a features document."""
    if isinstance(value, list):
        return set(value)
    return set().union(*map(words_of, value.values())) if isinstance(value, dict) else set()


def check_beside_runc(listed, complain):
    if not shutil.which("runc"):
        return print("features: no runc here to compare with")
    theirs = json.loads(subprocess.run(["runc", "features"], capture_output=True, check=True).stdout)
    annotations = {"bundle", *theirs.pop("potentiallyUnsafeConfigAnnotations", [])}
    for word in sorted(words_of(theirs) - words_of(listed) - OF_RUNC - annotations):
        complain(f"features: runc has {word}, we have not")


def check_versions(parser, listed, complain):
    bounds = listed["ociVersionMin"], listed["ociVersionMax"]
    for version, wanted in [(bounds[0], True), (bounds[1], True), ("0.9.0", False), ("2.0.0", False)]:
        (verdict,) = parser.verdicts([whole({"ociVersion": version})])
        if (verdict["phase"] == "accepted") != wanted:
            complain(f"features: ociVersion {version}, of {bounds}: {verdict}")


def check_list(parser, known, complain, name, words, document, shows):
    others = {near for word in words for near in corpus.beside(word)} | set(STRANGERS)
    others |= {word for table in known["words"].values() for word in table}
    # "" is no word; a bind takes it as nothing. tmpcopyup is looked at elsewhere.
    others -= {*words, "", "tmpcopyup"}
    tried = [*words, *sorted(others)]
    for word, verdict in zip(tried, parser.verdicts([whole(document(word)) for word in tried])):
        if shows({"pointer": None, "warnings": []} | verdict, word) != (word in words):
            complain(f"features: {word} is {'listed' if word in words else 'not listed'} in {name}: {verdict}")
    return len(tried)


def check_copy_up(parser, listed, complain):
    # Data may be anything: that it is more than data shows where it is refused.
    on_tmpfs, on_another = parser.verdicts([whole(copy_up("tmpfs")), whole(copy_up("ramfs"))])
    known = on_tmpfs["phase"] == "accepted" and on_another["phase"] == "validate"
    if known != ("tmpcopyup" in listed["mountOptions"]):
        complain(f"features: tmpcopyup in mountOptions: {on_tmpfs}, {on_another}")
    data, = parser.verdicts([whole({"mounts": [TMPFS | {"options": ["of-the-filesystem"]}]})])
    if data["phase"] != "accepted":
        complain(f"a word that is not listed is no data: {data}")


def check_supported_flags(listed, complain):
    seccomp_ = listed["linux"]["seccomp"]
    if not set(seccomp_["supportedFlags"]) <= set(seccomp_["knownFlags"]):
        complain("features: supportedFlags has a flag that is not in knownFlags")


def plan(minc, facts, part, *options):
    """minc-oci plan for a host of these facts: its exit code and messages."""
    with tempfile.TemporaryDirectory() as bundle:
        (Path(bundle) / "rootfs").mkdir()
        (Path(bundle) / "config.json").write_text(json.dumps(whole(part)))
        (Path(bundle) / "facts").write_text(json.dumps(facts))
        command = [minc, *options, "plan", "--facts", f"{bundle}/facts", bundle]
        done = subprocess.run(command, capture_output=True, text=True)
        return done.returncode == 0, done.stderr


def host(name):
    return json.loads((Path(__file__).parent / name).read_text())


def check_cgroup(minc, said, complain):
    limits = {"linux": {"resources": {"pids": {"limit": 10}}}}
    user = {"linux": {"namespaces": [{"type": "mount"}, {"type": "user"}], "uidMappings": MAPPING, "gidMappings": MAPPING}}
    rootless = host("host-v2.json") | {"euid": 1000, "egid": 1000, "rootless": True, "systemdGroup": "/user.slice/user@1000.service"}
    for name, plays in (
        ("v1", [plan(minc, host("host-v1.json"), limits)]),
        ("v2", [plan(minc, host("host-v2.json"), limits)]),
        ("systemd", [plan(minc, host(name), limits, "--systemd-cgroup") for name in ("host-v1.json", "host-v2.json")]),
        ("systemdUser", [plan(minc, rootless, corpus.merge(limits, user), "--systemd-cgroup")]),
    ):
        if all(done for done, _ in plays) != said[name]:
            complain(f"features: cgroup.{name} is said to be {said[name]}: {plays}")


def check_annotations(minc, listed, complain):
    """Our annotations show by being refused with a senseless value. (org.criu.config is read by checkpoint and restore only.)"""
    for name, options in (
        ("org.minc-oci.rootfs.type", []),
        ("org.systemd.property.TasksMax", ["--systemd-cgroup"]),
        ("run.oci.hooks.stdout", []),
    ):
        done, message = plan(minc, host("host-v2.json"), {"annotations": {name: "senseless"}}, *options)
        covered = any(name == each or (each.endswith(".") and name.startswith(each)) for each in listed)
        if done or name not in message or not covered:
            complain(f"features: the annotation {name} has a meaning: {done}, {message}; listed: {covered}")
    for each in listed:
        if not each.startswith(("org.minc-oci.", "org.systemd.property.", "org.criu.config", "run.oci.")):
            complain(f"features: no test knows the annotation {each}")
