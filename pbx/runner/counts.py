"""What the defence stopped, as a file that `pbx status` reads: the two are different processes."""

import json
from collections.abc import Callable, Mapping
from pathlib import Path

from pbx.core.io.state_file import StateForm, keep_state

EVERY_S = 5.0


async def keep(file: Path, counts: Callable[[], Mapping[str, int]]) -> None:
    """Write the counts since the start for ever, whenever they have changed; begin with none."""
    await keep_state(file, lambda: dict(counts()), _FORM)


_FORM: StateForm[dict[str, int]] = StateForm(
    what="the counts of the defence", every_s=EVERY_S, text=json.dumps, stays=True
)


def read(file: Path) -> dict[str, int]:
    """Return the counts, none when there is no file or no sense in it."""
    try:
        found = json.loads(file.read_text())
    except (OSError, ValueError):
        return {}
    if not isinstance(found, dict):
        return {}
    return {str(name): number for name, number in found.items() if isinstance(number, int)}
