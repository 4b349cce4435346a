"""Dial plans, call contexts and limits as configured."""

from collections.abc import Mapping
from dataclasses import replace
from zoneinfo import ZoneInfo

from pbx.assembly.queues import queues_of
from pbx.assembly.transports import remote_of
from pbx.call.context import CallBackPolicy, CallContext, HelpDesk, LockRule, Member, TrunkRoute
from pbx.call.early_policy import EarlyPolicy
from pbx.call.quotas import CallLimit, CallLimits
from pbx.call.start import TenantPlan
from pbx.config.carriers import Accounts, server_of
from pbx.config.defence import WrittenLimit, WrittenLimits
from pbx.config.extension import people_of
from pbx.config.models import Configuration, Tenant
from pbx.consent.beeps import BeepChoice
from pbx.consent.io.shipped import shipped_beeps, shipped_rules, shipped_texts
from pbx.consent.rules import ConsentRules
from pbx.core.io.clock import utc_now
from pbx.core.phone import full_number
from pbx.core.secret import Secret
from pbx.dialplan.plan import DialPlan
from pbx.ivr.speech import Words
from pbx.media.effects import Music
from pbx.phrases.shipped import shipped_languages
from pbx.schedules.switches import Schedules
from pbx.services.conference import RoomSettings
from pbx.services.hunting import HuntPolicy
from pbx.services.parking import ParkingLot
from pbx.sip.media_peers import MediaPeers
from pbx.sip.negotiation import MediaProfile
from pbx.sip.stir.signer import Signer


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


def plans_of(
    config: Configuration,
    recipients: dict[str, tuple[str, ...]],
    signers: Mapping[str, Signer],
    *,
    accounts: Accounts,
    music: Mapping[str, Music],
) -> dict[str, TenantPlan]:
    """Dial plans and contexts; a tenant without a recording key is served, but not recorded."""
    return {
        name: TenantPlan(
            plan=DialPlan(tenant.rules),
            context=replace(
                context_of(
                    tenant,
                    recipients.get(name, ()),
                    signers.get(name),
                    accounts=accounts,
                    peers=config.pbx.media_peers,
                    recorder=config.pbx.consent.recorder,
                    rules=config.rules,
                ),
                music=music.get(name),
                speaks=tenant.recorded_languages | config.voices,
                hears=config.pbx.speech.hears,
                conferences=rooms_of(tenant, music),
                parking=parking_of(tenant, music),
                help_desk=help_desk_of(tenant),
                queues=queues_of(tenant, music),
            ),
            limit=call_limit(tenant.limits),
            tolls=tenant.tolls,
            marketing=tenant.marketing,
        )
        for name, tenant in config.tenants.items()
    }


def rooms_of(tenant: Tenant, music: Mapping[str, Music]) -> dict[str, RoomSettings]:
    """The conferences of a tenant."""
    return {
        name: RoomSettings(
            name=name,
            pin=Secret(room.pin) if room.pin is not None else None,
            ask=room.ask,
            wrong=room.wrong,
            max_parties=room.max_parties,
            beeps=room.announce == "beep",
            sample_rate=room.sample_rate,
            music=music.get(f"{tenant.name}/{room.music}"),
        )
        for name, room in tenant.conferences.items()
    }


def words_of(tenant: Tenant) -> Words:
    """What flows of a tenant speak with."""
    return Words(
        own=tenant.language,
        texts=tenant.texts,
        grammars=shipped_languages(),
        country=tenant.country,
        zone=ZoneInfo(tenant.timezone),
    )


def parking_of(tenant: Tenant, music: Mapping[str, Music]) -> ParkingLot | None:
    """Where calls of a tenant are parked."""
    written = tenant.parking
    if written is None:
        return None
    return ParkingLot(
        slots=written.slots,
        timeout_s=written.timeout_s,
        music=music.get(f"{tenant.name}/{written.music}"),
        otherwise=written.otherwise or "",
        announce=written.announce,
    )


def help_desk_of(tenant: Tenant) -> HelpDesk | None:
    """Who of the house is told when somebody calls for help."""
    written = tenant.help_desk
    if written is None:
        return None
    return HelpDesk(
        extensions=written.extensions,
        says=written.says,
        where=written.where,
        may_listen=written.may_listen,
    )


def party_media_of(tenant: Tenant, peers: MediaPeers) -> dict[str, MediaProfile]:
    """The media of trunks, and of extensions that have their own."""
    extensions = {
        f"extension/{number}": one.media.profile(peers)
        for number, one in tenant.extensions.items()
        if one.media is not None
    }
    trunks = {
        f"trunk/{name}": replace(
            (trunk.media or tenant.media).profile(peers),
            networks=(*trunk.media_networks, *(trunk.source or ())),
            names_any=not trunk.media_networks,
        )
        for name, trunk in tenant.trunks.items()
    }
    return extensions | trunks


def context_of(
    tenant: Tenant,
    recipients: tuple[str, ...],
    signer: Signer | None,
    *,
    accounts: Accounts,
    peers: MediaPeers,
    recorder: str | None = None,
    rules: ConsentRules | None = None,
) -> CallContext:
    """What calls of this tenant need to know; without `rules` those of the product hold."""
    notice, siprec = tenant.consent.staff_notice, tenant.recording.siprec
    return CallContext(
        tenant=tenant.name,
        domain=tenant.domain,
        country=tenant.country,
        language=tenant.language,
        names={extension.number: extension.name for extension in tenant.extensions.values()},
        people=people_of(tenant.extensions.values()),
        groups={group.name: group.members for group in tenant.groups.values()},
        trunks=_routes(tenant, signer, accounts),
        flows=tenant.flows,
        rules=rules or shipped_rules(),
        texts=shipped_texts(),
        default_unknown=tenant.consent.default_for(utc_now()),
        overlays=tenant.consent.overlays,
        floors=tenant.consent.floors,
        places=tenant.consent.places.build(recorder),
        staff_notice=notice.version,
        beep=BeepChoice(name=tenant.consent.beep, profiles=shipped_beeps()),
        staff_acknowledged=frozenset(notice.acknowledged),
        words=words_of(tenant),
        schedules=Schedules(tenant=tenant.name, schedules=tenant.schedules),
        recipients=recipients,
        recording=tenant.recording_rules,
        purposes=tenant.consent.purposes,
        withdraw_key=tenant.consent.withdraw_key,
        may_withdraw=tenant.consent.withdrawal == "honour",
        joiner=tenant.consent.joiner,
        on_recording_failure=tenant.recording.on_recording_failure,
        on_failure={str(purpose): policy for purpose, policy in tenant.recording.on_failure.items()},
        recorders=siprec.client(tenant.name, tenant.domain, peers, accounts=accounts) if siprec else None,
        recordpref=tenant.recording.recordpref,
        attempts=tenant.verification.attempts,
        number_counts=tenant.verification.number_counts,
        asks_customers=bool(tenant.asked.sources),
        takes_entries=tenant.verification.secure_entry is not None,
        trunk_groups=_members(tenant),
        transferring_trunks=frozenset(one.name for one in tenant.trunks.values() if one.may_transfer),
        supervisors=tenant.supervisors,
        codes=tenant.codes,
        trunk_limits={trunk.name: trunk.max_calls for trunk in tenant.trunks.values() if trunk.max_calls},
        privacy=tenant.privacy.name if tenant.privacy is not None else None,
        media=tenant.media.profile(peers),
        party_media=party_media_of(tenant, peers),
        call_back=call_back_of(tenant),
        lock=LockRule(failures=tenant.verification.failures_before_lock, window_s=tenant.verification.lock_s),
    )


def _members(tenant: Tenant) -> dict[str, tuple[Member, ...]]:
    return {
        name: tuple((one.trunk, one.priority, one.weight) for one in group.members)
        for name, group in tenant.trunk_groups.items()
    }


def call_back_of(tenant: Tenant) -> CallBackPolicy | None:
    """How customers of a tenant are called back."""
    written = tenant.verification.call_back
    if written is None:
        return None
    number = written.caller_id
    return CallBackPolicy(
        trunk=written.trunk,
        name=tenant.verification.codes.name or tenant.domain,
        caller_id=(full_number(number, tenant.country) or "") if number is not None else "",
        hours=written.hours,
        zone=ZoneInfo(tenant.timezone),
        confirm=written.confirm,
        says_digits=written.last_digits,
        ring_s=written.ring,
    )


def _routes(tenant: Tenant, signer: Signer | None, accounts: Accounts) -> dict[str, TrunkRoute]:
    return {
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
