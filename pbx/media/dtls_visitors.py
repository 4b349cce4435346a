"""Handshakes with sources that nobody advertised: a telephone behind a NAT proves by certificate who it is.

Each has a handshake of its own, so that nobody disturbs that of another (S-31).
"""

from collections.abc import Iterator

from OpenSSL import SSL

from pbx.core.srtp import DtlsParameters
from pbx.media.dtls import DtlsAssociation
from pbx.media.dtls_identity import MTU, DtlsIdentity
from pbx.media.source_lock import Source

Datagram = tuple[bytes, Source]

MAX_VISITORS = 4  # at once; only the party itself and who knows the port of a call come
STAY_S = 2.0  # a handshake has so long before its place may be taken; a telephone that lost it begins again
MAX_GREETINGS = 50  # first hellos that are answered in a second; each costs about 0.04 ms

_HANDSHAKE, _CLIENT_HELLO, _TYPE_AT = 22, 1, 13  # RFC 6347 §4.1, §4.3.2


class DtlsVisitors:
    """In the passive role. Who has not shown that datagrams reach it there has no state (RFC 6347 §4.2.1).

    `proved` = the association with the expected certificate and its source, once there is one. `turned_away`
    counts first hellos beyond a limit and what is no hello.
    """

    __slots__ = ("_begun", "_greeted", "_identity", "_parameters", "proved", "turned_away")

    def __init__(self, identity: DtlsIdentity, parameters: DtlsParameters) -> None:
        self._identity, self._parameters = identity, parameters
        self._begun: dict[Source, tuple[DtlsAssociation, float]] = {}  # since when, oldest first
        self._greeted = (float("-inf"), 0)  # the beginning of a second, and how many in it
        self.proved: tuple[DtlsAssociation, Source] | None = None
        self.turned_away = 0

    @property
    def deadline(self) -> float | None:
        """When to call `tick`."""
        dues = (one.deadline for one, _ in self._begun.values())
        return min((due for due in dues if due is not None), default=None)

    def handle(self, datagram: bytes, source: Source, now: float) -> list[bytes]:
        """Return what to send back to `source`."""
        if source not in self._begun:
            return self._greet(datagram, source, now)
        association, _ = self._begun[source]
        flight = association.handle(datagram, now)
        if association.keys is not None:
            self.proved = association, source
        elif association.failure:
            del self._begun[source]
        return flight

    def tick(self, now: float) -> list[Datagram]:
        """Return flights that are due once more."""
        return list(self._repeats(now))

    def _repeats(self, now: float) -> Iterator[Datagram]:
        for source, (association, _) in list(self._begun.items()):
            due = association.deadline
            if due is None or now < due:
                continue
            yield from ((octets, source) for octets in association.tick(now))
            if association.failure:
                del self._begun[source]

    def _greet(self, hello: bytes, source: Source, now: float) -> list[bytes]:
        if not _is_hello(hello) or not self._has_time(now):
            self.turned_away += 1
            return []
        parameters = self._parameters
        connection = self._identity.visitor(parameters.remote_fingerprints, source, parameters.suites)
        connection.bio_write(hello)
        try:
            connection.DTLSv1_listen()
        except SSL.Error:
            return _answer(connection)
        if not self._has_room(now):
            self.turned_away += 1
            return []
        association = DtlsAssociation(self._identity, self._parameters, connection)
        self._begun[source] = association, now
        return association.advance(now)

    def _has_time(self, now: float) -> bool:
        since, count = self._greeted
        since, count = (now, 1) if now - since >= 1.0 else (since, count + 1)
        self._greeted = since, count
        return count <= MAX_GREETINGS

    def _has_room(self, now: float) -> bool:
        if len(self._begun) >= MAX_VISITORS:
            oldest, (_, since) = next(iter(self._begun.items()))
            if now - since < STAY_S:
                return False
            del self._begun[oldest]
        return True


def _is_hello(datagram: bytes) -> bool:
    return len(datagram) > _TYPE_AT and (datagram[0], datagram[_TYPE_AT]) == (_HANDSHAKE, _CLIENT_HELLO)


def _answer(connection: SSL.Connection) -> list[bytes]:
    """Return the cookie for who has none yet; nothing for what made no sense."""
    try:
        return [connection.bio_read(MTU)]
    except SSL.Error:
        return []
