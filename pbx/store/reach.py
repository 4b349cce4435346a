"""Reads the access log, and who spoke in what it names."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, or_, select, union_all
from sqlalchemy.ext.asyncio import AsyncSession

from pbx.core.errors import ParseError
from pbx.core.phone import to_e164
from pbx.lifecycle.access import ALL_KINDS, REFUSED, WATCH_KINDS
from pbx.lifecycle.reach import WITHHELD, Reaching, Speaker, Touch
from pbx.recording import manifest
from pbx.recording.own_channels import SEATED
from pbx.recording.seats import mentioned
from pbx.store.database import Database
from pbx.store.fields import FieldCipher, Place, phone_tag
from pbx.store.keys import StoreKeys
from pbx.store.life_tables import ErasureRow, PlaybackKeyRow
from pbx.store.person_tables import Customer
from pbx.store.snapshots import customer_place
from pbx.store.tables import AuditEvent, Call, Leg, Recording, RecordingKey

NameT = TypeVar("NameT", str, bytes)
PAGE = 500  # names in one question; SQLite takes 32,766
_GIVES_NOTHING = (REFUSED, "recording.link_made", "recording.link_revoked")
_KINDS = tuple(kind for kind in ALL_KINDS if kind not in _GIVES_NOTHING)
_OF_ROOMS = (SEATED.encode(), b'"turns"')  # one is in every manifest that names legs of other calls


class ReachStore:
    """`countries` by tenant: how numbers of its calls are read."""

    def __init__(self, database: Database, keys: StoreKeys, countries: Mapping[str, str]) -> None:
        self._database, self._keys, self._countries = database, keys, countries
        self._cipher = FieldCipher(keys.fields)

    async def accesses(self, asked: Reaching) -> list[Touch]:
        """Return what the access log has of a user or a link, oldest first."""
        details = AuditEvent.details
        whose: list[ColumnElement[bool]] = [AuditEvent.kind.in_(_KINDS)]
        if asked.user:
            named = (details[word].as_string() == asked.user for word in ("actor", "by"))
            whose.append(or_(*named))
        if asked.link:
            whose.append(details["link"].as_string() == asked.link)
        if asked.since_at is not None:
            whose.append(AuditEvent.at >= asked.since_at)
        if asked.before_at is not None:
            whose.append(AuditEvent.at < asked.before_at)
        query = select(AuditEvent.kind, AuditEvent.call, AuditEvent.at, details).where(*whose)
        async with self._database.reading() as session:
            rows = (await session.execute(query.order_by(AuditEvent.id))).all()
        return [
            Touch(recording=str(said.get("recording", "")), call=call or "", at=at, how=_how(kind, said))
            for kind, call, at, said in rows
        ]

    async def opened_by(self, epoch: int, tenants: Collection[str]) -> tuple[list[Touch], int]:
        """Return what one epoch of keys opens, and of how many recordings nobody has looked which does."""
        keys = union_all(
            select(RecordingKey.recording, RecordingKey.epoch),
            select(PlaybackKeyRow.recording, PlaybackKeyRow.epoch),
        ).subquery()
        query = (
            select(Recording.recording, Recording.call, Recording.started_at, keys.c.epoch)
            .join(keys, keys.c.recording == Recording.recording)
            .where(keys.c.epoch.in_((0, epoch)), Recording.tenant.in_(sorted(tenants)))
            .order_by(Recording.started_at)
        )
        async with self._database.reading() as session:
            rows = (await session.execute(query)).all()
        known = {
            recording: Touch(recording=recording, call=call, at=at, how=f"key of epoch {epoch}")
            for recording, call, at, of in rows
            if of == epoch
        }
        return list(known.values()), len({recording for recording, *_ in rows} - set(known))

    async def with_calls(self, touches: Sequence[Touch]) -> list[Touch]:
        """Say of which call each recording is, also of those that are erased."""
        names = sorted({one.recording for one in touches if one.recording and not one.call})
        calls: dict[str, str] = {}
        async with self._database.reading() as session:
            for page in _pages(names):
                for table in (ErasureRow, Recording):
                    query = select(table.recording, table.call).where(table.recording.in_(page))
                    calls |= {row.recording: row.call for row in (await session.execute(query)).all()}
        return [one if one.call else replace(one, call=calls.get(one.recording, "")) for one in touches]

    async def speakers(self, touches: Iterable[Touch]) -> dict[str, list[Speaker]]:
        """Return by call who spoke in it, or is heard on its recording from another call."""
        calls = sorted({one.call for one in touches if one.call})
        found: dict[str, dict[tuple[str, str], None]] = {}
        async with self._database.reading() as session:
            for page in _pages(calls):
                for call, who, tenant in await self._present(session, page):
                    found.setdefault(call, {})[who, tenant] = None
            known = await self._customers(session, {one for those in found.values() for one in those})
        return {
            call: [
                Speaker(who=who, tenant=tenant, customers=tuple(known.get((who, tenant), ())))
                for who, tenant in those
            ]
            for call, those in found.items()
        }

    async def _present(self, session: AsyncSession, calls: Sequence[str]) -> list[tuple[str, str, str]]:
        query = select(Leg.call, Leg.leg, Leg.party, Leg.number, Leg.role, Leg.answered_at, Call.tenant)
        own = query.join(Call, Call.call == Leg.call).where(Leg.call.in_(calls))
        rows = (await session.execute(own)).all()
        present = [(row.call, row) for row in rows if row.answered_at is not None or row.role == "caller"]
        guests = await self._guests(session, calls)
        legs = sorted({leg for those in guests.values() for leg in those})
        for page in _pages(legs):
            others = query.join(Call, Call.call == Leg.call).where(Leg.leg.in_(page))
            of = {row.leg: row for row in (await session.execute(others)).all()}
            present += [(call, of[leg]) for call, those in guests.items() for leg in those if leg in of]
        return [(call, self._who(row), row.tenant) for call, row in present]

    async def _guests(self, session: AsyncSession, calls: Sequence[str]) -> dict[str, frozenset[str]]:
        """Legs of other calls that are heard on recordings of these: whoever sat in the same room."""
        query = select(Recording.call, Recording.manifest).where(Recording.call.in_(calls))
        found: dict[str, frozenset[str]] = {}
        for call, octets in (await session.execute(query)).all():
            if any(mark in octets for mark in _OF_ROOMS):
                try:
                    found[call] = found.get(call, frozenset()) | mentioned(manifest.parse(octets))
                except ParseError:
                    continue  # a manifest that nobody can read names nobody
        return found

    def _who(self, row: Any) -> str:
        if row.party.startswith("extension/"):
            return str(row.party)
        if row.number is None:
            return WITHHELD
        place = Place(tenant=row.tenant, table="legs", column="number", row=f"{row.call}/{row.leg}")
        number = self._cipher.open(row.number, place)
        if number.startswith("+"):
            return number  # to read it again would take most of the time of a long answer
        return to_e164(number, self._countries.get(row.tenant, "")) or number

    async def _customers(
        self, session: AsyncSession, people: Iterable[tuple[str, str]]
    ) -> dict[tuple[str, str], list[tuple[str, str]]]:
        """Whose number it is, or was: who has ended since is to be told as well."""
        tags = {
            phone_tag(self._keys.phone, tenant, who): (who, tenant)
            for who, tenant in people
            if who.startswith("+")
        }
        found: dict[tuple[str, str], list[tuple[str, str]]] = {}
        for page in _pages(sorted(tags)):
            tenants = sorted({tags[one][1] for one in page})
            his = Customer.tenant.in_(tenants) & Customer.phone_tag.in_(page)  # as the index has them
            query = select(Customer).where(his).order_by(Customer.ref)
            for row in (await session.scalars(query)).all():
                found.setdefault(tags[row.phone_tag], []).append((row.ref, self._name(row)))
        return found

    def _name(self, row: Customer) -> str:
        if not row.name:
            return ""
        return self._cipher.open(row.name, customer_place(row.tenant, row.ref, "name"))


def _pages(names: Sequence[NameT]) -> Iterator[Sequence[NameT]]:
    return (names[begin : begin + PAGE] for begin in range(0, len(names), PAGE))


def _how(kind: str, said: Mapping[str, object]) -> str:
    """The form in which it was given: `play`, `evidence`, `listen`, or the fact's own word."""
    if kind in WATCH_KINDS:
        return str(said.get("mode") or "listen")
    return str(said.get("form") or kind.rpartition(".")[2])
