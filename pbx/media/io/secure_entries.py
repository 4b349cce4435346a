"""The secrets that are being entered at a worker: who is muted, and the timers by which that ends."""

import asyncio
from collections.abc import Callable

from pbx.core.ids import LegId
from pbx.core.io.clock import monotonic
from pbx.media.effects import SetSecure
from pbx.media.entry_guard import EntryGuard
from pbx.media.io.leg import RtpLeg


class SecureEntries:
    """`noted` is called when a party begins or ceases to be muted. A leg that ends has to be dropped."""

    def __init__(self, noted: Callable[[RtpLeg], None]) -> None:
        self._noted = noted
        self._guards: dict[LegId, EntryGuard] = {}
        self._timers: dict[LegId, asyncio.TimerHandle] = {}

    def set(self, order: SetSecure, leg: RtpLeg | None) -> None:
        """Mute a party at once, or soon let it be heard again; an unknown leg has ended and said so."""
        if leg is None:
            return
        guard = self._guards.get(leg.leg)
        if order.on:
            self._stop_timer(leg.leg)
            self._guards.setdefault(leg.leg, EntryGuard()).begin()
            self._mute(leg, True)
        elif guard is not None and guard.deadline is None:
            guard.end(monotonic())
            self._await(leg, guard)

    def drop(self, leg: LegId) -> None:
        """The leg has ended."""
        self._stop_timer(leg)
        self._guards.pop(leg, None)

    def _await(self, leg: RtpLeg, guard: EntryGuard) -> None:
        deadline = guard.deadline
        if deadline is not None:
            due_s = max(deadline - monotonic(), 0.0)
            self._timers[leg.leg] = asyncio.get_running_loop().call_later(due_s, self._due, leg, guard)

    def _due(self, leg: RtpLeg, guard: EntryGuard) -> None:
        leg.drain(monotonic())  # a worker that stood still finds what is due before what was said until then
        if guard.tick(monotonic(), is_key_down=leg.is_key_down, waiting_s=leg.waiting_s):
            self.drop(leg.leg)
            self._mute(leg, False)
        else:
            self._await(leg, guard)

    def _stop_timer(self, leg: LegId) -> None:
        timer = self._timers.pop(leg, None)
        if timer is not None:
            timer.cancel()

    def _mute(self, leg: RtpLeg, on: bool) -> None:
        if leg.tap.secure != on:
            leg.mute(on)
            self._noted(leg)
