"""A party takes its consent back: by which ways, what is kept of whom afterwards, and who is told."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from pbx.call.context import CallContext
from pbx.call.effects import KeepRefusal, SaveConsent
from pbx.call.events import LegLost, WithdrawalOrdered
from pbx.consent.rules import ConsentRules
from pbx.core.ids import CallId, LegId
from pbx.media.effects import NoteInRecording, SetGate, StartRecording, StopRecording
from pbx.media.events import RecordingStarted
from pbx.recording.rules import Mode, RecordingRules
from pbx.sip.effects import PlaceCall
from pbx.sip.events import DeviceOrigin, LegAnswered, LegConfirmed, TransferRequested
from tests.call.captures import UNKNOWN_ROW
from tests.call.conftest import ANSWER, Board, contact
from tests.call.parties import CAROL, A, answer, end_ours, hang_up, internal, refer, talking
from tests.call.support import SUPPORT, facts, to_agents, to_question
from tests.call.test_key_orders import press
from tests.call.test_ordering import press as press_record
from tests.call.test_telling import gates, heard, opened, outbound, ruled, said

pytestmark = [pytest.mark.requirement("REC-06"), pytest.mark.requirement("C-06")]
KEY, CODE = "*9", "*63"
SELF, OTHER = "You are no longer recorded.", "The other party is no longer recorded."
REFUSED = "This call has to be recorded. If you do not agree, please hang up."


def with_key(context: CallContext) -> CallContext:
    return replace(context, withdraw_key=KEY)


def mandatory(context: CallContext) -> CallContext:
    return replace(context, withdraw_key=KEY, may_withdraw=False)


def regulated(context: CallContext) -> CallContext:
    """A firm whose calls the law of its country wants recorded."""
    rows = [UNKNOWN_ROW | {"mode": "notify"}, UNKNOWN_ROW | {"region": "GB", "mode": "notify"}]
    overlay = UNKNOWN_ROW | {"region": "GB", "overlay": "fca", "mode": "notify", "mandatory": True}
    rules = ConsentRules.from_data({"version": "1", "rules": [*rows, overlay]})
    return replace(context, rules=rules, overlays=("fca",), withdraw_key=KEY)


def recorded(
    mode: str = "notify", change: Callable[[CallContext], CallContext] = with_key, otherwise: Mode = "always"
) -> tuple[Board, LegId]:
    """Alice (leg `a`, from the network) and Bob (1003) talk, and both are kept; Bob's leg."""
    board = ruled(otherwise=otherwise, mode=mode, change=change)
    bob = talking(board)
    if board.all(StartRecording) or mode == "optin_all":
        heard(board, A)
    if mode == "optin_all":
        press(board, A, "1")
    board.pass_time(2.5)
    if board.all(StartRecording):
        board.send(RecordingStarted(recording=board.last(StartRecording).recording))
    return board, bob


def ordered(board: Board, leg: str = "") -> None:
    call = CallId(next(iter(board.switchboard.calls)))
    board.send(WithdrawalOrdered(call=call, leg=leg, actor="operator/anna", reason="she rang"))


WAYS: dict[str, Callable[[Board, LegId], object]] = {
    "her key": lambda board, _: press(board, A, KEY),
    "the agent's code": lambda board, bob: press(board, bob, CODE),
    "an operator": lambda board, _: ordered(board),
}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("mode", ["notify", "notify_optout"])
def test_nothing_more_is_kept_of_who_withdraws(way: str, mode: str) -> None:
    board, bob = recorded(mode)
    assert opened(board) == {A, bob}
    WAYS[way](board, bob)
    assert opened(board) == {bob}
    assert board.all(StopRecording) == []
    noted = [one for one in board.all(NoteInRecording) if one.kind == "consent.withdrawn"]
    assert [one.details["party"] for one in noted] == ["caller"]
    assert sorted(said(board)[-2:]) == sorted([SELF, OTHER])


@pytest.mark.parametrize("way", WAYS)
def test_where_all_have_to_agree_the_whole_recording_ends(way: str) -> None:
    board, bob = recorded("optin_all")
    assert opened(board) == {A, bob}
    WAYS[way](board, bob)
    assert len(board.all(StopRecording)) == 1
    hang_up(board, A)
    end_ours(board)
    assert (board.record.recording_state, board.record.recording_reason) == (
        "recorded",
        "withdrawn by caller",
    )


def test_the_gate_shuts_before_anything_else_is_done() -> None:
    board, _ = recorded()
    before = len(board.effects)
    press(board, A, KEY)
    assert board.effects[before] == SetGate(leg=A, open=False)


def test_the_record_says_by_which_way_and_under_which_rules() -> None:
    board, bob = recorded()
    press(board, A, KEY)
    kept = board.last(SaveConsent).record.proof
    assert (kept.state, kept.party, kept.key) == ("withdrawn", "caller", KEY)
    assert kept.prompt == "withdrawn by trunk/carrier"
    assert kept.decision.rules_version == "1"
    (fact,) = facts(board, "consent.withdrawal")
    assert (fact["actor"], fact["party"], fact["reason"]) == ("trunk/carrier", "trunk/carrier", "key *9")
    hang_up(board, bob)
    end_ours(board)
    assert board.last(SaveConsent).record.consent in board.record.consents
    assert board.record.recording_reason == "withdrawn by caller"


def test_again_changes_nothing() -> None:
    board, bob = recorded()
    press(board, A, KEY)
    before = len(board.effects)
    press(board, A, KEY)
    press(board, bob, CODE)
    ordered(board)
    assert board.effects[before:] == []


def test_an_extension_withdraws_for_itself() -> None:
    board, bob = recorded()
    press(board, bob, KEY)
    assert opened(board) == {A}
    assert board.all(KeepRefusal) == [], "what is remembered are numbers of the network"


def test_when_nobody_is_left_the_recording_ends() -> None:
    board, bob = recorded()
    press(board, A, KEY)
    press(board, bob, KEY)
    assert (len(board.all(StopRecording)), opened(board)) == (1, set())


def test_a_party_outside_is_not_told_what_another_one_wants() -> None:
    board, bob = recorded()
    outside = refer(board, bob, "901632960999")
    answer(board, outside)
    n_said = len(said(board))
    press(board, A, KEY)
    assert OTHER not in said(board)[n_said:]


def test_who_has_agreed_and_waits_for_the_other_may_still_withdraw() -> None:
    board = ruled(otherwise="always", mode="optin_all", change=with_key)
    bob = talking(board)
    outside = refer(board, bob, "901632960999")
    answer(board, outside)
    heard(board, A)
    press(board, A, "1")  # the other is still being asked
    press(board, A, KEY)
    heard(board, outside)
    press(board, outside, "1")
    assert opened(board) == set()
    kept = [one.refuses for one in board.all(KeepRefusal) if one.number == "+447700900123"]
    assert kept[-1:] == [True]


def test_half_a_key_is_none() -> None:
    board, bob = recorded()
    press(board, A, "*")
    board.now += 4.0
    press(board, A, "9")
    assert opened(board) == {A, bob}


def test_without_a_key_there_is_the_code_only() -> None:
    board, bob = recorded(change=lambda context: context)
    press(board, A, KEY)
    assert opened(board) == {A, bob}
    press(board, bob, CODE)
    assert opened(board) == {bob}


def test_a_code_of_a_stranger_is_for_somebody_else() -> None:
    board, bob = recorded()
    press(board, A, CODE)
    assert opened(board) == {A, bob}


@pytest.mark.requirement("C-12")
@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("by", [mandatory, regulated])
def test_what_has_to_be_recorded_goes_on_and_says_so(
    way: str, by: Callable[[CallContext], CallContext]
) -> None:
    board, bob = recorded(change=by)
    assert said(board) == ["This call will be recorded to check that we follow our rules."]
    WAYS[way](board, bob)
    assert opened(board) == {A, bob}
    assert said(board)[-1] == REFUSED
    (fact,) = facts(board, "consent.withdrawal_refused")
    assert fact["party"] == "trunk/carrier"


def test_after_a_transfer_nothing_of_her_is_kept() -> None:
    board, bob = recorded()
    press(board, A, KEY)
    desk = refer(board, bob)
    answer(board, desk)
    assert opened(board) - {bob} == {desk}
    assert gates(board)[A] is False


def test_a_transfer_right_after_the_key_opens_no_gate() -> None:
    board, bob = recorded()
    desk = refer(board, bob)
    press(board, A, KEY)
    answer(board, desk)
    assert gates(board)[A] is False


def test_after_an_attended_transfer_her_refusal_goes_along() -> None:
    board, bob = recorded("optin_all")
    press(board, A, KEY)
    board.offer("1002", origin=DeviceOrigin(tenant="acme", extension="1003"), leg="c")
    second = board.last(PlaceCall).leg
    board.send(LegAnswered(leg=second, answer=ANSWER))
    board.send(LegConfirmed(leg=LegId("c")))
    board.send(TransferRequested(leg=bob, target="", is_attended=True, replaced=LegId("c")))
    assert gates(board)[A] is False


def test_the_agents_record_key_does_not_bring_her_back() -> None:
    board = ruled(otherwise="on_demand", mode="notify", change=with_key)
    bob = talking(board)
    press_record(board, bob)
    heard(board, A)
    press(board, A, KEY)
    press_record(board, bob, on=False)
    press_record(board, bob)
    assert gates(board)[A] is False


def test_the_agents_record_key_begins_nothing_without_her() -> None:
    board, bob = recorded(otherwise="on_demand")
    press(board, A, KEY)
    press_record(board, bob)
    assert board.all(StartRecording) == []


def test_a_pause_that_ends_does_not_bring_her_back() -> None:
    board, bob = recorded()
    press(board, bob, "*61")
    press(board, A, KEY)
    press(board, bob, "*62")
    assert gates(board)[A] is False


def test_another_media_worker_keeps_nothing_of_her() -> None:
    board, bob = recorded()
    press(board, A, KEY)
    before = len(board.effects)
    board.send(LegLost(leg=A))
    board.send(LegLost(leg=bob))
    assert {one.leg for one in board.effects[before:] if isinstance(one, SetGate) and one.open} == {bob}


def test_who_is_being_told_and_withdraws_ends_the_recording() -> None:
    board = ruled(otherwise="always", mode="notify", change=with_key)
    talking(board)
    press(board, A, KEY)  # in the middle of the announcement
    heard(board, A)
    assert opened(board) == set()
    assert len(board.all(StopRecording)) == 1


def test_during_a_secret_keys_are_for_the_secret() -> None:
    board = Board(change=with_key)
    to_question(board)
    press(board, A, KEY)
    assert facts(board, "consent.withdrawal") == []


def test_who_is_alone_with_a_flow_withdraws_too() -> None:
    board = Board(change=with_key)
    board.offer(SUPPORT)
    board.send(LegConfirmed(leg=A))
    board.finish_prompt()
    press(board, A, KEY)  # in the middle of the announcement
    assert board.last(KeepRefusal).refuses
    board.finish_prompt()
    board.pass_time(2.5)
    assert opened(board) == set()
    assert board.all(StopRecording)


def test_an_operator_says_whose_when_it_is_not_clear() -> None:
    board = ruled(otherwise="always", change=with_key)
    callee = internal(board)
    ordered(board)
    assert opened(board) == {A, callee}
    ordered(board, callee)
    assert opened(board) == {A}


def later(board: Board, number: str = "+447700900123") -> None:
    """The first call is over; the next one begins on leg `z`, to Bob."""
    board.offer(CAROL, number=number, leg="z")
    bob = board.last(PlaceCall).leg
    board.send(LegAnswered(leg=bob, answer=ANSWER))
    board.send(LegConfirmed(leg=LegId("z")))


def test_the_number_is_remembered() -> None:
    board, bob = recorded()
    press(board, A, KEY)
    kept = board.last(KeepRefusal)
    assert (kept.tenant, kept.number, kept.refuses) == ("acme", "+447700900123", True)
    assert kept.consent == board.last(SaveConsent).record.consent
    assert kept.number not in repr(kept)
    hang_up(board, bob)
    n_before, n_said = len(board.all(StartRecording)), len(said(board))
    later(board)
    assert len(board.all(StartRecording)) == n_before
    assert len(said(board)) == n_said, "nobody is told that he is recorded who is not"
    later(board, "+447700900999")
    assert len(board.all(StartRecording)) == n_before + 1


def test_of_a_withheld_number_nothing_is_remembered() -> None:
    board = ruled(otherwise="always", change=with_key)
    board.contacts = {"1003": (contact("1003"),)}
    board.offer(CAROL, number="anonymous")
    bob = board.last(PlaceCall).leg
    board.send(LegAnswered(leg=bob, answer=ANSWER))
    board.send(LegConfirmed(leg=A))
    heard(board, A)
    board.pass_time(2.5)
    press(board, A, KEY)
    assert (board.all(KeepRefusal), opened(board)) == ([], {bob})


def test_who_is_called_outside_is_remembered_too() -> None:
    board = ruled(otherwise="always", change=with_key)
    callee = outbound(board)
    heard(board, callee)
    press(board, callee, KEY)
    assert board.last(KeepRefusal).number == "+441632960999"
    hang_up(board, callee)
    end_ours(board)
    n_before = len(board.all(StartRecording))
    outbound(board)
    assert len(board.all(StartRecording)) == n_before


def test_a_remembered_caller_of_a_flow_is_not_told_that_he_is_recorded() -> None:
    board = Board(change=with_key)
    to_agents(board)
    ordered(board, "a")
    assert board.last(KeepRefusal).refuses
    hang_up(board, A)
    before, n_said = len(board.effects), len(said(board))
    board.offer(SUPPORT, leg="z")
    board.send(LegConfirmed(leg=LegId("z")))
    board.finish_prompt("z")
    assert not [one for one in board.effects[before:] if isinstance(one, StartRecording)]
    assert not any("recorded" in text for text in said(board)[n_said:])
    states = [one.record.proof.state for one in board.all(SaveConsent)]
    assert states[-1] == "declined"


def test_a_yes_is_remembered_as_well() -> None:
    def asking(context: CallContext) -> CallContext:
        asked = ruled(mode="optin_one").tenant_plan.context
        return replace(asked, withdraw_key=KEY, recording=RecordingRules())

    board = Board(change=asking)
    to_agents_asked(board)
    ordered(board, "a")
    hang_up(board, A)
    board.offer(SUPPORT, leg="z")
    board.send(LegConfirmed(leg=LegId("z")))
    board.finish_prompt("z")  # welcome
    board.finish_prompt("z")  # the question
    press(board, LegId("z"), "1")
    assert board.last(KeepRefusal).refuses is False


def to_agents_asked(board: Board) -> None:
    board.offer(SUPPORT)
    board.send(LegConfirmed(leg=A))
    board.finish_prompt()
    board.finish_prompt()
    press(board, A, "1")
