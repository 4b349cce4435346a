"""Turn: where a call would part from what it was, of the two ways that it goes."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from pbx.ivr import steps
from pbx.rehearsal.way import SAME_S, Rung, Way

What = Literal["target", "path", "called", "answer", "refusal"]
Flows = Mapping[str, steps.FlowPlan]
NOBODY, END = "nobody", "the end of the call"


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """Where a call would part from what it was; places are file:line, of the plan then and of the one now."""

    what: What
    before: str
    now: str
    before_place: str = ""
    now_place: str = ""


def parted(kept: Way, now: Way, flows: Flows) -> tuple[Turn | None, str]:
    """Where the steps part, or the last step up to which that is known; neither = they do not."""
    for i, was in enumerate(kept.steps):
        here = now.steps[i] if i < len(now.steps) else None
        if here is not None and here.name == was.name:
            continue
        found = here.name if here is not None else END
        place = here.place if here is not None else now.steps[-1].place if now.steps else now.place
        if i == 0:
            return Turn(what="path", before=was.name, now=found, before_place=was.place, now_place=place), ""
        last = now.steps[i - 1]
        step = step_of(last.name, flows)
        if step is not None and step.asks:
            flow = last.name.partition(".")[0]
            ways = [f"{flow}.{one}" if one is not None else END for one in step.following]
            if was.name in ways:
                return None, last.name
            found, place = " or ".join(dict.fromkeys(ways)), last.place
        return Turn(
            what="path",
            before=f"{last.name} > {was.name}",
            now=f"{last.name} > {found}",
            before_place=was.place,
            now_place=place,
        ), ""
    return None, ""


def others(kept: Way, now: Way, alike: frozenset[str]) -> Turn | None:
    """Whether others are called, up to where the call was answered, or ended."""
    was, will = kept.rings, tuple(_within(kept, now))
    before, after = {one.party for one in was}, {one.party for one in will}
    if before & alike and after & alike:
        before, after = before - alike, after - alike
    if before == after:
        return None
    one = next(ring for ring in (*was, *will) if (ring.party in before) != (ring.party in after))
    place = kept.ring_place(one.at_s) if one in was else kept.steps[-1].place if kept.steps else kept.place
    now_place = now.ring_place(will[0].at_s) if will else now.steps[-1].place if now.steps else now.place
    return Turn(
        what="called",
        before=_names(before),
        now=_names(after),
        before_place=place,
        now_place=now_place,
    )


def _within(kept: Way, now: Way) -> Iterator[Rung]:
    """Who is called now before the call has come further than it came."""
    n_steps = len(kept.steps)
    since = kept.steps[-1].at_s if kept.steps else 0.0
    base = now.steps[n_steps - 1].at_s if kept.steps else 0.0
    further = now.steps[n_steps].at_s if n_steps < len(now.steps) else float("inf")
    for ring in now.rings:
        if ring.at_s < further and ring.at_s - base <= kept.wait_s - since + SAME_S:
            yield ring


def answered(kept: Way, now: Way) -> Turn | None:
    """Whether who answered would not be reached in time any more."""
    if not kept.answered_by or kept.answered_by == now.answered_by:
        return None
    now_place = now.ring_place(now.rings[0].at_s) if now.rings else now.place
    return Turn(
        what="answer",
        before=_names([kept.answered_by]),
        now=_names([now.answered_by] if now.answered_by else []),
        before_place=kept.ring_place(kept.wait_s),
        now_place=now_place,
    )


def step_of(name: str, flows: Flows) -> steps.Step | None:
    """The step `flow.step` as it is written now, None = it is not there."""
    flow, _, step = name.partition(".")
    return flows[flow].steps.get(step) if flow in flows else None


def _names(parties: Collection[str]) -> str:
    return ", ".join(sorted(one.rpartition("/")[2] for one in parties)) or NOBODY
