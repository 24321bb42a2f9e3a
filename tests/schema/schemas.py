"""The schemas below ../../schemas: read, walked, and asked for a verdict."""
import json
import re
from pathlib import Path

import jsonschema

TREE = Path(__file__).resolve().parents[2]


def inline(node, definitions):
    """The node with every reference replaced by what it names, which costs less than to follow it for each document."""
    if isinstance(node, list):
        return [inline(each, definitions) for each in node]
    if not isinstance(node, dict):
        return node
    if "$ref" in node:
        return inline(definitions[node["$ref"].removeprefix("#/definitions/")], definitions)
    return {key: inline(value, definitions) for key, value in node.items() if key != "definitions"}


def ecma_pattern(validator, pattern, instance, schema):
    # The patterns are of ECMA 262, where $ is the end. Python's $ stands before a last newline, too.
    if isinstance(instance, str) and not re.search(re.sub(r"(?<!\\)\$", r"\\Z", pattern), instance):
        yield jsonschema.ValidationError(f"{instance!r} does not match {pattern!r}")


Validator = jsonschema.validators.extend(jsonschema.Draft7Validator, {"pattern": ecma_pattern})


def load(name):
    document = json.loads((TREE / "schemas" / name).read_text())
    jsonschema.Draft7Validator.check_schema(document)
    return inline(document, document.get("definitions", {}))


# ---- walking ----------------------------------------------------------------------------------------------------------------

BRANCHES = ("allOf", "anyOf", "oneOf")
SINGLE_BRANCHES = ("if", "then", "else", "not")


def spread(nodes):
    """All schemas that have a say about one place: the nodes and every branch of theirs."""
    for node in nodes:
        if not isinstance(node, dict):
            continue
        yield node
        for key in BRANCHES:
            yield from spread(node.get(key, []))
        yield from spread(node[key] for key in SINGLE_BRANCHES if key in node)


def step(nodes, key):
    """The schemas that have a say about what lies at `key`, a name or an index."""
    for node in spread(nodes):
        if isinstance(key, str):
            below = node.get("properties", {}).get(key, node.get("additionalProperties"))
            if isinstance(below, dict):
                yield below
        else:
            for keyword in ("items", "contains"):
                if keyword in node:
                    yield node[keyword]


def at(schema, path):
    nodes = [schema]
    for key in path:
        nodes = list(step(nodes, key))
    return list(spread(nodes))


def enumerations(node, place=""):
    """(place, words) of every `enum` and `const` of strings: the place in the schema, the branches left out."""
    if not isinstance(node, dict):
        return
    words = node.get("enum", [node["const"]] if "const" in node else [])
    words = [word for word in words if isinstance(word, str)]
    if words:
        yield place, words
    for key in BRANCHES:
        for each in node.get(key, []):
            yield from enumerations(each, place)
    for key in SINGLE_BRANCHES:
        if key in node:
            yield from enumerations(node[key], place)
    for name, below in node.get("properties", {}).items():
        yield from enumerations(below, f"{place}/{name}")
    for keyword, sign in (("items", "/*"), ("contains", "/*"), ("additionalProperties", "/*"), ("propertyNames", "/~")):
        if keyword in node:
            yield from enumerations(node[keyword], place + sign)
