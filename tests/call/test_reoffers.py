"""Which offers are answered at once, and which are none of ours."""

import pytest

from pbx.call.reoffers import Reoffers
from pbx.core.ids import LegId
from pbx.sip.effects import AcceptReinvite, RefuseReinvite
from pbx.sip.events import ReinviteDue, ReinviteOffered, ReinviteRefused
from pbx.sip.withdrawn import ReinviteWithdrawn
from tests.call.conftest import OFFER, Board
from tests.call.parties import A, talking


@pytest.fixture
def reoffers(board: Board) -> Reoffers:
    talking(board)
    (call,) = board.switchboard.calls.values()
    return Reoffers(call.parts.connect, call.parts.capture)


def test_audio_is_answered_at_once(reoffers: Reoffers) -> None:
    (answer,) = reoffers.handle(ReinviteOffered(leg=A, offer=OFFER), 200.0)
    assert isinstance(answer, AcceptReinvite)
    assert reoffers.fax.deadline is None


def test_what_cannot_be_heard_is_refused(reoffers: Reoffers) -> None:
    video = OFFER.replace(b"m=audio", b"m=video")
    assert reoffers.handle(ReinviteOffered(leg=A, offer=video), 200.0) == [RefuseReinvite(leg=A, status=488)]


def test_what_came_to_nothing_changes_nothing(reoffers: Reoffers) -> None:
    assert reoffers.handle(ReinviteRefused(leg=A, status=488), 200.0) == []
    assert reoffers.handle(ReinviteWithdrawn(leg=A), 200.0) == []
    assert reoffers.handle(ReinviteDue(leg=LegId("nobody")), 200.0) == []
