"""Waiting: music for legs whose other party holds them; a radio that all of a class hear alike."""

import logging
from collections.abc import Callable

from pbx.core.errors import StorageError
from pbx.core.io.clock import monotonic
from pbx.media.effects import SetMusic
from pbx.media.io.leg import RtpLeg
from pbx.media.io.music_files import Programmes
from pbx.media.music import MusicListener

_log = logging.getLogger(__name__)


class Waiting:
    """`changed` = a leg hears music now, or has begun to hear its peer again."""

    def __init__(self, programmes: Programmes, changed: Callable[[RtpLeg], None]) -> None:
        self._programmes, self._changed = programmes, changed

    def set(self, order: SetMusic, leg: RtpLeg | None) -> None:
        """Begin or end the music; a leg that is gone hears none, and one without music silence."""
        if leg is None:
            return
        if order.music is None:
            self._end(leg)
            return
        now = monotonic()
        try:
            programme = self._programmes.programme(order.music.sources, order.music.order, now)
        except StorageError as error:
            _log.error("leg=%s no music: %s", order.leg, error)
            return
        listener = MusicListener(programme, order.music.resume)
        listener.enter(now)
        leg.out.set_music(listener)
        self._changed(leg)

    def _end(self, leg: RtpLeg) -> None:
        """Fade what is heard; what is silent behind a prompt does not come back after it."""
        if leg.out.music is None:
            return
        if leg.out.player is None:
            leg.out.music.leave()
        else:
            leg.out.set_music(None)
