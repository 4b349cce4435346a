"""What flows set and go by: there is such a variable, it is no secret, and each case can fit."""

import re
from collections.abc import Iterator

from pbx.config.marks import Document
from pbx.config.marks import Path as MarkPath
from pbx.config.read import did_you_mean
from pbx.core.errors import ConfigError
from pbx.ivr import placeholders, speech
from pbx.ivr.fields import FIELDS, FieldKind
from pbx.ivr.program_steps import ProgramStep
from pbx.ivr.steps import Collect, FlowPlan
from pbx.ivr.variables import MAX_VARIABLES, OF_CALL, Match, SetTo

_RESERVED = frozenset({*OF_CALL, *placeholders.OF_CALL, *speech.OF_PARTIES, *speech.OF_TIME})
_OTHER_NAME = "give the variable another name"
_IN_FULL = "write a number of the network in full, such as +441632960100, an extension as it is"
_TAG = "write a language tag such as de-DE, or its beginning under begins"
_NUMBER = re.compile(r"\+[1-9][0-9]{0,14}|[1-9][0-9]{0,6}", re.ASCII)
_DIGITS = re.compile(r"[0-9]{1,32}", re.ASCII)
_LANGUAGE = re.compile(r"[a-z]{2}-[A-Z]{2}", re.ASCII)
_BEGINNING = re.compile(r"[a-z]{1,2}|[a-z]{2}-[A-Z]{0,2}", re.ASCII)


def check_variables(document: Document, plan: FlowPlan) -> list[ConfigError]:
    """Return the mistakes in the steps `set` and `match` of a flow."""
    problems: list[ConfigError] = []
    for name, step in plan.steps.items():
        if isinstance(step, SetTo):
            problems += _set(document, ("steps", name, "set"), step, plan)
        elif isinstance(step, Match):
            problems += _of(document, ("steps", name, "match"), step.of, plan)
            problems += _cases(document, name, step, plan)
    if len(plan.open_variables | plan.secret_variables) > MAX_VARIABLES:
        problems.append(document.key_error(("steps",), f"a flow has at most {MAX_VARIABLES} variables"))
    return problems


def _set(document: Document, path: MarkPath, step: SetTo, plan: FlowPlan) -> Iterator[ConfigError]:
    for name in step.values:
        if name in _RESERVED:
            yield document.key_error((*path, name), f"{name} is a value of the call", _OTHER_NAME)
        elif name in plan.secret_variables:
            message = f"what is collected into {name} is a secret entry"
            yield document.key_error((*path, name), message, _OTHER_NAME)


def _of(document: Document, path: MarkPath, name: str, plan: FlowPlan) -> Iterator[ConfigError]:
    entered = plan.open_variables | plan.secret_variables
    if name in OF_CALL:
        if name in entered:
            yield document.error(path, f"{name} is a value of the call and a variable", _OTHER_NAME)
    elif name in plan.secret_variables:
        hint = "the way of a call is in its record; if it is none, write secret: false where it is collected"
        yield document.error(path, f"what is collected into {name} is a secret entry", hint)
    elif name not in entered:
        hint = did_you_mean(name, (*OF_CALL, *sorted(plan.open_variables)))
        yield document.error(path, f"no step collects or sets {name}", hint)


def _cases(document: Document, name: str, step: Match, plan: FlowPlan) -> Iterator[ConfigError]:
    for i, case in enumerate(step.cases):
        before = step.cases[:i]
        for key, written in (("is", case.values), ("begins", case.prefixes)):
            for place, one in _places(document, ("steps", name, "cases", i, key), written):
                problem = _impossible(step.of, key, one, plan)
                taken = any(earlier.takes(one) or (key == "is" and earlier.fits(one)) for earlier in before)
                if problem is not None:
                    yield document.error(place, *problem)
                elif taken:
                    yield document.error(place, f"never fits: an earlier case takes {one}")


def _places(document: Document, path: MarkPath, written: tuple[str, ...]) -> Iterator[tuple[MarkPath, str]]:
    """Each value with its place: one alone need not be in a list."""
    is_listed = (*path, 0) in document.marks
    yield from (((*path, i) if is_listed else path, one) for i, one in enumerate(written))


def _impossible(of: str, key: str, one: str, plan: FlowPlan) -> tuple[str, str] | None:
    """Say why nothing is `one` or begins with it, and what to write; None = something may."""
    if of in ("caller", "called"):
        is_number = _NUMBER.fullmatch(one) is not None or (key, one) == ("begins", "+")
        return None if is_number else (f"{of} is never {one}", _IN_FULL)
    if of == "language":
        form = _LANGUAGE if key == "is" else _BEGINNING
        return None if form.fullmatch(one) else (f"{of} is never {one}", _TAG)
    given = plan.steps.values()
    texts = {step.values[of] for step in given if isinstance(step, SetTo) and of in step.values}
    entries = [step for step in given if isinstance(step, Collect) and step.variable == of]
    if any(isinstance(step, ProgramStep) and of in step.open_names for step in given):
        return None  # whatever a program says
    if any(_may_be_entered(step.kind, key, one) for step in entries):
        return None
    fits = one in texts if key == "is" else any(text.startswith(one) for text in texts)
    if fits or not (texts or entries):  # of a variable that there is not, that is said already
        return None
    hint = did_you_mean(one, texts) or (_what_is_kept(entries[0].kind) if entries else "")
    return f"{of} is never {one}", hint


def _may_be_entered(kind: FieldKind, key: str, one: str) -> bool:
    field = FIELDS.get(kind)
    if field is None:
        return _DIGITS.fullmatch(one) is not None
    return field.read(one, "") == one if key == "is" else field.may_begin(one)


def _what_is_kept(kind: FieldKind) -> str:
    field = FIELDS.get(kind)
    return f"a {kind} is kept as {field.kept_sample}" if field else "what callers enter are digits"
