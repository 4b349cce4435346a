"""Looks for a tone of our test telephones in octets, in every form in which sound lies unencrypted (E-01)."""

from pathlib import Path

from pbx.media.g711 import encode
from pbx.testphone.audio import tone

MARKER_HZ = 1000.0  # eight samples long, so that every phase of it has the same octets
_SAMPLES = 80  # 10 ms; 80 octets of chance are out of the question
_PCM = tone(MARKER_HZ, 0, _SAMPLES)
_SWAPPED = bytes(octet for at in range(0, len(_PCM), 2) for octet in (_PCM[at + 1], _PCM[at]))
_ONE_OCTET = {law: encode(_PCM, law) for law in ("PCMA", "PCMU")}
_TWO_OCTETS = {"PCM16": _PCM, "PCM16 big endian": _SWAPPED}


def forms(octets: bytes) -> list[str]:
    """Return the forms in which the marker is there, alone or as one of two channels."""
    found = [name for name, marker in (*_ONE_OCTET.items(), *_TWO_OCTETS.items()) if marker in octets]
    for channel in range(2):
        every_second = octets[channel::2]
        found += [
            f"{name}, channel {channel}" for name, marker in _ONE_OCTET.items() if marker in every_second
        ]
    for at in range(4):
        pairs = bytearray(len(octets[at::4]) * 2)
        pairs[0::2] = octets[at::4]
        second = octets[at + 1 :: 4]
        pairs[1 : 2 * len(second) : 2] = second
        found += [f"{name}, of two channels" for name, marker in _TWO_OCTETS.items() if marker in pairs]
    return found


def plain(folder: Path) -> list[tuple[str, str]]:
    """Return the files below a folder that have the marker, and its form."""
    files = [path for path in folder.rglob("*") if path.is_file()]
    return [(str(path.relative_to(folder)), form) for path in files for form in forms(path.read_bytes())]
