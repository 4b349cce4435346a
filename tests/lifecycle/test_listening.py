"""Who may hear a recording: each rule alone, and all of them together."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import product

import pytest

from pbx.lifecycle.listening import Heard, Listener, Objection, objection, roles_of

pytestmark = [pytest.mark.requirement("REC-11"), pytest.mark.requirement("D-11")]
NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
HEARD = Heard(
    tenant="acme",
    started_at=NOW - timedelta(hours=24),
    parties=frozenset({"trunk/carrier", "extension/1001"}),
    purposes=frozenset({"quality", "evidence"}),
)
BOB = Listener(
    user="bob",
    tenant="acme",
    role="listener",
    parties=frozenset({"extension/1001", "extension/1002"}),
    purposes=frozenset({"quality", "fraud"}),
    within=timedelta(hours=24),
)
ADA = Listener(user="ada", tenant="acme", role="compliance")
EVE = Listener(user="eve", tenant="acme", role="admin")


def judged(roles: tuple[Listener, ...], heard: Heard = HEARD, purpose: str = "quality") -> Objection:
    return objection(roles, heard, "play", purpose, NOW)


def test_whoever_has_no_role_hears_nothing_and_learns_nothing() -> None:
    assert judged(()) == "unknown"
    assert objection((), HEARD, "show", "", NOW) == "unknown"


def test_a_role_is_of_one_tenant() -> None:
    assert judged((replace(ADA, tenant="other"),)) == "unknown"
    assert judged((replace(ADA, tenant="other"), BOB)) == ""


def test_a_listener_hears_the_calls_of_his_extensions() -> None:
    assert judged((BOB,)) == ""
    assert judged((BOB,), replace(HEARD, parties=frozenset({"extension/1003"}))) == "unknown"
    assert judged((BOB,), replace(HEARD, parties=frozenset())) == "unknown", "a call whose record is lost"


def test_a_recording_is_heard_to_its_last_second_and_not_after() -> None:
    second = timedelta(seconds=1)
    assert judged((BOB,)) == ""
    assert judged((BOB,), replace(HEARD, started_at=HEARD.started_at - second)) == "age"
    assert judged((replace(BOB, within=None),), replace(HEARD, started_at=HEARD.started_at - second)) == ""


@pytest.mark.requirement("D-08")
@pytest.mark.parametrize(
    ("purpose", "expected"),
    [
        ("quality", ""),
        ("evidence", "purpose"),
        ("fraud", "purpose_ended"),
        ("", "purpose"),
        ("curious", "purpose"),
    ],
)
def test_a_purpose_is_his_and_the_recording_has_it_still(purpose: str, expected: Objection) -> None:
    assert judged((BOB,), purpose=purpose) == expected


def test_compliance_hears_all_of_its_tenant_for_what_it_says() -> None:
    old = replace(HEARD, started_at=NOW - timedelta(days=4000), parties=frozenset(), purposes=frozenset())
    assert judged((ADA,), old, "case 12") == ""


def test_an_admin_sees_and_hears_nothing() -> None:
    assert objection((EVE,), HEARD, "show", "", NOW) == ""
    assert {
        objection((EVE,), HEARD, form, "quality", NOW) for form in ("play", "wav", "age", "evidence", "png")
    } == {"role"}


def test_the_whole_matrix() -> None:
    """Sound is given out where every single rule agrees, and nowhere else."""
    others = replace(HEARD, parties=frozenset({"extension/1009"}))
    late = replace(HEARD, started_at=HEARD.started_at - timedelta(days=1))
    foreign = replace(HEARD, tenant="other")
    given = {
        (role[0].role if role else "nobody", name, purpose)
        for role, (name, heard), purpose in product(
            ((), (BOB,), (ADA,), (EVE,)),
            {"own": HEARD, "others": others, "late": late, "foreign": foreign}.items(),
            ("quality", "evidence"),
        )
        if not judged(role, heard, purpose)
    }
    compliance = {
        ("compliance", name, purpose)
        for name in ("own", "others", "late")
        for purpose in ("quality", "evidence")
    }
    assert given == {("listener", "own", "quality")} | compliance


def test_the_roles_of_a_user() -> None:
    elsewhere = replace(BOB, tenant="other")
    assert roles_of("bob", (ADA, BOB, elsewhere)) == (BOB, elsewhere)
    assert roles_of("root", (ADA, BOB)) == ()
