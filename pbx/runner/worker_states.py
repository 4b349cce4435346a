"""How the media workers are, as a file that `pbx status` reads: the two are different processes."""

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal

from cattrs import Converter

from pbx.core.io.state_file import StateForm, keep_state

EVERY_S = 2.0
_MARKS = ("slow", "overloaded", "draining")
_converter = Converter(forbid_extra_keys=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkerState:
    """A worker now; `slow` = no new calls, for it does not read its orders or the way to it is broken.

    `overloaded` = none, for it is late with the audio of those that it has: `late_ms`, in tens.
    """

    kind: Literal["local", "remote"]
    connected: bool
    legs: int
    slow: bool
    draining: bool
    overloaded: bool = False
    late_ms: float = 0.0

    def __str__(self) -> str:
        marks = [name for name in _MARKS if getattr(self, name) and self.connected]
        late = [f"{self.late_ms:.0f} ms late"] if self.late_ms else []
        state = "connected" if self.connected else "not connected"
        return ", ".join([self.kind, state, f"{self.legs} legs", *late, *marks])


async def keep(file: Path, states: Callable[[], Mapping[str, WorkerState]]) -> None:
    """Write the states for ever, whenever they have changed."""
    await keep_state(file, lambda: dict(states()), _FORM)


def _text(states: dict[str, WorkerState]) -> str:
    return json.dumps({name: asdict(state) for name, state in states.items()})


_FORM: StateForm[dict[str, WorkerState]] = StateForm(
    what="the states of the media workers", every_s=EVERY_S, text=_text, stays=True
)


def read(file: Path) -> dict[str, WorkerState]:
    """Return the states, none when there is no file or no sense in it."""
    try:
        return _converter.structure(json.loads(file.read_text()), dict[str, WorkerState])
    except Exception:
        return {}
