"""A message: the tone first, then the recording, one end."""

import pytest

from pbx.core.ids import Token
from pbx.core.secret import Secret
from pbx.media.dialogue import DigitPressed, PlayPrompts, PlayTone, PromptsEnded, Say, StopPrompts
from pbx.services.voicemail import (
    THANKS,
    EndMessage,
    MessageLost,
    RecordMessage,
    Voicemail,
    VoicemailEffect,
    VoicemailStarted,
)


def token_of(effects: list[VoicemailEffect]) -> Token:
    return next(effect.token for effect in effects if isinstance(effect, PlayPrompts))


def ended(token: Token, *, completed: bool = True) -> PromptsEnded:
    return PromptsEnded(token=token, completed=completed, played_ms=900)


def press(digit: str) -> DigitPressed:
    return DigitPressed(digit=Secret(digit))


def started() -> tuple[Voicemail, Token]:
    one = Voicemail(box="support", greeting="Leave a message.", max_s=120.0, language="en-GB")
    return one, token_of(one.handle(VoicemailStarted(), 0.0))


def recording() -> Voicemail:
    one, token = started()
    assert one.handle(ended(token), 10.0) == [RecordMessage(box="support")]
    return one


def test_the_tone_is_the_last_thing_before_the_recording() -> None:
    one = Voicemail(box="support", greeting="Leave a message.", max_s=120.0, language="de-DE")
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
    one = Voicemail(box="support", greeting="Hello.", max_s=120.0, language="en-GB")
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
