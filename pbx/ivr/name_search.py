"""Looking for people by their names as the keys of a telephone spell them (ITU-T E.161)."""

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

By = Literal["last_name", "first_name", "any_name"]

_GROUPS = {"2": "abc", "3": "def", "4": "ghi", "5": "jkl", "6": "mno", "7": "pqrs", "8": "tuv", "9": "wxyz"}
_KEYS = {letter: key for key, letters in _GROUPS.items() for letter in letters}
_SPELLED = {"ß": "ss", "æ": "ae", "œ": "oe", "ø": "o", "đ": "d", "ł": "l", "þ": "th", "ð": "d"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Somebody who may be found, and the extension that rings then."""

    extension: str
    name: str


def keys_of(name: str) -> str:
    """Return the keys that spell a name; what has none is left out: accents, hyphens, other alphabets."""
    spelled = "".join(_SPELLED.get(letter, letter) for letter in name.casefold())
    plain = unicodedata.normalize("NFKD", spelled)
    return "".join(_KEYS.get(letter, "") for letter in plain)


def beginnings(name: str, by: By) -> tuple[str, ...]:
    """Return the keys of a name from each of its words that one may begin with.

    The last name is any word but the first, so that `van Dyck` is found by either; of one word it is that.
    """
    words = name.split()
    begins = range(1 if by == "last_name" and len(words) > 1 else 0, 1 if by == "first_name" else len(words))
    return tuple(keys for i in begins if (keys := keys_of("".join(words[i:]))))


def search(people: Iterable[Person], keys: str, by: By) -> tuple[Person, ...]:
    """Return whose name begins with these keys, in the order of names."""
    found = [one for one in people if any(name.startswith(keys) for name in beginnings(one.name, by))]
    return tuple(sorted(found, key=lambda one: (one.name.casefold(), one.extension)))
