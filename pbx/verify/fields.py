"""Typed fields: what a caller may be asked for on his keypad, how it is read, and what is read back."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import Literal

from pbx.core.ids import Token
from pbx.core.phone import to_e164
from pbx.core.secret import Secret
from pbx.media.collector import CollectorSettings
from pbx.verify.date_of_birth import DIGITS as DATE_DIGITS
from pbx.verify.date_of_birth import parse_date_of_birth
from pbx.verify.effects import CheckIdentity
from pbx.verify.one_time_code import DIGITS as CODE_DIGITS
from pbx.verify.one_time_code import parse_code
from pbx.verify.people import MAX_ACCOUNT
from pbx.verify.pin import MAX_PIN, MIN_PIN, parse_pin
from pbx.verify.prompts import FieldTexts, VerifyTexts

FieldName = Literal["phone_number", "date_of_birth", "account_number", "pin", "one_time_code"]
# Never more than the end: whoever stands beside a caller hears a loudspeaker too (§4.3). Two digits of a date
# of birth are its year, and of a code they are a third of it: of those nothing is read back.
ReadBack = Literal["none", "last_two"]
MIN_ACCOUNT = 4  # digits; fewer are guessed in a few hundred calls
MIN_NUMBER, MAX_NUMBER = 5, 17  # digits, with a trunk or international prefix (E.164 §6: 15 without)
FIRST_DIGIT_S, BETWEEN_S = 10.0, 5.0  # §4.6
CODE_S = 30.0  # a text message takes its time, and so does reading it
RIGHT = "1"  # the key of somebody who has typed what he meant
YES_OR_NO = CollectorSettings(
    min_digits=1, max_digits=1, terminator="", clear="", first_digit_timeout_s=10.0, inter_digit_timeout_s=5.0
)
_ASCII_DIGITS = frozenset("0123456789")


@dataclass(frozen=True, slots=True, kw_only=True)
class Locale:
    """Where callers are at home: what is spoken to them, and how they write numbers."""

    language: str = "en-GB"
    country: str = "GB"


@dataclass(frozen=True, slots=True, kw_only=True)
class TypedField:
    """`parse` returns what is compared, or None for what cannot be one.

    `arrives` = the caller has to wait for it: nothing typed in time is a try, and `#` alone gives up.
    """

    name: FieldName
    collector: CollectorSettings
    parse: Callable[[Secret[str]], Secret[str] | None]
    texts: FieldTexts
    read_back: ReadBack = "none"
    arrives: bool = False


def fields_of(
    methods: tuple[str, ...], today: date, country: str, texts: VerifyTexts
) -> tuple[TypedField, ...]:
    """Return what is asked for `methods`, in the order of asking: the number first, then what proves it."""
    every = {
        "typed_number": TypedField(
            name="phone_number",
            collector=_collector(MIN_NUMBER, MAX_NUMBER),
            parse=partial(parse_phone_number, country=country),
            texts=texts.phone_number,
            read_back="last_two",
        ),
        "account_number": TypedField(
            name="account_number",
            collector=_collector(MIN_ACCOUNT, MAX_ACCOUNT),
            parse=parse_account_number,
            texts=texts.account_number,
            read_back="last_two",
        ),
        "date_of_birth": TypedField(
            name="date_of_birth",
            collector=_collector(DATE_DIGITS, DATE_DIGITS),
            parse=partial(parse_date_of_birth, today=today),
            texts=texts.date_of_birth,
        ),
        "pin": TypedField(
            name="pin", collector=_collector(MIN_PIN, MAX_PIN), parse=parse_pin, texts=texts.pin
        ),
        "one_time_code": TypedField(
            name="one_time_code",
            collector=_collector(CODE_DIGITS, CODE_DIGITS, first_digit_s=CODE_S),
            parse=parse_code,
            texts=texts.one_time_code,
            arrives=True,
        ),
    }
    return tuple(field for method, field in every.items() if method in methods)


def parse_phone_number(digits: Secret[str], country: str) -> Secret[str] | None:
    """Return what was dialled in `country` as E.164, None for what cannot be a number there."""
    typed = digits.reveal()
    if not MIN_NUMBER <= len(typed) <= MAX_NUMBER or not set(typed) <= _ASCII_DIGITS:
        return None
    e164 = to_e164(typed, country)
    return None if e164 is None else Secret(e164)


def parse_account_number(digits: Secret[str]) -> Secret[str] | None:
    """Return the digits; leading zeros are a part of the number."""
    typed = digits.reveal()
    fits = MIN_ACCOUNT <= len(typed) <= MAX_ACCOUNT and set(typed) <= _ASCII_DIGITS
    return digits if fits else None


def question(token: Token, number: str | None, given: Mapping[FieldName, Secret[str]]) -> CheckIdentity:
    """What the store is asked of a caller from `number` who has typed this."""
    return CheckIdentity(
        token=token,
        number=number,
        date_of_birth=given.get("date_of_birth"),
        account_number=given.get("account_number"),
        pin=given.get("pin"),
        typed_number=given.get("phone_number"),
        one_time_code=given.get("one_time_code"),
    )


def read_back(field: TypedField, given: Secret[str]) -> str:
    """What of it is said to the caller, digit by digit; "" = nothing."""
    return " ".join(given.reveal()[-2:]) if field.read_back == "last_two" else ""


def _collector(least: int, most: int, first_digit_s: float = FIRST_DIGIT_S) -> CollectorSettings:
    return CollectorSettings(
        min_digits=least,
        max_digits=most,
        terminator="#",
        clear="*",
        first_digit_timeout_s=first_digit_s,
        inter_digit_timeout_s=BETWEEN_S,
    )
