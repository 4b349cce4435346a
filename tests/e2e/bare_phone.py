"""A telephone whose SIP is our test phone's, and whose descriptions and audio are written by the test."""

import asyncio
import itertools
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TypeVar

from pbx.core.address import Address
from pbx.core.audio import AudioFormat, Encoding
from pbx.core.ids import LegId, hex_id
from pbx.sip.effects import AcceptReinvite, Answer, HangUp, PlaceCall, Reinvite, SipEffect
from pbx.sip.events import CallOffered, LegAnswered, LegConfirmed, ReinviteAnswered, ReinviteOffered, SipEvent
from pbx.sip.rtp_codecs import codec_names
from pbx.sip.sdp import Media, parse_sdp
from pbx.testphone.phone import Phone
from tests.e2e.running import RunningPbx
from tests.integration.media_parties import Party

EVENT_S = 10.0
CLOCKS: dict[Encoding, int] = {"PCMU": 8000, "PCMA": 8000, "G722": 8000, "opus": 48000}
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


class BareCall:
    """One leg of a bare phone and the socket of its audio."""

    def __init__(self, phone: BarePhone, leg: LegId, party: Party) -> None:
        self.phone, self.leg, self.party = phone, leg, party
        self._version = 1
        self.codec: Codec | None = None

    def description(self, numbers: Numbers, *, protocol: str = "RTP/AVP", crypto: str = "") -> bytes:
        """Return our next description with these codecs, best first."""
        self._version += 1
        return described(self.party, numbers, self._version, protocol=protocol, crypto=crypto)

    async def change(self, encoding: Encoding, number: int) -> None:
        """Offer another codec, and speak and hear it once that is accepted."""
        self.phone.order(Reinvite(leg=self.leg, offer=self.description({encoding: number})))
        answered = await self.phone.told(ReinviteAnswered, self.leg)
        assert answered.answer is not None
        self.take(answered.answer, {encoding: number})

    def take(self, theirs: bytes, ours: Numbers) -> Media:
        """Speak from now on what a description of the PBX says first of ours, by its number."""
        description = parse_sdp(theirs)
        (media,) = description.media
        number, encoding = next(
            (int(n), one) for n, name in codec_names(media).items() for one in ours if one == name
        )
        self.codec = Codec(audio_format(encoding, ours[encoding]), audio_format(encoding, number))
        self.party.to = (description.host_of(media), media.port)
        return media

    def hang_up(self) -> None:
        """End the call and close the socket."""
        self.phone.order(HangUp(leg=self.leg))
        self.party.socket.close()


def described(
    party: Party, numbers: Numbers, version: int = 1, *, protocol: str = "RTP/AVP", crypto: str = ""
) -> bytes:
    """Return a description of a socket."""
    maps = [
        f"a=rtpmap:{number} {name}/{CLOCKS[name]}{'/2' if name == 'opus' else ''}"
        for name, number in numbers.items()
    ]
    lines = [
        "v=0",
        f"o=- {party.port} {version} IN IP4 127.0.0.1",
        "s=-",
        "c=IN IP4 127.0.0.1",
        "t=0 0",
        f"m=audio {party.port} {protocol} {' '.join(map(str, numbers.values()))}",
        *maps,
        *([f"a=crypto:{crypto}"] if crypto else []),
        "",
    ]
    return "\r\n".join(lines).encode()


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


async def connected(
    caller: BarePhone, called: BarePhone, number: str, codecs: tuple[Numbers, Numbers]
) -> tuple[BareCall, BareCall]:
    """Let one call the other in the clear; each with its own codecs."""
    party = Party(next(_SSRCS))
    leg = caller.place(number, described(party, codecs[0]))
    one = BareCall(caller, leg, party)
    coming = await called.told(CallOffered)
    assert coming.offer is not None
    other = BareCall(called, coming.leg, Party(next(_SSRCS)))
    other.take(coming.offer, codecs[1])
    called.order(Answer(leg=other.leg, answer=other.description(codecs[1])))
    answered = await caller.told(LegAnswered, leg)
    assert answered.answer is not None
    one.take(answered.answer, codecs[0])
    await called.told(LegConfirmed, other.leg)
    return one, other


async def keep(call: BareCall, numbers: Numbers) -> None:
    """Answer every offer of the PBX with the same codec, until this task is ended."""
    while True:
        try:
            offered = await call.phone.told(ReinviteOffered, call.leg)
        except TimeoutError:
            continue
        assert offered.offer is not None
        call.take(offered.offer, numbers)
        call.phone.order(AcceptReinvite(leg=call.leg, answer=call.description(numbers)))
