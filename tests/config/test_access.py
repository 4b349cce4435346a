"""Who may hear recordings, as written and as understood."""

from datetime import timedelta
from pathlib import Path

import pytest

from pbx.config.access import MAX_LISTENERS, MAX_OF, AccessFile, WrittenListener, build_listeners
from pbx.config.load import ConfigProblems, load
from pbx.lifecycle.approval import FourEyes
from pbx.lifecycle.internal import HOUSE
from pbx.lifecycle.listening import Listener

pytestmark = pytest.mark.requirement("REC-11")
BOB = "bob: {role: listener, of: [extension/1003, group/support], purposes: [quality], within: 24h}"


def written(folder: Path, *lines: str) -> list[str]:
    """The problems of an access.yaml with these lines."""
    text = "".join(f"  {line}\n" for line in lines)
    (folder / "acme" / "access.yaml").write_text(f"people:\n{text}")
    try:
        load(folder)
    except ConfigProblems as problems:
        return [str(error) for error in problems.errors]
    return []


def test_without_a_file_nobody_hears_anything(folder: Path) -> None:
    (folder / "acme" / "access.yaml").unlink(missing_ok=True)
    assert load(folder).tenants["acme"].listeners == ()


def test_groups_are_those_who_are_in_them(folder: Path) -> None:
    assert written(folder, BOB, "ada: {role: compliance}") == []
    bob, ada = load(folder).tenants["acme"].listeners
    assert bob == Listener(
        user="bob",
        tenant="acme",
        role="listener",
        parties=frozenset({"extension/1001", "extension/1002", "extension/1003"}),
        purposes=frozenset({"quality"}),
        within=timedelta(hours=24),
    )
    assert (ada.user, ada.tenant, ada.role, ada.parties) == ("ada", "acme", "compliance", frozenset())


@pytest.mark.parametrize(
    ("line", "message"),
    [
        (
            "bob: {role: listner}",
            "acme/access.yaml:2:15: people.bob.role: expected 'listener', 'compliance' or 'admin'",
        ),
        ("bob: {role: listener, purposes: [quality]}", "a listener needs `of`, whose calls, and `purposes`"),
        ("bob: {role: listener, of: [extension/1001]}", "a listener needs `of`, whose calls, and `purposes`"),
        ("ada: {role: admin, of: [extension/1001]}", "belong to a listener: admin has none"),
        ("ada: {role: compliance, within: 24h}", "belong to a listener: compliance has none"),
        ("Bob: {role: admin}", "acme/access.yaml:2:3: people.Bob: a user of the operating system"),
        ("bob: {role: listener, of: [1001], purposes: [quality]}", "people.bob.of"),
        ("bob: {role: listener, of: [extension/1001], purposes: [curiosity]}", "people.bob.purposes"),
    ],
)
def test_mistakes_are_named_with_their_place(folder: Path, line: str, message: str) -> None:
    (problem, *_) = written(folder, line)
    assert message in problem


def test_for_what_it_takes_two(folder: Path) -> None:
    file = folder / "acme" / "access.yaml"
    both = "roles: {compliance: {approval: second person}}\npurposes: {Fraud: {approval: second person}}\n"
    file.write_text(f"{both}people:\n  ada: {{role: compliance}}\n")
    rule = load(folder).tenants["acme"].four_eyes
    assert rule == FourEyes(roles=frozenset({"compliance"}), purposes=frozenset({"fraud"}))
    assert rule.asks("listener", "FRAUD") and not rule.asks("operator", "quality")


@pytest.mark.requirement("D-12")
def test_for_what_recordings_leave_and_stay_in_the_house(folder: Path) -> None:
    assert load(folder).tenants["acme"].internal == HOUSE
    file = folder / "acme" / "access.yaml"
    file.write_text("internal_purposes: [legal department, complaint]\n")
    house = load(folder).tenants["acme"].internal
    assert set(house.words) == {"complaint", "legal department"}
    assert (house.named("Legal department: 12"), house.named("case 12")) == ("legal department", "")
    file.write_text("internal_purposes: []\n")
    assert load(folder).tenants["acme"].internal.named("case 12") == ""
    file.unlink()
    assert load(folder).tenants["acme"].internal == HOUSE


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("internal_purposes: ['']", "acme/access.yaml:1:21: internal_purposes.0: too short"),
        ("internal_purposes: case", "internal_purposes: expected"),
        (
            "roles: {admin: {approval: second person}}",
            "acme/access.yaml:1:16: roles.admin: expected",
        ),
        ("roles: {compliance: {approval: yes}}", "roles.compliance.approval: expected 'second person'"),
        ("purposes: {'': {approval: second person}}", "acme/access.yaml:1:12: purposes.: too short"),
        ("purposes: {fraud: {}}", "purposes.fraud: the key approval is missing"),
    ],
)
def test_mistakes_about_a_second_person(folder: Path, text: str, message: str) -> None:
    (folder / "acme" / "access.yaml").write_text(f"{text}\n")
    with pytest.raises(ConfigProblems) as problems:
        load(folder)
    assert message in str(problems.value.errors[0])


def test_limits(folder: Path) -> None:
    one = "extension/{}"
    names = [one.format(1000 + n) for n in range(MAX_OF + 1)]
    WrittenListener(role="listener", of=tuple(names[:-1]), purposes=("quality",))
    with pytest.raises(ValueError, match="at most 64"):
        WrittenListener(role="listener", of=tuple(names), purposes=("quality",))
    people = {f"u{n}": WrittenListener(role="admin") for n in range(MAX_LISTENERS + 1)}
    with pytest.raises(ValueError, match="at most 200"):
        AccessFile(people=people)
    del people["u0"]
    assert len(build_listeners(AccessFile(people=people), "acme", {})) == MAX_LISTENERS
