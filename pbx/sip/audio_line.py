"""The m=audio section that we write, and what one that we read agrees to (RFC 8866, RFC 3264 §5, §6)."""

from dataclasses import dataclass

from pbx.core.audio import AudioFormat, Direction, OpusWish, PayloadFormat
from pbx.sip.opus_parameters import opus_wish
from pbx.sip.passed_codecs import fits, packet_ms
from pbx.sip.rtp_codecs import (
    COMFORT_NOISE,
    DTMF_EVENTS,
    PayloadTypes,
    codec_names,
    codec_of,
    dtmf_types,
)
from pbx.sip.sdp import Media

PTIME_MS = 20
MIN_PTIME_MS, MAX_PTIME_MS = 10, 60

_ALWAYS_HEARD = frozenset({0, 8})  # both laws of G.711 are understood whether agreed or not


@dataclass(frozen=True, slots=True, kw_only=True)
class AudioLine:
    """Our half of an exchange: the codecs in order, telephone-event clocks, and what we want."""

    port: int
    protocol: str
    codecs: tuple[str, ...]
    dtmf_clocks: tuple[int, ...]
    comfort_noise: bool = False
    ptime_ms: int = PTIME_MS
    direction: Direction = "sendrecv"
    attributes: tuple[tuple[str, str | None], ...] = ()

    def media(self, types: PayloadTypes) -> Media:
        """Return the section with the session's payload types."""
        formats: list[str] = []
        attributes: list[tuple[str, str | None]] = []
        for name in self.codecs:
            codec, number = codec_of(name), str(types.of(name))
            formats.append(number)
            attributes.append(("rtpmap", f"{number} {codec.rtpmap}"))
            if codec.fmtp:
                attributes.append(("fmtp", f"{number} {codec.fmtp}"))
        if self.comfort_noise:
            formats.append(COMFORT_NOISE)
        for clock in self.dtmf_clocks:
            number = str(types.dtmf(clock))
            formats.append(number)
            attributes.append(("rtpmap", f"{number} telephone-event/{clock}"))
            attributes.append(("fmtp", f"{number} {DTMF_EVENTS}"))
        return Media(
            kind="audio",
            port=self.port,
            protocol=self.protocol,
            formats=tuple(formats),
            attributes=(*attributes, ("ptime", str(self.ptime_ms)), (self.direction, None), *self.attributes),
        )


def dtmf_clock(theirs: Media, clock_rate: int) -> int | None:
    """Return the telephone-event clock to use beside a codec: its own, else 8000 (RFC 4733 §2.4.1)."""
    known = dtmf_types(theirs)
    return next((clock for clock in (clock_rate, 8000) if clock in known), None)


def offers_comfort_noise(theirs: Media) -> bool:
    return COMFORT_NOISE in theirs.formats


def ptime_of(theirs: Media) -> int:
    """Return the packet time that the peer asks for, within what we can make (10 to 60 ms)."""
    wanted = theirs.ptime_ms or PTIME_MS
    return min(max(wanted // 10 * 10, MIN_PTIME_MS), MAX_PTIME_MS)


def agreed_format(theirs: Media, name: str, ours: AudioLine, types: PayloadTypes) -> AudioFormat:
    """Return what a codec of the peer's section means for the media plane."""
    codec = codec_of(name)
    number = next(int(kind) for kind, known in codec_names(theirs).items() if fits(name, known))
    clock = dtmf_clock(theirs, codec.clock_rate) if ours.dtmf_clocks else None
    sends = None if clock is None else dtmf_types(theirs)[clock]
    described = {types.dtmf(rate) for rate in ours.dtmf_clocks}
    return AudioFormat(
        encoding=codec.encoding,
        payload_type=number,
        clock_rate=codec.clock_rate,
        receives=_receives(types.formats(ours.codecs), number),
        dtmf_payload_type=sends,
        dtmf_clock_rate=clock or 8000,
        dtmf_receive_types=tuple(sorted(described - {sends})) if sends is not None else (),
        comfort_noise_type=_comfort_noise(theirs, codec.clock_rate),
        ptime_ms=packet_ms(name, ptime_of(theirs)),
        opus=opus_wish(theirs.fmtp.get(str(number), "")) if name == "opus" else OpusWish(),
    )


def _receives(described: tuple[PayloadFormat, ...], number: int) -> tuple[PayloadFormat, ...]:
    known = _ALWAYS_HEARD | {number}
    return tuple(one for one in described if one.payload_type not in known)


def _comfort_noise(theirs: Media, clock_rate: int) -> int | None:
    # RFC 3389 §4: the static type is for codecs with a clock of 8000.
    return int(COMFORT_NOISE) if clock_rate == 8000 and offers_comfort_noise(theirs) else None
