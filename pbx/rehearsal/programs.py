"""Programs: what those that flows ask say in a rehearsal, as it is written; without a word they are away."""

from dataclasses import replace

from pbx.call.effects import ConsultProgram
from pbx.call.events import ProgramAnswered
from pbx.ivr.program_steps import ProgramAnswer
from pbx.rehearsal.scenario import Scenario

SUCCEEDS = ""  # as an outcome: whatever the step calls it
_AWAY = ProgramAnswer(outcome="failed", why="no answer of it is supposed")


def consulted(asked: ConsultProgram, scenario: Scenario) -> ProgramAnswered:
    """Return what is said to a step, by its whole name or by that within its flow."""
    short = asked.step.partition(".")[2]
    answer = scenario.answers.get(asked.step) or scenario.answers.get(short) or _AWAY
    if answer.outcome == SUCCEEDS:
        answer = replace(answer, outcome=next(iter(asked.of.ways)))
    return ProgramAnswered(call=asked.call, token=asked.token, answer=answer)
