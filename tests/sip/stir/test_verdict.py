"""Verdicts name their RFC 8224 reason."""

import pytest

from pbx.sip.stir.verdict import UNSIGNED, Status, failed


@pytest.mark.rfc("8224", "6.2.2")
def test_reasons() -> None:
    assert UNSIGNED.reason == "Use Identity Header"
    assert failed(403, "old").reason == "Stale Date"
    assert failed(400, "malformed").code == 438
    assert failed(436, "x").status is Status.FAILED
