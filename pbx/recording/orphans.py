"""What of rows, spool and object store does not belong together (R-15, REC-17): a comparison of names."""

from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field, fields


@dataclass(frozen=True, slots=True, kw_only=True)
class Filed:
    """What the database knows: `objects` maps object keys to recordings.

    `recordings_without_key` lost the header that opens them, and not by an erasure; of `lost_rows` the audit
    log says that they were finished, and there is neither a row nor an erasure. `copies` maps the object keys
    of playback copies, `copies_begun` are those of copies that are being made or taken away.
    """

    objects: dict[str, str]
    copies: dict[str, str] = field(default_factory=dict)
    copies_begun: AbstractSet[str] = frozenset()
    copies_without_key: AbstractSet[str] = frozenset()
    recordings_without_key: AbstractSet[str] = frozenset()
    lost_rows: AbstractSet[str] = frozenset()
    calls_without_recording: AbstractSet[str]
    recordings_without_call: AbstractSet[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Spooled:
    """What the spool holds, by recording; `sealed` maps object keys to recordings on their way."""

    journals: AbstractSet[str]
    sealed: dict[str, str]
    leftovers: AbstractSet[str]
    quarantined: AbstractSet[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Orphans:
    """The names of what is alone, sorted; empty tuples when all is well."""

    rows_without_object: tuple[str, ...] = field(default=())
    objects_without_row: tuple[str, ...] = field(default=())
    calls_without_recording: tuple[str, ...] = field(default=())
    recordings_without_call: tuple[str, ...] = field(default=())
    recordings_without_key: tuple[str, ...] = field(default=())
    lost_rows: tuple[str, ...] = field(default=())
    copies_without_object: tuple[str, ...] = field(default=())
    copies_without_key: tuple[str, ...] = field(default=())
    spool_without_journal: tuple[str, ...] = field(default=())
    quarantined: tuple[str, ...] = field(default=())

    @property
    def counts(self) -> dict[str, int]:
        return {one.name: len(getattr(self, one.name)) for one in fields(self)}

    @property
    def total(self) -> int:
        return sum(self.counts.values())


def compare(stored: AbstractSet[str], spooled: Spooled, filed: Filed) -> Orphans:
    """Return what is alone.

    Looked up in this order, nothing that is being stored meanwhile is taken for an orphan object: it is
    in the spool until its row is committed. A row may be newer than `stored`, and an object may have been
    deleted since: ask for those again.
    """
    known = filed.objects.keys() | filed.copies.keys() | filed.copies_begun | spooled.sealed.keys()
    return Orphans(
        rows_without_object=_without(stored, filed.objects),
        objects_without_row=tuple(sorted(stored - known)),
        calls_without_recording=tuple(sorted(filed.calls_without_recording - spooled.journals)),
        recordings_without_call=tuple(sorted(filed.recordings_without_call)),
        recordings_without_key=tuple(sorted(filed.recordings_without_key)),
        lost_rows=tuple(sorted(filed.lost_rows)),
        copies_without_object=_without(stored, filed.copies),
        copies_without_key=tuple(sorted(filed.copies_without_key)),
        spool_without_journal=tuple(sorted(spooled.leftovers - spooled.journals)),
        quarantined=tuple(sorted(spooled.quarantined)),
    )


def _without(stored: AbstractSet[str], objects: dict[str, str]) -> tuple[str, ...]:
    """The recordings none of whose objects are stored."""
    held = {recording for key, recording in objects.items() if key in stored}
    return tuple(sorted(set(objects.values()) - held))
