"""A bot and a program: each order goes to the right one, and what comes back is a fact and an event."""

import pytest

from pbx.call.effects import ConsultProgram
from pbx.call.events import ProgramAnswered
from pbx.call.outside import Outside
from pbx.call.tokens import Tokens
from pbx.core.ids import CallId, LegId
from pbx.core.secret import Secret
from pbx.ivr.effects import AskProgram, TalkToBot
from pbx.ivr.events import AnswerGiven, BotLeft
from pbx.ivr.program_steps import AskHttp, ProgramAnswer
from pbx.media.effects import CloseStream, OpenStream
from pbx.media.events import StreamEnded

A = LegId("a")
BOT = TalkToBot(url=Secret("wss://bot.example/?of={caller}"), parameters={}, plain=False)
ASK = AskProgram(step="f.s", of=AskHttp(server="s", path="/", next="n", failed="f"))


@pytest.fixture
def outside() -> Outside:
    return Outside((CallId("c"), A), "acme", Tokens())


def test_a_bot_comes_back(outside: Outside) -> None:
    opened = outside.order(BOT, {"caller": "7"})
    assert isinstance(opened, OpenStream) and opened.url.reveal() == "wss://bot.example/?of=7"
    ended = StreamEnded(leg=A, stream=opened.stream, reason="bot_closed")
    (audit,), heard = outside.heard(ended)
    assert heard == BotLeft(outcome="next")
    assert (audit.fact.kind, audit.fact.details["reason"]) == ("stream.ended", "bot_closed")
    assert outside.heard(ended) == ([], None)


def test_a_program_comes_back(outside: Outside) -> None:
    asked = outside.order(ASK, {})
    assert isinstance(asked, ConsultProgram)
    answer = ProgramAnswer(outcome="next")
    facts, heard = outside.heard(ProgramAnswered(call=asked.call, token=asked.token, answer=answer))
    assert heard == AnswerGiven(answer=answer) and len(facts) == 1


def test_whoever_is_left_is_not_heard_any_more(outside: Outside) -> None:
    outside.order(BOT, {})
    asked = outside.order(ASK, {})
    assert isinstance(asked, ConsultProgram)
    assert len(outside.lost()) == 1
    assert outside.close() == [CloseStream(leg=A)]
    late = ProgramAnswered(call=asked.call, token=asked.token, answer=ProgramAnswer(outcome="next"))
    assert outside.heard(late) == ([], None)
    assert outside.lost() == []
