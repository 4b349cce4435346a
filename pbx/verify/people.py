"""A person or company that callers may be: one row of a customer file, database or CRM, checked."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from typing import Literal, get_args

from pbx.core.phone import to_e164
from pbx.core.secret import Secret
from pbx.verify.pin import MAX_PIN, MIN_PIN, is_guessed, is_pin

EntityType = Literal["individual", "company"]
Flag = Literal["extra_security", "vulnerable", "minor", "ported", "sim_swapped"]
NEEDED = ("name", "entity_type", "phone", "date_of_birth")
FLAGS: tuple[Flag, ...] = get_args(Flag)
SINCE = ("phone_since", "email_since")
OPTIONAL = ("id", "language", "place", "account_number", "pin", "email", *SINCE, *FLAGS, "delegates")
MAX_FIELD = 200  # characters; the longest legal names are under 100
MAX_ID = 64  # characters; a UUID has 36
MAX_DELEGATES = 16  # of one customer: a family, or the staff of a small company
MAX_ACCOUNT = 32  # digits; an IBAN has 34 characters, of which no telephone enters the letters
_REGION = re.compile(r"[A-Z]{2}(-[A-Z0-9]{1,3})?", re.ASCII)
_ADDRESS = re.compile(r"[A-Za-z0-9._%+'-]{1,64}@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+", re.ASCII)
_DATE_FORMATS = ("%Y-%m-%d", "%d %B %Y")
_FLAG_WORDS = {"": False, "no": False, "false": False, "0": False, "yes": True, "true": True, "1": True}


class PersonRefused(Exception):
    """What is wrong with a row, without its content."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Delegation:
    """Who may act for a customer: another row of the same source by its `id`; `until` is the last day."""

    delegate: str
    scopes: tuple[str, ...] = ()
    until: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """`date_of_birth` is YYYYMMDD, None for companies; `phone` is as written.

    `key` is the row's own `id` in its source, "" = it has none and is known by name, type and number.
    `phone_since`, `email_since` = since when the source has that number and address; None = it does not say.
    """

    name: str = field(repr=False)
    entity_type: EntityType
    phone: str = field(repr=False)
    e164: str = field(repr=False)
    date_of_birth: Secret[str] | None
    key: str = ""
    language: str = ""
    flags: frozenset[Flag] = frozenset()
    place: str = ""  # a region, ISO 3166-1 or -2
    account_number: Secret[str] | None = None
    pin: Secret[str] | None = None
    delegates: tuple[Delegation, ...] = ()
    email: Secret[str] | None = None
    phone_since: datetime | None = None
    email_since: datetime | None = None

    @property
    def identity(self) -> tuple[str, ...]:
        """What makes two rows of one source the same customer."""
        return ("id", self.key) if self.key else ("line", self.e164, self.entity_type, self.folded_name)

    @property
    def folded_name(self) -> str:
        """The name without regard to case and spaces."""
        return " ".join(self.name.split()).casefold()


def parse_person(given: Mapping[str, str], region: str) -> Person:
    """Check a row by the names of its columns; PersonRefused. Numbers are read as dialled in `region`."""
    fields = {name: given.get(name, "").strip() for name in (*NEEDED, *OPTIONAL)}
    name, entity_type, born = fields["name"], fields["entity_type"].lower(), fields["date_of_birth"]
    if not name or max(map(len, fields.values())) > MAX_FIELD:
        raise PersonRefused(f"name: must be given; no field may exceed {MAX_FIELD} characters")
    if entity_type not in get_args(EntityType):
        raise PersonRefused("entity_type: must be individual or company")
    e164 = to_e164(fields["phone"], region)
    if e164 is None:
        raise PersonRefused("phone: not a possible telephone number")
    individual = entity_type == "individual"
    if individual != bool(born):
        raise PersonRefused(f"date_of_birth: must be {'given' if individual else 'empty'} here")
    date_of_birth = _date_of_birth(born) if born else None
    return Person(
        name=name,
        entity_type="individual" if individual else "company",
        phone=fields["phone"],
        e164=e164,
        date_of_birth=date_of_birth,
        key=_key(fields["id"]),
        language=_language(fields["language"]),
        flags=frozenset(_flags(fields)),
        place=_place(fields["place"]),
        account_number=_account(fields["account_number"]),
        pin=_pin(fields["pin"], date_of_birth),
        delegates=_delegates(fields["delegates"]),
        email=_email(fields["email"]),
        phone_since=_since(fields, "phone_since"),
        email_since=_since(fields, "email_since"),
    )


def _date_of_birth(text: str) -> Secret[str]:
    for pattern in _DATE_FORMATS:
        try:
            parsed = datetime.strptime(text, pattern).date()
        except ValueError:
            continue
        if parsed < date(1900, 1, 1):
            break
        return Secret(parsed.strftime("%Y%m%d"))
    raise PersonRefused("date_of_birth: must be 1980-02-03 or 3 February 1980, and not before 1900")


def _key(text: str) -> str:
    if len(text) > MAX_ID or not text.isprintable():
        raise PersonRefused(f"id: at most {MAX_ID} printable characters")
    return text


def _language(text: str) -> str:
    if len(text) > 16 or not text.replace("-", "").isalnum() and text:
        raise PersonRefused("language: must be a tag such as en-GB")
    return text


def _place(text: str) -> str:
    if text and not _REGION.fullmatch(text):
        raise PersonRefused("place: must be a region such as DE or US-CA")
    return text


def _flags(fields: Mapping[str, str]) -> Iterable[Flag]:
    for flag in FLAGS:
        word = fields[flag].lower()
        if word not in _FLAG_WORDS:
            raise PersonRefused(f"{flag}: must be yes, no or empty")
        if _FLAG_WORDS[word]:
            yield flag


def _account(text: str) -> Secret[str] | None:
    digits = text.replace(" ", "").replace("-", "")
    if not digits:
        return None
    if len(digits) > MAX_ACCOUNT or not (digits.isascii() and digits.isdigit()):
        raise PersonRefused(f"account_number: at most {MAX_ACCOUNT} digits, spaces and hyphens aside")
    return Secret(digits)


def _pin(text: str, born: Secret[str] | None) -> Secret[str] | None:
    if not text:
        return None
    if not is_pin(text):
        raise PersonRefused(f"pin: must be {MIN_PIN} to {MAX_PIN} digits")
    if is_guessed(text, born):
        raise PersonRefused("pin: is one that is guessed first: a run, a repetition, or of the date of birth")
    return Secret(text)


def is_address(text: str) -> bool:
    """Whether it is one of mail, as people have them: no comments, no quotes, ASCII (RFC 5321 §4.1.2)."""
    return _ADDRESS.fullmatch(text) is not None


def _email(text: str) -> Secret[str] | None:
    if text and not is_address(text):
        raise PersonRefused("email: must be an address such as ada@example.org")
    return Secret(text) if text else None


def _since(fields: Mapping[str, str], name: str) -> datetime | None:
    """The end of that day: whoever knows the day only does not know the hour."""
    if not fields[name]:
        return None
    try:
        return datetime.combine(date.fromisoformat(fields[name]), time.max, UTC)
    except ValueError:
        raise PersonRefused(f"{name}: must be written 2026-01-31") from None


def _delegates(text: str) -> tuple[Delegation, ...]:
    """Read `1002` or `1002 bills+contact_data 2027-12-31`, several divided by semicolons."""
    written = [one.split() for one in text.split(";") if one.strip()]
    if len(written) > MAX_DELEGATES or any(len(words) > 3 for words in written):
        raise PersonRefused(f"delegates: at most {MAX_DELEGATES} of ID [SCOPES [LAST DAY]]")
    return tuple(_delegation(*words) for words in written)


def _delegation(delegate: str, scopes: str = "", until: str = "") -> Delegation:
    try:
        last = date.fromisoformat(until) if until else None
    except ValueError:
        raise PersonRefused("delegates: the last day must be written 2027-12-31") from None
    return Delegation(delegate=_key(delegate), scopes=tuple(filter(None, scopes.split("+"))), until=last)
