"""The voice bot that has the caller: at most one at a time."""

import hashlib
from collections.abc import Mapping

from pbx.core.ids import CallId, LegId
from pbx.core.secret import Secret
from pbx.ivr.effects import TalkToBot
from pbx.ivr.events import BotLeft
from pbx.ivr.placeholders import filled, filled_url
from pbx.media.effects import CloseStream, OpenStream
from pbx.media.events import StreamEnded


class Bots:
    """Turns a flow's order into a media stream of the caller's leg, and its end back into a fact."""

    __slots__ = ("_call", "_leg", "_n_opened", "_open")

    def __init__(self, call: CallId, leg: LegId) -> None:
        self._call, self._leg = call, leg
        self._n_opened = 0
        self._open: str | None = None

    def open(self, order: TalkToBot, tenant: str, known: Mapping[str, str]) -> OpenStream:
        """Hand the caller over; `known` of the call is filled in, and what he has entered in the open."""
        entered = {name: digits.reveal() for name, digits in order.entered.items()}
        values = {**entered, **known, "call": self._call, "tenant": tenant}
        self._n_opened += 1
        self._open = _name(self._call, self._n_opened)
        return OpenStream(
            leg=self._leg,
            stream=self._open,
            account=tenant,
            url=Secret(filled_url(order.url.reveal(), values)),
            parameters={name: filled(text, values) for name, text in order.parameters.items()},
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
