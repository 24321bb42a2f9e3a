"""Finds what can be broken in a C++ source and breaks all of it at once: each place asks for its own number before it does what it
should, so one build holds every mutant and MINC_MUTANT=NUMBER in the environment chooses one.

The sources are formatted by clang-format, and that is all the grammar that is used: a statement begins on a line of its own, behind
`if (...)`, or behind `case ...:`, and ends at its semicolon."""
import re
import zlib

OPERATORS = {
    "refuse": "an error is not returned",
    "drop": "a call or an assignment is not made",
    "empty": "an empty answer is returned instead of the one that was worked out",
    "negate": "a condition is turned round",
    "never": "a condition that declares something does not hold",
}
FAILS = r"return (fail|within|refuse|std::unexpected|unexpected)\b"
TRIVIAL = r"return( (\{\}|false|nullptr|std::nullopt|0|\"\"|[\w:]+(<[\w:]+>)?\{\}))?;"  # T{} too
CALL = r"(\(void\))?(TRY|TRY_AS|TRY_ABOUT|SYS_TRY|[a-z_][\w:.>\[\]-]*)\("
ASSIGNMENT = r"[a-z_][\w:.>\[\]()*-]* (=|\|=|&=|\+=|-=) "


class Mutant:
    def __init__(self, file, line, operator, text):
        self.file, self.line, self.operator, self.text = file, line, operator, text
        self.again = 1  # the how manieth of the same words in this file

    @property
    def name(self):
        """The same as long as the statement is: lines may move."""
        again = " (%d)" % self.again if self.again > 1 else ""
        return "%s: %s: %s%s" % (self.file, self.operator, self.text, again)

    @property
    def number(self):
        """Of the name, so that a change in one file leaves the build of all others as it is."""
        return zlib.crc32(self.name.encode()) >> 1


def masked(source):
    """The same text, of the same length, without what stands in comments and literals."""
    def blank(match):
        text = match.group(0)
        if text.startswith(("//", "/*")):
            return re.sub(r"[^\n]", " ", text)
        return text[0] + re.sub(r"[^\n]", "_", text[1:-1]) + text[-1]
    return re.sub(r'//[^\n]*|/\*.*?\*/|"(?:[^"\\\n]|\\.)*"|\'(?:[^\'\\\n]|\\.)+\'', blank, source, flags=re.DOTALL)


def closing(text, at):
    """Where the parenthesis at `at` is closed."""
    depth = 0
    for index in range(at, len(text)):
        depth += {"(": 1, ")": -1}.get(text[index], 0)
        if depth == 0:
            return index
    return None


def statement_end(text, at):
    """Behind the semicolon of the statement at `at`; None: that is no statement."""
    depth = 0
    for index in range(at, len(text)):
        char = text[index]
        depth += {"(": 1, "{": 1, "[": 1, ")": -1, "}": -1, "]": -1}.get(char, 0)
        if depth < 0:
            return None
        if char == ";" and depth == 0:
            return index + 1
    return None


class Editor:
    def __init__(self, file, source):
        self.file, self.source, self.text = file, source, masked(source)
        self.found = []  # (Mutant, [(position, text to insert)])
        self.line_starts = [0] + [match.end() for match in re.finditer("\n", source)]

    def line_of(self, at):
        return self.source.count("\n", 0, at) + 1

    def add(self, operator, begin, end, edits):
        words = " ".join(self.source[begin:end].split())
        self.found.append((Mutant(self.file, self.line_of(begin), operator, words if len(words) <= 160 else words[:157] + "..."), edits))

    def scan(self):
        busy, in_constexpr = 0, False
        for start in self.line_starts:
            line = self.text[start:self.text.find("\n", start)]
            if line[:1].isalpha() or line[:1] == "[":
                in_constexpr = re.match(r"(\[\[.*?\]\] )?(static |inline )*(constexpr|consteval)\b", line) is not None
                short = re.match(r"\w.*\) (?:const )?\{ (?=(return|[a-z]).*; \}$)", line)
                if short and not in_constexpr:
                    busy = self.statements(start + short.end())
            if start < busy or not line.startswith("  ") or in_constexpr:
                continue
            busy = self.statements(start + len(line) - len(line.lstrip()))
        return self.found

    def statements(self, at):
        """Those that begin on the line of `at`; answers where the last of them ends."""
        text = self.text
        while True:
            rest = text[at:at + 200]
            head = re.match(r"(if|for|while|switch) \(|case [\w:']+: ?|default: ?|\} else |else |do ", rest)
            if head is None:
                break
            if head.group(1) is None:
                at += head.end()
            else:
                end = closing(text, at + head.end() - 1)
                if end is None:
                    return at
                behind = end + 1
                if head.group(1) == "if":
                    self.condition(at + head.end(), end)
                at = behind + (1 if text[behind:behind + 1] == " " else 0)
            if text[at:at + 1] in ("\n", "{", ""):
                return at
        end = statement_end(text, at)
        if end is None:
            return at
        self.simple(at, end)
        return end

    def condition(self, begin, end):
        inner = self.text[begin:end]
        semicolon = inner.rfind(";")
        first = begin + (semicolon + 1 if semicolon >= 0 else 0)
        first += len(self.text[first:end]) - len(self.text[first:end].lstrip())
        declared = re.match(r"(?:const )?[\w:<>]+[&*]* ?[&*]?(\w+) = ", self.text[first:end])
        if declared:
            self.add("never", begin, end, [(end, "; static_cast<bool>(%s) && (minc_mutant != {N})" % declared.group(1))])
            return
        behind = self.text[end + 1:].lstrip("\n ")
        if re.match(FAILS, behind):
            return  # to turn off the refusal says more
        self.add("negate", begin, end, [(first, "static_cast<bool>("), (end, ") != (minc_mutant == {N})")])

    def simple(self, begin, end):
        statement = self.text[begin:end]
        guard, instead = "{ if (minc_mutant != {N}) ", "{ if (minc_mutant == {N}) return {}; "
        if re.match(FAILS, statement):
            at_the_end = self.text[end:end + 2] == "\n}"  # of the function
            self.add("refuse", begin, end, [(begin, instead if at_the_end else guard), (end, " }")])
        elif re.match(r"return\b", statement):
            if not re.match(TRIVIAL, statement):
                self.add("empty", begin, end, [(begin, instead), (end, " }")])
        elif re.match(r"continue;", statement) or re.match(r"(\+\+|--)\w", statement) or re.match(CALL, statement) or re.match(
                ASSIGNMENT, statement):
            if not statement.startswith(("static_assert(", "std::abort(")):
                self.add("drop", begin, end, [(begin, guard), (end, " }")])


def mutants_of(file, source):
    """[(Mutant, edits)], in the order of the source, numbered among themselves by equal words."""
    found = Editor(file, source).scan()
    counts = {}
    for mutant, _ in found:
        key = (mutant.operator, mutant.text)
        counts[key] = mutant.again = counts.get(key, 0) + 1
    return found


def apply(source, found, declarations):
    """The source with all of `found` in it; no line moves. """
    inserts = []
    for mutant, edits in found:
        inserts += [(at, text.replace("{N}", str(mutant.number))) for at, text in edits]
    # in the first blank line behind the #includes
    last = [match.end() for match in re.finditer(r'^#include [<"].*$', source, re.MULTILINE)][-1]
    inserts.append((source.index("\n\n", last) + 1, declarations))
    result, at = [], 0
    for position, text in sorted(inserts, key=lambda insert: insert[0]):
        result += [source[at:position], text]
        at = position
    return "".join(result + [source[at:]])
