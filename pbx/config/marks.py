"""YAML as plain values plus the place of each: strict where YAML 1.1 surprises people.

Anchors, aliases and merge keys (`<<`) are followed, within bounds (S-24).
"""

import re
from dataclasses import dataclass, field
from typing import Any

import yaml
from yaml.reader import ReaderError

from pbx.config.nodes import MAX_DEPTH, Alias, Items, Mark, Node, Pairs, Word, behind, compose, place
from pbx.core.errors import ConfigError

MAX_FILE = 1 << 20  # a tenant with a thousand extensions writes under 100 kB
MAX_MADE = 50_000  # values that aliases may add to those that are written

Path = tuple[str | int, ...]

# YAML 1.2 core schema without octal, hexadecimal, infinities: 0123, no and 12:30:45 stay text.
_INTEGER = re.compile(r"-?(?:0|[1-9][0-9]{0,15})", re.ASCII)
_FLOAT = re.compile(r"-?(?:0|[1-9][0-9]{0,15})\.[0-9]{1,15}", re.ASCII)
_KEY = "while scanning a simple key"
_REMEDIES = {
    "mapping values are not allowed in this context": "one key on a line: the line before may lack its "
    "colon, or this one be too far in",
    "found character that cannot start any token": "indent with spaces, and quote what begins with @ or %",
}
_MERGE = "<<"
_SOURCES = "expected *name of something with keys and values, or a list of such"
_CONSTANTS: dict[str, bool | None] = {"true": True, "false": False, "null": None, "~": None, "": None}


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """One file: its value, where each path of it begins, and where the key of each path stands.

    `files` names the file of each path that is in another one, which this one includes.
    """

    file: str
    value: Any
    marks: dict[Path, Mark]
    keys: dict[Path, Mark]
    files: dict[Path, str] = field(default_factory=dict)

    def error(self, path: Path, message: str, hint: str = "") -> ConfigError:
        """Return an error at the value at `path`, or at the nearest thing around it that exists."""
        return self._at(self.marks, path, message, hint)

    def key_error(self, path: Path, message: str, hint: str = "") -> ConfigError:
        """Return an error at the key of `path`."""
        return self._at(self.keys if path in self.keys else self.marks, path, message, hint)

    def place(self, path: Path) -> str:
        """Return file:line of the key (or list item) at `path`."""
        found = self._at(self.keys if path in self.keys else self.marks, path, "", "")
        return f"{found.file}:{found.line}"

    def _at(self, marks: dict[Path, Mark], path: Path, message: str, hint: str) -> ConfigError:
        near = self._nearest(marks, path)
        line, column = marks.get(near, (1, 1))
        dotted = ".".join(str(part) for part in path)
        return ConfigError(self.files.get(near, self.file), line, column, dotted, message, hint)

    @staticmethod
    def _nearest(marks: dict[Path, Mark], path: Path) -> Path:
        lengths = range(len(path), -1, -1)
        return next((path[:length] for length in lengths if path[:length] in marks), ())


class _TooMuch(Exception):
    """Aliases make more of the file than a file may be."""

    def __init__(self, mark: Mark, message: str) -> None:
        super().__init__(message)
        self.mark, self.message = mark, message


class _Walk:
    """Turns nodes into values and remembers what was wrong instead of stopping at it."""

    __slots__ = ("_alias", "_left", "_merging", "_octets", "_pairs", "errors", "file", "keys", "marks")

    def __init__(self, file: str, written: int) -> None:
        self.file = file
        self.marks: dict[Path, Mark] = {}
        self.keys: dict[Path, Mark] = {}
        self.errors: list[ConfigError] = []
        self._alias: Mark | None = None  # the outermost one that is being followed
        self._pairs: dict[Pairs, dict[str, tuple[Mark, Node]]] = {}
        self._left = written + MAX_MADE
        self._merging = self._octets = 0

    def value(self, node: Node, path: Path) -> Any:
        if isinstance(node, Alias):
            return self._named(node, path)
        self.marks[path] = node.mark
        self._spend(node.mark, 1, len(path))
        if isinstance(node, Pairs):
            return self._mapping(node, path)
        if isinstance(node, Items):
            return [self.value(child, (*path, i)) for i, child in enumerate(node.parts)]
        return self._scalar(node) if isinstance(node, Word) else None

    def _named(self, node: Alias, path: Path) -> Any:
        """What an alias names, as new values of its own; it stands where the alias does."""
        outer, self._alias = self._alias, self._alias or node.mark
        value = self.value(node.of, path)
        self._alias = outer
        self.marks[path] = node.mark
        return value

    def _mapping(self, node: Pairs, path: Path) -> dict[str, Any]:
        values: dict[str, Any] = {}
        for key, (mark, child) in self._merged(node, path).items():
            self.keys[(*path, key)] = mark
            self._read(key, mark)
            values[key] = self.value(child, (*path, key))
        return values

    def _merged(self, node: Pairs, path: Path) -> dict[str, tuple[Mark, Node]]:
        """Keys with their values: those of `<<` first, so that the order is as elsewhere; its own win."""
        if node in self._pairs:
            return self._pairs[node]
        own: dict[str, tuple[Mark, Node]] = {}
        merged: dict[str, tuple[Mark, Node]] = {}
        merges: Mark | None = None
        for key_node, child in node:
            if not isinstance(key_node, Word):
                self._refuse(key_node, path, "a key must be a simple word")
                continue
            key, is_merge = key_node.text, key_node.is_plain and key_node.text == _MERGE
            first = merges if is_merge else own[key][0] if key in own else None
            if first is not None:
                self._refuse(key_node, (*path, key), "the key is written twice", f"first on line {first[0]}")
            elif is_merge:
                merges, merged = key_node.mark, self._sources(child, (*path, key))
            else:
                own[key] = (key_node.mark, child)
        self._pairs[node] = {**merged, **own}
        return self._pairs[node]

    def _sources(self, node: Node, path: Path) -> dict[str, tuple[Mark, Node]]:
        """What `<<` names; of several with one key the first wins."""
        meant = node.of if isinstance(node, Alias) else node
        found: dict[str, tuple[Mark, Node]] = {}
        for one in meant.parts if isinstance(meant, Items) else (node,):
            target = one.of if isinstance(one, Alias) else one
            if not isinstance(target, Pairs):
                self._refuse(one, path, _SOURCES)
                continue
            self._merging += 1
            self._spend(one.mark, 0, self._merging)  # a chain of them may be long and stand upside down
            pairs = self._merged(target, path)
            self._merging -= 1
            self._spend(one.mark, len(pairs))
            found = {**pairs, **found}
        return found

    def _scalar(self, node: Word) -> Any:
        self._read(node.text, node.mark)
        return plain(node.text) if node.is_plain else node.text

    def _read(self, text: str, mark: Mark) -> None:
        self._octets += len(text)
        if self._octets > MAX_FILE:
            raise _TooMuch(self._alias or mark, f"aliases make more than {MAX_FILE} octets of the file")

    def _spend(self, mark: Mark, values: int, depth: int = 0) -> None:
        self._left -= values
        if self._left < 0:
            raise _TooMuch(self._alias or mark, f"aliases add more than {MAX_MADE} values to the file")
        if depth > MAX_DEPTH:
            raise _TooMuch(self._alias or mark, f"nested deeper than {MAX_DEPTH} levels by aliases")

    def _refuse(self, node: Node, path: Path, message: str, hint: str = "") -> None:
        dotted = ".".join(str(part) for part in path)
        self.errors.append(ConfigError(self.file, *node.mark, dotted, message, hint))


def plain(text: str) -> Any:
    """Return what a word without quotes means."""
    if text in _CONSTANTS:
        return _CONSTANTS[text]
    if _INTEGER.fullmatch(text):
        return int(text)
    return float(text) if _FLOAT.fullmatch(text) else text


def parse(octets: bytes, file: str) -> tuple[Document | None, list[ConfigError]]:
    """Return the document in `octets` (None when there is no usable one) and everything wrong with it."""
    if len(octets) > MAX_FILE:
        return None, [ConfigError(file, 1, 1, "", f"the file is larger than {MAX_FILE} octets")]
    try:
        tree = compose(octets, file)
    except yaml.MarkedYAMLError as error:
        return None, [_syntax(error, octets, file)]
    except ReaderError as error:
        message = f"this is not YAML in UTF-8: {error.reason}"
        return None, [ConfigError(file, *behind(octets[: error.position]), "", message)]
    if tree.errors:
        return None, tree.errors
    walk = _Walk(file, tree.values)
    try:
        value = walk.value(tree.root, ()) if tree.root is not None else {}
    except _TooMuch as error:
        return None, [*walk.errors, ConfigError(file, *error.mark, "", error.message)]
    return Document(file=file, value=value, marks=walk.marks, keys=walk.keys), walk.errors


def _syntax(error: yaml.MarkedYAMLError, octets: bytes, file: str) -> ConfigError:
    """What libyaml found, and where that begins which it was in: a brace is missed far behind its place.

    A key without its colon stands where it begins. libyaml counts one line more where the last has no end.
    """
    began, found = place(error.context_mark), place(error.problem_mark or error.context_mark)
    at = began if error.context == _KEY else min(found, behind(octets))
    problem = error.problem or "this is not YAML"
    hint = f"{error.context} that begins on line {began[0]}" if error.context and began[0] != at[0] else ""
    return ConfigError(file, *at, "", problem, hint or _REMEDIES.get(problem, ""))
