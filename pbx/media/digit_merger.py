"""One digit of one press, although it may arrive as RFC 4733 event, as tones and as SIP INFO."""

from collections import deque

from pbx.core.audio import AudioFormat, DigitChoice, DigitKind
from pbx.media.dtmf import Digit

ALL_KINDS: frozenset[DigitKind] = frozenset(("rfc4733", "info", "inband"))

# The slowest report of a press: an INFO that is sent again once (T1, 500 ms) while the event's end packets
# got through at once, or the other way round an event told 200 ms late. Presses by one kind are never
# merged with each other, so a wide window does not cost the second of two quick presses.
WINDOW_S = 1.0
MAX_PRESSES = 32  # open presses; nobody keys 32 digits in a window, so only a flood pushes one out


def accepted_kinds(choice: DigitChoice, agreed: AudioFormat) -> frozenset[DigitKind]:
    """Return the kinds that count on a leg; `auto` falls back: agreed events, else tones; INFO always.

    Tones are the last resort because they alone can be imitated by a voice.
    """
    if choice != "auto":
        return frozenset((choice,))
    if agreed.dtmf_payload_type is not None or agreed.dtmf_receive_types:
        return frozenset(("rfc4733", "info"))
    return frozenset(("info", "inband"))


class _Press:
    __slots__ = ("at", "key", "told_by")

    def __init__(self, key: str, kind: DigitKind, at: float) -> None:
        self.key, self.at = key, at
        self.told_by = {kind}


class DigitMerger:
    """Passes the first report of each press on. A press is told at most once by each kind.

    So a report belongs to the oldest press of the same key that its kind has not told yet, within the
    window after the first report; without one it is a press of its own. `now` is in monotonic seconds.
    """

    __slots__ = ("_accepted", "_presses")

    def __init__(self, accepted: frozenset[DigitKind]) -> None:
        self._accepted = accepted
        self._presses: deque[_Press] = deque(maxlen=MAX_PRESSES)

    @property
    def accepted(self) -> frozenset[DigitKind]:
        return self._accepted

    def accept(self, kinds: frozenset[DigitKind]) -> None:
        """Change the kinds that count, after a new offer and answer; open presses are kept."""
        self._accepted = kinds

    def handle(self, kind: DigitKind, digit: Digit, now: float) -> list[Digit]:
        """Take one report; return the digit when it is news."""
        if kind not in self._accepted:
            return []
        while self._presses and now - self._presses[0].at > WINDOW_S:
            self._presses.popleft()
        for press in self._presses:
            is_open = now - press.at <= WINDOW_S
            if is_open and press.key == digit.key and kind not in press.told_by:
                press.told_by.add(kind)
                return []
        self._presses.append(_Press(digit.key, kind, now))
        return [digit]

    def lasts(self, kind: DigitKind, now: float) -> None:
        """The key that this kind told last is still down: the window begins when it is let go."""
        for press in reversed(self._presses):
            if kind in press.told_by:
                press.at = max(press.at, now)
                return
