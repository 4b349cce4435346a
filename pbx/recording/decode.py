"""Segments in other codecs as segments of A-law: the master is G.711, whatever the parties spoke."""

from collections.abc import Mapping
from dataclasses import replace
from typing import get_args

from pbx.core.audio import Encoding
from pbx.core.errors import ParseError
from pbx.media.codecs.codec import NARROW
from pbx.media.codecs.table import find_codec
from pbx.media.g711 import encode
from pbx.recording.segments import G711, Audio, Coding, Segment

FORMAT = "format"  # the media worker's note: what the payload types of the recorded leg mean from now on
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


def as_g711(segment: Segment) -> Segment:
    """Return the segment with every packet in a law of G.711 and its place in samples of 8 kHz.

    Packets are decoded in their order, as a telephone would. What cannot be decoded is a gap.
    """
    if segment.coding in G711:
        return segment
    codec = find_codec(*segment.coding)
    decoder = None if codec is None else codec.decoder(NARROW)
    packets: dict[int, Audio | None] = {}
    for sequence in sorted(segment.packets):
        audio = segment.packets[sequence]
        packets[sequence] = None
        if audio is None or decoder is None:
            continue
        try:
            pcm = decoder.decode(audio.payload)
        except ParseError:
            continue
        at = round(audio.at * NARROW / segment.clock_rate)
        packets[sequence] = Audio(at, "PCMA", encode(pcm, "PCMA"))
    return replace(segment, coding=("PCMA", NARROW), packets=packets)
