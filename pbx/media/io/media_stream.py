"""The WebSocket of one media stream: connects to the bot, carries texts both ways."""

import asyncio
import logging
import socket
import ssl
from collections import deque
from collections.abc import Callable, Sequence
from functools import cache
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidStatus, InvalidURI
from websockets.frames import CloseCode

from pbx.core.ids import CallId, LegId
from pbx.core.io.clock import monotonic
from pbx.media.effects import OpenStream
from pbx.media.events import StreamEnd
from pbx.media.io.recordings import Tapped
from pbx.media.io.tap import Tap
from pbx.media.stream_messages import MAX_TEXT, StreamStart, signature
from pbx.media.stream_session import GiveUp, Read, StreamEffect, StreamSession, Tell
from pbx.media.stream_url import is_private

RATE = 8000
CONNECT_S = 5.0  # DNS, TCP, TLS and handshake; the caller hears silence meanwhile
STALL_S = 20.0  # nothing of ours was taken for so long: the bot is gone
FAREWELL_S = 2.0  # for what is unsent and the closing handshake
MAX_UNSENT = 250  # texts, 5 s of audio; then the oldest audio is dropped
MAX_UNSENT_OTHERS = 2500  # marks and digits are not dropped; no bot has so many marks in a full buffer
SEND_BUFFER = 32_768  # octets, some seconds; what waits in the kernel is old and cannot be dropped
RECEIVE_BUFFER = 131_072  # octets, 12 s; a bot that has to wait keeps the rest itself
MAX_UNREAD = 4  # messages that the library reads ahead
_SILENCE = bytes(RATE // 50 * 2)
_log = logging.getLogger(__name__)
# Below WARNING the library writes URLs and headers, which may hold a token.
_quiet = logging.getLogger(f"{__name__}.protocol")
_quiet.setLevel(logging.WARNING)

_NOT_CONNECTED: tuple[tuple[type[Exception], StreamEnd], ...] = (
    (ssl.SSLCertVerificationError, "certificate"),
    (TimeoutError, "timed_out"),
    (InvalidStatus, "refused"),
    (InvalidHandshake, "unreachable"),
    (InvalidURI, "unreachable"),
    (OSError, "unreachable"),
)
# What we close with when the bot's frames are wrong, RFC 6455 §7.4.1.
_OFFENCES = {CloseCode.PROTOCOL_ERROR, CloseCode.INVALID_DATA, CloseCode.MESSAGE_TOO_BIG}


class StreamHooks(NamedTuple):
    """`started` when the bot was told of the call; `ended` once, whatever happens."""

    started: Callable[["MediaStream"], None]
    ended: Callable[["MediaStream", StreamEnd], None]


class _Straight(connect):
    """Follows no redirect: the admin has named the host that may hear the caller."""

    def process_redirect(self, exc: Exception) -> Exception | str:
        return exc


class MediaStream:
    """Deciding is left to StreamSession. The party is given silence while the bot has nothing to say."""

    def __init__(self, order: OpenStream, call: CallId, hooks: StreamHooks) -> None:
        self.leg, self.stream = order.leg, order.stream
        about = StreamStart(
            stream=order.stream, call=call, account=order.account, parameters=dict(order.parameters)
        )
        self._order, self._hooks = order, hooks
        self._session = StreamSession(about)
        self._socket: ClientConnection | None = None
        self._unsent: deque[Tell] = deque()
        self._wake, self._reading = asyncio.Event(), asyncio.Event()
        self._reading.set()
        self._progress = 0.0
        self._over = False
        self.dropped = 0  # frames of the party that the bot did not take in time
        self.task = asyncio.ensure_future(self._run())

    @property
    def rubbish(self) -> int:
        """Messages of the bot that could not be read."""
        return self._session.rubbish

    sample_rate = RATE

    def hear(self, leg: LegId, pcm: bytes | None, now: float) -> None:
        """Give the bot 20 ms of the party at 8 kHz; None = what it may not hear."""
        if self._unsent and now - self._progress > STALL_S:
            self.end("stalled")
        self._perform(self._session.frame(pcm, now))

    def speak(self, leg: LegId, now: float) -> bytes:
        """Return the next 20 ms for the party at 8 kHz."""
        pcm, effects = self._session.pull()
        self._perform(effects)
        return _SILENCE if pcm is None else pcm

    def may_record(self, leg: LegId) -> bool:
        return True  # the bot speaks for us, as a prompt does

    def hearers(self, leg: LegId) -> tuple[Tap, ...]:
        return ()  # nothing is recorded of a bot

    @property
    def room(self) -> str:
        return ""

    def fellows(self, leg: LegId) -> tuple[Tapped, ...]:
        return ()

    def voices(self, leg: LegId) -> tuple[Tapped, ...]:
        return ()

    def press(self, leg: LegId, key: str) -> None:
        """Tell the bot of a key that it may know."""
        self._perform(self._session.digit(key))

    def end(self, reason: StreamEnd) -> None:
        """Nothing is heard or said from now on; what is unsent follows within `FAREWELL_S`."""
        if self._over:
            return
        self._over = True
        self._perform(self._session.stop())
        self._wake.set()
        self._reading.set()
        if self._socket is None:
            self.task.cancel()
        else:
            asyncio.get_running_loop().call_later(FAREWELL_S, self._socket.transport.abort)
        self._hooks.ended(self, reason)

    def _perform(self, effects: Sequence[StreamEffect]) -> None:
        for effect in effects:
            match effect:
                case Tell():
                    self._tell(effect)
                case Read(on=True):
                    self._reading.set()
                case Read():
                    self._reading.clear()
                case GiveUp():
                    self.end("protocol")

    def _tell(self, text: Tell) -> None:
        unsent = self._unsent
        if not unsent:
            self._progress = monotonic()
        if len(unsent) >= MAX_UNSENT:
            oldest = next((at for at, one in enumerate(unsent) if one.audio), None)
            if oldest is not None:
                del unsent[oldest]
                self.dropped += 1
            elif len(unsent) >= MAX_UNSENT_OTHERS:
                self.end("stalled")
                return
        unsent.append(text)
        self._wake.set()

    async def _run(self) -> None:
        try:
            opened = await self._connect()
            if isinstance(opened, ClientConnection):
                self._socket = opened
                await self._converse(opened)
            else:
                self.end(opened)
        except Exception:
            _log.exception("stream=%s leg=%s failed", self.stream, self.leg)
            self.end("failed")

    async def _connect(self) -> ClientConnection | StreamEnd:
        order, url = self._order, self._order.url.reveal()
        if not (order.plain or is_private(url)):
            return "insecure"
        headers = {} if order.secret is None else {"X-Twilio-Signature": signature(url, order.secret)}
        try:
            tls = await asyncio.to_thread(_tls) if urlsplit(url).scheme == "wss" else None
            opened = await _connecting(url, headers, tls)
        except Exception as error:
            reason = next((reason for kind, reason in _NOT_CONNECTED if isinstance(error, kind)), None)
            if reason is None:
                raise
            host = urlsplit(url).hostname
            _log.warning("stream=%s leg=%s bot at %s: %s", self.stream, self.leg, host, reason)
            return reason
        wire = opened.transport.get_extra_info("socket")
        wire.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BUFFER)
        wire.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVE_BUFFER)
        wire.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, int(STALL_S * 1000))
        return opened

    async def _converse(self, opened: ClientConnection) -> None:
        self._perform(self._session.begin(monotonic()))
        self._hooks.started(self)
        reader, writer = asyncio.ensure_future(self._read(opened)), asyncio.ensure_future(self._write(opened))
        try:
            await asyncio.wait((reader, writer), return_when=asyncio.FIRST_COMPLETED)
            if reader.done():
                self.end(reader.result())
            else:
                writer.result()
        finally:
            reader.cancel()
            writer.cancel()
            await opened.close()

    async def _read(self, opened: ClientConnection) -> StreamEnd:
        try:
            while True:
                await self._reading.wait()
                text = await opened.recv()
                # The format has no binary messages: counted as rubbish.
                self._perform(self._session.handle(text if isinstance(text, str) else ""))
        except ConnectionClosed as closed:
            if closed.sent is not None and closed.sent.code in _OFFENCES:
                return "protocol"
            is_proper = closed.rcvd is not None and closed.rcvd.code in (
                CloseCode.NORMAL_CLOSURE,
                CloseCode.GOING_AWAY,
                CloseCode.NO_STATUS_RCVD,
            )
            return "bot_closed" if is_proper else "lost"

    async def _write(self, opened: ClientConnection) -> None:
        """Return when all is said, or nobody listens; `_read` knows why."""
        unsent = self._unsent
        while True:
            while unsent:
                text = unsent.popleft()
                try:
                    await opened.send(text.text)
                except ConnectionClosed:
                    await asyncio.Future()  # `_read` ends, with the reason, after what the bot said last
                self._progress = monotonic()
            if self._over:
                return
            self._wake.clear()
            await self._wake.wait()


def _connecting(url: str, headers: dict[str, str], tls: ssl.SSLContext | None) -> connect:
    more: dict[str, Any] = {} if tls is None else {"ssl": tls}
    return _Straight(
        url,
        additional_headers=headers,
        user_agent_header=None,
        compression=None,  # audio does not shrink
        proxy=None,
        open_timeout=CONNECT_S,
        close_timeout=FAREWELL_S,
        # While we do not read, no pong is read either. A bot that is gone takes nothing of ours.
        ping_interval=None,
        max_size=MAX_TEXT,
        max_queue=MAX_UNREAD,
        write_limit=SEND_BUFFER // 4,
        logger=_quiet,
        **more,
    )


@cache
def _tls() -> ssl.SSLContext:
    """Verifies certificate and name; read once, as loading the authorities takes tens of milliseconds."""
    return ssl.create_default_context()
