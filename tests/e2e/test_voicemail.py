"""A message: nobody takes the call, the caller speaks after the tone, and only a key makes it audible."""

import asyncio
from dataclasses import dataclass
from pathlib import Path

import pytest
import pytest_asyncio
import yaml

from pbx.core.secret import Secret
from pbx.media import g711
from pbx.services.voicemail import THANKS
from pbx.testphone import checks, signal
from pbx.testphone.call import PhoneCall
from tests.e2e import fault_helpers as helpers
from tests.e2e.callers import LIKENESS, SENTENCES_S, prompt
from tests.e2e.running import RunningPbx, free_port, running
from tests.e2e.softphones.watcher import watching

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.requirement("VM-01")]

GREETING = "All our agents are busy. Please leave a message after the tone."
BUSY_HERE = 486
MESSAGE_S = 1.0
TONE_OVER_MS = 300
GREETING_HZ = 700.0  # said before the tone: it is nobody's business
PIECE = 40  # octets of sound, 5 ms: long enough to be in a file by no accident
WAITING = "Voice-Message: {}/0 (0/0)"
FLOW = {
    "flow": "short",
    "start": "agent",
    "steps": {
        "agent": {"ring": "extension/1001", "for": "2s", "no_answer": "message", "busy": "message"},
        "message": {"voicemail": "1002", "greeting": GREETING, "max_length": "1 min"},
    },
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Messages:
    """Two messages, left when all were busy and when nobody answered; all files when the PBX has ended."""

    lit_s: float  # from the second row in the store to the lamp
    left: helpers.Left
    sounds: tuple[bytes, ...]  # as WAV files, verified
    files: dict[str, bytes]


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def messages(tmp_path_factory: pytest.TempPathFactory) -> Messages:
    base: Path = tmp_path_factory.mktemp("voicemail")
    helpers.configure(base)
    (base / "config" / "acme" / "flows" / "short.yaml").write_text(yaml.safe_dump(FLOW, sort_keys=False))
    async with running(base, free_port()) as pbx:
        async with (
            helpers.phones(pbx) as (caller, agent),
            watching(pbx, "1002") as lamp,
        ):
            await lamp.says(f"messages {WAITING.format(0)}")
            calls = [await helpers.dial(caller) for _ in range(2)]
            ringing = [await agent.incoming(helpers.RINGS_S) for _ in calls]
            ringing[0].reject(BUSY_HERE)
            await asyncio.gather(_speak(pbx, calls[0], "#"), _speak(pbx, calls[1], ""))
            left = await helpers.settled(pbx, 2)
            stored_at = asyncio.get_running_loop().time()
            await lamp.says(f"messages {WAITING.format(2)}")
            lit_s = asyncio.get_running_loop().time() - stored_at
        sounds = [await helpers.wav_of(pbx, row) for row in left.recordings]
    files = [path for path in (base / "var").rglob("*") if path.is_file()]
    octets = {str(path.relative_to(base)): path.read_bytes() for path in files}
    return Messages(lit_s=lit_s, left=left, sounds=tuple(sounds), files=octets)


async def _speak(pbx: RunningPbx, call: PhoneCall, ended_with: str) -> None:
    """Wait for the tone, leave a message, and end it with a key or by hanging up."""
    call.talk(GREETING_HZ)
    greeting = prompt(pbx, GREETING)

    async def was_greeted() -> bool:
        return signal.contains_sentence(signal.samples(call.heard), greeting) > LIKENESS

    await helpers.until(was_greeted, "the greeting was not heard", SENTENCES_S)
    call.talk(0)
    await call.wait_quiet(TONE_OVER_MS)
    call.talk(helpers.CALLER_HZ)
    await asyncio.sleep(MESSAGE_S)
    call.talk(0)
    if not ended_with:
        call.hang_up()
        return
    since = len(call.heard)
    await call.send_digits(Secret(ended_with))
    assert await call.wait_ended(helpers.SETTLED_S) == "bye"
    assert signal.contains_sentence(signal.samples(call.heard[since:]), prompt(pbx, THANKS)) > checks.MIN_CLIP


async def test_both_messages_are_stored_and_in_the_call_records(messages: Messages) -> None:
    messages.left.assert_whole(2)
    assert {row.kind for row in messages.left.recordings} == {"voicemail"}
    rows = {(row.call, row.recording) for row in messages.left.recordings}
    assert {(call.call, call.recording) for call in messages.left.calls} == rows
    assert {call.recording_state for call in messages.left.calls} == {"recorded"}
    assert {call.ended_by for call in messages.left.calls} == {"caller", "system"}
    causes = [leg.cause for call in messages.left.calls for leg in call.legs if leg.role == "callee"]
    assert str(BUSY_HERE) in causes and len(causes) == 2


@pytest.mark.requirement("REG-07")
async def test_the_lamp_lights_within_a_second(messages: Messages) -> None:
    assert messages.lit_s < 1.0


async def test_a_message_is_what_was_said_after_the_tone(messages: Messages) -> None:
    for wav in messages.sounds:
        channels = checks.split(wav)
        assert channels is not None
        assert abs(signal.tone_s(channels.caller, helpers.CALLER_HZ) - MESSAGE_S) < 0.5
        assert signal.tone_s(channels.caller, GREETING_HZ) <= checks.MAX_STRAY_S


async def test_nothing_of_a_message_can_be_read_on_disk(messages: Messages) -> None:
    pieces = set()
    for wav in messages.sounds:
        channels = checks.split(wav)
        assert channels is not None
        middle = len(channels.caller) // 2
        pcm = channels.caller[middle : middle + PIECE].astype("<i2").tobytes()
        pieces |= {pcm, g711.encode(pcm, "PCMA"), g711.encode(pcm, "PCMU")}
    assert all(len(set(piece)) > 2 for piece in pieces)  # silence would be everywhere
    readable = [name for name, octets in messages.files.items() for piece in pieces if piece in octets]
    assert readable == []
    assert any(row.object_key in name for name in messages.files for row in messages.left.recordings)
