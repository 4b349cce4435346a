"""Wishes of parties about being recorded: honoured, or noted where the tenant has to record."""

from collections.abc import Mapping

import pytest

from pbx.call.effects import Audit
from pbx.core.ids import LegId
from pbx.media.effects import SetGate
from pbx.recording.rules import RecordingRules
from pbx.sip.events import DeviceOrigin, LegAnswered, LegConfirmed, LegEnded, ReinviteOffered
from tests.call.conftest import ANSWER, OFFER, Board, contact
from tests.call.support import board_with, to_agents
from tests.call.test_recording_clients import A, talking

pytestmark = pytest.mark.requirement("R-29")
OFF, ON = b"a=recordpref:off\r\n", b"a=recordpref:on\r\n"


def board() -> Board:
    return Board(recording=RecordingRules(otherwise="always"))


def gates(made: Board, leg: LegId) -> list[bool]:
    return [one.open for one in made.all(SetGate) if one.leg == leg]


def wishes(made: Board) -> list[Mapping[str, object]]:
    return [one.fact.details for one in made.all(Audit) if one.fact.kind == "consent.preference"]


def test_who_says_nothing_is_kept_as_he_agreed() -> None:
    made = board()
    bob = talking(made)
    assert gates(made, A)[-1] and gates(made, bob)[-1] and wishes(made) == []


@pytest.mark.rfc("7866", "7.1.3")
def test_the_gate_of_who_does_not_want_it_stays_shut_and_the_others_opens() -> None:
    made = board()
    bob = talking(made, answer=ANSWER + OFF)
    assert gates(made, A)[-1] and not any(gates(made, bob))
    assert wishes(made) == [{"party": "extension/1002", "preference": "off", "honoured": "true"}]


def test_a_caller_says_it_with_his_offer() -> None:
    made = board()
    bob = talking(made, offer=OFFER + OFF)
    assert not any(gates(made, A)) and gates(made, bob)[-1]


def test_a_wish_during_the_call_shuts_and_opens() -> None:
    made = board()
    bob = talking(made)
    made.send(ReinviteOffered(leg=bob, offer=ANSWER + OFF))
    assert gates(made, bob)[-1] is False
    made.send(ReinviteOffered(leg=bob, offer=ANSWER + OFF))
    assert len(wishes(made)) == 1
    made.send(ReinviteOffered(leg=bob, offer=ANSWER + ON))
    assert gates(made, bob)[-1] is True
    assert [one["preference"] for one in wishes(made)] == ["off", "on"]


@pytest.mark.rfc("7866", "7.1.3")
def test_a_tenant_that_has_to_record_notes_the_wish() -> None:
    made = board_with(recordpref="note", recording=RecordingRules(otherwise="always"))
    bob = talking(made, answer=ANSWER + OFF)
    assert gates(made, bob)[-1]
    assert wishes(made) == [{"party": "extension/1002", "preference": "off", "honoured": "false"}]


def test_a_wish_never_opens_a_gate_that_consent_has_not() -> None:
    made = board()
    talking(made, callee="1003", answer=ANSWER + ON)
    leg = next(one.leg for one in made.effects if isinstance(one, SetGate) and one.leg != A)
    assert not any(gates(made, leg))


def test_a_message_is_kept_all_the_same() -> None:
    made = Board()
    to_agents(made)
    made.send(ReinviteOffered(leg=A, offer=OFFER + OFF))
    assert gates(made, A)[-1] is False
    made.finish_prompt()
    assert gates(made, A)[-1] is True


def test_who_has_gone_is_forgotten() -> None:
    made = board()
    talking(made, answer=ANSWER + OFF)
    made.send(LegEnded(leg=A, by_peer=True, how="bye"))
    made.offer("1001", origin=DeviceOrigin(tenant="acme", extension="1002"), leg="next", sdp=OFFER)
    made.contacts["1001"] = (contact("1001"),)
    made.send(LegConfirmed(leg=LegId("next")))
    made.send(LegAnswered(leg=LegId("ghost"), answer=ANSWER + OFF))
    assert len(wishes(made)) == 1
