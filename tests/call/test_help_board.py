"""Help that calls back: to the telephone that had called, for a while, also over a restart (CF-43)."""

from dataclasses import replace

import pytest

from pbx.call.effects import Audit
from pbx.call.help_board import MAX_WAITED, HelpBoard
from pbx.core.audit import AuditFact
from pbx.core.ids import LegId
from pbx.dialplan.plan import DialPlan
from pbx.dialplan.routes import NoRoute, Routing, ToExtension, ToFlow
from pbx.sip.effects import Answer, LookUpAor, PlaceCall, Reject
from pbx.sip.events import CallOffered, DeviceOrigin, LegAnswered, LegEnded, LegRejected
from tests.call.conftest import ANSWER, CARRIER, OFFER, SOURCE, Board, contact, sample

pytestmark = pytest.mark.requirement("CF-42", "CF-43")
PHONE = DeviceOrigin(tenant="acme", extension="1003")
MAIN = "01632960100"  # a flow; the sample's location shows it
WINDOW_S = 1800.0


def facts(board: Board, topic: str = "emergency.") -> list[AuditFact]:
    return [one.fact for one in board.all(Audit) if one.fact.kind.startswith(topic)]


def calls_for_help(board: Board) -> None:
    """999 from 1003, answered, over."""
    board.offer("999", origin=PHONE)
    leg = board.last(PlaceCall).leg
    board.send(LegAnswered(leg=leg, answer=ANSWER))
    board.send(LegEnded(leg=leg, how="bye", by_peer=True))
    board.send(LegEnded(leg=LegId("a"), how="bye", by_peer=False))


def rings(board: Board) -> list[str]:
    return [one.user for one in board.all(LookUpAor)]


@pytest.fixture
def board() -> Board:
    return Board()


def test_who_called_is_rung_before_every_rule(board: Board) -> None:
    board.contacts["1003"] = (contact("1003"),)
    calls_for_help(board)
    board.pass_time(600.0)
    board.offer(MAIN, leg="b")
    assert rings(board) == ["1003"]
    call = next(iter(board.switchboard.calls.values()))
    assert call.parts.start.routing.trace == (
        "from trunk carrier",
        "extension 1003 called for help lately: it rings before every rule",
    )
    (fact,) = facts(board, "emergency.called_back")
    assert (fact.call, fact.details) == (call.id, {"extension": "1003"})


def test_a_telephone_that_does_not_answer_leaves_help_to_the_number(board: Board) -> None:
    """Nobody is registered there: the flow of the number answers."""
    calls_for_help(board)
    board.offer(MAIN, leg="b")
    assert rings(board) == ["1003"]
    assert board.last(Answer).leg == "b"
    call = next(iter(board.switchboard.calls.values()))
    assert call.parts.start.routing.route == ToFlow(flow="support")
    assert "nobody has answered there" in call.parts.start.routing.trace


def test_a_telephone_that_sends_others_on_is_rung_itself(board: Board) -> None:
    board.contacts["1003"] = (contact("1003"),)
    calls_for_help(board)
    board.offer(MAIN, leg="b")
    placed = board.last(PlaceCall)
    moved = ("sip:1002@acme.example",)
    board.send(LegRejected(leg=placed.leg, status=302, reason="", contacts=moved))
    assert rings(board) == ["1003"] and board.last(Answer).leg == "b"


def test_the_window_begins_anew_with_the_end_and_closes(board: Board) -> None:
    calls_for_help(board)
    board.pass_time(WINDOW_S - 1.0)
    board.offer(MAIN, leg="b")
    assert rings(board) == ["1003"]
    board.pass_time(100.0)
    board.offer(MAIN, leg="c")
    assert rings(board) == ["1003"]  # the flow of that number has it


def test_other_numbers_and_other_callers_go_where_they_went(board: Board) -> None:
    calls_for_help(board)
    board.offer("01632960101", leg="b")
    board.offer(MAIN, leg="c", origin=DeviceOrigin(tenant="acme", extension="1001"))
    routes = [call.parts.start.routing.route for call in board.switchboard.calls.values()]
    assert not any(isinstance(one, ToExtension) and one.for_help for one in routes)


def test_what_is_on_the_record(board: Board) -> None:
    calls_for_help(board)
    board.pass_time(60.0)
    called, over = facts(board)
    assert (called.kind, over.kind) == ("emergency.called", "emergency.over")
    assert called.details == {
        "extension": "1003",
        "number": "999",
        "location": "head-office",
        "shown": "+441632960100",
        "window_s": 1800,
    }
    assert over.details == called.details | {"answered": True}


def test_every_trunk_is_one_call_for_help(board: Board) -> None:
    board.offer("999", origin=PHONE)
    board.send(LegRejected(leg=board.last(PlaceCall).leg, status=503, reason=""))
    board.pass_time(60.0)
    assert [one.kind for one in facts(board)] == ["emergency.called", "emergency.over"]
    assert facts(board)[-1].details["answered"] is False


def test_no_trunk_is_a_fact_of_its_own() -> None:
    board = Board(change=lambda context: replace(context, trunks={}))
    board.offer("999", origin=PHONE)
    assert board.last(Reject).status == 503
    board.send(LegEnded(leg=LegId("a"), how="reject", by_peer=False))
    board.pass_time(60.0)
    (fact,) = facts(board)
    assert fact.kind == "emergency.failed" and fact.details["reason"]


def test_a_restart_forgets_nobody(board: Board) -> None:
    calls_for_help(board)
    board.pass_time(60.0)
    told = facts(board)
    again = HelpBoard()
    again.restore([(1000.0, one) for one in told], 5.0)
    event = offered(MAIN)
    assert again.waits_for(event, "GB", 5.0) == "1003"
    assert again.waits_for(event, "GB", 5.0 + WINDOW_S - 1000.5) == "1003"
    assert again.waits_for(event, "GB", 5.0 + WINDOW_S - 999.5) == ""
    late = HelpBoard()
    late.restore([(WINDOW_S, one) for one in told], 5.0)
    assert late.waits_for(event, "GB", 5.0) == ""


def test_so_many_numbers_are_waited_for() -> None:
    board = HelpBoard()
    told = [
        AuditFact(
            kind="emergency.over",
            tenant="acme",
            details={"extension": "1003", "shown": f"+44163296{n:05}", "window_s": 1800},
        )
        for n in range(MAX_WAITED + 1)
    ]
    board.restore([(0.0, one) for one in told[:MAX_WAITED]], 0.0)
    assert board.waits_for(offered("+4416329600000"), "GB", 1.0) == "1003"
    board.restore([(0.0, told[MAX_WAITED])], 0.0)
    assert board.waits_for(offered("+4416329600000"), "GB", 1.0) == ""
    assert board.waits_for(offered(f"+44163296{MAX_WAITED:05}"), "GB", 1.0) == "1003"


def test_what_leads_nowhere_stays_so() -> None:
    routing = Routing(route=NoRoute(status=404, reason="Not Found"), trace=("x",))
    assert HelpBoard().routed(routing, "1003") is routing
    plan = DialPlan(sample().rules)
    found = plan.match(MAIN, CARRIER)
    assert HelpBoard().routed(found, "") is found


def offered(called: str) -> CallOffered:
    return CallOffered(
        leg=LegId("x"),
        origin=CARRIER,
        called=called,
        called_domain="acme.example",
        from_user="",
        from_display="",
        asserted_user="",
        private=False,
        offer=OFFER,
        source=SOURCE,
        max_forwards=70,
        sip_call_id="x",
    )
