"""When a party is sent something although nobody speaks to it. RFC 6263."""

KEEP_ALIVE_S = 15.0  # RFC 6263 §7: Tr; NATs that forget the silent after half a minute are many


class KeepAlive:
    """Asked about once a second with the number of packets sent; monotonic seconds."""

    __slots__ = ("_sent", "_since")

    def __init__(self, now: float) -> None:
        self._sent, self._since = 0, now

    def is_due(self, sent: int, now: float) -> bool:
        """Whether nothing has been sent for `KEEP_ALIVE_S`; then again only after as long."""
        if sent != self._sent:
            self._sent, self._since = sent, now
        if now - self._since < KEEP_ALIVE_S:
            return False
        self._since = now
        return True
