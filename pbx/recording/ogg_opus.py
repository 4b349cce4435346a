"""Opus packets in an Ogg file (RFC 3533, RFC 7845), page by page, each page final when it is given out.

A page holds a second, so that a player which asks for octets from the middle hears at once. The last page
says where the sound ends, to the sample.
"""

import struct
import zlib

CLOCK = 48_000  # of the granule position, whatever was encoded (RFC 7845 §4)
PAGE_UNITS = CLOCK  # 1/48000 s in a page at most
_PAGE = struct.Struct("<4sBBqIII")
_CHECKSUM = struct.Struct("<I")
_CHECKSUM_AT = _PAGE.size - _CHECKSUM.size
_FIRST, _LAST = 2, 4  # of the header type (RFC 3533 §6)
_MAX_SEGMENTS = 255
_SURROUND, _DISCRETE = 1, 255  # channel mapping families (RFC 7845 §5.1.1); players take 1 for what it is not
_MAX_SURROUND = 8
_VENDOR = b"pbx"
_REVERSED = bytes(int(f"{octet:08b}"[::-1], 2) for octet in range(256))
_ALL_ONES = 0xFFFFFFFF


class OggOpus:
    """One logical stream; `pre_skip` units of 1/48000 s are not played."""

    __slots__ = ("_granule", "_lacing", "_n_pages", "_packets", "_pre_skip", "_serial", "_units")

    def __init__(self, serial: int, pre_skip: int) -> None:
        self._serial, self._pre_skip = serial, pre_skip
        self._n_pages = self._granule = self._units = 0
        self._packets, self._lacing = bytearray(), bytearray()

    def head(self, n_channels: int, sample_rate: int) -> bytes:
        """Return the two header pages: what is encoded, and no comments."""
        head = struct.pack("<8sBBHIh", b"OpusHead", 1, n_channels, self._pre_skip, sample_rate, 0)
        family = _SURROUND if n_channels <= _MAX_SURROUND else _DISCRETE
        head += bytes((family, n_channels, 0, *range(n_channels)))  # as many streams, none of them coupled
        tags = b"OpusTags" + struct.pack("<I", len(_VENDOR)) + _VENDOR + bytes(4)
        return self._alone(head, _FIRST) + self._alone(tags, 0)

    def packet(self, octets: bytes, units: int) -> bytes:
        """Take a packet of some units; return the page before it if that was full, else nothing."""
        lacing = bytes((*(255 for _ in range(len(octets) // 255)), len(octets) % 255))
        full = self._units + units > PAGE_UNITS or len(self._lacing) + len(lacing) > _MAX_SEGMENTS
        page = self._page(0, self._granule) if full else b""
        self._packets += octets
        self._lacing += lacing
        self._units += units
        self._granule += units
        return page

    def finish(self, units: int) -> bytes:
        """Return the last page; what was encoded beyond `units` of sound is not played (RFC 7845 §4.4)."""
        return self._page(_LAST, self._pre_skip + units)

    def _alone(self, packet: bytes, kind: int) -> bytes:
        self.packet(packet, 0)
        return self._page(kind, 0)

    def _page(self, kind: int, granule: int) -> bytes:
        first = _FIRST if kind == _FIRST else 0
        head = _PAGE.pack(b"OggS", 0, first | kind, granule, self._serial, self._n_pages, 0)
        page = bytearray(head + bytes((len(self._lacing),)) + self._lacing + self._packets)
        _CHECKSUM.pack_into(page, _CHECKSUM_AT, checksum(bytes(page)))
        self._n_pages += 1
        self._packets, self._lacing, self._units = bytearray(), bytearray(), 0
        return bytes(page)


def checksum(page: bytes) -> int:
    """Return the CRC of a page whose checksum field is zero (RFC 3533 §6).

    It is zlib's with the bits the other way round, and without the ones at either end.
    """
    crc = zlib.crc32(page.translate(_REVERSED), _ALL_ONES) ^ _ALL_ONES
    return int(f"{crc:032b}"[::-1], 2)
