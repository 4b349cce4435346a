"""Ogg pages with Opus in them, taken apart by the words of the RFCs."""

import struct
from dataclasses import dataclass

import pytest

from pbx.recording.ogg_opus import PAGE_UNITS, OggOpus, checksum

UNITS = 960


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    kind: int
    granule: int
    serial: int
    number: int
    packets: tuple[bytes, ...]


def crc(octets: bytes) -> int:
    """The polynomial of RFC 3533 §6, bit by bit."""
    value = 0
    for octet in octets:
        value ^= octet << 24
        for _ in range(8):
            value = (value << 1 ^ (0x104C11DB7 if value & 0x80000000 else 0)) & 0xFFFFFFFF
    return value


def pages(octets: bytes) -> list[Page]:
    """Every page of a file, with its checksum proved."""
    found, at = [], 0
    while at < len(octets):
        magic, version, kind, granule, serial, number, said, n_segments = struct.unpack_from(
            "<4sBBqIIIB", octets, at
        )
        assert (magic, version) == (b"OggS", 0)
        lacing = octets[at + 27 : at + 27 + n_segments]
        end = at + 27 + n_segments + sum(lacing)
        page = octets[at : at + 22] + bytes(4) + octets[at + 26 : end]
        assert said == crc(page)
        packets, packet, place = [], b"", at + 27 + n_segments
        for size in lacing:
            packet += octets[place : place + size]
            place += size
            if size < 255:
                packets.append(packet)
                packet = b""
        assert packet == b"", "a packet never goes on in the next page"
        found.append(Page(kind=kind, granule=granule, serial=serial, number=number, packets=tuple(packets)))
        at = end
    return found


@pytest.mark.rfc("3533", "6")
def test_the_checksum() -> None:
    for octets in (b"", b"\0", b"OggS", bytes(range(256)) * 3):
        assert checksum(octets) == crc(octets)


@pytest.mark.rfc("7845", "5.1")
@pytest.mark.parametrize(("n_channels", "family"), [(1, 1), (2, 1), (8, 1), (9, 255)])
def test_the_head_names_a_stream_for_each_channel(n_channels: int, family: int) -> None:
    head, tags = pages(OggOpus(7, 312).head(n_channels, 8000))
    assert (head.kind, head.granule, head.serial, head.number) == (2, 0, 7, 0)
    assert head.packets == (
        struct.pack("<8sBBHIhBBB", b"OpusHead", 1, n_channels, 312, 8000, 0, family, n_channels, 0)
        + bytes(range(n_channels)),
    )
    assert (tags.kind, tags.granule, tags.number) == (0, 0, 1)
    assert tags.packets == (b"OpusTags\x03\0\0\0pbx\0\0\0\0",)  # no comment: nothing about anybody


@pytest.mark.rfc("7845", "4")
def test_a_page_holds_a_second_and_the_last_says_where_the_sound_ends() -> None:
    file = OggOpus(7, 312)
    packets = [bytes((number,)) * 40 for number in range(120)]
    octets = b"".join([file.packet(packet, UNITS) for packet in packets]) + file.finish(115_000)
    found = pages(octets)
    assert [page.granule for page in found] == [PAGE_UNITS, 2 * PAGE_UNITS, 312 + 115_000]
    assert [page.kind for page in found] == [0, 0, 4]
    assert [packet for page in found for packet in page.packets] == packets
    assert [page.number for page in found] == [0, 1, 2]


def test_packets_of_any_length_are_kept_apart() -> None:
    file = OggOpus(7, 0)
    packets = [bytes((1,)) * size for size in (1, 254, 255, 256, 510, 10_000, 60_000, 9)]
    octets = b"".join([file.packet(packet, UNITS) for packet in packets]) + file.finish(8 * UNITS)
    found = pages(octets)
    assert [packet for page in found for packet in page.packets] == packets
    assert found[-1].granule == 8 * UNITS
