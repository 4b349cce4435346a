"""The published format to the letter, and what is refused of it."""

import base64
import json

import pytest

from pbx.core.errors import ParseError
from pbx.core.secret import Secret
from pbx.media import stream_messages as messages
from pbx.media.stream_messages import MAX_NAME, MAX_TEXT, BotMessage, Clear, Mark, Media, StreamStart, read

ABOUT = StreamStart(stream="MZ1", call="CA1", account="AC1", parameters={"language": "de"})

WRITTEN = {
    "connected": (messages.connected(), {"event": "connected", "protocol": "Call", "version": "1.0.0"}),
    "start": (
        messages.start(ABOUT, 1),
        {
            "event": "start",
            "sequenceNumber": "1",
            "start": {
                "accountSid": "AC1",
                "streamSid": "MZ1",
                "callSid": "CA1",
                "tracks": ["inbound"],
                "mediaFormat": {"encoding": "audio/x-mulaw", "sampleRate": 8000, "channels": 1},
                "customParameters": {"language": "de"},
            },
            "streamSid": "MZ1",
        },
    ),
    "media": (
        messages.media(b"\xff\x00", number=3, chunk=1, timestamp_ms=5, stream="MZ1"),
        {
            "event": "media",
            "sequenceNumber": "3",
            "media": {"track": "inbound", "chunk": "1", "timestamp": "5", "payload": "/wA="},
            "streamSid": "MZ1",
        },
    ),
    "dtmf": (
        messages.digit("#", 5, "MZ1"),
        {
            "event": "dtmf",
            "streamSid": "MZ1",
            "sequenceNumber": "5",
            "dtmf": {"track": "inbound_track", "digit": "#"},
        },
    ),
    "mark": (
        messages.mark("my label", 4, "MZ1"),
        {"event": "mark", "sequenceNumber": "4", "streamSid": "MZ1", "mark": {"name": "my label"}},
    ),
    "stop": (
        messages.stop(ABOUT, 6),
        {
            "event": "stop",
            "sequenceNumber": "6",
            "streamSid": "MZ1",
            "stop": {"accountSid": "AC1", "callSid": "CA1"},
        },
    ),
}


@pytest.mark.requirement("MED-14")
@pytest.mark.parametrize("event", WRITTEN)
def test_what_the_bot_is_told(event: str) -> None:
    text, expected = WRITTEN[event]
    assert json.loads(text) == expected


@pytest.mark.requirement("MED-14")
@pytest.mark.requirement("MED-14")
def test_what_a_serializer_of_others_writes() -> None:
    """The form is that of pipecat-ai 1.14.0: blanks, the stream before the part, no track and no number."""
    told = '{"event": "media", "streamSid": "MZ1", "media": {"payload": "//9/fw=="}}'
    assert read(told) == Media(audio=b"\xff\xff\x7f\x7f", stream="MZ1")
    assert read('{"event": "clear", "streamSid": "MZ1"}') == Clear(stream="MZ1")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            '{"event":"media","streamSid":"MZ1","media":{"payload":"/wA="}}',
            Media(audio=b"\xff\0", stream="MZ1"),
        ),
        ('{"event":"media","media":{"payload":"","track":"outbound"},"x":[1]}', Media(audio=b"")),
        ('{"event":"mark","streamSid":"MZ1","mark":{"name":"é"}}', Mark(name="é", stream="MZ1")),
        ('{"event":"clear","streamSid":"MZ1"}', Clear(stream="MZ1")),
        ('{"event":"clear"}', Clear()),
        ('{"event":"ping"}', None),
    ],
)
def test_what_the_bot_says(text: str, expected: BotMessage | None) -> None:
    assert read(text) == expected


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "not JSON"),
        ("[" * 100_000, "not JSON"),
        ("9" * 10_000, "not JSON"),
        ("[]", "no event"),
        ('{"event":1}', "no event"),
        ('{"event":"clear","streamSid":7}', "streamSid"),
        ('{"event":"media"}', "no media.payload"),
        ('{"event":"media","media":"/wA="}', "no media.payload"),
        ('{"event":"media","media":{"payload":1}}', "no media.payload"),
        ('{"event":"media","media":{"payload":"/wA"}}', "not base64"),
        ('{"event":"media","media":{"payload":"/w A="}}', "not base64"),
        ('{"event":"media","media":{"payload":"é"}}', "not base64"),
        ('{"event":"mark","mark":{}}', "no mark.name"),
    ],
)
def test_rubbish_is_refused(text: str, reason: str) -> None:
    with pytest.raises(ParseError, match=reason) as refused:
        read(text)
    assert refused.value.status == 0


def test_a_text_has_a_limit() -> None:
    def clear(size: int) -> str:
        return '{"event":"clear"}'.ljust(size)

    assert read(clear(MAX_TEXT)) == Clear()
    with pytest.raises(ParseError, match="too long"):
        read(clear(MAX_TEXT + 1))


def test_a_mark_has_a_limit() -> None:
    def mark(size: int) -> str:
        return json.dumps({"event": "mark", "mark": {"name": "m" * size}})

    assert read(mark(MAX_NAME)) == Mark(name="m" * MAX_NAME)
    with pytest.raises(ParseError, match="too long"):
        read(mark(MAX_NAME + 1))


def test_the_signature_is_an_hmac_of_the_url() -> None:
    """Checked against `printf %s wss://bot.example/s | openssl dgst -sha1 -hmac key -binary | base64`."""
    assert messages.signature("wss://bot.example/s", Secret("key")) == "Wvm1nyT8YYonuYCxEr2zRbZl0bU="
    assert len(base64.b64decode(messages.signature("", Secret("")))) == 20
