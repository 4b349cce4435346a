"""Who sits and who talks in which conference, as a file that `pbx conferences` reads."""

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict
from pathlib import Path

from cattrs import Converter

from pbx.call.conferences import SeatView
from pbx.core.io.state_file import StateForm, keep_state

EVERY_S = 1.0  # people take turns faster; who asks wants to know who has the floor
MAX_SEATS = 2000  # that are shown: writing them takes some 5 ms of signalling
_converter = Converter(forbid_extra_keys=True)
Rooms = Mapping[str, tuple[SeatView, ...]]


async def keep(file: Path, view: Callable[[int], Rooms]) -> None:
    """Write the rooms whenever they have changed, at first and until cancelled, which leaves nothing."""
    await keep_state(file, lambda: view(MAX_SEATS), _FORM)


def _text(rooms: Rooms) -> str:
    return json.dumps({name: [*map(asdict, seats)] for name, seats in rooms.items()})


_FORM: StateForm[Rooms] = StateForm(what="the conferences", every_s=EVERY_S, text=_text)


def read(file: Path) -> Rooms:
    """Return the rooms, none when there is no file or no sense in it."""
    try:
        return _converter.structure(json.loads(file.read_text()), dict[str, tuple[SeatView, ...]])
    except Exception:
        return {}
