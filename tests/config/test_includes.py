"""Files that are spread over several: what is joined, from where, and what is refused."""

import os
from pathlib import Path

import pytest

from pbx.config.includes import MAX_FILES, Reach, included
from pbx.config.load import ConfigProblems, load
from pbx.config.marks import MAX_FILE, Document, parse
from pbx.config.read import read_document


def written(base: Path, **files: str) -> Path:
    """Write files (`__` = a folder); return the tenant's folder."""
    for name, text in {"acme__tenant": "", **files}.items():
        file = base / f"{name.replace('__', '/')}.yaml"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    return base / "acme"


def read(home: Path, name: str = "a.yaml") -> tuple[Document | None, list[str]]:
    found, errors = read_document(home / name, f"config/acme/{name}", Reach.of(home, "config/acme"))
    return found, [str(error) for error in errors]


def refused(home: Path) -> list[str]:
    found, errors = read(home)
    assert found is None
    return errors


def test_the_entries_of_a_section_may_be_spread(tmp_path: Path) -> None:
    home = written(
        tmp_path,
        acme__a="include: parts/b.yaml\ns: {x: 1}\n",
        acme__parts__b="include: [c.yaml, ../../shared/d.yaml]\ns: {y: {z: 2}}\n",
        acme__parts__c="t: [3]\n",
        shared__d="u: 4\n",
    )
    found, errors = read(home)
    assert found is not None and errors == []
    assert found.value == {"s": {"x": 1, "y": {"z": 2}}, "t": [3], "u": 4}
    assert str(found.error(("s", "x"), "m")) == "config/acme/a.yaml:2:8: s.x: m"
    assert str(found.error(("s", "y", "z"), "m")) == "config/acme/parts/b.yaml:2:12: s.y.z: m"
    assert str(found.key_error(("t",), "m")) == "config/acme/parts/c.yaml:1:1: t: m"
    assert str(found.error(("t", 0, "gone"), "m")) == "config/acme/parts/c.yaml:1:5: t.0.gone: m"
    assert found.place(("u",)) == "config/shared/d.yaml:1"
    assert found.place(("gone",)) == "config/acme/a.yaml:1"


@pytest.mark.parametrize(
    ("part", "error"),
    [
        ("s: {x: 2}", "config/acme/b.yaml:1:5: s.x: the key is written twice (see config/acme/a.yaml:2)"),
        ("l: [2]", "config/acme/b.yaml:1:1: l: the key is written twice (see config/acme/a.yaml:3)"),
        ("s: 2", "config/acme/b.yaml:1:1: s: the key is written twice (see config/acme/a.yaml:2)"),
        ("[1]", "config/acme/b.yaml:1:1: expected keys and values, one per line"),
        ("a: !x 1", "config/acme/b.yaml:1:4: tags (!name) are not allowed"),
        ("s: *x", "config/acme/b.yaml:1:4: no anchor &x stands before this alias"),
        (
            "include: a.yaml",
            "config/acme/b.yaml:1:10: include: config/acme/a.yaml is included already "
            "(see config/acme/a.yaml:1)",
        ),
        (
            "include: b.yaml",
            "config/acme/b.yaml:1:10: include: config/acme/b.yaml is included already "
            "(see config/acme/a.yaml:1)",
        ),
    ],
)
def test_what_is_wrong_in_a_part_is_told_there(tmp_path: Path, part: str, error: str) -> None:
    home = written(tmp_path, acme__a="include: b.yaml\ns: &x {x: 1}\nl: [1]\n", acme__b=part)
    assert refused(home) == [error]


@pytest.mark.requirement("S-24")
@pytest.mark.parametrize(
    ("named", "error"),
    [
        ("../other/b.yaml", "../other/b.yaml is not below config/acme and config/shared"),
        ("../../outside.yaml", "../../outside.yaml is not below"),
        ("link.yaml", "link.yaml is not below"),
        ("folder/b.yaml", "folder/b.yaml is not below"),
        ("../shared/secret.yaml", "../shared/secret.yaml is not below"),
        ("/etc/hosts.yaml", "/etc/hosts.yaml is not below"),
        ("loop.yaml", "not below"),
        ('"a\\0.yaml"', "is not below"),
        ("../acme", "expected the name of a .yaml file"),
        ("a.secret", "expected the name of a .yaml file"),
        ("b.yml", "expected the name of a .yaml file"),
        ("plain.yaml", "expected the name of a .yaml file"),
        ("gone.yaml", "there is no file config/acme/gone.yaml"),
        ("parts.yaml", "there is no file config/acme/parts.yaml"),
        ("pipe.yaml", "there is no file config/acme/pipe.yaml"),
        ("7", "expected the path of a file, or a list of such"),
        ("", "expected the path of a file, or a list of such"),
        ("{b: c}", "expected the path of a file, or a list of such"),
        (f"[{'b.yaml,' * (MAX_FILES + 1)}]", "too many entries: at most 64"),
    ],
)
def test_nobody_reads_what_is_not_his(tmp_path: Path, named: str, error: str) -> None:
    home = written(tmp_path, acme__a=f"include: {named}\n", other__b="k: 1", outside="k: 1", shared__x="")
    (home / "link.yaml").symlink_to(tmp_path / "other" / "b.yaml")
    (home / "folder").symlink_to(tmp_path / "other")
    (tmp_path / "shared" / "secret.yaml").symlink_to(tmp_path / "outside.yaml")
    (home / "loop.yaml").symlink_to(home / "loop.yaml")
    (home / "b.yml").symlink_to("a.yaml")
    (home / "plain.yaml").symlink_to("plain.txt")
    (home / "parts.yaml").mkdir()
    os.mkfifo(home / "pipe.yaml")
    (found,) = refused(home)
    assert error in found and found.startswith("config/acme/a.yaml:1:")


def test_links_within_the_folder_are_followed(tmp_path: Path) -> None:
    """As a mounted volume has them, that changes all of its files at once."""
    home = written(
        tmp_path, acme__a="include: [b.yaml, ../shared/c.yaml]", acme__v1__b="b: 1", shared__c="c: 1"
    )
    (home / "b.yaml").symlink_to("v1/b.yaml")
    found, errors = read(home)
    assert found is not None and (found.value, errors) == ({"b": 1, "c": 1}, [])


def test_a_tenant_of_the_name_shared_keeps_his_own(tmp_path: Path) -> None:
    home = written(tmp_path, acme__a="include: ../shared/b.yaml", shared__b="k: 1", shared__tenant="")
    assert "is not below config/acme (" in refused(home)[0]


@pytest.mark.requirement("S-24")
def test_all_together_are_as_large_as_one_file(tmp_path: Path) -> None:
    home = written(tmp_path, acme__a="include: [b.yaml, c.yaml]\n", acme__c="k: 1")
    room = MAX_FILE - (home / "a.yaml").stat().st_size - (home / "c.yaml").stat().st_size
    (home / "b.yaml").write_bytes(b"#" * room)
    assert read(home)[1] == []
    (home / "b.yaml").write_bytes(b"#" * (room + 1))
    assert refused(home) == [
        "config/acme/a.yaml:1:19: include.1: all that is included is more than 64 files or 1048576 octets"
    ]


@pytest.mark.requirement("S-24")
def test_a_chain_of_files_ends(tmp_path: Path) -> None:
    parts = {f"acme__p{n}": f"include: p{n + 1}.yaml\n" for n in range(MAX_FILES + 1)}
    home = written(tmp_path, acme__a="include: p0.yaml\n", **parts)
    assert refused(home) == [
        "config/acme/p63.yaml:1:10: include: all that is included is more than 64 files or 1048576 octets"
    ]
    (home / "p63.yaml").write_text("k: 1")
    assert read(home)[1] == []


@pytest.mark.requirement("S-24")
def test_aliases_of_several_files_are_counted_together(tmp_path: Path) -> None:
    line = "x{0}: &a [1, 2, 3]\ny{0}: [*a, *a, *a]\n"
    home = written(
        tmp_path,
        acme__a="include: [p0.yaml, p1.yaml]\n",
        **{f"acme__p{n}": line.format(n) for n in range(2)},
    )
    document, _ = parse((home / "a.yaml").read_bytes(), "config/acme/a.yaml")
    assert document is not None
    reach = Reach.of(home, "config/acme")
    whole, errors = included(home / "a.yaml", document, reach, 0)
    assert whole is not None and errors == []
    assert included(home / "a.yaml", document, reach, 0, len(whole.marks)) == (whole, [])
    _, (error,) = included(home / "a.yaml", document, reach, 0, len(whole.marks) - 1)
    assert str(error).startswith("config/acme/p1.yaml:1:1: all that is included is more than ")


def test_extensions_and_steps_of_a_tenant_in_several_files(folder: Path) -> None:
    acme = folder / "acme"
    (acme / "parts").mkdir()
    (acme / "parts" / "sales.yaml").write_text("extensions: {1101: {name: Alice}, 1102: {nam: Bob}}\n")
    file = acme / "extensions.yaml"
    file.write_text("include: [parts/sales.yaml]\n" + file.read_text())
    with pytest.raises(ConfigProblems) as problems:
        load(folder)
    assert "config/acme/parts/sales.yaml:1:42: extensions.1102.nam: unknown key nam" in str(problems.value)
    (acme / "parts" / "sales.yaml").write_text("extensions: {1101: {name: Alice}}\n")
    assert "1101" in load(folder).tenants["acme"].extensions


def test_the_machine_includes_from_its_own_folder(folder: Path) -> None:
    (folder / "media.yaml").write_text("rtp: {timeout: 44s}\n")
    file = folder / "pbx.yaml"
    file.write_text("include: media.yaml\nsip: {port: 5070}\n")
    assert load(folder).pbx.rtp.timeout_s == 44.0


def test_an_index_of_recordings_is_one_file(folder: Path) -> None:
    index = folder / "acme" / "prompts" / "en-GB" / "index.yaml"
    index.with_name("more.yaml").write_text("more.wav: More.\n")
    index.write_text("include: more.yaml\n" + index.read_text())
    with pytest.raises(ConfigProblems) as problems:
        load(folder)
    assert "acme/prompts/en-GB/index.yaml:1:1: include: expected the name of a .wav file" in str(
        problems.value
    )
