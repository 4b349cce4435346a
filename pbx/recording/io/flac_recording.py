"""A finished recording in FLAC that is read from any second on (R-25), in chunks of 64 KiB (E-05).

Its seek table says where each frame lies: one look into a chunk of the table, which is kept, and one reading
of the frames. A recording of an earlier version has none: frames hold equally many samples and carry their
numbers, so a place is found by reading some octets near where it should be, and nearer again. Out comes WAV
of 16 bits. Errors: StorageError from the store, ParseError for what is not authentic.
"""

from collections.abc import AsyncIterator

from pbx.core.errors import ParseError
from pbx.core.secret import Secret
from pbx.recording import flac, manifest, seek_table, wav
from pbx.recording.age_payload import CHUNK
from pbx.recording.effects import FinishedRecording
from pbx.recording.io.object_store import ObjectStore
from pbx.recording.io.sealed_octets import SealedOctets
from pbx.recording.muting import Muting
from pbx.recording.seats import Kept

AT_ONCE = 16 * CHUNK  # octets of plaintext per request once it flows
_PROBE = CHUNK // 2  # octets of a channel in which three frames begin at least
_MAX_BLOCKS = 16  # of metadata: the longest list of gaps needs three
_MAX_PROBES = 64  # halving alone needs 20 for a day
_PER_UNIT = flac.RATE // wav.RATE


class FlacRecording:
    """The sound of one recording."""

    def __init__(self, row: FinishedRecording, store: ObjectStore, file_key: Secret[bytes]) -> None:
        sound = manifest.sound(row.manifest)
        self.n_samples, self._lists_gaps = sound.samples, sound.lists_gaps
        self._n_channels = sound.n_channels
        self._probe = _PROBE * sound.n_channels
        self._n_frames = -(-sound.in_file // flac.BLOCK)
        self._octets = SealedOctets(row, store, file_key)
        self._start = 0  # octet of the first frame
        self._table: int | None = None  # octet of the first seek point
        self._pages: dict[int, bytes] = {}  # chunks of the header by number: 16 of a recording of four hours

    @property
    def n_opened(self) -> int:
        """The chunks that were decrypted so far."""
        return self._octets.n_opened

    async def prove(self) -> None:
        """Open the first and the last chunk, and compare the header with the manifest."""
        if self._start:
            return
        first, said = await self._octets.begin(), self._header()
        # octet 4 says whether a list of gaps follows
        if first[:4] + first[5 : len(said)] != said[:4] + said[5:]:
            raise ParseError("the manifest does not belong to this sound", 0)
        self._pages[0] = first
        start, types = await self._behind_metadata()
        if (flac.APPLICATION in types) != self._lists_gaps or start > self._octets.size:
            raise ParseError("the manifest does not belong to this sound", 0)
        self._start = start

    async def excerpt(self, first: int, n_samples: int) -> AsyncIterator[bytes]:
        """Yield a WAV file of some units of 1/8000 s; what lies beyond the end is left out."""
        await self.prove()
        begin = min(first, self.n_samples)
        end = min(begin + n_samples, self.n_samples) * _PER_UNIT
        begin *= _PER_UNIT
        yield wav.header("L16", end - begin, n_channels=self._n_channels)
        if begin == end:
            return
        number = begin // flac.BLOCK
        at, size, until = await self._find(number), AT_ONCE, -(-end // flac.BLOCK)
        if self._table is None:
            size, until = self._probe, self._n_frames
        stop = await self._find(until)
        while number * flac.BLOCK < end:
            octets, n_frames = await self._frames(at, min(size, stop - at), range(number, until))
            here = number * flac.BLOCK
            n_here = min(n_frames * flac.BLOCK, self.n_samples * _PER_UNIT - here)
            samples = flac.decode(octets, n_here, self._n_channels)
            yield samples[max(0, begin - here) : end - here].astype("<i2").tobytes()
            at, number, size = at + len(octets), number + n_frames, AT_ONCE

    async def muted(self, kept: Kept) -> AsyncIterator[bytes]:
        """Yield a WAV file as long as the master, with silence in the place of everything but `kept`."""
        muting = Muting("L16", kept)
        pieces = self.excerpt(0, self.n_samples)
        yield await anext(pieces)  # the header
        async for piece in pieces:
            yield muting.update(piece)

    def _header(self) -> bytes:
        return flac.header(self.n_samples * _PER_UNIT, n_channels=self._n_channels)

    async def _behind_metadata(self) -> tuple[int, set[int]]:
        """Return where the first frame begins, and of which types the blocks are before it."""
        at, types = len(b"fLaC"), set[int]()
        for _ in range(_MAX_BLOCKS):
            head = await self._of_header(at, 4)
            if len(head) < 4:
                break
            size, is_last, kind = flac.block(head)
            at += 4
            if kind == flac.SEEK_TABLE and size == self._n_frames * seek_table.POINT.size:
                self._table = at
            at += size
            types.add(kind)
            if is_last:
                return at, types
        raise ParseError("the sound has no frames", 0)

    async def _of_header(self, at: int, n_octets: int) -> bytes:
        """Return octets of the header or the first frames, fewer at the end; their chunks are kept."""
        numbers = range(at // CHUNK, (at + n_octets - 1) // CHUNK + 1)
        for number in numbers:
            if number not in self._pages:
                self._pages[number] = await self._octets.read(number * CHUNK, CHUNK)
        octets = b"".join(self._pages[number] for number in numbers)
        return octets[at - numbers.start * CHUNK :][:n_octets]

    async def _find(self, number: int) -> int:
        """Return the octet where a frame begins; behind the last one the end."""
        if number == self._n_frames:
            return self._octets.size
        if self._table is None:
            return await self._search(number)
        point = await self._of_header(self._table + number * seek_table.POINT.size, seek_table.POINT.size)
        return self._start + seek_table.start_of(point, number)

    async def _search(self, number: int) -> int:
        low, high = (self._start, 0), (self._octets.size, self._n_frames)
        for attempt in range(_MAX_PROBES):
            if low[1] == number:
                return low[0]
            guess = (high[0] - low[0]) * (number - low[1]) // (high[1] - low[1])
            near = (
                low[0]
                + (guess if attempt < 8 else (high[0] - low[0]) // 2)
                - flac.max_frame(self._n_channels)
            )
            found = await self._known(max(low[0], min(near, high[0] - self._probe)), range(low[1], high[1]))
            below = [frame for frame in found if frame[1] <= number]
            above = [frame for frame in found if frame[1] > number]
            low, high = max(below, default=low), min(above, default=high)
        raise ParseError("the sound has a frame less than the manifest says", 0)

    async def _known(self, at: int, numbers: range) -> list[flac.Frame]:
        octets = await self._octets.read(at, self._probe)
        return [(at + place, number) for place, number in flac.frames(octets) if number in numbers]

    async def _frames(self, at: int, size: int, numbers: range) -> tuple[bytes, int]:
        """Return whole frames, of these at most, and how many they are."""
        octets = await self._octets.read(at, size)
        found = flac.frames(octets)
        if not found or found[0] != (0, numbers.start):
            raise ParseError("the sound has a frame less than the manifest says", 0)
        if at + len(octets) == await self._find(numbers.stop):
            return octets, len(numbers)
        if len(found) < 2:
            raise ParseError("a frame that is longer than any can be", 0)
        return octets[: found[-1][0]], len(found) - 1
