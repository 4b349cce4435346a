"""Marketing calls before the gate: dialled, transferred, sent on; for help nobody is asked."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from pbx.call.outreach import Outreach, inherited, is_marketing
from pbx.call.switchboard import Switchboard
from pbx.core.ids import CallId, LegId, SeededIds
from pbx.core.wall import Wall
from pbx.dialplan.routes import ToExtension, ToTrunk
from pbx.fraud.policy import EXTENSION, AccountPolicy, TollPolicy
from pbx.marketing.effects import KeepContact
from pbx.marketing.gate import plain_tag
from pbx.sip.effects import HangUp, PlaceCall
from pbx.sip.events import LegAnswered, LegEnded, LegRejected, TransferRequested
from pbx.sip.identity.profile import TrunkProfile
from tests.call.conftest import ANSWER, Board, contact
from tests.call.outreach_board import AT, CLERK, LEEDS, LONDON, SELLER, OutreachBoard
from tests.call.parties import CAROL, invite, reports, talking

DAY = timedelta(days=1)


def placed(board: Board) -> list[str]:
    return [one.target for one in board.all(PlaceCall)]


@pytest.mark.requirement("C-14")
def test_a_marketing_call_that_passes_leaves_and_says_so() -> None:
    board = OutreachBoard()
    board.offer(LONDON, origin=SELLER)
    assert placed(board) == [f"sip:{LONDON}@127.0.0.2:5070"]
    assert board.kinds() == ["marketing.passed"]
    assert board.record.purpose == "marketing"
    board.offer(LEEDS, origin=CLERK, leg="b")
    assert board.record.purpose == "service"
    assert board.kinds() == ["marketing.passed"]


@pytest.mark.requirement("C-14")
@pytest.mark.parametrize(
    ("reason", "text"),
    [
        ("suppressed", "This person wants no marketing calls"),
        ("registered", "Number is registered against marketing calls"),
        ("out_of_hours", "Outside of the calling hours there"),
        ("stale_screening", "Number has to be screened first"),
        ("no_number", "No number of ours would be shown"),
    ],
)
def test_the_five_blocks_reach_no_trunk_and_tell_the_agent_why(reason: str, text: str) -> None:
    board = OutreachBoard(at=AT.replace(hour=22) if reason == "out_of_hours" else AT)
    board.screen(LONDON, AT.replace(hour=22), registered=reason == "registered")
    if reason == "suppressed":
        board.register.stop(plain_tag("acme", LONDON))
    if reason == "stale_screening":
        board.screen(LEEDS, AT - 28 * DAY)  # older than what is known: nothing changes
        board.now += (28 * DAY).total_seconds() + 12 * 3600 + 1
    if reason == "no_number":
        board.decide(numbers=frozenset())
    board.offer(LONDON if reason != "stale_screening" else LEEDS, origin=SELLER)
    assert placed(board) == []
    assert board.refusal() == (403, text)
    assert board.blocked() == [reason]
    assert (board.record.purpose, board.record.cause) == ("marketing", "403")


@pytest.mark.requirement("C-14")
def test_a_caller_who_hides_his_number_makes_no_marketing_calls() -> None:
    board = OutreachBoard()
    board.send(replace(invite("a", LONDON, "1001"), private=True))
    assert board.blocked() == ["no_number"]


@pytest.mark.requirement("C-14")
def test_an_emergency_call_is_never_asked_about() -> None:
    board = OutreachBoard(at=datetime(2026, 11, 24, 3, 0, tzinfo=UTC))
    for leg, number in (("a", "999"), ("b", "*41999"), ("c", "*42112"), ("d", "9999")):
        board.offer(number, origin=SELLER, leg=leg)
    assert [target.partition("@")[0] for target in placed(board)] == [
        "sip:999",
        "sip:999",
        "sip:112",
        "sip:999",
    ]
    assert board.kinds() == []


def test_the_codes_say_why_a_call_is_made() -> None:
    board = OutreachBoard()
    board.register.stop(plain_tag("acme", LONDON))
    board.offer("*4102079460000", origin=CLERK)
    assert board.refusal()[0] == 403
    board.offer("*4202079460000", origin=SELLER, leg="b")
    assert placed(board) == [f"sip:{LONDON}@127.0.0.2:5070"]
    assert board.record.purpose == "service"
    assert board.blocked() == ["suppressed"]


@pytest.mark.requirement("C-14")
def test_a_transfer_goes_through_the_same_gate() -> None:
    """With the rights of a seller any number outside is marketing; the caller comes back to him."""
    board = OutreachBoard()
    board.register.stop(plain_tag("acme", LEEDS))
    board.contacts = {"1001": (contact("1001"),)}
    board.offer("1001", origin=CLERK)
    seller = board.last(PlaceCall).leg
    board.send(LegAnswered(leg=seller, answer=ANSWER))
    board.send(TransferRequested(leg=seller, target=LEEDS))
    assert len(placed(board)) == 1
    assert reports(board) == [403]
    assert board.blocked() == ["suppressed"]


@pytest.mark.requirement("C-14")
def test_a_transfer_out_of_a_marketing_call_is_one_unless_it_is_said_to_be_service() -> None:
    board = OutreachBoard()
    board.offer("*4102079460000", origin=CLERK)
    trunk = board.last(PlaceCall).leg
    board.send(LegAnswered(leg=trunk, answer=ANSWER))
    board.register.stop(plain_tag("acme", LEEDS))
    board.send(TransferRequested(leg=LegId("a"), target=LEEDS))
    assert (len(placed(board)), board.blocked()) == (1, ["suppressed"])
    board.send(TransferRequested(leg=LegId("a"), target="*4201134960000"))
    assert len(placed(board)) == 2


@pytest.mark.requirement("C-14")
def test_a_telephone_that_sends_calls_on_does_so_with_its_own_rights() -> None:
    board = OutreachBoard()
    board.register.stop(plain_tag("acme", LONDON))
    board.contacts = {"1001": (contact("1001"),)}
    board.offer("1001", origin=CLERK)
    moved = (f"sip:{LONDON}@acme.example",)
    board.send(LegRejected(leg=board.last(PlaceCall).leg, status=302, reason="", contacts=moved))
    assert len(placed(board)) == 1
    assert board.blocked() == ["suppressed"]
    assert board.refusal() == (403, "This person wants no marketing calls")


@pytest.mark.requirement("C-14")
def test_a_stranger_whose_call_is_sent_on_is_not_told_what_somebody_wished() -> None:
    board = OutreachBoard()
    board.register.stop(plain_tag("acme", LONDON))
    board.contacts = {"1003": (contact("1003"),)}
    board.sell("1003")
    board.offer(CAROL)
    moved = (f"sip:{LONDON}@acme.example",)
    board.send(LegRejected(leg=board.last(PlaceCall).leg, status=302, reason="", contacts=moved))
    assert board.blocked() == ["suppressed"]
    assert board.refusal() == (403, "")


@pytest.mark.requirement("C-14")
@pytest.mark.parametrize("user", [LEEDS, "*4201134960000"])
def test_a_carrier_leads_no_marketing_call_to_another_number_unasked(user: str) -> None:
    """Not even with a code in its contact: whoever is called has not to say why he is."""
    board = OutreachBoard()
    context = board.tenant_plan.context
    following = replace(context.trunks["carrier"], profile=TrunkProfile(redirects="follow"))
    plan = replace(board.tenant_plan, context=replace(context, trunks={"carrier": following}))
    board.switchboard.swap({"acme": plan})
    board.register.stop(plain_tag("acme", LEEDS))
    board.offer("*4102079460000", origin=CLERK)
    moved = (f"sip:{user}@carrier.example",)
    board.send(LegRejected(leg=board.last(PlaceCall).leg, status=302, reason="", contacts=moved))
    assert (len(placed(board)), board.blocked()) == (1, ["suppressed"])


def test_the_next_trunk_is_the_same_call() -> None:
    board = OutreachBoard()
    context = board.tenant_plan.context
    spare = replace(context.trunks["carrier"], name="spare")
    trunks = {**context.trunks, "spare": spare}
    groups = {"carrier": (("carrier", 1, 1), ("spare", 2, 1))}
    context = replace(context, trunks=trunks, trunk_groups=groups)
    board.switchboard.swap({"acme": replace(board.tenant_plan, context=context)})
    board.offer(LONDON, origin=SELLER)
    board.send(LegRejected(leg=board.last(PlaceCall).leg, status=503, reason=""))
    assert len(placed(board)) == 2
    assert board.kinds() == ["marketing.passed"]
    second = board.last(PlaceCall).leg
    board.send(LegAnswered(leg=second, answer=ANSWER))
    board.send(LegEnded(leg=LegId("a"), by_peer=True, how="bye"))
    assert board.last(HangUp).leg == second
    board.send(LegEnded(leg=second, by_peer=False, how="bye"))
    assert board.last(KeepContact).what == "abandoned"


def test_what_the_money_forbids_was_no_marketing_call() -> None:
    board = OutreachBoard()
    limits = replace(EXTENSION, concurrent=1)
    tolls = TollPolicy(country="GB", default=AccountPolicy(limits=limits))
    board.switchboard.swap({"acme": replace(board.tenant_plan, tolls=tolls)})
    board.sells()
    board.offer(LEEDS, origin=SELLER, leg="b")
    assert board.refusal()[0] == 403
    assert board.kinds() == ["marketing.passed"]


@pytest.mark.requirement("C-14")
def test_without_a_gate_no_marketing_call_leaves() -> None:
    board = OutreachBoard()
    board.switchboard = Switchboard({"acme": board.tenant_plan}, SeededIds(), Wall(AT, 100.0))
    board.offer(LONDON, origin=SELLER)
    assert board.refusal() == (403, "Marketing calls are not set up")
    assert board.blocked() == ["no_gate"]
    assert placed(board) == []


def test_a_reload_decides_for_the_next_call() -> None:
    board = OutreachBoard()
    board.decide(controller="new")
    board.offer(LONDON, origin=SELLER)
    assert board.blocked() == ["stale_screening"]


def test_a_call_from_outside_that_stays_inside_has_no_purpose() -> None:
    board = OutreachBoard()
    talking(board)
    assert board.record.purpose == ""


def test_purposes_of_routes() -> None:
    service = ToTrunk(trunk="carrier", number=LONDON)
    marketing = replace(service, purpose="marketing")
    assert (is_marketing(service), is_marketing(marketing)) == (False, True)
    assert not is_marketing(replace(marketing, emergency=True))
    assert not is_marketing(ToExtension(extension="1001"))
    assert inherited(service, marketing, ()).purpose == "marketing"
    assert inherited(service, service, ()).purpose == ""
    assert inherited(replace(service, purpose="service"), marketing, ()).purpose == "service"
    assert inherited(replace(service, emergency=True), marketing, ()).purpose == ""


def test_without_a_gate_nothing_is_heard_and_nobody_opts_out() -> None:
    outreach = Outreach()
    call = CallId("c")
    route = ToTrunk(trunk="carrier", number=LONDON, purpose="marketing")
    outreach.tried(LegId("l"), call, "acme", route, 0.0)
    assert outreach.placed(LegId("l"), call, "acme", route, 0.0) == []
    assert outreach.heard(LegAnswered(leg=LegId("l"), answer=ANSWER), 0.0) == []
    assert outreach.stop(call, "acme", LONDON, ("key", "x"), 0.0) == []
    assert outreach.key("acme") is None
    outreach.swap({})
