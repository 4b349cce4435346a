"""One party of a conference: the PIN at the door, the keys inside, and the way out."""

import hmac
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Literal

from pbx.core.ids import Token
from pbx.core.secret import Secret
from pbx.media.collector import Collected, CollectorSettings, DigitCollector
from pbx.media.dialogue import (
    DialogueEffect,
    DialogueEvent,
    DigitPressed,
    Pause,
    PlayPrompts,
    PlayTone,
    Prompt,
    PromptsEnded,
    Say,
    SecureEntry,
    StopPrompts,
)
from pbx.media.effects import Music

ATTEMPTS = 3  # of a PIN: four digits are then guessed in one of 3,333 calls
FIRST_KEY_S, NEXT_KEY_S = 8.0, 4.0
STEP_DB, MOST_DB = 3.0, 12.0  # 3 dB is the least that everybody notices; 12 dB is four times as loud
TONE_MS = 150


@dataclass(frozen=True, slots=True, kw_only=True)
class RoomSettings:
    """One room of a tenant; `music` None = who is alone hears nothing, `beeps` = whoever comes is heard."""

    name: str
    pin: Secret[str] | None = None
    ask: str = ""
    wrong: str = ""
    max_parties: int = 50
    beeps: bool = True
    sample_rate: Literal[8000, 16000] = 16000
    music: Music | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """How a party sits in the room; `in_db` is for what it says, `out_db` for what it hears."""

    muted: bool = False
    in_db: float = 0.0
    out_db: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class AttendeeStarted:
    """The flow reached the conference step."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RoomRefusal:
    """There is no seat, or not any more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EnterRoom:
    """He may come in; RoomRefusal follows when he cannot."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TakePlace:
    """Sit like this from now on."""

    place: Place


@dataclass(frozen=True, slots=True, kw_only=True)
class AttendanceEnded:
    """Leave the room; `next` = by a key, `refused` = no seat, or not the PIN."""

    outcome: Literal["next", "refused"]


AttendeeEvent = DialogueEvent | AttendeeStarted | RoomRefusal
AttendeeEffect = DialogueEffect | EnterRoom | TakePlace | AttendanceEnded


class _State(StrEnum):
    NEW = "new"
    ASKING = "asking"
    INSIDE = "inside"
    OVER = "over"


MUTE, LEAVE = "1", "#"
# key -> what it changes, and by how many dB
VOLUMES: dict[str, tuple[Literal["in_db", "out_db"], float]] = {
    "4": ("out_db", -STEP_DB),
    "6": ("out_db", STEP_DB),
    "7": ("in_db", -STEP_DB),
    "9": ("in_db", STEP_DB),
}
_TONE = PlayTone(tone="record", duration_ms=TONE_MS)
_MUTED: tuple[Prompt, ...] = (_TONE,)
_HEARD: tuple[Prompt, ...] = (_TONE, Pause(duration_ms=TONE_MS), _TONE)


class Attendee:
    """The dialogue with one party. Keys that mean nothing, `*` among them, are passed over."""

    __slots__ = ("_attempts", "_collector", "_language", "_place", "_settings", "_state", "_token")

    def __init__(self, settings: RoomSettings, language: str) -> None:
        self._settings, self._language = settings, language
        self._state = _State.NEW
        self._attempts = ATTEMPTS
        self._collector: DigitCollector | None = None
        self._place = Place()
        self._token = Token(0)

    @property
    def deadline(self) -> float | None:
        """When to call `tick`; only digits of the PIN are waited for."""
        return self._collector.deadline if self._collector is not None else None

    def handle(self, event: AttendeeEvent, now: float) -> list[AttendeeEffect]:
        """Ask for the PIN if there is one, then obey the keys."""
        match event:
            case AttendeeStarted():
                return self._enter() if self._settings.pin is None else self._ask(self._settings.ask)
            case RoomRefusal():
                return self._end("refused")
            case PromptsEnded():
                if event.token == self._token and self._state is _State.ASKING:
                    self._wait(now).restart_timer(now)
                return []
            case DigitPressed() if self._state is _State.ASKING:
                stop: list[AttendeeEffect] = [StopPrompts()] if self._collector is None else []
                return [*stop, *self._collected(self._wait(now).press(event.digit.reveal(), now))]
            case DigitPressed() if self._state is _State.INSIDE:
                return self._pressed(event.digit.reveal())
            case _:
                return []

    def tick(self, now: float) -> list[AttendeeEffect]:
        """The caller took too long for a digit."""
        return self._collected(self._collector.tick(now)) if self._collector is not None else []

    def _wait(self, now: float) -> DigitCollector:
        if self._collector is None:
            most = len(self._settings.pin.reveal()) if self._settings.pin is not None else 1
            self._collector = DigitCollector(
                CollectorSettings(
                    min_digits=1,
                    max_digits=most,
                    first_digit_timeout_s=FIRST_KEY_S,
                    inter_digit_timeout_s=NEXT_KEY_S,
                ),
                now,
            )
        return self._collector

    def _ask(self, *texts: str) -> list[AttendeeEffect]:
        self._state, self._collector = _State.ASKING, None
        self._attempts -= 1
        prompts = tuple(Say(text=text, language=self._language) for text in texts)
        return [SecureEntry(on=True), self._play(prompts)]

    def _play(self, prompts: tuple[Prompt, ...]) -> PlayPrompts:
        self._token = Token(self._token + 1)
        return PlayPrompts(token=self._token, prompts=prompts, until_key=self._state is _State.ASKING)

    def _collected(self, collected: Collected | None) -> list[AttendeeEffect]:
        if collected is None:
            return []
        self._collector = None
        pin = self._settings.pin
        assert pin is not None, "it was asked for"
        if hmac.compare_digest(collected.digits.reveal(), pin.reveal()):
            return [SecureEntry(on=False), *self._enter()]
        if self._attempts > 0:
            return self._ask(self._settings.wrong, self._settings.ask)
        return [SecureEntry(on=False), *self._end("refused")]

    def _enter(self) -> list[AttendeeEffect]:
        self._state = _State.INSIDE
        return [EnterRoom()]

    def _pressed(self, key: str) -> list[AttendeeEffect]:
        if key == LEAVE:
            return self._end("next")
        if key == MUTE:
            self._place = replace(self._place, muted=not self._place.muted)
            return [TakePlace(place=self._place), self._play(_MUTED if self._place.muted else _HEARD)]
        if key not in VOLUMES:
            return []
        what, step = VOLUMES[key]
        before = self._place.in_db if what == "in_db" else self._place.out_db
        level = max(-MOST_DB, min(MOST_DB, before + step))
        is_said = what == "in_db"
        self._place = replace(self._place, in_db=level) if is_said else replace(self._place, out_db=level)
        return [TakePlace(place=self._place)]

    def _end(self, outcome: Literal["next", "refused"]) -> list[AttendeeEffect]:
        if self._state is _State.OVER:
            return []
        self._state, self._collector = _State.OVER, None
        return [AttendanceEnded(outcome=outcome)]
