"""The caller of a rehearsal answers what he is asked, and nothing else."""

from pbx.core.ids import LegId, Token
from pbx.media.speech_orders import Transcribe
from pbx.rehearsal.caller import SILENT_S, SPEAKS_S, CallerPart
from pbx.rehearsal.scenario import Reply

A = LegId("a")
LISTEN = Transcribe(leg=A, token=Token(1), grammar="date", language="en-GB")


def pressed(part: CallerPart) -> str:
    return "".join(key.digit.reveal() for key in part.answer())


def asked(part: CallerPart, words: str) -> None:
    part.begins([words])
    part.ended()


def test_one_reply_for_each_question() -> None:
    part = CallerPart(A, (Reply(keys="12"), Reply(keys="3")))
    assert pressed(part) == ""
    asked(part, "How old are you?")
    assert (pressed(part), pressed(part)) == ("12", "")
    asked(part, "Again?")
    assert (pressed(part), part.left) == ("3", ())


def test_a_reply_waits_for_the_words_of_its_question() -> None:
    part = CallerPart(A, (Reply(keys="1", to="DATE of birth"),))
    asked(part, "Welcome.")
    assert pressed(part) == "" and len(part.left) == 1
    asked(part, "Your date of birth, please.")
    assert pressed(part) == "1"


def test_nobody_answers_a_tone() -> None:
    part = CallerPart(A, (Reply(keys="1"),))
    part.begins([])
    part.ended()
    assert pressed(part) == ""


def test_who_may_speak_speaks_or_is_silent() -> None:
    part = CallerPart(A, (Reply(words="third of february", to="birth"),))
    after_s, said = part.speaks(LISTEN)
    assert (after_s, said.outcome) == (SILENT_S, "silence")
    part.begins(["Your date of birth?"])
    after_s, said = part.speaks(LISTEN)
    assert (after_s, said.outcome, said.words.reveal()) == (SPEAKS_S, "heard", "third of february")


def test_a_reply_for_one_step_is_said_in_no_other() -> None:
    part = CallerPart(A, (Reply(keys="1", entry=1), Reply(keys="2", entry=3)))
    part.enters()
    asked(part, "One?")
    assert pressed(part) == "1"
    part.enters()
    asked(part, "Two?")
    assert pressed(part) == ""
    part.enters()
    part.enters()
    assert part.left == ()
