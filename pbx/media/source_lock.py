"""Whose packets a leg believes: the advertised address, or one source learnt behind a NAT.

Any sender in the network could otherwise talk into a call or pull its audio away ("RTP bleed").
"""

from enum import StrEnum

Source = tuple[str, int]  # numeric host, port

LEARNING_S = 60.0  # ringing time in which nobody speaks; a new ConnectLeg at the answer opens it again
LEARNING_PACKETS = 5  # 100 ms of one voice; a stray or a scanner's probe is shorter
PROVING_S = 3.0  # in which the advertised address may still show that the learnt source is a stranger


class Verdict(StrEnum):
    """What to do with a packet."""

    ACCEPT = "accept"
    LOCK = "lock"  # accept, and from now on this source only
    LEARN = "learn"  # accept, and send there, but the advertised address is listened to as well
    DROP = "drop"


class SourceLock:
    """The advertised address locks with its first packet; another source needs five in sequence.

    A different source is learnt only within `LEARNING_S` of the last `advertise` and only while nothing
    is locked, so at most once per offer/answer exchange. For `PROVING_S` the advertised address takes the
    leg back with one packet: somebody who sprays all ports is no NAT. `dropped` counts foreign packets.
    """

    __slots__ = (
        "_advertised",
        "_candidate",
        "_certain_at",
        "_expected",
        "_learn_until",
        "_locked",
        "_run",
        "dropped",
    )

    def __init__(self) -> None:
        self.dropped = 0
        self._advertised: Source | None = None
        self._expected: Source | None = None  # locked before the last `advertise`, or proved since
        self._locked: Source | None = None
        self._certain_at: float | None = None  # when the learnt source will have proved itself
        self._learn_until = float("-inf")
        self._candidate: tuple[Source, int, int] | None = None  # source, SSRC, next sequence number
        self._run = 0

    @property
    def destination(self) -> Source | None:
        """Where to send: the locked source, else the one that was or was proved, else what was advertised."""
        return self._locked or self._expected or self._advertised

    @property
    def locked(self) -> bool:
        return self._locked is not None

    @property
    def certain(self) -> bool:
        """Whether it is locked for good: nobody can take the leg back."""
        return self._locked is not None and self._certain_at is None

    def advertise(self, source: Source, now: float) -> None:
        """The peer named an address (again): learning is allowed once more."""
        self._expected = self.destination if source == self._advertised else None
        self._advertised = source
        self._locked = self._candidate = self._certain_at = None
        self._learn_until = now + LEARNING_S

    def moved(self, source: Source) -> None:
        """The party has proved by DTLS where it is: its first packet from there locks."""
        self._expected = source

    def rebind(self, source: Source, now: float) -> None:
        """The party was found elsewhere (`NatRebind`); where it was, it may still take the leg back."""
        self._expected, self._locked, self._certain_at = self._locked, source, now + PROVING_S

    def judge(self, source: Source, ssrc: int, seq: int, now: float) -> Verdict:
        """Return what to do with a well-formed RTP packet from `source`."""
        if self._locked is not None and self._certain_at is None:
            return self._counted(Verdict.ACCEPT if source == self._locked else Verdict.DROP)
        if source in (self._advertised, self._expected):
            return self._lock(source)
        if self._locked is not None and self._certain_at is not None:
            if source != self._locked:
                return self._counted(Verdict.DROP)
            return Verdict.ACCEPT if now < self._certain_at else self._lock(source)
        if now >= self._learn_until or not self._in_sequence(source, ssrc, seq):
            return self._counted(Verdict.DROP)
        self._locked, self._certain_at = source, now + PROVING_S
        return Verdict.LEARN

    def _lock(self, source: Source) -> Verdict:
        self._locked, self._certain_at = source, None
        return Verdict.LOCK

    def _in_sequence(self, source: Source, ssrc: int, seq: int) -> bool:
        self._run = self._run + 1 if self._candidate == (source, ssrc, seq) else 1
        self._candidate = (source, ssrc, (seq + 1) & 0xFFFF)
        return self._run >= LEARNING_PACKETS

    def _counted(self, verdict: Verdict) -> Verdict:
        self.dropped += verdict is Verdict.DROP
        return verdict
