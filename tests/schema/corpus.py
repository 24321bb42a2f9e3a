"""Documents, good and bad: small good ones (documents.json), and what becomes of them by changing one place or a few.

Every change is drawn from the schema: at each place wrong kinds, both sides of each bound that a schema or a C++ type has, each
word of an enumeration and words beside it, absence, null, repetition. The same seed gives the same documents.
"""
import json
import random
from copy import deepcopy
from pathlib import Path

import schemas

KINDS = [None, True, False, 0, 1, -1, 1.5, "", "x", "1", [], ["x"], [None], [{}], {}, {"x": "y"}, {"x": None}]
EDGES = [-(2**63) - 1, -(2**63), -(2**31) - 1, -(2**31), -1001, 65535, 65536, 1000000]
EDGES += [2**bits + near for bits in (31, 32, 63, 64) for near in (-1, 0)] + [2**32 - 2]
TEXTS = [
    "/", "/a", "//", "/a/../b", "a/b", ".", "..", "../a", "/proc", "/proc/", "/proc/meminfo", "/proc/self/attr", "/dev/null",
    "a b", "a\nb", "a\n", "\t", "\x00", "a\x00b", "é" * 8, "é" * 40, "x" * 15, "x" * 16, "x" * 64, "x" * 65,
    "a=b", "=b", "a=", "A", "0", "00", "0-3", "3-0", "0-", "-1", "0,,1", " 1 ", ",", " ", "1 2", "1-2-3", "65537", "99999999999",
    "MB:0=1", "MB:", "mb:0=1", "L3:0=f\nMB:0=1", "2MB", "02MB", "2mb", "2TB", "MB", "1234567890MB",
    "a.b", ".a.b", "a.", "a..b", "a.b/c", "a/b.c", "rwm", "rrr", "rx", "c", "eth%d", "e:0",
    "1.0.0", "1.0", "1.0.00", "2.0.0", "0.9.0", "v1.0.0", "1.0.0-", "1.0.0-01", "1.0.0-a.1+b.01", "1.99999999999.0",
    "net.ipv4.ip_forward", "net/ipv4/ip_forward", "net", "net.", "net..a", "net/../kernel/core_pattern", "kernel.hostname",
    "kernel.core_pattern", "kernel/shmmax", "kernel.shmmax.x", "fs.mqueue.a", "fs.file-max", "user.max_user_namespaces", "net.a/b",
    "net.//.a", "net/./a", "bind", "tmpfs", "proc", "idmap", "remount", "tmpcopyup", "copy-symlink", "src-nofollow", "size=1m", "ro,rw", "write", "read",
    "a/../b", "run.oci.hooks.stdout", "run.oci.keep_original_groups", "rootcontext", "1",
    "org.minc-oci.rootfs.type", "org.minc-oci.rootfs.x", "org.minc-oci.rootfs.mask", "org.systemd.property.TasksMax",
    "overlay", "layer", "none", "tmpfs:1m", "tmpfs:0", "tmpfs:1x", "tmpfs:9999999999999t", "[]", '["a"]', '["a", ""]', '["a"', "[1]",
    "index=on", "index=on,", "index=no", "volatile,xino=auto", "volatile=on", "index",
]  # fmt: skip


def merge(base, more):
    merged = deepcopy(base)
    for key, value in more.items():
        inner = merged.get(key)
        merged[key] = merge(inner, value) if isinstance(value, dict) and isinstance(inner, dict) else deepcopy(value)
    return merged


def parts():
    return json.loads((Path(__file__).parent / "documents.json").read_text())


def for_the_parser():
    """Documents that the schema takes and the parser must refuse."""
    return [merge(parts()["base"], part) for part in parts()["refused by the parser alone"]]


def good_documents():
    """(document, the part of it that no other document is there for) by name."""
    base = parts()["base"]
    return {"base": (base, base)} | {name: (merge(base, chapter), chapter) for name, chapter in parts()["chapters"].items()}


def places(value, path=()):
    """The path of every value of a document."""
    yield path
    if isinstance(value, dict):
        for key in value:
            yield from places(value[key], (*path, key))
    elif isinstance(value, list):
        for index, each in enumerate(value):
            yield from places(each, (*path, index))


def value_at(document, path):
    for key in path:
        document = document[key]
    return document


def beside(word):
    return [word, word.lower(), word.upper(), word + "X", word[1:], " " + word]


def values_for(nodes):
    """What to try at a place of which the schemas `nodes` speak."""
    tried = list(KINDS)
    kinds = {kind for node in nodes for kind in ([node["type"]] if isinstance(node.get("type"), str) else node.get("type", []))}
    for node in nodes:
        for keyword in ("minimum", "maximum"):
            if keyword in node:
                tried += [node[keyword] + near for near in (-1, 0, 1)]
        for word in node.get("enum", []) + ([node["const"]] if "const" in node else []):
            tried += beside(word) if isinstance(word, str) else [word]
    if "integer" in kinds:
        tried += EDGES
    if "string" in kinds or any(isinstance(word, str) for node in nodes for word in node.get("enum", [])):
        ruled = any({"pattern", "enum", "const", "maxLength"} & node.keys() for node in nodes)
        tried += TEXTS if ruled else TEXTS[::5]  # where the schema has no rule, the combinations bring the others
    return tried


def names_for(nodes):
    """Names to try in a map."""
    tried = list(TEXTS)
    for node in nodes:
        for inner in schemas.spread([node.get("propertyNames", {})]):
            for word in inner.get("enum", []):
                tried += beside(word)
    return tried


# A change is a function of a document; None when it does not apply (any more).


def put(path, value):
    def change(document):
        document = deepcopy(document)
        if not path:
            return value
        value_at(document, path[:-1])[path[-1]] = deepcopy(value)
        return document

    return change


def remove(path):
    def change(document):
        document = deepcopy(document)
        del value_at(document, path[:-1])[path[-1]]
        return document

    return change


def rename(path, name):
    def change(document):
        document = deepcopy(document)
        parent = value_at(document, path[:-1])
        # Names of maps are data and keep their order.
        moved = {name if key == path[-1] else key: value for key, value in parent.items()}
        parent.clear()
        parent.update(moved)
        return document

    return change


def append(path, value):
    def change(document):
        document = deepcopy(document)
        value_at(document, path).append(deepcopy(value))
        return document

    return change


def changes(schema, document, part):
    for path in places(part):
        nodes = schemas.at(schema, path)
        here = value_at(document, path)
        another = path and isinstance(path[-1], int) and path[-1] > 0  # an element like the first one
        for value in KINDS if another and not isinstance(here, dict) else values_for(nodes):
            yield put(path, value)
        if path and isinstance(path[-1], str):
            yield remove(path)
            above = schemas.at(schema, path[:-1])
            first = path[-1] == next(iter(value_at(document, path[:-1])))
            if first and any("propertyNames" in node or "additionalProperties" in node for node in above):
                yield from (rename(path, name) for name in names_for(above))
        if isinstance(here, list):
            yield from (append(path, value) for value in here[:1] + [None, "x", {}, 0])
            yield put(path, here * 200)
        if isinstance(here, dict):
            yield put((*path, "unknown"), {"of": ["all", 1.5, None, {"kinds": True}]})
            known = {name for node in nodes for name in node.get("properties", {})}
            for name in sorted(known - here.keys()):
                yield from (put((*path, name), value) for value in [*KINDS, *here.values()])


def applied(change, document):
    try:
        return change(document)
    except (KeyError, IndexError, TypeError, AttributeError):
        return None  # another change has taken its place away


def corpus(schema, seed, combinations):
    """Each good document; each with every single change; `combinations` with two to four changes, some across chapters."""
    good = {name: document for name, (document, _) in good_documents().items()}
    yield from good.values()
    by_document = {name: list(changes(schema, document, part)) for name, (document, part) in good_documents().items()}
    for name, document in good.items():
        for change in by_document[name]:
            yield change(document)
    draw = random.Random(seed)
    names = sorted(good)
    for _ in range(combinations):
        first, second = draw.choice(names), draw.choice(names)
        document = merge(good[first], good[second])
        for _ in range(draw.randint(0, 3)):
            document = applied(draw.choice(by_document[draw.choice((first, second))]), document) or document
        yield document
