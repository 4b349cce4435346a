"""Grace: how long people still talk without the recording that they may not go on without (R-16, C-12)."""

from collections.abc import Iterable

from pbx.call.capture import Capture
from pbx.core.ids import LegId

GRACE_S = 15.0  # the sentence takes 6 s at most; the rest is for a goodbye


class Grace:
    """Runs while people talk, have to be recorded and are not; ends when they are, or need not be any more.

    A recording that is tried anew holds up the end, and its failure does not begin the time again.
    """

    __slots__ = ("_capture", "_due", "deadline")

    def __init__(self, capture: Capture) -> None:
        self._capture = capture
        self._due: float | None = None
        self.deadline: float | None = None

    def follow(self, now: float, *, talks: bool, is_turned_down: bool = False) -> None:
        """Something may have changed; `talks` = there is somebody to talk with."""
        is_cut = talks and (is_turned_down or is_cut_off(self._capture))
        if is_cut:
            self._due = self._due if self._due is not None else now + GRACE_S
        elif not talks or self._capture.state != "starting":
            self._due = None
        self.deadline = self._due if is_cut else None

    def is_over(self, now: float) -> bool:
        """Whether they end now."""
        return self.deadline is not None and self.deadline <= now


def is_cut_off(capture: Capture) -> bool:
    """Whether people who talk may not go on without the recording that has failed; help is never cut off."""
    ruling = capture.ruling
    has_failed = capture.state == "failed" and capture.kind == "call"
    return has_failed and ruling.is_wanted and ruling.on_failure == "refuse"


def is_turned_down(capture: Capture, talking: Iterable[LegId]) -> bool:
    """Whether one of those who talk refuses a recording without which the law allows no such call (C-12)."""
    is_owed = capture.has_to_keep and not capture.ruling.is_excused
    return is_owed and not capture.unwilling.isdisjoint(talking)
