"""What programs say in a rehearsal."""

from dataclasses import replace

import pytest

from pbx.call.effects import ConsultProgram
from pbx.core.ids import CallId, Token
from pbx.core.secret import Secret
from pbx.ivr.program_steps import AskHttp, ProgramAnswer
from pbx.rehearsal.programs import SUCCEEDS, consulted
from tests.rehearsal.conftest import CALLER

ASKED = ConsultProgram(
    call=CallId("c"),
    token=Token(3),
    tenant="acme",
    step="support.ask",
    of=AskHttp(server="s", path="/", next="n", failed="f"),
    values={},
)
SAID = ProgramAnswer(outcome=SUCCEEDS, values={"state": Secret("shipped")})


@pytest.mark.parametrize("name", ["ask", "support.ask"])
def test_what_is_written_is_said(name: str) -> None:
    answered = consulted(ASKED, replace(CALLER, answers={name: SAID}))
    assert (answered.call, answered.token) == (CallId("c"), Token(3))
    assert answered.answer == replace(SAID, outcome="next")


def test_an_outcome_of_its_own() -> None:
    said = ProgramAnswer(outcome="not_found")
    assert consulted(ASKED, replace(CALLER, answers={"ask": said})).answer == said


def test_who_is_left_out_is_away() -> None:
    answer = consulted(ASKED, CALLER).answer
    assert (answer.outcome, answer.why) == ("failed", "no answer of it is supposed")
