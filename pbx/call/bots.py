"""The voice bot that has the caller: at most one at a time."""

import hashlib

from pbx.core.ids import CallId, LegId
from pbx.ivr.effects import TalkToBot
from pbx.ivr.events import BotLeft
from pbx.media.effects import CloseStream, OpenStream
from pbx.media.events import StreamEnded


class Bots:
    """Turns a flow's order into a media stream of the caller's leg, and its end back into a fact."""

    __slots__ = ("_call", "_leg", "_n_opened", "_open")

    def __init__(self, call: CallId, leg: LegId) -> None:
        self._call, self._leg = call, leg
        self._n_opened = 0
        self._open: str | None = None

    def open(self, order: TalkToBot, tenant: str) -> OpenStream:
        """Hand the caller over."""
        self._n_opened += 1
        self._open = _name(self._call, self._n_opened)
        return OpenStream(
            leg=self._leg,
            stream=self._open,
            account=tenant,
            url=order.url,
            parameters=order.parameters,
            plain=order.plain,
        )

    def ended(self, event: StreamEnded) -> BotLeft | None:
        """The bot is gone; None for one that we left before, or of another leg."""
        if event.leg != self._leg or event.stream != self._open:
            return None
        self._open = None
        return BotLeft(outcome="next" if event.reason == "bot_closed" else "failed")

    def lost(self) -> list[StreamEnded]:
        """The worker that had the stream has it no more, and does not say so."""
        if self._open is None:
            return []
        return [StreamEnded(leg=self._leg, stream=self._open, reason="failed")]

    def close(self) -> list[CloseStream]:
        """Somebody else has the caller now."""
        if self._open is None:
            return []
        self._open = None
        return [CloseStream(leg=self._leg)]


def _name(call: CallId, n: int) -> str:
    """Return an identifier in the shape that bots know: MZ and 32 hexadecimal digits."""
    return f"MZ{hashlib.sha256(f'{call}/{n}'.encode()).hexdigest()[:32]}"
