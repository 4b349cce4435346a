"""An excerpt of a master: whole chunks of 64 KiB, which can be proved, and which stretch of sound they hold.

Chunk borders fall anywhere in the sound, so more is given than was asked for: less than a chunk at either
end, 4.1 s of a call of two in G.711. A survey walks the plaintext once and knows afterwards what lies where.
Samples are those of the file's own rate. Errors: ParseError(0) for a sound that is not the manifest's.
"""

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pbx.core.errors import ParseError
from pbx.recording import flac, wav
from pbx.recording.age_payload import CHUNK
from pbx.recording.chunk_tree import ChunkTree
from pbx.recording.manifest import Sound

MAX_CHUNKS = 4096  # 256 MiB: 4.6 hours of a call of two; who wants more takes the whole
Stretch = tuple[int, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Excerpt:
    """`told` = samples of which any octet is in the chunks; `copied` = what can be heard of them.

    `place` = the octets of the plaintext that `copied` lies in; `frames` = numbers of FLAC frames, else None.
    """

    chunks: range
    told: Stretch
    copied: Stretch
    place: Stretch
    rate: int
    paths: tuple[tuple[bytes, ...], ...]
    frames: Stretch | None = None

    @property
    def seconds(self) -> str:
        """What is given out, in words: rounded outwards to milliseconds."""
        first, last = self.told[0] * 1000 // self.rate, -(-self.told[1] * 1000 // self.rate)
        return f"{first / 1000:.3f} s to {last / 1000:.3f} s"

    @property
    def numbers(self) -> str:
        """The first and the last chunk, counted from 0."""
        return f"{self.chunks.start}-{self.chunks.stop - 1}"

    def said(self, recording: str, file: str) -> dict[str, Any]:
        """What part.json says; `file` = the name of the listening copy."""
        value: dict[str, Any] = {
            "v": 1,
            "recording": recording,
            "chunk": self.chunks.start,
            "rate": self.rate,
        }
        value |= {"told": list(self.told), "copied": list(self.copied), "copy": file}
        if self.frames is not None:
            value |= {"frames": list(self.frames), "place": list(self.place)}
        return value | {"paths": [[node.hex() for node in path] for path in self.paths]}


class Survey:
    """Takes the whole plaintext in order; in FLAC it remembers where each frame begins, 8 octets a frame."""

    __slots__ = ("_base", "_head", "_size", "_sound", "_starts", "_tree", "_window")

    def __init__(self, sound: Sound) -> None:
        self._sound = sound
        self._tree = ChunkTree()
        self._size = self._base = 0
        self._head, self._window = bytearray(), bytearray()
        self._starts = array("Q")

    def update(self, plain: bytes) -> None:
        """Take the next octets."""
        self._tree.update(plain)
        self._size += len(plain)
        if self._sound.is_flac:
            self._look(plain)
        elif len(self._head) < CHUNK:
            self._head += plain

    def finish(self, plain_tree: Mapping[str, Any]) -> None:
        """Compare what was seen with what the manifest says."""
        if self._tree.finish() != plain_tree:
            raise ParseError("the chunks of the sound are not those that were signed", 0)
        fits = len(self._starts) == self._n_frames if self._sound.is_flac else self._is_wav()
        if not fits:
            raise ParseError("the manifest does not belong to this sound", 0)

    def cut(self, begin_ms: int, end_ms: int) -> Excerpt:
        """Return the fewest chunks with these milliseconds of the recording."""
        rate, n_samples = self._sound.form.sample_rate, self._sound.in_file
        first, last = begin_ms * rate // 1000, min(-(-end_ms * rate // 1000), n_samples)
        if not 0 <= first < last:
            raise ParseError("there is no such part", 0)
        found = self._of_flac(first, last) if self._sound.is_flac else self._of_wav(first, last)
        if len(found.chunks) > MAX_CHUNKS:
            raise ParseError(f"a part has at most {MAX_CHUNKS} chunks, {MAX_CHUNKS * CHUNK >> 20} MiB", 0)
        return found

    def copy_header(self, excerpt: Excerpt) -> bytes:
        """Return what stands before the octets of `place` in the listening copy."""
        n_samples = excerpt.copied[1] - excerpt.copied[0]
        if self._sound.is_flac:
            return flac.header(n_samples, n_channels=self._sound.n_channels)
        return wav.header(self._sound.encoding, n_samples, n_channels=self._sound.n_channels)

    @property
    def _n_frames(self) -> int:
        return -(-self._sound.in_file // flac.BLOCK)

    @property
    def _block(self) -> int:
        return self._sound.n_channels * self._sound.form.width

    def _look(self, plain: bytes) -> None:
        self._window += plain
        octets, at = bytes(self._window), 0
        while (found := flac.place_of(octets, len(self._starts), at)) is not None:
            self._starts.append(self._base + found)
            at = found + 1
        done = max(at, len(octets) - flac.MAX_HEAD + 1)
        self._base += done
        del self._window[:done]

    def _is_wav(self) -> bool:
        n_behind = self._size - len(self._wav_header(0)) - self._sound.in_file * self._block
        is_whole = n_behind > 0 if self._sound.lists_gaps else n_behind == 0
        return is_whole and bytes(self._head).startswith(self._wav_header(n_behind))

    def _wav_header(self, n_behind: int) -> bytes:
        sound = self._sound
        return wav.header(sound.encoding, sound.in_file, n_behind, sound.n_channels)

    def _of_wav(self, first: int, last: int) -> Excerpt:
        n_samples, block = self._sound.in_file, self._block
        head = len(self._wav_header(max(0, self._size - n_samples * block - wav.HEAD)))
        chunks = range((head + first * block) // CHUNK, -(-(head + last * block) // CHUNK))
        low, high = self._octets(chunks)
        told = max(0, (low - head) // block), min(n_samples, -((head - high) // block))
        copied = max(0, -((head - low) // block)), min(n_samples, (high - head) // block)
        place = head + copied[0] * block, head + copied[1] * block
        return self._excerpt(chunks, (told, copied, place))

    def _of_flac(self, first: int, last: int) -> Excerpt:
        starts, n_frames = self._starts, self._n_frames
        stop = -(-last // flac.BLOCK)
        end = self._size if stop == n_frames else starts[stop] + flac.MAX_HEAD  # so that its number is seen
        chunks = range(starts[first // flac.BLOCK] // CHUNK, -(-end // CHUNK))
        low, high = self._octets(chunks)
        whole = bisect_left(starts, low)
        cut = n_frames if high == self._size else bisect_right(starts, high - flac.MAX_HEAD) - 1
        told = whole - (whole > 0 and starts[whole] > low), min(n_frames, cut + 1)
        place = starts[whole], self._size if cut == n_frames else starts[cut]
        stretches = self._samples(told), self._samples((whole, cut)), place
        return self._excerpt(chunks, stretches, (whole, cut))

    def _samples(self, frames: Stretch) -> Stretch:
        n_samples = self._sound.in_file
        return min(n_samples, frames[0] * flac.BLOCK), min(n_samples, frames[1] * flac.BLOCK)

    def _octets(self, chunks: range) -> Stretch:
        return chunks.start * CHUNK, min(chunks.stop * CHUNK, self._size)

    def _excerpt(
        self, chunks: range, stretches: tuple[Stretch, Stretch, Stretch], frames: Stretch | None = None
    ) -> Excerpt:
        tree = self._tree.tree
        told, copied, place = stretches
        return Excerpt(
            chunks=chunks,
            told=told,
            copied=copied,
            place=place,
            rate=self._sound.form.sample_rate,
            paths=tuple(tree.inclusion(number, tree.size) for number in chunks),
            frames=frames,
        )
