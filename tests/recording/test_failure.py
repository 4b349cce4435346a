"""By which policy a call goes on that cannot be recorded."""

import pytest

from pbx.recording.failure import FailurePolicy, failure_policy

BY_PURPOSE: dict[str, FailurePolicy] = {"evidence": "refuse", "quality": "continue"}


@pytest.mark.requirement("R-16")
@pytest.mark.parametrize(
    ("rule", "purposes", "expected"),
    [
        ("continue", ("evidence",), "continue"),  # a rule is nearer to the call than what it is for
        (None, ("quality", "evidence"), "refuse"),  # the strictest
        (None, ("quality",), "continue"),
        (None, ("quality", "fraud"), "announce_unrecorded"),  # fraud has none of its own
        (None, (), "announce_unrecorded"),
    ],
)
def test_the_nearest_policy_holds(
    rule: FailurePolicy | None, purposes: tuple[str, ...], expected: FailurePolicy
) -> None:
    assert failure_policy(rule, purposes, BY_PURPOSE, "announce_unrecorded") == expected
