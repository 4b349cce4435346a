"""What two ends agreed to send each other as audio; shared by SDP and the media plane."""

from dataclasses import dataclass
from typing import Literal

Encoding = Literal["PCMU", "PCMA"]
Direction = Literal["sendrecv", "sendonly", "recvonly", "inactive"]


@dataclass(frozen=True, slots=True, kw_only=True)
class AudioFormat:
    """One G.711 stream: static payload type, RFC 4733 payload type (None = not agreed), packet time."""

    encoding: Encoding
    payload_type: int
    dtmf_payload_type: int | None = None
    ptime_ms: int = 20
