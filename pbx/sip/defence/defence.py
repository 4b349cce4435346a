"""Defence: what of the traffic of strangers is looked at, and what they hear."""

from collections import Counter
from collections.abc import Container, Iterable
from functools import lru_cache

from pbx.core.address import Remote
from pbx.sip.defence.buckets import UNLIMITED, Buckets, Rate
from pbx.sip.defence.proven import ProvenSources
from pbx.sip.defence.settings import DefenceSettings
from pbx.sip.defence.sources import source_key
from pbx.sip.defence.trimming import fitted
from pbx.sip.edge import Edges, is_address
from pbx.sip.message import Response
from pbx.sip.trunk.identification import Identification

REMEMBERED = 16_384  # addresses of which it is known whether they are neighbours
LOOPBACK = frozenset({"127.0.0.1", "::1"})  # this machine itself: nobody else can send from there

# The first octet of SIP: a token of a method, or the line end of a keep-alive (RFC 3261 §25.1).
EVERYBODY = ""  # the one key of what all strangers together may send
_FIRST = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-.!%*_+`'~\r\n")


class Defence:
    """Three kinds of sources: neighbours (this machine, carriers, edges), proven ones, and strangers.

    `counts` are the packets and answers that were stopped, by reason; they only grow.
    """

    __slots__ = (
        "_buckets",
        "_is_neighbour",
        "_neighbours",
        "_now",
        "_proven",
        "_room",
        "_settings",
        "_strangers",
        "_sweeps",
        "counts",
    )

    def __init__(self, settings: DefenceSettings, trunks: Identification, edges: Edges) -> None:
        self._proven = ProvenSources()
        self._now, self._room = 0.0, 0  # moment and size of the packet that is being looked at
        self.counts: Counter[str] = Counter()
        self.swap(settings, trunks, edges)

    def swap(self, settings: DefenceSettings, trunks: Identification, edges: Edges) -> None:
        """Have other limits and neighbours from now on; all buckets are full again."""
        self._settings = settings
        self._buckets, self._neighbours = Buckets(settings.source), Buckets(settings.neighbour)
        self._strangers, self._sweeps = Buckets(settings.strangers_in_all), Buckets(settings.sweep)

        @lru_cache(REMEMBERED)
        def is_neighbour(host: str) -> bool:
            return host in LOOPBACK or (is_address(host) and (host in edges or host in trunks))

        self._is_neighbour = is_neighbour

    def lets_in(self, octets: bytes, source: Remote, now: float) -> bool:
        """Whether a packet is worth parsing; whoever sends too many gets no answer at all.

        A stream is counted by its connection: nobody can forge it, and many telephones may share its address.
        """
        self._now, self._room = now, len(octets)
        if not octets or octets[0] not in _FIRST:
            self.counts["not_sip"] += 1
            return False
        if self._settings.source.per_s:
            host = source.host
            key = source.connection or (source_key(host) if ":" in host else host)
            if not self._buckets.take(key, now) and not self._is_spared(host, now):
                self.counts["flood"] += 1
                return False
        is_anybody = self._settings.strangers_in_all.per_s and not self.is_known(source.host)
        if is_anybody and not self._strangers.take(EVERYBODY, now):
            self.counts["crowd"] += 1
            return False
        return True

    def pace_of(self, host: str) -> Rate:
        """Return how many messages are taken from a stream, so that none of them has to be dropped."""
        is_spared = host in LOOPBACK or not self._settings.source.per_s
        if is_spared:
            return UNLIMITED
        return self._settings.neighbour if self._is_neighbour(host) else self._settings.source

    def prove(self, host: str) -> None:
        """A user of ours gave the right password from here."""
        self._proven.prove(host, self._now)

    def revive(self, hosts: Iterable[str], now: float) -> None:
        """Users of ours gave the right password from there before a restart."""
        for host in hosts:
            self._proven.prove(host, now)

    def is_known(self, host: str) -> bool:
        """Whether a source is a neighbour, or a user of ours is there."""
        return self._is_neighbour(host) or self._proven.has(host, self._now)

    def is_neighbour(self, host: str) -> bool:
        """Whether an address is this machine's, a carrier's or an edge's."""
        return self._is_neighbour(host)

    def ignores(self, host: str, domains: Iterable[str], ours: Container[str]) -> bool:
        """Whether a stranger gets no answer because none of the `domains` that he named is ours."""
        if self._settings.strangers == "challenge" or self.is_known(host):
            return False
        if any(domain.lower() in ours for domain in domains):
            return False
        self.counts["stranger"] += 1
        return True

    def may_challenge(self, host: str) -> bool:
        """Whether a source has not left too many challenges unanswered."""
        if not self._settings.sweep.per_s or self.is_known(host):
            return True
        if self._sweeps.take(source_key(host), self._now):
            return True
        self.counts["sweep"] += 1
        return False

    def fit(self, response: Response, source: Remote) -> bytes | None:
        """Return what to answer the packet with, None when an unproven source would get more than it sent."""
        if not self._settings.fits or source.is_stream or self.is_known(source.host):
            return bytes(response)
        octets = fitted(response, self._room)
        if octets is None:
            self.counts["too_large"] += 1
        return octets

    def _is_spared(self, host: str, now: float) -> bool:
        if host in LOOPBACK:
            return True
        if not self._is_neighbour(host):
            return False
        return not self._settings.neighbour.per_s or self._neighbours.take(host, now)
