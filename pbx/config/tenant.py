"""A tenant's checked files as the value the engine works with."""

from dataclasses import replace
from pathlib import Path
from typing import get_args

from pbx.config.access import build_four_eyes, build_internal, build_listeners
from pbx.config.conferences import WrittenConference, flow_into, flow_name
from pbx.config.customers import CustomersFile
from pbx.config.emergency import build_locations, test_flows, test_rule
from pbx.config.fraud import FraudFile, toll_policy
from pbx.config.internal_numbers import internal_rules
from pbx.config.marketing import marketing_policy, marketing_rule
from pbx.config.models import Extension, Group, RecordingSettings, Tenant
from pbx.config.music import build_music
from pbx.config.parking import parking_rule
from pbx.config.privacy import read_policy
from pbx.config.queue_flows import queue_flows, queue_rules
from pbx.config.queues import flow_name as queue_flow
from pbx.config.read import Read
from pbx.config.recording import build_rules
from pbx.config.registration import RegistrationSettings, policy_of
from pbx.config.reputation import ReputationAsked, read_reputation
from pbx.config.schedules import build_schedules, switch_flows, switch_rules
from pbx.config.schema import DialplanFile, ExtensionsFile, WrittenCodes, WrittenTarget, target_path
from pbx.config.sources import TenantSource
from pbx.config.steps_lookup import with_levels
from pbx.config.supervisors import supervisors
from pbx.config.trunks import Trunk, TrunkGroup, TrunksFile, build_group, build_trunk
from pbx.config.verification import VerificationSettings
from pbx.core.errors import MisuseError
from pbx.dialplan.numbers import full_number
from pbx.dialplan.routes import DidTarget, ToExtension, ToFlow
from pbx.dialplan.rules import (
    CodePurpose,
    CodeRule,
    DidRule,
    EmergencyRule,
    ExtensionRule,
    KeyCodes,
    OutboundRule,
    PlanRules,
    RoomRule,
)
from pbx.fraud.policy import TollPolicy
from pbx.ivr.steps import FlowPlan
from pbx.lifecycle.approval import ONE_IS_ENOUGH
from pbx.lifecycle.internal import HOUSE
from pbx.lifecycle.listening import Listener
from pbx.recording.rules import RecordingRules


def build_tenant(source: TenantSource) -> Tenant:
    """Return the tenant; MisuseError when `source` was not checked, or not without errors."""
    settings_file, extensions, dialplan = source.settings, source.extensions, source.dialplan
    if settings_file is None or extensions is None or dialplan is None or source.consent is None:
        raise MisuseError("a tenant is built from checked files only")
    settings = settings_file.model
    trunks = _trunks(source.trunks.model, settings.country, source.folder) if source.trunks else {}
    rules = _rules((settings.tenant, settings.country), extensions, dialplan, trunks)
    rules = _with_others(rules, source, extensions)
    return Tenant(
        name=settings.tenant,
        domain=settings.domain,
        country=settings.country,
        timezone=settings.timezone,
        language=settings.language,
        media=settings.media,
        digest=settings.digest,
        extensions=_extensions(settings.registration, extensions.model),
        groups=_groups(source),
        lists=dict(source.lists.model.lists) if source.lists is not None else {},
        supervisors=supervisors(source),
        listeners=_listeners(source, settings.tenant),
        four_eyes=build_four_eyes(source.access.model) if source.access is not None else ONE_IS_ENOUGH,
        internal=build_internal(source.access.model) if source.access is not None else HOUSE,
        watching=settings.watching,
        trunks=trunks,
        trunk_groups=_trunk_groups(source),
        dids={rule.number: rule.target for rule in rules.dids},
        recorded_languages=frozenset(source.prompts),
        rules=rules,
        flows=_flows(source) | _made_flows(source, rules, trunks),
        conferences=_rooms(source),
        queues=dict(source.queues.model.queues) if source.queues is not None else {},
        consent=source.consent.model,
        recording=source.recording.model if source.recording is not None else RecordingSettings(),
        recording_rules=_recording_rules(source, settings.country),
        stir=settings.stir,
        verification=source.verification.model if source.verification is not None else VerificationSettings(),
        tolls=_tolls(source, settings.country, settings.timezone),
        marketing=marketing_policy(source.marketing, settings, rules.dids),
        customers=source.folder / settings.customers if settings.customers is not None else None,
        privacy=read_policy(source.folder, settings.privacy) if settings.privacy is not None else None,
        asked=source.customers.model if source.customers is not None else CustomersFile(),
        servers=dict(source.servers.model.servers) if source.servers is not None else {},
        scores_asked=_scores_asked(source),
        prompts=source.folder / "prompts",
        texts={language: dict(read.model.root) for language, read in source.texts.items()},
        music=build_music(settings.music, source.folder),
        certificate=settings.certificate.below(source.folder) if settings.certificate else None,
        limits=settings.limits,
        parking=dialplan.model.parking,
        help_desk=source.emergency.model.desk if source.emergency is not None else None,
        codes=_key_codes(dialplan.model.codes),
        schedules=build_schedules(source.schedules, source.folder, settings.timezone),
        tests=tuple(test for file in source.tests for test in file.tests),
    )


def _with_others(rules: PlanRules, source: TenantSource, extensions: Read[ExtensionsFile]) -> PlanRules:
    """The rules of a plan with those that stand in other files."""
    return replace(
        rules,
        locations=build_locations(source.emergency, rules.country, _located(extensions.model)),
        test=test_rule(source.emergency),
        rooms=_inner_rules(source),
        switches=switch_rules(source.schedules),
        marketing=marketing_rule(source.marketing),
    )


def _extensions(registration: RegistrationSettings, file: ExtensionsFile) -> dict[str, Extension]:
    return {
        number: Extension(
            number=number,
            name=written.name,
            registration=policy_of(registration, written),
            media=written.media,
            is_listed=written.directory,
        )
        for number, written in file.extensions.items()
    }


def _located(file: ExtensionsFile) -> dict[str, str]:
    """Where telephones say that they are."""
    return {number: one.location for number, one in file.extensions.items() if one.location is not None}


def _tolls(source: TenantSource, country: str, timezone: str) -> TollPolicy:
    written = source.fraud.model if source.fraud is not None else FraudFile()
    groups = source.groups.model.groups if source.groups is not None else {}
    policy = toll_policy(written, country, timezone, {name: one.members for name, one in groups.items()})
    if written.reputation is None:
        return policy
    return replace(policy, reputation=read_reputation(source.folder, source.label, written.reputation))


def _scores_asked(source: TenantSource) -> ReputationAsked | None:
    written = source.fraud.model.reputation if source.fraud is not None else None
    return written.server if written is not None else None


def _listeners(source: TenantSource, tenant: str) -> tuple[Listener, ...]:
    if source.access is None:
        return ()
    groups = source.groups.model.groups if source.groups is not None else {}
    return build_listeners(source.access.model, tenant, {name: one.members for name, one in groups.items()})


def _flows(source: TenantSource) -> dict[str, FlowPlan]:
    queries = source.customers.model.queries if source.customers is not None else {}
    return {flow.plan.name: with_levels(flow.plan, queries) for flow in source.flows}


def _groups(source: TenantSource) -> dict[str, Group]:
    groups = source.groups.model.groups if source.groups is not None else {}
    return {name: Group(name=name, title=one.name, members=one.members) for name, one in groups.items()}


def _trunk_groups(source: TenantSource) -> dict[str, TrunkGroup]:
    groups = source.trunks.model.groups if source.trunks is not None else {}
    return {name: build_group(name, group) for name, group in groups.items()}


def _recording_rules(source: TenantSource, country: str) -> RecordingRules:
    if source.recording is None:
        return RecordingRules()
    return build_rules(source.recording.model, country, source.recording.document)


def _inner_rules(source: TenantSource) -> tuple[RoomRule, ...]:
    """Numbers that lead our own telephones to flows: of rooms and queues, and those that are written."""
    read = source.dialplan
    return (
        *_room_rules(source),
        *queue_rules(source.queues),
        *(internal_rules(read.document, read.model.internal) if read is not None else ()),
    )


def _room_rules(source: TenantSource) -> tuple[RoomRule, ...]:
    if source.conferences is None:
        return ()
    document = source.conferences.document
    return tuple(
        RoomRule(number=room.number, flow=flow_name(name), place=document.place(("conferences", name)))
        for name, room in source.conferences.model.conferences.items()
        if room.number is not None
    )


def _made_flows(source: TenantSource, rules: PlanRules, trunks: dict[str, Trunk]) -> dict[str, FlowPlan]:
    """Flows that nobody has written: behind numbers of rooms and of tests, codes, and into queues."""
    shown = {name: one.caller_id for name, one in trunks.items()}
    made = test_flows(source.emergency, rules, shown) | switch_flows(source.schedules)
    return _room_flows(_rooms(source)) | queue_flows(source.queues) | made


def _rooms(source: TenantSource) -> dict[str, WrittenConference]:
    return dict(source.conferences.model.conferences) if source.conferences is not None else {}


def _room_flows(rooms: dict[str, WrittenConference]) -> dict[str, FlowPlan]:
    return {flow_name(name): flow_into(name) for name, room in rooms.items() if room.number is not None}


def _trunks(file: TrunksFile, country: str, folder: Path) -> dict[str, Trunk]:
    return {
        name: build_trunk(name, written, _number(written.caller_id, country), folder, country=country)
        for name, written in file.trunks.items()
    }


def _rules(
    home: tuple[str, str],
    extensions: Read[ExtensionsFile],
    dialplan: Read[DialplanFile],
    trunks: dict[str, Trunk],
) -> PlanRules:
    name, country = home
    document, plan = dialplan.document, dialplan.model
    dids = tuple(
        DidRule(
            number=_number(number, country),
            target=_target(target),
            place=document.place(target_path(number, i, targets)),
            when=target.when.build() if target.when is not None else None,
            language=target.language or "",
        )
        for number, targets in plan.inbound.items()
        for i, target in enumerate(targets)
    )
    outbound = None
    if plan.outbound is not None:
        outbound = OutboundRule(
            trunk=plan.outbound.trunk,
            prefix=plan.outbound.prefix,
            caller_id=_number(plan.outbound.caller_id, country) or _caller_of(plan.outbound.trunk, trunks),
            place=document.place(("outbound",)),
        )
    emergency = EmergencyRule(
        trunk=plan.emergency.trunk,
        caller_id=_number(plan.emergency.caller_id, country) or _caller_of(plan.emergency.trunk, trunks),
        place=document.place(("emergency",)),
    )
    return PlanRules(
        tenant=name,
        country=country,
        dids=dids,
        extensions=tuple(
            ExtensionRule(number=number, place=extensions.document.place(("extensions", number)))
            for number in extensions.model.extensions
        ),
        outbound=outbound,
        emergency=emergency,
        codes=_code_rules(dialplan),
        parking=parking_rule(plan.parking, dialplan),
    )


def _key_codes(written: WrittenCodes) -> KeyCodes:
    """The codes that are pressed in a call."""
    return KeyCodes(
        pause=written.pause,
        resume=written.resume,
        withdraw=written.withdraw,
        opt_out=written.opt_out,
        birth_date=written.birth_date,
        digits=written.digits,
    )


def _code_rules(dialplan: Read[DialplanFile]) -> tuple[CodeRule, ...]:
    """The codes that are dialled."""
    codes, purposes = dialplan.model.codes, get_args(CodePurpose)
    return tuple(
        CodeRule(code=code, purpose=name, place=dialplan.document.place(("codes", name)))
        for name in purposes
        if (code := getattr(codes, name)) is not None
    )


def _caller_of(trunk: str, trunks: dict[str, Trunk]) -> str:
    """The number of the rule's trunk; in a group each trunk has its own."""
    return trunks[trunk].caller_id if trunk in trunks else ""


def _target(written: WrittenTarget) -> DidTarget:
    if written.flow is not None:
        return ToFlow(flow=written.flow)
    if written.queue is not None:
        return ToFlow(flow=queue_flow(written.queue))
    return ToExtension(extension=written.extension or "")


def _number(written: str | None, country: str) -> str:
    return (full_number(written, country) or "") if written is not None else ""
