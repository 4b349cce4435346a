"""The link between the dialogue of a feature (prompts, digits) and one leg's media."""

from dataclasses import dataclass

from pbx.call.effects import CallEffect, PreparePrompts
from pbx.call.events import PromptsMissing, PromptsReady
from pbx.call.tokens import Tokens
from pbx.core.ids import CallId, LegId, Token
from pbx.media.dialogue import PlayPrompts, PromptsEnded, StopPrompts
from pbx.media.effects import Source, StopPlay
from pbx.media.events import PlayEnded
from pbx.media.play_orders import play_orders


@dataclass(slots=True)
class _Playing:
    """One PlayPrompts on its way; `outer` is the feature's token, `replaced` = a newer one was ordered."""

    outer: Token
    until_key: bool
    sha256: str = ""
    ready: bool = False
    sources: tuple[Source, ...] = ()
    stopped: bool = False
    replaced: bool = False


class Talk:
    """Turns dialogue effects into media effects and media events back; one PromptsEnded per PlayPrompts.

    The end of what a newer PlayPrompts replaced is kept back: the leg may be another feature's by then,
    which counts its tokens from 1 too and would take it for the end of its own prompt.
    """

    __slots__ = ("_call", "_leg", "_playing", "_tokens")

    def __init__(self, call: CallId, leg: LegId, tokens: Tokens) -> None:
        self._call, self._leg, self._tokens = call, leg, tokens
        self._playing: dict[Token, _Playing] = {}

    def perform(self, effect: PlayPrompts | StopPrompts) -> list[CallEffect]:
        """Carry out a feature's order."""
        if isinstance(effect, PlayPrompts):
            for item in self._playing.values():
                item.replaced = True
            token = self._tokens.next()
            self._playing[token] = _Playing(effect.token, effect.until_key)
            return [PreparePrompts(call=self._call, token=token, prompts=effect.prompts)]
        return self.stop()

    def stop(self) -> list[CallEffect]:
        """Stop what plays or is about to."""
        playing = list(self._playing.values())
        for item in playing:
            item.stopped = True
        return [StopPlay(leg=self._leg)] if any(item.ready for item in playing) else []

    def resumed(self) -> tuple[list[CallEffect], list[PromptsEnded]]:
        """The leg has another worker: play from the beginning; what was stopped or replaced has ended."""
        effects: list[CallEffect] = []
        ended: list[PromptsEnded] = []
        for token, item in list(self._playing.items()):
            if not item.ready:
                continue
            if item.stopped or item.replaced:
                over = self._ended(token, played_ms=0, completed=False)
                ended += [over] if over is not None else []
            else:
                effects += play_orders(self._leg, token, item.sources, until_key=item.until_key)
        return effects, ended

    def ready(self, event: PromptsReady) -> tuple[list[CallEffect], PromptsEnded | None]:
        """The audio is there: play it, unless the feature changed its mind meanwhile."""
        item = self._playing.get(event.token)
        if item is None:
            return [], None
        if item.stopped or item.replaced:
            return [], self._ended(event.token, played_ms=0, completed=False)
        item.ready, item.sha256, item.sources = True, event.sha256, event.sources
        orders = play_orders(self._leg, event.token, event.sources, until_key=item.until_key)
        return [*orders], None

    def missing(self, event: PromptsMissing) -> PromptsEnded | None:
        """No audio: the feature decides how to go on."""
        return self._ended(event.token, played_ms=0, completed=False, failed=True)

    def play_ended(self, event: PlayEnded) -> PromptsEnded | None:
        """The worker has played or was stopped."""
        return self._ended(event.token, played_ms=event.played_ms, completed=event.completed)

    def _ended(
        self, token: Token, *, played_ms: int, completed: bool, failed: bool = False
    ) -> PromptsEnded | None:
        item = self._playing.pop(token, None)
        if item is None or item.replaced:
            return None
        return PromptsEnded(
            token=item.outer, completed=completed, played_ms=played_ms, sha256=item.sha256, failed=failed
        )
