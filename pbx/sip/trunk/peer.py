"""TrunkPeer: what a carrier's calls have in common, and whether two carriers could be mistaken."""

from dataclasses import dataclass
from functools import cached_property

from pbx.sip.edge import Network, network
from pbx.sip.identity.profile import TrunkProfile

PROOFS = frozenset({"line", "certificate"})  # nobody else can have them


@dataclass(frozen=True, kw_only=True)
class TrunkPeer:
    """A carrier; every condition that is given has to hold, and one without any condition is never met.

    `networks` are CIDR of the source, `port` its port. `header` is (name, value). `domain` and `number`
    are host and user of the Request-URI. `certificate` is a domain that the peer's certificate proved.
    `line` is the token that our registration puts into the Contact. `user` has to be proven by digest.
    `account` is the user that we register, no number of ours. `trusted` = its identity headers count,
    `profile` says how the others are read and written.
    """

    name: str
    tenant: str
    networks: tuple[str, ...] = ()
    port: int | None = None
    header: tuple[str, str] | None = None
    domain: str = ""
    number: str = ""
    certificate: str = ""
    line: str = ""
    user: str = ""
    account: str = ""
    trusted: bool = False
    profile: TrunkProfile = TrunkProfile()

    @cached_property
    def sources(self) -> tuple[Network, ...]:
        """The networks as values; ConfigError for one that is none."""
        return tuple(map(network, self.networks))

    @cached_property
    def conditions(self) -> dict[str, object]:
        """What must hold before any digest, by kind; the more there are, the more specific is the trunk."""
        written = {
            "source": self.networks,
            "port": self.port,
            "header": self.header,
            "domain": self.domain.lower(),
            "number": self.number,
            "certificate": self.certificate.lower(),
            "line": self.line,
        }
        return {kind: value for kind, value in written.items() if value}

    @property
    def rank(self) -> tuple[int, int]:
        """How much is asked for: proofs, then conditions. Of trunks that fit, the highest is meant."""
        return len(self.conditions.keys() & PROOFS), len(self.conditions)


def _is_decided(one: TrunkPeer, other: TrunkPeer) -> bool:
    """Whether one asks for more than the other: first in proofs, then in kinds of conditions."""
    left, right = one.conditions.keys(), other.conditions.keys()
    proofs, others = left & PROOFS, right & PROOFS
    if proofs != others:
        return proofs < others or others < proofs
    return left < right or right < left


def are_ambiguous(one: TrunkPeer, other: TrunkPeer) -> bool:
    """Whether a request could be of both trunks and neither is told by more than the other.

    A proof goes before all else. The conditions of one have to include all kinds of the other's, and more.
    """
    is_nobody = not ((one.conditions or one.user) and (other.conditions or other.user))
    if is_nobody or _are_disjoint(one, other):
        return False
    if one.user and other.user and one.user != other.user:
        return False
    return not _is_decided(one, other)


def _are_disjoint(one: TrunkPeer, other: TrunkPeer) -> bool:
    for kind in one.conditions.keys() & other.conditions.keys():
        if kind == "source":
            if not overlaps(one, other):
                return True
        elif kind == "header" and one.header and other.header:
            if one.header[0].lower() == other.header[0].lower() and one.header[1] != other.header[1]:
                return True
        elif one.conditions[kind] != other.conditions[kind]:
            return True
    return False


def overlaps(one: TrunkPeer, other: TrunkPeer) -> bool:
    """Whether the two have an address in common."""
    return any(
        first.version == second.version and first.overlaps(second)
        for first in one.sources
        for second in other.sources
    )
