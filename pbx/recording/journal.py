"""The journal of one recording: what the legs sent, as it came, sealed record by record.

File = magic and version | age header length | age header | records. Record = length, sequence, flag |
ChaCha20-Poly1305 of a batch; the key is HKDF(file key, "pbx journal v1"), the nonce the sequence number and
the flag (1 = last record), and the record's prefix is authenticated with it. Append-only: a crash costs the
tail at most. Times are nanoseconds of the machine's monotonic clock. No I/O here.

When its disk refuses, a recording goes on in another file: a part. Parts share the file key and its header,
which names the recording; each has a journal key of its own, HKDF(file key, "pbx journal v1 part N"), so
that their sequences, which all begin at 0, never meet under one key. A number is given to one file only: a
part that could not be begun has used its own up. That a part opens says that the writer of the first part
made it, and as which number; its head says which item of the recording is its first.

When its media worker is lost or drained, another one goes on with the recording in a journal of its own: a
chapter, with its own file key under a header that names the same recording, and with parts of its own.
"""

import json
import struct
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

from pbx.core.errors import ParseError
from pbx.core.secret import Secret
from pbx.recording.age_header import MAX_HEADER, parse_header
from pbx.recording.age_keys import hkdf
from pbx.recording.octets import HeldOctets, Octets

MAGIC = b"pbxjrn"
VERSION = 2  # may have more than two streams, which a reader of version 1 would leave out
VERSIONS = (1, VERSION)  # that are read: a recording that a former program kept is finished by this one
MAX_RECORD = 8 << 20  # a stalled disk's backlog of one recording: 2,000 packets are under 3 MB
MAX_NOTE = 1024  # 128 of them and 4,096 gaps still fit into one message to the vault
FIRST_PART, MAX_PART = 1, 16  # a disk that refuses is left for ten seconds at least
FIRST_CHAPTER, MAX_CHAPTER = 1, 16  # media workers that one call is handed on to
PARTED = "recording.parted"  # a worker's last note of a leg that moves, or goes without the call's order
_PREAMBLE = struct.Struct("!6sHI")  # magic, version, octets of the age header
_PREFIX = struct.Struct("!IQB")  # octets of ciphertext, sequence, flag
_TAG = 16  # octets that sealing adds
_ITEM = struct.Struct("!BI")  # kind, octets of body
_PACKET = struct.Struct("!BQ")  # stream, arrival_ns
ARRIVAL_BYTES = _PACKET.size
_PACKET_ITEM = struct.Struct("!BIBQ")  # _ITEM and _PACKET in one
_TIME = struct.Struct("!Q")
_HEAD_KIND, _PACKET_KIND, _NOTE_KIND, _END_KIND = 1, 2, 3, 4
_LABEL = b"pbx journal v1"
_OF_PARTS = ("part", "first_item", "began_ns", "reason")  # of a head; not of the first part's
_UNKNOWN_FORM = "an authentic record of unknown form"


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """What the recording is; first item of the journal. `origin_ns` = start on the monotonic clock.

    `policy` = which consent rules and texts were in force, `clock` = the wall clock at the origin and who
    sets it; both are empty in a journal of an older program. A part behind the first: `first_item` packets
    and notes are for certain in those before it, and since `began_ns` they go here, for `reason`. A later
    `chapter` has its own leg, origin and start.
    """

    recording: str
    call: str
    tenant: str
    kind: str
    leg: str
    started_at: str
    origin_ns: int
    policy: dict[str, str] = field(default_factory=dict)
    clock: dict[str, str] = field(default_factory=dict)
    part: int = FIRST_PART
    first_item: int = 0
    began_ns: int = 0
    reason: str = ""
    chapter: int = FIRST_CHAPTER


@dataclass(frozen=True, slots=True)
class Packet:
    """One RTP packet. Stream 0 = received from the leg's party, 1 = sent to it, 2 and up = from others."""

    stream: int
    arrival_ns: int
    rtp: bytes


@dataclass(frozen=True, slots=True)
class Note:
    """An event on the timeline; never a secret."""

    kind: str
    details: dict[str, str]
    at_ns: int


@dataclass(frozen=True, slots=True)
class End:
    """The recording was closed in order."""

    at_ns: int


Item = Head | Packet | Note | End


@dataclass(frozen=True, slots=True, kw_only=True)
class Damage:
    """Where a journal stops being readable: octets lost from offset `at` to the end."""

    at: int
    n_bytes: int
    reason: str


def journal_key(file_key: Secret[bytes], part: int = FIRST_PART) -> Secret[bytes]:
    """Return the records' key of a part; it is not the payload's key."""
    label = _LABEL if part == FIRST_PART else b"%b part %d" % (_LABEL, part)
    return Secret(hkdf(file_key.reveal(), salt=b"", label=label))


def preamble(age_header: bytes) -> bytes:
    """Return the octets before the first record."""
    return _PREAMBLE.pack(MAGIC, VERSION, len(age_header)) + age_header


class JournalEncoder:
    """Batches to records; one encoder per part, because the sequence is the nonce."""

    __slots__ = ("_cipher", "_sequence")

    def __init__(self, file_key: Secret[bytes], part: int = FIRST_PART) -> None:
        self._cipher = ChaCha20Poly1305(journal_key(file_key, part).reveal())
        self._sequence = 0

    def encode(self, batch: Iterable[Item]) -> bytes:
        """Return one record; a batch with an End is the last one."""
        items = list(batch)
        last = any(isinstance(item, End) for item in items)
        return self.seal(b"".join(map(item_octets, items)), last=last)

    def seal(self, plain: bytes, *, last: bool) -> bytes:
        """Return one record of items that are octets already; `last` = an End is among them."""
        flag = int(last)
        prefix = _PREFIX.pack(len(plain) + _TAG, self._sequence, flag)
        sealed = self._cipher.encrypt(_nonce(self._sequence, flag), plain, prefix)
        self._sequence += 1
        return prefix + sealed


def is_begun(octets: bytes) -> bool:
    """Whether there may be records: false of what a loss of power left of the octets before the first."""
    if len(octets) < _PREAMBLE.size:
        return False
    magic, _, length = _PREAMBLE.unpack_from(octets)
    return bool(magic != MAGIC or len(octets) > _PREAMBLE.size + length)


def split_journal(octets: bytes) -> tuple[bytes, int]:
    """Return the age header and the offset of the first record; ParseError(0) when it is no journal."""
    if len(octets) < _PREAMBLE.size:
        raise ParseError("a journal without a preamble", 0)
    magic, version, length = _PREAMBLE.unpack_from(octets)
    if magic != MAGIC or version not in VERSIONS:
        raise ParseError(f"not a journal of version 1 to {VERSION}", 0)
    header = octets[_PREAMBLE.size : _PREAMBLE.size + length]
    if length > MAX_HEADER or len(header) < length or parse_header(header).size != length:
        raise ParseError("the journal's age header is cut", 0)
    return header, _PREAMBLE.size + length


@dataclass(frozen=True, slots=True)
class Record:
    """One record opened: where it lies among its records, and what is in it.

    Each item comes with its place in `plain`; that of a Packet is the place of its RTP header.
    """

    at: int
    plain: bytes
    items: list[tuple[int, Item]]


class RecordOpener:
    """Opens single records of one part of a journal, in any order."""

    __slots__ = ("_cipher",)

    def __init__(self, file_key: Secret[bytes], part: int = FIRST_PART) -> None:
        self._cipher = ChaCha20Poly1305(journal_key(file_key, part).reveal())

    def open(self, octets: Octets, at: int, sequence: int) -> tuple[bytes, bool]:
        """Return the plaintext of record `sequence`, which lies at `at`, and whether it is the last one.

        ParseError(0) when it is torn, another record, or not authentic.
        """
        prefix = octets.read(at, _PREFIX.size)
        if len(prefix) < _PREFIX.size:
            raise ParseError("a torn record", 0)
        length, found, flag = _PREFIX.unpack(prefix)
        if length > MAX_RECORD or found != sequence or flag > 1:
            raise ParseError("a record out of sequence or of impossible size", 0)
        sealed = octets.read(at + _PREFIX.size, length)
        if len(sealed) < length:
            raise ParseError("a torn record", 0)
        try:
            return self._cipher.decrypt(_nonce(sequence, flag), sealed, prefix), flag == 1
        except (InvalidTag, ValueError):
            raise ParseError("a record that does not authenticate", 0) from None


class JournalReader:
    """Records to items: yields every complete record before the first damage, then tells of the rest.

    Never raises on damaged octets. `damage` is set when reading stopped early, `complete` when the End came.
    `offset` = octets of the journal before its first record.
    """

    __slots__ = ("_at", "_offset", "_opener", "_sequence", "complete", "damage")

    def __init__(self, file_key: Secret[bytes], offset: int = 0, part: int = FIRST_PART) -> None:
        self._opener = RecordOpener(file_key, part)
        self._sequence = 0
        self._at = 0
        self._offset = offset
        self.damage: Damage | None = None
        self.complete = False

    def read(self, records: bytes) -> list[Item]:
        """Return the items of all the records; `records` starts behind the preamble."""
        return [item for record in self.records(HeldOctets(records)) for _, item in record.items]

    def records(self, octets: Octets) -> Iterator[Record]:
        """Yield the records one at a time; `octets` start behind the preamble."""
        while self._at < octets.size and self.damage is None:
            try:
                record = self._record(octets)
            except ParseError as error:
                at, rest = self._offset + self._at, octets.size - self._at
                self.damage = Damage(at=at, n_bytes=rest, reason=str(error))
            else:
                yield record

    def _record(self, octets: Octets) -> Record:
        if self.complete:
            raise ParseError("octets after the last record", 0)
        plain, is_last = self._opener.open(octets, self._at, self._sequence)
        record = Record(self._at, plain, _decode_items(plain))
        self._sequence += 1
        self._at += _PREFIX.size + len(plain) + _TAG
        self.complete = is_last
        return record


def _nonce(sequence: int, flag: int) -> bytes:
    return sequence.to_bytes(11, "big") + bytes([flag])


def _framed(kind: int, body: bytes) -> bytes:
    return _ITEM.pack(kind, len(body)) + body


packet_prefix = partial(_PACKET_ITEM.pack, _PACKET_KIND)
"""What stands before the RTP of a Packet, made of: ARRIVAL_BYTES and those of the RTP, stream, arrival_ns."""


def item_octets(item: Item) -> bytes:
    """Return an item as it stands in a record before it is sealed."""
    match item:
        case Packet():
            return packet_prefix(ARRIVAL_BYTES + len(item.rtp), item.stream, item.arrival_ns) + item.rtp
        case Note():
            text = _json({"kind": item.kind, "details": item.details})
            if len(text) > MAX_NOTE:
                text = _json({"kind": item.kind[:64], "details": {"note": "too long"}})
            return _framed(_NOTE_KIND, _TIME.pack(item.at_ns) + text)
        case End():
            return _framed(_END_KIND, _TIME.pack(item.at_ns))
        case Head():
            left_out = set(_OF_PARTS if item.part == FIRST_PART else ())
            left_out |= {"chapter"} if item.chapter == FIRST_CHAPTER else set()
            names = [name for name in Head.__dataclass_fields__ if name not in left_out]
            return _framed(_HEAD_KIND, _json({name: getattr(item, name) for name in names}))


def _json(value: dict[str, Any]) -> bytes:
    return json.dumps(value, separators=(",", ":"), sort_keys=True).encode()


def _decode_items(plain: bytes) -> list[tuple[int, Item]]:
    items: list[tuple[int, Item]] = []
    at = 0
    try:
        while at < len(plain):
            kind, length = _ITEM.unpack_from(plain, at)
            at += _ITEM.size
            end = at + length
            if kind == _PACKET_KIND:
                stream, arrival_ns = _PACKET.unpack_from(plain[at:end])
                rtp = at + _PACKET.size
                items.append((rtp, Packet(stream, arrival_ns, plain[rtp:end])))
            else:
                items.append((at, _decode_item(kind, plain[at:end])))
            at = end
    except (struct.error, ValueError, KeyError, TypeError):
        raise ParseError(_UNKNOWN_FORM, 0) from None
    return items


def _decode_item(kind: int, body: bytes) -> Item:
    if kind == _NOTE_KIND:
        note = json.loads(body[_TIME.size :])
        return Note(note["kind"], note["details"], _TIME.unpack_from(body)[0])
    if kind == _END_KIND:
        return End(_TIME.unpack_from(body)[0])
    if kind == _HEAD_KIND:
        return Head(**json.loads(body))
    raise ParseError(_UNKNOWN_FORM, 0)
