"""What a leg hears next: sources joined to the sample, with marks between them.

A mark is reached with the frame that carries the last sample before it. Sources may be appended while others
play. Where the queue runs dry within a frame, that frame is filled with silence; between two sources never.
"""

from collections import deque
from dataclasses import dataclass
from typing import Literal

from pbx.core.ids import Token
from pbx.media.clip import PCM_FORMS, QUIET, UNIT, Clip, Form, Stateless
from pbx.media.g711 import SAMPLE_RATE
from pbx.media.player import FRAME_SAMPLES

MAX_ENTRIES = 16_384  # five minutes of 20 ms pieces, as voice bots send a long answer all at once


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceEnded:
    """A source is over; `completed` = to its last sample. A source without an end has `total_ms` 0."""

    token: Token
    played_ms: int
    total_ms: int
    completed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class MarkReached:
    """All that stands before the mark was sent."""

    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MarkCleared:
    """The queue was cleared before the mark was reached."""

    name: str


QueueFact = SourceEnded | MarkReached | MarkCleared


@dataclass(frozen=True, slots=True)
class _Queued:
    token: Token
    clip: Clip
    loop: bool

    @property
    def is_empty(self) -> bool:
        return not self.clip.pcm or self.clip.n_samples == 0

    @property
    def length(self) -> int | None:
        if self.is_empty:
            return 0
        return None if self.loop else self.clip.n_samples


class AudioQueue:
    """Pulled by whoever speaks to the leg, 20 ms at a time; facts are taken after each pull or order."""

    __slots__ = ("_at", "_endless", "_entries", "_facts", "_left", "_paused", "_played")

    def __init__(self) -> None:
        self._entries: deque[_Queued | str] = deque()  # a mark is its name; none is the first
        self._facts: list[QueueFact] = []
        self._at = self._played = 0  # in the first source's clip; of the first source, loops included
        self._left = self._endless = 0  # samples of what ends, number of what does not
        self._paused = False

    @property
    def queued_ms(self) -> int | None:
        """How long the queue lasts; None = something in it has no end."""
        return None if self._endless else self._left * 1000 // SAMPLE_RATE

    @property
    def played_ms(self) -> int:
        """How much of the first source was sent."""
        return self._played * 1000 // SAMPLE_RATE

    @property
    def playing(self) -> Token | None:
        """The first source; it is silent while the queue is paused."""
        first = self._entries[0] if self._entries else None
        return first.token if isinstance(first, _Queued) else None

    def append(self, token: Token, clip: Clip, *, loop: bool = False) -> bool:
        """Play `clip` after everything else; False when the queue is full. `loop` = until it is cleared."""
        if len(self._entries) >= MAX_ENTRIES:
            return False
        queued = _Queued(token, clip, loop)
        self._entries.append(queued)
        self._count(queued, 1)
        self._pass_timeless()
        return True

    def mark(self, name: str) -> bool:
        """Report when all that was appended so far is sent; False when the queue is full."""
        if len(self._entries) >= MAX_ENTRIES:
            return False
        self._entries.append(name)
        self._pass_timeless()
        return True

    def clear(self) -> None:
        """Drop everything: the next pull brings none of it. The sources end and the marks are cleared."""
        while self._entries:
            entry = self._entries[0]
            if isinstance(entry, str):
                self._entries.popleft()
                self._facts.append(MarkCleared(name=entry))
            else:
                self._end(entry, completed=False)

    def pause(self) -> None:
        """Keep everything where it is."""
        self._paused = True

    def resume(self) -> None:
        """Go on with the very next sample."""
        self._paused = False

    def take_facts(self) -> list[QueueFact]:
        """Return what has happened since the last time, in order."""
        facts, self._facts = self._facts, []
        return facts

    def frame(self, rate: Literal[8000, 16000] = 8000) -> bytes | None:
        """Return the next 20 ms of PCM16; None when there is nothing to play now."""
        return self._next(PCM_FORMS[rate])

    def encoded_frame(self, encoding: Stateless) -> bytes | None:
        """Return the next 20 ms as G.711; else as `frame`."""
        return self._next(encoding)

    def _next(self, form: Form) -> bytes | None:
        if self._paused or not self._entries:
            return None
        pieces: list[bytes] = []
        left = FRAME_SAMPLES
        while left and self._entries:
            source = self._entries[0]
            if isinstance(source, str):
                break
            piece = source.clip.cut(self._at, left, form)
            pieces.append(piece)
            left -= self._advance(source, len(piece) // UNIT[form])
        return b"".join(pieces).ljust(FRAME_SAMPLES * UNIT[form], QUIET[form])

    def _advance(self, source: _Queued, n_samples: int) -> int:
        self._at += n_samples
        self._played += n_samples
        if source.length is not None:
            self._left -= n_samples
        if self._at == source.clip.n_samples:
            self._at = 0
            if not source.loop:
                self._end(source, completed=True)
                self._pass_timeless()
        return n_samples

    def _end(self, source: _Queued, *, completed: bool) -> None:
        total_ms = (source.length or 0) * 1000 // SAMPLE_RATE
        ended = SourceEnded(
            token=source.token, played_ms=self.played_ms, total_ms=total_ms, completed=completed
        )
        self._facts.append(ended)
        self._entries.popleft()
        if not completed:
            self._count(source, -1)
        self._at = self._played = 0

    def _count(self, source: _Queued, sign: int) -> None:
        if source.length is None:
            self._endless += sign
        else:
            self._left += sign * (source.length - (self._played if sign < 0 else 0))

    def _pass_timeless(self) -> None:
        """Take what has no duration from the front: marks, and sources without a sample."""
        while self._entries:
            entry = self._entries[0]
            if isinstance(entry, str):
                self._entries.popleft()
                self._facts.append(MarkReached(name=entry))
            elif entry.is_empty:
                self._end(entry, completed=True)
            else:
                return
