"""What a list says of callers, at the limits and one below them."""

import pytest

from pbx.fraud.reputation import Reputation

LIST = Reputation(
    scores={"+44770090": 60, "+447700900123": 0, "+447700900124": 90, "+447700900125": 89, "+1900": 49},
    label_from=50,
    reject_from=90,
)


@pytest.mark.requirement("FRD-03")
@pytest.mark.parametrize(
    ("caller", "advice"),
    [
        ("+447700900555", ("label", 60)),
        ("+447700900123", ("", 0)),
        ("+447700900124", ("reject", 90)),
        ("+447700900125", ("label", 89)),
        ("+19005550100", ("", 49)),
        ("+33123456789", ("", 0)),
        (None, ("", 0)),
    ],
)
def test_the_longest_prefix_counts(caller: str | None, advice: tuple[str, int]) -> None:
    assert LIST.judge(caller) == advice


def test_without_limits_nobody_is_touched() -> None:
    assert Reputation(scores={"+44": 100}).judge("+447700900123") == ("", 100)
