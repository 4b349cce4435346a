"""What the defence stopped, as a file that `pbx status` reads: the two are different processes."""

import asyncio
import json
import logging
from collections.abc import Callable, Mapping
from pathlib import Path

EVERY_S = 5.0
_log = logging.getLogger("pbx.counts")


async def keep(file: Path, counts: Callable[[], Mapping[str, int]]) -> None:
    """Write the counts since the start for ever, whenever they have changed; begin with none."""
    written: dict[str, int] | None = None
    while True:
        now = dict(counts())
        if now != written:
            try:
                _replace(file, json.dumps(now))
            except OSError as error:  # the disk is full: calls matter more
                _log.warning("the counts of the defence are not written: %s", error)
            written = now
        await asyncio.sleep(EVERY_S)


def read(file: Path) -> dict[str, int]:
    """Return the counts, none when there is no file or no sense in it."""
    try:
        found = json.loads(file.read_text())
    except (OSError, ValueError):
        return {}
    if not isinstance(found, dict):
        return {}
    return {str(name): number for name, number in found.items() if isinstance(number, int)}


def _replace(file: Path, text: str) -> None:
    fresh = file.with_suffix(".new")
    fresh.write_text(text)
    fresh.replace(file)
