"""A template of a rule: literal words, values in braces, and where one piece of a phrase ends.

A space begins a new piece, `|` one that is written together with what is before, a comma and a space one
after a pause. `_` is a space within a piece. `[...]` is said only where a remainder is left. So
`{q:ein}|hundert[|{r}]` has two or three pieces, and "twenty[-{r}]" is one.
"""

import re
from dataclasses import dataclass
from typing import Literal

Join = Literal["", "|", " ", ", "]  # grown together, together, after a space, after a pause
_TOKEN = re.compile(r"\{([a-z][a-z0-9_]*)(?::([a-z][a-z0-9_]*))?\}|(, |[ |])|([\[\]])|([^{}\[\]|, ]+|,(?! ))")
_JOINS: dict[str, Join] = {"|": "|", " ": " ", ", ": ", "}
_WRITTEN: dict[Join, str] = {"": "", "|": "", " ": " ", ", ": ", "}


@dataclass(frozen=True, slots=True)
class Part:
    """A piece of a phrase, and how it follows the one before."""

    join: Join
    text: str


@dataclass(frozen=True, slots=True)
class Word:
    """Said as it stands."""

    text: str
    left_over: bool = False  # said only where a remainder is left


@dataclass(frozen=True, slots=True)
class Gap:
    """Here a piece ends."""

    join: Join
    left_over: bool = False


@dataclass(frozen=True, slots=True)
class Slot:
    """A value, by the rules of `form`; "" = those of whoever asks."""

    name: str
    form: str
    left_over: bool = False


Item = Word | Gap | Slot


def parse(text: str) -> tuple[Item, ...]:
    """Return what a template consists of; ValueError for a brace or bracket that is left over."""
    items: list[Item] = []
    at, inside = 0, False
    for found in _TOKEN.finditer(text):
        if found.start() != at:
            break
        at = found.end()
        name, form, join, bracket, word = found.groups()
        if bracket is not None:
            if inside == (bracket == "["):
                raise ValueError(f"a bracket too many in {text!r}")
            inside = bracket == "["
        elif name is not None:
            items.append(Slot(name, form or "", inside))
        elif join is not None:
            items.append(Gap(_JOINS[join], inside))
        else:
            items.append(Word(word.replace("_", " "), inside))
    if at != len(text) or inside:
        raise ValueError(f"{text!r} cannot be read from character {at + 1} on")
    return tuple(items)


def appended(parts: list[Part], more: list[Part], join: Join) -> None:
    """Put `more` behind `parts`; its first piece follows by `join`, or as it says itself."""
    for number, part in enumerate(more):
        by = (join or part.join) if number == 0 else part.join
        if by == "" and parts:
            parts[-1] = Part(parts[-1].join, parts[-1].text + part.text)
        else:
            parts.append(Part(by, part.text))


def written(parts: list[Part]) -> str:
    """Return the pieces as one text."""
    return "".join((_WRITTEN[part.join] if number else "") + part.text for number, part in enumerate(parts))
