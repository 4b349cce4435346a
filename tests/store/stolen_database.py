"""Somebody who has the database and none of its keys, and knows every number and every birthday."""

import hashlib
import hmac
import re
import sqlite3
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cache
from pathlib import Path

NUMBERS = [f"+447700900{n:03}" for n in range(1000)]  # of Ofcom's range for drama
FIRST, LAST = date(1935, 1, 1), date(2007, 12, 31)
DATES = [FIRST + timedelta(days=n) for n in range((LAST - FIRST).days + 1)]
KEYS = (b"", b"acme", b"\0" * 32, b"phone:v1", b"dob:v1")  # that somebody would try first
MAY_REPEAT = {
    "phone_tag",
    "caller_tag",
    "subject",
    "source",
    "guess",  # of one date that was tried from one trunk, and of another key each hour
}  # of one number each: known to link, and no more
_DAY = rb"(?:19[3-9]|200)[0-9](?:0[1-9]|1[0-2])[0-3][0-9]\b"
_SIZE = 16  # octets of a keyed tag; longer hashes are compared by as many


@dataclass(slots=True)
class Attack:
    """`clear` = places of a number or a date as it is; `guessed` = values that are a hash of one."""

    clear: list[str] = field(default_factory=list)
    guessed: list[str] = field(default_factory=list)
    repeated: set[str] = field(default_factory=set)  # columns whose random-looking values link rows


def attack(file: Path, dates: Sequence[date] = DATES) -> Attack:
    """Look at every value of every table, and at every octet of the files."""
    found, tables = Attack(), _tables(tuple(dates))
    forms = re.compile(rb"7700 ?900 ?[0-9]{3}|\x44\x77\x00\x90|" + _DAY)
    seen: dict[str, Counter[bytes]] = {}
    for place, value in _values(file):
        octets = value if isinstance(value, bytes) else str(value).encode()
        if isinstance(value, bytes | str) and forms.search(octets):
            found.clear.append(place)
        if isinstance(value, bytes) and len(value) >= _SIZE:
            seen.setdefault(place, Counter())[value] += 1
            if value[:_SIZE] in tables:
                found.guessed.append(place)
        if isinstance(value, str) and len(value) >= 2 * _SIZE and _hex(value) in tables:
            found.guessed.append(place)
    for place, values in seen.items():
        if max(values.values()) > 1:
            found.repeated.add(place.partition(".")[2])
    whole = b"".join(path.read_bytes() for path in file.parent.glob(f"{file.name}*"))
    found.clear += [f"octets of the file: {one!r}" for one in set(re.findall(rb"7700 ?900 ?[0-9]{3}", whole))]
    return found


def _hex(text: str) -> bytes:
    try:
        return bytes.fromhex(text[: 2 * _SIZE])
    except ValueError:
        return b""


def _values(file: Path) -> Iterator[tuple[str, object]]:
    with closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True)) as database:
        names = [name for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        for table in names:
            rows = database.execute(f'SELECT * FROM "{table}"')
            columns = [column[0] for column in rows.description]
            for row in rows:
                yield from ((f"{table}.{name}", value) for name, value in zip(columns, row, strict=True))


@cache
def _tables(dates: tuple[date, ...]) -> frozenset[bytes]:
    """Every hash of every number and date under every key that anybody could guess."""
    forms = ("{0}", "phone:v1|acme|{0}", "phone:v1|globex|{0}")
    texts = [form.format(number) for number in NUMBERS for form in forms]
    texts += [day.strftime(form) for day in dates for form in ("%Y%m%d", "%d%m%Y", "%Y-%m-%d")]
    octets = [text.encode() for text in texts]
    plain = {hashlib.new(name, one).digest()[:_SIZE] for name in ("md5", "sha1", "sha256") for one in octets}
    return frozenset(plain | {hmac.digest(key, one, "sha256")[:_SIZE] for key in KEYS for one in octets})
