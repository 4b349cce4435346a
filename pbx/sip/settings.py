"""What an endpoint is told about itself and its neighbours."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from pbx.core.address import Address, Remote, Transport
from pbx.core.wall import EPOCH, Wall
from pbx.sip.bindings.policy import DEFAULT_POLICY, RegistrationPolicy
from pbx.sip.defence.settings import DefenceSettings
from pbx.sip.digest import ALGORITHMS
from pbx.sip.edge import NO_EDGES, Edges
from pbx.sip.listeners import Listeners
from pbx.sip.locate.effects import RecordType
from pbx.sip.locate.rules import Abilities
from pbx.sip.location import Aor
from pbx.sip.notify.directory import Directory
from pbx.sip.reliability import Reliable
from pbx.sip.timers import Timers
from pbx.sip.trunk.peer import TrunkPeer as TrunkPeer

# (realm, username, algorithm) -> HA1 of RFC 7616 §3.4.2 in hexadecimal, None = unknown user
LookUpHa1 = Callable[[str, str, str], str | None]
LookUpPolicy = Callable[[Aor], RegistrationPolicy]
IsHelp = Callable[[str, str], bool]  # (tenant, what its telephone dials) -> whether that is a call for help


def nobody(realm: str, username: str, algorithm: str) -> str | None:
    """Know no user at all."""
    return None


def same_for_all(aor: Aor) -> RegistrationPolicy:
    """Grant everybody the same."""
    return DEFAULT_POLICY


def no_help(tenant: str, user: str) -> bool:
    """Know no emergency number."""
    return False


@dataclass(frozen=True, slots=True, kw_only=True)
class EndpointSettings:
    """Our addresses for Via and Contact, the domains we serve (domain -> tenant), trunks and users.

    `algorithms` are those of a domain's challenges, best first; a domain that is not there has all of them.
    They belong to the domain and not to a user, so that a challenge does not tell whether a user exists.
    """

    listen: Address  # where no listener fits
    listeners: Listeners = Listeners()
    domains: dict[str, str] = field(default_factory=dict)
    trunks: tuple[TrunkPeer, ...] = ()
    lookup_ha1: LookUpHa1 = nobody
    algorithms: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    edges: Edges = NO_EDGES  # trusted proxies: who stands behind them counts, not they
    directories: Mapping[str, Directory] = field(default_factory=dict)  # by tenant: what can be watched
    defence: DefenceSettings = DefenceSettings()
    accept_calls_from_anyone: bool = False  # test phones: every INVITE comes from trunk "peer"
    reliable: Reliable = "supported"  # `required` refuses who cannot, with 421
    session_expires_s: int = 1800  # RFC 4028 §4; 0 = we ask for no session timer
    min_se_s: int = 90  # shorter intervals get 422
    timers: Timers = field(default_factory=Timers)
    user_agent: str = "pbx"
    lookup_policy: LookUpPolicy = same_for_all
    is_help: IsHelp = no_help
    dialled: tuple[Transport, ...] = ("udp", "tcp")  # what DNS may choose from, best first
    wall: Wall = EPOCH  # for the Date of answers to REGISTER, and the times of kept bindings
    keeps_bindings: bool = False  # BindingsKept is wanted

    def public_address(self, remote: Remote) -> Address:
        """Return the address of ours that stands in what is sent to `remote`."""
        return self.listeners.public(remote) or self.listen

    @property
    def abilities(self) -> Abilities:
        """Return what servers of others are looked up for: transports and address families of ours."""
        every: tuple[tuple[RecordType, bool], ...] = (("A", False), ("AAAA", True))
        hosts = [one.bind.host for one in self.listeners.all] or [self.listen.host]
        families = tuple(family for family, is_v6 in every if any((":" in host) == is_v6 for host in hosts))
        return Abilities(transports=self.dialled, families=families)

    def algorithms_of(self, realm: str) -> tuple[str, ...]:
        """Return the digest algorithms of a realm."""
        return self.algorithms.get(realm, ALGORITHMS)
