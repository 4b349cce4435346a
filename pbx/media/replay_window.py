"""Which packet indices of one SSRC have been seen (RFC 3711 §3.3.1, §3.3.2)."""

WINDOW = 128  # packets; §3.3.2 asks for at least 64, and 2.5 s of one voice is later than any jitter buffer


class ReplayWindow:
    """The highest index taken and a bit for each of the `WINDOW` below it."""

    __slots__ = ("_bits", "_highest")

    def __init__(self) -> None:
        self._highest = -1
        self._bits = 0  # bit n = index `_highest - n` was taken

    def has_seen(self, index: int) -> bool:
        """Return whether the index was taken, or is so old that nobody can say."""
        age = self._highest - index
        return age >= WINDOW or (age >= 0 and bool(self._bits >> age & 1))

    def accept(self, index: int) -> None:
        """Note an index whose packet has proved authentic."""
        age = self._highest - index
        if age < 0:
            self._bits = (self._bits << min(-age, WINDOW) | 1) & ((1 << WINDOW) - 1)
            self._highest = index
        else:
            self._bits |= 1 << age


class RolloverWindow(ReplayWindow):
    """The same for RTP, whose packets carry only the lower 16 bits of their index."""

    __slots__ = ()

    def index(self, seq: int) -> int:
        """Return the 48-bit index that is nearest to the highest one taken (§3.3.1, Appendix A)."""
        highest = self._highest
        if highest < 0:
            return seq
        rollover, last = highest >> 16, highest & 0xFFFF
        if last < 0x8000:
            rollover -= seq - last > 0x8000
        else:
            rollover += last - 0x8000 > seq
        # Before the first rollover there is no earlier one to belong to.
        return seq | max(rollover, 0) << 16
