"""The record key of a telephone."""

import pytest

from pbx.sip.record_header import wanted


@pytest.mark.parametrize(
    ("value", "meant"),
    [("on", True), ("off", False), (" On ", True), ("OFF", False), (None, None), ("", None), ("pause", None)],
)
def test_two_values_mean_something(value: str | None, meant: bool | None) -> None:
    assert wanted(value) is meant
