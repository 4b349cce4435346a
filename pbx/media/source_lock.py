"""Whose packets a leg believes: the advertised address, or one source learnt behind a NAT.

Any sender in the network could otherwise talk into a call or pull its audio away ("RTP bleed").
"""

from enum import StrEnum

from pbx.core.origins import ANYWHERE, Hosts, Origins

Source = tuple[str, int]  # numeric host, port

LEARNING_S = 60.0  # ringing time in which nobody speaks; a new ConnectLeg at the answer opens it again
LEARNING_PACKETS = 5  # 100 ms of one voice; a stray or a scanner's probe is shorter
UNPROVED_PACKETS = 5  # to an address that may be somebody else's: fewer octets than the INVITE that named it
PROVING_S = 3.0  # in which the advertised address may still show that the learnt source is a stranger


class Verdict(StrEnum):
    """What to do with a packet."""

    ACCEPT = "accept"
    LOCK = "lock"  # accept, and from now on this source only
    LEARN = "learn"  # accept, and send there, but the advertised address is listened to as well
    DROP = "drop"


class _Run:
    """How many packets in a row came from one source, in sequence and with one SSRC."""

    __slots__ = ("_n", "_next")

    def __init__(self) -> None:
        self._n = 0
        self._next: tuple[Source, int, int] | None = None

    def add(self, source: Source, ssrc: int, seq: int) -> int:
        self._n = self._n + 1 if self._next == (source, ssrc, seq) else 1
        self._next = source, ssrc, (seq + 1) & 0xFFFF
        return self._n


class SourceLock:
    """The advertised address locks with its first packet; another source needs five in sequence.

    A different source is learnt only within `LEARNING_S` of the last `advertise` and only while nothing
    is locked, so at most once per offer/answer exchange, and only at a host where the party may be: that of
    the address, or one of its `Origins`. For `PROVING_S` the advertised address takes the
    leg back with one packet: somebody who sprays all ports is no NAT. `dropped` counts foreign packets,
    `stranger` is a host that could have been learnt if the party may be there.
    """

    __slots__ = (
        "_advertised",
        "_candidate",
        "_certain_at",
        "_expected",
        "_hosts",
        "_is_answered",
        "_is_known",
        "_learn_until",
        "_locked",
        "_refused",
        "_strange",
        "dropped",
        "stranger",
    )

    def __init__(self) -> None:
        self.dropped = 0
        self._advertised: Source | None = None
        self._expected: Source | None = None  # locked before the last `advertise`, or proved since
        self._locked: Source | None = None
        self._certain_at: float | None = None  # when the learnt source will have proved itself
        self._hosts, self._is_known = Hosts(None), True
        self._is_answered = False  # what was sent to the advertised host has come back from there
        self.stranger = ""
        self._learn_until = float("-inf")
        self._candidate, self._strange = _Run(), _Run()  # who may be the party, and who cannot
        self._refused: str | None = None  # a host where the party cannot be

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

    @property
    def is_sure(self) -> bool:
        """Whether the destination is the party's for another reason than that packets came from there."""
        to = self.destination
        return self._is_known or self._is_answered or (to is not None and self._hosts.knows(to[0]))

    def answered(self) -> None:
        """Something that only who got it can know has come back from the destination."""
        self._is_answered = True

    def advertise(self, source: Source, now: float, origins: Origins = ANYWHERE) -> None:
        """The peer named an address (again): learning is allowed once more."""
        self._hosts, self._is_known = Hosts(origins.networks), origins.is_known
        self._expected = self.destination if source == self._advertised else None
        if self._advertised is None or source[0] != self._advertised[0]:
            self._is_answered = False
        self._advertised = source
        self._locked = self._certain_at = self._refused = None
        self._candidate, self._strange = _Run(), _Run()
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
        if now >= self._learn_until or not self._is_learnt(source, ssrc, seq):
            return self._counted(Verdict.DROP)
        self._locked, self._certain_at = source, now + PROVING_S
        return Verdict.LEARN

    def _lock(self, source: Source) -> Verdict:
        self._locked, self._certain_at = source, None
        return Verdict.LOCK

    def _is_learnt(self, source: Source, ssrc: int, seq: int) -> bool:
        """A stranger in between does not undo what the party has shown."""
        host = source[0]
        if host != self._refused and (self._is_advertised(host) or host in self._hosts):
            return self._candidate.add(source, ssrc, seq) >= LEARNING_PACKETS
        self._refused = host  # most likely the next packet's too
        if self._strange.add(source, ssrc, seq) >= LEARNING_PACKETS:
            self.stranger = host
        return False

    def _is_advertised(self, host: str) -> bool:
        return self._advertised is not None and host == self._advertised[0]

    def _counted(self, verdict: Verdict) -> Verdict:
        self.dropped += verdict is Verdict.DROP
        return verdict
