"""What a tenant names lies in his folder, or where a frozen plan of it leads."""

from pathlib import Path

import pytest

from pbx.config.inside import EDITED, inside


@pytest.fixture
def tenant(tmp_path: Path) -> Path:
    folder = tmp_path / "config" / "acme"
    folder.mkdir(parents=True)
    (folder / "a.csv").write_text("a")
    (tmp_path / "b.csv").write_text("b")
    return folder


def test_what_lies_there_is_his(tenant: Path) -> None:
    assert inside(tenant, "a.csv") == tenant / "a.csv"
    assert inside(tenant, "x/../a.csv") == tenant / "a.csv"
    assert inside(tenant, "missing.csv") == tenant / "missing.csv"


@pytest.mark.requirement("S-24")
def test_nothing_leads_out_of_it(tenant: Path) -> None:
    (tenant / "link.csv").symlink_to(tenant.parent.parent / "b.csv")
    for name in ("../../b.csv", "link.csv", "/etc/passwd"):
        assert inside(tenant, name) is None


@pytest.mark.requirement("S-24")
def test_a_frozen_plan_leads_to_the_folder_of_the_same_tenant_alone(tenant: Path, tmp_path: Path) -> None:
    frozen = tmp_path / "plans" / "1" / "config" / "acme"
    frozen.mkdir(parents=True)
    (frozen / "a.csv").symlink_to(tenant / "a.csv")
    other = tenant.parent / "other"
    other.mkdir()
    (other / "c.csv").write_text("c")
    (frozen / "c.csv").symlink_to(other / "c.csv")
    (frozen / "b.csv").symlink_to(tmp_path / "b.csv")
    assert inside(frozen, "a.csv") is None, "it is not known as a frozen plan"
    (frozen.parent.parent / EDITED).symlink_to(tenant.parent)
    assert inside(frozen, "a.csv") == tenant / "a.csv"
    assert (inside(frozen, "b.csv"), inside(frozen, "c.csv")) == (None, None)
