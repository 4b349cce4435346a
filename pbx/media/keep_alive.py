"""When a party is sent something although nobody speaks to it. RFC 6263."""

from pbx.core.audio import AudioFormat

_DYNAMIC = range(127, 95, -1)  # RFC 3551 §6; what is agreed begins at the low end
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


def unknown_type(fmt: AudioFormat) -> int:
    """Return a payload type that means nothing in a session (RFC 6263 §4.6)."""
    agreed = {fmt.payload_type, fmt.dtmf_payload_type, fmt.comfort_noise_type, *fmt.dtmf_receive_types}
    agreed |= {one.payload_type for one in fmt.receives}
    return next(one for one in _DYNAMIC if one not in agreed)
