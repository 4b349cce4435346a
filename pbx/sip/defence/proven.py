"""Sources that have proved themselves: their address is their own, and a user of ours stands behind it."""

from collections import OrderedDict

from pbx.sip.defence.sources import source_key

MAX_SOURCES = 65_536
PROVEN_S = 86_400.0  # a telephone registers many times a day


class ProvenSources:
    """Remembers for a day who gave a right password; bounded, least recently proved go first."""

    __slots__ = ("_proved_at",)

    def __init__(self) -> None:
        self._proved_at: OrderedDict[str, float] = OrderedDict()

    def prove(self, host: str, now: float) -> None:
        """A user of ours is at this source."""
        key = source_key(host)
        self._proved_at[key] = now
        self._proved_at.move_to_end(key)
        if len(self._proved_at) > MAX_SOURCES:
            self._proved_at.popitem(last=False)

    def has(self, host: str, now: float) -> bool:
        """Whether the proof is not too old."""
        proved_at = self._proved_at.get(source_key(host))
        return proved_at is not None and now - proved_at <= PROVEN_S

    def __len__(self) -> int:
        return len(self._proved_at)
