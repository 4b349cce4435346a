"""From a journal's octets to a master: the deciding half of the finaliser, without I/O."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from pbx.core.errors import ParseError
from pbx.core.ids import Ids
from pbx.recording.effects import FinishedRecording
from pbx.recording.journal import Head, Item, Note
from pbx.recording.manifest import Master, Sealed
from pbx.recording.parts import JournalParts, Part
from pbx.recording.timeline import align_journal

FIRST_DELAY_S = 1.0
MAX_DELAY_S = 900.0


def read_master(parts: Sequence[Part]) -> Master:
    """Return the aligned recording of all parts, in order; they stay open until it is sealed.

    ParseError(0) when not even the head of the first can be read; later damage only costs what lies behind
    it. A part of another recording or tenant is a ParseError(0) too.
    """
    journal = _Headed(JournalParts(parts))
    timeline = align_journal(journal, journal.head.origin_ns)
    return Master(
        head=journal.head,
        timeline=timeline,
        notes=tuple(journal.notes),
        damage=journal.parts.damage,
        recovered=journal.parts.damage is not None or not journal.parts.complete,
        is_over=journal.parts.over,
    )


class _Headed:
    """A journal that begins with its head, and keeps its notes on the way."""

    def __init__(self, parts: JournalParts) -> None:
        self.parts = parts
        self.notes: list[Note] = []
        self._items = parts.items()
        _, head = next(self._items, (0, None))
        if not isinstance(head, Head):
            raise ParseError("a journal without a head", 0)
        started_at(head)
        self.head = head

    def items(self) -> Iterator[tuple[int, Item]]:
        yield 0, self.head
        for place, item in self._items:
            if isinstance(item, Note):
                self.notes.append(item)
            yield place, item

    def cut(self, places: Sequence[int], lengths: Sequence[int]) -> list[bytes]:
        return self.parts.cut(places, lengths)


def started_at(head: Head) -> datetime:
    """Return the recording's start in aware UTC; ParseError(0) when it is not ISO 8601."""
    try:
        value = datetime.fromisoformat(head.started_at)
    except ValueError:
        raise ParseError("a head without a time", 0) from None
    return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """The manifest's octets and the vault's signature over them."""

    manifest: bytes
    signature: bytes


def finished(master: Master, header: bytes, sealed: Sealed, proof: Proof) -> FinishedRecording:
    """Return the row to commit."""
    return FinishedRecording(
        recording=master.head.recording,
        call=master.head.call,
        tenant=master.head.tenant,
        kind=master.head.kind,
        header=header,
        object_key=sealed.object_key,
        size=sealed.size,
        sha256_cipher=sealed.sha256_cipher,
        manifest=proof.manifest,
        signature=proof.signature,
        started_at=started_at(master.head),
        duration_ms=master.duration_ms,
        recovered=master.recovered,
    )


def renamed(recording: FinishedRecording, key: str, proof: Proof) -> FinishedRecording:
    """Return the row of the same payload under another name; the manifest says it, and is signed anew."""
    return replace(recording, object_key=key, manifest=proof.manifest, signature=proof.signature)


def backoff_s(ids: Ids, n_failures: int) -> float:
    """Return the seconds to wait after some failures: 1 s doubling to 15 min, half of it random (R-14)."""
    full = min(MAX_DELAY_S, FIRST_DELAY_S * (1 << min(n_failures, 20)))
    share = int.from_bytes(ids.octets(2), "big") / 65536
    return max(FIRST_DELAY_S, full * (0.5 + share / 2))


class Backoff:
    """When to try again, by the failures so far."""

    __slots__ = ("_ids", "n_failures")

    def __init__(self, ids: Ids) -> None:
        self.n_failures = 0
        self._ids = ids

    def next_delay_s(self) -> float:
        """Count a failure; return the seconds to wait."""
        self.n_failures += 1
        return backoff_s(self._ids, self.n_failures - 1)
