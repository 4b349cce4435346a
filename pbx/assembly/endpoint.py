"""What the SIP endpoint is told of itself, its users and its neighbours."""

from pbx.assembly.transports import listeners_of
from pbx.config.carriers import line_token, trunk_users
from pbx.config.defence import WrittenDefence
from pbx.config.models import Configuration, PbxSettings, Tenant
from pbx.config.transports import SipSettings
from pbx.config.trunks import peer_of
from pbx.core.address import Address, Transport
from pbx.core.io.clock import monotonic, utc_now
from pbx.core.secret import Secret
from pbx.core.wall import Wall
from pbx.dialplan.plan import DialPlan
from pbx.sip.bindings.policy import DEFAULT_POLICY, RegistrationPolicy
from pbx.sip.defence.buckets import Rate
from pbx.sip.defence.failures import BanRules
from pbx.sip.defence.settings import DefenceSettings
from pbx.sip.digest import cached_ha1
from pbx.sip.edge import Edges
from pbx.sip.events import DeviceOrigin
from pbx.sip.listeners import Listeners
from pbx.sip.location import Aor
from pbx.sip.notify.directory import Directory
from pbx.sip.notify.line import record_lamp
from pbx.sip.settings import EndpointSettings, IsHelp, LookUpHa1, LookUpPolicy


def endpoint_settings(
    config: Configuration, started: PbxSettings, secrets: dict[str, Secret[str]]
) -> EndpointSettings:
    """Our neighbours as configured; our own address is that of the start."""
    session = started.sip.session
    return EndpointSettings(
        listen=Address(started.sip.advertise or started.sip.host, started.sip.port),
        listeners=Listeners(listeners_of(started.sip)),
        domains={tenant.domain: tenant.name for tenant in config.tenants.values()},
        trunks=tuple(
            peer_of(tenant.name, trunk, line_token(secrets, tenant, trunk))
            for tenant in config.tenants.values()
            for trunk in tenant.trunks.values()
        ),
        dialled=_dialled(started.sip),
        edges=Edges(started.sip.edges),
        reliable=session.reliable,
        session_expires_s=int(session.expires_s) if session.timer == "on" else 0,
        min_se_s=int(session.min_expires_s),
        lookup_ha1=ha1_of(config, secrets),
        lookup_policy=policy_of(config),
        is_help=help_of(config),
        wall=Wall(utc_now(), monotonic()),
        defence=defence_of(config.pbx.defence),
        keeps_bindings=True,
        algorithms={tenant.domain: tenant.digest for tenant in config.tenants.values()},
        directories={tenant.name: directory_of(tenant) for tenant in config.tenants.values()},
    )


def _dialled(sip: SipSettings) -> tuple[Transport, ...]:
    """What DNS may choose from for a carrier without a transport, best first; we have to listen there too."""
    listened = {*sip.transports, "tcp", *(one.transport for one in sip.listeners)}
    every: tuple[Transport, ...] = ("udp", "tcp", "tls")
    return tuple(transport for transport in every if transport in listened)


def directory_of(tenant: Tenant) -> Directory:
    """What telephones may watch; a box is open to its extension, or to the members of its group."""
    own = {number: frozenset({number}) for number in tenant.extensions}
    shared = {group.name: frozenset(group.members) for group in tenant.groups.values()}
    slots = tenant.parking.slots if tenant.parking is not None else ()
    codes = (one.code for one in tenant.schedules.values() if one.code)
    return Directory(
        lines=frozenset((*tenant.extensions, *slots, *codes)),
        boxes={**own, **shared},
        lists=tenant.lists,
        own_lamps={record_lamp(number): number for number in tenant.extensions},
        shows_parties=tenant.watching.parties == "shown",
        shows_notes=tenant.watching.notes == "shown",
        pushes_messages=tenant.watching.messages == "registered",
    )


def defence_of(written: WrittenDefence) -> DefenceSettings:
    """What strangers may take and hear."""
    user, source = written.user_ban, written.source_ban
    return DefenceSettings(
        source=Rate(per_s=written.messages.per_s, burst=written.messages.burst),
        neighbour=Rate(per_s=written.neighbour_messages.per_s, burst=written.neighbour_messages.burst),
        strangers_in_all=Rate(per_s=written.stranger_messages.per_s, burst=written.stranger_messages.burst),
        sweep=Rate(per_s=written.challenges.per_s, burst=written.challenges.burst),
        strangers=written.strangers,
        fits=written.small_answers,
        bans=BanRules(
            user_failures=user.failures,
            user_window_s=user.within_s,
            user_ban_s=user.ban_s,
            source_failures=source.failures,
            source_window_s=source.within_s,
            source_ban_s=source.ban_s,
        ),
    )


def ha1_of(config: Configuration, secrets: dict[str, Secret[str]]) -> LookUpHa1:
    """Digest look-up by domain and user; an extension or trunk that left has a secret and is unknown."""
    tenants = {tenant.domain: tenant for tenant in config.tenants.values()}
    users = {name: {*tenant.extensions, *trunk_users(tenant)} for name, tenant in config.tenants.items()}

    def secret_of(realm: str, username: str) -> Secret[str] | None:
        tenant = tenants.get(realm)
        if tenant is None or username not in users[tenant.name]:
            return None
        return secrets[f"{tenant.name}/{username}"]

    return cached_ha1(secret_of)


def policy_of(config: Configuration) -> LookUpPolicy:
    """Limits of registration by tenant and extension."""

    def look_up(aor: Aor) -> RegistrationPolicy:
        tenant = config.tenants.get(aor[0])
        extension = tenant.extensions.get(aor[1]) if tenant is not None else None
        return extension.registration if extension is not None else DEFAULT_POLICY

    return look_up


def help_of(config: Configuration) -> IsHelp:
    """Emergency numbers by tenant, as its dial plan resolves them before every rule."""
    plans = {name: DialPlan(tenant.rules) for name, tenant in config.tenants.items()}

    def look_up(tenant: str, user: str) -> bool:
        plan = plans.get(tenant)
        return plan is not None and plan.is_emergency(user, DeviceOrigin(tenant=tenant, extension=""))

    return look_up
