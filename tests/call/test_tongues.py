"""The question comes in the caller's language; where there are no words in it nobody is recorded (C-05)."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from pbx.call.context import CallContext
from pbx.call.effects import Audit, PreparePrompts, SaveConsent
from pbx.call.tongues import speech, tongue
from pbx.consent.io.shipped import shipped_rules, shipped_texts
from pbx.consent.known import Known, KnownNumbers
from pbx.consent.languages import Choice
from pbx.core.audit import AuditFact
from pbx.core.ids import LegId
from pbx.dialplan.plan import DialPlan
from pbx.media.dialogue import Say
from pbx.media.effects import SetGate, StartRecording
from pbx.recording.rules import RecordingRules
from pbx.sip.events import LegConfirmed
from pbx.sip.stir.verdict import failed
from tests.call.captures import AGENT, CONTEXT, LEG, party
from tests.call.conftest import Board, sample
from tests.call.parties import A
from tests.call.support import SUPPORT
from tests.call.test_telling import everybody, outbound

pytestmark = pytest.mark.requirement("C-05")
NUMBER = "+447700900123"
SPEAKS = frozenset({"de-DE", "en-GB"})


def customer(known: Known, number: str = NUMBER) -> KnownNumbers:
    numbers = KnownNumbers(lambda tenant, one: f"{tenant}/{one}".encode())
    numbers.restore({f"acme/{number}".encode(): known})
    return numbers


def speaking(context: CallContext) -> CallContext:
    return replace(everybody(context), speaks=SPEAKS)


def knowing(known: Known, number: str = NUMBER) -> Callable[[CallContext], CallContext]:
    return lambda context: replace(speaking(context), customers=customer(known, number))


def asked(board: Board) -> str:
    """The language of what a party was told of the recording; "" = of nothing."""
    said = [one for ordered in board.all(PreparePrompts) for one in ordered.prompts if isinstance(one, Say)]
    ours = [one for texts in shipped_texts().by_language.values() for one in (texts["ask"], texts["notify"])]
    words = {text.partition("{")[0] for text in ours}
    return next((one.language for one in said if any(one.text.startswith(word) for word in words)), "")


def support(change: Callable[[CallContext], CallContext], number: str = NUMBER) -> Board:
    board = Board(change=change)
    board.offer(SUPPORT, number=number)
    board.send(LegConfirmed(leg=A))
    board.finish_prompt()
    return board


def unspoken(board: Board) -> list[AuditFact]:
    return [one.fact for one in board.all(Audit) if one.fact.kind == "consent.unspoken"]


@pytest.mark.parametrize(
    ("known", "number", "language"),
    [
        (Known(), NUMBER, "en-GB"),
        (Known(language="de-AT"), NUMBER, "de-DE"),
        (Known(), "+493012345678", "de-DE"),
        (Known(language="en-GB"), "+493012345678", "en-GB"),
        (Known(places=("DE",)), NUMBER, "de-DE"),
        (Known(), "+33123456789", "en-GB"),
    ],
)
def test_a_caller_is_told_in_his_language(known: Known, number: str, language: str) -> None:
    board = support(knowing(known, number), number)
    assert (asked(board), unspoken(board)) == (language, [])


def test_the_number_that_was_called_comes_before_the_customer() -> None:
    board = Board(change=knowing(Known(language="en-GB")))
    rules = sample().rules
    plan = DialPlan(replace(rules, dids=tuple(replace(one, language="de-DE") for one in rules.dids)))
    board.switchboard.swap({"acme": replace(board.tenant_plan, plan=plan)}, None)
    board.offer(SUPPORT)
    board.send(LegConfirmed(leg=A))
    board.finish_prompt()
    assert asked(board) == "de-DE"


def test_whom_we_call_hears_his_language_and_not_that_of_a_number_of_ours() -> None:
    context = Board(
        recording=RecordingRules(otherwise="always"), change=knowing(Known(language="de-DE"), "+441632960999")
    )
    outbound(context)
    assert asked(context) == "de-DE"


def test_without_words_in_his_language_nothing_is_recorded_and_it_is_said() -> None:
    """+49 30: the law of no place allows another language than his."""
    board = support(knowing(Known(language="fr-FR"), "+493012345678"), "+493012345678")
    assert asked(board) == ""
    assert (board.all(StartRecording), [one for one in board.all(SetGate) if one.open]) == ([], [])
    (fact,) = unspoken(board)
    (consent,) = [one.record for one in board.all(SaveConsent)]
    assert fact.details == {"consent": consent.consent, "language": "fr-FR"}
    assert (consent.proof.state, consent.proof.missing, consent.proof.prompt) == ("unknown", "fr-FR", "")


def test_two_who_talk_are_told_apart_too() -> None:
    """Jersey: its rule names no language."""
    board = Board(
        recording=RecordingRules(otherwise="always"),
        change=knowing(Known(language="fr-FR"), "+441534456789"),
    )
    outbound(board, "901534456789")
    assert (asked(board), len(unspoken(board))) == ("", 1)


def test_where_the_law_of_his_place_allows_it_another_language_serves() -> None:
    """The row of GB names en-GB."""
    board = support(knowing(Known(language="fr-FR")))
    assert (asked(board), unspoken(board)) == ("en-GB", [])


def test_words_that_nobody_can_say_are_none() -> None:
    """The tenant has neither a voice nor recordings in German."""
    german = replace(CONTEXT, texts=shipped_texts(), rules=shipped_rules())
    decision = german.rules.resolve(())
    caller = replace(party(LEG, "trunk/carrier", "+493012345678"), role="caller")
    assert tongue(german, caller, decision, ()) == Choice(language="en-GB")
    called = replace(german, called_language="de-DE")
    assert tongue(called, caller, decision, ()) == Choice(language="", missing="de-DE")
    assert tongue(replace(called, speaks=SPEAKS), caller, decision, ()) == Choice(language="de-DE")
    agent = replace(party(AGENT, "trunk/carrier", "+447700900999"), role="callee")
    assert tongue(called, agent, decision, ()) == Choice(language="en-GB"), "he has called no number"


def test_a_number_that_is_only_claimed_chooses_nothing() -> None:
    board = Board(change=knowing(Known(language="de-DE")))
    board.offer(SUPPORT, verdict=failed(438, "a signature of another number"))
    board.send(LegConfirmed(leg=A))
    board.finish_prompt()
    assert asked(board) == "en-GB"


def test_words_without_sound_are_an_alarm_too() -> None:
    board = Board(unspeakable="This call will be recorded", change=everybody)
    board.offer(SUPPORT)
    board.send(LegConfirmed(leg=LegId("a")))
    board.finish_prompt()
    (fact,) = unspoken(board)
    assert fact.details["language"] == "en-GB"


@pytest.mark.requirement("IVR-07")
def test_a_flow_speaks_the_language_of_the_caller_then_of_the_number_then_of_the_tenant() -> None:
    caller = replace(party(LEG, "trunk/carrier", NUMBER), role="caller")
    context = replace(CONTEXT, called_language="fr-FR", called_number="01632 960100")
    assert speech(context, caller).languages == ("fr-FR", "en-GB")
    known = replace(context, customers=customer(Known(language="de-DE")))
    found = speech(known, caller)
    assert found.languages == ("de-DE", "fr-FR", "en-GB")
    assert found.values(None) == {"caller": NUMBER, "called": "01632 960100"}
    assert speech(known, replace(caller, is_doubted=True)).languages == ("fr-FR", "en-GB")


@pytest.mark.requirement("IVR-07")
def test_an_extension_has_called_no_number_of_ours() -> None:
    agent = replace(party(AGENT, "extension/1001", "1001"), role="caller")
    found = speech(replace(CONTEXT, called_language="fr-FR", called_number="*43"), agent)
    assert found.languages == ("en-GB",)
    assert found.values(None) == {"caller": "1001", "called": "*43"}
