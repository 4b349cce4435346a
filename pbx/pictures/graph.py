"""FlowGraph: the steps of a flow in layers, and the ways between them with their outcomes."""

from dataclasses import dataclass

from pbx.ivr.steps import FlowPlan
from pbx.pictures.outcomes import outcomes, together


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """From one step to another; `outcome` joins all that lead there. `is_back` = not to a lower layer."""

    source: str
    target: str
    outcome: str
    is_back: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Box:
    """A step: what it does, `notes` on ways that leave the flow, and the `place` where it is written."""

    name: str
    words: str
    notes: tuple[str, ...]
    layer: int
    place: str
    is_start: bool
    is_reached: bool

    @property
    def title(self) -> str:
        """Its name, marked where it is the first step or no caller comes to it."""
        mark = " (start)" if self.is_start else "" if self.is_reached else " (never reached)"
        return self.name + mark


@dataclass(frozen=True, slots=True, kw_only=True)
class FlowGraph:
    """One flow; `boxes` by layer, the start first, and in a layer in the order of the file."""

    name: str
    boxes: tuple[Box, ...]
    ways: tuple[Way, ...]

    def ways_from(self, step: str) -> tuple[Way, ...]:
        return tuple(way for way in self.ways if way.source == step)


def flow_graph(plan: FlowPlan) -> FlowGraph:
    """Return the picture's matter: each step in the layer of its longest way from the start.

    A way that closes a circle is no part of that; steps that nothing leads to begin in the first layer.
    """
    following = {name: _following(plan, name) for name in plan.steps}
    finished, backs = _walk(following, [plan.start])
    reached = set(finished)
    others, more_backs = _walk(following, list(plan.steps), reached)
    layers = {**_layers(finished, following, backs), **_layers(others, following, more_backs)}
    boxes = [
        Box(
            name=name,
            words=_plain(plan.steps[name].words),
            notes=_notes(plan, name),
            layer=layers[name],
            place=_plain(plan.places.get(name, "")),
            is_start=name == plan.start,
            is_reached=name in reached,
        )
        for name in plan.steps
    ]
    boxes.sort(key=lambda box: (box.layer, not box.is_start))
    ways = tuple(
        Way(source=box.name, target=target, outcome=outcome, is_back=layers[target] <= box.layer)
        for box in boxes
        for target, outcome in following[box.name].items()
    )
    return FlowGraph(name=plan.name, boxes=tuple(boxes), ways=ways)


def _plain(text: str) -> str:
    """Text without characters that move a cursor, turn the direction of reading, or are none in XML."""
    return "".join(char if char.isprintable() else "?" for char in text)


def _following(plan: FlowPlan, name: str) -> dict[str, str]:
    """The steps that may come next, each with the outcomes that lead there."""
    words: dict[str, list[str]] = {}
    for outcome, target in outcomes(plan.steps[name]):
        if target is not None:
            words.setdefault(target, []).append(outcome)
    return {target: together(several) for target, several in words.items()}


def _notes(plan: FlowPlan, name: str) -> tuple[str, ...]:
    step = plan.steps[name]
    talk = ("answered: they talk",) if step.connects and step.following else ()
    ending = [outcome for outcome, target in outcomes(step) if target is None]
    return (*talk, *((f"{together(ending)}: the call ends",) if ending else ()))


def _walk(
    following: dict[str, dict[str, str]], roots: list[str], seen: set[str] | None = None
) -> tuple[list[str], set[tuple[str, str]]]:
    """Return the steps that are not in `seen`, each before those that follow it, and the ways back.

    Depth first, with a stack of its own: a flow may be as deep as it has steps.
    """
    done, backs = set(seen or ()), set[tuple[str, str]]()
    left: list[str] = []
    for root in roots:
        if root in done:
            continue
        path, stack = {root}, [(root, iter(following[root]))]
        while stack:
            name, ahead = stack[-1]
            target = next(ahead, None)
            if target is None:
                stack.pop()
                path.discard(name)
                done.add(name)
                left.append(name)
            elif target in path:
                backs.add((name, target))
            elif target not in done:
                path.add(target)
                stack.append((target, iter(following[target])))
    return left[::-1], backs


def _layers(
    ordered: list[str], following: dict[str, dict[str, str]], backs: set[tuple[str, str]]
) -> dict[str, int]:
    """The longest way to each step among those given, each before those that follow it."""
    layers = dict.fromkeys(ordered, 0)
    for name in ordered:
        for target in following[name]:
            if target in layers and (name, target) not in backs:
                layers[target] = max(layers[target], layers[name] + 1)
    return layers
