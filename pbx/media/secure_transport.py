"""From datagrams to authentic packets of one leg: ICE-lite, DTLS and SRTP together."""

from typing import assert_never

from pbx.core.srtp import DtlsParameters, IceCredentials, SdesKeys
from pbx.media.demultiplex import KINDS, Kind
from pbx.media.dtls import DtlsAssociation
from pbx.media.dtls_identity import DtlsIdentity
from pbx.media.dtls_visitors import DtlsVisitors
from pbx.media.ice_lite import ChecksStopped, IceLite, SendStun, SourceNominated, SourceValidated
from pbx.media.nat import may_be_seen_at
from pbx.media.source_lock import LEARNING_S, Source
from pbx.media.srtp import SrtpSession

Datagram = tuple[bytes, Source]
"""What to send, and where to."""


class SecureTransport:
    """Decides for a `SecureSocket`.

    With ICE the peer is whoever has proved our password, and its nominated source is where we send; without
    ICE it is the advertised address, or where a NAT shows who has the certificate, within `LEARNING_S` of the
    last exchange. Nobody else's DTLS changes anything (S-31). `srtp` exists once there are keys; `failure`
    says why there will be none. `ignored` counts datagrams of strangers, `has_lost_consent` is true while the
    checks of ICE have stopped.
    """

    __slots__ = (
        "_advertised",
        "_association",
        "_ice",
        "_identity",
        "_learn_until",
        "_nominated",
        "_parameters",
        "_repeat_to",
        "_visitors",
        "has_lost_consent",
        "ignored",
        "srtp",
    )

    def __init__(self, identity: DtlsIdentity) -> None:
        self._identity = identity
        self._parameters: SdesKeys | DtlsParameters | None = None
        self._ice: IceLite | None = None
        self._association: DtlsAssociation | None = None
        self._advertised: Source | None = None
        self._nominated: Source | None = None
        self._repeat_to: Source | None = None
        self._visitors: DtlsVisitors | None = None
        self._learn_until = float("-inf")
        self.srtp: SrtpSession | None = None
        self.has_lost_consent = False
        self.ignored = 0

    @property
    def has_ice(self) -> bool:
        """Whether the peer's address is what ICE says and not what was advertised."""
        return self._ice is not None

    @property
    def destination(self) -> Source | None:
        """Where media goes; None while ICE has nominated nobody."""
        return self._nominated if self.has_ice else self._advertised

    @property
    def failure(self) -> str:
        """Why there are no keys, "" while there may be some."""
        return "" if self._association is None else self._association.failure

    @property
    def deadline(self) -> float | None:
        """When to call `tick`."""
        parts = (self._ice, self._association, self._visitors)
        dues = [one.deadline for one in parts if one is not None]
        return min((due for due in dues if due is not None), default=None)

    def secure(self, parameters: SdesKeys | DtlsParameters, now: float) -> list[Datagram]:
        """Take what an offer/answer exchange agreed on, first or again; what stays the same goes on."""
        before, self._parameters = self._parameters, parameters
        if isinstance(parameters, SdesKeys):
            kept = self.srtp if isinstance(before, SdesKeys) else None
            self.srtp = SrtpSession.of(parameters) if kept is None else kept.renewed(parameters)
            self._ice = self._association = self._visitors = None
            return []
        known = before if isinstance(before, DtlsParameters) else None
        if known is None or known.ice != parameters.ice:
            self._begin_checks(parameters.ice)
        if known is None or (known.role, known.remote_fingerprints) != _who(parameters):
            # Another certificate may be another device: what the old one sends counts no more.
            self.srtp, self._association = None, DtlsAssociation(self._identity, parameters)
            self._visitors = self._may_be_visited(parameters)
        self._learn_until = now + LEARNING_S
        return self._begin(now)

    def advertise(self, destination: Source | None, now: float) -> list[Datagram]:
        """Take the address that is meant without ICE."""
        self._advertised = destination
        self._learn_until = now + LEARNING_S
        return self._begin(now)

    def is_party(self, source: Source) -> bool:
        """Return whether media from a source is worth a look; without ICE SRTP alone decides."""
        if self._ice is None or self._ice.is_valid(source):
            return True
        self.ignored += 1
        return False

    def handle(self, octets: bytes, source: Source, now: float) -> list[Datagram]:
        """Take STUN or DTLS; anything else is ignored."""
        kind = KINDS[octets[0]] if octets else Kind.OTHER
        if kind is Kind.STUN and self._ice is not None:
            return self._check(self._ice, octets, (source, now))
        if kind is Kind.DTLS and self._association is not None and self._may_shake_hands(source):
            return self._shake_hands(self._association, octets, (source, now))
        if kind is Kind.DTLS and self._visitors is not None and self._may_visit(source, now):
            return self._visit(self._visitors, octets, (source, now))
        self.ignored += 1
        return []

    def tick(self, now: float) -> list[Datagram]:
        """Return what is due once more."""
        if self._ice is not None and self._ice.tick(now):
            self.has_lost_consent = True
        datagrams = [] if self._visitors is None else self._visitors.tick(now)
        if self._association is None or self._repeat_to is None:
            return datagrams
        due = self._association.deadline
        flight = self._association.tick(now) if due is not None and now >= due else []
        return [*datagrams, *((datagram, self._repeat_to) for datagram in flight)]

    def _begin_checks(self, credentials: IceCredentials | None) -> None:
        """Until a new nomination media goes where it went (RFC 8445 §9)."""
        self._ice = None if credentials is None else IceLite(credentials)
        self.has_lost_consent = False

    def _begin(self, now: float) -> list[Datagram]:
        """Send the first hello as soon as it is ours to send and somebody is there to get it."""
        to = self.destination
        if self._association is None or to is None:
            return []
        flight = self._association.start(now)
        if flight:
            self._repeat_to = to
        return [(datagram, to) for datagram in flight]

    def _check(self, ice: IceLite, octets: bytes, at: tuple[Source, float]) -> list[Datagram]:
        source, now = at
        datagrams: list[Datagram] = []
        for effect in ice.handle(octets, source, now):
            match effect:
                case SendStun(octets=answer, to=to):
                    datagrams.append((answer, to))
                case SourceNominated(source=nominated):
                    self._nominated = nominated
                    datagrams += self._begin(now)
                case SourceValidated() | ChecksStopped():
                    pass  # `is_valid` and `deadline` say the same
                case _:
                    assert_never(effect)
        if ice.deadline is not None:
            self.has_lost_consent = False
        return datagrams

    def _may_shake_hands(self, source: Source) -> bool:
        return source == self._advertised if self._ice is None else self._ice.is_valid(source)

    def _shake_hands(
        self, association: DtlsAssociation, octets: bytes, at: tuple[Source, float]
    ) -> list[Datagram]:
        source, now = at
        flight = association.handle(octets, now)
        self._repeat_to = source
        self._take_keys(association)
        return [(datagram, source) for datagram in flight]

    def _take_keys(self, association: DtlsAssociation) -> None:
        keys = association.keys
        if keys is not None and self.srtp is None:
            self.srtp = SrtpSession(keys.suite, keys.local, keys.remote)
            self._visitors = None

    def _may_be_visited(self, parameters: DtlsParameters) -> DtlsVisitors | None:
        """A party that begins can do so from behind a NAT; with ICE its checks say where it is."""
        if parameters.ice is not None or parameters.role == "active":
            return None
        return DtlsVisitors(self._identity, parameters)

    def _may_visit(self, source: Source, now: float) -> bool:
        advertised = self._advertised
        return advertised is not None and now < self._learn_until and may_be_seen_at(advertised, source)

    def _visit(self, visitors: DtlsVisitors, octets: bytes, at: tuple[Source, float]) -> list[Datagram]:
        """Shake hands apart from the advertised address, until a visitor proves to be the party."""
        source, now = at
        flight = visitors.handle(octets, source, now)
        if visitors.proved is not None:
            self._association, self._advertised = visitors.proved
            self._repeat_to = self._advertised
            self._take_keys(self._association)
        return [(datagram, source) for datagram in flight]


def _who(parameters: DtlsParameters) -> tuple[object, object]:
    return parameters.role, parameters.remote_fingerprints
