"""`extensions.conf`: contexts with their extensions, each a row of applications by priority."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from pbx.importers.conf import Entry, Section
from pbx.importers.report import Report

MAX_PRIORITIES = 100_000  # of all contexts together
_EXTEN = re.compile(
    r"\s*(?P<exten>[^,]+?)\s*,\s*(?P<priority>[^,(]+?)\s*(?:\((?P<label>[^)]+)\))?\s*,\s*(?P<app>.*)"
)
_SAME = re.compile(r"\s*(?P<priority>[^,(]+?)\s*(?:\((?P<label>[^)]+)\))?\s*,\s*(?P<app>.*)")
_APP = re.compile(r"(?P<name>[A-Za-z0-9_]+)\s*(?:\((?P<arguments>.*)\))?\s*$", re.S)
_HYPHENS = re.compile(r"-(?![^\[]*\])")  # in a pattern they are for the eye alone, but in brackets
_GLOBALS, _GENERAL = "globals", "general"
_CLASSES = {"X": "0123456789", "Z": "123456789", "N": "23456789"}


@dataclass(frozen=True, slots=True)
class Line:
    """One priority: an application and its arguments, as one text."""

    app: str
    arguments: str
    place: str


@dataclass(slots=True)
class Exten:
    """One extension or pattern (`_9X.`) of a context: lines by priority, priorities by label."""

    name: str
    place: str
    lines: dict[int, Line] = field(default_factory=dict)
    labels: dict[str, int] = field(default_factory=dict)

    @property
    def is_pattern(self) -> bool:
        """Whether it stands for many numbers."""
        return self.name.startswith("_")


@dataclass(slots=True)
class Context:
    """One context; `includes` are looked into after its own extensions, in their order."""

    name: str
    place: str
    extens: dict[str, Exten] = field(default_factory=dict)
    includes: list[Entry] = field(default_factory=list)


@dataclass(slots=True)
class Dialplan:
    """Contexts by name, and the variables of `[globals]`."""

    contexts: dict[str, Context] = field(default_factory=dict)
    variables: dict[str, str] = field(default_factory=dict)

    def find(self, context: str, exten: str) -> tuple[Context, Exten] | None:
        """Return where a number leads that is dialled in a context: the best fit, own extensions first."""
        for one in self.reach(context):
            exact = one.extens.get(exten)
            if exact is not None:
                return one, exact
            fitting = [found for found in one.extens.values() if found.is_pattern and fits(found.name, exten)]
            if fitting:
                return one, min(fitting, key=lambda found: _rank(found.name))
        return None

    def reach(self, context: str) -> Iterator[Context]:
        """Yield a context and all that it includes, each once."""
        todo, seen = [context], set[str]()
        while todo:
            name = todo.pop(0)
            if name in seen or name not in self.contexts:
                continue
            seen.add(name)
            yield self.contexts[name]
            todo = [
                one.value.split(",")[0].split("|")[0].strip() for one in self.contexts[name].includes
            ] + todo


def read_dialplan(sections: list[Section], report: Report) -> Dialplan:
    """Return the dial plan; what has no place in one is in the report."""
    plan = Dialplan()
    n_lines = 0
    for section in sections:
        if section.name == _GLOBALS:
            plan.variables |= {one.key: one.value for one in section.entries}
        elif section.name != _GENERAL:
            context = plan.contexts.setdefault(section.name, Context(section.name, section.place))
            n_lines += _fill(context, section, report, MAX_PRIORITIES - n_lines)
    return plan


def _fill(context: Context, section: Section, report: Report, most: int) -> int:
    current: Exten | None = None
    n_lines = 0
    for entry in section.entries:
        match entry.key.lower():
            case "exten" | "same" if n_lines >= most:
                report.leave(entry.place, "extension", f"more than {MAX_PRIORITIES} lines", "split the plan")
                return n_lines
            case "exten" | "same" as key:
                taken = _line(context, current, entry, is_same=key == "same")
                if taken is None:
                    report.leave(
                        entry.place, entry.value[:60], "not an extension as it is written", "look at it"
                    )
                else:
                    current, n_lines = taken, n_lines + 1
            case "include":
                context.includes.append(entry)
                if "," in entry.value or "|" in entry.value:
                    why = "an include by time is taken as one that always holds"
                    report.leave(entry.place, entry.value, why, "put a schedule step before it")
            case "ignorepat":
                continue
            case key:
                report.leave(entry.place, f"{key} {entry.value}", "there is nothing like it", "write it anew")
    return n_lines


def _line(context: Context, current: Exten | None, entry: Entry, *, is_same: bool) -> Exten | None:
    found = (_SAME if is_same else _EXTEN).match(entry.value)
    if found is None or (is_same and current is None):
        return None
    if is_same:
        exten = current
    else:
        name = found["exten"].strip().partition("/")[0]
        name = _HYPHENS.sub("", name) if name.startswith("_") else name
        exten = context.extens.setdefault(name, Exten(name, entry.place))
    assert exten is not None
    if found["priority"].strip() == "hint":
        return exten  # every extension has a lamp of its own
    app = _APP.match(found["app"].strip())
    priority = _priority(exten, found["priority"].strip())
    if app is None or priority is None:
        return None
    exten.lines[priority] = Line(app["name"].lower(), (app["arguments"] or "").strip(), entry.place)
    if found["label"]:
        exten.labels[found["label"].strip()] = priority
    return exten


def _priority(exten: Exten, text: str) -> int | None:
    last = max(exten.lines, default=0)
    if text in ("n", "next"):
        return last + 1
    if text.startswith("n+") and text[2:].isdecimal():
        return last + int(text[2:])
    return int(text) if text.isdecimal() and len(text) < 6 else None


def fits(pattern: str, number: str) -> bool:
    """Whether a number is one of those that a pattern stands for."""
    return re.fullmatch(_expression(pattern.removeprefix("_")), number) is not None


def _expression(pattern: str) -> str:
    parts: list[str] = []
    rest = pattern
    while rest:
        one, rest = rest[0], rest[1:]
        if one == "[" and "]" in rest:
            inside, _, rest = rest.partition("]")
            parts.append(f"[{re.escape(inside).replace(chr(92) + '-', '-')}]")
        elif one == ".":
            parts.append(".+")
        elif one == "!":
            parts.append(".*")
        else:
            parts.append(f"[{_CLASSES[one.upper()]}]" if one.upper() in _CLASSES else re.escape(one))
    return "".join(parts)


def _rank(pattern: str) -> tuple[int, ...]:
    """Asterisk tries a pattern sooner the fewer digits each place admits; `.` and `!` come last."""
    order = {"N": 8, "Z": 9, "X": 10, "[": 5, ".": 20, "!": 21}
    return tuple(order.get(one.upper(), 1) for one in pattern.removeprefix("_"))


def bindings(line: str) -> Mapping[str, str]:
    """Return the variables that `Set(NAME=value)` sets."""
    name, sign, value = line.partition("=")
    return {name.strip(): value.strip().strip('"')} if sign else {}
