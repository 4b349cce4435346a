"""What came of a reload, as a file that `pbx reload` waits for: the two are different processes."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path

from pbx.core.io.state_file import write_state


@dataclass(frozen=True, slots=True, kw_only=True)
class ReloadVerdict:
    """`began_ns` is the wall clock when the configuration began to be read; without `errors` it is used."""

    began_ns: int
    errors: tuple[str, ...] = ()


def write_verdict(file: Path, verdict: ReloadVerdict) -> None:
    """Leave a verdict where `read_verdict` finds it, whole or not at all; OSError when the disk is full."""
    write_state(file, json.dumps(asdict(verdict)))


def read_verdict(file: Path) -> ReloadVerdict | None:
    """Return the last verdict, None when there is no file or no sense in it."""
    try:
        found = json.loads(file.read_text())
        return ReloadVerdict(began_ns=int(found["began_ns"]), errors=tuple(map(str, found["errors"])))
    except (OSError, ValueError, KeyError, TypeError):
        return None
