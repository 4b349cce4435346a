"""YAML as a tree of nodes with places: no tags, one document, aliases that lead back to what stands before.

Bounds are those of S-24; what aliases make of a file is bounded by `marks`, where they are followed.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import yaml

from pbx.core.errors import ConfigError

MAX_DEPTH = 32
MAX_VALUES = 200_000  # 1 MiB of "," would otherwise become a million objects

Mark = tuple[int, int]  # line and column, from 1

_BREAK = re.compile("\r\n|[\r\n\x85\u2028\u2029]")  # YAML 1.1 §4.2, as libyaml counts lines
_QUOTED_STYLES = ("'", '"', "|", ">")  # always text
_ANOTHER = "another document begins here: a file is one"
_WITHIN = "the alias *{} stands within what it names"
_UNKNOWN = "no anchor &{} stands before this alias"


@dataclass(slots=True, eq=False)
class Node:
    """Something with a place."""

    mark: Mark


@dataclass(slots=True, eq=False)
class Word(Node):
    """A scalar; `is_plain` = without quotes, so that it may be a number."""

    text: str
    is_plain: bool


@dataclass(slots=True, eq=False)
class Items(Node):
    """A list."""

    parts: list[Node] = field(default_factory=list)


@dataclass(slots=True, eq=False)
class Pairs(Node):
    """Keys and values in turn."""

    parts: list[Node] = field(default_factory=list)

    def __iter__(self) -> Iterator[tuple[Node, Node]]:
        return zip(self.parts[::2], self.parts[1::2], strict=True)


@dataclass(slots=True, eq=False)
class Alias(Node):
    """`*name`: what stands at `&name`."""

    of: Node


@dataclass(frozen=True, slots=True, kw_only=True)
class Tree:
    """A file: its root (None = an empty one), how many nodes are written in it, and what is wrong."""

    root: Node | None
    values: int
    errors: list[ConfigError]


@dataclass(slots=True)
class _Builder:
    """Takes events one by one. libyaml composes recursively, so depth is limited before there is a tree."""

    file: str
    end: Mark
    root: Node | None = None
    open: list[Items | Pairs] = field(default_factory=list)
    anchors: dict[str, Node] = field(default_factory=dict)
    errors: list[ConfigError] = field(default_factory=list)
    values: int = 0

    def take(self, event: yaml.Event) -> bool:
        """Return whether there is any use in going on."""
        if isinstance(event, yaml.CollectionEndEvent):
            self.open.pop()
        if isinstance(event, yaml.DocumentStartEvent) and self.root is not None:
            return self._refuse(place(event.start_mark), _ANOTHER)
        if not isinstance(event, yaml.NodeEvent):
            return True
        node, self.values = self._node(event), self.values + 1
        if self.open:
            self.open[-1].parts.append(node)
        self.root = self.root or node
        if isinstance(node, Items | Pairs):
            self.open.append(node)
        if len(self.open) > MAX_DEPTH:
            return self._refuse(node.mark, f"nested deeper than {MAX_DEPTH} levels")
        return self.values <= MAX_VALUES or self._refuse(node.mark, f"more than {MAX_VALUES} values")

    def _refuse(self, mark: Mark, message: str, hint: str = "") -> bool:
        self.errors.append(ConfigError(self.file, *mark, "", message, hint))
        return False

    def _node(self, event: yaml.NodeEvent) -> Node:
        mark = min(place(event.start_mark), self.end)
        if isinstance(event, yaml.AliasEvent):
            return self._alias(mark, str(event.anchor))
        if getattr(event, "tag", None) is not None:
            self._refuse(mark, "tags (!name) are not allowed")
        node: Node = Pairs(mark) if isinstance(event, yaml.MappingStartEvent) else Items(mark)
        if isinstance(event, yaml.ScalarEvent):
            node = Word(mark, event.value, event.style not in _QUOTED_STYLES)
        if event.anchor is not None:
            self._anchor(str(event.anchor), node)
        return node

    def _anchor(self, name: str, node: Node) -> None:
        if name in self.anchors:
            line, _ = self.anchors[name].mark
            self._refuse(node.mark, f"the anchor &{name} is written twice", f"first on line {line}")
        self.anchors.setdefault(name, node)

    def _alias(self, mark: Mark, name: str) -> Node:
        """What an alias names; after a refusal an empty word, of which nobody sees anything."""
        found = self.anchors.get(name)
        if found is None or found in self.open:
            self._refuse(mark, (_UNKNOWN if found is None else _WITHIN).format(name))
            return Word(mark, "", is_plain=True)
        return Alias(mark, found)


def place(mark: Any) -> Mark:
    """PyYAML counts from 0, people and editors from 1."""
    return (mark.line + 1, mark.column + 1) if mark is not None else (1, 1)


def behind(octets: bytes) -> Mark:
    """Return the place after these octets of UTF-8; libyaml counts one more where the last has no end."""
    lines = _BREAK.split(octets.decode("utf-8", "ignore"))
    return len(lines), len(lines[-1]) + 1


def compose(octets: bytes, file: str) -> Tree:
    """Return the tree of a file; yaml.YAMLError for what is no YAML."""
    builder = _Builder(file, behind(octets))
    for event in yaml.parse(octets, Loader=yaml.CSafeLoader):
        if not builder.take(event):
            break
    return Tree(root=builder.root, values=builder.values, errors=builder.errors)
