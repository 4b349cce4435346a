"""Who calls for help, and where, is told to the desk by telephone at once, and nothing of it is recorded."""

from dataclasses import replace

import pytest

from pbx.call.context import CallContext, HelpDesk
from pbx.call.effects import Audit, PreparePrompts
from pbx.call.help_alert import TIMES
from pbx.core.ids import LegId
from pbx.media.dialogue import Say
from pbx.media.effects import StartRecording
from pbx.recording.rules import RecordingRules
from pbx.sip.alert import Alert
from pbx.sip.effects import HangUp, LookUpAor, PlaceCall
from pbx.sip.events import DeviceOrigin, LegAnswered, LegEnded, LegRejected
from tests.call.conftest import ANSWER, Board, contact

pytestmark = pytest.mark.requirement("CF-42")
CAROL = DeviceOrigin(tenant="acme", extension="1003")
DESK = HelpDesk(extensions=("1001", "1002", "1003"), says="Emergency call from", where="at")
NAMES = {"1001": "Alice", "1002": "Bob", "1003": "Carol"}


def alarmed(desk: HelpDesk | None = DESK, origin: DeviceOrigin = CAROL, called: str = "999") -> Board:
    """Somebody calls for help; Alice has two telephones, Bob one."""

    def change(context: CallContext) -> CallContext:
        return replace(context, help_desk=desk, names=NAMES)

    board = Board(change=change, recording=RecordingRules(otherwise="always"))
    board.contacts = {"1001": (contact("1001"), contact("1001", 5090)), "1002": (contact("1002"),)}
    board.offer(called, origin=origin)
    board.pass_time(0.0)
    board.pass_time(0.0)
    return board


def rung(board: Board) -> list[PlaceCall]:
    """The INVITEs to telephones of the house."""
    return [one for one in board.all(PlaceCall) if one.trunk is None]


def test_every_telephone_of_the_desk_rings_but_for_the_one_that_calls() -> None:
    board = alarmed()
    assert [one.user for one in board.all(LookUpAor)] == ["1001", "1002"]
    orders = rung(board)
    assert [one.target for one in orders] == [
        "sip:1001@127.0.0.1:5080",
        "sip:1001@127.0.0.1:5090",
        "sip:1002@127.0.0.1:5080",
    ]
    assert orders[0].from_display == "EMERGENCY 999 Carol, floor 2, Acme, head office, 12 High Street,"
    assert orders[0].from_uri == "sip:1003@acme.example"
    assert orders[0].alert == Alert(info="emergency")


def test_who_answers_hears_who_and_where_and_nothing_is_recorded() -> None:
    board = alarmed()
    leg = rung(board)[0].leg
    board.send(LegAnswered(leg=leg, answer=ANSWER))
    prompts = [one for effect in board.all(PreparePrompts) for one in effect.prompts]
    texts = " ".join(one.text for one in prompts if isinstance(one, Say))
    assert "Emergency call from Carol" in texts and "12 High Street" in texts
    assert board.all(StartRecording) == []
    for _ in range(TIMES):
        assert board.all(HangUp) == []
        board.finish_prompt(leg)
    assert board.last(HangUp).leg == leg


def test_the_call_for_help_goes_its_way_and_counts_once() -> None:
    board = alarmed()
    (out,) = [one for one in board.all(PlaceCall) if one.trunk is not None]
    for order in rung(board):
        board.send(LegRejected(leg=order.leg, status=486, reason=""))
    board.send(LegAnswered(leg=out.leg, answer=ANSWER))
    board.send(LegEnded(leg=out.leg, how="bye", by_peer=True))
    board.send(LegEnded(leg=LegId("a"), how="bye", by_peer=False))
    board.pass_time(60.0)
    kinds = [one.fact.kind for one in board.all(Audit) if one.fact.kind.startswith("emergency.")]
    assert kinds == ["emergency.called", "emergency.over"]
    assert not board.switchboard.calls


def test_nobody_answers_at_the_desk() -> None:
    board = alarmed()
    board.pass_time(59.0)
    assert board.all(HangUp) == []
    board.pass_time(2.0)
    assert {one.leg for one in board.all(HangUp)} == {one.leg for one in rung(board)}


def test_without_a_desk_nobody_is_told() -> None:
    assert rung(alarmed(desk=None)) == []


def test_other_calls_are_nobodys_business() -> None:
    board = alarmed(called="901632960150")
    assert rung(board) == [] and board.all(LookUpAor) == []


def test_a_second_trunk_is_no_second_alarm() -> None:
    board = alarmed()
    n_rung = len(rung(board))
    board.send(LegRejected(leg=board.all(PlaceCall)[0].leg, status=503, reason=""))
    board.pass_time(1.0)
    assert len(rung(board)) == n_rung
