"""A client of rtpengine's ng protocol: UDP, a cookie, a space, a dictionary in bencoding."""

import asyncio
import re
import socket
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

LOOPBACK = "127.0.0.1"
TRIES, TRY_S = 100, 0.1
Value = str | list[str]
_PORT = re.compile(r"^m=audio (\d+) ", re.M)


class NgClient:
    """SystemExit when rtpengine is silent or refuses."""

    def __init__(self, sock: socket.socket) -> None:
        self._socket = sock
        self._cookie = 0

    @classmethod
    @asynccontextmanager
    async def listening(cls) -> "AsyncIterator[tuple[NgClient, int]]":
        """Yield a client and the free port that rtpengine should listen on for it."""
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
            probe.bind((LOOPBACK, 0))
            port = int(probe.getsockname()[1])
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
            sock.setblocking(False)
            sock.connect((LOOPBACK, port))
            yield cls(sock), port

    async def answers(self) -> None:
        """Wait until rtpengine listens."""
        await self._ask({"command": "ping"})

    async def bridge(self, call: str, a: int, b: int) -> tuple[int, int]:
        """Relay between two ports of ours; return where a, and where b, has to send."""
        offer = _PLAIN | {"command": "offer", "call-id": call, "from-tag": "a", "sdp": _sdp(a)}
        answer = offer | {"command": "answer", "to-tag": "b", "sdp": _sdp(b)}
        for_b = await self._ask(offer)
        for_a = await self._ask(answer)
        return _port(for_a), _port(for_b)

    async def _ask(self, request: Mapping[str, Value]) -> str:
        """Return the response in bencoding; a request is repeated with its cookie, as ng wants it."""
        self._cookie += 1
        cookie = str(self._cookie).encode()
        loop = asyncio.get_running_loop()
        for _ in range(TRIES):
            try:
                self._socket.send(cookie + b" " + _bencoded(request))
                response = await asyncio.wait_for(loop.sock_recv(self._socket, 65536), TRY_S)
            except ConnectionRefusedError:  # it has not begun to listen
                await asyncio.sleep(TRY_S)
                continue
            except TimeoutError:
                continue
            if response.startswith(cookie + b" "):
                return _accepted(response.decode())
        raise SystemExit("rtpengine does not answer")


_PLAIN: dict[str, Value] = {"ICE": "remove", "transport-protocol": "RTP/AVP", "replace": ["origin"]}


def _accepted(response: str) -> str:
    if "6:result2:ok" not in response and "6:result4:pong" not in response:
        raise SystemExit(f"rtpengine refuses: {response}")
    return response


def _sdp(port: int) -> str:
    lines = ("v=0", f"o=- 1 1 IN IP4 {LOOPBACK}", "s=-", f"c=IN IP4 {LOOPBACK}", "t=0 0")
    return "\r\n".join((*lines, f"m=audio {port} RTP/AVP 0", "a=rtpmap:0 PCMU/8000", ""))


def _port(response: str) -> int:
    """The SDP stands in the response as it is, so that nothing needs to be decoded around it."""
    found = _PORT.search(response)
    if found is None:
        raise SystemExit(f"rtpengine sends no audio line: {response}")
    return int(found.group(1))


def _bencoded(value: Value | Mapping[str, Value]) -> bytes:
    if isinstance(value, str):
        octets = value.encode()
        return b"%d:%s" % (len(octets), octets)
    if isinstance(value, list):
        return b"l" + b"".join(map(_bencoded, value)) + b"e"
    return b"d" + b"".join(_bencoded(key) + _bencoded(value[key]) for key in sorted(value)) + b"e"
