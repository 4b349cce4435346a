"""What can be wrong with a flow although each of its steps is well written."""

from collections.abc import Callable, Iterator

from pbx.config.marks import Path
from pbx.config.read import Read, did_you_mean
from pbx.config.schema import FlowFile
from pbx.config.sources import FlowSource
from pbx.core.errors import ConfigError
from pbx.ivr.step import Following
from pbx.ivr.steps import Collect, FlowPlan, Menu, Step, Verify
from pbx.verify.levels import KNOWN, NUMBERS

_REFERENCES = (
    "next",
    "granted",
    "declined",
    "verified",
    "otherwise",
    "company",
    "no_answer",
    "busy",
    "failed",
    "not_found",
    "found",
    "unverified",
    "refused",
    "go_to",
    "then",
    "open",
    "closed",
    "holiday",
    "none",
    "back",
    "full",
)
_LEAD = "name it in another step, or take it out"
_LEAVE = "let otherwise lead to a step that ends: a ring, a voicemail, a hang_up"
_ADD = "add phone_number: many people are born on one day, and the number says which of them is meant"
_BESIDE = "add date_of_birth or account_number: who has no PIN would have nothing to say"
_TYPED = "add date_of_birth or account_number: anybody may know the number"


def check_flow(source: FlowSource) -> tuple[list[ConfigError], list[ConfigError]]:
    """Return errors and warnings: unknown steps, idle loops, no way out, unreachable steps, empty proofs."""
    document, plan = source.file.document, source.plan
    errors = check_steps(source)
    if errors:
        return errors, []
    reachable = _reachable(plan)
    errors += [
        document.key_error(("steps", name), f"the step comes back to {name} for ever without waiting")
        for name in plan.steps
        if name in reachable and _loops(plan, name)
    ]
    if not errors:
        ending = _ending(plan)
        errors += [
            document.key_error(("steps", name), "no way from here ever ends", "add a hang_up or a voicemail")
            for name in plan.steps
            if name in reachable and name not in ending
        ]
    warnings = [
        document.key_error(("steps", name), "no other step leads here", _LEAD)
        for name in plan.steps
        if name not in reachable
    ]
    leaving = _ending(plan, _unattended)
    warnings += [
        document.key_error(("steps", name), "whoever presses nothing stays here for ever", _LEAVE)
        for name, step in plan.steps.items()
        if name in reachable and name not in leaving and isinstance(step, Menu | Collect) and not errors
    ]
    return errors, warnings


def check_steps(source: FlowSource) -> list[ConfigError]:
    """Return what is wrong with the steps that can be read, whatever is wrong with the others."""
    return _check_references(source) + [
        source.file.document.error(("steps", name, "verify", "with"), *problem)
        for name, step in source.plan.steps.items()
        if isinstance(step, Verify) and (problem := _proves_nothing(step.methods)) is not None
    ]


def _proves_nothing(methods: tuple[str, ...]) -> tuple[str, str] | None:
    """Say why these methods together do not tell who calls, and what would; None = they do."""
    numbers = [method for method in NUMBERS if method in methods]
    if "pin" in methods and not set(methods).intersection(KNOWN):
        return "a PIN is asked for beside what the caller knows", _BESIDE
    if not numbers:
        known = "a date of birth" if "date_of_birth" in methods else "an account number"
        return f"{known} alone identifies nobody", _ADD
    if len(numbers) == 2:
        return "the number he calls from, or one that he types: not both", "leave one of them out"
    return ("a typed number alone proves nothing", _TYPED) if methods == ("typed_number",) else None


def _check_references(source: FlowSource) -> list[ConfigError]:
    """Return the names of steps that are not there; the steps themselves may be badly written."""
    document = source.file.document
    names = document.value["steps"]
    return [
        document.error(path, f"there is no step {target}", did_you_mean(target, names))
        for path, target in _references(source.file)
        if target not in names
    ]


def _references(file: Read[FlowFile]) -> Iterator[tuple[Path, str]]:
    """Yield every place that names a step, with the name."""
    if ("start",) in file.document.marks:
        yield ("start",), file.model.start
    for name, written in file.model.steps.items():
        for key in _REFERENCES:
            if written.get(key) is not None:
                yield ("steps", name, key), str(written[key])
        ways = written.get("ways")
        for outcome, target in ways.items() if isinstance(ways, dict) else ():
            yield ("steps", name, "ways", outcome), str(target)
        keys = written.get("keys")
        for digit, target in keys.items() if isinstance(keys, dict) else ():
            yield ("steps", name, "keys", digit), str(target)
        leads = written.get("leads_to")
        for i, target in enumerate(leads) if isinstance(leads, list) else ():
            yield ("steps", name, "leads_to", i), str(target)
        cases = written.get("cases")
        for i, case in enumerate(cases) if isinstance(cases, list) else ():
            if isinstance(case, dict) and case.get("then") is not None:
                yield ("steps", name, "cases", i, "then"), str(case["then"])


def _reachable(plan: FlowPlan) -> set[str]:
    found: set[str] = set()
    todo = [plan.start]
    while todo:
        name = todo.pop()
        if name not in found:
            found.add(name)
            todo += [following for following in plan.steps[name].following if following is not None]
    return found


def _loops(plan: FlowPlan, name: str) -> bool:
    """Return whether `name` can come back to itself through steps none of which waits."""
    found: set[str] = set()
    todo = [name]
    while todo:
        step = plan.steps[todo.pop()]
        if step.waits:
            continue
        for following in step.following:
            if following == name:
                return True
            if following is not None and following not in found:
                found.add(following)
                todo.append(following)
    return False


def _following(step: Step) -> Following:
    return step.following


def _unattended(step: Step) -> Following:
    return step.unattended


def _ending(plan: FlowPlan, following: Callable[[Step], Following] = _following) -> set[str]:
    """Return the steps from which the call can end; somebody may answer a ringing telephone."""
    ending = {n for n, step in plan.steps.items() if step.connects or None in following(step)}
    grown = True
    while grown:
        more = {n for n, step in plan.steps.items() if not ending.isdisjoint(following(step))} - ending
        ending |= more
        grown = bool(more)
    return ending
