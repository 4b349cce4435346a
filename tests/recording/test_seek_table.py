"""Points that say where the frames of a FLAC master lie."""

import pytest

from pbx.core.errors import ParseError
from pbx.recording import seek_table
from pbx.recording.seek_table import BLOCK, MAX_POINTS, POINT, build, n_points, start_of


@pytest.mark.rfc("9639", "8.5")
def test_a_point_is_first_sample_first_octet_and_length() -> None:
    table = build([0, 500, 0x1_0000_0001], 2 * BLOCK + 7)
    assert table == bytes.fromhex(
        "0000000000000000 0000000000000000 1000"
        "0000000000001000 00000000000001f4 1000"
        "0000000000002000 0000000100000001 0007"
    )
    points = [table[at : at + POINT.size] for at in range(0, len(table), POINT.size)]
    assert [start_of(point, number) for number, point in enumerate(points)] == [0, 500, 0x1_0000_0001]
    with pytest.raises(ParseError):
        start_of(points[1], 2)


def test_a_table_is_no_longer_than_a_block_of_metadata() -> None:
    assert [n_points(n) for n in (0, 1, BLOCK, BLOCK + 1)] == [0, 1, 1, 2]
    assert (n_points(MAX_POINTS * BLOCK), n_points(MAX_POINTS * BLOCK + 1)) == (MAX_POINTS, 0)
    assert MAX_POINTS * seek_table.POINT.size < 1 << 24
