"""Spelling: a value and the rules of a language make pieces of a phrase."""

from collections.abc import Mapping

from pbx.phrases.rules import Language
from pbx.phrases.template import Gap, Item, Join, Part, Slot, Word, appended

MAX_DEPTH = 64  # of rules that send a number on; the tables of the product stay below 20
Value = int | str | list[Part]


class Unsayable(ValueError):
    """There are no words for a value; the message has no part of it."""


def numeral(language: Language, number: int, form: str, depth: int = 0) -> list[Part]:
    """Return a whole number from 0 on by one of the sets; Unsayable when that has no words for it."""
    numerals = language.sets[form]
    word = numerals.words.get(number)
    if word is not None:
        return [Part("", word)] if word else []
    rule = numerals.rule(number)
    if rule is None or depth > MAX_DEPTH:
        raise Unsayable(f"{language.tag} has no {form} for this number")
    quotient, remainder = divmod(number, rule.by)
    values: dict[str, Value] = {"n": number, "q": quotient, "r": remainder}
    own = {"r": form, "n": form, "q": "cardinal"}
    return _filled(language, rule.say if remainder else rule.even, values, (own, depth + 1))


def shaped(language: Language, shape: str, values: Mapping[str, Value]) -> list[Part]:
    """Return the first shape of that name which is for these values; Unsayable when there is none."""
    case = next((one for one in language.shapes.get(shape, ()) if one.holds(values)), None)
    if case is None:
        raise Unsayable(f"{language.tag} has no {shape} for this value")
    return _filled(language, case.say, values, ({}, 0))


def _filled(
    language: Language,
    items: tuple[Item, ...],
    values: Mapping[str, Value],
    asker: tuple[Mapping[str, str], int],
) -> list[Part]:
    """`asker` = the set of numerals that a value without one belongs to, and how deep we are."""
    own, depth = asker
    parts: list[Part] = []
    join: Join = ""
    for item in items:
        match item:
            case Gap(join=gap):
                join = gap
            case Word(text=text):
                appended(parts, [Part("", text)], join)
                join = ""
            case Slot(name=name, form=form):
                value = values[name]
                said = _said(language, value, form or own.get(name, "cardinal"), depth)
                appended(parts, said, join)
                join = "" if said else join
    return parts


def _said(language: Language, value: Value, form: str, depth: int) -> list[Part]:
    if isinstance(value, int):
        return numeral(language, value, form, depth)
    return [Part("", value)] if isinstance(value, str) else value
