"""PhoneCall: one call of a test phone, in either direction."""

import asyncio
from collections.abc import Callable
from typing import TypeVar

from pbx.core.address import Address
from pbx.core.errors import ParseError, PeerViolation
from pbx.core.ids import LegId
from pbx.core.secret import Secret
from pbx.sip.effects import (
    AcceptReinvite,
    Answer,
    HangUp,
    Refer,
    RefuseReinvite,
    RefuseTransfer,
    Reinvite,
    Reject,
    SipEffect,
)
from pbx.sip.events import (
    CallOffered,
    LegAnswered,
    LegConfirmed,
    LegEnded,
    LegRejected,
    LegRinging,
    ReinviteAnswered,
    ReinviteOffered,
    SipEvent,
    TransferReported,
    TransferRequested,
)
from pbx.sip.negotiation import Negotiation
from pbx.testphone.audio import PhoneAudio

NOT_ACCEPTABLE = 488
OK = 200
DECLINE = 603
Order = Callable[[SipEffect], None]
ResultT = TypeVar("ResultT")


class PhoneCall:
    """What a person with a telephone can do with one call, and what he hears and sees.

    Waiting methods raise TimeoutError; those that need the other side ConnectionError after its end.
    """

    def __init__(
        self, leg: LegId, order: Order, audio: PhoneAudio, offered: CallOffered | None = None
    ) -> None:
        loop = asyncio.get_running_loop()
        self.leg = leg
        self.offered = offered
        self.negotiation = Negotiation((audio.bound.host, audio.bound.port), audio.bound.port)
        self.ringing = asyncio.Event()
        self._order = order
        self._audio = audio
        self._transfer_told: asyncio.Queue[int] = asyncio.Queue()
        self._settled: asyncio.Future[int] = loop.create_future()
        self._ended: asyncio.Future[str] = loop.create_future()

    @property
    def heard(self) -> bytearray:
        """PCM16 at 8 kHz of everything heard so far."""
        return self._audio.heard

    @property
    def digits_heard(self) -> Secret[str]:
        """The keys that the other side pressed."""
        return self._audio.digits_heard

    @property
    def receives_at(self) -> Address:
        """Where our audio is to come."""
        return self._audio.bound

    @property
    def sends_to(self) -> Address | None:
        """Where our audio goes, None before anything is agreed."""
        return self._audio.destination

    @property
    def remote_display(self) -> str:
        """The display name of the From of a call that came in."""
        return self.offered.from_display if self.offered is not None else ""

    @property
    def confirmed(self) -> bool:
        """Whether the call was answered and is not over."""
        return self._settled.done() and self._settled.result() == OK and not self._ended.done()

    def answer(self) -> None:
        """Accept a call that came in; ParseError or PeerViolation when its offer is not for us."""
        if self.offered is None or self.offered.offer is None:
            self.reject(NOT_ACCEPTABLE)
            return
        description, agreed = self.negotiation.answer(self.offered.offer)
        self._audio.connect(agreed)
        self._order(Answer(leg=self.leg, answer=description))

    def reject(self, status: int) -> None:
        """Refuse a call that came in."""
        self._order(Reject(leg=self.leg, status=status))
        self._finish(status, "rejected")

    def hang_up(self) -> None:
        """End the call in whatever state it is."""
        self._order(HangUp(leg=self.leg))

    def hold(self, on: bool = True) -> None:
        """Put the other side on hold, or go on with it (RFC 3264 §8.4)."""
        offer = self.negotiation.offer("sendonly" if on else "sendrecv")
        self._order(Reinvite(leg=self.leg, offer=offer))

    def transfer(self, target: str, replaced: "PhoneCall | None" = None) -> None:
        """Ask the other side to call a URI, attended: in place of our other call."""
        self._order(Refer(leg=self.leg, target=target, replaced=replaced.leg if replaced else None))

    async def wait_transferred(self, timeout_s: float) -> int:
        """Return the outcome of `transfer` as the other side told it."""
        async with asyncio.timeout(timeout_s):
            while (status := await self._transfer_told.get()) < OK:
                pass
        return status

    def talk(self, freq_hz: float) -> None:
        """Say one tone from now on; 0 = be silent."""
        self._audio.talk(freq_hz)

    async def say(self, pcm: bytes) -> None:
        """Say PCM16 of 8 kHz in place of the tone; return when it was said."""
        await self._audio.say(pcm)

    def begin(self, pcm: bytes) -> None:
        """Say PCM16 of 8 kHz from now on, in place of what is being said."""
        self._audio.begin(pcm)

    async def key(self, timeout_s: float) -> str:
        """Return the next key that the other side presses."""
        return await self._audio.key(timeout_s)

    async def send_digits(self, digits: Secret[str]) -> None:
        """Press keys (RFC 4733) and return when the last one was released."""
        await self._audio.type(digits)

    async def wait_answered(self, timeout_s: float) -> int:
        """Return 200 once the call is answered (ACK included), else the status of the refusal."""
        return await _wait(self._settled, timeout_s)

    async def wait_ended(self, timeout_s: float) -> str:
        """Return how the call ended: bye, cancel, rejected, timeout ..."""
        return await _wait(self._ended, timeout_s)

    async def wait_quiet(self, silence_ms: int = 700, timeout_s: float = 30.0) -> None:
        """Return when the other side was heard and then was silent for `silence_ms`."""
        await self._audio.wait_quiet(silence_ms / 1000, timeout_s)

    def forget_heard(self) -> None:
        """The next `wait_quiet` wants to hear something new first; `heard` is kept."""
        self._audio.forget_heard()

    def handle(self, event: SipEvent) -> None:
        """Take a fact about this call's leg."""
        match event:
            case LegRinging():
                self.ringing.set()
                self._connect(event.answer)
            case LegAnswered():
                self._connect(event.answer)
                self._settle(OK)
            case LegConfirmed():
                self._settle(OK)
            case LegRejected():
                self._finish(event.status, "rejected")
            case LegEnded():
                self._finish(487, event.how)
            case ReinviteAnswered():
                self._connect(event.answer)
            case ReinviteOffered():
                self._reinvited(event)
            case TransferRequested():
                self._order(RefuseTransfer(leg=self.leg, status=DECLINE))
            case TransferReported():
                self._transfer_told.put_nowait(event.status)
            case _:
                return

    def close(self) -> None:
        """Release the socket and everybody who waits."""
        self._finish(487, "closed")

    def _connect(self, answer: bytes | None) -> None:
        if answer is None:
            return
        try:
            self._audio.connect(self.negotiation.accept(answer))
        except (ParseError, PeerViolation):
            self.hang_up()

    def _reinvited(self, event: ReinviteOffered) -> None:
        if event.offer is None:
            self._order(RefuseReinvite(leg=self.leg, status=NOT_ACCEPTABLE))
            return
        try:
            description, agreed = self.negotiation.answer(event.offer)
        except (ParseError, PeerViolation) as error:
            self._order(RefuseReinvite(leg=self.leg, status=error.status))
            return
        self._audio.connect(agreed)
        self._order(AcceptReinvite(leg=self.leg, answer=description))

    def _settle(self, status: int) -> None:
        if not self._settled.done():
            self._settled.set_result(status)

    def _finish(self, status: int, how: str) -> None:
        self._settle(status)
        if not self._ended.done():
            self._ended.set_result(how)
        self._audio.close()


async def _wait(future: "asyncio.Future[ResultT]", timeout_s: float) -> ResultT:
    """Wait without ending the future when the time is over: others may wait for it too."""
    return await asyncio.wait_for(asyncio.shield(future), timeout_s)
