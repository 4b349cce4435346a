"""What a bot has said and its party has not yet heard: samples and marks, in order."""

from collections import deque

FRAME_BYTES = 160  # 20 ms of mu-law
QUIET = b"\xff"  # mu-law zero
HIGH_BYTES = 480_000  # 60 s: a long spoken answer sent at once
LOW_BYTES = 240_000
HIGH_MARKS = 1000  # a mark after each 20 ms would be 50 a second
LOW_MARKS = 500


class StreamBuffer:
    """Pulled 20 ms at a time; joined to the sample, whatever pieces the bot sends.

    `is_full` asks to stop reading and stays until half is played. Nothing that was read is dropped, so the
    size is bounded by the high mark and what one read can bring.
    """

    __slots__ = ("_audio", "_first", "_full", "_marks", "_played", "_put")

    def __init__(self) -> None:
        self._audio = bytearray()
        self._first = 0  # in `_audio`; what lies before is played
        self._put = self._played = 0  # octets ever
        self._marks: deque[tuple[int, str]] = deque()  # what `_played` has to reach
        self._full = False

    @property
    def n_bytes(self) -> int:
        return self._put - self._played

    @property
    def n_marks(self) -> int:
        return len(self._marks)

    @property
    def is_full(self) -> bool:
        if self.n_bytes >= HIGH_BYTES or self.n_marks >= HIGH_MARKS:
            self._full = True
        elif self.n_bytes <= LOW_BYTES and self.n_marks <= LOW_MARKS:
            self._full = False
        return self._full

    def add(self, audio: bytes) -> None:
        """Play this after everything before it."""
        self._audio += audio
        self._put += len(audio)

    def mark(self, name: str) -> None:
        """Reached when all that was added so far is played."""
        self._marks.append((self._put, name))

    def clear(self) -> list[str]:
        """Drop everything; return the marks that were not reached."""
        names = [name for _, name in self._marks]
        self._marks.clear()
        self._audio.clear()
        self._first, self._played = 0, self._put
        return names

    def reached(self) -> list[str]:
        """Return, once, the marks before which everything was pulled."""
        names = []
        while self._marks and self._marks[0][0] <= self._played:
            names.append(self._marks.popleft()[1])
        return names

    def pull(self) -> bytes | None:
        """Return the next 20 ms of mu-law, its end filled with silence; None when there is nothing."""
        if not self.n_bytes:
            return None
        first = self._first
        frame = bytes(self._audio[first : first + FRAME_BYTES])
        self._first += len(frame)
        self._played += len(frame)
        if self._played == self._put or self._first >= LOW_BYTES:
            del self._audio[: self._first]
            self._first = 0
        return frame.ljust(FRAME_BYTES, QUIET)
