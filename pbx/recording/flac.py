"""A master of 16 bits at 16 kHz, two channels to eight, as FLAC (RFC 9639), made and read piece by piece.

The length of the header is known before the first sample: that of the recording from the timeline, and so
that of the seek table at its end, which only the last frame completes. Sizes and MD5 stay 0, which means
unknown (§8.2). A list of gaps lies in application blocks before the table. libsndfile does the coding.
"""

import io
import struct
from array import array
from collections.abc import Iterable, Iterator, Sequence

import numpy as np
import soundfile
from numpy.typing import NDArray

from pbx.core.errors import MisuseError, ParseError
from pbx.recording import seek_table
from pbx.recording.gaps import Gap
from pbx.recording.wav import MAX_LISTED, N_CHANNELS, gap_lines

RATE = 16_000
BLOCK = seek_table.BLOCK
MAX_CHANNELS = 8  # RFC 9639 §9.1.3 has no code for more
_MAX_VOICE = 10_000  # octets of a channel in a frame: one that could not be compressed has 8,200
_APPLICATION = b"gaps"  # the id of our metadata blocks (§8.4)
_MAX_METADATA = (1 << 24) - 1
_BLOCK_HEAD = struct.Struct("!I")
_STREAMINFO = struct.Struct("!4sIHH3s3sQ16s")
APPLICATION, SEEK_TABLE = 2, 3  # types of metadata blocks (§8.1)
_INFO_SIZE, _LAST = 34, 0x80
_BITS = 16
_SYNC = b"\xff\xf8"  # a frame of a stream with blocks of one size (§9.1)
_FORM = 0x18  # 2 independent channels of 16 bits; others say how many, or which is a difference
_SAID_IN_HEADER = 8  # the least octets of a frame header
_MAX_NUMBER = 7  # octets of a coded number
MAX_HEAD = _SAID_IN_HEADER + _MAX_NUMBER  # octets of a frame header
_SIZE_OCTETS = {6: 1, 7: 2}  # that follow the number, by the codes of §9.1.1 and §9.1.2
_RATE_OCTETS = {12: 1, 13: 2, 14: 2}
Samples = NDArray[np.int16]
Frame = tuple[int, int]  # octet where it begins, its number


def max_frame(n_channels: int) -> int:
    """Return how many octets a frame has at most."""
    return _MAX_VOICE * n_channels


def header(
    n_samples: int, gaps: Sequence[Gap] = (), n_channels: int = N_CHANNELS, table: bytes = b""
) -> bytes:
    """Return everything before the first frame; `table` = the points of a seek table, if there is one."""
    packed = RATE << 44 | (n_channels - 1) << 41 | (_BITS - 1) << 36 | n_samples
    text = gap_lines(gaps)
    size = _MAX_METADATA - len(_APPLICATION)
    blocks = [(APPLICATION, _APPLICATION + text[at : at + size]) for at in range(0, len(text), size)]
    blocks += [(SEEK_TABLE, table)] if table else []
    kind = _INFO_SIZE | (0 if blocks else _LAST << 24)
    octets = _STREAMINFO.pack(b"fLaC", kind, BLOCK, BLOCK, bytes(3), bytes(3), packed, bytes(16))
    for number, (which, said) in enumerate(blocks, 1):
        last = _LAST if number == len(blocks) else 0
        octets += _BLOCK_HEAD.pack((last | which) << 24 | len(said)) + said
    return octets


class FlacFile:
    """A file whose frames are made before its header; windows are arrays of (samples, channels), in order."""

    __slots__ = ("_gaps", "_n_channels", "_n_samples", "_starts", "_windows")

    def __init__(
        self,
        n_samples: int,
        windows: Iterable[Samples],
        gaps: Sequence[Gap] = (),
        n_channels: int = N_CHANNELS,
    ) -> None:
        self._n_samples, self._n_channels = n_samples, n_channels
        self._windows, self._gaps = windows, gaps[:MAX_LISTED]
        self._starts = array("Q")

    @property
    def header_size(self) -> int:
        """The octets before the first frame."""
        return len(self._header(bytes(seek_table.n_points(self._n_samples) * seek_table.POINT.size)))

    def frames(self) -> Iterator[bytes]:
        """Yield everything behind the header."""
        tape = _Tape(self._starts)
        with soundfile.SoundFile(
            tape, "w", samplerate=RATE, channels=self._n_channels, format="FLAC", subtype="PCM_16"
        ) as file:
            for window in self._windows:
                file.write(window)
                yield tape.taken()
        yield tape.taken()

    def header(self) -> bytes:
        """Return everything before the first frame, after the last one was made."""
        n_points = seek_table.n_points(self._n_samples)
        if n_points not in (0, len(self._starts)):
            raise MisuseError(f"{len(self._starts)} frames were made, not {n_points}")
        return self._header(seek_table.build(self._starts, self._n_samples) if n_points else b"")

    def _header(self, table: bytes) -> bytes:
        return header(self._n_samples, self._gaps, self._n_channels, table)


class _Tape:
    """A file that libsndfile writes; only frames are kept, what it says before them we say.

    libFLAC writes frame by frame; `starts` gets the octet of each, counted from the first one's.
    """

    def __init__(self, starts: "array[int]") -> None:
        self._at = self._end = 0
        self._frames = bytearray()
        self._is_begun = False
        self._starts, self._n_taken = starts, 0

    def write(self, octets: bytes) -> int:
        octets = bytes(octets)
        self._is_begun = self._is_begun or (self._at == self._end and octets.startswith(_SYNC))
        if self._is_begun and self._at == self._end:
            if _number(octets[:MAX_HEAD].ljust(MAX_HEAD, b"\0"), 0) == len(self._starts):
                self._starts.append(self._n_taken)
            self._n_taken += len(octets)
            self._frames += octets
        self._at += len(octets)
        self._end = max(self._end, self._at)
        return len(octets)

    def read(self, n_bytes: int = -1) -> bytes:
        return b""

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        self._at = offset + (0, self._at, self._end)[whence]
        return self._at

    def tell(self) -> int:
        return self._at

    def taken(self) -> bytes:
        """Return the frames since the last time."""
        frames, self._frames = bytes(self._frames), bytearray()
        return frames


def block(head: bytes) -> tuple[int, bool, int]:
    """Return the octets of a metadata block behind its head of 4, whether frames follow it, and its type."""
    (kind,) = _BLOCK_HEAD.unpack(head)
    return kind & _MAX_METADATA, kind >> 31 == 1, kind >> 24 & 0x7F


def frames(octets: bytes) -> list[Frame]:
    """Return the frames that begin in these octets, wherever they were cut, unless their header was."""
    found: list[Frame] = []
    at = octets.find(_SYNC)
    while at >= 0:
        number = _number(octets, at)
        if number is not None and (not found or number == found[-1][1] + 1):
            found.append((at, number))
        at = octets.find(_SYNC, at + 1)
    return found


def place_of(octets: bytes, number: int, start: int = 0) -> int | None:
    """Return where the header of frame `number` begins; None unless all of it is there."""
    at = octets.find(_SYNC, start)
    while at >= 0:
        if _number(octets, at) == number:
            return at
        at = octets.find(_SYNC, at + 1)
    return None


def decode(octets: bytes, n_samples: int, n_channels: int = N_CHANNELS) -> Samples:
    """Return the samples of whole frames; ParseError(0) when they are not `n_samples` samples."""
    try:
        with soundfile.SoundFile(io.BytesIO(header(n_samples, n_channels=n_channels) + octets)) as file:
            sound = file.read(n_samples, dtype="int16", always_2d=True)  # told how many, it does not seek
    except soundfile.SoundFileError:
        raise ParseError("the sound cannot be decoded", 0) from None
    if sound.shape != (n_samples, n_channels):
        raise ParseError("less sound than the manifest says", 0)
    samples: Samples = sound
    return samples


def _number(octets: bytes, at: int) -> int | None:
    """The number of the frame whose header begins here; None when there is none."""
    if at + _SAID_IN_HEADER + _MAX_NUMBER > len(octets) or octets[at + 3] & 0x0F != _FORM & 0x0F:
        return None
    first = octets[at + 4]
    n_more = max(0, 8 - (first ^ 0xFF).bit_length() - 1)
    if first & 0xC0 == 0x80 or n_more >= _MAX_NUMBER:
        return None
    number: int = first & (0x3F >> n_more if n_more else 0x7F)
    for more in octets[at + 5 : at + 5 + n_more]:
        if more & 0xC0 != 0x80:
            return None
        number = number << 6 | more & 0x3F
    end = at + 5 + n_more
    end += _SIZE_OCTETS.get(octets[at + 2] >> 4, 0) + _RATE_OCTETS.get(octets[at + 2] & 0x0F, 0)
    return number if end < len(octets) and _crc8(octets[at:end]) == octets[end] else None


def _crc8(octets: bytes) -> int:
    crc = 0
    for octet in octets:
        crc = _CRC8[crc ^ octet]
    return crc


def _crc8_of(octet: int) -> int:
    for _ in range(8):
        octet = octet << 1 ^ (0x107 if octet & 0x80 else 0)
    return octet


_CRC8 = tuple(_crc8_of(octet) for octet in range(256))
