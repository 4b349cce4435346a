"""Whether the beep of a recording sounds where it is due (C-13): looked at once a second, told once."""

from pbx.media.effects import Beep

MISSED = 2  # intervals without a beep until that is a fault


class BeepWatch:
    """Follows one party; whoever is hushed, holds or is not kept is due none."""

    __slots__ = ("_beep", "_is_told", "_n_sounded", "_since")

    def __init__(self) -> None:
        self._beep: Beep | None = None
        self._n_sounded, self._since, self._is_told = 0, 0.0, False

    def look(self, due: Beep | None, n_sounded: int, now: float) -> str:
        """Return what is wrong, "" = nothing that is news; `n_sounded` counts the 20 ms of tone so far."""
        if due is None or due != self._beep or n_sounded != self._n_sounded:
            self._beep, self._n_sounded, self._since, self._is_told = due, n_sounded, now, False
            return ""
        if self._is_told or now - self._since <= MISSED * due.every_ms / 1000:
            return ""
        self._is_told = True
        return f"no beep for {now - self._since:.0f} s while it is recorded"
