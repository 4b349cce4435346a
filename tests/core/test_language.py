"""The language that is spoken."""

import pytest

from pbx.core.language import nearest, of_region


@pytest.mark.parametrize(
    ("wanted", "at_hand", "spoken"),
    [
        ("en-GB", ("en-AU", "en-GB"), "en-GB"),
        ("de-AT", ("en-GB", "de-DE", "de-CH"), "de-CH"),
        ("de", ("de-DE",), "de-DE"),
        ("fr-FR", ("en-GB", "de-DE"), None),
        ("en-GB", (), None),
    ],
)
def test_nearest(wanted: str, at_hand: tuple[str, ...], spoken: str | None) -> None:
    assert nearest(wanted, at_hand) == spoken


@pytest.mark.parametrize(
    ("region", "language"),
    [
        ("DE", "de-DE"),
        ("AT", "de-AT"),
        ("US-CA", "en-US"),
        ("CH", ""),
        ("CA-QC", ""),
        ("unknown", ""),
        ("", ""),
    ],
)
def test_of_region(region: str, language: str) -> None:
    assert of_region(region) == language
