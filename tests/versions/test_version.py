"""What the audit log says of a version."""

from dataclasses import replace
from datetime import UTC, datetime

from pbx.versions.version import Version

FIRST = Version(
    version=1,
    digest="ab",
    cause="start",
    author="pbx",
    comment="",
    restored=None,
    at=datetime(2026, 4, 1, tzinfo=UTC),
)


def test_its_fact() -> None:
    second = replace(FIRST, version=2, cause="rollback", author="ann", comment="why", restored=1)
    assert second.fact(FIRST).kind == "plan.in_force"
    assert second.fact(FIRST).details == {
        "version": 2,
        "digest": "ab",
        "cause": "rollback",
        "author": "ann",
        "comment": "why",
        "restored": 1,
        "before": 1,
    }


def test_what_was_never_in_force_is_only_kept() -> None:
    assert replace(FIRST, cause="files").fact(None).kind == "plan.kept"
    assert FIRST.fact(None).details["before"] is None
