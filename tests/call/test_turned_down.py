"""What has to be recorded does not go on unrecorded: it goes another way, or ends with words (C-12)."""

from dataclasses import replace
from typing import get_args

import pytest

from pbx.call.context import CallContext, JoinerPolicy
from pbx.call.effects import SaveConsent
from pbx.call.grace import GRACE_S
from pbx.consent.known import Known
from pbx.consent.rules import ConsentRules
from pbx.core.ids import LegId
from pbx.ivr.steps import FlowPlan, HangUp, RecordingConsent, Say, Step
from pbx.media.effects import StartRecording
from pbx.recording.indication import WORDS
from pbx.recording.rules import RecordingRules
from pbx.sip import effects as sip
from pbx.sip.effects import PlaceCall
from pbx.sip.events import LegConfirmed
from tests.call.captures import UNKNOWN_ROW
from tests.call.conftest import Board, contact
from tests.call.joiners import FRANCE, GERMANY, MODES, blind, board_of, declines
from tests.call.parties import CAROL, A, answer, end_ours, refer, talking
from tests.call.rooms import gate
from tests.call.support import SUPPORT, facts, said
from tests.call.test_key_orders import press
from tests.call.test_telling import DESK, everybody, heard, opened
from tests.call.test_tongues import customer

pytestmark = pytest.mark.requirement("C-12")
GERMAN = "+493012345678"  # is asked, and says no
WORDS_OF_IT = WORDS["en-GB"]["turned_down"]


def firm(context: CallContext) -> CallContext:
    """In the scope of the FCA."""
    return replace(everybody(context), overlays=("fca",))


def flow(refused: str | None, context: CallContext) -> CallContext:
    steps: dict[str, Step] = {
        "ask": RecordingConsent(purposes=("compliance",), granted="yes", declined="no", refused=refused),
        "yes": Say(text="Welcome.", next=None),
        "no": Say(text="Unrecorded.", next=None),
        "other": HangUp(text="Our other desk has another number."),
    }
    plan = FlowPlan(name="support", start="ask", steps=steps)
    return replace(context, flows={**context.flows, "support": plan})


def asked(board: Board, key: str = "2", number: str = GERMAN) -> Board:
    board.journal = True
    board.offer(SUPPORT, number=number)
    board.send(LegConfirmed(leg=A))
    if key:
        press(board, A, key)
        board.finish_prompt()
    return board


@pytest.mark.parametrize("key", ["1", "2"])
def test_without_another_way_he_is_told_and_it_ends(key: str) -> None:
    board = asked(Board(change=lambda one: flow(None, firm(one))), key)
    if key == "1":
        assert (said(board)[-1], bool(board.all(StartRecording))) == ("Welcome.", True)
        return
    assert said(board)[-1] == WORDS_OF_IT
    board.finish_prompt()
    assert board.last(sip.HangUp).leg == A
    end_ours(board)
    assert (board.record.cause, board.all(PlaceCall), board.all(StartRecording)) == ("not_recorded", [], [])
    assert facts(board, "recording.notice") == [{"outcome": "refused"}]


def test_another_way_is_taken_and_not_cut_off() -> None:
    board = asked(Board(change=lambda one: flow("other", firm(one))))
    assert said(board)[-1] == "Our other desk has another number."
    assert WORDS_OF_IT not in said(board)


def test_what_need_not_be_recorded_goes_on_as_before() -> None:
    board = asked(Board(change=lambda one: flow("other", everybody(one))))
    assert said(board)[-1] == "Unrecorded."


def test_who_cannot_be_told_does_not_go_on_either() -> None:
    def change(context: CallContext) -> CallContext:
        return flow(None, replace(firm(context), customers=customer(Known(language="fr-FR"), GERMAN)))

    board = asked(Board(change=change), "")
    assert (said(board)[-1], len(facts(board, "consent.unspoken"))) == (WORDS_OF_IT, 1)


def two() -> tuple[Board, LegId]:
    """Somebody from Germany and an extension talk where all is recorded; the extension's leg."""
    board = Board(recording=RecordingRules(otherwise="always"), change=firm)
    board.journal = True
    board.contacts = {user: (contact(user),) for user in ("1001", "1002", "1003")}
    board.offer(CAROL, number=GERMAN)
    bob = board.last(PlaceCall).leg
    answer(board, bob)
    board.send(LegConfirmed(leg=A))
    return board, bob


def ended(board: Board) -> set[LegId]:
    return {one.leg for one in board.all(sip.HangUp) if one.cause == 503}


def test_two_who_talk_are_told_and_end() -> None:
    board, bob = two()
    press(board, A, "2")
    heard(board, A)
    assert said(board)[-2:] == [WORDS_OF_IT, WORDS_OF_IT]
    board.pass_time(GRACE_S - 0.1)
    assert ended(board) == set()
    board.pass_time(0.2)
    assert ended(board) == {A, bob}
    end_ours(board)
    assert (board.record.cause, opened(board)) == ("not_recorded", set())


def test_who_agrees_talks_on() -> None:
    board, bob = two()
    press(board, A, "1")
    heard(board, A)
    board.pass_time(60.0)
    assert (ended(board), opened(board), WORDS_OF_IT in said(board)) == (set(), {A, bob}, False)


def test_a_transfer_to_another_colleague_is_no_way_around() -> None:
    board, bob = two()
    press(board, A, "2")
    heard(board, A)
    board.pass_time(GRACE_S - 5.0)
    eve = refer(board, bob)
    answer(board, eve)
    board.pass_time(GRACE_S + 0.1)
    assert ended(board) >= {A, eve}
    assert said(board).count(WORDS_OF_IT) == 4, "both pairs are told"


def test_a_refusal_that_is_remembered_is_one() -> None:
    board = Board(recording=RecordingRules(otherwise="always"), change=firm)
    refusals = board.switchboard.intake._refusals
    refusals.change("acme", "+447700900123", refuses=True)
    bob = talking(board)
    board.pass_time(GRACE_S + 0.1)
    assert (ended(board), [one.record.proof.state for one in board.all(SaveConsent)]) == ({A, bob}, [])


def test_help_is_never_cut_off() -> None:
    board = Board(recording=RecordingRules(otherwise="always"), change=firm)
    board.offer("999", origin=DESK)
    answer(board, board.last(PlaceCall).leg)
    board.send(LegConfirmed(leg=A))
    board.pass_time(60.0)
    assert (ended(board), said(board), board.all(StartRecording)) == (set(), [], [])


@pytest.mark.parametrize("number", [GERMANY, FRANCE])
@pytest.mark.parametrize("policy", get_args(JoinerPolicy))
def test_who_joins_and_does_not_agree_ends_what_has_to_be_recorded(number: str, policy: JoinerPolicy) -> None:
    """The caller was told by a flow and is recorded, whoever joins: half a recording is none."""
    rows = [UNKNOWN_ROW | {"region": name, "mode": mode} for name, mode in MODES.items()]
    owed = UNKNOWN_ROW | {"region": "GB", "overlay": "fca", "mode": "notify", "mandatory": True}
    rules = ConsentRules.from_data({"version": "1", "rules": [*rows, owed]})
    board = board_of(policy, lambda one: replace(one, overlays=("fca",), rules=rules))
    board.journal = True
    joiner = blind(board, number)
    if number == GERMANY:
        declines(board, joiner)
    assert said(board)[-2:] == [WORDS_OF_IT, WORDS_OF_IT]
    assert gate(board, A) and not gate(board, joiner)
    assert ended(board).isdisjoint({A, joiner})
    board.pass_time(GRACE_S + 0.1)
    assert ended(board) >= {A, joiner}
