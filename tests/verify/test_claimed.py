"""When the number that a caller shows counts as a proof of who he is."""

import pytest

from pbx.sip.stir.verdict import NOT_VERIFIED, UNSIGNED, Status, StirVerdict, failed
from pbx.verify.claimed import Claimed, NumberCounts

NUMBER = "+447700900123"
A, C = (StirVerdict(status=Status.PASSED, attestation=level) for level in "AC")
PLAIN = StirVerdict(status=Status.PASSED)
FAILED = failed(438, "x")


@pytest.mark.requirement("SIP-28")
@pytest.mark.rfc("8224", "6.2.2")
@pytest.mark.parametrize(
    ("policy", "counts", "does_not"),
    [
        ("attested", [A, PLAIN], [C, FAILED, UNSIGNED, NOT_VERIFIED, None]),
        ("passed", [A, C, PLAIN], [FAILED, UNSIGNED, NOT_VERIFIED, None]),
        ("where_verified", [A, C, PLAIN, None], [FAILED, UNSIGNED, NOT_VERIFIED]),
        ("unless_failed", [A, C, PLAIN, UNSIGNED, NOT_VERIFIED, None], [FAILED]),
    ],
)
def test_policies(
    policy: NumberCounts, counts: list[StirVerdict | None], does_not: list[StirVerdict | None]
) -> None:
    for verdict in counts:
        assert Claimed(number=NUMBER, verdict=verdict).proven(policy) == NUMBER
    for verdict in does_not:
        assert Claimed(number=NUMBER, verdict=verdict).proven(policy) is None


def test_the_record_says_how_the_number_counted_and_not_which() -> None:
    assert Claimed(number=NUMBER, verdict=A).standing("attested") == "counted"
    assert Claimed(number=NUMBER, verdict=C).standing("attested") == "not counted"
    assert Claimed(verdict=A).standing("attested") == "withheld"
