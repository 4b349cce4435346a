"""Plays: what is being played to each leg, from the order to its PlayEnded."""

import logging
from collections.abc import Callable

from pbx.core.errors import StorageError
from pbx.core.ids import LegId
from pbx.media.effects import AppendSources, MarkSource, Play
from pbx.media.events import MediaEvent, PlayEnded
from pbx.media.io.clips import ClipLoader
from pbx.media.io.leg import RtpLeg
from pbx.media.play_orders import MAX_QUEUE, MAX_SOURCES
from pbx.media.player import Clip, Mark, Player
from pbx.media.shared_coding import SharedCoding

MAX_NAME = 64  # characters of a mark
_log = logging.getLogger(__name__)


class Plays:
    """Every Play gets its PlayEnded, whatever becomes of the leg."""

    def __init__(self, clips: ClipLoader, emit: Callable[[MediaEvent], None]) -> None:
        self._clips, self._emit = clips, emit
        self._shared = SharedCoding()

    def play(self, order: Play, leg: RtpLeg | None) -> None:
        """Play to a leg, in place of what it heard until now; what cannot be played has ended."""
        if leg is not None:
            self.end(leg, completed=False)
        queue = self._loaded(order, 0)
        is_open = order.more and queue is not None
        player = Player(
            order.token,
            queue or (),
            loop=order.loop,
            is_open=is_open,
            until_key=order.until_key,
            shared=self._shared,
        )
        if leg is None or not player.playable:
            self._ended(order.leg, player, completed=False)
            return
        leg.play(player)

    def append(self, order: AppendSources, leg: RtpLeg | None) -> None:
        """Go on with more; if that cannot be played, the play has ended."""
        player = None if leg is None else leg.out.player
        if leg is None or player is None or player.token != order.token:
            return
        queue = self._loaded(order, player.n_queued)
        if queue is None:
            self.end(leg, completed=False)
        else:
            player.append(queue, is_open=order.more)

    def end(self, leg: RtpLeg, *, completed: bool) -> None:
        """Nothing more is played to a leg."""
        player = leg.out.player
        if player is not None:
            leg.play(None)
            self._ended(leg.leg, player, completed=completed and not player.is_cut)

    def _loaded(self, order: Play | AppendSources, n_before: int) -> tuple[Clip | Mark, ...] | None:
        """The order's sources as clips, None = they cannot be played."""
        try:
            if len(order.sources) > MAX_SOURCES or n_before + len(order.sources) > MAX_QUEUE:
                raise StorageError(
                    f"more than {MAX_SOURCES} sources, or {MAX_QUEUE} of one play", retryable=False
                )
            return tuple(
                source.name[:MAX_NAME] if isinstance(source, MarkSource) else self._clips.load(source)
                for source in order.sources
            )
        except StorageError as error:
            _log.error("leg=%s cannot play: %s", order.leg, error)
            return None

    def _ended(self, leg: LegId, player: Player, *, completed: bool) -> None:
        played_ms, total_ms = player.played_ms, player.total_ms
        ended = PlayEnded(
            leg=leg, token=player.token, played_ms=played_ms, total_ms=total_ms, completed=completed
        )
        self._emit(ended)
