"""The customer file: CSV in, checked lines and problems out."""

import codecs
import csv
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

from pbx.core.errors import ConfigError
from pbx.core.phone import to_e164
from pbx.core.secret import Secret

HEADER = ("name", "entity_type", "phone", "date_of_birth")
ENTITY_TYPES = ("individual", "company")
MAX_LINES = 1_000_000  # 20 times the largest tenant foreseen
MAX_FIELD = 200  # characters; the longest legal names are under 100
_DATE_FORMATS = ("%Y-%m-%d", "%d %B %Y")


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerLine:
    """One accepted line; `date_of_birth` is YYYYMMDD, None for companies; `phone` is as written."""

    name: str
    entity_type: str
    phone: str
    e164: str
    date_of_birth: Secret[str] | None


class _Refused(Exception):
    """What is wrong with a line, without its content."""


def read_customers(path: Path, region: str) -> tuple[list[CustomerLine], tuple[tuple[int, str], ...]]:
    """Return the accepted lines and (line number, problem) of the others; ConfigError without header."""
    lines: list[CustomerLine] = []
    problems: list[tuple[int, str]] = []
    seen: dict[tuple[str, str, str], int] = {}
    for number, octets in _rows(path):
        try:
            fields = _fields(octets)
            if not any(fields):
                continue
            line = _line(fields, region)
            _check_repeated(line, number, seen)
        except _Refused as refused:
            problems.append((number, str(refused)))
            continue
        lines.append(line)
    return lines, tuple(problems)


def _rows(path: Path) -> list[tuple[int, bytes]]:
    """Return the lines after the header with their numbers, empty ones left out."""
    try:
        lines = path.read_bytes().removeprefix(codecs.BOM_UTF8).splitlines()
    except OSError as error:
        raise _config_error(path, 1, error.strerror or "cannot be read") from None
    if not lines or not _is_header(lines[0]):
        raise _config_error(path, 1, "the first line must be the header", ",".join(HEADER))
    rows = [(number, octets) for number, octets in enumerate(lines[1:], 2) if octets]
    if len(rows) > MAX_LINES:
        raise _config_error(path, MAX_LINES, f"has more than {MAX_LINES} customers", "split the file")
    return rows


def _is_header(octets: bytes) -> bool:
    try:
        return tuple(name.strip().lower() for name in _fields(octets)) == HEADER
    except _Refused:
        return False


def _fields(octets: bytes) -> list[str]:
    """Take one line by itself, so that a quote left open or a wrong octet costs only this customer."""
    try:
        return next(csv.reader([octets.decode()], strict=True), [])
    except UnicodeDecodeError:
        raise _Refused("is not UTF-8: save the file as CSV UTF-8") from None
    except csv.Error as error:
        raise _Refused(f"is not CSV: {error}") from None


def _config_error(path: Path, line: int, message: str, hint: str = "") -> ConfigError:
    return ConfigError(file=str(path), line=line, column=1, path="", message=message, hint=hint)


def _line(fields: list[str], region: str) -> CustomerLine:
    if len(fields) != len(HEADER):
        raise _Refused(f"has {len(fields)} fields instead of {len(HEADER)}")
    name, entity_type, phone, born = (field.strip() for field in fields)
    if not name or max(map(len, fields)) > MAX_FIELD:
        raise _Refused(f"name: must be given; no field may exceed {MAX_FIELD} characters")
    if entity_type.lower() not in ENTITY_TYPES:
        raise _Refused("entity_type: must be individual or company")
    e164 = to_e164(phone, region)
    if e164 is None:
        raise _Refused("phone: not a possible telephone number")
    individual = entity_type.lower() == "individual"
    if individual != bool(born):
        raise _Refused(f"date_of_birth: must be {'given' if individual else 'empty'} here")
    birth = _date(born) if born else None
    return CustomerLine(
        name=name, entity_type=entity_type.lower(), phone=phone, e164=e164, date_of_birth=birth
    )


def _date(text: str) -> Secret[str]:
    for pattern in _DATE_FORMATS:
        try:
            parsed = datetime.strptime(text, pattern).date()
        except ValueError:
            continue
        if parsed < date(1900, 1, 1):
            break
        return Secret(parsed.strftime("%Y%m%d"))
    raise _Refused("date_of_birth: must be 1980-02-03 or 3 February 1980, and not before 1900")


def _check_repeated(line: CustomerLine, number: int, seen: dict[tuple[str, str, str], int]) -> None:
    key = (line.e164, line.entity_type, " ".join(line.name.split()).casefold())
    first = seen.setdefault(key, number)
    if first != number:
        raise _Refused(f"the same name and phone as line {first}")
