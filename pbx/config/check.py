"""Holds the files of a tenant against each other: every name used exists, every number leads somewhere."""

from collections.abc import Callable, Collection
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pbx.config.check_access import check_access
from pbx.config.check_codes import check_codes
from pbx.config.check_conditions import check_conditions, unverified
from pbx.config.check_conferences import check_conferences
from pbx.config.check_degradation import undecided
from pbx.config.check_emergency import check_emergency
from pbx.config.check_flows import check_flow, check_steps
from pbx.config.check_fraud import check_fraud
from pbx.config.check_internal import check_internal
from pbx.config.check_marketing import check_marketing
from pbx.config.check_parking import check_parking
from pbx.config.check_people import check_directory, unspelled
from pbx.config.check_placeholders import check_placeholders
from pbx.config.check_privacy import check_privacy
from pbx.config.check_programs import check_programs
from pbx.config.check_queues import check_queues, check_target, exits_without_key
from pbx.config.check_reach import hidden_targets, unused_flows
from pbx.config.check_recording import check_recording, unreached
from pbx.config.check_ring import check_ring
from pbx.config.check_said import check_values
from pbx.config.check_schedules import check_schedules, unpassed_headers, unused_schedules
from pbx.config.check_transfer import check_transfer, circles
from pbx.config.check_trunks import check_trunks
from pbx.config.check_variables import check_variables
from pbx.config.check_verification import check_verification
from pbx.config.inside import inside
from pbx.config.marks import Document
from pbx.config.marks import Path as MarkPath
from pbx.config.read import did_you_mean
from pbx.config.schema import WrittenTarget, target_path
from pbx.config.sources import FlowSource, TenantSource
from pbx.config.supervisors import check_supervisors
from pbx.core.errors import ConfigError
from pbx.dialplan.numbers import full_number
from pbx.ivr.onward import Transfer
from pbx.ivr.paging import Page
from pbx.ivr.steps import RecordingConsent, Ring, Voicemail
from pbx.ivr.waiting import Park

Problems = list[ConfigError]


def check_tenant(source: TenantSource) -> tuple[Problems, Problems]:
    """Return errors and warnings; what could not be read is left out without further complaint."""
    errors = [problem for check in _CHECKS for problem in check(source)]
    errors += [problem for flow in source.broken_flows for problem in check_steps(flow)]
    warnings: Problems = unverified(source) + unreached(source)
    warnings += unspelled(source) + undecided(source)
    warnings += hidden_targets(source) + unused_flows(source)
    warnings += unused_schedules(source) + unpassed_headers(source) + exits_without_key(source)
    for flow in source.flows:
        flow_errors, flow_warnings = check_flow(flow)
        errors += flow_errors
        warnings += flow_warnings
    return errors, warnings


def not_said_yet(problems: Problems, said: Problems) -> Problems:
    """Return `problems` but for those of places where `said` has something already, or inside of which."""
    places = [(one.file, f"{one.path}.") for one in said if one.path]
    return [
        problem
        for problem in problems
        if not any(
            problem.file == file and place.startswith(f"{problem.path}.") and problem.path
            for file, place in places
        )
    ]


def _check_settings(source: TenantSource) -> Problems:
    if source.settings is None:
        return []
    document, settings = source.settings.document, source.settings.model
    problems: Problems = []
    if settings.tenant != source.folder.name:
        hint = f"the folder is called {source.folder.name}"
        problems.append(document.error(("tenant",), "the tenant and its folder have one name", hint))
    try:
        ZoneInfo(settings.timezone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        problems.append(document.error(("timezone",), f"unknown time zone {settings.timezone}"))
    customers = inside(source.folder, settings.customers) if settings.customers is not None else None
    if settings.customers is not None and (customers is None or not customers.is_file()):
        problems.append(document.error(("customers",), f"there is no file {settings.customers}"))
    return problems


def _check_members(source: TenantSource) -> Problems:
    known = _extensions(source)
    if source.groups is None or known is None:
        return []
    document = source.groups.document
    lists: list[MarkPath] = [("groups", name, "members") for name in _names(document, "groups")]
    return [problem for path in lists for problem in _check_listed(document, path, known)]


def _check_watch_lists(source: TenantSource) -> Problems:
    known = _extensions(source)
    if source.lists is None or known is None:
        return []
    document = source.lists.document
    lists: list[MarkPath] = [("lists", name) for name in _names(document, "lists")]
    return [problem for path in lists for problem in _check_listed(document, path, known)]


def _check_acknowledged(source: TenantSource) -> Problems:
    known = _extensions(source)
    if source.consent is None or known is None:
        return []
    document, at_work = source.consent.document, source.consent.model.places.extensions
    return [
        *_check_listed(document, ("staff_notice", "acknowledged"), known),
        *(
            document.error(("places", "extensions", number), f"there is no extension {number}")
            for number in at_work
            if number not in known
        ),
    ]


def _check_listed(document: Document, path: MarkPath, known: Collection[str]) -> Problems:
    """The extensions listed at `path` as they are written: a wrong one hides no other."""
    written = document.value
    for part in path:
        written = written.get(part) if isinstance(written, dict) else None
    members = [str(member) for member in written] if isinstance(written, list) else []
    return [
        _unknown(document, (*path, i), f"extension {member}", (member, known))
        for i, member in enumerate(members)
        if member not in known
    ]


def _check_dids(source: TenantSource) -> Problems:
    if source.dialplan is None or source.settings is None:
        return []
    document = source.dialplan.document
    seen: dict[str, str] = {}
    problems: Problems = []
    for number in source.dialplan.model.inbound:
        path = ("inbound", number)
        e164 = full_number(number, source.settings.model.country)
        if e164 is None:
            problems.append(document.key_error(path, f"{number} is not a telephone number"))
        elif e164 in seen:
            problems.append(document.key_error(path, f"{e164} has a rule already", f"see {seen[e164]}"))
        else:
            seen[e164] = document.place(path)
    return problems


def _check_targets(source: TenantSource) -> Problems:
    if source.dialplan is None:
        return []
    problems: Problems = []
    for number, targets in source.dialplan.model.inbound.items():
        for i, target in enumerate(targets):
            problems += _check_target(source, target_path(number, i, targets), target)
    return problems + check_conditions(source)


def _check_target(source: TenantSource, path: MarkPath, target: WrittenTarget) -> Problems:
    assert source.dialplan is not None, "the target stands in it"
    document, extensions = source.dialplan.document, _extensions(source)
    if [target.flow, target.extension, target.queue].count(None) != 2:
        return [document.error(path, "expected a flow, an extension or a queue")]
    if target.flow is not None and target.flow not in source.flow_names:
        found = (target.flow, source.flow_names)
        return [_unknown(document, (*path, "flow"), f"flow {target.flow}", found)]
    if target.extension is not None and extensions is not None and target.extension not in extensions:
        name = f"extension {target.extension}"
        return [_unknown(document, (*path, "extension"), name, (target.extension, extensions))]
    return check_target(source, (*path, "queue"), target.queue)


def _check_outbound(source: TenantSource) -> Problems:
    """Emergency calls must have a way out of every extension: the rule is required, and its trunk works."""
    if source.dialplan is None or (source.trunks is None and "trunks.yaml" in source.broken):
        return []
    document, plan = source.dialplan.document, source.dialplan.model
    written = source.trunks.document.value.get("trunks") if source.trunks is not None else None
    trunks = written if isinstance(written, dict) else {}
    groups = _names(source.trunks.document, "groups") if source.trunks is not None else ()
    used = [("emergency", plan.emergency.trunk)]
    used += [("outbound", plan.outbound.trunk)] if plan.outbound is not None else []
    problems: Problems = []
    for rule, trunk in used:
        path = (rule, "trunk")
        if path not in document.marks or trunk in groups:
            continue
        if trunk not in trunks:
            problems.append(_unknown(document, path, f"trunk {trunk}", (trunk, (*trunks, *groups))))
        elif "trunks.yaml" not in source.broken and not trunks[trunk].get("outbound"):
            problems.append(document.error(path, f"the trunk {trunk} has no outbound address"))
    return problems


def _check_caller_ids(source: TenantSource) -> Problems:
    if source.settings is None:
        return []
    country = source.settings.model.country
    written: list[tuple[Document, MarkPath, str | None]] = []
    if source.trunks is not None:
        trunks = source.trunks.model.trunks
        places = ((("trunks", name, "caller_id"), trunk.caller_id) for name, trunk in trunks.items())
        written += [(source.trunks.document, path, number) for path, number in places]
    if source.dialplan is not None:
        plan = source.dialplan.model
        outbound = plan.outbound.caller_id if plan.outbound is not None else None
        written.append((source.dialplan.document, ("outbound", "caller_id"), outbound))
        written.append((source.dialplan.document, ("emergency", "caller_id"), plan.emergency.caller_id))
    return [
        document.error(path, f"{number} is not a telephone number")
        for document, path, number in written
        if number is not None and full_number(number, country) is None
    ]


def _check_flow_names(source: TenantSource) -> Problems:
    seen: dict[str, str] = {}
    problems: Problems = []
    for flow in source.flows:
        document, name = flow.file.document, flow.plan.name
        if name in seen:
            problems.append(document.error(("flow",), f"there are two flows {name}", f"see {seen[name]}"))
        seen.setdefault(name, document.place(("flow",)))
    return problems


def _check_flow_uses(source: TenantSource) -> Problems:
    flows = (*source.flows, *source.broken_flows)
    return [problem for flow in flows for problem in _check_uses(source, flow)]


def _check_uses(source: TenantSource, flow: FlowSource) -> Problems:
    """What the steps of a flow name outside of it: telephones, groups, boxes, purposes."""
    document = flow.file.document
    boxes = _boxes(source)
    is_guessed = "consent.yaml" in source.broken  # its purposes may be those that hold when none are written
    problems: Problems = []
    for name, step in flow.plan.steps.items():
        path: MarkPath = ("steps", name)
        match step:
            case Ring() if boxes is not None:
                problems += check_ring(source, document, (*path, "ring"), step, boxes)
            case Park(tell=told) if boxes is not None and told and told not in boxes:
                problems.append(_unknown(document, (*path, "tell"), told, (told, boxes)))
            case Page() if boxes is not None and step.target not in boxes:
                known = (step.target, boxes)
                problems.append(_unknown(document, (*path, "page"), step.target, known))
            case Transfer() if boxes is not None:
                problems += check_transfer(source, document, (*path, "transfer"), step, boxes)
            case Voicemail(box=box) if boxes is not None:
                names = {target.partition("/")[2] for target in boxes}
                if box not in names:
                    problems.append(_unknown(document, (*path, "voicemail"), f"box {box}", (box, names)))
            case RecordingConsent(purposes=purposes) if source.consent is not None and not is_guessed:
                path = (*path, "recording_consent", "purposes")
                problems += [
                    document.error((*path, i), f"{purpose} is not a purpose of consent.yaml")
                    for i, purpose in enumerate(purposes)
                    if purpose not in source.consent.model.purposes
                ]
    problems += [*check_placeholders(document, flow.plan), *check_values(document, flow.plan)]
    return [*problems, *check_variables(document, flow.plan)]


_CHECKS: tuple[Callable[[TenantSource], Problems], ...] = (
    _check_settings,
    _check_members,
    _check_watch_lists,
    _check_acknowledged,
    _check_dids,
    _check_targets,
    check_trunks,
    check_verification,
    _check_outbound,
    _check_caller_ids,
    check_emergency,
    _check_flow_names,
    _check_flow_uses,
    circles,
    check_codes,
    check_conferences,
    check_programs,
    check_schedules,
    check_directory,
    check_queues,
    check_parking,
    check_internal,
    check_supervisors,
    check_fraud,
    check_marketing,
    check_recording,
    check_access,
    check_privacy,
)


def _extensions(source: TenantSource) -> Collection[str] | None:
    return _names(source.extensions.document, "extensions") if source.extensions is not None else None


def _names(document: Document, key: str) -> Collection[str]:
    """Return the names under `key` as they are written: one with a mistake in it is still there."""
    written = document.value.get(key)
    return list(written) if isinstance(written, dict) else []


def _boxes(source: TenantSource) -> set[str] | None:
    """Return what can ring and take messages, or None when that is not known for mistakes elsewhere."""
    extensions = _extensions(source)
    if extensions is None or (source.groups is None and "groups.yaml" in source.broken):
        return None
    groups = _names(source.groups.document, "groups") if source.groups is not None else ()
    return {f"extension/{number}" for number in extensions} | {f"group/{name}" for name in groups}


def _unknown(
    document: Document, path: MarkPath, what: str, wanted: tuple[str, Collection[str]]
) -> ConfigError:
    return document.error(path, f"there is no {what}", did_you_mean(*wanted))
