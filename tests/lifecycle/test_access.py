"""What the audit log says of an access."""

from dataclasses import replace

import pytest

from pbx.lifecycle.access import ALL_KINDS, KINDS, PART_GIVEN, Access, PartGiven

ACCESS = Access(recording="r1", call="c1", tenant="acme", actor="ada", purpose="case 12", form="wav")


@pytest.mark.requirement("D-09")
def test_who_what_and_why() -> None:
    fact = ACCESS.fact()
    assert (fact.kind, fact.call, fact.tenant) == ("recording.exported", "c1", "acme")
    assert fact.details == {"recording": "r1", "actor": "ada", "purpose": "case 12", "form": "wav"}
    assert replace(ACCESS, form="play", span="from 90 for 20").fact().details["span"] == "from 90 for 20"


def test_a_failed_try_is_told_with_its_reason() -> None:
    fact = ACCESS.fact("restriction")
    assert (fact.kind, fact.details["forbidden_by"]) == ("recording.refused", "restriction")


@pytest.mark.requirement("D-12")
def test_what_somebody_has_afterwards_needs_a_purpose_of_the_house() -> None:
    free = [form for form in KINDS if not replace(ACCESS, form=form).needs_internal]
    assert free == ["show", "png", "play"]
    assert not replace(ACCESS, form="link", link="l1").needs_internal, "it was asked when it was made"
    assert not replace(ACCESS, form="link", disclosure="d1").needs_internal
    assert replace(ACCESS, internal="case").fact().details["internal"] == "case"


def test_only_looking_gives_no_sound() -> None:
    assert [form for form in KINDS if not replace(ACCESS, form=form).gives_sound] == ["show"]
    assert {replace(ACCESS, form=form).fact().kind for form in KINDS} < set(ALL_KINDS)


@pytest.mark.requirement("D-09")
def test_which_part_was_given_is_among_the_accesses() -> None:
    said = {"recording": "r1", "actor": "ada", "purpose": "case 12", "span": "0.000 s to 4.093 s"}
    fact = PartGiven(call="c1", tenant="acme", chunks="0-0", sha256="ab" * 32, **said).fact()
    assert (fact.kind, fact.call, fact.tenant) == (PART_GIVEN, "c1", "acme")
    assert fact.details == said | {"form": "evidence", "chunks": "0-0", "sha256": "ab" * 32}
    assert PART_GIVEN in ALL_KINDS
