"""Announcement: one sentence for a party that is about to leave, and nothing waits for it for long."""

from pbx.call.effects import CallEffect
from pbx.call.events import PromptsMissing, PromptsReady
from pbx.call.ordered import FeatureEvent
from pbx.call.talk import Talk
from pbx.call.tokens import Tokens
from pbx.core.ids import CallId, LegId, Token
from pbx.media.dialogue import PlayPrompts, Say
from pbx.media.events import PlayEnded

MOST_S = 10.0  # for one sentence; a telephone that takes longer has gone, or its player has


class Announcement:
    """At most one at a time; it is over when it was heard, cannot be heard, or takes too long."""

    __slots__ = ("_call", "_leg", "_talk", "_tokens", "deadline")

    def __init__(self, call: CallId, tokens: Tokens) -> None:
        """`tokens` are those of all who play something in this call."""
        self._call, self._tokens = call, tokens
        self._leg: LegId | None = None
        self._talk: Talk | None = None
        self.deadline: float | None = None

    @property
    def is_running(self) -> bool:
        """Whether somebody is hearing it."""
        return self._talk is not None

    def begin(self, leg: LegId, said: Say, now: float) -> list[CallEffect]:
        """Say it."""
        self._leg, self._talk = leg, Talk(self._call, leg, self._tokens)
        self.deadline = now + MOST_S
        return self._talk.perform(PlayPrompts(token=Token(1), prompts=(said,)))

    def take(self, event: FeatureEvent) -> tuple[list[CallEffect], bool]:
        """An event of the call; True = with it the announcement is over."""
        if self._talk is None:
            return [], False
        match event:
            case PromptsReady():
                effects, ended = self._talk.ready(event)
                return effects, ended is not None and self._over()
            case PromptsMissing():
                return [], self._talk.missing(event) is not None and self._over()
            case PlayEnded() if event.leg == self._leg:
                return [], self._talk.play_ended(event) is not None and self._over()
            case _:
                return [], False

    def stop(self) -> list[CallEffect]:
        """Nobody has to hear it any more."""
        talk, self._talk, self.deadline = self._talk, None, None
        return talk.stop() if talk is not None else []

    def _over(self) -> bool:
        self._talk = self.deadline = None
        return True
