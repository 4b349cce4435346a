"""What a caller hears and may press while he waits in a queue (ACD-08).

Announcements never hold up a telephone: who is offered to an agent hears none, and one that plays goes on
while it rings. A key counts at any time, in the middle of an announcement too.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Literal, Protocol

from pbx.core.ids import CallId, Token
from pbx.ivr.speech import Part, Speech
from pbx.media.dialogue import (
    DialogueEffect,
    DialogueEvent,
    DigitPressed,
    PlayPrompts,
    PromptsEnded,
    Say,
    StopPrompts,
)
from pbx.phrases.phrase import Spoken
from pbx.services.queue_policy import QueuePolicy
from pbx.services.queues import Standing

Outcome = Literal["timeout", "no_agents", "exit", "callback"]
MAX_TOLD_MIN = 60  # nobody is told of hours: then it is not known


class Line(Protocol):
    """Who knows where a caller stands."""

    def standing(self, call: CallId) -> Standing:
        """Return his place."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitStarted:
    """The caller stands in the line."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NobodyLeft:
    """There is nobody whom he could wait for any more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitEnded:
    """He waits no more, and was not answered."""

    outcome: Outcome


WaitEvent = DialogueEvent | WaitStarted | NobodyLeft
WaitEffect = DialogueEffect | WaitEnded


class _State(StrEnum):
    NEW = "new"
    WAITING = "waiting"
    SPEAKING = "speaking"
    OVER = "over"


class Waiting:
    """One caller in one queue, until he is answered or goes another way."""

    __slots__ = ("_call", "_due", "_line", "_policy", "_speech", "_state", "_token", "_until")

    def __init__(self, policy: QueuePolicy, call: CallId, line: Line, speech: Speech) -> None:
        self._policy, self._call, self._line, self._speech = policy, call, line, speech
        self._state = _State.NEW
        self._token = Token(0)
        self._until = 0.0  # his patience, as the queue has it
        self._due: float | None = None  # of the next announcement

    @property
    def deadline(self) -> float | None:
        """When he is told something, or has waited for too long; never while telephones ring for him."""
        if self._state in (_State.NEW, _State.OVER) or self._line.standing(self._call).is_offered:
            return None
        if self._state is _State.SPEAKING or self._due is None:
            return self._until
        return min(self._until, self._due)

    def handle(self, event: WaitEvent, now: float) -> list[WaitEffect]:
        """React; what comes too late is ignored."""
        match event:
            case WaitStarted():
                return self._started(now)
            case DigitPressed():
                return self._pressed(event.digit.reveal())
            case PromptsEnded():
                if event.token == self._token and self._state is _State.SPEAKING:
                    self._state = _State.WAITING
                    self._due = now + self._policy.announcements.every_s
                return []
            case NobodyLeft():
                return self._end("no_agents")

    def tick(self, now: float) -> list[WaitEffect]:
        """He has waited too long, or is told where he stands."""
        if self.deadline is None or now < self.deadline:
            return []
        return self._end("timeout") if now >= self._until else self._announce(now)

    def _started(self, now: float) -> list[WaitEffect]:
        if self._state is not _State.NEW:
            return []
        self._state, self._until = _State.WAITING, now + self._policy.max_wait_s
        told = self._policy.announcements
        self._due = None if told.is_silent else now + told.first_s
        return []

    def _pressed(self, key: str) -> list[WaitEffect]:
        if self._state in (_State.NEW, _State.OVER):
            return []
        if key == self._policy.exit_key:
            return self._end("exit")
        return self._end("callback") if key == self._policy.callback_key else []

    def _announce(self, now: float) -> list[WaitEffect]:
        says = tuple(say for parts, values in self._told() if (say := self._made(parts, values)) is not None)
        if not says:
            self._due = now + self._policy.announcements.every_s
            return []
        self._state, self._token = _State.SPEAKING, Token(self._token + 1)
        return [PlayPrompts(token=self._token, prompts=says)]

    def _told(self) -> list[tuple[str, dict[str, int]]]:
        told, standing = self._policy.announcements, self._line.standing(self._call)
        said: list[tuple[str, dict[str, int]]] = []
        if told.position is not None and standing.position:
            said.append((told.position, {"position": standing.position}))
        minutes = 0 if standing.wait_s is None else max(1, round(standing.wait_s / 60))
        if told.wait is not None and 0 < minutes <= MAX_TOLD_MIN:
            said.append((told.wait, {"minutes": minutes}))
        if told.comfort is not None:
            said.append((told.comfort, {}))
        return said

    def _made(self, text: str, values: dict[str, int]) -> Say | None:
        return self._speech.composed(parts_of(text, values), {}).say

    def _end(self, outcome: Outcome) -> list[WaitEffect]:
        if self._state in (_State.NEW, _State.OVER):
            return []
        stop: list[WaitEffect] = [StopPrompts()] if self._state is _State.SPEAKING else []
        self._state = _State.OVER
        return [*stop, WaitEnded(outcome=outcome)]


def parts_of(text: str, values: dict[str, int]) -> list[Part]:
    """Return a sentence as its words and numbers: each half may be a recording of its own."""
    for name, number in values.items():
        before, _, after = text.partition(f"{{{name}}}")
        spoken = Spoken(kind="number", value=str(number))
        parts: list[Part] = [before.strip(), spoken, after.strip()]
        return [part for part in parts if not isinstance(part, str) or any(map(str.isalnum, part))]
    return [text]
