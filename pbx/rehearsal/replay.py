"""Replay: a call that was made, played by a plan, and where it would part from what it was.

What callers pressed is not kept. A step that followed says what they wanted, and where nothing followed, or a
plan asks otherwise, the comparison ends, and says so.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

from pbx.call.record import LOST, CallRecord
from pbx.call.start import TenantPlan
from pbx.conditions.circumstances import Circumstances
from pbx.config.models import Tenant
from pbx.consent.dialogue import NO, YES
from pbx.dialplan.plan import describe
from pbx.dialplan.routes import NoRoute, Routing, ToTrunk
from pbx.ivr import steps
from pbx.rehearsal.outcome import Outcome
from pbx.rehearsal.rehearsal import rehearse
from pbx.rehearsal.scenario import Phone, Reply, Scenario
from pbx.rehearsal.turn import Flows, Turn, What, answered, others, parted, step_of
from pbx.rehearsal.way import Rung, Way, reason_of, way_of
from pbx.rehearsal.words import at_stage
from pbx.sip.events import DeviceOrigin, Origin, TrunkOrigin
from pbx.sip.stir.verdict import Status, StirVerdict

Extent = Literal["end", "step", "target", "nothing"]
TOGETHER_S = 1.0  # telephones of one extension are called at once
N_EXAMPLES = 5
_MORE = re.compile(r" > and \d+ more")
_QUEUED = " > queue joined "
# Typed into each question of a step that succeeded: the scenario is settled, so any that can be true will do.
_TYPED = {"account_number": ("12345678#", YES), "date_of_birth": ("01011980",), "pin": ("135790#",)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """One call; without `turn` it would be as it was, as far as that is known.

    `why` it could not be compared further than `extent`, "" = it was, to its end; `until` = the last step.
    """

    call: str
    tenant: str
    extent: Extent = "end"
    until: str = ""
    why: str = ""
    turn: Turn | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Calls that would part in the same way; `examples` are ids, in the order in which they came."""

    tenant: str
    turn: Turn
    calls: int
    examples: tuple[str, ...]


def grouped(compared: Iterable[Compared]) -> tuple[Group, ...]:
    """Return what would differ, for most calls first."""
    found: dict[tuple[str, Turn], list[str]] = {}
    for one in compared:
        if one.turn is not None:
            found.setdefault((one.tenant, one.turn), []).append(one.call)
    groups = [
        Group(tenant=tenant, turn=turn, calls=len(calls), examples=tuple(calls[:N_EXAMPLES]))
        for (tenant, turn), calls in found.items()
    ]
    return tuple(sorted(groups, key=lambda one: (-one.calls, one.tenant, one.turn.before, one.turn.now)))


def replay_call(record: CallRecord, tenant: Tenant | None, plan: TenantPlan | None) -> Compared:
    """Play one call by the plan of its tenant, that of `stage_plan`; None = there is no such tenant."""
    caller = next((leg.party for leg in record.legs if leg.role == "caller"), "")
    why = _unplayable(record, caller)
    if why:
        return _compared(record, extent="nothing", why=why)
    kept = way_of(record)
    if tenant is None or plan is None:
        gone = f"there is no tenant {record.tenant}"
        return _compared(record, turn=_turned(kept, "refusal", kept.target, gone))
    kind, _, name = caller.partition("/")
    if name not in (tenant.extensions if kind == "extension" else tenant.trunks):
        return _compared(record, turn=_turned(kept, "refusal", kept.target, f"there is no {kind} {name}"))
    origin = _origin(record.tenant, kind, name)
    verdict = _verdict(record)
    known = Circumstances(
        at=record.offered_at,
        schedules=plan.context.schedules,
        verdict=verdict,
        caller=record.caller_number or None,
    )
    routing = plan.plan.match(record.called, origin, known)
    if (turn := _elsewhere(kept, routing)) is not None:
        return _compared(record, turn=turn)
    if short := _short(record, kept):
        return _compared(record, extent="target", why=short)
    return _rehearsed(record, kept, plan, (origin, verdict, routing))


def _rehearsed(
    record: CallRecord, kept: Way, plan: TenantPlan, matched: tuple[Origin, StirVerdict | None, Routing]
) -> Compared:
    """The first target is the same: play the call, and compare what came behind it."""
    origin, verdict, routing = matched
    phones, until_s = _phones(kept)
    is_clipped = until_s < kept.wait_s
    kept = kept.until(until_s) if is_clipped else kept
    replies, settled = _answers(record, kept, plan.context.flows)
    outcome = rehearse(
        plan,
        Scenario(
            tenant=record.tenant,
            origin=origin,
            number=record.caller_number,
            called=record.called,
            at=record.offered_at,
            verdict=verdict,
            replies=replies,
            phones=phones,
            settled=settled,
        ),
    )
    now = way_of(outcome.record) if outcome.record is not None else Way(target=outcome.route, why="")
    turn, until = parted(kept, now, plan.context.flows)
    if not until and _MORE.search(record.route):
        return _compared(
            record, extent="step", until=kept.steps[-1].name, why="no more steps are kept", turn=turn
        )
    if until:
        why = "what was said or typed there is not kept"
        return _compared(record, extent="step", until=until, why=why)
    if _QUEUED in record.route:
        queued, why = _queued(kept, plan.context.flows), "who was there for the queue is not kept"
        extent: Extent = "step" if queued else "target"
        return _compared(record, extent=extent, until=queued, why=why, turn=turn)
    turn = turn or others(kept, now, _members(routing, plan))
    if is_clipped:
        last = kept.steps[-1].name if kept.steps else ""
        why = "somebody was called twice, or sent the call on"
        return _compared(record, extent="step" if last else "target", until=last, why=why, turn=turn)
    return _compared(record, turn=turn or answered(kept, now) or _refused(record, kept, outcome))


def _queued(kept: Way, flows: Flows) -> str:
    """The first step in which the caller waited in a queue, "" = its number led there."""
    return next((one.name for one in kept.steps if isinstance(step_of(one.name, flows), steps.Queue)), "")


def _compared(
    record: CallRecord, *, extent: Extent = "end", until: str = "", why: str = "", turn: Turn | None = None
) -> Compared:
    return Compared(call=record.call, tenant=record.tenant, extent=extent, until=until, why=why, turn=turn)


def _unplayable(record: CallRecord, caller: str) -> str:
    """Why nothing of a call can be compared, "" = something can."""
    if record.direction == LOST or not caller or not record.route:
        return "only its recording is left of it"
    if not record.called:
        return "its numbers are erased"
    if record.route.startswith(("call-back ", "conference ")):
        return "the PBX itself made it"
    if " > reputation " in record.route:
        return "the reputation of the caller led it"
    return ""


def _short(record: CallRecord, kept: Way) -> str:
    """Why a call can be compared to its first target at most, "" = further."""
    if record.ended_at is None:
        return "it was not over"
    if record.cause == "crash":
        return "the PBX was killed in it"
    if record.purpose == "marketing":
        return "the marketing gate is that of a machine that serves"
    is_refused = not (kept.steps or kept.rings or kept.away) and record.answered_at is None
    if is_refused and record.cause.isdecimal() and record.ended_by != "caller":
        return "a limit, or a trunk that was down, refused it"
    return ""


def _origin(tenant: str, kind: str, name: str) -> Origin:
    if kind == "extension":
        return DeviceOrigin(tenant=tenant, extension=name)
    return TrunkOrigin(tenant=tenant, trunk=name)


def _verdict(record: CallRecord) -> StirVerdict | None:
    if record.verstat not in tuple(Status):
        return None
    return StirVerdict(status=Status(record.verstat), attestation=record.attestation)


def _turned(kept: Way, what: What, before: str, now: str, now_place: str = "") -> Turn:
    return Turn(what=what, before=before, now=now, before_place=kept.place, now_place=now_place)


def _elsewhere(kept: Way, routing: Routing) -> Turn | None:
    """Whether the call goes to another target, or nowhere."""
    target, why, place = reason_of(routing.trace)
    if isinstance(routing.route, NoRoute):
        now = f"{describe(routing.route)} ({routing.trace[-1] if routing.trace else why})"
        return _turned(kept, "refusal", kept.target, now)
    if target == kept.target:
        return None
    return _turned(kept, "target", kept.target, target, place)


def _phones(kept: Way) -> tuple[dict[str, Phone], float]:
    """What telephones did, and from when on that is not known: one that is called again may do otherwise."""
    phones: dict[str, Phone] = {f"extension/{name}": Phone(is_away=True) for name in kept.away}
    until_s = float("inf")
    for party in dict.fromkeys(one.party for one in kept.rings):
        rings = [one for one in kept.rings if one.party == party]
        first = [one for one in rings if one.at_s - rings[0].at_s < TOGETHER_S]
        phones[party] = _phone(first)
        for one in rings:
            is_again = one not in first and (one.refused, one.answered_s) != (0, None)
            is_again = is_again or (one not in first and phones[party] != Phone())
            if is_again or party.removeprefix("extension/") in kept.away:
                until_s = min(until_s, one.at_s)
            if 300 <= one.refused < 400:
                until_s = min(until_s, one.at_s + TOGETHER_S)
    return phones, until_s


def _phone(rings: Sequence[Rung]) -> Phone:
    """What an extension did of whose telephones one answers, or all refuse."""
    answered = [one for one in rings if one.answered_s is not None]
    if answered:
        return Phone(answers_s=(answered[0].answered_s or 0.0) - answered[0].at_s)
    refused = [one for one in rings if one.refused]
    if len(refused) < len(rings):
        return Phone()
    one = refused[-1]
    return Phone(refuses=one.refused, after_s=(one.ended_s or one.at_s) - one.at_s)


def _answers(record: CallRecord, kept: Way, flows: Flows) -> tuple[tuple[Reply, ...], bool]:
    """What the caller has to press for the steps that followed, and whether the database knows him."""
    replies: list[Reply] = []
    settled: bool | None = None
    for n, (here, following) in enumerate(pairwise(kept.steps), start=1):
        step, wanted = step_of(here.name, flows), following.name.partition(".")[2]
        if isinstance(step, steps.Verify) and settled is None:
            is_known = record.verification not in ("", "V0")
            settled = wanted == step.verified and (step.verified != step.otherwise or is_known)
        replies += [Reply(keys=keys, entry=n) for keys in _keys(step, wanted, is_known=bool(settled))]
    return tuple(replies), bool(settled)


def _keys(step: steps.Step | None, wanted: str, *, is_known: bool) -> Iterator[str]:
    """What leads from a step to the one that is wanted; nothing = silence."""
    match step:
        case steps.Menu(keys=keys):
            yield from [key for key, to in keys.items() if to == wanted][:1]
        case steps.Collect() if wanted == step.next:
            yield step.sample
        case steps.RecordingConsent():
            yield YES if wanted == step.granted else NO
        case steps.Verify(methods=methods) if is_known:
            for method, keys_typed in _TYPED.items():
                yield from keys_typed if method in methods else ()
        case _:
            return


def _members(routing: Routing, plan: TenantPlan) -> frozenset[str]:
    """The trunks of a group, of which the weights choose one: another one is no difference of the plan."""
    route = routing.route
    members = plan.context.trunk_groups.get(route.trunk, ()) if isinstance(route, ToTrunk) else ()
    return frozenset(f"trunk/{name}" for name, *_ in members)


def _refused(record: CallRecord, kept: Way, outcome: Outcome) -> Turn | None:
    """Whether the caller would hear another refusal."""
    is_ours = record.answered_at is None and record.ended_by != "caller" and record.cause.isdecimal()
    if not is_ours or not outcome.status or int(record.cause) == outcome.status:
        return None
    return _turned(kept, "refusal", at_stage(int(record.cause)), at_stage(outcome.status), kept.place)
