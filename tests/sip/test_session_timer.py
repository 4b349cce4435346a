"""Session timers against a peer by hand: the refresher matrix, refreshes, expiry (RFC 4028)."""

from dataclasses import replace

import pytest

from pbx.sip.effects import AcceptReinvite, HangUp, Reinvite
from pbx.sip.events import LegEnded, LegRejected, ReinviteAnswered, ReinviteRefused
from pbx.sip.message import Request
from tests.sip.conftest import ANSWER, OFFER, PBX, open_settings
from tests.sip.peer import Peer, called_by_peer, called_by_us, statuses

TIMER = "Supported: timer"
NO_UPDATE = "Allow: INVITE, ACK, BYE"


def we_call(*lines: str, allow: str = "") -> Peer:
    """The peer answered our INVITE, which asked for 1800 seconds."""
    peer = Peer()
    invite = peer.is_called()
    assert invite.headers.get("Session-Expires") == "1800"
    assert "timer" in (invite.headers.get("Supported") or "")
    peer.respond(invite, 200, *(allow and [allow] or ["Allow: INVITE, UPDATE"]), *lines, body=ANSWER)
    peer.network.events[PBX].clear()
    return peer


def refreshes(peer: Peer, seconds: float) -> list[str]:
    """What the engine sends in the next seconds."""
    since = len(peer.network.log)
    peer.network.run(seconds)
    return [message.start_line.split()[0] for _, _, message in peer.network.log[since:]]


@pytest.mark.rfc("4028", "10")
@pytest.mark.rfc("4028", "7.2")
@pytest.mark.parametrize("refresher", [";refresher=uac", ""])
def test_as_uac_we_refresh_at_half_of_the_interval(refresher: str) -> None:
    peer = we_call("Require: timer", f"Session-Expires: 200{refresher}")
    assert refreshes(peer, 99.9) == []
    assert refreshes(peer, 0.2) == ["UPDATE"]
    update = peer.last_request("UPDATE")
    assert update.headers.get("Session-Expires") == "200;refresher=uac"
    assert (update.body, "timer" in (update.headers.get("Supported") or "")) == (b"", True)
    peer.respond(update, 200, "Session-Expires: 200;refresher=uac")
    assert refreshes(peer, 99.8) == []
    assert refreshes(peer, 0.2) == ["UPDATE"]
    assert not peer.network.events[PBX]


@pytest.mark.rfc("4028", "10")
def test_as_uac_we_end_a_session_that_the_peer_did_not_refresh() -> None:
    peer = we_call("Require: timer", "Session-Expires: 200;refresher=uas")
    assert refreshes(peer, 167.9) == []
    assert refreshes(peer, 0.2) == ["BYE"]
    bye = peer.last_request("BYE")
    assert bye.headers.get("Reason") == 'SIP;cause=408;text="Session expired"'
    ended = LegEnded(leg=peer.leg, by_peer=False, how="session_expired", cause=408)
    assert peer.network.take(PBX, LegEnded) == ended


@pytest.mark.rfc("4028", "7.2")
def test_as_uac_without_an_answer_to_our_wish_nothing_expires() -> None:
    peer = we_call()
    assert refreshes(peer, 4000) == []
    assert not peer.network.events[PBX]


@pytest.mark.rfc("4028", "9")
def test_as_uas_we_refresh_for_a_peer_that_cannot() -> None:
    peer = called_by_peer("Session-Expires: 300")
    ok = peer.last_response(200)
    assert ok.headers.get("Session-Expires") == "300;refresher=uas"
    assert "Require" not in ok.headers
    assert refreshes(peer, 150.1) == ["UPDATE"]


@pytest.mark.rfc("4028", "9")
def test_as_uas_we_do_what_the_peer_chose() -> None:
    peer = called_by_peer(TIMER, "Session-Expires: 300;refresher=uac")
    ok = peer.last_response(200)
    assert ok.headers.get("Session-Expires") == "300;refresher=uac"
    assert ok.headers.get("Require") == "timer"
    assert refreshes(peer, 200) == []
    assert statuses(peer.request("UPDATE", TIMER, "Session-Expires: 300;refresher=uac")) == [200]
    assert peer.last_response(200).headers.get("Session-Expires") == "300;refresher=uac"
    assert refreshes(peer, 267.9) == []
    assert refreshes(peer, 0.2) == ["BYE"]
    assert peer.network.take(PBX, LegEnded).how == "session_expired"


@pytest.mark.rfc("4028", "9")
def test_as_uas_we_bring_the_timer_to_a_peer_that_only_supports_it() -> None:
    peer = called_by_peer(TIMER)
    assert peer.last_response(200).headers.get("Session-Expires") == "1800;refresher=uas"
    assert refreshes(peer, 900.1) == ["UPDATE"]


@pytest.mark.rfc("3261", "8.2.4")
@pytest.mark.rfc("4028", "9")
def test_as_uas_a_peer_without_timer_is_left_alone() -> None:
    peer = called_by_peer()
    assert "Session-Expires" not in peer.last_response(200).headers
    assert refreshes(peer, 4000) == []


@pytest.mark.rfc("4028", "9")
def test_the_refresher_may_change_in_the_middle_of_a_call() -> None:
    peer = called_by_peer(TIMER, "Session-Expires: 300;refresher=uac")
    peer.request("UPDATE", TIMER, "Session-Expires: 300;refresher=uas")
    assert peer.last_response(200).headers.get("Session-Expires") == "300;refresher=uas"
    assert refreshes(peer, 150.1) == ["UPDATE"]
    peer.respond(peer.last_request("UPDATE"), 200, "Session-Expires: 300;refresher=uas")
    assert refreshes(peer, 267.8) == [], "the answer made the peer the refresher"
    assert refreshes(peer, 0.3) == ["BYE"]


@pytest.mark.rfc("4028", "9")
def test_an_answer_without_the_timer_ends_the_expiry() -> None:
    peer = called_by_peer(TIMER, "Session-Expires: 300;refresher=uas")
    assert refreshes(peer, 150.1) == ["UPDATE"]
    peer.respond(peer.last_request("UPDATE"), 200)
    assert refreshes(peer, 4000) == []


@pytest.mark.rfc("4028", "6")
def test_too_short_an_interval_is_422_before_and_during_the_call() -> None:
    peer = Peer()
    (refusal,) = peer.calls(TIMER, "Session-Expires: 60")
    assert (statuses([refusal]), refusal.headers.get("Min-SE")) == ([422], "90")
    peer = called_by_peer(TIMER, "Session-Expires: 300;refresher=uac")
    for method, body in (("UPDATE", b""), ("INVITE", OFFER)):
        assert statuses(peer.request(method, TIMER, "Session-Expires: 60", body=body)) == [422]
    assert statuses(peer.request("UPDATE", TIMER, "Session-Expires: soon")) == [400]


@pytest.mark.rfc("4028", "7.3")
def test_a_422_to_our_invite_is_followed_with_the_longer_interval() -> None:
    peer = Peer()
    first = peer.is_called()
    ack, again = peer.respond(first, 422, "Min-SE: 3600")
    assert ack.start_line.startswith("ACK")
    assert (again.headers.get("Session-Expires"), again.headers.get("Min-SE")) == ("3600", "3600")
    assert (again.call_id, again.cseq.number, again.body) == (first.call_id, 2, OFFER)
    assert again.top_via.branch != first.top_via.branch
    assert not peer.network.events[PBX]


@pytest.mark.rfc("4028", "7.3")
@pytest.mark.parametrize("min_se", ["Min-SE: 1800", "Min-SE: 90000", "Min-SE: x", "X-None: 1"])
def test_a_422_that_makes_no_sense_is_a_failure(min_se: str) -> None:
    peer = Peer()
    peer.respond(peer.is_called(), 422, min_se)
    assert peer.network.take(PBX, LegRejected).status == 422


@pytest.mark.rfc("4028", "7.3")
def test_a_peer_that_never_has_enough_is_followed_three_times() -> None:
    peer = Peer()
    invite = peer.is_called()
    for number in range(1, 4):
        _, again = peer.respond(invite, 422, f"Min-SE: {1800 + number}")
        assert isinstance(again, Request)
        invite = again
    assert len(peer.respond(invite, 422, "Min-SE: 2000")) == 1
    assert peer.network.take(PBX, LegRejected).status == 422


@pytest.mark.rfc("4028", "7.4")
def test_a_peer_without_update_is_refreshed_by_a_reinvite_that_changes_nothing() -> None:
    peer = we_call("Session-Expires: 200;refresher=uac", allow=NO_UPDATE)
    assert refreshes(peer, 100.1) == ["INVITE"]
    invite = peer.last_request("INVITE")
    assert (invite.body, invite.headers.get("Session-Expires")) == (OFFER, "200;refresher=uac")
    (ack,) = peer.respond(invite, 200, "Session-Expires: 200;refresher=uac", body=ANSWER)
    assert ack.start_line.startswith("ACK")
    assert not peer.network.events[PBX], "media is not disturbed"
    assert refreshes(peer, 100.1) == ["INVITE"]
    peer.respond(peer.last_request("INVITE"), 200, "Session-Expires: 200;refresher=uac", body=OFFER)
    assert peer.network.take(PBX, ReinviteAnswered).answer == OFFER, "the peer has moved"


@pytest.mark.rfc("4028", "10")
@pytest.mark.rfc("4028", "7.4")
def test_a_refused_refresh_is_tried_again_and_ends_the_call_in_the_end() -> None:
    peer = we_call("Session-Expires: 200;refresher=uac", allow=NO_UPDATE)
    refreshes(peer, 100.1)
    peer.respond(peer.last_request("INVITE"), 491)
    assert set(refreshes(peer, 4.1)) == {"INVITE"}
    while (invite := peer.last_request("INVITE")) and peer.network.now < 1160:
        peer.respond(invite, 488)
        peer.network.run(4)
    peer.network.run(10)
    assert peer.network.take(PBX, LegEnded).how == "session_expired"
    assert not peer.network.events[PBX]


@pytest.mark.rfc("4028", "7.3")
def test_a_422_to_a_refresh_lengthens_it() -> None:
    peer = called_by_peer(TIMER, "Session-Expires: 300;refresher=uas")
    refreshes(peer, 150.1)
    (longer,) = peer.respond(peer.last_request("UPDATE"), 422, "Min-SE: 400")
    assert longer.headers.get("Session-Expires") == "400;refresher=uac"
    peer.respond(longer, 200, "Session-Expires: 400;refresher=uac")
    assert refreshes(peer, 199.9) == []
    assert refreshes(peer, 0.2) == ["UPDATE"]


def test_an_offer_is_a_refresh_too_and_a_busy_session_waits() -> None:
    peer = we_call("Session-Expires: 200;refresher=uac", allow=NO_UPDATE)
    peer.network.run(99)
    peer.network.order(PBX, Reinvite(leg=peer.leg, offer=OFFER))
    invite = peer.last_request("INVITE")
    peer.respond(invite, 100)
    assert refreshes(peer, 10) == []
    peer.respond(invite, 200, "Session-Expires: 200;refresher=uac", body=ANSWER)
    peer.network.take(PBX, ReinviteAnswered)
    assert refreshes(peer, 99.9) == []
    assert refreshes(peer, 0.2) == ["INVITE"]
    peer.respond(peer.last_request("INVITE"), 481)
    assert peer.network.take(PBX, LegEnded).how == "timeout"
    assert not [one for one in peer.network.events[PBX] if isinstance(one, ReinviteRefused)]


def test_the_timer_ends_with_the_leg() -> None:
    peer = called_by_peer(TIMER)
    peer.network.order(PBX, HangUp(leg=peer.leg))
    peer.respond(peer.last_request("BYE"), 200)
    peer.network.run(60)
    assert peer.network.endpoints[PBX].deadline is None


def test_an_engine_that_is_told_so_asks_for_no_timer() -> None:
    peer = Peer(replace(open_settings(PBX), session_expires_s=0))
    assert "Session-Expires" not in peer.is_called().headers
    higher = Peer(replace(open_settings(PBX), min_se_s=120)).is_called()
    assert higher.headers.get("Min-SE") == "120"


@pytest.mark.rfc("4028", "7.2")
def test_an_interval_below_the_minimum_is_not_followed() -> None:
    peer = we_call("Session-Expires: 1;refresher=uac")
    assert refreshes(peer, 44.9) == []
    assert refreshes(peer, 0.2) == ["UPDATE"]


def test_a_malformed_answer_is_none() -> None:
    peer = we_call("Session-Expires: x")
    assert refreshes(peer, 4000) == []


def test_a_refresh_of_the_peer_by_reinvite_says_the_same_again() -> None:
    peer = called_by_us("Session-Expires: 1800;refresher=uas")
    peer.request("INVITE", TIMER, "Session-Expires: 1800;refresher=uac", body=ANSWER)
    peer.network.order(PBX, AcceptReinvite(leg=peer.leg, answer=OFFER))
    ok = peer.last_response(200)
    assert (ok.headers.get("Session-Expires"), ok.body) == ("1800;refresher=uac", OFFER)
