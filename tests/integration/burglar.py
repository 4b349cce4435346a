"""Somebody who has a host's disk, its memory and the bucket, and tries to hear what is recorded."""

import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from pbx.core.errors import ParseError
from pbx.core.secret import Secret
from pbx.recording.age import FILE_KEY_SIZE, Identity, check_mac, parse_header, parse_identity, unwrap_header

_KEY_TEXT = re.compile(rb"AGE-SECRET-KEY-1[02-9AC-HJ-NP-Z]{58}", re.I)
_PRIVATE = 32
_REGION = re.compile(r"([0-9a-f]+)-([0-9a-f]+) r")
_MAX_REGION = 1 << 30


def memory(pid: int) -> Iterator[bytes]:
    """Yield every readable region of a process; PermissionError when the kernel keeps it."""
    regions = [_REGION.match(line) for line in Path(f"/proc/{pid}/maps").read_text().splitlines()]
    with Path(f"/proc/{pid}/mem").open("rb", buffering=0) as file:
        for region in filter(None, regions):
            start, end = (int(edge, 16) for edge in region.groups())
            try:
                file.seek(start)
                yield file.read(min(end - start, _MAX_REGION))
            except (OSError, OverflowError, ValueError):
                continue  # [vvar] and the like are not memory


def is_in_memory(pid: int, *wanted: bytes) -> dict[bytes, bool]:
    """Whether each of `wanted` lies anywhere in the memory of a process."""
    found = dict.fromkeys(wanted, False)
    for region in memory(pid):
        found |= {one: True for one in wanted if one in region}
    return found


def files(*folders: Path) -> list[bytes]:
    """Return the contents of every file below the folders."""
    return [path.read_bytes() for folder in folders for path in sorted(folder.rglob("*")) if path.is_file()]


def file_key(header: bytes, image: Iterable[bytes]) -> bytes | None:
    """Try to open a recording with anything in `image`: keys as text, any 32 and any 16 octets in a row."""
    parsed = parse_header(header)
    for octets in image:
        for identity in _identities(octets):
            opened = unwrap_header(parsed, [identity])
            if opened is not None:
                return opened[0].reveal()
        for at in range(len(octets) - FILE_KEY_SIZE + 1):
            guess = octets[at : at + FILE_KEY_SIZE]
            try:
                check_mac(parsed, Secret(guess))
            except ParseError:
                continue
            return guess
    return None


def _identities(octets: bytes) -> Iterator[Identity]:
    for text in _KEY_TEXT.findall(octets):
        try:
            yield parse_identity(Secret(text.decode().upper()))
        except ParseError:
            continue
    windows = (octets[at : at + _PRIVATE] for at in range(len(octets) - _PRIVATE + 1))
    # One key in 2**32 has no octet above 127: text is not worth the time of the curve.
    yield from (Identity(Secret(window)) for window in windows if not window.isascii())
