"""The frames of a worker: on one 20 ms clock, first everybody is heard, then everybody is spoken to."""

import logging
from collections.abc import Callable

from pbx.core.ids import LegId
from pbx.media.codecs.codec import NARROW
from pbx.media.io.leg import RtpLeg
from pbx.media.io.ticker import FrameTicker
from pbx.media.payloads import rate_between, relays

_log = logging.getLogger(__name__)


class Frames:
    """Only legs that need samples are here; a relayed call costs the clock nothing.

    `played` is called when a leg's player has come to its end, `failed` when a leg cannot go on.
    """

    def __init__(self, played: Callable[[RtpLeg], None], failed: Callable[[RtpLeg, Exception], None]) -> None:
        self._played, self._failed = played, failed
        self._listening: dict[LegId, RtpLeg] = {}
        self._speaking: dict[LegId, RtpLeg] = {}
        self._ticker = FrameTicker(self._frame)

    def changed(self, leg: RtpLeg) -> None:
        """A leg's codec, peer, player or keys have changed: decide anew for it and its peer."""
        for one in (leg, leg.peer):
            if one is not None:
                self._listen(one)
        for one in (leg, leg.peer):
            if one is not None:
                self._speak(one)
        if self._speaking or self._listening:
            self._ticker.wake()

    def remove(self, leg: RtpLeg) -> None:
        """A leg has ended."""
        self._listening.pop(leg.leg, None)
        self._speaking.pop(leg.leg, None)

    def stop(self) -> None:
        self._ticker.stop()

    def _listen(self, leg: RtpLeg) -> None:
        """Whoever hears this leg in another codec needs its samples."""
        listener = leg if leg.echo else leg.peer
        heard, arrives = leg.format, leg.arrives
        leg.relays, rate = True, None
        if listener is not None and heard is not None and arrives is not None:
            spoken = listener.format
            if spoken is not None:
                rate = rate_between(arrives, spoken)
                as_samples = leg.treatment or listener.beeping is not None
                if relays(arrives, heard, spoken) and not (as_samples and rate is not None):
                    rate = None
                else:
                    leg.relays = False
                if rate is None and not leg.relays:
                    _log.error("leg=%s speaks %s, its peer %s: nothing is heard", leg.leg, arrives, spoken)
        if leg.partner is not None:
            leg.relays, rate = False, leg.partner.sample_rate if leg.decodable else None
        if rate is None and (leg.is_judged or leg.is_watched):
            rate = NARROW
        leg.listen(rate)
        _keep(self._listening, leg, rate is not None)

    def _speak(self, leg: RtpLeg) -> None:
        source = leg.source
        has_source = source is not None and source.ear is not None and not source.relays
        has_beep = leg.beeping is not None and (source is None or source.decodable)
        leg.out.set_pulled(leg.partner is not None or has_source or has_beep)
        _keep(self._speaking, leg, leg.out.taken)

    def _frame(self, now: float) -> bool:
        for leg in list(self._listening.values()):
            self._try(leg, leg.listen_frame, now)
        for leg in list(self._speaking.values()):
            if not self._try(leg, leg.speak_frame, now):
                self._played(leg)
        return bool(self._speaking or self._listening)

    def _try(self, leg: RtpLeg, step: Callable[[float], bool], now: float) -> bool:
        try:
            return step(now)
        except Exception as error:
            self._failed(leg, error)
            return True


def _keep(legs: dict[LegId, RtpLeg], leg: RtpLeg, wanted: bool) -> None:
    if wanted:
        legs[leg.leg] = leg
    else:
        legs.pop(leg.leg, None)
