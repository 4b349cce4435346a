"""Who joins a recorded call is told or asked before a sample of him is kept, and that once."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from pbx.call.agreements import Agreements
from pbx.call.context import JoinerPolicy
from pbx.call.effects import Audit, CheckCaller, SaveConsent
from pbx.call.events import CallerChecked, LegLost
from pbx.call.joining import newcomers_first
from pbx.consent.effects import ConsentState, Mode
from pbx.consent.rules import ConsentRules
from pbx.core.ids import LegId
from pbx.media.effects import (
    BridgeLegs,
    MoveRecording,
    NoteInRecording,
    SetGate,
    StartRecording,
    StopPlay,
    StopRecording,
)
from pbx.media.events import RecordingFailed
from pbx.recording.rules import RecordingRules
from pbx.sip.effects import PlaceCall, Reinvite
from pbx.sip.events import (
    LegAnswered,
    LegConfirmed,
    LegEnded,
    PeerIdentified,
    ReinviteOffered,
    TransferRequested,
)
from pbx.sip.record_header import RecordRequested
from tests.call.captures import AGENT, CALLER, CONTEXT, LEG, UNKNOWN_ROW, party, proof
from tests.call.conftest import ANSWER, Board, contact
from tests.call.joiners import (
    B2,
    BRITAIN,
    FRANCE,
    GERMANY,
    agrees,
    asked,
    attended,
    blind,
    board_of,
    consult,
    declines,
    notes,
    open_gates,
)
from tests.call.parties import A, answer, end_ours, hang_up, internal, refer, talking
from tests.call.rooms import press
from tests.call.support import SUPPORT, type_date
from tests.call.test_attended import recorded
from tests.call.test_renamed import trusting

pytestmark = pytest.mark.requirement("C-07")
Way = Callable[[Board, str], LegId]
WAYS = pytest.mark.parametrize("way", [blind, attended])
OBJECTIONABLE = ConsentRules.from_data(
    {"version": "1", "rules": [UNKNOWN_ROW, UNKNOWN_ROW | {"region": "GB"}]}
)
MODES: tuple[Mode, ...] = ("none", "notify", "notify_optout", "optin_one", "optin_all", "never")
STATES: tuple[ConsentState, ...] = ("unknown", "informed", "granted", "declined", "withdrawn")
ENOUGH: dict[str, set[ConsentState]] = {
    **dict.fromkeys(("none", "notify", "notify_optout"), {"informed", "granted"}),
    **dict.fromkeys(("optin_one", "optin_all"), {"granted"}),
    "never": set(),
}


@pytest.mark.parametrize("joins", STATES)
@pytest.mark.parametrize("after", MODES)
@pytest.mark.parametrize("before", MODES)
def test_who_is_asked_by_mode_before_mode_after_and_what_he_said(
    before: Mode, after: Mode, joins: ConsentState
) -> None:
    """The stayer was only told; the joiner is asked first, the stayer only for more than he has said."""
    rows = [UNKNOWN_ROW | {"region": name, "mode": mode} for name, mode in (("GB", before), ("DE", after))]
    rules = ConsentRules.from_data({"version": "1", "rules": [UNKNOWN_ROW, *rows]})
    agreements = Agreements(replace(CONTEXT, rules=rules))
    agreements.settled(LEG, proof("informed"), record=True)
    agreements.settled(AGENT, proof(joins), record=joins in ("informed", "granted"))
    german = party(AGENT, "trunk/carrier", "+493012345678")
    agreements.resolve(german, CALLER)
    rule = max(before, after, key=MODES.index)
    due = [leg.id for leg in newcomers_first(agreements, CALLER, german)]
    if rule == "never":
        assert due == []
    elif joins == "unknown":
        assert due == [AGENT]
    else:
        short = [LEG] if "informed" not in ENOUGH[rule] else []
        is_asked_again = joins == "informed" and "informed" not in ENOUGH[rule]
        assert due == [*short, *([AGENT] if is_asked_again else [])]


@WAYS
def test_a_german_joiner_is_asked_alone_and_kept_from_his_yes_on(way: Way) -> None:
    board = board_of()
    joiner = way(board, GERMANY)
    assert (asked(board, joiner), open_gates(board, joiner)) == (1, (False, False))
    shut = board.effects.index(SetGate(leg=joiner, open=False))
    bridge = next(
        n
        for n, one in enumerate(board.effects)
        if isinstance(one, BridgeLegs) and joiner in (one.a, one.b) and A in (one.a, one.b)
    )
    assert shut < bridge, "before the first packet"
    n_of_caller = asked(board, A)
    agrees(board, joiner)
    assert open_gates(board, joiner) == (False, True), "of the caller it takes more than to know it, now"
    assert asked(board, A) == n_of_caller + 1
    agrees(board, A)
    assert open_gates(board, joiner) == (True, True)
    assert len(board.all(StartRecording)) == 1 and not board.all(StopRecording)
    assert notes(board).count("consent.granted") >= 2 and "party.joined" in notes(board)


@WAYS
@pytest.mark.parametrize("is_silent", [True, False])
def test_a_joiner_who_says_no_or_nothing_is_left_out_and_the_others_go_on(way: Way, is_silent: bool) -> None:  # noqa: FBT001
    board = board_of()
    joiner = way(board, GERMANY)
    n_of_caller = asked(board, A)
    if is_silent:
        for _ in range(2):
            board.finish_prompt(joiner)
            board.pass_time(9.0)
    else:
        declines(board, joiner)
    assert open_gates(board, joiner) == (True, False)
    assert asked(board, A) == n_of_caller, "what he knows already he is not told"
    assert not board.all(StopRecording)
    assert board.last(SaveConsent).record.proof.state == "declined"
    assert notes(board)[-1] == "consent.declined"


@WAYS
def test_by_policy_a_no_ends_it_for_all(way: Way) -> None:
    board = board_of("stop_all")
    joiner = way(board, GERMANY)
    declines(board, joiner)
    assert len(board.all(StopRecording)) == 1
    stopped = [one.fact.details for one in board.all(Audit) if one.fact.kind == "recording.stopped"]
    assert [one["reason"] for one in stopped] == ["who joined has not agreed"]
    assert notes(board)[-1] == "consent.declined"
    hang_up(board, A)
    end_ours(board)
    assert board.record.recording_reason == "who joined has not agreed"


@WAYS
def test_a_briton_is_told_and_the_caller_hears_nothing_more(way: Way) -> None:
    board = board_of()
    joiner = way(board, BRITAIN)
    n_of_caller = asked(board, A)
    assert (asked(board, joiner), open_gates(board, joiner)) == (1, (True, False))
    board.finish_prompt(joiner)
    assert open_gates(board, joiner) == (True, True)
    assert asked(board, A) == n_of_caller


@pytest.mark.parametrize(("policy", "n_stopped"), [("exclude_leg", 0), ("stop_all", 1)])
def test_of_whom_nothing_may_be_kept_is_asked_nothing(policy: JoinerPolicy, n_stopped: int) -> None:
    board = board_of(policy)
    joiner = blind(board, FRANCE)
    assert asked(board, joiner) == 0
    assert len(board.all(StopRecording)) == n_stopped
    assert open_gates(board, joiner)[1] is False
    assert n_stopped or open_gates(board)[0], "the caller is kept by his own rule"


def withdrawing(policy: JoinerPolicy = "exclude_leg") -> Board:
    return board_of(policy, lambda one: replace(one, withdraw_key="*9"))


def test_a_joiner_who_withdraws_while_he_is_asked_is_left_out_and_his_number_is_remembered() -> None:
    board = withdrawing()
    joiner = blind(board)
    press(board, joiner, "*", "9")
    assert board.all(StopPlay)[-1].leg == joiner
    assert open_gates(board, joiner) == (True, False) and not board.all(StopRecording)
    board.send(LegEnded(leg=A, by_peer=True, how="bye"))
    end_ours(board)
    again = blind(board)
    assert asked(board, again) == 0, "he has said so already"
    assert open_gates(board, again) == (True, False)


def test_the_caller_who_withdraws_meanwhile_ends_the_question_and_the_recording() -> None:
    board = withdrawing()
    joiner = blind(board)
    press(board, A, "*", "9")
    assert board.all(StopPlay)[-1].leg == joiner
    assert len(board.all(StopRecording)) == 1 and open_gates(board, joiner) == (False, False)


def test_a_caller_who_was_told_and_does_not_agree_to_more_ends_the_recording() -> None:
    board = board_of()
    joiner = blind(board)
    agrees(board, joiner)
    declines(board, A)
    assert len(board.all(StopRecording)) == 1 and not open_gates(board)[0]


@pytest.mark.parametrize("who", ["caller", "joiner"])
def test_a_bye_while_he_is_asked_leaves_no_proof_of_an_answer(who: str) -> None:
    board = board_of()
    joiner = blind(board)
    n_proofs = len(board.all(SaveConsent))
    board.send(LegEnded(leg=A if who == "caller" else joiner, by_peer=True, how="bye"))
    board.pass_time(70.0)
    assert len(board.all(SaveConsent)) == n_proofs
    assert not open_gates(board, joiner)[1]
    assert len(board.all(StopRecording)) == 1


def test_whoever_comes_in_his_place_ends_the_question() -> None:
    board = board_of(change=lambda one: replace(one, transferring_trunks=frozenset({"carrier"})))
    first = blind(board)
    second = refer(board, first, "01632960101")
    answer(board, second)
    assert StopPlay(leg=first) in board.all(StopPlay)
    assert (asked(board, second), open_gates(board, second)) == (0, (True, True)), "staff has its notice"


def test_a_worker_that_dies_meanwhile_lets_the_question_begin_anew() -> None:
    board = board_of()
    joiner = blind(board)
    board.send(LegLost(leg=joiner))
    assert asked(board, joiner) == 2 and not open_gates(board, joiner)[1]
    agrees(board, joiner)
    assert open_gates(board, joiner)[1]


def test_the_callers_worker_dies_while_the_joiner_is_asked() -> None:
    board = board_of()
    joiner = blind(board, BRITAIN)
    n_journals = len(board.all(StartRecording))
    board.send(LegLost(leg=A))
    assert len(board.all(StartRecording)) == n_journals + 1, "the next chapter"
    assert open_gates(board, joiner) == (True, False)
    board.finish_prompt(joiner)
    assert open_gates(board, joiner) == (True, True)


def test_who_holds_us_hears_nothing_and_is_told_once_he_comes_back() -> None:
    board = board_of()
    joiner = blind(board, BRITAIN)
    hold(board, joiner, "sendonly")
    assert board.all(StopPlay)[-1].leg == joiner
    n_proofs = len(board.all(SaveConsent))
    board.finish_prompt(joiner)
    board.pass_time(120.0)
    assert len(board.all(SaveConsent)) == n_proofs, "he was not told"
    hold(board, joiner, "sendrecv")
    assert asked(board, joiner) == 2
    board.finish_prompt(joiner)
    assert open_gates(board, joiner) == (True, True)


def hold(board: Board, leg: LegId, direction: str) -> None:
    board.send(ReinviteOffered(leg=leg, offer=ANSWER + f"a={direction}\r\n".encode()))


def test_audio_does_not_go_past_us_while_he_is_asked() -> None:
    board = board_of()
    joiner = blind(board)
    n_offers = len(board.all(Reinvite))
    board.pass_time(7.0)
    assert asked(board, joiner) == 1 and len(board.all(Reinvite)) == n_offers


@pytest.mark.requirement("R-09")
def test_whoever_does_not_want_it_by_his_description_is_not_kept_after_a_yes() -> None:
    board = board_of()
    agent = recorded(board)
    joiner = refer(board, agent, GERMANY)
    board.send(LegAnswered(leg=joiner, answer=ANSWER + b"a=recordpref:off\r\n"))
    agrees(board, joiner)
    assert open_gates(board, joiner)[1] is False


def test_a_recording_that_fails_meanwhile_ends_the_question() -> None:
    board = board_of()
    joiner = blind(board)
    recording = board.last(StartRecording).recording
    board.send(RecordingFailed(recording=recording, reason="the disk is full"))
    assert board.all(StopPlay)[-1].leg == joiner


@pytest.mark.requirement("REC-07")
def test_who_has_agreed_in_a_recorded_call_is_not_asked_again_in_the_next() -> None:
    """Both calls of 1003 are recorded; what the second party said goes with its leg."""
    board = board_of(change=lambda one: replace(one, recording=RecordingRules(otherwise="always")))
    agent = talking(board)
    board.finish_prompt()
    joiner = consult(board, GERMANY, "1003")
    agrees(board, joiner)
    assert asked(board, joiner) == 1 and open_gates(board, joiner) == (True, True)
    board.send(TransferRequested(leg=agent, target="", is_attended=True, replaced=B2))
    assert asked(board, joiner) == 1
    assert open_gates(board, joiner) == (False, True), "and the caller is asked, for he was only told"


def test_another_who_speaks_on_the_leg_of_a_joiner_is_asked_anew() -> None:
    board = board_of(change=trusting)
    joiner = blind(board, BRITAIN)
    board.finish_prompt(joiner)
    board.send(PeerIdentified(leg=joiner, from_user="", asserted_user="01632960150"))
    assert (asked(board, joiner), open_gates(board, joiner)) == (2, (True, False))
    board.finish_prompt(joiner)
    assert open_gates(board, joiner) == (True, True)


@pytest.mark.requirement("REC-02")
def test_the_recording_stays_with_who_was_there() -> None:
    board = board_of()
    blind(board)
    assert [one.leg for one in board.all(MoveRecording)][-1:] in ([], [A])


def test_an_ordered_recording_may_be_paused_while_a_joiner_is_asked() -> None:
    """The record key pauses what runs, as if nobody were asked."""
    board = board_of(change=lambda one: replace(one, recording=RecordingRules(otherwise="on_demand")))
    agent = internal(board)
    board.send(RecordRequested(leg=A, on=True))
    joiner = refer(board, agent, GERMANY)
    answer(board, joiner)
    assert asked(board, joiner) == 1 and not board.all(StopRecording)
    board.send(RecordRequested(leg=A, on=False))
    assert board.last(NoteInRecording).kind == "pause"
    agrees(board, joiner)
    assert open_gates(board, joiner) == (True, True) and not board.all(StopRecording)


def test_where_the_caller_refused_nobody_who_joins_is_asked() -> None:
    board = board_of(change=lambda one: replace(one, rules=OBJECTIONABLE))
    board.contacts = {user: (contact(user),) for user in ("1001", "1002", "1003")}
    board.offer(SUPPORT)
    board.send(LegConfirmed(leg=A))
    board.finish_prompt()
    press(board, A, "2")
    board.finish_prompt()
    type_date(board)
    check = board.last(CheckCaller)
    board.send(CallerChecked(call=check.call, token=check.token, matched=True, customer="c-1"))
    board.pass_time(1.0)
    agent = board.last(PlaceCall).leg
    answer(board, agent)
    joiner = refer(board, agent, BRITAIN)
    answer(board, joiner)
    assert asked(board, joiner) == 0 and not any(open_gates(board, joiner))
