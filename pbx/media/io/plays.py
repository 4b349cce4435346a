"""Plays: what is being played to each leg, from the order to its PlayEnded."""

import logging
from collections.abc import Callable

from pbx.core.errors import StorageError
from pbx.core.ids import LegId
from pbx.media.effects import Play
from pbx.media.events import MediaEvent, PlayEnded
from pbx.media.io.clips import ClipLoader
from pbx.media.io.leg import RtpLeg
from pbx.media.player import Player

MAX_SOURCES = 64  # a read-out card number is under 20
_log = logging.getLogger(__name__)


class Plays:
    """Every Play gets its PlayEnded, whatever becomes of the leg."""

    def __init__(self, clips: ClipLoader, emit: Callable[[MediaEvent], None]) -> None:
        self._clips, self._emit = clips, emit

    def play(self, order: Play, leg: RtpLeg | None) -> None:
        """Play to a leg, in place of what it heard until now; what cannot be played has ended."""
        if leg is not None:
            self.end(leg, completed=False)
        try:
            if len(order.sources) > MAX_SOURCES:
                raise StorageError(f"more than {MAX_SOURCES} sources", retryable=False)
            clips = tuple(self._clips.load(source) for source in order.sources)
        except StorageError as error:
            _log.error("leg=%s cannot play: %s", order.leg, error)
            clips = ()
        player = Player(order.token, clips, loop=order.loop)
        if leg is None or not player.playable:
            self._ended(order.leg, player, completed=False)
            return
        leg.play(player)

    def end(self, leg: RtpLeg, *, completed: bool) -> None:
        """Nothing more is played to a leg."""
        player = leg.out.player
        if player is not None:
            leg.play(None)
            self._ended(leg.leg, player, completed=completed)

    def _ended(self, leg: LegId, player: Player, *, completed: bool) -> None:
        played_ms, total_ms = player.played_ms, player.total_ms
        ended = PlayEnded(
            leg=leg, token=player.token, played_ms=played_ms, total_ms=total_ms, completed=completed
        )
        self._emit(ended)
