"""What is written and never used: targets that an earlier one hides, flows to which no number leads."""

from collections.abc import Callable, Iterator

from pbx.config.check_transfer import sent_to
from pbx.config.conditions import WrittenWhen
from pbx.config.marks import Path
from pbx.config.schema import WrittenTarget, target_path
from pbx.config.sources import TenantSource
from pbx.core.errors import ConfigError

_PASSED = "passed"
_ATTESTED = ("A", "B", "C", "")  # "" = a signature that holds and attests nothing
# All that a call can be, as conditions see it: a verdict, and what a signature that holds attests.
EVERY_CALL = frozenset({("failed", ""), ("none", ""), *((_PASSED, level) for level in _ATTESTED)})


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
    taken: set[tuple[str, str]] = set()
    for i, target in enumerate(targets):
        meant = calls_of(target.when)
        before = [n for n, one in enumerate(targets[:i]) if not meant.isdisjoint(calls_of(one.when))]
        if target.when is not None and before and meant <= taken:
            places = ", ".join(place(target_path(number, n, targets)) for n in before)
            yield i, f"never reached: its calls are taken before, see {places}"
        taken |= meant


def calls_of(when: WrittenWhen | None) -> frozenset[tuple[str, str]]:
    """Return the calls for which a condition holds."""
    if when is None:
        return EVERY_CALL
    built = when.build()
    return frozenset(
        (verdict, level)
        for verdict, level in EVERY_CALL
        if (not built.verdicts or verdict in built.verdicts)
        and (not built.attestations or level in built.attestations)
    )


def unused_flows(source: TenantSource) -> list[ConfigError]:
    """Return warnings: flows that no number of ours leads to, and that test nobody."""
    if source.dialplan is None or "dialplan.yaml" in source.broken:
        return []
    used = {
        target.flow for targets in source.dialplan.model.inbound.values() for target in targets if target.flow
    }
    used |= sent_to(source)
    reputation = source.fraud.model.reputation if source.fraud is not None else None
    if reputation is not None and reputation.challenge is not None:
        used.add(reputation.challenge)
    return [
        flow.file.document.error(("flow",), f"no number leads to the flow {flow.plan.name}", _LEAD)
        for flow in source.flows
        if flow.plan.name not in used
    ]


_SPLIT = "put it before them, or take it out"
_LEAD = "name it under inbound in dialplan.yaml, or take the file out"
