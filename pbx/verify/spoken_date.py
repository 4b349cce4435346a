"""A date of birth as it is spoken in English: what a recogniser listens for, and what its words mean.

"the third of February nineteen eighty", "February third nineteen eighty", or eight digits, day first. A year
has its century: "eighty" may be of two, and a guess would cost the caller a try.
"""

from datetime import date

from pbx.core.secret import Secret
from pbx.verify.date_of_birth import parse_date_of_birth
from pbx.verify.spoken_words import DIGITS, FIRSTS, ONES, ORDINALS, TEENS, TENS, day_of, digits_of, year_of

LANGUAGES = ("en-GB",)  # in which a date can be said; callers in others have keys
MAX_OCTETS = 200  # of the words of one answer
_FILLERS = frozenset({"the", "of", "and"})
_MONTHS = (
    *("january", "february", "march", "april", "may", "june"),
    *("july", "august", "september", "october", "november", "december"),
)


def jsgf() -> str:
    """Return the grammar in the JSpeech Grammar Format: nothing else can be heard."""
    ordinals = " | ".join((*ORDINALS, *(f"twenty {one}" for one in FIRSTS), "thirty first"))
    eight = " ".join(["<figure>"] * 4 + ["[<figure>]"] * 4)  # fewer, where some are double
    return "\n".join(
        (
            "#JSGF V1.0;",
            "grammar date_of_birth;",
            f"<digit> = {' | '.join(DIGITS)};",
            "<figure> = <digit> | double <digit> | triple <digit>;",
            f"<one> = {' | '.join(ONES)};",
            f"<ten> = {' | '.join(TEENS)} | ({' | '.join(TENS)}) [<one>];",
            f"<day> = {ordinals};",
            f"<month> = {' | '.join(_MONTHS)};",
            "<last> = nineteen (hundred | oh <one> | <ten>);",
            "<this> = two thousand [[and] (<one> | <ten>)] | twenty (oh <one> | <ten>);",
            "<year> = <last> | <this>;",
            f"public <date> = [the] <day> [of] <month> <year> | <month> [the] <day> <year> | {eight};",
        )
    )


def parse_spoken_date(words: Secret[str], today: date) -> Secret[str] | None:
    """Return what was said as YYYYMMDD, or None when nobody living can be born then, or it is no date."""
    said = words.reveal()
    if len(said) > MAX_OCTETS:
        return None
    typed = _as_typed([word for word in said.split() if word not in _FILLERS])
    return None if typed is None else parse_date_of_birth(Secret(typed), today)


def _as_typed(words: list[str]) -> str | None:
    """Return DDMMYYYY, or digits of another length where the caller said some."""
    digits = digits_of(words)
    if digits is not None:
        return digits
    named = [at for at, word in enumerate(words) if word in _MONTHS]
    if len(named) != 1:
        return None
    month, before, after = _MONTHS.index(words[named[0]]) + 1, words[: named[0]], words[named[0] + 1 :]
    if not before:
        length = 1 if after and after[0] in ORDINALS else 2
        before, after = after[:length], after[length:]
    day, year = day_of(before), year_of(after)
    return None if day is None or year is None else f"{day:02}{month:02}{year}"
