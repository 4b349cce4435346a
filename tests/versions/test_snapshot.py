"""A snapshot is the same for the same files, and comes back whole from one text."""

import pytest

from pbx.core.errors import StorageError
from pbx.versions.snapshot import Snapshot

PLAN = Snapshot(plan={"acme/tenant.yaml": b"tenant: acme\n", "pbx.yaml": b"\xff\x00"}, others={"a.wav": "12"})


def test_it_is_told_by_what_is_in_it_alone() -> None:
    turned = Snapshot(plan=dict(reversed(list(PLAN.plan.items()))), others={"a.wav": "12"})
    assert turned.digest == PLAN.digest
    others = (
        Snapshot(plan=PLAN.plan, others={"a.wav": "13"}),
        Snapshot(plan=PLAN.plan, others={}),
        Snapshot(plan={**PLAN.plan, "pbx.yaml": b"\xff"}, others=PLAN.others),
        Snapshot(plan={"acme/tenant.yaml": b"\xff\x00", "pbx.yaml": b"tenant: acme\n"}, others=PLAN.others),
    )
    assert len({PLAN.digest, *(one.digest for one in others)}) == 5


def test_it_comes_back_from_its_text() -> None:
    assert Snapshot.unpacked(PLAN.packed()) == PLAN


@pytest.mark.parametrize("text", ["", "rubbish", "c$@", Snapshot(plan={}).packed()[:-3]])
def test_what_is_no_snapshot_is_damage(text: str) -> None:
    with pytest.raises(StorageError, match="damaged"):
        Snapshot.unpacked(text)


def test_what_it_only_names_may_have_moved() -> None:
    now = Snapshot(plan={}, others={"a.wav": "13", "new.wav": "1"})
    assert PLAN.moved(now) == ("a.wav",)
    assert PLAN.moved(PLAN) == ()


def test_nothing_of_the_files_is_in_its_repr() -> None:
    assert "acme" not in repr(PLAN)
