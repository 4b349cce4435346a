"""MediaProfile: what the audio of a trunk, an extension or anybody else may be."""

from dataclasses import dataclass, replace
from typing import Literal

from pbx.core.address import Address, literal
from pbx.core.audio import DigitChoice, Treatment
from pbx.core.origins import Hosts, Origins
from pbx.core.srtp import DTLS_SUITES, Suite
from pbx.sip.media_peers import ANYBODY, MediaPeers
from pbx.sip.media_security import Kind, Policy
from pbx.sip.rtp_codecs import DEFAULT

NatRule = Literal["strict", "loose"]


@dataclass(frozen=True, slots=True, kw_only=True)
class MediaProfile:
    """What a party's audio may be: codecs by name, best first, and whether it is encrypted.

    `offers` = how we protect audio when we call; a session that is up keeps to how it is protected. `suites`
    = the only ones of SRTP, best first; () = all. `hops` are the hosts that the party's signalling comes
    from or goes to, `networks` (CIDR) those of its audio beside them; who `names_any` may have its
    audio sent to any host.
    """

    codecs: tuple[str, ...] = DEFAULT
    srtp: Policy = "off"
    digits: DigitChoice = "auto"  # which kinds count
    treatment: tuple[Treatment, ...] = ()  # of what others hear of it
    direct: bool = False
    offers: Kind = "plain"
    suites: tuple[Suite, ...] = ()
    nat: NatRule = "loose"
    networks: tuple[str, ...] = ()
    names_any: bool = False
    hops: tuple[str, ...] = ()

    @property
    def may_use_dtls(self) -> bool:
        """Whether DTLS has a suite that the party may have, if it may be encrypted at all."""
        return self.srtp != "off" and not (self.suites and set(DTLS_SUITES).isdisjoint(self.suites))

    def heard_at(self, host: str) -> "MediaProfile":
        """The same for a party whose signalling comes from this host, or goes there; the last two count."""
        known = not host or host in self.hops
        return self if known else replace(self, hops=(*self.hops, host)[-2:])

    def origins(self, host: str) -> Origins | None:
        """Return where audio may come from of a party that says it is at `host`; None = anywhere.

        Behind one of our edges, or where signalling is of the other family, we do not see the party's host.
        """
        if self._is_free:
            return None
        is_known = self.names_any or host in Hosts(self._near)
        return Origins(networks=None if self._is_hidden(host) else self._near, is_known=is_known)

    def reports_at(self, rtcp: Address | None, host: str) -> Address | None:
        """Return where reports go to a party at `host` that wants them there; None = beside its audio."""
        is_free = rtcp is None or self._is_free or self.names_any
        return rtcp if is_free or (rtcp and rtcp.host in Hosts((host, *self._near))) else None

    @property
    def _is_free(self) -> bool:
        return self.nat == "loose" or not (self.hops or self.networks or self.names_any)

    @property
    def _near(self) -> tuple[str, ...]:
        return *(one for one in self.hops if literal(one) is not None), *self.networks

    def _is_hidden(self, host: str) -> bool:
        address, seen = literal(host), [literal(one) for one in self.hops]
        families = {one.version for one in seen if one is not None}
        edges = Hosts(self.peers.edges)
        is_other = address is not None and bool(families) and address.version not in families
        return is_other or any(one in edges for one in self.hops)

    peers: MediaPeers = ANYBODY


PLAIN = MediaProfile()
