"""What a command line says: tables and JSON on stdout, one line on stderr for a refusal, an exit code.

Exit codes: 0 = done, 1 = refused or "no", 2 = wrong usage, 130 = interrupted.
"""

import json
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, is_dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from cyclopts import CycloptsError
from rich.console import Console
from rich.table import Table
from rich.text import Text

from pbx.config.load import ConfigProblems
from pbx.core.errors import ConfigError, MisuseError, ParseError, StorageError, TransportError

DONE, REFUSED, WRONG_USAGE, INTERRUPTED = 0, 1, 2, 130
PIPE_WIDTH = 240  # a listing for another program is never folded at 80
Row = Mapping[str, object]


class Refusal(Exception):
    """A wish that cannot be fulfilled, in words for the person who had it."""


class WrongUsage(Exception):
    """Options that do not go together."""


_EXPECTED = (Refusal, ConfigError, StorageError, TransportError, MisuseError, ParseError)


def guarded(work: Callable[[], object]) -> int:
    """Run one command and return its exit code; every expected error becomes one line on stderr."""
    try:
        code = work()
        sys.stdout.flush()
    except (WrongUsage, CycloptsError) as error:
        return _refused(str(error), WRONG_USAGE)
    except ConfigProblems as error:
        return _refused(_first_of(error), REFUSED)
    except _EXPECTED as error:
        return _refused(str(error), REFUSED)
    except BrokenPipeError:
        # The reader left (`| head`): nothing to say, and nothing to flush at exit either.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return REFUSED
    except OSError as error:
        return _refused(f"{error.filename or 'system'}: {error.strerror or 'refused'}", REFUSED)
    except KeyboardInterrupt:
        return INTERRUPTED
    return code if isinstance(code, int) else DONE


def complain(line: str) -> None:
    """Write one line to stderr."""
    print(printable(line), file=sys.stderr)


def printable(value: object) -> str:
    """Return text in which nothing can move the cursor or colour the screen (names come from the wire)."""
    text = " ".join(str(value).split())
    return "".join(char if char.isprintable() else "?" for char in text)


def table(rows: Sequence[Row], columns: Sequence[str]) -> None:
    """Print a listing: plain columns, the first one whole so that it can be copied."""
    console = _console()
    grid = Table(box=None, pad_edge=False, show_edge=False, header_style="bold")
    for place, column in enumerate(columns):
        grid.add_column(column, no_wrap=place == 0, overflow="fold")
    for row in rows:
        grid.add_row(*(Text(_cell(row[column])) for column in columns))
    console.print(grid)


def listing(rows: Sequence[Row], columns: Sequence[str], *, as_json: bool) -> None:
    """Print rows as a table of some columns, or as a JSON array of everything."""
    if as_json:
        print_json(rows)
    else:
        table(rows, columns)


def details(row: Row, *, as_json: bool) -> None:
    """Print one thing: a line per field, nested values as JSON."""
    if as_json:
        print_json(row)
        return
    grid = Table(box=None, pad_edge=False, show_edge=False, show_header=False)
    grid.add_column(no_wrap=True, style="bold")
    grid.add_column(overflow="fold")
    for name, value in row.items():
        grid.add_row(name, Text(_cell(value)))
    _console().print(grid)


def print_json(value: object) -> None:
    """Print JSON; ASCII only, so that it is safe on every terminal."""
    print(json.dumps(value, indent=2, default=_jsonable))


def fields(value: Any, *without: str) -> dict[str, object]:
    """Return the fields of a record by name, in its order."""
    return {name: field for name, field in asdict(value).items() if name not in without}


def seconds(duration_ms: int) -> str:
    """Return a duration as minutes:seconds."""
    minutes, rest = divmod(duration_ms // 1000, 60)
    return f"{minutes}:{rest:02d}"


def _first_of(problems: ConfigProblems) -> str:
    more = len(problems.errors) - 1
    return str(problems.errors[0]) + (f" - and {more} more, see pbx check" if more else "")


def _refused(line: str, code: int) -> int:
    complain(f"pbx: {line}")
    return code


def _console() -> Console:
    width = None if sys.stdout.isatty() else PIPE_WIDTH
    return Console(file=sys.stdout, width=width, highlight=False, markup=False, emoji=False)


def _cell(value: object) -> str:
    if isinstance(value, datetime):
        return value.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S")
    if value is None or value in ("", [], ()):
        return "-"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, dict | list | tuple):
        return printable(json.dumps(value, default=_jsonable))
    return printable(value)


def _jsonable(value: object) -> object:
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, Path):
        return str(value)
    if isinstance(value, frozenset):
        return sorted(value)
    if is_dataclass(value) and not isinstance(value, type):
        return asdict(value)
    raise MisuseError(f"no JSON for {type(value).__name__}")
