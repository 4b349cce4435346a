"""SRTP with AES in counter mode and HMAC-SHA1 (RFC 3711, RFC 6188): one direction under one master key.

For keys of 256 bits, which libsrtp's Python binding does not take. It also knows keys of 128 bits, so that
both implementations can be held against each other.
"""

import hashlib
import hmac
import struct

from cryptography.hazmat.primitives.ciphers import Cipher, CipherContext, algorithms, modes

from pbx.core.srtp import SUITES, Suite
from pbx.media.replay_window import ReplayWindow, RolloverWindow
from pbx.media.rtp import HEADER_BYTES
from pbx.media.srtp_refusal import Reason, Refused

MAX_PACKET = 2048  # octets, as pbx.media.rtp
RTCP_HEADER_BYTES = 8  # RFC 3711 §3.4: the first header with its SSRC stays readable
MAX_RTCP_INDEX = (1 << 31) - 1

_AUTH_BYTES, _SALT_BYTES = 20, 14
_RTP_LABELS, _RTCP_LABELS = (0, 1, 2), (3, 4, 5)  # encryption, authentication, salt (§4.3.1, §4.3.2)
_ENCRYPTED = 1 << 31  # the E flag in front of the SRTCP index
_WORD = struct.Struct("!I")
_EXTENSION_WORDS = struct.Struct("!H")


class _SessionKeys:
    """The keys of RTP or of RTCP that one master key yields, with a key derivation rate of 0 (§4.3)."""

    __slots__ = ("_cipher", "_mac", "_salt", "_tag_bytes")

    def __init__(self, master: tuple[bytes, int], labels: tuple[int, int, int], tag_bytes: int) -> None:
        encryption, authentication, salt = labels
        self._cipher: CipherContext = Cipher(
            algorithms.AES(derive(master, encryption, master[1])), modes.CTR(bytes(16))
        ).encryptor()
        self._mac = hmac.new(derive(master, authentication, _AUTH_BYTES), digestmod=hashlib.sha1)
        self._salt = int.from_bytes(derive(master, salt, _SALT_BYTES), "big") << 16
        self._tag_bytes = tag_bytes

    def crypt(self, octets: bytes, ssrc: int, index: int) -> bytes:
        """Return the octets under the keystream of a packet: encryption and decryption are one (§4.1.1)."""
        counter = self._salt ^ (ssrc << 64) ^ (index << 16)
        self._cipher.reset_nonce(counter.to_bytes(16, "big"))
        return self._cipher.update(octets)

    def tag(self, octets: bytes) -> bytes:
        mac = self._mac.copy()
        mac.update(octets)
        return mac.digest()[: self._tag_bytes]


def derive(master: tuple[bytes, int], label: int, n_bytes: int) -> bytes:
    """Return a session key (§4.3.1, §4.3.3): `master` is key and salt with the length of the key."""
    octets, key_bytes = master
    x = int.from_bytes(octets[key_bytes:], "big") ^ (label << 48)
    keystream = Cipher(algorithms.AES(octets[:key_bytes]), modes.CTR((x << 16).to_bytes(16, "big")))
    return keystream.encryptor().update(bytes(n_bytes))


class CounterMode:
    """Protects what we send, or opens what comes; `Refused` for a packet that is not taken.

    A sender that comes to index 2**31 of RTCP (a packet a second for 68 years) sends no more.
    """

    __slots__ = ("_rtcp", "_rtcp_index", "_rtcp_seen", "_rtcp_tag", "_rtp", "_rtp_seen", "_rtp_tag")

    def __init__(self, suite: Suite, master: bytes) -> None:
        parameters = SUITES[suite]
        keyed = master, parameters.key_bytes
        self._rtp_tag, self._rtcp_tag = parameters.tag_bytes, parameters.rtcp_tag_bytes
        self._rtp = _SessionKeys(keyed, _RTP_LABELS, self._rtp_tag)
        self._rtcp = _SessionKeys(keyed, _RTCP_LABELS, self._rtcp_tag)
        self._rtp_seen: dict[int, RolloverWindow] = {}
        self._rtcp_seen: dict[int, ReplayWindow] = {}
        self._rtcp_index: dict[int, int] = {}

    def protect(self, packet: bytes) -> bytes:
        """Return the SRTP packet; one index is used once: two texts under one keystream show both."""
        start, seq, ssrc = _rtp_header(packet, 0)
        window = self._rtp_seen.get(ssrc) or RolloverWindow()
        index = window.index(seq)
        if window.has_seen(index):
            raise Refused(Reason.REPLAYED)
        octets = packet[:start] + self._rtp.crypt(packet[start:], ssrc, index)
        self._accept(ssrc, window, index)
        return octets + self._rtp.tag(octets + _WORD.pack(index >> 16))

    def unprotect(self, packet: bytes) -> bytes:
        """Return the RTP packet."""
        start, seq, ssrc = _rtp_header(packet, self._rtp_tag)
        window = self._rtp_seen.get(ssrc) or RolloverWindow()
        index = window.index(seq)
        if window.has_seen(index):
            raise Refused(Reason.REPLAYED)
        octets, tag = packet[: -self._rtp_tag], packet[-self._rtp_tag :]
        if not hmac.compare_digest(tag, self._rtp.tag(octets + _WORD.pack(index >> 16))):
            raise Refused(Reason.BAD_TAG)
        self._accept(ssrc, window, index)
        return octets[:start] + self._rtp.crypt(octets[start:], ssrc, index)

    def protect_rtcp(self, packet: bytes) -> bytes:
        """Return the SRTCP packet, always encrypted; indices count from 1 as the usual libraries do."""
        ssrc = _rtcp_ssrc(packet, 0)
        index = self._rtcp_index.get(ssrc, 0) + 1
        if index > MAX_RTCP_INDEX:
            raise Refused(Reason.TOO_MANY)
        self._rtcp_index[ssrc] = index
        head, body = packet[:RTCP_HEADER_BYTES], packet[RTCP_HEADER_BYTES:]
        octets = head + self._rtcp.crypt(body, ssrc, index) + _WORD.pack(_ENCRYPTED | index)
        return octets + self._rtcp.tag(octets)

    def unprotect_rtcp(self, packet: bytes) -> bytes:
        """Return the RTCP packet; one that was not encrypted is refused, as nobody agreed to that."""
        ssrc = _rtcp_ssrc(packet, _WORD.size + self._rtcp_tag)
        octets, tag = packet[: -self._rtcp_tag], packet[-self._rtcp_tag :]
        if not hmac.compare_digest(tag, self._rtcp.tag(octets)):
            raise Refused(Reason.BAD_TAG)
        (word,) = _WORD.unpack(octets[-_WORD.size :])
        index = word & MAX_RTCP_INDEX
        window = self._rtcp_seen.setdefault(ssrc, ReplayWindow())
        if not word & _ENCRYPTED:
            raise Refused(Reason.MALFORMED)
        if window.has_seen(index):
            raise Refused(Reason.REPLAYED)
        window.accept(index)
        body = octets[RTCP_HEADER_BYTES : -_WORD.size]
        return octets[:RTCP_HEADER_BYTES] + self._rtcp.crypt(body, ssrc, index)

    def _accept(self, ssrc: int, window: RolloverWindow, index: int) -> None:
        window.accept(index)
        self._rtp_seen[ssrc] = window


def _rtp_header(packet: bytes, tag_bytes: int) -> tuple[int, int, int]:
    """Return where the payload starts, the sequence number and the SSRC."""
    n_bytes = len(packet) - tag_bytes
    if not n_bytes >= HEADER_BYTES or len(packet) > MAX_PACKET or packet[0] >> 6 != 2:
        raise Refused(Reason.MALFORMED)
    start = HEADER_BYTES + 4 * (packet[0] & 0x0F)
    if packet[0] & 0x10:
        if start + 4 > n_bytes:
            raise Refused(Reason.MALFORMED)
        start += 4 + 4 * _EXTENSION_WORDS.unpack_from(packet, start + 2)[0]
    if start > n_bytes:
        raise Refused(Reason.MALFORMED)
    return start, int.from_bytes(packet[2:4], "big"), int.from_bytes(packet[8:12], "big")


def _rtcp_ssrc(packet: bytes, trailer_bytes: int) -> int:
    too_short = len(packet) < RTCP_HEADER_BYTES + trailer_bytes
    if too_short or len(packet) > MAX_PACKET or packet[0] >> 6 != 2:
        raise Refused(Reason.MALFORMED)
    return int.from_bytes(packet[4:8], "big")
