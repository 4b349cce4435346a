"""The notice to a caller whose call should be recorded and is not."""

import pytest

from pbx.core.ids import Token
from pbx.core.secret import Secret
from pbx.media.dialogue import DigitPressed, PlayPrompts, PromptsEnded, Say, StopPrompts
from pbx.recording.failure import FailurePolicy
from pbx.recording.notice import (
    TEXTS,
    GiveUpJournal,
    JournalAwaited,
    JournalFailed,
    JournalOpened,
    NoticeEffect,
    NoticeEnded,
    Outcome,
    UnrecordedNotice,
    sentence,
)

ENDED = PromptsEnded(token=Token(1), completed=True, played_ms=3000)
TOLD: list[tuple[FailurePolicy, Outcome]] = [("announce_unrecorded", "announced"), ("refuse", "refused")]


def play(policy: FailurePolicy) -> list[NoticeEffect]:
    return [PlayPrompts(token=Token(1), prompts=(Say(text=TEXTS["en-GB"][policy], language="en-GB"),))]


def waiting(policy: FailurePolicy) -> UnrecordedNotice:
    notice = UnrecordedNotice(policy, "en-GB")
    assert notice.handle(JournalAwaited(), 100.0) == []
    return notice


@pytest.mark.requirement("R-16")
@pytest.mark.parametrize("policy", ["announce_unrecorded", "refuse"])
def test_an_open_journal_needs_no_words(policy: FailurePolicy) -> None:
    notice = waiting(policy)
    assert notice.handle(JournalOpened(), 100.01) == [NoticeEnded(outcome="recorded")]
    assert notice.deadline is None
    assert notice.handle(JournalFailed(), 101.0) == []


@pytest.mark.requirement("R-16")
@pytest.mark.parametrize(("policy", "outcome"), TOLD)
def test_the_caller_is_told_and_the_policy_decides(policy: FailurePolicy, outcome: Outcome) -> None:
    notice = waiting(policy)
    assert notice.handle(JournalFailed(), 100.1) == play(policy)
    assert notice.handle(DigitPressed(digit=Secret("1")), 100.2) == []
    assert notice.handle(ENDED, 103.0) == [NoticeEnded(outcome=outcome)]
    assert notice.handle(ENDED, 103.1) == []


@pytest.mark.parametrize("policy", ["announce_unrecorded", "refuse"])
def test_a_failure_that_is_known_at_once(policy: FailurePolicy) -> None:
    assert UnrecordedNotice(policy, "en-GB").handle(JournalFailed(), 100.0) == play(policy)


@pytest.mark.requirement("R-17")
def test_a_silent_worker_has_failed_after_a_second() -> None:
    notice = waiting("announce_unrecorded")
    assert notice.deadline == 101.0
    assert notice.tick(100.999) == []
    assert notice.tick(101.0) == [GiveUpJournal(), *play("announce_unrecorded")]


@pytest.mark.parametrize(("policy", "outcome"), [("announce_unrecorded", "unheard"), ("refuse", "refused")])
def test_a_sentence_that_cannot_be_played_holds_nobody(policy: FailurePolicy, outcome: Outcome) -> None:
    missing = waiting(policy)
    missing.handle(JournalFailed(), 100.0)
    failed = PromptsEnded(token=Token(1), completed=False, played_ms=0, failed=True)
    assert missing.handle(failed, 100.1) == [NoticeEnded(outcome=outcome)]
    dead = waiting(policy)
    dead.handle(JournalFailed(), 100.0)
    assert dead.tick(130.0) == [StopPrompts(), NoticeEnded(outcome=outcome)]


def test_the_end_of_another_prompt_is_not_ours() -> None:
    notice = waiting("refuse")
    assert notice.handle(ENDED, 100.0) == []
    notice.handle(JournalFailed(), 100.0)
    assert notice.handle(PromptsEnded(token=Token(2), completed=True, played_ms=1), 100.1) == []


def test_languages() -> None:
    german, english = sentence("refuse", "de-AT"), sentence("refuse", "fr-FR")
    assert german is not None
    assert english is not None
    assert (german.language, english.language) == ("de-DE", "en-GB")
    assert sentence("continue", "en-GB") is None
    assert UnrecordedNotice("continue", "en-GB").handle(JournalFailed(), 0.0) == [
        NoticeEnded(outcome="unheard")
    ]
    assert all(set(texts) == {"announce_unrecorded", "refuse"} for texts in TEXTS.values())
