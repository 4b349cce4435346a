"""Joining: who of those present in a recorded call is to be told or asked first, and who only after him."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import get_args

from pbx.call.agreements import Agreements
from pbx.call.leg import Leg
from pbx.consent.effects import ConsentDecision, Mode

_MODES: tuple[Mode, ...] = get_args(Mode)  # from lax to strict


@dataclass(frozen=True, slots=True, kw_only=True)
class Meeting:
    """Those of a room: the rule of them all, who may be kept by it, and who has yet to be told or asked."""

    decision: ConsentDecision
    kept: tuple[Leg, ...]
    untold: tuple[Leg, ...]


def newcomers_first(agreements: Agreements, *legs: Leg) -> tuple[Leg, ...]:
    """Return who is to be told or asked now.

    Whoever was told nothing yet comes first. Only once he has agreed are those asked for more whom he has
    joined: until then, and if he does not agree, what they have said is enough without him.
    """
    rule = agreements.decision
    if rule is None or rule.mode == "never":
        return ()
    short = [leg for leg in agreements.unanswered(*legs) if leg.id not in agreements.left_out]
    return tuple(leg for leg in short if agreements.state(leg) == "unknown") or tuple(short)


def strictest(rules: Iterable[ConsentDecision]) -> ConsentDecision | None:
    """Return the rule of several recordings by which one question is enough for all, None = of none."""
    return max(rules, key=lambda rule: _MODES.index(rule.mode), default=None)
