"""Callers of the support line: what they say, type and hear, and what is kept of their calls."""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime

from pbx.call.record import CallRecord, ConsentRecord
from pbx.core.address import Address, Remote
from pbx.core.ids import hex_id
from pbx.core.secret import Secret
from pbx.recording.effects import FinishedRecording
from pbx.sip.events import EndpointInput, PacketReceived, SendPacket
from pbx.store.consents import ConsentStore
from pbx.store.database import Database
from pbx.testphone import checks, signal
from pbx.testphone.audio import AUDIBLE_RMS, rms
from pbx.testphone.call import PhoneCall
from pbx.testphone.evidence import recorded_prompt
from pbx.testphone.phone import Phone
from pbx.verify.prompts import TEXTS
from tests.e2e.fault_helpers import left, until, wav_of
from tests.e2e.running import RunningPbx

SUPPORT, LANGUAGE = "01632960100", "en-GB"
WELCOME, QUESTION = "Thank you for calling Acme.", TEXTS[LANGUAGE].ask
ANSWER_S, SENTENCES_S, SOUND_S = 10.0, 60.0, 10.0
SILENCE_MS = 1200  # longer than any pause inside a sentence, shorter than the wait for the first digit
LIKENESS = 0.9
FRAME_BYTES = 320  # 20 ms of PCM16 at 8 kHz
LINGER_BYTES = 16 * 300  # 300 ms of the sentence that a key stopped: it was on its way already
INFO_S = 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """The record of a finished call, its consents by party, its recording with sound, if any."""

    call: CallRecord
    consents: dict[str, ConsentRecord]
    recording: FinishedRecording | None
    sound: checks.Channels | None


class Caller(Phone):
    """A phone at the carrier that can also press keys by SIP INFO (RFC 6086)."""

    def __init__(self, server: Remote, number: str) -> None:
        super().__init__(Address("127.0.0.2", 0), user=number, domain="carrier.example", server=server)
        self._answer = ""
        self._info: dict[int, asyncio.Future[int]] = {}
        self._n_info = 0

    def _take(self, event: EndpointInput) -> None:
        if isinstance(event, PacketReceived):
            self._note(event.octets.decode("utf-8", "replace"))
        super()._take(event)

    def _note(self, message: str) -> None:
        status = re.match(r"SIP/2\.0 (\d+)", message)
        cseq = re.search(r"^CSeq:\s*(\d+) (INVITE|INFO)\s*$", message, re.MULTILINE)
        if status is None or cseq is None:
            return
        if cseq[2] == "INVITE" and status[1] == "200":
            self._answer = message
        elif (waiting := self._info.get(int(cseq[1]))) is not None and not waiting.done():
            waiting.set_result(int(status[1]))

    async def press(self, digits: Secret[str]) -> None:
        """Press keys by INFO, each once the one before was answered; then the other side must hang up."""
        for key in digits.reveal():
            assert await asyncio.wait_for(self._send_info(key), INFO_S) == 200

    def _send_info(self, key: str) -> "asyncio.Future[int]":
        def field(name: str) -> str:
            found = re.search(rf"^{name}:\s*(.+?)\s*$", self._answer, re.MULTILINE)
            assert found is not None, f"the answer has no {name}"
            return found[1]

        self._n_info += 1
        number = int(field("CSeq").split()[0]) + self._n_info
        target = re.sub(r".*<(.+?)>.*", r"\1", field("Contact"))
        body = f"Signal={key}\r\nDuration=160\r\n"
        lines = (
            f"INFO {target} SIP/2.0",
            f"Via: SIP/2.0/UDP {self.bound.host}:{self.bound.port};branch=z9hG4bK{hex_id(self._ids, 8)}",
            "Max-Forwards: 70",
            *(f"{name}: {field(name)}" for name in ("From", "To", "Call-ID")),
            f"CSeq: {number} INFO",
            "Content-Type: application/dtmf-relay",
            f"Content-Length: {len(body)}",
        )
        answered = self._info[number] = asyncio.get_running_loop().create_future()
        message = "\r\n".join((*lines, "", body)).encode()
        self._transports.send(SendPacket(octets=message, remote=self._server))
        return answered


@asynccontextmanager
async def agent_phone(pbx: RunningPbx) -> AsyncIterator[Phone]:
    """Alice's telephone, registered."""
    secret = pbx.secret("1001")
    phone = Phone(
        Address("127.0.0.1", 0), user="1001", domain="acme.example", server=pbx.server, password=secret
    )
    try:
        await phone.start()
        await phone.register()
        yield phone
    finally:
        await phone.close()


@asynccontextmanager
async def calling(pbx: RunningPbx, number: str) -> AsyncIterator[tuple[Caller, PhoneCall]]:
    """An answered call of `number` to the support line."""
    phone = Caller(pbx.server, number)
    try:
        await phone.start()
        call = await phone.call(SUPPORT)
        assert await call.wait_answered(ANSWER_S) == 200
        yield phone, call
    finally:
        await phone.close()


def prompt(pbx: RunningPbx, text: str) -> signal.Samples:
    """Return the recording of a sentence of the sample configuration."""
    clip = recorded_prompt(pbx.config.tenants["acme"].prompts, LANGUAGE, text)
    assert clip is not None, text
    return clip


async def hear(call: PhoneCall, clip: signal.Samples, since: int = 0) -> None:
    """Return when a sentence was heard to its end after octet `since`, and silence followed."""
    async with asyncio.timeout(SENTENCES_S):
        await call.wait_quiet(SILENCE_MS, SENTENCES_S)
        while signal.contains_sentence(signal.samples(call.heard[since:]), clip) < LIKENESS:
            call.forget_heard()
            await call.wait_quiet(SILENCE_MS, SENTENCES_S)


async def hear_seconds(call: PhoneCall, seconds: float) -> None:
    """Return in the first silence after so much sound; for sentences that the speech engine says."""
    async with asyncio.timeout(SENTENCES_S):
        await call.wait_quiet(SILENCE_MS, SENTENCES_S)
        while len(audible(call.heard)) * 0.02 < seconds:
            call.forget_heard()
            await call.wait_quiet(SILENCE_MS, SENTENCES_S)


def audible(pcm: bytes | bytearray) -> list[int]:
    """Return the numbers of the 20 ms frames that are not silent."""
    starts = range(0, len(pcm) - FRAME_BYTES + 1, FRAME_BYTES)
    frames = (bytes(pcm[start : start + FRAME_BYTES]) for start in starts)
    return [number for number, frame in enumerate(frames) if rms(frame) >= AUDIBLE_RMS]


async def next_sound(call: PhoneCall, since: int) -> None:
    """Return as soon as something new is heard after octet `since`."""

    async def is_heard() -> bool:
        return bool(audible(call.heard[since + LINGER_BYTES :]))

    await until(is_heard, "nothing was heard", SOUND_S)


async def fail_quickly(call: PhoneCall, wrong: Secret[str], times: int = 3) -> None:
    """Type a wrong date of birth into each question as soon as it begins."""
    for left_over in reversed(range(times)):
        await call.send_digits(wrong)
        if left_over:
            await next_sound(call, len(call.heard))


async def kept(pbx: RunningPbx, number: str, since: datetime, timeout_s: float = 20.0) -> Kept:
    """Return what is kept of the newest call of `number` once it is over and the recording is finished."""
    found: list[CallRecord] = []

    async def is_over() -> bool:
        calls = [one for one in (await left(pbx)).calls if one.caller_number == number]
        found[:] = [one for one in calls if one.offered_at >= since and one.ended_at is not None][:1]
        return bool(found) and found[0].recording_state not in ("starting", "recording")

    await until(is_over, f"no finished call of {number}", timeout_s)
    call = found[0]
    rows: list[FinishedRecording] = []

    async def is_finished() -> bool:
        rows[:] = [row for row in (await left(pbx)).recordings if row.call == call.call]
        return bool(rows) or call.recording_state != "recorded"

    await until(is_finished, f"the recording of {number} was not finished", timeout_s)
    row = rows[0] if rows else None
    sound = checks.split(await wav_of(pbx, row)) if row else None
    return Kept(call=call, consents=await _consents(pbx, call), recording=row, sound=sound)


async def _consents(pbx: RunningPbx, call: CallRecord) -> dict[str, ConsentRecord]:
    database = Database(pbx.places.database_url(pbx.config.pbx))
    try:
        stored = [await ConsentStore(database).get(name) for name in call.consents]
    finally:
        await database.close()
    return {one.proof.party: one for one in stored if one is not None}
