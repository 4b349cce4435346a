"""Who outside of the call has the caller, or is asked for him: a bot, a program, a switch."""

from collections.abc import Mapping

from pbx.call.bots import Bots
from pbx.call.effects import Audit, ConsultProgram
from pbx.call.events import ProgramAnswered
from pbx.call.programs import Programs
from pbx.call.tokens import Tokens
from pbx.core.audit import AuditFact
from pbx.core.ids import CallId, LegId
from pbx.ivr.effects import AskProgram, TalkToBot
from pbx.ivr.events import AnswerGiven, BotLeft, SwitchEnded
from pbx.media.effects import CloseStream, OpenStream
from pbx.media.events import StreamEnded

Heard = BotLeft | AnswerGiven | SwitchEnded


class Outside:
    """Turns what a flow orders of them into orders of the call, and what they do back into facts."""

    __slots__ = ("_bots", "_call", "_programs", "_tenant")

    def __init__(self, whose: tuple[CallId, LegId], tenant: str, tokens: Tokens) -> None:
        """`whose` = the call and its caller's leg."""
        self._call, self._tenant = whose[0], tenant
        self._bots = Bots(*whose)
        self._programs = Programs(whose[0], tenant, tokens)

    def order(self, order: TalkToBot | AskProgram, known: Mapping[str, str]) -> OpenStream | ConsultProgram:
        """Turn to one of them; `known` = what may be said of the caller."""
        if isinstance(order, AskProgram):
            return self._programs.ask(order, known)
        return self._bots.open(order, self._tenant, known)

    def heard(self, event: StreamEnded | ProgramAnswered | SwitchEnded) -> tuple[list[Audit], Heard | None]:
        """What goes on record and what the flow hears; None for one that nobody waits for any more."""
        if isinstance(event, SwitchEnded):
            return [], event
        if isinstance(event, ProgramAnswered):
            return self._programs.answered(event)
        left = self._bots.ended(event)
        if left is None:
            return [], None
        details: dict[str, str | int | bool | None] = {"stream": event.stream, "reason": event.reason}
        fact = AuditFact(kind="stream.ended", call=self._call, tenant=self._tenant, details=details)
        return [Audit(fact=fact)], left

    def lost(self) -> list[StreamEnded]:
        """The media worker that had the bot's stream has it no more."""
        return self._bots.lost()

    def close(self) -> list[CloseStream]:
        """Somebody else has the caller now."""
        self._programs.forget()
        return self._bots.close()
