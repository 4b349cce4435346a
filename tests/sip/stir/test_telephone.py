"""Numbers as PASSporTs write them."""

import pytest

from pbx.sip.stir.telephone import canonical, is_canonical


@pytest.mark.rfc("8224", "8.3")
@pytest.mark.parametrize(
    ("written", "country", "expected"),
    [
        ("+44 (1632) 960-001", "GB", "441632960001"),
        ("01632960001", "GB", "441632960001"),
        ("00441632960001", "GB", "441632960001"),
        ("2155551212", "US", "12155551212"),
        ("+12155551212;npdi", "GB", "12155551212"),
        ("alice", "GB", ""),
        ("1001", "GB", ""),
        ("anonymous", "GB", ""),
        ("0800FLOWERS", "GB", ""),
        ("", "GB", ""),
    ],
)
def test_canonical(written: str, country: str, expected: str) -> None:
    assert canonical(written, country) == expected


@pytest.mark.parametrize(
    ("number", "expected"),
    [("441632960001", True), ("1" * 15, True), ("1" * 16, False), ("+44", False), ("", False), ("٤٤", False)],
)
def test_is_canonical(number: str, expected: bool) -> None:
    assert is_canonical(number) is expected
