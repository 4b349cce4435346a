"""A telephone whose SIP is our test phone's, and whose descriptions and audio are written by the test."""

import asyncio
import itertools
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from typing import TypeVar

from pbx.core.address import Address
from pbx.core.audio import AudioFormat, Encoding
from pbx.core.ids import LegId, hex_id
from pbx.core.io.entropy import SystemIds
from pbx.core.srtp import Suite
from pbx.media.srtp import SrtpSession
from pbx.sip.crypto_attribute import new_crypto, offered_crypto, sdes_keys
from pbx.sip.effects import AcceptReinvite, Answer, HangUp, PlaceCall, Reinvite, SipEffect
from pbx.sip.events import CallOffered, LegAnswered, LegConfirmed, ReinviteAnswered, ReinviteOffered, SipEvent
from pbx.sip.rtp_codecs import codec_names
from pbx.sip.sdp import parse_sdp
from pbx.testphone.phone import Phone
from tests.e2e.running import RunningPbx
from tests.integration.media_parties import Party
from tests.integration.voices import RATE, Heard, compare, listen, speech_like, talk

EVENT_S = 10.0
VOICE_S, LATE_S = 1.0, 0.4
NOBODY = LegId("")
CLOCKS: dict[Encoding, int] = {"PCMU": 8000, "PCMA": 8000, "G722": 8000, "opus": 48000}
MAPS: dict[Encoding, str] = {
    "PCMU": "PCMU/8000",
    "PCMA": "PCMA/8000",
    "G722": "G722/8000",
    "opus": "opus/48000/2",
}
_SSRCS = itertools.count(0xB000)
EventT = TypeVar("EventT", bound=SipEvent)
Numbers = dict[Encoding, int]


@dataclass(frozen=True, slots=True)
class Codec:
    """One codec with the payload types that we hear and speak it by; they differ where both sides may."""

    hears: AudioFormat
    speaks: AudioFormat


def audio_format(encoding: Encoding, number: int) -> AudioFormat:
    """Return a codec under a number."""
    return AudioFormat(encoding=encoding, payload_type=number, clock_rate=CLOCKS[encoding])


class BarePhone(Phone):
    """Tells each event of its calls to who waits for it."""

    def __init__(self, pbx: RunningPbx, extension: str) -> None:
        super().__init__(
            Address("127.0.0.1", 0),
            user=extension,
            domain="acme.example",
            server=pbx.server,
            password=pbx.secret(extension),
        )
        self._told: list[SipEvent] = []
        self._news = asyncio.Event()

    def order(self, effect: SipEffect) -> None:
        """Do something."""
        self._order(effect)

    def place(self, number: str, offer: bytes) -> LegId:
        """Call with this description."""
        leg, uri = LegId(hex_id(self._ids, 8)), f"sip:{number}@{self._domain}"
        call = PlaceCall(
            leg=leg,
            target=uri,
            to=uri,
            from_uri=self._uri,
            from_display="",
            remote=self._server,
            offer=offer,
            credentials=self._credentials,
        )
        self.order(call)
        return leg

    async def told(self, kind: type[EventT], leg: LegId | None = None) -> EventT:
        """Return the next event of this kind, of any leg without `leg`."""
        async with asyncio.timeout(EVENT_S):
            while True:
                for event in self._told:
                    if isinstance(event, kind) and leg in (None, getattr(event, "leg", None)):
                        self._told.remove(event)
                        return event
                self._news.clear()
                await self._news.wait()

    def _of_call(self, event: SipEvent) -> None:
        self._told.append(event)
        self._news.set()

    def _offered(self, event: CallOffered) -> None:
        self._of_call(event)


class BareParty(Party):
    """The socket of one call's audio, in the clear until there are keys."""

    keys: SrtpSession | None = None

    def __init__(self) -> None:
        super().__init__(next(_SSRCS))
        self.seq = 0  # RFC 3711 §3.3.1: who begins at the end of the numbers could lose count

    def put(self, octets: bytes) -> None:
        """Send a packet as it was agreed."""
        super().put(octets if self.keys is None else self.keys.protect(octets))

    async def take(self) -> bytes:
        """Return the next packet; `Refused` when it is not protected as it was agreed."""
        octets = await super().take()
        return octets if self.keys is None else self.keys.unprotect(octets)


class BareCall:
    """One leg of a bare phone; with a suite its audio is encrypted by SDES and by nothing else."""

    def __init__(self, phone: BarePhone, leg: LegId = NOBODY, suite: Suite | None = None) -> None:
        self.phone, self.leg, self.suite = phone, leg, suite
        self.party = BareParty()
        self.codec: Codec | None = None
        self._crypto = None if suite is None else new_crypto(1, suite, SystemIds())
        self._version = 0

    def description(self, numbers: Numbers) -> bytes:
        """Return our next description with these codecs, best first."""
        self._version += 1
        crypto, party = self._crypto, self.party
        protocol = "RTP/AVP" if crypto is None else "RTP/SAVP"
        lines = [
            "v=0",
            f"o=- {party.port} {self._version} IN IP4 127.0.0.1",
            "s=-",
            "c=IN IP4 127.0.0.1",
            "t=0 0",
            f"m=audio {party.port} {protocol} {' '.join(map(str, numbers.values()))}",
            *(f"a=rtpmap:{number} {MAPS[name]}" for name, number in numbers.items()),
            *([] if crypto is None else [f"a=crypto:{crypto.format()}"]),
            "",
        ]
        return "\r\n".join(lines).encode()

    async def change(self, encoding: Encoding, number: int) -> None:
        """Offer another codec, and speak and hear it once that is accepted."""
        self.phone.order(Reinvite(leg=self.leg, offer=self.description({encoding: number})))
        self.take((await self.phone.told(ReinviteAnswered, self.leg)).answer, {encoding: number})

    def take(self, theirs: bytes | None, ours: Numbers) -> None:
        """Speak from now on what a description of the PBX says first of ours, by its number."""
        assert theirs is not None
        description = parse_sdp(theirs)
        (media,) = description.media
        number, encoding = next(
            (int(n), one) for n, name in codec_names(media).items() for one in ours if one == name
        )
        self.codec = Codec(audio_format(encoding, ours[encoding]), audio_format(encoding, number))
        self.party.to = (description.host_of(media), media.port)
        if self._crypto is not None:
            line = next(one for one in offered_crypto(media) if one.suite == self.suite)
            self._crypto = replace(self._crypto, tag=line.tag)
            self.party.keys = SrtpSession.of(sdes_keys(self._crypto, line))

    async def answered(self, numbers: Numbers) -> None:
        """Wait until the call that we placed is answered."""
        self.take((await self.phone.told(LegAnswered, self.leg)).answer, numbers)

    def hang_up(self) -> None:
        """End the call and close the socket."""
        self.phone.order(HangUp(leg=self.leg))
        self.party.socket.close()


def called(phone: BarePhone, number: str, numbers: Numbers, suite: Suite | None = None) -> BareCall:
    """Dial; BareCall.answered waits for the answer."""
    call = BareCall(phone, suite=suite)
    call.leg = phone.place(number, call.description(numbers))
    return call


async def picked_up(phone: BarePhone, numbers: Numbers, suite: Suite | None = None) -> BareCall:
    """Answer the next call that comes."""
    coming = await phone.told(CallOffered)
    call = BareCall(phone, coming.leg, suite)
    call.take(coming.offer, numbers)
    phone.order(Answer(leg=call.leg, answer=call.description(numbers)))
    await phone.told(LegConfirmed, call.leg)
    return call


@asynccontextmanager
async def bare(pbx: RunningPbx, extension: str) -> AsyncIterator[BarePhone]:
    """A telephone that is registered while the block runs."""
    phone = BarePhone(pbx, extension)
    await phone.start()
    try:
        await phone.register()
        yield phone
    finally:
        await phone.close()


async def keep(call: BareCall, numbers: Numbers) -> None:
    """Answer every offer of the PBX with the same codec, until this task is ended."""
    while True:
        try:
            offered = await call.phone.told(ReinviteOffered, call.leg)
        except TimeoutError:
            continue
        call.take(offered.offer, numbers)
        call.phone.order(AcceptReinvite(leg=call.leg, answer=call.description(numbers)))


async def _said(call: BareCall, pcm: bytes) -> bytes:
    """Speak, and return what is heard meanwhile."""
    assert call.codec is not None
    hearing = asyncio.create_task(listen(call.party, call.codec.hears, len(pcm) / 2 / RATE + LATE_S))
    await talk(call.party, call.codec.speaks, pcm)
    return (await hearing)[0]


async def both_heard(one: BareCall, other: BareCall) -> tuple[Heard, Heard]:
    """Let both speak for a second at once; what became of the one's voice, and of the other's."""
    voices = speech_like(one.party.ssrc, VOICE_S), speech_like(other.party.ssrc, VOICE_S)
    one.party.drain()
    other.party.drain()
    heard = await asyncio.gather(_said(one, voices[0]), _said(other, voices[1]))
    return compare(voices[0], heard[1]), compare(voices[1], heard[0])
