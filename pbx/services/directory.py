"""Directory: a caller spells a name by keys, hears who has such a one, and chooses (CF-23).

    SPELLING -> CHOOSING                  at most MAX_CHOICES have such a name
    SPELLING, CHOOSING -> SPELLING        nobody, too many, or none of them: ATTEMPTS times in all
    SPELLING, CHOOSING -> OVER            a choice, the key 0 in place of a name, or nothing more to try

A sentence that cannot be played is not waited for: keys count all the same.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from pbx.core.ids import Token
from pbx.core.language import nearest
from pbx.ivr.name_search import By, Person, search
from pbx.media.collector import Collected, CollectorSettings, DigitCollector
from pbx.media.dialogue import DialogueEvent, DigitPressed, PlayPrompts, PromptsEnded, Say, StopPrompts

MAX_KEYS = 12  # of a name; more tell nobody apart
MAX_CHOICES = 8  # one key each, and nobody remembers more
ATTEMPTS = 3
FIRST_KEY_S, NEXT_KEY_S = 6.0, 3.0
OUT = "0"  # no letter is on it
FALLBACK_LANGUAGE = "en-GB"


@dataclass(frozen=True, slots=True, kw_only=True)
class DirectoryTexts:
    """The sentences of one language; the name of a person follows `choice`, and is a sentence of its own."""

    last_name: str
    first_name: str
    any_name: str
    nobody: str
    too_many: str
    choice: str
    again: str


_EN = DirectoryTexts(
    last_name="Please spell the last name on your telephone, then press hash. To leave, press 0.",
    first_name="Please spell the first name on your telephone, then press hash. To leave, press 0.",
    any_name="Please spell the name on your telephone, then press hash. To leave, press 0.",
    nobody="Nobody of that name was found.",
    too_many="Many people have such a name. Please enter more letters.",
    choice="Press {key} for",
    again="To spell another name, press 0.",
)
TEXTS = {
    "en-GB": _EN,
    "en-US": _EN,
    "de-DE": DirectoryTexts(
        last_name=(
            "Bitte buchstabieren Sie den Nachnamen mit den Tasten Ihres Telefons und drücken Sie dann die "
            "Raute-Taste. Um abzubrechen, drücken Sie die 0."
        ),
        first_name=(
            "Bitte buchstabieren Sie den Vornamen mit den Tasten Ihres Telefons und drücken Sie dann die "
            "Raute-Taste. Um abzubrechen, drücken Sie die 0."
        ),
        any_name=(
            "Bitte buchstabieren Sie den Namen mit den Tasten Ihres Telefons und drücken Sie dann die "
            "Raute-Taste. Um abzubrechen, drücken Sie die 0."
        ),
        nobody="Niemand mit diesem Namen wurde gefunden.",
        too_many="Mehrere haben einen solchen Namen. Bitte geben Sie mehr Buchstaben ein.",
        choice="Drücken Sie die {key} für",
        again="Für einen anderen Namen drücken Sie die 0.",
    ),
    "fr-FR": DirectoryTexts(
        last_name=(
            "Veuillez épeler le nom de famille avec les touches de votre téléphone, puis appuyez sur dièse. "
            "Pour sortir, appuyez sur 0."
        ),
        first_name=(
            "Veuillez épeler le prénom avec les touches de votre téléphone, puis appuyez sur dièse. "
            "Pour sortir, appuyez sur 0."
        ),
        any_name=(
            "Veuillez épeler le nom avec les touches de votre téléphone, puis appuyez sur dièse. "
            "Pour sortir, appuyez sur 0."
        ),
        nobody="Personne de ce nom n'a été trouvé.",
        too_many="Plusieurs personnes ont un tel nom. Veuillez saisir plus de lettres.",
        choice="Appuyez sur {key} pour",
        again="Pour un autre nom, appuyez sur 0.",
    ),
    "es-ES": DirectoryTexts(
        last_name=(
            "Deletree el apellido con las teclas de su teléfono y pulse almohadilla. Para salir, pulse 0."
        ),
        first_name=(
            "Deletree el nombre de pila con las teclas de su teléfono y pulse almohadilla. "
            "Para salir, pulse 0."
        ),
        any_name="Deletree el nombre con las teclas de su teléfono y pulse almohadilla. Para salir, pulse 0.",
        nobody="No se ha encontrado a nadie con ese nombre.",
        too_many="Varias personas tienen ese nombre. Introduzca más letras.",
        choice="Pulse {key} para",
        again="Para otro nombre, pulse 0.",
    ),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class DirectoryStarted:
    """The flow has reached the step."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DirectoryEnded:
    """The caller has chosen this extension, "" = none."""

    extension: str = ""


DirectoryEvent = DialogueEvent | DirectoryStarted
DirectoryEffect = PlayPrompts | StopPrompts | DirectoryEnded


class _At(StrEnum):
    NEW = "new"
    SPELLING = "spelling"
    CHOOSING = "choosing"
    OVER = "over"


class Directory:
    """The dialogue of one caller; only who is among `people` is ever named to him."""

    __slots__ = (
        "_at",
        "_by",
        "_choices",
        "_collector",
        "_left",
        "_people",
        "_speaks",
        "_tag",
        "_texts",
        "_token",
    )

    def __init__(self, people: Sequence[Person], by: By, language: str) -> None:
        self._people, self._by = tuple(people), by
        self._tag = nearest(language, TEXTS) or FALLBACK_LANGUAGE
        self._texts = TEXTS[self._tag]
        self._at = _At.NEW
        self._left = ATTEMPTS
        self._choices: tuple[Person, ...] = ()
        self._collector: DigitCollector | None = None
        self._speaks = False
        self._token = Token(0)

    @property
    def deadline(self) -> float | None:
        """When the caller has taken too long for a key; while a sentence is heard he need not hurry."""
        return self._collector.deadline if self._collector is not None and not self._speaks else None

    def handle(self, event: DirectoryEvent, now: float) -> list[DirectoryEffect]:
        match event:
            case DirectoryStarted() if self._at is _At.NEW:
                return self._spell(now)
            case PromptsEnded() if event.token == self._token and self._collector is not None:
                self._speaks = False
                self._collector.restart_timer(now)
                return []
            case DigitPressed() if self._collector is not None:
                return self._pressed(event.digit.reveal(), self._collector, now)
        return []

    def tick(self, now: float) -> list[DirectoryEffect]:
        """The caller has pressed no more keys."""
        if self.deadline is None or self._collector is None:
            return []
        return self._collected(self._collector.tick(now), now)

    def _pressed(self, key: str, collector: DigitCollector, now: float) -> list[DirectoryEffect]:
        stop: list[DirectoryEffect] = [StopPrompts()] if self._speaks else []
        self._speaks = False
        return [*stop, *self._collected(collector.press(key, now), now)]

    def _collected(self, collected: Collected | None, now: float) -> list[DirectoryEffect]:
        if collected is None:
            return []
        keys = collected.digits.reveal()
        if self._at is _At.CHOOSING:
            return self._chosen(keys, now)
        if keys == OUT:
            return self._end("")
        found = search(self._people, keys, self._by) if keys else ()
        if not found:
            return self._spell(now, *((self._texts.nobody,) if keys else ()))
        if len(found) > MAX_CHOICES:
            return self._spell(now, self._texts.too_many)
        return self._offer(found, now)

    def _chosen(self, key: str, now: float) -> list[DirectoryEffect]:
        if key.isdecimal() and 1 <= int(key) <= len(self._choices):
            return self._end(self._choices[int(key) - 1].extension)
        return self._spell(now)

    def _spell(self, now: float, *before: str) -> list[DirectoryEffect]:
        if self._left <= 0:
            return self._end("")
        self._left -= 1
        self._at = _At.SPELLING
        ask = {
            "last_name": self._texts.last_name,
            "first_name": self._texts.first_name,
            "any_name": self._texts.any_name,
        }[self._by]
        return self._ask((*before, ask), MAX_KEYS, now)

    def _offer(self, found: tuple[Person, ...], now: float) -> list[DirectoryEffect]:
        self._at, self._choices = _At.CHOOSING, found
        said: list[str] = []
        for key, person in enumerate(found, 1):
            said += [self._texts.choice.format(key=key), person.name]
        return self._ask((*said, self._texts.again), 1, now)

    def _ask(self, said: Sequence[str], most: int, now: float) -> list[DirectoryEffect]:
        settings = CollectorSettings(
            max_digits=most, first_digit_timeout_s=FIRST_KEY_S, inter_digit_timeout_s=NEXT_KEY_S
        )
        self._collector, self._speaks = DigitCollector(settings, now), True
        self._token = Token(self._token + 1)
        prompts = tuple(Say(text=text, language=self._tag) for text in said)
        return [PlayPrompts(token=self._token, prompts=prompts, until_key=True)]

    def _end(self, extension: str) -> list[DirectoryEffect]:
        self._at, self._collector = _At.OVER, None
        return [DirectoryEnded(extension=extension)]
