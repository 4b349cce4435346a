"""Whole FLAC masters, as they are written and as an earlier version wrote them."""

from collections.abc import Iterable, Sequence

from pbx.recording import flac
from pbx.recording.flac import FlacFile, Samples
from pbx.recording.gaps import Gap


def whole(n_samples: int, windows: Iterable[Samples], gaps: Sequence[Gap] = (), n_channels: int = 2) -> bytes:
    """Return the file that the finaliser seals."""
    file = FlacFile(n_samples, windows, gaps, n_channels)
    frames = b"".join(file.frames())
    header = file.header()
    assert len(header) == file.header_size
    return header + frames


def without_table(octets: bytes, n_samples: int, gaps: Sequence[Gap] = (), n_channels: int = 2) -> bytes:
    """Return the file without its seek table."""
    _, frames = split(octets)
    return flac.header(n_samples, gaps, n_channels) + frames


def split(octets: bytes) -> tuple[bytes, bytes]:
    """Return the header and the frames."""
    at, is_last = 4, False
    while not is_last:
        size, is_last, _ = flac.block(octets[at : at + 4])
        at += 4 + size
    return octets[:at], octets[at:]
