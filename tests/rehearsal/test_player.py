"""What legs hear in a rehearsal, and for how long."""

from pbx.call.effects import PreparePrompts
from pbx.core.ids import CallId, LegId, Token
from pbx.media.dialogue import Pause, PlayTone, Say
from pbx.media.effects import Play
from pbx.rehearsal.player import MS_OF_SENTENCE, MS_PER_CHARACTER, TONE_MS, Player, length_ms, sentences

A = LegId("a")
PROMPTS = (Say(text="Hello."), PlayTone(tone="record"), Pause(duration_ms=700))


def order(token: int = 1, *, until_key: bool = False) -> Play:
    ready = Player("GB").prepared(PreparePrompts(call=CallId("c"), token=Token(1), prompts=PROMPTS))
    return Play(leg=A, token=Token(token), sources=ready.sources, until_key=until_key)


def test_a_sentence_is_as_long_as_it_takes_to_say_it() -> None:
    assert sentences(order()) == ("Hello.",)
    assert length_ms(order()) == MS_OF_SENTENCE + 6 * MS_PER_CHARACTER + TONE_MS + 700


def test_another_play_ends_the_first_and_its_end_comes_to_nothing() -> None:
    player = Player("GB")
    assert player.begin(order(1), 10.0) == []
    (ended,) = player.begin(order(2), 10.5)
    assert (ended.token, ended.played_ms, ended.completed) == (1, 500, False)
    assert player.over(A, Token(1)) is None
    over = player.over(A, Token(2))
    assert over is not None and over.completed
    assert player.is_silent(A) and player.stop(A, 11.0) == []


def test_a_key_ends_only_what_says_so() -> None:
    player = Player("GB")
    assert not player.ends_with_key(A)
    player.begin(order(), 0.0)
    assert not player.ends_with_key(A)
    player.begin(order(until_key=True), 0.0)
    assert player.ends_with_key(A)
