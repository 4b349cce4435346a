"""A tenant's folder: which files have to be there, and what is known in spite of mistakes."""

from pathlib import Path

from pbx.config.sources import MAX_FLOWS, read_tenant


def test_required_and_optional_files(tmp_path: Path) -> None:
    folder = tmp_path / "acme"
    folder.mkdir()
    source, errors = read_tenant(folder, "config/acme")
    assert [error.file for error in errors] == [
        f"config/acme/{name}.yaml" for name in ("tenant", "extensions", "dialplan", "consent")
    ]
    assert source.groups is None and "groups.yaml" not in source.broken


def test_a_broken_flow_keeps_its_name(folder: Path) -> None:
    (folder / "acme" / "flows" / "echo.yaml").write_text("flow: [")
    source, errors = read_tenant(folder / "acme", "config/acme")
    assert len(errors) == 1
    assert source.flow_names == {"echo", "support"}
    assert [flow.plan.name for flow in source.flows] == ["support"]
    assert source.broken == {"flows/echo.yaml"}


def test_too_many_flows(folder: Path) -> None:
    flows = folder / "acme" / "flows"
    n_files = len(list(flows.glob("*.yaml")))
    for number in range(MAX_FLOWS + 1 - n_files):
        (flows / f"more{number}.yaml").touch()
    _, errors = read_tenant(folder / "acme", "config/acme")
    assert [error.message for error in errors] == [f"more than {MAX_FLOWS} flows"]
