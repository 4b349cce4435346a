"""How the recorders of others are, as far as calls have shown: nobody asks them between calls."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

from pbx.siprec.effects import Told

FAILURES = frozenset({"refused", "unauthorized", "lost"})


@dataclass(frozen=True, slots=True, kw_only=True)
class RecorderState:
    """What the last call that tried it came to; `since` in ISO 8601, `forks` = calls it records now."""

    state: Literal["up", "failed"]
    since: str
    reason: str = ""
    forks: int = 0

    def __str__(self) -> str:
        since = f"{self.state} since {datetime.fromisoformat(self.since):%Y-%m-%d %H:%M:%S} UTC"
        reason = f" ({self.reason})" if self.reason else ""
        return f"{since}{reason}, {self.forks} {'fork' if self.forks == 1 else 'forks'}"


class RecorderHealth:
    """The last state of each recorder that was tried, by `tenant/server`; the others stand by."""

    __slots__ = ("_states",)

    def __init__(self) -> None:
        self._states: dict[str, RecorderState] = {}

    def note(self, tenant: str, told: Told, at: datetime) -> None:
        """Take what became of a recorder; that it goes on being so is no news."""
        key, since = f"{tenant}/{told.server}", at.isoformat(timespec="seconds")
        known = self._states.get(key)
        if told.kind == "started" and (known is None or known.state != "up"):
            self._states[key] = RecorderState(state="up", since=since)
        elif told.kind in FAILURES:
            began = known.since if known is not None and known.state == "failed" else since
            self._states[key] = RecorderState(state="failed", since=began, reason=told.reason)

    def view(self, recording: Iterable[str]) -> Mapping[str, RecorderState]:
        """Return all that is known; `recording` names the recorder of each call that is forked now."""
        forks: dict[str, int] = {}
        for key in recording:
            forks[key] = forks.get(key, 0) + 1
        return {key: replace(state, forks=forks.get(key, 0)) for key, state in self._states.items()}
