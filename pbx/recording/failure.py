"""Failure policy: what becomes of a call that is to be recorded and cannot be, by the class of the call.

Source: compliance reference, requirement R-16.
"""

from collections.abc import Iterable, Mapping
from typing import Literal

FailurePolicy = Literal["continue", "announce_unrecorded", "refuse"]
_LEAST_FIRST: tuple[FailurePolicy, ...] = ("continue", "announce_unrecorded", "refuse")


def failure_policy(
    rule: FailurePolicy | None,
    purposes: Iterable[str],
    written: Mapping[str, FailurePolicy],
    otherwise: FailurePolicy,
) -> FailurePolicy:
    """Return the policy of one call: its rule's, else the strictest of its purposes, else the tenant's.

    A purpose without a policy of its own counts with `otherwise`.
    """
    if rule is not None:
        return rule
    found = (written.get(purpose, otherwise) for purpose in purposes)
    return max(found, key=_LEAST_FIRST.index, default=otherwise)
