"""The session recording client: whom it calls, what it offers, and what flows when."""

from dataclasses import replace

import pytest

from pbx.core.ids import LegId
from pbx.core.secret import Secret
from pbx.media.effects import CloseLeg, OpenLeg
from pbx.media.events import LegClosed, LegFailed, LegStats
from pbx.media.fork_orders import ForkLeg, UnforkLeg
from pbx.sip.credentials import DigestCredentials
from pbx.sip.effects import AcceptReinvite, HangUp, PlaceCall, RefuseReinvite, Reinvite
from pbx.sip.events import (
    LegAnswered,
    LegConfirmed,
    LegEnded,
    LegRejected,
    ReinviteDue,
    ReinviteOffered,
    ReinviteRefused,
)
from pbx.sip.recording import MetadataRequested
from pbx.sip.sdp import parse_sdp
from pbx.siprec.effects import Told
from pbx.siprec.events import Picture
from pbx.siprec.servers import FIRST_REST_S
from pbx.siprec.session import ANSWER_S, CHECK_S, GLARE_S, NO_PORT_S, UNASKED, WRONG
from tests.siprec.recorder import ANN, BOB, BOTH, EVE, Site, answer_to, of_kind, told, up

HELD = Picture(parties=(ANN, replace(BOB, sends=False)))
PAUSED = replace(BOTH, is_paused=True)
ONE, TWO = "192.0.2.1", "192.0.2.2"


def test_nobody_is_called_before_somebody_may_be_kept() -> None:
    site = Site()
    shut = Picture(parties=(replace(ANN, is_kept=False), replace(BOB, is_kept=False)))
    assert site.follow(shut) == [] and site.session.deadline is None
    assert site.follow(BOTH) != []


@pytest.mark.rfc("7866", "6.1.1")
def test_the_recorder_is_offered_a_stream_of_each_party_and_told_who_they_are() -> None:
    site = Site()
    site.follow(BOTH)
    order = site.call
    media = parse_sdp(order.offer).media
    assert [one.values("label") for one in media] == [["1"], ["2"]]
    assert {one.direction for one in media} == {"sendonly"}
    assert b"complete" in order.metadata and BOB.aor.encode() in order.metadata
    assert (order.target, order.from_uri) == ("sip:srs@192.0.2.1", "sip:pbx@pbx.example")
    assert of_kind(site.last, ForkLeg) == []


def test_what_the_recorder_takes_flows_to_where_it_said() -> None:
    site = up()
    assert told(site.last) == [("started", "srs@192.0.2.1")]
    forks = of_kind(site.last, ForkLeg)
    assert [(one.of, one.port, one.format.encoding) for one in forks] == [
        (ANN.leg, 4000, "PCMA"),
        (BOB.leg, 4002, "PCMA"),
    ]


def test_of_whom_nothing_may_be_kept_there_is_no_stream() -> None:
    site = Site()
    site.follow(Picture(parties=(ANN, replace(BOB, is_kept=False))))
    assert len(parse_sdp(site.call.offer).media) == 1
    assert BOB.aor.encode() in site.call.metadata


@pytest.mark.rfc("7866", "7.1.1.1")
def test_a_transfer_ends_one_stream_and_begins_another_in_its_place() -> None:
    site = up()
    gone = of_kind(site.last, ForkLeg)[1].leg
    site.follow(Picture(parties=(ANN, EVE)))
    media = parse_sdp(site.reinvite.offer or b"").media
    assert [one.values("label") for one in media] == [["1"], ["3"]]
    assert b"partial" in site.reinvite.metadata and b"disassociate-time" in site.reinvite.metadata
    assert UnforkLeg(leg=gone) in site.last and CloseLeg(leg=gone) in site.last
    site.answer()
    assert [one.of for one in of_kind(site.last, ForkLeg)] == [EVE.leg]


def test_who_leaves_alone_keeps_his_place_in_the_description_closed() -> None:
    site = up()
    site.follow(Picture(parties=(ANN,)))
    assert [one.port for one in parse_sdp(site.reinvite.offer or b"").media] == [20002, 0]


@pytest.mark.rfc("7866", "7.1.1.1")
def test_in_a_pause_nothing_flows_and_the_lines_are_inactive() -> None:
    site = up()
    site.follow(PAUSED)
    assert len(of_kind(site.last, UnforkLeg)) == 2
    assert {one.direction for one in parse_sdp(site.reinvite.offer or b"").media} == {"inactive"}
    assert of_kind(site.answer(), ForkLeg) == []
    site.follow(BOTH)
    assert {one.direction for one in parse_sdp(site.reinvite.offer or b"").media} == {"sendonly"}
    assert len(of_kind(site.answer(), ForkLeg)) == 2


def test_a_party_on_hold_is_inactive_and_the_other_flows_on() -> None:
    site = up()
    site.follow(HELD)
    assert [one.direction for one in parse_sdp(site.reinvite.offer or b"").media] == ["sendonly", "inactive"]
    assert len(of_kind(site.last, UnforkLeg)) == 1


def test_a_call_that_begins_in_a_pause_is_announced_without_audio() -> None:
    site = Site()
    site.follow(PAUSED)
    assert b"a=inactive" in site.call.offer
    assert of_kind(site.answer(), ForkLeg) == []


def test_changes_while_an_offer_is_out_wait_for_its_answer() -> None:
    site = up()
    site.follow(PAUSED)
    first = site.last
    site.follow(BOTH)
    assert of_kind(site.last, Reinvite) == []
    site.last = first
    assert len(of_kind(site.answer(), Reinvite)) == 1


def test_another_codec_of_a_party_is_offered_anew() -> None:
    site = up()
    site.follow(Picture(parties=(ANN, replace(BOB, codec="G722"))))
    assert parse_sdp(site.reinvite.offer or b"").media[1].formats == ("9",)


def test_the_same_picture_says_nothing() -> None:
    assert up().follow(BOTH) == []


@pytest.mark.rfc("7866", "9.2")
def test_a_recorder_that_asks_is_told_everything() -> None:
    site = up()
    site.handle(MetadataRequested(leg=_dialog(site)))
    assert b"complete" in site.reinvite.metadata
    site.answer()
    assert site.last == []


def test_the_end_of_the_recording_is_a_bye_and_closed_ports() -> None:
    site = up()
    dialog = _dialog(site)
    site.follow(None)
    assert HangUp(leg=dialog) in site.last and len(of_kind(site.last, CloseLeg)) == 2
    assert told(site.last) == [("stopped", "srs@192.0.2.1")]
    assert site.session.legs == frozenset() and site.session.deadline is None
    assert site.follow(None) == []


def test_a_recording_may_begin_again_with_the_same_session() -> None:
    site = up()
    site.follow(None)
    site.follow(BOTH)
    assert len(of_kind(site.last, PlaceCall)) == 1


@pytest.mark.requirement("REC-13")
def test_a_recorder_that_refuses_is_followed_by_the_next() -> None:
    site = Site(ONE, TWO)
    site.follow(BOTH)
    site.handle(LegRejected(leg=site.call.leg, status=503, reason="Busy"))
    assert told(site.last) == [("refused", f"srs@{ONE}")]
    assert site.call.target == f"sip:srs@{TWO}" and b"complete" in site.call.metadata
    assert len(of_kind(site.answer(), ForkLeg)) == 2


@pytest.mark.rfc("3261", "22.2")
@pytest.mark.parametrize("status", [401, 407])
def test_a_recorder_that_refuses_our_password_is_an_error_and_never_tried_again(status: int) -> None:
    account = DigestCredentials(username="acme-src", password=Secret("x"), realm="recordings")
    site = Site(ONE, TWO, credentials=account)
    site.follow(BOTH)
    assert site.call.credentials == account
    site.handle(LegRejected(leg=site.call.leg, status=status, reason="Unauthorized"))
    (fact,) = of_kind(site.last, Told)
    assert (fact.kind, fact.server) == ("unauthorized", f"srs@{ONE}")
    assert fact.reason == f"{status}: {WRONG} recordings"
    assert site.call.target == f"sip:srs@{TWO}" and len(of_kind(site.answer(), ForkLeg)) == 2
    site.handle(LegEnded(leg=_dialog(site), by_peer=True, how="bye"))
    site.tick(FIRST_REST_S)
    assert site.call.target == f"sip:srs@{TWO}"


def test_a_recorder_that_wants_a_password_and_has_none_of_us_says_so() -> None:
    site = Site(ONE)
    site.follow(BOTH)
    site.handle(LegRejected(leg=site.call.leg, status=401, reason="Unauthorized"))
    first, alarm = of_kind(site.last, Told)
    assert first.reason == f"401: {UNASKED}" and alarm.kind == "unreachable"
    assert site.session.deadline is None


@pytest.mark.requirement("REC-13")
@pytest.mark.parametrize("how", ["bye", "timeout"])
def test_a_recorder_that_is_lost_is_followed_by_the_next_and_hears_no_more(how: str) -> None:
    site = up(ONE, TWO)
    site.handle(LegEnded(leg=_dialog(site), by_peer=True, how=how))
    assert len(of_kind(site.last, UnforkLeg)) == 2
    assert site.call.target == f"sip:srs@{TWO}" and b"complete" in site.call.metadata
    assert len(of_kind(site.answer(), ForkLeg)) == 2


def test_a_recorder_that_never_answers_is_given_up() -> None:
    site = Site(ONE, TWO)
    site.follow(BOTH)
    silent = site.call.leg
    assert site.tick(ANSWER_S - 0.01) == []
    site.tick(ANSWER_S)
    assert HangUp(leg=silent) in site.last and site.call.target == f"sip:srs@{TWO}"
    assert site.handle(LegAnswered(leg=silent, answer=b"")) == []


@pytest.mark.requirement("R-29")
def test_with_nobody_left_it_is_said_once_and_all_are_tried_again_after_a_rest() -> None:
    site = Site(ONE, TWO)
    site.follow(BOTH)
    for _ in range(2):
        site.handle(LegRejected(leg=site.call.leg, status=503, reason=""))
    assert told(site.last)[-1] == ("unreachable", "")
    assert site.session.deadline == FIRST_REST_S
    site.tick(FIRST_REST_S)
    assert site.call.target == f"sip:srs@{ONE}"
    for _ in range(2):
        site.handle(LegRejected(leg=site.call.leg, status=503, reason=""))
    assert ("unreachable", "") not in told(site.last)
    site.tick(FIRST_REST_S + 2 * FIRST_REST_S)
    assert len(of_kind(site.answer(), ForkLeg)) == 2
    assert not any(kind == "unreachable" for kind, _ in told(site.last))


def test_a_recorder_that_takes_no_stream_is_none() -> None:
    site = Site(ONE, TWO)
    site.follow(BOTH)
    refused = answer_to(site.call.offer).replace(b"m=audio 4000", b"m=audio 0").replace(b"4002", b"0")
    leg = site.call.leg
    site.handle(LegAnswered(leg=leg, answer=refused))
    assert HangUp(leg=leg, cause=488) in site.last and site.call.target == f"sip:srs@{TWO}"


def test_after_glare_what_is_true_then_is_offered() -> None:
    site = up()
    site.follow(PAUSED)
    leg = site.reinvite.leg
    assert site.handle(ReinviteRefused(leg=leg, status=491, retry_s=2.0)) == []
    assert of_kind(site.follow(HELD), Reinvite) == []
    site.handle(ReinviteDue(leg=leg))
    assert [one.direction for one in parse_sdp(site.reinvite.offer or b"").media] == ["sendonly", "inactive"]


def test_an_offer_that_met_one_of_the_recorder_is_made_again_soon() -> None:
    site = up()
    site.follow(PAUSED)
    site.handle(ReinviteRefused(leg=site.reinvite.leg, status=491))
    assert site.session.deadline == GLARE_S
    assert len(of_kind(site.tick(GLARE_S), Reinvite)) == 1


def test_a_refused_change_is_kept_in_writing_and_not_repeated() -> None:
    site = up()
    site.follow(Picture(parties=(ANN, EVE)))
    site.handle(ReinviteRefused(leg=site.reinvite.leg, status=488))
    assert told(site.last) == [("refused", "srs@192.0.2.1")]
    assert site.session.is_up and site.follow(Picture(parties=(ANN, EVE))) == []


@pytest.mark.requirement("REC-13")
def test_a_recorder_that_nobody_reaches_any_more_is_followed_by_the_next() -> None:
    site = up(ONE, TWO)
    dialog = _dialog(site)
    site.follow(PAUSED)
    site.handle(ReinviteRefused(leg=dialog, status=503))
    assert HangUp(leg=dialog) in site.last and site.call.target == f"sip:srs@{TWO}"


def test_a_recorder_of_whom_nothing_is_heard_is_offered_the_same_again() -> None:
    site = up(ONE, TWO)
    assert site.tick(CHECK_S - 0.01) == []
    site.tick(CHECK_S)
    assert site.reinvite.metadata == b"" and site.reinvite.offer is not None
    assert site.answer() == [] and site.session.deadline == 2 * CHECK_S
    site.tick(2 * CHECK_S)
    site.handle(ReinviteRefused(leg=_dialog(site), status=503))
    assert site.call.target == f"sip:srs@{TWO}"


@pytest.mark.rfc("7866", "7.2")
def test_the_recorder_may_pause_and_go_on() -> None:
    site = up()
    offer = answer_to(_offer(site), "inactive")
    site.handle(ReinviteOffered(leg=_dialog(site), offer=offer))
    assert len(of_kind(site.last, AcceptReinvite)) == 1 and len(of_kind(site.last, UnforkLeg)) == 2
    site.handle(ReinviteOffered(leg=_dialog(site), offer=answer_to(_offer(site))))
    assert len(of_kind(site.last, ForkLeg)) == 2


def test_a_recorder_that_asks_for_our_offer_answers_it_in_its_ack() -> None:
    site = up()
    site.handle(ReinviteOffered(leg=_dialog(site), offer=None))
    (accepted,) = of_kind(site.last, AcceptReinvite)
    moved = answer_to(accepted.answer, port=5000)
    site.handle(LegConfirmed(leg=_dialog(site), answer=moved))
    assert [one.port for one in of_kind(site.last, ForkLeg)] == [5000, 5002]


def test_an_offer_that_is_none_is_refused() -> None:
    site = up()
    site.handle(ReinviteOffered(leg=_dialog(site), offer=b"rubbish"))
    assert site.last == [RefuseReinvite(leg=_dialog(site), status=400)]


def test_a_lost_worker_gives_new_ports_which_the_recorder_is_told() -> None:
    site = up()
    before = parse_sdp(_offer(site)).media[0].port
    reopened = [effect for leg in list(site.session.legs) for effect in site.session.lost(leg)]
    site.open_ports(reopened, worker=1)
    assert parse_sdp(site.reinvite.offer or b"").media[0].port != before
    assert len(of_kind(site.answer(), ForkLeg)) == 2


def test_a_party_at_another_worker_takes_its_stream_along() -> None:
    site = up()
    ours = of_kind(site.last, ForkLeg)[0].leg
    assert len(of_kind(site.session.reopened(ANN.leg, 0), ForkLeg)) == 1
    assert site.session.reopened(ANN.leg, 1) == [CloseLeg(leg=ours)]
    site.open_ports(site.session.handle(LegClosed(leg=ours, stats=LegStats()), 1.0), worker=1)
    assert len(of_kind(site.last, Reinvite)) == 1
    assert [one.of for one in of_kind(site.answer(), ForkLeg)] == [ANN.leg]


def test_without_a_port_the_others_are_recorded_and_it_is_asked_for_again() -> None:
    site = Site()
    first, second = of_kind(site.session.follow(BOTH, 0.0), OpenLeg)
    site.last = site.session.handle(LegFailed(leg=first.leg, reason="no port"), 0.0)
    assert told(site.last) == [("no_port", "srs@192.0.2.1")]
    site.open_ports([second])
    assert len(parse_sdp(site.call.offer).media) == 1
    site.answer()
    assert site.session.deadline == NO_PORT_S
    site.tick(NO_PORT_S)
    assert [one.values("label") for one in parse_sdp(site.reinvite.offer or b"").media] == [["2"], ["3"]]


def test_events_of_others_change_nothing() -> None:
    site = up()
    assert site.handle(LegEnded(leg=LegId("other"), by_peer=True, how="bye")) == []
    assert site.handle(LegFailed(leg=LegId("other"), reason="")) == []
    assert site.handle(LegClosed(leg=LegId("other"), stats=LegStats())) == []


def _dialog(site: Site) -> LegId:
    """The leg of the dialog: the one of ours that has no port."""
    return site.session.leg


def _offer(site: Site) -> bytes:
    """The description as it was answered, with both streams."""
    other = Site()
    other.follow(BOTH)
    return other.call.offer
