"""Grace: how long two still talk after the recording failed that their call may not go on without (R-16)."""

from pbx.call.capture import Capture
from pbx.call.connect import Connect

GRACE_S = 15.0  # the sentence takes 6 s at most; the rest is for a goodbye


class Grace:
    """Runs while two talk, have to be recorded and are not; ends when they are, or need not be any more."""

    __slots__ = ("_capture", "_connect", "deadline")

    def __init__(self, connect: Connect, capture: Capture) -> None:
        self._connect, self._capture = connect, capture
        self.deadline: float | None = None

    def follow(self, now: float) -> None:
        """Something may have changed."""
        if self._connect.winner is None or not is_cut_off(self._capture):
            self.deadline = None
        elif self.deadline is None:
            self.deadline = now + GRACE_S

    def is_over(self, now: float) -> bool:
        """Whether the call ends now."""
        return self.deadline is not None and self.deadline <= now


def is_cut_off(capture: Capture) -> bool:
    """Whether people who talk may not go on without the recording that has failed; help is never cut off."""
    ruling = capture.ruling
    has_failed = capture.state == "failed" and capture.kind == "call"
    return has_failed and ruling.is_wanted and ruling.on_failure == "refuse"
