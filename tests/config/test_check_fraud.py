"""`fraud.yaml` beside the other files."""

import pytest

from tests.config.conftest import Spoil


@pytest.mark.parametrize(
    ("new", "message"),
    [
        ("groups: {suport: {allow: []}}\n", "there is no group suport (did you mean support?)"),
        ("extensions: {1009: {allow: []}}\n", "there is no extension 1009"),
    ],
)
def test_names_that_there_are_not(spoil: Spoil, new: str, message: str) -> None:
    (line,) = spoil("acme/fraud.yaml", "allow: [free", f"{new}allow: [free")
    assert line.startswith("config/acme/fraud.yaml:3:") and message in line


def test_a_day_ends_after_it_begins(spoil: Spoil) -> None:
    (line,) = spoil("acme/fraud.yaml", "end: 20:00", "end: 07:00")
    assert "begin must be before end" in line
