"""What payload types mean, and how many samples a packet of any codec has."""

from collections.abc import Mapping
from typing import get_args

import numpy as np
from numpy.typing import NDArray

from pbx.core.audio import Encoding
from pbx.core.errors import ParseError
from pbx.media.codecs.codec import NARROW
from pbx.media.codecs.table import find_codec
from pbx.recording.packet_columns import CODES, N_SKIPPED, Ordered
from pbx.recording.parts import Payloads
from pbx.recording.segments import G711, Coding

FORMAT = "format"  # the media worker's note: what the payload types of the recorded leg mean from now on
NOISE = "CN"  # RFC 3389's name among the codings
PAYLOAD_TYPES = "payload_types"  # its detail: "111=opus/48000 9=G722/8000"
MAX_TYPES = 128
UNDECODABLE = CODES["undecodable"]
_AT_ONCE = 1024  # packets whose payloads are held together


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


def measure(packets: Ordered, coding: Coding, payloads: Payloads) -> NDArray[np.int32] | NDArray[np.uint16]:
    """Return the units of 1/8000 s of each packet; one that cannot be decoded becomes UNDECODABLE."""
    if coding in G711:
        return packets.length
    n_samples = packets.length.astype(np.int32)
    full = np.flatnonzero((packets.kind >= N_SKIPPED) & (packets.length > 0))
    codec = find_codec(*coding)
    if codec is None:
        packets.kind[full] = UNDECODABLE
        return n_samples
    decoder = codec.decoder(NARROW)
    for first in range(0, len(full), _AT_ONCE):
        here = full[first : first + _AT_ONCE]
        said = payloads.cut(packets.place[here].tolist(), packets.length[here].tolist())
        for index, payload in zip(here.tolist(), said, strict=True):
            try:
                n_samples[index] = len(decoder.decode(payload)) // 2
            except ParseError:
                packets.kind[index] = UNDECODABLE
    return n_samples
