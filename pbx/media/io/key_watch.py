"""KeyWatch: the telephone-events of one party, with the timer for an event whose end was lost."""

import asyncio
from collections.abc import Callable

from pbx.core.io.clock import monotonic
from pbx.media.dtmf import Digit, DtmfReceiver


class KeyWatch:
    """Calls `pressed` once for each key. `waits` = an event has begun and not ended."""

    __slots__ = ("_clock_rate", "_pressed", "_receiver", "_timer", "waits")

    def __init__(self, pressed: Callable[[Digit], None]) -> None:
        self._pressed = pressed
        self._clock_rate = 8000
        self._receiver = DtmfReceiver()
        self._timer: asyncio.TimerHandle | None = None
        self.waits = False

    def set_clock(self, clock_rate: int) -> None:
        """The RTP clock of the events that were agreed to."""
        if clock_rate != self._clock_rate:
            self._clock_rate, self._receiver = clock_rate, DtmfReceiver(clock_rate)

    def packet(self, rtp_time: int, payload: bytes, now: float) -> bool:
        """Take a telephone-event, return whether a key begins with it; ParseError(0) when it is none."""
        n_before = self._receiver.n_begun
        self._report(self._receiver.packet(rtp_time, payload, now))
        self._await_end(now)
        return self._receiver.n_begun > n_before

    def audio(self, rtp_time: int) -> None:
        """Audio arrived, which ends an event that it follows."""
        self._report(self._receiver.audio(rtp_time))

    def close(self) -> None:
        if self._timer is not None:
            self._timer.cancel()

    def _report(self, digits: list[Digit]) -> None:
        for digit in digits:
            self._pressed(digit)

    def _await_end(self, now: float) -> None:
        deadline = self._receiver.deadline
        if deadline is not None and self._timer is None:
            loop = asyncio.get_running_loop()
            self._timer = loop.call_later(max(deadline - now, 0.001), self._due)
            self.waits = True

    def _due(self) -> None:
        self._timer, self.waits = None, False
        now = monotonic()
        self._report(self._receiver.tick(now))
        self._await_end(now)
