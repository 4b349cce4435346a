"""The result of a screening: CSV in, numbers with what the register says of them and problems out."""

import codecs
import csv
from pathlib import Path

from pbx.core.errors import ConfigError
from pbx.core.phone import to_e164
from pbx.store.screenings import Result

HEADER = "number,registered"
MAX_LINES = 1_000_000
MAX_LINE = 200  # octets
_WORDS = {"yes": True, "no": False, "1": True, "0": False, "true": True, "false": False}


def read_screening(path: Path, country: str) -> tuple[list[Result], tuple[tuple[int, str], ...]]:
    """Return the results and (line number, problem) of the other lines; ConfigError without header.

    A number that stands there twice is registered if one of its lines says so.
    """
    results: dict[str, bool] = {}
    problems: list[tuple[int, str]] = []
    for number, octets in _rows(path):
        result = _result(octets, country)
        if isinstance(result, str):
            problems.append((number, result))
            continue
        results[result.number] = result.registered or results.get(result.number, False)
    found = [Result(number=number, registered=registered) for number, registered in results.items()]
    return found, tuple(problems)


def _rows(path: Path) -> list[tuple[int, bytes]]:
    try:
        lines = path.read_bytes().removeprefix(codecs.BOM_UTF8).splitlines()
    except OSError as error:
        raise _wrong(path, error.strerror or "cannot be read") from None
    if not lines or lines[0].strip().lower() != HEADER.encode():
        raise _wrong(path, "the first line must be the header", HEADER)
    if len(lines) > MAX_LINES + 1:
        raise _wrong(path, f"has more than {MAX_LINES} numbers", "split the file")
    return [(number, octets) for number, octets in enumerate(lines[1:], 2) if octets.strip()]


def _wrong(path: Path, message: str, hint: str = "") -> ConfigError:
    return ConfigError(file=str(path), line=1, column=1, path="", message=message, hint=hint)


def _result(octets: bytes, country: str) -> Result | str:
    """One line by itself, or what is wrong with it, without its content."""
    if len(octets) > MAX_LINE:
        return f"longer than {MAX_LINE} octets"
    try:
        fields = [field.strip() for field in next(csv.reader([octets.decode()], strict=True), [])]
    except (UnicodeDecodeError, csv.Error):
        return "is not CSV in UTF-8"
    if len(fields) != 2 or fields[1].lower() not in _WORDS:
        return "expected a number, a comma, and yes or no"
    e164 = to_e164(fields[0], country)
    if e164 is None:
        return "not a possible telephone number"
    return Result(number=e164, registered=_WORDS[fields[1].lower()])
