"""Segments in other codecs as segments of A-law: the master is G.711, whatever the parties spoke."""

from collections.abc import Mapping
from dataclasses import replace
from typing import get_args

from pbx.core.audio import Encoding
from pbx.core.errors import ParseError
from pbx.media.codecs.codec import NARROW, Decoder
from pbx.media.codecs.table import find_codec
from pbx.media.g711 import encode
from pbx.recording.segments import G711, Audio, Coding, Segment, Skipped

FORMAT = "format"  # the media worker's note: what the payload types of the recorded leg mean from now on
NOISE = "CN"  # RFC 3389's name among the codings
PAYLOAD_TYPES = "payload_types"  # its detail: "111=opus/48000 9=G722/8000"
MAX_TYPES = 128


def read_formats(details: Mapping[str, str]) -> dict[int, Coding]:
    """Return payload type -> encoding and clock of a note; what is malformed or unknown is left out."""
    found: dict[int, Coding] = {}
    names: dict[str, Encoding] = {name: name for name in get_args(Encoding)}
    for one in details.get(PAYLOAD_TYPES, "").split()[:MAX_TYPES]:
        number, _, coding = one.partition("=")
        name, _, clock = coding.partition("/")
        if number.isdecimal() and clock.isdecimal() and name in names and 0 < int(clock) <= 48000:
            found[int(number)] = (names[name], int(clock))
    return found


def read_noise(details: Mapping[str, str]) -> set[int]:
    """Return the payload types of comfort noise of a note."""
    types = details.get(PAYLOAD_TYPES, "").split()[:MAX_TYPES]
    pairs = (one.partition("=") for one in types)
    return {int(number) for number, _, name in pairs if number.isdecimal() and name == NOISE}


def as_g711(segment: Segment) -> Segment:
    """Return the segment with every packet in a law of G.711 and its place in samples of 8 kHz.

    Packets are decoded in their order, as a telephone would. What cannot be decoded is a gap.
    """
    if segment.coding in G711:
        return segment
    codec = find_codec(*segment.coding)
    decoder = None if codec is None else codec.decoder(NARROW)
    packets: dict[int, Audio | Skipped] = {}
    for sequence in sorted(segment.packets):
        audio = segment.packets[sequence]
        packets[sequence] = audio
        if isinstance(audio, Audio):
            at = round(audio.at * NARROW / segment.clock_rate)
            packets[sequence] = _decoded(decoder, at, audio.payload)
    return replace(segment, coding=("PCMA", NARROW), packets=packets)


def _decoded(decoder: Decoder | None, at: int, payload: bytes) -> Audio | Skipped:
    if not payload:
        return Audio(at, "PCMA", b"")
    if decoder is None:
        return "undecodable"
    try:
        return Audio(at, "PCMA", encode(decoder.decode(payload), "PCMA"))
    except ParseError:
        return "undecodable"
