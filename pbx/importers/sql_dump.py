"""The rows of a MySQL dump: `CREATE TABLE` for the names of columns, `INSERT INTO` for what they hold."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

MAX_ROWS = 500_000  # of all tables that are read
_CREATE = re.compile(r"CREATE TABLE (?:IF NOT EXISTS )?[`\"]?(\w+)[`\"]?\s*\(", re.IGNORECASE)
_COLUMN = re.compile(r"^\s*[`\"](\w+)[`\"]\s", re.MULTILINE)
_INSERT = re.compile(
    r"INSERT (?:IGNORE )?INTO [`\"]?(?P<table>\w+)[`\"]?\s*(?:\((?P<columns>[^)]*)\))?\s*VALUES\s*",
    re.IGNORECASE,
)
_VALUE = re.compile(
    r"\s*(?:'(?P<text>(?:[^'\\]|\\.|'')*)'|(?P<plain>[^,()';\s]+))\s*(?P<end>[,)])", re.DOTALL
)
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)
_LETTERS = {"n": "\n", "t": "\t", "r": "\r", "0": "\0"}


@dataclass(frozen=True, slots=True)
class Row:
    """One row by the names of its columns; `place` is file:line."""

    values: dict[str, str]
    place: str

    def get(self, column: str) -> str:
        """What a column holds, "" for NULL and for a column that is not there."""
        return self.values.get(column, "")


@dataclass(slots=True)
class Tables:
    """Rows by table."""

    rows: dict[str, list[Row]] = field(default_factory=dict)
    n_rows: int = 0

    def of(self, table: str) -> list[Row]:
        """The rows of a table; none for one that is not there."""
        return self.rows.get(table, [])

    def add(self, table: str, row: Row) -> None:
        """One more row, up to the limit."""
        if self.n_rows < MAX_ROWS:
            self.n_rows += 1
            self.rows.setdefault(table, []).append(row)

    def first(self, table: str, **wanted: str) -> Row | None:
        """The first row of a table with these values."""
        for one in self.of(table):
            if all(one.get(key) == value for key, value in wanted.items()):
                return one
        return None


def read_dump(name: str, text: str, tables: Tables) -> None:
    """Add the rows of a dump."""
    columns = {found[1]: _columns(text, found.end()) for found in _CREATE.finditer(text)}
    line, seen = 1, 0
    for found in _INSERT.finditer(text):
        table = found["table"]
        named = found["columns"]
        names = [one.strip(' `"') for one in named.split(",")] if named else columns.get(table, [])
        for start, values in _rows(text, found.end()):
            line, seen = line + text.count("\n", seen, start), start
            tables.add(table, Row(dict(zip(names, values, strict=False)), f"{name}:{line}"))


def _columns(text: str, start: int) -> list[str]:
    end = text.find(";", start)
    return _COLUMN.findall(text[start : end if end >= 0 else len(text)])


def _rows(text: str, at: int) -> Iterator[tuple[int, list[str]]]:
    """Yield each row of `(1,'a'),(2,'b');` with where it begins."""
    while at < len(text) and text[at] == "(":
        start, values, at = at, list[str](), at + 1
        while (found := _VALUE.match(text, at)) is not None:
            values.append(_value(found))
            at = found.end()
            if found["end"] == ")":
                break
        else:
            return
        yield start, values
        while at < len(text) and text[at] in ", \r\n":
            at += 1


def _value(found: re.Match[str]) -> str:
    if found["text"] is None:
        return "" if found["plain"].upper() == "NULL" else found["plain"]
    text = found["text"].replace("''", "'")
    return _ESCAPED.sub(lambda one: _LETTERS.get(one[1], one[1]), text)
