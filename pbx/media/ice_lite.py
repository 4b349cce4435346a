"""The lite end of ICE for one component (RFC 8445 §2.5, §7.3): answers checks, and never sends one."""

from dataclasses import dataclass

from pbx.core.errors import ParseError
from pbx.core.srtp import IceCredentials
from pbx.core.stun import (
    ERROR,
    ICE_CONTROLLED,
    ICE_CONTROLLING,
    MESSAGE_INTEGRITY,
    PRIORITY,
    REQUEST,
    SUCCESS,
    USE_CANDIDATE,
    USERNAME,
    StunMessage,
    build_stun,
    error_code,
    is_authentic,
    is_whole,
    mapped_address,
    parse_stun,
    unknown_attributes,
    with_fingerprint,
    with_integrity,
)
from pbx.media.source_lock import Source

MAX_SOURCES = 32  # of valid checks that are remembered; a browser with all its interfaces has about ten
MAX_TRANSACTIONS = 256  # two minutes of checks at the pace of browsers
MAX_REFUSALS = 16  # answers to checks that prove nothing; a peer with a mistake needs one to learn of it
CONSENT_S = 30.0  # RFC 7675 §5.1: after this long without a check the peer has gone or has lost the path

_KNOWN = frozenset((USERNAME, MESSAGE_INTEGRITY, PRIORITY, USE_CANDIDATE, ICE_CONTROLLED, ICE_CONTROLLING))


@dataclass(frozen=True, slots=True, kw_only=True)
class SendStun:
    """Send the octets to the source of a check."""

    octets: bytes
    to: Source


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceValidated:
    """The source knows our password: DTLS and SRTP from it may be looked at."""

    source: Source


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceNominated:
    """The peer chose this source of its own for media (RFC 8445 §8.1.1)."""

    source: Source


@dataclass(frozen=True, slots=True, kw_only=True)
class ChecksStopped:
    """No check has come for `CONSENT_S`; told once, until checks come again."""


IceEffect = SendStun | SourceValidated | SourceNominated | ChecksStopped


class IceLite:
    """Judges checks by our password.

    `refused` counts checks that proved nothing, `dropped` everything that was no check at all. When more
    sources prove themselves than are remembered, the one that was silent longest is forgotten, but never the
    nominated one.
    """

    __slots__ = (
        "_consent_until",
        "_key",
        "_nominated",
        "_refusals_left",
        "_transactions",
        "_username",
        "_valid",
        "dropped",
        "refused",
    )

    def __init__(self, credentials: IceCredentials) -> None:
        # §7.2.2: the receiver's fragment comes first.
        self._username = f"{credentials.local_ufrag}:{credentials.remote_ufrag}".encode()
        self._key = credentials.local_password.reveal().encode()
        self._valid: dict[Source, None] = {}  # the last one heard stands last
        self._transactions: dict[bytes, Source] = {}
        self._nominated: Source | None = None
        self._consent_until: float | None = None
        self._refusals_left = MAX_REFUSALS
        self.refused = self.dropped = 0

    @property
    def nominated(self) -> Source | None:
        """The source that the peer chose last."""
        return self._nominated

    @property
    def deadline(self) -> float | None:
        """When the checks have stopped; None before the first one and after it was told."""
        return self._consent_until

    def is_valid(self, source: Source) -> bool:
        """Return whether a check of the source has proved our password."""
        return source in self._valid

    def handle(self, octets: bytes, source: Source, now: float) -> list[IceEffect]:
        """Take a datagram that looks like STUN."""
        try:
            message = parse_stun(octets)
        except ParseError:
            self.dropped += 1
            return []
        # RFC 8445 §7.1: every check has a FINGERPRINT; without it this may be anything.
        if message.kind != REQUEST or not is_whole(message):
            self.dropped += 1
            return []
        return self._check(message, source, now)

    def tick(self, now: float) -> list[IceEffect]:
        """Tell once that the checks have stopped."""
        if self._consent_until is None or now < self._consent_until:
            return []
        self._consent_until = None
        return [ChecksStopped()]

    def _check(self, message: StunMessage, source: Source, now: float) -> list[IceEffect]:
        username = message.value(USERNAME)
        if username is None or message.value(MESSAGE_INTEGRITY) is None:
            return self._refuse(400, message, source)
        if username != self._username:
            self.refused += 1
            return []  # who does not know the fragment is not told that something listens
        if not is_authentic(message, self._key):
            return self._refuse(401, message, source)
        if self._is_repeated_elsewhere(message.transaction, source):
            self.refused += 1
            return []
        unknown = message.unknown(_KNOWN)
        if unknown:
            fields = error_code(420), unknown_attributes(unknown)
            return [self._answer(ERROR, message, fields, source)]
        # §7.3.1.1: we are lite and therefore controlled, whatever the tie-breaker says.
        if message.value(ICE_CONTROLLED) is not None:
            return [self._answer(ERROR, message, (error_code(487),), source)]
        return self._take(message, source, now)

    def _take(self, message: StunMessage, source: Source, now: float) -> list[IceEffect]:
        address = mapped_address(*source, message.transaction)
        effects: list[IceEffect] = [self._answer(SUCCESS, message, (address,), source)]
        if source not in self._valid:
            effects.append(SourceValidated(source=source))
        self._remember(source)
        self._consent_until = now + CONSENT_S
        if message.value(USE_CANDIDATE) is not None and source != self._nominated:
            self._nominated = source
            effects.append(SourceNominated(source=source))
        return effects

    def _remember(self, source: Source) -> None:
        self._valid.pop(source, None)
        self._valid[source] = None
        if len(self._valid) > MAX_SOURCES:
            del self._valid[next(one for one in self._valid if one != self._nominated)]

    def _is_repeated_elsewhere(self, transaction: bytes, source: Source) -> bool:
        """Return whether a check came before from another source: STUN itself knows no replay.

        Whoever overheard a check could otherwise send it again from his own address and get the audio.
        """
        first = self._transactions.setdefault(transaction, source)
        if len(self._transactions) > MAX_TRANSACTIONS:
            del self._transactions[next(iter(self._transactions))]
        return first != source

    def _refuse(self, status: int, message: StunMessage, source: Source) -> list[IceEffect]:
        self.refused += 1
        if not self._refusals_left:
            return []
        self._refusals_left -= 1
        octets = build_stun(ERROR, message.transaction, (error_code(status),))
        return [SendStun(octets=with_fingerprint(octets), to=source)]

    def _answer(self, kind: int, message: StunMessage, fields: tuple[bytes, ...], source: Source) -> SendStun:
        octets = with_integrity(build_stun(kind, message.transaction, fields), self._key)
        return SendStun(octets=with_fingerprint(octets), to=source)
