"""SIP over a plain stream: messages cut by Content-Length (RFC 3261 §18.3), pings of RFC 5626 §4.4.1."""

from pbx.sip.message import frame_length

PING, PONG = b"\r\n\r\n", b"\r\n"


class Framer:
    """Octets of a stream cut into messages; survives any segmentation."""

    __slots__ = ("_buffer",)

    def __init__(self) -> None:
        self._buffer = b""

    @property
    def is_inside_message(self) -> bool:
        """Whether a message has begun and is not complete."""
        return bool(self._buffer.strip(b"\r\n"))

    @property
    def rest(self) -> bytes:
        """What came after the last whole message."""
        return self._buffer

    def feed(self, octets: bytes) -> tuple[list[bytes], int]:
        """Return the messages completed by `octets` and how many pings came between messages.

        ParseError when the stream cannot be followed any further.
        """
        self._buffer += octets
        messages: list[bytes] = []
        n_pings = 0
        while self._buffer:
            if self._buffer.startswith(PING):
                self._buffer = self._buffer[len(PING) :]
                n_pings += 1
                continue
            if not self._buffer.strip(b"\r\n"):
                self._buffer = self._buffer[-3:]  # maybe the beginning of a ping
                break
            self._buffer = self._buffer.lstrip(b"\r\n")
            length = frame_length(self._buffer)
            if length is None or length > len(self._buffer):
                break
            messages.append(self._buffer[:length])
            self._buffer = self._buffer[length:]
        return messages, n_pings


class StreamFraming:
    """The framing of TCP and TLS: nothing is negotiated, a ping is answered, none is sent."""

    is_open = True
    is_over = False
    sends_pings = False
    refusal = ""

    def __init__(self) -> None:
        self._framer = Framer()
        self._output = self._pong = b""

    @property
    def is_inside_message(self) -> bool:
        """Whether a message has begun and is not complete."""
        return self._framer.is_inside_message

    @property
    def rest(self) -> bytes:
        """What came after the last whole message."""
        return self._framer.rest

    def receive(self, octets: bytes) -> list[bytes]:
        """Return the messages completed by `octets`; ParseError as `Framer.feed`."""
        messages, n_pings = self._framer.feed(octets)
        if n_pings:
            self._pong = PONG
        return messages

    def send(self, message: bytes) -> None:
        """Put one message into the output."""
        self._output += message

    def ping(self) -> None:
        """A server has no ping of its own on a plain stream (RFC 5626 §4.4)."""

    def take_output(self) -> bytes:
        """Return what is to be written, once."""
        octets, self._output, self._pong = self._output + self._pong, b"", b""
        return octets
