"""How the configuration becomes what endpoint, switchboard and prompts are made of."""

from collections.abc import Mapping

from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey

from pbx.call.context import CallContext, LockRule, TrunkRoute
from pbx.call.early_policy import EarlyPolicy
from pbx.call.quotas import CallLimit, CallLimits
from pbx.call.switchboard import TenantPlan
from pbx.config.carriers import Accounts, line_token, server_of, trunk_users
from pbx.config.credentials import read_anchors, read_signing_key
from pbx.config.defence import WrittenDefence, WrittenLimit, WrittenLimits
from pbx.config.identity import SigningSettings
from pbx.config.models import Configuration, PbxSettings, Tenant, Trunk
from pbx.config.places import Places
from pbx.config.transports import PairSettings, SipSettings
from pbx.config.trunks import peer_of
from pbx.consent.io.shipped import shipped_rules, shipped_texts
from pbx.core.address import Address, Remote
from pbx.core.io.clock import monotonic, utc_now
from pbx.core.phone import full_number
from pbx.core.secret import Secret
from pbx.core.wall import Wall
from pbx.dialplan.plan import DialPlan
from pbx.media.io.engines import find_engine
from pbx.media.io.prompts import PromptLibrary
from pbx.services.hunting import HuntPolicy
from pbx.sip.bindings.policy import DEFAULT_POLICY, RegistrationPolicy
from pbx.sip.defence.buckets import Rate
from pbx.sip.defence.failures import BanRules
from pbx.sip.defence.settings import DefenceSettings
from pbx.sip.digest import cached_ha1
from pbx.sip.edge import Edges
from pbx.sip.io.certificates import Certificates, KeyPair, TlsPeer, TlsSettings
from pbx.sip.io.table import Limits
from pbx.sip.io.transports import TransportOptions
from pbx.sip.listeners import Listener, Listeners
from pbx.sip.location import Aor
from pbx.sip.notify.directory import Directory
from pbx.sip.settings import EndpointSettings, LookUpHa1, LookUpPolicy
from pbx.sip.stir.io.verifier import TrustSettings
from pbx.sip.stir.signer import AttestationPolicy, Signer, origid_of


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
        dialled=("udp", "tcp") if "udp" in started.sip.transports else ("tcp",),
        edges=Edges(started.sip.edges),
        reliable=session.reliable,
        session_expires_s=int(session.expires_s) if session.timer == "on" else 0,
        min_se_s=int(session.min_expires_s),
        lookup_ha1=ha1_of(config, secrets),
        lookup_policy=policy_of(config),
        wall=Wall(utc_now(), monotonic()),
        defence=defence_of(config.pbx.defence),
        keeps_bindings=True,
        algorithms={tenant.domain: tenant.digest for tenant in config.tenants.values()},
        directories={tenant.name: directory_of(tenant) for tenant in config.tenants.values()},
    )


def directory_of(tenant: Tenant) -> Directory:
    """What telephones may watch; a box is open to its extension, or to the members of its group."""
    own = {number: frozenset({number}) for number in tenant.extensions}
    shared = {group.name: frozenset(group.members) for group in tenant.groups.values()}
    return Directory(
        lines=frozenset(tenant.extensions),
        boxes={**own, **shared},
        lists=tenant.lists,
        shows_parties=tenant.watching.parties == "shown",
        shows_notes=tenant.watching.notes == "shown",
        pushes_messages=tenant.watching.messages == "registered",
    )


def main_listeners(sip: SipSettings) -> tuple[Listener, ...]:
    """The sockets on the main address."""
    bind = Address(sip.host, sip.port)
    shown = Address(sip.advertise, sip.port) if sip.advertise is not None else None
    return tuple(Listener(transport=transport, bind=bind, shown=shown) for transport in sip.transports)


def more_listeners(sip: SipSettings) -> tuple[Listener, ...]:
    """The sockets besides."""
    return tuple(
        Listener(
            transport=one.transport,
            bind=Address(one.host, one.port),
            shown=Address(one.advertise, one.port) if one.advertise is not None else None,
        )
        for one in sip.listeners
    )


def listeners_of(sip: SipSettings) -> tuple[Listener, ...]:
    """Every socket that takes SIP."""
    return main_listeners(sip) + more_listeners(sip)


def tls_settings(config: Configuration, places: Places) -> TlsSettings:
    """Which certificates we show, and which ones trunks have to."""
    default = config.pbx.sip.certificate
    tenants = config.tenants.values()
    peers = [
        TlsPeer(name=name, ca=trunk.tls.ca, pair=_pair(trunk.tls.certificate))
        for tenant in tenants
        for trunk in tenant.trunks.values()
        for name in sorted(trunk.certified_names)
    ]
    return TlsSettings(
        default=_pair(default.below(places.base) if default is not None else None),
        domains={tenant.domain: _pair(tenant.certificate) for tenant in tenants},
        peers=tuple(peers),
    )


def _pair(written: PairSettings | None) -> KeyPair | None:
    return KeyPair(chain=written.chain, key=written.key) if written is not None else None


def transport_options(config: Configuration, certificates: Certificates) -> TransportOptions:
    """What the sockets besides the main address are made of."""
    sip = config.pbx.sip
    nobody: tuple[str | None, ...] = (None,) if sip.websocket.without_origin else ()
    return TransportOptions(
        listeners=more_listeners(sip),
        certificates=certificates,
        origins=(*sip.websocket.origins, *nobody),
        limits=Limits(connections=sip.connections, per_source=sip.connections_per_source),
    )


def remote_of(trunk: Trunk, outbound: Address) -> Remote:
    """Where a trunk is reached, with the name that its certificate has to prove."""
    name = trunk.tls_name if trunk.transport == "tls" else ""
    return Remote(trunk.transport, outbound.host, outbound.port, name=name)


def defence_of(written: WrittenDefence) -> DefenceSettings:
    """What strangers may take and hear."""
    user, source = written.user_ban, written.source_ban
    return DefenceSettings(
        source=Rate(per_s=written.messages.per_s, burst=written.messages.burst),
        neighbour=Rate(per_s=written.neighbour_messages.per_s, burst=written.neighbour_messages.burst),
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


def call_limit(written: WrittenLimit) -> CallLimit:
    """One party's limit."""
    return CallLimit(calls=written.calls, calls_per_s=written.calls_per_s)


def call_limits(written: WrittenLimits) -> CallLimits:
    """The limits that belong to the machine."""
    return CallLimits(
        machine=call_limit(written.machine),
        extension=call_limit(written.extension),
        source=call_limit(written.source),
    )


def dns_servers(settings: PbxSettings) -> tuple[Address, ...]:
    """Who is asked for names, none = the servers of the machine."""
    return tuple(Address(host, settings.dns.port) for host in settings.dns.servers)


def plans_of(
    config: Configuration,
    recipients: dict[str, tuple[str, ...]],
    signers: Mapping[str, Signer],
    accounts: Accounts,
) -> dict[str, TenantPlan]:
    """Dial plans and contexts; a tenant without a recording key is served, but not recorded."""
    return {
        name: TenantPlan(
            plan=DialPlan(tenant.rules),
            context=context_of(tenant, recipients.get(name, ()), signers.get(name), accounts),
            limit=call_limit(tenant.limits),
        )
        for name, tenant in config.tenants.items()
    }


def context_of(
    tenant: Tenant, recipients: tuple[str, ...], signer: Signer | None, accounts: Accounts
) -> CallContext:
    """What calls of this tenant need to know."""
    notice = tenant.consent.staff_notice
    routes = {
        trunk.name: TrunkRoute(
            name=trunk.name,
            remote=remote_of(trunk, trunk.outbound),
            caller_id=trunk.caller_id,
            policy=HuntPolicy(
                next=frozenset(trunk.failover.next),
                stop=frozenset(trunk.failover.stop),
                no_progress_s=trunk.failover.no_progress_s,
            ),
            no_reply_s=trunk.failover.no_reply_s,
            early=EarlyPolicy(ring_after=trunk.early_media.ring_after, empty=trunk.early_media.empty),
            profile=trunk.profile,
            signer=signer if trunk.signs else None,
            credentials=accounts.get(f"{tenant.name}/{trunk.name}"),
            server=server_of(trunk, trunk.outbound) if trunk.server is not None else None,
        )
        for trunk in tenant.trunks.values()
        if trunk.outbound is not None
    }
    return CallContext(
        tenant=tenant.name,
        domain=tenant.domain,
        country=tenant.country,
        language=tenant.language,
        names={extension.number: extension.name for extension in tenant.extensions.values()},
        groups={group.name: group.members for group in tenant.groups.values()},
        trunks=routes,
        flows=tenant.flows,
        rules=shipped_rules(),
        texts=shipped_texts(),
        default_unknown=tenant.consent.default_unknown,
        staff_notice=notice.version,
        staff_acknowledged=frozenset(notice.acknowledged),
        recipients=recipients,
        records_calls=tenant.recording.mode == "always",
        on_recording_failure=tenant.recording.on_recording_failure,
        attempts=tenant.verification.attempts,
        trunk_groups={
            name: tuple((one.trunk, one.priority, one.weight) for one in group.members)
            for name, group in tenant.trunk_groups.items()
        },
        transferring_trunks=frozenset(one.name for one in tenant.trunks.values() if one.may_transfer),
        trunk_limits={trunk.name: trunk.max_calls for trunk in tenant.trunks.values() if trunk.max_calls},
        lock=LockRule(failures=tenant.verification.failures_before_lock, window_s=tenant.verification.lock_s),
    )


def signers_of(config: Configuration, places: Places) -> dict[str, Signer]:
    """Who signs calls, by tenant; ConfigError for a key that cannot be used."""
    return {
        tenant.name: _signer(tenant, tenant.stir, read_signing_key(places.resolve(tenant.stir.key_file)))
        for tenant in config.tenants.values()
        if tenant.stir is not None
    }


def _signer(tenant: Tenant, stir: SigningSettings, key: EllipticCurvePrivateKey) -> Signer:
    own = (*tenant.dids, *(full_number(number, tenant.country) or "" for number in stir.own))
    levels = {full_number(number, tenant.country) or "": level for number, level in stir.levels.items()}
    policy = AttestationPolicy(
        own=frozenset(number.removeprefix("+") for number in own),
        levels={number.removeprefix("+"): level for number, level in levels.items()},
        known=stir.known,
        gateway=stir.gateway,
    )
    return Signer(
        key=key, x5u=stir.certificate_url, origid=stir.origid or origid_of(tenant.domain), policy=policy
    )


def trust_of(config: Configuration, places: Places) -> TrustSettings:
    """Whose certificates count; ConfigError for a list that cannot be used."""
    stir = config.pbx.stir
    anchors = read_anchors(places.resolve(stir.trust_anchors)) if stir.trust_anchors is not None else ()
    return TrustSettings(anchors=anchors, hosts=stir.hosts)


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


def prompt_libraries(config: Configuration, places: Places) -> dict[str, PromptLibrary]:
    """One library per tenant: its recorded prompts, then the engine."""
    speech = config.pbx.speech
    engine = None if speech.engine == "none" else find_engine(engine_name(speech.engine, speech.voice))
    return {
        tenant.name: PromptLibrary(
            recorded=(tenant.prompts,), cache=places.cache, engine=engine, country=tenant.country.lower()
        )
        for tenant in config.tenants.values()
    }


def engine_name(engine: str, voice: str) -> str:
    """The name `find_engine` knows; piper's model is named by PBX_PIPER_MODEL."""
    return f"flite:{voice}" if engine == "flite" else engine
