"""One question at a time; what answers an earlier one is not heard."""

from collections.abc import Mapping

import pytest

from pbx.call.effects import ConsultProgram
from pbx.call.events import ProgramAnswered
from pbx.call.programs import Programs
from pbx.call.tokens import Tokens
from pbx.core.ids import CallId, LegId, Token
from pbx.core.secret import Secret
from pbx.ivr.effects import AskProgram
from pbx.ivr.events import AnswerGiven
from pbx.ivr.program_steps import AskHttp, ProgramAnswer
from pbx.ivr.steps import FlowPlan, HangUp
from pbx.sip.events import LegConfirmed, LegEnded
from tests.call.conftest import Board
from tests.call.support import SUPPORT, board_with, facts

pytestmark = pytest.mark.requirement("IVR-04")
STEP = AskHttp(server="orders", path="/?n={order}", next="end", failed="sorry")
ORDER = AskProgram(step="support.ask", of=STEP, entered={"order": Secret("17"), "call": Secret("x")})
FOUND = ProgramAnswer(outcome="next")
A = LegId("a")


@pytest.fixture
def programs() -> Programs:
    return Programs(CallId("c1"), "acme", Tokens())


def revealed(values: Mapping[str, Secret[str]]) -> dict[str, str]:
    return {name: text.reveal() for name, text in values.items()}


def test_what_the_call_knows_goes_before_what_was_entered(programs: Programs) -> None:
    asked = programs.ask(ORDER, {"caller": "+44"})
    assert revealed(asked.values) == {"order": "17", "caller": "+44", "call": "c1", "tenant": "acme"}
    assert "17" not in repr(asked)


def test_an_answer_is_a_fact_without_values(programs: Programs) -> None:
    asked = programs.ask(ORDER, {})
    answer = ProgramAnswer(outcome="failed", values={"order": Secret("17")}, why="too late")
    (audit,), given = programs.answered(ProgramAnswered(call=asked.call, token=asked.token, answer=answer))
    assert given == AnswerGiven(answer=answer)
    assert audit.fact.kind == "flow.answered"
    assert audit.fact.details == {
        "step": "support.ask",
        "kind": "http",
        "asked": "orders",
        "outcome": "failed",
        "reason": "too late",
    }


def test_answers_that_nobody_waits_for(programs: Programs) -> None:
    first, second = programs.ask(ORDER, {}), programs.ask(ORDER, {})
    late = ProgramAnswered(call=first.call, token=first.token, answer=FOUND)
    assert programs.answered(late) == ([], None)
    programs.forget()
    gone = ProgramAnswered(call=second.call, token=second.token, answer=FOUND)
    assert programs.answered(gone) == ([], None)


def asking() -> Board:
    flow = FlowPlan(
        name="support", start="ask", steps={"ask": STEP, "end": HangUp(), "sorry": HangUp(cause="busy")}
    )
    board = board_with(flows={"support": flow})
    board.offer(SUPPORT)
    board.send(LegConfirmed(leg=A))
    return board


def test_a_call_asks_and_goes_on_by_the_answer() -> None:
    board = asking()
    asked = board.last(ConsultProgram)
    assert (asked.tenant, asked.step) == ("acme", "support.ask")
    assert asked.values["caller"].reveal() == "+447700900123"
    board.send(ProgramAnswered(call=asked.call, token=Token(99), answer=FOUND))
    assert facts(board, "flow.answered") == []
    board.send(ProgramAnswered(call=asked.call, token=asked.token, answer=FOUND))
    assert [fact["outcome"] for fact in facts(board, "flow.answered")] == ["next"]


def test_who_hangs_up_waits_for_nothing() -> None:
    board = asking()
    asked = board.last(ConsultProgram)
    board.send(LegEnded(leg=A, by_peer=True, how="bye"))
    board.send(ProgramAnswered(call=asked.call, token=asked.token, answer=FOUND))
    assert facts(board, "flow.answered") == []
