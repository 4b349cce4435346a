"""How codecs are written in SDP: names, clocks and payload types (RFC 3551 §6, RFC 7587 §7, RFC 4733)."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from pbx.core.audio import Encoding, PayloadFormat
from pbx.sip.passed_codecs import parameters_of, plain, with_parameters
from pbx.sip.sdp import Media

LAST_PAYLOAD_TYPE = 127
DYNAMIC = range(96, LAST_PAYLOAD_TYPE + 1)
DTMF_EVENTS = "0-15"  # RFC 4733 §3.2
COMFORT_NOISE = "13"  # RFC 3389 §4, static


@dataclass(frozen=True, slots=True, kw_only=True)
class RtpCodec:
    """`number` is the static payload type, or the dynamic one that we like to use."""

    encoding: Encoding
    number: int
    clock_rate: int = 8000
    channels: int = 1
    fmtp: str = ""

    @property
    def is_static(self) -> bool:
        return self.number not in DYNAMIC

    @property
    def rtpmap(self) -> str:
        """The value behind the payload type, for example `opus/48000/2`."""
        plain = f"{self.encoding}/{self.clock_rate}"
        return plain if self.channels == 1 else f"{plain}/{self.channels}"


CODECS: Mapping[str, RtpCodec] = {
    "PCMU": RtpCodec(encoding="PCMU", number=0),
    "PCMA": RtpCodec(encoding="PCMA", number=8),
    "G722": RtpCodec(encoding="G722", number=9),
    "G729": RtpCodec(encoding="G729", number=18, fmtp="annexb=no"),
    # RFC 7587 §7: always 48000/2, whatever is sent.
    "opus": RtpCodec(
        encoding="opus", number=107, clock_rate=48000, channels=2, fmtp="minptime=10;useinbandfec=1"
    ),
    "L16": RtpCodec(encoding="L16", number=118, clock_rate=16000),
    "L16/8000": RtpCodec(encoding="L16", number=119),
    "iLBC": RtpCodec(encoding="iLBC", number=116),
    "AMR": RtpCodec(encoding="AMR", number=114),
    "AMR-WB": RtpCodec(encoding="AMR-WB", number=115, clock_rate=16000),
}
"""By the name that an admin writes."""

DEFAULT = ("PCMA", "PCMU")

_OUR_DTMF: Mapping[int, int] = {8000: 101, 48000: 110}  # what nearly every peer uses
_OURS = {codec.rtpmap.upper(): name for name, codec in CODECS.items()}
_STATIC = {str(codec.number): codec.rtpmap.upper() for codec in CODECS.values() if codec.is_static}


def codec_of(name: str) -> RtpCodec:
    """Return a codec by its name, which may carry parameters (`passed_codecs`)."""
    codec, parameters = CODECS[plain(name)], parameters_of(name)
    return replace(codec, fmtp=parameters) if parameters else codec


def is_payload_type(kind: str) -> bool:
    return kind.isascii() and kind.isdigit() and len(kind) <= 3 and int(kind) <= LAST_PAYLOAD_TYPE


def codec_names(media: Media) -> dict[str, str]:
    """Return payload type -> our name of each codec of a description that we know, in its order.

    The name of what can only be passed on carries its parameters (`passed_codecs`).
    """
    maps, parameters = media.rtpmap, media.fmtp
    found = ((kind, _OURS.get(maps.get(kind, _STATIC.get(kind, "")))) for kind in media.formats)
    known = ((kind, name) for kind, name in found if name is not None and is_payload_type(kind))
    full = ((kind, with_parameters(name, parameters.get(kind, ""))) for kind, name in known)
    return {kind: name for kind, name in full if name is not None}


def dtmf_types(media: Media) -> dict[int, int]:
    """Return clock rate -> payload type of each telephone-event of a description."""
    found: dict[int, int] = {}
    maps = media.rtpmap
    for kind in media.formats:
        name, _, rate = maps.get(kind, "").partition("/")
        if name == "TELEPHONE-EVENT" and rate in ("8000", "16000", "48000") and is_payload_type(kind):
            found.setdefault(int(rate), int(kind))
    return found


class PayloadTypes:
    """The numbers of one session: a mapping once used stays (RFC 3264 §8.3.2)."""

    __slots__ = ("_codecs", "_dtmf")

    def __init__(self) -> None:
        self._codecs: dict[str, int] = {}
        self._dtmf: dict[int, int] = {}

    def of(self, name: str) -> int:
        """Return the number of a codec, now and for ever."""
        if name not in self._codecs:
            self._codecs[name] = self._free(CODECS[plain(name)].number)
        return self._codecs[name]

    def dtmf(self, clock_rate: int) -> int:
        """Return the number of telephone-event with a clock."""
        if clock_rate not in self._dtmf:
            self._dtmf[clock_rate] = self._free(_OUR_DTMF.get(clock_rate, DYNAMIC[0]))
        return self._dtmf[clock_rate]

    def adopt(self, name: str, number: int) -> None:
        """The peer's number for a codec is ours from now on, unless it had one."""
        self._codecs.setdefault(name, number)

    def adopt_dtmf(self, clock_rate: int, number: int) -> None:
        self._dtmf.setdefault(clock_rate, number)

    def formats(self, names: tuple[str, ...]) -> tuple[PayloadFormat, ...]:
        """Return what the peer may send when we described these codecs."""
        codecs = ((self.of(name), codec_of(name)) for name in names)
        return tuple(
            PayloadFormat(payload_type=number, encoding=codec.encoding, clock_rate=codec.clock_rate)
            for number, codec in codecs
        )

    def _free(self, wanted: int) -> int:
        used = {*self._codecs.values(), *self._dtmf.values()}
        if wanted not in DYNAMIC or wanted not in used:
            return wanted
        return next(number for number in DYNAMIC if number not in used)
