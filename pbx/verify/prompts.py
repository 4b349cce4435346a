"""Every sentence a verification says, in one table, so that each can be recorded beforehand."""

from dataclasses import dataclass

from pbx.core.language import nearest
from pbx.media.dialogue import Say


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldTexts:
    """The question for one field; `again` = after a wrong answer, "" = as at first."""

    ask: str
    invalid: str
    again: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class VerifyTexts:
    """`wrong` and `failed` are the same words for an unknown number, a wrong date and a locked record."""

    date_of_birth: FieldTexts
    phone_number: FieldTexts
    account_number: FieldTexts
    pin: FieldTexts
    one_time_code: FieldTexts
    read_back: str  # with {digits}
    wrong: str
    failed: str
    call_back: str
    call_back_ends: str  # with {digits}
    call_back_confirm: str  # with {name} and {digit}
    say: str = ""
    unclear: str = ""

    @property
    def ask(self) -> str:
        """The question for the date of birth."""
        return self.date_of_birth.ask

    @property
    def invalid(self) -> str:
        """What was typed is no date of birth."""
        return self.date_of_birth.invalid


FALLBACK_LANGUAGE = "en-GB"
TEXTS = {
    "en-GB": VerifyTexts(
        date_of_birth=FieldTexts(
            ask=(
                "Please enter your date of birth on your keypad: two digits for the day, two digits for the "
                "month, and four digits for the year. For example, 0 3 0 2 1 9 8 0."
            ),
            invalid="Sorry, that is not a valid date of birth.",
        ),
        phone_number=FieldTexts(
            ask=(
                "Please enter the telephone number that we have for you, with its area code, and then press "
                "hash."
            ),
            invalid="Sorry, that is not a telephone number.",
        ),
        account_number=FieldTexts(
            ask="Please enter your account number, and then press hash.",
            invalid="Sorry, that is not an account number.",
        ),
        pin=FieldTexts(
            ask="Please enter your telephone PIN, and then press hash. If you have none, press hash.",
            invalid="Sorry, a PIN has four digits or more.",
        ),
        one_time_code=FieldTexts(
            ask=(
                "We are sending a code of six digits to the telephone number or e-mail address that we have "
                "for you. Please enter it on your keypad. If no code arrives, press hash."
            ),
            invalid="Sorry, the code has six digits.",
            again="Please enter the code of six digits. If you have none, press hash.",
        ),
        read_back="The last two digits are {digits}. If that is right, press 1. To enter it again, press 2.",
        say=(
            "Please say your date of birth, with the year in full, "
            "or enter it as eight digits on your keypad."
        ),
        unclear="Sorry, I did not understand that.",
        wrong="Sorry, we could not verify those details. Please try again.",
        failed="Sorry, we could not verify those details.",
        call_back=(
            "We will call you in a moment, on the telephone number that we have for you. Please hang up now."
        ),
        call_back_ends=(
            "We will call you in a moment, on the telephone number that we have for you. It ends with "
            "{digits}. Please hang up now."
        ),
        call_back_confirm=(
            "Hello. This is {name}. You have just called us and asked to be called back. To go on, press "
            "{digit}. If it was not you, please hang up."
        ),
    ),
    "de-DE": VerifyTexts(
        date_of_birth=FieldTexts(
            ask=(
                "Bitte geben Sie Ihr Geburtsdatum über die Tastatur ein: zwei Ziffern für den Tag, zwei "
                "Ziffern für den Monat und vier Ziffern für das Jahr. Zum Beispiel 0 3 0 2 1 9 8 0."
            ),
            invalid="Das ist leider kein gültiges Geburtsdatum.",
        ),
        phone_number=FieldTexts(
            ask=(
                "Bitte geben Sie die Telefonnummer ein, die wir von Ihnen haben, mit der Vorwahl, und "
                "drücken Sie dann die Rautetaste."
            ),
            invalid="Das ist leider keine Telefonnummer.",
        ),
        account_number=FieldTexts(
            ask="Bitte geben Sie Ihre Kundennummer ein und drücken Sie dann die Rautetaste.",
            invalid="Das ist leider keine Kundennummer.",
        ),
        pin=FieldTexts(
            ask=(
                "Bitte geben Sie Ihre Telefon-PIN ein und drücken Sie dann die Rautetaste. Wenn Sie keine "
                "haben, drücken Sie die Rautetaste."
            ),
            invalid="Eine PIN hat vier oder mehr Ziffern.",
        ),
        one_time_code=FieldTexts(
            ask=(
                "Wir senden einen Code aus sechs Ziffern an die Telefonnummer oder E-Mail-Adresse, die wir "
                "von Ihnen haben. Bitte geben Sie ihn über die Tastatur ein. Wenn kein Code ankommt, drücken "
                "Sie die Rautetaste."
            ),
            invalid="Der Code hat sechs Ziffern.",
            again=(
                "Bitte geben Sie den Code aus sechs Ziffern ein. Wenn Sie keinen haben, drücken Sie die "
                "Rautetaste."
            ),
        ),
        read_back=(
            "Die letzten beiden Ziffern sind {digits}. Wenn das stimmt, drücken Sie die 1. Um sie noch "
            "einmal einzugeben, drücken Sie die 2."
        ),
        wrong="Ihre Angaben konnten leider nicht bestätigt werden. Bitte versuchen Sie es noch einmal.",
        failed="Ihre Angaben konnten leider nicht bestätigt werden.",
        call_back=(
            "Wir rufen Sie gleich zurück, unter der Telefonnummer, die wir von Ihnen haben. Bitte legen Sie "
            "jetzt auf."
        ),
        call_back_ends=(
            "Wir rufen Sie gleich zurück, unter der Telefonnummer, die wir von Ihnen haben. Sie endet mit "
            "{digits}. Bitte legen Sie jetzt auf."
        ),
        call_back_confirm=(
            "Guten Tag. Hier ist {name}. Sie haben uns gerade angerufen und um einen Rückruf gebeten. Um "
            "fortzufahren, drücken Sie die {digit}. Wenn Sie das nicht waren, legen Sie bitte auf."
        ),
    ),
}


def texts_for(language: str) -> tuple[str, VerifyTexts]:
    """Return the language that is spoken and its sentences; English when there is no translation."""
    tag = nearest(language, TEXTS) or FALLBACK_LANGUAGE
    return tag, TEXTS[tag]


def all_texts() -> tuple[Say, ...]:
    """Return every sentence once, in a stable order; what is read back has a hundred endings."""
    return tuple(
        Say(text=text, language=language)
        for language, texts in TEXTS.items()
        for text in (*_asked(texts), texts.wrong, texts.failed, texts.call_back, texts.say, texts.unclear)
        if text
    )


def _asked(texts: VerifyTexts) -> tuple[str, ...]:
    fields = (texts.date_of_birth, texts.phone_number, texts.account_number, texts.pin, texts.one_time_code)
    return tuple(text for one in fields for text in (one.ask, one.again, one.invalid) if text)
