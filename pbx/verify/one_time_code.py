"""A one-time code: six digits that reach a caller where his provider knows him, for one purpose of one call.

Source: compliance reference §4.4, §4.5, requirement V-11.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from pbx.core.ids import Ids
from pbx.core.language import nearest
from pbx.core.secret import Secret

DIGITS = 6
TRIES = 3  # of one code
LIFETIME = timedelta(minutes=5)
MIN_AGE = timedelta(days=7)  # of a contact on file: whoever has taken an account over changes it first
SENDS = ((3, timedelta(hours=1)), (6, timedelta(days=1)))  # to one number or address
KEPT = timedelta(days=1)
Way = Literal["sms", "mail", "call_back"]  # how a proof of possession reaches a contact on file
_COUNT: int = 10**DIGITS
_BITS = 24
_LIMIT = (1 << _BITS) // _COUNT * _COUNT  # 16,000,000: what is drawn above would make small codes likelier
_ASCII_DIGITS = frozenset("0123456789")
# Sentences for people: what it is for, and that nobody is to be told of it.
_TEXTS = {
    "en-GB": (
        "{code} is your code for: {purpose}. It is valid for 5 minutes, in your call to {name}. Only type it "
        "on your telephone. Our staff will never ask for this code."
    ),
    "de-DE": (
        "{code} ist Ihr Code für: {purpose}. Er gilt 5 Minuten, in Ihrem Gespräch mit {name}. Geben Sie ihn "
        "nur am Telefon ein. Unsere Mitarbeiter fragen nie nach diesem Code."
    ),
}
_SUBJECTS = {"en-GB": "Your code", "de-DE": "Ihr Code"}


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeText:
    """What is sent: the code itself is in `text`."""

    subject: str
    text: Secret[str]


def draw_code(ids: Ids) -> Secret[str]:
    """Return six random digits, all of a million equally likely."""
    while (drawn := int.from_bytes(ids.octets(_BITS // 8))) >= _LIMIT:
        continue
    return Secret(f"{drawn % _COUNT:0{DIGITS}d}")


def parse_code(digits: Secret[str]) -> Secret[str] | None:
    """Return the code, None for what cannot be one."""
    typed = digits.reveal()
    return digits if len(typed) == DIGITS and set(typed) <= _ASCII_DIGITS else None


def may_send(sent_at: Iterable[datetime], now: datetime) -> bool:
    """Whether one more may go to a number or address; a send leaves its window at the very end of it."""
    times = list(sent_at)
    return all(sum(at > now - window for at in times) < most for most, window in SENDS)


def is_settled(since: datetime | None, age: timedelta, now: datetime) -> bool:
    """Whether a number or address is on file for long enough; None = nobody knows since when."""
    return since is not None and now - since >= max(age, MIN_AGE)


def text_of(code: Secret[str], purpose: str, name: str, language: str) -> CodeText:
    """Return the message, in English where there is no translation."""
    tag = nearest(language, _TEXTS) or "en-GB"
    said = _TEXTS[tag].format(code=code.reveal(), purpose=purpose, name=name)
    return CodeText(subject=_SUBJECTS[tag], text=Secret(said))
