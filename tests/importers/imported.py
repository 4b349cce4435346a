"""One import by the command line."""

from pathlib import Path

from pbx.cli.main import run

PLACE = ("--city", "Manchester", "--street", "High Street", "--timezone", "Europe/London")


def imported(base: Path, source: Path, kind: str = "asterisk", *words: str) -> Path:
    """Import `source` into a folder below `base`, and return that."""
    out = base / "config"
    assert run(["import", kind, str(source), "--out", str(out), *PLACE, *words]) == 0
    return out
