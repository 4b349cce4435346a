"""Prompts of a feature on their way to a leg, and the one answer each of them gets."""

from pbx.call.effects import CallEffect, PreparePrompts
from pbx.call.events import PromptsMissing, PromptsReady
from pbx.call.talk import Talk
from pbx.call.tokens import Tokens
from pbx.core.ids import CallId, LegId, Token
from pbx.media.dialogue import PlayPrompts, PlayTone, PromptsEnded, Say, StopPrompts
from pbx.media.effects import Play, SilenceSource, Source, StopPlay
from pbx.media.events import PlayEnded

CALL, LEG = CallId("call-1"), LegId("leg-1")
SOURCES: tuple[Source, ...] = (SilenceSource(duration_ms=200),)
OUTER = Token(77)


def talk() -> Talk:
    return Talk(CALL, LEG, Tokens())


def order(talk: Talk, outer: Token = OUTER) -> Token:
    """Order prompts; return the token under which they travel."""
    (effect,) = talk.perform(PlayPrompts(token=outer, prompts=(Say(text="Hello."),)))
    assert isinstance(effect, PreparePrompts)
    return effect.token


def ready(talk: Talk, token: Token) -> tuple[list[CallEffect], PromptsEnded | None]:
    return talk.ready(PromptsReady(call=CALL, token=token, sources=SOURCES, sha256="beef"))


def played(talk: Talk, token: Token, *, completed: bool = True) -> PromptsEnded | None:
    event = PlayEnded(leg=LEG, token=token, played_ms=150, total_ms=200, completed=completed)
    return talk.play_ended(event)


def test_prompts_are_prepared_played_and_answered_under_the_features_token() -> None:
    one = talk()
    prompts = (Say(text="Hello."), PlayTone(tone="record"))
    (prepare,) = one.perform(PlayPrompts(token=OUTER, prompts=prompts))
    assert isinstance(prepare, PreparePrompts)
    assert (prepare.call, prepare.prompts) == (CALL, prompts)
    assert ready(one, prepare.token) == ([Play(leg=LEG, token=prepare.token, sources=SOURCES)], None)
    ended = PromptsEnded(token=OUTER, completed=True, played_ms=150, sha256="beef")
    assert played(one, prepare.token) == ended


def test_the_answer_comes_once() -> None:
    one = talk()
    token = order(one)
    ready(one, token)
    assert played(one, token) is not None
    assert played(one, token) is None
    assert one.missing(PromptsMissing(call=CALL, token=token, reason="late")) is None
    assert ready(one, token) == ([], None)


def test_another_worker_plays_from_the_beginning_what_still_has_to_be_heard() -> None:
    one = talk()
    assert one.resumed() == ([], [])
    token = order(one)
    assert one.resumed() == ([], [])  # the audio is not there yet
    ready(one, token)
    again = [Play(leg=LEG, token=token, sources=SOURCES)]
    assert one.resumed() == (again, [])
    one.stop()
    effects, (ended,) = one.resumed()
    assert (effects, ended.token, ended.completed) == ([], OUTER, False)
    assert one.resumed() == ([], [])


def test_a_missing_prompt_is_told_as_failed() -> None:
    one = talk()
    token = order(one)
    ended = one.missing(PromptsMissing(call=CALL, token=token, reason="Hello."))
    assert ended == PromptsEnded(token=OUTER, completed=False, played_ms=0, failed=True)


def test_what_is_stopped_before_it_is_ready_is_never_played() -> None:
    one = talk()
    token = order(one)
    assert one.perform(StopPrompts()) == []  # nothing plays: nothing to stop in the worker
    assert ready(one, token) == ([], PromptsEnded(token=OUTER, completed=False, played_ms=0))


def test_what_plays_is_stopped_and_ends_with_what_was_heard() -> None:
    one = talk()
    token = order(one)
    ready(one, token)
    assert one.perform(StopPrompts()) == [StopPlay(leg=LEG)]
    ended = played(one, token, completed=False)
    assert ended == PromptsEnded(token=OUTER, completed=False, played_ms=150, sha256="beef")
    assert one.stop() == []


def test_a_late_end_is_not_taken_for_the_end_of_another_features_prompt() -> None:
    """A key pressed into a menu's first prompt leads to a guest, whose first token is 1 too."""
    one = talk()
    menu = order(one, Token(1))
    ready(one, menu)
    one.perform(StopPrompts())
    guest = order(one, Token(1))
    assert played(one, menu, completed=False) is None
    ready(one, guest)
    assert played(one, guest) == PromptsEnded(token=Token(1), completed=True, played_ms=150, sha256="beef")


def test_prompts_that_are_ready_after_newer_ones_were_ordered_do_not_cut_in() -> None:
    one = talk()
    slow, quick = order(one, Token(1)), order(one, Token(2))
    assert ready(one, quick)[0] == [Play(leg=LEG, token=quick, sources=SOURCES)]
    assert ready(one, slow) == ([], None)
    assert one.missing(PromptsMissing(call=CALL, token=slow, reason="late")) is None


def test_strangers_are_ignored() -> None:
    one = talk()
    token = order(one)
    other = Token(token + 1)
    assert ready(one, other) == ([], None)
    assert played(one, other) is None
    assert ready(one, token)[0] != []


def test_what_a_key_may_end_is_ordered_so_here_and_at_another_worker() -> None:
    one = talk()
    (prepare,) = one.perform(PlayPrompts(token=OUTER, prompts=(Say(text="PIN?"),), until_key=True))
    assert isinstance(prepare, PreparePrompts)
    asked = Play(leg=LEG, token=prepare.token, sources=SOURCES, until_key=True)
    assert ready(one, prepare.token) == ([asked], None)
    assert one.resumed() == ([asked], [])
    assert played(one, prepare.token, completed=False) == PromptsEnded(
        token=OUTER, completed=False, played_ms=150, sha256="beef"
    )
