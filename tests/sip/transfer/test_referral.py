"""The implicit subscription: every step is told once, in order, and the last one ends it."""

import pytest

from pbx.core.ids import LegId
from pbx.sip.effects import AcceptTransfer, HangUp, Refer, RefuseTransfer, ReportTransfer
from pbx.sip.events import LegEnded, TransferReported, TransferRequested
from pbx.sip.transfer.referral import SUBSCRIBED_S
from tests.sip.conftest import LEG, PBX, PHONE, Network
from tests.sip.transfer.conftest import answered, in_dialog, reported, status

TARGET = "sip:1003@10.0.0.1"
ACTIVE, TERMINATED = f"active;expires={SUBSCRIBED_S}", "terminated;reason=noresource"


def referred() -> tuple[Network, LegId]:
    """The phone asked for a transfer and was told that we try."""
    network, leg = answered()
    network.order(PHONE, Refer(leg=LEG, target=TARGET))
    network.run(0.05)
    network.take(PBX, TransferRequested)
    network.order(PBX, AcceptTransfer(leg=leg))
    network.run(0.05)
    assert network.take(PHONE, TransferReported).status == 100
    return network, leg


@pytest.mark.rfc("3515", "2.4.2")
@pytest.mark.rfc("3515", "2.4.4")
@pytest.mark.rfc("3515", "2.4.5")
@pytest.mark.rfc("3515", "2.4.7")
@pytest.mark.parametrize("outcome", [200, 404, 486, 603])
def test_trying_ringing_and_the_true_outcome(outcome: int) -> None:
    network, leg = referred()
    for one in (180, outcome):
        network.order(PBX, ReportTransfer(leg=leg, status=one))
        network.run(0.05)
        assert network.take(PHONE, TransferReported).status == one
    states = [state for _, state in reported(network)]
    assert states == [ACTIVE, ACTIVE, TERMINATED]
    network.order(PBX, ReportTransfer(leg=leg, status=200))
    assert len(reported(network)) == 3, "after the last NOTIFY there is none"
    notify = network.sent(PBX, "NOTIFY")[0]
    assert notify.headers.get("Event") == "refer"
    assert notify.headers.get("Contact") == "<sip:pbx@10.0.0.1:5060>"


def test_no_notify_overtakes_another_and_the_last_is_not_lost() -> None:
    network, leg = answered()
    network.order(PHONE, Refer(leg=LEG, target=TARGET))
    network.run(0.05)
    network.order(PBX, AcceptTransfer(leg=leg))
    for one in (180, 183, 200):
        network.order(PBX, ReportTransfer(leg=leg, status=one))
    assert len(reported(network)) == 1, "the first is not answered yet"
    network.run(0.1)
    assert [body for body, _ in reported(network)] == ["SIP/2.0 100 Trying", "SIP/2.0 200 OK"]


@pytest.mark.rfc("3515", "2.4.6")
def test_a_second_subscription_of_the_dialog_has_an_id() -> None:
    network, leg = referred()
    network.order(PBX, ReportTransfer(leg=leg, status=486))
    network.run(0.05)
    network.order(PHONE, Refer(leg=LEG, target=TARGET))
    network.run(0.05)
    network.order(PBX, AcceptTransfer(leg=leg))
    refer, notify = network.sent(PHONE, "REFER")[-1], network.sent(PBX, "NOTIFY")[-1]
    assert notify.headers.get("Event") == f"refer;id={refer.cseq.number}"


@pytest.mark.rfc("5057", "5.1")
def test_the_subscription_outlives_the_transferors_bye_until_he_says_481() -> None:
    network, leg = referred()
    network.order(PHONE, HangUp(leg=LEG))
    network.run(0.05)
    network.order(PBX, ReportTransfer(leg=leg, status=180))
    network.run(0.05)
    assert len(reported(network)) == 2
    assert network.sent(PHONE, "481"), "our test phone forgets its dialog with the BYE"
    network.order(PBX, ReportTransfer(leg=leg, status=200))
    assert len(reported(network)) == 2
    network.run(70)
    assert [(one.n_legs, one.n_transactions) for one in network.endpoints.values()] == [(0, 0), (0, 0)]


@pytest.mark.rfc("4488", "4")
@pytest.mark.rfc("7614", "4")
@pytest.mark.parametrize(
    "lines",
    [("Refer-Sub: false",), ("Refer-Sub: False ;x", "Supported: norefersub"), ("Require: nosub",)],
)
def test_who_renounces_the_subscription_hears_nothing(lines: tuple[str, ...]) -> None:
    network, leg = answered()
    assert status(network, "REFER", f"Refer-To: <{TARGET}>", *lines) == ""
    network.order(PBX, AcceptTransfer(leg=leg))
    accepted = network.sent(PBX, "202")[0]
    assert accepted.headers.get("Refer-Sub") == "false"
    for one in (180, 200):
        network.order(PBX, ReportTransfer(leg=leg, status=one))
    assert not reported(network)
    assert status(network, "REFER", f"Refer-To: <{TARGET}>", cseq=8) == "", "the first is over"


@pytest.mark.rfc("7614", "4")
def test_an_explicit_subscription_is_refused() -> None:
    network, _ = answered()
    answers, _ = in_dialog(network, "REFER", f"Refer-To: <{TARGET}>", "Require: explicitsub")
    assert answers[0].start_line.startswith("SIP/2.0 420")
    assert answers[0].headers.get("Unsupported") == "explicitsub"


@pytest.mark.rfc("3515", "2.4.7")
def test_without_any_report_the_subscription_ends_by_itself() -> None:
    network, _ = referred()
    network.run(SUBSCRIBED_S)
    assert reported(network)[-1] == ("SIP/2.0 603 Decline", "terminated;reason=timeout")


def test_a_refusal_is_an_answer_and_no_subscription() -> None:
    network, leg = answered()
    network.order(PHONE, Refer(leg=LEG, target=TARGET))
    network.run(0.05)
    network.order(PBX, RefuseTransfer(leg=leg, status=403, reason='not "you"\r\n'))
    network.run(0.05)
    refusal = network.sent(PBX, "403")[0]
    assert refusal.headers.get("Warning") == '399 pbx "not you"'
    assert network.events[PHONE] == [TransferReported(leg=LEG, status=403)]
    assert not reported(network)


def test_a_dead_transferor_costs_no_more_than_his_notify() -> None:
    network, leg = referred()
    network.lost = lambda message: True
    network.order(PBX, ReportTransfer(leg=leg, status=180))
    network.run(40)
    network.order(PBX, ReportTransfer(leg=leg, status=200))
    assert "SIP/2.0 200 OK" not in [body for body, _ in reported(network)]
    assert not [event for event in network.events[PBX] if isinstance(event, LegEnded)]
