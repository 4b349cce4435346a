"""A source of customers: asked for one number at a time, by whoever keeps its time."""

import logging
from collections.abc import Iterable, Mapping
from typing import Protocol

from pbx.verify.people import NEEDED, OPTIONAL, Person, PersonRefused, parse_person

MAX_ROWS = 64  # of one number, as many as are compared
_log = logging.getLogger("pbx.customers")


class SourceAway(Exception):
    """A source that does not answer, or does not say who has the number; never with its content."""


class Source(Protocol):
    """`name` is the tenant's word for it; what it knows is told by `by_number` alone."""

    @property
    def name(self) -> str: ...

    async def by_number(self, e164: str) -> list[Person]:
        """Return who has this number, SourceAway when that cannot be said now. Cancelled at a deadline."""
        ...

    async def close(self) -> None:
        """Let go of connections."""
        ...


def people_of(
    source: str, rows: Iterable[Mapping[str, object]], region: str, asked_e164: str
) -> list[Person]:
    """Check the rows of an answer; one that cannot be read, or has another number, is left out."""
    found: dict[tuple[str, ...], Person] = {}
    for row in rows:
        fields = {name: _text(row.get(name)) for name in (*NEEDED, *OPTIONAL)}
        try:
            person = parse_person(fields, region)
            if person.pin is not None:  # it would not be kept, and protect nobody
                raise PersonRefused("pin: is read from files only")
        except PersonRefused as refused:
            _log.warning("customers of %s: a row is left out: %s", source, refused)
            continue
        if person.e164 != asked_e164:
            _log.warning("customers of %s: a row is left out: phone: not the number that was asked", source)
            continue
        found[person.identity] = person
    return list(found.values())


def _text(value: object) -> str:
    """Write a value of SQL or JSON as a file would have it: days as 1980-02-03, yes and no as words."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value)[:1000]
