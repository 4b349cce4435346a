"""What is written and never used: targets that an earlier one hides, flows to which no number leads."""

from collections.abc import Callable, Iterator
from itertools import product

from pbx.conditions.condition import Condition
from pbx.config.check_transfer import sent_to
from pbx.config.marks import Path
from pbx.config.schema import WrittenTarget, target_path
from pbx.config.sources import TenantSource
from pbx.core.errors import ConfigError
from pbx.schedules.holiday import Kind

_PASSED = "passed"
_ATTESTED = ("A", "B", "C", "")  # "" = a signature that holds and attests nothing
# All that a call can be, as conditions see it: a verdict, and what a signature that holds attests.
EVERY_CALL = frozenset({("failed", ""), ("none", ""), *((_PASSED, level) for level in _ATTESTED)})
_WAYS: tuple[Kind, ...] = ("open", "closed", "holiday")
MAX_TOLD_APART = 4  # schedules of one number; what is asked of more of them hides nothing for sure
Calls = frozenset[tuple[str, ...]]


def hidden_targets(source: TenantSource) -> list[ConfigError]:
    """Return warnings: targets whose calls are all taken by those before them."""
    if source.dialplan is None:
        return []
    document = source.dialplan.document
    return [
        document.error((*target_path(number, i, targets), "when"), message, _SPLIT)
        for number, targets in source.dialplan.model.inbound.items()
        for i, message in _hidden(number, targets, document.place)
    ]


def _hidden(
    number: str, targets: tuple[WrittenTarget, ...], place: Callable[[Path], str]
) -> Iterator[tuple[int, str]]:
    asked = [one.when.build() if one.when is not None else Condition() for one in targets]
    named = dict.fromkeys(part.schedule for one in asked for part in one.schedules)
    schedules = tuple(named)[:MAX_TOLD_APART]
    for i, one in enumerate(asked):
        if targets[i].when is None:
            continue
        meant, taken, before = calls_of(one, schedules), set[tuple[str, ...]](), list[int]()
        for n, other in enumerate(asked[:i]):
            found = calls_of(other, schedules) if _is_wider(other, one, schedules) else frozenset()
            if not meant.isdisjoint(found):
                before.append(n)
            taken |= found
        if before and meant <= taken:
            places = ", ".join(place(target_path(number, n, targets)) for n in before)
            yield i, f"never reached: its calls are taken before, see {places}"


def calls_of(asked: Condition, schedules: tuple[str, ...] = ()) -> Calls:
    """Return the calls for which a condition holds: by verdict, attestation, and the ways of schedules."""
    verdict, ways = asked.verdict, {one.schedule: one.meant for one in asked.schedules}
    chosen = [sorted(ways.get(name, _WAYS)) for name in schedules]
    return frozenset(
        (word, level, *states)
        for word, level in EVERY_CALL
        if (not verdict.verdicts or word in verdict.verdicts)
        and (not verdict.attestations or level in verdict.attestations)
        for states in product(*chosen)
    )


def _is_wider(other: Condition, one: Condition, schedules: tuple[str, ...]) -> bool:
    """Whether `other` asks nothing of caller, headers and further schedules that `one` does not ask."""
    others = {part.schedule: part.meant for part in one.schedules}
    return (
        all(
            part.schedule in schedules or others.get(part.schedule, frozenset(_WAYS)) <= part.meant
            for part in other.schedules
        )
        and (
            not other.callers
            or (bool(one.callers) and all(any(a.within(b) for b in other.callers) for a in one.callers))
        )
        and set(other.headers) <= set(one.headers)
    )


def unused_flows(source: TenantSource) -> list[ConfigError]:
    """Return warnings: flows that no number of ours leads to, and that test nobody."""
    if source.dialplan is None or "dialplan.yaml" in source.broken:
        return []
    used = {
        target.flow for targets in source.dialplan.model.inbound.values() for target in targets if target.flow
    }
    used |= sent_to(source)
    used |= {one.flow for one in source.dialplan.model.internal.values()}
    reputation = source.fraud.model.reputation if source.fraud is not None else None
    if reputation is not None and reputation.challenge is not None:
        used.add(reputation.challenge)
    return [
        flow.file.document.error(("flow",), f"no number leads to the flow {flow.plan.name}", _LEAD)
        for flow in source.flows
        if flow.plan.name not in used
    ]


_SPLIT = "put it before them, or take it out"
_LEAD = "name it under inbound or internal in dialplan.yaml, or take the file out"
