"""Facts of record do not share state."""

from pbx.core.audit import AuditFact


def test_each_fact_has_its_own_details() -> None:
    first, second = AuditFact(kind="consent.granted"), AuditFact(kind="consent.granted")
    assert first == second and first.details is not second.details
