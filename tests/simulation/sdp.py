"""What the telephones of the simulation say about their audio."""

from typing import Literal

Way = Literal["talk", "hold", "silence", "old_hold", "foreign"]
HOST = "192.0.2.1"
_LINES: dict[Way, tuple[str, int, str]] = {
    "talk": (HOST, 8, ""),
    "hold": (HOST, 8, "a=sendonly\r\n"),
    "silence": (HOST, 8, "a=inactive\r\n"),
    "old_hold": ("0.0.0.0", 8, ""),  # noqa: S104 - RFC 2543 hold, not an address to listen on
    "foreign": (HOST, 18, ""),  # a codec that the PBX does not have: 488
}


def describe(way: Way, version: int) -> bytes:
    """Return a description; `version` is that of its o= line."""
    host, codec, direction = _LINES[way]
    text = (
        f"v=0\r\no=- 1 {version} IN IP4 {HOST}\r\ns=-\r\nc=IN IP4 {host}\r\nt=0 0\r\n"
        f"m=audio 4000 RTP/AVP {codec} 101\r\na=rtpmap:101 telephone-event/8000\r\n{direction}"
    )
    return text.encode()
