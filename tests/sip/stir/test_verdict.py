"""Verdicts name their RFC 8224 reason."""

import pytest

from pbx.sip.stir.verdict import MAX_DETAIL, UNSIGNED, Status, failed


@pytest.mark.rfc("8224", "6.2.2")
def test_reasons() -> None:
    assert UNSIGNED.reason == "Use Identity Header"
    assert failed(403, "old").reason == "Stale Date"
    assert failed(400, "malformed").code == 438
    assert failed(436, "x").status is Status.FAILED


@pytest.mark.requirement("S-45")
def test_a_detail_is_one_line_of_plain_text() -> None:
    assert failed(437, "CN=a\n\x1b[31mERROR \u202efake").detail == "CN=a??[31mERROR ?fake"
    assert len(failed(437, "x" * (MAX_DETAIL + 1)).detail) == MAX_DETAIL
