"""Who may listen to a call for help: the desk where the tenant says so, and nobody else (CF-42)."""

from dataclasses import replace

import pytest

from pbx.call.context import CallContext, HelpDesk
from pbx.call.effects import Audit
from pbx.core.ids import LegId
from pbx.media.effects import JoinRoom
from pbx.sip.effects import PlaceCall, Reject
from pbx.sip.events import DeviceOrigin, LegAnswered, LegConfirmed
from tests.call.conftest import ANSWER, Board
from tests.call.parties import A, offered

pytestmark = pytest.mark.requirement("CF-42")
S = LegId("s")
CAROL = DeviceOrigin(tenant="acme", extension="1003")


def board_of(*, may_listen: bool, supervises: bool = False, called: str = "999") -> Board:
    """1003 talks with help, or with another number; 1001 is the desk."""
    desk = HelpDesk(extensions=("1001",), says="Emergency call from", where="at", may_listen=may_listen)
    supervisors = {"1002": frozenset({"1003"})} if supervises else {}

    def change(context: CallContext) -> CallContext:
        return replace(context, help_desk=desk, supervisors=supervisors)

    board = Board(change=change)
    board.offer(called, origin=CAROL)
    board.send(LegAnswered(leg=board.last(PlaceCall).leg, answer=ANSWER))
    board.send(LegConfirmed(leg=A))
    return board


def watches(board: Board, extension: str) -> bool:
    offered(board, "s", "*901003", extension)
    board.send(LegConfirmed(leg=S))
    return any(one.leg == S for one in board.all(JoinRoom))


def test_the_desk_listens_where_it_may() -> None:
    board = board_of(may_listen=True)
    assert watches(board, "1001")
    assert [one.fact.kind for one in board.all(Audit) if one.fact.kind.startswith("watch.")] == [
        "watch.began"
    ]


def test_nobody_listens_where_the_tenant_has_not_said_so() -> None:
    board = board_of(may_listen=False)
    assert not watches(board, "1001") and board.last(Reject).status == 403


def test_who_is_not_of_the_desk_does_not() -> None:
    board = board_of(may_listen=True)
    assert not watches(board, "1002") and board.last(Reject).status == 403


@pytest.mark.parametrize("may_listen", [True, False])
def test_a_supervisor_goes_by_the_same_word(may_listen: bool) -> None:
    board = board_of(may_listen=may_listen, supervises=True)
    assert watches(board, "1002") is may_listen


def test_the_desk_has_no_other_call_to_listen_to() -> None:
    board = board_of(may_listen=True, called="901632960150")
    assert not watches(board, "1001") and board.last(Reject).status == 403
