"""Which recordings a person speaks in, and what may be said of each."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any

from pbx.call.record import LOST, CallRecord
from pbx.call.recorded_room import DIRECTION
from pbx.cli.output import Refusal
from pbx.cli.recording_life import find
from pbx.cli.site import Site
from pbx.cli.vault import answered, vault
from pbx.core.errors import ParseError
from pbx.lifecycle.retention import ends_at, purposes
from pbx.lifecycle.subject import Party, Subject, told_as
from pbx.lifecycle.subject_bundle import Given, LeftOut, own_gaps, withheld
from pbx.recording import manifest
from pbx.recording.effects import FinishedRecording
from pbx.recording.own_channels import SEATED
from pbx.recording.seats import Kept, Seat, kept, mentioned, occupied, seats
from pbx.recording.timeline import RATE
from pbx.store.calls import CallStore
from pbx.store.consents import ConsentStore
from pbx.store.database import Database
from pbx.store.disclosures import MAX_LISTED, DisclosureStore
from pbx.store.erasures import ERASED
from pbx.store.recordings import SqlRecordingLedger
from pbx.store.retained import RetainedStore

_OF_ROOMS = (SEATED.encode(), b'"turns"')  # one is in every manifest that names legs of other calls
_CONSENT = ("party", "state", "prompt", "prompt_sha256", "language", "played_ms", "key", "purposes")
_SILENT = "the person speaks in the call, but is not heard on this recording"
_MIXED = "the person is heard on it in a mix of several only, in which nobody can be muted"
_NEVER_ALONE = "the recording does not prove where the person is heard alone"
_UNKNOWN = "the call has no record any more that says who spoke"


@dataclass(frozen=True, slots=True)
class Found:
    """A finished recording and the record of its call, if there is one."""

    row: FinishedRecording
    record: CallRecord | None


@dataclass(frozen=True, slots=True)
class Judged:
    """What is given of a recording, and which samples are heard."""

    row: FinishedRecording
    given: Given
    kept: Kept


class SubjectSearch:
    """`left_out` grows while recordings are looked at that are not given."""

    def __init__(self, place: Site, database: Database, subject: Subject) -> None:
        self._place, self._database, self._subject = place, database, subject
        self._calls = CallStore(database, place.store_keys())
        self._own: dict[str, CallRecord] = {}  # his legs, each with the call that was his
        self.left_out: list[LeftOut] = []

    async def named(self, recordings: Sequence[str]) -> list[Found]:
        """Return recordings by ID; Refusal when one is unknown, or they are of several tenants."""
        rows = [await find(self._database, recording) for recording in dict.fromkeys(recordings)]
        tenants = sorted({row.tenant for row in rows})
        if len(tenants) > 1:
            raise Refusal(f"the recordings belong to {' and '.join(tenants)}: each answers for its own")
        if self._subject.number:
            await self._look_up(*tenants)
        return [Found(row, await self._calls.get(row.call)) for row in rows]

    async def called(self, tenant: str) -> list[Found]:
        """Return every recording of his calls, and of others who sat in a room with him, oldest first."""
        await self._look_up(tenant)
        found: list[Found] = []
        after = ""
        while page := await self._calls.recorded(tenant, after):
            after = page[-1].call
            for record in page:
                if self._subject.legs(_parties(record, ())):
                    found += await self._of(record)
                elif self._own:
                    found += await self._heard_by(record)
        return sorted(found, key=lambda one: (one.row.started_at, one.row.recording))

    async def _look_up(self, *tenants: str) -> None:
        """Which legs were his in any call, recorded or not: in rooms others' recordings may have them."""
        for tenant in tenants:
            after = ""
            while page := await self._calls.every(tenant, after):
                after = page[-1].call
                own = (one for one in page if one.direction != DIRECTION)
                self._own |= {leg: one for one in own for leg in self._subject.legs(_parties(one, ()))}

    async def _heard_by(self, record: CallRecord) -> list[Found]:
        """The recordings of a call that was not his in which he may be heard all the same."""
        rows = await SqlRecordingLedger(self._database).of_call(record.call)
        likely = (row for row in rows if any(mark in row.manifest for mark in _OF_ROOMS))
        return [Found(row, record) for row in likely if self._guests(_read(row), record)]

    def _guests(self, signed: Any, record: CallRecord) -> list[Party]:
        """His legs of other calls that a recording of this one names."""
        known = {leg.leg for leg in record.legs}
        legs = sorted(leg for leg in mentioned(signed) if leg in self._own and leg not in known)
        return [one for leg in legs for one in _parties(self._own[leg], ()) if one.leg == leg]

    async def _of(self, record: CallRecord) -> list[Found]:
        rows = await SqlRecordingLedger(self._database).of_call(record.call)
        if record.recording and record.recording not in {row.recording for row in rows}:
            is_erased = record.recording_state == ERASED
            why = "it is erased" if is_erased else f"there is none: {record.recording_state}"
            self._leave_out(record.recording, record.offered_at, why)
        return [Found(row, record) for row in rows]

    async def judge(self, found: Sequence[Found]) -> list[Judged]:
        """Return what is given; Refusal for a manifest that is not ours, by which nothing could be muted."""
        with vault(self._place.places) as client:
            key = answered(await client.public_key())
        judged = [await self._judged(one, key) for one in found]
        return [one for one in judged if one is not None]

    async def _judged(self, one: Found, public_key: bytes) -> Judged | None:
        row, record = one.row, one.record
        if not manifest.is_signed_by(public_key, row.manifest, row.signature):
            raise Refusal(f"{row.recording}: the manifest's signature is wrong; give the others by their IDs")
        if record is None or record.direction == LOST:
            self._leave_out(row.recording, row.started_at, _UNKNOWN)
            return None
        signed = manifest.parse(row.manifest)
        seated = seats(signed)
        guests = self._guests(signed, record)
        parties = [*_parties(record, seated), *guests]
        legs = self._subject.legs(parties)
        n_channels = len(signed["channels"])
        heard = legs & {seat.leg for seat in seated}
        samples = kept(seated, heard, n_channels)
        why = _MIXED if guests and not heard else self._objection(heard, samples)
        if why:
            self._leave_out(row.recording, row.started_at, why)
            return None
        given = await self._given(row, record, (signed, seated, heard))
        return Judged(row, given, samples)

    def _objection(self, heard: frozenset[str], samples: Kept) -> str:
        if not heard:
            return _SILENT
        if not self._subject.number and len(heard) > 1:
            return f"{len(heard)} parties are heard on that side: name the person by number"
        return "" if any(samples) else _NEVER_ALONE

    async def _given(
        self, row: FinishedRecording, record: CallRecord, known: tuple[Any, list[Seat], frozenset[str]]
    ) -> Given:
        signed, seated, legs = known
        n_channels = len(signed["channels"])
        has = occupied(seated, legs, n_channels)
        parties = [*_parties(record, seated), *self._guests(signed, record)]
        role = next(one.role for one in parties if one.leg in legs)
        return Given(
            recording=row.recording,
            file=f"recordings/{row.recording}.wav",
            call=row.call,
            kind=row.kind,
            started_at=row.started_at,
            duration_s=int(signed["samples"]) / RATE,
            role=role,
            verification=record.verification if role == "caller" else "",
            consents=await self._told(row.call, parties, legs),
            gaps=own_gaps(signed, has),
            gaps_omitted=int(signed["gaps_omitted"]),
            withheld=withheld(has, kept(seated, legs, n_channels)),
            recipients=await self._recipients(row.recording),
            **await self._terms(row),
        )

    async def _terms(self, row: FinishedRecording) -> dict[str, Any]:
        """What it was made for and until when it is kept; a tenant that is gone has no terms any more."""
        retained = await RetainedStore(self._database).get(row.recording)
        tenant = self._place.configuration.tenants.get(row.tenant)
        if retained is None or tenant is None:
            return {"purposes": tuple(sorted(retained.told)) if retained else (), "kept_until": None}
        policy = tenant.retention
        return {"purposes": purposes(retained, policy), "kept_until": ends_at(retained, policy)}

    async def _told(
        self, call: str, parties: Sequence[Party], legs: frozenset[str]
    ) -> tuple[dict[str, Any], ...]:
        """What he was told: in the call that was recorded, and in his own."""
        told = await self._consents(call, told_as(parties, legs))
        own = {one.call: one for leg, one in self._own.items() if leg in legs and one.call != call}
        for record in own.values():
            told += await self._consents(record.call, told_as(_parties(record, ()), legs))
        return told

    async def _consents(self, call: str, names: frozenset[str]) -> tuple[dict[str, Any], ...]:
        """Without the rule's regions: those are of all parties."""
        records = await ConsentStore(self._database).of_call(call)
        return tuple(
            {"consent": one.consent, "at": one.at, "mode": one.proof.decision.mode}
            | {name: value for name, value in asdict(one.proof).items() if name in _CONSENT}
            for one in records
            if one.proof.party in names
        )

    async def _recipients(self, recording: str) -> tuple[dict[str, Any], ...]:
        """Who got it, where the persons heard know of it; not another person's own request."""
        lines = await DisclosureStore(self._database).list(MAX_LISTED, recording)
        return tuple(
            {"recipient": line.recipient, "purpose": line.purpose, "at": line.served_at}
            for line in lines
            if line.subject_told and line.served_at is not None and line.purpose != "data_subject"
        )

    def _leave_out(self, recording: str, at: datetime, why: str) -> None:
        self.left_out.append(LeftOut(recording=recording, started_at=at.astimezone(UTC), why=why))


def _read(row: FinishedRecording) -> Any:
    """A manifest that nobody can read names nobody; whoever verifies the recording hears of it."""
    try:
        return manifest.parse(row.manifest)
    except ParseError:
        return {"channels": (), "events": ()}


def _parties(record: CallRecord, seated: Sequence[Seat]) -> list[Party]:
    heard = {seat.leg for seat in seated}
    return [
        Party(
            leg=leg.leg,
            role=leg.role,
            party=leg.party,
            number=leg.number,
            took_part=leg.answered_at is not None or leg.leg in heard,
        )
        for leg in record.legs
    ]
