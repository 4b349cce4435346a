"""Three who talk, and the recorders of others: a recorded call of two goes on in its session (RFC 7866)."""

from dataclasses import replace

import pytest

from pbx.call.context import CallContext
from pbx.call.events import LegLost, WithdrawalOrdered
from pbx.core.ids import CallId, LegId
from pbx.media.effects import CloseLeg
from pbx.media.fork_orders import ForkLeg, UnforkLeg
from pbx.recording.rules import RecordingRules
from pbx.sip.effects import HangUp, PlaceCall, Reinvite
from pbx.sip.events import LegAnswered, LegEnded, ReinviteAnswered
from tests.call.conftest import Board
from tests.call.parties import A, end_ours
from tests.call.test_recording_clients import CLIENT, sessions
from tests.call.test_three_way import B2, held, hold, press
from tests.siprec.recorder import answer_to
from tests.siprec.test_metadata import all_of, read

pytestmark = [pytest.mark.requirement("R-29"), pytest.mark.requirement("CF-22")]
ALICE = "sip:+447700900123@acme.example"
BOB, CARL = "sip:1003@acme.example", "sip:1002@acme.example"
STAFF = frozenset({"1001", "1002", "1003"})


class Talk:
    """1003 (Bob) holds Alice (leg `a`) and talks with 1002 (Carl) on leg `b2`; both calls are forked."""

    def __init__(self, staff: frozenset[str] = STAFF) -> None:
        def change(context: CallContext) -> CallContext:
            return replace(context, recorders=CLIENT, staff_acknowledged=staff)

        self.board = Board(recording=RecordingRules(otherwise="always"), change=change)
        self.bob, self.carl = held(self.board)
        self._seen = 0
        self.settle()

    def settle(self) -> None:
        """The recorder takes whatever it is offered, until nothing is; all that it is told is valid."""
        while self._seen < len(self.board.effects):
            order = self.board.effects[self._seen]
            self._seen += 1
            if isinstance(order, PlaceCall | Reinvite) and order.metadata:
                read(order.metadata)
                answer = answer_to(order.offer or b"")
                taken = LegAnswered if isinstance(order, PlaceCall) else ReinviteAnswered
                self.board.send(taken(leg=order.leg, answer=answer))

    def told(self, leg: LegId = A) -> None:
        """A party has heard the announcement, and has not objected."""
        self.board.finish_prompt(leg)
        self.board.pass_time(3.0)
        self.settle()

    def flowing(self, session: PlaceCall) -> set[LegId]:
        """Whose voice the recorder gets in a session now."""
        mine = self.call_of(session)
        of: dict[LegId, LegId] = {}
        for one in self.board.effects:
            if isinstance(one, ForkLeg) and one.session == mine:
                of[one.leg] = one.of
            elif isinstance(one, UnforkLeg | CloseLeg):
                of.pop(one.leg, None)
        return set(of.values())

    def call_of(self, session: PlaceCall) -> str:
        """The call that a session is of."""
        return self.board.switchboard._recorders._owners[session.leg]

    def named(self, session: PlaceCall) -> set[str]:
        """All participants of whom a session has ever been told."""
        said = [one for one in self.board.all(PlaceCall) + self.board.all(Reinvite) if one.leg == session.leg]
        tops = [read(one.metadata) for one in said if one.metadata]
        return {one[0].attrib["aor"] for top in tops for one in all_of(top, "participant")}

    def ids(self, session: PlaceCall) -> set[str]:
        """The communication sessions that a recording session was ever of."""
        said = [one for one in self.board.all(PlaceCall) + self.board.all(Reinvite) if one.leg == session.leg]
        tops = [read(one.metadata) for one in said if one.metadata]
        return {one.attrib["session_id"] for top in tops for one in all_of(top, "session")}


def test_two_calls_become_one_of_three_and_two_again_in_the_same_sessions() -> None:
    talk = Talk()
    talk.told()
    with_carl, with_alice = sessions(talk.board)
    assert talk.flowing(with_carl) == {B2, talk.carl}
    press(talk.board)
    talk.settle()
    assert talk.flowing(with_alice) == talk.flowing(with_carl) == {A, B2, talk.carl}
    assert talk.named(with_carl) == {ALICE, BOB, CARL}
    hold(talk.board, talk.bob, "sendrecv")
    talk.settle()
    assert talk.flowing(with_carl) == {B2, talk.carl}
    assert talk.flowing(with_alice) == {A, talk.bob}
    assert len(sessions(talk.board)) == 2, "no second INVITE"
    assert not {one.leg for one in talk.board.all(HangUp)} & {with_alice.leg, with_carl.leg}
    assert len(talk.ids(with_alice)) == len(talk.ids(with_carl)) == 1


def test_who_was_told_nothing_is_in_neither_session_of_the_three() -> None:
    talk = Talk(staff=STAFF - {"1003"})
    with_carl = sessions(talk.board)[0]
    press(talk.board)
    talk.settle()
    assert talk.flowing(with_carl) == {talk.carl}
    talk.told()
    assert talk.flowing(with_carl) == {A, talk.carl}


def test_who_objects_among_three_is_in_it_no_more() -> None:
    talk = Talk()
    talk.told()
    with_carl, with_alice = sessions(talk.board)
    press(talk.board)
    talk.settle()
    call = CallId(talk.call_of(with_alice))
    talk.board.send(WithdrawalOrdered(call=call, leg=A, actor="root", reason="asked"))
    talk.settle()
    assert A not in talk.flowing(with_alice) | talk.flowing(with_carl)


def test_the_host_hangs_up_and_the_session_of_the_call_that_goes_on_has_both() -> None:
    talk = Talk()
    talk.told()
    with_carl, with_alice = sessions(talk.board)
    press(talk.board)
    talk.settle()
    talk.board.send(LegEnded(leg=B2, by_peer=True, how="bye"))
    end_ours(talk.board)
    talk.settle()
    over = {one.leg for one in talk.board.all(HangUp)} & {with_alice.leg, with_carl.leg}
    assert len(over) == 1 and len(sessions(talk.board)) == 2
    goes_on = with_carl if with_alice.leg in over else with_alice
    assert talk.flowing(goes_on) == {A, talk.carl}, "both were told already"
    (call,) = talk.board.switchboard.calls
    assert talk.call_of(goes_on) == call


def test_the_death_of_the_media_worker_parts_them_and_ends_no_session() -> None:
    talk = Talk()
    talk.told()
    with_carl, with_alice = sessions(talk.board)
    press(talk.board)
    talk.settle()
    board, ours = talk.board, [one.leg for one in talk.board.all(ForkLeg)]
    legs = dict.fromkeys((*ours, A, talk.bob, B2, talk.carl))
    for effects in [board.switchboard.handle(LegLost(leg=leg), board.now) for leg in legs]:
        board._absorb(effects)
    talk.settle()
    assert talk.flowing(with_carl) == {B2, talk.carl}
    assert talk.flowing(with_alice) == {A, talk.bob}
    assert len(sessions(board)) == 2
