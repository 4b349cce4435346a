"""How the media workers are, as a file that `pbx status` reads: the two are different processes."""

import asyncio
import json
import logging
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal

from cattrs import Converter

EVERY_S = 2.0
_log = logging.getLogger("pbx.worker_states")
_converter = Converter(forbid_extra_keys=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkerState:
    """A worker now; `slow` = it gets no new calls, for it does not keep up or the way to it is broken."""

    kind: Literal["local", "remote"]
    connected: bool
    legs: int
    slow: bool
    draining: bool

    def __str__(self) -> str:
        marks = [name for name in ("slow", "draining") if getattr(self, name) and self.connected]
        state = "connected" if self.connected else "not connected"
        return ", ".join([self.kind, state, f"{self.legs} legs", *marks])


async def keep(file: Path, states: Callable[[], Mapping[str, WorkerState]]) -> None:
    """Write the states for ever, whenever they have changed."""
    written: dict[str, WorkerState] = {}
    while True:
        now = dict(states())
        if now != written:
            try:
                fresh = file.with_suffix(".new")
                fresh.write_text(json.dumps({name: asdict(state) for name, state in now.items()}))
                fresh.replace(file)
            except OSError as error:  # the disk is full: calls matter more
                _log.warning("the states of the media workers are not written: %s", error)
            written = now
        await asyncio.sleep(EVERY_S)


def read(file: Path) -> dict[str, WorkerState]:
    """Return the states, none when there is no file or no sense in it."""
    try:
        return _converter.structure(json.loads(file.read_text()), dict[str, WorkerState])
    except Exception:
        return {}
