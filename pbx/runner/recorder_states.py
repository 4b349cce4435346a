"""How the recorders of others are, as a file that `pbx status` reads: the two are different processes."""

import asyncio
import json
import logging
from collections.abc import Callable, Mapping
from dataclasses import asdict
from pathlib import Path

from cattrs import Converter

from pbx.siprec.health import RecorderState

EVERY_S = 2.0
_log = logging.getLogger("pbx.recorder_states")
_converter = Converter(forbid_extra_keys=True)
States = Mapping[str, RecorderState]


async def keep(file: Path, states: Callable[[], States]) -> None:
    """Write the states whenever they have changed, at first and until cancelled, which leaves nothing."""
    written: States | None = None
    try:
        while True:
            now = states()
            if now != written:
                _write(file, now)
                written = now
            await asyncio.sleep(EVERY_S)
    finally:
        file.unlink(missing_ok=True)


def _write(file: Path, states: States) -> None:
    fresh = file.with_suffix(".new")
    try:
        fresh.write_text(json.dumps({name: asdict(state) for name, state in states.items()}))
        fresh.replace(file)
    except OSError as error:  # the disk is full: calls matter more
        _log.warning("the states of the recorders are not written: %s", error)


def read(file: Path) -> dict[str, RecorderState]:
    """Return the states, none when there is no file or no sense in it."""
    try:
        return _converter.structure(json.loads(file.read_text()), dict[str, RecorderState])
    except Exception:
        return {}
