"""Every sentence a verification says, in one table, so that each can be recorded beforehand."""

from dataclasses import dataclass

from pbx.core.language import nearest
from pbx.media.dialogue import Say


@dataclass(frozen=True, slots=True, kw_only=True)
class VerifyTexts:
    """`wrong` and `failed` are the same words for an unknown number, a wrong date and a locked record."""

    ask: str
    invalid: str
    wrong: str
    failed: str


FALLBACK_LANGUAGE = "en-GB"
TEXTS = {
    "en-GB": VerifyTexts(
        ask=(
            "Please enter your date of birth on your keypad: two digits for the day, two digits for the "
            "month, and four digits for the year. For example, 0 3 0 2 1 9 8 0."
        ),
        invalid="Sorry, that is not a valid date of birth.",
        wrong="Sorry, we could not verify those details. Please try again.",
        failed="Sorry, we could not verify those details.",
    ),
    "de-DE": VerifyTexts(
        ask=(
            "Bitte geben Sie Ihr Geburtsdatum über die Tastatur ein: zwei Ziffern für den Tag, zwei Ziffern "
            "für den Monat und vier Ziffern für das Jahr. Zum Beispiel 0 3 0 2 1 9 8 0."
        ),
        invalid="Das ist leider kein gültiges Geburtsdatum.",
        wrong="Ihre Angaben konnten leider nicht bestätigt werden. Bitte versuchen Sie es noch einmal.",
        failed="Ihre Angaben konnten leider nicht bestätigt werden.",
    ),
}


def texts_for(language: str) -> tuple[str, VerifyTexts]:
    """Return the language that is spoken and its sentences; English when there is no translation."""
    tag = nearest(language, TEXTS) or FALLBACK_LANGUAGE
    return tag, TEXTS[tag]


def all_texts() -> tuple[Say, ...]:
    """Return every sentence once, in a stable order."""
    return tuple(
        Say(text=text, language=language)
        for language, texts in TEXTS.items()
        for text in (texts.ask, texts.invalid, texts.wrong, texts.failed)
    )
