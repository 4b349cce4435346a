"""What the payload types of one session mean to us when they arrive."""

from dataclasses import dataclass

from pbx.core.audio import AudioFormat, Encoding
from pbx.media.codecs.table import find_codec

Coding = tuple[Encoding, int]  # encoding and RTP clock

_STATIC: dict[int, Coding] = {0: ("PCMU", 8000), 8: ("PCMA", 8000)}  # RFC 3551 §6; peers may answer either
G711 = frozenset({("PCMU", 8000), ("PCMA", 8000)})
OCTET_CLOCKED = G711 | {("G722", 8000)}  # one octet of payload is one unit of RTP time


@dataclass(frozen=True, slots=True)
class Payloads:
    """`audio` by payload type; `events` = telephone-event types; `noise` = comfort noise, -1 for none."""

    audio: dict[int, Coding]
    events: frozenset[int]
    noise: int

    @classmethod
    def of(cls, fmt: AudioFormat) -> "Payloads":
        audio = _STATIC | {one.payload_type: (one.encoding, one.clock_rate) for one in fmt.receives}
        audio[fmt.payload_type] = coding(fmt)
        events = set(fmt.dtmf_receive_types)
        if fmt.dtmf_payload_type is not None:
            events.add(fmt.dtmf_payload_type)
        noise = -1 if fmt.comfort_noise_type is None else fmt.comfort_noise_type
        return cls(audio, frozenset(events), noise)

    @property
    def text(self) -> str:
        """Payload types with their codings, as a recording notes them; "" when RFC 3551 says it all."""
        if all(one in G711 for one in self.audio.values()):
            return ""
        types = [f"{number}={name}/{clock}" for number, (name, clock) in sorted(self.audio.items())]
        noise = [] if self.noise < 0 else [f"{self.noise}=CN"]  # RFC 3389
        return " ".join(types + noise)


NOTHING = Payloads({}, frozenset(), -1)


def coding(fmt: AudioFormat) -> Coding:
    return fmt.encoding, fmt.clock_rate


def relays(arriving: Coding, heard: AudioFormat, spoken: AudioFormat) -> bool:
    """True when a packet of one leg can go to the other as it is, at most with the other law of G.711.

    Nobody here can make other packets of a codec that we cannot decode: they go as they come.
    """
    leaving = coding(spoken)
    same = arriving == leaving or (arriving in G711 and leaving in G711)
    return same and (heard.ptime_ms == spoken.ptime_ms or find_codec(*arriving) is None)


def relays_events(heard: AudioFormat, spoken: AudioFormat) -> bool:
    """True when telephone-events of one leg mean the same on the other."""
    return (
        heard.dtmf_payload_type is not None
        and spoken.dtmf_payload_type is not None
        and heard.dtmf_clock_rate == spoken.dtmf_clock_rate == spoken.clock_rate
    )


def units(arrived: Coding, payload: memoryview) -> int:
    """Return the RTP clock units of a payload; 0 when they cannot be told."""
    if arrived in OCTET_CLOCKED:
        return len(payload)
    if arrived[0] == "G729":
        return len(payload) // 10 * 80  # RFC 3551 §4.5.6: frames of 10 octets and 10 ms
    codec = find_codec(*arrived)
    return 0 if codec is None else codec.duration(bytes(payload))


def rate_between(arriving: Coding, spoken: AudioFormat) -> int | None:
    """Return the sample rate at which one leg is heard for the other.

    None when one of the two is only passed through: then nothing can be done.
    """
    codecs = find_codec(*arriving), find_codec(*coding(spoken))
    rates = [codec.audio_rate for codec in codecs if codec is not None]
    return min(rates) if len(rates) == 2 else None
