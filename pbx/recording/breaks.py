"""Breaks: where a media worker left the recording and the next one had not begun, channel by channel.

A break lasts from what the first one kept last until the next one was there, and on each channel until its
next packet came: that it is late there is the break's doing. Units: samples at 8 kHz.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from pbx.recording.gaps import BREAKS, CONTINUES, Causes, GapCause, MasterClock
from pbx.recording.journal import Note
from pbx.recording.spans import Span

SETTLE_NS = 5_000_000_000  # until a telephone sends to the next worker; who is silent for longer is silent
EDGE_NS = 100_000_000  # packets lie earlier than they came, by their jitter and their own length
_CAUSES: Mapping[str, GapCause] = {cause: cause for cause in BREAKS}


@dataclass(slots=True)
class _Break:
    """`until` = when each stream went on, if it did; nanoseconds on the monotonic clock."""

    cause: GapCause
    last_ns: int
    origin_ns: int
    until: dict[int, int] = field(default_factory=dict)


class Breaks:
    """Takes packets and notes in their order."""

    __slots__ = ("_breaks", "_last_ns", "_open")

    def __init__(self) -> None:
        self._breaks: list[_Break] = []
        self._open: _Break | None = None  # the last one
        self._last_ns = 0

    def packet(self, stream: int, arrival_ns: int) -> None:
        """A packet came."""
        self._last_ns = arrival_ns
        if self._open is not None:
            self._open.until.setdefault(stream, arrival_ns)

    def note(self, note: Note) -> None:
        """The finaliser says where a chapter begins; what a former program noted of it has no cause."""
        cause = _CAUSES.get(note.details.get("cause", "")) if note.kind == CONTINUES else None
        if cause is not None:
            self._open = _Break(cause, self._last_ns or note.at_ns, note.at_ns)
            self._breaks.append(self._open)
        self._last_ns = note.at_ns

    def ended(self, at_ns: int) -> None:
        """A worker closed its journal."""
        self._last_ns = at_ns

    def of(self, stream: int, absent: Sequence[Span], clock: MasterClock) -> Causes:
        """Return which absent samples of a channel the breaks explain, by cause."""
        found: Causes = {}
        for one in self._breaks:
            if one.last_ns >= one.origin_ns:
                continue  # two workers at a time: nothing was missed
            until_ns = min(one.until.get(stream, one.origin_ns), one.origin_ns + SETTLE_NS)
            first, end = clock.sample(one.last_ns - EDGE_NS), clock.sample(until_ns + EDGE_NS)
            core = clock.sample(one.last_ns), clock.sample(max(until_ns, one.origin_ns))
            touching = [span for span in absent if span[0] < core[1] and core[0] < span[1]]
            found.setdefault(one.cause, []).extend(
                (max(span[0], first), min(span[1], end)) for span in touching
            )
        return found
