"""How the recorders of others are, as a file that `pbx status` reads: the two are different processes."""

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict
from pathlib import Path

from cattrs import Converter

from pbx.core.io.state_file import StateForm, keep_state
from pbx.siprec.health import RecorderState

EVERY_S = 2.0
_converter = Converter(forbid_extra_keys=True)
States = Mapping[str, RecorderState]


async def keep(file: Path, states: Callable[[], States]) -> None:
    """Write the states whenever they have changed, at first and until cancelled, which leaves nothing."""
    await keep_state(file, states, _FORM)


def _text(states: States) -> str:
    return json.dumps({name: asdict(state) for name, state in states.items()})


_FORM: StateForm[States] = StateForm(what="the states of the recorders", every_s=EVERY_S, text=_text)


def read(file: Path) -> dict[str, RecorderState]:
    """Return the states, none when there is no file or no sense in it."""
    try:
        return _converter.structure(json.loads(file.read_text()), dict[str, RecorderState])
    except Exception:
        return {}
