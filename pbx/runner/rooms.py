"""Who sits and who talks in which conference, as a file that `pbx conferences` reads."""

import asyncio
import json
import logging
from collections.abc import Callable, Mapping
from dataclasses import asdict
from pathlib import Path

from cattrs import Converter

from pbx.call.conferences import SeatView

EVERY_S = 1.0  # people take turns faster; who asks wants to know who has the floor
MAX_SEATS = 2000  # that are shown: writing them takes some 5 ms of signalling
_log = logging.getLogger("pbx.rooms")
_converter = Converter(forbid_extra_keys=True)
Rooms = Mapping[str, tuple[SeatView, ...]]


async def keep(file: Path, view: Callable[[int], Rooms]) -> None:
    """Write the rooms whenever they have changed, at first and until cancelled, which leaves nothing."""
    written: Rooms | None = None
    try:
        while True:
            now = view(MAX_SEATS)
            if now != written:
                _write(file, now)
                written = now
            await asyncio.sleep(EVERY_S)
    finally:
        file.unlink(missing_ok=True)


def _write(file: Path, rooms: Rooms) -> None:
    fresh = file.with_suffix(".new")
    try:
        fresh.touch(mode=0o600)
        fresh.write_text(json.dumps({name: [*map(asdict, seats)] for name, seats in rooms.items()}))
        fresh.replace(file)
    except OSError as error:  # the disk is full: calls matter more
        _log.warning("the conferences are not written: %s", error)


def read(file: Path) -> Rooms:
    """Return the rooms, none when there is no file or no sense in it."""
    try:
        return _converter.structure(json.loads(file.read_text()), dict[str, tuple[SeatView, ...]])
    except Exception:
        return {}
