"""What is being played to a leg: clips one after the other, cut into frames."""

from collections.abc import Sequence
from typing import Literal

from pbx.core.ids import Token
from pbx.media.clip import PCM_FORMS, QUIET, UNIT, Clip, Form, Stateless
from pbx.media.g711 import SAMPLE_RATE
from pbx.media.shared_coding import CodedPlay, SharedCoding

__all__ = ["FRAME_MS", "FRAME_SAMPLES", "Clip", "Mark", "Player"]

FRAME_MS = 20
FRAME_SAMPLES = SAMPLE_RATE * FRAME_MS // 1000
MAX_STARVED_MS = 10_000  # of an open queue without a source: whoever opened it has forgotten it

Mark = str
"""A name between two clips."""


class Player:
    """Plays `queue` once, or again and again with `loop`; `total_ms` is 0 when it has no end, or none yet.

    Every kind of frame takes the same 20 ms, so a leg may change its codec while it listens. An open queue
    that is empty is silence, which counts as played. With `until_key` the first key ends it. `coded` is
    the play in a codec with a memory, None = each listener has a coder of its own.
    """

    __slots__ = (
        "_at",
        "_index",
        "_is_cut",
        "_is_open",
        "_loop",
        "_played",
        "_queue",
        "_reached",
        "_starved",
        "_until_key",
        "coded",
        "token",
    )

    def __init__(
        self,
        token: Token,
        queue: Sequence[Clip | Mark],
        *,
        loop: bool,
        is_open: bool = False,
        until_key: bool = False,
        shared: SharedCoding | None = None,
    ) -> None:
        self.token, self._until_key, self._is_cut = token, until_key, False
        self.coded = None if shared is None else CodedPlay(shared)
        self._queue: list[Clip | Mark] = []
        self._loop, self._is_open = loop, is_open
        self._index = self._at = self._played = self._starved = 0
        self._reached: list[Mark] = []
        self.append(queue, is_open=is_open)

    def append(self, queue: Sequence[Clip | Mark], *, is_open: bool) -> None:
        """Play these too, behind the others, and without `is_open` no more."""
        self._queue += [one for one in queue if isinstance(one, Mark) or (one.pcm and one.n_samples != 0)]
        self._is_open = is_open

    def key(self) -> None:
        """The party begins to press a key: whom it cuts short has no next frame."""
        self._is_cut = self._until_key

    @property
    def is_cut(self) -> bool:
        """Whether a key has ended it."""
        return self._is_cut

    @property
    def n_queued(self) -> int:
        """Of clips and marks, with those that were played."""
        return len(self._queue)

    @property
    def playable(self) -> bool:
        """False when no source has a single sample, and none can come."""
        return self._is_open or any(isinstance(one, Clip) for one in self._queue)

    @property
    def played_ms(self) -> int:
        return self._played * 1000 // SAMPLE_RATE

    @property
    def total_ms(self) -> int:
        lengths = [one.n_samples for one in self._queue if isinstance(one, Clip)]
        finite = [length for length in lengths if length is not None]
        endless = self._loop or self._is_open or len(finite) < len(lengths)
        return 0 if endless else (sum(finite) + self._starved) * 1000 // SAMPLE_RATE

    def take_reached(self) -> list[Mark]:
        """Return the marks that were reached since the last time."""
        reached, self._reached = self._reached, []
        return reached

    def frame(self, rate: Literal[8000, 16000] = 8000) -> bytes | None:
        """Return the next 20 ms of PCM16, padded with silence at the very end; None when all was played."""
        return self._next(PCM_FORMS[rate])

    def encoded_frame(self, encoding: Stateless) -> bytes | None:
        """Return the next 20 ms as G.711, cut from what each clip keeps ready; else as `frame`."""
        return self._next(encoding)

    def _next(self, form: Form) -> bytes | None:
        if self._is_cut:
            return None
        out = b""
        left = FRAME_SAMPLES
        while (clip := self._clip()) is not None and left:
            piece = clip.cut(self._at, left, form)
            n_samples = len(piece) // UNIT[form]
            self._at += n_samples
            if self._at == clip.n_samples:
                self._index, self._at = self._index + 1, 0
            left -= n_samples
            out = piece if not out else out + piece
        if left and self._is_open and self._starved < MAX_STARVED_MS * SAMPLE_RATE // 1000:
            self._starved += left
            out, left = out.ljust(FRAME_SAMPLES * UNIT[form], QUIET[form]), 0
        if not out:
            return None
        self._played += FRAME_SAMPLES - left
        return out if not left else out.ljust(FRAME_SAMPLES * UNIT[form], QUIET[form])

    def _clip(self) -> Clip | None:
        """The clip whose turn it is, None = there is none; marks on the way to it are reached."""
        if self._index == len(self._queue) and self._loop and not self._is_open and self.playable:
            self._index = 0
        while self._index < len(self._queue):
            one = self._queue[self._index]
            if isinstance(one, Clip):
                return one
            self._reached.append(one)
            self._index += 1
        return None
