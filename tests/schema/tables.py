"""The schema of config.json beside the tables that the parser works by: the same properties, kinds and words."""
import corpus
import schemas

# Where the schema has words → the parser's table of them, and what else may stand there.
WORDS = {
    "/annotations/org.minc-oci.rootfs.keep": None,
    "/annotations/org.minc-oci.rootfs.submounts": None,
    "/annotations/org.minc-oci.rootfs.type": None,
    "/annotations/run.oci.keep_original_groups": None,
    "/annotations/run.oci.mount_context_type": None,
    "/linux/devices/*/type": None,
    "/linux/memoryPolicy/flags/*": "memoryPolicyFlags",
    "/linux/memoryPolicy/mode": "memoryPolicyModes",
    "/linux/namespaces/*/type": "namespaces",
    "/linux/netDevices/*/name": None,
    "/linux/personality/domain": "personalityDomains",
    "/linux/resources/devices/*/type": None,
    "/linux/rootfsPropagation": "propagation",
    "/linux/seccomp/architectures/*": "seccompArchitectures",
    "/linux/seccomp/defaultAction": "seccompActions",
    "/linux/seccomp/flags/*": "seccompFlags",
    "/linux/seccomp/syscalls/*/action": "seccompActions",
    "/linux/seccomp/syscalls/*/args/*/op": "seccompOperators",
    "/linux/timeOffsets/~": "clocks",
    "/mounts/*/options/*": "mountOptions",
    "/mounts/*/type": None,
    "/process/capabilities/ambient/*": "capabilities",
    "/process/capabilities/bounding/*": "capabilities",
    "/process/capabilities/effective/*": "capabilities",
    "/process/capabilities/inheritable/*": "capabilities",
    "/process/capabilities/permitted/*": "capabilities",
    "/process/ioPriority/class": "ioPriorityClasses",
    "/process/rlimits/*/type": "rlimits",
    "/process/scheduler/flags/*": "schedulerFlags",
    "/process/scheduler/policy": "schedulerPolicies",
}  # None: no table of the parser's; the corpus alone shows that both take the same


def check(schema, known, complain):
    check_words(schema, known["words"], complain)
    count = check_fields(schema, known["fields"], "", complain)
    hooks = list(schema["properties"]["hooks"]["properties"])
    if hooks != known["words"]["hooks"]:
        complain(f"hooks: the schema has {hooks}, the parser {known['words']['hooks']}")
    check_documents(known["fields"], complain)
    print(f"{count} properties and {len(WORDS)} enumerations: the schema's are the parser's")


def check_documents(fields, complain):
    """Is every property of the parser's in one of the good documents?"""
    there = {place for document, _ in corpus.good_documents().values() for place in places_of(document, fields)}
    for place in sorted(places_in(fields) - there):
        complain(f"{place}: in no document of documents.json")


def places_in(type_, place=""):
    if "element" in type_:
        return places_in(type_["element"], place + "/*")
    below = type_.get("fields", {})
    return {f"{place}/{name}" for name in below}.union(*(places_in(field, f"{place}/{name}") for name, field in below.items()))


def places_of(value, type_, place=""):
    if "element" in type_:
        for each in value.values() if isinstance(value, dict) else value:
            yield from places_of(each, type_["element"], place + "/*")
    for name, field in type_.get("fields", {}).items():
        if name in value:
            yield f"{place}/{name}"
            yield from places_of(value[name], field, f"{place}/{name}")


def check_words(schema, words, complain):
    found = {}
    for place, some in schemas.enumerations(schema):
        found.setdefault(place, set()).update(word for word in some if word)
    for place in sorted(found.keys() ^ WORDS.keys()):
        complain(f"words at {place}: {'not in WORDS of tables.py' if place in found else 'not in the schema'}")
    for place, table in WORDS.items():
        if table and found.get(place) != set(words[table]):
            complain(f"words at {place} differ from the parser's {table}: {sorted(found.get(place, set()) ^ set(words[table]))}")


KINDS = {"boolean": "boolean", "integer": "integer", "string": "string", "array": "array", "map": "object", "object": "object"}


def check_fields(schema, type_, place, complain):
    """Walks both; the number of properties."""
    nodes = list(schemas.spread([schema]))
    if type_["kind"] in ("array", "map"):
        key = 0 if type_["kind"] == "array" else "any name"
        below = list(schemas.step([schema], key))
        if not below and not is_empty_array(nodes):
            complain(f"{place}: the schema does not say what the elements are")
        # The first is the place's own, the others are of branches.
        return check_value(below[0], type_["element"], place + "/*", complain) if below else 0
    if type_["kind"] != "object":
        return 0
    known = {name for node in nodes for name in node.get("properties", {})}
    for name in sorted(known ^ type_["fields"].keys()):
        complain(f"{place}/{name}: {'the parser' if name in known else 'the schema'} does not know it")
    count = 0
    for name, field in type_["fields"].items():
        own = schema.get("properties", {}).get(name)
        if own is None:
            continue
        if field["required"] and name not in schema.get("required", []):
            complain(f"{place}/{name} is required by the parser alone")
        takes_null = "null" in kinds_of(own)
        if field["required"] and takes_null:
            complain(f"{place}/{name} must not be null for the parser")
        count += 1 + check_value(own, field, f"{place}/{name}", complain)
    return count


def check_value(schema, type_, place, complain):
    expected = KINDS[type_["kind"]]
    if not kinds_of(schema) <= {expected, "null"} or expected not in kinds_of(schema):
        complain(f"{place}: {sorted(kinds_of(schema))} in the schema, {type_['kind']} for the parser")
    if type_["kind"] == "integer":
        for node in schemas.spread([schema]):
            for keyword in ("minimum", "maximum"):
                if keyword in node and not type_["min"] <= node[keyword] <= type_["max"]:
                    complain(f"{place}: {keyword} {node[keyword]} is outside of {type_['min']}..{type_['max']}")
    return check_fields(schema, type_, place, complain)


def is_empty_array(nodes):
    return any(node.get("maxItems") == 0 for node in nodes)


def kinds_of(schema):
    """The kinds of values that a place may have, by its types and words."""
    if "type" in schema:
        return {schema["type"]} if isinstance(schema["type"], str) else set(schema["type"])
    if "enum" in schema:
        return {kind_of(word) for word in schema["enum"]}
    if "const" in schema:
        return {kind_of(schema["const"])}
    kinds = set()
    for key in ("anyOf", "oneOf", "allOf"):
        for each in schema.get(key, []):
            kinds |= kinds_of(each)
    return kinds


def kind_of(value):
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "boolean"
    return "integer" if isinstance(value, int) else "string"
