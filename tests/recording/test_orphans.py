"""What does not belong together."""

from dataclasses import replace

import pytest

from pbx.recording.orphans import Filed, Orphans, Spooled, compare

SPOOL = Spooled(
    journals=frozenset({"r3", "r4"}), sealed={"o3": "r3"}, leftovers=frozenset(), quarantined=frozenset()
)
FILED = Filed(
    objects={"o1": "r1", "o2": "r2"},
    calls_without_recording=frozenset({"r4"}),
    recordings_without_call=frozenset(),
)


@pytest.mark.requirement("R-15")
def test_what_is_on_its_way_is_no_orphan() -> None:
    filed = replace(FILED, copies={"p1": "r1"}, copies_begun=frozenset({"p2", "p3"}))
    orphans = compare(frozenset({"o1", "o2", "o3", "p1", "p2"}), SPOOL, filed)
    assert orphans == Orphans()
    assert orphans.total == 0


@pytest.mark.requirement("R-15")
def test_each_direction_is_counted() -> None:
    spool = Spooled(
        journals=frozenset(), sealed={}, leftovers=frozenset({"r9"}), quarantined=frozenset({"r8"})
    )
    filed = Filed(
        objects={"o1": "r1", "o2": "r2"},
        copies={"p1": "r1", "p2": "r2"},
        copies_without_key=frozenset({"r1"}),
        calls_without_recording=frozenset({"r4"}),
        recordings_without_call=frozenset({"r1"}),
        recordings_without_key=frozenset({"r2"}),
        lost_rows=frozenset({"r7"}),
    )
    orphans = compare(frozenset({"o1", "o3", "p1"}), spool, filed)
    assert orphans.rows_without_object == ("r2",)
    assert orphans.objects_without_row == ("o3",)
    assert orphans.copies_without_object == ("r2",)
    assert orphans.counts == dict.fromkeys(orphans.counts, 1)
    assert orphans.total == 10
