"""From the media loop into the ring of a recording, in Python and in C."""

from types import ModuleType

import pytest

from pbx.recording import _intake, intake
from pbx.recording.intake import MAX_PACKET
from pbx.recording.journal import Packet, item_octets
from pbx.recording.packet_rate import BURST, NOTE_EVERY_NS

in_both = pytest.mark.parametrize("leaf", [intake, _intake], ids=["python", "c"])
AT = 10**18 + 12_345_678_901


def test_there_are_two() -> None:
    """Without the leaf in C (`make .venv/.runtime` makes it) the tests below would try Python twice."""
    assert _intake.Intake is not intake.Intake


def begun(leaf: ModuleType) -> intake.Intake:
    class Told(leaf.Intake):  # type: ignore[name-defined,misc] # either of the two
        """Tells what it would do else."""

        def _widen(self, stream: int, arrival_ns: int, rtp: bytes) -> None:
            self.wide.append((stream, arrival_ns, bytes(rtp)))

        def _note_flood(self, stream: int, n_over: int, at_ns: int) -> None:
            self.floods.append((stream, n_over))

    told: intake.Intake = Told()
    told.wide, told.floods = [], []  # type: ignore[attr-defined]
    return told


def waiting(kept: intake.Intake) -> bytes:
    batch = kept._ring.take()
    return b"" if batch is None else batch.octets


@in_both
@pytest.mark.parametrize("rtp", [b"", b"\x80\x00" + bytes(170), bytes(range(250)) * 6])
def test_a_packet_is_laid_out_as_in_a_journal(leaf: ModuleType, rtp: bytes) -> None:
    kept = begun(leaf)
    kept.packet(0, AT, rtp)
    kept.packet(1, AT + 1, memoryview(bytearray(rtp)))
    assert waiting(kept) == item_octets(Packet(0, AT, rtp)) + item_octets(Packet(1, AT + 1, rtp))


@in_both
def test_what_is_no_packet_of_a_voice_is_left_out(leaf: ModuleType) -> None:
    kept = begun(leaf)
    kept.packet(0, AT, bytes(MAX_PACKET + 1))
    assert waiting(kept) == b""


@in_both
def test_a_further_party_is_told(leaf: ModuleType) -> None:
    kept = begun(leaf)
    kept.packet(2, AT, b"rtp")
    assert kept.wide == [(2, AT, b"rtp")]  # type: ignore[attr-defined]


@in_both
def test_of_a_flood_so_many_are_kept(leaf: ModuleType) -> None:
    kept = begun(leaf)
    for _ in range(BURST + 7):
        kept.packet(1, AT, b"rtp")
    assert len(kept._ring) == BURST
    assert kept.floods[-1] == (1, 0)  # type: ignore[attr-defined]
    kept.packet(1, AT + NOTE_EVERY_NS, b"rtp")
    assert (len(kept._ring), kept.floods[-1]) == (BURST + 1, (1, 7))  # type: ignore[attr-defined]


@in_both
def test_a_full_ring_drops(leaf: ModuleType) -> None:
    kept = begun(leaf)
    kept._ring._room = 0
    kept._ring._max_queued = 0
    kept.packet(0, AT, b"rtp")
    assert (len(kept._ring), kept._ring.n_dropped) == (0, 1)
