"""What a flow orders when it asks a program: the step, and what may be told of what was entered."""

from pbx.ivr.effects import AskProgram
from pbx.ivr.hand_off import HandOff
from pbx.ivr.program_steps import ProgramStep
from pbx.ivr.steps import FlowPlan
from pbx.ivr.variables import Variables


def program_order(own: FlowPlan, name: str, step: ProgramStep, variables: Variables) -> AskProgram:
    """Return the order of the step `name`; `own` = the flow as it is written."""
    secrets = {one: text for one, text in variables.all.items() if one in step.may_tell}
    known, needed = secrets | variables.told, frozenset(step.needs)
    entered = {one: text for one, text in known.items() if one in needed}
    if isinstance(step, HandOff):
        step = step.within(frozenset(own.steps), own.secret_variables)
    return AskProgram(step=f"{own.name}.{name}", of=step, entered=entered)
