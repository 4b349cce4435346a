"""Which offers are answered at once, and which are none of ours."""

import pytest

from pbx.call.conferences import Conferences
from pbx.call.effects import CallEffect
from pbx.call.fax import Fax
from pbx.call.features import Features
from pbx.call.reoffers import Reoffers
from pbx.call.rescue import Rescue
from pbx.call.trail import Trail
from pbx.core.ids import LegId
from pbx.services.queues import Queues
from pbx.sip.effects import AcceptReinvite, RefuseReinvite, Reinvite
from pbx.sip.events import ReinviteDue, ReinviteOffered, ReinviteRefused
from pbx.sip.withdrawn import ReinviteWithdrawn
from tests.call.conftest import OFFER, Board
from tests.call.parties import A, talking

FAX = OFFER[: OFFER.index(b"m=")] + b"m=image 4000 udptl t38\r\n"


@pytest.fixture
def reoffers(board: Board) -> Reoffers:
    talking(board)
    (call,) = board.switchboard.calls.values()
    parts = call.parts
    boards = (Conferences(), Queues())
    features = Features((call.id, call.caller), parts.context, parts.capture, boards, trail=Trail())
    rescue = Rescue(parts.connect, parts.capture, (features, parts.assisted))
    return Reoffers(parts.connect, rescue, Fax(parts.connect, parts.capture), parts.direct, features.telling)


def kinds(effects: list[CallEffect] | None) -> list[type]:
    return [type(one) for one in effects or ()]


def test_audio_is_answered_at_once_and_a_fax_is_not(reoffers: Reoffers) -> None:
    assert kinds(reoffers.handle(ReinviteOffered(leg=A, offer=OFFER), 200.0)) == [AcceptReinvite]
    assert kinds(reoffers.handle(ReinviteOffered(leg=A, offer=FAX), 200.0)) == [Reinvite]


def test_what_cannot_be_heard_is_refused(reoffers: Reoffers) -> None:
    video = OFFER.replace(b"m=audio", b"m=video")
    assert reoffers.handle(ReinviteOffered(leg=A, offer=video), 200.0) == [RefuseReinvite(leg=A, status=488)]


def test_what_came_to_nothing_changes_nothing(reoffers: Reoffers) -> None:
    assert reoffers.handle(ReinviteRefused(leg=A, status=488), 200.0) == []
    assert reoffers.handle(ReinviteWithdrawn(leg=A), 200.0) == []
    assert reoffers.handle(ReinviteDue(leg=LegId("nobody")), 200.0) == []


def test_a_party_that_never_hears_of_its_new_port_ends_the_call(board: Board, reoffers: Reoffers) -> None:
    (call,) = board.switchboard.calls.values()
    call.parts.connect.legs[A].is_told = False
    assert reoffers.handle(ReinviteRefused(leg=A, status=491), 200.0) == []
    assert reoffers.handle(ReinviteRefused(leg=A, status=488), 200.0) is None
