"""Walk: one entry of a dial plan, followed line by line into the steps of a flow, whichever way it goes."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from pbx.importers.dialplan_conf import Dialplan, Exten, Line
from pbx.importers.house import Flow, House, Steps
from pbx.importers.names import new_name
from pbx.importers.report import Report
from pbx.importers.variables import expand, split

_LEADING = {
    *("next", "otherwise", "none", "open", "closed", "holiday", "no_answer", "busy", "then", "back"),
    *("timeout", "full", "no_agents"),
}
MAX_STEPS = 200  # of a flow, as our files have it
MAX_LINES = 2000  # that are passed without a step: a loop that never says or asks anything


def joined(start: str, steps: Steps) -> tuple[str, Steps]:
    """Return the steps without those that are like one before them: busy and no answer often lead alike."""
    while True:
        first: dict[str, str] = {}
        same = {name: first.setdefault(repr(step), name) for name, step in steps.items()}
        if len(first) == len(steps):
            return start, steps
        start = same[start]
        steps = {name: renamed(step, same) for name, step in steps.items() if same[name] == name}


def renamed(value: Any, names: Mapping[str, str]) -> Any:
    """A step with other names of the steps that it leads to; what is said is no name."""
    if isinstance(value, dict):
        return {
            key: names.get(one, one) if key in _LEADING and isinstance(one, str) else _kept(key, one, names)
            for key, one in value.items()
        }
    return [renamed(one, names) for one in value] if isinstance(value, list) else value


def _kept(key: str, value: Any, names: Mapping[str, str]) -> Any:
    if key == "keys":
        return {digit: names.get(one, one) for digit, one in value.items()}
    return renamed(value, names) if key == "cases" else value


@dataclass(frozen=True, slots=True)
class At:
    """Where a call is in the plan: the extension that was dialled, what is known, and which lines called it.

    `exten` is the number; the lines are those of the pattern that it fits. `back` = where it returns to.
    """

    context: str
    exten: str
    priority: int
    known: frozenset[tuple[str, str]] = frozenset()
    back: tuple["At", ...] = ()
    is_macro: bool = False

    @property
    def variables(self) -> dict[str, str]:
        """Variables by name."""
        return dict(self.known)

    def with_known(self, values: Mapping[str, str]) -> "At":
        """The same place where more is known."""
        return replace(self, known=frozenset((self.variables | dict(values)).items()))

    def then(self) -> "At":
        """The line after this one."""
        return replace(self, priority=self.priority + 1)


@dataclass(slots=True, kw_only=True)
class Desk:
    """What handlers of applications work with."""

    plan: Dialplan
    house: House
    report: Report
    country: str
    by_user: dict[str, str] = field(default_factory=dict)  # number of a telephone by its name in the plan
    boxes: dict[str, str] = field(default_factory=dict)  # our box by the mailbox of theirs
    queues: dict[str, str] = field(default_factory=dict)  # our queue by that of theirs


Outcome = At | str | None  # where it goes on, the step that it became, or None = the call ends
Handler = Callable[["Walk", At, Line, list[str]], Outcome]


class Walk:
    """One flow in the making."""

    __slots__ = ("_handlers", "_memo", "_n_lines", "desk", "place", "steps")

    def __init__(self, desk: Desk, handlers: Mapping[str, Handler], place: str) -> None:
        self.desk, self.place = desk, place
        self._handlers = handlers
        self._memo: dict[At, str] = {}
        self.steps: Steps = {}
        self._n_lines = 0

    def flow(self, name: str, at: At) -> Flow:
        """Return the flow of an entry."""
        start, steps = joined(self.step_at(at), self.steps)
        return Flow(name=name, start=start, steps=steps, place=self.place)

    def lines(self, at: At) -> Exten | None:
        """The extension that is dialled there, None = there is none."""
        found = self.desk.plan.find(at.context, at.exten)
        return found[1] if found is not None else None

    def step_at(self, at: At) -> str:
        """Return the step that a place of the plan becomes; the same place is one step."""
        if at in self._memo:
            return self._memo[at]
        passed: list[At] = []
        here: Outcome = at
        while isinstance(here, At):
            if here in self._memo:
                here = self._memo[here]
                break
            if here in passed or self._n_lines >= MAX_LINES or len(self.steps) >= MAX_STEPS - 1:
                self.leave_at(here, "a loop, or more than a flow has steps", "shorten it, and import again")
                here = None
                break
            passed.append(here)
            here = self._line(here)
        name = here if isinstance(here, str) else self.end()
        for one in passed:
            self._memo[one] = name
        return name

    def end(self, cause: str = "") -> str:
        """Return the step that hangs up."""
        name = f"end-{cause.replace('_', '-')}" if cause else "end"
        self.steps.setdefault(name, {"hang_up": None} | ({"cause": cause} if cause else {}))
        return name

    def reserve(self, at: At, kind: str) -> str:
        """Return a new name for the step of a place, so that steps behind it may lead back."""
        name = new_name(kind, self.steps, kind)
        self.steps[name] = {}
        self._memo[at] = name
        return name

    def leave(self, line: Line, why: str, remedy: str) -> None:
        """Note a line that is not carried over."""
        what = f"{line.app}({line.arguments})"
        self.desk.report.leave(line.place, what if len(what) < 80 else f"{what[:77]}...", why, remedy)

    def leave_at(self, at: At, why: str, remedy: str) -> None:
        """Note a place that is not carried over."""
        exten = self.lines(at)
        line = exten.lines.get(at.priority) if exten is not None else None
        place = line.place if line is not None else exten.place if exten is not None else self.place
        self.desk.report.leave(place, f"{at.context},{at.exten},{at.priority}", why, remedy)

    def _line(self, at: At) -> Outcome:
        """Take one line: the call goes on behind it, has become a step, or ends."""
        self._n_lines += 1
        exten = self.lines(at)
        line = exten.lines.get(at.priority) if exten is not None else None
        if line is None:
            return self.out_of(at)
        handler = self._handlers.get(line.app)
        if handler is None:
            self.leave(line, "there is no step for it", "say in a step of the flow what it is for")
            return at.then()
        known = self.desk.plan.variables | at.variables
        known |= {"EXTEN": known.get("EXTEN", at.exten), "CONTEXT": at.context}
        arguments = expand(line.arguments, known)
        return handler(self, at, line, split(arguments))

    def out_of(self, at: At) -> Outcome:
        """There is no such line: a macro returns, a call that was not answered ends as it was told."""
        if at.back and at.is_macro:
            return at.back[-1]
        status = at.variables.get("DIALSTATUS", "")
        cause = {"BUSY": "busy", "NOANSWER": "", "CONGESTION": "congestion"}.get(status, "")
        return self.end(cause)

    def jump(self, at: At, words: list[str], line: Line) -> Outcome:
        """Follow `priority`, `extension,priority` or `context,extension,priority`; labels are priorities."""
        if not 1 <= len(words) <= 3 or any("${" in word for word in words):
            self.leave(line, "where it leads is not known before a call", "lead it on by hand")
            return at.then()
        context = words[-3] if len(words) == 3 else at.context
        number = words[-2] if len(words) >= 2 else at.exten
        there = replace(at, context=context, exten=number, priority=1)
        exten = self.lines(there)
        if exten is None:
            exten = self.lines(replace(there, exten="i"))
            there = replace(there, exten="i")
        if exten is None:
            self.leave(line, f"there is no {number} in {context}", "lead it on by hand")
            return self.end()
        word = words[-1]
        priority = exten.labels.get(word, int(word) if word.isdecimal() else 0)
        if not priority:
            self.leave(line, f"there is no label {word}", "lead it on by hand")
            return self.end()
        return replace(there, priority=priority)
