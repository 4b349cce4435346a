"""The customer file: CSV in, checked rows and problems out."""

import codecs
import csv
from collections.abc import Sequence
from pathlib import Path

from pbx.core.errors import ConfigError
from pbx.verify.people import NEEDED, OPTIONAL, Person, PersonRefused, parse_person

MAX_LINES = 1_000_000  # 20 times the largest tenant foreseen
Problems = tuple[tuple[int, str], ...]


def read_customers(path: Path, region: str) -> tuple[list[Person], Problems]:
    """Return the accepted rows and (line number, problem) of the others; ConfigError without header."""
    columns, rows = _rows(path)
    people: list[Person] = []
    problems: list[tuple[int, str]] = []
    seen: dict[tuple[str, ...], int] = {}
    for number, octets in rows:
        try:
            fields = _fields(octets)
            if not any(fields):
                continue
            person = _person(fields, columns, region)
            _check_repeated(person, number, seen)
        except PersonRefused as refused:
            problems.append((number, str(refused)))
            continue
        people.append(person)
    return people, tuple(problems)


def _rows(path: Path) -> tuple[tuple[str, ...], list[tuple[int, bytes]]]:
    """Return the names of the columns, and the lines after them with their numbers, empty ones left out."""
    try:
        lines = path.read_bytes().removeprefix(codecs.BOM_UTF8).splitlines()
    except OSError as error:
        raise _config_error(path, 1, error.strerror or "cannot be read") from None
    columns = _columns(path, lines[0] if lines else b"")
    rows = [(number, octets) for number, octets in enumerate(lines[1:], 2) if octets]
    if len(rows) > MAX_LINES:
        raise _config_error(path, MAX_LINES, f"has more than {MAX_LINES} customers", "split the file")
    return columns, rows


def _columns(path: Path, octets: bytes) -> tuple[str, ...]:
    try:
        columns = tuple(name.strip().lower() for name in _fields(octets))
    except PersonRefused:
        columns = ()
    if not set(NEEDED) <= set(columns):
        raise _config_error(path, 1, "the first line must be the header", ",".join(NEEDED))
    known = (*NEEDED, *OPTIONAL)
    for name in columns:
        if name not in known:
            raise _config_error(
                path, 1, f"there is no column {name[:32]!r}", f"besides: {','.join(OPTIONAL)}"
            )
        if columns.count(name) > 1:
            raise _config_error(path, 1, f"the column {name} is there twice")
    return columns


def _fields(octets: bytes) -> list[str]:
    """Take one line by itself, so that a quote left open or a wrong octet costs only this customer."""
    try:
        return next(csv.reader([octets.decode()], strict=True), [])
    except UnicodeDecodeError:
        raise PersonRefused("is not UTF-8: save the file as CSV UTF-8") from None
    except csv.Error as error:
        raise PersonRefused(f"is not CSV: {error}") from None


def _config_error(path: Path, line: int, message: str, hint: str = "") -> ConfigError:
    return ConfigError(file=str(path), line=line, column=1, path="", message=message, hint=hint)


def _person(fields: Sequence[str], columns: Sequence[str], region: str) -> Person:
    if len(fields) != len(columns):
        raise PersonRefused(f"has {len(fields)} fields instead of {len(columns)}")
    return parse_person(dict(zip(columns, fields, strict=True)), region)


def _check_repeated(person: Person, number: int, seen: dict[tuple[str, ...], int]) -> None:
    first = seen.setdefault(person.identity, number)
    if first != number:
        what = "id" if person.key else "name and phone"
        raise PersonRefused(f"the same {what} as line {first}")
