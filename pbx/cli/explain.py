"""`pbx explain`: where a call would go, what would happen to it, and what happened to one."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import UTC
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

from cyclopts import Parameter

from pbx.assembly.plan_tests import rehearsal_plans
from pbx.cli.explain_help import help_lines
from pbx.cli.explain_kept import explain_kept
from pbx.cli.output import Refusal, print_json, printable
from pbx.cli.plan_tests import indented, outcome_row
from pbx.cli.site import CONFIG, AsJson, ConfigDir, Site, TenantName, edited
from pbx.cli.supposed_answers import supposed_answers
from pbx.conditions.circumstances import Circumstances
from pbx.config.models import Tenant
from pbx.config.plan_tests import MAX_KEYS, WITHHELD, local_time
from pbx.config.read import did_you_mean
from pbx.core.io.clock import utc_now
from pbx.dialplan.numbers import full_number
from pbx.dialplan.plan import DialPlan, describe
from pbx.dialplan.routes import Route, ToTrunk
from pbx.rehearsal.cast import caller_of, outage_of, party_of, verdict_of
from pbx.rehearsal.outcome import Outcome
from pbx.rehearsal.rehearsal import rehearse, stage_plan
from pbx.rehearsal.scenario import Phone, Reply, Scenario
from pbx.schedules.switches import Schedules
from pbx.sip.events import DeviceOrigin, Origin, TrunkOrigin
from pbx.sip.stir.condition import Attestation, VerdictWord
from pbx.sip.stir.verdict import StirVerdict

MAX_NAMED = 10  # names in one line
ANSWERS_S = 5.0
BUSY = 486
_KEYS = frozenset("0123456789*#")

Caller = Annotated[
    str,
    Parameter(
        name="--from", help="An extension, a trunk, a number of the network, `withheld`; else a trunk calls."
    ),
]
Verdict = Annotated[VerdictWord | None, Parameter(name="--verdict", help="On the calling number.")]
Thing = Literal["database", "spool", "object_store", "customers"]
_WITHOUT: dict[Thing, str] = {
    "database": "the database is down: nobody can be verified",
    "spool": "the spool takes nothing: no recording can begin",
    "object_store": "the object store is down: recordings wait in the spool, the call is as ever",
    "customers": "the servers of customers are down: on_outage of customers.yaml says what then",
}
Attested = Annotated[Attestation | None, Parameter(name="--attestation", help="Of a verdict that passed.")]


@Parameter(name="*")
@dataclass(frozen=True, slots=True, kw_only=True)
class Stir:
    """What is known of the calling number's signature."""

    verdict: Verdict = None
    attestation: Attested = None


@Parameter(name="*")
@dataclass(frozen=True, slots=True, kw_only=True)
class Whose:
    """Whose call it is, or which one of those that were made."""

    caller: Caller = ""
    call: Annotated[str, Parameter(help="A call that was made, by its id, instead of NUMBER.")] = ""


@Parameter(name="*")
@dataclass(frozen=True, slots=True, kw_only=True)
class Course:
    """What is supposed of the call beside who calls whom; with any of it the whole call is told."""

    at: Annotated[str, Parameter(help='When, such as "2026-12-25 10:00", in the zone of the tenant.')] = ""
    press: Annotated[
        list[str], Parameter(negative=(), help="Keys that the caller presses when he is asked. Repeat it.")
    ] = field(default_factory=list)
    answers: Annotated[
        list[str], Parameter(negative=(), help="An extension or trunk that answers. Repeat it.")
    ] = field(default_factory=list)
    busy: Annotated[list[str], Parameter(negative=(), help="One that is busy. Repeat it.")] = field(
        default_factory=list
    )
    away: Annotated[
        list[str],
        Parameter(negative=(), help="One without a telephone, or that does not respond. Repeat it."),
    ] = field(default_factory=list)
    verified: Annotated[
        bool, Parameter(negative=(), help="What the caller types is right; else the database knows nobody.")
    ] = False
    answer: Annotated[
        list[str],
        Parameter(negative=(), help="What a program says: STEP=OUTCOME or STEP=NAME:VALUE,... Repeat it."),
    ] = field(default_factory=list)
    down: Annotated[
        list[Thing], Parameter(negative=(), help="What does not work while the call is made. Repeat it.")
    ] = field(default_factory=list)


NO_STIR, NO_COURSE, NOBODY = Stir(), Course(), Whose()


async def explain(
    number: str = "",
    /,
    *,
    whose: Whose = NOBODY,
    tenant: TenantName = "",
    stir: Stir = NO_STIR,
    course: Course = NO_COURSE,
    as_json: AsJson = False,
    config: ConfigDir = CONFIG,
) -> None:
    """Say where a call to NUMBER would go and why; --at: what would happen; --call: what happened."""
    place = edited(config)
    if whose.call:
        if number or replace(whose, call="") != NOBODY or course != NO_COURSE or stir != NO_STIR:
            raise Refusal("--call: what happened supposes nothing, leave NUMBER and the other options out")
        await explain_kept(place, whose.call, as_json=as_json)
        return
    if not number:
        raise Refusal("say the NUMBER that is called, or --call and the id of a call")
    chosen = place.tenant(tenant)
    verdict = _supposed(stir.verdict, stir.attestation)
    plan = DialPlan(chosen.rules)
    origin, shown, why = _who(chosen, plan, whose.caller, number)
    if course != NO_COURSE or shown is not None:
        scenario = Scenario(
            tenant=chosen.name,
            origin=origin,
            number=shown or "",
            called=number,
            at=utc_now(),
            verdict=verdict,
            settled=True if course.verified else None,
        )
        why = (*why, *(_WITHOUT[one] for one in dict.fromkeys(course.down)))
        _tell(chosen, _played(place, _with_course(scenario, course, chosen)), why, as_json=as_json)
        return
    known = Circumstances(
        at=utc_now(),
        schedules=Schedules(tenant=chosen.name, schedules=chosen.schedules),
        verdict=verdict,
        caller=origin.extension if isinstance(origin, DeviceOrigin) else None,
    )
    routing = plan.match(number, origin, known)
    route = describe(routing.route)
    behind = (*_trunk_order(chosen, routing.route), *help_lines(chosen, routing.route, _extension(origin)))
    trace = (*routing.trace[:1], *why, *routing.trace[1:], *behind)
    if as_json:
        print_json({"tenant": chosen.name, "route": route, "trace": trace})
        return
    for step in trace:
        print(printable(step))
    print(f"-> {route}")


def _with_course(scenario: Scenario, course: Course, tenant: Tenant) -> Scenario:
    zone = ZoneInfo(tenant.timezone)
    try:
        at = local_time(course.at).replace(tzinfo=zone).astimezone(UTC) if course.at else scenario.at
    except ValueError as error:
        raise Refusal(f"--at {course.at}: {error}") from error
    for keys in course.press:
        if not keys or len(keys) > MAX_KEYS or set(keys) - _KEYS:
            raise Refusal(f"--press {keys}: expected 1 to {MAX_KEYS} of 0-9, * and #")
    answering = dict.fromkeys(_parties(course.answers, tenant, "--answers"), Phone(answers_s=ANSWERS_S))
    busy = dict.fromkeys(_parties(course.busy, tenant, "--busy"), Phone(refuses=BUSY))
    away = dict.fromkeys(_parties(course.away, tenant, "--away"), Phone(is_away=True))
    phones = {**answering, **busy, **away}
    replies = tuple(Reply(keys=keys) for keys in course.press)
    number = scenario.number
    if isinstance(scenario.origin, DeviceOrigin):
        number = scenario.origin.extension
    return replace(
        scenario,
        at=at,
        replies=replies,
        phones=phones,
        number=number,
        answers=supposed_answers(course.answer, tenant),
        has_database="database" not in course.down,
        has_room="spool" not in course.down,
        outage=outage_of(tenant) if "customers" in course.down else None,
    )


def _parties(names: Iterable[str], tenant: Tenant, option: str) -> list[str]:
    for name in names:
        if name not in tenant.extensions and name not in tenant.trunks:
            raise _stranger(tenant, option, name)
    return [party_of(tenant, name) for name in names]


def _played(place: Site, scenario: Scenario) -> Outcome:
    plans = rehearsal_plans(place.configuration)
    return rehearse(stage_plan(plans[scenario.tenant]), scenario)


def _tell(tenant: Tenant, outcome: Outcome, why: tuple[str, ...], *, as_json: bool) -> None:
    if as_json:
        print_json({"tenant": tenant.name, "assumed": list(why), **outcome_row(outcome)})
        return
    for line in why:
        print(printable(line))
    for one in outcome.story:
        print(indented(str(one)))
    for keys in outcome.unasked:
        print(printable(f"nobody asked for {keys}"))
    print(f"-> {outcome.route}")


def _supposed(verdict: VerdictWord | None, attestation: Attestation | None) -> StirVerdict | None:
    """The verdict that the call is supposed to have; an attestation means a signature that holds."""
    if attestation is not None and verdict not in (None, "passed"):
        raise Refusal("--attestation: only a call with --verdict passed has one")
    return verdict_of(verdict, attestation)


def _who(
    tenant: Tenant, plan: DialPlan, caller: str, number: str
) -> tuple[Origin, str | None, tuple[str, ...]]:
    """By which way somebody calls, his number where he is of the network and named, and what is assumed."""
    if not caller:
        origin, why = _assumed(tenant, plan, number)
        return origin, None, why
    if caller in tenant.extensions:
        return DeviceOrigin(tenant=tenant.name, extension=caller), None, ()
    if caller in tenant.trunks:
        return TrunkOrigin(tenant=tenant.name, trunk=caller), None, ()
    if caller != WITHHELD and (full_number(caller, tenant.country) is None):
        raise _stranger(tenant, "--from", caller)
    if not tenant.trunks:
        raise Refusal(f"--from {caller}: tenant {tenant.name} has no trunk that such a call could come from")
    origin, shown = caller_of(tenant, caller)
    return origin, shown, ()


def _stranger(tenant: Tenant, option: str, name: str) -> Refusal:
    known = (*tenant.trunks, *tenant.extensions)
    hint = did_you_mean(name, known) or f"there is {', '.join(known[:MAX_NAMED])}"
    return Refusal(f"{option} {name}: tenant {tenant.name} has no such extension or trunk ({hint})")


def _assumed(tenant: Tenant, plan: DialPlan, number: str) -> tuple[Origin, tuple[str, ...]]:
    """Who calls when nobody is named, and why: a telephone of ours for emergencies, else the network."""
    if tenant.extensions:
        extension = next(iter(tenant.extensions))
        device = DeviceOrigin(tenant=tenant.name, extension=extension)
        route = plan.match(number, device).route
        if isinstance(route, ToTrunk) and route.emergency:
            return device, (f"--from is not given: extension {extension} stands for every telephone",)
    if not tenant.trunks:
        raise Refusal(f"tenant {tenant.name} has no trunk: say --from and an extension")
    trunk = next(iter(tenant.trunks))
    why = f"--from is not given: trunk {trunk} stands for the network"
    return TrunkOrigin(tenant=tenant.name, trunk=trunk), (why,)


def _extension(origin: Origin) -> str:
    return origin.extension if isinstance(origin, DeviceOrigin) else ""


def _trunk_order(tenant: Tenant, route: Route) -> list[str]:
    """The trunks of a group, the one that is tried first first; those of one priority share by weight."""
    group = tenant.trunk_groups.get(route.trunk) if isinstance(route, ToTrunk) else None
    members = sorted(group.members, key=lambda one: (one.priority, -one.weight)) if group is not None else []
    return [f"trunk {one.trunk}: priority {one.priority}, weight {one.weight}" for one in members]
