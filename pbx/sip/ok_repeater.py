"""The 2xx of an INVITE that the UAS core repeats until the ACK (RFC 3261 §13.3.1.4)."""

from pbx.core.address import Remote
from pbx.sip.timers import Timers
from pbx.sip.transaction import Transaction


class OkRepeater:
    """Octets, where they go, and when: T1, doubling up to T2, for 64*T1; on any transport."""

    __slots__ = ("_interval", "_since", "is_first", "number", "octets", "remote")

    def __init__(self, transaction: Transaction, *, now: float, is_first: bool) -> None:
        self.octets = transaction.last_sent
        self.remote: Remote = transaction.remote
        self.number = transaction.request.cseq.number
        self.is_first = is_first  # of the INVITE that makes the dialog, not of a re-INVITE
        self._since = now
        self._interval = 0.0

    def after(self, now: float, timers: Timers) -> float:
        """Return when to look again, monotonic seconds."""
        self._interval = min(self._interval * 2 or timers.t1, timers.t2)
        return min(now + self._interval, self._since + timers.timeout)

    def is_hopeless(self, now: float, timeout: float) -> bool:
        """Whether 64*T1 have passed without an ACK."""
        return now >= self._since + timeout
