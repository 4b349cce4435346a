"""Display names are text of strangers."""

import pytest

from pbx.sip.identity.display import MAX_DISPLAY, clean_display


@pytest.mark.requirement("S-45")
@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Ada Lovelace", "Ada Lovelace"),
        ("Zoë O'Brien-Müller", "Zoë O'Brien-Müller"),
        ("a\r\nINVITE sip:x SIP/2.0", "a INVITE sip:x SIP/2.0"),
        ("\x1b[31mred\x07\x00", "[31mred"),
        ("bank\u202egnp.exe", "bankgnp.exe"),
        ("in\u200bvisible\ufeff", "invisible"),
        ("line\u2028end", "lineend"),
        ("  many   blanks ", "many blanks"),
        ("${EXTEN};|`id`", "${EXTEN};|`id`"),
        ("", ""),
    ],
)
def test_clean(text: str, expected: str) -> None:
    assert clean_display(text) == expected


def test_the_limit() -> None:
    assert clean_display("x" * MAX_DISPLAY) == "x" * MAX_DISPLAY
    assert clean_display("x" * (MAX_DISPLAY + 1)) == "x" * MAX_DISPLAY
    assert clean_display("\0" * 100_000 + "x") == ""
