"""Reliable provisional responses of the UAS, with literal PRACKs (RFC 3262 §3)."""

from dataclasses import replace

import pytest

from pbx.core.errors import ParseError
from pbx.sip.effects import AcceptReinvite, Answer, HangUp, Progress, Reject, Ring
from pbx.sip.events import LegConfirmed, LegEnded, ReinviteAnswered, ReinviteOffered
from pbx.sip.message import Response
from pbx.sip.reliable import MAX_RSEQ, parse_rack
from tests.sip.conftest import ANSWER, OFFER, PBX, open_settings
from tests.sip.peer import Peer, statuses

SUPPORTED, REQUIRED = "Supported: 100rel", "Require: 100rel"


def rack(response: Response, number: int = 1) -> str:
    return f"RAck: {response.headers.get('RSeq')} {number} INVITE"


def progressing(*lines: str, body: bytes = OFFER) -> tuple[Peer, Response]:
    """A peer that can acknowledge was sent a 183 with SDP."""
    peer = Peer()
    peer.calls(*(lines or (SUPPORTED,)), body=body)
    peer.network.order(PBX, Progress(leg=peer.leg, answer=ANSWER))
    return peer, peer.last_response(183)


@pytest.mark.rfc("3262", "3")
def test_sdp_in_a_provisional_response_is_sent_reliably_to_who_supports_it() -> None:
    peer, progress = progressing()
    assert progress.headers.get("Require") == "100rel"
    assert 1 <= int(progress.headers.get("RSeq") or "0") < 2**31
    assert "Contact" in progress.headers
    peer.network.order(PBX, Ring(leg=peer.leg))
    peer.request("PRACK", rack(progress))
    assert "RSeq" not in peer.last_response(180).headers


@pytest.mark.rfc("3262", "3")
def test_every_provisional_response_is_reliable_when_the_peer_requires_it() -> None:
    peer = Peer()
    peer.calls(REQUIRED)
    peer.network.order(PBX, Ring(leg=peer.leg), Progress(leg=peer.leg, answer=ANSWER))
    assert "RSeq" not in peer.last_response(100).headers
    ringing = peer.last_response(180)
    assert not peer.network.sent(PBX, "183"), "the second waits until the first is acknowledged"
    assert statuses(peer.request("PRACK", rack(ringing))) == [183, 200]
    first, second = (int(one.headers.get("RSeq") or "0") for one in (ringing, peer.last_response(183)))
    assert second == first + 1


@pytest.mark.rfc("3262", "3")
def test_a_peer_that_knows_nothing_of_it_gets_plain_responses() -> None:
    peer = Peer()
    peer.calls()
    peer.network.order(PBX, Progress(leg=peer.leg, answer=ANSWER))
    progress = peer.last_response(183)
    assert (progress.body, "RSeq" in progress.headers) == (ANSWER, False)
    peer.network.run(40)
    assert len(peer.network.sent(PBX, "183")) == 1


@pytest.mark.rfc("3262", "3")
def test_the_response_is_repeated_with_doubling_interval_until_the_prack() -> None:
    peer, progress = progressing()
    peer.network.run(8)
    times = [at - 1000 for at, _, one in peer.network.log if "183" in one.start_line]
    assert times == [0, 0.5, 1.5, 3.5, 7.5]
    assert statuses(peer.request("PRACK", rack(progress))) == [200]
    peer.network.run(60)
    assert len(peer.network.sent(PBX, "183")) == 5


@pytest.mark.rfc("3262", "3")
def test_without_a_prack_the_invite_fails_with_5xx_after_64_t1() -> None:
    peer, _ = progressing()
    peer.network.run(31.9)
    assert not peer.network.events[PBX]
    peer.network.run(0.2)
    assert peer.network.take(PBX, LegEnded).how == "no_prack"
    assert peer.last_response(500).cseq.method == "INVITE"
    assert peer.network.endpoints[PBX].n_legs == 0


@pytest.mark.rfc("3262", "3")
@pytest.mark.parametrize("wrong", ["RAck: {next} 1 INVITE", "RAck: {rseq} 2 INVITE", "RAck: {rseq} 1 UPDATE"])
def test_a_rack_that_matches_nothing_is_481(wrong: str) -> None:
    peer, progress = progressing()
    rseq = int(progress.headers.get("RSeq") or "0")
    assert statuses(peer.request("PRACK", wrong.format(rseq=rseq, next=rseq + 1))) == [481]
    assert statuses(peer.request("PRACK", "RAck: nonsense")) == [400]
    assert statuses(peer.request("PRACK", rack(progress))) == [200]
    assert statuses(peer.request("PRACK", rack(progress))) == [481], "it is acknowledged already"


@pytest.mark.rfc("3262", "3")
def test_a_2xx_waits_for_the_prack_of_sdp() -> None:
    peer, progress = progressing()
    peer.network.order(PBX, Answer(leg=peer.leg, answer=ANSWER))
    assert not peer.network.sent(PBX, "200")
    sent = peer.request("PRACK", rack(progress))
    assert [(one.cseq.method, one.body) for one in sent] == [("PRACK", b""), ("INVITE", b"")]
    peer.request("ACK", cseq=1)
    assert peer.network.take(PBX, LegConfirmed).answer is None


@pytest.mark.rfc("3262", "3")
def test_a_failure_does_not_wait_and_the_late_prack_is_still_answered() -> None:
    for order in (Reject(leg=Peer().leg, status=486), HangUp(leg=Peer().leg)):
        peer, progress = progressing()
        peer.network.order(PBX, replace(order, leg=peer.leg))
        n_sent = len(peer.network.sent(PBX, "183"))
        assert statuses(peer.request("PRACK", rack(progress))) == [200]
        assert statuses(peer.request("PRACK", rack(progress))) == [481]
        assert len(peer.network.sent(PBX, "183")) == n_sent
        peer.network.run(70)
        assert not peer.network.endpoints[PBX]._stack.dialogs


@pytest.mark.rfc("3262", "3")
def test_a_dialog_that_waits_for_a_late_prack_is_forgotten_in_the_end() -> None:
    peer, _ = progressing()
    peer.network.order(PBX, Reject(leg=peer.leg, status=486))
    peer.network.run(70)
    endpoint = peer.network.endpoints[PBX]
    assert (endpoint._stack.dialogs, endpoint.n_transactions, endpoint.deadline) == ({}, 0, None)


@pytest.mark.rfc("3262", "5")
def test_an_offer_in_the_prack_is_answered_in_its_2xx() -> None:
    peer, progress = progressing()
    assert statuses(peer.request("PRACK", rack(progress), body=OFFER)) == []
    assert peer.network.take(PBX, ReinviteOffered).offer == OFFER
    peer.network.order(PBX, Answer(leg=peer.leg, answer=ANSWER))
    assert not peer.network.sent(PBX, "200"), "the offer is answered first"
    peer.network.order(PBX, AcceptReinvite(leg=peer.leg, answer=ANSWER))
    oks = [(one.cseq.method, one.body) for one in peer.network.sent(PBX, "200")]
    assert oks == [("PRACK", ANSWER), ("INVITE", b"")]


@pytest.mark.rfc("3262", "5")
def test_our_offer_in_a_183_is_answered_in_the_prack() -> None:
    peer, progress = progressing(REQUIRED, body=b"")
    assert progress.body == ANSWER
    assert statuses(peer.request("PRACK", rack(progress), body=OFFER)) == [200]
    assert peer.network.take(PBX, ReinviteAnswered).answer == OFFER
    peer.network.order(PBX, Answer(leg=peer.leg, answer=ANSWER))
    assert peer.last_response(200).body == b""


@pytest.mark.rfc("3261", "13.2.1")
@pytest.mark.rfc("3262", "5")
def test_an_unreliable_response_carries_no_offer() -> None:
    peer = Peer()
    peer.calls(body=b"")
    peer.network.order(PBX, Progress(leg=peer.leg, answer=ANSWER))
    progress = peer.last_response(183)
    assert (progress.body, progress.content_type) == (b"", "")


@pytest.mark.rfc("3262", "5")
def test_a_body_in_the_prack_that_is_no_sdp_is_415() -> None:
    peer, progress = progressing()
    text = "Content-Type: text/plain"
    assert statuses(peer.request("PRACK", rack(progress), text, body=b"x")) == [415]


def test_cancel_stops_the_repetition() -> None:
    peer, progress = progressing()
    branch = progress.top_via.branch or ""
    assert statuses(peer.request("CANCEL", branch=branch, cseq=1)) == [200, 487]
    assert peer.network.take(PBX, LegEnded).how == "cancel"
    peer.network.run(20)
    assert len(peer.network.sent(PBX, "183")) == 1


@pytest.mark.rfc("3262", "3")
def test_the_settings_refuse_who_asks_for_too_much_or_can_too_little() -> None:
    never = Peer(replace(open_settings(PBX), reliable="never"))
    (refusal,) = never.calls(REQUIRED)
    assert (statuses([refusal]), refusal.headers.get("Unsupported")) == ([420], "100rel")
    required = Peer(replace(open_settings(PBX), reliable="required"))
    (refusal,) = required.calls()
    assert (statuses([refusal]), refusal.headers.get("Require")) == ([421], "100rel")
    assert statuses(Peer(replace(open_settings(PBX), reliable="required")).calls(SUPPORTED)) == [100]


@pytest.mark.rfc("3262", "7.2")
@pytest.mark.parametrize("text", ["", "1 2", "1 2 INVITE x", "-1 2 INVITE", f"{MAX_RSEQ + 1} 2 INVITE"])
def test_a_malformed_rack_is_an_error(text: str) -> None:
    with pytest.raises(ParseError):
        parse_rack(text)
    assert parse_rack(f"{MAX_RSEQ} 2 INVITE") == (MAX_RSEQ, 2, "INVITE")
