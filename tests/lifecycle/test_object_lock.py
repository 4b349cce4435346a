"""For how long, and how hard, the object store is asked to keep a recording."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from pbx.lifecycle.object_lock import ObjectLock, lock_fact, lock_of
from pbx.lifecycle.retention import Kept, RetentionPolicy, Term, ends_at

AT = datetime(2026, 1, 1, tzinfo=UTC)
KEPT = Kept(recording="r1", call="c1", tenant="acme", kind="call", started_at=AT)
POLICY = RetentionPolicy(
    otherwise=Term(days=30),
    terms={
        "quality": Term(days=90),
        "fraud": Term(days=400, lock="governance", lock_days=365),
        "evidence": Term(days=2190, lock="governance", lock_days=10),
        "compliance": Term(days=200, obligation_days=200, lock="compliance", lock_days=200),
    },
)


@pytest.mark.parametrize(
    ("told", "mode", "days"),
    [
        (("fraud",), "governance", 365),
        (("evidence", "fraud"), "governance", 365),
        (("compliance", "fraud"), "compliance", 200),
        (("compliance", "quality"), "compliance", 200),
    ],
)
def test_what_the_law_demands_goes_first_then_the_longest(
    told: tuple[str, ...], mode: str, days: int
) -> None:
    kept = replace(KEPT, told=frozenset(told))
    lock = lock_of(kept, POLICY, AT)
    assert lock is not None
    assert (lock.mode, lock.until) == (mode, AT + timedelta(days=days))
    assert lock.until <= ends_at(kept, POLICY), "never beyond its retention"


def test_no_lock_by_default_and_none_whose_time_is_over() -> None:
    assert lock_of(replace(KEPT, told=frozenset({"quality"})), POLICY, AT) is None
    assert lock_of(KEPT, POLICY, AT) is None
    late = replace(KEPT, told=frozenset({"fraud", "compliance"}))
    assert lock_of(late, POLICY, AT + timedelta(days=365)) is None
    between = lock_of(late, POLICY, AT + timedelta(days=200))
    assert between is not None and between.mode == "governance"
    assert [POLICY.locks, RetentionPolicy(otherwise=Term(days=30)).locks] == [True, False]


def test_what_the_audit_log_says_of_it() -> None:
    lock = ObjectLock(mode="governance", until=AT)
    done = lock_fact(KEPT, lock, "locked")
    assert (done.kind, done.details["until"]) == ("recording.locked", "2026-01-01T00:00:00+00:00")
    assert "reason" not in done.details
    not_done = lock_fact(KEPT, lock, "refused")
    assert (not_done.kind, not_done.details["reason"]) == ("recording.not_locked", "refused")
