"""Files of Asterisk: sections of `key = value`, with comments, templates and includes of other files.

The form is that of `main/config.c` as its documentation tells it: `;` begins a comment unless a backslash
stands before it, `;--` and `--;` enclose one, `[name](template)` takes what a template says, `[name](+)` adds
to a section, `[name](!)` is a template alone, and `#include` reads another file in its place.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import PurePosixPath

from pbx.importers.report import Report

MAX_FILES = 200  # of one import, with those that are included
MAX_DEPTH = 10  # of files that include each other
_SECTION = re.compile(r"\[([^\]]+)\]\s*(?:\(([^)]*)\))?")
_INCLUDE = re.compile(r"#(t?ryinclude|include)\s+[\"<]?([^\">]+)[\">]?", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Entry:
    """One line `key = value`; `place` is file:line."""

    key: str
    value: str
    place: str


@dataclass(slots=True)
class Section:
    """One section with the entries of its templates before its own."""

    name: str
    place: str
    is_template: bool = False
    entries: list[Entry] = field(default_factory=list)

    def last(self, key: str, default: str = "") -> str:
        """The value that holds: the last one, since a section overrides its templates."""
        found = [one.value for one in self.entries if one.key.lower() == key]
        return found[-1] if found else default

    def every(self, key: str) -> list[Entry]:
        """All entries of a key that may be written several times."""
        return [one for one in self.entries if one.key.lower() == key]

    def place_of(self, key: str) -> str:
        """Where a key is written, else where its section begins."""
        found = self.every(key)
        return found[-1].place if found else self.place


def read_conf(files: Mapping[str, str], name: str, report: Report) -> list[Section]:
    """Return the sections of a file in their order; none for a file that is not there."""
    reader = _Reader(files, report)
    reader.read(name, 0)
    return reader.sections


class _Reader:
    __slots__ = ("_by_name", "_current", "_files", "_is_silent", "_n_files", "_report", "sections")

    def __init__(self, files: Mapping[str, str], report: Report) -> None:
        self._files, self._report = files, report
        self.sections: list[Section] = []
        self._by_name: dict[str, Section] = {}
        self._current: Section | None = None
        self._n_files, self._is_silent = 0, False

    def read(self, name: str, depth: int) -> None:
        self._n_files += 1
        if name not in self._files or depth > MAX_DEPTH or self._n_files > MAX_FILES:
            return
        for place, line in _lines(name, self._files[name]):
            self._take(line, place, depth)

    def _take(self, line: str, place: str, depth: int) -> None:
        if line.startswith("#"):
            self._other_file(line, place, depth)
        elif (found := _SECTION.match(line)) is not None:
            self._section(found[1].strip(), found[2] or "", place)
        elif "=" in line and self._current is not None:
            key, _, value = line.partition("=")
            is_added = key.endswith("+")
            key = key.removesuffix("+").strip()
            value = value.removeprefix(">").strip()
            before = self._current.last(key.lower()) if is_added else ""
            self._current.entries.append(Entry(key, before + value, place))
        else:
            self._report.leave(place, line[:60], "not a line of this kind of file", "look at it")

    def _section(self, name: str, options: str, place: str) -> None:
        words = [word.strip() for word in options.split(",") if word.strip()]
        known = self._by_name.get(name)
        if known is not None and "+" in words:
            self._current = known
        else:  # pjsip.conf has several objects of one name: each is a section of its own
            self._current = Section(name, place, "!" in words)
            self.sections.append(self._current)
            self._by_name[name] = self._current
        for word in words:
            if word not in ("!", "+"):
                self._inherit(word, place)

    def _inherit(self, name: str, place: str) -> None:
        template = self._by_name.get(name)
        if template is None:
            self._report.leave(place, f"template {name}", "there is no such section", "write what it says")
        elif self._current is not None:
            self._current.entries.extend(template.entries)

    def _other_file(self, line: str, place: str, depth: int) -> None:
        found = _INCLUDE.match(line)
        if found is None:
            self._report.leave(place, line[:60], "programs are not run", "write what it prints")
            return
        wanted = PurePosixPath(found[2].strip()).name
        names = [one for one in sorted(self._files) if fnmatchcase(PurePosixPath(one).name, wanted)]
        if not names:
            self._report.leave(
                place, f"#include {wanted}", "the file is not there", "copy it beside the others"
            )
        for name in names:
            self.read(name, depth + 1)


def _lines(name: str, text: str) -> Iterator[tuple[str, str]]:
    """Yield what is left of each line without comments, with its place."""
    is_comment = False
    for number, raw in enumerate(text.splitlines(), 1):
        line, rest = "", raw
        while rest:
            if is_comment:
                _, end, rest = rest.partition("--;")
                is_comment = not end
                continue
            at = _comment_at(rest)
            if at < 0:
                line, rest = line + rest, ""
            elif rest.startswith(";--", at) and not rest.startswith(";---", at):
                line, rest, is_comment = line + rest[:at], rest[at + 3 :], True
            else:
                line, rest = line + rest[:at], ""
        if line.strip():
            yield f"{name}:{number}", line.strip().replace("\\;", ";")


def _comment_at(text: str) -> int:
    at = text.find(";")
    while at > 0 and text[at - 1] == "\\":
        at = text.find(";", at + 1)
    return at
