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


@pytest.mark.requirement("FRD-03")
@pytest.mark.parametrize(
    ("score", "advice"), [(49, ""), (50, "label"), (69, "label"), (70, "challenge"), (90, "reject")]
)
def test_who_is_doubted_more_is_tested_and_then_refused(score: int, advice: str) -> None:
    known = Reputation(scores={}, label_from=50, challenge_from=70, challenge="test", reject_from=90)
    assert known.judge("+447700900123", score) == (advice, score)
