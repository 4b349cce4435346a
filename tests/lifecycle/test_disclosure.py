"""What a line of the register has to say."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from pbx.core.errors import ParseError
from pbx.lifecycle.disclosure import Disclosure, approved

AT = datetime(2026, 11, 24, 9, 30, tzinfo=UTC)
DISCLOSURE = Disclosure(
    disclosure="d1",
    recording="r1",
    tenant="acme",
    recipient="Kent Police",
    basis="DPA 2018 Sch 2 para 2",
    reference="CR/12",
    purpose="police",
    document_sha256="a" * 64,
    approver="bob",
    actor="ada",
    form="age",
    at=AT,
)


@pytest.mark.requirement("D-12")
def test_the_audit_log_says_who_got_what_by_which_law() -> None:
    fact = DISCLOSURE.fact("recording.disclosed")
    assert (fact.kind, fact.tenant) == ("recording.disclosed", "acme")
    said = ("recipient", "basis", "reference", "purpose", "approver", "actor", "document_sha256")
    assert {name: fact.details[name] for name in said} == {name: getattr(DISCLOSURE, name) for name in said}
    assert "span" not in fact.details
    assert (
        replace(DISCLOSURE, span="from 1 to 2").fact("recording.disclosed").details["span"] == "from 1 to 2"
    )


@pytest.mark.parametrize("approver", ["ada", "ADA"])
def test_nobody_approves_what_he_prepares(approver: str) -> None:
    assert approved(DISCLOSURE) == DISCLOSURE
    with pytest.raises(ParseError, match="somebody else than ada"):
        approved(replace(DISCLOSURE, approver=approver))
