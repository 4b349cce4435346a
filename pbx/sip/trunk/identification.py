"""Identification: which carrier a request outside a dialog comes from, if any."""

from pbx.core.address import Remote, literal
from pbx.sip.message import Request
from pbx.sip.trunk.peer import TrunkPeer
from pbx.sip.uri import SipUri


class Identification:
    """The carriers of all tenants; what fits two of them alike fits none."""

    __slots__ = ("_peers",)

    def __init__(self, peers: tuple[TrunkPeer, ...]) -> None:
        """ConfigError for a network that is none."""
        assert all(peer.sources is not None for peer in peers)
        self._peers = peers

    def __contains__(self, host: str) -> bool:
        """Whether an IP literal is an address of a carrier."""
        return any(peer.sources and _is_within(host, peer) for peer in self._peers)

    def candidates(
        self, request: Request, uri: SipUri, source: Remote, certified: tuple[str, ...] = ()
    ) -> tuple[TrunkPeer, ...]:
        """Return the most specific trunks whose conditions hold; more than one only by digest users.

        Two trunks of equal rank of which one needs no digest would make the answer a guess: nobody then.
        """
        found = [peer for peer in self._peers if _holds(peer, request, (uri, source), certified)]
        rank = max((peer.rank for peer in found), default=(0, 0))
        best = tuple(peer for peer in found if peer.rank == rank)
        return best if len(best) == 1 or all(peer.user for peer in best) else ()


def _holds(
    peer: TrunkPeer, request: Request, where: tuple[SipUri, Remote], certified: tuple[str, ...]
) -> bool:
    uri, source = where
    if not (peer.conditions or peer.user):
        return False
    if peer.sources and not _is_within(source.host, peer):
        return False
    expected_and_found = (
        (peer.port, source.port),
        (peer.domain.lower(), uri.host.lower()),
        (peer.number, uri.user),
        (peer.line, uri.param("line") or uri.user),
    )
    if any(expected and expected != found for expected, found in expected_and_found):
        return False
    if peer.certificate and peer.certificate.lower() not in certified:
        return False
    return peer.header is None or request.headers.get(peer.header[0]) == peer.header[1]


def _is_within(host: str, peer: TrunkPeer) -> bool:
    address = literal(host)
    return address is not None and any(address in network for network in peer.sources)
