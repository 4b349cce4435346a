"""YAML as plain values plus the place of each: strict where YAML 1.1 surprises people."""

import re
from dataclasses import dataclass
from typing import Any

import yaml

from pbx.core.errors import ConfigError

MAX_FILE = 1 << 20  # a tenant with a thousand extensions writes under 100 kB
MAX_DEPTH = 32
MAX_EVENTS = 200_000  # 1 MiB of "," would otherwise become a million objects

Path = tuple[str | int, ...]
Mark = tuple[int, int]  # line and column, from 1

# YAML 1.2 core schema without octal, hexadecimal, infinities: 0123, no and 12:30:45 stay text.
_INTEGER = re.compile(r"-?(?:0|[1-9][0-9]{0,15})", re.ASCII)
_FLOAT = re.compile(r"-?(?:0|[1-9][0-9]{0,15})\.[0-9]{1,15}", re.ASCII)
_QUOTED_STYLES = ("'", '"', "|", ">")  # always text
_CONSTANTS: dict[str, bool | None] = {"true": True, "false": False, "null": None, "~": None, "": None}


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """One file: its value, where each path of it begins, and where the key of each path stands."""

    file: str
    value: Any
    marks: dict[Path, Mark]
    keys: dict[Path, Mark]

    def error(self, path: Path, message: str, hint: str = "") -> ConfigError:
        """Return an error at the value at `path`, or at the nearest thing around it that exists."""
        return self._at(self.marks, path, message, hint)

    def key_error(self, path: Path, message: str, hint: str = "") -> ConfigError:
        """Return an error at the key of `path`."""
        return self._at(self.keys if path in self.keys else self.marks, path, message, hint)

    def place(self, path: Path) -> str:
        """Return file:line of the key (or list item) at `path`."""
        line, _ = self.keys.get(path) or self._nearest(self.marks, path)
        return f"{self.file}:{line}"

    def _at(self, marks: dict[Path, Mark], path: Path, message: str, hint: str) -> ConfigError:
        line, column = self._nearest(marks, path)
        dotted = ".".join(str(part) for part in path)
        return ConfigError(self.file, line, column, dotted, message, hint)

    @staticmethod
    def _nearest(marks: dict[Path, Mark], path: Path) -> Mark:
        for length in range(len(path), -1, -1):
            if path[:length] in marks:
                return marks[path[:length]]
        return (1, 1)


class _Walk:
    """Turns nodes into values and remembers what was wrong instead of stopping at it."""

    __slots__ = ("errors", "file", "keys", "marks")

    def __init__(self, file: str) -> None:
        self.file = file
        self.marks: dict[Path, Mark] = {}
        self.keys: dict[Path, Mark] = {}
        self.errors: list[ConfigError] = []

    def value(self, node: yaml.Node, path: Path) -> Any:
        self.marks[path] = _mark(node)
        if isinstance(node, yaml.MappingNode):
            return self._mapping(node, path)
        if isinstance(node, yaml.SequenceNode):
            return [self.value(child, (*path, i)) for i, child in enumerate(node.value)]
        return _scalar(node) if isinstance(node, yaml.ScalarNode) else None

    def _mapping(self, node: yaml.MappingNode, path: Path) -> dict[str, Any]:
        values: dict[str, Any] = {}
        for key_node, value_node in node.value:
            if not isinstance(key_node, yaml.ScalarNode):
                self._refuse(key_node, path, "a key must be a simple word")
                continue
            key = str(key_node.value)
            if key in values:
                line = self.keys[(*path, key)][0]
                self._refuse(key_node, (*path, key), "the key is written twice", f"first on line {line}")
                continue
            self.keys[(*path, key)] = _mark(key_node)
            values[key] = self.value(value_node, (*path, key))
        return values

    def _refuse(self, node: yaml.Node, path: Path, message: str, hint: str = "") -> None:
        line, column = _mark(node)
        dotted = ".".join(str(part) for part in path)
        self.errors.append(ConfigError(self.file, line, column, dotted, message, hint))


def _place(mark: Any) -> Mark:
    """PyYAML counts from 0, people and editors from 1."""
    return (mark.line + 1, mark.column + 1) if mark is not None else (1, 1)


def _mark(node: yaml.Node) -> Mark:
    return _place(node.start_mark)


def _scalar(node: yaml.ScalarNode) -> Any:
    text = str(node.value)
    return text if node.style in _QUOTED_STYLES else plain(text)


def plain(text: str) -> Any:
    """Return what a word without quotes means."""
    if text in _CONSTANTS:
        return _CONSTANTS[text]
    if _INTEGER.fullmatch(text):
        return int(text)
    return float(text) if _FLOAT.fullmatch(text) else text


def _refused_events(octets: bytes, file: str) -> list[ConfigError]:
    """Look at the event stream first: tags, anchors, depth and number, before any tree is built.

    libyaml composes recursively, so depth has to be limited before composing, not after.
    """
    errors: list[ConfigError] = []
    depth = 0
    for n_events, event in enumerate(yaml.parse(octets, Loader=yaml.CSafeLoader)):
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        fatal = _limit_broken(n_events, depth)
        message = fatal or _refused_event(event)
        if message:
            line, column = _place(event.start_mark)
            errors.append(ConfigError(file, line, column, "", message))
        if fatal:
            break
    return errors


def _limit_broken(n_events: int, depth: int) -> str:
    if depth > MAX_DEPTH:
        return f"nested deeper than {MAX_DEPTH} levels"
    return f"more than {MAX_EVENTS} values" if n_events > MAX_EVENTS else ""


def _refused_event(event: yaml.Event) -> str:
    if isinstance(event, yaml.AliasEvent):
        return "aliases (*name) are not allowed"
    if not isinstance(event, yaml.NodeEvent):
        return ""
    if event.anchor is not None:
        return "anchors (&name) are not allowed"
    return "tags (!name) are not allowed" if getattr(event, "tag", None) is not None else ""


def parse(octets: bytes, file: str) -> tuple[Document | None, list[ConfigError]]:
    """Return the document in `octets` (None when there is no usable one) and everything wrong with it."""
    if len(octets) > MAX_FILE:
        return None, [ConfigError(file, 1, 1, "", f"the file is larger than {MAX_FILE} octets")]
    try:
        errors = _refused_events(octets, file)
        if errors:
            return None, errors
        root = yaml.CSafeLoader(octets).get_single_node()
    except yaml.MarkedYAMLError as error:
        line, column = _place(error.problem_mark or error.context_mark)
        return None, [ConfigError(file, line, column, "", error.problem or "this is not YAML")]
    except yaml.YAMLError:
        return None, [ConfigError(file, 1, 1, "", "this is not YAML in UTF-8")]
    walk = _Walk(file)
    value = walk.value(root, ()) if root is not None else {}
    return Document(file=file, value=value, marks=walk.marks, keys=walk.keys), walk.errors
