"""The races of RFC 5407, one test per figure, and forks of RFC 3261 §13.2.2.4; messages by hand."""

import pytest

from pbx.sip.effects import Answer, HangUp, Reinvite, Ring
from pbx.sip.events import (
    LegAnswered,
    LegConfirmed,
    LegEnded,
    LegRejected,
    LegRinging,
    ReinviteAnswered,
    ReinviteOffered,
    ReinviteRefused,
)
from pbx.sip.message import Message
from tests.sip.conftest import ANSWER, OFFER, PBX
from tests.sip.peer import Peer, called_by_peer, called_by_us, statuses

HOLD = OFFER + b"a=sendonly\r\n"


def methods(messages: list[Message]) -> list[str]:
    return [one.start_line.split()[0] for one in messages if not one.start_line.startswith("SIP/")]


def answered_without_ack() -> Peer:
    """The engine sent its 200, whose ACK has not come: the moratorium of RFC 5407."""
    peer = Peer()
    peer.calls()
    peer.network.order(PBX, Answer(leg=peer.leg, answer=ANSWER))
    return peer


def leaves_nothing(peer: Peer) -> None:
    peer.network.run(100)
    endpoint = peer.network.endpoints[PBX]
    assert (endpoint.n_legs, endpoint.n_transactions, endpoint.deadline) == (0, 0, None)
    assert not endpoint._stack.dialogs


@pytest.mark.rfc("5407", "3.1.1")
def test_an_invite_repeated_after_the_200_is_no_second_call() -> None:
    peer = answered_without_ack()
    branch = peer.last_response(200).top_via.branch or ""
    peer.request("INVITE", body=OFFER, cseq=1, branch=branch)
    assert not peer.network.events[PBX]
    peer.request("ACK", cseq=1)
    peer.network.take(PBX, LegConfirmed)


@pytest.mark.rfc("3261", "9.2")
@pytest.mark.rfc("5407", "3.1.2")
def test_a_cancel_that_crosses_the_200_changes_nothing() -> None:
    peer = answered_without_ack()
    branch = peer.last_response(200).top_via.branch or ""
    assert statuses(peer.request("CANCEL", cseq=1, branch=branch)) == [200]
    peer.request("ACK", cseq=1)
    peer.network.take(PBX, LegConfirmed)
    assert statuses(peer.request("BYE", cseq=2)) == [200]
    assert peer.network.take(PBX, LegEnded).by_peer
    leaves_nothing(peer)


@pytest.mark.rfc("3261", "9.2")
def test_a_cancel_is_confirmed_with_the_tag_of_the_487() -> None:
    peer = Peer()
    (trying,) = peer.calls()
    ok, terminated = peer.request("CANCEL", cseq=1, branch=trying.top_via.branch or "")
    assert statuses([ok, terminated]) == [200, 487]
    assert ok.to.tag == terminated.to.tag is not None


@pytest.mark.rfc("5407", "3.1.3")
@pytest.mark.rfc("5407", "3.1.6")
def test_a_bye_before_the_ack_ends_the_call_and_stops_the_200() -> None:
    peer = answered_without_ack()
    assert statuses(peer.request("BYE")) == [200]
    assert peer.network.take(PBX, LegEnded).how == "bye"
    n_sent = len(peer.network.log)
    assert peer.request("ACK", cseq=1) == []
    peer.network.run(10)
    assert len(peer.network.log) == n_sent
    leaves_nothing(peer)


@pytest.mark.rfc("5407", "3.1.5")
def test_a_reinvite_before_the_answer_in_the_ack_is_491() -> None:
    peer = Peer()
    peer.calls(body=b"")
    peer.network.order(PBX, Answer(leg=peer.leg, answer=OFFER))
    assert statuses(peer.request("INVITE", body=HOLD)) == [491]
    peer.request("ACK", body=ANSWER, cseq=1)
    assert peer.network.take(PBX, LegConfirmed).answer == ANSWER


@pytest.mark.rfc("5407", "3.2.1")
def test_two_byes_that_cross_are_both_answered() -> None:
    peer = called_by_us()
    peer.network.order(PBX, HangUp(leg=peer.leg))
    bye = peer.last_request("BYE")
    assert statuses(peer.request("BYE")) == [200]
    peer.respond(bye, 481)
    assert [type(one) for one in peer.network.events[PBX]] == [LegEnded]
    leaves_nothing(peer)


@pytest.mark.rfc("5407", "3.2.2")
def test_a_reinvite_that_crosses_our_bye_is_481() -> None:
    peer = called_by_us()
    peer.network.order(PBX, HangUp(leg=peer.leg))
    assert statuses(peer.request("INVITE", body=HOLD)) == [481]
    peer.respond(peer.last_request("BYE"), 200)
    leaves_nothing(peer)


@pytest.mark.rfc("5407", "3.2.3")
def test_the_200_of_our_reinvite_after_the_bye_is_acknowledged() -> None:
    peer = called_by_us()
    peer.network.order(PBX, Reinvite(leg=peer.leg, offer=HOLD))
    invite = peer.last_request("INVITE")
    peer.network.order(PBX, HangUp(leg=peer.leg))
    bye = peer.last_request("BYE")
    assert methods(peer.respond(invite, 200, body=ANSWER)) == ["ACK"]
    peer.respond(bye, 200)
    assert [type(one) for one in peer.network.events[PBX]] == [LegEnded]
    leaves_nothing(peer)


@pytest.mark.rfc("3261", "15")
@pytest.mark.rfc("5407", "3.2.4")
def test_our_bye_waits_for_the_ack() -> None:
    peer = answered_without_ack()
    peer.network.order(PBX, HangUp(leg=peer.leg))
    assert not peer.network.sent(PBX, "BYE")
    assert methods(peer.request("ACK", cseq=1)) == ["BYE"]
    peer.respond(peer.last_request("BYE"), 200)
    leaves_nothing(peer)


@pytest.mark.rfc("5407", "3.3.1")
def test_reinvites_that_cross_are_both_refused_and_the_acks_absorbed() -> None:
    peer = called_by_peer()
    peer.network.order(PBX, Reinvite(leg=peer.leg, offer=HOLD))
    ours = peer.last_request("INVITE")
    assert statuses(peer.request("INVITE", body=HOLD)) == [491]
    peer.request("ACK", cseq=peer.cseq, branch=peer.last_response(491).top_via.branch or "")
    assert methods(peer.respond(ours, 491)) == ["ACK"]
    assert peer.network.take(PBX, ReinviteRefused).retry_s is not None
    assert not peer.network.events[PBX]


@pytest.mark.rfc("5407", "3.3.2")
def test_an_update_that_crosses_our_reinvite_is_491_and_the_reinvite_goes_on() -> None:
    peer = called_by_us()
    peer.network.order(PBX, Reinvite(leg=peer.leg, offer=HOLD))
    ours = peer.last_request("INVITE")
    assert statuses(peer.request("UPDATE", body=OFFER)) == [491]
    peer.respond(ours, 200, body=ANSWER)
    assert peer.network.take(PBX, ReinviteAnswered).answer == ANSWER
    peer.request("UPDATE", body=OFFER)
    peer.network.take(PBX, ReinviteOffered)


@pytest.mark.rfc("5407", "3.3.3")
def test_a_refer_after_our_bye_is_481() -> None:
    peer = called_by_us()
    peer.network.order(PBX, HangUp(leg=peer.leg))
    assert statuses(peer.request("REFER", "Refer-To: <sip:c@d>")) == [481]


@pytest.mark.requirement("SIP-06")
@pytest.mark.rfc("3261", "13.2.2.4")
def test_each_fork_is_a_dialog_and_a_second_200_is_acknowledged_and_ended() -> None:
    peer = Peer()
    invite = peer.is_called()
    peer.respond(invite, 183, body=ANSWER, tag="one")
    peer.respond(invite, 183, body=HOLD, tag="two")
    assert [peer.network.take(PBX, LegRinging).answer for _ in "12"] == [ANSWER, HOLD]
    (ack,) = peer.respond(invite, 200, body=HOLD, tag="two")
    assert (ack.to.tag, ack.start_line.split()[1]) == ("two", "sip:two@10.0.0.2:5060")
    assert peer.network.take(PBX, LegAnswered).answer == HOLD
    stray = peer.respond(invite, 200, body=ANSWER, tag="one")
    assert methods(stray) == ["ACK", "BYE"]
    assert {one.to.tag for one in stray} == {"one"}
    assert {one.start_line.split()[1] for one in stray} == {"sip:one@10.0.0.2:5060"}
    assert not peer.network.events[PBX]


@pytest.mark.requirement("SIP-07")
@pytest.mark.rfc("3261", "9.1")
def test_a_cancel_waits_for_any_response_and_a_200_that_crosses_it_is_ended() -> None:
    peer = Peer()
    invite = peer.is_called()
    peer.network.order(PBX, HangUp(leg=peer.leg))
    assert not peer.network.sent(PBX, "CANCEL")
    assert methods(peer.respond(invite, 180)) == ["CANCEL"], "the 100 was lost"
    assert methods(peer.respond(invite, 200, body=ANSWER)) == ["ACK", "BYE"]
    peer.respond(peer.last_request("CANCEL"), 481)
    peer.respond(peer.last_request("BYE"), 200)
    assert [type(one) for one in peer.network.events[PBX]] == [LegEnded]
    leaves_nothing(peer)


@pytest.mark.rfc("3261", "9.1")
def test_a_cancelled_call_without_any_response_is_forgotten() -> None:
    peer = Peer()
    peer.is_called()
    peer.network.order(PBX, HangUp(leg=peer.leg))
    leaves_nothing(peer)


@pytest.mark.rfc("3261", "16.12.1.2")
def test_a_strict_router_is_sent_what_it_expects() -> None:
    peer = Peer()
    invite = peer.is_called()
    peer.respond(invite, 200, "Record-Route: <sip:strict.example>, <sip:loose.example;lr>", body=ANSWER)
    peer.network.order(PBX, HangUp(leg=peer.leg))
    bye = peer.last_request("BYE")
    assert bye.uri == "sip:peer@10.0.0.2:5060"
    assert [route.uri for route in bye.routes] == ["sip:loose.example;lr", "sip:strict.example"]
    strict = Peer()
    strict.respond(strict.is_called(), 200, "Record-Route: <sip:strict.example>", body=ANSWER)
    ack = strict.last_request("ACK")
    assert (ack.uri, [route.uri for route in ack.routes]) == (
        "sip:strict.example",
        ["sip:peer@10.0.0.2:5060"],
    )


@pytest.mark.rfc("3665", "3.8")
def test_a_refused_call_is_acknowledged_and_forgotten() -> None:
    peer = Peer()
    ack = peer.respond(peer.is_called(), 486)
    assert methods(ack) == ["ACK"]
    assert peer.network.take(PBX, LegRejected).status == 486
    leaves_nothing(peer)


@pytest.mark.rfc("3261", "17.2.1")
@pytest.mark.rfc("3665", "3.1")
def test_a_call_from_ring_to_bye() -> None:
    peer = Peer()
    assert statuses(peer.calls()) == [100]
    peer.network.order(PBX, Ring(leg=peer.leg))
    peer.is_answered()
    assert statuses(peer.request("BYE")) == [200]
    sent = [message for _, _, message in peer.network.log]
    assert statuses(sent) == [100, 180, 200, 200]
    assert peer.network.take(PBX, LegEnded).by_peer
    leaves_nothing(peer)
