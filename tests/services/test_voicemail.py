"""A message: the tone first, then the recording, one end."""

from dataclasses import replace

import pytest

from pbx.core.audio import ToneName
from pbx.core.ids import LegId, Token
from pbx.core.secret import Secret
from pbx.ivr.effects import LeaveVoicemail
from pbx.media.dialogue import DigitPressed, PlayPrompts, PlayTone, PromptsEnded, Say, StopPrompts
from pbx.media.events import TalkStarted, TalkStopped, ToneHeard
from pbx.services.voicemail import (
    THANKS,
    EndMessage,
    ListenedAnew,
    MessageLost,
    RecordMessage,
    Voicemail,
    VoicemailEffect,
    VoicemailStarted,
)

ORDER = LeaveVoicemail(box="support", greeting="Leave a message.", max_s=120.0, max_silence_s=12.0)
TALKS = TalkStarted(leg=LegId("a"), silent_ms=200, level_dbm0=-20.0)
IS_SILENT = TalkStopped(leg=LegId("a"), talked_ms=4000, silent_ms=600, level_dbm0=-20.0)


def token_of(effects: list[VoicemailEffect]) -> Token:
    return next(effect.token for effect in effects if isinstance(effect, PlayPrompts))


def ended(token: Token, *, completed: bool = True) -> PromptsEnded:
    return PromptsEnded(token=token, completed=completed, played_ms=900)


def press(digit: str) -> DigitPressed:
    return DigitPressed(digit=Secret(digit))


def started() -> tuple[Voicemail, Token]:
    one = Voicemail(ORDER, "en-GB")
    return one, token_of(one.handle(VoicemailStarted(), 0.0))


def recording() -> Voicemail:
    one, token = started()
    assert one.handle(ended(token), 10.0) == [RecordMessage(box="support")]
    assert one.deadline == 22.0
    assert one.handle(TALKS, 10.2) == []
    return one


@pytest.mark.requirement("IVR-07")
def test_the_greeting_in_the_language_of_the_caller_goes_before_the_written_one() -> None:
    german = Say(text="Bitte.", language="de-DE", otherwise=Say(text="Leave a message.", language="en-GB"))
    (play,) = Voicemail(replace(ORDER, said=german), "en-GB").handle(VoicemailStarted(), 0.0)
    assert isinstance(play, PlayPrompts)
    assert play.prompts[0] == german


def test_the_tone_is_the_last_thing_before_the_recording() -> None:
    one = Voicemail(ORDER, "de-DE")
    (play,) = one.handle(VoicemailStarted(), 0.0)
    assert isinstance(play, PlayPrompts)
    greeting, tone = play.prompts
    assert greeting == Say(text="Leave a message.", language="de-DE")
    assert isinstance(tone, PlayTone)
    assert tone.tone == "record"
    assert one.deadline is None


def test_hash_ends_the_message_and_thanks() -> None:
    one = recording()
    stop, thanks = one.handle(press("#"), 30.0)
    assert stop == EndMessage()
    assert isinstance(thanks, PlayPrompts)
    assert thanks.prompts == (Say(text=THANKS, language="en-GB"),)
    assert not one.is_over
    assert one.handle(ended(thanks.token), 33.0) == []
    assert one.is_over


@pytest.mark.requirement("R-16")
def test_a_message_that_cannot_be_kept_ends_without_thanks() -> None:
    one = recording()
    assert one.handle(MessageLost(), 20.0) == [EndMessage()]
    assert one.is_over
    assert one.deadline is None
    assert one.handle(MessageLost(), 21.0) == []


def test_only_a_message_that_is_recorded_can_be_lost() -> None:
    one, token = started()
    assert one.handle(MessageLost(), 1.0) == []
    assert one.handle(ended(token), 10.0) == [RecordMessage(box="support")]
    one.handle(press("#"), 30.0)
    assert one.handle(MessageLost(), 31.0) == []
    assert not one.is_over


@pytest.mark.parametrize("digit", list("0123456789*"))
def test_other_digits_are_part_of_the_message(digit: str) -> None:
    one = recording()
    assert one.handle(press(digit), 30.0) == []
    assert one.deadline == 130.0


def test_the_limit_ends_the_message_once() -> None:
    one = recording()
    assert one.deadline == 130.0
    assert one.tick(129.9) == []
    effects = one.tick(130.0)
    assert effects[0] == EndMessage()
    assert one.deadline is None
    assert one.tick(131.0) == []
    assert one.handle(press("#"), 131.0) == []
    one.handle(ended(token_of(effects)), 134.0)
    assert one.is_over


def test_a_digit_cuts_the_greeting_short_and_records_nothing_yet() -> None:
    one, _ = started()
    assert one.handle(press("5"), 2.0) == [StopPrompts()]
    assert one.deadline is None


def test_the_end_of_a_foreign_prompt_starts_nothing() -> None:
    one, token = started()
    assert one.handle(ended(Token(token + 100)), 1.0) == []
    assert one.handle(ended(token), 1.0) == [RecordMessage(box="support")]
    assert one.handle(ended(token), 2.0) == []  # a second end does not restart the message


def test_before_the_start_nothing_happens() -> None:
    one = Voicemail(ORDER, "en-GB")
    assert one.handle(press("#"), 0.0) == []
    assert one.tick(1e9) == []
    assert not one.is_over


def test_a_skipped_greeting_keeps_its_tone() -> None:
    one, token = started()
    assert one.handle(press("1"), 1.0) == [StopPrompts()]
    (beep,) = one.handle(ended(token, completed=False), 1.1)
    assert isinstance(beep, PlayPrompts)
    assert [type(prompt) for prompt in beep.prompts] == [PlayTone]
    assert one.handle(press("1"), 1.2) == []
    assert one.handle(ended(beep.token), 1.6) == [RecordMessage(box="support")]


def test_without_greeting_nothing_is_recorded() -> None:
    one, token = started()
    lost = PromptsEnded(token=token, completed=False, played_ms=0, failed=True)
    assert one.handle(lost, 1.0) == []
    assert one.is_over


def tone(name: ToneName) -> ToneHeard:
    return ToneHeard(leg=LegId("a"), tone=name, duration_ms=3500)


@pytest.mark.requirement("MED-13")
def test_silence_ends_the_message_with_thanks() -> None:
    one = recording()
    assert one.handle(IS_SILENT, 20.6) == []
    assert one.deadline == pytest.approx(32.0)
    assert one.tick(31.9) == []
    stop, thanks = one.tick(32.0)
    assert stop == EndMessage()
    assert isinstance(thanks, PlayPrompts)


def test_who_talks_again_is_listened_to() -> None:
    one = recording()
    one.handle(IS_SILENT, 20.0)
    assert one.handle(TALKS, 28.0) == []
    assert one.deadline == 130.0
    one.handle(IS_SILENT, 125.0)
    assert one.deadline == 130.0


def test_who_never_talks_is_silent_from_the_tone_on() -> None:
    one, token = started()
    one.handle(ended(token), 10.0)
    assert one.deadline == 22.0
    assert one.tick(22.0)[0] == EndMessage()


def test_whoever_listens_anew_has_not_heard_the_caller_begin() -> None:
    one = recording()
    assert one.handle(ListenedAnew(), 30.0) == []
    assert one.deadline == 42.0


@pytest.mark.requirement("MED-13")
@pytest.mark.parametrize("name", ["busy", "congestion", "sit"])
def test_a_tone_of_the_exchange_ends_the_message_without_thanks(name: ToneName) -> None:
    one = recording()
    assert one.handle(tone(name), 30.0) == [EndMessage()]
    assert one.is_over
    assert one.deadline is None


@pytest.mark.parametrize("name", ["cng", "ced", "beep"])
def test_other_machines_may_leave_a_message(name: ToneName) -> None:
    one = recording()
    assert one.handle(tone(name), 30.0) == []
    assert not one.is_over


def test_what_is_heard_before_and_after_the_message_ends_nothing() -> None:
    one, token = started()
    for event in (TALKS, IS_SILENT, ListenedAnew(), tone("busy")):
        assert one.handle(event, 1.0) == []
        assert one.deadline is None
    one.handle(ended(token), 10.0)
    thanks = one.handle(press("#"), 15.0)
    for event in (IS_SILENT, ListenedAnew(), tone("busy")):
        assert one.handle(event, 16.0) == []
        assert one.deadline is None
    one.handle(ended(token_of(thanks)), 18.0)
    assert one.is_over
