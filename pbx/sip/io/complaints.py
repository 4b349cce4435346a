"""Complaints: one WARNING per source and reason in a while, however often a peer tries."""

import logging

AGAIN_S = 60.0
MAX_REMEMBERED = 1000  # sources and reasons; beyond, the oldest are forgotten
_log = logging.getLogger("pbx.sip.transports")


class Complaints:
    """Whoever is refused ten times a second must not fill the disk with it."""

    def __init__(self) -> None:
        self._said: dict[tuple[str, str], float] = {}

    def warn(self, source: str, reason: str, now: float) -> bool:
        """Log that `source` was refused, unless that was just said; return whether it was logged."""
        key = (source, reason)
        last = self._said.pop(key, None)
        is_new = last is None or now - last >= AGAIN_S
        self._said[key] = now if is_new or last is None else last
        if len(self._said) > MAX_REMEMBERED:
            del self._said[next(iter(self._said))]
        if is_new:
            _log.warning("%s refused: %s", source, reason)
        return is_new
