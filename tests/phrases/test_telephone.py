"""Telephone numbers are read in the groups of their country."""

import pytest

from pbx.phrases.spell import Unsayable
from pbx.phrases.telephone import read_groups


@pytest.mark.parametrize(
    ("number", "home", "groups"),
    [
        ("+441632960100", "GB", ("01632", "960", "100")),
        ("+441632960100", "FR", ("+44", "1632", "960", "100")),
        ("01632960100", "GB", ("01632", "960", "100")),
        ("+33123456789", "FR", ("01", "23", "45", "67", "89")),
        ("+12025550143", "US", ("202", "555", "0143")),
        ("+34912345678", "ES", ("912", "34", "56", "78")),
        ("1001", "GB", ("1001",)),
        ("*97", "GB", ("*97",)),
        ("999", "GB", ("999",)),
    ],
)
def test_groups(number: str, home: str, groups: tuple[str, ...]) -> None:
    assert read_groups(number, home) == groups


@pytest.mark.parametrize("number", ["", "anonymous", "sip:ada@acme.example", "1" * 41])
def test_what_is_no_number_is_refused(number: str) -> None:
    with pytest.raises(Unsayable):
        read_groups(number, "GB")
