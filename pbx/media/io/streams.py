"""The media streams of one worker: at most one per leg."""

import asyncio
import logging
from collections.abc import Callable

from pbx.core.ids import LegId
from pbx.media.effects import CloseStream, OpenStream
from pbx.media.events import MediaEvent, StreamEnd, StreamEnded, StreamStarted
from pbx.media.io.leg import RtpLeg
from pbx.media.io.media_stream import MediaStream, StreamHooks

_log = logging.getLogger(__name__)


class Streams:
    """`changed` is called when a leg's bot comes or goes. StreamEnded follows every OpenStream."""

    def __init__(self, emit: Callable[[MediaEvent], None], changed: Callable[[RtpLeg], None]) -> None:
        self._emit, self._changed = emit, changed
        self._legs: dict[LegId, RtpLeg] = {}
        self._streams: dict[LegId, MediaStream] = {}
        self._farewells: set[asyncio.Future[None]] = set()  # they need somebody who holds them

    def open(self, order: OpenStream, leg: RtpLeg | None) -> None:
        """Connect a leg to a bot; it hears the bot at once in place of its peer."""
        if leg is None or leg.partner is not None:
            self._emit(StreamEnded(leg=order.leg, stream=order.stream, reason="failed"))
            return
        stream = MediaStream(order, leg.call, StreamHooks(self._started, self._ended))
        self._farewells.add(stream.task)
        stream.task.add_done_callback(self._farewells.discard)
        leg.partner = self._streams[leg.leg] = stream
        self._legs[leg.leg] = leg
        self._changed(leg)

    def close(self, order: CloseStream) -> None:
        """Hang up on the bot; a leg without one has said so."""
        leg = self._legs.get(order.leg)
        if leg is not None:
            self.end_leg(leg)

    def end_leg(self, leg: RtpLeg) -> None:
        """The party is gone, or done with the bot."""
        stream = self._streams.get(leg.leg)
        if stream is not None:
            stream.end("closed")

    def _started(self, stream: MediaStream) -> None:
        _log.info("leg=%s stream=%s connecting -> open", stream.leg, stream.stream)
        self._emit(StreamStarted(leg=stream.leg, stream=stream.stream))

    def _ended(self, stream: MediaStream, reason: StreamEnd) -> None:
        _log.info("leg=%s stream=%s -> ended: %s", stream.leg, stream.stream, reason)
        leg = self._legs.pop(stream.leg)
        del self._streams[stream.leg]
        leg.partner = None
        self._changed(leg)
        ended = StreamEnded(
            leg=stream.leg,
            stream=stream.stream,
            reason=reason,
            dropped_ms=stream.dropped * 20,
            rubbish=stream.rubbish,
        )
        self._emit(ended)
