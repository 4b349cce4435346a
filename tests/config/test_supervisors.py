"""Who may watch whose calls, as written and as understood."""

from pathlib import Path

import pytest

from pbx.config.load import load
from pbx.config.schema import MAX_SUPERVISED
from pbx.dialplan.rules import CodeRule
from tests.config.conftest import Spoil

pytestmark = pytest.mark.requirement("ACD-13")
BOB = "1002: {name: Bob}"
CAROL = "1003: {name: Carol}"
CODES = 'codes: {watch: "*90"}'


def carol(supervises: str) -> str:
    return f"1003: {{name: Carol, supervises: {supervises}}}"


def test_nobody_is_watched_by_anybody_who_is_not_told_to(folder: Path) -> None:
    assert load(folder).tenants["acme"].supervisors == {}


def test_groups_and_extensions_are_watched_and_nobody_by_himself(folder: Path, spoil: Spoil) -> None:
    assert spoil("acme/extensions.yaml", CAROL, carol("[extension/1002]")) == []
    assert spoil("acme/extensions.yaml", BOB, BOB.replace("}", ", supervises: [group/support]}")) == []
    assert load(folder).tenants["acme"].supervisors == {
        "1002": frozenset({"1001"}),
        "1003": frozenset({"1002"}),
    }


@pytest.mark.parametrize(
    ("supervises", "message"),
    [
        ("[group/suport]", "supervises.0: there is no group/suport (did you mean group/support?)"),
        ("[extension/1009]", "there is no extension/1009"),
        ("[extension/1003]", "nobody watches himself"),
        ("[1001]", "acme/extensions.yaml:5:36: extensions.1003.supervises"),
    ],
)
def test_mistakes_are_named_with_their_place(spoil: Spoil, supervises: str, message: str) -> None:
    (problem, *_) = spoil("acme/extensions.yaml", CAROL, carol(supervises))
    assert message in problem


def test_the_limit_of_entries(folder: Path, spoil: Spoil) -> None:
    file = folder / "acme" / "extensions.yaml"
    many = [2000 + n for n in range(MAX_SUPERVISED + 1)]
    file.write_text(file.read_text() + "".join(f"  {n}: {{name: Agent}}\n" for n in many))
    names = [f"extension/{n}" for n in many]
    allowed = carol(f"[{', '.join(names[:-1])}]")
    assert spoil("acme/extensions.yaml", CAROL, allowed) == []
    (problem,) = spoil("acme/extensions.yaml", allowed, carol(f"[{', '.join(names)}]"))
    assert "extensions.1003.supervises" in problem


def test_the_code_is_the_tenants(folder: Path, spoil: Spoil) -> None:
    def code() -> CodeRule | None:
        codes = load(folder).tenants["acme"].rules.codes
        return next((one for one in codes if one.purpose == "watch"), None)

    assert code() == CodeRule(code="*90", purpose="watch", place="config/acme/dialplan.yaml:7")
    assert spoil("acme/dialplan.yaml", '"*90"', '"*5"') == []
    assert code() == CodeRule(code="*5", purpose="watch", place="config/acme/dialplan.yaml:7")
    assert spoil("acme/dialplan.yaml", '"*5"', "null") == []
    assert code() is None
    assert spoil("acme/dialplan.yaml", "codes: {watch: null}", "") == []
    assert code() == CodeRule(code="*90", purpose="watch", place="config/acme/dialplan.yaml:1")


@pytest.mark.parametrize("code", ["90", "*", "*12345", "*9#", "**"])
def test_a_code_is_a_star_and_digits(spoil: Spoil, code: str) -> None:
    (problem,) = spoil("acme/dialplan.yaml", CODES, f'codes: {{watch: "{code}"}}')
    assert "acme/dialplan.yaml:7:16: codes.watch: expected a star and 1 to 4 digits" in problem
