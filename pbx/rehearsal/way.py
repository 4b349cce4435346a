"""Way: how a call went as its record tells it: the first target, the steps of flows, and who was called."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from pbx.call.record import CallRecord, LegRecord

_PART = re.compile(r"(?:(?P<place>\S+:\d+): )?(?P<words>.*?)(?: \+(?P<at>\d+\.\d)s)?", re.S)
_AWAY = re.compile(r"extension (\S+) has no telephone: skipped")
_TARGETS = (
    (re.compile(r"did \S+ -> (.+?)(?:, when .+)?(?:, dialled from inside)?"), ""),
    (re.compile(r"extension (\S+)"), "extension "),
    (re.compile(r"outbound by trunk (\S+)"), "trunk "),
    (re.compile(r"flow (emergency/\S+)"), "flow "),
    (re.compile(r"emergency by trunk (\S+)"), "emergency by trunk "),
)  # what a dial plan says of the rule that decides, and what its target is called
SAME_S = 0.1  # a route has tenths of a second, a leg has all of them
TAKEN_S = 1.0  # so long after others began to ring, and answered in less: he has dialled the code of pickup


@dataclass(frozen=True, slots=True, kw_only=True)
class Entered:
    """A step that the call has entered, `flow.step`; seconds since the call began, `place` file:line."""

    name: str
    at_s: float
    place: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rung:
    """Somebody who was called, `extension/1001`; seconds since the call began.

    `answered_s` None = he did not; `refused` = SIP status, 0 = he did not.
    """

    party: str
    at_s: float
    answered_s: float | None = None
    ended_s: float | None = None
    refused: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """`why` is the rule that decided and `place` its file:line; `wait_s` = until the answer, or the end.

    Who was called after that (a transfer, a third party) was not called by the plan, and is left out.
    """

    target: str
    why: str
    place: str = ""
    steps: tuple[Entered, ...] = ()
    rings: tuple[Rung, ...] = ()
    away: tuple[str, ...] = ()  # extensions without a telephone
    answered_by: str = ""  # party
    wait_s: float = 0.0

    def ring_place(self, at_s: float) -> str:
        """Where it is written what the call did at a time: its step, else the rule of the dial plan."""
        return next((one.place for one in reversed(self.steps) if one.at_s <= at_s + SAME_S), self.place)

    def until(self, at_s: float) -> "Way":
        """What was before a time, steps that began then with it."""
        return replace(
            self,
            steps=tuple(one for one in self.steps if one.at_s <= at_s + SAME_S),
            rings=tuple(one for one in self.rings if one.at_s < at_s),
            answered_by="",
            wait_s=min(self.wait_s, at_s),
        )


def way_of(record: CallRecord) -> Way:
    """Return how a call went."""
    parts = [_PART.fullmatch(part) for part in record.route.split(" > ")]
    rules: list[tuple[str, str]] = []
    steps: list[Entered] = []
    away: list[str] = []
    for found in parts:
        place, words, at = found.group("place", "words", "at") if found is not None else (None, "", None)
        if at is None:
            is_rule = not steps and not away and " transferred to " not in words
            rules += [(words, place or "")] if is_rule else []
        elif place is not None:
            steps.append(Entered(name=words, at_s=float(at), place=place))
        elif (gone := _AWAY.fullmatch(words)) is not None:
            away.append(gone[1])
    target, why, place = target_of(rules)
    called = [leg for leg in record.legs if leg.role != "caller"]
    first = min((leg for leg in called if leg.answered_at is not None), key=_answered, default=None)
    before = [leg for leg in called if first is None or leg.offered_at.timestamp() <= _answered(first)]
    rings = [_rung(record, leg) for leg in before]
    taken = [one for one in rings if _is_taken(one, rings)]
    return Way(
        target=target,
        why=why,
        place=place,
        steps=tuple(steps),
        rings=tuple(one for one in rings if one not in taken),
        away=tuple(away),
        answered_by=first.party if first is not None and not taken else "",
        wait_s=_wait_s(record, first),
    )


def target_of(rules: Sequence[tuple[str, str]]) -> tuple[str, str, str]:
    """Return the target that rules lead to, the words of the one that decides, and its file:line.

    `rules` are words and place of each. Of words that name none the last ones stand for a target.
    """
    for words, place in reversed(rules):
        for form, kind in _TARGETS:
            if (found := form.fullmatch(words)) is not None and place:
                return f"{kind}{found[1]}", words, place
    words, place = rules[-1] if rules else ("", "")
    return words, words, place


def reason_of(trace: Sequence[str]) -> tuple[str, str, str]:
    """Return the same of the reasons that a dial plan gives now."""
    found = [one.group("words", "place") for one in map(_PART.fullmatch, trace) if one is not None]
    return target_of([(words, place or "") for words, place in found])


def _answered(leg: LegRecord) -> float:
    """When a leg was answered, as a number that can be compared; never, if it was not."""
    return leg.answered_at.timestamp() if leg.answered_at is not None else float("inf")


def _rung(record: CallRecord, leg: LegRecord) -> Rung:
    def since(at_s: float) -> float:
        return max(0.0, at_s - record.offered_at.timestamp())

    ended_s = since(leg.ended_at.timestamp()) if leg.ended_at is not None else None
    is_refusal = leg.answered_at is None and leg.cause.isascii() and leg.cause.isdecimal()
    return Rung(
        party=leg.party,
        at_s=since(leg.offered_at.timestamp()),
        answered_s=since(_answered(leg)) if leg.answered_at is not None else None,
        ended_s=ended_s,
        refused=int(leg.cause) if is_refusal else 0,
    )


def _is_taken(one: Rung, rings: Sequence[Rung]) -> bool:
    """Whether somebody has taken a call that rang elsewhere, so that the plan has not called him."""
    if one.answered_s is None or one.answered_s - one.at_s >= TAKEN_S:
        return False
    return any(
        other.at_s <= one.at_s - TAKEN_S
        and not other.refused
        and other.ended_s is not None
        and abs(other.ended_s - one.answered_s) < TAKEN_S
        for other in rings
    )


def _wait_s(record: CallRecord, first: LegRecord | None) -> float:
    until = first.answered_at if first is not None else record.ended_at
    return max(0.0, (until - record.offered_at).total_seconds()) if until is not None else 0.0
