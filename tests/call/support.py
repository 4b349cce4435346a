"""Callers of the support line: up to the question, the date they type, and the agents."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from pbx.call.context import CallContext
from pbx.call.effects import Audit, CheckCaller, PreparePrompts
from pbx.call.events import CallerChecked
from pbx.core.ids import LegId
from pbx.core.secret import Secret
from pbx.media.dialogue import Say
from pbx.media.events import DigitReceived
from pbx.sip.events import LegConfirmed
from tests.call.conftest import Board

A = LegId("a")
SUPPORT = "+441632960100"


def to_question(board: Board) -> None:
    """Up to the date-of-birth question: welcome and announcement were heard."""
    board.offer(SUPPORT)
    board.send(LegConfirmed(leg=A))
    board.finish_prompt()
    board.finish_prompt()


def type_date(board: Board, digits: str = "03021980") -> None:
    for digit in digits:
        board.now += 0.1
        board.send(DigitReceived(leg=A, digit=Secret(digit), duration_ms=80))
    board.pass_time(0.0)


def to_agents(board: Board, *, matched: bool = True) -> None:
    to_question(board)
    type_date(board)
    check = board.last(CheckCaller)
    board.send(CallerChecked(call=check.call, token=check.token, matched=matched, customer="c-1"))
    board.pass_time(1.0)


def board_with(**changed: Any) -> Board:
    def change(context: CallContext) -> CallContext:
        return replace(context, **changed)

    return Board(change=change)


def said(board: Board) -> list[str]:
    prompts = [prompt for effect in board.all(PreparePrompts) for prompt in effect.prompts]
    return [prompt.text for prompt in prompts if isinstance(prompt, Say)]


def facts(board: Board, kind: str) -> list[Mapping[str, object]]:
    return [effect.fact.details for effect in board.all(Audit) if effect.fact.kind == kind]
