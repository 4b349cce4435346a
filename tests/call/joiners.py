"""A British caller whom a flow has told is recorded while he talks with 1001 or 1003; who joins him."""

from collections.abc import Callable
from dataclasses import replace

from pbx.call.context import CallContext, JoinerPolicy
from pbx.consent.rules import ConsentRules
from pbx.core.ids import LegId
from pbx.media.effects import NoteInRecording, Play
from pbx.sip.effects import PlaceCall
from pbx.sip.events import LegAnswered, LegConfirmed, TransferRequested
from tests.call.captures import UNKNOWN_ROW
from tests.call.conftest import ANSWER, Board
from tests.call.parties import A, answer, offered, refer
from tests.call.rooms import gate, press
from tests.call.test_attended import recorded

GERMANY, FRANCE, BRITAIN = "9004930123456", "90033123456789", "901632960999"  # as an extension dials them
B2 = LegId("b2")
MODES = {"unknown": "notify", "GB": "notify", "DE": "optin_all", "FR": "never"}
RULES = ConsentRules.from_data(
    {"version": "1", "rules": [UNKNOWN_ROW | {"region": name, "mode": mode} for name, mode in MODES.items()]}
)


def board_of(
    policy: JoinerPolicy = "exclude_leg", change: Callable[[CallContext], CallContext] = lambda one: one
) -> Board:
    """Recording is begun by flows only, as it is by default."""

    def built(context: CallContext) -> CallContext:
        staff = frozenset({"1001", "1002", "1003"})
        return change(replace(context, rules=RULES, joiner=policy, staff_acknowledged=staff))

    return Board(change=built)


def blind(board: Board, number: str = GERMANY) -> LegId:
    """Whoever talks with the caller sends him to a number, and goes."""
    agent = recorded(board)
    joiner = refer(board, agent, number)
    answer(board, joiner)
    return joiner


def attended(board: Board, number: str = GERMANY) -> LegId:
    """... calls the number himself first, and then puts both together."""
    agent = recorded(board)
    extension = board.last(PlaceCall).to.removeprefix("sip:").partition("@")[0]
    joiner = consult(board, number, extension)
    board.send(TransferRequested(leg=agent, target="", is_attended=True, replaced=B2))
    return joiner


def consult(board: Board, number: str, extension: str) -> LegId:
    """An extension calls a number on leg `b2`, and they talk; whom it has called."""
    offered(board, "b2", number, extension)
    joiner = board.last(PlaceCall).leg
    board.send(LegAnswered(leg=joiner, answer=ANSWER))
    board.send(LegConfirmed(leg=B2))
    return joiner


def asked(board: Board, leg: LegId) -> int:
    """How often a party was told or asked."""
    return len([one for one in board.all(Play) if one.leg == leg and not one.loop])


def agrees(board: Board, leg: LegId) -> None:
    """He hears the question to its end, and says yes."""
    board.finish_prompt(leg)
    press(board, leg, "1")


def declines(board: Board, leg: LegId) -> None:
    board.finish_prompt(leg)
    press(board, leg, "2")


def notes(board: Board) -> list[str]:
    return [one.kind for one in board.all(NoteInRecording)]


def open_gates(board: Board, *legs: LegId) -> tuple[bool, ...]:
    return tuple(gate(board, leg) for leg in (A, *legs))
