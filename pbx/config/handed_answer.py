"""What a program answers to a step `hand_off`: steps for the flow, by the rules of steps in files."""

from collections.abc import Mapping
from typing import Annotated

from pydantic import Field

from pbx.config import marks
from pbx.config.flows import build_step
from pbx.config.read import validate
from pbx.config.types import Name, Strict
from pbx.core.errors import ConfigError
from pbx.ivr import placeholders, speech
from pbx.ivr.hand_off import ANSWERED, HandOff, goes_round
from pbx.ivr.program_steps import ProgramAnswer
from pbx.ivr.step import Step

MAX_HANDED = 50  # steps of one answer
# What a program may have a caller go through. Whom to ring, and what to record, is the plan's to say.
KINDS = ("say", "language", "menu", "collect", "set", "match", "go_to", "hang_up")
_RESERVED = frozenset({*placeholders.OF_CALL, *speech.OF_PARTIES, *speech.OF_TIME, "language"})


class WrittenHanded(Strict):
    """`start` is one of the steps, or one of the flow's that the step leads to."""

    start: Name
    steps: Annotated[dict[Name, dict[str, object]], Field(max_length=MAX_HANDED)] = Field(
        default_factory=dict
    )


def handed_answer(octets: bytes, asked: HandOff, itself: str) -> ProgramAnswer:
    """Return what follows of an answer; `itself` = the step that asks, which it may lead to again."""
    try:
        return _answer(octets, asked, itself)
    except ConfigError as error:
        why = f"{error.path}: {error.message}" if error.path else error.message
        return ProgramAnswer(outcome="failed", why=f"the answer is wrong: {why}"[:200])


def _answer(octets: bytes, asked: HandOff, itself: str) -> ProgramAnswer:
    document, errors = marks.parse(octets, "answer")
    if document is None or errors:
        raise errors[0]
    written, errors = validate(document, (), document.value, WrittenHanded)
    if written is None or errors:
        raise errors[0]
    if not written.steps and written.start in asked.leads_to:
        return ProgramAnswer(outcome=written.start)
    steps: dict[str, Step] = {}
    for name, one in written.steps.items():
        path: marks.Path = ("steps", name)
        if name in asked.names:
            raise document.key_error(path, f"the flow has a step {name}")
        if not set(one) & set(KINDS):
            raise document.key_error(path, f"is none of {', '.join(KINDS)}")
        step, errors = build_step(document, name, one)
        if step is None:
            raise errors[0]
        steps[name] = step
    _check(document, steps, written.start, (asked, itself))
    return ProgramAnswer(outcome=ANSWERED, steps=steps, start=written.start)


def _check(
    document: marks.Document, steps: Mapping[str, Step], start: str, asker: tuple[HandOff, str]
) -> None:
    asked, itself = asker
    known = {*steps, *asked.leads_to, itself}
    if start not in steps:
        raise document.error(("start",), f"there is no step {start} in the answer")
    for name, step in steps.items():
        path: marks.Path = ("steps", name)
        for target in step.following:
            if target is not None and target not in known:
                raise document.key_error(path, f"{target} is not among leads_to")
        for variable in (*step.open_names, *step.secret_names):
            if variable in _RESERVED or variable in asked.secret_entries:
                raise document.key_error(path, f"{variable} is not the program's to give")
    if goes_round(steps):
        raise document.error(("steps",), "the steps lead to each other for ever without waiting")
