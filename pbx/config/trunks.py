"""`trunks.yaml`: carriers and groups of them, as written and as the engine sees them."""

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from pbx.config.emergency import WrittenHelp
from pbx.config.identity import WrittenHeaders, WrittenIdentity, build_profile
from pbx.config.media import WrittenMedia
from pbx.config.transports import PairSettings
from pbx.config.types import (
    Cidr,
    Dialled,
    DigestUser,
    Domain,
    Duration,
    HostName,
    Listed,
    Name,
    Port,
    Strict,
    Text,
    Unique,
)
from pbx.core.address import Address, Transport
from pbx.sip.identity.help import HelpProfile
from pbx.sip.identity.profile import TrunkProfile
from pbx.sip.locate.rules import ServerName
from pbx.sip.trunk.peer import TrunkPeer

Status = Annotated[int, Field(ge=400, le=699)]
Statuses = Annotated[tuple[Status, ...], Listed, Unique, Field(max_length=64)]
Line = Annotated[str, Field(pattern=r"^[^\x00-\x1f\x7f]{1,256}$")]
Networks = Annotated[tuple[Cidr, ...], Listed, Unique, Field(min_length=1, max_length=64)]
Short = Annotated[Duration, Field(ge=1, le=60)]


class WrittenHeader(Strict):
    """A header field that only this carrier sends, with exactly this value."""

    name: Annotated[str, Field(pattern=r"^[A-Za-z0-9-]{1,64}$")]
    value: Line


class WrittenIdentify(Strict):
    """How calls of a carrier are told from others; all that is given has to hold."""

    port: Port | None = None
    header: WrittenHeader | None = None
    domain: Domain | None = None
    number: Annotated[str, Field(pattern=r"^[^\s@]{1,64}$")] | None = None
    certificate: Domain | None = None
    line: bool = False
    user: DigestUser | None = None


class WrittenOutbound(Strict):
    """Where calls to the network are sent; a name without port is looked up as RFC 3263 says."""

    host: HostName
    port: Port | None = None
    transport: Literal["udp", "tcp", "tls"] | None = None


class WrittenTls(Strict):
    """TLS with this carrier: the domain its certificate has to prove, who vouches for it, and who we are."""

    name: Domain | None = None
    ca: Annotated[Path, Field(strict=False)] | None = None
    certificate: PairSettings | None = None


class WrittenAccount(Strict):
    """What we answer the carrier's challenges with; the password is in a file of its own."""

    user: Annotated[str, Field(pattern=r"^[A-Za-z0-9._+-]{1,64}$")]
    secret_file: Annotated[Path, Field(strict=False)]
    realm: Text | None = None


class WrittenRegister(Strict):
    """Our registration at the carrier, for `account.user` of `domain`."""

    domain: Domain | None = None
    expires_s: Annotated[Duration, Field(ge=60, le=86400)] = Field(default=3600.0, alias="expires")


class HealthPolicy(Strict):
    """OPTIONS pings: so many unanswered ones in a row are down, so many answered ones up again."""

    interval_s: Annotated[Duration, Field(ge=5, le=3600)] = Field(default=30.0, alias="interval")
    timeout_s: Short = Field(default=5.0, alias="timeout")
    down_after: Annotated[int, Field(ge=1, le=20)] = 3
    up_after: Annotated[int, Field(ge=1, le=20)] = 2

    @model_validator(mode="after")
    def _order(self) -> Self:
        if self.timeout_s > self.interval_s:
            raise ValueError("timeout is longer than interval")
        return self


class FailoverPolicy(Strict):
    """When the next trunk is tried: statuses beside the usual ones, and how long a silent carrier gets."""

    next: Statuses = ()
    stop: Statuses = ()
    no_reply_s: Short = Field(default=5.0, alias="no_reply")
    no_progress_s: Short = Field(default=20.0, alias="no_progress")

    @model_validator(mode="after")
    def _apart(self) -> Self:
        both = sorted(set(self.next) & set(self.stop))
        if both:
            raise ValueError(f"{both[0]} is in both next and stop")
        return self


class EarlyMediaPolicy(Strict):
    """How provisional responses are understood: a 180 after audio, a 183 without any."""

    ring_after: bool = True
    empty: Literal["ring", "ignore"] = "ring"


class WrittenTrunk(Strict):
    """One carrier."""

    source: Networks | None = None
    identify: WrittenIdentify = WrittenIdentify()
    outbound: WrittenOutbound | None = None
    tls: WrittenTls | None = None
    trusted: bool = False
    may_transfer: bool = False
    caller_id: Dialled | None = None
    account: WrittenAccount | None = None
    register_: WrittenRegister | None = Field(default=None, alias="register")
    health: HealthPolicy | None = None
    max_calls: Annotated[int, Field(ge=1, le=10_000)] | None = None
    failover: FailoverPolicy = FailoverPolicy()
    early_media: EarlyMediaPolicy = EarlyMediaPolicy()
    media: WrittenMedia | None = None
    media_networks: Networks | None = None
    identity: WrittenIdentity = WrittenIdentity()
    headers: WrittenHeaders = WrittenHeaders()
    emergency: WrittenHelp | None = None


class WrittenMember(Strict):
    """A trunk in a group: the lowest `priority` first, trunks of one priority by their share of `weight`."""

    trunk: Name
    priority: Annotated[int, Field(ge=0, le=65535)] = 1
    weight: Annotated[int, Field(ge=0, le=65535)] = 1


class WrittenTrunkGroup(Strict):
    """Trunks that stand in for each other."""

    members: Annotated[tuple[WrittenMember, ...], Listed, Field(min_length=1, max_length=16)]


class TrunksFile(Strict):
    """`trunks.yaml`."""

    trunks: dict[Name, WrittenTrunk] = Field(default_factory=dict)
    groups: dict[Name, WrittenTrunkGroup] = Field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """Our user at a carrier; only challenges of `realm` are answered."""

    user: str
    secret_file: Path
    realm: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RegisterPolicy:
    """We register `account.user` at `domain` for `expires_s` seconds."""

    domain: str
    expires_s: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Trunk:
    """A carrier: calls from `source` (CIDR) are its own; `outbound` None = inbound only.

    The host of `outbound` may be a name; port 0 = whatever DNS says. `max_calls` 0 = no limit.
    """

    name: str
    source: tuple[str, ...]
    outbound: Address | None
    transport: Transport
    trusted: bool  # its P-Asserted-Identity is believed
    may_transfer: bool = False  # its REFER is obeyed
    caller_id: str  # E.164 number presented on outbound calls, "" = none
    identify: WrittenIdentify = field(default_factory=WrittenIdentify)
    account: Account | None = None
    registration: RegisterPolicy | None = None
    tls: WrittenTls = field(default_factory=WrittenTls)
    health: HealthPolicy | None = None
    max_calls: int = 0
    failover: FailoverPolicy = field(default_factory=FailoverPolicy)
    early_media: EarlyMediaPolicy = field(default_factory=EarlyMediaPolicy)
    media: WrittenMedia | None = None  # None = as the tenant
    media_networks: tuple[str, ...] = ()  # () = its audio may be anywhere
    profile: TrunkProfile = field(default_factory=TrunkProfile)
    signs: bool = False
    server: ServerName | None = None  # where calls go; None for an address, or without calls out

    @property
    def tls_name(self) -> str:
        """The domain that the certificate of a carrier we call by TLS has to prove, "" = none is known."""
        host = self.outbound.host if self.outbound is not None else ""
        return self.tls.name or self.identify.certificate or ("" if is_address(host) else host)

    @property
    def certified_names(self) -> frozenset[str]:
        """Every domain that a certificate of this carrier proves."""
        names = {self.identify.certificate or "", self.tls_name if self.transport == "tls" else ""}
        return frozenset(names - {""})


@dataclass(frozen=True, slots=True, kw_only=True)
class TrunkMember:
    """A trunk's rank in its group."""

    trunk: str
    priority: int
    weight: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TrunkGroup:
    """Trunks that stand in for each other."""

    name: str
    members: tuple[TrunkMember, ...]


def build_trunk(
    name: str, written: WrittenTrunk, caller_id: str, folder: Path = Path(), *, country: str = ""
) -> Trunk:
    """Return a checked trunk of a tenant in `country`.

    `caller_id` is E.164, relative certificates start from `folder`.
    """
    out, account, register = written.outbound, written.account, written.register_
    host = out.host if out is not None else ""
    domain = register.domain if register is not None and register.domain is not None else host
    return Trunk(
        name=name,
        source=written.source or (),
        outbound=Address(host, port_of(out)) if out is not None else None,
        transport=(out.transport if out is not None else None) or "udp",
        server=server_of(out) if out is not None else None,
        trusted=written.trusted,
        may_transfer=written.may_transfer,
        caller_id=caller_id,
        identify=written.identify,
        account=Account(user=account.user, secret_file=account.secret_file, realm=account.realm or domain)
        if account is not None
        else None,
        registration=RegisterPolicy(domain=domain, expires_s=int(register.expires_s)) if register else None,
        tls=_tls_below(folder, written.tls or WrittenTls()),
        health=written.health,
        max_calls=written.max_calls or 0,
        failover=written.failover,
        early_media=written.early_media,
        media=written.media,
        media_networks=written.media_networks or (),
        profile=replace(
            build_profile(written.identity, written.headers, country, trusted=written.trusted),
            help=written.emergency.build() if written.emergency is not None else HelpProfile(),
        ),
        signs=written.identity.sign,
    )


def _tls_below(folder: Path, written: WrittenTls) -> WrittenTls:
    pair = written.certificate.below(folder) if written.certificate is not None else None
    ca = folder / written.ca if written.ca is not None else None
    return WrittenTls(name=written.name, ca=ca, certificate=pair)


def build_group(name: str, written: WrittenTrunkGroup) -> TrunkGroup:
    """Return a checked group."""
    members = tuple(
        TrunkMember(trunk=one.trunk, priority=one.priority, weight=one.weight) for one in written.members
    )
    return TrunkGroup(name=name, members=members)


def port_of(outbound: WrittenOutbound) -> int:
    """Return the port as written; else the usual one for an address, 0 for a name, whose port DNS knows."""
    default = 5061 if outbound.transport == "tls" else 5060  # RFC 3261 §19.1.2
    return outbound.port or (default if is_address(outbound.host) else 0)


def is_address(host: str) -> bool:
    """Whether a host is an IP address and no name."""
    return ServerName(host=host).is_address


def server_of(outbound: WrittenOutbound) -> ServerName | None:
    """Return the server to look up, None when it is an address."""
    server = ServerName(
        host=outbound.host, port=port_of(outbound), transport=outbound.transport or _without_choice(outbound)
    )
    return None if server.is_address else server


def _without_choice(outbound: WrittenOutbound) -> Transport | None:
    """RFC 3263 §4.1: with a port and without a transport it is UDP; else DNS chooses."""
    return "udp" if outbound.port else None


def peer_of(tenant: str, trunk: Trunk, line: str = "") -> TrunkPeer:
    """Return what the trunk's calls are known by; `line` is the token of its registration."""
    told = trunk.identify
    header = (told.header.name, told.header.value) if told.header is not None else None
    return TrunkPeer(
        name=trunk.name,
        tenant=tenant,
        networks=trunk.source,
        port=told.port,
        header=header,
        domain=told.domain or "",
        number=told.number or "",
        certificate=told.certificate or "",
        line=(line or f"{tenant}/{trunk.name}") if told.line else "",
        user=told.user or "",
        account=trunk.account.user if trunk.account is not None else "",
        trusted=trunk.trusted,
        profile=trunk.profile,
    )
