"""A phrase: one value in the words of one language, as a text and as the pieces that may be recorded."""

from collections.abc import Callable
from dataclasses import dataclass

from pbx.phrases.rules import Currency, Language, Noun
from pbx.phrases.spell import Unsayable, Value, numeral, shaped
from pbx.phrases.telephone import read_groups
from pbx.phrases.template import Part, appended, written
from pbx.phrases.values import (
    DateOrder,
    Kind,
    Number,
    read_date,
    read_keys,
    read_number,
    read_sum,
    read_time,
    read_whole,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Spoken:
    """What is to be said: `of` = a noun, a currency or a country; `form` = the gender, shape or clock.

    `of` is a noun that is counted, a currency, or the country from which a telephone number is seen.
    `form` is the gender of an ordinal (`m`, `f`, `n`), the shape of a date (`date`, `day`, `on_date`,
    `on_day`), the clock (`12`, `24`), or `minor` for a sum in pence or cents. "" = as is usual.
    """

    kind: Kind
    value: str
    of: str = ""
    form: str = ""
    order: DateOrder = "dmy"


@dataclass(frozen=True, slots=True, kw_only=True)
class Phrase:
    """`text` is for a voice that speaks; `pieces` are sentences that may have been recorded, in order."""

    text: str
    pieces: tuple[str, ...]


def phrase(language: Language, spoken: Spoken) -> Phrase:
    """Return the words; Unsayable when the value cannot be read, or the language has none for it."""
    parts = _WAYS[spoken.kind](language, spoken)
    return Phrase(text=written(parts), pieces=tuple(part.text for part in parts))


def _number(language: Language, spoken: Spoken) -> list[Part]:
    number = read_number(spoken.value)
    return _signed(language, number.is_negative, _unsigned(language, number))


def _unsigned(language: Language, number: Number) -> list[Part]:
    whole = numeral(language, number.whole, "cardinal")
    if not number.decimals:
        return whole
    digits: list[Part] = []
    for digit in number.decimals:
        appended(digits, numeral(language, int(digit), "cardinal"), " ")
    return shaped(language, "decimal", {"whole": whole, "digits": digits})


def _signed(language: Language, is_negative: bool, value: list[Part]) -> list[Part]:
    return shaped(language, "negative", {"value": value}) if is_negative else value


def _ordinal(language: Language, spoken: Spoken) -> list[Part]:
    form = language.ordinals.get(spoken.form or "m")
    if form is None:
        raise Unsayable(f"{language.tag} has no such gender")
    return numeral(language, read_whole(spoken.value), form)


def _count(language: Language, spoken: Spoken) -> list[Part]:
    noun = language.nouns.get(spoken.of)
    if noun is None:
        raise Unsayable(f"{language.tag} has no such noun")
    return _counted(language, read_whole(spoken.value), noun)


def _counted(language: Language, number: int, noun: Noun) -> list[Part]:
    values: dict[str, Value] = {"n": number, "below_million": number % 1_000_000}
    form = next((name for name, case in language.plural if case.holds(values)), "other")
    said = numeral(language, number, language.counting[noun.gender])
    return shaped(language, "count", {"number": said, "noun": noun.forms.get(form, noun.forms["other"])})


def _money(language: Language, spoken: Spoken) -> list[Part]:
    amount = read_sum(spoken.value, spoken.of, in_minor=spoken.form == "minor")
    currency: Currency | None = language.currencies.get(amount.currency)
    if currency is None:
        raise Unsayable(f"{language.tag} has no words for this currency")
    values: dict[str, Value] = {"major": amount.major, "minor": amount.minor}
    values["majors"] = _counted(language, amount.major, currency.major)
    if currency.minor is not None:
        values["minors"] = _counted(language, amount.minor, currency.minor)
    return _signed(language, amount.is_negative, shaped(language, "money", values))


def _date(language: Language, spoken: Spoken) -> list[Part]:
    day = read_date(spoken.value, spoken.order)
    values: dict[str, Value] = {
        "day": day.day,
        "month": language.months[day.month - 1],
        "year": day.year,
        "weekday": language.weekdays[day.weekday()],
    }
    return shaped(language, spoken.form or "date", values)


def _time(language: Language, spoken: Spoken) -> list[Part]:
    at = read_time(spoken.value)
    values: dict[str, Value] = {"hour": at.hour, "minute": at.minute, "hour12": at.hour % 12 or 12}
    return shaped(language, f"time_{spoken.form or language.clock}", values)


def _digits(language: Language, spoken: Spoken) -> list[Part]:
    return _read_out(language, read_keys(spoken.value), in_pairs=False)


def _telephone(language: Language, spoken: Spoken) -> list[Part]:
    return _read_out(language, read_groups(spoken.value, spoken.of), in_pairs=language.pairs)


def _read_out(language: Language, groups: tuple[str, ...], *, in_pairs: bool) -> list[Part]:
    """Key by key, with a pause after each group; a group of two may be one number."""
    parts: list[Part] = []
    for group in groups:
        if in_pairs and len(group) == 2 and group.isdigit():
            appended(parts, numeral(language, int(group), "pair"), ", ")
            continue
        for number, key in enumerate(group):
            said = (
                numeral(language, int(key), "cardinal") if key.isdigit() else [Part("", language.signs[key])]
            )
            appended(parts, said, " " if number else ", ")
    return parts


_WAYS: dict[Kind, Callable[[Language, Spoken], list[Part]]] = {
    "number": _number,
    "ordinal": _ordinal,
    "count": _count,
    "money": _money,
    "date": _date,
    "time": _time,
    "digits": _digits,
    "telephone": _telephone,
}
