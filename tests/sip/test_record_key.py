"""The record key: an INFO that waits for the call's word, and is answered with it."""

import pytest

from pbx.sip.effects import AnswerRecord, SipEffect
from pbx.sip.record_header import RecordRequested
from tests.sip.conftest import PBX, Network
from tests.sip.test_reinvite import answered, in_dialog

pytestmark = pytest.mark.requirement("REC-01")


def keys(network: Network) -> list[RecordRequested]:
    return [event for event in network.events[PBX] if isinstance(event, RecordRequested)]


def statuses(network: Network, order: SipEffect) -> list[tuple[int, str | None]]:
    """What the engine sends for an order: status and Warning."""
    n_sent = len(network.log)
    network.order(PBX, order)
    network.run(0.01)
    found = [message for _, sender, message in network.log[n_sent:] if sender == PBX]
    return [(int(one.start_line.split()[1]), one.headers.get("Warning")) for one in found]


@pytest.mark.parametrize(("value", "on"), [("on", True), (" OFF", False)])
@pytest.mark.parametrize(
    ("order", "answer"),
    [((200, ""), (200, None)), ((403, 'no "rule"\r\n fits'), (403, '399 pbx "no rule fits"'))],
)
def test_the_answer_is_that_of_the_call(
    value: str, on: bool, order: tuple[int, str], answer: tuple[int, str | None]
) -> None:
    network, leg = answered()
    assert in_dialog(network, "INFO", f"Record: {value}") == []
    assert keys(network) == [RecordRequested(leg=leg, on=on)]
    assert statuses(network, AnswerRecord(leg=leg, status=order[0], reason=order[1])) == [answer]
    assert statuses(network, AnswerRecord(leg=leg, status=200)) == [], "it is answered once"


def test_one_key_at_a_time() -> None:
    network, leg = answered()
    assert in_dialog(network, "INFO", "Record: on") == []
    assert in_dialog(network, "INFO", "Record: off", cseq=8) == ["491"]
    assert len(keys(network)) == 1
    network.order(PBX, AnswerRecord(leg=leg, status=200))
    assert in_dialog(network, "INFO", "Record: off", cseq=9) == []


def test_a_value_that_means_nothing_asks_nobody() -> None:
    network, _ = answered()
    assert in_dialog(network, "INFO", "Record: maybe") == ["200"]
    assert not keys(network)
