"""The messages of a media stream, as bots know them from Twilio Media Streams: JSON on a WebSocket.

Source: twilio.com/docs/voice/media-streams/websocket-messages. Numbers are decimal strings there, audio is
base64 without a header. Writers return one text each; `read` takes one text of the bot.
"""

import base64
import binascii
import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass, field

from pbx.core.errors import ParseError
from pbx.core.secret import Secret

SAMPLE_RATE = 8000  # audio/x-mulaw, one octet a sample
MAX_TEXT = 1 << 20  # octets; 98 s of audio in one message, more than any bot was seen to send at once
MAX_NAME = 256  # characters of a mark's name; bots count, or send a UUID
TRACK = "inbound"  # what the party says; a two-way stream has no other
_TRACK_OF_DIGITS = "inbound_track"


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamStart:
    """What a bot is told of its stream. Sids are ours: any text without white space."""

    stream: str
    call: str
    account: str
    parameters: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Media:
    """Mu-law for the party, after everything sent before."""

    audio: bytes
    stream: str | None = None  # None = the bot did not say


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """To be told when all audio before it was played."""

    name: str
    stream: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Clear:
    """Drop what was not played."""

    stream: str | None = None


BotMessage = Media | Mark | Clear


def read(text: str) -> BotMessage | None:
    """Return what the bot sent, None for an event that is not known here; ParseError for rubbish."""
    if len(text) > MAX_TEXT:
        raise ParseError("stream: message too long", 0)
    try:
        message = json.loads(text)
    except (ValueError, RecursionError):
        raise ParseError("stream: not JSON", 0) from None
    if not isinstance(message, dict) or not isinstance(message.get("event"), str):
        raise ParseError("stream: no event", 0)
    stream = message.get("streamSid")
    if stream is not None and not isinstance(stream, str):
        raise ParseError("stream: streamSid is no text", 0)
    match message["event"]:
        case "media":
            return Media(audio=_audio(_text(message, "media", "payload")), stream=stream)
        case "mark":
            return Mark(name=_name(_text(message, "mark", "name")), stream=stream)
        case "clear":
            return Clear(stream=stream)
    return None


def connected() -> str:
    """The first message; it has no number."""
    return _write({"event": "connected", "protocol": "Call", "version": "1.0.0"})


def start(about: StreamStart, number: int) -> str:
    """What follows is this call, in this format."""
    told = {
        "accountSid": about.account,
        "streamSid": about.stream,
        "callSid": about.call,
        "tracks": [TRACK],
        "mediaFormat": {"encoding": "audio/x-mulaw", "sampleRate": SAMPLE_RATE, "channels": 1},
        "customParameters": about.parameters,
    }
    return _numbered("start", number, about.stream, told)


def media(audio: bytes, *, number: int, chunk: int, timestamp_ms: int, stream: str) -> str:
    """20 ms of the party; `timestamp_ms` counts from the start of the stream."""
    told = {
        "track": TRACK,
        "chunk": str(chunk),
        "timestamp": str(timestamp_ms),
        "payload": base64.b64encode(audio).decode(),
    }
    return _numbered("media", number, stream, told)


def digit(key: str, number: int, stream: str) -> str:
    """The party pressed a key."""
    return _numbered("dtmf", number, stream, {"track": _TRACK_OF_DIGITS, "digit": key})


def mark(name: str, number: int, stream: str) -> str:
    """A mark of the bot was reached, or cleared."""
    return _numbered("mark", number, stream, {"name": name})


def stop(about: StreamStart, number: int) -> str:
    """The last message."""
    told = {"accountSid": about.account, "callSid": about.call}
    return _numbered("stop", number, about.stream, told)


def signature(url: str, secret: Secret[str]) -> str:
    """Return the value of X-Twilio-Signature for a WebSocket: HMAC-SHA1 of the URL as it is written."""
    return base64.b64encode(hmac.digest(secret.reveal().encode(), url.encode(), "sha1")).decode()


def _numbered(event: str, number: int, stream: str, told: Mapping[str, object]) -> str:
    return _write({"event": event, "sequenceNumber": str(number), "streamSid": stream, event: told})


_write = json.JSONEncoder(separators=(",", ":")).encode


def _text(message: dict[str, object], part: str, key: str) -> str:
    inner = message.get(part)
    text = inner.get(key) if isinstance(inner, dict) else None
    if not isinstance(text, str):
        raise ParseError(f"stream: no {part}.{key}", 0)
    return text


def _audio(payload: str) -> bytes:
    try:
        return base64.b64decode(payload, validate=True)
    except (binascii.Error, ValueError):
        raise ParseError("stream: media.payload is not base64", 0) from None


def _name(name: str) -> str:
    if len(name) > MAX_NAME:
        raise ParseError("stream: mark.name too long", 0)
    return name
