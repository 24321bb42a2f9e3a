"""The fields of config.json, from what reads them: the tables of Fields in src/config/*.cpp and the structs of src/config/spec.h."""
import glob
import os
import re

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))


def read(*path):
    with open(os.path.join(TOP, *path)) as file:
        return re.sub(r"//.*", "", file.read())


def struct_members():
    """{struct: {member: C++ type}}"""
    text = read("src/config/spec.h")
    structs = {}
    for name, body in re.findall(r"struct (\w+) \{(.*?)\n\};", text, re.DOTALL):
        structs[name] = members = {}
        for statement in body.split(";"):
            found = re.match(r"\s*((?:std::|Object)[\w:]*(?:<.*>)?|\w+)\s+(\w.*)$", statement, re.DOTALL)
            if found and "(" not in statement:
                for member in found.group(2).split(","):
                    members[member.split("=")[0].strip()] = found.group(1)
    return structs


def tables():
    """({struct: [(key, member or None, name of a nested table)]}, the same for tables with a name)"""
    of_struct, of_function, constants = {}, {}, {}
    for path in sorted(glob.glob(os.path.join(TOP, "src/config/*.cpp"))):
        text = read(path)
        constants.update(re.findall(r"Type (\w+) = object_of\((\w+)\)", text))
        for name, struct, body in re.findall(r"^Fields (\w+)\((?:const (\w+)\*)?\) \{(.*?)^\}", text, re.DOTALL | re.MULTILINE):
            rows = []
            for member, key, nested in re.findall(r'(?:field<&\w+::(\w+)>|flattened)\("(\w+)"(?:, (\w+))?', body):
                if not any(member and member == other[1] for other in rows):  # a second spelling of the same field is no field
                    rows.append((key, member, nested))
            if struct:
                of_struct[struct] = rows
            else:
                of_function[name] = rows
    return of_struct, {constant: of_function[name] for constant, name in constants.items() if name in of_function}


def all_fields():
    """["ociVersion", "root.path", ... "linux.resources.rdma.*.hcaHandles"], in the tables' order: the leaves of the tree."""
    members, (of_struct, of_constant) = struct_members(), tables()
    found = []

    def visit(struct, rows, prefix):
        for key, member, nested in rows:
            if not member:
                visit(struct, of_constant[nested], prefix + key + ".")
                continue
            kind = members[struct][member]
            name = prefix + key
            inner = next((word for word in re.findall(r"\w+", kind) if word in of_struct), None)
            if "vector<" in kind:
                name += "[]"
            if kind.startswith("Object<") and inner:
                name += ".*"
            if inner:
                visit(inner, of_struct[inner], name + ".")
            else:
                found.append(name.removesuffix("[]"))

    visit("Spec", of_struct["Spec"], "")
    return found
