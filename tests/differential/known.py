"""The reviewed table of differences, known.json, and the comparison that it is for.

An entry has a chapter, a title, a kind ("intended": we differ on purpose; "old runc": runc 1.1 does, newer ones do as we do), the reason,
and matches. A match explains a difference when all the patterns that it has are found: `fact` in the fact's name, `runc` and `ours` in
the two values, `config` in the words for the config. For "accepted" the value of who refuses is "no: MESSAGE". With `begins` runc's message must be the beginning of ours. With `alike`
(substitutions) the two values must be equal afterwards, so that nothing else in the same value is hidden.
"""
import json
import os
import re

HERE = os.path.dirname(os.path.abspath(__file__))


class Match:
    def __init__(self, entry, row):
        self.entry = entry
        self.patterns = {name: re.compile(row[name], re.DOTALL) for name in ("fact", "runc", "ours", "config") if name in row}
        self.begins = row.get("begins", False)
        self.alike = [(re.compile(pattern), replacement) for pattern, replacement in row.get("alike", [])]

    def found(self, **values):
        if self.begins and not begins(values["runc"], values["ours"]):
            return False
        return all(pattern.search(values[name]) for name, pattern in self.patterns.items())


def begins(runc, ours):
    """Is the one the beginning of the other, as a message in a line of a log?"""
    message = re.compile(r'(?<=msg=")(?:\\.|[^"\\])*|(?<="msg":")(?:\\.|[^"\\])*|(?<=^RUNTIME ).*', re.MULTILINE)
    pairs = list(zip(message.findall(runc), message.findall(ours)))
    first, second = message.search(runc), message.search(ours)
    if not pairs or not first or not second or message.sub("", runc) != message.sub("", ours):
        return ours.startswith(runc) and runc != ""
    return second.group(0).startswith(first.group(0))


class Table:
    def __init__(self, name):
        with open(f"{HERE}/{name}") as file:
            self.entries = json.load(file)
        for entry in self.entries:
            entry["used"] = 0
        self.matches = [Match(entry, row) for entry in self.entries for row in entry["matches"]]

    def explains(self, fact, runc, ours, words):
        """The titles of the entries that account for a difference, or nothing."""
        entries, given = [], (runc, ours)
        for match in self.matches:  # first what only makes the values alike: several may have a part in one difference
            if match.alike and match.found(fact=fact, runc=runc, ours=ours, config=words):
                before = runc, ours
                for pattern, replacement in match.alike:
                    runc, ours = pattern.sub(replacement, runc), pattern.sub(replacement, ours)
                if before != (runc, ours):
                    entries.append(match.entry)
                if runc.strip() == ours.strip():
                    return self._use(entries)
        for one, other in (given, (runc, ours)):
            for match in self.matches:
                if not match.alike and match.found(fact=fact, runc=one, ours=other, config=words):
                    return self._use([match.entry] if (one, other) == given else entries + [match.entry])
        return None

    @staticmethod
    def _use(entries):
        for entry in entries:
            entry["used"] += 1
        return ", ".join(entry["title"] for entry in entries)


def differences(runc, ours):
    """(fact, runc's value, ours) for all that is not alike."""
    if runc["accepted"] != ours["accepted"]:
        text = lambda facts: "yes" if facts["accepted"] == "yes" else f"no: {facts['message']}"
        return [("accepted", text(runc), text(ours))] + left_behind(runc, ours)
    if runc["accepted"] == "no":
        return left_behind(runc, ours)
    found = []
    for prefix in ("", "exec "):  # nothing to look at on one side: one difference, not a hundred
        if any(fact.startswith(prefix + "host ") for fact in runc) != any(fact.startswith(prefix + "host ") for fact in ours):
            runc, ours = (
                {fact: value for fact, value in facts.items() if not fact.startswith(prefix + "host ")}
                | {prefix + "looked at": str(any(fact.startswith(prefix + "host ") for fact in facts))}
                for facts in (runc, ours)
            )
    exec_differs = runc.get("exec accepted") != ours.get("exec accepted")
    for fact in sorted(set(runc) | set(ours)):
        one, other = runc.get(fact, "(none)"), ours.get(fact, "(none)")
        if one == other or fact == "exec message" or (fact == "host changed" and not other):
            continue
        if fact == "exec accepted":
            one, other = (f"{value}: {facts.get('exec message', '')}" for value, facts in ((one, runc), (other, ours)))
        elif exec_differs and fact.startswith("exec "):
            continue
        found.append((fact, one, other))
    return found


def kind(fact, runc, ours):
    """Differences of one kind have one name: for the summary."""
    return re.sub(r"\d+|/\S+", "*", fact) if fact != "accepted" else f"accepted: {runc[:90]} | {ours[:90]}"


def left_behind(runc, ours):
    facts = ("left behind", "host changed")
    found = [(fact, runc.get(fact, ""), ours.get(fact, "")) for fact in facts if runc.get(fact, "") != ours.get(fact, "")]
    return [row for row in found if row[0] == "left behind" or row[2]]  # what runc does to the host is not for us to say
