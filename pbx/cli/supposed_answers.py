"""`--answer STEP=...` of `pbx explain`: what a program is supposed to say."""

import re
from collections.abc import Iterable, Mapping

from pbx.cli.output import Refusal
from pbx.config.models import Tenant
from pbx.config.read import did_you_mean
from pbx.core.secret import Secret
from pbx.ivr.placeholders import MAX_VALUE
from pbx.ivr.program_steps import ProgramAnswer, ProgramStep
from pbx.rehearsal.programs import SUCCEEDS

_NAME = re.compile(r"[a-z][a-z0-9_-]{0,31}", re.ASCII)


def supposed_answers(written: Iterable[str], tenant: Tenant) -> dict[str, ProgramAnswer]:
    """Return the answers by step: `status=failed` and `status=state:shipped,day:2027-01-04`."""
    steps = _steps(tenant)
    answers: dict[str, ProgramAnswer] = {}
    for one in written:
        name, equals, said = one.partition("=")
        step = steps.get(name)
        if not equals or step is None:
            hint = did_you_mean(name, steps) or "expected STEP=OUTCOME or STEP=NAME:VALUE,..."
            raise Refusal(f"--answer {one}: no program is asked by a step {name} ({hint})")
        answers[name] = _answer(one, said, step)
    return answers


def _answer(one: str, said: str, step: ProgramStep) -> ProgramAnswer:
    if said in step.ways:
        return ProgramAnswer(outcome=said)
    pairs = [part.partition(":") for part in said.split(",")] if said else []
    for name, colon, value in pairs:
        if not colon:
            raise Refusal(
                f"--answer {one}: the outcomes are {', '.join(step.ways)}; values are NAME:VALUE,..."
            )
        if name not in step.open_names or not _NAME.fullmatch(name) or len(value) > MAX_VALUE:
            taken = ", ".join(step.open_names) or "nothing"
            raise Refusal(f"--answer {one}: the step takes {taken}, of at most {MAX_VALUE} characters")
    return ProgramAnswer(outcome=SUCCEEDS, values={name: Secret(value) for name, _, value in pairs})


def _steps(tenant: Tenant) -> Mapping[str, ProgramStep]:
    found = {
        f"{flow.name}.{name}": step
        for flow in tenant.flows.values()
        for name, step in flow.steps.items()
        if isinstance(step, ProgramStep)
    }
    return {name.partition(".")[2]: step for name, step in found.items()} | found
