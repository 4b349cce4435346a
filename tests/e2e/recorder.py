"""A session recording server (RFC 7866) of the tests' own: SIP over TCP, a socket per stream."""

import asyncio
import re
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from xml.etree.ElementTree import Element, fromstring

import numpy as np

from pbx.media.codecs.table import find_codec
from pbx.media.rtp import parse
from pbx.sip.bodies import sdp_of
from pbx.sip.framing import frame_length
from pbx.sip.message import Request, parse_message
from pbx.sip.multipart import split
from pbx.sip.sdp import Media, parse_sdp
from pbx.siprec.metadata import NAMESPACE
from pbx.testphone.signal import Samples, samples

COPIED = ("Via", "From", "Call-ID", "CSeq")
WAIT_S = 20.0


class Stream:
    """What came for one label."""

    def __init__(self) -> None:
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(("127.0.0.1", 0))
        self.socket.setblocking(False)
        self.port: int = self.socket.getsockname()[1]
        self.payload = b""
        asyncio.get_running_loop().add_reader(self.socket, self._read)

    @property
    def heard(self) -> Samples:
        """The A-law as samples."""
        codec = find_codec("PCMA", 8000)
        assert codec is not None
        return samples(codec.decoder(8000).decode(self.payload)) if self.payload else np.zeros(0)

    def close(self) -> None:
        asyncio.get_running_loop().remove_reader(self.socket)
        self.socket.close()

    def _read(self) -> None:
        octets = self.socket.recv(2048)
        packet = parse(octets, len(octets))
        assert packet.payload_type == 8
        self.payload += octets[packet.start : packet.end]


class Recorder:
    """Takes every stream; `documents` is the metadata in the order it came, `offers` the descriptions."""

    def __init__(self) -> None:
        self.streams: dict[str, Stream] = {}
        self.documents: list[Element] = []
        self.offers: list[tuple[Media, ...]] = []
        self.methods: list[str] = []
        self.port = 0
        self._news = asyncio.Condition()
        self._server: asyncio.Server | None = None
        self._writer: asyncio.StreamWriter | None = None
        self._invite: Request | None = None

    async def start(self) -> None:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]

    async def die(self) -> None:
        """Listen no more, and say nothing of it."""
        assert self._server is not None
        self._server.close()
        if self._writer is not None:
            self._writer.close()
        while self.streams:
            self.streams.popitem()[1].close()

    async def until(self, method: str, n: int = 1) -> None:
        """Return when so many requests of a method have come."""
        async with asyncio.timeout(WAIT_S), self._news:
            await self._news.wait_for(lambda: self.methods.count(method) >= n)

    async def told(self, aor: str) -> None:
        """Return when the last document names a participant."""
        async with asyncio.timeout(WAIT_S), self._news:
            await self._news.wait_for(lambda: bool(self.documents) and aor in self.aors())

    def ask(self) -> None:
        """Ask for the metadata again (RFC 7866 §9.2)."""
        assert self._invite is not None and self._writer is not None
        invite = self._invite
        contact = invite.contacts[0].uri
        head = (
            f"UPDATE {contact} SIP/2.0\r\nVia: SIP/2.0/TCP 127.0.0.1:{self.port};branch=z9hG4bKask\r\n"
            f"From: {invite.headers.get('To')};tag=srs\r\nTo: {invite.headers.get('From')}\r\n"
            f"Call-ID: {invite.call_id}\r\nCSeq: 1 UPDATE\r\nMax-Forwards: 70\r\n{self._contact}"
            "Content-Type: application/rs-metadata-request\r\nContent-Disposition: recording-session\r\n"
            "Content-Length: 6\r\n\r\nplease"
        )
        self._writer.write(head.encode())

    def texts(self, tag: str, index: int = -1) -> list[str]:
        """The texts of all elements of a name in one document."""
        return [one.text or "" for one in self.documents[index].iter(f"{{{NAMESPACE}}}{tag}")]

    def sessions(self, index: int = -1) -> set[str]:
        """The communication sessions that one document speaks of."""
        return {one.attrib["session_id"] for one in _all(self.documents[index], "session")}

    def aors(self, index: int = -1) -> dict[str, str]:
        """The label of each participant's stream, by address of record."""
        top = self.documents[index]
        streams = {one.attrib["stream_id"]: _text(one, "label") for one in _all(top, "stream")}
        sends = {
            one.attrib["participant_id"]: _text(one, "send") for one in _all(top, "participantstreamassoc")
        }
        return {
            one[0].attrib["aor"]: streams.get(sends.get(one.attrib["participant_id"], ""), "")
            for one in _all(top, "participant")
        }

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writer, buffer = writer, b""
        while data := await reader.read(65536):
            buffer += data
            while (length := frame_length(buffer.lstrip(b"\r\n"))) is not None:
                buffer = buffer.lstrip(b"\r\n")
                message = parse_message(buffer[:length])
                buffer = buffer[length:]
                if isinstance(message, Request):
                    await self._take(message, writer)

    async def _take(self, request: Request, writer: asyncio.StreamWriter) -> None:
        if request.method == "INVITE":
            assert "+sip.src" in (request.headers.get("Contact") or "")
            assert "siprec" in (request.headers.get("Require") or "")
            self._invite = self._invite or request
            self._keep(request)
            writer.write(self._ok(request, self._answer(sdp_of(request) or b"")))
        elif request.method != "ACK":
            writer.write(self._ok(request, b""))
        async with self._news:
            self.methods.append(request.method)
            self._news.notify_all()

    def _keep(self, request: Request) -> None:
        if request.content_type != "multipart/mixed":
            return
        for part in split(request.headers.get("Content-Type") or "", request.body):
            if part.content_type == "application/rs-metadata+xml":
                assert part.disposition == "recording-session"
                self.documents.append(fromstring(part.body))

    @property
    def _contact(self) -> str:
        return f"Contact: <sip:srs@127.0.0.1:{self.port};transport=tcp>;+sip.srs\r\n"

    def _ok(self, request: Request, body: bytes) -> bytes:
        head = "SIP/2.0 200 OK\r\n"
        head += "".join(f"{name}: {value}\r\n" for name, value in request.headers if name in COPIED)
        to = request.headers.get("To") or ""
        head += f"To: {to if request.to.tag else to + ';tag=srs'}\r\n{self._contact}"
        head += "Allow: INVITE, ACK, BYE, UPDATE\r\n"
        kind = "Content-Type: application/sdp\r\n" if body else ""
        return f"{head}{kind}Content-Length: {len(body)}\r\n\r\n".encode() + body

    def _answer(self, offer: bytes) -> bytes:
        media = parse_sdp(offer).media
        self.offers.append(media)
        lines = "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n"
        for one in media:
            label = next(iter(one.values("label")), "")
            if one.port and label not in self.streams:
                self.streams[label] = Stream()
            port = self.streams[label].port if one.port else 0
            way = "inactive" if one.direction == "inactive" else "recvonly"
            lines += f"m=audio {port} RTP/AVP 8\r\na={way}\r\na=label:{label}\r\n"
        return re.sub("a=label:\r\n", "", lines).encode()


def _all(top: Element, tag: str) -> list[Element]:
    return top.findall(f"{{{NAMESPACE}}}{tag}")


def _text(element: Element, tag: str) -> str:
    return element.findtext(f"{{{NAMESPACE}}}{tag}") or ""


@asynccontextmanager
async def recording() -> AsyncIterator[Recorder]:
    """A recorder that listens."""
    recorder = Recorder()
    await recorder.start()
    try:
        yield recorder
    finally:
        await recorder.die()
