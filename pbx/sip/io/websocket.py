"""SIP over WebSocket (RFC 7118): each message of the subprotocol `sip` is one SIP message."""

import logging
from collections.abc import Sequence
from typing import cast

from websockets.frames import CloseCode, Frame, Opcode
from websockets.http11 import Request
from websockets.server import ServerProtocol
from websockets.typing import Origin, Subprotocol

from pbx.sip.framing import MAX_MESSAGE

KEEP_ALIVE, ALIVE = b"\r\n\r\n", b"\r\n"  # RFC 7118 §6 keeps the ping of RFC 5626
MALFORMED = b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"
_log = logging.getLogger("pbx.sip.websocket")
_log.setLevel(logging.CRITICAL)  # the library's own words are for its developers; refusals are ours to tell


class WebSocketFraming:
    """The server side of one WebSocket.

    `origins` are the web pages that may connect, None among them = clients that are no browser. Nothing is
    ever compressed: a bomb of a few octets would otherwise unpack to the limit of a message.
    """

    sends_pings = True
    rest = b""  # a broken frame is answered in WebSocket's own words

    def __init__(self, origins: Sequence[str | None]) -> None:
        self._protocol = ServerProtocol(
            origins=cast(Sequence[Origin | None], origins),
            extensions=None,
            subprotocols=[Subprotocol("sip")],
            max_size=MAX_MESSAGE,
            logger=_log,
        )
        self._message = bytearray()
        self._is_text = self._is_fragmented = False
        self._output = b""
        self.is_open = self.is_over = False
        self.refusal = ""

    @property
    def is_inside_message(self) -> bool:
        """Whether a frame or a message has begun and is not complete."""
        return self._is_fragmented or bool(self._protocol.reader.buffer)

    def receive(self, octets: bytes) -> list[bytes]:
        """Return the SIP messages completed by `octets`; mistakes of the peer end up in `is_over`."""
        if octets:
            self._protocol.receive_data(octets)
        messages: list[bytes] = []
        for event in self._protocol.events_received():
            if isinstance(event, Request):
                self._upgrade(event)
            elif isinstance(event, Frame) and not self.is_over:
                messages += self._take(event)
        self._collect()
        if not self.is_open and not self.refusal and self._protocol.handshake_exc is not None:
            self.refusal = "no WebSocket upgrade"
            self._output = self._output or MALFORMED
        return messages

    def send(self, message: bytes) -> None:
        """Put one SIP message into the output: text, unless its body is none."""
        if self.is_over:
            return
        try:
            message.decode()
            self._protocol.send_text(message)
        except UnicodeDecodeError:
            self._protocol.send_binary(message)
        self._collect()

    def ping(self) -> None:
        """Ask whether the peer is there; its pong, like anything from it, proves that it is."""
        self._protocol.send_ping(b"")
        self._collect()

    def take_output(self) -> bytes:
        """Return what is to be written, once."""
        octets, self._output = self._output, b""
        return octets

    def _upgrade(self, request: Request) -> None:
        response = self._protocol.accept(request)
        self._protocol.send_response(response)
        if response.status_code == 101:
            self.is_open = True
        else:
            origin = request.headers.get("Origin") if response.status_code == 403 else None
            self.refusal = f"WebSocket upgrade: {response.status_code} {response.reason_phrase}" + (
                f" for the origin {origin[:100]!r}" if origin else ""
            )

    def _take(self, frame: Frame) -> list[bytes]:
        if frame.opcode not in (Opcode.TEXT, Opcode.BINARY, Opcode.CONT):
            return []  # pings are answered by the library
        if frame.opcode is not Opcode.CONT:
            self._is_text = frame.opcode is Opcode.TEXT
        self._message += frame.data
        self._is_fragmented = not frame.fin
        if self._is_fragmented:
            return []
        message = bytes(self._message)
        self._message.clear()
        if self._is_text and not _is_utf8(message):
            self._protocol.fail(CloseCode.INVALID_DATA)
            return []
        if message == KEEP_ALIVE:
            self._protocol.send_text(ALIVE)
            return []
        return [message] if message.strip(b"\r\n") else []

    def _collect(self) -> None:
        for octets in self._protocol.data_to_send():
            self._output += octets
            self.is_over = self.is_over or not octets
        self.is_over = self.is_over or self._protocol.close_expected()


def _is_utf8(octets: bytes) -> bool:
    try:
        octets.decode()
    except UnicodeDecodeError:
        return False
    return True
