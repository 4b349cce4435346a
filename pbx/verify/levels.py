"""Levels of assurance, by what a caller has shown (compliance reference §4.4)."""

from collections.abc import Iterable
from typing import Literal, get_args

Level = Literal["V0", "V1", "V2", "V3", "V4"]
LEVELS: tuple[Level, ...] = get_args(Level)  # the least first
# phone_number = the number he calls from; typed_number = one that he types. What he knows is a proof only
# with one of them. What he has at hand now, where a code arrives or he is called, needs neither.
# pin = the one that he has agreed upon, asked for beside what he knows: it adds to it and replaces nothing.
Method = Literal[
    "phone_number", "typed_number", "date_of_birth", "account_number", "pin", "one_time_code", "call_back"
]
NUMBERS: tuple[Method, ...] = ("phone_number", "typed_number")
KNOWN: tuple[Method, ...] = ("date_of_birth", "account_number")
POSSESSED: tuple[Method, ...] = ("one_time_code", "call_back")


def level_of(methods: Iterable[str]) -> Level:
    """The one place that grades."""
    shown = set(methods)
    if shown.intersection(POSSESSED):
        return "V3"
    if not shown.intersection(NUMBERS):
        return "V0"
    if shown.intersection(KNOWN):
        return "V2"
    return "V1" if "phone_number" in shown else "V0"
